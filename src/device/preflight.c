/* SPDX-License-Identifier: Apache-2.0 */
#include "device/preflight.h"

#include "base/packed.h"
#include "cloud/plausible.h"
#include "crypto/root_lint.h"
#include "device/device.h"
#include "device/values.h"
#include "diagnosis/rules.h"

#include <string.h>

enum { VALUE_MAX = 256, FINGERPRINT_SHOWN = 8, ROOT_NAMES = 4 };   /* bytes */

/* One check, on its way. */
struct look {
	struct device *d;
	uint32_t       now_ms;
	struct text   *t;             /* the sentence */
	struct preflight *p;
	bool           gate;          /* texts of what follows must live: the profile's */

	/* What keeps the device from starting, and what the diagnosis says about it. */
	enum err    err;              /* ERR_OK: nothing */
	const char *setting, *value;
	char        found[PEM_LABEL_MAX + 1];
	uint32_t    need, have;
	uint8_t     roots, roots_bad;
};

/* ---- what a check says ----------------------------------------------------- */

static void say(struct look *l, const char *sentence, uint32_t a, uint32_t b)
{
	finding_say(l->t, sentence, &(struct finding_values){ .what = l->p->what, .number = { a, b } });
}

static void weigh(struct look *l, enum weight weight, const char *code)
{
	struct text t;

	l->p->weight = weight;
	l->p->good = false;
	text_init(&t, l->p->code, sizeof l->p->code);
	text_say(&t, code);
}

static void refuse(struct look *l, enum err err)
{
	l->err = err;
}

static void say_nothing(struct look *l)
{
	l->p->what = NULL;
}

/* Another connection uses the memory that this takes. */
static bool is_busy(struct look *l, enum err err)
{
	if (err != ERR_CRYPTO_MEMORY || l->d->state == DEVICE_STOPPED)
		return false;
	weigh(l, WEIGHT_NOTE, "BUSY");
	say(l, T("not looked at: the connection uses the memory; 'stop' first"), 0, 0);
	return true;
}

static void add_evidence(const struct look *l, struct evidence *e)
{
	if (l->value != NULL)
		evidence_value(e, l->setting, l->value);
	e->setting = l->setting;
	e->need = l->need;
	e->have = l->have;
	e->roots = l->roots;
	e->roots_bad = l->roots_bad;
	e->build = l->d->clock.floor_s;
	e->noise_bits = (uint16_t)noise_bits(&l->d->entropy.noise);
	evidence_fail(e, l->err);
}

/* The sentence of the diagnosis about what is refused. */
static void say_refused(struct look *l)
{
	const struct diagnosis_next unsaid = { DIAGNOSIS_NEXT_UNSAID, 0 };
	struct evidence e;
	struct text code;
	enum verdict v;
	size_t before = l->t->len;

	evidence_init(&e);
	add_evidence(l, &e);
	e.found = l->found;
	if (!clock_now(&l->d->clock, l->now_ms, &e.now))
		e.now = 0;
	v = rules_decide(&e, NULL);
	weigh(l, WEIGHT_ERROR, "");
	text_init(&code, l->p->code, sizeof l->p->code);
	diagnosis_code(&code, v);
	diagnosis_sentence(l->t, v, &e, unsaid);
	if (l->t->len == before)
		diagnosis_facts(l->t, v, &e, unsaid);
}

/* ---- settings --------------------------------------------------------------- */

static bool is_needed(enum settings_key key)
{
	return key == SETTINGS_HOST || (key >= SETTINGS_PROJECT && key <= SETTINGS_DEVICE);
}

