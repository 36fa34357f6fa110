/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_walk.c - the way over this computer's own network; and what is the same over any. */
#include "cli/doctor_walk.h"

#include "base/ticks.h"
#include "cli/files.h"
#include "crypto/jwt.h"
#include "crypto/tls_evidence.h"
#include "device/build.h"
#include "diagnosis/render.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	HANDSHAKE_MS = 30000, ANSWER_MS = 20000, OTHER_MS = 5000, NTP_MS = 2000, AGREES_S = 300, TOKEN_LIFE_S = 3600,
	DAY_S = 86400, TEXT = 160
};

static const char *const order[] = { "clock", "dns", "tcp", "tls", "token", "connect", "subscribe" };

void doctor_walk_skip(struct doctor *d, const char *first, const char *why)
{
	bool on = false;

	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
		on = on || strcmp(order[i], first) == 0;
		if (on)
			doctor_steps_skip(&d->steps, order[i], why);
	}
}

/* ---- clock ------------------------------------------------------------------- */

static void ask_time_server(struct doctor *d)
{
	const char *set = doctor_settings_get(&d->settings, SETTINGS_NTP);
	const char *name = set != NULL ? set : "pool.ntp.org";      /* as on a device */
	char why[DOCTOR_NET_WHY];
	int64_t told_s, off_s;

	if (!doctor_net_time(&d->net, name, doctor_left(d, NTP_MS), &told_s, why)) {
		doctor_steps_learn(&d->steps, "%s", why);
		return;
	}
	off_s = (int64_t)time(NULL) - told_s;
	d->evidence.clock_agrees = off_s >= -AGREES_S && off_s <= AGREES_S ? EVIDENCE_YES : EVIDENCE_NO;
	if (d->evidence.clock_agrees == EVIDENCE_YES) {
		d->evidence.clock = EVIDENCE_CLOCK_NTP;
		doctor_steps_learn(&d->steps, "time server %s says the same", name);
		return;
	}
	doctor_steps_learn(&d->steps, "time server %s: this computer's clock is %" PRId64 " s %s", name,
			   off_s < 0 ? -off_s : off_s, off_s < 0 ? "behind" : "ahead");
	doctor_steps_note(
		&d->steps,
		"this computer's clock and time server %s differ by %" PRId64 " s: set the clock "
		"('timedatectl' shows where its time comes from), since tokens and certificates are checked by "
		"it.",
		name, off_s < 0 ? -off_s : off_s);
}

bool doctor_walk_clock(struct doctor *d)
{
	struct evidence *e = &d->evidence;
	bool kept_right = doctor_net_synchronised();
	char now[32];
	struct text t;

	doctor_steps_begin(&d->steps, "clock", doctor_net_now());
	e->now = (int64_t)time(NULL);
	e->build = DEVICE_BUILD_S;
	e->clock = kept_right ? EVIDENCE_CLOCK_NTP : EVIDENCE_CLOCK_KEPT;
	crypto_set_time(&d->crypto, e->now);
	text_init(&t, now, sizeof now);
	render_time(&t, e->now);
	doctor_steps_learn(&d->steps, "%s, %s", now, kept_right ? "kept by a time server" : "not known to be kept by a "
			   "time server");
	if (e->now < e->build) {
		doctor_steps_note(&d->steps,
				  "that is this computer's own clock, which is earlier than this program: set "
				  "it ('timedatectl set-ntp true').");
		doctor_fail(d, ERR_DEVICE_CLOCK);
		return false;
	}
	ask_time_server(d);
	doctor_steps_end(&d->steps, e->clock_agrees == EVIDENCE_NO ? DOCTOR_NOTED : DOCTOR_OK, doctor_net_now());
	return true;
}

/* ---- several connections at once ----------------------------------------------- */

static void wait_for(struct doctor_net_tcp *const *tcp, size_t n, uint32_t until_ms)
{
	struct pollfd p[4] = { { .fd = -1 } };
	uint32_t now_ms = doctor_net_now(), at_ms;
	bool have = true;

	for (size_t i = 0; i < n; i++) {
		p[i].events = doctor_net_poll(tcp[i], &p[i].fd);
		if (tcp[i]->state == DOCTOR_NET_OPEN)
			p[i].fd = -1;                   /* only what is under way is waited for */
		if (doctor_net_deadline(tcp[i], &at_ms))
			ticks_earliest(&have, &until_ms, at_ms);
	}
	(void)poll(p, n, (int)ticks_until(now_ms, until_ms) + 1);
}

