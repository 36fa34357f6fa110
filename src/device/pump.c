/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pump.c - a message's way, top to bottom and back.
 *
 *   outbox -> iotcore (mqtt) -> tls -> link (modem)
 *   outbox <- iotcore (mqtt) <- tls <- link (modem)
 *
 * Each stage takes what it can; what it leaves waits in the stage before it.
 * Only an acknowledgement of the server drops a message from the outbox.
 */
#include "device/device_internal.h"

/* ---- Down: from the modem to the application ---- */

/* Link to TLS.  True when bytes moved. */
static bool wire_down(struct device *d, uint32_t now_ms)
{
	struct device_chunk *w = &d->wire;

	if (w->off == w->len) {
		size_t got = 0;
		enum err e = link_recv(device_link(d), d->wire_buf, sizeof d->wire_buf, &got, now_ms);

		if (e != ERR_OK && e != ERR_AGAIN)
			tls_link_lost(&d->tls, e);
		*w = (struct device_chunk){ 0, got };
		d->bytes_down += got;
	}

	size_t taken = tls_feed(&d->tls, d->wire_buf + w->off, w->len - w->off);

	trace_tls(d->trace, TRACE_IN, d->wire_buf + w->off, taken, now_ms);
	w->off += taken;
	return taken > 0;
}

/* TLS to MQTT. */
static bool plain_down(struct device *d, uint32_t now_ms)
{
	struct device_chunk *p = &d->plain;

	if (p->off == p->len) {
		size_t got = 0;
		enum err e = tls_read(&d->tls, d->plain_buf, sizeof d->plain_buf, &got);

		if (e != ERR_OK && e != ERR_AGAIN)
			iotcore_lost(&d->cloud, e);
		trace_mqtt(d->trace, TRACE_IN, d->plain_buf, got, now_ms);
		*p = (struct device_chunk){ 0, got };
	}

	size_t taken = iotcore_feed(&d->cloud, d->plain_buf + p->off, p->len - p->off, now_ms);

	p->off += taken;
	return taken > 0;
}

static void on_up(struct device *d, const struct iotcore_event *ev, uint32_t now_ms)
{
	(void)ev;
	d->connects++;
	d->publish_blocked = false;
	d->err = ERR_OK;
	backoff_succeeded(&d->backoff, now_ms);
	connect_proved(d, now_ms);
	connect_enter(d, DEVICE_ONLINE, now_ms);
	report_login(d, now_ms);
	witness_login(d, now_ms);
}

static void on_acked(struct device *d, const struct iotcore_event *ev, uint32_t now_ms)
{
	d->publish_blocked = false;
	if (outbox_acked(&d->outbox, ev->token) == ERR_OK && !report_acked(d, ev->token, now_ms))
		device_tell(d, &(struct device_event){ .type = DEVICE_EV_ACKED, .seq = ev->token });
}

static void on_state_acked(struct device *d, const struct iotcore_event *ev, uint32_t now_ms)
{
	(void)ev;
	(void)now_ms;
	d->publish_blocked = false;
	d->evidence.state_works = EVIDENCE_YES;
	device_tell(d, &(struct device_event){ .type = DEVICE_EV_STATE_ACKED });
}

static void on_config(struct device *d, const struct iotcore_event *ev, uint32_t now_ms)
{
	(void)now_ms;
	d->event_held = true;
	d->held = (struct device_event){ .type = DEVICE_EV_CONFIG, .data = ev->data };
}

static void on_command(struct device *d, const struct iotcore_event *ev, uint32_t now_ms)
{
	(void)now_ms;
	d->event_held = true;
	d->held = (struct device_event){
		.type = DEVICE_EV_COMMAND, .subfolder = ev->subfolder, .data = ev->data };
}

static void on_dropped(struct device *d, const struct iotcore_event *ev, uint32_t now_ms)
{
	device_tell(d, &(struct device_event){ .type = DEVICE_EV_REFUSED, .err = ev->err, .size = ev->size });
	if (ev->err == ERR_IOTCORE_CONFIG_SIZE || ev->err == ERR_IOTCORE_COMMAND_SIZE)
		report_dropped(d, ev->err, ev->size, now_ms);
}

static void on_down(struct device *d, const struct iotcore_event *ev, uint32_t now_ms)
{
	connect_lost(d, ev->err, now_ms);
}

static void on_cloud(struct device *d, const struct iotcore_event *ev, uint32_t now_ms)
{
	static void (*const handlers[])(struct device *, const struct iotcore_event *, uint32_t) = {
		[IOTCORE_EV_UP] = on_up,
		[IOTCORE_EV_CONFIG] = on_config,
		[IOTCORE_EV_COMMAND] = on_command,
		[IOTCORE_EV_DROPPED] = on_dropped,
		[IOTCORE_EV_ACKED] = on_acked,
		[IOTCORE_EV_STATE_ACKED] = on_state_acked,
		[IOTCORE_EV_DOWN] = on_down,
	};

	handlers[ev->type](d, ev, now_ms);
}

/* MQTT to the application.  An event whose bytes are borrowed is held until it
 * is read: nothing is fed meanwhile. */
static bool events_down(struct device *d, uint32_t now_ms)
{
	struct iotcore_event ev;
	bool any = false;

	while (!d->event_held && d->event_count < DEVICE_EVENTS / 2 && iotcore_next(&d->cloud, &ev)) {
		on_cloud(d, &ev, now_ms);
		any = true;
	}
	return any;
}

