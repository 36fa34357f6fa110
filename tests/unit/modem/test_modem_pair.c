/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver and the virtual modem, joined under virtual time: two independent
 * readings of the same manual.  A client behind the driver and a server behind
 * the modem exchange a numbered stream; every fault that the modem knows is
 * struck at every point where it fits, at several occasions.  Whatever happens:
 * what arrives on a connection is the beginning of what was sent on it, the
 * exchange is finished in bounded time, and the modem is not flooded.
 *
 * A board may be between the two: it drives PWRKEY and RESET, reads STATUS and
 * sets the speed of its UART.
 */
#include "base/ticks.h"
#include "modem/quectel.h"
#include "unit/cmocka_all.h"
#include "virtual_modem/modem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVE_MS 20u
#define QUECTEL_DOWNS 40

/* One connection as its server sees it. */
struct served {
	bool open, spoiled;
	unsigned number;          /* of the connection: its stream is unlike the others */
	size_t up, down;          /* bytes received, sent */
};

struct pair {
	struct quectel q;
	struct quectel_socket socket;
	struct modem *modem;
	uint32_t now, start;
	struct served served[MODEM_SOCKETS];
	unsigned opened;
	bool noisy;               /* bytes may be damaged on the UART: TLS would notice, here the pattern does */

	unsigned number;          /* of the client's connection, as the server told it in its first byte */
	size_t sent, got;         /* on this connection */
	size_t up_total, down_total;   /* of all of them, intact */
	size_t goal;
	unsigned losses, downs, spoiled;
	uint32_t reopen_ms, quiet_ms;
	size_t sum_seen;
	bool opening;             /* a connection was begun whose loss is not counted yet */
	bool told[QUECTEL_DOWNS]; /* ERR_MODEM_SILENT + i was the reason of a DOWN */
	bool stopped;
	enum err stopped_err;

	/* the board */
	bool status_wired;
	uint32_t baud;            /* of its UART; 0: it is not set, both ends understand each other */
	unsigned presses;
	struct power_lines lines;
};

static uint8_t pattern(unsigned connection, size_t i, bool up)
{
	return (uint8_t)((i * 31 + (i >> 8) * 7 + connection * 97) ^ (up ? 0x5a : 0));
}

/* ---- the server's side ---- */

/* A send that was given up is filled with ESC and CRs, and its connection ends:
 * these may stand at the end, and count for nothing. */
static void serve_up(struct pair *p, int id, const uint8_t *data, size_t len)
{
	struct served *s = &p->served[id];

	for (size_t i = 0; i < len && !s->spoiled; i++) {
		if (data[i] == pattern(0, s->up, true)) {
			s->up++;
			p->up_total++;
			continue;
		}
		s->spoiled = true;
		p->spoiled++;
		if (data[i] != 0x1b && data[i] != '\r' && !p->noisy)
			fail_msg("connection %u, byte %zu: 0x%02x is not what was sent", s->number, s->up, data[i]);
	}
	if (s->spoiled && s->open && p->noisy) {   /* as TLS would */
		s->open = false;
		modem_socket_closed(p->modem, id, p->now);
	}
}

/* A thousand bytes at a time; true while there are more. */
static bool serve_down(struct pair *p, int id)
{
	struct served *s = &p->served[id];
	uint8_t buf[1000];
	size_t n = modem_socket_room(p->modem, id);

	if (!s->open || s->down >= p->goal * 2)
		return false;
	n = n < sizeof buf ? n : sizeof buf;
	for (size_t i = 0; i < n; i++, s->down++)
		buf[i] = s->down == 0 ? (uint8_t)s->number : pattern(s->number, s->down, false);
	if (n > 0)
		modem_socket_data(p->modem, id, buf, n, p->now);
	return true;
}

static void network(struct pair *p)
{
	static const char *const address[] = { "192.0.2.1" };
	struct modem_event ev;

	while (modem_next(p->modem, &ev)) {
		switch (ev.type) {
		case MODEM_OPEN:
			p->served[ev.id] = (struct served){ .open = true, .number = ++p->opened };
			modem_socket_opened(p->modem, ev.id, "192.0.2.1", 40000, p->now);
			break;
		case MODEM_DATA: {
			size_t n = ev.data.len;

			if (p->served[ev.id].open)
				serve_up(p, ev.id, ev.data.data, n);
			modem_socket_taken(p->modem, ev.id, n, p->now);
			break;
		}
		case MODEM_CLOSE:
			p->served[ev.id].open = false;
			break;
		case MODEM_RESOLVE:
			modem_resolved(p->modem, ev.id, address, 1, 0, p->now);
			break;
		case MODEM_PING:
			modem_pinged(p->modem, ev.id, NULL, 0, MODEM_ERR_TIMEOUT, p->now);
			break;
		case MODEM_NOTE:
			break;
		}
	}
}

/* ---- the client's side ---- */

