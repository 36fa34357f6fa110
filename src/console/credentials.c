/* SPDX-License-Identifier: Apache-2.0 */
#include "console/credentials.h"

#include "crypto/base64.h"
#include "crypto/pem_lint.h"
#include "crypto/root_lint.h"
#include "device/clock.h"
#include "device/device.h"
#include "device/secrets.h"
#include "store/settings.h"

#include <string.h>

enum { FINGERPRINT_SHOWN = 8 /* bytes */, SENTENCE = 400, WHAT = 96 };

/* What a PEM holds, by its label. */
enum kind { KIND_OTHER, KIND_ROOT, KIND_KEY, KIND_PASSED_OVER };

static enum kind kind_of(const char *label)
{
	static const struct { const char *label; enum kind kind; } kinds[] = {
		{ "CERTIFICATE", KIND_ROOT },     { "X509 CERTIFICATE", KIND_ROOT },
		{ "EC PRIVATE KEY", KIND_KEY },   { "RSA PRIVATE KEY", KIND_KEY }, { "PRIVATE KEY", KIND_KEY },
		{ "EC PARAMETERS", KIND_PASSED_OVER },
	};

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(kinds[i].label, label) == 0)
			return kinds[i].kind;
	return KIND_OTHER;
}

/* ---- what is said about a PEM ------------------------------------------- */

/* "error: certificate 2: " */
static void say_which(struct console *c, const char *kind)
{
	if (c->asked == CONSOLE_CA)
		out_format(&c->out, T("%s: certificate %u: "), kind, (uint32_t)c->pem_count);
	else if (c->asked == CONSOLE_KEY)
		out_format(&c->out, T("%s: key: "), kind);
	else
		out_format(&c->out, T("%s: PEM %u: "), kind, (uint32_t)c->pem_count);
}

static void say_error(struct console *c, enum err err)
{
	say_which(c, "error");
	console_say(c, T("%s; nothing stored"), err_text(err));
}

/* The sentence of a finding and its code.  An image without sentences says the code
 * and its numbers. */
static void say_finding(struct console *c, const struct pem_lint_finding *f, const struct key_info *info)
{
	struct finding_info known = pem_lint_info((enum pem_lint_code)f->code);
	char sentence[SENTENCE];
	struct text t;

	text_init(&t, sentence, sizeof sentence);
	pem_lint_say(c->lint, f, info, &t);
	say_which(c, finding_weight_name((enum weight)known.weight));
	if (t.len > 0)
		out_format(&c->out, "%r ", sentence);
	else
		out_format(&c->out, "%u %u %u ", f->number[0], f->number[1], f->number[2]);
	console_say(c, known.weight == WEIGHT_ERROR ? T("Nothing stored. [%s]") : "[%s]", known.code);
}

/* The first error that LINT has found; false: none. */
static bool say_first(struct console *c, const struct key_info *info)
{
	for (unsigned i = 0; c->lint != NULL && i < c->lint->count; i++)
		if (pem_lint_info((enum pem_lint_code)c->lint->found[i].code).weight == WEIGHT_ERROR) {
			say_finding(c, &c->lint->found[i], info);
			return true;
		}
	return false;
}

/* What was repaired. */
static void say_notes(struct console *c)
{
	for (unsigned i = 0; c->lint != NULL && i < c->lint->count; i++)
		if (c->lint->found[i].code != PEM_BEFORE)
			say_finding(c, &c->lint->found[i], NULL);
}

void credentials_say_text(struct console *c)
{
	(void)say_first(c, NULL);
}

static void show_hex(struct console *c, const uint8_t *data, size_t n)
{
	char hex[2 * 32 + 1];
	struct text t;

	text_init(&t, hex, sizeof hex);
	for (size_t i = 0; i < n; i++)
		text_add_hex(&t, data[i], 2);
	out_text(&c->out, hex);
}

static void say_fingerprint(struct console *c, const uint8_t digest[32])
{
	out_text(&c->out, ", sha256 ");
	show_hex(c, digest, FINGERPRINT_SHOWN);
	out_text(&c->out, "...");
}

static void say_found(struct console *c, bool sound)
{
	out_text(&c->out, sound ? "ok: " : T("error: "));
}

static void show_day(struct console *c, int64_t unix_s)
{
	char text[CLOCK_TEXT_SIZE];

	clock_text(unix_s, text);
	out_bytes(&c->out, (struct bytes){ (const uint8_t *)text, strlen("2026-11-22") });
}

/* ---- roots -------------------------------------------------------------- */

static enum settings_key root_key(unsigned slot)
{
	return (enum settings_key)(SETTINGS_ROOT_0 + slot);
}

