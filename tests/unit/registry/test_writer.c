/* SPDX-License-Identifier: Apache-2.0 */
/* What devices cause: confirmed when it is safe, in order, in groups; merged where it may be; nothing lost in silence. */
#include "unit/cmocka_all.h"

#include "registry/writer.h"
#include "unit/registry/rig.h"

#include <poll.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_MS = 10000 };

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
	rig_free(&g);
	return 0;
}

#define assert_ok(call) do { if ((call) != REGISTRY_OK) fail_msg("%s: %s", #call, registry_error(g.r)); } while (0)

static uint64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static bool is_readable(int wait_ms)
{
	struct pollfd p = { .fd = registry_fd(g.r), .events = POLLIN };

	return poll(&p, 1, wait_ms) == 1;
}

static struct registry_health health(void)
{
	struct registry_health h;

	registry_health(g.r, &h);
	return h;
}

/* ---- States --------------------------------------------------------------- */

static void states_are_confirmed_in_order_and_ten_are_kept(void **state)
{
	struct registry_state states[REGISTRY_STATES];
	char text[16];
	size_t found;

	(void)state;
	assert_false(is_readable(0));
	for (uint64_t i = 1; i <= 25; i++) {
		snprintf(text, sizeof text, "state %u", (unsigned)i);
		assert_ok(queue_state(g.r, pump, bytes_of(text), (int64_t)(1000 + i), i));
	}
	for (uint64_t i = 1; i <= 25; i++)
		assert_int_equal(rig_next(&g, WAIT_MS), i);
	assert_int_equal(rig_next(&g, 0), 0);
	assert_false(is_readable(0));
	rig_reopen(&g);
	assert_ok(state_list(g.r, rig_path("pump-7"), states, &found));
	assert_int_equal(found, REGISTRY_STATES);
	for (unsigned i = 0; i < found; i++) {
		snprintf(text, sizeof text, "state %u", 25 - i);
		assert_int_equal(states[i].update_ms, 1025 - i);
		assert_true(bytes_equal_text((struct bytes){ states[i].data, states[i].len }, text));
		state_clear(&states[i]);
	}
	assert_int_equal(rig_count(&g, "state"), REGISTRY_STATES);
}

static void a_state_may_be_empty_and_64_kib(void **state)
{
	uint8_t *big = calloc(1, REGISTRY_DATA_MAX + 1);
	struct registry_device d;

	(void)state;
	assert_ok(queue_state(g.r, pump, (struct bytes){ NULL, 0 }, 1, 1));
	assert_int_equal(rig_next(&g, WAIT_MS), 1);
	assert_ok(device_get(g.r, rig_path("pump-7"), &d));
	assert_true(d.state.data != NULL && d.state.len == 0);
	device_clear(&d);
	assert_int_equal(queue_state(g.r, pump, (struct bytes){ big, REGISTRY_DATA_MAX + 1 }, 1, 2), REGISTRY_INVALID);
	assert_string_equal(registry_error(g.r), "the state has 65537 bytes, and may have 65536");
	assert_ok(queue_state(g.r, pump, (struct bytes){ big, REGISTRY_DATA_MAX }, 1, 3));
	assert_int_equal(rig_next(&g, WAIT_MS), 3);
	free(big);
}

/* While the admin's transaction has the turn, the writer waits; then all goes at once. */
static void what_waits_goes_into_one_transaction(void **state)
{
	uint64_t before;

	(void)state;
	assert_true(registry_flush(g.r, WAIT_MS));
	before = health().commits;
	assert_ok(registry_begin(g.r));
	for (uint64_t i = 1; i <= 1000; i++)
		assert_ok(queue_state(g.r, pump, bytes_of("x"), 1, i));
	assert_int_equal(rig_next(&g, 50), 0);
	assert_int_equal(health().queued, 1000);
	assert_ok(registry_commit(g.r));
	for (uint64_t i = 1; i <= 1000; i++)
		assert_int_equal(rig_next(&g, WAIT_MS), i);
	assert_in_range(health().commits - before, 1, 2);
	assert_int_equal(health().queued_bytes, 0);
}