static void say_not_set(struct look *l, enum settings_key key)
{
	if (is_needed(key)) {
		l->setting = l->p->what;
		refuse(l, ERR_DEVICE_SETTING);
		weigh(l, WEIGHT_ERROR, "SETTING-1");
		say(l, T("not set: 'set %w VALUE'"), 0, 0);
	} else if (key == SETTINGS_PORT) {
		say(l, T("%1 (default)"), PROFILE_PORT_DEFAULT, 0);
	} else if (key == SETTINGS_APN) {
		weigh(l, WEIGHT_NOTE, "APN-NONE");
		say(l, T("not set: the network's own is taken; most SIM providers name one"), 0, 0);
	} else {
		say_nothing(l);
	}
}

static enum err read_value(struct settings *s, enum settings_key key, char value[VALUE_MAX])
{
	uint32_t number = 0;
	struct text t;
	enum err e;

	text_init(&t, value, VALUE_MAX);
	if (settings_info(key)->kind == SETTINGS_TEXT)
		return settings_get_text(s, key, value, VALUE_MAX, NULL);
	e = settings_get_u32(s, key, &number);
	text_add_u32(&t, number);
	return e;
}

/* The region of a public host, and the setting. */
static void look_at_region(struct look *l, struct bytes region)
{
	char host[VALUE_MAX];
	struct plausible p;

	if (read_value(&l->d->settings, SETTINGS_HOST, host) != ERR_OK)
		return;
	p = plausible_region_of_host(bytes_of(host), region);
	if (p.code == PLAUSIBLE_GOOD)
		return;
	weigh(l, WEIGHT_WARNING, plausible_info(p.code).code);
	plausible_say(&p, l->t);
}

/* What a single value does not show. */
static void look_further(struct look *l, enum settings_key key, const char *value)
{
	if (key == SETTINGS_REGION) {
		look_at_region(l, bytes_of(value));
	} else if (key == SETTINGS_HOST && strlen(value) >= QUECTEL_HOST_SIZE) {
		refuse(l, ERR_TOO_LONG);
	} else if (key == SETTINGS_PIN && secrets_pin_was_refused(&l->d->settings, value)) {
		weigh(l, WEIGHT_WARNING, "SIM-PIN-2");
		say(l, T("set, but the SIM has refused it: it is not sent again; set the right one"), 0, 0);
	}
}

static void judge_value(struct look *l, enum settings_key key, const char *value)
{
	const struct settings_info *info = settings_info(key);
	struct remark remark = values_check(key, bytes_of(value), l->t);

	if (remark.said)
		weigh(l, remark.weight, remark.code);
	refuse(l, remark.err);
	if (!remark.said)
		look_further(l, key, value);
	l->setting = info->name;
	if (!info->secret)
		l->value = l->gate ? profile_text(&l->d->profile, key) : value;
	if (l->err == ERR_OK && l->p->good)
		text_add(l->t, info->secret ? "set" : value);
	else if (l->err != ERR_OK && !remark.said)
		say_refused(l);   /* while VALUE is here */
}

static void look_at_setting(struct look *l, unsigned which)
{
	enum settings_key key = (enum settings_key)which;
	char value[VALUE_MAX];
	enum err err = read_value(&l->d->settings, key, value);

	l->p->what = settings_info(key)->name;
	if (err == ERR_OK) {
		judge_value(l, key, value);
	} else if (err == ERR_NOT_FOUND) {
		say_not_set(l, key);
	} else {
		l->setting = l->p->what;
		refuse(l, err);
	}
	if (!l->gate && l->value == value)
		l->value = NULL;
	bytes_wipe(value, sizeof value);
}

/* ---- key and token ------------------------------------------------------------ */

static void add_fingerprint(struct text *t, const uint8_t digest[32])
{
	text_say(t, ", sha256 ");
	for (size_t i = 0; i < FINGERPRINT_SHOWN; i++)
		text_add_hex(t, digest[i], 2);
	text_add(t, "...");
}

/* What a start goes on with. */
static void take_key(struct device *d, const struct key_info *key)
{
	witness_key(d, key->fingerprint);
	d->token_size = JWT_SIZE(bytes_of(d->profile.project).len, key->alg == KEY_ES256 ? 64u : key->bits / 8u);
}

