/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log sink's promise: what it confirmed is in the log, whatever the disk
 * does and whenever the power or the process ends.
 */
#include "bridge/message_log.h"
#include "bridge/message_log_write.h"

#include "unit/bridge/sink_disk.h"
#include "unit/bridge/sink_rig.h"
#include "unit/cmocka_all.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RETRY_MS = 4, ROWS = 4096 };

static char folder[RIG_PATH], file[RIG_PATH + 16];
static char error[SINK_ERROR];

static int set_up(void **state)
{
	(void)state;
	rig_folder(folder);
	snprintf(file, sizeof file, "%s/messages.db", folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	disk_reset();
	rig_remove(folder);
	return 0;
}

static struct sink *open_sink(const struct sink_log_config *more)
{
	struct sink_log_config cfg = *more;
	struct sink *s;

	cfg.file = file;
	cfg.retry_ms = RETRY_MS;
	s = sink_log_open(&cfg, error);
	if (s == NULL)
		fail_msg("%s", error);
	return s;
}

static struct sink *open_plain(void)
{
	return open_sink(&(struct sink_log_config){ 0 });
}

/* The numbers of the messages behind *CURSOR in the log of PATH, and the cursor behind them. */
static size_t read_numbers(const char *path, uint64_t *cursor, uint64_t *numbers, size_t most)
{
	struct message_log *l = message_log_open(path, error);
	static struct message_row rows[ROWS];
	size_t found, n = 0;
	uint64_t lost;

	if (l == NULL)
		fail_msg("%s", error);
	do {
		if (!message_log_read(l, NULL, *cursor, ROWS, SIZE_MAX, rows, &found, cursor, &lost))
			fail_msg("%s", message_log_error(l));
		assert_int_equal(lost, 0);
		assert_true(n + found <= most);
		for (size_t i = 0; i < found; i++) {
			numbers[n++] = strtoull((char *)rows[i].payload, NULL, 10);
			message_row_clear(&rows[i]);
		}
	} while (*cursor != message_log_end(l));
	message_log_close(l);
	return n;
}

/* The log of PATH holds 1, 2, … up to LAST at least, each once. */
static void assert_holds(const char *path, uint64_t last)
{
	static uint64_t numbers[100000];
	uint64_t cursor = 0;
	size_t n = read_numbers(path, &cursor, numbers, 100000);

	assert_true(n >= last);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(numbers[i], i + 1);
}

/* ---- In order ---------------------------------------------------------------- */

static void confirmations_come_in_order_when_messages_can_be_read(void **state)
{
	struct sink *s = open_plain();
	uint64_t tickets[3000];

	(void)state;
	assert_int_equal(sink_log_end(s), 0);
	for (uint64_t i = 1; i <= 3000; i++)
		assert_true(rig_deliver(s, (unsigned)i % 7, i));
	assert_int_equal(rig_collect(s, tickets, 3000, 10000), 3000);
	for (uint64_t i = 1; i <= 3000; i++)
		assert_int_equal(tickets[i - 1], i);
	assert_int_equal(sink_log_end(s), 3000);
	assert_holds(file, 3000);
	s->ops->close(s, 1000);
}

static void a_log_goes_on_where_it_ended(void **state)
{
	uint64_t ticket;

	(void)state;
	for (uint64_t i = 1; i <= 3; i++) {
		struct sink *s = open_plain();

		assert_int_equal(sink_log_end(s), i - 1);
		assert_true(rig_deliver(s, 1, i));
		assert_int_equal(rig_collect(s, &ticket, 1, 5000), 1);
		s->ops->close(s, 1000);
	}
	assert_holds(file, 3);
}

static void close_waits_for_what_is_held(void **state)
{
	struct sink *s = open_plain();

	(void)state;
	for (uint64_t i = 1; i <= 5000; i++)
		assert_true(rig_deliver(s, 1, i));
	s->ops->close(s, 10000);
	assert_holds(file, 5000);
}

static void two_sinks_do_not_know_each_other(void **state)
{
	struct sink *a = open_plain(), *b;
	char other[RIG_PATH + 16];
	uint64_t ticket;

	(void)state;
	snprintf(other, sizeof other, "%s/other.db", folder);
	b = sink_log_open(&(struct sink_log_config){ .file = other }, error);
	assert_non_null(b);
	assert_true(rig_deliver(a, 1, 1));
	assert_true(rig_deliver(b, 1, 7));
	assert_int_equal(rig_collect(b, &ticket, 1, 5000), 1);
	assert_int_equal(ticket, 7);
	assert_int_equal(rig_collect(a, &ticket, 1, 5000), 1);
	assert_int_equal(ticket, 1);
	a->ops->close(a, 1000);
	b->ops->close(b, 1000);
}

/* ---- Full ---------------------------------------------------------------------- */

static void a_full_sink_refuses_and_takes_again_later(void **state)
{
	struct sink *s = open_sink(&(struct sink_log_config){ .hold_bytes = 4000 });
	struct sink_health h;
	uint64_t sent = 0, tickets[64];

	(void)state;
	disk_fail(1, UINT32_MAX, SQLITE_FULL);
	while (rig_deliver(s, 1, sent + 1))
		sent++;
	assert_in_range(sent, 5, 40);
	s->ops->flush(s);
	rig_await_health(s, false, "the disk is full", 5000);
	assert_false(rig_deliver(s, 2, sent + 1));
	s->ops->health(s, &h);
	assert_int_equal(h.held, sent);
	assert_in_range(h.held_bytes, 3000, 4000);
	disk_fail(0, 0, 0);
	assert_int_equal(rig_collect(s, tickets, sent, 5000), sent);
	assert_true(rig_deliver(s, 1, sent + 1));
	assert_int_equal(rig_collect(s, tickets, 1, 5000), 1);
	s->ops->close(s, 1000);
	assert_holds(file, sent + 1);
}

static bool deliver_qos0(struct sink *s)
{
	return s->ops->deliver(s, &(struct sink_message){ .project = "p", .location = "l", .registry = "r", .device = "d",
							  .payload = bytes_of("x"), .qos = 0, .ticket = 99 });
}

static void qos_0_is_written_never_confirmed_and_dropped_when_full(void **state)
{
	struct sink *s = open_sink(&(struct sink_log_config){ .hold_bytes = 2000 });
	struct sink_health h;
	uint64_t tickets[2];

	(void)state;
	assert_true(deliver_qos0(s));
	assert_true(rig_deliver(s, 1, 1));
	assert_int_equal(rig_collect(s, tickets, 1, 10000), 1);
	assert_int_equal(tickets[0], 1);
	assert_int_equal(sink_log_end(s), 2);
	disk_fail(1, UINT32_MAX, SQLITE_FULL);
	for (int i = 0; i < 1000; i++)
		assert_true(deliver_qos0(s));
	s->ops->health(s, &h);
	assert_int_equal(h.taken + h.dropped, 1002);
	assert_in_range(h.dropped, 980, 998);
	assert_int_equal(h.confirmed, 2);
	disk_fail(0, 0, 0);
	s->ops->close(s, 5000);
}

static void one_message_larger_than_the_hold_still_passes(void **state)
{
	struct sink *s = open_sink(&(struct sink_log_config){ .hold_bytes = 10 });
	uint64_t ticket;

	(void)state;
	for (uint64_t i = 1; i <= 3; i++) {
		assert_true(rig_deliver(s, 1, i));
		assert_false(rig_deliver(s, 1, 9));
		assert_int_equal(rig_collect(s, &ticket, 1, 5000), 1);
	}
	s->ops->close(s, 1000);
}

/* ---- Faults -------------------------------------------------------------------- */

/* 30 messages in three groups, and a fault at the Nth operation.  False: there was no Nth. */
static bool survive(unsigned n, unsigned times, int code)
{
	struct sink *s = open_plain();
	uint64_t tickets[30], sent = 0;
	size_t got = 0;
	bool failed;

	disk_fail(n, times, code);
	while (sent < 30) {
		assert_true(rig_deliver(s, (unsigned)sent % 3, sent + 1));
		if (++sent % 10 == 0)
			got += rig_collect(s, tickets + got, 10, 10000);
	}
	assert_int_equal(got, 30);
	for (uint64_t i = 0; i < 30; i++)
		assert_int_equal(tickets[i], i + 1);
	failed = disk_has_failed();
	disk_fail(0, 0, 0);
	s->ops->close(s, 1000);
	assert_holds(file, 30);
	return failed;
}

static void a_fault_at_every_operation_loses_nothing_and_doubles_nothing(void **state)
{
	static const int codes[] = { SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC };
	unsigned runs = 0;

	(void)state;
	for (size_t c = 0; c < sizeof codes / sizeof *codes; c++) {
		for (unsigned times = 1; times <= 3; times += 2) {
			unsigned n = 1;
			bool more = true;

			for (; more; n++, runs++) {
				tear_down(NULL);
				set_up(NULL);
				more = survive(n, times, codes[c]);
			}
			assert_in_range(n, 10, 200);
		}
	}
	print_message("%u runs\n", runs);
}

static void a_fault_while_opening_is_a_sentence(void **state)
{
	struct sink *s = NULL;
	unsigned n = 0;

	(void)state;
	while (s == NULL) {
		tear_down(NULL);
		set_up(NULL);
		disk_fail(++n, 1, SQLITE_FULL);
		s = sink_log_open(&(struct sink_log_config){ .file = file }, error);
		if (s == NULL)
			assert_non_null(strstr(error, "messages.db: the disk is full"));
	}
	assert_in_range(n, 5, 200);
	s->ops->close(s, 100);
}

static void health_says_what_the_disk_said_and_when_the_next_try_is(void **state)
{
	static const struct { int code; const char *words; } rows[] = {
		{ SQLITE_FULL,         "holds 1 messages: " },
		{ SQLITE_FULL,         "the disk is full" },
		{ SQLITE_IOERR_FSYNC,  "the disk answers with an error" },
		{ SQLITE_IOERR_WRITE,  "next try in " },
		{ SQLITE_CORRUPT,      "the file is damaged (restore a backup" },
		{ SQLITE_READONLY,     "the file is write-protected" },
	};
	struct sink *s = open_plain();
	uint64_t ticket;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		disk_fail(1, UINT32_MAX, rows[i].code);
		assert_true(rig_deliver(s, 1, i + 1));
		s->ops->flush(s);
		rig_await_health(s, false, rows[i].words, 5000);
		assert_int_equal(rig_collect(s, &ticket, 1, 20), 0);
		disk_fail(0, 0, 0);
		assert_int_equal(rig_collect(s, &ticket, 1, 5000), 1);
		rig_await_health(s, true, "writes; the newest message is ", 1000);
	}
	s->ops->close(s, 1000);
}