static void closing_commits_what_is_queued(void **state)
{
	struct registry_device d;

	(void)state;
	assert_ok(queue_state(g.r, pump, bytes_of("last"), 1, 1));
	queue_time(g.r, pump, REGISTRY_EVENT, 77);
	rig_reopen(&g);
	assert_ok(device_get(g.r, rig_path("pump-7"), &d));
	assert_true(bytes_equal_text((struct bytes){ d.state.data, d.state.len }, "last"));
	assert_int_equal(d.event_ms, 77);
	device_clear(&d);
}

/* ---- Full ----------------------------------------------------------------- */

/* The device's log says that so many entries are not in it. */
static void check_dropped(unsigned count)
{
	struct registry_log_row *rows = calloc(WRITER_ITEMS, sizeof *rows);
	unsigned told = 0, n;
	size_t found;

	assert_ok(log_list(g.r, rig_fleet, "pump-7", 0, rows, WRITER_ITEMS, &found));
	for (size_t i = 0; i < found; i++) {
		if (sscanf(rows[i].json, "{\"eventType\":\"LOG_DROPPED\",\"severity\":\"ERROR\",\"count\":%u,", &n) == 1)
			told += n;
		log_row_clear(&rows[i]);
	}
	free(rows);
	assert_int_equal(told, count);
}

static void a_full_queue_refuses_states_and_counts_entries(void **state)
{
	const struct registry_entry entry = { 5, REGISTRY_LEVEL_INFO, "PUBLISH", "{\"eventType\":\"PUBLISH\"}" };
	uint64_t taken = 0;

	(void)state;
	assert_ok(registry_begin(g.r));
	for (unsigned i = 0; i < WRITER_ITEMS; i++)
		queue_entry(g.r, pump, &entry);
	while (queue_state(g.r, pump, bytes_of("x"), 1, taken + 1) == REGISTRY_OK)
		taken++;
	assert_string_equal(registry_error(g.r), "the states that wait for the disk fill the queue");
	assert_int_equal(taken, WRITER_ITEMS / 8 * 3);
	assert_int_equal(health().dropped_entries, WRITER_ITEMS / 2);
	assert_false(is_readable(0));
	assert_ok(registry_commit(g.r));
	for (uint64_t i = 1; i <= taken; i++)
		assert_int_equal(rig_next(&g, WAIT_MS), i);
	assert_ok(queue_state(g.r, pump, bytes_of("x"), 1, 1));
	assert_true(registry_flush(g.r, WAIT_MS));

	check_dropped(WRITER_ITEMS / 2);
}

static void states_fill_the_queue_in_bytes(void **state)
{
	uint8_t *big = calloc(1, REGISTRY_DATA_MAX);
	uint64_t taken = 0;

	(void)state;
	assert_ok(registry_begin(g.r));
	while (queue_state(g.r, pump, (struct bytes){ big, REGISTRY_DATA_MAX }, 1, taken + 1) == REGISTRY_OK)
		taken++;
	assert_in_range(taken, (WRITER_BYTES / 8 * 7) / (REGISTRY_DATA_MAX + 128), (WRITER_BYTES / 8 * 7) / REGISTRY_DATA_MAX);
	assert_ok(registry_commit(g.r));
	for (uint64_t i = 1; i <= taken; i++)
		assert_int_equal(rig_next(&g, WAIT_MS), i);
	free(big);
}

/* Nothing that was queued is confirmed here: the refusal alone must wake the loop. */
static void who_was_refused_is_woken(void **state)
{
	(void)state;
	assert_ok(registry_begin(g.r));
	for (unsigned i = 0; i < WRITER_ITEMS; i++)
		queue_config_acked(g.r, pump, 1, 1);
	assert_int_equal(queue_state(g.r, pump, bytes_of("x"), 1, 1), REGISTRY_FULL);
	queue_config_acked(g.r, pump, 1, 1);
	assert_int_equal(health().dropped_others, 1);
	assert_ok(registry_commit(g.r));
	assert_true(is_readable(WAIT_MS));
	assert_int_equal(rig_next(&g, 0), 0);
	assert_ok(queue_state(g.r, pump, bytes_of("x"), 1, 2));
	assert_int_equal(rig_next(&g, WAIT_MS), 2);
}

