/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_modem.c - the way through a modem: the device's own driver on a serial line, pty or socket. */
#include "cli/doctor_walk.h"

#include "base/ticks.h"
#include "cli/files.h"
#include "cli/say.h"
#include "cloud/plausible.h"
#include "diagnosis/render.h"
#include "linux/modem_line.h"
#include "modem/quectel.h"
#include "modem/quectel_evidence.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	CHUNK = 512,
	ROUNDS = 64,
	PIN_MAX = 8,
	PIN_TRIES = 3,
	TIME_MS = 5000,
	ICCID_MS = 4000,
	OPEN_MS = 60000,
	OTHER_MS = 30000,
	STOP_MS = 10000,
	TOLD_MS = 1000
};

struct modem {
	struct doctor_carrier carrier;     /* first */
	struct doctor *d;
	struct modem_line line;
	struct quectel quectel;
	struct quectel_socket socket;
	struct quectel_config config;
	uint32_t baud, bytes, began_ms, told_ms;
	uint8_t  in[CHUNK];
	size_t   in_off, in_len;
	bool     up, down, timed;
	enum err why;                      /* DOWN */
	int64_t  time_s, off_s;            /* TIMED: then; to this computer's clock */
	char     pin[PIN_MAX + 2];
};

static struct modem modem;

/* ---- bytes ------------------------------------------------------------------ */

static void read_events(struct modem *m)
{
	struct quectel_event ev;

	while (quectel_next(&m->quectel, &ev)) {
		if (ev.type == QUECTEL_EV_UP)
			m->up = true;
		if (ev.type == QUECTEL_EV_DOWN) {
			m->up = false;
			m->down = true;
			m->why = ev.err;
		}
		if (ev.type == QUECTEL_EV_TIME) {
			m->timed = true;
			m->time_s = ev.unix_s;
			m->off_s = ev.unix_s - (int64_t)time(NULL);
		}
		if (ev.type == QUECTEL_EV_STOPPED)
			m->up = false;
	}
}

static bool feed(struct modem *m, uint32_t now_ms)
{
	size_t n;

	if (m->in_off == m->in_len) {
		m->in_off = 0;
		m->in_len = modem_line_read(&m->line, m->in, sizeof m->in, now_ms);
		m->bytes += (uint32_t)m->in_len;
	}
	n = quectel_feed(&m->quectel, m->in + m->in_off, m->in_len - m->in_off, now_ms);
	m->in_off += n;
	return n > 0;
}

static bool drain(struct modem *m, uint32_t now_ms)
{
	size_t len, n;
	const uint8_t *data = quectel_tx_peek(&m->quectel, &len);

	n = len > 0 ? modem_line_write(&m->line, data, len, now_ms) : 0;
	if (n > 0)
		quectel_tx_done(&m->quectel, n);
	return n > 0;
}

static void set_speed(struct modem *m)
{
	uint32_t baud = quectel_baud(&m->quectel);

	if (baud == m->baud)
		return;
	quectel_baud_set(&m->quectel, modem_line_baud(&m->line, baud));
	m->baud = quectel_baud(&m->quectel);
}

static void pump(struct modem *m, uint32_t now_ms)
{
	bool moved = true;

	modem_line_step(&m->line, now_ms);
	for (unsigned i = 0; i < ROUNDS && moved; i++) {
		moved = feed(m, now_ms);
		read_events(m);
		quectel_step(&m->quectel, now_ms);
		read_events(m);
		moved |= drain(m, now_ms);
		set_speed(m);
	}
}

static void step_modem(struct doctor_carrier *c, uint32_t now_ms)
{
	pump((struct modem *)(void *)c, now_ms);
}

static void wait_modem(struct doctor_carrier *c, uint32_t until_ms)
{
	struct modem *m = (struct modem *)(void *)c;
	struct pollfd p = { .fd = m->line.fd, .events = modem_line_poll_events(&m->line) };
	uint32_t at_ms;
	bool have = true;

	if (quectel_deadline(&m->quectel, &at_ms))
		ticks_earliest(&have, &until_ms, at_ms);
	if (modem_line_deadline(&m->line, &at_ms))
		ticks_earliest(&have, &until_ms, at_ms);
	(void)poll(&p, 1, (int)ticks_until(doctor_net_now(), until_ms));
}

