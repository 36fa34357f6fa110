/* SPDX-License-Identifier: Apache-2.0 */
#include "virtual_modem/log.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { SILENCE_US = 50000, ROW = 16 };

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

bool log_open(struct log *l, const char *path)
{
	*l = (struct log){ .start_us = now_us() };
	if (path == NULL)
		return true;
	l->file = strcmp(path, "-") == 0 ? stderr : fopen(path, "w");
	if (l->file != NULL)
		setvbuf(l->file, NULL, _IOLBF, 0);
	return l->file != NULL;
}

/* A full disk ends the log and not the modem, and it is said once. */
static void check(struct log *l)
{
	if (l->file == NULL || l->file == stderr || !ferror(l->file))
		return;
	fprintf(stderr, "tern-modem: --log: %s; the log ends here\n", strerror(errno));
	fclose(l->file);
	l->file = NULL;
}

static void stamp(struct log *l, int64_t us, const char *mark)
{
	us -= l->start_us;
	fprintf(l->file, "%lld.%06lld %s ", (long long)(us / 1000000), (long long)(us % 1000000), mark);
}

static void write_text(struct log *l)
{
	for (size_t i = 0; i < l->len; i++) {
		uint8_t b = l->line[i];

		if (b == '\r')
			fputs("\\r", l->file);
		else if (b == '\n')
			fputs("\\n", l->file);
		else if (b == '\\')
			fputs("\\\\", l->file);
		else if (isprint(b))
			fputc(b, l->file);
		else
			fprintf(l->file, "\\x%02x", b);
	}
	fputc('\n', l->file);
}

static void write_row(struct log *l, const uint8_t *row, size_t n)
{
	fprintf(l->file, "%13s", "");
	for (size_t i = 0; i < ROW; i++)
		fprintf(l->file, i < n ? "%02x " : "   ", i < n ? row[i] : 0);
	fputs("  ", l->file);
	for (size_t i = 0; i < n; i++)
		fputc(isprint(row[i]) ? row[i] : '.', l->file);
	fputc('\n', l->file);
}

/* Commands, and answers, with a secret between quotes. */
static const struct secret {
	const char *word;
	unsigned    first;   /* this string of the line, from 1, and all after it */
} secrets[] = {
	{ "+CPIN=",    1 },
	{ "+CLCK=",    2 },   /* "SC",1,"PIN" */
	{ "+CPWD=",    2 },
	{ "+QICSGP=",  3 },   /* "apn","user","password" */
	{ "+QICSGP: ", 3 },
};

static const struct secret *secret_of(const struct log *l)
{
	for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
		size_t n = strlen(secrets[i].word);

		for (size_t at = 0; at + n <= l->len; at++)
			if (strncasecmp((const char *)l->line + at, secrets[i].word, n) == 0)
				return &secrets[i];
	}
	return NULL;
}

/* A PIN and a password are written as asterisks. */
static void hide_secrets(struct log *l)
{
	const struct secret *secret = secret_of(l);
	unsigned quotes = 0;

	for (size_t i = 0; i < l->len && secret != NULL; i++) {
		if (l->line[i] == '"')
			quotes++;
		else if (quotes % 2 == 1 && quotes / 2 + 1 >= secret->first)
			l->line[i] = '*';
	}
}

static void flush(struct log *l)
{
	if (l->file == NULL)
		l->len = 0;
	if (l->len == 0)
		return;
	stamp(l, l->line_us, l->side == LOG_UP ? "<-" : "->");
	if (!l->binary) {
		hide_secrets(l);
		write_text(l);
	} else {
		fprintf(l->file, "%zu bytes\n", l->len);
		for (size_t at = 0; at < l->len; at += ROW)
			write_row(l, l->line + at, l->len - at < ROW ? l->len - at : ROW);
	}
	l->len = 0;
	check(l);
}

/* "\r\n" before a line belongs to it. */
static size_t blank(const struct log *l)
{
	size_t n = 0;

	while (n < l->len && (l->line[n] == '\r' || l->line[n] == '\n'))
		n++;
	return n;
}

/* A line of text is complete: does it announce a payload? */
static void look(struct log *l)
{
	char text[64];
	size_t skip = blank(l), n = l->len - skip < sizeof text - 1 ? l->len - skip : sizeof text - 1;
	unsigned id, len, more;

	memcpy(text, l->line + skip, n);
	text[n] = '\0';
	if (l->side == LOG_UP && sscanf(text, "AT+QISEND=%u,%u", &id, &len) == 2)
		l->announced = len;
	else if (l->side == LOG_DOWN && sscanf(text, "+QIRD: %u,%u", &len, &more) == 1)
		l->left[LOG_DOWN] = len;
}

static void add(struct log *l, uint8_t byte)
{
	l->line[l->len++] = byte;
	if (l->len == sizeof l->line)
		flush(l);
}

static void text_byte(struct log *l, uint8_t byte)
{
	bool prompt = l->side == LOG_DOWN && byte == '>' && blank(l) == l->len && l->announced > 0;

	add(l, byte);
	if (prompt) {
		l->left[LOG_UP] = l->announced;
		l->announced = 0;
	}
	if ((byte == '\n' && blank(l) < l->len) || (byte == '\r' && l->side == LOG_UP)) {
		look(l);
		flush(l);
	}
}

void log_bytes(struct log *l, enum log_side side, const uint8_t *data, size_t len)
{
	int64_t us;

	if (l->file == NULL)
		return;
	us = now_us();
	if (side != l->side || us - l->last_us > SILENCE_US)
		flush(l);
	l->side = side;
	l->last_us = us;
	for (size_t i = 0; i < len; i++) {
		bool binary = l->left[side] > 0;

		if (binary != l->binary)
			flush(l);
		l->binary = binary;
		if (l->len == 0)
			l->line_us = us;
		if (binary) {
			l->left[side]--;
			add(l, data[i]);
		} else {
			text_byte(l, data[i]);
		}
	}
}

void log_note(struct log *l, const char *topic, const char *text)
{
	if (l->file == NULL)
		return;
	flush(l);
	if (l->file == NULL)
		return;
	stamp(l, now_us(), "--");
	fprintf(l->file, "%s: %s\n", topic, text);
	check(l);
}

void log_idle(struct log *l)
{
	if (l->file != NULL && l->len > 0 && now_us() - l->last_us > SILENCE_US)
		flush(l);
}

void log_close(struct log *l)
{
	flush(l);
	if (l->file != NULL && l->file != stderr)
		fclose(l->file);
	l->file = NULL;
}