/* ---- Merged --------------------------------------------------------------- */

static void times_are_merged_and_written_once_a_second(void **state)
{
	struct registry_device d;
	uint64_t before, begin, i;

	(void)state;
	assert_true(registry_flush(g.r, WAIT_MS));
	before = health().commits;
	begin = clock_ms();
	for (i = 1; clock_ms() < begin + 2500; i++) {
		queue_time(g.r, pump, REGISTRY_HEARTBEAT, (int64_t)i);
		queue_time(g.r, pump, REGISTRY_EVENT, (int64_t)(10 * i));
		usleep(1000);
	}
	assert_in_range(health().commits - before, 2, 4);
	assert_true(registry_flush(g.r, WAIT_MS));
	assert_ok(device_get(g.r, rig_path("pump-7"), &d));
	assert_true(d.heartbeat_ms == (int64_t)i - 1 && d.event_ms == (int64_t)(10 * (i - 1)) && d.state_ms == 0 &&
		    d.config_send_ms == 0);
	device_clear(&d);
	queue_time(g.r, pump, REGISTRY_STATE, 3);
	queue_time(g.r, pump, REGISTRY_CONFIG_SENT, 4);
	assert_true(registry_flush(g.r, WAIT_MS));
	assert_ok(device_get(g.r, rig_path("pump-7"), &d));
	assert_true(d.state_ms == 3 && d.config_send_ms == 4 && d.heartbeat_ms == (int64_t)i - 1);
	device_clear(&d);
}

static void the_last_error_stays_and_all_are_counted(void **state)
{
	struct registry_device d;

	(void)state;
	queue_error(g.r, pump, 16, "first", 1);
	queue_error(g.r, pump, 5, "second", 2);
	assert_true(registry_flush(g.r, WAIT_MS));
	queue_time(g.r, pump, REGISTRY_EVENT, 9);       /* does not touch it */
	queue_error(g.r, pump, 7, "third", 3);
	assert_true(registry_flush(g.r, WAIT_MS));
	queue_time(g.r, pump, REGISTRY_EVENT, 10);
	assert_true(registry_flush(g.r, WAIT_MS));
	assert_ok(device_get(g.r, rig_path("pump-7"), &d));
	assert_true(d.error_code == 7 && d.error_ms == 3 && d.error_count == 3);
	assert_string_equal(d.error_text, "third");
	device_clear(&d);
}

static void tell(const char *code, int64_t told_ms, int64_t at_ms)
{
	char text[32], line[32] = "diagnosis";

	snprintf(text, sizeof text, "%s", code);
	queue_diagnosis(g.r, pump, &(struct registry_diagnosis){ told_ms, at_ms, 2, text, line });
}

static void check_diagnosis(const char *code, int64_t told_ms, int64_t at_ms)
{
	struct registry_device d;

	assert_true(registry_flush(g.r, WAIT_MS));
	assert_ok(device_get(g.r, rig_path("pump-7"), &d));
	assert_true(d.diagnosis.told_ms == told_ms && d.diagnosis.at_ms == at_ms && d.diagnosis.times == 2);
	assert_string_equal(d.diagnosis.code, code);
	assert_string_equal(d.diagnosis.line, "diagnosis");
	device_clear(&d);
}

/* Both before it is written and after. */
static void the_newest_diagnosis_stays(void **state)
{
	struct registry_device d;

	(void)state;
	assert_ok(device_get(g.r, rig_path("pump-7"), &d));
	assert_true(d.diagnosis.told_ms == 0 && d.diagnosis.code == NULL && d.diagnosis.line == NULL);
	device_clear(&d);
	tell("SECOND", 10, 5);
	tell("FIRST", 11, 4);
	check_diagnosis("SECOND", 10, 5);
	tell("FIRST", 12, 4);
	check_diagnosis("SECOND", 10, 5);
	tell("THIRD", 13, 5);
	check_diagnosis("THIRD", 13, 5);
	tell("TIMELESS", 14, 0);
	check_diagnosis("TIMELESS", 14, 0);
	queue_error(g.r, pump, 5, "x", 20);
	queue_time(g.r, pump, REGISTRY_EVENT, 21);      /* neither touches it */
	check_diagnosis("TIMELESS", 14, 0);
}