static void client_down(struct pair *p, struct link *l)
{
	uint8_t buf[700];
	size_t n;

	while (link_recv(l, buf, sizeof buf, &n, p->now) == ERR_OK) {
		for (size_t i = 0; i < n; i++, p->got++) {
			if (p->got == 0)
				p->number = buf[i];
			else if (buf[i] == pattern(p->number, p->got, false))
				p->down_total++;
			else if (!p->noisy)
				fail_msg("connection %u, byte %zu down: 0x%02x is not what was sent", p->number, p->got,
					 buf[i]);
			else {
				link_close(l, p->now);
				return;
			}
		}
	}
}

static void client_up(struct pair *p, struct link *l)
{
	uint8_t buf[900];
	size_t taken;

	for (size_t i = 0; i < sizeof buf; i++)
		buf[i] = pattern(0, p->sent + i, true);
	while (p->sent < p->goal * 2 && link_send(l, buf, sizeof buf, &taken, p->now) == ERR_OK) {
		assert_true(taken > 0);
		p->sent += taken;
		for (size_t i = 0; i < sizeof buf; i++)
			buf[i] = pattern(0, p->sent + i, true);
	}
}

/* As MQTT's keepalive would: a minute without a byte is an end. */
static bool is_quiet(struct pair *p, enum err e)
{
	size_t sum = p->up_total + p->down_total;

	if (sum != p->sum_seen || e != ERR_OK) {
		p->sum_seen = sum;
		p->quiet_ms = p->now + 60000;
	}
	return ticks_reached(p->now, p->quiet_ms);
}

static void client(struct pair *p)
{
	struct link *l = quectel_link(&p->q, 0);
	struct quectel_event ev;
	enum err e;

	while (quectel_next(&p->q, &ev)) {
		p->downs += ev.type == QUECTEL_EV_DOWN;
		if (ev.type == QUECTEL_EV_DOWN && ev.err >= ERR_MODEM_SILENT)
			p->told[ev.err - ERR_MODEM_SILENT] = true;
		if (ev.type == QUECTEL_EV_STOPPED) {
			p->stopped = true;
			p->stopped_err = ev.err;
		}
	}
	client_down(p, l);
	e = link_state(l);
	if (is_quiet(p, e)) {
		link_close(l, p->now);
		p->losses++;
		e = ERR_STATE;
	}
	if (e == ERR_OK) {
		client_up(p, l);
		return;
	}
	if (e == ERR_AGAIN || !ticks_reached(p->now, p->reopen_ms))
		return;
	if (e != ERR_STATE) {
		p->losses += p->opening;
		p->opening = false;
	}
	p->sent = p->got = 0;
	e = link_open(l, "server.example", 7, p->now);
	p->opening = p->opening || e == ERR_OK;
	p->reopen_ms = p->now + (e == ERR_OK ? 0 : 1000);
}

/* ---- the board ---- */

static void board(struct pair *p)
{
	struct power_lines l;

	if (p->status_wired)
		quectel_power(&p->q, modem_status(p->modem) ? POWER_ON : POWER_OFF);
	l = quectel_lines(&p->q);
	if ((l.pwrkey && !p->lines.pwrkey) || (l.reset && !p->lines.reset))
		p->presses++;
	p->lines = l;
	modem_pin(p->modem, MODEM_PIN_PWRKEY, l.pwrkey, p->now);
	modem_pin(p->modem, MODEM_PIN_RESET, l.reset, p->now);
	if (p->baud == 0 || quectel_baud(&p->q) == p->baud)
		return;
	p->baud = quectel_baud(&p->q);
	modem_set_host_baud(p->modem, p->baud, p->now);
	quectel_baud_set(&p->q, true);
}

/* ---- time ---- */

static void move_bytes(struct pair *p)
{
	const uint8_t *data;
	size_t n;

	for (unsigned turns = 0; turns < 1000; turns++) {
		bool any = false;

		if ((data = quectel_tx_peek(&p->q, &n)) != NULL) {
			modem_feed(p->modem, data, n, p->now);
			quectel_tx_done(&p->q, n);
			any = true;
		}
		network(p);
		if ((data = modem_tx_peek(p->modem, &n)) != NULL) {
			size_t taken = quectel_feed(&p->q, data, n, p->now);

			modem_tx_done(p->modem, taken);
			any = true;
		}
		client(p);
		board(p);
		quectel_step(&p->q, p->now);
		board(p);
		if (!any && quectel_tx_peek(&p->q, &n) == NULL)
			return;
	}
}

static void turn(struct pair *p, uint32_t last)
{
	uint32_t next = last, at;
	bool serving = false;

	modem_step(p->modem, p->now);
	for (int id = 0; id < MODEM_SOCKETS; id++)
		serving = serve_down(p, id) || serving;
	move_bytes(p);
	if (serving && ticks_reached(next, p->now + SERVE_MS))
		next = p->now + SERVE_MS;
	if (modem_deadline(p->modem, &at) && ticks_reached(next, at))
		next = at;
	if (quectel_deadline(&p->q, &at) && ticks_reached(next, at))
		next = at;
	if (!ticks_reached(p->now, p->reopen_ms) && ticks_reached(next, p->reopen_ms))
		next = p->reopen_ms;
	if (!ticks_reached(p->now, p->quiet_ms) && ticks_reached(next, p->quiet_ms))
		next = p->quiet_ms;
	p->now = ticks_reached(p->now, next) ? p->now + 1 : next;
}