static void closing_is_bounded_on_a_disk_that_stays_full(void **state)
{
	struct sink *s = open_plain();
	uint64_t start;

	(void)state;
	disk_fail(1, UINT32_MAX, SQLITE_FULL);
	assert_true(rig_deliver(s, 1, 1));
	start = rig_now_ms();
	s->ops->close(s, 300);
	assert_in_range(rig_now_ms() - start, 290, 1500);
	disk_fail(0, 0, 0);
}

static void a_moved_file_is_said_and_nothing_is_confirmed_until_it_is_back(void **state)
{
	struct sink *s = open_plain();
	char moved[RIG_PATH + 32];
	uint64_t ticket;

	(void)state;
	snprintf(moved, sizeof moved, "%s/moved.db", folder);
	assert_int_equal(rename(file, moved), 0);
	assert_true(rig_deliver(s, 1, 1));
	s->ops->flush(s);
	rig_await_health(s, false, "was moved or deleted", 5000);
	assert_int_equal(rig_collect(s, &ticket, 1, 50), 0);
	assert_int_equal(rename(moved, file), 0);
	assert_int_equal(rig_collect(s, &ticket, 1, 5000), 1);
	s->ops->close(s, 1000);
	assert_holds(file, 1);
}

static void another_programs_lock_is_waited_for_and_said(void **state)
{
	struct sink *s = open_plain();
	sqlite3 *db;
	uint64_t ticket;

	(void)state;
	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_true(rig_deliver(s, 1, 1));
	s->ops->flush(s);
	rig_await_health(s, false, "another program has locked the file", 10000);
	assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(rig_collect(s, &ticket, 1, 10000), 1);
	s->ops->close(s, 1000);
}

