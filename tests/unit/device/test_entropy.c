/* SPDX-License-Identifier: Apache-2.0 */
/* The gate of random numbers: seed, live noise, and every power cut between. */
#include "unit/cmocka_all.h"

#include "device/device.h"
#include "store/layout.h"
#include "support/flash_model.h"

#include <stdlib.h>
#include <string.h>

enum { OUT = 16, PIECE = 256, DEVICES = 1000, BOOTS = 1000 };

/* What a source gives.  FROZEN: the same samples after every start, which pass. */
enum behaviour { NONE, RANDOM, FROZEN, STUCK, SILENT };

struct unit {
	struct flash_model flash;
	struct device      device;
	enum behaviour     noise[NOISE_SOURCES];
	uint32_t           rng;         /* of RANDOM */
	uint32_t           frozen;      /* of FROZEN */
	uint32_t           now_ms;
	unsigned           warnings[NOISE_SOURCES];
	char               id[16];
	_Alignas(8) uint8_t arena[DEVICE_ARENA_SIZE];
	uint8_t            outbox[64];
};

static struct unit unit;

static const uint8_t seed[RNG_SEED_LEN] = "\x9c\x1e\x77\xd4\x03\xba\x58\x2f\xe6\x81\x4d\x30\xf9\xa5\x6c\x12"
					  "\xcb\x47\x8e\x05\xd1\x5a\x93\xec\x28\x74\xbf\x60\x1d\x86\x39\xfa";

static uint8_t draw(uint32_t *rng)
{
	*rng ^= *rng << 13;
	*rng ^= *rng >> 17;
	*rng ^= *rng << 5;
	return (uint8_t)(*rng >> 24);
}

static void blank(struct unit *u)
{
	memset(u, 0, sizeof *u);
	u->rng = 77;
	memcpy(u->id, "unit", 5);
	flash_model_init(&u->flash, LAYOUT_PAGE_SIZE, LAYOUT_PAGES_MIN, 1);
}

/* Power on.  False: the flash failed, which is right only where power was cut. */
static bool boot(struct unit *u)
{
	struct device_config cfg = {
		.flash = &u->flash.flash, .arena = u->arena, .arena_size = sizeof u->arena,
		.outbox = u->outbox, .outbox_size = sizeof u->outbox, .unique_id = bytes_of(u->id),
	};
	enum err e;

	for (unsigned s = 0; s < NOISE_SOURCES; s++)
		cfg.noise |= u->noise[s] != NONE ? 1u << s : 0;
	u->frozen = 4711;
	e = device_init(&u->device, &cfg, u->now_ms);
	assert_true(e == ERR_OK || u->flash.dead);
	return e == ERR_OK;
}

static uint8_t sample(struct unit *u, unsigned s)
{
	return u->noise[s] == RANDOM ? draw(&u->rng) : u->noise[s] == FROZEN ? draw(&u->frozen) : 0x42;
}

/* One turn of a board's loop. */
static void turn(struct unit *u)
{
	uint8_t buf[PIECE];
	struct device_event ev;

	for (unsigned s = 0; s < NOISE_SOURCES; s++) {
		size_t n = device_noise_wanted(&u->device, (enum noise_source)s);

		n = u->noise[s] == SILENT ? 0 : n < PIECE ? n : PIECE;
		for (size_t i = 0; i < n; i++)
			buf[i] = sample(u, s);
		device_noise(&u->device, (enum noise_source)s, buf, n, u->now_ms);
	}
	device_step(&u->device, u->now_ms);
	while (device_next(&u->device, &ev))
		if (ev.type == DEVICE_EV_NOISE) {
			assert_int_equal(ev.err, ERR_RNG_NOISE);
			u->warnings[ev.noise]++;
		}
}

static void gather(struct unit *u)
{
	for (unsigned i = 0; i < 100; i++)
		turn(u);
}

static void wait(struct unit *u, uint32_t ms)
{
	for (uint32_t i = 0; i < ms; i += 1000) {
		u->now_ms += 1000;
		turn(u);
	}
}

static enum err out(struct unit *u, uint8_t bytes[OUT])
{
	return rng_bytes(&u->device.crypto.rng, bytes, OUT);
}