/* 0: the clock is not set. */
static int64_t now_s(const struct console *c)
{
	struct device_status status;

	device_status(c->device, &status, c->now_ms);
	return status.clock_source != CLOCK_UNSET ? status.unix_s : 0;
}

static void say_root(struct console *c, unsigned slot, const struct root_info *info)
{
	out_format(&c->out, T("root %u: %r, until "), (uint32_t)slot + 1, info->subject);
	show_day(c, info->not_after);
}

/* The sentence about one root, which WHAT names. */
static void say_root_finding(struct console *c, enum root_lint_code code, const char *kind, const char *what,
			     const struct root_info *info, const char *end)
{
	char sentence[SENTENCE];
	struct text t;

	text_init(&t, sentence, sizeof sentence);
	root_lint_say(code, what, info, now_s(c), &t);
	out_format(&c->out, "%s: %r ", kind, t.len > 0 ? sentence : what);
	out_text(&c->out, end);
	console_say(c, "[%s]", root_lint_info(code).code);
}

/* "Certificate 2 (Example Root 2)" */
static void name_root(const struct console *c, const struct root_info *info, char what[WHAT])
{
	struct text t;

	text_init(&t, what, WHAT);
	text_add(&t, "Certificate ");
	text_add_u32(&t, c->pem_count);
	if (info->subject[0] == '\0')
		return;
	text_add(&t, " (");
	text_add(&t, info->subject);
	text_add_char(&t, ')');
}

static void refuse_root(struct console *c, enum root_lint_code code, const struct root_info *info)
{
	char what[WHAT];

	name_root(c, info, what);
	say_root_finding(c, code, "error", what, info, T("Nothing stored. "));
}

/* A root that is stored, and what is to be thought of. */
static void remark_root(struct console *c, enum root_lint_code code, const struct root_info *info)
{
	char what[WHAT];

	if (code == ROOT_GOOD)
		return;
	name_root(c, info, what);
	say_root_finding(c, code, code == ROOT_FUTURE ? "warning" :
			 finding_weight_name((enum weight)root_lint_info(code).weight), what, info, "");
}

/* One that is not valid yet is stored: most likely the clock is wrong. */
static void store_root(struct console *c)
{
	struct bytes der = { c->pem.der, c->pem.der_len };
	struct settings *s = device_settings(c->device);
	unsigned before = secrets_root_count(s), slot;
	struct root_info info = { .subject = "" };
	enum err err = root_check(device_crypto(c->device), der, &info);
	enum root_lint_code code = root_lint(err, &info, now_s(c));

	if (err == ERR_CRYPTO_MEMORY) {
		say_error(c, err);
		return;
	}
	if (err != ERR_OK || code == ROOT_EXPIRED) {
		refuse_root(c, code, &info);
		return;
	}
	err = secrets_store_root(s, der, &slot);
	if (err != ERR_OK) {
		say_which(c, "error");
		console_say(c, err == ERR_ROOTS_FULL ?
			    T("no room: 4 roots are stored; 'ca list' shows them, 'ca remove N' makes room; "
			      "nothing stored") :
			    T("%s; nothing stored"), err_text(err));
		return;
	}
	say_root(c, slot, &info);
	console_say(c, secrets_root_count(s) == before ? T(" (is stored already)") : "");
	remark_root(c, code, &info);
}

/* Look at root SLOT, in memory borrowed from the arena. */
static enum err read_root(struct console *c, unsigned slot, struct root_info *info)
{
	struct crypto *crypto = device_crypto(c->device);
	size_t len = settings_size(device_settings(c->device), root_key(slot));
	uint8_t *der = arena_alloc(&crypto->arena, len);
	enum err err = der == NULL ? ERR_CRYPTO_MEMORY :
		       settings_get(device_settings(c->device), root_key(slot), der, len, &len);

	if (err == ERR_OK)
		err = root_check(crypto, (struct bytes){ der, len }, info);
	arena_free(&crypto->arena, der);
	return err;
}

bool credentials_show_root(struct console *c, unsigned slot, bool check)
{
	struct root_info info;
	bool old;
	enum err err;

	if (settings_size(device_settings(c->device), root_key(slot)) == 0)
		return false;
	err = read_root(c, slot, &info);
	old = err == ERR_OK && root_lint(err, &info, now_s(c)) == ROOT_EXPIRED;
	if (check)
		say_found(c, err == ERR_OK && !old);
	if (err != ERR_OK) {
		console_say(c, T("root %u: %s"), (uint32_t)slot + 1, err_text(err));
		return true;
	}
	say_root(c, slot, &info);
	if (check)
		say_fingerprint(c, info.fingerprint);
	console_say(c, old ? T(" (EXPIRED)") : "");
	return true;
}

