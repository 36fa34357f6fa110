/* SPDX-License-Identifier: Apache-2.0 */
/*
 *               at_start()
 *      IDLE ----------------> REPLY -------- result ---> DONE, IDLE
 *       ^  \                    |
 *       |   +--> PROMPT --'>'--> PAYLOAD -- result ---> DONE, IDLE
 *       |          |  no prompt     |
 *       |          +----------------+------ time-out --> DONE, then
 *       |                           v
 *       +-- +CFUN: n, OK --- CONFIRM <-- OK --- PROBE <--- at_init(), at_sync()
 *
 * line[0..line_len) is the line being received.  A result counts only when the
 * whole command has been handed to the UART: what comes before cannot be its
 * answer.
 */
#include "modem/at.h"

#include "base/ticks.h"

#include <string.h>

/*
 * How a modem of unknown state is brought to answer.  Steps are taken in turn,
 * each waits its time for an OK; after the last the round begins again, slower.
 */
static const struct probe {
	const char *send;
	bool        filler;     /* then as many CRs as a payload may lack */
	uint16_t    wait_ms;
} probes[] = {
	{ "ATE0\r",       false, 1000 },
	{ "ATE0\r",       false, 1000 },
	{ "\x1b",         true,   300 },   /* waits for a payload: ESC cancels, or the CRs complete it */
	{ "ATE0\r",       false, 1000 },
	{ "",             false, 1100 },   /* transparent mode: "+++" with a second of silence around it */
	{ "+++",          false, 1100 },
	{ "\rATE0\r",     false, 1000 },
	{ "ATQ0V1E0\r",   false,  500 },   /* answers switched off, or as digits */
	{ "AT+IFC=0,0\r", false,  500 },   /* it waits for an RTS that nobody drives */
};

enum { PROBE_FIRST = 0, PROBE_FILLER = 2, PROBE_IFC = 8, PROBES = sizeof probes / sizeof probes[0] };

#define CONFIRM_MS       5000u
#define CONFIRM_ERRORS   3u        /* a modem that refuses AT+CFUN? so often is taken as it is */
#define LATE_PROMPTS     3u        /* more are text that happens to begin with '>' */
#define REFUSED_PAUSE_MS 500u
#define ROUND_PAUSE_MS   2000u     /* times the number of the round, */
#define ROUND_PAUSE_MAX  15u       /* but no more than this often */

static const uint8_t crs[16] = {
	'\r', '\r', '\r', '\r', '\r', '\r', '\r', '\r', '\r', '\r', '\r', '\r', '\r', '\r', '\r', '\r',
};

static void count(uint16_t *counter)
{
	if (*counter < UINT16_MAX)
		(*counter)++;
}

static void transmit(struct at *at, const void *data, size_t len)
{
	at->tx = data;
	at->tx_len = len;
	at->filler_left = 0;
}

static struct at_event *raise(struct at *at, enum at_event_type type)
{
	at->event = (struct at_event){ .type = type };
	at->event_waits = true;
	return &at->event;
}

/* ---- making sure of the line ---- */

static void probe_begin(struct at *at, unsigned step, uint32_t now_ms)
{
	const struct probe *p = &probes[step];
	uint32_t filler = p->filler ? (uint32_t)at->owed : 0;

	at->state = AT_PROBE;
	at->sync_step = (uint8_t)step;
	transmit(at, p->send, strlen(p->send));
	at->filler_left = filler;
	at->deadline_ms = now_ms + p->wait_ms + filler / 4;   /* 4 bytes a ms: slower than 57600 baud */
}

static void probe_next(struct at *at, uint32_t now_ms)
{
	unsigned next = at->sync_step + 1u;

	if (next == PROBE_IFC && at->config.flow_control)
		next++;
	if (next < PROBES) {
		probe_begin(at, next, now_ms);
		return;
	}
	at->sync_step = PROBES;   /* the pause after a round; the next step is the first */
	if (at->sync_round < ROUND_PAUSE_MAX)
		at->sync_round++;
	transmit(at, NULL, 0);
	at->deadline_ms = now_ms + ROUND_PAUSE_MS * at->sync_round;
}

static void probe_step(struct at *at, uint32_t now_ms)
{
	if (at->sync_step >= PROBES)
		probe_begin(at, PROBE_FIRST, now_ms);
	else
		probe_next(at, now_ms);
}

static void confirm_begin(struct at *at, uint32_t now_ms)
{
	static const char question[] = "AT+CFUN?\r";

	at->state = AT_CONFIRM;
	at->sync_matched = false;
	transmit(at, question, sizeof question - 1);
	at->deadline_ms = now_ms + CONFIRM_MS;
}

