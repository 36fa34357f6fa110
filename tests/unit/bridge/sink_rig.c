/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/bridge/sink_rig.h"

#include "unit/cmocka_all.h"

#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void rig_folder(char folder[RIG_PATH])
{
	snprintf(folder, RIG_PATH, "/tmp/tern-sink-XXXXXX");
	assert_non_null(mkdtemp(folder));
}

void rig_remove(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir != NULL)
		closedir(dir);
	rmdir(folder);
}

bool rig_deliver(struct sink *s, unsigned device, uint64_t number)
{
	char name[32], payload[32];

	snprintf(name, sizeof name, "device-%u", device);
	snprintf(payload, sizeof payload, "%llu", (unsigned long long)number);
	return s->ops->deliver(s, &(struct sink_message){
		.project = "project-1", .location = "europe-west1", .registry = "registry-1", .device = name, .num_id = device + 1,
		.payload = bytes_of(payload), .at_ms = (int64_t)time(NULL) * 1000, .qos = 1, .ticket = number });
}

size_t rig_collect(struct sink *s, uint64_t *tickets, size_t count, int ms)
{
	uint64_t until = rig_now_ms() + (uint64_t)ms, now;
	struct pollfd p = { .fd = s->ops->fd(s), .events = POLLIN };
	struct sink_confirmation c;
	size_t n = 0;

	s->ops->flush(s);
	while (n < count && (now = rig_now_ms()) <= until) {
		poll(&p, 1, (int)(until - now));
		while (n < count && s->ops->next(s, &c))
			tickets[n++] = c.ticket;
	}
	return n;
}

void rig_await_health(struct sink *s, bool well, const char *words, int ms)
{
	uint64_t until = rig_now_ms() + (uint64_t)ms;
	struct sink_health h;

	do {
		s->ops->health(s, &h);
		if (h.well == well && strstr(h.text, words) != NULL)
			return;
		rig_sleep(5);
	} while (rig_now_ms() < until);
	fail_msg("health says %d '%s' instead of %d '%s'", h.well, h.text, well, words);
}

void rig_sleep(unsigned ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 }, NULL);
}

uint64_t rig_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint32_t rig_random(void)
{
	static uint32_t x = 2463534242u;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x;
}
