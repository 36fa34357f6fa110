/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/doctor_steps.h"

#include "cli/json.h"
#include "cli/say.h"
#include "diagnosis/render.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { NAME = 11, RESULT = 8, TIME = 8 };

static const char *const results[DOCTOR_RESULTS] = { "ok", "failed", "skipped", "note" };

void doctor_steps_init(struct doctor_steps *s, bool json)
{
	*s = (struct doctor_steps){ .json = json, .list = json_array(), .notes = json_array() };
}

void doctor_steps_begin(struct doctor_steps *s, const char *name, uint32_t now_ms)
{
	s->row = json_object();
	s->began_ms = now_ms;
	cJSON_AddStringToObject(s->row, "step", name);
	if (!s->json)
		say_progress("%s ...", name);
}

static void add_formatted(struct buffer *b, const char *format, va_list args)
{
	char line[1024];

	vsnprintf(line, sizeof line, format, args);
	say_plain(b, bytes_of(line));
}

void doctor_steps_learn(struct doctor_steps *s, const char *format, ...)
{
	va_list args;

	if (s->learnt.len > 0)
		buffer_char(&s->learnt, '\n');
	va_start(args, format);
	add_formatted(&s->learnt, format, args);
	va_end(args);
}

void doctor_steps_fact(struct doctor_steps *s, const char *name, const char *value)
{
	struct buffer plain = { 0 };

	say_plain(&plain, bytes_of(value));
	cJSON_AddStringToObject(s->row, name, buffer_str(&plain));
	buffer_free(&plain);
}

/* ---- rows --------------------------------------------------------------------- */

static void print_row(const char *name, const char *result, const char *time, const char *learnt)
{
	size_t n = strcspn(learnt, "\n");

	printf("%-*s%-*s%*s  %.*s\n", NAME, name, RESULT, result, TIME, time, (int)n, learnt);
	for (learnt += n; *learnt != '\0'; learnt += n) {
		n = strcspn(++learnt, "\n");
		printf("%*s%.*s\n", NAME + RESULT + TIME + 2, "", (int)n, learnt);
	}
}

static void print_time(uint32_t ms, char out[16])
{
	if (ms < 10000)
		snprintf(out, 16, "%u ms", (unsigned)ms);
	else
		snprintf(out, 16, "%u.%u s", (unsigned)(ms / 1000), (unsigned)(ms % 1000 / 100));
}

void doctor_steps_end(struct doctor_steps *s, enum doctor_result result, uint32_t now_ms)
{
	char time[16];
	uint32_t ms = now_ms - s->began_ms;

	print_time(ms, time);
	if (result == DOCTOR_SKIPPED)
		time[0] = '\0';
	s->failed += result == DOCTOR_FAILED;
	cJSON_AddStringToObject(s->row, "result", results[result]);
	cJSON_AddNumberToObject(s->row, "ms", ms);
	cJSON_AddStringToObject(s->row, "learnt", buffer_str(&s->learnt));
	if (!s->json) {
		say_progress("%s", "");
		print_row(json_text(s->row, "step"), results[result], time, buffer_str(&s->learnt));
		fflush(stdout);
	}
	cJSON_AddItemToArray(s->list, s->row);
	s->row = NULL;
	buffer_free(&s->learnt);
}

void doctor_steps_skip(struct doctor_steps *s, const char *name, const char *why)
{
	doctor_steps_begin(s, name, 0);
	doctor_steps_learn(s, "%s", why);
	doctor_steps_end(s, DOCTOR_SKIPPED, 0);
}

/* ---- the end -------------------------------------------------------------------- */

static void add_text(cJSON *o, const char *name, const struct text *t)
{
	cJSON_AddStringToObject(o, name, t->buf);
}

void doctor_steps_verdict(struct doctor_steps *s, enum verdict v, const struct evidence *e)
{
	char code[32], sentence[DIAGNOSIS_SENTENCE_MAX + 1], facts[DIAGNOSIS_FACTS_MAX + 1], line[DIAGNOSIS_LINE_SIZE];
	const struct diagnosis_next none = { DIAGNOSIS_NEXT_UNSAID, 0 };
	struct text c, said, f, all;

	text_init(&c, code, sizeof code);
	text_init(&said, sentence, sizeof sentence);
	text_init(&f, facts, sizeof facts);
	text_init(&all, line, sizeof line);
	diagnosis_code(&c, v);
	diagnosis_sentence(&said, v, e, none);
	diagnosis_facts(&f, v, e, none);
	diagnosis_line(&all, v, e, none);
	s->diagnosis = json_object();
	add_text(s->diagnosis, "code", &c);
	add_text(s->diagnosis, "sentence", &said);
	add_text(s->diagnosis, "facts", &f);
	add_text(s->diagnosis, "line", &all);
}

void doctor_steps_note(struct doctor_steps *s, const char *format, ...)
{
	struct buffer line = { 0 };
	va_list args;

	va_start(args, format);
	add_formatted(&line, format, args);
	va_end(args);
	cJSON_AddItemToArray(s->notes, cJSON_CreateString(buffer_str(&line)));
	buffer_free(&line);
}

static void print_end(const struct doctor_steps *s, const struct findings *f)
{
	const cJSON *note;

	findings_print(f);
	if (s->diagnosis != NULL)
		printf("%s\n", json_text(s->diagnosis, "line"));
	cJSON_ArrayForEach(note, s->notes)
		printf("note: %s\n", note->valuestring);
}

void doctor_steps_finish(struct doctor_steps *s, struct findings *f)
{
	cJSON *o;

	if (!s->json) {
		print_end(s, f);
		findings_free(f);
		cJSON_Delete(s->list);
		cJSON_Delete(s->notes);
		cJSON_Delete(s->diagnosis);
		return;
	}
	o = json_object();
	cJSON_AddBoolToObject(o, "ok", s->failed == 0);
	cJSON_AddItemToObject(o, "steps", s->list);
	if (s->diagnosis != NULL)
		cJSON_AddItemToObject(o, "diagnosis", s->diagnosis);
	cJSON_AddItemToObject(o, "notes", s->notes);
	findings_print_json(f, o);
}