static void look_at_key(struct look *l, unsigned which)
{
	struct key_info info = { .alg = KEY_NONE };
	enum err err = secrets_key_info(&l->d->crypto, &l->d->settings, &info);

	(void)which;
	l->p->what = "key";
	if (is_busy(l, err))
		return;
	refuse(l, err);
	memcpy(l->found, info.found, sizeof l->found);
	if (err == ERR_KEY_MISSING) {
		weigh(l, WEIGHT_ERROR, "KEY-NONE-1");
		say(l, T("not set: 'key new', then register what 'key public' prints"), 0, 0);
	}
	if (err != ERR_OK)
		return;
	if (l->gate)
		take_key(l->d, &info);
	if (info.alg == KEY_ES256)
		text_say(l->t, "EC P-256 (ES256)");
	else
		say(l, "RSA %1 (RS256)", info.bits, 0);
	add_fingerprint(l->t, info.fingerprint);
}

struct proof {
	char project[VALUE_MAX];
	char token[JWT_SIZE(JWT_AUD_MAX, KEY_SIGNATURE_MAX)];
};

/* Is a token one?  Claims of any time do: the floor, if the clock is not set.
 * In the arena, for it goes deep into the stack. */
static enum err prove_token(struct look *l, size_t *len)
{
	struct device *d = l->d;
	struct proof *p = arena_alloc(&d->crypto.arena, sizeof *p);
	int64_t now_s;
	enum err e;

	if (p == NULL)
		return ERR_CRYPTO_MEMORY;
	if (!clock_now(&d->clock, l->now_ms, &now_s))
		now_s = d->clock.floor_s;
	e = read_value(&d->settings, SETTINGS_PROJECT, p->project);
	if (e == ERR_OK && values_check(SETTINGS_PROJECT, bytes_of(p->project), NULL).err != ERR_OK)
		e = ERR_NOT_FOUND;
	if (e == ERR_OK)
		e = secrets_token_proven(&d->crypto, &d->settings, p->project, now_s, now_s + DEVICE_TOKEN_LIFE_S,
					 p->token, sizeof p->token, len);
	arena_free(&d->crypto.arena, p);
	return e;
}

/* CONNECT with ids and token, against its buffer. */
static void measure_login(struct look *l, size_t token_len)
{
	const struct settings *s = &l->d->settings;
	const struct iotcore_ids lengths = {
		.project = { NULL, settings_size(s, SETTINGS_PROJECT) },
		.region = { NULL, settings_size(s, SETTINGS_REGION) },
		.registry = { NULL, settings_size(s, SETTINGS_REGISTRY) },
		.device = { NULL, settings_size(s, SETTINGS_DEVICE) },
	};
	uint32_t need = (uint32_t)iotcore_connect_size(&lengths, token_len);

	if (need <= DEVICE_TX_SIZE) {
		say(l, T("token signed, and verified with the key's own public half; the login takes %1 of %2 "
			 "bytes"), need, DEVICE_TX_SIZE);
		return;
	}
	l->need = need;
	l->have = DEVICE_TX_SIZE;
	l->setting = settings_info(SETTINGS_DEVICE)->name;
	refuse(l, ERR_TOO_LONG);
}

/* A start signs nothing: with RSA that is seconds, and every login signs anyway. */
static void look_at_login(struct look *l, unsigned which)
{
	size_t token_len = l->d->token_size - 1;
	enum err err = l->gate ? ERR_OK : prove_token(l, &token_len);

	(void)which;
	l->p->what = "login";
	if (err == ERR_NOT_FOUND || err == ERR_KEY_MISSING)
		say_nothing(l);       /* said already: project, key */
	else if (is_busy(l, err))
		return;
	else if (err != ERR_OK)
		refuse(l, err);
	else
		measure_login(l, token_len);
}

/* ---- roots --------------------------------------------------------------------- */

static const char *const root_names[ROOT_NAMES] = { "root 1", "root 2", "root 3", "root 4" };

