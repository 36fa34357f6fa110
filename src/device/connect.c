/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connect.c - the state machine of device.h: from a modem in whatever state to
 * a login that the server accepted, and again after every loss.
 */
#include "base/ticks.h"
#include "device/device_internal.h"
#include "modem/quectel_evidence.h"

/* Differs after every change of the settings. */
static uint32_t settings_mark(const struct device *d)
{
	return d->settings.kv.log.generation << 16 | d->settings.kv.log.tail;
}

void connect_mark(struct device *d)
{
	d->settings_mark = settings_mark(d);
}

void connect_enter(struct device *d, enum device_state state, uint32_t now_ms)
{
	bool begins = state == DEVICE_MODEM && d->state != DEVICE_CLOCK;   /* from there it only goes back */

	d->state = state;
	if (begins) {
		witness_begin(d, now_ms);
		quectel_evidence_begin(&d->modem);
	}
	if (state == DEVICE_WAIT)
		connect_mark(d);
	witness_reach(d, now_ms);
	device_tell(d, &(struct device_event){ .type = DEVICE_EV_STATE, .state = state });
}

/* The server sees the TCP connection end: link_close() drops what the link has
 * not sent, so a farewell (DISCONNECT, close_notify) would not get out. */
static void drop_connection(struct device *d, uint32_t now_ms)
{
	tls_close(&d->tls);
	link_close(device_link(d), now_ms);
	d->wire = d->plain = (struct device_chunk){ 0, 0 };
	d->pump_more = d->event_held = d->publish_blocked = false;
	outbox_rewind(&d->outbox);
}

/* No failure: the token was good until now, or the end was asked for. */
static bool planned(enum err why)
{
	return why == ERR_IOTCORE_RENEW || why == ERR_OK;
}

/* What may mean that the device's clock is wrong.  A server that closes the connection
 * on a login has refused it, too. */
static enum clock_doubt clock_blamed(const struct device *d, enum err why)
{
	if (why == ERR_TLS_EXPIRED)
		return CLOCK_TOO_LATE;
	if (why == ERR_TLS_FUTURE)
		return CLOCK_TOO_EARLY;
	if (d->state != DEVICE_LOGIN)
		return CLOCK_SURE;
	return why == ERR_MQTT_CONNACK_4 || why == ERR_MQTT_CONNACK_5 || why == ERR_MODEM_CLOSED ||
	       why == ERR_MODEM_SOCKET_DEAD || why == ERR_TLS_CLOSED || why == ERR_TLS_EOF ? CLOCK_REFUSED : CLOCK_SURE;
}

/* What the next try is to wait for.  First match wins; what is not listed is USUAL. */
static const struct pace {
	uint16_t from, to;             /* enum err */
	enum backoff_class what;
} paces[] = {
	{ ERR_TLS_ROOT,       ERR_TLS_USAGE,      BACKOFF_SLOW },    /* certificates: name, dates, strength, use */
	{ ERR_TLS_ALERT,      ERR_TLS_ALERT,      BACKOFF_SLOW },
	{ ERR_TLS_NOT_TLS,    ERR_TLS_NOT_TLS,    BACKOFF_SLOW },    /* a captive portal */
	{ ERR_TLS_RECORD_SIZE, ERR_TLS_RECORD_SIZE, BACKOFF_SLOW },
	{ ERR_TLS_VERSION,    ERR_TLS_CERT,       BACKOFF_SLOW },
	{ ERR_MQTT_CONNACK_1, ERR_MQTT_CONNACK_1, BACKOFF_SLOW },
	{ ERR_MQTT_CONNACK_3, ERR_MQTT_CONNACK_3, BACKOFF_BUSY },
	{ ERR_MQTT_CONNACK_2, ERR_MQTT_CONNACK,   BACKOFF_LOGIN },
	{ ERR_MQTT_SUBSCRIBE, ERR_MQTT_SUBSCRIBE, BACKOFF_LOGIN },
};

/* The evidence was collected. */
static enum backoff_class pace_of(const struct device *d, enum err why)
{
	bool closed = link_loss(why) == LINK_LOSS_CLOSED && d->evidence.after_ms <= WITNESS_LOGIN_MS;

