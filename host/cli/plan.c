/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/plan.h"

#include "base/calendar.h"
#include "cloud/iotcore.h"
#include "crypto/base64.h"
#include "device/values.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FILE_MAX = 256 * 1024, ARENA = 96 * 1024 };

static struct crypto crypto;
static _Alignas(16) uint8_t arena[ARENA];

static struct crypto *work(void)
{
	if (crypto.arena.size == 0)
		crypto_init(&crypto, arena, sizeof arena, "tern", 4);
	return &crypto;
}

/* What is wrong, in WHY; false, for the caller to return. */
static bool say(char why[PLAN_WHY], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, PLAN_WHY, format, args);
	va_end(args);
	return false;
}

/* ---- settings ----------------------------------------------------------- */

bool plan_set(struct plan *p, const char *name, const char *value, char why[PLAN_WHY])
{
	enum settings_key key;
	const struct settings_info *info;
	char names[256], sentence[VALUES_SAY];
	struct text t;

	if (!values_find(bytes_of(name), &key)) {
		text_init(&t, names, sizeof names);
		for (unsigned i = 0; values_at(i, &key); i++) {
			text_add(&t, i == 0 ? "" : ", ");
			text_add(&t, settings_info(key)->name);
		}
		return say(why, "there is no setting '%.40s'; there are %s", name, names);
	}
	info = settings_info(key);
	if (p->value[key] != NULL)
		return say(why, "%s is given twice", info->name);
	text_init(&t, sentence, sizeof sentence);
	if (values_check(key, bytes_of(value), &t).err != ERR_OK)
		return say(why, "%s", sentence);
	p->value[key] = value;
	return true;
}

static bool set_id(struct plan *p, const char *name, struct bytes id, char why[PLAN_WHY])
{
	char *value = (char *)(uintptr_t)id.data;

	value[id.len] = '\0';       /* a ';' or the end follows */
	return plan_set(p, name, value, why);
}

bool plan_set_connection(struct plan *p, char *text, char why[PLAN_WHY])
{
	struct iotcore_ids ids;
	struct iotcore_bad bad = { 0 };
	enum err err = iotcore_ids_parse(bytes_of(text), &ids, &bad);

	if (err != ERR_OK)
		return say(why, "connection string: %s%s%s '%.*s'", err_text(err), bad.key != NULL ? ": " : "",
			   bad.key != NULL ? bad.key : "", (int)(bad.value.len < 80 ? bad.value.len : 80),
			   bad.value.data != NULL ? (const char *)bad.value.data : "");
	return set_id(p, "project", ids.project, why) && set_id(p, "region", ids.region, why) &&
	       set_id(p, "registry", ids.registry, why) && set_id(p, "device", ids.device, why);
}

/* ---- files -------------------------------------------------------------- */

static bool read_file(const char *path, char *buf, size_t *len, char why[PLAN_WHY])
{
	FILE *f = fopen(path, "re");
	bool ok = f != NULL;

	if (!ok)
		return say(why, "%s: %s", path, strerror(errno));
	*len = fread(buf, 1, FILE_MAX, f);
	if (ferror(f))
		ok = say(why, "%s: %s", path, strerror(errno));
	else if (*len == FILE_MAX)
		ok = say(why, "%s is longer than any PEM file", path);
	fclose(f);
	return ok;
}

static void day(int64_t unix_s, char text[11])
{
	struct calendar c = calendar_from_unix(unix_s);

	snprintf(text, 11, "%04u-%02u-%02u", (unsigned)(c.year % 10000), (unsigned)(c.month % 100),
		 (unsigned)(c.day % 100));
}

/* ---- roots -------------------------------------------------------------- */

static bool add_root(struct plan *p, const char *path, const struct pem *pem, const struct root_info *info,
		     char why[PLAN_WHY])
{
	struct plan_root *r;
	char date[11];
	int64_t now_s = (int64_t)time(NULL);

	for (unsigned i = 0; i < p->roots; i++)
		if (memcmp(p->root[i].info.fingerprint, info->fingerprint, 32) == 0)
			return true;
	day(now_s < info->not_before ? info->not_before : info->not_after, date);
	if (now_s > info->not_after)
		return say(why, "%s: the certificate '%s' expired on %s", path, info->subject, date);
	if (now_s < info->not_before)
		return say(why, "%s: the certificate '%s' is not valid before %s; is the clock of this computer right?",
			   path, info->subject, date);
	if (p->roots == SETTINGS_ROOTS)
		return say(why, "%s: a device holds %d roots, and these are more", path, SETTINGS_ROOTS);
	r = &p->root[p->roots++];
	memcpy(r->der, pem->der, pem->der_len);
	r->len = pem->der_len;
	r->info = *info;
	return true;
}