/* ---- which sources open the gate ---- */

static void the_gate_opens_for_a_seed_or_for_256_bits_of_noise(void **state)
{
	static const struct {
		const char *name;
		bool seed;
		enum behaviour adc, oscillator, hardware;
		enum err want;
	} rows[] = {
		{ "nothing",                       false, NONE, NONE, NONE, ERR_RNG_UNSEEDED },
		{ "a seed alone",                  true,  NONE, NONE, NONE, ERR_OK },
		{ "ADC and oscillator",            false, RANDOM, RANDOM, NONE, ERR_OK },
		{ "the ADC alone",                 false, RANDOM, NONE, NONE, ERR_RNG_UNSEEDED },
		{ "the oscillator alone",          false, NONE, RANDOM, NONE, ERR_RNG_UNSEEDED },
		{ "a generator alone",             false, NONE, NONE, RANDOM, ERR_OK },
		{ "a generator, ADC stuck",        false, STUCK, NONE, RANDOM, ERR_OK },
		{ "ADC, generator stuck",          false, RANDOM, NONE, STUCK, ERR_RNG_UNSEEDED },
		{ "ADC and oscillator, generator stuck", false, RANDOM, RANDOM, STUCK, ERR_OK },
		{ "ADC stuck, oscillator passes",  false, STUCK, RANDOM, NONE, ERR_RNG_UNSEEDED },
		{ "oscillator stuck, ADC passes",  false, RANDOM, STUCK, NONE, ERR_RNG_UNSEEDED },
		{ "both stuck",                    false, STUCK, STUCK, NONE, ERR_RNG_UNSEEDED },
		{ "oscillator silent: not yet",    false, RANDOM, SILENT, NONE, ERR_AGAIN },
		{ "a seed, both stuck",            true,  STUCK, STUCK, NONE, ERR_OK },
		{ "a seed, all stuck or silent",   true,  STUCK, SILENT, STUCK, ERR_OK },
	};
	uint8_t bytes[OUT];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		print_message("         %s\n", rows[i].name);
		blank(&unit);
		unit.noise[NOISE_ADC] = rows[i].adc;
		unit.noise[NOISE_OSCILLATOR] = rows[i].oscillator;
		unit.noise[NOISE_HARDWARE] = rows[i].hardware;
		(void)boot(&unit);
		if (rows[i].seed)
			assert_int_equal(device_set_seed(&unit.device, seed), ERR_OK);
		(void)boot(&unit);
		gather(&unit);
		assert_int_equal(out(&unit, bytes), ERR_RNG_UNSEEDED);     /* before anybody asked */
		assert_int_equal(entropy_ready(&unit.device), rows[i].want);
		assert_int_equal(out(&unit, bytes), rows[i].want == ERR_OK ? ERR_OK : ERR_RNG_UNSEEDED);
		assert_int_equal(entropy_seed(&unit.device).stored, rows[i].want == ERR_OK);
		assert_int_equal(entropy_seed(&unit.device).self_made, rows[i].want == ERR_OK && !rows[i].seed);
	}
}

static void a_silent_source_ends_the_hope_after_ten_seconds(void **state)
{
	(void)state;
	blank(&unit);
	unit.noise[NOISE_ADC] = RANDOM;
	unit.noise[NOISE_OSCILLATOR] = SILENT;
	(void)boot(&unit);
	gather(&unit);
	assert_int_equal(entropy_ready(&unit.device), ERR_AGAIN);
	wait(&unit, 9000);
	assert_int_equal(entropy_ready(&unit.device), ERR_AGAIN);
	wait(&unit, 2000);
	assert_int_equal(entropy_ready(&unit.device), ERR_RNG_UNSEEDED);
	assert_int_equal(unit.warnings[NOISE_OSCILLATOR], 1);
	assert_int_equal(unit.warnings[NOISE_ADC], 0);
	unit.noise[NOISE_OSCILLATOR] = RANDOM;     /* it comes to life */
	wait(&unit, 61000);
	gather(&unit);
	assert_int_equal(entropy_ready(&unit.device), ERR_OK);
}