_Static_assert((int)ROOT_NAMES == (int)SETTINGS_ROOTS, "a name each");

/* What root_check() says of root SLOT; ERR_NOT_FOUND: there is none. */
static enum err read_root(struct device *d, unsigned slot, struct root_info *info)
{
	enum settings_key key = (enum settings_key)(SETTINGS_ROOT_0 + (int)slot);
	size_t len = settings_size(&d->settings, key);
	uint8_t *der = len > 0 ? arena_alloc(&d->crypto.arena, len) : NULL;
	enum err e = len == 0 ? ERR_NOT_FOUND : der == NULL ? ERR_CRYPTO_MEMORY :
		     settings_get(&d->settings, key, der, len, &len);

	*info = (struct root_info){ .key_bits = 0 };
	if (e == ERR_OK)
		e = root_check(&d->crypto, (struct bytes){ der, len }, info);
	arena_free(&d->crypto.arena, der);
	return e;
}

/* 0: not known. */
static int64_t now_of(const struct look *l)
{
	int64_t now_s;

	return clock_now(&l->d->clock, l->now_ms, &now_s) ? now_s : 0;
}

static void add_day(struct text *t, int64_t unix_s)
{
	char text[CLOCK_TEXT_SIZE];

	clock_text(unix_s, text);
	text_say(t, ", until ");
	text_add_bytes(t, (struct bytes){ (const uint8_t *)text, sizeof "2026-11-22" - 1 });
}

/* One that is of no use is refused only with all the others: look_at_roots(). */
static void look_at_root(struct look *l, unsigned slot)
{
	struct root_info info;
	enum err err = read_root(l->d, slot, &info);
	enum root_lint_code code = root_lint(err, &info, now_of(l));

	l->p->what = root_names[slot];
	if (err == ERR_NOT_FOUND) {
		say_nothing(l);
		return;
	}
	if (is_busy(l, err))
		return;
	if (err == ERR_OK) {
		text_add(l->t, info.subject);
		add_day(l->t, info.not_after);
		add_fingerprint(l->t, info.fingerprint);
	}
	if (code == ROOT_GOOD)
		return;
	weigh(l, (enum weight)root_lint_info(code).weight, root_lint_info(code).code);
	text_say(l->t, err == ERR_OK ? ". " : "");
	root_lint_say(code, "It", &info, now_of(l), l->t);
}

struct root_counts { unsigned all, bad, ended; };

static void count_roots(struct look *l, struct root_counts *n, struct root_lint_set *set)
{
	struct root_info info;
	enum err e;

	*n = (struct root_counts){ 0 };
	for (unsigned slot = 0; slot < SETTINGS_ROOTS; slot++) {
		e = read_root(l->d, slot, &info);
		if (e == ERR_NOT_FOUND)
			continue;
		n->all++;
		n->bad += e != ERR_OK && e != ERR_CRYPTO_MEMORY;
		n->ended += root_lint(e, &info, now_of(l)) == ROOT_EXPIRED;
		if (e == ERR_OK)
			root_lint_add(set, &info);
	}
}

/* All of them together, and the host.  A time that the board only kept refuses nothing. */
static void look_at_roots(struct look *l, unsigned which)
{
	char host[VALUE_MAX];
	struct root_counts n;
	struct root_lint_set set;
	bool known = read_value(&l->d->settings, SETTINGS_HOST, host) == ERR_OK;
	enum root_lint_code code;

	(void)which;
	l->p->what = "roots";
	root_lint_set(&set, bytes_of(known ? host : ""));
	count_roots(l, &n, &set);
	code = root_lint_judge(&set);
	l->roots = (uint8_t)n.all;
	l->roots_bad = (uint8_t)n.bad;
	if (n.all == 0) {
		refuse(l, ERR_ROOTS_EMPTY);
		weigh(l, WEIGHT_ERROR, "TLS-ROOT-7");
		say(l, T("not set: paste the root of your server after 'ca'"), 0, 0);
	} else if (n.bad == n.all) {
		refuse(l, ERR_TLS_ROOT);
	} else if (n.ended > 0 && n.bad + n.ended == n.all && l->d->clock.source > CLOCK_KEPT) {
		refuse(l, ERR_DEVICE_ROOTS_ENDED);
	} else if (code == ROOT_HOST || code == ROOT_HOST_OLD) {
		weigh(l, (enum weight)root_lint_info(code).weight, root_lint_info(code).code);
		root_lint_say_set(&set, code, l->t);
	} else {
		say_nothing(l);
	}
}

