/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "crypto/drbg.h"
#include "crypto/noise.h"

#include <stdlib.h>
#include <string.h>

enum { LONG = 200000 };   /* samples of a stream that has to pass */

static uint8_t stream[LONG];

static uint32_t draw(uint32_t *rng)
{
	*rng ^= *rng << 13;
	*rng ^= *rng >> 17;
	*rng ^= *rng << 5;
	return *rng;
}

static void from_hex(const char *hex, uint8_t *out)
{
	for (; hex[0] != '\0'; hex += 2)
		*out++ = (uint8_t)strtoul((char[3]){ hex[0], hex[1], '\0' }, NULL, 16);
}

/* ---- the tests of SP 800-90B 4.4, a second time and in another way: looking back ---- */

/* The number of the first sample of S with which one of them fails, counted from 1; 0: none. */
static size_t fails_at(const uint8_t *s, size_t len, size_t repeats, size_t same)
{
	for (size_t i = 0; i < len; i++) {
		size_t window = i - i % NOISE_WINDOW, equal = 0, run = 1;

		while (run <= i && run < repeats && s[i - run] == s[i])
			run++;
		for (size_t k = window; k <= i; k++)
			equal += s[k] == s[window];
		if (run >= repeats || equal >= same)
			return i + 1;
	}
	return 0;
}

/* The same for the lanes of SOURCE, of which the earliest counts. */
static size_t expected(enum noise_source source, const uint8_t *s, size_t len)
{
	static uint8_t lane[LONG];
	const struct noise_rule *r = &noise_rules[source];
	size_t first = 0;

	for (size_t l = 0; l < r->lanes; l++) {
		size_t n = 0, at;

		for (size_t i = l; i < len; i += r->lanes)
			lane[n++] = s[i];
		at = fails_at(lane, n, r->repeats, r->same);
		if (at > 0 && (first == 0 || (at - 1) * r->lanes + l + 1 < first))
			first = (at - 1) * r->lanes + l + 1;
	}
	return first;
}

/* Feed S in pieces of CHUNK; the sample with which the source failed, 0: it passed. */
static size_t trip(enum noise_source source, const uint8_t *s, size_t len, size_t chunk)
{
	struct noise n;

	noise_init(&n, 1u << source, 0);
	for (size_t at = 0; at < len; at += chunk)
		noise_feed(&n, source, s + at, len - at < chunk ? len - at : chunk, 0);
	return n.sources[source].failures > 0 ? n.sources[source].samples : 0;
}

static const size_t chunks[] = { 2, 4, 6, 64, 250, 256, 512, 1024, LONG };   /* whole turns of two lanes */

static void assert_trip(enum noise_source source, const uint8_t *s, size_t len, size_t want)
{
	for (size_t k = 0; k < sizeof chunks / sizeof chunks[0]; k++)
		assert_int_equal(trip(source, s, len, chunks[k]), want);
	if (noise_rules[source].lanes == 1)
		assert_int_equal(trip(source, s, len, 1), want);
}

/* ---- trip points ---- */

/* A stream of LEN: noise, but in the places of one lane, or of all of them (BOTH),
 * the value 7, except at every SKIP th place of that lane (0: nowhere). */
enum { LANE_0, LANE_1, BOTH };

static void make(size_t len, unsigned which, size_t skip)
{
	uint32_t rng = 1;

	for (size_t i = 0; i < len; i++) {
		size_t place = which == BOTH ? i : i / 2;
		bool held = which == BOTH || i % 2 == which;

		stream[i] = (uint8_t)(draw(&rng) >> 24);
		if (held && (skip == 0 || place % skip != skip - 1))
			stream[i] = 7;
		else if (held)
			stream[i] = 8;
	}
}