static void say_erased(struct console *c, const char *what, enum err err)
{
	if (err == ERR_OK)
		console_say(c, T("%s removed"), what);
	else
		console_say(c, T("error: %s: %s"), what, err_text(err));
}

void credentials_clear_roots(struct console *c)
{
	enum err err = ERR_OK;

	for (unsigned slot = 0; slot < SETTINGS_ROOTS && err == ERR_OK; slot++)
		err = settings_erase(device_settings(c->device), root_key(slot));
	say_erased(c, T("all roots"), err);
}

void credentials_remove_root(struct console *c, struct bytes number)
{
	struct settings *s = device_settings(c->device);
	uint32_t n;

	if (bytes_to_u32(number, SETTINGS_ROOTS, &n) && n > 0 && settings_size(s, root_key(n - 1)) > 0) {
		say_erased(c, "root", settings_erase(s, root_key(n - 1)));
		return;
	}
	console_say(c, T("error: root %q is not stored; 'ca list' shows the numbers"), &number);
}

/* ---- the key ------------------------------------------------------------ */

static void say_algorithm(struct console *c, const struct key_info *info)
{
	if (info->alg == KEY_ES256)
		out_text(&c->out, "EC P-256 (ES256)");
	else
		out_format(&c->out, "RSA %u (RS256)", (uint32_t)info->bits);
}

static void say_key(struct console *c, const struct key_info *info)
{
	out_text(&c->out, "key: ");
	say_algorithm(c, info);
	out_text(&c->out, T("\r\npublic half: sha256 "));
	show_hex(c, info->fingerprint, sizeof info->fingerprint);
	out_end(&c->out);
}

static void refuse_key(struct console *c, enum err err, const struct key_info *info)
{
	if (c->lint != NULL)
		pem_lint_key(c->lint, err, info);
	if (!say_first(c, info))
		say_error(c, err);
}

/* Several keys in one paste: which is meant?  LINT looks on, up to its end; REST of the
 * line is the console's, and so is the backlog. */
static bool is_one_of_several(struct console *c, struct bytes rest)
{
	struct bytes parts[2] = { rest, backlog_rest(&c->backlog) };

	if (c->lint == NULL || c->keys > 0)
		return c->keys > 0;
	for (size_t i = 0; i < 2; i++)
		for (size_t at = 0; at < parts[i].len;)
			at += pem_lint_feed(c->lint, parts[i].data + at, parts[i].len - at);
	pem_lint_end(c->lint);
	for (unsigned i = 0; i < c->lint->count; i++)
		if (c->lint->found[i].code == PEM_TWO_KEYS) {
			c->keys = (uint8_t)c->lint->found[i].number[0];
			say_finding(c, &c->lint->found[i], NULL);
		}
	return c->keys > 0;
}

static enum err keep_key(struct console *c, size_t len)
{
	struct settings *s = device_settings(c->device);
	bool other = settings_size(s, SETTINGS_KEY) > 0;
	enum err err = settings_set(s, SETTINGS_KEY, c->pem.der, len);

	if (err == ERR_OK && other)
		console_say(c, T("note: the key that was stored is replaced: the public half of this one is to be "
			    "registered"));
	return err;
}

static void store_key(struct console *c, struct bytes rest)
{
	struct bytes der = { c->pem.der, c->pem.der_len };
	struct key_info info = { 0 };
	size_t len;
	enum err err = c->pem.encrypted ? ERR_KEY_ENCRYPTED :
		       key_from_der(device_crypto(c->device), c->pem.label, der, c->pem.der, KEY_DER_MAX, &len, &info);

	if (err != ERR_OK) {
		refuse_key(c, err, &info);
		return;
	}
	say_notes(c);
	if (is_one_of_several(c, rest))
		return;
	err = keep_key(c, len);
	if (err != ERR_OK) {
		say_error(c, err);
		return;
	}
	c->stored = true;
	say_key(c, &info);
}

/* Six lines of PEM a row. */
static bool public_row(struct console *c, unsigned row)
{
	enum { LINE = 48, ROW = 6 * LINE };
	struct crypto *crypto = device_crypto(c->device);
	uint8_t *spki = arena_alloc(&crypto->arena, KEY_PUBLIC_MAX);
	size_t at = (size_t)row * ROW, end = at + ROW, len = 0;
	enum err err = spki == NULL ? ERR_CRYPTO_MEMORY :
		       secrets_public_key(crypto, device_settings(c->device), spki, &len);

	if (err != ERR_OK)
		console_say(c, T("error: key: %s"), err_text(err));
	else if (row == 0)
		console_say(c, T("-----BEGIN PUBLIC KEY-----"));
	for (; at < len && at < end; at += LINE) {
		char text[BASE64_STD_LEN(LINE)];
		size_t n = base64_encode(BASE64_STD, spki + at, len - at < LINE ? len - at : LINE, text);

		out_bytes(&c->out, (struct bytes){ (const uint8_t *)text, n });
		out_end(&c->out);
	}
	if (err == ERR_OK && at >= len)
		console_say(c, T("-----END PUBLIC KEY-----"));
	arena_free(&crypto->arena, spki);
	return at < len;
}

