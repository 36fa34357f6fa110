/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The driver and the virtual modem, joined under virtual time: two independent
 * readings of the same manual.  A client behind the driver and a server behind
 * the modem exchange a numbered stream; every fault that the modem knows is
 * struck at every point where it fits, at several occasions.  Whatever happens:
 * what arrives on a connection is the beginning of what was sent on it, the
 * exchange is finished in bounded time, and the modem is not flooded.
 */
#include "base/ticks.h"
#include "modem/quectel.h"
#include "unit/cmocka_all.h"
#include "virtual_modem/modem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVE_MS 20u

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

	while (quectel_next(&p->q, &ev))
		p->downs += ev.type == QUECTEL_EV_DOWN;
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
		quectel_step(&p->q, p->now);
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

static void begin(struct pair *p, const struct modem_config *mc, size_t goal)
{
	struct quectel_config qc = { .apn = "iot.example", .sockets = &p->socket, .socket_count = 1, .jitter_seed = 3 };
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
	quectel_init(&p->q, &qc, p->now);
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
	       what == MODEM_DO_DUPLICATE || what == MODEM_DO_DISCARD;
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
