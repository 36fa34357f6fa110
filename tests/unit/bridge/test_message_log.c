/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/message_log.h"
#include "bridge/message_log_write.h"

#include "unit/bridge/sink_rig.h"
#include "unit/cmocka_all.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[RIG_PATH], file[RIG_PATH + 16];
static char error[SINK_ERROR];
static struct message_writer *writer;
static struct message_log *reader;

static int set_up(void **state)
{
	(void)state;
	rig_folder(folder);
	snprintf(file, sizeof file, "%s/messages.db", folder);
	writer = message_writer_open(file, error);
	assert_non_null(writer);
	reader = message_log_open(file, error);
	assert_non_null(reader);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	message_log_close(reader);
	message_writer_close(writer);
	rig_remove(folder);
	return 0;
}

static void add(const struct sink_message *m)
{
	assert_true(message_writer_add(writer, m));
}

static void begin(void)
{
	assert_true(message_writer_begin(writer));
}

static void commit(void)
{
	assert_true(message_writer_commit(writer));
}

static struct sink_message plain(const char *device, int64_t at_ms)
{
	return (struct sink_message){ .project = "p", .location = "l", .registry = "r", .device = device, .num_id = 7,
				      .payload = bytes_of("payload"), .at_ms = at_ms, .qos = 1 };
}

static void add_plain(const char *device, int64_t at_ms, size_t count)
{
	struct sink_message m = plain(device, at_ms);

	begin();
	while (count-- != 0)
		add(&m);
	commit();
}

struct answer { struct message_row rows[4096]; size_t found; uint64_t next, lost; };
static struct answer answer;

static void clear(void)
{
	while (answer.found != 0)
		message_row_clear(&answer.rows[--answer.found]);
}

static void read_log(const struct message_filter *f, uint64_t after, size_t count)
{
	clear();
	if (!message_log_read(reader, f, after, count, SIZE_MAX, answer.rows, &answer.found, &answer.next, &answer.lost))
		fail_msg("%s", message_log_error(reader));
}

/* ---- One message ------------------------------------------------------------ */

static void a_message_comes_back_as_it_went_in(void **state)
{
	static const uint8_t payload[] = { 0, 1, 0xff, 0 };
	struct sink_message m = {
		.kind = SINK_STATE, .project = "project", .location = "location", .registry = "registry", .device = "device",
		.num_id = UINT64_MAX - 1, .subfolder = bytes_of("a/b"), .payload = { payload, sizeof payload }, .at_ms = 1700000000123,
		.qos = 0, .dup = true,
	};
	struct message_row *row = &answer.rows[0];

	(void)state;
	begin();
	add(&m);
	commit();
	read_log(NULL, 0, 10);
	assert_int_equal(answer.found, 1);
	assert_int_equal(answer.next, 1);
	assert_int_equal(row->cursor, 1);
	assert_int_equal(row->kind, SINK_STATE);
	assert_string_equal(row->project, "project");
	assert_string_equal(row->location, "location");
	assert_string_equal(row->registry, "registry");
	assert_string_equal(row->device, "device");
	assert_string_equal(row->subfolder, "a/b");
	assert_true(row->num_id == UINT64_MAX - 1);
	assert_int_equal(row->at_ms, 1700000000123);
	assert_int_equal(row->qos, 0);
	assert_true(row->dup);
	assert_int_equal(row->len, sizeof payload);
	assert_memory_equal(row->payload, payload, sizeof payload);
	clear();
}

static void an_empty_payload_is_a_message_too(void **state)
{
	struct sink_message m = plain("d", 1);

	(void)state;
	m.payload.len = 0;
	begin();
	add(&m);
	commit();
	read_log(NULL, 0, 10);
	assert_int_equal(answer.found, 1);
	assert_null(answer.rows[0].payload);
	assert_int_equal(answer.rows[0].len, 0);
	assert_string_equal(answer.rows[0].subfolder, "");
	clear();
}

