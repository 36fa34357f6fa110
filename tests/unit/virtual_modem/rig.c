/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "rig.h"

#include "base/ticks.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rig_init(struct rig *r, const struct modem_config *cfg, size_t chunk)
{
	char why_buf[128];
	struct text why;

	memset(r, 0, sizeof *r);
	text_init(&why, why_buf, sizeof why_buf);
	r->chunk = chunk;
	r->now_ms = 0xffff0000u;            /* wraps during the tests */
	r->window = SIZE_MAX;
	r->address = "104.155.82.190";
	r->names[0] = "104.155.82.190";
	r->name_count = 1;
	r->m = modem_new(cfg, r->now_ms, &why);
	if (r->m == NULL)
		fail_msg("%s", why_buf);
	modem_set_clock(r->m, INT64_C(1706709600000), r->now_ms);   /* 2024-01-31 14:00:00 UTC */
}

void rig_free(struct rig *r)
{
	modem_free(r->m);
	r->m = NULL;
}

void rig_clear(struct rig *r)
{
	r->len = 0;
	r->writes = 0;
}

static void on_open(struct rig *r, int id)
{
	if (r->deaf)
		return;
	if (r->refuse != 0) {
		modem_socket_failed(r->m, id, r->refuse, r->now_ms);
		return;
	}
	r->peer[id] = (struct rig_peer){ .connected = true };
	modem_socket_opened(r->m, id, r->address, 22742, r->now_ms);
}

static void on_data(struct rig *r, const struct modem_event *ev)
{
	struct rig_peer *p = &r->peer[ev->id];
	size_t n = ev->data.len < r->window ? ev->data.len : r->window;

	assert_true(p->connected);
	if (n > sizeof p->got - p->got_len)
		n = sizeof p->got - p->got_len;
	memcpy(p->got + p->got_len, ev->data.data, n);
	p->got_len += n;
	modem_socket_taken(r->m, ev->id, n, r->now_ms);
}

static void on_event(struct rig *r, const struct modem_event *ev)
{
	size_t used = strlen(r->notes);

	switch (ev->type) {
	case MODEM_OPEN:
		on_open(r, ev->id);
		break;
	case MODEM_DATA:
		on_data(r, ev);
		break;
	case MODEM_CLOSE:
		r->peer[ev->id].connected = false;
		r->peer[ev->id].was_reset = ev->abort;
		break;
	case MODEM_RESOLVE:
		modem_resolved(r->m, ev->id, r->names, r->name_count, MODEM_ERR_DNS, r->now_ms);
		break;
	case MODEM_PING:
		modem_pinged(r->m, ev->id, r->name_count > 0 ? r->names[0] : NULL, 7, MODEM_ERR_DNS, r->now_ms);
		break;
	case MODEM_NOTE:
		snprintf(r->notes + used, sizeof r->notes - used, "%s: %s\n", ev->topic, ev->text);
		break;
	}
}

void rig_pump(struct rig *r)
{
	struct modem_event ev;
	const uint8_t *p;
	size_t n;

	for (;;) {
		bool any = false;

		while (modem_next(r->m, &ev)) {
			on_event(r, &ev);
			any = true;
		}
		while ((p = modem_tx_peek(r->m, &n)) != NULL) {
			assert_true(n <= sizeof r->out - r->len);
			memcpy(r->out + r->len, p, n);
			r->len += n;
			r->writes++;
			modem_tx_done(r->m, n);
			any = true;
		}
		if (!any)
			return;
	}
}

void rig_feed(struct rig *r, const void *data, size_t len)
{
	for (size_t at = 0; at < len; at += r->chunk) {
		size_t n = len - at < r->chunk ? len - at : r->chunk;

		modem_feed(r->m, (const uint8_t *)data + at, n, r->now_ms);
		rig_pump(r);
	}
}

void rig_type(struct rig *r, const char *text)
{
	rig_feed(r, text, strlen(text));
}

