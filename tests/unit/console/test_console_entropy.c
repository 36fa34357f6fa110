/* SPDX-License-Identifier: Apache-2.0 */
/* The command "entropy", with noise of which every sample is known. */
#include "unit/cmocka_all.h"

#include "unit/console/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALL = 1u << NOISE_ADC | 1u << NOISE_OSCILLATOR | 1u << NOISE_HARDWARE };

static struct rig rig;
static uint32_t drawn[NOISE_SOURCES];
static bool stuck[NOISE_SOURCES];

/* The Nth sample of SOURCE. */
static uint8_t sample(enum noise_source source, uint32_t n)
{
	uint32_t x = (n + 1 + source * 1000003u) * 2654435761u;

	return stuck[source] ? 0x42 : (uint8_t)((x ^ x >> 15) * 2246822519u >> 24);
}

/* What a board does in one turn of its loop, for a source that gives at most MOST. */
static void turn(size_t most)
{
	uint8_t buf[256];

	for (unsigned s = 0; s < NOISE_SOURCES; s++) {
		size_t n = device_noise_wanted(&rig.device, (enum noise_source)s);

		n = n < most ? n : most;
		for (size_t i = 0; i < n; i++)
			buf[i] = sample((enum noise_source)s, drawn[s]++);
		device_noise(&rig.device, (enum noise_source)s, buf, n, rig.now_ms);
	}
	device_step(&rig.device, rig.now_ms);
}

static void turns(unsigned n, size_t most)
{
	for (unsigned i = 0; i < n; i++) {
		turn(most);
		rig_wait(&rig, 1);
	}
}

static int set_up(void **state)
{
	(void)state;
	memset(drawn, 0, sizeof drawn);
	memset(stuck, 0, sizeof stuck);
	memset(&rig, 0, sizeof rig);
	rig_init(&rig);
	rig.noise = ALL;
	rig_restart(&rig);
	rig_forget(&rig);
	return 0;
}

static void the_table_follows_the_sources(void **state)
{
	(void)state;
	rig_say(&rig, "entropy\r");
	assert_string_equal(rig.said, "entropy\r\n"
		"adc           testing; samples: 0, failures: 0, bits assessed: 0, credited: 0\r\n"
		"oscillator    testing; samples: 0, failures: 0, bits assessed: 0, credited: 0\r\n"
		"hardware      testing; samples: 0, failures: 0, bits assessed: 0, credited: 0\r\n"
		"seed          none; seeds stored so far: 0\r\n"
		"generator     locked until it is needed\r\n"
		"tern> ");
	stuck[NOISE_OSCILLATOR] = true;
	turns(40, 256);
	rig_forget(&rig);
	rig_say(&rig, "key make\r");   /* which needs random numbers */
	rig_forget(&rig);
	rig_say(&rig, "entropy\r");
	assert_string_equal(rig.said, "entropy\r\n"
		"adc           passing; samples: 9216, failures: 0, bits assessed: 819, credited: 128\r\n"
		"oscillator    failed, rests; samples: 301, failures: 1, bits assessed: 0, credited: 0\r\n"
		"hardware      passing; samples: 2048, failures: 0, bits assessed: 1024, credited: 256\r\n"
		"seed          made here from noise; seeds stored so far: 1\r\n"
		"generator     ready\r\n"
		"tern> ");
}

static void wrong_words_are_named(void **state)
{
	static const struct { const char *in, *said; } rows[] = {
		{ "entropy dump foo 5", "error: no noise source 'foo' here; there are: adc oscillator hardware" },
		{ "entropy dump adc", "error: number of samples '' is not 1 to 1000000" },
		{ "entropy dump adc 0", "error: number of samples '0' is not 1 to 1000000" },
		{ "entropy dump adc 1000001", "error: number of samples '1000001' is not 1 to 1000000" },
		{ "entropy dump adc 5x", "error: number of samples '5x' is not 1 to 1000000" },
		{ "entropy dump adc -5", "error: number of samples '-5' is not 1 to 1000000" },
		{ "entropy dump", "error: number of samples '' is not 1 to 1000000" },
		{ "entropy drop adc 5", "error: usage: entropy | entropy dump SOURCE N" },
	};
	char want[256];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		rig_forget(&rig);
		rig_say(&rig, rows[i].in);
		rig_say(&rig, "\r");
		snprintf(want, sizeof want, "%s\r\n%s\r\ntern> ", rows[i].in, rows[i].said);
		assert_string_equal(rig.said, want);
		assert_int_equal(entropy_dump_left(&rig.device), 0);
	}
}

/* The samples that were said must be those that were drawn from FROM on. */
static unsigned said_samples(enum noise_source source, uint32_t from)
{
	const char *at = strchr(rig.said, '\n') + 1;
	unsigned n = 0;

	while (strncmp(at, "en", 2) != 0 && *at != '\0') {
		char two[3] = { at[0], at[1], '\0' };

		assert_int_equal(strtoul(two, NULL, 16), sample(source, from + n));
		n++;
		at += at[2] == '\r' ? 4 : 2;
	}
	return n;
}