static bool under_way(const struct doctor_net_tcp *t)
{
	return t->state == DOCTOR_NET_LOOKUP || t->state == DOCTOR_NET_CONNECT;
}

/* Until none of them is under way any more, at most LIMIT_MS. */
static void run(struct doctor_net_tcp *const *tcp, size_t n, uint32_t limit_ms)
{
	uint32_t end_ms = doctor_net_now() + limit_ms;
	bool any = true;

	while (any && !ticks_reached(doctor_net_now(), end_ms)) {
		any = false;
		for (size_t i = 0; i < n; i++) {
			doctor_net_step(tcp[i], doctor_net_now());
			any = any || under_way(tcp[i]);
		}
		if (any)
			wait_for(tcp, n, end_ms);
	}
}

/* True: it resolved, or was an address. */
static bool run_lookup(struct doctor_net_tcp *t, uint32_t limit_ms)
{
	struct doctor_net_tcp *one[] = { t };
	uint32_t end_ms = doctor_net_now() + limit_ms;

	while (t->state == DOCTOR_NET_LOOKUP && !ticks_reached(doctor_net_now(), end_ms)) {
		wait_for(one, 1, end_ms);
		doctor_net_step(t, doctor_net_now());
	}
	return t->resolved;
}

/* ---- what else works: to tell one cause from the others -------------------------- */

static void learn_other(struct doctor *d, const struct doctor_net_map *other, const struct doctor_net_tcp *name,
			const struct doctor_net_tcp *host)
{
	doctor_steps_learn(&d->steps, "another name, %s: %s", other->name,
			   name->resolved ? "resolves" : "does not resolve");
	doctor_steps_learn(&d->steps, "another host, %s: %s", host->reached,
			   host->state == DOCTOR_NET_OPEN ? "answers" : "does not answer");
}

/* What only a modem's data connection would explain stays unknown: the verdict is not to
 * speak of a SIM where there is none. */
static void keep_answers(struct doctor *d, const struct doctor_net_map *other, const struct doctor_net_tcp *name,
			 const struct doctor_net_tcp *host)
{
	bool resolves = name->resolved, answers = host->state == DOCTOR_NET_OPEN;

	if (resolves)
		d->evidence.other_name = EVIDENCE_YES;
	if (resolves || answers)
		d->evidence.other_host = answers ? EVIDENCE_YES : EVIDENCE_NO;
	else
		doctor_steps_note(
			&d->steps,
			"nothing else answers from this computer either (%s, %s): most likely it has no network "
			"now; check that first.",
			other->name, host->reached);
	if (!resolves && answers)
		doctor_steps_note(&d->steps,
				  "no name resolves on this computer, though %s answers: its name servers are "
				  "not reached; 'resolvectl status' or /etc/resolv.conf shows which.",
				  host->reached);
}

/* Of a server that is known to work, by its name and by its address. */
static void try_others(struct doctor *d)
{
	struct doctor_net list = { .maps = 0 };
	struct doctor_net_tcp name, host, *const both[] = { &name, &host };
	const struct doctor_net_map *other = &list.map[0];
	char why[DOCTOR_NET_WHY];

	if (doctor_other(d) == NULL || !doctor_net_add(&list, doctor_other(d), why))
		return;
	doctor_steps_begin(&d->steps, "elsewhere", doctor_net_now());
	doctor_net_init(&name, &d->net);
	doctor_net_init(&host, &list);
	if (link_open(&name.link, other->name, other->port, doctor_net_now()) == ERR_OK &&
	    link_open(&host.link, other->name, other->port, doctor_net_now()) == ERR_OK)
		run(both, 2, doctor_left(d, OTHER_MS));
	learn_other(d, other, &name, &host);
	keep_answers(d, other, &name, &host);
	doctor_steps_end(&d->steps, DOCTOR_NOTED, doctor_net_now());
	link_close(&name.link, doctor_net_now());
	link_close(&host.link, doctor_net_now());
}

/* ---- dns, tcp --------------------------------------------------------------------- */