static void the_exact_trip_points(void **state)
{
	static const struct {
		const char *name;
		enum noise_source source;
		unsigned which;
		size_t skip, want;
	} rows[] = {
		/* repetition count: the 301st equal one, the 31st */
		{ "a stuck oscillator",            NOISE_OSCILLATOR, BOTH, 0, 301 },
		{ "a stuck generator",             NOISE_HARDWARE, BOTH, 0, 31 },
		{ "a stuck ADC: its first input",  NOISE_ADC, BOTH, 0, 601 },
		{ "ADC, first input stuck",        NOISE_ADC, LANE_0, 0, 601 },
		{ "ADC, second input stuck",       NOISE_ADC, LANE_1, 0, 602 },
		{ "oscillator, 301 and another",   NOISE_OSCILLATOR, BOTH, 302, 301 },
		/* adaptive proportion: the 507th of 512 that equals the first */
		{ "5 of 512 differ: at the 512th", NOISE_OSCILLATOR, BOTH, 100, 512 },
		{ "4 of 512 differ: at the 511th", NOISE_OSCILLATOR, BOTH, 120, 511 },
		{ "6 of 512 differ: never",        NOISE_OSCILLATOR, BOTH, 84, 0 },
		{ "1 of 300 differs: 508th",       NOISE_OSCILLATOR, BOTH, 301, 508 },
		{ "ADC, 5 of 512 of one input",    NOISE_ADC, LANE_0, 100, 1023 },
		{ "ADC, 5 of 512 of the other",    NOISE_ADC, LANE_1, 100, 1024 },
		{ "ADC, 6 of 512 of one input",    NOISE_ADC, LANE_0, 84, 0 },
		/* 325 of 512: with one of 2 different 256, of 3 342 */
		{ "generator, half of them equal", NOISE_HARDWARE, BOTH, 2, 0 },
		{ "generator, 2 of 3 equal",       NOISE_HARDWARE, BOTH, 3, 487 },
		{ "generator, 30 of 31 equal",     NOISE_HARDWARE, BOTH, 31, 335 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		print_message("         %s\n", rows[i].name);
		make(5120, rows[i].which, rows[i].skip);
		assert_int_equal(expected(rows[i].source, stream, 5120), rows[i].want);
		assert_trip(rows[i].source, stream, 5120, rows[i].want);
	}
}

/* 300 in a row, between noise, do not fail; 301 do, wherever they begin. */
static void a_run_may_be_one_shorter_than_the_cut_off(void **state)
{
	(void)state;
	for (size_t begin = 0; begin < 700; begin += 7)
		for (size_t run = 299; run <= 302; run++) {
			uint32_t rng = (uint32_t)(begin + run);

			for (size_t i = 0; i < 2048; i++)
				stream[i] = i >= begin && i < begin + run ? 5 : (uint8_t)(6 + draw(&rng) % 250);
			assert_trip(NOISE_OSCILLATOR, stream, 2048, run > 300 ? begin + 301 : 0);
		}
}

/* What the tests are not able to see: facts that docs/entropy.md states. */
static void what_was_never_random_passes(void **state)
{
	(void)state;
	for (unsigned source = 0; source < NOISE_SOURCES; source++) {
		for (size_t i = 0; i < LONG; i++)
			stream[i] = (uint8_t)i;
		assert_int_equal(trip((enum noise_source)source, stream, LONG, 256), 0);
		for (size_t i = 0; i < LONG; i++)
			stream[i] = i / 2 % 2 != 0 ? 3 : 4;
		assert_int_equal(trip((enum noise_source)source, stream, LONG, 256), 0);
	}
	/* But two inputs that are stuck at different values are not two values in turn. */
	for (size_t i = 0; i < LONG; i++)
		stream[i] = i % 2 != 0 ? 3 : 4;
	assert_int_equal(trip(NOISE_ADC, stream, LONG, 256), 601);
}

/* Random streams of every bias: the trip is that of the second implementation. */
static void both_implementations_agree(void **state)
{
	uint32_t rng = 42;
	unsigned tripped = 0, runs = 0;

	(void)state;
	for (unsigned i = 0; i < 600; i++) {
		enum noise_source source = (enum noise_source)(i % NOISE_SOURCES);
		uint32_t usual = source == NOISE_HARDWARE ? draw(&rng) % 256 : 236 + draw(&rng) % 20;
		size_t want;

		for (size_t k = 0; k < 3000; k++)
			stream[k] = draw(&rng) >> 24 < usual ? 1 : (uint8_t)(draw(&rng) >> 30);
		want = expected(source, stream, 3000);
		tripped += want > 0;
		runs++;
		assert_trip(source, stream, 3000, want);
	}
	print_message("%u of %u failed\n", tripped, runs);
	assert_in_range(tripped, runs / 10, runs * 9 / 10);
}

/* A quantised Gaussian whose mean lies on a code: the worst case.  SIGMA in
 * thousandths of a step.  Twelve uniform numbers of 16 bits stand for it. */
static uint8_t gaussian(uint32_t *rng, int32_t sigma)
{
	int64_t sum = -6 * 65536;

	for (unsigned i = 0; i < 12; i++)
		sum += draw(rng) >> 16;
	sum = sum * sigma / 1000 + 128 * 65536 + 32768;
	return (uint8_t)(sum >> 16);
}

/* 0.2 steps are 0.018 bit a sample: found.  From 0.3 steps, 0.145 bit, no false
 * alarm in 200,000 samples of each of ten converters. */
static void a_quiet_converter_fails_and_a_noisy_one_does_not(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 10; seed++) {
		for (int32_t sigma = 100; sigma <= 500; sigma += 50) {
			uint32_t rng = seed * 7919;
			size_t at;

			for (size_t i = 0; i < LONG; i++)
				stream[i] = gaussian(&rng, sigma);
			at = trip(NOISE_OSCILLATOR, stream, LONG, 256);
			if (sigma <= 200)
				assert_in_range(at, 301, 3000);
			if (sigma >= 300)
				assert_int_equal(at, 0);
		}
	}
}

