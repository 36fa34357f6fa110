/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk that is full, fails, or loses its power: whatever was answered with OK or
 * confirmed is there afterwards, nothing else is half there, and nothing crashes.
 */
#include "unit/cmocka_all.h"

#include "unit/registry/bad_disk.h"
#include "unit/registry/rig.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WAIT_MS = 20000 };

static struct rig g;
static uint64_t pump;

static int set_up(void **state)
{
	(void)state;
	rig_init(&g);
	rig_add(&g, "pump-7");
	pump = rig_key(&g, "pump-7");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	bad_disk_heal();
	rig_free(&g);
	return 0;
}

#define assert_ok(call) do { if ((call) != REGISTRY_OK) fail_msg("%s: %s", #call, registry_error(g.r)); } while (0)

static struct bytes number(const uint64_t *n)
{
	return (struct bytes){ (const uint8_t *)n, sizeof *n };
}

/* The numbers that the states of pump-7 begin with, the newest first. */
static size_t read_states(struct rig *of, uint64_t numbers[REGISTRY_STATES])
{
	struct registry_state states[REGISTRY_STATES];
	size_t found;

	assert_int_equal(state_list(of->r, rig_path("pump-7"), states, &found), REGISTRY_OK);
	for (size_t i = 0; i < found; i++) {
		assert_true(states[i].len >= sizeof numbers[i]);
		memcpy(&numbers[i], states[i].data, sizeof numbers[i]);
		state_clear(&states[i]);
	}
	return found;
}

/* ---- One failure, everywhere ---------------------------------------------- */

static const struct failure { const char *name; unsigned ops; int code; } failures[] = {
	{ "the_disk_is_full",      BAD_DISK_WRITE, SQLITE_FULL },
	{ "the_disk_is_read_only", BAD_DISK_WRITE, SQLITE_READONLY },
	{ "a_write_fails",         BAD_DISK_WRITE, SQLITE_IOERR_WRITE },
	{ "an_fsync_fails",        BAD_DISK_SYNC,  0 },
	{ "a_read_fails",          BAD_DISK_READ,  0 },
};

/* What one round of calls was told. */
struct told { enum registry_result device, config, deleted; uint64_t version; };

static enum registry_result add_device(const char *id)
{
	struct registry_device d = { .num_id = 0 };

	snprintf(d.id, sizeof d.id, "%s", id);
	return device_create(g.r, rig_fleet, &d);
}

static void work(struct told *t)
{
	for (uint64_t i = 1; i <= 3; i++)
		assert_ok(queue_state(g.r, pump, number(&i), 1, i));
	t->device = add_device("new-one");
	t->config = config_set(g.r, rig_path("pump-7"), 1, bytes_of("new config"), 7, &t->version);
	t->deleted = device_delete(g.r, rig_path("old-one"));
	queue_entry(g.r, pump, &(struct registry_entry){ 1, REGISTRY_LEVEL_INFO, "CONNECT", "{}" });
	queue_config_acked(g.r, pump, 1, 99);
}

static void check(const struct told *t)
{
	struct registry_config configs[REGISTRY_CONFIGS];
	struct registry_device d;
	uint64_t numbers[REGISTRY_STATES];
	size_t found;

	assert_int_equal(read_states(&g, numbers), 3);
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(numbers[i], 3 - i);
	assert_int_equal(device_get(g.r, rig_path("new-one"), &d), t->device == REGISTRY_OK ? REGISTRY_OK : REGISTRY_NOT_FOUND);
	device_clear(&d);
	assert_int_equal(device_get(g.r, rig_path("old-one"), &d), t->deleted == REGISTRY_OK ? REGISTRY_NOT_FOUND : REGISTRY_OK);
	device_clear(&d);
	assert_ok(config_list(g.r, rig_path("pump-7"), configs, &found));
	assert_int_equal(found, t->config == REGISTRY_OK ? 2 : 1);
	assert_int_equal(configs[found - 1].device_ack_ms, 99);
	for (size_t i = 0; i < found; i++)
		config_clear(&configs[i]);
	assert_int_equal(log_end(g.r), 1);
}

