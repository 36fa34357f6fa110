/* SPDX-License-Identifier: Apache-2.0 */
#include "device/device.h"

#include "base/crc.h"
#include "base/ticks.h"
#include "device/build.h"
#include "device/device_internal.h"
#include "device/preflight.h"
#include "store/layout.h"

_Static_assert(sizeof(void *) > 4 || sizeof(struct quectel) + sizeof(struct quectel_socket) <= 5 * 1024,
	       "AT engine and driver with a socket take 5 KB of a chip's RAM at most");

/* ---- Events ---- */

void device_tell(struct device *d, const struct device_event *ev)
{
	if (d->event_count == DEVICE_EVENTS)
		return;   /* device_step() rests while half of them are unread: this is never met */
	d->events[(d->event_first + d->event_count) % DEVICE_EVENTS] = *ev;
	d->event_count++;
}

static bool take_event(struct device *d, struct device_event *ev)
{
	if (d->event_count > 0) {
		*ev = d->events[d->event_first];
		d->event_first = (uint8_t)((d->event_first + 1) % DEVICE_EVENTS);
		d->event_count--;
		return true;
	}
	if (!d->event_held)
		return false;
	*ev = d->held;
	d->event_held = false;
	return true;
}

bool device_next(struct device *d, struct device_event *ev)
{
	bool any = take_event(d, ev);

	report_read(d, any ? ev : NULL);
	return any;
}

/* ---- Setting up ---- */

static enum err mount(struct device *d)
{
	enum err e = seed_init(&d->seed, d->cfg.flash, LAYOUT_SEED_PAGE);
	enum err s = settings_init(&d->settings, d->cfg.flash, LAYOUT_SETTINGS_PAGE, LAYOUT_SETTINGS_PAGES);

	return e != ERR_OK ? e : s;
}

static void init_outbox(struct device *d)
{
	struct outbox_config cfg = {
		.buf = d->cfg.outbox, .size = d->cfg.outbox_size, .policy = OUTBOX_REJECT_NEW, .first_seq = 1,
	};

	if (settings_get_u32(&d->settings, SETTINGS_OUTBOX_SEQ, &cfg.first_seq) != ERR_OK)
		cfg.first_seq = 1;
	outbox_init(&d->outbox, &cfg);
}

static void init_clock(struct device *d)
{
	int64_t floor_s = d->cfg.build_s != 0 ? d->cfg.build_s : DEVICE_BUILD_S, stored_s;

	if (settings_get_i64(&d->settings, SETTINGS_CLOCK_FLOOR, &stored_s) == ERR_OK && stored_s > floor_s)
		floor_s = stored_s;
	clock_init(&d->clock, floor_s);
}

static void init_tls(struct device *d)
{
	struct tls_config cfg = {
		.crypto = &d->crypto, .roots = &d->roots.roots,
		.tx = d->tls_tx, .tx_size = sizeof d->tls_tx,
		.session = &d->session,
		.handshake_ms = DEVICE_HANDSHAKE_MS, .floor_s = d->clock.floor_s,
	};

	secrets_roots_init(&d->roots, &d->settings);
	tls_init(&d->tls, &cfg);
}

/* Not secret and not random: only different from device to device. */
static uint32_t jitter_seed(const struct device *d)
{
	return crc32(0, d->cfg.unique_id.data, d->cfg.unique_id.len);
}

enum err device_init(struct device *d, const struct device_config *cfg, uint32_t now_ms)
{
	enum err e;

	*d = (struct device){ .cfg = *cfg, .state = DEVICE_STOPPED };
	e = mount(d);
	init_outbox(d);
	init_clock(d);
	backoff_init(&d->backoff, jitter_seed(d));
	crypto_init(&d->crypto, cfg->arena, cfg->arena_size, cfg->unique_id.data, cfg->unique_id.len);
	noise_init(&d->entropy.noise, cfg->noise, now_ms);
	witness_init(d, now_ms);
	init_tls(d);
	/* Without it nothing is remembered, and all else works. */
	(void)!history_init(&d->history, cfg->flash, LAYOUT_HISTORY_PAGE, LAYOUT_HISTORY_PAGES);
	report_start(d, now_ms);
	return e;
}

enum err device_keep_time(struct device *d, int64_t unix_s, uint32_t now_ms)
{
	return clock_set(&d->clock, unix_s, CLOCK_KEPT, now_ms);
}

struct settings *device_settings(struct device *d)
{
	return &d->settings;
}

