/* SPDX-License-Identifier: Apache-2.0 */
#include "script_modem.h"

#include "base/ticks.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LATENCY_MS 10u

/* ---- what it says ---- */

void script_say_raw(struct script_modem *m, uint32_t delay_ms, const void *data, size_t len)
{
	struct output *o = &m->out[(m->out_first + m->out_count++) % OUTPUTS];

	assert_true(m->out_count <= OUTPUTS && len <= sizeof o->text);
	if (!ticks_reached(m->busy_ms, m->now))
		m->busy_ms = m->now;
	m->busy_ms += delay_ms;
	o->at_ms = m->busy_ms;
	o->len = len;
	memcpy(o->text, data, len);
}

static void say(struct script_modem *m, uint32_t delay_ms, const char *format, const char *arg)
{
	char buf[1024], out[1200];
	size_t n = 0;

	snprintf(buf, sizeof buf, format, arg);
	for (char *part = buf; part != NULL && *part != '\0';) {
		char *bar = strchr(part, '|');

		if (bar != NULL)
			*bar = '\0';
		n += (size_t)snprintf(out + n, sizeof out - n, "\r\n%s\r\n", part);
		part = bar != NULL ? bar + 1 : NULL;
	}
	script_say_raw(m, delay_ms, out, n);
}

void script_say(struct script_modem *m, uint32_t delay_ms, const char *text)
{
	say(m, delay_ms, "%s", text);
}

/* ---- what it does ---- */

static void all_closed(struct script_modem *m)
{
	m->active = false;
	for (unsigned i = 0; i < 12; i++)
		m->socket[i].open = m->socket[i].closing = false;
}

static void do_open(struct script_modem *m, const char *line, char *reply)
{
	unsigned id = (unsigned)atoi(strchr(line, ',') + 1);
	struct script_socket *s = &m->socket[id];

	if (!m->active) {
		m->code = 561;
		strcpy(reply, "ERROR");
		return;
	}
	if (s->open) {
		sprintf(reply, "OK|+QIOPEN: %u,563", id);
		return;
	}
	s->open = true;
	s->closing = false;
	s->up_len = s->down_len = s->down_off = 0;
	sprintf(reply, "OK|+QIOPEN: %u,0", id);
}

static void do_read(struct script_modem *m, const char *line)
{
	unsigned id = (unsigned)atoi(line + 8);
	size_t ask = (size_t)atoi(strchr(line, ',') + 1);
	struct script_socket *s = &m->socket[id];
	size_t n = s->down_len - s->down_off;
	char buf[1600];
	int head;

	if (!s->open) {
		m->code = 572;
		say(m, LATENCY_MS, "%s", "ERROR");
		return;
	}
	n = n < ask ? n : ask;
	if (n == 0) {
		say(m, LATENCY_MS, "%s", "+QIRD: 0|OK");
		return;
	}
	head = sprintf(buf, "\r\n+QIRD: %zu\r\n", n);
	memcpy(buf + head, s->down + s->down_off, n);
	memcpy(buf + head + n, "\r\n\r\nOK\r\n", 8);
	s->down_off += n;
	script_say_raw(m, LATENCY_MS, buf, (size_t)head + n + 8);
}

static void do_send(struct script_modem *m, const char *line, char *reply)
{
	unsigned id = (unsigned)atoi(line + 10);
	size_t n = (size_t)atoi(strchr(line, ',') + 1);
	struct script_socket *s = &m->socket[id];

	if (!s->open || s->closing) {
		m->code = 572;
		strcpy(reply, "ERROR");
		return;
	}
	if (n == 0) {
		sprintf(reply, "+QISEND: %zu,%zu,%u|OK", s->up_len, s->up_len - s->unacked, s->unacked);
		return;
	}
	m->entry_id = id;
	m->entry_left = n;
	script_say_raw(m, LATENCY_MS, "\r\n> ", 4);
}

static void list_sockets(struct script_modem *m, char *reply)
{
	int n = 0;

	for (unsigned i = 0; i < 12; i++)
		if (m->socket[i].open)
			n += sprintf(reply + n, "+QISTATE: %u,\"TCP\",\"10.0.0.1\",8883,2222,%d,1,0,0,\"uart1\"|", i,
				     m->socket[i].closing ? 4 : 2);
	strcpy(reply + n, "OK");
}