static bool check_name(struct doctor *d, struct doctor_net_tcp *t)
{
	char list[TEXT];
	enum err e;

	doctor_steps_begin(&d->steps, "dns", doctor_net_now());
	evidence_reach(&d->evidence, EVIDENCE_AT_OPEN);
	e = link_open(&t->link, d->host, d->port, doctor_net_now());
	if (e == ERR_OK && run_lookup(t, doctor_left(d, DOCTOR_NET_LOOKUP_MS))) {
		doctor_net_list(t, list, sizeof list);
		doctor_steps_learn(&d->steps, t->literal ? "%s is an address: no name to look up" : t->mapped ?
				   "%s is %s, by --server" : "%s is %s", d->host, list);
		doctor_steps_fact(&d->steps, "addresses", list);
		doctor_steps_end(&d->steps, DOCTOR_OK, doctor_net_now());
		return true;
	}
	if (t->state == DOCTOR_NET_LOOKUP)
		t->gai = EAI_AGAIN;             /* the time for all is over */
	t->why = e == ERR_OK ? ERR_MODEM_DNS : e;
	doctor_steps_learn(&d->steps, "%s: %s", d->host, doctor_net_error(t));
	doctor_fail(d, t->why);
	try_others(d);
	return false;
}

static void name_step(uint16_t port, char out[16])
{
	snprintf(out, 16, "tcp %u", (unsigned)port);
}

static void show_other_port(struct doctor *d, const struct doctor_net_tcp *t)
{
	char name[16];
	bool open = t->state == DOCTOR_NET_OPEN;

	name_step(t->port, name);
	doctor_steps_begin(&d->steps, name,
			   doctor_net_now() - (open || t->state == DOCTOR_NET_LOST ? t->connect_ms : 0));
	doctor_steps_learn(&d->steps, "%s: %s (for comparison)", t->reached, open ? "open" :
			   t->state == DOCTOR_NET_LOST ? doctor_net_error(t) : "no answer");
	doctor_steps_end(&d->steps, DOCTOR_NOTED, doctor_net_now());
}

static void show_port(struct doctor *d, const struct doctor_net_tcp *t, uint32_t began_ms)
{
	char name[16];

	name_step(t->port, name);
	doctor_steps_begin(&d->steps, name, began_ms);
	doctor_steps_fact(&d->steps, "address", t->reached);
	if (t->state == DOCTOR_NET_OPEN) {
		doctor_steps_learn(&d->steps, "%s is open", t->reached);
		doctor_steps_end(&d->steps, DOCTOR_OK, began_ms + t->connect_ms);
		return;
	}
	doctor_steps_learn(&d->steps, "%s: %s", t->reached,
			   t->state == DOCTOR_NET_LOST ? doctor_net_error(t) : "no answer");
	if (t->error == ENETUNREACH || t->error == EHOSTUNREACH)
		doctor_steps_note(&d->steps, "this computer has no route to %s: check its network first.", t->reached);
	doctor_fail(d, t->state == DOCTOR_NET_LOST ? t->why : ERR_MODEM_OPEN_TIMEOUT);
}

/* The port, and at the same time the other one of 8883 and 443. */
static bool check_ports(struct doctor *d, struct doctor_net_tcp *t)
{
	struct doctor_net_tcp other, *const both[] = { t, &other };
	uint16_t port = d->port == 443 ? 8883 : 443;
	uint32_t began_ms = doctor_net_now();

	doctor_net_init(&other, &d->net);
	if (link_open(&other.link, d->host, port, began_ms) == ERR_OK)
		run(both, 2, doctor_left(d, OTHER_MS));
	run(both, 1, doctor_left(d, DOCTOR_NET_CONNECT_MS));
	show_port(d, t, began_ms);
	show_other_port(d, &other);
	if (t->state != DOCTOR_NET_OPEN) {
		d->evidence.other_port = other.state == DOCTOR_NET_OPEN ? EVIDENCE_YES : EVIDENCE_NO;
		if (other.state != DOCTOR_NET_OPEN)       /* else that decides */
			try_others(d);
	}
	link_close(&other.link, doctor_net_now());
	return t->state == DOCTOR_NET_OPEN;
}

/* ---- tls ----------------------------------------------------------------------------- */

static int64_t days_until(int64_t at_s)
{
	return (at_s - (int64_t)time(NULL)) / DAY_S;
}

static void learn_date(struct doctor *d, const char *what, const char *name, int64_t at_s)
{
	char date[32];
	struct text t;

	text_init(&t, date, sizeof date);
	render_time(&t, at_s);
	doctor_steps_learn(&d->steps, "%s '%s' until %.10s, %" PRId64 " days from now", what, name, date,
			   days_until(at_s));
}