/* The next start has a seed, and needs no noise. */
static void a_seed_made_from_noise_serves_the_next_start(void **state)
{
	uint8_t first[OUT], second[OUT];

	(void)state;
	blank(&unit);
	unit.noise[NOISE_HARDWARE] = RANDOM;
	(void)boot(&unit);
	gather(&unit);
	assert_int_equal(entropy_ready(&unit.device), ERR_OK);
	assert_int_equal(out(&unit, first), ERR_OK);
	unit.noise[NOISE_HARDWARE] = STUCK;
	(void)boot(&unit);
	gather(&unit);
	assert_int_equal(entropy_ready(&unit.device), ERR_OK);
	assert_int_equal(out(&unit, second), ERR_OK);
	assert_memory_not_equal(first, second, OUT);
	assert_true(entropy_seed(&unit.device).self_made);
	assert_int_equal(entropy_seed(&unit.device).count, 2);
	assert_int_equal(device_set_seed(&unit.device, seed), ERR_OK);
	assert_false(entropy_seed(&unit.device).self_made);
}

/* Who has read the seed does not know what this start gives, nor the next seed. */
static void live_noise_goes_into_a_start_with_a_seed(void **state)
{
	uint8_t bytes[2][OUT], next[2][SEED_SIZE];

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		blank(&unit);
		unit.noise[NOISE_ADC] = RANDOM;
		unit.rng = 100 + i;
		(void)boot(&unit);
		assert_int_equal(seed_write(&unit.device.seed, seed, SEED_PROVISIONED), ERR_OK);
		gather(&unit);
		assert_int_equal(entropy_ready(&unit.device), ERR_OK);
		assert_int_equal(out(&unit, bytes[i]), ERR_OK);
		assert_int_equal(seed_read(&unit.device.seed, next[i]), ERR_OK);
	}
	assert_memory_not_equal(bytes[0], bytes[1], OUT);
	assert_memory_not_equal(next[0], next[1], SEED_SIZE);
}

/* ---- a source fails while the device runs ---- */

static void a_source_that_dies_is_told_once_counted_and_may_recover(void **state)
{
	const struct noise_health *adc = &unit.device.entropy.noise.sources[NOISE_ADC];

	(void)state;
	blank(&unit);
	unit.noise[NOISE_ADC] = unit.noise[NOISE_OSCILLATOR] = RANDOM;
	(void)boot(&unit);
	gather(&unit);
	assert_int_equal(entropy_ready(&unit.device), ERR_OK);
	unit.noise[NOISE_ADC] = STUCK;
	gather(&unit);
	assert_int_equal(unit.warnings[NOISE_ADC], 0);       /* nobody asked it */
	entropy_refresh(&unit.device, unit.now_ms);
	gather(&unit);
	assert_true(entropy_refreshed(&unit.device, unit.now_ms));
	assert_int_equal(unit.warnings[NOISE_ADC], 1);
	assert_int_equal(adc->failures, 1);
	assert_int_equal(entropy_ready(&unit.device), ERR_OK);
	wait(&unit, 61000);                                  /* the second time: counted, not told */
	gather(&unit);
	assert_int_equal(adc->failures, 2);
	assert_int_equal(unit.warnings[NOISE_ADC], 1);
	unit.noise[NOISE_ADC] = RANDOM;
	wait(&unit, 61000);
	gather(&unit);
	assert_int_equal(adc->state, NOISE_PASSING);
	assert_int_equal(noise_credit(&unit.device.entropy.noise, NOISE_ADC), 128);
	unit.noise[NOISE_ADC] = STUCK;                       /* and a third time */
	entropy_refresh(&unit.device, unit.now_ms);
	gather(&unit);
	assert_int_equal(unit.warnings[NOISE_ADC], 2);
	assert_int_equal(adc->state, NOISE_DEAD);
	wait(&unit, 600000);
	assert_int_equal(adc->failures, 3);
	assert_int_equal(unit.warnings[NOISE_OSCILLATOR], 0);
}