/* True: there was an operation number AT. */
static bool one_failure(const struct failure *f, unsigned at)
{
	struct told t = { .version = 0 };
	bool failed;

	set_up(NULL);
	rig_add(&g, "old-one");
	bad_disk_fail(f->ops, at, false, f->code);
	work(&t);
	if (!registry_flush(g.r, WAIT_MS))
		fail_msg("%s, operation %u: not committed", f->name, at);
	failed = bad_disk_heal();
	for (uint64_t i = 1; i <= 3; i++)
		assert_int_equal(rig_next(&g, 0), i);
	check(&t);
	rig_reopen(&g);
	check(&t);
	tear_down(NULL);
	return failed;
}

static void a_failure_anywhere_loses_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
		unsigned at = 0;

		while (one_failure(&failures[i], at))
			at++;
		assert_true(at > 2 || failures[i].ops == BAD_DISK_READ);     /* the writer reads from its cache */
	}
}

static void a_failure_while_opening_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++)
		for (unsigned at = 0, failed = 1; failed; at++) {
			rig_folder(&g);
			bad_disk_fail(failures[i].ops, at, false, failures[i].code);
			g.r = registry_open(g.file, "here", g.error);
			failed = bad_disk_heal();
			if (g.r == NULL)
				assert_non_null(strstr(g.error, "the registry /tmp/tern-unit-"));
			else
				registry_close(g.r);
			rig_open(&g);               /* what is left is no hindrance */
			assert_int_equal(registry_create(g.r, rig_fleet, &(struct registry_info){ .id = "fleet" }), REGISTRY_OK);
			rig_free(&g);
		}
}

/* ---- A failure that lasts ------------------------------------------------- */

static void a_full_disk_holds_states_until_there_is_room(void **state)
{
	struct registry_health h;
	uint64_t version, i;

	(void)state;
	bad_disk_fail(BAD_DISK_WRITE, 0, true, SQLITE_FULL);
	for (i = 1; i <= 100; i++)
		assert_ok(queue_state(g.r, pump, number(&i), 1, i));
	assert_int_equal(config_set(g.r, rig_path("pump-7"), 0, bytes_of("x"), 1, &version), REGISTRY_FULL);
	assert_non_null(strstr(registry_error(g.r), "the disk is full; make room"));
	assert_false(registry_flush(g.r, 1000));
	registry_health(g.r, &h);
	assert_false(h.well);
	assert_int_equal(h.queued, 100);
	if (strstr(h.text, "the disk is full; make room") == NULL ||
	    strstr(h.text, "; 100 states and log entries are held, the next try is in ") == NULL)
		fail_msg("%s", h.text);
	assert_int_equal(rig_next(&g, 0), 0);
	assert_true(bad_disk_heal());
	for (i = 1; i <= 100; i++)
		assert_int_equal(rig_next(&g, WAIT_MS), i);
	registry_health(g.r, &h);
	assert_true(h.well);
	assert_ok(config_set(g.r, rig_path("pump-7"), 0, bytes_of("x"), 1, &version));
	assert_int_equal(version, 2);
}

static void closing_on_a_bad_disk_ends(void **state)
{
	uint64_t one = 1;

	(void)state;
	bad_disk_fail(BAD_DISK_SYNC, 0, true, 0);
	assert_ok(queue_state(g.r, pump, number(&one), 1, 1));
	registry_close(g.r);                       /* gives up after 5 s */
	bad_disk_heal();
	rig_open(&g);
}