struct crypto *device_crypto(struct device *d)
{
	return &d->crypto;
}

struct bytes device_unique_id(const struct device *d)
{
	return d->cfg.unique_id;
}

bool device_has_seed(struct device *d)
{
	uint8_t seed[SEED_SIZE];
	bool has = seed_read(&d->seed, seed) == ERR_OK;

	bytes_wipe(seed, sizeof seed);
	return has;
}

enum err device_set_seed(struct device *d, const uint8_t seed[32])
{
	enum err e = rng_seed_check(seed);

	if (e == ERR_OK)
		e = seed_write(&d->seed, seed, SEED_PROVISIONED);
	return e == ERR_OK ? secrets_start_rng(&d->crypto, &d->seed, &d->settings, &d->entropy.noise) : e;
}

enum err device_make_key(struct device *d)
{
	enum err e = entropy_ready(d);

	return e == ERR_OK ? secrets_make_key(&d->crypto, &d->settings) : e;
}

enum err device_factory_reset(struct device *d)
{
	enum err e, s;

	if (d->state != DEVICE_STOPPED)
		return ERR_STATE;
	e = settings_erase_all(&d->settings);
	s = seed_erase(&d->seed);
	(void)!history_erase(&d->history);   /* a board without these pages has none */
	rng_forget(&d->crypto.rng);
	return e != ERR_OK ? e : s;
}

/* ---- Start and stop ---- */

static enum err start_entropy(struct device *d)
{
	enum err e = entropy_ready(d);

	return e == ERR_AGAIN ? ERR_OK : e;   /* the noise has until the clock is set: connect.c */
}

static enum err start_cloud(struct device *d)
{
	struct iotcore_config cfg = {
		.mqtt = {
			.rx = d->rx, .rx_size = sizeof d->rx,
			.tx = d->tx, .tx_size = sizeof d->tx,
			.slots = d->slots, .slot_count = DEVICE_SLOTS,
			.connack_s = DEVICE_CONNACK_S, .ack_s = DEVICE_ACK_S, .pong_s = DEVICE_PONG_S,
		},
		.ids = profile_ids(&d->profile),
		.name = d->name, .name_size = sizeof d->name,
		.inbox = d->inbox, .inbox_size = sizeof d->inbox,
		.state = d->state_buf, .state_size = sizeof d->state_buf,
		.keepalive_s = DEVICE_KEEPALIVE_S, .renew_wait_s = DEVICE_RENEW_WAIT_S, .command_qos = 1,
		.patient = d->cfg.patient,
	};

	return iotcore_init(&d->cloud, &cfg, NULL);
}

static void start_modem(struct device *d, uint32_t now_ms)
{
	struct quectel_config cfg = {
		.apn = d->profile.apn, .user = d->profile.apn_user, .password = d->profile.apn_password,
		.pin = d->profile.pin, .pin_refused = secrets_pin_was_refused(&d->settings, d->profile.pin),
		.ntp_server = d->profile.ntp[0] != '\0' ? d->profile.ntp : "pool.ntp.org",
		.model = d->cfg.model,
		.sockets = d->sockets, .socket_count = 1,
		.wires = d->cfg.modem_wires, .flow_control = d->cfg.modem_flow,
		.baud = d->modem_baud, .baud_max = d->cfg.modem_baud_max, .baud_wanted = d->profile.baud,
		.jitter_seed = jitter_seed(d),
	};

	quectel_init(&d->modem, &cfg, now_ms);
	d->modem_used = true;
	d->modem_up = d->modem_ends = false;
}

/* After restarts in a row that never let it finish, the modem is left as it is for a
 * while; once a run, so that a person who starts the device has it at once. */
static bool hold_back(struct device *d, uint32_t now_ms)
{
	uint32_t hold_s = retained_hold_s(d->cfg.retained);

	if (d->modem_used || d->kept_off || hold_s == 0)
		return false;
	d->kept_off = true;
	d->wait_ms = now_ms + hold_s * 1000;
	return true;
}

static void end_hold(struct device *d, uint32_t now_ms)
{
	if (!ticks_reached(now_ms, d->wait_ms))
		return;
	start_modem(d, now_ms);
	connect_enter(d, DEVICE_MODEM, now_ms);
}

/* Can it work at all?  What cannot is evidence, and said. */
static enum err check(struct device *d, const char **missing, uint32_t now_ms)
{
	enum err e;