static bool refuse_root(const char *path, const struct pem *pem, const struct root_info *info, enum err err,
			char why[PLAN_WHY])
{
	if (err == ERR_CERT_NOT_CA)
		return say(
			why,
			"%s: the certificate '%s' is a server's own, not an authority's: take the root that it chains "
			"up to, issued by '%s' or above",
			path, info->subject, info->issuer);
	if (err == ERR_PEM_LABEL)
		return say(why, "%s holds a %s where certificates are expected", path, pem->label);
	if (err == ERR_PEM_HEADER)
		return say(why, "%s holds no certificate: there is no '-----BEGIN CERTIFICATE-----'", path);
	return say(why, "%s, line %u: %s", path, (unsigned)pem->line, err_text(err));
}

static bool take_roots(struct plan *p, const char *path, struct bytes text, char why[PLAN_WHY])
{
	uint8_t der[ROOT_DER_MAX];
	struct root_info info = { 0 };
	struct pem pem;
	unsigned found = 0;
	enum err err;

	pem_init(&pem, der, sizeof der);
	while ((err = roots_feed(work(), &pem, &text, &info)) != ERR_AGAIN) {
		if (err != ERR_OK)
			return refuse_root(path, &pem, &info, err, why);
		if (!add_root(p, path, &pem, &info, why))
			return false;
		found++;
	}
	err = pem_end(&pem);
	if (err != ERR_NOT_FOUND && !(err == ERR_PEM_HEADER && found > 0))
		return refuse_root(path, &pem, &info, err, why);
	return found > 0 || refuse_root(path, &pem, &info, ERR_PEM_HEADER, why);
}

bool plan_add_roots(struct plan *p, const char *path, char why[PLAN_WHY])
{
	char *text = malloc(FILE_MAX);
	size_t len;
	bool ok = text != NULL ? read_file(path, text, &len, why) : say(why, "%s", strerror(ENOMEM));

	if (ok && len > 0 && text[len - 1] != '\n')
		text[len++] = '\n';      /* the END line may lack its end; read_file() left room */
	ok = ok && take_roots(p, path, (struct bytes){ (uint8_t *)text, len }, why);
	free(text);
	return ok;
}

/* ---- the key ------------------------------------------------------------ */

static bool refuse_key(const char *path, enum err err, const struct key_info *info, char why[PLAN_WHY])
{
	if (err == ERR_KEY_ENCRYPTED)
		return say(why, "%s: the key is encrypted: take its password off with 'openssl pkey'", path);
	if (err == ERR_KEY_CURVE || err == ERR_KEY_TYPE)
		return say(why, "%s: the key is %s; tokens need EC P-256 (prime256v1) or RSA", path, info->found);
	if (err == ERR_KEY_SIZE)
		return say(why, "%s: the key is RSA of %u bits; 2048 to 4096 are accepted", path, info->bits);
	if (err == ERR_PEM_HEADER)
		return say(why, "%s holds no private key: there is no '-----BEGIN ... PRIVATE KEY-----'", path);
	return say(why, "%s: %s", path, err_text(err));
}

bool plan_read_key(struct plan *p, const char *path, char why[PLAN_WHY])
{
	char *text = malloc(FILE_MAX);
	size_t len = 0;
	bool ok = text != NULL ? read_file(path, text, &len, why) : say(why, "%s", strerror(ENOMEM));
	enum err err;

	if (ok) {
		err = key_from_pem(work(), (struct bytes){ (uint8_t *)text, len }, p->key, sizeof p->key, &p->key_len,
				   &p->key_info);
		p->has_key = ok = err == ERR_OK || refuse_key(path, err, &p->key_info, why);
	}
	if (text != NULL)
		bytes_wipe(text, FILE_MAX);
	free(text);
	return ok;
}

bool plan_random(void *buf, size_t len)
{
	return getrandom(buf, len, 0) == (ssize_t)len;
}

enum err plan_seed(struct crypto *c)
{
	uint8_t seed[RNG_SEED_LEN], next[RNG_SEED_LEN];
	enum err err = plan_random(seed, sizeof seed) ? rng_seed(&c->rng, seed, next) : ERR_RNG_FAILED;