/* What the driver saw is told with every verdict. */
static void tell_modem(struct doctor_carrier *c, struct evidence *e)
{
	struct modem *m = (struct modem *)(void *)c;

	quectel_evidence(&m->quectel, e, doctor_net_now());
	e->modem_bytes = m->bytes;
	e->pin_set = m->pin[0] != '\0' ? EVIDENCE_YES : EVIDENCE_NO;
}

/* ---- until something is the case ------------------------------------------------ */

static void show_progress(struct modem *m, const char *what)
{
	const struct cellular_status *s = quectel_status(&m->quectel);
	uint32_t now_ms = doctor_net_now();
	char level[24] = "";

	if (now_ms - m->told_ms < TOLD_MS)
		return;
	m->told_ms = now_ms;
	if (s->rssi_dbm != CELLULAR_UNKNOWN)
		snprintf(level, sizeof level, ", %d dBm", s->rssi_dbm);
	say_progress("%s ... %u s%s", what, (unsigned)((now_ms - m->began_ms) / 1000), level);
}

/* False: it will not be within LIMIT_MS, or the driver says why not. */
static bool until(struct modem *m, const char *what, bool (*done)(const struct modem *), uint32_t limit_ms)
{
	uint32_t end_ms = doctor_net_now() + limit_ms;

	m->began_ms = doctor_net_now();
	pump(m, m->began_ms);
	while (!done(m) && !m->down && !ticks_reached(doctor_net_now(), end_ms)) {
		uint32_t wake_ms = doctor_net_now() + TOLD_MS;

		wait_modem(&m->carrier, ticks_reached(wake_ms, end_ms) ? end_ms : wake_ms);
		pump(m, doctor_net_now());
		show_progress(m, what);
	}
	return done(m);
}

/* And is asked about its SIM, so it is of a kind that the driver takes. */
static bool answers(const struct modem *m)
{
	return quectel_status(&m->quectel)->model[0] != '\0' &&
	       quectel_status(&m->quectel)->sim != CELLULAR_SIM_UNKNOWN;
}

static bool has_sim(const struct modem *m)
{
	return quectel_facts(&m->quectel)->stage >= QUECTEL_STAGE_SIM;
}

static bool is_registered(const struct modem *m)
{
	return cellular_registered(quectel_status(&m->quectel));
}

static bool is_up(const struct modem *m)
{
	return m->up;
}

static bool is_numbered(const struct modem *m)
{
	return quectel_status(&m->quectel)->iccid[0] != '\0';
}

static bool is_timed(const struct modem *m)
{
	return m->timed;
}

static bool is_decided(const struct modem *m)
{
	return link_state(&m->socket.link) != ERR_AGAIN;
}

static bool is_at_rest(const struct modem *m)
{
	return m->quectel.phase == QUECTEL_STOPPED;
}

/* ---- steps: what each tells -------------------------------------------------------- */

static const char *technology(unsigned act)
{
	static const char *const names[] = { "GSM", NULL, "UMTS", "EGPRS", "HSDPA", "HSUPA", "HSPA", "LTE", "LTE-M",
					     "NB-IoT" };     /* 27.007, 7.3, as cellular.h has it */

	return act < sizeof names / sizeof names[0] && names[act] != NULL ? names[act] : "unknown technology";
}

static void learn_modem(struct doctor *d, struct modem *m)
{
	const struct cellular_status *s = quectel_status(&m->quectel);

	doctor_steps_learn(&d->steps, "%s, firmware %s", s->model, s->revision[0] != '\0' ? s->revision : "not told");
	doctor_steps_fact(&d->steps, "model", s->model);
	doctor_steps_fact(&d->steps, "revision", s->revision);
}

static void learn_sim(struct doctor *d, struct modem *m)
{
	doctor_steps_learn(&d->steps, "ready%s", m->pin[0] != '\0' ? ", with the PIN" : "");
}

static void learn_network(struct doctor *d, struct modem *m)
{
	const struct cellular_status *s = quectel_status(&m->quectel);

	doctor_steps_learn(&d->steps, "registered, %s, %s",
			   s->registration == CELLULAR_REG_ROAMING ? "roaming, which is normal for many SIMs"
								   : "at home",
			   technology(s->act));
}

/* Operator and signal. */
static void learn_radio(struct doctor *d, const struct cellular_status *s)
{
	char level[32] = "signal not told";

	if (s->rssi_dbm != CELLULAR_UNKNOWN)
		snprintf(level, sizeof level, "%d dBm", s->rssi_dbm);
	doctor_steps_learn(&d->steps, "operator %s, %s", s->operator_name[0] != '\0' ? s->operator_name : "not told",
			   level);
	doctor_steps_fact(&d->steps, "operator", s->operator_name);
}

