/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/dialogue.h"

#include <stdio.h>
#include <string.h>

enum { ROUND_MS = 1000, ECHO_MS = 4000, TRIES = 3, REDRAWN = 40, CTRL_C = 3 };

void dialogue_init(struct dialogue *d, struct line *line, bool verbose)
{
	*d = (struct dialogue){ .line = line, .verbose = verbose };
	hearing_init(&d->hearing);
}

/* ---- what is shown ------------------------------------------------------ */

void dialogue_hide(struct dialogue *d, struct bytes text)
{
	if (text.len > 0 && d->secret_count < DIALOGUE_SECRETS)
		d->secrets[d->secret_count++] = text;
}

static size_t secret_at(const struct dialogue *d, const char *at)
{
	size_t longest = 0;

	for (size_t i = 0; i < d->secret_count; i++) {
		struct bytes s = d->secrets[i];

		if (s.len > longest && strncmp(at, (const char *)s.data, s.len) == 0)
			longest = s.len;
	}
	return longest;
}

void dialogue_mask(const struct dialogue *d, const char *line, char *out, size_t size)
{
	struct text t;

	text_init(&t, out, size);
	while (*line != '\0') {
		size_t n = secret_at(d, line);

		text_add(&t, n > 0 ? "****" : "");
		if (n == 0)
			text_add_char(&t, *line);
		line += n > 0 ? n : 1;
	}
}

static void show(const struct dialogue *d, char way, const char *text)
{
	char masked[HEARING_LINE_MAX + 1];

	if (!d->verbose)
		return;
	dialogue_mask(d, text, masked, sizeof masked);
	fprintf(stderr, "  %c %s\n", way, masked);
}

/* ---- moving bytes ------------------------------------------------------- */

static enum talk talk_of(enum line_result r)
{
	static const enum talk talks[] = {
		[LINE_OK] = TALK_OK,
		[LINE_LATE] = TALK_SILENT,
		[LINE_LOST] = TALK_LOST,
		[LINE_INTERRUPTED] = TALK_INTERRUPTED,
	};

	return talks[r];
}

/* A line that begins with a blank goes on with the one before. */
static void keep(struct dialogue *d, const char *text)
{
	size_t more = d->answer_len > 0 ? strspn(text, " ") : 0;
	const char *from = more > 0 ? text + more - 1 : text;
	size_t n = strlen(from) + 1;

	if (d->answering && n <= sizeof d->answer - d->answer_len) {
		d->answer_len -= more > 0 ? 1 : 0;
		memcpy(d->answer + d->answer_len, from, n);
		d->answer_len += n;
	}
	snprintf(d->last, sizeof d->last, "%.127s", text);
}

/* The next thing the device says, before END_MS. */
static enum talk next(struct dialogue *d, struct hearing_event *ev, int64_t end_ms)
{
	bool have = false;

	while (!have) {
		if (d->in_off == d->in_len) {
			enum line_result r = line_read(d->line, d->in, sizeof d->in, &d->in_len, end_ms);

			d->in_off = 0;
			if (r != LINE_OK)
				return talk_of(r);
		}
		d->in_off += hearing_feed(&d->hearing, d->in + d->in_off, d->in_len - d->in_off, ev, &have);
	}
	if (ev->type == HEARING_LINE) {
		show(d, '<', ev->text);
		keep(d, ev->text);
	}
	return TALK_OK;
}

static enum talk say(struct dialogue *d, const char *text)
{
	enum line_result r = line_write(d->line, text, strlen(text));

	return r == LINE_OK ? talk_of(line_write(d->line, "\n", 1)) : talk_of(r);
}

/* ---- finding the prompt ------------------------------------------------- */

/* The prompt for commands, below the echo of REMARK.  A stranger would echo it
 * as well, but have another prompt. */
static enum talk wait_remark(struct dialogue *d, const char *remark, int64_t end_ms)
{
	struct hearing_event ev;
	bool echoed = false;
	enum talk t;

	while ((t = next(d, &ev, end_ms)) == TALK_OK)
		if (ev.type == HEARING_PROMPT && ev.prompt == HEARING_COMMAND && echoed)
			return TALK_OK;
		else if (ev.type != HEARING_PROMPT)
			echoed |= strcmp(ev.text, remark) == 0;
	return t;
}

/* Ctrl-C gives up whatever the device was in the middle of; a remark shows that
 * what is heard next was said after it. */
enum talk dialogue_reach(struct dialogue *d, int64_t timeout_ms)
{
	static const char give_up = CTRL_C;
	int64_t end_ms = line_now_ms() + timeout_ms;
	uint64_t heard = d->hearing.heard;
	char remark[32];
	enum talk t = TALK_SILENT;

