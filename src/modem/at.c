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
	uint8_t     tenths;     /* of a second */
} probes[] = {
	{ "ATE0\r", 10 },
	{ "ATE0\r", 10 },
	{ "\x1b", 3 },            /* waits for a payload: ESC cancels, or as many CRs as it may lack complete it */
	{ "ATE0\r", 10 },
	{ "", 11 },               /* transparent mode: "+++" with a second of silence around it */
	{ "+++", 11 },
	{ "\rATE0\r", 10 },
	{ "ATQ0V1E0\r", 5 },      /* answers switched off, or as digits */
	{ "AT+IFC=0,0\r", 5 },    /* it waits for an RTS that nobody drives */
	{ "\rAT+IPR=115200\r", 5 },   /* it hears, but is not understood at this speed */
	{ "AT+CFUN?\r", 50 },     /* not of the round: asked after an OK, which may be a late one */
};

enum { PROBE_FIRST = 0, PROBE_FILLER = 2, PROBE_IFC = 8, PROBE_IPR = 9, PROBES, PROBE_CONFIRM = PROBES };

#define CONFIRM_ERRORS   3u        /* a modem that refuses AT+CFUN? so often is taken as it is */
#define LATE_PROMPTS     3u        /* more are text that happens to begin with '>' */
#define REFUSED_PAUSE_MS 500u
#define ROUND_PAUSE_MS   2000u     /* times the number of the round, */
#define ROUND_PAUSE_MAX  15u       /* but no more than this often */
#define SPEED_MS         9000u     /* of silence more, for each speed beyond the first */
#define FAST_EXCHANGES   4u        /* in a row, to trust a raised speed */
#define FASTEST          3u        /* 921600 baud; each speed is twice the one before it */

static const uint8_t crs[16] = {
	'\r', '\r', '\r', '\r', '\r', '\r', '\r', '\r', '\r', '\r', '\r', '\r', '\r', '\r', '\r', '\r',
};

void at_count(uint16_t *counter)
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

/* ---- results ---- */

enum word { WORD_OTHER = -1, WORD_OK, WORD_ERROR, WORD_CME, WORD_CMS };

/* OK
 * ERROR
 * +CME ERROR: 10
 * +CMS ERROR: SIM not inserted      *CME is the number, or AT_CME_TEXT */
static enum word word_of(struct bytes line, uint32_t *cme)
{
	struct at_fields f;
	enum word word = (enum word)at_name(&f, line, "OK\0" "ERROR\0" "+CME ERROR\0" "+CMS ERROR\0");

	*cme = word < WORD_CME ? 0 : AT_CME_TEXT;
	(void)at_scan(&f, "n", cme, NULL);
	return word;
}

/* ---- making sure of the line ---- */

/* The fastest up to MAX, at least the first. */
static uint8_t speed_up_to(uint32_t max)
{
	uint8_t i = FASTEST;

	while (i > 0 && AT_BAUD << i > max)
		i--;
	return i;
}

static void set_speed(struct at *at, uint8_t speed)
{
	at->speed = speed;
	at->sync_needs = speed > 0 ? FAST_EXCHANGES : 1;
}

uint32_t at_baud_up_to(uint32_t max)
{
	return AT_BAUD << speed_up_to(max);
}

uint32_t at_baud(const struct at *at)
{
	return AT_BAUD << at->speed;
}

void at_baud_set(struct at *at, bool could)
{
	if (could)
		at->line_speed = at->speed;
	else
		set_speed(at, at->line_speed);
	at->line_len = 0;   /* what was received at another speed is nothing */
	at->line_overlong = false;
}

static void probe_begin(struct at *at, unsigned step)
{
	const struct probe *p = &probes[step];
	uint32_t filler = step == PROBE_FILLER ? (uint32_t)at->owed : 0;

	at->state = AT_PROBE;
	at->sync_step = (uint8_t)step;
	transmit(at, p->send, strlen(p->send));
	at->filler_left = filler;
	at->deadline_ms = at->now_ms + p->tenths * 100u + filler / 4;   /* 4 bytes a ms: slower than 57600 baud */
}