/* ---- chance, time, memory ---------------------------------------------------------- */

static void look_at_seed(struct look *l, unsigned which)
{
	(void)which;
	l->p->what = "seed";
	if (device_has_seed(l->d)) {
		text_say(l->t, "set");
	} else if (noise_hope(&l->d->entropy.noise) >= RNG_LIVE_BITS) {
		weigh(l, WEIGHT_NOTE, "SEED-NOISE");
		say(l, T("none yet: made from noise when it is needed"), 0, 0);
	} else {
		refuse(l, ERR_RNG_UNSEEDED);
		weigh(l, WEIGHT_ERROR, "RANDOM-1");
		say(l, T("not set: 'seed', then the line that 'openssl rand -hex 32' prints"), 0, 0);
	}
}

static void look_at_noise(struct look *l, unsigned source)
{
	const struct noise *n = &l->d->entropy.noise;
	const struct noise_health *h = &n->sources[source];

	l->p->what = noise_rules[source].name;
	if (h->state == NOISE_ABSENT) {
		say_nothing(l);
	} else if (h->state == NOISE_TESTING) {
		say(l, T("%1 samples tested so far"), h->samples, 0);
	} else if (h->state == NOISE_PASSING) {
		say(l, T("passes its tests: %1 bits"), noise_credit(n, (enum noise_source)source), 0);
	} else {
		weigh(l, WEIGHT_WARNING, "RANDOM-3");
		say(l, h->state == NOISE_DEAD ? T("failed its tests %1 times and is off: check the analogue inputs, "
						  "and store a seed") :
		    T("failed its tests, failures so far: %1; it rests for a minute"), h->failures, 0);
	}
}

static void look_at_clock(struct look *l, unsigned which)
{
	const struct clock *clock = &l->d->clock;
	char text[CLOCK_TEXT_SIZE];
	int64_t now_s = now_of(l);

	(void)which;
	l->p->what = "clock";
	if (now_s == 0) {
		weigh(l, WEIGHT_NOTE, "CLOCK-UNSET");
		say(l, T("not set: a start asks the network"), 0, 0);
		return;
	}
	if (now_s < clock->floor_s) {
		refuse(l, ERR_DEVICE_CLOCK);
		return;
	}
	clock_text(now_s, text);
	text_add(l->t, text);
	say(l, T(" UTC, set %1 s ago by "), clock_age_s(clock, l->now_ms), 0);
	text_add(l->t, clock_source_name(clock->source));
}

static void look_at_memory(struct look *l, unsigned which)
{
	const uint32_t wanted = DEVICE_ARENA_SIZE / 4 * sizeof(void *), have = l->d->crypto.arena.size;

	(void)which;
	l->p->what = "memory";
	if (have >= wanted) {
		say(l, T("%1 bytes for TLS"), have, 0);
		return;
	}
	weigh(l, WEIGHT_WARNING, "TLS-MEMORY-2");
	say(l, T("%1 bytes for TLS, and a handshake with large certificates takes %2: enlarge arena_size"), have,
	    wanted);
}

/* ---- all of them -------------------------------------------------------------------- */

enum { SHOWN, GATE };

