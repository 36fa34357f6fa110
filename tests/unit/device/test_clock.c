/* SPDX-License-Identifier: Apache-2.0 */
/* The clock's trust rules, its text, and the pauses between tries. */
#define _POSIX_C_SOURCE 200809L   /* gmtime_r */
#include "unit/cmocka_all.h"

#include "device/backoff.h"
#include "device/clock.h"

#include <string.h>
#include <time.h>

#define BUILT ((int64_t)1790000000)   /* 2026-09-21 */

static void times_that_cannot_be_are_refused(void **state)
{
	static const struct { const char *name; int64_t offer; enum err want; } rows[] = {
		{ "an RTC that never ran: 1970",           0,                     ERR_ARG },
		{ "a modem's default date: 1980-01-06",    315964800,             ERR_ARG },
		{ "an STM32's RTC after power-on: 2000",   946684800,             ERR_ARG },
		{ "another modem's default: 2004-01-01",   1072915200,            ERR_ARG },
		{ "GPS weeks that overflowed: 2007-02-04", BUILT - 1024 * 604800, ERR_ARG },
		{ "GPS weeks too many: 2046",              BUILT + 1024 * 604800, ERR_ARG },
		{ "1939, as networks have told",           -964000000,            ERR_ARG },
		{ "milliseconds for seconds",              BUILT * 1000,          ERR_ARG },
		{ "the smallest number",                   INT64_MIN,             ERR_ARG },
		{ "the largest number",                    INT64_MAX,             ERR_ARG },
		{ "one second before the image was built", BUILT - 1,             ERR_ARG },
		{ "the second in which it was built",      BUILT,                 ERR_OK  },
		{ "fifteen years on",                      BUILT + CLOCK_SPAN_S,  ERR_OK  },
		{ "a modem's overflow: 2080",              3471292800,            ERR_ARG },
		{ "negative",                              -1,                    ERR_ARG },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct clock c;
		int64_t now;

		clock_init(&c, BUILT);
		print_message("  %s\n", rows[i].name);
		assert_int_equal(clock_set(&c, rows[i].offer, CLOCK_NETWORK, 7), rows[i].want);
		assert_int_equal(clock_now(&c, 7, &now), rows[i].want == ERR_OK);
	}
}

static void a_worse_source_waits_until_the_better_one_is_stale(void **state)
{
	struct clock c;
	int64_t now;

	(void)state;
	clock_init(&c, BUILT);
	assert_int_equal(clock_set(&c, BUILT + 50, CLOCK_NTP, 0), ERR_OK);
	assert_int_equal(clock_set(&c, BUILT + 100, CLOCK_NETWORK, 0), ERR_OK);
	assert_int_equal(clock_set(&c, BUILT + 900, CLOCK_NTP, 1000), ERR_STATE);
	assert_true(clock_now(&c, 2000, &now));
	assert_int_equal(now, BUILT + 102);
	assert_int_equal(clock_set(&c, BUILT + 99999, CLOCK_NTP, CLOCK_STALE_S * 1000u), ERR_OK);
}

static void a_kept_time_serves_until_a_better_source_tells(void **state)
{
	enum clock_source asked;
	struct clock c;
	int64_t now;

	(void)state;
	clock_init(&c, BUILT);
	assert_int_equal(clock_set(&c, BUILT - 1, CLOCK_KEPT, 0), ERR_ARG);
	assert_int_equal(clock_set(&c, BUILT + 50, CLOCK_KEPT, 0), ERR_OK);
	assert_true(clock_now(&c, 1000, &now));
	assert_int_equal(now, BUILT + 51);
	clock_doubt(&c, CLOCK_REFUSED);
	assert_true(clock_asks(&c, &asked));
	assert_int_equal(asked, CLOCK_NTP);             /* the network has not told it */
	assert_false(clock_settle(&c, 1000));
	assert_true(clock_now(&c, 1000, &now));         /* nobody knows better */
	assert_int_equal(clock_set(&c, BUILT + 100, CLOCK_NTP, 0), ERR_OK);
	assert_int_equal(clock_set(&c, BUILT + 50, CLOCK_KEPT, 0), ERR_STATE);
	clock_doubt(&c, CLOCK_REFUSED);
	assert_false(clock_settle(&c, 0));
	assert_true(clock_now(&c, 0, &now));
}

/* ---- two sources ---- */

