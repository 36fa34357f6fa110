/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modem_fault.c - which fault strikes where, and what it does.
 *
 * An effect is an event of its own (closed, reboot, ...), which strikes whenever
 * its point is reached, or it changes what comes next (delay, lost, ...), for
 * which the code at that point asks.
 */
#include "virtual_modem/modem_state.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define BIT(point) (1u << MODEM_AT_##point)

enum {
	/* points between two things that the modem does */
	ANYWHERE = BIT(TIME) | BIT(COMMAND) | BIT(ANSWER) | BIT(OPEN) | BIT(PROMPT) | BIT(PAYLOAD) | BIT(ACCEPTED) |
		   BIT(READ) | BIT(DATA) | BIT(CLOSE),
	RESULTS  = BIT(COMMAND) | BIT(ANSWER) | BIT(OPEN) | BIT(PROMPT) | BIT(ACCEPTED),
	LINE     = BIT(UP) | BIT(DOWN),
};

/* ---- events ---- */

/* The socket at hand, or the one that the fault names; else all of them. */
static void each_socket(struct modem *m, const struct modem_fault *f, int at,
			void (*strike)(struct modem *m, const struct modem_fault *f, int id))
{
	int only = f->socket != MODEM_ANY ? f->socket : at;

	for (int id = 0; id < MODEM_SOCKETS; id++)
		if (only == MODEM_ANY || only == id)
			strike(m, f, id);
}

static void end_one(struct modem *m, const struct modem_fault *f, int id)
{
	(void)f;
	modem_socket_end(m, id, true);
}

static void end_socket(struct modem *m, const struct modem_fault *f, int id)
{
	each_socket(m, f, id, end_one);
}

static void kill_one(struct modem *m, const struct modem_fault *f, int id)
{
	modem_socket_die(m, id, f->error);
}

static void kill_socket(struct modem *m, const struct modem_fault *f, int id)
{
	each_socket(m, f, id, kill_one);
}

static void lose_context(struct modem *m, const struct modem_fault *f, int id)
{
	(void)id;
	modem_context_lose(m, f->context, true);
}

static void change_registration(struct modem *m, const struct modem_fault *f, int id)
{
	(void)id;
	if (!m->alarm[TIMER_REGISTER_BACK].set)
		m->stat_back = m->world;
	modem_radio_set_stat(m, f->stat);
	if (f->ms != MODEM_ALWAYS)
		modem_timer_set(m, TIMER_REGISTER_BACK, f->ms);
}

static void change_sim(struct modem *m, const struct modem_fault *f, int id)
{
	(void)id;
	if (!m->alarm[TIMER_SIM_BACK].set)
		m->sim_back = m->net.sim;
	modem_radio_set_sim(m, f->sim);
	if (f->ms != MODEM_ALWAYS)
		modem_timer_set(m, TIMER_SIM_BACK, f->ms);
}

static void reboot(struct modem *m, const struct modem_fault *f, int id)
{
	(void)id;
	modem_power_boot(m, f->ms != MODEM_ALWAYS ? f->ms : m->config.boot_ms);
}

static void for_a_while(struct modem *m, const struct modem_fault *f, bool *flag, enum timer timer)
{
	*flag = true;
	if (f->ms != MODEM_ALWAYS)
		modem_timer_set(m, timer, f->ms);
}

static void mute_at(struct modem *m, const struct modem_fault *f, int id)
{
	(void)id;
	modem_uart_ignore(m);
	for_a_while(m, f, &m->mute_at, TIMER_MUTE_AT);
}

static void mute(struct modem *m, const struct modem_fault *f, int id)
{
	(void)id;
	modem_uart_ignore(m);
	for_a_while(m, f, &m->mute, TIMER_MUTE);
}

static void wrong_baud(struct modem *m, const struct modem_fault *f, int id)
{
	(void)id;
	for_a_while(m, f, &m->wrong_baud, TIMER_BAUD);
}