/* ---- the pool ---- */

/* RFC 4231, cases 1, 2 and 4: keys of up to 32 bytes, padded with zeros. */
static void the_conditioner_gives_the_published_bytes(void **state)
{
	static const struct { const char *key, *data, *mac; } rows[] = {
		{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b000000000000000000000000", "4869205468657265",
		  "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
		{ "4a65666500000000000000000000000000000000000000000000000000000000",
		  "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
		  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
		{ "0102030405060708090a0b0c0d0e0f1011121314151617181900000000000000",
		  "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
		  "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
		  "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b" },
	};
	uint8_t key[32], data[64], want[32], got[32];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t len = strlen(rows[i].data) / 2;

		from_hex(rows[i].key, key);
		from_hex(rows[i].data, data);
		from_hex(rows[i].mac, want);
		drbg_hmac(key, &(struct bytes){ data, len }, 1, got);
		assert_memory_equal(got, want, 32);
	}
}

static void make_known(size_t len)
{
	for (size_t i = 0; i < len; i++)
		stream[i] = (uint8_t)(i * 7 + (i >> 8) * 13);
}

/* Values by Python's hmac and hashlib. */
static void the_pool_is_the_documented_function_of_the_samples(void **state)
{
	static const struct {
		const char *name;
		enum noise_source source;
		size_t len, chunk;
		const char *pool;
	} rows[] = {
		{ "the start-up leaves no trace", NOISE_HARDWARE, 1024, 256,
		  "0000000000000000000000000000000000000000000000000000000000000000" },
		{ "four pieces", NOISE_HARDWARE, 2048, 256,
		  "66b9f85944ebecdfc3dfb2e55ca2a5b938956c618ef73f6b7fe374a1ea388580" },
		{ "one piece", NOISE_HARDWARE, 2048, 1024,
		  "a9d2059f1f8733cb2d8116038a32e1ec12500a1f692a083cc470a97fc8d11efd" },
		{ "a piece across the end of the start-up", NOISE_HARDWARE, 2048, 2048,
		  "a9d2059f1f8733cb2d8116038a32e1ec12500a1f692a083cc470a97fc8d11efd" },
		{ "of the ADC", NOISE_ADC, 1088, 64,
		  "e3e11ab33653c8c08e5c0c2ba4c1e091c06222897ea8b7cbdccab4476bc40ddc" },
	};
	uint8_t want[NOISE_POOL];
	struct noise n;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		print_message("         %s\n", rows[i].name);
		make_known(rows[i].len);
		from_hex(rows[i].pool, want);
		noise_init(&n, 7, 0);
		for (size_t at = 0; at < rows[i].len; at += rows[i].chunk)
			noise_feed(&n, rows[i].source, stream + at, rows[i].chunk, 0);
		assert_memory_equal(n.pool, want, sizeof want);
	}
}