	witness_start(d, now_ms);
	e = preflight_gate(d, &d->evidence, now_ms);
	*missing = e != ERR_OK ? d->evidence.setting : NULL;
	if (e == ERR_OK)
		e = start_entropy(d);
	if (e == ERR_OK)
		e = start_cloud(d);
	return e;
}

enum err device_start(struct device *d, const char **missing, uint32_t now_ms)
{
	enum err e;

	*missing = NULL;
	if (d->state != DEVICE_STOPPED)
		return ERR_STATE;
	e = check(d, missing, now_ms);
	d->err = e;
	if (e != ERR_OK) {
		report_refused(d, e, now_ms);
		profile_wipe(&d->profile);
		return e;
	}
	bytes_wipe(&d->session, sizeof d->session);   /* roots or host may be others now */
	d->token_exp_s = 0;
	d->report.again = true;
	backoff_forget(&d->backoff);
	witness_known(d);
	if (hold_back(d, now_ms)) {
		connect_enter(d, DEVICE_WAIT, now_ms);
	} else {
		start_modem(d, now_ms);
		connect_enter(d, DEVICE_MODEM, now_ms);
	}
	return ERR_OK;
}

void device_stop(struct device *d, uint32_t now_ms)
{
	if (d->state == DEVICE_STOPPED)
		return;
	if (d->state >= DEVICE_OPEN && d->state <= DEVICE_ONLINE)
		connect_lost(d, ERR_OK, now_ms);
	connect_decide(d, now_ms);
	if (d->modem_used)
		quectel_stop(&d->modem, now_ms);
	profile_wipe(&d->profile);
	bytes_wipe(&d->session, sizeof d->session);
	d->token_exp_s = 0;
	d->modem_up = false;
	d->err = ERR_OK;
	connect_enter(d, DEVICE_STOPPED, now_ms);
}

void device_modem_off(struct device *d, uint32_t now_ms)
{
	if (!d->modem_used)
		start_modem(d, now_ms);
	d->modem_ends = true;
	quectel_off(&d->modem, now_ms);   /* before device_stop(), which would let it rest */
	device_stop(d, now_ms);
}

/* ---- Running ---- */

size_t device_modem_feed(struct device *d, const uint8_t *data, size_t len, uint32_t now_ms)
{
	size_t taken = d->modem_used ? quectel_feed(&d->modem, data, len, now_ms) : len;

	witness_modem(d, data, taken);
	trace_at(d->trace, TRACE_IN, data, taken, now_ms);
	return taken;
}

const uint8_t *device_modem_tx_peek(const struct device *d, size_t *len)
{
	*len = 0;
	return d->modem_used ? quectel_tx_peek(&d->modem, len) : NULL;
}

void device_modem_tx_done(struct device *d, size_t n)
{
	size_t len;
	const uint8_t *data = quectel_tx_peek(&d->modem, &len);

	trace_at(d->trace, TRACE_OUT, data, n, d->modem.now_ms);
	quectel_tx_done(&d->modem, n);
}

static void end_trace(struct device *d)
{
	arena_free(&d->crypto.arena, d->trace);
	d->trace = NULL;
}

enum err device_trace(struct device *d, unsigned what, bool on)
{
	bool late = d->state >= DEVICE_HANDSHAKE && d->state <= DEVICE_ONLINE && (what & (TRACE_TLS | TRACE_MQTT)) != 0;

	if (d->trace == NULL && on) {
		d->trace = arena_alloc_back(&d->crypto.arena, sizeof *d->trace);
		if (d->trace == NULL)
			return ERR_CRYPTO_MEMORY;
		trace_init(d->trace);
	}
	if (d->trace == NULL)
		return ERR_OK;
	d->trace->on = (uint8_t)(on ? d->trace->on | what : d->trace->on & ~what);
	if (d->trace->on == 0)
		end_trace(d);
	else if (on && late)
		d->trace->late = true;
	return on && late ? ERR_STATE : ERR_OK;
}

unsigned device_traced(const struct device *d)
{
	return d->trace != NULL ? d->trace->on : 0;
}

bool device_trace_next(struct device *d, struct text *line)
{
	return d->trace != NULL && trace_next(d->trace, line);
}

struct power_lines device_modem_lines(const struct device *d)
{
	return quectel_lines(&d->modem);
}

void device_modem_status(struct device *d, enum power_status status)
{
	quectel_power(&d->modem, status);
}

static uint16_t at_most(uint32_t value)
{
	return (uint16_t)(value < UINT16_MAX ? value : UINT16_MAX);
}