static void what_is_not_committed_is_not_read(void **state)
{
	struct sink_message m = plain("d", 1);

	(void)state;
	begin();
	add(&m);
	read_log(NULL, 0, 10);
	assert_int_equal(answer.found, 0);
	assert_int_equal(answer.next, 0);
	assert_int_equal(message_log_end(reader), 0);
	commit();
	assert_int_equal(message_log_end(reader), 1);
}

/* ---- Filters against a plain list -------------------------------------------- */

/* The plain list begins behind BEFORE other messages, so that it lies in two blocks of the index. */
enum { MODEL = 3000, BEFORE = (1 << MESSAGE_LOG_BLOCK_BITS) - 1000 };

static struct model { unsigned project, registry, device, num_id; enum sink_kind kind; unsigned subfolder; } model[MODEL];
static const char *const projects[] = { "p-one", "p-two" }, *const registries[] = { "r-one", "r-two", "r-three" };
static const char *const devices[] = { "alpha", "beta", "gamma", "delta", "nobody" }, *const subfolders[] = { "", "x", "x/y", "none" };

static void fill_model(void)
{
	for (size_t i = 0; i < MODEL; i++) {
		struct model *m = &model[i];
		struct sink_message message = plain("", (int64_t)i);

		*m = (struct model){ rig_random() % 2, rig_random() % 3, rig_random() % 4, rig_random() % 2,
				     rig_random() % 10 == 0 ? SINK_STATE : SINK_EVENT, rig_random() % 3 };
		message.project = projects[m->project];
		message.registry = registries[m->registry];
		message.device = devices[m->device];
		message.num_id = m->num_id;
		message.kind = m->kind;
		message.subfolder = bytes_of(subfolders[m->subfolder]);
		if (i % 100 == 0)
			begin();
		add(&message);
		if (i % 100 == 99)
			commit();
	}
}

/* What the filter of CHOICE, a number for each of its parts, lets through. */
struct choice { unsigned project, registry, device, subfolder; int kind; };

static bool is_chosen(const struct model *m, const struct choice *c)
{
	return (c->project == 2 || c->project == m->project) && (c->registry == 3 || c->registry == m->registry) &&
	       (c->device == 5 || c->device == m->device) && (c->subfolder == 4 || c->subfolder == m->subfolder) &&
	       (c->kind < 0 || c->kind == (int)m->kind);
}

static void compare(const struct choice *c)
{
	struct message_filter f = {
		.project = c->project < 2 ? projects[c->project] : NULL, .registry = c->registry < 3 ? registries[c->registry] : NULL,
		.device = c->device < 5 ? devices[c->device] : NULL, .subfolder = c->subfolder < 4 ? subfolders[c->subfolder] : NULL,
		.kind = c->kind,
	};
	uint64_t after = BEFORE, expected = 0;

	do {
		read_log(&f, after, 1 + rig_random() % 400);
		for (size_t i = 0; i < answer.found; i++) {
			while (expected < MODEL && !is_chosen(&model[expected], c))
				expected++;
			assert_int_equal(answer.rows[i].cursor, BEFORE + ++expected);
		}
		assert_true(answer.next > after);
		after = answer.next;
	} while (after < BEFORE + MODEL);
	while (expected < MODEL)
		assert_false(is_chosen(&model[expected++], c));
	clear();
}

static void every_filter_finds_what_a_plain_list_has(void **state)
{
	struct choice c;

	(void)state;
	add_plain("filler", 0, BEFORE);
	fill_model();
	for (c.project = 0; c.project <= 2; c.project++)
		for (c.registry = 0; c.registry <= 3; c.registry++)
			for (c.device = 0; c.device <= 5; c.device++)
				for (c.subfolder = 0; c.subfolder <= 4; c.subfolder++)
					for (c.kind = -1; c.kind <= 1; c.kind++)
						compare(&c);
}