static void samples_with_a_failing_one_among_them_are_not_condensed(void **state)
{
	uint8_t zero[NOISE_POOL] = { 0 };
	struct noise n;

	(void)state;
	make_known(1536);
	memset(stream + 1100, 9, 31);
	noise_init(&n, 7, 0);
	noise_feed(&n, NOISE_HARDWARE, stream, 1024, 0);
	assert_int_equal(n.sources[NOISE_HARDWARE].state, NOISE_PASSING);
	noise_feed(&n, NOISE_HARDWARE, stream + 1024, 512, 0);
	assert_int_equal(n.sources[NOISE_HARDWARE].state, NOISE_RESTING);
	assert_memory_equal(n.pool, zero, sizeof zero);
}

/* ---- credit ---- */

static void feed_wanted(struct noise *n, enum noise_source source, size_t most, uint32_t now_ms, uint32_t *rng)
{
	uint8_t buf[256];
	size_t len = noise_wanted(n, source);

	len = len < most ? len : most;
	for (size_t i = 0; i < len; i++)
		buf[i] = (uint8_t)(draw(rng) >> 24);
	noise_feed(n, source, buf, len, now_ms);
}

static void credit_comes_with_the_last_sample_and_goes_with_a_failure(void **state)
{
	static const struct { unsigned samples, credit; } rows[] = {
		[NOISE_ADC] = { 1024 + 8192, 128 }, [NOISE_OSCILLATOR] = { 1024 + 4096, 128 },
		[NOISE_HARDWARE] = { 1024 + 1024, 256 },
	};
	static const uint8_t stuck[1024] = { 0 };
	uint32_t rng = 9;
	struct noise n;

	(void)state;
	for (unsigned s = 0; s < NOISE_SOURCES; s++) {
		enum noise_source source = (enum noise_source)s;

		noise_init(&n, 1u << s, 0);
		for (unsigned i = 0; i < rows[s].samples; i += 2) {
			assert_int_equal(noise_credit(&n, source), 0);
			assert_int_equal(n.sources[s].state, i < 1024 ? NOISE_TESTING : NOISE_PASSING);
			assert_true(noise_wanted(&n, source) > 0);
			feed_wanted(&n, source, 2, 0, &rng);
		}
		assert_int_equal(noise_credit(&n, source), rows[s].credit);
		assert_int_equal(noise_bits(&n), rows[s].credit);
		assert_int_equal(noise_wanted(&n, source), 0);
		noise_feed(&n, source, stuck, sizeof stuck, 0);
		assert_int_equal(noise_bits(&n), 0);
		assert_int_equal(noise_hope(&n), 0);
	}
}

static void only_what_the_board_has_is_wanted(void **state)
{
	struct noise n;

	(void)state;
	make_known(2048);
	for (unsigned present = 0; present < 8; present++) {
		unsigned hope = 0;

		noise_init(&n, present, 0);
		for (unsigned s = 0; s < NOISE_SOURCES; s++) {
			bool has = (present >> s & 1) != 0;

			hope += has ? noise_rules[s].credit : 0;
			assert_int_equal(noise_wanted(&n, (enum noise_source)s), has ? 1024 : 0);
			noise_feed(&n, (enum noise_source)s, stream, 2048, 0);
			assert_int_equal(n.sources[s].state, has ? NOISE_PASSING : NOISE_ABSENT);
		}
		assert_int_equal(noise_hope(&n), hope);
	}
}

/* ---- failing and recovering ---- */