static void slow_line(struct modem *m, const struct modem_fault *f, int id)
{
	(void)id;
	m->baud_limit = f->baud;
	if (f->ms != MODEM_ALWAYS)
		modem_timer_set(m, TIMER_BAUD, f->ms);
}

static void stick(struct modem *m, const struct modem_fault *f, enum status_stuck how)
{
	m->status_stuck = how;
	if (f->ms != MODEM_ALWAYS)
		modem_timer_set(m, TIMER_STATUS_BACK, f->ms);
}

static void status_on(struct modem *m, const struct modem_fault *f, int id)
{
	(void)id;
	stick(m, f, MODEM_STATUS_STUCK_ON);
}

static void status_off(struct modem *m, const struct modem_fault *f, int id)
{
	(void)id;
	stick(m, f, MODEM_STATUS_STUCK_OFF);
}

static void garbage(struct modem *m, const struct modem_fault *f, int id)
{
	(void)id;
	for (uint32_t i = 0; i < f->bytes; i++)
		modem_out(m, &(uint8_t){ modem_random(m, 2) ? 0xff : 0x00 }, 1);
}

static void noise(struct modem *m, const struct modem_fault *f, int id)
{
	(void)id;
	modem_uart_noise(m, f->bytes);
}

static void say(struct modem *m, const struct modem_fault *f, int id)
{
	(void)id;
	modem_out(m, f->text, f->text_len);
}

/* ---- the table ---- */

static const struct effect {
	const char *word;
	uint32_t    points;
	/* NULL: changes what comes next */
	void      (*strike)(struct modem *m, const struct modem_fault *f, int socket);
} effects[MODEM_EFFECT_COUNT] = {
	[MODEM_DO_CLOSED]     = { "closed",     ANYWHERE, end_socket },
	[MODEM_DO_DEAD]       = { "dead",       ANYWHERE, kill_socket },
	[MODEM_DO_PDPDEACT]   = { "pdpdeact",   ANYWHERE, lose_context },
	[MODEM_DO_REGISTER]   = { "register",   ANYWHERE, change_registration },
	[MODEM_DO_SIM]        = { "sim",        ANYWHERE, change_sim },
	[MODEM_DO_REBOOT]     = { "reboot",     ANYWHERE | BIT(BOOT), reboot },
	[MODEM_DO_MUTE_AT]    = { "mute-at",    ANYWHERE, mute_at },
	[MODEM_DO_MUTE]       = { "mute",       ANYWHERE, mute },
	[MODEM_DO_GARBAGE]    = { "garbage",    ANYWHERE, garbage },
	[MODEM_DO_WRONG_BAUD] = { "wrong-baud", ANYWHERE, wrong_baud },
	[MODEM_DO_SLOW_LINE]  = { "slow-line",  BIT(TIME), slow_line },
	[MODEM_DO_STATUS_ON]  = { "status-on",  BIT(TIME), status_on },
	[MODEM_DO_STATUS_OFF] = { "status-off", BIT(TIME), status_off },
	[MODEM_DO_NOISE]      = { "noise",      BIT(TIME), noise },
	[MODEM_DO_SAY]        = { "say",        ANYWHERE, say },
	[MODEM_DO_ERROR]      = { "error",      BIT(COMMAND) | BIT(OPEN) | BIT(ACCEPTED), NULL },
	[MODEM_DO_DELAY]      = { "delay",      RESULTS | BIT(BOOT), NULL },
	[MODEM_DO_LOST]       = { "lost",       RESULTS | BIT(KEY) | BIT(BOOT), NULL },
	[MODEM_DO_EARLY]      = { "early",      BIT(OPEN), NULL },
	[MODEM_DO_GLUED]      = { "glued",      BIT(OPEN), NULL },
	[MODEM_DO_SPLIT]      = { "split",      BIT(PROMPT), NULL },
	[MODEM_DO_FAIL]       = { "fail",       BIT(ACCEPTED), NULL },
	[MODEM_DO_DISCARD]    = { "discard",    BIT(ACCEPTED), NULL },
	[MODEM_DO_FREEZE]     = { "freeze",     BIT(ACCEPTED), NULL },
	[MODEM_DO_DROP]       = { "drop",       LINE, NULL },
	[MODEM_DO_INSERT]     = { "insert",     LINE, NULL },
	[MODEM_DO_CORRUPT]    = { "corrupt",    LINE, NULL },
	[MODEM_DO_GARBLE]     = { "garble",     LINE, NULL },
	[MODEM_DO_DUPLICATE]  = { "duplicate",  LINE, NULL },
	[MODEM_DO_FRAGMENT]   = { "fragment",   BIT(DOWN), NULL },
	[MODEM_DO_COALESCE]   = { "coalesce",   BIT(DOWN), NULL },
};

