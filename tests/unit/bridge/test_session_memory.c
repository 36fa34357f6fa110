/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a session takes from the heap and gives back: how much, wiped, and what
 * happens when there is none.  The linker puts the functions below between the
 * library and the heap.
 */
#include "session_bench.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS "/devices/dev-1/events"
#define SUBSCRIBE_BOTH "\x82\x36\0\1\0\x15" "/devices/dev-1/config" "\1\0\x19" "/devices/dev-1/commands/#" "\1"

void *__real_malloc(size_t n);
void *__real_realloc(void *p, size_t n);
void __real_free(void *p);
void *__wrap_malloc(size_t n);
void *__wrap_realloc(void *p, size_t n);
void __wrap_free(void *p);

static struct heap {
	size_t   now, most;          /* bytes */
	unsigned count, fail_at;     /* allocations; the one that fails, 0: none */
	bool     leaked;             /* what was given back held a secret */
	const uint8_t *watched;      /* whether the memory there was given back */
	bool     gone;
	unsigned depth;              /* counted only while the library runs */
} heap;

static const char secret[] = "SECRET";

static void look(const uint8_t *p, size_t n)
{
	heap.gone |= heap.watched >= p && heap.watched < p + n;
	heap.leaked |= memmem(p, n, secret, sizeof secret - 1) != NULL;
}

static void took(size_t n)
{
	heap.now += n;
	heap.most = heap.now > heap.most ? heap.now : heap.most;
}

static bool fails(void)
{
	return heap.depth > 0 && ++heap.count == heap.fail_at;
}

void *__wrap_malloc(size_t n)
{
	void *p = fails() ? NULL : __real_malloc(n);

	if (p != NULL && heap.depth > 0)
		took(malloc_usable_size(p));
	return p;
}

void *__wrap_realloc(void *p, size_t n)
{
	size_t before = p != NULL ? malloc_usable_size(p) : 0;
	void *q = fails() ? NULL : __real_realloc(p, n);

	if (q != NULL && heap.depth > 0) {
		heap.now -= before;
		took(malloc_usable_size(q));
	}
	return q;
}

void __wrap_free(void *p)
{
	if (p != NULL && heap.depth > 0) {
		look(p, malloc_usable_size(p));
		heap.now -= malloc_usable_size(p);
	}
	__real_free(p);
}

/* ---- The session, counted ---- */

static struct session *start(void)
{
	struct session_config cfg = session_config_default();
	struct session *s;

	heap.depth++;
	s = session_new(&cfg, 0);
	heap.depth--;
	return s;
}

static void answer(struct session *s, const struct session_event *ev)
{
	bool later;

	if (ev->type == SESSION_EV_LOGIN) {
		heap.watched = ev->token.data;
		session_accept(s, BYTES("dev-1"), BENCH_NUM_ID, 0);
		assert_true(heap.gone || session_why(s) != NULL);
	}
	if (ev->type == SESSION_EV_PUBLISH)
		session_acknowledge(s, ev->ticket, 0);
	if (ev->type == SESSION_EV_SUBSCRIBED && ev->topic == SESSION_CONFIG)
		(void)session_config(s, 7, BYTES("{\"key\":\"SECRET\"}"), 0);
	if (ev->type == SESSION_EV_SUBSCRIBED && ev->topic == SESSION_COMMANDS)
		(void)session_command(s, 8, BYTES(""), BYTES("SECRET"), &later, 0);
}

static void feed(struct session *s, struct bytes in)
{
	struct session_event ev;
	size_t n = 0, taken, len;

	heap.depth++;
	do {
		taken = session_feed(s, in.data + n, in.len - n, 0);
		n += taken;
		while (session_next(s, &ev))
			answer(s, &ev);
		(void)session_tx_peek(s, &len);
		if (len > 0)
			session_tx_done(s, len);
	} while (taken > 0 && n < in.len);
	heap.depth--;
}

