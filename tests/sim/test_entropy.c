/* SPDX-License-Identifier: Apache-2.0 */
/* The gate of random numbers in the whole chain: who connects, and when. */
#include "unit/cmocka_all.h"

#include "sim/world.h"

#include <string.h>

#define DATA "tests/data/"

enum { PIECE = 256 };

/* What a source of the one node gives. */
enum behaviour { GOOD, STUCK, SILENT };

static enum behaviour behaviour[NOISE_SOURCES];
static uint32_t drawn;
static unsigned want;

/* The board's part of a turn: the samples that are wanted. */
static void give_noise(struct world *w)
{
	struct device *d = &w->nodes[0].device;
	uint8_t buf[PIECE];

	for (unsigned s = 0; s < NOISE_SOURCES; s++) {
		size_t n = device_noise_wanted(d, (enum noise_source)s);

		n = behaviour[s] == SILENT ? 0 : n < PIECE ? n : PIECE;
		for (size_t i = 0; i < n; i++) {
			drawn = drawn * 1664525u + 1013904223u;
			buf[i] = behaviour[s] == GOOD ? (uint8_t)(drawn >> 24) : 9;
		}
		device_noise(d, (enum noise_source)s, buf, n, w->now_ms);
	}
}

static bool online(struct world *w)
{
	give_noise(w);
	return w->nodes[0].device.state == DEVICE_ONLINE;
}

static bool acked(struct world *w)
{
	give_noise(w);
	return w->nodes[0].acked >= want;
}

static bool lost(struct world *w)
{
	give_noise(w);
	return w->nodes[0].loss_count >= want;
}

static bool never(struct world *w)
{
	give_noise(w);
	return false;
}

/* A world whose device has these sources, with its seed or without, and has just
 * been started: *STARTED says how that went. */
static struct world *begin(unsigned sources, bool seed, enum err *started)
{
	struct world_config cfg = {
		.server = {
			.chain = { DATA "leaf_ec.pem", DATA "int_rsa2048.pem", DATA "root_cross.pem" },
			.key = DATA "leaf_ec.key", .max_version = 0x0304,
		},
		.root = DATA "root_rsa4096.pem", .key = DATA "keys/p256_sec1.pem", .seed = 1, .nodes = 1,
	};
	struct world *w = world_new(&cfg);
	struct world_node *n = &w->nodes[0];
	struct device_config device = n->device.cfg;
	const char *missing;

	drawn = 1;
	device.noise = sources;
	if (!seed)
		assert_int_equal(seed_erase(&n->device.seed), ERR_OK);
	assert_int_equal(device_init(&n->device, &device, w->now_ms), ERR_OK);
	*started = device_start(&n->device, &missing, w->now_ms);
	return w;
}

static const struct noise_health *source(const struct world *w, enum noise_source s)
{
	return &w->nodes[0].device.entropy.noise.sources[s];
}

enum { ADC = 1u << NOISE_ADC, OSCILLATOR = 1u << NOISE_OSCILLATOR, HARDWARE = 1u << NOISE_HARDWARE };

static int all_good(void **state)
{
	(void)state;
	memset(behaviour, 0, sizeof behaviour);
	return 0;
}

static void without_a_seed_live_noise_connects_and_the_next_start_has_one(void **state)
{
	static const unsigned rows[] = { ADC | OSCILLATOR, HARDWARE, ADC | HARDWARE };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		enum err e;
		struct world *w = begin(rows[i], false, &e);

		assert_int_equal(e, ERR_OK);
		assert_true(world_run(w, online, 120000));
		assert_int_equal(w->nodes[0].loss_count, 0);
		assert_true(entropy_seed(&w->nodes[0].device).self_made);
		memset(behaviour, 0xff, sizeof behaviour);
		for (unsigned s = 0; s < NOISE_SOURCES; s++)
			behaviour[s] = STUCK;
		world_restart(w, 0);                      /* the noise is dead: the seed carries it */
		assert_true(world_run(w, online, 120000));
		(void)all_good(NULL);
		world_free(w);
	}
}

static void without_both_the_start_is_refused_at_once(void **state)
{
	static const unsigned rows[] = { 0, ADC, OSCILLATOR };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		enum err e;
		struct world *w = begin(rows[i], false, &e);

		assert_int_equal(e, ERR_RNG_UNSEEDED);
		world_run(w, never, 120000);
		assert_int_equal(w->server.connects, 0);
		world_free(w);
	}
}

/* What only shows while it connects is told then, no socket is opened, and a seed
 * that is stored meanwhile is used with the next try. */