static void do_sockets(struct script_modem *m, const char *line, char *reply)
{
	unsigned id;

	if (strncmp(line, "AT+QIOPEN=", 10) == 0) {
		do_open(m, line, reply);
	} else if (strncmp(line, "AT+QISEND=", 10) == 0) {
		do_send(m, line, reply);
	} else if (strncmp(line, "AT+QIRD=", 8) == 0) {
		do_read(m, line);
	} else if (strncmp(line, "AT+QICLOSE=", 11) == 0) {
		id = (unsigned)atoi(line + 11);
		m->socket[id].open = false;
		strcpy(reply, "OK");
	} else if (strcmp(line, "AT+QISTATE?") == 0) {
		list_sockets(m, reply);
	} else if (strncmp(line, "AT+QISTATE=1,", 13) == 0) {
		id = (unsigned)atoi(line + 13);
		if (m->socket[id].open)
			sprintf(reply, "+QISTATE: %u,\"TCP\",\"10.0.0.1\",8883,2222,%d,1,0,0,\"uart1\"|OK", id,
				m->socket[id].closing ? 4 : 2);
		else
			strcpy(reply, "OK");
	} else {
		strcpy(reply, "ERROR");
	}
}

static void do_context(struct script_modem *m, const char *line, char *reply)
{
	strcpy(reply, "OK");
	if (strcmp(line, "AT+QIACT?") == 0 && m->active)
		strcpy(reply, "+QIACT: 1,1,1,\"10.64.0.7\"|OK");
	else if (strcmp(line, "AT+QIACT=1") == 0 && m->active)
		strcpy(reply, "ERROR");
	else if (strcmp(line, "AT+QIACT=1") == 0)
		m->active = true;
	else if (strcmp(line, "AT+QIDEACT=1") == 0)
		all_closed(m);
	else if (strcmp(line, "AT+QICSGP=1") == 0)
		sprintf(reply, "+QICSGP: 1,\"%s\",\"\",\"\",0|OK", m->apn);
}

static void restart(struct script_modem *m)
{
	all_closed(m);
	m->echo = true;
	say(m, LATENCY_MS, "%s", "OK|POWERED DOWN");
	say(m, 6000, "%s", "RDY");
	say(m, 1000, "%s", "APP RDY");
}

static const char *const fixed[][2] = {
	{ "ATE0", "OK" }, { "ATQ0V1E0", "OK" }, { "AT+CFUN?", "+CFUN: 1|OK" }, { "AT+CMEE=1", "OK" },
	{ "ATI", "Quectel|BG96|Revision: BG96MAR02A07M1G|OK" }, { "AT+IFC?", "+IFC: 0,0|OK" },
	{ "AT+QURCCFG=\"urcport\"", "+QURCCFG: \"urcport\",\"uart1\"|OK" }, { "AT+QISDE=0", "OK" },
	{ "AT+QICFG=", "OK" }, { "AT+CPIN?", "+CPIN: READY|OK" }, { "AT+CEREG=2", "OK" }, { "AT+CGREG=2", "OK" },
	{ "AT+CREG=2", "OK" }, { "AT+CGREG?", "+CGREG: 2,4|OK" }, { "AT+CREG?", "+CREG: 2,4|OK" },
	{ "AT+QLTS=1", "+QLTS: \"2026/01/14,09:53:07+04,0\"|OK" }, { "AT+CSQ", "+CSQ: 20,99|OK" },
	{ "AT+QCSQ", "+QCSQ: \"CAT-M1\",-62,-91,195,-9|OK" }, { "AT+COPS?", "+COPS: 0,0,\"AT&T 4G\",8|OK" },
	{ "AT+GSN", "866425030012345|OK" }, { "AT+QCCID", "+QCCID: 8949227002805216770F|OK" },
	{ "AT+QNTP=", "OK|+QNTP: 0,\"2026/01/14,10:53:08+04\"" }, { "AT+CFUN=0", "OK" }, { "AT+CFUN=1", "OK" },
};

static void obey(struct script_modem *m, const char *line, char *reply)
{
	reply[0] = '\0';
	if (strcmp(line, "AT+CFUN=1,1") == 0) {
		restart(m);
		return;
	}
	if (strcmp(line, "AT+QIGETERROR") == 0) {
		sprintf(reply, "+QIGETERROR: %u,some words|OK", m->code);
		return;
	}
	if (strcmp(line, "AT+CEREG?") == 0) {
		strcpy(reply, m->registered ? "+CEREG: 2,5,\"1A2B\",\"01A2D001\",8|OK" : "+CEREG: 2,2|OK");
		return;
	}
	if (strcmp(line, "ATE0") == 0)
		m->echo = false;
	for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
		if (strncmp(line, fixed[i][0], strlen(fixed[i][0])) == 0) {
			strcpy(reply, fixed[i][1]);
			return;
		}
	if (strncmp(line, "AT+QIACT", 8) == 0 || strncmp(line, "AT+QIDEACT", 10) == 0 ||
	    strncmp(line, "AT+QICSGP", 9) == 0)
		do_context(m, line, reply);
	else
		do_sockets(m, line, reply);
}

