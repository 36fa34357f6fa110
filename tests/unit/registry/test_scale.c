/* SPDX-License-Identifier: Apache-2.0 */
/* 100,000 devices (10,000 with sanitizers): made in transactions, read by page, logged in; what it takes is printed. */
#include "unit/cmocka_all.h"

#include "unit/registry/rig.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { BATCH = 1000, LOGINS = 5000, PAGE = 1000, STATES = 20000, POURING = 5000 };

static struct rig g;
static char ec[1024], rsa[1024];

static double clock_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void name(char id[REGISTRY_ID], unsigned n)
{
	snprintf(id, REGISTRY_ID, "device-%06u", n);
}

static void make(unsigned n)
{
	struct registry_device d = { .metadata = (char[]){ "{\"site\":\"north\"}" }, .credential_count = 1 };

	name(d.id, n);
	d.credentials[0] = n % 10 == 0 ? (struct registry_credential){ CREDENTIAL_RSA_PEM, CREDENTIAL_NEVER, rsa }
				       : (struct registry_credential){ CREDENTIAL_ES256_PEM, CREDENTIAL_NEVER, ec };
	if (device_create(g.r, rig_fleet, &d) != REGISTRY_OK)
		fail_msg("%s", registry_error(g.r));
}

static void devices_are_made(void **state)
{
	const double begin = clock_s();
	double longest = 0;
	struct stat s;

	(void)state;
	snprintf(ec, sizeof ec, "%s", rig_ec_pem());
	snprintf(rsa, sizeof rsa, "%s", rig_rsa_pem());
	for (unsigned i = 0; i < DEVICES; i += BATCH) {
		const double from = clock_s();

		assert_int_equal(registry_begin(g.r), REGISTRY_OK);
		for (unsigned n = i; n < i + BATCH; n++)
			make(n);
		assert_int_equal(registry_commit(g.r), REGISTRY_OK);
		longest = clock_s() - from > longest ? clock_s() - from : longest;
	}
	const double took = clock_s() - begin;

	assert_int_equal(rig_count(&g, "device"), DEVICES);
	rig_reopen(&g);                            /* all is in the database, and its log is gone */
	assert_int_equal(stat(g.file, &s), 0);
	printf("%d devices with a key in %.1f s; %d at once take at most %.0f ms; %lld bytes a device\n", DEVICES,
	       took, BATCH, longest * 1e3, (long long)s.st_size / DEVICES);
}

static void devices_are_listed(void **state)
{
	struct registry_device *page = calloc(PAGE, sizeof *page);
	const struct device_filter plain = { .parts = 0 };
	char last[REGISTRY_ID] = "", id[REGISTRY_ID];
	const double begin = clock_s();
	double longest = 0;
	unsigned seen = 0;
	bool more = true;
	size_t found;

	(void)state;
	while (more) {
		const double from = clock_s();

		assert_int_equal(device_list(g.r, rig_fleet, seen / PAGE % 2 == 0 ? &plain : NULL, last, page, PAGE, &found, &more),
				 REGISTRY_OK);
		longest = clock_s() - from > longest ? clock_s() - from : longest;
		for (size_t i = 0; i < found; i++) {
			name(id, seen++);
			assert_string_equal(page[i].id, id);
			device_clear(&page[i]);
		}
		snprintf(last, sizeof last, "%s", id);
	}
	assert_int_equal(seen, DEVICES);
	printf("all of them listed, %d a page, every other with all parts, in %.2f s; a page takes at most %.0f ms\n", PAGE, clock_s() - begin,
	       longest * 1e3);
	free(page);
}

static void log_in(const char *what, unsigned first, unsigned step)
{
	struct registry_login login;
	char id[REGISTRY_ID];
	unsigned n = first;
	double begin = clock_s();

	for (unsigned i = 0; i < LOGINS; i++) {
		n = (n + step) % DEVICES;
		name(id, n);
		if (login_get(g.r, rig_path(id), &login) != REGISTRY_OK)
			fail_msg("%s", registry_error(g.r));
		assert_int_equal(login.credential_count, 1);
		login_clear(&login);
	}
	printf("login_get of a device with %s: %.1f us\n", what, (clock_s() - begin) / LOGINS * 1e6);
}

static void devices_log_in(void **state)
{
	struct registry_login login;
	double begin;

	(void)state;
	log_in("an ES256 key", 1, 10 * 7919);
	log_in("an RS256 key", 0, 10 * 7919);
	begin = clock_s();
	for (unsigned i = 0; i < LOGINS; i++)
		assert_int_equal(login_get(g.r, rig_path("nobody"), &login), REGISTRY_NOT_FOUND);
	printf("login_get of an unknown device: %.1f us\n", (clock_s() - begin) / LOGINS * 1e6);
}

static void states_pour_in(void **state)
{
	struct pollfd p = { .fd = registry_fd(g.r), .events = POLLIN };
	struct registry_health before, after;
	uint64_t key = rig_key(&g, "device-000000"), ticket, confirmed = 0;
	uint8_t data[200] = { 0 };
	double begin = clock_s();

	(void)state;
	registry_health(g.r, &before);
	for (unsigned i = 0; i < STATES; i++) {
		assert_int_equal(queue_state(g.r, key + i % POURING, (struct bytes){ data, sizeof data }, 1, i + 1), REGISTRY_OK);
		queue_time(g.r, key + i % POURING, REGISTRY_STATE, i + 1);
	}
	while (confirmed < STATES) {
		poll(&p, 1, 10000);
		while (registry_next(g.r, &ticket))
			assert_int_equal(ticket, ++confirmed);
	}
	registry_health(g.r, &after);
	printf("%d states of 200 bytes of %d devices confirmed in %.2f s by %llu transactions\n", STATES, POURING, clock_s() - begin,
	       (unsigned long long)(after.commits - before.commits));
}

static int set_up(void **state)
{
	(void)state;
	rig_init(&g);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rig_free(&g);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_are_made),
		cmocka_unit_test(devices_are_listed),
		cmocka_unit_test(devices_log_in),
		cmocka_unit_test(states_pour_in),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