static void every_sample_of_a_dump_is_said_once_and_in_order(void **state)
{
	static const struct { unsigned n; size_t most; } rows[] = {
		{ 1, 256 }, { 63, 256 }, { 64, 256 }, { 65, 256 }, { 5000, 256 }, { 1000, 1 }, { 1000, 7 }, { 640, 64 },
	};
	char line[64];

	(void)state;
	for (unsigned s = 0; s < NOISE_SOURCES; s++)
		for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
			uint32_t from;

			(void)set_up(NULL);
			turns(50, 256);
			from = drawn[s];
			snprintf(line, sizeof line, "entropy dump %s %u\r", noise_rules[s].name, rows[i].n);
			rig_say(&rig, line);
			turns(rows[i].n + 3, rows[i].most);
			assert_int_equal(said_samples((enum noise_source)s, from), rows[i].n);
			assert_non_null(strstr(rig.said, "\r\nend\r\ntern> "));
			assert_int_equal(drawn[s], from + rows[i].n);
		}
}

/* Who reads the console knows these samples. */
static void what_is_dumped_is_tested_and_not_used(void **state)
{
	struct noise before;

	(void)state;
	turns(50, 256);
	before = *entropy_noise(&rig.device);
	rig_say(&rig, "entropy dump adc 200\r");
	turns(10, 256);
	assert_memory_equal(before.pool, entropy_noise(&rig.device)->pool, NOISE_POOL);
	assert_int_equal(entropy_noise(&rig.device)->sources[NOISE_ADC].samples,
			 before.sources[NOISE_ADC].samples + 200);
	stuck[NOISE_ADC] = true;
	rig_say(&rig, "entropy dump adc 640\r");
	turns(20, 256);
	assert_int_equal(entropy_noise(&rig.device)->sources[NOISE_ADC].state, NOISE_RESTING);
}

static void what_the_device_needs_goes_first(void **state)
{
	(void)state;
	rig_say(&rig, "entropy dump hardware 10\r");
	turns(20, 256);
	assert_int_equal(entropy_noise(&rig.device)->sources[NOISE_HARDWARE].good, 2048);
	assert_int_equal(said_samples(NOISE_HARDWARE, 2048), 10);
}

static void a_source_that_has_failed_can_still_be_looked_at(void **state)
{
	(void)state;
	stuck[NOISE_ADC] = true;
	turns(20, 256);
	assert_int_equal(entropy_noise(&rig.device)->sources[NOISE_ADC].state, NOISE_RESTING);
	rig_forget(&rig);
	rig_say(&rig, "entropy dump adc 100\r");
	turns(10, 256);
	assert_int_equal(said_samples(NOISE_ADC, 0), 100);
}

static void a_source_that_falls_silent_ends_the_dump(void **state)
{
	(void)state;
	turns(50, 256);
	rig_say(&rig, "entropy dump oscillator 100\r");
	turns(1, 10);
	for (unsigned i = 0; i < 11; i++) {
		rig.now_ms += 1000;
		device_step(&rig.device, rig.now_ms);
		rig_wait(&rig, 0);
	}
	assert_non_null(strstr(rig.said, "\r\nerror: no more samples come\r\ntern> "));
	rig_forget(&rig);
	rig_say(&rig, "version\r");
	assert_string_equal(rig.said, "version\r\nTern 0.0.0\r\ntern> ");
}

static void ctrl_c_ends_a_dump_and_the_next_one_is_whole(void **state)
{
	(void)state;
	turns(50, 256);
	rig_say(&rig, "entropy dump hardware 1000000\r");
	turns(5, 256);
	rig_type(&rig, "abc\x03version\r", 12, 0);
	assert_non_null(strstr(rig.said, "tern> version\r\nTern 0.0.0\r\ntern> "));
	rig_forget(&rig);
	uint32_t from = drawn[NOISE_HARDWARE];

	rig_say(&rig, "entropy dump hardware 100\r");
	turns(10, 256);
	assert_int_equal(said_samples(NOISE_HARDWARE, from), 100);
	assert_int_equal(rig.console.out.lost, 0);
}

static void a_terminal_that_takes_nothing_stops_the_dump_and_not_the_device(void **state)
{
	(void)state;
	turns(50, 256);
	rig_type(&rig, "entropy dump hardware 5000\r", 27, 0);
	for (unsigned i = 0; i < 200; i++) {     /* nobody drains */
		turn(256);
		console_step(&rig.console, rig.now_ms);
		rig.now_ms += 100;
	}
	assert_int_equal(entropy_dump_left(&rig.device), 0);
	assert_int_equal(rig.console.out.lost, 0);
	turns(3, 256);
	assert_non_null(strstr(rig.said, "\r\nerror: no more samples come\r\ntern> "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_table_follows_the_sources, set_up),
		cmocka_unit_test_setup(wrong_words_are_named, set_up),
		cmocka_unit_test(every_sample_of_a_dump_is_said_once_and_in_order),
		cmocka_unit_test_setup(what_is_dumped_is_tested_and_not_used, set_up),
		cmocka_unit_test_setup(what_the_device_needs_goes_first, set_up),
		cmocka_unit_test_setup(a_source_that_has_failed_can_still_be_looked_at, set_up),
		cmocka_unit_test_setup(a_source_that_falls_silent_ends_the_dump, set_up),
		cmocka_unit_test_setup(ctrl_c_ends_a_dump_and_the_next_one_is_whole, set_up),
		cmocka_unit_test_setup(a_terminal_that_takes_nothing_stops_the_dump_and_not_the_device, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