static bool finished(const struct pair *p)
{
	return p->up_total >= p->goal && p->down_total >= p->goal;
}

static bool run(struct pair *p, uint32_t ms)
{
	uint32_t last = p->now + ms;

	while (!finished(p) && !ticks_reached(p->now, last))
		turn(p, last);
	return finished(p);
}

static const struct quectel_config usual = { .apn = "iot.example", .socket_count = 1, .jitter_seed = 3 };

static void begin_as(struct pair *p, const struct modem_config *mc, struct quectel_config qc, size_t goal)
{
	char why_buf[200];
	struct text why;

	memset(p, 0, sizeof *p);
	text_init(&why, why_buf, sizeof why_buf);
	p->now = p->start = p->reopen_ms = 0xfffffe00u;
	p->goal = goal;
	p->modem = modem_new(mc, p->now, &why);
	if (p->modem == NULL)
		fail_msg("%s", why_buf);
	modem_set_clock(p->modem, 1795371480000, p->now);
	qc.sockets = &p->socket;
	quectel_init(&p->q, &qc, p->now);
}

static void begin(struct pair *p, const struct modem_config *mc, size_t goal)
{
	begin_as(p, mc, usual, goal);
}

static void finish(struct pair *p)
{
	modem_free(p->modem);
}

/* ---- tests ---- */

static struct pair pair;

static void a_hundred_kilobytes_each_way(void **state)
{
	static const struct modem_config mc = { .seed = 1, .baud = 115200, .on = true };
	const struct modem_counters *c;

	(void)state;
	begin(&pair, &mc, 100000);
	assert_true(run(&pair, 300000));
	assert_int_equal(pair.losses, 0);
	assert_int_equal(pair.opened, 1);
	c = modem_counters(pair.modem);
	assert_int_equal(c->uart_lost, 0);
	print_message("200 kB in %.1f s at 115200 baud, %u commands, %u reads, %u sends\n",
		      (pair.now - pair.start) / 1000.0, c->commands, c->all.reads, c->all.sends);
	finish(&pair);
}

static void every_profile_is_driven(void **state)
{
	static const char *const profiles[] = { "bg96", "bg95", "bg77", "ec21", "eg91" };
	char names_buf[400];
	struct text names;

	(void)state;
	text_init(&names, names_buf, sizeof names_buf);
	modem_profile_names(&names);
	for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++) {
		struct modem_config mc = { .seed = 1, .on = true, .profile = profiles[i] };

		if (strstr(names_buf, profiles[i]) == NULL)
			continue;
		begin(&pair, &mc, 20000);
		if (!run(&pair, 60000))
			fail_msg("profile %s: stage %d", profiles[i], (int)quectel_facts(&pair.q)->stage);
		assert_int_equal(pair.losses, 0);
		finish(&pair);
	}
}

static void the_way_to_an_open_socket_is_short(void **state)
{
	struct modem_config mc = { .seed = 1, .on = true };
	uint32_t cold, warm;

	(void)state;
	begin(&pair, &mc, 1);
	assert_true(run(&pair, 60000));
	cold = modem_counters(pair.modem)->commands;
	struct modem *m = pair.modem;
	uint32_t now = pair.now;

	/* the host restarts, the modem does not */
	struct quectel_config qc = { .apn = "iot.example", .sockets = &pair.socket, .socket_count = 1 };

	quectel_init(&pair.q, &qc, now);
	pair.up_total = pair.down_total = pair.sent = pair.got = 0;
	assert_true(run(&pair, 60000));
	warm = modem_counters(m)->commands - cold;
	print_message("commands until the first bytes are exchanged: cold %u, warm %u\n", cold, warm);
	assert_true(cold <= 34 && warm <= 34);
	finish(&pair);
}

static const char *describe(const struct modem_fault *f)
{
	static char buf[160];

	snprintf(buf, sizeof buf, "%s at %s, command '%s', the %uth", modem_effect_word(f->what),
		 modem_point_word(f->at), f->command, f->nth);
	return buf;
}

/* Faults whose harm is damaged bytes on the wire. */
static bool is_noise(enum modem_effect what)
{
	return what == MODEM_DO_GARBAGE || what == MODEM_DO_WRONG_BAUD || what == MODEM_DO_SAY ||
	       what == MODEM_DO_DROP || what == MODEM_DO_INSERT || what == MODEM_DO_CORRUPT ||
	       what == MODEM_DO_DUPLICATE || what == MODEM_DO_DISCARD || what == MODEM_DO_GARBLE ||
	       what == MODEM_DO_NOISE;
}

static void give_it_an_end(struct modem_fault *f)
{
	if (f->what == MODEM_DO_MUTE || f->what == MODEM_DO_MUTE_AT || f->what == MODEM_DO_WRONG_BAUD ||
	    f->what == MODEM_DO_REGISTER || f->what == MODEM_DO_SIM)
		f->ms = 20000;
	if (f->what == MODEM_DO_DELAY || f->what == MODEM_DO_SPLIT || f->what == MODEM_DO_COALESCE)
		f->ms = 9000;
	if (f->what == MODEM_DO_REGISTER)
		f->stat = 2;
	if (f->what == MODEM_DO_SIM)
		f->sim = MODEM_SIM_ABSENT;
	if (f->what == MODEM_DO_SAY) {
		static const char text[] = "\r\n+QIURC: \"recv\",7\r\n";

		memcpy(f->text, text, sizeof text - 1);
		f->text_len = sizeof text - 1;
	}
}

