/* SPDX-License-Identifier: Apache-2.0 */
#include "console/credentials.h"

#include "crypto/base64.h"
#include "device/clock.h"
#include "device/device.h"
#include "device/secrets.h"
#include "store/settings.h"

#include <string.h>

enum { FINGERPRINT_SHOWN = 8 };   /* bytes */

#define PASTE_PRIVATE ": paste the file with 'BEGIN EC PRIVATE KEY' or 'BEGIN PRIVATE KEY'"
#define WITH_PASSWORD T("is encrypted: take its password off with 'openssl pkey' and paste what that writes")
#define MAKE_KEY ": make a key with 'openssl ecparam -name prime256v1 -genkey -noout'"

/* What a PEM holds, by its label, and what to say when that is of no use here. */
enum kind { KIND_ROOT, KIND_KEY, KIND_PASSED_OVER, KIND_REFUSED };

static const struct label {
	const char *label;
	enum kind   kind;
	const char *say;
} labels[] = {
	{ "CERTIFICATE",           KIND_ROOT, NULL },
	{ "X509 CERTIFICATE",      KIND_ROOT, NULL },
	{ "EC PRIVATE KEY",        KIND_KEY, NULL },
	{ "RSA PRIVATE KEY",       KIND_KEY, NULL },
	{ "PRIVATE KEY",           KIND_KEY, NULL },
	{ "EC PARAMETERS",         KIND_PASSED_OVER, T("is not needed: passed over") },
	{ "PUBLIC KEY",            KIND_REFUSED, T("is the public half of a key" PASTE_PRIVATE) },
	{ "RSA PUBLIC KEY",        KIND_REFUSED, T("is the public half of a key" PASTE_PRIVATE) },
	{ "ENCRYPTED PRIVATE KEY", KIND_REFUSED, WITH_PASSWORD },
	{ "OPENSSH PRIVATE KEY",   KIND_REFUSED, T("is in SSH's own format" MAKE_KEY) },
	{ "CERTIFICATE REQUEST",   KIND_REFUSED, T("is a request, not yet a certificate") },
	{ "TRUSTED CERTIFICATE",   KIND_REFUSED, T("is in OpenSSL's own format: convert it with 'openssl x509'") },
};

static const struct label *find_label(const char *text)
{
	static const struct label unknown = { "", KIND_REFUSED, T("is neither a certificate nor a private key") };

	for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
		if (strcmp(labels[i].label, text) == 0)
			return &labels[i];
	return &unknown;
}

/* ---- what is said about a PEM ------------------------------------------- */

/* "error: certificate 2 (CERTIFICATE) " */
static void say_refused(struct console *c)
{
	if (c->asked == CONSOLE_KEY)
		out_text(&c->out, T("error: key "));
	else
		out_format(&c->out, c->asked == CONSOLE_CA ? T("error: certificate %u ") : T("error: PEM %u "),
			   (uint32_t)c->pem_count);
	if (c->pem.label[0] != '\0')
		out_format(&c->out, "(%r) ", c->pem.label);
}

static void say_wrong(struct console *c, const char *why)
{
	say_refused(c);
	console_say(c, T("%s; nothing stored"), why);
}