static void retention_works_while_nothing_comes(void **state)
{
	struct sink *s = open_plain();
	struct message_log *l;
	struct message_row row;
	uint64_t tickets[600], next, lost = 0, until;
	size_t found;

	(void)state;
	for (uint64_t i = 1; i <= 600; i++)
		assert_true(rig_deliver(s, 1, i));
	assert_int_equal(rig_collect(s, tickets, 600, 5000), 600);
	s->ops->close(s, 1000);
	rig_sleep(2100);
	s = open_sink(&(struct sink_log_config){ .keep_s = 1 });
	l = message_log_open(file, error);
	assert_non_null(l);
	for (until = rig_now_ms() + 10000; lost != 600 && rig_now_ms() < until; rig_sleep(20)) {
		assert_true(message_log_read(l, NULL, 0, 1, 1, &row, &found, &next, &lost));
		if (found != 0)
			message_row_clear(&row);
	}
	assert_int_equal(lost, 600);
	assert_int_equal(sink_log_end(s), 600);
	message_log_close(l);
	s->ops->close(s, 1000);
}

static void a_start_with_a_clock_days_ahead_deletes_nothing(void **state)
{
	struct sink_message m = { .project = "p", .location = "l", .registry = "r", .device = "d", .qos = 1 };
	struct message_writer *w = message_writer_open(file, error);
	struct message_log *l;
	struct message_row row;
	uint64_t next, lost;
	struct sink *s;
	size_t found;

	(void)state;
	m.at_ms = (int64_t)(time(NULL) - 40 * 86400) * 1000;        /* today, and the clock is 40 days ahead */
	assert_true(message_writer_begin(w) && message_writer_add(w, &m) && message_writer_commit(w));
	message_writer_close(w);
	s = open_sink(&(struct sink_log_config){ .keep_s = 30 * 86400 });
	rig_sleep(1500);                                            /* more than IDLE_MS */
	s->ops->close(s, 1000);
	l = message_log_open(file, error);
	assert_true(message_log_read(l, NULL, 0, 1, 1, &row, &found, &next, &lost));
	assert_int_equal(found, 1);
	message_row_clear(&row);
	message_log_close(l);
}