void credentials_public_key(struct console *c)
{
	console_rows(c, public_row);
}

bool credentials_make_key(struct console *c, bool replace)
{
	struct key_info info;
	enum err err;

	if (!replace && settings_size(device_settings(c->device), SETTINGS_KEY) > 0) {
		console_say(c, T("error: a key is stored, and may be registered: 'key new --replace' makes another in "
			    "its place; nothing changed"));
		return false;
	}
	err = device_make_key(c->device);
	if (err == ERR_OK)
		err = secrets_key_info(device_crypto(c->device), device_settings(c->device), &info);
	if (err != ERR_OK) {
		console_say(c, T("error: key: %s"), err_text(err));
		return false;
	}
	c->stored = true;
	say_key(c, &info);
	credentials_public_key(c);
	return true;
}

void credentials_show_key(struct console *c, bool check)
{
	struct key_info info;
	enum err err = secrets_key_info(device_crypto(c->device), device_settings(c->device), &info);

	if (check) {
		say_found(c, err == ERR_OK);
		out_text(&c->out, "key: ");
	}
	if (err != ERR_OK) {
		console_say(c, "%s", err == ERR_KEY_MISSING ? "not set" : err_text(err));
		return;
	}
	say_algorithm(c, &info);
	say_fingerprint(c, info.fingerprint);
	out_end(&c->out);
}

/* ---- the paste ---------------------------------------------------------- */

static enum console_mode go_on(const struct console *c)
{
	return c->asked == CONSOLE_CA ? CONSOLE_CA : CONSOLE_COMMAND;
}

static enum console_mode pass_over(struct console *c)
{
	console_say(c, T("%s is not needed: passed over"), c->pem.label);
	return c->asked;
}

/* What is not needed need not be whole; EC PARAMETERS is not a sequence, so it
 * may look damaged. */
enum console_mode credentials_refuse(struct console *c, enum err err)
{
	c->pem_count++;
	if (kind_of(c->pem.label) == KIND_PASSED_OVER)
		return pass_over(c);
	if (!say_first(c, NULL))
		say_error(c, err);
	return go_on(c);
}

enum console_mode credentials_store(struct console *c, struct bytes rest)
{
	enum kind kind = kind_of(c->pem.label);

	c->pem_count++;
	if (kind == KIND_PASSED_OVER)
		return pass_over(c);
	if (say_first(c, NULL))
		return go_on(c);      /* something else than what belongs there */
	if (kind == KIND_KEY && c->asked != CONSOLE_CA)
		store_key(c, rest);
	else if (kind == KIND_ROOT && c->asked != CONSOLE_KEY)
		store_root(c);
	else
		say_error(c, ERR_PEM_LABEL);
	return go_on(c);
}

/* ---- the seed ----------------------------------------------------------- */

static int digit_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Never repeats what was typed: a seed with one wrong digit is nearly a seed. */
void credentials_seed(struct console *c, struct bytes text)
{
	uint8_t seed[RNG_SEED_LEN] = { 0 };
	enum err err = ERR_OK;

	if (text.len != 2 * sizeof seed) {
		console_say(c, T("error: the seed has %u characters instead of 64 hexadecimal digits; nothing changed"),
			    (uint32_t)text.len);
		return;
	}
	for (size_t i = 0; i < text.len && err == ERR_OK; i++) {
		int value = digit_value(text.data[i]);

		err = value < 0 ? ERR_FORMAT : ERR_OK;
		seed[i / 2] = (uint8_t)(seed[i / 2] << 4 | (value & 15));
	}
	if (err == ERR_FORMAT) {
		console_say(c, T("error: the seed has a character that is no hexadecimal digit; nothing changed"));
		return;
	}
	err = device_set_seed(c->device, seed);
	bytes_wipe(seed, sizeof seed);
	if (err == ERR_OK) {
		c->stored = true;
		console_say(c, T("seed stored"));
	} else if (err == ERR_ARG || err == ERR_RNG_SEED) {
		console_say(c, T("error: the seed is a pattern, not random: 'openssl rand -hex 32' makes one; "
			    "nothing changed"));
	} else {
		console_say(c, T("error: the seed: %s"), err_text(err));
	}
}

void credentials_show_seed(struct console *c)
{
	console_say(c, device_has_seed(c->device) ? "set" : "not set");
}