	if (d->state == DEVICE_LOGIN && closed && why < ERR_MQTT_TYPE)
		return BACKOFF_LOGIN;   /* refused without a word */
	if (d->state == DEVICE_ONLINE)   /* what worked once is worth a try, whatever TLS says */
		return why == ERR_MQTT_SUBSCRIBE ? BACKOFF_LOGIN :
		       d->evidence.kicks >= 3 ? BACKOFF_TWIN : BACKOFF_USUAL;
	for (size_t i = 0; i < sizeof paces / sizeof paces[0]; i++)
		if (why >= paces[i].from && why <= paces[i].to)
			return paces[i].what;
	return BACKOFF_USUAL;
}

/* Milliseconds.  While another source of time is still to be asked, the clock may be to
 * blame: the next try is soon, and what it costs is decided when that source agrees. */
static uint32_t pause(struct device *d, enum err why, uint32_t now_ms)
{
	d->pace = pace_of(d, why);
	d->lenient = clock_blamed(d, why) != CLOCK_SURE && d->backoff.failures == 0;
	return backoff_failed(&d->backoff, d->lenient ? BACKOFF_USUAL : d->pace, now_ms);
}

/* ---- What is worth waiting for with a verdict ---- */

/* Is there anything to be found out before the next try: another source of time, what
 * else can be reached? */
static bool deliberate(struct device *d, enum err why, uint32_t now_ms)
{
	struct probe_config cfg = {
		.link = device_link(d), .host = d->profile.host, .port = d->profile.port, .name = d->profile.ntp,
		.elsewhere = d->profile.probe,
	};
	bool probes = witness_probes(d, why) && d->modem_up && probe_begin(&d->probe, &cfg, why, now_ms);

	d->opinion_ms = now_ms + DEVICE_OPINION_MS;
	d->deliberates = probes || (d->modem_up && d->clock.asks);
	return d->deliberates;
}

/* True while that goes on. */
static bool deliberates(struct device *d, uint32_t now_ms)
{
	enum err why = (enum err)d->evidence.err;

	if (!d->deliberates || probe_step(&d->probe, &d->evidence, now_ms))
		return d->deliberates;
	if (d->asked_time && !ticks_reached(now_ms, d->opinion_ms))
		return true;
	d->deliberates = false;
	if (d->lenient && clock_agrees(&d->clock, now_ms) == EVIDENCE_YES)
		d->wait_ms = now_ms + backoff_failed(&d->backoff, d->pace, now_ms);
	witness_probed(d);
	report_failed(d, why, now_ms);
	return false;
}

void connect_decide(struct device *d, uint32_t now_ms)
{
	probe_stop(&d->probe, now_ms);
	d->deliberates = d->asked_time = false;
}

bool connect_deadline(const struct device *d, uint32_t *at_ms)
{
	bool have = d->state == DEVICE_WAIT && d->deliberates && probe_deadline(&d->probe, at_ms);

	if (d->state == DEVICE_WAIT && d->deliberates && d->asked_time)
		ticks_earliest(&have, at_ms, d->opinion_ms);
	else if (d->state == DEVICE_WAIT && !have)
		ticks_earliest(&have, at_ms, d->wait_ms);
	return have;
}

void connect_lost(struct device *d, enum err why, uint32_t now_ms)
{
	uint32_t pause_ms = 0;

	witness_collect(d, why, now_ms);
	iotcore_lost(&d->cloud, why);
	drop_connection(d, now_ms);
	witness_ended(d, why, now_ms);
	if (!planned(why))
		pause_ms = pause(d, why, now_ms);
	clock_doubt(&d->clock, clock_blamed(d, why));
	d->wait_ms = now_ms + pause_ms;
	if (!planned(why)) {
		d->err = why;
		d->losses++;
		device_tell(d, &(struct device_event){ .type = DEVICE_EV_LOST, .err = why, .retry_ms = pause_ms });
	}
	connect_enter(d, DEVICE_WAIT, now_ms);
	if (!planned(why) && !deliberate(d, why, now_ms))
		report_failed(d, why, now_ms);
}

/* ---- What the modem says ---- */

static void modem_down(struct device *d, enum err why, uint32_t now_ms)
{
	d->modem_up = false;
	if (why == ERR_MODEM_SIM_PIN_BAD)
		secrets_pin_remember_refused(&d->settings, d->profile.pin);
	if (d->state != DEVICE_MODEM && d->state != DEVICE_CLOCK)
		return;   /* the link tells, with the same code */
	d->err = why;
	if (d->evidence.err != ERR_OK)
		witness_begin(d, now_ms);   /* the driver has tried again since */
	witness_collect(d, why, now_ms);
	device_tell(d, &(struct device_event){ .type = DEVICE_EV_LOST, .err = why });
	if (d->state == DEVICE_CLOCK)
		connect_enter(d, DEVICE_MODEM, now_ms);
	report_failed(d, why, now_ms);
}

