/* SPDX-License-Identifier: Apache-2.0 */
#include "device/report.h"

#include "base/ticks.h"
#include "device/device_internal.h"

/* ---- memory ---- */

/* What TLS has left over; never a refused allocation, which TLS would take for its own. */
void *report_room(struct device *d, size_t size)
{
	return arena_largest(&d->crypto.arena) >= size ? arena_alloc(&d->crypto.arena, size) : NULL;
}

void report_read(struct device *d, const struct device_event *ev)
{
	arena_free(&d->crypto.arena, d->report.line);
	d->report.line = NULL;
	if (ev != NULL && ev->type == DEVICE_EV_DIAGNOSIS && ev->data.data != (const uint8_t *)d->report.small)
		d->report.line = (void *)(uintptr_t)ev->data.data;
}

/* ---- saying ---- */

/* What the device does next, as it stands after the failure. */
static struct diagnosis_next next_of(const struct device *d, uint32_t now_ms)
{
	struct diagnosis_next next = { DIAGNOSIS_NEXT_GO, 0 };

	if (d->state == DEVICE_STOPPED) {
		next.kind = DIAGNOSIS_NEXT_SETTING;
	} else if (d->state == DEVICE_WAIT || d->state == DEVICE_CLOCK) {
		next.kind = DIAGNOSIS_NEXT_TRY;
		next.s = (ticks_until(now_ms, d->wait_ms) + 999) / 1000;
	}
	return next;
}

struct line {
	struct text text;
	char *buf;
	bool  whole;
};

static void line_begin(struct device *d, struct line *l)
{
	char *buf = report_room(d, DIAGNOSIS_LINE_SIZE);

	l->whole = buf != NULL;
	l->buf = l->whole ? buf : d->report.small;
	text_init(&l->text, l->buf, l->whole ? (size_t)DIAGNOSIS_LINE_SIZE : sizeof d->report.small);
}

static void line_code(struct line *l, enum verdict v)
{
	text_add(&l->text, "diagnosis: [");
	diagnosis_code(&l->text, v);
	text_add_char(&l->text, ']');
}

static void line_end(struct device *d, struct line *l)
{
	struct device_event ev = { .type = DEVICE_EV_DIAGNOSIS, .data = text_bytes(&l->text) };

	if (l->whole)
		arena_shrink(&d->crypto.arena, l->buf, l->text.len + 1);
	if (d->event_count < DEVICE_EVENTS)
		device_tell(d, &ev);
	else if (l->whole)
		arena_free(&d->crypto.arena, l->buf);
}

static void say(struct device *d, enum verdict v, uint32_t now_ms)
{
	struct line l;

	line_begin(d, &l);
	if (l.whole)
		diagnosis_line(&l.text, v, &d->evidence, next_of(d, now_ms));
	else
		line_code(&l, v);
	line_end(d, &l);
}

static void judge(struct device *d, uint32_t now_ms)
{
	struct witness_scratch *scratch = witness_recall(d, now_ms);
	enum verdict v;
	bool fresh = diagnosis_failed(&d->report.diagnosis, &d->evidence, &v);

	if (fresh || (d->report.again && v != VERDICT_NONE)) {
		d->report.again = false;
		say(d, v, now_ms);
	}
	witness_forget(d, scratch);
}

/* ---- what happened ---- */

void report_start(struct device *d, uint32_t now_ms)
{
	(void)d;
	(void)now_ms;
}

void report_failed(struct device *d, enum err why, uint32_t now_ms)
{
	if (d->evidence.echoes == 0 && why != ERR_OK)
		judge(d, now_ms);
}

void report_login(struct device *d, uint32_t now_ms)
{
	struct report *r = &d->report;
	struct line l;

	(void)now_ms;
	r->again = false;
	if (!diagnosis_succeeded(&r->diagnosis, &r->offline, &r->times))
		return;
	line_begin(d, &l);
	if (l.whole)
		diagnosis_recovered(&l.text, r->offline, r->times, d->witness.now_s - d->witness.offline_s);
	else
		line_code(&l, VERDICT_NONE);
	line_end(d, &l);
}

void report_notice(struct device *d, uint32_t now_ms)
{
	(void)d;
	(void)now_ms;
}

void report_step(struct device *d, uint32_t now_ms)
{
	(void)d;
	(void)now_ms;
}

void report_acked(struct device *d, uint32_t seq)
{
	(void)d;
	(void)seq;
}