static void a_handshake_waits_half_a_second_for_fresh_samples_and_no_longer(void **state)
{
	(void)state;
	blank(&unit);
	unit.noise[NOISE_ADC] = RANDOM;
	(void)boot(&unit);
	entropy_refresh(&unit.device, unit.now_ms);
	assert_true(entropy_refreshed(&unit.device, unit.now_ms));   /* nothing passes yet */
	gather(&unit);
	entropy_refresh(&unit.device, unit.now_ms);
	assert_false(entropy_refreshed(&unit.device, unit.now_ms));
	gather(&unit);
	assert_true(entropy_refreshed(&unit.device, unit.now_ms));
	unit.noise[NOISE_ADC] = SILENT;
	entropy_refresh(&unit.device, unit.now_ms);
	unit.now_ms += 499;
	turn(&unit);
	assert_false(entropy_refreshed(&unit.device, unit.now_ms));
	unit.now_ms += 1;
	assert_true(entropy_refreshed(&unit.device, unit.now_ms));
	assert_int_equal(unit.warnings[NOISE_ADC], 0);
	wait(&unit, 11000);
	assert_int_equal(unit.warnings[NOISE_ADC], 1);
}

/* Two generators of one state part with the fresh samples, or with the key, or
 * with what memory held. */
static void what_is_stirred_in_changes_what_comes_out(void **state)
{
	static struct rng before;
	uint8_t bytes[4][OUT];

	(void)state;
	blank(&unit);
	unit.noise[NOISE_ADC] = RANDOM;
	(void)boot(&unit);
	gather(&unit);
	assert_int_equal(device_set_seed(&unit.device, seed), ERR_OK);
	before = unit.device.crypto.rng;
	for (unsigned i = 0; i < 4; i++) {
		unit.device.crypto.rng = before;
		if (i == 1 || i == 2) {
			entropy_refresh(&unit.device, unit.now_ms);
			gather(&unit);
			assert_true(entropy_refreshed(&unit.device, unit.now_ms));
		}
		if (i == 3)
			device_stir(&unit.device, "memory", 6);
		assert_int_equal(out(&unit, bytes[i]), ERR_OK);
		for (unsigned k = 0; k < i; k++)
			assert_memory_not_equal(bytes[i], bytes[k], OUT);
	}
}

/* ---- many devices, many starts ---- */

static uint8_t outs[DEVICES > BOOTS ? DEVICES : BOOTS][OUT];
static size_t outs_count;

static void remember(const uint8_t bytes[OUT])
{
	for (size_t i = 0; i < outs_count; i++)
		assert_memory_not_equal(outs[i], bytes, OUT);
	memcpy(outs[outs_count++], bytes, OUT);
}

/* Also where all of them were given the same seed, or none and the same noise. */
static void a_thousand_devices_of_one_image_are_all_different(void **state)
{
	uint8_t bytes[OUT], stored[SEED_SIZE];

	(void)state;
	for (unsigned seeded = 0; seeded < 2; seeded++) {
		static uint8_t seeds[DEVICES][SEED_SIZE];

		outs_count = 0;
		for (unsigned i = 0; i < DEVICES; i++) {
			blank(&unit);
			for (unsigned b = 0; b < sizeof i; b++)   /* a name without zeros */
				unit.id[4 + b] = (char)('a' + (i >> 4 * b & 15));
			unit.noise[NOISE_ADC] = unit.noise[NOISE_OSCILLATOR] = seeded ? NONE : FROZEN;
			(void)boot(&unit);
			if (seeded)
				assert_int_equal(device_set_seed(&unit.device, seed), ERR_OK);
			gather(&unit);
			assert_int_equal(entropy_ready(&unit.device), ERR_OK);
			assert_int_equal(out(&unit, bytes), ERR_OK);
			remember(bytes);
			assert_int_equal(seed_read(&unit.device.seed, stored), ERR_OK);
			memcpy(seeds[i], stored, SEED_SIZE);
			for (unsigned k = 0; k < i; k++)
				assert_memory_not_equal(seeds[k], seeds[i], SEED_SIZE);
		}
	}
}