/* ---- Log ------------------------------------------------------------------ */

static void add_entry(uint64_t key, int64_t at_ms, const char *json)
{
	queue_entry(g.r, key, &(struct registry_entry){ at_ms, REGISTRY_LEVEL_DEBUG, "CONNECT", json });
}

/* All rows behind AFTER, as "json json". */
static void check_log(const char *registry, const char *device, uint64_t after, const char *want)
{
	const struct registry_path in = { rig_fleet.project, rig_fleet.location, registry };
	struct registry_log_row rows[16];
	char got[256] = "";
	size_t found;

	assert_ok(log_list(g.r, in, device, after, rows, 16, &found));
	for (size_t i = 0; i < found; i++) {
		snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", i > 0 ? " " : "", rows[i].json);
		log_row_clear(&rows[i]);
	}
	assert_string_equal(got, want);
}

static void entries_are_read_by_cursor(void **state)
{
	const struct registry_info other = { .id = "other" };
	struct registry_device d = { .id = "pump-8" };
	struct registry_login login;
	struct registry_log_row row;
	size_t found;
	uint64_t second;

	(void)state;
	assert_int_equal(log_end(g.r), 0);
	assert_ok(registry_create(g.r, rig_fleet, &other));
	assert_ok(device_create(g.r, (struct registry_path){ rig_fleet.project, rig_fleet.location, "other" }, &d));
	assert_ok(login_get(g.r, (struct registry_device_path){ { rig_fleet.project, rig_fleet.location, "other" }, "pump-8" },
			    &login));
	rig_add(&g, "pump-9");
	second = rig_key(&g, "pump-9");
	add_entry(pump, 1, "1");
	add_entry(second, 2, "2");
	add_entry(login.key, 3, "3");
	add_entry(pump, 4, "4");
	login_clear(&login);
	assert_true(registry_flush(g.r, WAIT_MS));
	check_log("fleet", NULL, 0, "1 2 4");
	check_log("fleet", "pump-7", 0, "1 4");
	check_log("fleet", "pump-7", 1, "4");
	check_log("fleet", NULL, 4, "");
	check_log("fleet", NULL, UINT64_MAX, "");
	check_log("other", NULL, 0, "3");
	check_log("other", "pump-7", 0, "");
	assert_int_equal(log_end(g.r), 4);
	assert_int_equal(log_list(g.r, (struct registry_path){ rig_fleet.project, rig_fleet.location, "nowhere" }, NULL, 0, &row,
				  1, &found), REGISTRY_NOT_FOUND);

	assert_ok(device_delete(g.r, rig_path("pump-7")));
	check_log("fleet", "pump-7", 0, "1 4");                /* outlives the device */
	add_entry(pump, 5, "5");
	assert_true(registry_flush(g.r, WAIT_MS));
	check_log("fleet", NULL, 0, "1 2 4");
	assert_ok(log_list(g.r, rig_fleet, "pump-7", 1, &row, 1, &found));
	assert_true(row.cursor == 4 && row.at_ms == 4 && row.severity == REGISTRY_LEVEL_DEBUG);
	assert_string_equal(row.device, "pump-7");
	log_row_clear(&row);
}

static size_t count_log(uint64_t *first)
{
	struct registry_log_row *rows = calloc(8192, sizeof *rows);
	size_t found;

	assert_ok(log_list(g.r, rig_fleet, NULL, 0, rows, 8192, &found));
	*first = found > 0 ? rows[0].cursor : 0;
	for (size_t i = 0; i < found; i++)
		log_row_clear(&rows[i]);
	free(rows);
	return found;
}