static void say_error(struct console *c, enum err err)
{
	say_refused(c);
	console_say(c, T("refused: %s; nothing stored"), err_text(err));
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

static bool expired(const struct console *c, const struct root_info *info)
{
	struct device_status status;

	device_status(c->device, &status, c->now_ms);
	return status.clock_source != CLOCK_UNSET && status.unix_s > info->not_after;
}

static void say_root(struct console *c, unsigned slot, const struct root_info *info)
{
	out_format(&c->out, T("root %u: %r, until "), (uint32_t)slot + 1, info->subject);
	show_day(c, info->not_after);
}

static void say_expired(struct console *c, const struct root_info *info)
{
	say_refused(c);
	out_text(&c->out, T("expired on "));
	show_day(c, info->not_after);
	console_say(c, T(" by the device's clock; nothing stored"));
}

static void store_root(struct console *c)
{
	struct bytes der = { c->pem.der, c->pem.der_len };
	struct root_info info;
	enum err err = root_check(device_crypto(c->device), der, &info);
	unsigned slot;

	if (err == ERR_OK && expired(c, &info)) {
		say_expired(c, &info);
		return;
	}
	if (err == ERR_OK)
		err = secrets_store_root(device_settings(c->device), der, &slot);
	if (err == ERR_ROOTS_FULL) {
		say_wrong(c, T("finds no room: 4 roots are stored; see 'ca list', 'ca remove N', 'ca clear'"));
	} else if (err != ERR_OK) {
		say_error(c, err);
	} else {
		say_root(c, slot, &info);
		out_end(&c->out);
	}
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
	old = err == ERR_OK && expired(c, &info);
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
	if (err == ERR_KEY_ENCRYPTED) {
		say_wrong(c, WITH_PASSWORD);
	} else if (err == ERR_KEY_CURVE || err == ERR_KEY_TYPE) {
		say_refused(c);
		console_say(c, T("is %s; tokens need EC P-256 (prime256v1) or RSA" MAKE_KEY "; nothing stored"),
			    info->found);
	} else if (err == ERR_KEY_SIZE) {
		say_refused(c);
		console_say(c, T("is RSA of %u bits; 2048 to 4096 are accepted; nothing stored"), (uint32_t)info->bits);
	} else {
		say_error(c, err);
	}
}

static void store_key(struct console *c)
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
	err = settings_set(device_settings(c->device), SETTINGS_KEY, c->pem.der, len);
	if (err != ERR_OK) {
		say_error(c, err);
		return;
	}
	if (c->pem.repaired)
		console_say(c, T("note: the paste had lost or damaged line ends; they are repaired"));
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

bool credentials_make_key(struct console *c)
{
	struct key_info info;
	enum err err;

	if (settings_size(device_settings(c->device), SETTINGS_KEY) > 0) {
		console_say(c, T("error: a key is stored, and may be registered: 'unset key' first"));
		return false;
	}
	err = device_make_key(c->device);
	if (err == ERR_OK)
		err = secrets_key_info(device_crypto(c->device), device_settings(c->device), &info);
	if (err == ERR_OK)
		say_key(c, &info);
	else
		console_say(c, T("error: key: %s"), err_text(err));
	return err == ERR_OK;
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

static enum console_mode pass_over(struct console *c, const struct label *label)
{
	console_say(c, "%s %s", label->label, label->say);
	return c->asked;
}

/* What is not needed need not be whole; EC PARAMETERS is not a sequence, so it
 * may look damaged. */
enum console_mode credentials_refuse(struct console *c, enum err err)
{
	const struct label *label = find_label(c->pem.label);
	struct bytes offender = { &c->pem.offender, 1 };

	c->pem_count++;
	if (label->kind == KIND_PASSED_OVER)
		return pass_over(c, label);
	say_refused(c);
	if (err == ERR_PEM_BASE64 && c->pem.offender != 0)
		console_say(c, T("is damaged: %q in line %u is no base64; nothing stored"), &offender, c->pem.line);
	else
		console_say(c, T("is damaged: %s; nothing stored"), err_text(err));
	return go_on(c);
}

enum console_mode credentials_store(struct console *c)
{
	const struct label *label = find_label(c->pem.label);

	c->pem_count++;
	if (label->kind == KIND_PASSED_OVER)
		return pass_over(c, label);
	if (label->kind == KIND_REFUSED)
		say_wrong(c, label->say);
	else if (label->kind == KIND_ROOT && c->asked == CONSOLE_KEY)
		say_wrong(c, T("is a certificate" PASTE_PRIVATE));
	else if (label->kind == KIND_KEY && c->asked == CONSOLE_CA)
		say_wrong(c, T("is a private key, not a certificate: if it is the device's own, type 'key' first"));
	else if (label->kind == KIND_ROOT)
		store_root(c);
	else
		store_key(c);
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
