/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "store/outbox.h"

#include <stdio.h>
#include <string.h>

static struct outbox o;
static uint8_t *buf;

static void fresh(size_t size, enum outbox_policy policy)
{
	static uint8_t memory[4096];

	buf = memory + 1;      /* no alignment is asked for */
	memset(memory, 0xee, sizeof memory);
	outbox_init(&o, &(struct outbox_config){ .buf = buf, .size = size, .policy = policy, .first_seq = 100 });
}

static enum err put(const char *text, uint8_t qos, uint32_t *seq)
{
	return outbox_put(&o, &(struct outbox_message){ .cls = OUTBOX_EVENT, .qos = qos, .payload = bytes_of(text) }, seq);
}

static void put_ok(const char *text)
{
	uint32_t before = outbox_next_seq(&o), seq;

	assert_int_equal(put(text, 1, &seq), ERR_OK);
	assert_int_equal(seq, before);
}

/* The payloads that wait, in order, each followed by a space; "+" before one
 * that was sent before. */
static const char *waiting(void)
{
	static char text[512];
	struct outbox_record r;
	size_t at = 0;

	text[0] = '\0';
	for (size_t n = 0; outbox_peek(&o, n, &r); n++)
		at += (size_t)snprintf(text + at, sizeof text - at, "%s%.*s ", r.again ? "+" : "",
				       (int)r.message.payload.len, (const char *)r.message.payload.data);
	return text;
}

static void records_go_out_in_order_and_leave_when_acknowledged(void **state)
{
	(void)state;
	fresh(256, OUTBOX_REJECT_NEW);
	put_ok("a");
	put_ok("b");
	put_ok("c");
	assert_string_equal(waiting(), "a b c ");
	assert_int_equal(outbox_sent(&o, 100), ERR_OK);
	assert_int_equal(outbox_sent(&o, 101), ERR_OK);
	assert_string_equal(waiting(), "c ");
	assert_int_equal(outbox_acked(&o, 101), ERR_OK);      /* out of order is no harm */
	assert_int_equal(outbox_acked(&o, 101), ERR_NOT_FOUND);
	assert_int_equal(outbox_counts(&o).in_flight, 1);
	outbox_rewind(&o);
	assert_string_equal(waiting(), "+a c ");
	assert_int_equal(outbox_acked(&o, 100), ERR_NOT_FOUND);   /* of a connection that is gone */
	assert_int_equal(outbox_sent(&o, 100), ERR_OK);
	assert_int_equal(outbox_acked(&o, 100), ERR_OK);
	assert_int_equal(outbox_sent(&o, 102), ERR_OK);
	assert_int_equal(outbox_acked(&o, 102), ERR_OK);
	assert_int_equal(outbox_counts(&o).bytes, 0);
	assert_int_equal(outbox_counts(&o).acked, 3);
	assert_int_equal(outbox_counts(&o).sent, 4);
	assert_int_equal(outbox_counts(&o).resent, 1);
}

static void qos_0_is_gone_when_sent(void **state)
{
	(void)state;
	fresh(256, OUTBOX_REJECT_NEW);
	assert_int_equal(put("x", 0, NULL), ERR_OK);
	put_ok("y");
	assert_int_equal(outbox_sent(&o, 100), ERR_OK);
	assert_int_equal(outbox_sent(&o, 100), ERR_NOT_FOUND);
	outbox_rewind(&o);
	assert_string_equal(waiting(), "y ");
	assert_int_equal(outbox_counts(&o).in_flight, 0);
}

static void what_is_put_comes_out_whole(void **state)
{
	static const uint8_t payload[] = { 0, 255, 10, 13, 0 };
	struct outbox_record r;

	(void)state;
	fresh(64, OUTBOX_REJECT_NEW);
	assert_int_equal(outbox_put(&o, &(struct outbox_message){
		.cls = OUTBOX_STATE, .qos = 1, .subfolder = bytes_of("alarms/door"), .payload = { payload, 5 } }, NULL), ERR_OK);
	assert_int_equal(outbox_put(&o, &(struct outbox_message){ .cls = OUTBOX_EVENT }, NULL), ERR_OK);
	assert_true(outbox_peek(&o, 0, &r));
	assert_int_equal(r.seq, 100);
	assert_int_equal(r.message.cls, OUTBOX_STATE);
	assert_int_equal(r.message.qos, 1);
	assert_true(bytes_equal_text(r.message.subfolder, "alarms/door"));
	assert_true(bytes_equal(r.message.payload, (struct bytes){ payload, 5 }));
	assert_true(outbox_peek(&o, 1, &r));
	assert_int_equal(r.message.cls, OUTBOX_EVENT);
	assert_int_equal(r.message.payload.len, 0);
	assert_false(outbox_peek(&o, 2, &r));
	assert_false(outbox_peek(&o, SIZE_MAX, &r));
}

static void a_full_outbox_rejects_or_drops_and_counts(void **state)
{
	(void)state;
	fresh(3 * (OUTBOX_OVERHEAD + 1), OUTBOX_REJECT_NEW);
	put_ok("a");
	put_ok("b");
	assert_int_equal(outbox_room(&o), 1);
	put_ok("c");
	assert_int_equal(outbox_room(&o), 0);
	assert_int_equal(put("d", 1, NULL), ERR_OUTBOX_FULL);
	assert_string_equal(waiting(), "a b c ");
	assert_int_equal(outbox_counts(&o).rejected, 1);
	assert_int_equal(outbox_next_seq(&o), 103);

	fresh(3 * (OUTBOX_OVERHEAD + 1), OUTBOX_DROP_OLDEST);
	put_ok("a");
	put_ok("b");
	put_ok("c");
	assert_int_equal(outbox_sent(&o, 100), ERR_OK);
	put_ok("d");                           /* the one in flight goes */
	assert_int_equal(outbox_acked(&o, 100), ERR_NOT_FOUND);
	assert_int_equal(outbox_counts(&o).in_flight, 0);
	put_ok("eeeeeeee");                    /* needs the room of two */
	assert_string_equal(waiting(), "d eeeeeeee ");
	assert_int_equal(outbox_counts(&o).dropped, 3);
	assert_int_equal(outbox_counts(&o).rejected, 0);
	assert_int_equal(outbox_counts(&o).high_water, 27);
}