/* 70 registries are more ranges than one query has. */
static void too_many_ranges_are_read_in_turn(void **state)
{
	struct message_filter f = { .project = "p", .kind = SINK_STATE };
	char registry[16];

	(void)state;
	begin();
	for (int i = 0; i < 210; i++) {
		struct sink_message m = plain("d", i);

		snprintf(registry, sizeof registry, "registry-%d", i % 70);
		m.registry = registry;
		m.kind = i % 3 == 0 ? SINK_STATE : SINK_EVENT;
		m.project = i < 105 ? "p" : "q";
		add(&m);
	}
	commit();
	read_log(&f, 0, 1000);
	assert_int_equal(answer.found, 35);
	assert_int_equal(answer.rows[34].cursor, 103);
	assert_int_equal(answer.next, 210);
	clear();
}

/* 30,000 messages, one of them wanted, at the end: found in calls that each look at a part. */
static void one_call_looks_at_a_bounded_number(void **state)
{
	struct message_filter f = { .device = "d", .kind = -1, .subfolder = "rare" };
	struct sink_message m = plain("d", 1);
	uint64_t after = 0;
	int calls = 0;

	(void)state;
	add_plain("d", 1, 30000);
	m.subfolder = bytes_of("rare");
	begin();
	add(&m);
	commit();
	do {
		read_log(&f, after, 10);
		after = answer.next;
		calls++;
	} while (answer.found == 0);
	assert_int_equal(answer.rows[0].cursor, 30001);
	assert_int_equal(calls, 4);
	clear();
}

/* Two messages of one device, six blocks apart; the first blocks are gone. */
static void blocks_without_a_match_are_passed_over(void **state)
{
	struct message_filter f = { .device = "rare", .kind = -1 };
	size_t deleted;

	(void)state;
	add_plain("rare", 0, 1);
	add_plain("d", 0, 20000);
	add_plain("rare", 9000, 1);
	add_plain("d", 9000, 80000);
	add_plain("rare", 9000, 1);
	read_log(&f, 0, 10);
	assert_int_equal(answer.found, 3);
	assert_int_equal(answer.rows[2].cursor, 100003);
	assert_int_equal(answer.next, 100003);
	begin();
	assert_true(message_writer_retain(writer, &(struct message_keep){ .keep_s = 5 }, 9000, 100000, &deleted));
	commit();
	assert_int_equal(deleted, 20001);
	read_log(&f, 0, 10);
	assert_int_equal(answer.found, 2);
	assert_int_equal(answer.lost, 20001);
	assert_int_equal(answer.rows[0].cursor, 20002);
	clear();
}

static void bytes_bound_an_answer_but_never_to_nothing(void **state)
{
	(void)state;
	add_plain("d", 1, 100);
	assert_true(message_log_read(reader, NULL, 0, 100, 20, answer.rows, &answer.found, &answer.next, &answer.lost));
	assert_int_equal(answer.found, 3);       /* 7 bytes each */
	assert_int_equal(answer.next, 3);
	clear();
	assert_true(message_log_read(reader, NULL, 3, 100, 0, answer.rows, &answer.found, &answer.next, &answer.lost));
	assert_int_equal(answer.found, 1);
	clear();
}

static void filters_are_texts_and_not_sql(void **state)
{
	struct message_filter f = { .device = "d' OR '1'='1", .kind = -1 };

	(void)state;
	add_plain("d", 1, 3);
	read_log(&f, 0, 10);
	assert_int_equal(answer.found, 0);
	assert_int_equal(answer.next, 3);
}

/* ---- Cursors and retention --------------------------------------------------- */

static size_t retain(uint64_t keep_s, uint64_t keep_bytes, int64_t now_ms, size_t rows)
{
	size_t deleted;

	begin();
	assert_true(message_writer_retain(writer, &(struct message_keep){ keep_s, keep_bytes }, now_ms, rows, &deleted));
	commit();
	return deleted;
}

static void age_deletes_the_oldest_a_few_at_a_time(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++)
		add_plain("d", i * 1000, 1);
	assert_int_equal(retain(5, 0, 9000, 3), 3);
	assert_int_equal(retain(5, 0, 9000, 3), 1);
	assert_int_equal(retain(5, 0, 9000, 3), 0);
	read_log(NULL, 0, 100);
	assert_int_equal(answer.found, 6);
	assert_int_equal(answer.rows[0].cursor, 5);
	clear();
}