/* What a fault may cost at most: the manual's own limits (a SEND OK may take
 * 120 s, QIACT and QIOPEN 150 s) and the time that it lasts. */
#define LIMIT_MS 400000u

struct sweep { unsigned runs, struck; uint32_t worst_ms; char worst[160]; };

static void strike(struct modem_fault *f, struct sweep *sweep)
{
	struct modem_config mc = { .seed = 1 + f->nth, .on = true };
	char why_buf[200];
	struct text why;
	uint32_t strikes = 0;
	struct modem_fault set;
	unsigned number;

	text_init(&why, why_buf, sizeof why_buf);
	begin(&pair, &mc, 6000);
	give_it_an_end(f);
	pair.noisy = is_noise(f->what);
	if (modem_fault_set(pair.modem, f, pair.now, &why) == 0)
		fail_msg("%s: %s", describe(f), why_buf);
	if (!run(&pair, LIMIT_MS))
		fail_msg("%s: not finished; up %zu down %zu, %u losses, phase %d, why %d, last failed %s", describe(f),
			 pair.up_total, pair.down_total, pair.losses, (int)pair.q.phase, (int)pair.q.why,
			 quectel_facts(&pair.q)->failed);
	if (pair.losses > 5)
		fail_msg("%s: %u losses", describe(f), pair.losses);
	if (modem_fault_get(pair.modem, 0, &set, &number, &strikes))
		sweep->struck += strikes > 0;
	sweep->runs++;
	if (pair.now - pair.start > sweep->worst_ms) {
		sweep->worst_ms = pair.now - pair.start;
		snprintf(sweep->worst, sizeof sweep->worst, "%s", describe(f));
	}
	finish(&pair);
}

static void every_fault_at_every_point_is_survived(void **state)
{
	static const uint32_t occasions[] = { 1, 2, 3, 5, 9 };
	static const uint32_t bytes[] = { 1, 40, 333, 700, 1234, 3000, 6000, 9000 };
	struct sweep sweep = { 0, 0, 0, "" };

	(void)state;
	for (unsigned what = 0; what < MODEM_EFFECT_COUNT; what++)
		for (unsigned at = 0; at < MODEM_POINT_COUNT; at++) {
			bool per_byte = at == MODEM_AT_UP || at == MODEM_AT_DOWN;
			size_t n = per_byte ? sizeof bytes / sizeof bytes[0] : sizeof occasions / sizeof occasions[0];

			if (!modem_fault_fits((enum modem_effect)what, (enum modem_point)at))
				continue;
			for (size_t i = 0; i < n; i++) {
				struct modem_fault f =
					modem_fault_default((enum modem_effect)what, (enum modem_point)at);

				f.nth = per_byte ? bytes[i] : occasions[i];
				if (at == MODEM_AT_TIME) {
					f.nth = 1;
					f.after_ms = occasions[i] * 400;
				}
				strike(&f, &sweep);
			}
		}
	print_message("%u runs, %u struck; slowest %u ms: %s\n", sweep.runs, sweep.struck, sweep.worst_ms, sweep.worst);
}

/* F18 with an independent modem: each command of the whole exchange fails once. */
static void every_command_fails_once_and_the_exchange_is_made(void **state)
{
	static const struct { enum modem_effect what; int cme; } ways[] = {
		{ MODEM_DO_ERROR, MODEM_ANY }, { MODEM_DO_ERROR, 100 }, { MODEM_DO_ERROR, 3 },
		{ MODEM_DO_LOST, MODEM_ANY },
		{ MODEM_DO_REBOOT, MODEM_ANY }, { MODEM_DO_PDPDEACT, MODEM_ANY },
	};
	struct sweep sweep = { 0, 0, 0, "" };

	(void)state;
	for (size_t w = 0; w < sizeof ways / sizeof ways[0]; w++)
		for (unsigned point = MODEM_AT_COMMAND; point <= MODEM_AT_ANSWER; point++) {
			if (!modem_fault_fits(ways[w].what, (enum modem_point)point))
				continue;
			for (uint32_t nth = 1; nth <= 45; nth++) {
				struct modem_fault f = modem_fault_default(ways[w].what, (enum modem_point)point);

				f.nth = nth;
				f.cme = ways[w].cme;
				strike(&f, &sweep);
			}
		}
	print_message("%u runs, %u struck; slowest %u ms: %s\n", sweep.runs, sweep.struck, sweep.worst_ms, sweep.worst);
}

