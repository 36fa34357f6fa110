/* SPDX-License-Identifier: Apache-2.0 */
#include "session_bench.h"

#include "support/sentence_rules.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void note(struct bench *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void note(struct bench *b, const char *format, ...)
{
	size_t len = strlen(b->events);
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(b->events + len, sizeof b->events - len, format, args);
	va_end(args);
	assert_in_range(n, 0, sizeof b->events - len - 1);
}

/* The start of a value: payloads may be long. */
#define S(b) (int)((b).len < 64 ? (b).len : 64), (const char *)(b).data

static const char *const topic_names[] = { "events", "state", "config", "commands", "errors" };

static void on_login(struct bench *b, const struct session_event *ev)
{
	note(b, "login(%.*s %.*s %.*s %u) ", (int)ev->client_id.len, (const char *)ev->client_id.data, S(ev->user),
	     S(ev->token), ev->keepalive_s);
	if (b->undecided)
		return;
	if (b->refusal.code != REASON_NONE)
		session_refuse(b->s, &b->refusal);
	else
		session_accept(b->s, BYTES("dev-1"), BENCH_NUM_ID, b->now_ms);
}

static void on_publish(struct bench *b, const struct session_event *ev)
{
	note(b, "publish(%s '%.*s' '%.*s' %u%s) ", topic_names[ev->topic], S(ev->subfolder), S(ev->payload), ev->qos,
	     ev->dup ? " dup" : "");
	b->payload_len = ev->payload.len;
	if (ev->qos == 0) {
		assert_int_equal(ev->ticket, 0);
		return;
	}
	b->ticket = ev->ticket;
	if (!b->silent)
		session_acknowledge(b->s, ev->ticket, b->now_ms);
}

static void on_subscribed(struct bench *b, const struct session_event *ev)
{
	note(b, "subscribed(%s %u) ", topic_names[ev->topic], ev->qos);
	if (ev->topic == SESSION_CONFIG && b->config != NULL)
		assert_true(session_config(b->s, 7, bytes_of(b->config), b->now_ms));
}

static void check_sentence(const struct reason *why)
{
	const char *flaw = reason_act(why->code) != NULL ? sentence_flaw(why->text) : NULL;

	if (flaw != NULL)
		fail_msg("%s: %s: %s", reason_name(why->code), flaw, why->text);
}

static void on_event(struct bench *b, const struct session_event *ev)
{
	switch (ev->type) {
	case SESSION_EV_LOGIN:         on_login(b, ev); break;
	case SESSION_EV_PUBLISH:       on_publish(b, ev); break;
	case SESSION_EV_SUBSCRIBED:    on_subscribed(b, ev); break;
	case SESSION_EV_UNSUBSCRIBED:  note(b, "unsubscribed(%s) ", topic_names[ev->topic]); break;
	case SESSION_EV_CONFIG_ACKED:  note(b, "config_acked(%" PRIu64 ") ", ev->version); break;
	case SESSION_EV_COMMAND_ACKED: note(b, "command_acked(%" PRIu64 ") ", ev->ticket); break;
	case SESSION_EV_HEARTBEAT:     note(b, "heartbeat "); break;
	case SESSION_EV_REFUSED:
		note(b, "refused ");
		strcpy(b->refused, ev->why->text);
		check_sentence(ev->why);
		break;
	case SESSION_EV_END:
		note(b, "end(%s) ", reason_name(ev->why->code));
		b->end = ev->why->code;
		strcpy(b->why, ev->why->text);
		check_sentence(ev->why);
		assert_ptr_equal(session_why(b->s), ev->why);
		break;
	}
}

void bench_read(struct bench *b)
{
	struct session_event ev;

	while (session_next(b->s, &ev))
		on_event(b, &ev);
}

void bench_drain(struct bench *b)
{
	size_t n;
	const uint8_t *p;

	while ((p = session_tx_peek(b->s, &n)) != NULL) {
		assert_true(n > 0 && b->sent_len + n <= sizeof b->sent);
		memcpy(b->sent + b->sent_len, p, n);
		b->sent_len += n;
		session_tx_done(b->s, n);
	}
}

size_t bench_feed(struct bench *b, struct bytes in, size_t chunk)
{
	size_t done = 0, n = 1;

	while (done < in.len && n > 0) {
		size_t part = in.len - done < chunk ? in.len - done : chunk;
		uint8_t *exact = malloc(part);

		assert_non_null(exact);
		memcpy(exact, in.data + done, part);
		n = session_feed(b->s, exact, part, b->now_ms);
		assert_true(n <= part);
		bench_read(b);
		free(exact);
		done += n;
		bench_drain(b);
	}
	return done;
}

void bench_forget(struct bench *b)
{
	b->events[0] = b->why[0] = b->refused[0] = '\0';
	b->sent_len = 0;
	b->end = REASON_NONE;
}

void bench_start(struct bench *b)
{
	if (b->cfg.login_ms == 0)
		b->cfg = session_config_default();
	if (b->now_ms == 0)
		b->now_ms = 1000000;
	b->s = session_new(&b->cfg, b->now_ms);
	assert_non_null(b->s);
	bench_forget(b);
}

void bench_up(struct bench *b)
{
	bench_start(b);
	bench_feed(b, BYTES(BENCH_CONNECT), SIZE_MAX);
	bench_saw(b, "login(" BENCH_CLIENT " unused TOKEN 60) ");
	bench_sent(b, BYTES("\x20\2\0\0"));
	bench_forget(b);
}

void bench_stop(struct bench *b)
{
	session_free(b->s);
	b->s = NULL;
}

void bench_sent(struct bench *b, struct bytes want)
{
	bench_drain(b);
	assert_int_equal(b->sent_len, want.len);
	assert_memory_equal(b->sent, want.data, want.len);
	b->sent_len = 0;
}

void bench_saw(struct bench *b, const char *events)
{
	bench_read(b);
	assert_string_equal(b->events, events);
	b->events[0] = '\0';
}
