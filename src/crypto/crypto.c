/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/crypto.h"

#include "base/bytes.h"
#include "base/calendar.h"

#include <mbedtls/platform_time.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/sha256.h>
#include <string.h>

/* The one variable that mbedTLS's hooks force on us: whose call this is. */
static struct crypto *current;

void crypto_init(struct crypto *c, void *mem, size_t size, const void *unique, size_t unique_len)
{
	memset(c, 0, sizeof *c);
	arena_init(&c->arena, mem, size);
	rng_init(&c->rng, unique, unique_len);
}

void crypto_set_time(struct crypto *c, int64_t unix_s)
{
	c->unix_s = unix_s;
}

void crypto_enter(struct crypto *c)
{
	current = c;
}

struct crypto *crypto_current(void);
struct crypto *crypto_current(void)
{
	return current;
}

void crypto_sha256(const void *data, size_t len, uint8_t digest[32])
{
	/* Software only: it cannot fail. */
	(void)mbedtls_sha256(data, len, digest, 0);
}

/* mbedTLS's hooks, declared in mbedtls_config.h and by mbedTLS. */

void *crypto_hook_calloc(size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size)
		return NULL;
	return arena_alloc(&current->arena, n * size);
}

void crypto_hook_free(void *p)
{
	arena_free(&current->arena, p);
}

long long crypto_hook_time(long long *t)
{
	if (t != NULL)
		*t = current->unix_s;
	return current->unix_s;
}

mbedtls_ms_time_t mbedtls_ms_time(void)
{
	return current->unix_s * 1000;
}

struct tm *mbedtls_platform_gmtime_r(const mbedtls_time_t *tt, struct tm *tm)
{
	struct calendar c = calendar_from_unix(*tt);

	*tm = (struct tm){
		.tm_year = (int)c.year - 1900, .tm_mon = (int)c.month - 1, .tm_mday = (int)c.day,
		.tm_hour = (int)c.hour, .tm_min = (int)c.minute, .tm_sec = (int)c.second,
	};
	return tm;
}