/* ---- The power is cut ------------------------------------------------------------ */

static void check_photo(enum disk_rest rest, uint64_t last)
{
	char other[RIG_PATH], path[RIG_PATH + 16];
	struct message_writer *w;

	rig_folder(other);
	disk_photo(other, rest);
	snprintf(path, sizeof path, "%s/messages.db", other);
	w = message_writer_open(path, error);            /* as after the restart */
	if (w == NULL)
		fail_msg("%s", error);
	assert_true(message_writer_end(w) >= last);
	assert_holds(path, last);
	message_writer_close(w);
	rig_remove(other);
}

static void what_was_confirmed_outlives_the_power(void **state)
{
	struct sink *s = open_plain();
	uint64_t tickets[400], sent = 0, confirmed = 0;

	(void)state;
	for (int photo = 0; photo < 45; photo++) {
		for (uint32_t n = 1 + rig_random() % 200; n != 0; n--)
			assert_true(rig_deliver(s, rig_random() % 50, ++sent));
		s->ops->flush(s);
		while (confirmed < sent && rig_random() % 4 != 0) {
			size_t n = rig_collect(s, tickets, 1 + rig_random() % 100, 2);

			confirmed = n != 0 ? tickets[n - 1] : confirmed;
		}
		check_photo((enum disk_rest)(photo % 3), confirmed);
	}
	assert_true(confirmed > 500);
	s->ops->close(s, 5000);
}

/* ---- The process is killed --------------------------------------------------------- */

enum { IN_FLIGHT = 256, KILLS = 100, NUMBERS = 200000 };