#define POINT_WORD(name, word, help) [MODEM_AT_##name] = word,
static const char *const point_words[MODEM_POINT_COUNT] = { MODEM_POINTS(POINT_WORD) };

const char *modem_effect_word(enum modem_effect what)
{
	return effects[what].word;
}

const char *modem_point_word(enum modem_point at)
{
	return point_words[at];
}

bool modem_fault_fits(enum modem_effect what, enum modem_point at)
{
	return (effects[what].points & 1u << at) != 0;
}

/* ---- selection ---- */

static bool in_window(const struct modem *m, const struct fault_slot *s)
{
	uint32_t age_ms = m->now_ms - s->set_ms;

	return age_ms >= s->f.after_ms && (s->f.for_ms == MODEM_ALWAYS || age_ms - s->f.after_ms < s->f.for_ms);
}

/* This is an occasion: does it strike? */
static bool strikes(struct modem *m, struct fault_slot *s, int socket)
{
	if (!in_window(m, s) || (s->f.count != MODEM_ALWAYS && s->strikes >= s->f.count))
		return false;
	if (++s->occasions < s->f.nth || modem_random(m, 1000000) >= s->f.probability)
		return false;
	s->strikes++;
	if (s->f.at != MODEM_AT_UP && s->f.at != MODEM_AT_DOWN)       /* those would be too many */
		modem_note(m, "fault", "%u strikes: %s at %s, command %s, socket %d", s->number,
			   effects[s->f.what].word, point_words[s->f.at], m->call.name, socket);
	return true;
}

/* The socket's, as AT+QIOPEN named them. */
static bool leads_there(const struct modem *m, const struct modem_fault *f, int socket)
{
	const struct socket *s = &m->socket[socket != MODEM_ANY ? socket : 0];

	if (f->host[0] == '\0' && f->port == 0)
		return true;
	return socket != MODEM_ANY && s->state != SOCKET_INITIAL && (f->port == 0 || f->port == s->port) &&
	       (f->host[0] == '\0' || strcasecmp(f->host, s->host) == 0);
}

static bool concerns(const struct modem *m, const struct fault_slot *s, enum modem_point at, int socket)
{
	return s->number != 0 && s->f.at == at &&
	       (s->f.socket == MODEM_ANY || socket == MODEM_ANY || s->f.socket == socket) &&
	       (s->f.command[0] == '\0' || strcmp(s->f.command, m->call.name) == 0) && leads_there(m, &s->f, socket);
}

const struct modem_fault *modem_fault_hit(struct modem *m, enum modem_effect what, enum modem_point at, int socket)
{
	const struct modem_fault *hit = NULL;

	for (size_t i = 0; i < MODEM_FAULTS && hit == NULL; i++) {
		struct fault_slot *s = &m->fault[i];

		if (s->f.what == what && concerns(m, s, at, socket) && strikes(m, s, socket))
			hit = &s->f;
	}
	return hit;
}

uint32_t modem_fault_delay(struct modem *m, enum modem_point at, int socket)
{
	const struct modem_fault *f = modem_fault_hit(m, MODEM_DO_DELAY, at, socket);

	return f != NULL ? f->ms : 0;
}