/* ---- Up: from the outbox to the modem ---- */

/* Errors that pass: no room now, or a planned reconnect comes first. */
static bool passes(enum err e)
{
	return e == ERR_FULL || e == ERR_AGAIN || e == ERR_STATE;
}

/* It will never go: the device's id was made longer since it was queued. */
static void give_up(struct device *d, const struct outbox_record *r, enum err e, uint32_t now_ms)
{
	size_t size = r->message.payload.len;

	if (outbox_sent(&d->outbox, r->seq) == ERR_OK && outbox_acked(&d->outbox, r->seq) == ERR_OK &&
	    !report_acked(d, r->seq, now_ms))
		device_tell(d, &(struct device_event){
			.type = DEVICE_EV_REFUSED, .err = e, .seq = r->seq, .size = size });
}

static bool publish_up(struct device *d, uint32_t now_ms)
{
	struct outbox_record r;
	enum err e;

	if (d->publish_blocked || !outbox_peek(&d->outbox, 0, &r))
		return false;

	struct iotcore_message m = {
		.subfolder = r.message.subfolder, .payload = r.message.payload,
		.qos = r.message.qos, .dup = r.again,
	};

	e = iotcore_publish(&d->cloud, &m, r.seq, now_ms);
	if (e != ERR_OK && !passes(e))
		give_up(d, &r, e, now_ms);
	d->publish_blocked = e != ERR_OK;
	if (e == ERR_OK)
		witness_publish(d, now_ms);
	return e == ERR_OK && outbox_sent(&d->outbox, r.seq) == ERR_OK;
}

static bool plain_up(struct device *d, uint32_t now_ms)
{
	size_t len, taken = 0;
	const uint8_t *data = iotcore_tx_peek(&d->cloud, &len);

	if (data == NULL || tls_write(&d->tls, data, len, &taken) != ERR_OK)
		return false;   /* a lost TLS is met by plain_down() */
	trace_mqtt(d->trace, TRACE_OUT, data, taken, now_ms);
	iotcore_tx_done(&d->cloud, taken);
	d->publish_blocked = false;
	return true;
}

static bool wire_up(struct device *d, uint32_t now_ms)
{
	size_t len, taken = 0;
	const uint8_t *data = tls_tx_peek(&d->tls, &len);

	/* A lost link is met by wire_down(), once the bytes that came before are read:
	 * a server that refuses and closes has said why. */
	if (data == NULL || link_send(device_link(d), data, len, &taken, now_ms) != ERR_OK)
		return false;
	trace_tls(d->trace, TRACE_OUT, data, taken, now_ms);
	tls_tx_done(&d->tls, taken);
	d->bytes_up += taken;
	d->witness.sent_ms = now_ms;
	return true;
}

/* ---- Both ---- */

static bool pump_down(struct device *d, uint32_t now_ms)
{
	bool moved = false;

	if (d->event_held)
		return false;
	moved |= events_down(d, now_ms);
	if (d->state < DEVICE_HANDSHAKE || d->state > DEVICE_ONLINE || d->event_held)
		return moved;
	moved |= wire_down(d, now_ms);
	if (d->state == DEVICE_HANDSHAKE)
		return moved;
	moved |= plain_down(d, now_ms);
	return moved | events_down(d, now_ms);
}

/* TLS is about to say more without having heard more: a flight of records leaves
 * in one piece, and Finished waits for CONNECT. */
static bool flight_unfinished(const struct device *d, uint32_t now_ms)
{
	uint32_t at_ms;
	bool works = tls_deadline(&d->tls, now_ms, &at_ms) && at_ms == now_ms;

	return tls_state(&d->tls) == TLS_UP || (tls_state(&d->tls) == TLS_HANDSHAKE && works);
}

/* MQTT packets first gather in TLS's buffer, then leave together: what is
 * queued at one moment is one segment. */
static bool pump_up(struct device *d, uint32_t now_ms)
{
	bool moved = false;

	if (d->state == DEVICE_HANDSHAKE && flight_unfinished(d, now_ms))
		return false;
	if (d->state != DEVICE_HANDSHAKE)
		while (publish_up(d, now_ms) || plain_up(d, now_ms))
			moved = true;
	return moved | wire_up(d, now_ms);
}

static bool connected(const struct device *d)
{
	return d->state == DEVICE_HANDSHAKE || d->state == DEVICE_LOGIN || d->state == DEVICE_ONLINE;
}

static bool pump_round(struct device *d, uint32_t now_ms)
{
	bool moved = pump_down(d, now_ms);

	return (connected(d) && pump_up(d, now_ms)) || moved;
}

void pump_step(struct device *d, uint32_t now_ms)
{
	d->pump_more = true;
	/* Bounded, so that a fast peer cannot keep the main loop from its other work. */
	for (unsigned round = 0; round < 8 && d->pump_more; round++)
		d->pump_more = connected(d) && pump_round(d, now_ms);
}

/* What pump_step() left because of its bound may lie in any layer, TLS's own
 * buffer among them. */
bool pump_busy(const struct device *d)
{
	bool left = d->wire.off < d->wire.len || d->plain.off < d->plain.len;

	return connected(d) && !d->event_held && (left || d->pump_more);
}