#define HOUR 3600
#define YEAR (365 * 86400)

enum { NONE = CLOCK_UNSET, KEPT = CLOCK_KEPT, NTP = CLOCK_NTP, NET = CLOCK_NETWORK };

static void a_second_source_agrees_within_five_minutes(void **state)
{
	static const struct {
		const char *name;
		int first, second;
		int32_t apart_s;
		enum evidence_answer agrees;
	} rows[] = {
		{ "the time server, 300 s ahead of the network",    NET,  NTP,  300,  EVIDENCE_YES },
		{ "the time server, 301 s ahead",                   NET,  NTP,  301,  EVIDENCE_NO },
		{ "the time server, 300 s behind",                  NET,  NTP, -300,  EVIDENCE_YES },
		{ "the time server, 301 s behind",                  NET,  NTP, -301,  EVIDENCE_NO },
		{ "the network after the server: it replaces it",   NTP,  NET,  20,   EVIDENCE_YES },
		{ "the network after the server, an hour apart",    NTP,  NET,  HOUR, EVIDENCE_NO },
		{ "a kept time is nobody's second opinion",         KEPT, NET,  1,    EVIDENCE_UNKNOWN },
		{ "nor does it contradict",                         KEPT, NET,  YEAR, EVIDENCE_UNKNOWN },
		{ "nor when it comes second",                       NET,  KEPT, YEAR, EVIDENCE_UNKNOWN },
		{ "the same source twice is one",                   NET,  NET,  0,    EVIDENCE_UNKNOWN },
		{ "nobody said anything",                           NET,  NONE, 0,    EVIDENCE_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct clock c;

		print_message("  %s\n", rows[i].name);
		clock_init(&c, BUILT);
		assert_int_equal(clock_agrees(&c, 0), EVIDENCE_UNKNOWN);
		assert_int_equal(clock_set(&c, BUILT + 2 * YEAR, (enum clock_source)rows[i].first, 0), ERR_OK);
		(void)!clock_set(&c, BUILT + 2 * YEAR + 60 + rows[i].apart_s, (enum clock_source)rows[i].second, 60000);
		assert_int_equal(clock_agrees(&c, 60000), rows[i].agrees);
		assert_int_equal(clock_agrees(&c, 60000 + CLOCK_STALE_S * 1000u), EVIDENCE_UNKNOWN);
	}
}

/* What each doubt asks for, and when the other's word is taken. */
static void after_a_doubt_the_other_source_is_asked_once_and_may_be_believed(void **state)
{
	static const struct {
		const char *name;
		int source, asked;
		enum clock_doubt doubt;
		int32_t apart_s;
		bool turns;
	} rows[] = {
		{ "refused, the network is a year ahead",       NET, NTP, CLOCK_REFUSED,   -YEAR, true  },
		{ "refused, the network is a year behind",      NET, NTP, CLOCK_REFUSED,    YEAR, true  },
		{ "refused, the time server is an hour ahead",  NTP, NET, CLOCK_REFUSED,   -HOUR, true  },
		{ "refused, but the two agree",                 NET, NTP, CLOCK_REFUSED,    299,  false },
		{ "'not yet valid', the other is later",        NET, NTP, CLOCK_TOO_EARLY,  YEAR, true  },
		{ "'not yet valid', the other is earlier",      NET, NTP, CLOCK_TOO_EARLY, -YEAR, false },
		{ "expired, the time server is earlier: whoever holds an old key could be both",
		                                                NET, NTP, CLOCK_TOO_LATE,  -YEAR, false },
		{ "expired, the network is earlier",            NTP, NET, CLOCK_TOO_LATE,  -YEAR, true  },
		{ "expired, the network is later still",        NTP, NET, CLOCK_TOO_LATE,   YEAR, false },
		{ "no doubt, a time server that differs",       NET, NTP, CLOCK_SURE,       YEAR, false },
	};
	const int64_t then = BUILT + 2 * YEAR;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		enum clock_source asked;
		struct clock c;
		int64_t now;

		print_message("  %s\n", rows[i].name);
		clock_init(&c, BUILT);
		assert_int_equal(clock_set(&c, then, (enum clock_source)rows[i].source, 0), ERR_OK);
		assert_false(clock_asks(&c, &asked));
		if (rows[i].doubt != CLOCK_SURE) {
			clock_doubt(&c, rows[i].doubt);
			assert_true(clock_asks(&c, &asked));
			assert_int_equal(asked, rows[i].asked);
			assert_false(clock_asks(&c, &asked));
		}
		if (rows[i].asked == NTP)
			assert_int_equal(clock_set(&c, then + rows[i].apart_s, CLOCK_NTP, 0), ERR_STATE);
		else
			assert_int_equal(clock_set(&c, then + rows[i].apart_s, CLOCK_NETWORK, 0), ERR_OK);
		/* the network is the better source: it is taken at once */
		assert_int_equal(clock_settle(&c, 1000), rows[i].turns && rows[i].asked == NTP);
		assert_true(clock_now(&c, 1000, &now));
		assert_int_equal(now, then + 1 + (rows[i].turns || rows[i].asked == NET ? rows[i].apart_s : 0));
		assert_false(clock_settle(&c, 1000));
	}
}