/* Between header and data a URC would be taken for data: it waits. */
static void strike(struct modem *m, struct fault_slot *s, int socket)
{
	struct modem_fault f = s->f;

	effects[f.what].strike(m, &f, socket);
	if (f.at != MODEM_AT_DATA)
		modem_urc_force(m);
}

static bool point(struct modem *m, enum modem_point at, int socket, size_t got)
{
	uint32_t boots = m->counters.boots;

	for (size_t i = 0; i < MODEM_FAULTS && m->power == MODEM_ON; i++) {
		struct fault_slot *s = &m->fault[i];

		if (effects[s->f.what].strike == NULL || !concerns(m, s, at, socket) ||
		    (at == MODEM_AT_PAYLOAD && s->f.bytes != got) || !strikes(m, s, socket))
			continue;
		strike(m, s, socket);
	}
	return m->power == MODEM_ON && m->counters.boots == boots;
}

bool modem_fault_point(struct modem *m, enum modem_point at, int socket)
{
	return point(m, at, socket, 0);
}

bool modem_fault_payload(struct modem *m, int socket, size_t got)
{
	return point(m, MODEM_AT_PAYLOAD, socket, got);
}

bool modem_fault_on_line(const struct modem *m, enum modem_point at)
{
	for (size_t i = 0; i < MODEM_FAULTS; i++)
		if (m->fault[i].number != 0 && m->fault[i].f.at == at)
			return true;
	return false;
}

/* ---- faults by time ---- */

/* Not the modem, but what it is wired to: also while it is off. */
static bool is_outside(enum modem_effect what)
{
	return what == MODEM_DO_SLOW_LINE || what == MODEM_DO_STATUS_ON || what == MODEM_DO_STATUS_OFF ||
	       what == MODEM_DO_NOISE;
}

void modem_fault_time(struct modem *m, unsigned slot)
{
	struct fault_slot *s = &m->fault[slot];
	bool more;

	if (s->number == 0)
		return;
	if ((m->power == MODEM_ON || is_outside(s->f.what)) && strikes(m, s, s->f.socket))
		strike(m, s, s->f.socket);
	more = s->f.count == MODEM_ALWAYS || s->strikes < s->f.count;
	if (more && s->f.every_ms > 0 && in_window(m, s))
		modem_timer_set(m, TIMER_FAULT + slot, s->f.every_ms);
}

/* ---- setting ---- */

struct modem_fault modem_fault_default(enum modem_effect what, enum modem_point at)
{
	return (struct modem_fault){
		.what = what, .at = at, .socket = MODEM_ANY, .probability = 1000000, .nth = 1, .count = 1,
		.for_ms = MODEM_ALWAYS, .error = what == MODEM_DO_DEAD ? MODEM_ERR_STATE : MODEM_ERR_UNKNOWN,
		.cme = MODEM_ANY, .context = 1, .baud = 115200, .sim = MODEM_SIM_ABSENT, .stat = 2,
		.ms = what == MODEM_DO_FRAGMENT ? 1 : MODEM_ALWAYS,
		.bytes = what == MODEM_DO_GARBAGE || what == MODEM_DO_NOISE ? 8 : 1,
	};
}

static bool refuse(struct text *why, const char *what)
{
	text_add(why, what);
	return false;
}

static bool needs_ms(enum modem_effect what)
{
	return what == MODEM_DO_DELAY || what == MODEM_DO_SPLIT || what == MODEM_DO_COALESCE;
}