static const struct check {
	void  (*look)(struct look *l, unsigned which);
	uint8_t which;
	uint8_t gate;
} checks[] = {
	{ look_at_setting, SETTINGS_HOST,         GATE },
	{ look_at_setting, SETTINGS_PORT,         GATE },
	{ look_at_setting, SETTINGS_PROJECT,      GATE },
	{ look_at_setting, SETTINGS_REGION,       GATE },
	{ look_at_setting, SETTINGS_REGISTRY,     GATE },
	{ look_at_setting, SETTINGS_DEVICE,       GATE },
	{ look_at_setting, SETTINGS_APN,          GATE },
	{ look_at_setting, SETTINGS_APN_USER,     GATE },
	{ look_at_setting, SETTINGS_APN_PASSWORD, GATE },
	{ look_at_setting, SETTINGS_PIN,          GATE },
	{ look_at_setting, SETTINGS_NTP,          GATE },
	{ look_at_setting, SETTINGS_INTERVAL,     SHOWN },
	{ look_at_setting, SETTINGS_BAUD,         SHOWN },
	{ look_at_setting, SETTINGS_PROBE,        SHOWN },
	{ look_at_key,     0,                     GATE },
	{ look_at_login,   0,                     GATE },
	{ look_at_root,    0,                     SHOWN },
	{ look_at_root,    1,                     SHOWN },
	{ look_at_root,    2,                     SHOWN },
	{ look_at_root,    3,                     SHOWN },
	{ look_at_roots,   0,                     GATE },
	{ look_at_seed,    0,                     GATE },
	{ look_at_noise,   NOISE_ADC,             SHOWN },
	{ look_at_noise,   NOISE_OSCILLATOR,      SHOWN },
	{ look_at_noise,   NOISE_HARDWARE,        SHOWN },
	{ look_at_clock,   0,                     SHOWN },
	{ look_at_memory,  0,                     SHOWN },
};

enum { CHECKS = sizeof checks / sizeof checks[0] };

static void begin(struct look *l, struct device *d, struct preflight *p, struct text *t, uint32_t now_ms)
{
	*l = (struct look){ .d = d, .now_ms = now_ms, .t = t, .p = p };
	*p = (struct preflight){ .weight = WEIGHT_NOTE, .good = true, .code = "OK" };
}

bool preflight_check(struct device *d, unsigned index, struct preflight *p, struct text *t, uint32_t now_ms)
{
	struct look l;

	if (index >= CHECKS)
		return false;
	begin(&l, d, p, t, now_ms);
	checks[index].look(&l, checks[index].which);
	if (l.err != ERR_OK && p->good)
		say_refused(&l);
	return true;
}

/* ---- the gate --------------------------------------------------------------------------- */

static void tell_settings(const struct device *d, struct evidence *e)
{
	const struct profile *p = &d->profile;

	e->host = p->host;
	e->port = p->port;
	e->apn = p->apn;
	e->project = p->project;
	e->registry = p->registry;
	e->device = p->device;
	e->pin_set = p->pin[0] != '\0' ? EVIDENCE_YES : EVIDENCE_NO;
	e->ids_ok = e->token_ok = EVIDENCE_UNKNOWN;   /* of a token: witness.c, when a login is refused */
}

enum err preflight_gate(struct device *d, struct evidence *e, uint32_t now_ms)
{
	char nothing[1];
	const char *missing;
	struct preflight p;
	struct look l;
	struct text t;

	(void)!profile_load(&d->profile, &d->settings, &missing);   /* each part is looked at below */
	tell_settings(d, e);
	for (unsigned i = 0; i < CHECKS; i++) {
		if (checks[i].gate != GATE)
			continue;
		text_init(&t, nothing, sizeof nothing);
		begin(&l, d, &p, &t, now_ms);
		l.gate = true;
		checks[i].look(&l, checks[i].which);
		if (l.err != ERR_OK) {
			add_evidence(&l, e);
			return l.err;
		}
	}
	e->ids_ok = EVIDENCE_YES;
	return ERR_OK;
}