static void stop(struct session *s)
{
	heap.depth++;
	session_free(s);
	heap.depth--;
	assert_int_equal(heap.now, 0);
}

static void prepare(void)
{
	heap = (struct heap){ 0 };
}

static const char whole[] =
	"\x10\x6c\0\4MQTT\4\xc2\0\x3c\0\x50" BENCH_CLIENT "\0\6unused\0\6SECRET" SUBSCRIBE_BOTH "\x40\2\0\1\x40\2\0\2"
	"\x32\x1f\0\x15" EVENTS "\0\2SECRET" "\x82\x1a\0\1\0\x15" EVENTS "\1" "\xc0\0";

/* ---- ---- */

static void an_idle_session_is_a_few_hundred_bytes(void **state)
{
	struct session *s;
	size_t before;

	(void)state;
	prepare();
	s = start();
	before = heap.now;
	feed(s, BYTES(whole));
	assert_null(session_why(s));
	print_message("  idle: %zu bytes before CONNECT, %zu logged in, subscribed and used (most: %zu)\n", before, heap.now,
		      heap.most);
	assert_in_range(heap.now, 1, 400);
	stop(s);
}

static void memory_grows_with_what_came_not_with_what_is_claimed(void **state)
{
	static uint8_t kilobyte[1024];
	struct session *s;
	size_t idle;

	(void)state;
	prepare();
	s = start();
	feed(s, BYTES("\x10\xff\x3f\0\4MQTT"));                        /* 8,191 bytes are to come */
	assert_in_range(heap.now, 1, 512);
	stop(s);
	prepare();
	s = start();
	feed(s, BYTES(whole));
	idle = heap.now;
	feed(s, BYTES("\x30\x97\x80\x10\0\x15" EVENTS));               /* 262,144 bytes are to come */
	assert_in_range(heap.now, 1, idle + 128);
	for (unsigned i = 1; i < 256; i++) {
		feed(s, (struct bytes){ kilobyte, sizeof kilobyte });
		assert_in_range(heap.now, i * 1024, idle + 128 + 2 * (i + 1) * 1024);
	}
	feed(s, (struct bytes){ kilobyte, sizeof kilobyte });
	assert_in_range(heap.most, 262144, 262144 + 131072 + 2048);    /* while it was moved for the last time */
	feed(s, BYTES("\xc0\0"));
	assert_in_range(heap.now, 1, idle);
	assert_null(session_why(s));
	stop(s);
}

static void no_memory_that_is_given_back_holds_a_secret(void **state)
{
	const struct bytes all = BYTES(whole);

	(void)state;
	for (size_t cut = 0; cut <= all.len; cut++) {
		struct session *s;

		prepare();
		s = start();
		feed(s, (struct bytes){ all.data, cut });
		feed(s, (struct bytes){ all.data + cut, cut % 7 < all.len - cut ? cut % 7 : 0 });
		stop(s);
		if (heap.leaked)
			fail_msg("cut after %zu bytes", cut);
	}
}

static void without_memory_one_connection_ends_and_nothing_else(void **state)
{
	unsigned at = 0;
	bool ended;

	(void)state;
	do {
		struct session *s;

		prepare();
		heap.fail_at = ++at;
		s = start();
		ended = s == NULL;
		if (s != NULL) {
			for (size_t i = 0; i < sizeof whole - 1; i++)
				feed(s, (struct bytes){ (const uint8_t *)whole + i, 1 });
			ended = session_why(s) != NULL;
			if (ended)
				assert_int_equal(session_why(s)->code, REASON_FAULT);
		}
		stop(s);
		assert_false(heap.leaked);
	} while (ended);
	print_message("  %u allocations, each failed once\n", at - 1);
	assert_in_range(at, 10, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_idle_session_is_a_few_hundred_bytes),
		cmocka_unit_test(memory_grows_with_what_came_not_with_what_is_claimed),
		cmocka_unit_test(no_memory_that_is_given_back_holds_a_secret),
		cmocka_unit_test(without_memory_one_connection_ends_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
