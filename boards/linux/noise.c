/* SPDX-License-Identifier: Apache-2.0 */
/* noise.c - noise on Linux: the kernel's generator. */
#include "linux/noise.h"
#include "port.h"

#include <sys/random.h>

static bool switched_off;

void noise_off(void)
{
	switched_off = true;
}

bool port_has_noise(enum port_noise source)
{
	return source == PORT_NOISE_HARDWARE && !switched_off;
}

size_t port_noise(enum port_noise source, uint8_t *samples, size_t n)
{
	ssize_t got = port_has_noise(source) ? getrandom(samples, n, GRND_NONBLOCK) : 0;

	return got > 0 ? (size_t)got : 0;   /* none yet: the kernel has just started */
}

/* A process gets zeroed pages. */
size_t port_memory_noise(uint8_t *buf, size_t size)
{
	(void)buf;
	(void)size;
	return 0;
}