/* The pause after a round; the next step is the first. */
static void pause(struct at *at, uint32_t ms)
{
	at->state = AT_PROBE;
	at->sync_step = PROBES;
	transmit(at, NULL, 0);
	at->deadline_ms = at->now_ms + ms;
}

/* One round at each speed, then a pause. */
static void round_over(struct at *at)
{
	unsigned n = at->speeds, full;

	if (at->sync_round < UINT8_MAX)
		at->sync_round++;
	full = at->sync_round / n;
	set_speed(at, (uint8_t)((at->speed + 1u) % n));
	if (n > 1 && (full < 2 || at->sync_round % n != 0))
		full = 0;
	pause(at, ROUND_PAUSE_MS * (full < ROUND_PAUSE_MAX ? full : ROUND_PAUSE_MAX));
}

/* The first round at each of several speeds is a short one. */
static void probe_next(struct at *at)
{
	unsigned next = at->sync_step + 1u;

	if (next == PROBE_FILLER && at->speeds > 1 && at->sync_round < at->speeds)
		next = PROBE_IPR;
	if (next == PROBE_IFC && at->config.flow_control)
		next++;
	if (next == PROBE_IPR && at->speed == 0)
		next++;
	if (next < PROBES)
		probe_begin(at, next);
	else
		round_over(at);
}

static void probe_step(struct at *at)
{
	if (at->sync_step >= PROBES)
		probe_begin(at, PROBE_FIRST);
	else
		probe_next(at);
}

static void confirm_begin(struct at *at)
{
	probe_begin(at, PROBE_CONFIRM);
	at->state = AT_CONFIRM;
	at->sync_matched = false;
}

static void distrust(struct at *at, size_t owed)
{
	at->owed = owed > 0 ? owed : at->config.entry_max;
	at->sync_round = 0;
	at->sync_errors = at->sync_prompts = 0;
	at->sync_dead = at->sync_echoed = false;
	at->sync_since_ms = at->now_ms;
	set_speed(at, at->speed);
	if (at->rx >= AT_RX_DATA)
		at->rx = AT_RX_LINE;
	probe_begin(at, owed > 0 ? PROBE_FILLER : PROBE_FIRST);
}

static void synced(struct at *at, uint16_t cfun)
{
	struct at_event *ev;

	if (--at->sync_needs > 0) {
		probe_begin(at, PROBE_FIRST);
		return;
	}
	at->state = AT_IDLE;
	at->counters.unanswered = 0;
	ev = raise(at, AT_EV_SYNCED);
	ev->cfun = cfun;
	ev->echoed = at->sync_echoed && at->synced;
	at->synced = true;
}

static void confirm_refused(struct at *at)
{
	if (++at->sync_errors >= CONFIRM_ERRORS)
		synced(at, AT_CFUN_UNKNOWN);
	else
		pause(at, REFUSED_PAUSE_MS);
}

/* +CFUN: 1 */
static bool take_cfun(struct at *at, struct bytes line)
{
	struct at_fields f;
	uint32_t value;

	if (at_name(&f, line, "+CFUN\0") < 0 || !at_scan(&f, "n", &value, NULL))
		return false;
	at->sync_cfun = (uint16_t)value;
	return true;
}