static void noise_that_fails_while_it_connects_is_told_and_a_seed_heals_it(void **state)
{
	static const uint8_t seed[32] = "\x9c\x1e\x77\xd4\x03\xba\x58\x2f\xe6\x81\x4d\x30\xf9\xa5\x6c\x12"
					"\xcb\x47\x8e\x05\xd1\x5a\x93\xec\x28\x74\xbf\x60\x1d\x86\x39\xfa";

	(void)state;
	for (unsigned silent = 0; silent < 2; silent++) {
		enum err e;
		struct world *w = begin(ADC | OSCILLATOR, false, &e);

		assert_int_equal(e, ERR_OK);
		behaviour[NOISE_OSCILLATOR] = silent ? SILENT : STUCK;
		want = 1;
		assert_true(world_run(w, lost, 120000));
		assert_string_equal(err_name(w->nodes[0].losses[0]), "RNG_UNSEEDED");
		assert_int_equal(w->nodes[0].device.err, ERR_RNG_UNSEEDED);
		world_run(w, never, 120000);
		assert_int_equal(w->server.connects, 0);
		assert_null(world_conn(w, 0));
		assert_int_equal(device_set_seed(&w->nodes[0].device, seed), ERR_OK);
		assert_true(world_run(w, online, 900000));
		world_free(w);
	}
}

static void with_a_seed_a_dead_source_is_counted_and_the_connection_goes_on(void **state)
{
	static const enum behaviour rows[] = { STUCK, SILENT };

	(void)state;
	for (size_t i = 0; i < 2; i++)
		for (unsigned s = 0; s < NOISE_SOURCES; s++) {
			enum err e;
			struct world *w;

			(void)all_good(NULL);
			behaviour[s] = rows[i];
			w = begin(ADC | OSCILLATOR | HARDWARE, true, &e);
			assert_int_equal(e, ERR_OK);
			assert_true(world_run(w, online, 120000));
			assert_int_equal(w->nodes[0].loss_count, 0);
			world_run(w, never, 20000);
			assert_true(source(w, (enum noise_source)s)->failures > 0);
			world_publish(w, 0, "{}");
			want = w->nodes[0].acked + 1;
			assert_true(world_run(w, acked, 60000));
			world_free(w);
		}
}

/* The ADC dies in the middle of the connection: noticed with the next handshake. */
static void a_source_that_dies_while_connected_does_not_keep_the_next_connection(void **state)
{
	static const enum behaviour rows[] = { STUCK, SILENT };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		enum err e;
		struct world *w;
		uint32_t begun;

		(void)all_good(NULL);
		w = begin(ADC | OSCILLATOR, true, &e);
		assert_true(world_run(w, online, 120000));
		world_run(w, never, 5000);
		assert_int_equal(source(w, NOISE_ADC)->samples, 9216 + 1024);
		behaviour[NOISE_ADC] = rows[i];
		world_hang_up(w, 0);
		begun = w->now_ms;
		want = w->nodes[0].loss_count + 1;
		assert_true(world_run(w, lost, 60000));
		assert_true(world_run(w, online, 60000));
		assert_in_range(w->now_ms - begun, 0, 30000);
		world_run(w, never, 15000);
		assert_int_equal(source(w, NOISE_ADC)->failures, 1);
		assert_int_equal(w->nodes[0].loss_count, want);
		behaviour[NOISE_ADC] = GOOD;
		world_run(w, never, 61000);
		assert_int_equal(source(w, NOISE_ADC)->state, NOISE_PASSING);
		assert_int_equal(noise_credit(&w->nodes[0].device.entropy.noise, NOISE_ADC), 128);
		world_free(w);
	}
}

/* 1,024 samples of the ADC before each, and what comes out is another each time. */
static void each_handshake_has_fresh_samples(void **state)
{
	enum err e;
	struct world *w = begin(ADC | OSCILLATOR, true, &e);
	uint32_t samples;

	(void)state;
	assert_true(world_run(w, online, 120000));
	for (unsigned i = 0; i < 3; i++) {
		world_run(w, never, 70000);   /* a session that ends sooner looks like another client's doing */
		samples = source(w, NOISE_ADC)->samples;
		world_hang_up(w, 0);
		want = w->nodes[0].loss_count + 1;
		assert_true(world_run(w, lost, 60000));
		assert_true(world_run(w, online, 300000));
		assert_int_equal(source(w, NOISE_ADC)->samples - samples, 1024);
	}
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(without_a_seed_live_noise_connects_and_the_next_start_has_one, all_good),
		cmocka_unit_test_setup(without_both_the_start_is_refused_at_once, all_good),
		cmocka_unit_test_setup(noise_that_fails_while_it_connects_is_told_and_a_seed_heals_it, all_good),
		cmocka_unit_test_setup(with_a_seed_a_dead_source_is_counted_and_the_connection_goes_on, all_good),
		cmocka_unit_test_setup(a_source_that_dies_while_connected_does_not_keep_the_next_connection, all_good),
		cmocka_unit_test_setup(each_handshake_has_fresh_samples, all_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