static void an_import_on_a_full_disk_is_undone(void **state)
{
	struct registry_device d;
	enum registry_result result = REGISTRY_OK;
	char id[16], metadata[4096], *p = metadata;

	(void)state;
	p += sprintf(p, "{\"a\":\"");
	memset(p, 'v', 4000);
	memcpy(p + 4000, "\"}", 3);
	bad_disk_fail(BAD_DISK_WRITE, 0, true, SQLITE_FULL);
	assert_ok(registry_begin(g.r));
	/* More than SQLite keeps in memory, so that it meets the disk before the end. */
	for (int i = 0; result == REGISTRY_OK && i < 5000; i++) {
		d = (struct registry_device){ .metadata = metadata };
		snprintf(d.id, sizeof d.id, "dev-%d", i);
		result = device_create(g.r, rig_fleet, &d);
	}
	assert_int_equal(result, REGISTRY_FULL);
	assert_true(bad_disk_heal());
	assert_int_equal(add_device("late"), REGISTRY_FULL);
	assert_non_null(strstr(registry_error(g.r), "is undone"));
	assert_int_equal(registry_commit(g.r), REGISTRY_FULL);
	assert_int_equal(device_get(g.r, rig_path("dev-0"), &d), REGISTRY_NOT_FOUND);
	assert_int_equal(add_device("late"), REGISTRY_OK);
	snprintf(id, sizeof id, "late");
	assert_ok(device_get(g.r, rig_path(id), &d));
	device_clear(&d);
}

/* ---- The power ------------------------------------------------------------ */

/* The states that are there end with CONFIRMED or one that was on its way, without a gap. */
static void check_after_cut(const char *file, uint64_t confirmed, uint64_t sent, uint64_t version)
{
	struct rig after = { .r = NULL };
	struct registry_device d;
	uint64_t numbers[REGISTRY_STATES];
	size_t found;

	snprintf(after.file, sizeof after.file, "%s", file);
	rig_open(&after);
	found = read_states(&after, numbers);
	if (found == 0 || numbers[0] < confirmed || numbers[0] > sent)
		fail_msg("%llu confirmed, %llu there", (unsigned long long)confirmed,
			 found > 0 ? (unsigned long long)numbers[0] : 0);
	for (size_t i = 1; i < found; i++)
		assert_int_equal(numbers[i], numbers[0] - i);
	assert_int_equal(device_get(after.r, rig_path("pump-7"), &d), REGISTRY_OK);
	assert_true(d.config.version >= version);
	device_clear(&d);
	registry_close(after.r);
}

static void a_power_cut_loses_nothing_that_was_confirmed(void **state)
{
	enum { BIG = 40000 };
	uint8_t *big = calloc(1, BIG);
	uint64_t confirmed = 0, sent = 0, version = 1;
	char copy[128];

	(void)state;
	bad_disk_remember(true);
	set_up(NULL);
	snprintf(copy, sizeof copy, "%s/cut.db", g.folder);
	for (unsigned cut = 0; cut < 60; cut++) {
		for (unsigned i = 0; i < 1 + cut % 9; i++) {
			sent++;
			memcpy(big, &sent, sizeof sent);
			assert_ok(queue_state(g.r, pump, (struct bytes){ big, BIG }, 1, sent));
		}
		if (cut % 7 == 0)
			assert_ok(config_set(g.r, rig_path("pump-7"), 0, bytes_of("x"), 1, &version));
		while (confirmed == 0 || (confirmed < sent && (cut % 3 != 0 || confirmed + 4 < sent)))
			assert_int_equal(rig_next(&g, WAIT_MS), ++confirmed);
		bad_disk_cut(g.file, copy, cut);
		check_after_cut(copy, confirmed, sent, version);
	}
	tear_down(NULL);
	bad_disk_remember(false);
	free(big);
}

#define with_rig(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failure_anywhere_loses_nothing),
		cmocka_unit_test(a_failure_while_opening_is_told),
		with_rig(a_full_disk_holds_states_until_there_is_room),
		with_rig(closing_on_a_bad_disk_ends),
		with_rig(an_import_on_a_full_disk_is_undone),
		cmocka_unit_test(a_power_cut_loses_nothing_that_was_confirmed),
	};

	bad_disk_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