/* Late replies are dropped here: an OK counts only right after a +CFUN: line. */
static void on_line_uncertain(struct at *at, struct bytes line, enum word word)
{
	if (at->tx_len > 0)
		return;
	if (at->state == AT_PROBE) {
		if (word == WORD_OK && at->filler_left == 0)
			confirm_begin(at);
		else if (bytes_equal_text(line, "ATE0"))
			at->sync_echoed = true;
	} else if (take_cfun(at, line)) {
		at->sync_matched = true;
	} else if (word == WORD_OK && at->sync_matched) {
		synced(at, at->sync_cfun);
	} else if (word >= WORD_ERROR) {
		confirm_refused(at);
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

static bool take_result(struct at *at, struct bytes line, enum word word, uint32_t cme)
{
	bool payload = at->state == AT_PAYLOAD;
	size_t unsent = at->tx_len;
	enum err result;

	if (!payload && unsent > 0)
		return false;
	if (payload ? unsent == 0 && bytes_equal_text(line, at->command.done)
		    : at->state == AT_REPLY && word == WORD_OK)
		result = ERR_OK;
	else if (payload && bytes_equal_text(line, at->command.full))
		result = ERR_FULL;
	else if (word >= WORD_ERROR)
		result = word == WORD_ERROR ? ERR_AT_ERROR : ERR_AT_CME;
	else
		return false;
	finish(at, result)->cme = (uint16_t)cme;
	at->counters.unanswered = 0;
	if (unsent > 0)   /* refused amid the payload: does the modem take the rest for payload or for commands? */
		distrust(at, unsent);
	return true;
}

/* Its name stands behind "AT" in what was sent. */
static bool is_information(const struct at *at, struct bytes line)
{
	size_t n = at->name_len;

	if (at->state != AT_REPLY || at->command.answer == AT_NOTHING)
		return false;
	if (at->command.answer == AT_ANYTHING)
		return line.data[0] != '+';
	return line.len > n && line.data[n] == ':' && memcmp(line.data, at->text_buf + 2, n) == 0;
}

static bool is_echo(const struct at *at, struct bytes line)
{
	return line.len + 1 == at->text.len &&   /* what was sent ends in CR */
	       memcmp(line.data, at->text_buf, line.len) == 0;
}

/* +QIRD: 1500
 * +QIRD: 5,"10.0.0.1",4000 */
static void begin_data(struct at *at, struct bytes line)
{
	struct at_fields f = at_fields_from(line, at->name_len + 1u);
	uint32_t n;

	at->data_seen = true;
	if (!at_scan(&f, "w", &n, NULL)) {
		at->data_broken = true;
		return;
	}
	if (n > at->command.data_size - at->data_len)
		at->data_broken = true;
	at->data_left = n;
	if (n > 0)
		at->rx = AT_RX_DATA;
}

static void tell_line(struct at *at, struct bytes line)
{
	struct at_event *ev = raise(at, AT_EV_LINE);

	ev->line = line;
	ev->name_len = at->command.answer == AT_NAMED ? (uint8_t)(at->name_len + 1) : 0;
}

static void on_line(struct at *at)
{
	struct bytes line = { (const uint8_t *)at->line, at->line_len };
	uint32_t cme;
	enum word word = word_of(line, &cme);

	at->line_len = 0;
	if (at->line_overlong) {
		at->line_overlong = false;
		at_count(&at->counters.overlong);
	} else if (at->state >= AT_PROBE) {
		on_line_uncertain(at, line, word);
	} else if (in_flight(at) && (is_echo(at, line) || take_result(at, line, word, cme))) {
		return;
	} else if (word != WORD_OTHER) {
		at_count(&at->counters.strays);
	} else if (!is_information(at, line)) {
		raise(at, AT_EV_URC)->line = line;
	} else if (at->command.data != NULL) {
		begin_data(at, line);
	} else {
		tell_line(at, line);
	}
}

/* ---- bytes in ---- */

/* "> " at the start of a line: now, and only now, the payload may go out. */
static bool take_prompt(struct at *at, uint8_t c)
{
	if (c != '>' || at->line_len > 0 || at->tx_len > 0)
		return false;
	if (at->state == AT_PROMPT) {
		at->state = AT_PAYLOAD;
		at->prompted = true;
		transmit(at, at->command.payload, at->command.payload_len);
		at->deadline_ms = at->now_ms + at->command.timeout_ms;
		return true;
	}
	if (at->state < AT_PROBE || at->filler_left > 0 || at->sync_prompts >= LATE_PROMPTS)
		return false;
	at->sync_prompts++;   /* the late prompt of an abandoned send */
	probe_begin(at, PROBE_FILLER);
	return true;
}

static void take_char(struct at *at, uint8_t c)
{
	if (c == '\0' || (c == ' ' && at->line_len == 0) || take_prompt(at, c))
		return;
	if (c == '\r') {
		if (at->line_len > 0)
			at->rx = AT_RX_CR;
	} else if (c == '\n') {
		if (at->line_len > 0)
			on_line(at);
	} else if (at->line_len < AT_LINE_SIZE) {
		at->line[at->line_len++] = (char)c;
	} else {
		at->line_overlong = true;
	}
}

/* Returns whether C was used up; if not, it is offered again. */
static bool take_byte(struct at *at, uint8_t c)
{
	bool expected;

	switch (at->rx) {
	case AT_RX_CR:
		at->rx = AT_RX_LINE;
		on_line(at);
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
	take_char(at, c);
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

	at->now_ms = now_ms;
	while (i < len && !at->event_waits) {
		if (at->rx == AT_RX_DATA)
			i += take_data(at, data + i, len - i);
		else if (take_byte(at, data[i]))
			i++;
	}
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
	*len = 0;
	if (at->speed != at->line_speed)
		return NULL;
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
	at->now_ms = now_ms;
	at->config = *config;
	text_init(&at->text, at->text_buf, sizeof at->text_buf);
	at->speed = at->line_speed = speed_up_to(config->baud);
	at->speeds = (uint8_t)(speed_up_to(config->baud_max) + 1);
	distrust(at, 0);
}

void at_switch(struct at *at, uint32_t baud, uint32_t now_ms)
{
	at->speed = speed_up_to(baud);
	at_sync(at, now_ms);
}

void at_sync(struct at *at, uint32_t now_ms)
{
	at->now_ms = now_ms;
	at->event_waits = false;
	distrust(at, 0);
}

bool at_ready(const struct at *at)
{
	return at->state == AT_IDLE && !at->event_waits;
}

struct text *at_compose(struct at *at)
{
	text_init(&at->text, at->text_buf, sizeof at->text_buf);
	text_add(&at->text, "AT");
	memset(&at->command, 0, sizeof at->command);
	return &at->text;
}

struct at_command *at_command(struct at *at)
{
	return &at->command;
}

/* "+QIRD" of "+QIRD=0,1500" */
static uint8_t name_length(const char *text)
{
	uint8_t n = 0;

	while (strchr("=?\r", text[n]) == NULL)
		n++;
	return n;
}

enum err at_start(struct at *at, uint32_t now_ms)
{
	const struct at_command *c = &at->command;

	if (!at_ready(at))
		return ERR_STATE;
	text_add_char(&at->text, '\r');
	if (at->text.overflow)
		return ERR_TOO_LONG;
	if (++at->id == 0)
		at->id = 1;
	at->data_left = at->data_len = 0;
	at->data_seen = at->data_broken = at->prompted = false;
	at->name_len = name_length(at->text_buf + 2);
	transmit(at, at->text_buf, at->text.len);
	at->now_ms = now_ms;
	at->state = c->payload != NULL ? AT_PROMPT : AT_REPLY;
	at->deadline_ms = now_ms + (c->payload != NULL ? c->prompt_ms : c->timeout_ms);
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

static void time_out(struct at *at)
{
	bool no_prompt = at->state == AT_PROMPT;
	size_t owed = at->state == AT_REPLY ? 0 : at->command.payload_len;

	at_count(&at->counters.timeouts);
	at_count(&at->counters.unanswered);
	finish(at, no_prompt ? ERR_AT_NO_PROMPT : ERR_AT_TIMEOUT);
	distrust(at, owed);
}

void at_step(struct at *at, uint32_t now_ms)
{
	at->now_ms = now_ms;
	if (at->event_waits || at->state == AT_IDLE || !ticks_reached(now_ms, at->deadline_ms))
		return;
	if (in_flight(at)) {
		time_out(at);
		return;
	}
	if (at->sync_step <= PROBE_CONFIRM && *probes[at->sync_step].send == 'A')
		at_count(&at->counters.unanswered);
	probe_step(at);
	if (!at->sync_dead && now_ms - at->sync_since_ms >= at->config.dead_ms + SPEED_MS * (at->speeds - 1u)) {
		at->sync_dead = true;
		raise(at, AT_EV_DEAD);
	}
}

bool at_deadline(const struct at *at, uint32_t *at_ms)
{
	*at_ms = at->deadline_ms;
	return at->state != AT_IDLE;
}