static void distrust(struct at *at, size_t owed, uint32_t now_ms)
{
	at->owed = owed > 0 ? owed : at->config.entry_max;
	at->sync_round = 0;
	at->sync_errors = at->sync_prompts = 0;
	at->sync_dead = false;
	at->sync_since_ms = now_ms;
	if (at->rx >= AT_RX_DATA)
		at->rx = AT_RX_LINE;
	count(&at->counters.resyncs);
	probe_begin(at, owed > 0 ? PROBE_FILLER : PROBE_FIRST, now_ms);
}

static void synced(struct at *at, uint16_t cfun)
{
	at->state = AT_IDLE;
	raise(at, AT_EV_SYNCED)->cfun = cfun;
}

static void confirm_refused(struct at *at, uint32_t now_ms)
{
	if (++at->sync_errors >= CONFIRM_ERRORS) {
		synced(at, AT_CFUN_UNKNOWN);
		return;
	}
	at->state = AT_PROBE;
	at->sync_step = PROBES;
	at->deadline_ms = now_ms + REFUSED_PAUSE_MS;
}

/* +CFUN: 1 */
static bool take_cfun(struct at *at, struct bytes line)
{
	struct at_fields f;
	uint32_t value;

	if (!at_fields_after(&f, line, "+CFUN:") || !at_field_u32(&f, AT_CFUN_UNKNOWN - 1, &value))
		return false;
	at->sync_cfun = (uint16_t)value;
	return true;
}

/* Late replies are dropped here: an OK counts only right after a +CFUN: line. */
static void on_line_uncertain(struct at *at, struct bytes line, uint32_t now_ms)
{
	bool ok = bytes_equal_text(line, "OK");

	if (at->tx_len > 0)
		return;
	if (at->state == AT_PROBE) {
		if (ok && at->filler_left == 0)
			confirm_begin(at, now_ms);
	} else if (take_cfun(at, line)) {
		at->sync_matched = true;
	} else if (ok && at->sync_matched) {
		synced(at, at->sync_cfun);
	} else if (bytes_equal_text(line, "ERROR") || bytes_starts_with(line, "+CME ERROR:")) {
		confirm_refused(at, now_ms);
	}
}

/* ---- the command in flight ---- */

static bool in_flight(const struct at *at)
{
	return at->state == AT_REPLY || at->state == AT_PROMPT || at->state == AT_PAYLOAD;
}

static struct at_event *finish(struct at *at, enum err result)
{
	struct at_event *ev = raise(at, AT_EV_DONE);

	if (result == ERR_OK && at->command.data != NULL && (at->data_broken || !at->data_seen))
		result = ERR_AT_PROTOCOL;
	ev->result = result;
	ev->id = at->id;
	ev->prompted = at->prompted;
	ev->data_len = at->data_len;
	at->state = AT_IDLE;
	return ev;
}

/* A refusal in the middle of the payload: does the modem take the rest for
 * payload or for commands?  Find out before anything else is said. */
static void refuse(struct at *at, enum err result, uint16_t cme, uint32_t now_ms)
{
	size_t unsent = at->state == AT_PAYLOAD ? at->tx_len : 0;

	finish(at, result)->cme = cme;
	if (unsent > 0)
		distrust(at, unsent, now_ms);
}

/* +CME ERROR: 10
 * +CME ERROR: SIM not inserted */
static bool take_error(struct at *at, struct bytes line, uint32_t now_ms)
{
	struct at_fields f;
	uint32_t cme;

	if (bytes_equal_text(line, "ERROR")) {
		refuse(at, ERR_AT_ERROR, 0, now_ms);
		return true;
	}
	if (!at_fields_after(&f, line, "+CME ERROR:") && !at_fields_after(&f, line, "+CMS ERROR:"))
		return false;
	if (!at_field_u32(&f, AT_CME_TEXT - 1, &cme))
		cme = AT_CME_TEXT;
	refuse(at, ERR_AT_CME, (uint16_t)cme, now_ms);
	return true;
}

static bool take_result(struct at *at, struct bytes line, uint32_t now_ms)
{
	const struct at_command *c = &at->command;

	if (at->state != AT_PAYLOAD && at->tx_len > 0)
		return false;
	if (at->state == AT_REPLY && bytes_equal_text(line, "OK")) {
		finish(at, ERR_OK);
		return true;
	}
	if (at->state == AT_PAYLOAD && at->tx_len == 0 && bytes_equal_text(line, c->done)) {
		finish(at, ERR_OK);
		return true;
	}
	if (at->state == AT_PAYLOAD && bytes_equal_text(line, c->full)) {
		refuse(at, ERR_FULL, 0, now_ms);
		return true;
	}
	return take_error(at, line, now_ms);
}