/* A line that is bad all the time: the exchange goes on, by as many connections as it takes. */
static void a_noisy_line_is_survived(void **state)
{
	static const enum modem_effect effects[] = {
		MODEM_DO_DROP, MODEM_DO_INSERT, MODEM_DO_CORRUPT, MODEM_DO_DUPLICATE,
	};

	(void)state;
	for (size_t i = 0; i < sizeof effects / sizeof effects[0]; i++)
		for (unsigned at = MODEM_AT_UP; at <= MODEM_AT_DOWN; at++) {
			static const struct modem_config mc = { .seed = 5, .on = true, .baud = 115200 };
			struct modem_fault f = modem_fault_default(effects[i], (enum modem_point)at);
			char why_buf[200];
			struct text why;

			text_init(&why, why_buf, sizeof why_buf);
			begin(&pair, &mc, 20000);
			pair.noisy = true;
			f.probability = 200;   /* of a million bytes */
			f.count = MODEM_ALWAYS;
			if (modem_fault_set(pair.modem, &f, pair.now, &why) == 0)
				fail_msg("%s: %s", describe(&f), why_buf);
			if (!run(&pair, 3600000))
				fail_msg("%s: up %zu, down %zu, %u losses", describe(&f), pair.up_total,
					 pair.down_total, pair.losses);
			finish(&pair);
		}
}