/* ---- rules ---- */

void script_rule(struct script_modem *m, struct rule rule)
{
	for (unsigned i = 0; i < RULES; i++)
		if (m->rules[i].command == NULL) {
			m->rules[i] = rule;
			m->seen[i] = 0;
			return;
		}
	fail();
}

static const struct rule *match(struct script_modem *m, const char *line, bool after_payload)
{
	for (unsigned i = 0; i < RULES; i++) {
		const struct rule *r = &m->rules[i];

		if (r->command == NULL || r->after_payload != after_payload ||
		    strncmp(line, r->command, strlen(r->command)) != 0)
			continue;
		unsigned n = m->seen[i]++;

		if (n >= r->skip && (r->times == 0 || n < r->skip + r->times))
			return r;
	}
	return NULL;
}

static void obey_unheard(struct script_modem *m, const char *line)
{
	unsigned out_count = m->out_count;
	uint32_t busy_ms = m->busy_ms;
	char reply[1024];

	obey(m, line, reply);
	m->out_count = out_count;
	m->busy_ms = busy_ms;
}

static void on_command(struct script_modem *m, const char *line)
{
	const struct rule *rule = match(m, line, false);
	char reply[1024] = "";
	uint32_t age;

	m->log_len += (size_t)snprintf(m->log + m->log_len, sizeof m->log - m->log_len, "%s\n", line);
	if (m->log_len > sizeof m->log - 512)
		m->log_len = 0;
	age = m->now - m->first_ms[m->commands % 20];
	if (m->commands >= 20 && age < m->fastest_20_ms)
		m->fastest_20_ms = age;
	m->first_ms[m->commands++ % 20] = m->now;
	if (rule == NULL || rule->reply[0] == '=') {
		obey(m, line, reply);
		if (reply[0] != '\0')
			say(m, LATENCY_MS + (rule != NULL ? rule->delay_ms : 0), "%s", reply);
		return;
	}
	if (!rule->no_effect)
		obey_unheard(m, line);
	if (rule->reply[0] != '\0')
		say(m, LATENCY_MS + rule->delay_ms, "%s", rule->reply);
}

static void on_payload_end(struct script_modem *m)
{
	char line[32];

	snprintf(line, sizeof line, "AT+QISEND=%u", m->entry_id);
	const struct rule *rule = match(m, line, true);

	if (rule == NULL)
		say(m, LATENCY_MS, "%s", "SEND OK");
	else if (rule->reply[0] != '\0')
		say(m, LATENCY_MS + rule->delay_ms, "%s", rule->reply);
}

static void on_byte(struct script_modem *m, uint8_t c)
{
	if (m->entry_left > 0) {
		struct script_socket *s = &m->socket[m->entry_id];

		assert_true(s->up_len < sizeof s->up);
		s->up[s->up_len++] = c;
		if (--m->entry_left == 0)
			on_payload_end(m);
		return;
	}
	if (m->echo && !m->silent)
		script_say_raw(m, 0, &c, 1);
	if (c != '\r') {
		if (m->line_len < sizeof m->line - 1)
			m->line[m->line_len++] = (char)c;
		return;
	}
	m->line[m->line_len] = '\0';
	if (m->line_len > 1 && !m->silent)
		on_command(m, m->line);
	m->line_len = 0;
}

/* ---- time ---- */

static void note_event(struct script_modem *m, const struct quectel_event *ev)
{
	static const char *const names[] = { "UP", "DOWN", "TIME", "NO_TIME", "REBOOTED", "STOPPED" };

	m->ups += ev->type == QUECTEL_EV_UP;
	m->downs += ev->type == QUECTEL_EV_DOWN;
	if (ev->type == QUECTEL_EV_TIME)
		m->time_s = ev->unix_s;
	m->events_len += (size_t)snprintf(m->events + m->events_len, sizeof m->events - m->events_len,
					  ev->err != ERR_OK ? "%s(%d) " : "%s ", names[ev->type], (int)ev->err);
	if (m->events_len > sizeof m->events - 64)   /* very long runs: the oldest are overwritten */
		m->events_len = 0;
}