static void learn_tls(struct doctor *d, const struct tls_facts *f)
{
	struct doctor_steps *s = &d->steps;

	if (f->version != 0)
		doctor_steps_learn(s, "%s%s%s", tls_version_name(f->version), f->suite != 0 ? ", " : "",
				   f->suite != 0 ? tls_suite_name(f->suite) : "");
	if (f->cert_count > 0) {
		learn_date(d, f->cert_depth == 0 ? "certificate" : "in its chain:", f->subject, f->not_after);
		doctor_steps_learn(s, "for %s", f->names[0] != '\0' ? f->names : "no name");
		doctor_steps_learn(s, "issued by '%s'; certificates up to the root: %u", f->issuer,
				   (unsigned)f->cert_count);
		doctor_steps_fact(s, "issuer", f->issuer);
		doctor_steps_fact(s, "names", f->names);
	}
	if (f->version != 0) {
		doctor_steps_fact(s, "version", tls_version_name(f->version));
		doctor_steps_fact(s, "suite", f->suite != 0 ? tls_suite_name(f->suite) : "");
	}
}

/* The one that served is the last that was looked at. */
static void learn_root(struct doctor *d, const struct tls_facts *f)
{
	const struct root_info *root;

	if (f->roots == 0 || f->roots > d->roots.count)
		return;
	root = &d->roots.root[f->roots - 1].info;
	learn_date(d, "root", root->subject, root->not_after);
	doctor_steps_fact(&d->steps, "root", root->subject);
}

/* ---- does somebody answer in everybody's place? ---------------------------------------- */

struct tcp_carrier {
	struct doctor_carrier carrier;       /* first */
	struct doctor_net_tcp *tcp;
};

static void step_tcp(struct doctor_carrier *c, uint32_t now_ms)
{
	doctor_net_step(((struct tcp_carrier *)(void *)c)->tcp, now_ms);
}

static void wait_tcp(struct doctor_carrier *c, uint32_t until_ms)
{
	struct pollfd p;

	p.events = doctor_net_poll(((struct tcp_carrier *)(void *)c)->tcp, &p.fd);
	(void)poll(&p, 1, (int)ticks_until(doctor_net_now(), until_ms) + 1);
}

static struct tcp_carrier carrier_of(struct doctor_net_tcp *t)
{
	return (struct tcp_carrier){ { &t->link, step_tcp, wait_tcp, NULL }, t };
}

/* Another server that shows the same unknown issuer: somebody opens TLS on the way. */
static void compare_issuer(struct doctor *d, const struct tls_facts *f)
{
	static struct doctor_session s;
	struct doctor_net list = { .maps = 0 };
	struct doctor_net_tcp t, *const one[] = { &t };
	struct tcp_carrier carrier = carrier_of(&t);
	char why[DOCTOR_NET_WHY], issuer[ROOT_NAME_MAX];

	snprintf(issuer, sizeof issuer, "%s", f->issuer);
	if (doctor_other(d) == NULL || !doctor_net_add(&list, doctor_other(d), why))
		return;
	doctor_net_init(&t, &list);
	if (link_open(&t.link, list.map[0].name, list.map[0].port, doctor_net_now()) != ERR_OK)
		return;
	run(one, 1, doctor_left(d, OTHER_MS));
	if (t.state == DOCTOR_NET_OPEN) {
		doctor_session_init(&s, &carrier.carrier, &d->crypto, &d->roots.roots, doctor_left(d, OTHER_MS),
				    ANSWER_MS, 0);
		if (doctor_session_handshake(&s, list.map[0].name) == ERR_TLS_ROOT)
			d->evidence.issuer_elsewhere =
				strcmp(issuer, s.tls.facts.issuer) == 0 ? EVIDENCE_YES : EVIDENCE_NO;
		doctor_session_end(&s);
	}
	link_close(&t.link, doctor_net_now());
}

/* ---- tls, token, connect, subscribe ------------------------------------------------------ */

static bool shake_hands(struct doctor *d, struct doctor_session *s)
{
	enum err e;

	doctor_steps_begin(&d->steps, "tls", doctor_net_now());
	evidence_reach(&d->evidence, EVIDENCE_AT_TLS);
	e = doctor_session_handshake(s, d->host);
	tls_evidence(&s->tls, &d->evidence);
	if (d->evidence.roots_named > 0)
		d->evidence.root = tls_facts(&s->tls)->anchor;
	learn_tls(d, tls_facts(&s->tls));
	if (e == ERR_OK) {
		learn_root(d, tls_facts(&s->tls));
		doctor_steps_end(&d->steps, DOCTOR_OK, doctor_net_now());
		return true;
	}
	if (tls_facts(&s->tls)->version == 0)
		doctor_steps_learn(&d->steps, "%s", err_text(e));
	doctor_fail(d, e);
	return false;
}