static void a_source_that_was_given_up_is_not_believed_again_before_it_is_stale(void **state)
{
	const int64_t then = BUILT + 2 * YEAR, wrong = then + YEAR;
	enum clock_source asked;
	struct clock c;
	int64_t now;

	(void)state;
	clock_init(&c, BUILT);
	assert_int_equal(clock_set(&c, wrong, CLOCK_NETWORK, 0), ERR_OK);
	clock_doubt(&c, CLOCK_REFUSED);
	assert_int_equal(clock_set(&c, then, CLOCK_NTP, 0), ERR_STATE);
	assert_true(clock_settle(&c, 0));
	assert_int_equal(c.source, CLOCK_NTP);
	assert_int_equal(clock_agrees(&c, 0), EVIDENCE_NO);
	assert_int_equal(clock_set(&c, wrong + 60, CLOCK_NETWORK, 60000), ERR_STATE);
	assert_true(clock_now(&c, 60000, &now));
	assert_int_equal(now, then + 60);

	clock_proved(&c, 60000);                        /* the server says that it was right to */
	assert_int_equal(clock_agrees(&c, 60000), EVIDENCE_YES);

	clock_doubt(&c, CLOCK_REFUSED);                 /* were it not: the network again */
	assert_true(clock_asks(&c, &asked));
	assert_int_equal(asked, CLOCK_NETWORK);
	clock_proved(&c, 60000);
	assert_false(clock_settle(&c, 60000));          /* a login in between ends the doubt */
	assert_int_equal(clock_set(&c, wrong, CLOCK_NETWORK, 60000 + CLOCK_STALE_S * 1000u), ERR_OK);
}

static void an_opinion_stays_what_it_was_when_the_clock_is_moved(void **state)
{
	struct clock c;

	(void)state;
	clock_init(&c, BUILT);
	assert_int_equal(clock_set(&c, BUILT + 500, CLOCK_NETWORK, 0), ERR_OK);
	assert_int_equal(clock_set(&c, BUILT + 520, CLOCK_NTP, 0), ERR_STATE);
	assert_int_equal(clock_agrees(&c, 0), EVIDENCE_YES);
	assert_int_equal(clock_set(&c, BUILT + YEAR, CLOCK_NETWORK, 1000), ERR_OK);
	assert_int_equal(clock_agrees(&c, 1000), EVIDENCE_NO);
	assert_int_equal(clock_set(&c, BUILT + 510, CLOCK_NETWORK, 2000), ERR_OK);
	assert_int_equal(clock_agrees(&c, 2000), EVIDENCE_YES);
}

static void no_doubt_leads_below_the_floor(void **state)
{
	struct clock c;

	(void)state;
	clock_init(&c, BUILT);
	assert_int_equal(clock_set(&c, BUILT + YEAR, CLOCK_NETWORK, 0), ERR_OK);
	assert_int_equal(clock_set(&c, BUILT + HOUR, CLOCK_NTP, 0), ERR_STATE);
	clock_proved(&c, 0);
	assert_true(clock_raise(&c, BUILT + YEAR - 60, 0));
	clock_doubt(&c, CLOCK_REFUSED);
	assert_int_equal(clock_agrees(&c, CLOCK_STALE_S * 1000u - 1), EVIDENCE_YES);
	c.proved_s = 0;                                 /* as if hours later */
	assert_false(clock_settle(&c, 0));
}