static void drain_driver(struct script_modem *m)
{
	struct quectel_event ev;
	const uint8_t *p;
	size_t n;

	while (quectel_next(&m->q, &ev))
		note_event(m, &ev);
	while ((p = quectel_tx_peek(&m->q, &n)) != NULL) {
		uint8_t piece[4096];

		n = n < m->tx_piece ? n : m->tx_piece;
		memcpy(piece, p, n);
		quectel_tx_done(&m->q, n);
		for (size_t i = 0; i < n; i++)
			on_byte(m, piece[i]);
	}
}

static void deliver(struct script_modem *m)
{
	while (m->out_count > 0 && ticks_reached(m->now, m->out[m->out_first].at_ms)) {
		struct output *o = &m->out[m->out_first];
		size_t left = o->len - m->out_off;
		size_t n = quectel_feed(&m->q, (uint8_t *)o->text + m->out_off,
					left < m->rx_piece ? left : m->rx_piece, m->now);

		m->out_off += n;
		if (m->out_off == o->len) {
			m->out_first = (m->out_first + 1) % OUTPUTS;
			m->out_count--;
			m->out_off = 0;
		}
		drain_driver(m);
	}
}

static void one_turn(struct script_modem *m, uint32_t end)
{
	uint32_t next = end, at;

	deliver(m);
	quectel_step(&m->q, m->now);
	drain_driver(m);
	if (m->out_count > 0 && ticks_reached(next, m->out[m->out_first].at_ms))
		next = m->out[m->out_first].at_ms;
	if (quectel_deadline(&m->q, &at) && ticks_reached(next, at))
		next = at;
	if (ticks_reached(m->now, next) && m->now != end)
		next = m->now + 1;   /* a deadline that does not move on its own is seen by the command rate */
	m->now = next;
}

bool script_until(struct script_modem *m, bool (*done)(struct script_modem *m), uint32_t ms)
{
	uint32_t end = m->now + ms;
	unsigned turns = 0;

	for (;;) {
		if (done != NULL && done(m))
			return true;
		one_turn(m, end);
		assert_true(turns++ < 2000000);
		if (m->now == end) {
			deliver(m);
			quectel_step(&m->q, m->now);
			drain_driver(m);
			return done != NULL && done(m);
		}
	}
}

void script_run(struct script_modem *m, uint32_t ms)
{
	(void)script_until(m, NULL, ms);
}

/* ---- the outside ---- */

void script_start(struct script_modem *m, const struct quectel_config *config)
{
	struct quectel_config c = { .apn = "iot.example", .jitter_seed = 5, .ntp_server = "pool.ntp.org" };

	memset(m, 0, sizeof *m);
	if (config != NULL)
		c = *config;
	c.sockets = m->sockets;
	c.socket_count = 2;
	m->now = m->start = 0xffff0000u;   /* the counter wraps after 65 s */
	m->busy_ms = m->now;
	m->echo = m->registered = true;
	m->apn = "iot.example";
	m->rx_piece = m->tx_piece = 4096;
	m->fastest_20_ms = UINT32_MAX;
	quectel_init(&m->q, &c, m->now);
}

void script_peer(struct script_modem *m, unsigned id, const void *data, size_t len)
{
	struct script_socket *s = &m->socket[id];
	char line[32];
	bool was_empty = s->down_len == s->down_off;

	assert_true(s->down_len + len <= sizeof s->down);
	memcpy(s->down + s->down_len, data, len);
	s->down_len += len;
	snprintf(line, sizeof line, "+QIURC: \"recv\",%u", id);
	if (was_empty)   /* edge-triggered */
		script_say(m, 1, line);
}

unsigned script_count(const struct script_modem *m, const char *text)
{
	unsigned n = 0;

	for (const char *p = m->log; p != NULL && *p != '\0'; p = strchr(p, '\n'), p = p != NULL ? p + 1 : NULL)
		n += strncmp(p, text, strlen(text)) == 0;
	return n;
}

bool script_is_up(struct script_modem *m)
{
	return m->q.phase == QUECTEL_UP;
}

bool script_is_open(struct script_modem *m)
{
	return link_state(quectel_link(&m->q, 0)) == ERR_OK;
}

bool script_is_lost(struct script_modem *m)
{
	enum err e = link_state(quectel_link(&m->q, 0));

	return e != ERR_OK && e != ERR_AGAIN;
}

void script_open(struct script_modem *m)
{
	script_start(m, NULL);
	assert_true(script_until(m, script_is_up, 60000));
	assert_int_equal(link_open(quectel_link(&m->q, 0), "mqtt.example", 8883, m->now), ERR_OK);
	assert_true(script_until(m, script_is_open, 10000));
}