/* The network did not tell the time before, and now the server did not either. */
static void no_time(struct device *d, uint32_t now_ms)
{
	uint32_t pause_ms;

	d->ntp_asked = d->asked_time = false;
	if (d->state != DEVICE_CLOCK)
		return;
	pause_ms = backoff_failed(&d->backoff, BACKOFF_USUAL, now_ms);
	d->wait_ms = now_ms + pause_ms;
	d->err = ERR_DEVICE_CLOCK;
	witness_collect(d, d->err, now_ms);
	device_tell(d, &(struct device_event){ .type = DEVICE_EV_LOST, .err = d->err, .retry_ms = pause_ms });
	report_failed(d, d->err, now_ms);
}

/* The clock was set. */
static void tell_time(struct device *d, uint32_t now_ms)
{
	device_tell(d, &(struct device_event){ .type = DEVICE_EV_TIME });
	if (!clock_jumped(&d->clock))
		return;
	report_notice(d, now_ms);
	clock_jump_told(&d->clock);
}

/* A time server may be wrong by years: that is no answer either. */
static void offer_time(struct device *d, const struct quectel_event *ev, uint32_t now_ms)
{
	enum clock_source source = ev->source == QUECTEL_TIME_NETWORK ? CLOCK_NETWORK : CLOCK_NTP;
	enum err e = clock_set(&d->clock, ev->unix_s, source, now_ms);

	d->asked_time = false;
	if (e == ERR_OK)
		tell_time(d, now_ms);
	else if (e == ERR_ARG && source == CLOCK_NTP)
		no_time(d, now_ms);
}

static void on_modem(struct device *d, const struct quectel_event *ev, uint32_t now_ms)
{
	switch (ev->type) {
	case QUECTEL_EV_UP:
		d->modem_up = true;
		break;
	case QUECTEL_EV_DOWN:
		modem_down(d, ev->err, now_ms);
		break;
	case QUECTEL_EV_TIME:
		offer_time(d, ev, now_ms);
		break;
	case QUECTEL_EV_NO_TIME:
		no_time(d, now_ms);
		break;
	case QUECTEL_EV_REBOOTED:    /* its sockets say so, each to its owner */
		break;
	case QUECTEL_EV_STOPPED:
		if (d->modem_ends)
			device_tell(d, &(struct device_event){ .type = DEVICE_EV_MODEM_OFF, .err = ev->err });
		break;
	}
}

/* ---- The states ---- */

static void in_modem(struct device *d, uint32_t now_ms)
{
	if (!d->modem_up)
		return;
	if (clock_settle(&d->clock, now_ms))
		tell_time(d, now_ms);
	d->ntp_asked = false;
	d->wait_ms = now_ms + DEVICE_NITZ_MS;
	connect_enter(d, DEVICE_CLOCK, now_ms);
}

/* No socket before there are random numbers: live noise may still be on its way. */
static void open_gate(struct device *d, uint32_t now_ms)
{
	enum err e = entropy_ready(d);

	if (e == ERR_OK) {
		connect_enter(d, DEVICE_OPEN, now_ms);
		entropy_refresh(d, now_ms);
		d->wait_ms = now_ms;   /* OPEN: the socket is still to be asked for */
	} else if (e == ERR_AGAIN) {
		d->wait_ms = now_ms + NOISE_POLL_MS;
	} else {
		connect_lost(d, e, now_ms);
	}
}

static void in_clock(struct device *d, uint32_t now_ms)
{
	int64_t unix_s;

	if (clock_now(&d->clock, now_ms, &unix_s)) {
		open_gate(d, now_ms);
		return;
	}
	if (d->ntp_asked || !ticks_reached(now_ms, d->wait_ms))
		return;
	d->ntp_asked = true;
	if (d->evidence.err != ERR_OK)
		witness_begin(d, now_ms);
	quectel_ntp(&d->modem, now_ms);
}

static enum err open_link(struct device *d, uint32_t now_ms)
{
	enum err e = link_state(device_link(d));

	if (e != ERR_STATE)
		return e;
	e = link_open(device_link(d), d->profile.host, d->profile.port, now_ms);
	return e == ERR_OK ? ERR_AGAIN : e;
}