static void no_retention_deletes_nothing(void **state)
{
	(void)state;
	add_plain("d", 0, 10);
	assert_int_equal(retain(0, 0, INT64_MAX, 100), 0);
}

static void a_reader_is_told_what_it_lost(void **state)
{
	(void)state;
	add_plain("d", 0, 10);
	add_plain("d", 9000, 10);
	assert_int_equal(retain(5, 0, 9000, 100), 10);
	read_log(NULL, 4, 100);
	assert_int_equal(answer.lost, 6);
	assert_int_equal(answer.found, 10);
	read_log(NULL, 9, 100);
	assert_int_equal(answer.lost, 1);
	read_log(NULL, 10, 100);
	assert_int_equal(answer.lost, 0);
	assert_int_equal(retain(5, 0, 90000, 100), 10);
	read_log(NULL, 14, 100);
	assert_int_equal(answer.lost, 6);
	assert_int_equal(answer.found, 0);
	assert_int_equal(answer.next, 20);
}

static void cursors_are_not_used_again_when_all_is_deleted(void **state)
{
	(void)state;
	add_plain("d", 0, 10);
	assert_int_equal(retain(1, 0, 90000, 100), 10);
	message_writer_close(writer);
	writer = message_writer_open(file, error);
	assert_non_null(writer);
	add_plain("d", 0, 1);
	read_log(NULL, 0, 100);
	assert_int_equal(answer.rows[0].cursor, 11);
	clear();
}

static void a_cursor_of_another_log_is_an_error(void **state)
{
	(void)state;
	add_plain("d", 0, 10);
	assert_false(message_log_read(reader, NULL, 11, 1, 1, answer.rows, &answer.found, &answer.next, &answer.lost));
	assert_non_null(strstr(message_log_error(reader), "cursor 11 is behind the end of the log, 10"));
	assert_int_equal(answer.next, 11);
	read_log(NULL, 10, 1);
	assert_int_equal(answer.found, 0);
}

static uint64_t size_of_file(void)
{
	struct stat s;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(stat(file, &s), 0);
	return (uint64_t)s.st_size;
}

/* 40 groups of 1 MB with 4 MB kept. */
static void size_is_kept_and_the_file_does_not_grow(void **state)
{
	static uint8_t big[1024];
	struct sink_message m = plain("d", 0);
	size_t deleted;

	(void)state;
	m.payload = (struct bytes){ big, sizeof big };
	for (int group = 0; group < 40; group++) {
		begin();
		for (int i = 0; i < 1000; i++)
			add(&m);
		assert_true(message_writer_retain(writer, &(struct message_keep){ .keep_bytes = 4 << 20 }, 0, 2000, &deleted));
		commit();
	}
	assert_in_range(size_of_file(), 3 << 20, 6 << 20);
	read_log(NULL, 36000, 4000);
	assert_in_range(answer.rows[0].cursor, 36001, 38000);
	assert_int_equal(answer.rows[answer.found - 1].cursor, 40000);
	clear();
}

static void a_file_with_much_room_is_made_smaller_step_by_step(void **state)
{
	static uint8_t big[64 * 1024];
	struct sink_message m = plain("d", 0);
	uint64_t before;
	bool more;
	int steps = 0;

	(void)state;
	m.payload = (struct bytes){ big, sizeof big };
	begin();
	for (int i = 0; i < 200; i++)
		add(&m);
	commit();
	before = size_of_file();
	assert_int_equal(retain(1, 0, 90000, 190), 190);
	do {
		assert_true(message_writer_shrink(writer, &more));
		steps++;
	} while (more);
	assert_in_range(steps, 5, 20);
	assert_true(size_of_file() < before / 2);
	read_log(NULL, 0, 100);
	assert_int_equal(answer.found, 10);
	clear();
}

/* ---- Files that are not as they should be ------------------------------------ */

