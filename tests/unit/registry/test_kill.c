/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that is killed (SIGKILL) at any moment while states pour in: each one
 * that it had been told is safe is there when the registry is opened again.
 */
#include "unit/cmocka_all.h"

#include "unit/registry/rig.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KILLS = 40, DEVICES = 8, AHEAD = 200 };

static struct rig g;

/* ---- The child ------------------------------------------------------------ */

static void send(const uint64_t *keys, uint64_t ticket)
{
	uint8_t state[512] = { 0 };

	memcpy(state, &ticket, sizeof ticket);
	if (queue_state(g.r, keys[ticket % DEVICES], (struct bytes){ state, sizeof ticket + ticket % 400 }, 1, ticket) !=
	    REGISTRY_OK)
		_exit(2);
}

/* Send for ever, from FIRST on, at most AHEAD more than confirmed; what is confirmed goes into the pipe. */
static void pour(int to, uint64_t first)
{
	uint64_t keys[DEVICES], sent = first, confirmed = first, ticket;
	char id[16];

	for (int i = 0; i < DEVICES; i++) {
		snprintf(id, sizeof id, "dev-%d", i);
		keys[i] = rig_key(&g, id);
	}
	for (;;) {
		while (sent < confirmed + AHEAD)
			send(keys, sent++);
		while ((ticket = rig_next(&g, 1)) != 0) {
			confirmed = ticket + 1;
			if (write(to, &ticket, sizeof ticket) != sizeof ticket)
				_exit(3);
		}
	}
}

static pid_t start(int *from, uint64_t first)
{
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		g.r = registry_open(g.file, "child", g.error);
		if (g.r == NULL)
			_exit(4);
		pour(ends[1], first);
	}
	assert_true(pid > 0);
	close(ends[1]);
	*from = ends[0];
	return pid;
}

/* ---- The parent ----------------------------------------------------------- */

/* The last ticket that the pipe holds; 0: none. */
static uint64_t drain(int from)
{
	uint64_t tickets[512], last = 0;
	ssize_t n;

	while ((n = read(from, tickets, sizeof tickets)) > 0)
		last = tickets[(size_t)n / sizeof tickets[0] - 1];
	assert_int_equal(n, 0);
	return last;
}

/* All up to CONFIRMED are there, in order; returns the newest. */
static uint64_t check(uint64_t confirmed)
{
	struct registry_state states[REGISTRY_STATES];
	uint64_t newest = 0;

	for (uint64_t i = 0; i < DEVICES; i++) {
		uint64_t want = confirmed - (confirmed - i) % DEVICES, before = 0, n;
		char id[16];
		size_t found;

		snprintf(id, sizeof id, "dev-%u", (unsigned)i);
		assert_int_equal(state_list(g.r, rig_path(id), states, &found), REGISTRY_OK);
		for (size_t s = 0; s < found; s++) {
			memcpy(&n, states[s].data, sizeof n);
			assert_true(states[s].len == sizeof n + n % 400 && n % DEVICES == i);
			if (s == 0 && n < want)
				fail_msg("%llu was confirmed, and the newest of device %llu is %llu", (unsigned long long)want,
					 (unsigned long long)i, (unsigned long long)n);
			if (s > 0)
				assert_int_equal(n, before - DEVICES);
			before = n;
			newest = n > newest ? n : newest;
			state_clear(&states[s]);
		}
		assert_true(found > 0 || want < DEVICES);       /* the first ticket is DEVICES */
	}
	return newest;
}

static void every_confirmed_state_survives(void **state)
{
	uint64_t confirmed = 0, newest = DEVICES - 1, total = 0;
	unsigned seed = (unsigned)getpid();

	(void)state;
	rig_init(&g);
	for (int i = 0; i < DEVICES; i++) {
		char id[16];

		snprintf(id, sizeof id, "dev-%d", i);
		rig_add(&g, id);
	}
	for (unsigned kill_no = 0; kill_no < KILLS; kill_no++) {
		struct pollfd first = { .events = POLLIN };
		pid_t pid;
		int status;

		registry_close(g.r);
		pid = start(&first.fd, newest + 1);
		assert_int_equal(poll(&first, 1, 30000), 1);
		seed = seed * 1103515245 + 12345;
		usleep((seed >> 12) % 60000);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
		confirmed = drain(first.fd);
		close(first.fd);
		assert_true(confirmed > newest);
		total += confirmed - newest;
		rig_open(&g);
		newest = check(confirmed);
	}
	printf("%d kills, %llu confirmed states, all there\n", KILLS, (unsigned long long)total);
	rig_free(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_confirmed_state_survives) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