void rig_wait(struct rig *r, uint32_t ms)
{
	uint32_t end_ms = r->now_ms + ms, at_ms;

	while (modem_deadline(r->m, &at_ms) && ticks_reached(end_ms, at_ms)) {
		if (ticks_reached(at_ms, r->now_ms))
			r->now_ms = at_ms;
		modem_step(r->m, r->now_ms);
		rig_pump(r);
	}
	r->now_ms = end_ms;
	modem_step(r->m, r->now_ms);
	rig_pump(r);
}

void rig_peer_sends(struct rig *r, int id, const void *data, size_t len)
{
	assert_true(modem_socket_room(r->m, id) >= len);
	modem_socket_data(r->m, id, data, len, r->now_ms);
	rig_pump(r);
}

void rig_peer_closes(struct rig *r, int id)
{
	r->peer[id].connected = false;
	modem_socket_closed(r->m, id, r->now_ms);
	rig_pump(r);
}

/* The length of what PATTERN's first element matches at TEXT; -1 if none. */
static int match_one(const char **pattern, const char *text, size_t left)
{
	int n = 0;

	if (strncmp(*pattern, "<ip>", 4) == 0) {
		while ((size_t)n < left && (isdigit((unsigned char)text[n]) || text[n] == '.'))
			n++;
		*pattern += 4;
		return n > 6 ? n : -1;
	}
	if (strncmp(*pattern, "<any>", 5) == 0) {
		*pattern += 5;
		while ((size_t)n < left && text[n] != **pattern)
			n++;
		return n;
	}
	return left > 0 && *text == *(*pattern)++ ? 1 : -1;
}

bool rig_matches(const struct rig *r, const char *expect)
{
	const char *text = (const char *)r->out;
	size_t at = 0;

	while (*expect != '\0') {
		int n = match_one(&expect, text + at, r->len - at);

		if (n < 0)
			return false;
		at += (size_t)n;
	}
	return at == r->len;
}

static void print_escaped(const char *label, const char *s, size_t n)
{
	fprintf(stderr, "%s ", label);
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\r')
			fputs("\\r", stderr);
		else if (s[i] == '\n')
			fputs("\\n", stderr);
		else if (isprint((unsigned char)s[i]))
			fputc(s[i], stderr);
		else
			fprintf(stderr, "\\x%02x", (unsigned char)s[i]);
	}
	fputc('\n', stderr);
}

void rig_expects(struct rig *r, const char *expect)
{
	if (!rig_matches(r, expect)) {
		print_escaped("expected", expect, strlen(expect));
		print_escaped("got     ", (const char *)r->out, r->len);
		fprintf(stderr, "%s", r->notes);
		fail_msg("other output than expected");
	}
	rig_clear(r);
}

void rig_expects_in(const struct rig *r, const char *part)
{
	size_t n = strlen(part);

	for (size_t i = 0; i + n <= r->len; i++)
		if (memcmp(r->out + i, part, n) == 0)
			return;
	print_escaped("expected", part, n);
	print_escaped("within  ", (const char *)r->out, r->len);
	fail_msg("not in the output");
}

void rig_says(struct rig *r, const char *type, const char *expect)
{
	rig_type(r, type);
	rig_expects(r, expect);
}

void rig_online(struct rig *r)
{
	rig_type(r, "ATE0\r");
	rig_wait(r, 1000);
	rig_clear(r);
	rig_says(r, "AT+QIACT=1\r", "\r\nOK\r\n");
}

void rig_connected(struct rig *r, int id)
{
	char text[64];

	rig_online(r);
	snprintf(text, sizeof text, "AT+QIOPEN=1,%d,\"TCP\",\"host\",1883\r", id);
	rig_type(r, text);
	snprintf(text, sizeof text, "\r\nOK\r\n\r\n+QIOPEN: %d,0\r\n", id);
	rig_expects(r, text);
}

unsigned rig_fault(struct rig *r, const struct modem_fault *f)
{
	char why_buf[128];
	struct text why;
	unsigned number;

	text_init(&why, why_buf, sizeof why_buf);
	number = modem_fault_set(r->m, f, r->now_ms, &why);
	if (number == 0)
		fail_msg("%s", why_buf);
	rig_pump(r);
	return number;
}