static void a_server_that_took_a_token_is_a_second_opinion_until_the_clock_is_moved(void **state)
{
	struct clock c;

	(void)state;
	clock_init(&c, BUILT);
	assert_int_equal(clock_set(&c, BUILT + 500, CLOCK_NETWORK, 0), ERR_OK);
	clock_proved(&c, 0);
	assert_int_equal(clock_agrees(&c, 1000), EVIDENCE_YES);
	assert_int_equal(clock_set(&c, BUILT + 600, CLOCK_NETWORK, 1000), ERR_OK);
	assert_int_equal(clock_agrees(&c, 1000), EVIDENCE_YES);
	assert_int_equal(clock_set(&c, BUILT + YEAR, CLOCK_NETWORK, 1000), ERR_OK);
	assert_int_equal(clock_agrees(&c, 1000), EVIDENCE_UNKNOWN);
	clock_proved(&c, 1000);
	assert_int_equal(clock_agrees(&c, 1000 + CLOCK_STALE_S * 1000u - 1000), EVIDENCE_YES);
	assert_int_equal(clock_agrees(&c, 1000 + CLOCK_STALE_S * 1000u), EVIDENCE_UNKNOWN);
}

/* ---- jumps ---- */

static void a_jump_is_told_once_and_a_usual_difference_not_at_all(void **state)
{
	static const struct {
		const char *name;
		int first, second;
		uint32_t after_s;
		int32_t jump_s;
		bool told;
	} rows[] = {
		{ "the first time that is known",                NONE, NET, 0,     0,     false },
		{ "the network, 2 s off",                        NET,  NET, 60,    2,     false },
		{ "the network, 3 s off",                        NET,  NET, 60,    3,     true  },
		{ "the network, 3 s off the other way",          NET,  NET, 60,   -3,     true  },
		{ "a day's drift of a crystal",                  NET,  NET, 86400, -10,   false },
		{ "more than a crystal drifts in a day",         NET,  NET, 86400, -12,   true  },
		{ "summer time ends",                            NET,  NET, 60,   -HOUR,  true  },
		{ "summer time begins",                          NET,  NET, 60,    HOUR,  true  },
		{ "the network beside the server, minutes off",  NTP,  NET, 60,    300,   false },
		{ "the network beside the server, more",         NTP,  NET, 60,    301,   true  },
		{ "the drift of a kept clock",                   KEPT, NET, 60,   -240,   false },
		{ "a kept clock that was wrong",                 KEPT, NTP, 60,    86400, true  },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint32_t ms = rows[i].after_s * 1000u;
		int64_t then = BUILT + YEAR;
		struct evidence e;
		struct clock c;

		print_message("  %s\n", rows[i].name);
		clock_init(&c, BUILT);
		if (rows[i].first != NONE)
			assert_int_equal(clock_set(&c, then, (enum clock_source)rows[i].first, 0), ERR_OK);
		assert_false(clock_jumped(&c));
		then += (int64_t)rows[i].after_s + rows[i].jump_s;
		assert_int_equal(clock_set(&c, then, (enum clock_source)rows[i].second, ms), ERR_OK);
		assert_int_equal(c.jump_s, rows[i].first == NONE ? CLOCK_NO_JUMP : rows[i].jump_s);
		assert_int_equal(clock_jumped(&c), rows[i].told);
		evidence_init(&e);
		clock_evidence(&c, &e, ms);
		assert_int_equal(e.clock_jump_s, rows[i].told ? rows[i].jump_s : CLOCK_NO_JUMP);
		clock_jump_told(&c);
		clock_evidence(&c, &e, ms);
		assert_int_equal(e.clock_jump_s, CLOCK_NO_JUMP);    /* what is noticed later is another thing */
	}
}

static void absurd_times_in_a_session_change_nothing_and_are_kept_as_evidence(void **state)
{
	static const int64_t absurd[] = { -964000000 /* 1939 */, 315964800 /* 1980-01-06 */, 3471292800 /* 2080 */ };
	struct evidence e;
	struct clock c;

	(void)state;
	clock_init(&c, BUILT);
	assert_int_equal(clock_set(&c, BUILT + 100, CLOCK_NETWORK, 0), ERR_OK);
	for (size_t i = 0; i < sizeof absurd / sizeof absurd[0]; i++) {
		assert_int_equal(clock_set(&c, absurd[i], CLOCK_NETWORK, 5000), ERR_ARG);
		assert_false(clock_jumped(&c));
		evidence_init(&e);
		clock_evidence(&c, &e, 5000);
		assert_int_equal(e.now, BUILT + 105);
		assert_int_equal(e.told, absurd[i]);
		assert_int_equal(e.clock, EVIDENCE_CLOCK_NETWORK);
		assert_int_equal(e.clock_jump_s, CLOCK_NO_JUMP);
		assert_int_equal(e.build, BUILT);
	}
}