static void in_open(struct device *d, uint32_t now_ms)
{
	enum err e = open_link(d, now_ms);

	if (e == ERR_AGAIN || (e == ERR_OK && !entropy_refreshed(d, now_ms)))
		return;
	if (e == ERR_OK)
		e = tls_open(&d->tls, d->profile.host, now_ms);
	trace_connection(d->trace);
	if (e == ERR_OK)
		connect_enter(d, DEVICE_HANDSHAKE, now_ms);
	else
		connect_lost(d, e, now_ms);
}

/* A token is made for one login and forgotten: what a server refused is not
 * offered again.  Signing takes 0.1 s (ES256) or 3 s (RS256) on a small chip. */
static enum err login_with(struct device *d, char *token, uint32_t now_ms)
{
	int64_t now_s;
	size_t len;
	enum err e;

	if (!clock_now(&d->clock, now_ms, &now_s))
		return ERR_DEVICE_CLOCK;
	d->token_exp_s = now_s + DEVICE_TOKEN_LIFE_S;
	e = secrets_token(&d->crypto, &d->settings, d->profile.project, now_s, d->token_exp_s,
			  token, d->token_size, &len);
	if (e != ERR_OK)
		return e;
	return iotcore_connect(&d->cloud, (struct bytes){ (const uint8_t *)token, len }, DEVICE_TOKEN_LIFE_S, now_ms);
}

static void login(struct device *d, uint32_t now_ms)
{
	char *token = arena_alloc(&d->crypto.arena, d->token_size);
	enum err e = token != NULL ? login_with(d, token, now_ms) : ERR_CRYPTO_MEMORY;

	arena_free(&d->crypto.arena, token);   /* which wipes it */
	if (e == ERR_OK)
		connect_enter(d, DEVICE_LOGIN, now_ms);
	else
		connect_lost(d, e, now_ms);
}

/* A verified certificate says that its first day has come, and who took the token that it is now. */
void connect_proved(struct device *d, uint32_t now_ms)
{
	clock_proved(&d->clock, now_ms);
	if (clock_raise(&d->clock, tls_facts(&d->tls)->leaf_not_before, now_ms) &&
	    settings_set_i64(&d->settings, SETTINGS_CLOCK_FLOOR, d->clock.floor_s) != ERR_OK)
		return;   /* it serves this run; the next login stores a later one */
}

static void in_handshake(struct device *d, uint32_t now_ms)
{
	uint8_t none;
	size_t got;
	enum err e;

	switch (tls_state(&d->tls)) {
	case TLS_HANDSHAKE:
		break;
	case TLS_UP:
		login(d, now_ms);
		break;
	case TLS_CLOSED:
	case TLS_FAILED:
		e = tls_read(&d->tls, &none, sizeof none, &got);
		connect_lost(d, e, now_ms);
		break;
	}
}

/* Once after each doubt, while nothing else is on the air. */
static void ask_second_source(struct device *d, uint32_t now_ms)
{
	enum clock_source source;

	if (!d->modem_up || !clock_asks(&d->clock, &source))
		return;
	if (source == CLOCK_NTP)
		quectel_ntp(&d->modem, now_ms);
	else
		quectel_network_time(&d->modem, now_ms);
	d->asked_time = true;
}

static void in_wait(struct device *d, uint32_t now_ms)
{
	ask_second_source(d, now_ms);
	if (d->settings_mark != settings_mark(d)) {   /* a root, a key: what was wrong may be right now */
		connect_mark(d);
		d->wait_ms = now_ms;
		d->report.again = true;
	}
	if (!deliberates(d, now_ms) && ticks_reached(now_ms, d->wait_ms))
		connect_enter(d, DEVICE_MODEM, now_ms);
}

static void in_rest(struct device *d, uint32_t now_ms)
{
	(void)d;
	(void)now_ms;
}

void connect_step(struct device *d, uint32_t now_ms)
{
	static void (*const states[])(struct device *, uint32_t) = {
		[DEVICE_STOPPED] = in_rest,       [DEVICE_MODEM] = in_modem,
		[DEVICE_CLOCK] = in_clock,        [DEVICE_OPEN] = in_open,
		[DEVICE_HANDSHAKE] = in_handshake, [DEVICE_LOGIN] = in_rest,
		[DEVICE_ONLINE] = in_rest,        [DEVICE_WAIT] = in_wait,
	};
	struct quectel_event ev;
	enum device_state before;

	while (d->event_count < DEVICE_EVENTS / 2 && quectel_next(&d->modem, &ev))
		on_modem(d, &ev, now_ms);
	do {   /* states that are left at once cost no further step; none leads back to itself */
		before = d->state;
		states[before](d, now_ms);
	} while (d->state != before && d->state != DEVICE_WAIT);
}
