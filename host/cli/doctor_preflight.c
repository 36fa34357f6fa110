/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_preflight.c - are the settings such that a device could connect with them? */
#include "cli/doctor.h"

#include "cli/files.h"
#include "cli/lint.h"
#include "cli/plan.h"
#include "cloud/plausible.h"
#include "crypto/root_lint.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { FILE_MAX = 1024 * 1024, NAME_MAX = 2 * ROOT_NAME_MAX + 32, PORT_DEFAULT = 8883 };

/* ---- values ------------------------------------------------------------------ */

/* What a device would say of such a value, for the diagnosis: PLAUSIBLE_... of a field is this error. */
static const struct row {
	enum settings_key    key;
	enum plausible_what  what;
	enum err             err;
} rows[] = {
	{ SETTINGS_HOST,     PLAUSIBLE_HOST,     ERR_FORMAT },
	{ SETTINGS_PORT,     PLAUSIBLE_PORT,     ERR_ARG },
	{ SETTINGS_PROJECT,  PLAUSIBLE_PROJECT,  ERR_IOTCORE_PROJECT },
	{ SETTINGS_REGION,   PLAUSIBLE_REGION,   ERR_IOTCORE_REGION },
	{ SETTINGS_REGISTRY, PLAUSIBLE_REGISTRY, ERR_IOTCORE_REGISTRY },
	{ SETTINGS_DEVICE,   PLAUSIBLE_DEVICE,   ERR_IOTCORE_DEVICE },
	{ SETTINGS_APN,      PLAUSIBLE_APN,      ERR_FORMAT },
};

static const struct { enum settings_key key; } ids[] = {
	{ SETTINGS_PROJECT }, { SETTINGS_REGION }, { SETTINGS_REGISTRY }, { SETTINGS_DEVICE }
};

/* The first error is what the verdict is about; findings tell all of them. */
static void first_error(struct doctor *d, enum err e, enum settings_key key)
{
	if (d->evidence.err != ERR_OK)
		return;
	d->evidence.err = (uint16_t)e;
	evidence_value(&d->evidence, settings_info(key)->name, d->settings.value[key]);
}

static void take_plausible(struct doctor *d, const struct plausible *p)
{
	char sentence[FINDINGS_SENTENCE];
	struct text t;

	text_init(&t, sentence, sizeof sentence);
	plausible_say(p, &t);
	findings_add(&d->findings, plausible_info(p->code), 0, 0, sentence);
}

static void check_value(struct doctor *d, const struct row *r)
{
	const char *value = doctor_settings_get(&d->settings, r->key);
	struct plausible p;

	if (value == NULL)
		return;
	p = plausible_check(r->what, bytes_of(value));
	if (p.code == PLAUSIBLE_GOOD)
		return;
	take_plausible(d, &p);
	if (plausible_info(p.code).weight == WEIGHT_ERROR)
		first_error(d, p.code == PLAUSIBLE_HOST_GOOGLE ? ERR_DEVICE_HOST_DEAD : r->err, r->key);
}

static void check_region(struct doctor *d)
{
	const char *region = doctor_settings_get(&d->settings, SETTINGS_REGION);
	struct plausible p = plausible_region_of_host(bytes_of(d->host != NULL ? d->host : ""),
						      bytes_of(region != NULL ? region : ""));

	if (region == NULL || d->host == NULL || p.code == PLAUSIBLE_GOOD)
		return;
	take_plausible(d, &p);
	if (plausible_info(p.code).weight == WEIGHT_ERROR)
		first_error(d, ERR_IOTCORE_REGION, SETTINGS_REGION);
}

static void missing(struct doctor *d, const char *name)
{
	findings_say(&d->findings, WEIGHT_ERROR, "SET-MISSING", "The setting '%s' is missing: --%s, or 'set %s' in the "
		     "file of --settings.", name, name, name);
	if (d->evidence.err != ERR_OK)
		return;
	d->evidence.err = ERR_DEVICE_SETTING;
	d->evidence.setting = name;
}

/* All four, or none: then there is no login. */
static void check_ids(struct doctor *d)
{
	unsigned set = 0;

	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
		set += doctor_settings_get(&d->settings, ids[i].key) != NULL;
	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
		if (set > 0 && doctor_settings_get(&d->settings, ids[i].key) == NULL)
			missing(d, settings_info(ids[i].key)->name);
	d->has_ids = set == sizeof ids / sizeof ids[0];
	if (!d->has_ids)
		return;
	d->ids = (struct iotcore_ids){
		bytes_of(d->settings.value[SETTINGS_PROJECT]), bytes_of(d->settings.value[SETTINGS_REGISTRY]),
		bytes_of(d->settings.value[SETTINGS_DEVICE]), bytes_of(d->settings.value[SETTINGS_REGION]),
	};
	if (iotcore_ids_check(&d->ids, NULL) == ERR_OK)
		d->evidence.ids_ok = EVIDENCE_YES;
}