static void a_thousand_starts_with_the_same_noise_are_all_different(void **state)
{
	uint8_t bytes[OUT];

	(void)state;
	for (unsigned seeded = 0; seeded < 2; seeded++) {
		outs_count = 0;
		blank(&unit);
		unit.noise[NOISE_ADC] = unit.noise[NOISE_OSCILLATOR] = FROZEN;
		(void)boot(&unit);
		if (seeded)
			assert_int_equal(device_set_seed(&unit.device, seed), ERR_OK);
		for (unsigned i = 0; i < BOOTS; i++) {
			flash_model_power_on(&unit.flash);
			(void)boot(&unit);
			gather(&unit);
			assert_int_equal(entropy_ready(&unit.device), ERR_OK);
			assert_int_equal(out(&unit, bytes), ERR_OK);
			remember(bytes);
		}
	}
}

/* The number of seeds so far outlives a new seed, and a factory reset. */
static void the_same_seed_given_again_does_not_repeat_what_came_out(void **state)
{
	uint8_t bytes[OUT];

	(void)state;
	outs_count = 0;
	blank(&unit);
	for (unsigned i = 0; i < 30; i++) {
		flash_model_power_on(&unit.flash);
		(void)boot(&unit);
		if (i % 3 == 2)
			assert_int_equal(device_factory_reset(&unit.device), ERR_OK);
		if (i % 3 != 0) {
			assert_int_equal(device_set_seed(&unit.device, seed), ERR_OK);
			assert_int_equal(out(&unit, bytes), ERR_OK);
			remember(bytes);
		}
		flash_model_power_on(&unit.flash);
		(void)boot(&unit);
		if (entropy_ready(&unit.device) == ERR_OK) {
			assert_int_equal(out(&unit, bytes), ERR_OK);
			remember(bytes);
		}
	}
	assert_int_equal(device_factory_reset(&unit.device), ERR_OK);
	assert_int_equal(entropy_ready(&unit.device), ERR_RNG_UNSEEDED);
	assert_int_equal(out(&unit, bytes), ERR_RNG_UNSEEDED);
	assert_int_equal(device_set_seed(&unit.device, seed), ERR_OK);       /* without a restart */
	assert_int_equal(out(&unit, bytes), ERR_OK);
	remember(bytes);
}

/* ---- power cuts ---- */

static void copy_unit(struct unit *to, const struct unit *from)
{
	flash_model_copy(&to->flash, &from->flash);
	memcpy(to->noise, from->noise, sizeof to->noise);
	memcpy(to->id, from->id, sizeof to->id);
	to->rng = from->rng;
	to->now_ms = from->now_ms;
}

/* A start that is used; true when something came out.  What came out is remembered. */
static bool start(struct unit *u)
{
	uint8_t bytes[OUT];
	enum err e;

	if (!boot(u))
		return false;
	gather(u);
	e = entropy_ready(&u->device);
	if (e == ERR_OK) {
		assert_int_equal(out(u, bytes), ERR_OK);
		remember(bytes);
		return true;
	}
	assert_true(u->flash.dead);                            /* or it would be ready */
	assert_int_equal(out(u, bytes), ERR_RNG_UNSEEDED);     /* not before the next seed is stored */
	return false;
}

static struct unit cut_unit;

/* Power fails in operation OP of the next start; then five more follow.  The noise
 * is frozen: all that keeps starts apart is in the flash.  False: there is no
 * such operation. */
static bool cut_start(const struct unit *u, uint32_t op, enum flash_model_cut cut)
{
	size_t known = outs_count;
	bool was_cut;

	copy_unit(&cut_unit, u);
	flash_model_power_on(&cut_unit.flash);
	flash_model_cut_at(&cut_unit.flash, op, cut);
	(void)start(&cut_unit);
	was_cut = cut_unit.flash.dead;
	for (unsigned i = 0; i < 5; i++) {
		flash_model_power_on(&cut_unit.flash);
		assert_true(start(&cut_unit));
	}
	assert_int_equal(cut_unit.flash.violations, 0);
	outs_count = known;      /* another copy is another world */
	return was_cut;
}

static void a_cut_at_every_flash_operation_never_repeats_an_output(void **state)
{
	unsigned long cuts = 0;

	(void)state;
	for (unsigned provisioned = 0; provisioned < 2; provisioned++) {
		outs_count = 0;
		blank(&unit);
		unit.noise[NOISE_ADC] = unit.noise[NOISE_OSCILLATOR] = FROZEN;
		if (provisioned) {
			(void)boot(&unit);
			assert_int_equal(device_set_seed(&unit.device, seed), ERR_OK);
		}
		for (unsigned boots = 0; boots < 20; boots++) {      /* into the second page, and back */
			for (unsigned cut = 0; cut < CUT_VARIANTS; cut++)
				for (uint32_t op = 0; cut_start(&unit, op, (enum flash_model_cut)cut); op++)
					cuts++;
			flash_model_power_on(&unit.flash);
			assert_true(start(&unit));
		}
	}
	print_message("%lu cuts\n", cuts);
	assert_true(cuts > 1000);
}

