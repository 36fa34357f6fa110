/* SPDX-License-Identifier: Apache-2.0 */
/*
 * family_check.c - tern key check, tern roots check: what a device would say of
 * a file, by the same code, before it is pasted.
 */
#include "base/calendar.h"
#include "cli/command.h"
#include "cli/families.h"
#include "cli/files.h"
#include "cli/findings.h"
#include "cli/json.h"
#include "cli/lint.h"
#include "cli/public_key.h"
#include "cli/table.h"
#include "cli/words.h"
#include "cloud/plausible.h"
#include "crypto/pem_lint.h"
#include "crypto/root_lint.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { FILE_MAX = 256 * 1024, ARENA = 96 * 1024, DATE = 24, DAY_S = 86400, FINGERPRINT = 65 };

static struct crypto *work(void)
{
	static struct crypto crypto;
	static _Alignas(16) uint8_t arena[ARENA];

	if (crypto.arena.size == 0)
		crypto_init(&crypto, arena, sizeof arena, "tern", 4);
	return &crypto;
}

static void hex(const uint8_t digest[32], char out[FINGERPRINT])
{
	for (size_t i = 0; i < 32; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static void date(int64_t at_s, char out[DATE])
{
	struct calendar c = calendar_from_unix(at_s);

	snprintf(out, DATE, "%04u-%02u-%02u", (unsigned)c.year % 10000, (unsigned)c.month % 100, (unsigned)c.day % 100);
}

/* ---- keys -------------------------------------------------------------------- */

struct half {
	bool     private, sound;
	bool     certificate;
	char     fingerprint[FINGERPRINT];
	const char *alg;          /* "ES256" */
	char     kind[48];        /* "EC P-256", "RSA 2048" */
};

static bool looks_public(const char *text)
{
	return strstr(text, "PRIVATE KEY") == NULL &&
	       (strstr(text, "PUBLIC KEY") != NULL || strstr(text, "BEGIN CERTIFICATE-") != NULL);
}

static void read_private(struct half *h, struct bytes text, struct findings *f)
{
	uint8_t der[KEY_DER_MAX];
	struct key_info info;
	size_t len;
	enum err e = key_from_pem(work(), text, der, sizeof der, &len, &info);

	bytes_wipe(der, sizeof der);
	h->sound = e == ERR_OK;
	if (!h->sound) {
		lint_key(f, e, &info);
		return;
	}
	hex(info.fingerprint, h->fingerprint);
	h->alg = info.alg == KEY_ES256 ? "ES256" : "RS256";
	if (info.alg == KEY_ES256)
		snprintf(h->kind, sizeof h->kind, "EC P-256");
	else
		snprintf(h->kind, sizeof h->kind, "RSA %u", info.bits);
}

static void read_public(struct half *h, const char *text, struct findings *f)
{
	struct public_key k;
	char why[PUBLIC_KEY_WHY];

	h->sound = public_key_read(&k, text, why);
	if (!h->sound) {
		findings_say(f, WEIGHT_ERROR, "KEY-PUBLIC", "The bridge would refuse this key: %s.", why);
		return;
	}
	h->certificate = k.format == CREDENTIAL_ES256_X509_PEM || k.format == CREDENTIAL_RSA_X509_PEM;
	memcpy(h->fingerprint, k.fingerprint, sizeof h->fingerprint);
	h->alg = credential_alg(k.format);
	snprintf(h->kind, sizeof h->kind, "%s", strcmp(h->alg, "ES256") == 0 ? "EC P-256" : "RSA");
}

/* A private key that others can read is no secret. */
static void check_mode(const char *file, struct findings *f)
{
	struct stat st;

	if (strcmp(file, "-") != 0 && stat(file, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077) != 0)
		findings_say(f, WEIGHT_WARNING, "KEY-MODE",
			     "The private key in '%.200s' can be read by other users (mode %03o): 'chmod 600 FILE' "
			     "keeps it yours.", file, (unsigned)st.st_mode & 0777);
}

static int read_half(struct half *h, const char *file, struct findings *f)
{
	struct buffer text = { 0 };
	char why[FILES_WHY];
	unsigned errors = f->errors;

	*h = (struct half){ .alg = NULL };
	if (!files_read(file, FILE_MAX, &text, why)) {
		buffer_wipe(&text);
		return say_error(CLI_USAGE, "%s", why);
	}
	struct bytes all = { (const uint8_t *)buffer_str(&text), text.len };

	h->private = !looks_public(buffer_str(&text));
	lint_text(f, h->private ? PEM_LINT_KEY : PEM_LINT_PUBLIC, all, NULL, 0);
	if (f->errors == errors && h->private)
		read_private(h, all, f);
	else if (f->errors == errors)
		read_public(h, buffer_str(&text), f);
	if (h->private && h->sound)
		check_mode(file, f);
	buffer_wipe(&text);
	return CLI_OK;
}

static const char *half_name(const struct half *h)
{
	return h->private ? "private key" : h->certificate ? "certificate with a public key" : "public key";
}

/* Two files: the halves of one key? */
static void compare(const struct half *h, const struct half *other, const char *file, struct findings *f)
{
	bool same = strcmp(h->fingerprint, other->fingerprint) == 0;

	if (!h->sound || !other->sound)
		return;
	if (same)
		findings_say(f, WEIGHT_NOTE, "KEY-FITS", "The %s in '%.200s' fits.", half_name(other), file);
	else
		findings_say(f, WEIGHT_ERROR, "KEY-OTHER",
			     "The %s in '%.200s' is of another key (%.16s...): register the public half of the key "
			     "that the device has, or give the device the private half of the one that is registered.",
			     half_name(other), file, other->fingerprint);
}

static void print_half(const struct half *h)
{
	char alg[64];

	if (!h->sound)
		return;
	snprintf(alg, sizeof alg, "%s (%s)", h->kind, h->alg);
	words_line("what", half_name(h));
	words_line("algorithm", alg);
	words_line("fingerprint", h->fingerprint);
}

static cJSON *half_json(const struct half *h)
{
	cJSON *o = json_object();

	cJSON_AddBoolToObject(o, "sound", h->sound);
	cJSON_AddStringToObject(o, "what", half_name(h));
	if (h->sound) {
		cJSON_AddStringToObject(o, "kind", h->kind);
		cJSON_AddStringToObject(o, "algorithm", h->alg);
		cJSON_AddStringToObject(o, "fingerprint", h->fingerprint);
	}
	return o;
}

int run_key_check(struct call *call)
{
	struct half h, other = { .sound = false };
	struct findings f;
	int status;

	findings_init(&f);
	status = read_half(&h, call->argument[0], &f);
	if (status == CLI_OK && call->argument[1] != NULL)
		status = read_half(&other, call->argument[1], &f);
	if (status == CLI_OK && call->argument[1] != NULL)
		compare(&h, &other, call->argument[1], &f);
	if (status == CLI_OK)
		status = f.errors == 0 ? CLI_OK : h.sound && other.sound ? CLI_REFUSED : CLI_USAGE;
	if (h.alg == NULL && f.errors == 0) {
		findings_free(&f);
		return status;
	}
	if (call_has(call, OPT_JSON)) {
		findings_print_json(&f, half_json(&h));
		return status;
	}
	print_half(&h);
	findings_print(&f);
	findings_free(&f);
	return status;
}

/* ---- roots ------------------------------------------------------------------- */

enum { ROOTS_MAX = 200, WHAT = 2 * ROOT_NAME_MAX };

struct bundle {
	struct root_info root[ROOTS_MAX];     /* the sound ones */
	uint32_t line[ROOTS_MAX];             /* where each begins */
	unsigned sound, all;
	int64_t  now_s;
	cJSON   *list;
	struct table table;
	struct root_lint_set set;
};

static const struct table_column columns[] = {
	{ "", 0 }, { "ROOT", 24 }, { "KEY", 0 }, { "UNTIL", 0 }, { "SHA-256", 16 },
};

static void add_row(struct bundle *b, const struct root_info *info)
{
	char number[16], key[24], until[DATE], fingerprint[FINGERPRINT];
	cJSON *one = json_object();

	snprintf(number, sizeof number, "%u", b->all);
	snprintf(key, sizeof key, "%s %u", info->ec ? "EC" : "RSA", info->key_bits);
	date(info->not_after, until);
	hex(info->fingerprint, fingerprint);
	table_cell(&b->table, number);
	table_cell(&b->table, info->subject);
	table_cell(&b->table, key);
	table_cell(&b->table, until);
	table_cell(&b->table, fingerprint);
	cJSON_AddStringToObject(one, "subject", info->subject);
	cJSON_AddStringToObject(one, "issuer", info->issuer);
	cJSON_AddStringToObject(one, "key", key);
	cJSON_AddStringToObject(one, "until", until);
	cJSON_AddStringToObject(one, "fingerprint", fingerprint);
	cJSON_AddItemToArray(b->list, one);
}

static void say_root(const struct bundle *b, struct findings *f, enum root_lint_code code, const struct root_info *info,
		     uint32_t line)
{
	char what[WHAT], sentence[FINDINGS_SENTENCE];
	struct text t;

	if (code == ROOT_GOOD)
		return;
	snprintf(what, sizeof what, "Root %u%s%s%s", b->all, info->subject[0] != '\0' ? " ('" : "", info->subject,
		 info->subject[0] != '\0' ? "')" : "");
	text_init(&t, sentence, sizeof sentence);
	root_lint_say(code, what, info, b->now_s, &t);
	findings_add(f, root_lint_info(code), line, 0, sentence);
}

static bool is_known(const struct bundle *b, const struct root_info *info)
{
	for (unsigned i = 0; i < b->sound; i++)
		if (memcmp(b->root[i].fingerprint, info->fingerprint, sizeof info->fingerprint) == 0)
			return true;
	return false;
}

/* One certificate, of which the armour is sound. */
static void take_root(struct bundle *b, struct findings *f, enum err e, const struct root_info *info)
{
	enum root_lint_code code = root_lint(e, info, b->now_s);
	uint32_t line = b->all < ROOTS_MAX ? b->line[b->all] : 0;

	b->all++;
	say_root(b, f, code, info, line);
	if (e == ERR_OK)
		add_row(b, info);
	if (root_lint_info(code).weight == WEIGHT_ERROR)
		return;
	if (is_known(b, info))
		say_root(b, f, ROOT_TWICE, info, line);
	if (b->sound < ROOTS_MAX)
		b->root[b->sound++] = *info;
	root_lint_add(&b->set, info);
}

static void take_roots(struct bundle *b, struct findings *f, struct bytes text)
{
	static uint8_t der[ROOT_DER_MAX];
	struct root_info info;
	struct pem p;

	pem_init(&p, der, sizeof der);
	while (text.len > 0) {
		enum err e = roots_feed(work(), &p, &text, &info);

		if (e == ERR_OK || e == ERR_CERT_FORMAT || e == ERR_CERT_NOT_CA || e == ERR_CERT_KEY ||
		    e == ERR_TOO_LONG)
			take_root(b, f, e, &info);
	}
}

static void check_host(struct bundle *b, struct findings *f)
{
	struct plausible p = plausible_check(PLAUSIBLE_HOST, b->set.host);
	enum root_lint_code code = root_lint_judge(&b->set);
	char sentence[FINDINGS_SENTENCE];
	struct text t;

	text_init(&t, sentence, sizeof sentence);
	if (p.code != PLAUSIBLE_GOOD && b->set.host.len > 0) {
		plausible_say(&p, &t);
		findings_add(f, plausible_info(p.code), 0, 0, sentence);
	}
	text_init(&t, sentence, sizeof sentence);
	if (code != ROOT_GOOD && (code != ROOT_NONE || f->errors == 0)) {
		root_lint_say_set(&b->set, code, &t);
		findings_add(f, root_lint_info(code), 0, 0, sentence);
	}
}

int run_roots_check(struct call *call)
{
	static struct bundle b;
	const char *host = call_value(call, OPT_HOST);
	struct buffer text = { 0 };
	char why[FILES_WHY];
	struct findings f;
	int status;

	if (!files_read(call->argument[0], 4 * FILE_MAX, &text, why)) {
		buffer_free(&text);
		return say_error(CLI_USAGE, "%s", why);
	}
	memset(&b, 0, sizeof b);
	b.now_s = time(NULL);
	b.list = json_array();
	table_init(&b.table, columns, sizeof columns / sizeof columns[0]);
	findings_init(&f);
	root_lint_set(&b.set, bytes_of(host != NULL ? host : ""));
	buffer_char(&text, '\n');
	lint_text(&f, PEM_LINT_ROOTS, (struct bytes){ (const uint8_t *)buffer_str(&text), text.len }, b.line,
		  ROOTS_MAX);
	take_roots(&b, &f, (struct bytes){ (const uint8_t *)buffer_str(&text), text.len });
	check_host(&b, &f);
	status = f.errors == 0 ? CLI_OK : b.sound > 0 ? CLI_SOME : CLI_USAGE;
	if (call_has(call, OPT_JSON)) {
		cJSON *o = json_object();

		cJSON_AddItemToObject(o, "roots", b.list);
		findings_print_json(&f, o);
	} else {
		if (b.table.cells > 0)
			table_show(&b.table);
		findings_print(&f);
		findings_free(&f);
		cJSON_Delete(b.list);
	}
	table_free(&b.table);
	buffer_wipe(&text);
	return status;
}