void device_modem_faults(struct device *d, uint32_t lost, uint32_t noise)
{
	d->evidence.modem_lost = at_most(lost);
	d->evidence.modem_noise = at_most(noise);
}

uint32_t device_modem_baud(const struct device *d)
{
	return quectel_baud(&d->modem);
}

void device_modem_baud_set(struct device *d, bool could)
{
	quectel_baud_set(&d->modem, could);
	d->modem_baud = quectel_baud(&d->modem);
}

static void tell_crypto_the_time(struct device *d, uint32_t now_ms)
{
	int64_t unix_s;

	if (clock_now(&d->clock, now_ms, &unix_s))
		crypto_set_time(&d->crypto, unix_s);
}

void device_step(struct device *d, uint32_t now_ms)
{
	enum device_state before;

	clock_step(&d->clock, now_ms);
	backoff_step(&d->backoff, now_ms);
	entropy_step(d, now_ms);
	witness_step(d, now_ms);
	if (d->state == DEVICE_WAIT && !d->modem_used)
		end_hold(d, now_ms);
	if (d->event_count >= DEVICE_EVENTS / 2)
		return;
	if (!d->modem_used)
		return;
	tell_crypto_the_time(d, now_ms);
	quectel_step(&d->modem, now_ms);
	tls_step(&d->tls, now_ms);
	if (d->state == DEVICE_LOGIN || d->state == DEVICE_ONLINE)
		iotcore_step(&d->cloud, now_ms);
	do {
		before = d->state;
		connect_step(d, now_ms);
		pump_step(d, now_ms);
	} while (d->state != before && d->event_count < DEVICE_EVENTS / 2);
	report_step(d, now_ms);
	quectel_step(&d->modem, now_ms);   /* for what the link was asked meanwhile */
}

bool device_deadline(const struct device *d, uint32_t now_ms, uint32_t *at_ms)
{
	bool have = entropy_deadline(d, now_ms, at_ms);
	uint32_t at;

	if (!d->modem_used) {
		if (d->state == DEVICE_WAIT)
			ticks_earliest(&have, at_ms, d->wait_ms);
		return have;
	}
	if (d->event_count > 0 || d->event_held || pump_busy(d)) {
		*at_ms = now_ms;
		return true;
	}
	if (quectel_deadline(&d->modem, &at))
		ticks_earliest(&have, at_ms, at);
	if (d->state == DEVICE_HANDSHAKE && tls_deadline(&d->tls, now_ms, &at))
		ticks_earliest(&have, at_ms, at);
	if (report_deadline(d, &at))
		ticks_earliest(&have, at_ms, at);
	if ((d->state == DEVICE_LOGIN || d->state == DEVICE_ONLINE) && iotcore_deadline(&d->cloud, &at))
		ticks_earliest(&have, at_ms, at);
	if (connect_deadline(d, &at))
		ticks_earliest(&have, at_ms, at);
	if (d->state == DEVICE_CLOCK && !d->ntp_asked)
		ticks_earliest(&have, at_ms, d->wait_ms);
	return have;
}

/* ---- Messages ---- */

/* Numbers are taken from the settings in advance, so that a restart continues
 * behind the last one used, at one flash write for many messages. */
static enum err reserve_seq(struct device *d)
{
	uint32_t next = outbox_next_seq(&d->outbox);
	enum err e;

	if (d->seq_reserved && next != d->seq_end)
		return ERR_OK;
	e = settings_set_u32(&d->settings, SETTINGS_OUTBOX_SEQ, next + DEVICE_SEQ_RESERVE);
	if (e != ERR_OK)
		return e;
	connect_mark(d);
	d->seq_end = next + DEVICE_SEQ_RESERVE;
	d->seq_reserved = true;
	return ERR_OK;
}

/* Bytes of PUBLISH beside its payload: header, topic, packet identifier. */
static size_t publish_overhead(const struct device *d, size_t subfolder_len)
{
	size_t topic = sizeof "/devices//events" - 1 + settings_size(&d->settings, SETTINGS_DEVICE) +
		       (subfolder_len > 0 ? 1 + subfolder_len : 0);

	return 1 + 2 + 2 + topic + 2 + MQTT_TX_RESERVE;
}

size_t device_event_max(const struct device *d, size_t subfolder_len)
{
	size_t overhead = publish_overhead(d, subfolder_len);
	size_t kept = OUTBOX_OVERHEAD + subfolder_len;
	size_t sent = overhead < DEVICE_TX_SIZE ? DEVICE_TX_SIZE - overhead : 0;
	size_t held = kept < d->cfg.outbox_size ? d->cfg.outbox_size - kept : 0;

	return sent < held ? sent : held;
}