static void a_time_that_was_refuted_after_the_try_is_told_as_it_was(void **state)
{
	struct evidence e;
	struct clock c;

	(void)state;
	clock_init(&c, BUILT);
	assert_int_equal(clock_set(&c, BUILT + YEAR, CLOCK_KEPT, 0), ERR_OK);
	clock_doubt(&c, CLOCK_REFUSED);
	assert_int_equal(clock_set(&c, BUILT + 500, CLOCK_NTP, 0), ERR_OK);
	evidence_init(&e);
	clock_evidence(&c, &e, 2000);
	assert_int_equal(e.now, BUILT + YEAR + 2);
	assert_int_equal(e.clock_agrees, EVIDENCE_NO);
	assert_int_equal(e.clock_jump_s, 500 - YEAR);
	assert_false(clock_settle(&c, 3000));           /* the next try is made with the new one */
	clock_evidence(&c, &e, 3000);
	assert_int_equal(e.now, BUILT + 503);
	assert_int_equal(e.clock_agrees, EVIDENCE_UNKNOWN);

	clock_init(&c, BUILT);                          /* near miss: what agrees refutes nothing */
	assert_int_equal(clock_set(&c, BUILT + YEAR, CLOCK_KEPT, 0), ERR_OK);
	clock_doubt(&c, CLOCK_REFUSED);
	assert_int_equal(clock_set(&c, BUILT + YEAR + 300, CLOCK_NTP, 0), ERR_OK);
	evidence_init(&e);
	clock_evidence(&c, &e, 0);
	assert_int_equal(e.now, BUILT + YEAR + 300);
	assert_int_equal(e.clock_agrees, EVIDENCE_UNKNOWN);
}

static void a_kept_time_that_cannot_be_is_what_the_clock_says(void **state)
{
	struct evidence e;
	struct clock c;

	(void)state;
	clock_init(&c, BUILT);
	evidence_init(&e);
	clock_evidence(&c, &e, 0);
	assert_int_equal(e.now, 0);
	assert_int_equal(clock_set(&c, 946684800, CLOCK_KEPT, 0), ERR_ARG);
	clock_evidence(&c, &e, 0);
	assert_int_equal(e.clock, EVIDENCE_CLOCK_UNSET);
	assert_int_equal(e.now, 946684800);
	assert_int_equal(e.told, 0);
}

/* ---- the floor ---- */

