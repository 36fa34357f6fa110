/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "cli/line.h"

#include <sys/socket.h>
#include <unistd.h>

static struct line line;
static int other;

static int open_pair(void **state)
{
	int fd[2];

	(void)state;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd) != 0)
		return -1;
	line = (struct line){ .fd = fd[0], .name = "pair" };
	other = fd[1];
	return 0;
}

static int close_pair(void **state)
{
	(void)state;
	line_close(&line);
	if (other >= 0)
		close(other);
	return 0;
}

static void what_there_is_is_read(void **state)
{
	uint8_t buf[4];
	size_t n;

	(void)state;
	assert_int_equal(write(other, "hello", 5), 5);
	assert_int_equal(line_read(&line, buf, sizeof buf, &n, line_now_ms() + 1000), LINE_OK);
	assert_int_equal(n, 4);
	assert_int_equal(line_read(&line, buf, sizeof buf, &n, line_now_ms() + 1000), LINE_OK);
	assert_int_equal(n, 1);
	assert_int_equal(line_read(&line, buf, sizeof buf, &n, line_now_ms() + 20), LINE_LATE);
}

static void somebody_who_never_stops_talking_is_not_listened_to_for_ever(void **state)
{
	uint8_t byte;
	size_t n;

	(void)state;
	assert_int_equal(write(other, "still talking", 13), 13);
	assert_int_equal(line_read(&line, &byte, 1, &n, line_now_ms()), LINE_LATE);
}

static void the_end_of_the_line_is_told(void **state)
{
	uint8_t byte;
	size_t n;

	(void)state;
	close(other);
	other = -1;
	assert_int_equal(line_read(&line, &byte, 1, &n, line_now_ms() + 1000), LINE_LOST);
	assert_string_equal(line.why, "the line pair was lost");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_there_is_is_read, open_pair, close_pair),
		cmocka_unit_test_setup_teardown(somebody_who_never_stops_talking_is_not_listened_to_for_ever, open_pair,
						close_pair),
		cmocka_unit_test_setup_teardown(the_end_of_the_line_is_told, open_pair, close_pair),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