/* What could never be sent is refused here, not after it was promised delivery. */
static enum err check_event(const struct device *d, struct bytes subfolder, size_t len)
{
	size_t overhead = publish_overhead(d, subfolder.len);

	if (overhead > DEVICE_TX_SIZE || len > DEVICE_TX_SIZE - overhead)
		return ERR_IOTCORE_EVENT_SIZE;
	if (subfolder.len == 0)
		return ERR_OK;
	if (subfolder.len > DEVICE_SUBFOLDER_MAX || mqtt_packet_check(subfolder, MQTT_TOPIC_NAME, true) != ERR_OK)
		return ERR_IOTCORE_SUBFOLDER;
	return ERR_OK;
}

enum err device_publish(struct device *d, const char *subfolder, struct bytes payload, uint32_t *seq)
{
	struct outbox_message m = { .cls = OUTBOX_EVENT, .qos = 1, .payload = payload };
	enum err e;

	m.subfolder = bytes_of(subfolder != NULL ? subfolder : "");
	e = check_event(d, m.subfolder, payload.len);
	if (e == ERR_OK)
		e = reserve_seq(d);
	if (e == ERR_OK)
		e = outbox_put(&d->outbox, &m, seq);
	return e == ERR_TOO_LONG ? ERR_IOTCORE_EVENT_SIZE : e;
}

enum err device_report_state(struct device *d, struct bytes state, uint32_t now_ms)
{
	return d->modem_used || d->kept_off ? iotcore_set_state(&d->cloud, state, now_ms) : ERR_STATE;
}

void device_config_done(struct device *d, uint32_t now_ms)
{
	if (iotcore_config_done(&d->cloud, now_ms) != ERR_OK)
		return;   /* the connection went down meanwhile: the server sends it again */
}

/* ---- Status ---- */

bool device_why(struct device *d, unsigned back, struct history_verdict *v, void *line, size_t size, size_t *len)
{
	return history_verdict(&d->history, back, v, line, size, len);
}

static void status_numbers(const struct device *d, struct device_status *st)
{
	struct outbox_counts counts = outbox_counts(&d->outbox);

	st->queued = (uint32_t)counts.records;
	st->dropped = counts.dropped + counts.rejected;
	st->acked = counts.acked;
	st->connects = d->connects;
	st->losses = d->losses;
	st->arena_size = d->crypto.arena.size;
	st->arena_used = d->crypto.arena.used;
	st->arena_peak = d->crypto.arena.peak;
	st->bytes_up = d->bytes_up;
	st->bytes_down = d->bytes_down;
	st->day_bytes = (uint32_t)(d->bytes_up + d->bytes_down) - d->witness.day_bytes;
}

void device_status(const struct device *d, struct device_status *st, uint32_t now_ms)
{
	*st = (struct device_status){
		.state = d->state, .err = d->err,
		.retry_ms = d->state == DEVICE_WAIT ? ticks_until(now_ms, d->wait_ms) : 0,
		.clock_age_s = clock_age_s(&d->clock, now_ms), .clock_source = (int)d->clock.source,
		.token_exp_s = d->token_exp_s, .seeded = d->crypto.rng.state == RNG_READY,
		.resumed = tls_facts(&d->tls)->resumed,
		.up_s = d->witness.now_s,
		.online_s = d->state == DEVICE_ONLINE ? d->witness.now_s - d->witness.online_s : 0,
		.keepalive_s = DEVICE_KEEPALIVE_S, .reset = d->cfg.reset, .resets = d->evidence.resets,
		.verdict = d->report.diagnosis.said,
		.cellular = quectel_status(&d->modem), .modem = quectel_facts(&d->modem), .tls = tls_facts(&d->tls),
	};
	if (!clock_now(&d->clock, now_ms, &st->unix_s))
		st->unix_s = 0;
	status_numbers(d, st);
}

const char *device_state_name(enum device_state state)
{
	static const char *const names[] = {
		[DEVICE_STOPPED] = "stopped",     [DEVICE_MODEM] = "modem", [DEVICE_CLOCK] = "clock",
		[DEVICE_OPEN] = "open",           [DEVICE_HANDSHAKE] = "handshake",
		[DEVICE_LOGIN] = "login",         [DEVICE_ONLINE] = "online", [DEVICE_WAIT] = "wait",
	};

	return names[state];
}