static void retention_deletes_the_oldest(void **state)
{
	uint64_t first;

	(void)state;
	for (int i = 1; i <= 5000; i++)
		add_entry(pump, i, "{}");
	assert_true(registry_flush(g.r, WAIT_MS));
	log_retain(g.r, 5000, 10000, 10000);          /* neither old nor too many */
	assert_true(registry_flush(g.r, WAIT_MS));
	assert_int_equal(count_log(&first), 5000);
	log_retain(g.r, 5000, 10000, 1500);           /* more than one slice */
	assert_true(registry_flush(g.r, WAIT_MS));
	assert_int_equal(count_log(&first), 1500);
	assert_int_equal(first, 3501);
	log_retain(g.r, 5000, 1000, 10000);
	assert_true(registry_flush(g.r, WAIT_MS));
	assert_int_equal(count_log(&first), 1001);
	assert_int_equal(first, 4000);
	log_retain(g.r, 100000, 1, 0);
	assert_true(registry_flush(g.r, WAIT_MS));
	assert_int_equal(count_log(&first), 0);
	assert_int_equal(log_end(g.r), 5000);
	add_entry(pump, 1, "{}");
	assert_true(registry_flush(g.r, WAIT_MS));
	assert_int_equal(log_end(g.r), 5001);         /* no cursor twice */
}

static void retention_without_a_time_deletes_nothing_for_its_age(void **state)
{
	uint64_t first;

	(void)state;
	assert_int_equal(log_newest_ms(g.r), -1);
	add_entry(pump, -5000, "{}");
	add_entry(pump, 5000, "{}");
	assert_true(registry_flush(g.r, WAIT_MS));
	assert_int_equal(log_newest_ms(g.r), 5000);
	log_retain(g.r, 0, 1000, 1000);
	assert_true(registry_flush(g.r, WAIT_MS));
	assert_int_equal(count_log(&first), 2);
}

static void retention_without_an_age_deletes_nothing_for_its_age(void **state)
{
	uint64_t first;

	(void)state;
	add_entry(pump, 1, "{}");
	add_entry(pump, 5000, "{}");
	assert_true(registry_flush(g.r, WAIT_MS));
	log_retain(g.r, 1800000000000, 0, 1000);
	assert_true(registry_flush(g.r, WAIT_MS));
	assert_int_equal(count_log(&first), 2);
}

/* ---- Beside each other ---------------------------------------------------- */

static uint64_t newest_state(void)
{
	struct registry_device d;
	uint64_t n = 0;

	assert_ok(device_get(g.r, rig_path("pump-7"), &d));
	if (d.state.len == sizeof n)
		memcpy(&n, d.state.data, sizeof n);
	device_clear(&d);
	return n;
}

/* Reads while the writer works: they never fail, never go back, and see what was confirmed. */
static void reads_and_admin_writes_beside_the_writer(void **state)
{
	const struct registry_device change = { .blocked = true };
	uint64_t sent = 0, confirmed = 0, seen = 0, version, ticket;

	(void)state;
	for (unsigned round = 0; round < 400; round++) {
		for (unsigned i = 0; i < 10; i++) {
			sent++;
			assert_ok(queue_state(g.r, pump, (struct bytes){ (const uint8_t *)&sent, sizeof sent }, 1, sent));
			queue_time(g.r, pump, REGISTRY_STATE, (int64_t)sent);
		}
		while (registry_next(g.r, &ticket))
			assert_int_equal(ticket, ++confirmed);
		const uint64_t now = newest_state();

		assert_true(now >= seen && now >= confirmed && now <= sent);
		seen = now;
		if (round % 20 == 0)
			assert_ok(config_set(g.r, rig_path("pump-7"), 0, bytes_of("x"), 1, &version));
		if (round % 33 == 0)
			assert_ok(device_update(g.r, rig_path("pump-7"), DEVICE_BLOCKED, &change));
	}
	assert_true(registry_flush(g.r, WAIT_MS));
	while (registry_next(g.r, &ticket))
		assert_int_equal(ticket, ++confirmed);
	assert_int_equal(confirmed, sent);
	assert_int_equal(version, 21);
}

static struct { struct turn turn; pthread_mutex_t mutex; bool end; } race;

static bool is_race_over(void)
{
	bool end;

	pthread_mutex_lock(&race.mutex);
	end = race.end;
	pthread_mutex_unlock(&race.mutex);
	return end;
}

static void *write_without_pause(void *arg)
{
	while (!is_race_over()) {
		turn_take_as_writer(&race.turn);
		usleep(5000);
		turn_give(&race.turn);
	}
	return arg;
}