static bool is_result(struct bytes line)
{
	return bytes_equal_text(line, "OK") || bytes_equal_text(line, "ERROR") ||
	       bytes_starts_with(line, "+CME ERROR:") || bytes_starts_with(line, "+CMS ERROR:");
}

static bool is_information(const struct at *at, struct bytes line)
{
	const char *prefix = at->command.prefix;

	if (at->state != AT_REPLY || prefix == NULL)
		return false;
	return prefix[0] == '\0' ? line.data[0] != '+' : bytes_starts_with(line, prefix);
}

static bool is_echo(const struct at *at, struct bytes line)
{
	struct bytes sent = { (const uint8_t *)at->text_buf, at->text.len - 1 };   /* without its CR */

	return in_flight(at) && bytes_equal(line, sent);
}

/* +QIRD: 1500
 * +QIRD: 5,"10.0.0.1",4000 */
static void begin_data(struct at *at, struct bytes line)
{
	struct at_fields f;
	uint32_t n;

	at->data_seen = true;
	if (!at_fields_after(&f, line, at->command.prefix) || !at_field_u32(&f, UINT32_MAX, &n)) {
		at->data_broken = true;
		return;
	}
	if (n > at->command.data_size - at->data_len)
		at->data_broken = true;
	at->data_left = n;
	if (n > 0)
		at->rx = AT_RX_DATA;
}

static void on_line(struct at *at, uint32_t now_ms)
{
	struct bytes line = { (const uint8_t *)at->line, at->line_len };

	at->line_len = 0;
	if (at->line_overlong) {
		at->line_overlong = false;
		count(&at->counters.overlong);
	} else if (at->state >= AT_PROBE) {
		on_line_uncertain(at, line, now_ms);
	} else if (is_echo(at, line)) {
		return;
	} else if (in_flight(at) && take_result(at, line, now_ms)) {
		return;
	} else if (is_result(line)) {
		count(&at->counters.strays);
	} else if (!is_information(at, line)) {
		raise(at, AT_EV_URC)->line = line;
	} else if (at->command.data != NULL) {
		begin_data(at, line);
	} else {
		raise(at, AT_EV_LINE)->line = line;
	}
}

/* ---- bytes in ---- */

/* "> " at the start of a line: now, and only now, the payload may go out. */
static bool take_prompt(struct at *at, uint8_t c, uint32_t now_ms)
{
	if (c != '>' || at->line_len > 0 || at->tx_len > 0)
		return false;
	if (at->state == AT_PROMPT) {
		at->state = AT_PAYLOAD;
		at->prompted = true;
		transmit(at, at->command.payload, at->command.payload_len);
		at->deadline_ms = now_ms + at->command.timeout_ms;
		return true;
	}
	if (at->state < AT_PROBE || at->filler_left > 0 || at->sync_prompts >= LATE_PROMPTS)
		return false;
	at->sync_prompts++;   /* the late prompt of an abandoned send */
	probe_begin(at, PROBE_FILLER, now_ms);
	return true;
}

static void take_char(struct at *at, uint8_t c, uint32_t now_ms)
{
	if (c == '\0' || (c == ' ' && at->line_len == 0) || take_prompt(at, c, now_ms))
		return;
	if (c == '\r') {
		if (at->line_len > 0)
			at->rx = AT_RX_CR;
	} else if (c == '\n') {
		if (at->line_len > 0)
			on_line(at, now_ms);
	} else if (at->line_len < AT_LINE_SIZE) {
		at->line[at->line_len++] = (char)c;
	} else {
		at->line_overlong = true;
	}
}

/* Returns whether C was used up; if not, it is offered again. */
static bool take_byte(struct at *at, uint8_t c, uint32_t now_ms)
{
	bool expected;

	switch (at->rx) {
	case AT_RX_CR:
		at->rx = AT_RX_LINE;
		on_line(at, now_ms);
		return c == '\n';
	case AT_RX_DATA_CR:
	case AT_RX_DATA_LF:
		expected = c == (at->rx == AT_RX_DATA_CR ? '\r' : '\n');
		at->rx = at->rx == AT_RX_DATA_CR && expected ? AT_RX_DATA_LF : AT_RX_LINE;
		if (!expected)
			at->data_broken = true;
		return expected;
	case AT_RX_LINE:
	case AT_RX_DATA:
		break;
	}
	take_char(at, c, now_ms);
	return true;
}

