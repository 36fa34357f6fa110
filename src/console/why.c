/* SPDX-License-Identifier: Apache-2.0 */
#include "console/why.h"

#include "base/crc.h"
#include "console/console.h"
#include "device/device.h"

/* A verdict is a row with its time, and its line in parts. */
enum { PART = 400, PARTS = (HISTORY_LINE_MAX + PART - 1) / PART, ROWS = 1 + PARTS };

_Static_assert((int)PART + 2 <= (int)CONSOLE_ROOM, "a part fits");

static void say_when(struct console *c, const struct history_verdict *v)
{
	char text[CLOCK_TEXT_SIZE];

	if (v->at_s != 0) {
		clock_text(v->at_s, text);
		out_format(&c->out, T("%s UTC"), text);
	} else {
		out_text(&c->out, T("before the clock was set"));
	}
	console_say(c, v->sent ? T("; the cloud was told") : T("; the cloud was not told yet"));
}

/* Part AT of the line; the last one ends it. */
static void say_part(struct console *c, const uint8_t *line, size_t len, unsigned part)
{
	size_t from = (size_t)part * PART, n;

	if (from >= len)
		return;
	n = len - from < PART ? len - from : PART;
	out_bytes(&c->out, (struct bytes){ line + from, n });
	if (from + n == len)
		out_end(&c->out);
}

/* Row ROW of the verdict said BACK verdicts ago; false: there is none. */
static bool verdict_row(struct console *c, unsigned back, unsigned row)
{
	struct history_verdict v;
	uint8_t line[HISTORY_LINE_MAX];
	size_t len;

	if (!device_why(c->device, back, &v, line, sizeof line, &len))
		return false;
	if (row == 0)
		say_when(c, &v);
	else
		say_part(c, line, len, row - 1);
	return true;
}

bool why_row(struct console *c, unsigned row)
{
	if (verdict_row(c, 0, row))
		return row + 1 < ROWS;
	console_say(c, T("no failure is remembered; 'check' looks at what is set"));
	return false;
}

bool why_all_row(struct console *c, unsigned row)
{
	if (row < ROWS && !why_row(c, row))
		return row > 0;
	return row < ROWS || (verdict_row(c, row / ROWS, row % ROWS) && row + 1 < ROWS * HISTORY_VERDICTS);
}

/* Of as much of LINE as is remembered; never 0. */
static uint32_t mark_of(const uint8_t *line, size_t len)
{
	return crc32(0, line, len < HISTORY_LINE_MAX ? len : HISTORY_LINE_MAX) | 1;
}

void why_wait(struct console *c, struct bytes line)
{
	c->diagnosis_waits = mark_of(line.data, line.len);
}

static bool is_last(struct console *c)
{
	struct history_verdict v;
	uint8_t line[HISTORY_LINE_MAX];
	size_t len;

	return device_why(c->device, 0, &v, line, sizeof line, &len) && mark_of(line, len) == c->diagnosis_waits;
}

bool why_waiting_row(struct console *c, unsigned row)
{
	bool more = false;

	if (is_last(c))
		more = verdict_row(c, 0, row + 1) && row + 1 < PARTS;
	else
		console_say(c, T("note: a diagnosis found no room here; 'why' may have it"));
	if (!more)
		c->diagnosis_waits = 0;
	return more;
}
