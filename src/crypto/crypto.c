/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/crypto.h"

#include "base/bytes.h"

#include <mbedtls/platform_time.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/sha1.h>
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

/* Days since 1970 as a date of the Gregorian calendar.  Counted from 1 March of
 * year 0, so that the leap day is the last of its year. */
static void civil_from_days(int64_t days, struct tm *tm)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;                                       /* day of the 400 years */
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;  /* year of them */
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);                /* day of the year from March */
	int64_t mp = (5 * doy + 2) / 153;                                     /* month, 0 = March */

	tm->tm_mday = (int)(doy - (153 * mp + 2) / 5 + 1);
	tm->tm_mon = (int)(mp < 10 ? mp + 2 : mp - 10);
	tm->tm_year = (int)(yoe + era * 400 + (mp >= 10) - 1900);
}

struct tm *mbedtls_platform_gmtime_r(const mbedtls_time_t *tt, struct tm *tm)
{
	int64_t days = *tt / 86400, left = *tt % 86400;

	if (left < 0) {
		left += 86400;
		days--;
	}
	memset(tm, 0, sizeof *tm);
	tm->tm_hour = (int)(left / 3600);
	tm->tm_min = (int)(left / 60 % 60);
	tm->tm_sec = (int)(left % 60);
	civil_from_days(days, tm);
	return tm;
}

/* SHA-1 is known by name only: see mbedtls_config.h. */
int mbedtls_internal_sha1_process(mbedtls_sha1_context *ctx, const unsigned char data[64])
{
	(void)ctx;
	(void)data;
	return MBEDTLS_ERR_SHA1_BAD_INPUT_DATA;
}