/* Operator, signal and the card's number are asked for in the background, once it is up. */
static void learn_data(struct doctor *d, struct modem *m)
{
	const struct cellular_status *s = quectel_status(&m->quectel);
	const char *apn = doctor_settings_get(&d->settings, SETTINGS_APN);

	(void)until(m, "data", is_numbered, doctor_left(d, ICCID_MS));
	doctor_steps_learn(&d->steps, "APN %s, address %s", apn != NULL ? apn : "that the network gives",
			   s->ip[0] != '\0' ? s->ip : "not told");
	doctor_steps_fact(&d->steps, "address", s->ip);
	learn_radio(d, s);
	if (s->iccid[0] == '\0')
		return;
	doctor_steps_learn(&d->steps, "SIM card %s", s->iccid);
	doctor_steps_fact(&d->steps, "iccid", s->iccid);
}

static const struct step {
	const char *name;
	bool      (*done)(const struct modem *m);
	void      (*learn)(struct doctor *d, struct modem *m);
	enum evidence_step reach;
	enum err    late;              /* when the time is over and the driver has not said why */
} steps[] = {
	{ "modem",   answers,       learn_modem,   EVIDENCE_AT_MODEM,  ERR_MODEM_SILENT },
	{ "sim",     has_sim,       learn_sim,     EVIDENCE_AT_SIM,    ERR_MODEM_SIM_FAILED },
	{ "network", is_registered, learn_network, EVIDENCE_AT_SEARCH, ERR_MODEM_NO_NETWORK },
	{ "data",    is_up,         learn_data,    EVIDENCE_AT_DATA,   ERR_MODEM_PDP_REFUSED },
};

enum { STEPS = sizeof steps / sizeof steps[0] };

static void fail(struct modem *m, enum err why)
{
	tell_modem(&m->carrier, &m->d->evidence);
	doctor_fail(m->d, why);
}

static bool take(struct modem *m, const struct step *s)
{
	struct doctor *d = m->d;

	doctor_steps_begin(&d->steps, s->name, doctor_net_now());
	evidence_reach(&d->evidence, s->reach);
	if (until(m, s->name, s->done, doctor_left(d, d->limit_ms))) {
		s->learn(d, m);
		doctor_steps_end(&d->steps, DOCTOR_OK, doctor_net_now());
		return true;
	}
	fail(m, m->down ? m->why : s->late);
	return false;
}

/* ---- the PIN ------------------------------------------------------------------------- */

static void start(struct modem *m)
{
	quectel_init(&m->quectel, &m->config, doctor_net_now());
	m->up = m->down = m->timed = false;
}

static void read_pin(struct modem *m)
{
	struct buffer text = { 0 };
	char why[FILES_WHY];
	struct bytes pin;
	bool good;

	if (m->d->pin_file == NULL)
		return;
	good = files_read(m->d->pin_file, 64, &text, why);
	pin = (struct bytes){ (const uint8_t *)buffer_str(&text), strcspn(buffer_str(&text), " \t\r\n") };
	if (good && pin.len <= PIN_MAX && plausible_check(PLAUSIBLE_PIN, pin).code == PLAUSIBLE_GOOD)
		memcpy(m->pin, pin.data, pin.len);
	else
		doctor_steps_note(&m->d->steps,
				  "the file of --pin-file holds no PIN of 4 to 8 digits: none was tried.");
	buffer_wipe(&text);
}

/* Three wrong ones lock a card.  One that refused a PIN before has fewer tries left: so it
 * is known, without a memory of ours, that this PIN may be the one.  The driver was told that
 * it was refused, so it has asked how many are left and not sent it. */
static bool may_try_pin(struct modem *m)
{
	struct doctor *d = m->d;

	if (m->why != ERR_MODEM_SIM_PIN_BAD)
		return false;
	tell_modem(&m->carrier, &d->evidence);
	if (d->evidence.pin_tries == EVIDENCE_NO_OPTION || d->evidence.pin_tries >= PIN_TRIES)
		return true;
	doctor_steps_note(&d->steps,
			  "the PIN was not tried: the SIM has %u of %d tries left, so one was refused before; "
			  "the right one, in a phone, sets the count back.",
			  (unsigned)d->evidence.pin_tries, PIN_TRIES);
	return false;
}