static void the_floor_rises_by_what_is_proved_and_by_bounds(void **state)
{
	static const struct {
		const char *name;
		int64_t  past_s;             /* after BUILT */
		bool     proved;
		int64_t  floor_s;            /* after BUILT */
	} rows[] = {
		{ "a certificate, and nobody who took a token",   200 * 86400,  false, 0 },
		{ "a certificate of 200 days on, proved",         200 * 86400,  true,  200 * 86400 },
		{ "of the day of the build: not worth a write",   86399,        true,  0 },
		{ "older than the build",                        -86400,        true,  0 },
		{ "two years on: by steps",                       2 * YEAR - 9, true,  CLOCK_RAISE_S },
		{ "later than now: that is impossible",           2 * YEAR + 1, true,  0 },
		{ "none at all",                                 -BUILT,        true,  0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct clock c;

		print_message("  %s\n", rows[i].name);
		clock_init(&c, BUILT);
		assert_false(clock_raise(&c, BUILT + 200 * 86400, 0));    /* unset */
		assert_int_equal(clock_set(&c, BUILT + 2 * YEAR, CLOCK_NETWORK, 0), ERR_OK);
		if (rows[i].proved)
			clock_proved(&c, 0);
		assert_int_equal(clock_raise(&c, BUILT + rows[i].past_s, 0), rows[i].floor_s > 0);
		assert_int_equal(c.floor_s, BUILT + rows[i].floor_s);
	}
}

static void a_certificate_of_the_future_moves_the_floor_a_step_a_day_at_most(void **state)
{
	const int64_t lab = BUILT + 9 * YEAR;       /* modem, server and certificate of a laboratory in nine years */
	uint32_t ms = 0;
	struct clock c;

	(void)state;
	clock_init(&c, BUILT);
	assert_int_equal(clock_set(&c, lab, CLOCK_NETWORK, ms), ERR_OK);
	for (unsigned logins = 0; logins < 20; logins++, ms += HOUR * 1000u) {
		clock_proved(&c, ms);
		assert_int_equal(clock_raise(&c, lab - 60, ms), logins == 0);
	}
	assert_int_equal(c.floor_s, BUILT + CLOCK_RAISE_S);
	ms = 86400000u;
	clock_proved(&c, ms);
	assert_true(clock_raise(&c, lab - 60, ms));
	assert_int_equal(c.floor_s, BUILT + 2 * CLOCK_RAISE_S);
}

/* ---- long lives ---- */

static void years_after_2038_and_2106_are_years_like_others(void **state)
{
	static const struct { int64_t built_s, now_s; const char *text; } rows[] = {
		{ 2147483000, 2147483647, "2038-01-19 03:14:07" },
		{ 2147483000, 2147483648, "2038-01-19 03:14:08" },
		{ 1790000000, 2147990400, "2038-01-25 00:00:00" },
		{ 4294967000, 4294967296, "2106-02-07 06:28:16" },
		{ 1790000000, 1790000000 + CLOCK_SPAN_S - 1, "2041-10-02 14:13:19" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char text[CLOCK_TEXT_SIZE];
		struct evidence e;
		struct clock c;
		int64_t now;

		clock_init(&c, rows[i].built_s);
		assert_int_equal(clock_set(&c, rows[i].now_s, CLOCK_NETWORK, 0xfffffff0u), ERR_OK);
		assert_true(clock_now(&c, 0xfffffff0u, &now));
		clock_text(now, text);
		assert_string_equal(text, rows[i].text);
		assert_true(clock_now(&c, 990u, &now));         /* the tick has wrapped */
		assert_int_equal(now, rows[i].now_s + 1);
		evidence_init(&e);
		clock_evidence(&c, &e, 0xfffffff0u);
		assert_int_equal(e.now, rows[i].now_s);
	}
}

static void the_clock_runs_on_across_many_wraps(void **state)
{
	struct clock c;
	int64_t now;
	uint32_t ms = 0xffff0000u;

	(void)state;
	clock_init(&c, BUILT);
	assert_int_equal(clock_set(&c, BUILT, CLOCK_NETWORK, ms), ERR_OK);
	for (unsigned day = 0; day < 200; day++) {
		ms += 86400000u;
		clock_step(&c, ms);
	}
	assert_true(clock_now(&c, ms, &now));
	assert_int_equal(now, BUILT + 200 * 86400);
	assert_int_equal(clock_age_s(&c, ms), 200 * 86400);
}

static void dates_agree_with_the_c_library_for_every_day_until_2120(void **state)
{
	(void)state;
	for (int64_t day = 0; day < 54800; day++) {
		time_t t = (time_t)(day * 86400 + day % 86400);
		struct tm tm;
		char want[32], got[CLOCK_TEXT_SIZE];

		assert_non_null(gmtime_r(&t, &tm));
		strftime(want, sizeof want, "%Y-%m-%d %H:%M:%S", &tm);
		clock_text(t, got);
		assert_string_equal(got, want);
	}
}

static void pauses_grow_to_the_ceiling_and_differ_between_devices(void **state)
{
	struct backoff a, b;
	uint32_t longest = 0, same = 0;

	(void)state;
	backoff_init(&a, 1);
	backoff_init(&b, 2);
	for (unsigned i = 0; i < 200; i++) {
		uint32_t x = backoff_failed(&a, BACKOFF_USUAL, 0), y = backoff_failed(&b, BACKOFF_USUAL, 0);

		assert_in_range(x, 1000, i == 0 ? BACKOFF_FIRST_MS : BACKOFF_CEILING_MS);
		longest = x > longest ? x : longest;
		same += x == y;
	}
	assert_true(longest > BACKOFF_CEILING_MS * 9 / 10);
	assert_true(same < 10);
}

static void a_login_that_is_dropped_at_once_does_not_reset_the_pause(void **state)
{
	struct backoff b;

	(void)state;
	backoff_init(&b, 3);
	for (unsigned i = 0; i < 9; i++) {
		backoff_succeeded(&b, 1000);
		(void)backoff_failed(&b, BACKOFF_USUAL, 1000 + BACKOFF_HEALTHY_MS - 1);
	}
	assert_int_equal(b.failures, 9);
	backoff_succeeded(&b, 1000);
	assert_in_range(backoff_failed(&b, BACKOFF_USUAL, 1000 + BACKOFF_HEALTHY_MS), 1000, BACKOFF_FIRST_MS);
	assert_int_equal(b.failures, 1);
}

/* Seconds that the first and the tenth failure in a row wait. */
static void what_failed_decides_how_long_it_is_waited(void **state)
{
	static const struct {
		enum backoff_class what;
		uint32_t first_s, first_to_s, late_s, late_to_s;
	} rows[] = {
		{ BACKOFF_USUAL, 1,   2,    1,    300 },
		{ BACKOFF_BUSY,  30,  60,   1800, 3600 },
		{ BACKOFF_LOGIN, 60,  120,  1800, 3600 },
		{ BACKOFF_TWIN,  300, 900,  300,  900 },
		{ BACKOFF_SLOW,  900, 1200, 900,  1200 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		for (uint32_t seed = 1; seed < 200; seed++) {
			struct backoff b;
			uint32_t ms;

			backoff_init(&b, seed * 2654435761u);
			ms = backoff_failed(&b, rows[i].what, 0);
			assert_in_range(ms, rows[i].first_s * 1000, rows[i].first_to_s * 1000);
			for (unsigned n = 0; n < 9; n++)
				ms = backoff_failed(&b, rows[i].what, 0);
			assert_in_range(ms, rows[i].late_s * 1000, rows[i].late_to_s * 1000);
		}
}

static void a_first_refusal_after_many_lost_connections_is_a_first_one(void **state)
{
	struct backoff b;

	(void)state;
	backoff_init(&b, 5);
	for (unsigned n = 0; n < 12; n++)
		(void)backoff_failed(&b, BACKOFF_USUAL, 0);
	assert_in_range(backoff_failed(&b, BACKOFF_LOGIN, 0), 60000, 120000);
	assert_in_range(backoff_failed(&b, BACKOFF_LOGIN, 0), 120000, 240000);
	backoff_forget(&b);
	assert_in_range(backoff_failed(&b, BACKOFF_LOGIN, 0), 60000, 120000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_failed_decides_how_long_it_is_waited),
		cmocka_unit_test(a_first_refusal_after_many_lost_connections_is_a_first_one),
		cmocka_unit_test(times_that_cannot_be_are_refused),
		cmocka_unit_test(a_worse_source_waits_until_the_better_one_is_stale),
		cmocka_unit_test(a_kept_time_serves_until_a_better_source_tells),
		cmocka_unit_test(a_second_source_agrees_within_five_minutes),
		cmocka_unit_test(after_a_doubt_the_other_source_is_asked_once_and_may_be_believed),
		cmocka_unit_test(a_source_that_was_given_up_is_not_believed_again_before_it_is_stale),
		cmocka_unit_test(an_opinion_stays_what_it_was_when_the_clock_is_moved),
		cmocka_unit_test(no_doubt_leads_below_the_floor),
		cmocka_unit_test(a_server_that_took_a_token_is_a_second_opinion_until_the_clock_is_moved),
		cmocka_unit_test(a_jump_is_told_once_and_a_usual_difference_not_at_all),
		cmocka_unit_test(absurd_times_in_a_session_change_nothing_and_are_kept_as_evidence),
		cmocka_unit_test(a_time_that_was_refuted_after_the_try_is_told_as_it_was),
		cmocka_unit_test(a_kept_time_that_cannot_be_is_what_the_clock_says),
		cmocka_unit_test(the_floor_rises_by_what_is_proved_and_by_bounds),
		cmocka_unit_test(a_certificate_of_the_future_moves_the_floor_a_step_a_day_at_most),
		cmocka_unit_test(years_after_2038_and_2106_are_years_like_others),
		cmocka_unit_test(the_clock_runs_on_across_many_wraps),
		cmocka_unit_test(dates_agree_with_the_c_library_for_every_day_until_2120),
		cmocka_unit_test(pauses_grow_to_the_ceiling_and_differ_between_devices),
		cmocka_unit_test(a_login_that_is_dropped_at_once_does_not_reset_the_pause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