static void check_values(struct doctor *d, bool with_host)
{
	uint32_t port = PORT_DEFAULT;

	d->host = doctor_settings_get(&d->settings, SETTINGS_HOST);
	if (d->settings.value[SETTINGS_PORT][0] != '\0')
		(void)bytes_to_u32(bytes_of(d->settings.value[SETTINGS_PORT]), UINT16_MAX, &port);
	d->port = (uint16_t)port;
	if (d->host == NULL && with_host)
		missing(d, "host");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		check_value(d, &rows[i]);
	check_region(d);
	check_ids(d);
	d->evidence.host = d->host;
	d->evidence.port = d->port;
	d->evidence.project = doctor_settings_get(&d->settings, SETTINGS_PROJECT);
	d->evidence.registry = doctor_settings_get(&d->settings, SETTINGS_REGISTRY);
	d->evidence.device = doctor_settings_get(&d->settings, SETTINGS_DEVICE);
	d->evidence.apn = doctor_settings_get(&d->settings, SETTINGS_APN);
}

/* ---- roots ---------------------------------------------------------------------- */

static enum err read_root(struct roots *r, unsigned index, uint8_t *der, size_t size, size_t *len)
{
	const struct doctor_roots *all = (const struct doctor_roots *)(const void *)r;   /* its first member */

	if (index >= all->count)
		return ERR_NOT_FOUND;
	*len = all->root[index].len;
	if (*len > size)
		return ERR_TOO_LONG;
	memcpy(der, all->root[index].der, *len);
	return ERR_OK;
}

static void keep_root(struct doctor_roots *r, const struct pem *p, const struct root_info *info)
{
	for (unsigned i = 0; i < r->count; i++)
		if (memcmp(r->root[i].info.fingerprint, info->fingerprint, sizeof info->fingerprint) == 0)
			return;
	if (r->count == DOCTOR_ROOTS)
		return;
	memcpy(r->root[r->count].der, p->der, p->der_len);
	r->root[r->count].len = p->der_len;
	r->root[r->count++].info = *info;
}

static void say_root(struct doctor *d, enum root_lint_code code, const struct root_info *info, unsigned number)
{
	char what[NAME_MAX], sentence[FINDINGS_SENTENCE];
	struct text t;

	snprintf(what, sizeof what, "Root %u%s%s%s", number, info->subject[0] != '\0' ? " ('" : "", info->subject,
		 info->subject[0] != '\0' ? "')" : "");
	text_init(&t, sentence, sizeof sentence);
	root_lint_say(code, what, info, (int64_t)time(NULL), &t);
	findings_add(&d->findings, root_lint_info(code), 0, 0, sentence);
}

/* One that has ended is of no use, but no reason to stop while others are there: the server decides. */
static enum err take_roots(struct doctor *d, struct bytes text, struct root_lint_set *set)
{
	static uint8_t der[ROOT_DER_MAX];
	struct root_info info = { 0 };
	unsigned number = 0;
	enum err first = ERR_OK, e;
	struct pem p;

	pem_init(&p, der, sizeof der);
	while ((e = roots_feed(&d->crypto, &p, &text, &info)) != ERR_AGAIN) {
		enum root_lint_code code = root_lint(e, &info, (int64_t)time(NULL));

		if (first == ERR_OK)
			first = e;
		if (e != ERR_OK && e != ERR_CERT_FORMAT && e != ERR_CERT_NOT_CA && e != ERR_CERT_KEY &&
		    e != ERR_TOO_LONG)
			continue;           /* its armour: the linter has told */
		number++;
		if (code != ROOT_GOOD)
			say_root(d, code, &info, number);
		if (e == ERR_OK) {
			keep_root(&d->roots, &p, &info);
			root_lint_add(set, &info);
		}
	}
	return first;
}

static void judge_roots(struct doctor *d, const struct root_lint_set *set)
{
	enum root_lint_code code = root_lint_judge(set);
	char sentence[FINDINGS_SENTENCE];
	struct text t;

	if (code == ROOT_GOOD || (code == ROOT_NONE && d->findings.errors > 0))
		return;
	text_init(&t, sentence, sizeof sentence);
	root_lint_say_set(set, code, &t);
	findings_add(&d->findings, root_lint_info(code), 0, 0, sentence);
}

static bool all_ended(const struct doctor_roots *r)
{
	unsigned ended = 0;

	for (unsigned i = 0; i < r->count; i++)
		ended += r->root[i].info.not_after < (int64_t)time(NULL);
	return ended == r->count;
}