static void a_source_that_fails_rests_and_begins_anew(void **state)
{
	static const uint8_t stuck[1024] = { 0 };
	uint32_t rng = 5, now = UINT32_MAX - 5000, at;   /* the time wraps meanwhile */
	struct noise n;

	(void)state;
	noise_init(&n, 1u << NOISE_ADC, now);
	while (noise_wanted(&n, NOISE_ADC) > 0)
		feed_wanted(&n, NOISE_ADC, 256, now, &rng);
	noise_feed(&n, NOISE_ADC, stuck, sizeof stuck, now);
	assert_int_equal(n.sources[NOISE_ADC].state, NOISE_RESTING);
	assert_int_equal(n.sources[NOISE_ADC].failures, 1);
	assert_true(noise_deadline(&n, now, &at));
	assert_int_equal(at, now + NOISE_REST_MS);

	noise_step(&n, now + NOISE_REST_MS - 1);
	assert_int_equal(noise_wanted(&n, NOISE_ADC), 0);
	noise_step(&n, now + NOISE_REST_MS);
	assert_int_equal(n.sources[NOISE_ADC].state, NOISE_TESTING);
	noise_feed(&n, NOISE_ADC, stuck, 600, now + NOISE_REST_MS);          /* what was before does not count */
	assert_int_equal(n.sources[NOISE_ADC].state, NOISE_TESTING);
	noise_feed(&n, NOISE_ADC, stuck, 2, now + NOISE_REST_MS);
	assert_int_equal(n.sources[NOISE_ADC].failures, 2);
	now += NOISE_REST_MS;
	noise_step(&n, now + NOISE_REST_MS);
	for (unsigned i = 0; i < 9216 / 256; i++) {
		assert_int_equal(noise_bits(&n), 0);
		feed_wanted(&n, NOISE_ADC, 256, now + NOISE_REST_MS, &rng);
	}
	assert_int_equal(noise_bits(&n), 128);
	assert_int_equal(n.sources[NOISE_ADC].failures, 2);
}

static void the_third_failure_is_the_last(void **state)
{
	static const uint8_t stuck[1024] = { 0 };
	uint32_t now = 0, at;
	struct noise n;

	(void)state;
	noise_init(&n, 1u << NOISE_HARDWARE, now);
	for (unsigned i = 1; i <= 3; i++) {
		noise_feed(&n, NOISE_HARDWARE, stuck, sizeof stuck, now);
		assert_int_equal(n.sources[NOISE_HARDWARE].failures, i);
		assert_int_equal(n.sources[NOISE_HARDWARE].state, i < 3 ? NOISE_RESTING : NOISE_DEAD);
		now += NOISE_REST_MS;
		noise_step(&n, now);
	}
	for (unsigned i = 0; i < 1000; i++) {
		now += NOISE_REST_MS;
		noise_step(&n, now);
		noise_feed(&n, NOISE_HARDWARE, stuck, sizeof stuck, now);
	}
	assert_int_equal(n.sources[NOISE_HARDWARE].failures, 3);
	assert_int_equal(noise_wanted(&n, NOISE_HARDWARE), 0);
	assert_false(noise_deadline(&n, now, &at));
}

static void silence_is_a_failure_only_while_samples_are_wanted(void **state)
{
	uint32_t rng = 5, now = 1000;
	struct noise n;

	(void)state;
	noise_init(&n, 1u << NOISE_HARDWARE, now);
	noise_step(&n, now += NOISE_SILENT_MS - 1);
	assert_int_equal(n.sources[NOISE_HARDWARE].failures, 0);
	for (unsigned i = 0; i < NOISE_PACE; i += 256)      /* slow is not silent */
		feed_wanted(&n, NOISE_HARDWARE, 256, now, &rng);
	noise_step(&n, now += NOISE_SILENT_MS - 1);
	assert_int_equal(n.sources[NOISE_HARDWARE].failures, 0);
	while (noise_wanted(&n, NOISE_HARDWARE) > 0)
		feed_wanted(&n, NOISE_HARDWARE, 256, now, &rng);
	noise_step(&n, now += 86400000);                    /* a day: nothing was asked */
	assert_int_equal(n.sources[NOISE_HARDWARE].failures, 0);
	noise_refresh(&n, now += 86400000);                 /* no step between */
	noise_step(&n, now += NOISE_SILENT_MS - 1);
	assert_int_equal(n.sources[NOISE_HARDWARE].failures, 0);
	noise_step(&n, now + 1);
	assert_int_equal(n.sources[NOISE_HARDWARE].failures, 1);
	assert_int_equal(n.sources[NOISE_HARDWARE].state, NOISE_RESTING);
}

