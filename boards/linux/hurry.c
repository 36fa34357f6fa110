/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/hurry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

struct hurry *hurry_open(const char *path, char *why, size_t why_size)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *page = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, sizeof(struct hurry)) == 0)
		page = mmap(NULL, sizeof(struct hurry), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		snprintf(why, why_size, "hurry file '%s': %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return page == MAP_FAILED ? NULL : page;
}

uint64_t hurry_real_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t hurry_us(const struct hurry *h)
{
	return hurry_real_us() + (h != NULL ? h->skipped_us : 0);
}

int64_t hurry_skipped_ms(const struct hurry *h)
{
	return h != NULL ? (int64_t)(h->skipped_us / 1000) : 0;
}

uint64_t hurry_may(const struct hurry *h, uint64_t most_us)
{
	uint64_t busy_us = h->busy_us, now_us = hurry_us(h);

	if (h->taken != h->sent || hurry_real_us() < h->net_us + HURRY_NET_MS * 1000 || busy_us <= now_us)
		return 0;
	return most_us < busy_us - now_us ? most_us : busy_us - now_us;
}