static void check_roots(struct doctor *d)
{
	struct bytes text = { (const uint8_t *)buffer_str(&d->settings.roots), d->settings.roots.len };
	struct root_lint_set set;
	enum err e;

	d->roots.roots.read = read_root;
	root_lint_set(&set, bytes_of(d->host != NULL ? d->host : ""));
	if (text.len > 0)
		lint_text(&d->findings, PEM_LINT_ROOTS, text, NULL, 0);
	e = take_roots(d, text, &set);
	judge_roots(d, &set);
	if (d->roots.count == 0) {
		evidence_fail(&d->evidence, e != ERR_OK ? e : ERR_ROOTS_EMPTY);
		return;
	}
	d->evidence.root = d->roots.root[0].info.subject;
	d->evidence.roots = (uint8_t)d->roots.count;
	if (all_ended(&d->roots))
		evidence_fail(&d->evidence, ERR_DEVICE_ROOTS_ENDED);
}

/* ---- the key -------------------------------------------------------------------- */

static void name_key(struct doctor *d)
{
	struct text t;

	text_init(&t, d->key_text, sizeof d->key_text);
	text_add(&t, "SHA256:");
	for (size_t i = 0; i < sizeof d->key_info.fingerprint; i++)
		text_add_hex(&t, d->key_info.fingerprint[i], 2);
	d->evidence.key = d->key_text;
}

/* An export tells which key the device has. */
static void compare_key(struct doctor *d)
{
	const char *has = d->settings.key, *given = strchr(d->key_text, ':') + 1;

	if (has[0] != '\0' && strcmp(has, given) != 0)
		findings_say(
			&d->findings, WEIGHT_WARNING, "KEY-OTHER",
			"The key in '%.200s' (%.16s...) is not the one that "
			"the device has (%.16s...): what comes of the login is told of the key in the file; take the "
			"device's own, or --token.",
			d->key_file, given, has);
}

static void read_key(struct doctor *d, struct bytes text)
{
	unsigned before = d->findings.errors;
	enum err e;

	lint_text(&d->findings, PEM_LINT_KEY, text, NULL, 0);
	e = key_from_pem(&d->crypto, text, d->key, sizeof d->key, &d->key_len, &d->key_info);
	if (e == ERR_OK) {
		d->has_key = true;
		name_key(d);
		compare_key(d);
		return;
	}
	if (d->findings.errors == before)
		lint_key(&d->findings, e, &d->key_info);
	evidence_fail(&d->evidence, e);
	d->evidence.found = d->key_info.found;
}

/* ---- all of it ------------------------------------------------------------------- */

static void check_key(struct doctor *d)
{
	struct buffer text = { 0 };
	char why[FILES_WHY];

	if (d->key_file == NULL)
		return;
	if (files_read(d->key_file, FILE_MAX, &text, why)) {
		read_key(d, (struct bytes){ (const uint8_t *)buffer_str(&text), text.len });
	} else {
		findings_say(&d->findings, WEIGHT_ERROR, "KEY-FILE", "The key cannot be read: %s.", why);
		evidence_fail(&d->evidence, ERR_KEY_MISSING);
	}
	buffer_wipe(&text);
}

static void learn(struct doctor *d)
{
	struct doctor_steps *s = &d->steps;

	if (d->host != NULL)
		doctor_steps_learn(s, "host %s, port %u", d->host, (unsigned)d->port);
	if (d->has_ids) {
		doctor_steps_learn(s, "project %s, region %s", d->settings.value[SETTINGS_PROJECT],
				   d->settings.value[SETTINGS_REGION]);
		doctor_steps_learn(s, "registry %s, device %s", d->settings.value[SETTINGS_REGISTRY],
				   d->settings.value[SETTINGS_DEVICE]);
	}
	if (d->roots.count > 0)
		doctor_steps_learn(s, "%u %s, the first '%s'", d->roots.count, d->roots.count == 1 ? "root" : "roots",
				   d->roots.root[0].info.subject);
	if (d->has_key)
		doctor_steps_learn(s, "key %s, %.23s...", d->key_info.found, d->key_text);
	if (d->findings.errors + d->findings.warnings > 0)
		doctor_steps_learn(s, "errors: %u, warnings: %u, told below", d->findings.errors, d->findings.warnings);
}

bool doctor_preflight(struct doctor *d, bool with_host)
{
	doctor_steps_begin(&d->steps, "settings", doctor_net_now());
	check_values(d, with_host);
	if (with_host || d->settings.roots.len > 0)
		check_roots(d);
	check_key(d);
	learn(d);
	if (d->evidence.err != ERR_OK) {
		doctor_fail(d, (enum err)d->evidence.err);
		return false;
	}
	doctor_steps_end(&d->steps, DOCTOR_OK, doctor_net_now());
	return true;
}