static void tell(int fd, const uint64_t *tickets, size_t n)
{
	if (n != 0 && write(fd, tickets, n * sizeof *tickets) != (ssize_t)(n * sizeof *tickets))
		_exit(3);
}

/* Deliver FIRST, FIRST + 1, … for ever and write the tickets that were confirmed to FD. */
static void deliver_for_ever(uint64_t first, int fd)
{
	struct sink *s = sink_log_open(&(struct sink_log_config){ .file = file }, error);
	uint64_t tickets[IN_FLIGHT], next = first, done = first;

	while (s != NULL) {
		for (; next - done < IN_FLIGHT; next++)
			if (!rig_deliver(s, (unsigned)next % 50, next))
				break;
		s->ops->flush(s);
		{
			struct pollfd p = { .fd = s->ops->fd(s), .events = POLLIN };
			struct sink_confirmation c;
			size_t n = 0;

			poll(&p, 1, 1000);
			while (n < IN_FLIGHT && s->ops->next(s, &c))
				tickets[n++] = c.ticket;
			tell(fd, tickets, n);
			done += n;
		}
	}
	_exit(2);
}

/* Let a child deliver from FIRST, kill it, and return the last number that it told as confirmed (or FIRST - 1). */
static uint64_t run_and_kill(uint64_t first)
{
	uint64_t ticket, last = first - 1;
	int fds[2], status;
	pid_t child;

	assert_int_equal(pipe(fds), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(fds[0]);
		deliver_for_ever(first, fds[1]);
	}
	close(fds[1]);
	poll(&(struct pollfd){ .fd = fds[0], .events = POLLIN }, 1, 10000);
	rig_sleep(rig_random() % 25);
	kill(child, SIGKILL);
	while (read(fds[0], &ticket, sizeof ticket) == (ssize_t)sizeof ticket)
		assert_int_equal(ticket, ++last);
	close(fds[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	return last;
}

static void a_hundred_kills_lose_nothing_that_was_confirmed(void **state)
{
	static uint64_t numbers[NUMBERS];
	uint64_t cursor = 0, next = 1, total = 0, twice = 0;

	(void)state;
	for (int kills = 0; kills < KILLS; kills++) {
		uint64_t last = run_and_kill(next);
		size_t n = read_numbers(file, &cursor, numbers, NUMBERS);

		for (size_t i = 0; i < n; i++)
			assert_int_equal(numbers[i], next + i);          /* in order, once */
		assert_true(next + n > last);                            /* all that was confirmed */
		assert_true(next + n - 1 <= last + IN_FLIGHT);
		twice += next + n - 1 - last;                            /* will be delivered again, as a device would */
		total += n;
		next = last + 1;
	}
	print_message("%llu messages, %llu of them twice, %d kills\n", (unsigned long long)total, (unsigned long long)twice, KILLS);
	assert_true(total > KILLS * 100);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_hundred_kills_lose_nothing_that_was_confirmed),
		TEST(confirmations_come_in_order_when_messages_can_be_read),
		TEST(a_log_goes_on_where_it_ended),
		TEST(close_waits_for_what_is_held),
		TEST(two_sinks_do_not_know_each_other),
		TEST(a_full_sink_refuses_and_takes_again_later),
		TEST(qos_0_is_written_never_confirmed_and_dropped_when_full),
		TEST(one_message_larger_than_the_hold_still_passes),
		TEST(a_fault_at_every_operation_loses_nothing_and_doubles_nothing),
		TEST(a_fault_while_opening_is_a_sentence),
		TEST(health_says_what_the_disk_said_and_when_the_next_try_is),
		TEST(closing_is_bounded_on_a_disk_that_stays_full),
		TEST(a_moved_file_is_said_and_nothing_is_confirmed_until_it_is_back),
		TEST(another_programs_lock_is_waited_for_and_said),
		TEST(retention_works_while_nothing_comes),
		TEST(a_start_with_a_clock_days_ahead_deletes_nothing),
		TEST(what_was_confirmed_outlives_the_power),
	};

	disk_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