static void write_file(const char *path, const void *data, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static void refuse_file(const char *path, const char *words)
{
	assert_null(message_writer_open(path, error));
	if (strstr(error, words) == NULL)
		fail_msg("'%s' does not say '%s'", error, words);
	assert_null(message_log_open(path, error));
	assert_non_null(strstr(error, path));
}

static void another_file_is_refused_and_left_alone(void **state)
{
	char path[RIG_PATH + 32], garbage[8192];
	sqlite3 *db;

	(void)state;
	memset(garbage, 'x', sizeof garbage);
	snprintf(path, sizeof path, "%s/garbage.db", folder);
	write_file(path, garbage, sizeof garbage);
	refuse_file(path, "damaged, or another program's");
	snprintf(path, sizeof path, "%s/other.db", folder);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "CREATE TABLE t(a)", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	refuse_file(path, "no message log of Tern");
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA application_id=" MESSAGE_LOG_MAGIC ";PRAGMA user_version=99", NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(db);
	refuse_file(path, "another version");
}

static void a_folder_that_is_not_there_is_said(void **state)
{
	(void)state;
	refuse_file("/nowhere/at/all.db", "/nowhere/at/all.db: No such file or directory");
}

static void a_file_that_was_moved_away_is_not_written(void **state)
{
	char moved[RIG_PATH + 32];

	(void)state;
	add_plain("d", 0, 1);
	snprintf(moved, sizeof moved, "%s/moved.db", folder);
	assert_int_equal(rename(file, moved), 0);
	assert_false(message_writer_begin(writer));
	assert_non_null(strstr(message_writer_error(writer), "was moved or deleted"));
	assert_int_equal(rename(moved, file), 0);
	add_plain("d", 0, 1);
	assert_int_equal(message_writer_end(writer), 2);
}

static void only_the_owner_may_read_the_files(void **state)
{
	char wal[RIG_PATH + 32];
	struct stat s;

	(void)state;
	snprintf(wal, sizeof wal, "%s-wal", file);
	assert_int_equal(stat(file, &s), 0);
	assert_int_equal(s.st_mode & 0777, 0600);
	assert_int_equal(stat(wal, &s), 0);
	assert_int_equal(s.st_mode & 0777, 0600);
}

/* Two bridges on one file are a mistake, but no message is lost by it. */
static void two_writers_take_turns(void **state)
{
	struct message_writer *other = message_writer_open(file, error);
	struct sink_message m = plain("other", 0);

	(void)state;
	assert_non_null(other);
	for (int i = 0; i < 5; i++) {
		add_plain("d", 0, 2);
		assert_true(message_writer_begin(other) && message_writer_add(other, &m) && message_writer_commit(other));
	}
	message_writer_close(other);
	read_log(NULL, 0, 100);
	assert_int_equal(answer.found, 15);
	assert_string_equal(answer.rows[14].device, "other");
	assert_int_equal(answer.rows[14].cursor, 15);
	clear();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_message_comes_back_as_it_went_in),
		TEST(an_empty_payload_is_a_message_too),
		TEST(what_is_not_committed_is_not_read),
		TEST(every_filter_finds_what_a_plain_list_has),
		TEST(too_many_ranges_are_read_in_turn),
		TEST(one_call_looks_at_a_bounded_number),
		TEST(blocks_without_a_match_are_passed_over),
		TEST(bytes_bound_an_answer_but_never_to_nothing),
		TEST(filters_are_texts_and_not_sql),
		TEST(age_deletes_the_oldest_a_few_at_a_time),
		TEST(no_retention_deletes_nothing),
		TEST(a_reader_is_told_what_it_lost),
		TEST(cursors_are_not_used_again_when_all_is_deleted),
		TEST(a_cursor_of_another_log_is_an_error),
		TEST(size_is_kept_and_the_file_does_not_grow),
		TEST(a_file_with_much_room_is_made_smaller_step_by_step),
		TEST(another_file_is_refused_and_left_alone),
		TEST(a_folder_that_is_not_there_is_said),
		TEST(a_file_that_was_moved_away_is_not_written),
		TEST(only_the_owner_may_read_the_files),
		TEST(two_writers_take_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