	d->answering = false;
	while (t == TALK_SILENT && line_now_ms() < end_ms) {
		int64_t round_ms = line_now_ms() + ROUND_MS;

		snprintf(remark, sizeof remark, "# tern provision %u", ++d->tries);
		t = talk_of(line_write(d->line, &give_up, 1));
		if (t == TALK_OK)
			t = say(d, remark);
		if (t == TALK_OK)
			t = wait_remark(d, remark, round_ms < end_ms ? round_ms : end_ms);
	}
	return t == TALK_SILENT && d->hearing.heard > heard ? TALK_STRANGER : t;
}

/* ---- asking ------------------------------------------------------------- */

static size_t trimmed(const char *s, size_t n)
{
	while (n > 0 && s[n - 1] == ' ')
		n--;
	return n;
}

/* A long command of which the end was drawn again, below a line of the device's
 * own, counts too. */
static bool is_echo(const char *text, const char *command, size_t shown)
{
	size_t have = trimmed(text, strlen(text)), want = trimmed(command, shown);

	if (have > want || (have < want && have < REDRAWN))
		return false;
	return memcmp(text, command + want - have, have) == 0;
}

static enum talk wait_echo(struct dialogue *d, const char *command, size_t shown)
{
	int64_t end_ms = line_now_ms() + ECHO_MS;
	struct hearing_event ev;
	enum talk t;

	while ((t = next(d, &ev, end_ms)) == TALK_OK)
		if (ev.type != HEARING_PROMPT && is_echo(ev.text, command, shown))
			break;
	return t;
}

static void begin_answer(struct dialogue *d)
{
	d->answer_len = 0;
	d->answering = true;
}

/* Everything up to a prompt. */
static enum talk wait_prompt(struct dialogue *d, int64_t end_ms)
{
	struct hearing_event ev;
	enum talk t;

	while ((t = next(d, &ev, end_ms)) == TALK_OK && ev.type != HEARING_PROMPT)
		;
	d->answering = false;
	return t;
}

enum talk dialogue_ask(struct dialogue *d, const char *command, size_t shown)
{
	char text[HEARING_LINE_MAX + 1];
	enum talk t = TALK_SILENT;

	snprintf(text, sizeof text, "%.*s%s", (int)shown, command, shown < strlen(command) ? "****" : "");
	for (unsigned i = 0; i < TRIES && t == TALK_SILENT; i++) {
		if (i > 0)
			t = dialogue_reach(d, ECHO_MS);
		if (i > 0 && t != TALK_OK)
			break;
		show(d, '>', text);
		t = say(d, command);
		if (t == TALK_OK)
			t = wait_echo(d, command, shown);
		if (t != TALK_OK)
			continue;
		begin_answer(d);
		t = wait_prompt(d, line_now_ms() + DIALOGUE_ANSWER_MS);
	}
	return t;
}

/* An answer that has come: a prompt may have been drawn anew before it. */
static bool has_come(const struct dialogue *d, const char *expected)
{
	return dialogue_find(d, expected) != NULL || dialogue_error(d) != NULL;
}

enum talk dialogue_paste(struct dialogue *d, const char *command, const char *text, const char *expected)
{
	enum talk t = dialogue_ask(d, command, strlen(command));
	int64_t end_ms = line_now_ms() + DIALOGUE_ANSWER_MS;

	if (t != TALK_OK || dialogue_error(d) != NULL)
		return t;
	show(d, '>', "****");
	begin_answer(d);
	t = say(d, text);
	while (t == TALK_OK) {
		d->answering = true;
		t = wait_prompt(d, end_ms);
		if (has_come(d, expected))
			break;
	}
	return t;
}

enum talk dialogue_listen(struct dialogue *d, int64_t end_ms, const char **line)
{
	struct hearing_event ev;
	enum talk t;

	d->answering = false;
	while ((t = next(d, &ev, end_ms)) == TALK_OK)
		if (ev.type == HEARING_LINE) {
			*line = ev.text;
			break;
		}
	return t;
}

/* ---- answers ------------------------------------------------------------ */

const char *dialogue_line(const struct dialogue *d, const char *before)
{
	const char *at = before == NULL ? d->answer : before + strlen(before) + 1;

	return at < d->answer + d->answer_len ? at : NULL;
}

const char *dialogue_find(const struct dialogue *d, const char *prefix)
{
	for (const char *at = dialogue_line(d, NULL); at != NULL; at = dialogue_line(d, at))
		if (strncmp(at, prefix, strlen(prefix)) == 0)
			return at;
	return NULL;
}

const char *dialogue_error(const struct dialogue *d)
{
	for (const char *at = dialogue_line(d, NULL); at != NULL; at = dialogue_line(d, at))
		if (hearing_is_error(at))
			return at;
	return NULL;
}
