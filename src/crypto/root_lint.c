/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/root_lint.h"

#include "base/calendar.h"

#include <string.h>

enum { DAY_S = 86400, DATE = sizeof "2026-11-23", FAMILY_ROOTS = 6 };

static const struct words { ROOT_LINT_LIST(FINDING_MEMBERS) } words = { ROOT_LINT_LIST(FINDING_WORDS) };
static const uint8_t weights[] = { ROOT_LINT_LIST(FINDING_WEIGHTS) };

struct finding_info root_lint_info(enum root_lint_code code)
{
	return finding_info_of(&words, weights, code);
}

/* ---- one root --------------------------------------------------------------- */

static enum root_lint_code of_err(enum err e)
{
	if (e == ERR_CERT_NOT_CA)
		return ROOT_NOT_CA;
	if (e == ERR_CERT_KEY)
		return ROOT_KEY;
	return e == ERR_TOO_LONG ? ROOT_LONG : ROOT_FORMAT;
}

/* Whole days from A to B, 0 if B is not behind A. */
static uint32_t days(int64_t a, int64_t b)
{
	int64_t n = (b - a) / DAY_S;

	return n < 0 ? 0 : n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

enum root_lint_code root_lint(enum err e, const struct root_info *info, int64_t now_s)
{
	static const struct { uint8_t days, code; } ends[] = {
		{ 30, ROOT_ENDS_30 }, { 90, ROOT_ENDS_90 }, { 180, ROOT_ENDS_180 },
	};

	if (e != ERR_OK)
		return of_err(e);
	if (now_s != 0 && now_s > info->not_after)
		return ROOT_EXPIRED;
	if (now_s != 0 && now_s < info->not_before)
		return ROOT_FUTURE;
	for (size_t i = 0; i < sizeof ends / sizeof ends[0] && now_s != 0; i++)
		if (info->not_after - now_s <= (int64_t)ends[i].days * DAY_S)
			return (enum root_lint_code)ends[i].code;
	return info->self_signed ? ROOT_GOOD : ROOT_CROSS;
}

static void put_digits(char *out, uint32_t n, int digits)
{
	for (; digits-- > 0; n /= 10)
		out[digits] = (char)('0' + n % 10);
}

static void put_date(char out[DATE], int64_t at_s)
{
	struct calendar c = calendar_from_unix(at_s);

	memcpy(out, "0000-00-00", DATE);
	put_digits(out, c.year, 4);
	put_digits(out + 5, c.month, 2);
	put_digits(out + 8, c.day, 2);
}

void root_lint_say(enum root_lint_code code, const char *what, const struct root_info *info, int64_t now_s,
		   struct text *t)
{
	char date[DATE];
	struct finding_values v = { .what = what, .other = bytes_of(info->issuer) };

	put_date(date, code == ROOT_FUTURE ? info->not_before : info->not_after);
	v.value = bytes_of(date);
	v.number[0] = code == ROOT_KEY ? info->key_bits : code == ROOT_EXPIRED ? days(info->not_after, now_s) :
		      code == ROOT_FUTURE ? days(now_s, info->not_before) : days(now_s, info->not_after);
	finding_tell(t, root_lint_info(code), &v);
}

/* ---- the host --------------------------------------------------------------- */

/* Which roots a host's chain usually leads to, the one to install first; those
 * that are being retired behind them.  First match wins; hosts that are not here
 * have any root. */
static const struct family {
	const char *part, *end;      /* of the host's name */
	const char *roots[FAMILY_ROOTS];
	unsigned    old;             /* so many of them, the last ones */
} families[] = {
	{ "-g5-", ".clearblade.com", { "DigiCert TLS RSA4096 Root G5", "DigiCert TLS ECC P384 Root G5" }, 0 },
	{ "-mqtt.", ".clearblade.com", { "DigiCert Global Root CA" }, 0 },
	{ "-ats.iot.", ".amazonaws.com", { "Amazon Root CA 1", "Amazon Root CA 2", "Amazon Root CA 3",
					   "Amazon Root CA 4",
					   "Starfield Services Root Certificate Authority - G2" }, 1 },
	{ "", ".azure-devices.net", { "DigiCert Global Root G2", "Microsoft RSA Root Certificate Authority 2017",
				      "Baltimore CyberTrust Root" }, 1 },
	{ "", ".googleapis.com", { "GTS Root R1", "GTS Root R2", "GTS Root R3", "GTS Root R4", "GlobalSign",
				   "GlobalSign Root CA" }, 1 },
};

static char lower(uint8_t c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static bool stands_at(struct bytes host, size_t at, const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++)
		if (at + i >= host.len || lower(host.data[at + i]) != text[i])
			return false;
	return true;
}

static const struct family *family_of(struct bytes host)
{
	for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
		const struct family *f = &families[i];
		size_t n = strlen(f->end);

		if (host.len <= n || !stands_at(host, host.len - n, f->end))
			continue;
		for (size_t at = 0; at + n < host.len + 1; at++)
			if (stands_at(host, at, f->part))
				return f;
	}
	return NULL;
}

static unsigned count(const struct family *f)
{
	unsigned n = 0;

	while (n < FAMILY_ROOTS && f->roots[n] != NULL)
		n++;
	return n;
}

void root_lint_set(struct root_lint_set *s, struct bytes host)
{
	const struct family *f = family_of(host);

	*s = (struct root_lint_set){ .host = host, .wanted = f != NULL ? f->roots[0] : NULL };
}

/* root_info.subject is "NAME (ORGANISATION)". */
static bool is_called(const struct root_info *info, const char *name)
{
	size_t n = strlen(name);

	return strncmp(info->subject, name, n) == 0 && (info->subject[n] == '\0' || info->subject[n] == ' ') &&
	       (info->subject[n] == '\0' || info->subject[n + 1] == '(');
}

void root_lint_add(struct root_lint_set *s, const struct root_info *info)
{
	const struct family *f = family_of(s->host);
	unsigned n = f != NULL ? count(f) : 0;

	s->roots++;
	for (unsigned i = 0; i < n; i++)
		if (is_called(info, f->roots[i])) {
			s->usual++;
			s->old += i >= n - f->old;
		}
}

enum root_lint_code root_lint_judge(const struct root_lint_set *s)
{
	if (s->roots == 0)
		return ROOT_NONE;
	if (s->wanted == NULL)
		return ROOT_GOOD;
	if (s->usual == 0)
		return ROOT_HOST;
	return s->old == s->usual ? ROOT_HOST_OLD : ROOT_GOOD;
}

void root_lint_say_set(const struct root_lint_set *s, enum root_lint_code code, struct text *t)
{
	struct finding_values v = {
		.value = s->host, .other = bytes_of(s->wanted != NULL ? s->wanted : ""), .number = { s->roots },
	};

	finding_tell(t, root_lint_info(code), &v);
}