static bool take_sim(struct modem *m, const struct step *s)
{
	struct doctor *d = m->d;

	doctor_steps_begin(&d->steps, s->name, doctor_net_now());
	evidence_reach(&d->evidence, s->reach);
	if (!until(m, s->name, s->done, doctor_left(d, d->limit_ms)) && may_try_pin(m)) {
		m->config.pin_refused = false;
		start(m);
		(void)until(m, s->name, s->done, doctor_left(d, d->limit_ms));
	}
	if (has_sim(m)) {
		s->learn(d, m);
		doctor_steps_end(&d->steps, DOCTOR_OK, doctor_net_now());
		return true;
	}
	fail(m, m->down ? m->why : s->late);
	return false;
}

/* ---- time, socket --------------------------------------------------------------------- */

static void show_time(struct modem *m)
{
	struct doctor *d = m->d;
	char told[32];
	struct text t;

	doctor_steps_begin(&d->steps, "time", doctor_net_now());
	if (!until(m, "time", is_timed, doctor_left(d, TIME_MS))) {
		doctor_steps_learn(&d->steps, "the network does not tell it: a device asks its time server then");
		doctor_steps_end(&d->steps, DOCTOR_NOTED, doctor_net_now());
		return;
	}
	text_init(&t, told, sizeof told);
	render_time(&t, m->time_s);
	doctor_steps_learn(&d->steps, "the network said %s; this computer's clock differs by %" PRId64 " s", told,
			   m->off_s < 0 ? -m->off_s : m->off_s);
	doctor_steps_end(&d->steps, DOCTOR_NOTED, doctor_net_now());
}

/* ERR_OK: it is open.  The driver brings up again what was lost meanwhile, and says DOWN. */
static enum err open_socket(struct modem *m, const char *host, uint16_t port, uint32_t limit_ms)
{
	struct link *l = &m->socket.link;
	enum err e = link_open(l, host, port, doctor_net_now());

	if (e == ERR_OK && !until(m, "socket", is_decided, doctor_left(m->d, limit_ms)))
		return m->down ? m->why : ERR_MODEM_OPEN_TIMEOUT;
	return e == ERR_OK ? link_state(l) : e;
}

static void close_socket(struct modem *m)
{
	link_close(&m->socket.link, doctor_net_now());
	pump(m, doctor_net_now());
}

static enum evidence_answer try_socket(struct modem *m, const char *host, uint16_t port, enum err *e)
{
	*e = open_socket(m, host, port, OTHER_MS);
	close_socket(m);
	return *e == ERR_OK ? EVIDENCE_YES : EVIDENCE_NO;
}

static void add_answer(struct doctor *d, const char *what, const char *name, unsigned port, enum err e)
{
	doctor_steps_learn(&d->steps, "%s, %s:%u: %s", what, name, port, e == ERR_OK ? "opens" : err_text(e));
}

/* What tells one cause from the others: another port, name and host. */
static void try_others(struct modem *m, enum err why)
{
	struct doctor *d = m->d;
	struct evidence *v = &d->evidence;
	struct doctor_net list = { .maps = 0 };
	const char *spec = doctor_other(d), *address;
	char text[DOCTOR_NET_WHY], host[DOCTOR_NET_HOST];
	uint16_t port = d->port == 443 ? 8883 : 443;
	enum err e;

	if (spec == NULL || !doctor_net_add(&list, spec, text))
		return;
	address = strchr(spec, '=') + 1;
	snprintf(host, sizeof host, "%.*s", (int)(strrchr(address, ':') - address), address);
	doctor_steps_begin(&d->steps, "elsewhere", doctor_net_now());
	if (why != ERR_MODEM_DNS) {
		v->other_port = (uint8_t)try_socket(m, d->host, port, &e);
		add_answer(d, "another port", d->host, port, e);
	}
	if (v->other_port == EVIDENCE_YES) {      /* that decides */
		doctor_steps_end(&d->steps, DOCTOR_NOTED, doctor_net_now());
		return;
	}
	(void)try_socket(m, list.map[0].name, list.map[0].port, &e);
	v->other_name = e == ERR_MODEM_DNS ? EVIDENCE_NO : EVIDENCE_YES;
	add_answer(d, "another name", list.map[0].name, list.map[0].port, e);
	port = (uint16_t)strtoul(strrchr(address, ':') + 1, NULL, 10);
	v->other_host = (uint8_t)try_socket(m, host, port, &e);
	add_answer(d, "another host", host, port, e);
	doctor_steps_end(&d->steps, DOCTOR_NOTED, doctor_net_now());
}