/* Signed as a device does it, and checked against the own public half. */
static enum err make_token(struct doctor *d)
{
	struct jwt_claims claims = { .iat = (int64_t)time(NULL) }, read;
	struct bytes key = { d->key, d->key_len };
	size_t len;
	enum err e;

	if (d->ids.project.len >= sizeof claims.aud)
		return ERR_JWT_ARG;
	memcpy(claims.aud, d->ids.project.data, d->ids.project.len + 1);
	claims.exp = claims.iat + TOKEN_LIFE_S;
	e = jwt_sign(&d->crypto, key, &claims, d->token, sizeof d->token, &len);
	if (e == ERR_OK)
		e = jwt_verify(&d->crypto, key, (struct bytes){ (const uint8_t *)d->token, len }, &read);
	if (e == ERR_OK)
		d->evidence.token_ok = EVIDENCE_YES;
	return e;
}

/* Without line ends and blanks around it. */
static enum err read_token(struct doctor *d)
{
	struct buffer text = { 0 };
	char why[FILES_WHY];
	const char *from;
	size_t n = 0;
	bool read = files_read(d->token_file, sizeof d->token - 1, &text, why);

	if (!read) {
		doctor_steps_learn(&d->steps, "%s", why);
	} else {
		from = buffer_str(&text) + strspn(buffer_str(&text), " \t\r\n");
		n = strcspn(from, " \t\r\n");
		memcpy(d->token, from, n);
		d->token[n] = '\0';
	}
	buffer_wipe(&text);
	return n > 0 ? ERR_OK : ERR_JWT_FORMAT;
}

static void learn_claims(struct doctor *d)
{
	struct jwt_claims c;
	char issued[32], expires[32];
	struct text t;
	int64_t now_s = (int64_t)time(NULL);

	if (jwt_parse(bytes_of(d->token), &c) != ERR_OK) {
		doctor_steps_learn(&d->steps,
				   "it cannot be read here: 'tern token decode FILE' says why; the server decides");
		return;
	}
	text_init(&t, issued, sizeof issued);
	render_time(&t, c.iat);
	text_init(&t, expires, sizeof expires);
	render_time(&t, c.exp);
	doctor_steps_learn(&d->steps, "%s, aud %s", c.alg == KEY_ES256 ? "ES256" : "RS256", c.aud);
	doctor_steps_learn(&d->steps, "issued %s, expires %s", issued, expires);
	if (strcmp(c.aud, d->settings.value[SETTINGS_PROJECT]) != 0)
		doctor_steps_learn(&d->steps, "its aud is not the project '%s'", d->settings.value[SETTINGS_PROJECT]);
	if (c.exp <= now_s || c.iat > now_s + AGREES_S)
		doctor_steps_learn(&d->steps, "by this computer's clock it is %s",
				   c.exp <= now_s ? "expired" : "not yet issued");
}

static void show_token(struct doctor *d)
{
	const char *dot = strrchr(d->token, '.');

	if (d->show_token && dot != NULL)
		doctor_steps_learn(&d->steps, "%.*s.(signature not shown)", (int)(dot - d->token), d->token);
}

static bool check_token(struct doctor *d)
{
	enum err e;

	doctor_steps_begin(&d->steps, "token", doctor_net_now());
	e = d->token_file != NULL ? read_token(d) : make_token(d);
	if (e != ERR_OK) {
		doctor_steps_learn(&d->steps, "%s", err_text(e));
		doctor_fail(d, e);
		return false;
	}
	learn_claims(d);
	if (d->token_file == NULL)
		doctor_steps_learn(&d->steps, "signed by key %.23s..., verified with its public half", d->key_text);
	show_token(d);
	doctor_steps_end(&d->steps, DOCTOR_OK, doctor_net_now());
	return true;
}

static void note_connack(struct doctor *d, enum err e)
{
	if (e >= ERR_MQTT_CONNACK_1 && e <= ERR_MQTT_CONNACK_5)
		d->evidence.connack = (uint8_t)(e - ERR_MQTT_CONNACK_1 + 1);
	if (d->evidence.connack != EVIDENCE_NO_OPTION)
		doctor_steps_learn(&d->steps, "CONNACK %u", (unsigned)d->evidence.connack);
}