/* Or a device without a seed would wait for hours, without a word. */
static void a_source_that_trickles_is_as_good_as_silent(void **state)
{
	uint32_t rng = 5, now = 1000;
	struct noise n;

	(void)state;
	noise_init(&n, 1u << NOISE_OSCILLATOR, now);
	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(n.sources[NOISE_OSCILLATOR].failures, 0);
		feed_wanted(&n, NOISE_OSCILLATOR, 1, now, &rng);
		noise_step(&n, now += NOISE_SILENT_MS / 10);
	}
	assert_int_equal(n.sources[NOISE_OSCILLATOR].failures, 1);
	assert_int_equal(n.sources[NOISE_OSCILLATOR].state, NOISE_RESTING);
}

static void fresh_samples_are_as_many_as_the_rule_says(void **state)
{
	uint32_t rng = 5;
	struct noise n;

	(void)state;
	noise_init(&n, 7, 0);
	noise_refresh(&n, 0);
	assert_true(noise_refreshed(&n));            /* none has passed yet: nothing to wait for */
	for (unsigned s = 0; s < NOISE_SOURCES; s++)
		while (noise_wanted(&n, (enum noise_source)s) > 0)
			feed_wanted(&n, (enum noise_source)s, 256, 0, &rng);
	noise_refresh(&n, 0);
	assert_int_equal(noise_wanted(&n, NOISE_ADC), 1024);
	assert_int_equal(noise_wanted(&n, NOISE_OSCILLATOR), 0);
	assert_int_equal(noise_wanted(&n, NOISE_HARDWARE), 256);
	for (unsigned i = 0; i < 4; i++) {
		assert_false(noise_refreshed(&n));
		feed_wanted(&n, NOISE_ADC, 256, 0, &rng);
		feed_wanted(&n, NOISE_HARDWARE, 256, 0, &rng);
	}
	assert_true(noise_refreshed(&n));
	assert_int_equal(n.sources[NOISE_ADC].samples, 9216 + 1024);
	/* A source that fails while it is waited for is not waited for. */
	noise_refresh(&n, 0);
	noise_feed(&n, NOISE_HARDWARE, stream, 256, 0);
	memset(stream, 0, 1024);
	noise_feed(&n, NOISE_ADC, stream, 1024, 0);
	assert_int_equal(n.sources[NOISE_ADC].failures, 1);
	assert_true(noise_refreshed(&n));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_exact_trip_points),
		cmocka_unit_test(a_run_may_be_one_shorter_than_the_cut_off),
		cmocka_unit_test(what_was_never_random_passes),
		cmocka_unit_test(both_implementations_agree),
		cmocka_unit_test(a_quiet_converter_fails_and_a_noisy_one_does_not),
		cmocka_unit_test(the_conditioner_gives_the_published_bytes),
		cmocka_unit_test(the_pool_is_the_documented_function_of_the_samples),
		cmocka_unit_test(samples_with_a_failing_one_among_them_are_not_condensed),
		cmocka_unit_test(credit_comes_with_the_last_sample_and_goes_with_a_failure),
		cmocka_unit_test(only_what_the_board_has_is_wanted),
		cmocka_unit_test(a_source_that_fails_rests_and_begins_anew),
		cmocka_unit_test(the_third_failure_is_the_last),
		cmocka_unit_test(silence_is_a_failure_only_while_samples_are_wanted),
		cmocka_unit_test(a_source_that_trickles_is_as_good_as_silent),
		cmocka_unit_test(fresh_samples_are_as_many_as_the_rule_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