static void pieces_of_any_size_change_nothing(void **state)
{
	static const struct { enum modem_effect what; uint32_t bytes, ms; } rows[] = {
		{ MODEM_DO_FRAGMENT, 1, 1 }, { MODEM_DO_FRAGMENT, 3, 1 }, { MODEM_DO_FRAGMENT, 17, 2 },
		{ MODEM_DO_COALESCE, 0, 5 }, { MODEM_DO_COALESCE, 0, 50 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		static const struct modem_config mc = { .seed = 5, .on = true };
		struct modem_fault f = modem_fault_default(rows[i].what, MODEM_AT_DOWN);
		char why_buf[200];
		struct text why;

		text_init(&why, why_buf, sizeof why_buf);
		begin(&pair, &mc, 10000);
		f.count = MODEM_ALWAYS;
		f.ms = rows[i].ms;
		if (rows[i].bytes > 0)
			f.bytes = rows[i].bytes;
		if (modem_fault_set(pair.modem, &f, pair.now, &why) == 0)
			fail_msg("%s: %s", describe(&f), why_buf);
		assert_true(run(&pair, 600000));
		assert_int_equal(pair.losses, 0);
		finish(&pair);
	}
}

/* ---- the modem's switch ---- */

enum { KEY = 1, RESET = 2, STATUS = 4, WIRINGS = 8 };

static void begin_wired(struct pair *p, const struct modem_config *mc, unsigned wired, uint32_t baud, size_t goal)
{
	struct quectel_config qc = usual;

	qc.wires = (struct power_wires){ (wired & KEY) != 0, (wired & RESET) != 0 };
	qc.baud_max = baud > 0 ? 921600 : 0;
	qc.baud_wanted = baud;
	begin_as(p, mc, qc, goal);
	p->status_wired = (wired & STATUS) != 0;
	if (baud > 0)
		p->baud = AT_BAUD;
}

static void set_fault(struct pair *p, enum modem_effect what, enum modem_point at, uint32_t after_ms, uint32_t baud)
{
	struct modem_fault f = modem_fault_default(what, at);
	char why_buf[200];
	struct text why;

	text_init(&why, why_buf, sizeof why_buf);
	f.after_ms = after_ms;
	f.baud = baud > 0 ? baud : f.baud;
	if (what == MODEM_DO_DELAY)
		f.ms = 15000;
	if (modem_fault_set(p->modem, &f, p->now, &why) == 0)
		fail_msg("%s", why_buf);
}

static bool was_told(const struct pair *p, enum err e)
{
	return p->told[e - ERR_MODEM_SILENT];
}

static void a_modem_that_is_off_is_switched_on(void **state)
{
	static const struct { unsigned wired; uint32_t max_ms; } rows[] = {
		{ KEY | STATUS, 15000 }, { KEY | RESET | STATUS, 15000 }, { KEY, 45000 }, { KEY | RESET, 45000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		for (uint32_t baud = 0; baud <= 460800; baud += 460800) {
			static const struct modem_config mc = { .seed = 1 };

			begin_wired(&pair, &mc, rows[i].wired, baud, 3000);
			if (!run(&pair, rows[i].max_ms + (baud > 0 ? 30000 : 0)))
				fail_msg("wired %u: not on after %u ms", rows[i].wired, rows[i].max_ms);
			assert_int_equal(pair.presses, 1);
			assert_int_equal(modem_counters(pair.modem)->boots, 1);
			assert_int_equal(quectel_facts(&pair.q)->reboots, 0);
			assert_false(was_told(&pair, ERR_MODEM_REBOOT));
			finish(&pair);
		}
}

/* Whatever speed it is at, and whatever STATUS says or does not say. */
static void a_running_modem_is_never_switched_off(void **state)
{
	static const uint32_t speeds[] = { 115200, 230400, 460800, 921600 };

	(void)state;
	for (unsigned wired = 0; wired < WIRINGS; wired++)
		for (size_t i = 0; i < sizeof speeds / sizeof speeds[0]; i++)
			for (unsigned stuck = 0; stuck < 3; stuck++) {
				struct modem_config mc = { .seed = 1, .on = true, .baud = speeds[i] };

				if (stuck == 1 && (speeds[i] != 115200 || (wired & STATUS) == 0))
					continue;   /* a STATUS that lies costs one switching off at another speed */
				begin_wired(&pair, &mc, wired, 921600, 3000);
				modem_set_host_baud(pair.modem, AT_BAUD, pair.now);
				if (stuck > 0)
					set_fault(&pair, stuck == 1 ? MODEM_DO_STATUS_OFF : MODEM_DO_STATUS_ON,
						  MODEM_AT_TIME, 0, 0);
				if (!run(&pair, 60000))
					fail_msg("wired %u, at %u, stuck %u: not up", wired, speeds[i], stuck);
				assert_int_equal(modem_counters(pair.modem)->boots, 0);
				assert_int_equal(pair.presses, 0);
				finish(&pair);
			}
}

/* The host restarts at the usual speed, the modem goes on at a raised one. */
static void the_host_restarts_and_finds_the_modem_at_its_speed(void **state)
{
	static const struct modem_config mc = { .seed = 1, .on = true };

	(void)state;
	for (unsigned wired = 0; wired < WIRINGS; wired++) {
		struct quectel_config qc;

		begin_wired(&pair, &mc, wired, 460800, 3000);
		assert_true(run(&pair, 60000));
		assert_int_equal(pair.baud, 460800);
		qc = pair.q.config;
		pair.baud = AT_BAUD;
		modem_set_host_baud(pair.modem, AT_BAUD, pair.now);
		quectel_init(&pair.q, &qc, pair.now);
		pair.up_total = pair.down_total = pair.sent = pair.got = 0;
		pair.start = pair.now;
		assert_true(run(&pair, 60000));
		assert_true(pair.now - pair.start < 15000);
		assert_int_equal(pair.baud, 460800);
		assert_int_equal(modem_counters(pair.modem)->boots, 0);
		finish(&pair);
	}
}

static void whatever_is_broken_in_the_way_on_is_got_over(void **state)
{
	static const struct { const char *name; enum modem_effect what; enum modem_point at; bool on; } rows[] = {
		{ "PWRKEY is ignored once", MODEM_DO_LOST, MODEM_AT_KEY, false },
		{ "it hangs while booting", MODEM_DO_LOST, MODEM_AT_BOOT, false },
		{ "it boots twice", MODEM_DO_REBOOT, MODEM_AT_BOOT, false },
		{ "it boots late", MODEM_DO_DELAY, MODEM_AT_BOOT, false },
		{ "STATUS is stuck off", MODEM_DO_STATUS_OFF, MODEM_AT_TIME, false },
		{ "STATUS is stuck on", MODEM_DO_STATUS_ON, MODEM_AT_TIME, false },
		{ "it falls silent for good", MODEM_DO_MUTE, MODEM_AT_TIME, true },
		{ "its commands are not answered any more", MODEM_DO_MUTE_AT, MODEM_AT_TIME, true },
		{ "it restarts by itself", MODEM_DO_REBOOT, MODEM_AT_TIME, true },
		{ "it restarts by itself, and hangs", MODEM_DO_LOST, MODEM_AT_BOOT, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		for (unsigned wired = KEY; wired < WIRINGS; wired += 2)
			for (uint32_t baud = 0; baud <= 921600; baud += 921600) {
				struct modem_config mc = { .seed = 1, .on = rows[i].on };

				begin_wired(&pair, &mc, wired, baud, 200000);
				set_fault(&pair, rows[i].what, rows[i].at, rows[i].on ? 3000 : 0, 0);
				if (rows[i].on && rows[i].at == MODEM_AT_BOOT)
					set_fault(&pair, MODEM_DO_REBOOT, MODEM_AT_TIME, 4000, 0);
				if (!run(&pair, 400000))
					fail_msg("%s, wired %u, %u baud: up %zu, down %zu, %u presses, modem %d", rows[i].name,
						 wired, baud, pair.up_total, pair.down_total, pair.presses,
						 (int)modem_power_state(pair.modem));
				if (pair.presses > 4)
					fail_msg("%s, wired %u: %u presses", rows[i].name, wired, pair.presses);
				finish(&pair);
			}
}

/* Keys that do nothing: a round of four presses, then the maker's distances. */
static void a_modem_that_cannot_be_switched_is_tried_at_long_distances(void **state)
{
	static const struct modem_config mc = { .seed = 1 };
	struct modem_fault f = modem_fault_default(MODEM_DO_LOST, MODEM_AT_KEY);
	char why_buf[200];
	struct text why;
	uint32_t round_ms[5];
	unsigned rounds = 0, presses = 0;

	(void)state;
	text_init(&why, why_buf, sizeof why_buf);
	begin_wired(&pair, &mc, KEY | RESET | STATUS, 0, 1);
	f.count = MODEM_ALWAYS;
	assert_int_not_equal(modem_fault_set(pair.modem, &f, pair.now, &why), 0);
	for (unsigned minute = 0; minute < 240 && rounds < 5; minute++) {
		(void)run(&pair, 60000);
		if (pair.presses > presses && quectel_facts(&pair.q)->switched > rounds)
			round_ms[rounds++] = pair.now - pair.start;
		presses = pair.presses;
	}
	assert_int_equal(rounds, 5);
	assert_true(was_told(&pair, ERR_MODEM_SWITCH));
	for (unsigned i = 1; i < 5; i++)
		assert_true(round_ms[i] - round_ms[i - 1] >= (i == 1 ? 540000u : i == 2 ? 1740000u : 3540000u));
	modem_fault_clear_all(pair.modem, pair.now);   /* and when they work again, it comes up */
	assert_true(run(&pair, 3700000));
	finish(&pair);
}

/* ---- speed ---- */

static void the_fastest_speed_that_holds_is_found(void **state)
{
	static const uint32_t speeds[] = { 115200, 230400, 460800, 921600 };

	(void)state;
	for (size_t wanted = 0; wanted < 4; wanted++)
		for (size_t holds = 0; holds < 4; holds++) {
			static const struct modem_config mc = { .seed = 1, .on = true };
			uint32_t best = speeds[wanted < holds ? wanted : holds];

			begin_wired(&pair, &mc, KEY | STATUS, speeds[wanted], 3000);
			set_fault(&pair, MODEM_DO_SLOW_LINE, MODEM_AT_TIME, 0, speeds[holds]);
			if (!run(&pair, 3600000))
				fail_msg("wanted %u, holds %u: not up, at %u", speeds[wanted], speeds[holds], pair.baud);
			assert_int_equal(pair.baud, best);
			assert_int_equal(quectel_facts(&pair.q)->baud_losses, wanted > holds ? wanted - holds : 0);
			finish(&pair);
		}
}

/* Nothing is wired that could bring it back; but the modem still hears. */
static void a_modem_that_hears_and_is_not_understood_is_called_back(void **state)
{
	(void)state;
	for (unsigned proven = 0; proven < 2; proven++) {
		/* paced, so that it can be disturbed while it is being proven */
		struct modem_config mc = { .seed = 1, .on = true, .baud = proven ? 0 : AT_BAUD };
		struct modem_fault f = modem_fault_default(MODEM_DO_CORRUPT, MODEM_AT_DOWN);
		char why_buf[200];
		struct text why;
		uint32_t last;

		text_init(&why, why_buf, sizeof why_buf);
		begin_wired(&pair, &mc, 0, 921600, 3000);
		last = pair.now + 60000;
		f.count = MODEM_ALWAYS;
		while (pair.baud == AT_BAUD && !ticks_reached(pair.now, last))
			turn(&pair, pair.now + 1);
		assert_int_equal(pair.baud, 921600);
		assert_int_equal(pair.q.baud_proven, proven);
		pair.noisy = true;
		assert_int_not_equal(modem_fault_set(pair.modem, &f, pair.now, &why), 0);
		while (pair.baud != AT_BAUD && !ticks_reached(pair.now, last))
			turn(&pair, pair.now + 1);
		modem_fault_clear_all(pair.modem, pair.now);
		assert_true(run(&pair, 60000));
		assert_int_equal(pair.baud, proven ? AT_BAUD : 460800);
		assert_int_equal(quectel_facts(&pair.q)->baud_losses, 1);
		assert_int_equal(modem_counters(pair.modem)->boots, 0);
		finish(&pair);
	}
}

static void a_restart_at_a_raised_speed_is_told_and_the_speed_raised_again(void **state)
{
	static const struct modem_config mc = { .seed = 1, .on = true };

	(void)state;
	begin_wired(&pair, &mc, 0, 921600, 3000);
	assert_true(run(&pair, 60000));
	assert_int_equal(pair.baud, 921600);
	set_fault(&pair, MODEM_DO_REBOOT, MODEM_AT_TIME, 0, 0);   /* RDY comes at 115200, and is not understood */
	pair.goal = 60000;
	assert_true(run(&pair, 120000));
	assert_int_equal(pair.baud, 921600);
	assert_int_equal(quectel_facts(&pair.q)->reboots, 1);
	assert_true(was_told(&pair, ERR_MODEM_REBOOT));
	assert_false(was_told(&pair, ERR_MODEM_PDP_LOST));
	finish(&pair);
}

/* RDY is said while the engine makes sure of the line, 12 s after a command that
 * is given up after 5 or 10: it used to be reported as a data connection that the
 * network took away. */
static void a_restart_while_a_command_is_in_doubt_is_told_as_that(void **state)
{
	static const struct modem_config mc = { .seed = 1, .on = true, .boot_ms = 12000 };
	struct modem_fault f;
	unsigned number;
	uint32_t strikes = 0, last;

	(void)state;
	begin(&pair, &mc, 30000);
	last = pair.now + 60000;
	while (pair.down_total < 2000 && !ticks_reached(pair.now, last))
		turn(&pair, last);
	set_fault(&pair, MODEM_DO_LOST, MODEM_AT_COMMAND, 0, 0);
	while (strikes == 0 && modem_fault_get(pair.modem, 0, &f, &number, &strikes) && !ticks_reached(pair.now, last))
		turn(&pair, last);
	set_fault(&pair, MODEM_DO_REBOOT, MODEM_AT_TIME, 0, 0);
	assert_true(run(&pair, 300000));
	assert_int_equal(quectel_facts(&pair.q)->reboots, 1);
	assert_true(was_told(&pair, ERR_MODEM_REBOOT));
	assert_false(was_told(&pair, ERR_MODEM_PDP_LOST));
	finish(&pair);
}

/* ---- off ---- */

static void it_is_switched_off_in_an_orderly_way(void **state)
{
	static const struct {
		const char *name;
		unsigned    wired;
		bool        refuses, mute, on, off_after;
		enum err    err;
		unsigned    presses;
	} rows[] = {
		{ "AT+QPOWD, STATUS tells", KEY | STATUS, false, false, true, true, ERR_OK, 0 },
		{ "AT+QPOWD, nothing is wired: POWERED DOWN tells", 0, false, false, true, true, ERR_OK, 0 },
		{ "AT+QPOWD is refused: the key", KEY | STATUS, true, false, true, true, ERR_OK, 1 },
		{ "AT+QPOWD is refused, STATUS is not wired: it answered, so the key", KEY, true, false, true, true,
		  ERR_OK, 1 },
		{ "AT+QPOWD is refused, nothing is wired", 0, true, false, true, false, ERR_MODEM_SWITCH, 0 },
		{ "mute: the key", KEY | STATUS, false, true, true, true, ERR_OK, 1 },
		{ "mute, STATUS is not wired: no pulse, it might switch it on", KEY, false, true, true, false,
		  ERR_MODEM_SWITCH, 0 },
		{ "off already", KEY | STATUS, false, false, false, true, ERR_OK, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct modem_config mc = { .seed = 1, .on = rows[i].on };
		struct modem_fault f = modem_fault_default(MODEM_DO_ERROR, MODEM_AT_COMMAND);
		char why_buf[200];
		struct text why;

		text_init(&why, why_buf, sizeof why_buf);
		begin_wired(&pair, &mc, rows[i].wired, 0, 3000);
		if (rows[i].on)
			assert_true(run(&pair, 60000));
		memcpy(f.command, "QPOWD", sizeof "QPOWD");
		if (rows[i].refuses)
			assert_int_not_equal(modem_fault_set(pair.modem, &f, pair.now, &why), 0);
		if (rows[i].mute)
			set_fault(&pair, MODEM_DO_MUTE, MODEM_AT_TIME, 0, 0);
		pair.goal = 1000000;
		quectel_off(&pair.q, pair.now);
		pair.start = pair.now;
		while (!pair.stopped && pair.now - pair.start < 250000)
			turn(&pair, pair.now + 1000);
		if (!pair.stopped || pair.stopped_err != rows[i].err || pair.presses != rows[i].presses ||
		    (modem_power_state(pair.modem) == MODEM_OFF) != rows[i].off_after || pair.now - pair.start > 200000)
			fail_msg("%s: stopped %d, err %d, %u presses, modem %d, %u ms", rows[i].name, pair.stopped,
				 (int)pair.stopped_err, pair.presses, (int)modem_power_state(pair.modem),
				 pair.now - pair.start);
		finish(&pair);
	}
}

static void what_only_rested_can_be_switched_off_later(void **state)
{
	static const struct modem_config mc = { .seed = 1, .on = true };
	uint32_t last;

	(void)state;
	begin_wired(&pair, &mc, KEY | STATUS, 0, 3000);
	assert_true(run(&pair, 60000));
	quectel_stop(&pair.q, pair.now);
	for (last = pair.now + 10000; !ticks_reached(pair.now, last);)
		turn(&pair, last);
	assert_true(pair.stopped);
	assert_int_equal(modem_power_state(pair.modem), MODEM_ON);
	pair.stopped = false;
	quectel_off(&pair.q, pair.now);
	for (last = pair.now + 10000; !ticks_reached(pair.now, last);)
		turn(&pair, last);
	assert_true(pair.stopped);
	assert_int_equal(modem_power_state(pair.modem), MODEM_OFF);
	finish(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hundred_kilobytes_each_way),
		cmocka_unit_test(every_profile_is_driven),
		cmocka_unit_test(the_way_to_an_open_socket_is_short),
		cmocka_unit_test(pieces_of_any_size_change_nothing),
		cmocka_unit_test(every_fault_at_every_point_is_survived),
		cmocka_unit_test(every_command_fails_once_and_the_exchange_is_made),
		cmocka_unit_test(a_noisy_line_is_survived),
		cmocka_unit_test(a_modem_that_is_off_is_switched_on),
		cmocka_unit_test(a_running_modem_is_never_switched_off),
		cmocka_unit_test(the_host_restarts_and_finds_the_modem_at_its_speed),
		cmocka_unit_test(whatever_is_broken_in_the_way_on_is_got_over),
		cmocka_unit_test(a_modem_that_cannot_be_switched_is_tried_at_long_distances),
		cmocka_unit_test(the_fastest_speed_that_holds_is_found),
		cmocka_unit_test(a_modem_that_hears_and_is_not_understood_is_called_back),
		cmocka_unit_test(a_restart_at_a_raised_speed_is_told_and_the_speed_raised_again),
		cmocka_unit_test(a_restart_while_a_command_is_in_doubt_is_told_as_that),
		cmocka_unit_test(it_is_switched_off_in_an_orderly_way),
		cmocka_unit_test(what_only_rested_can_be_switched_off_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