static bool log_in(struct doctor *d, struct doctor_session *s)
{
	enum err e;

	doctor_steps_begin(&d->steps, "connect", doctor_net_now());
	evidence_reach(&d->evidence, EVIDENCE_AT_LOGIN);
	e = doctor_session_login(s, &d->ids, d->token);
	tls_evidence(&s->tls, &d->evidence);
	if (e == ERR_OK) {
		doctor_steps_learn(&d->steps, "CONNACK 0: the login is accepted");
		doctor_steps_end(&d->steps, DOCTOR_OK, doctor_net_now());
		return true;
	}
	note_connack(d, e);
	doctor_steps_learn(&d->steps, "%s", err_text(e));
	d->evidence.after_ms = doctor_net_now() - s->sent_ms + 1;      /* 0 is "not known" */
	doctor_fail(d, e);
	return false;
}

static void subscribe(struct doctor *d, struct doctor_session *s)
{
	enum err e;

	doctor_steps_begin(&d->steps, "subscribe", doctor_net_now());
	evidence_reach(&d->evidence, EVIDENCE_AT_ONLINE);
	e = doctor_session_subscribe(s, &d->ids);
	if (e == ERR_OK) {
		doctor_steps_learn(&d->steps, "SUBACK: config and commands are granted");
		if (s->config)
			doctor_steps_learn(&d->steps,
					   "a config of %zu bytes came, and was left to the device to acknowledge",
					   s->config_size);
		doctor_steps_end(&d->steps, DOCTOR_OK, doctor_net_now());
		return;
	}
	doctor_steps_learn(&d->steps, "%s", err_text(e));
	d->evidence.after_ms = doctor_net_now() - s->sent_ms + 1;      /* 0 is "not known" */
	doctor_fail(d, e);
}

static void no_login(struct doctor *d)
{
	static const char no_key[] = "the login was not tried, since an export has no private key: --key FILE, or "
				     "--token FILE with a token that was made elsewhere, goes on.";
	static const char no_ids[] = "the login was not tried: --project, --region, --registry, --device and --key "
				     "FILE go on.";

	doctor_walk_skip(d, "token", d->has_ids ? "no key and no token were given" : "no ids were given");
	doctor_steps_note(&d->steps, "%s", d->has_ids ? no_key : no_ids);
}

static void log_in_all(struct doctor *d, struct doctor_session *s)
{
	if (!d->has_ids || (!d->has_key && d->token_file == NULL)) {
		no_login(d);
		return;
	}
	if (!check_token(d))
		doctor_walk_skip(d, "connect", "there is no token");
	else if (!log_in(d, s))
		doctor_walk_skip(d, "subscribe", "not logged in");
	else
		subscribe(d, s);
}

void doctor_walk_over(struct doctor *d, struct doctor_carrier *carrier)
{
	static struct doctor_session s;
	const struct tls_facts *f = tls_facts(&s.tls);

	doctor_session_init(&s, carrier, &d->crypto, &d->roots.roots, doctor_left(d, HANDSHAKE_MS),
			    doctor_left(d, ANSWER_MS), DEVICE_BUILD_S);
	if (shake_hands(d, &s)) {
		log_in_all(d, &s);
	} else {
		doctor_walk_skip(d, "token", "TLS is not up");
		if (f->err == ERR_TLS_ROOT && d->modem == NULL)
			compare_issuer(d, f);
	}
	if (d->steps.failed > 0 && carrier->tell != NULL)
		carrier->tell(carrier, &d->evidence);
	doctor_session_end(&s);
	bytes_wipe(s.tx, sizeof s.tx);
}

void doctor_walk(struct doctor *d)
{
	struct doctor_net_tcp t;
	struct tcp_carrier carrier = carrier_of(&t);

	doctor_net_init(&t, &d->net);
	if (!doctor_preflight(d, true))
		doctor_walk_skip(d, "clock", "the settings cannot work");
	else if (!doctor_walk_clock(d))
		doctor_walk_skip(d, "dns", "the clock is wrong");
	else if (!check_name(d, &t))
		doctor_walk_skip(d, "tcp", "there is no address");
	else if (!check_ports(d, &t))
		doctor_walk_skip(d, "tls", "there is no connection");
	else
		doctor_walk_over(d, &carrier.carrier);
	link_close(&t.link, doctor_net_now());
}