	if (err == ERR_OK)
		err = rng_stored(&c->rng);      /* a program is not started twice from one seed */
	bytes_wipe(seed, sizeof seed);
	bytes_wipe(next, sizeof next);
	return err;
}

static bool save_key(const struct plan *p, const char *path, char why[PLAN_WHY])
{
	char pem[PLAN_PEM_MAX];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	size_t len;
	bool ok;

	if (fd < 0 && errno == EEXIST)
		return say(why, "%s exists already and is not written over; --key %s gives the device the key in it",
			   path, path);
	if (fd < 0)
		return say(why, "%s: %s", path, strerror(errno));
	plan_key_pem(p, pem);
	len = strlen(pem);
	ok = write(fd, pem, len) == (ssize_t)len && fsync(fd) == 0;
	if (!ok) {
		say(why, "%s: %s", path, strerror(errno));
		unlink(path);
	}
	close(fd);
	bytes_wipe(pem, sizeof pem);
	return ok;
}

bool plan_make_key(struct plan *p, const char *path, char why[PLAN_WHY])
{
	struct crypto *c = work();
	enum err err = plan_seed(c);

	if (err == ERR_OK)
		err = key_make(c, p->key, sizeof p->key, &p->key_len);
	if (err == ERR_OK)
		err = key_check(c, (struct bytes){ p->key, p->key_len }, &p->key_info);
	if (err != ERR_OK)
		return say(why, "no key could be made: %s", err_text(err));
	p->has_key = save_key(p, path, why);
	return p->has_key;
}

/* ---- PEM ---------------------------------------------------------------- */

static void write_pem(const char *label, const uint8_t *der, size_t len, char pem[PLAN_PEM_MAX])
{
	enum { LINE = 48 };
	struct text t;

	text_init(&t, pem, PLAN_PEM_MAX);
	text_add(&t, "-----BEGIN ");
	text_add(&t, label);
	text_add(&t, "-----\n");
	for (size_t i = 0; i < len; i += LINE) {
		char line[BASE64_STD_LEN(LINE)];
		size_t n = base64_encode(BASE64_STD, der + i, len - i < LINE ? len - i : LINE, line);

		text_add_bytes(&t, (struct bytes){ (uint8_t *)line, n });
		text_add_char(&t, '\n');
		bytes_wipe(line, sizeof line);
	}
	text_add(&t, "-----END ");
	text_add(&t, label);
	text_add(&t, "-----");
}

void plan_root_pem(const struct plan_root *r, char pem[PLAN_PEM_MAX])
{
	write_pem("CERTIFICATE", r->der, r->len, pem);
}

void plan_key_pem(const struct plan *p, char pem[PLAN_PEM_MAX])
{
	write_pem(p->key_info.alg == KEY_ES256 ? "EC PRIVATE KEY" : "RSA PRIVATE KEY", p->key, p->key_len, pem);
}

bool plan_public_pem(const struct plan *p, char pem[PLAN_PEM_MAX])
{
	return key_public_pem(work(), (struct bytes){ p->key, p->key_len }, pem, PLAN_PEM_MAX) == ERR_OK;
}

/* ---- fingerprints ------------------------------------------------------- */

static void hex(const uint8_t *data, size_t n, char *out)
{
	for (size_t i = 0; i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", data[i]);
}

void plan_short(const uint8_t digest[32], char digits[PLAN_SHORT + 1])
{
	hex(digest, PLAN_SHORT / 2, digits);
}

/* SubjectPublicKeyInfo (RFC 5480) of P-256: these bytes, then x and y. */
static const uint8_t p256[] = {
	0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
	0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04
};

bool plan_fingerprint(const char *text, char digits[65], bool *rsa)
{
	uint8_t der[KEY_PUBLIC_PEM_MAX], digest[32];
	struct pem pem;

	pem_init(&pem, der, sizeof der);
	(void)pem_feed(&pem, text, strlen(text));
	if (pem_result(&pem) != ERR_OK || strcmp(pem.label, "PUBLIC KEY") != 0)
		return false;
	*rsa = pem.der_len != sizeof p256 + 64 || memcmp(der, p256, sizeof p256) != 0;
	crypto_sha256(der, pem.der_len, digest);
	hex(digest, sizeof digest, digits);
	return true;
}

void plan_wipe(struct plan *p)
{
	bytes_wipe(p->key, sizeof p->key);
	p->has_key = false;
}