static bool check_socket(struct modem *m)
{
	struct doctor *d = m->d;
	char name[16];
	enum err e;

	snprintf(name, sizeof name, "tcp %u", (unsigned)d->port);
	doctor_steps_begin(&d->steps, name, doctor_net_now());
	evidence_reach(&d->evidence, EVIDENCE_AT_OPEN);
	e = open_socket(m, d->host, d->port, OPEN_MS);
	if (e == ERR_OK) {
		doctor_steps_learn(&d->steps, "%s:%u: the name resolves, the port is open", d->host, (unsigned)d->port);
		doctor_steps_end(&d->steps, DOCTOR_OK, doctor_net_now());
		return true;
	}
	doctor_steps_learn(&d->steps, "%s:%u: %s", d->host, (unsigned)d->port, err_text(e));
	fail(m, e);
	close_socket(m);
	if (e == ERR_MODEM_DNS || e == ERR_MODEM_CONNECT || e == ERR_MODEM_OPEN_TIMEOUT)
		try_others(m, e);
	return false;
}

/* ---- all of it --------------------------------------------------------------------------- */

static bool open_line(struct modem *m)
{
	struct doctor *d = m->d;
	char why[256];

	doctor_steps_begin(&d->steps, "line", doctor_net_now());
	if (modem_line_open(&m->line, d->modem, d->flow_control, why, sizeof why) &&
	    (!modem_line_is_serial(&m->line) || modem_line_baud(&m->line, d->baud))) {
		doctor_steps_learn(&d->steps, modem_line_is_serial(&m->line) ? "%s at %u baud" : "%s", d->modem,
				   (unsigned)d->baud);
		doctor_steps_end(&d->steps, DOCTOR_OK, doctor_net_now());
		return true;
	}
	doctor_steps_learn(&d->steps, "%s", m->line.fd >= 0 ? "this line has no such speed" : why);
	doctor_steps_end(&d->steps, DOCTOR_FAILED, doctor_net_now());
	return false;
}

static bool bring_up(struct modem *m)
{
	for (size_t i = 0; i < STEPS; i++) {
		if (steps[i].done == has_sim ? take_sim(m, &steps[i]) : take(m, &steps[i]))
			continue;
		for (i++; i < STEPS; i++)
			doctor_steps_skip(&m->d->steps, steps[i].name, "not reached");
		return false;
	}
	return true;
}

static void go_on(struct modem *m)
{
	struct doctor *d = m->d;

	show_time(m);
	if (d->host == NULL) {
		doctor_steps_skip(&d->steps, "tcp", "no host was given");
		return;
	}
	if (!check_socket(m))
		return;
	if (d->roots.count == 0) {
		close_socket(m);
		doctor_steps_note(&d->steps,
				  "TLS was not tried, since no root was given: --roots FILE or --settings FILE goes "
				  "on.");
		return;
	}
	if (doctor_walk_clock(d))
		doctor_walk_over(d, &m->carrier);
}

void doctor_modem(struct doctor *d)
{
	struct modem *m = &modem;
	const char *user = doctor_settings_get(&d->settings, SETTINGS_APN_USER);

	*m = (struct modem){ .d = d, .baud = d->baud };
	m->carrier = (struct doctor_carrier){ &m->socket.link, step_modem, wait_modem, tell_modem };
	m->config = (struct quectel_config){
		.sockets = &m->socket, .socket_count = 1, .apn = doctor_settings_get(&d->settings, SETTINGS_APN),
		.user = user, .pin = m->pin, .pin_refused = true,
		.flow_control = d->flow_control, .baud = d->baud, .ntp_server = NULL,
	};
	if (!doctor_preflight(d, false) || !open_line(m))
		return;
	read_pin(m);
	start(m);
	if (bring_up(m))
		go_on(m);
	doctor_judge(d);       /* while what the evidence names is there */
	m->down = false;
	quectel_stop(&m->quectel, doctor_net_now());
	(void)until(m, "end", is_at_rest, m->bytes > 0 ? STOP_MS : 1);
	bytes_wipe(&m->quectel, sizeof m->quectel);
	bytes_wipe(m->pin, sizeof m->pin);
}