/* A part that fails without a cut of the power: no output either. */
static void no_output_when_the_next_seed_cannot_be_stored(void **state)
{
	uint8_t bytes[OUT];

	(void)state;
	for (unsigned provisioned = 0; provisioned < 2; provisioned++) {
		blank(&unit);
		unit.noise[NOISE_HARDWARE] = provisioned ? NONE : RANDOM;
		(void)boot(&unit);
		if (provisioned)
			assert_int_equal(device_set_seed(&unit.device, seed), ERR_OK);
		(void)boot(&unit);
		gather(&unit);
		unit.flash.dead = true;
		assert_int_not_equal(entropy_ready(&unit.device), ERR_OK);
		assert_int_equal(out(&unit, bytes), ERR_RNG_UNSEEDED);
	}
}

/* ---- what devices had before ---- */

/* A seed of 32 bytes without number, as earlier firmware stored it. */
static void a_seed_of_earlier_firmware_is_read(void **state)
{
	uint8_t got[SEED_SIZE];
	struct seed s;

	(void)state;
	blank(&unit);
	assert_int_equal(seed_init(&s, &unit.flash.flash, LAYOUT_SEED_PAGE), ERR_OK);
	assert_int_equal(kv_set(&s.kv, 1, seed, SEED_SIZE, KV_APPEND), ERR_OK);
	(void)boot(&unit);
	assert_int_equal(seed_read(&unit.device.seed, got), ERR_OK);
	assert_memory_equal(got, seed, SEED_SIZE);
	assert_int_equal(entropy_ready(&unit.device), ERR_OK);
	assert_int_equal(entropy_seed(&unit.device).count, 1);
	assert_false(entropy_seed(&unit.device).self_made);
}

static void a_stored_pattern_is_no_seed(void **state)
{
	uint8_t pattern[SEED_SIZE];

	(void)state;
	for (unsigned i = 0; i < sizeof pattern; i++)
		pattern[i] = (uint8_t)(i * 3);
	blank(&unit);
	(void)boot(&unit);
	assert_int_equal(seed_write(&unit.device.seed, pattern, SEED_PROVISIONED), ERR_OK);
	assert_int_equal(entropy_ready(&unit.device), ERR_RNG_UNSEEDED);
	unit.noise[NOISE_HARDWARE] = RANDOM;
	(void)boot(&unit);
	gather(&unit);
	assert_int_equal(entropy_ready(&unit.device), ERR_OK);
	assert_true(entropy_seed(&unit.device).self_made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_gate_opens_for_a_seed_or_for_256_bits_of_noise),
		cmocka_unit_test(a_silent_source_ends_the_hope_after_ten_seconds),
		cmocka_unit_test(a_seed_made_from_noise_serves_the_next_start),
		cmocka_unit_test(live_noise_goes_into_a_start_with_a_seed),
		cmocka_unit_test(a_source_that_dies_is_told_once_counted_and_may_recover),
		cmocka_unit_test(a_handshake_waits_half_a_second_for_fresh_samples_and_no_longer),
		cmocka_unit_test(what_is_stirred_in_changes_what_comes_out),
		cmocka_unit_test(a_thousand_devices_of_one_image_are_all_different),
		cmocka_unit_test(a_thousand_starts_with_the_same_noise_are_all_different),
		cmocka_unit_test(the_same_seed_given_again_does_not_repeat_what_came_out),
		cmocka_unit_test(a_cut_at_every_flash_operation_never_repeats_an_output),
		cmocka_unit_test(no_output_when_the_next_seed_cannot_be_stored),
		cmocka_unit_test(a_seed_of_earlier_firmware_is_read),
		cmocka_unit_test(a_stored_pattern_is_no_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