static void what_can_never_fit_is_refused_and_drops_nothing(void **state)
{
	static uint8_t big[70000];
	struct outbox_message m = { .cls = OUTBOX_EVENT, .qos = 1, .payload = { big, 25 } };

	(void)state;
	fresh(32, OUTBOX_DROP_OLDEST);
	put_ok("a");
	assert_int_equal(outbox_put(&o, &m, NULL), ERR_TOO_LONG);
	m.payload.len = 65536;
	assert_int_equal(outbox_put(&o, &m, NULL), ERR_TOO_LONG);
	m.payload.len = SIZE_MAX;
	assert_int_equal(outbox_put(&o, &m, NULL), ERR_TOO_LONG);
	m.payload.len = 0;
	m.subfolder = (struct bytes){ big, 256 };
	assert_int_equal(outbox_put(&o, &m, NULL), ERR_TOO_LONG);
	m.subfolder.len = SIZE_MAX;
	assert_int_equal(outbox_put(&o, &m, NULL), ERR_TOO_LONG);
	m.subfolder.len = 0;
	m.qos = 2;
	assert_int_equal(outbox_put(&o, &m, NULL), ERR_ARG);
	m.qos = 1;
	m.cls = (enum outbox_class)2;
	assert_int_equal(outbox_put(&o, &m, NULL), ERR_ARG);
	assert_string_equal(waiting(), "a ");
	assert_int_equal(outbox_counts(&o).rejected, 5);
	m = (struct outbox_message){ .cls = OUTBOX_EVENT, .payload = { big, 24 } };
	assert_int_equal(outbox_put(&o, &m, NULL), ERR_OK);    /* fits an empty one */
	assert_int_equal(outbox_counts(&o).dropped, 1);
}

static void numbers_wrap(void **state)
{
	uint32_t seq;

	(void)state;
	fresh(64, OUTBOX_REJECT_NEW);
	o.next_seq = UINT32_MAX;
	assert_int_equal(put("a", 1, &seq), ERR_OK);
	assert_int_equal(seq, UINT32_MAX);
	assert_int_equal(put("b", 1, &seq), ERR_OK);
	assert_int_equal(seq, 0);
	assert_int_equal(outbox_sent(&o, 0), ERR_OK);
	assert_string_equal(waiting(), "a ");
}

/* Against a model: any order of calls, and every accepted record is waiting, in
 * flight, acknowledged, sent with QoS 0 or counted as dropped; never two of it. */
static void nothing_is_lost_in_silence(void **state)
{
	enum { WAITING = 1, FLYING, GONE };
	static uint8_t fate[20000];
	uint32_t rng = 1;

	(void)state;
	for (unsigned policy = 0; policy < 2; policy++) {
		uint32_t accounted = 0, waits = 0;
		struct outbox_counts c;
		struct outbox_record r;

		fresh(300, (enum outbox_policy)policy);
		memset(fate, 0, sizeof fate);
		for (unsigned i = 0; i < 15000; i++) {
			static const char text[] = "0123456789012345678901234567890123456789";
			uint32_t seq = 0, pick;

			rng = rng * 1664525u + 1013904223u;
			pick = 100 + (rng >> 8) % (outbox_next_seq(&o) - 99);
			if (rng >> 30 == 0 && put(text + (rng >> 16) % 40, (rng >> 24) & 1, &seq) == ERR_OK)
				fate[seq] = WAITING;
			else if (rng >> 30 == 1 && outbox_peek(&o, (rng >> 16) % 3, &r)) {
				fate[r.seq] = r.message.qos == 0 ? GONE : FLYING;
				assert_int_equal(outbox_sent(&o, r.seq), ERR_OK);
			} else if (rng >> 30 == 2 && outbox_acked(&o, pick) == ERR_OK) {
				assert_int_equal(fate[pick], FLYING);
				fate[pick] = GONE;
			} else if (rng >> 30 == 3 && rng % 16 == 0) {
				outbox_rewind(&o);
			}
			assert_true(outbox_counts(&o).bytes <= 300);
			for (unsigned b = 300; b < 400; b++)
				assert_int_equal(buf[b], 0xee);
		}
		outbox_rewind(&o);
		c = outbox_counts(&o);
		while (outbox_peek(&o, waits, &r)) {
			assert_true(fate[r.seq] == WAITING || fate[r.seq] == FLYING);
			fate[r.seq] = GONE;
			waits++;
		}
		for (uint32_t seq = 100; seq < outbox_next_seq(&o); seq++)
			accounted += fate[seq] == GONE;
		assert_int_equal(waits, c.records);
		assert_int_equal(accounted + c.dropped, c.put);
		assert_true(policy == OUTBOX_DROP_OLDEST ? c.dropped > 50 : c.rejected > 50);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_go_out_in_order_and_leave_when_acknowledged),
		cmocka_unit_test(qos_0_is_gone_when_sent),
		cmocka_unit_test(what_is_put_comes_out_whole),
		cmocka_unit_test(a_full_outbox_rejects_or_drops_and_counts),
		cmocka_unit_test(what_can_never_fit_is_refused_and_drops_nothing),
		cmocka_unit_test(numbers_wrap),
		cmocka_unit_test(nothing_is_lost_in_silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
