/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/findings.h"

#include "cli/json.h"
#include "cli/say.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void findings_init(struct findings *f)
{
	*f = (struct findings){ .list = json_array() };
}

void findings_free(struct findings *f)
{
	cJSON_Delete(f->list);
	f->list = NULL;
}

static void add(struct findings *f, const char *code, enum weight weight, enum grade grade, uint32_t line,
		uint32_t column, const char *sentence)
{
	cJSON *one = json_object();

	f->errors += weight == WEIGHT_ERROR;
	f->warnings += weight == WEIGHT_WARNING;
	cJSON_AddStringToObject(one, "code", code);
	cJSON_AddStringToObject(one, "weight", finding_weight_name(weight));
	cJSON_AddStringToObject(one, "grade", finding_grade_name(grade));
	if (line != 0)
		cJSON_AddNumberToObject(one, "line", line);
	if (column != 0)
		cJSON_AddNumberToObject(one, "column", column);
	cJSON_AddStringToObject(one, "sentence", sentence);
	cJSON_AddItemToArray(f->list, one);
}

void findings_add(struct findings *f, struct finding_info info, uint32_t line, uint32_t column,
		  const char *sentence)
{
	add(f, info.code, (enum weight)info.weight, (enum grade)info.grade, line, column, sentence);
}

void findings_say(struct findings *f, enum weight weight, const char *code, const char *format, ...)
{
	char sentence[FINDINGS_SENTENCE];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof sentence, format, args);
	va_end(args);
	add(f, code, weight, GRADE_IS, 0, 0, sentence);
}

static void add_fact(struct buffer *b, const cJSON *one, const char *name)
{
	uint64_t n;

	if (json_number(one, name, &n))
		buffer_format(b, " %s=%llu", name, (unsigned long long)n);
}

void findings_print(const struct findings *f)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, f->list) {
		struct buffer line = { 0 };

		buffer_format(&line, "%-8s ", json_text(one, "weight"));
		say_plain(&line, bytes_of(json_text(one, "sentence")));
		buffer_format(&line, " [%s", json_text(one, "code"));
		add_fact(&line, one, "line");
		add_fact(&line, one, "column");
		buffer_char(&line, ']');
		puts(buffer_str(&line));
		buffer_free(&line);
	}
}

void findings_print_json(struct findings *f, cJSON *object)
{
	char *text;

	cJSON_AddItemToObject(object, "findings", f->list);
	f->list = NULL;
	text = json_print(object);
	say_json(stdout, bytes_of(text));
	putchar('\n');
	free(text);
	cJSON_Delete(object);
}
