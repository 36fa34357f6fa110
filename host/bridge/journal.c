/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/journal.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

const char *journal_time(char text[JOURNAL_TIME], int64_t at_ms)
{
	time_t s = (time_t)(at_ms / 1000);
	struct tm tm;

	gmtime_r(&s, &tm);
	strftime(text, JOURNAL_TIME - 8, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + strlen(text), 8, ".%03uZ", (unsigned)(at_ms % 1000) % 1000);
	return text;
}

const char *journal_severity(enum registry_level severity)
{
	switch (severity) {
	case REGISTRY_LEVEL_ERROR:
		return "ERROR";
	case REGISTRY_LEVEL_DEBUG:
		return "DEBUG";
	case REGISTRY_LEVEL_UNSET:
	case REGISTRY_LEVEL_NONE:
	case REGISTRY_LEVEL_INFO:
		break;
	}
	return "INFO";
}

void journal_escape(struct text *t, struct bytes value)
{
	size_t i;

	for (i = 0; i < value.len; i++) {
		char c = (char)value.data[i];

		if (c == '"' || c == '\\')
			text_add_char(t, '\\');
		if (value.data[i] < 0x20) {
			text_add(t, "\\u00");
			text_add_hex(t, value.data[i], 2);
		} else {
			text_add_char(t, c);
		}
	}
}

void journal_add(struct text *t, const char *name, const char *value)
{
	if (value == NULL)
		return;
	text_add(t, ",\"");
	text_add(t, name);
	text_add(t, "\":\"");
	journal_escape(t, bytes_of(value));
	text_add_char(t, '"');
}

void journal_say(const struct journal *j, enum registry_level severity, const char *event, const char *sentence,
		 int64_t wall_ms)
{
	char json[2048], at[JOURNAL_TIME];
	struct journal_line line = { wall_ms, severity, json, sentence };
	struct text t;

	if (j->write == NULL)
		return;
	text_init(&t, json, sizeof json);
	text_add(&t, "{\"timestamp\":\"");
	text_add(&t, journal_time(at, wall_ms));
	text_add_char(&t, '"');
	journal_add(&t, "severity", journal_severity(severity));
	journal_add(&t, "eventType", event);
	journal_add(&t, "sentence", sentence);
	text_add_char(&t, '}');
	j->write(j->to, &line);
}