static size_t take_data(struct at *at, const uint8_t *data, size_t len)
{
	size_t n = len < at->data_left ? len : at->data_left;
	size_t room = at->command.data_size - at->data_len;
	size_t kept = n < room ? n : room;

	memcpy(at->command.data + at->data_len, data, kept);
	at->data_len += kept;
	at->data_left -= n;
	if (at->data_left == 0)
		at->rx = AT_RX_DATA_CR;
	return n;
}

size_t at_feed(struct at *at, const uint8_t *data, size_t len, uint32_t now_ms)
{
	size_t i = 0;

	while (i < len && !at->event_waits) {
		if (at->rx == AT_RX_DATA)
			i += take_data(at, data + i, len - i);
		else if (take_byte(at, data[i], now_ms))
			i++;
	}
	at->counters.received += (uint32_t)i;
	return i;
}

bool at_next(struct at *at, struct at_event *event)
{
	if (!at->event_waits)
		return false;
	*event = at->event;
	at->event_waits = false;
	return true;
}

/* ---- bytes out ---- */

const uint8_t *at_tx_peek(const struct at *at, size_t *len)
{
	if (at->tx_len > 0) {
		*len = at->tx_len;
		return at->tx;
	}
	*len = at->filler_left < sizeof crs ? at->filler_left : sizeof crs;
	return *len > 0 ? crs : NULL;
}

void at_tx_done(struct at *at, size_t n)
{
	if (at->tx_len > 0) {
		at->tx += n;
		at->tx_len -= n;
	} else {
		at->filler_left -= n;
	}
}

/* ---- commands and time ---- */

void at_init(struct at *at, const struct at_config *config, uint32_t now_ms)
{
	memset(at, 0, sizeof *at);
	at->config = *config;
	text_init(&at->text, at->text_buf, sizeof at->text_buf);
	distrust(at, 0, now_ms);
}

void at_sync(struct at *at, uint32_t now_ms)
{
	at->event_waits = false;
	distrust(at, 0, now_ms);
}

bool at_ready(const struct at *at)
{
	return at->state == AT_IDLE && !at->event_waits;
}

struct text *at_compose(struct at *at)
{
	text_init(&at->text, at->text_buf, sizeof at->text_buf);
	text_add(&at->text, "AT");
	return &at->text;
}

enum err at_start(struct at *at, const struct at_command *command, uint32_t now_ms)
{
	bool payload = command->payload != NULL;

	if (!at_ready(at))
		return ERR_STATE;
	text_add_char(&at->text, '\r');
	if (at->text.overflow)
		return ERR_TOO_LONG;
	at->command = *command;
	at->id = (uint16_t)(at->id == UINT16_MAX ? 1 : at->id + 1);
	at->state = payload ? AT_PROMPT : AT_REPLY;
	at->data_left = at->data_len = 0;
	at->data_seen = at->data_broken = at->prompted = false;
	transmit(at, at->text_buf, at->text.len);
	at->deadline_ms = now_ms + (payload ? command->prompt_ms : command->timeout_ms);
	return ERR_OK;
}

uint16_t at_id(const struct at *at)
{
	return at->id;
}

void at_hurry(struct at *at, uint32_t at_ms)
{
	if (in_flight(at) && ticks_reached(at->deadline_ms, at_ms))
		at->deadline_ms = at_ms;
}

static void time_out(struct at *at, uint32_t now_ms)
{
	bool no_prompt = at->state == AT_PROMPT;
	size_t owed = at->state == AT_REPLY ? 0 : at->command.payload_len;

	count(&at->counters.timeouts);
	finish(at, no_prompt ? ERR_AT_NO_PROMPT : ERR_AT_TIMEOUT);
	distrust(at, owed, now_ms);
}

void at_step(struct at *at, uint32_t now_ms)
{
	if (at->event_waits || at->state == AT_IDLE || !ticks_reached(now_ms, at->deadline_ms))
		return;
	if (in_flight(at)) {
		time_out(at, now_ms);
		return;
	}
	if (at->state == AT_CONFIRM)
		probe_begin(at, PROBE_FIRST, now_ms);
	else
		probe_step(at, now_ms);
	if (!at->sync_dead && now_ms - at->sync_since_ms >= at->config.dead_ms) {
		at->sync_dead = true;
		raise(at, AT_EV_DEAD);
	}
}

bool at_deadline(const struct at *at, uint32_t *at_ms)
{
	*at_ms = at->deadline_ms;
	return at->state != AT_IDLE;
}