static bool check(const struct modem_fault *f, struct text *why)
{
	if (f->what >= MODEM_EFFECT_COUNT || f->at >= MODEM_POINT_COUNT)
		return refuse(why, "no such effect or point");
	if (!modem_fault_fits(f->what, f->at)) {
		text_add(why, effects[f->what].word);
		text_add(why, " cannot happen at ");
		return refuse(why, point_words[f->at]);
	}
	if (f->socket != MODEM_ANY && (f->socket < 0 || f->socket >= MODEM_SOCKETS))
		return refuse(why, "socket is not 0 to 11");
	if (f->probability > 1000000 || f->nth == 0 || f->count == 0)
		return refuse(why, "probability above 1, or nth or count below 1");
	if (f->error < 550 || f->error > 574 || (f->cme != MODEM_ANY && (f->cme < 0 || f->cme > 999)))
		return refuse(why, "error is not 550 to 574, or cme not 0 to 999");
	if (f->context < 1 || f->context > CONTEXTS || f->stat > 5 || f->sim > MODEM_SIM_BUSY)
		return refuse(why, "context is not 1 to 16, stat not 0 to 5, or no such SIM state");
	if (f->baud < 1200 || f->baud > 4000000)
		return refuse(why, "baud is not 1200 to 4000000");
	if (f->bytes < 1 || f->bytes > 4096 || f->text_len > sizeof f->text)
		return refuse(why, "bytes is not 1 to 4096, or the text is longer than 128");
	if (f->what == MODEM_DO_INSERT && f->bytes > 32)
		return refuse(why, "bytes of an insertion is not 1 to 32");
	if (needs_ms(f->what) && f->ms == MODEM_ALWAYS)
		return refuse(why, "ms is missing");
	return f->what != MODEM_DO_SAY || f->text_len > 0 || refuse(why, "text is missing");
}

static struct fault_slot *free_slot(struct modem *m, size_t *i)
{
	for (*i = 0; *i < MODEM_FAULTS; ++*i)
		if (m->fault[*i].number == 0)
			return &m->fault[*i];
	return NULL;
}

unsigned modem_fault_set(struct modem *m, const struct modem_fault *f, uint32_t now_ms, struct text *why)
{
	struct fault_slot *s;
	size_t i;

	modem_step(m, now_ms);
	if (!check(f, why))
		return 0;
	s = free_slot(m, &i);
	if (s == NULL) {
		refuse(why, "32 faults are set already");
		return 0;
	}
	*s = (struct fault_slot){ .number = ++m->last_fault, .set_ms = m->now_ms, .f = *f };
	modem_note(m, "fault", "%u set: %s at %s", s->number, effects[f->what].word, point_words[f->at]);
	if (f->at == MODEM_AT_TIME)
		modem_timer_set(m, TIMER_FAULT + (unsigned)i, f->after_ms);
	modem_step(m, now_ms);
	return s->number;
}

static void clear(struct modem *m, size_t i)
{
	m->fault[i] = (struct fault_slot){ 0 };
	modem_timer_stop(m, TIMER_FAULT + (unsigned)i);
}

bool modem_fault_clear(struct modem *m, unsigned number, uint32_t now_ms)
{
	modem_step(m, now_ms);
	for (size_t i = 0; i < MODEM_FAULTS; i++) {
		if (number != 0 && m->fault[i].number == number) {
			clear(m, i);
			return true;
		}
	}
	return false;
}

/* Also what faults left behind for good: then the modem is well again. */
void modem_fault_clear_all(struct modem *m, uint32_t now_ms)
{
	modem_step(m, now_ms);
	for (size_t i = 0; i < MODEM_FAULTS; i++)
		clear(m, i);
	m->mute = m->mute_at = m->wrong_baud = m->held = false;
	m->piece = 0;
	m->baud_limit = 0;
	m->status_stuck = MODEM_STATUS_FREE;
	modem_timer_stop(m, TIMER_STATUS_BACK);
	modem_timer_stop(m, TIMER_MUTE);
	modem_timer_stop(m, TIMER_MUTE_AT);
	modem_timer_stop(m, TIMER_BAUD);
	modem_pump(m);
}

bool modem_fault_get(const struct modem *m, size_t i, struct modem_fault *f, unsigned *number, uint32_t *count)
{
	for (size_t slot = 0; slot < MODEM_FAULTS; slot++) {
		const struct fault_slot *s = &m->fault[slot];

		if (s->number == 0 || i-- > 0)
			continue;
		*f = s->f;
		*number = s->number;
		*count = s->strikes;
		return true;
	}
	return false;
}