/* A writer that always has something: the loop waits for the commit that is under way, and for no other. */
static void the_loop_goes_first(void **state)
{
	pthread_t writer;
	uint64_t begin;

	(void)state;
	turn_init(&race.turn);
	pthread_mutex_init(&race.mutex, NULL);
	assert_int_equal(pthread_create(&writer, NULL, write_without_pause, NULL), 0);
	usleep(20000);
	begin = clock_ms();
	for (int i = 0; i < 50; i++) {
		turn_take_as_loop(&race.turn);
		turn_give(&race.turn);
		usleep(1000);
	}
	assert_in_range(clock_ms() - begin, 0, 50 * 20);
	pthread_mutex_lock(&race.mutex);
	race.end = true;
	pthread_mutex_unlock(&race.mutex);
	pthread_join(writer, NULL);
	turn_destroy(&race.turn);
	pthread_mutex_destroy(&race.mutex);
}

/* An administrator with sqlite3 on the file, in the middle of a transaction. */
static void another_process_that_holds_the_database(void **state)
{
	struct registry_login login;
	uint64_t version;
	sqlite3 *other;

	(void)state;
	assert_int_equal(sqlite3_open(g.file, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	const uint64_t begin = clock_ms();

	assert_ok(login_get(g.r, rig_path("pump-7"), &login));
	login_clear(&login);
	assert_in_range(clock_ms() - begin, 0, 200);
	assert_ok(queue_state(g.r, pump, bytes_of("x"), 1, 1));
	assert_int_equal(config_set(g.r, rig_path("pump-7"), 0, bytes_of("x"), 1, &version), REGISTRY_FAULT);
	assert_non_null(strstr(registry_error(g.r), "another process holds the database"));
	assert_false(registry_flush(g.r, 1000));
	assert_false(health().well);
	if (strstr(health().text, "another process holds the database") == NULL ||
	    strstr(health().text, "; 1 states and log entries are held, the next try is in ") == NULL)
		fail_msg("%s", health().text);
	assert_int_equal(rig_next(&g, 0), 0);
	sqlite3_close(other);
	assert_int_equal(rig_next(&g, WAIT_MS), 1);
	assert_true(health().well);
	assert_string_equal(health().text, "");
	assert_ok(config_set(g.r, rig_path("pump-7"), 0, bytes_of("x"), 1, &version));
}

/* A reader that never ends keeps SQLite's log from being moved: it grows, and all else goes on. */
static void another_process_that_reads_for_ever(void **state)
{
	uint8_t *big = calloc(1, REGISTRY_DATA_MAX);
	sqlite3 *other;

	(void)state;
	assert_int_equal(sqlite3_open(g.file, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN; SELECT count(*) FROM device", NULL, NULL, NULL), SQLITE_OK);
	for (uint64_t i = 1; i <= 300; i++) {
		assert_ok(queue_state(g.r, pump, (struct bytes){ big, REGISTRY_DATA_MAX }, 1, i));
		assert_int_equal(rig_next(&g, WAIT_MS), i);
	}
	sqlite3_close(other);
	free(big);
}

#define with_rig(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_rig(states_are_confirmed_in_order_and_ten_are_kept),
		with_rig(a_state_may_be_empty_and_64_kib),
		with_rig(what_waits_goes_into_one_transaction),
		with_rig(closing_commits_what_is_queued),
		with_rig(a_full_queue_refuses_states_and_counts_entries),
		with_rig(states_fill_the_queue_in_bytes),
		with_rig(who_was_refused_is_woken),
		with_rig(times_are_merged_and_written_once_a_second),
		with_rig(the_last_error_stays_and_all_are_counted),
		with_rig(the_newest_diagnosis_stays),
		with_rig(entries_are_read_by_cursor),
		with_rig(retention_deletes_the_oldest),
		with_rig(retention_without_a_time_deletes_nothing_for_its_age),
		with_rig(retention_without_an_age_deletes_nothing_for_its_age),
		with_rig(reads_and_admin_writes_beside_the_writer),
		cmocka_unit_test(the_loop_goes_first),
		with_rig(another_process_that_holds_the_database),
		with_rig(another_process_that_reads_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
