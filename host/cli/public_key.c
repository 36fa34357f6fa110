/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/public_key.h"

#include "base/calendar.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_S = 86400, AHEAD_DAYS = 36525, YEAR_MAX = 9999 };

static bool fail(char why[PUBLIC_KEY_WHY], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, PUBLIC_KEY_WHY, format, args);
	va_end(args);
	return false;
}

/* ---- keys ----------------------------------------------------------------- */

static bool check(struct public_key *k, char why[PUBLIC_KEY_WHY])
{
	struct credential c;
	char error[CREDENTIAL_ERROR];

	if (!credential_read(&c, k->format, bytes_of(k->pem), error))
		return fail(why, "%s", error);
	memcpy(k->fingerprint, c.fingerprint, sizeof k->fingerprint);
	credential_free(&c);
	return true;
}

bool public_key_read(struct public_key *k, const char *pem, char why[PUBLIC_KEY_WHY])
{
	char error[CREDENTIAL_ERROR];

	*k = (struct public_key){ .expires = "" };
	if (strlen(pem) > CREDENTIAL_PEM_SIZE)
		return fail(why, "a key of %zu bytes is longer than the %d that the bridge takes", strlen(pem),
			    CREDENTIAL_PEM_SIZE);
	memcpy(k->pem, pem, strlen(pem) + 1);
	if (!credential_guess(bytes_of(pem), &k->format, error))
		return fail(why, "%s", error);
	return check(k, why);
}

/* The private half stays in this function. */
static bool load_private(struct public_key *k, const char *file, char why[PUBLIC_KEY_WHY])
{
	struct plan p = { .has_key = false };
	char pem[PLAN_PEM_MAX];
	bool ok = plan_read_key(&p, file, why) && (plan_public_pem(&p, pem) || fail(why, "%s: no public half", file));

	plan_wipe(&p);
	return ok && public_key_read(k, pem, why);
}

bool public_key_load(struct public_key *k, const char *file, char why[PUBLIC_KEY_WHY])
{
	struct buffer text = { 0 };
	char error[PUBLIC_KEY_WHY];
	bool private, ok = false;

	if (!files_read(file, CREDENTIAL_PEM_SIZE, &text, why))
		return false;
	private = strstr(buffer_str(&text), "PRIVATE KEY-----") != NULL;
	if (!private)
		ok = public_key_read(k, buffer_str(&text), error) || fail(why, "%.200s: %.250s", file, error);
	buffer_wipe(&text);
	return private ? load_private(k, file, why) : ok;
}

bool public_key_from_json(struct public_key *k, const cJSON *credential, char why[PUBLIC_KEY_WHY])
{
	const char *pem = json_text(credential, "publicKey.key"), *format = json_text(credential, "publicKey.format");
	const char *expires = json_text(credential, "expirationTime");

	if (pem == NULL)
		return fail(why, "there is no publicKey.key in it");
	if (!public_key_read(k, pem, why))
		return false;
	if (format != NULL && strcmp(format, "UNSPECIFIED_PUBLIC_KEY_FORMAT") != 0 &&
	    !credential_format_parse(format, &k->format))
		return fail(why, "'%.40s' is no format of a public key", format);
	if (expires != NULL && expires[0] != '\0' && strncmp(expires, "1970-01-01T00:00:00", 19) != 0) {
		if (strlen(expires) >= sizeof k->expires)
			return fail(why, "expirationTime '%.40s' is no time", expires);
		memcpy(k->expires, expires, strlen(expires) + 1);
	}
	return check(k, why);
}

cJSON *public_key_to_json(const struct public_key *k)
{
	cJSON *credential = json_object(), *key = cJSON_AddObjectToObject(credential, "publicKey");

	cJSON_AddStringToObject(key, "format", credential_format_name(k->format));
	cJSON_AddStringToObject(key, "key", k->pem);
	if (k->expires[0] != '\0')
		cJSON_AddStringToObject(credential, "expirationTime", k->expires);
	return credential;
}

/* ---- times ---------------------------------------------------------------- */

/* "90d", "12h" */
static bool in_time(const char *text, int64_t *seconds)
{
	size_t n = strlen(text);
	uint32_t number;

	if (n < 2 || (text[n - 1] != 'd' && text[n - 1] != 'h') ||
	    !bytes_to_u32((struct bytes){ (const uint8_t *)text, n - 1 }, AHEAD_DAYS, &number) || number == 0)
		return false;
	*seconds = (int64_t)number * (text[n - 1] == 'd' ? DAY_S : 3600);
	return true;
}

static bool at_time(const char *text, struct calendar *c)
{
	unsigned v[6] = { 0, 0, 0, 23, 59, 59 };
	int day = 0, all = 0;

	sscanf(text, "%4u-%2u-%2u%nT%2u:%2u:%2uZ%n", &v[0], &v[1], &v[2], &day, &v[3], &v[4], &v[5], &all);
	if (strspn(text, "0123456789-:TZ") != strlen(text) || (day != 10 && all != 20) ||
	    (text[day] != '\0' && (all != 20 || text[all] != '\0')))
		return false;
	if (v[0] < 1 || v[0] > YEAR_MAX || v[1] < 1 || v[1] > 12 || v[2] < 1 || v[2] > calendar_days_in(v[0], v[1]) ||
	    v[3] > 23 || v[4] > 59 || v[5] > 59)
		return false;
	*c = (struct calendar){ v[0], v[1], v[2], v[3], v[4], v[5] };
	return true;
}

bool public_key_expiry(struct public_key *k, const char *text, int64_t now_s, char why[PUBLIC_KEY_WHY])
{
	struct calendar c;
	int64_t seconds;

	if (in_time(text, &seconds))
		c = calendar_from_unix(now_s + seconds);
	else if (!at_time(text, &c))
		return fail(why, "'%.40s' is no time: 2027-12-31, 2027-12-31T12:00:00Z, 90d or 12h", text);
	else if (calendar_to_unix(&c) <= now_s)
		return fail(why, "'%.40s' is over: a key that has expired lets nobody in", text);
	snprintf(k->expires, sizeof k->expires, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)(c.year % 10000),
		 (unsigned)(c.month % 100), (unsigned)(c.day % 100), (unsigned)(c.hour % 100),
		 (unsigned)(c.minute % 100), (unsigned)(c.second % 100));
	return true;
}
