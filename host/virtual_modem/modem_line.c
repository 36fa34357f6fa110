/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modem_line.c - from received bytes to commands, one at a time (V.250 5.2).
 *
 *            CR             handler PENDING, latency, delay
 *   LINE ---------> BUSY <---------------+
 *    ^               | QISEND            |
 *    |               v                   |
 *    |            PAYLOAD ---------------+ complete
 *    |               |
 *    +--- result ----+
 *
 * While BUSY, received bytes wait in the queue: a host that does not wait for
 * the result of a command gets its next answer after it.
 */
#include "virtual_modem/modem_state.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

void modem_line_reset(struct modem *m)
{
	m->stage = STAGE_LINE;
	m->line_len = m->cursor = 0;
	m->line_long = m->line_cr = false;
	m->job = (struct job){ 0 };
	modem_timer_stop(m, TIMER_JOB);
	modem_timer_stop(m, TIMER_PROMPT);
	modem_timer_stop(m, TIMER_PAYLOAD);
}

/* ---- one command of a line ---- */

static struct bytes rest(const struct modem *m)
{
	return (struct bytes){ (const uint8_t *)m->line + m->cursor, m->line_len - m->cursor };
}

/* Commands of a line are separated by ';', basic ones by nothing (V.250 5.2.1). */
static bool more(struct modem *m)
{
	while (m->cursor < m->line_len && (m->line[m->cursor] == ' ' || m->line[m->cursor] == ';'))
		m->cursor++;
	return m->cursor < m->line_len;
}

static size_t name_length(struct bytes b)
{
	size_t n = 0;

	while (n < b.len && isalnum(b.data[n]))
		n++;
	return n;
}

/* The values end at a ';' that is not within quotes. */
static size_t values_length(struct bytes b)
{
	bool quoted = false;

	for (size_t i = 0; i < b.len; i++) {
		if (b.data[i] == '"')
			quoted = !quoted;
		if (b.data[i] == ';' && !quoted)
			return i;
	}
	return b.len;
}

/* "?", "=?", "=1,2" or nothing.  Returns the length, or 0 and no form. */
static bool parse_form(struct call *c, struct bytes b, size_t *used)
{
	size_t n = values_length(b);

	*used = n;
	c->argc = 0;
	if (n == 0)
		c->form = FORM_RUN;
	else if (n == 1 && b.data[0] == '?')
		c->form = FORM_READ;
	else if (n == 2 && b.data[0] == '=' && b.data[1] == '?')
		c->form = FORM_TEST;
	else if (b.data[0] == '=')
		c->form = FORM_SET;
	else
		return false;
	return c->form != FORM_SET || modem_call_parse(c, (struct bytes){ b.data + 1, n - 1 });
}

static bool load_extended(struct modem *m)
{
	struct call *c = &m->call;
	struct bytes b = rest(m);
	size_t n, used;

	b.data++, b.len--;
	n = name_length(b);
	snprintf(c->name, sizeof c->name, "%.*s", (int)n, (const char *)b.data);
	for (char *p = c->name; *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
	c->command = modem_command_find((struct bytes){ b.data, n });
	if (!parse_form(c, (struct bytes){ b.data + n, b.len - n }, &used))
		return false;
	m->cursor += 1 + n + used;
	return true;
}

/* The next command into CALL.  False: it is not one; the point of COMMAND is
 * not reached then. */
static bool load(struct modem *m)
{
	m->call.command = NULL;
	m->call.argc = 0;
	m->call.form = FORM_RUN;
	m->call.basic = !(more(m) && m->line[m->cursor] == '+');
	if (!m->call.basic)
		return load_extended(m);
	return modem_basic_name(rest(m), m->call.name);
}

static int check_context(const struct modem *m, const struct call *c)
{
	uint32_t id;

	if (!modem_call_number(c, 0, 1, m->quirk[QUIRK_CONTEXTS], &id))
		return MODEM_ERR_PARAMETER;
	if (m->context[id].state == CONTEXT_ACTIVE)
		return DONE;
	return m->context[id].state == CONTEXT_BROKEN ? MODEM_ERR_PDP : MODEM_ERR_CONTEXT;
}

static int test_form(struct modem *m, const struct call *c)
{
	if (c->command->test != NULL)
		modem_info(m, "+%s: %s", c->command->name, c->command->test);
	return DONE;
}

static int execute_extended(struct modem *m, const struct call *c)
{
	int result = DONE;

	if (c->command == NULL || (m->quirk[QUIRK_FOREIGN] && c->command->name[0] == 'Q'))
		return FAILED;
	if (c->form == FORM_TEST && !(c->command->forms & FORM_TEST))
		return test_form(m, c);
	if (!(c->command->forms & c->form))
		return c->command->needs & TCPIP ? MODEM_ERR_PARAMETER : FAILED;
	if (c->command->needs & NEEDS_SIM)
		result = modem_radio_sim_error(m);
	if (result == DONE && (c->command->needs & NEEDS_CONTEXT))
		result = check_context(m, c);
	return result == DONE ? c->command->handle(m, c) : result;
}

static int execute(struct modem *m)
{
	size_t used = 0;
	int result;

	m->job.begun = true;
	if (!m->call.basic)
		return execute_extended(m, &m->call);
	result = modem_basic_run(m, rest(m), &used);
	m->cursor += used;
	return result;
}

/* ---- a line ---- */

static void end_line(struct modem *m)
{
	m->stage = STAGE_LINE;
	m->line_len = m->cursor = 0;
	m->line_long = false;
	modem_timer_stop(m, TIMER_JOB);
}

static void answer(struct modem *m)
{
	struct job job = m->job;

	modem_result(m, job.result);
	end_line(m);
	if (job.result == DONE && job.after != NULL)
		job.after(m);
}

static void conclude(struct modem *m, int result)
{
	int id = modem_call_socket(&m->call);
	uint32_t ms;

	if (m->call.command != NULL && (m->call.command->needs & TCPIP))
		m->last_error = result > 0 && result < CME_BASE ? result : result == DONE ? 0 : MODEM_ERR_UNKNOWN;
	if (!modem_fault_point(m, MODEM_AT_ANSWER, id))
		return;
	if (modem_fault_hit(m, MODEM_DO_LOST, MODEM_AT_ANSWER, id) != NULL) {
		end_line(m);
		return;
	}
	m->job.result = result;
	m->job.concluding = true;
	ms = modem_fault_delay(m, MODEM_AT_ANSWER, id);
	if (ms > 0)
		modem_timer_set(m, TIMER_JOB, ms);
	else
		answer(m);
}

static uint32_t latency(struct modem *m)
{
	size_t all = LATENCIES;

	for (size_t i = 0; i < m->latency_count; i++) {
		if (strcasecmp(m->latency[i].command, m->call.name) == 0) {
			all = i;
			break;
		}
		if (m->latency[i].command[0] == '\0')
			all = i;
	}
	if (all == LATENCIES)
		return 0;
	return m->latency[all].min_ms + modem_random(m, m->latency[all].max_ms - m->latency[all].min_ms + 1);
}

static int fault_result(const struct modem_fault *f, const struct call *c)
{
	if (f->cme != MODEM_ANY)
		return CME(f->cme);
	return c->command != NULL && (c->command->needs & TCPIP) ? f->error : FAILED;
}

static int begin(struct modem *m)
{
	int id = modem_call_socket(&m->call);
	const struct modem_fault *f;
	uint32_t ms;

	m->job.begun = false;
	if (!modem_fault_point(m, MODEM_AT_COMMAND, id))
		return PENDING;
	if (modem_fault_hit(m, MODEM_DO_LOST, MODEM_AT_COMMAND, id) != NULL) {
		end_line(m);
		return PENDING;
	}
	f = modem_fault_hit(m, MODEM_DO_ERROR, MODEM_AT_COMMAND, id);
	if (f != NULL)
		return fault_result(f, &m->call);
	ms = latency(m) + modem_fault_delay(m, MODEM_AT_COMMAND, id);
	if (ms == 0)
		return execute(m);
	modem_timer_set(m, TIMER_JOB, ms);
	return PENDING;
}

/* The command before ended with RESULT: the next ones, up to the line's end or
 * the first that fails. */
static void go_on(struct modem *m, int result)
{
	while (result == DONE && more(m))
		result = load(m) ? begin(m) : FAILED;
	if (result != PENDING)
		conclude(m, result);
}

void modem_line_job(struct modem *m)
{
	if (m->stage != STAGE_BUSY)
		return;
	if (m->job.concluding)
		answer(m);
	else if (!m->job.begun)
		go_on(m, execute(m));
	else if (m->job.resume != NULL)
		m->job.resume(m);
}

void modem_line_wait(struct modem *m, uint32_t ms, void (*resume)(struct modem *m))
{
	m->stage = STAGE_BUSY;
	m->job.resume = resume;
	modem_timer_set(m, TIMER_JOB, ms);
}

void modem_line_finish(struct modem *m, int result)
{
	m->stage = STAGE_BUSY;
	modem_timer_stop(m, TIMER_JOB);
	go_on(m, result);
}

/* A result that is not followed by OK: SEND OK. */
void modem_line_finish_text(struct modem *m, const char *text)
{
	modem_result_text(m, text);
	end_line(m);
}

/* ---- bytes ---- */

/* Where the command begins: what comes before "AT" is noise (V.250 5.2.1). */
static bool find_prefix(struct modem *m)
{
	for (size_t i = 0; i + 1 < m->line_len; i++) {
		const char *p = m->line + i;

		if ((p[0] == 'A' && p[1] == 'T') || (p[0] == 'a' && p[1] == 't')) {
			m->cursor = i + 2;
			return true;
		}
	}
	return false;
}

static void line_complete(struct modem *m)
{
	bool too_long = m->line_long;

	m->line_cr = true;
	if (!find_prefix(m)) {
		end_line(m);
		return;
	}
	m->counters.commands++;
	m->stage = STAGE_BUSY;
	m->first_info = true;
	m->job = (struct job){ .socket = MODEM_ANY };
	if (too_long || !load(m))
		conclude(m, FAILED);
	else
		go_on(m, begin(m));
}

static void echo(struct modem *m, const void *data, size_t len)
{
	if (m->set[SET_ECHO])
		modem_out(m, data, len);
}

static void rub_out(struct modem *m)
{
	if (m->line_len == 0)
		return;
	m->line_len--;
	echo(m, "\b \b", 3);
}

static void store(struct modem *m, uint8_t byte)
{
	echo(m, &byte, 1);
	if (m->line_len < LINE_SIZE)
		m->line[m->line_len++] = (char)byte;
	else
		m->line_long = true;
}

/* Control characters are no part of a command; also the Ctrl-Z that some
 * drivers send behind a payload. */
static void line_byte(struct modem *m, uint8_t byte)
{
	bool after_cr = m->line_cr;

	m->line_cr = false;
	if (byte == m->set[SET_S3]) {
		echo(m, &byte, 1);
		line_complete(m);
	} else if (byte == m->set[SET_S5]) {
		rub_out(m);
	} else if (byte >= 0x20 && byte != 0x7f) {
		store(m, byte);
	} else if (byte == 0x1a && !m->quirk[QUIRK_SUB]) {
		m->line_long = true;
	} else if (byte == '\n' && after_cr) {
		m->line_cr = false;
	}
}

bool modem_line_run(struct modem *m)
{
	enum stage stage = m->stage;
	size_t n;

	if (m->power != MODEM_ON || stage == STAGE_BUSY || modem_ring_free(&m->out) < OUT_RESERVE)
		return false;
	n = modem_uart_due(m);
	if (n == 0)
		return false;
	m->line_ms = m->now_ms;
	for (n = n < 256 ? n : 256; n > 0 && m->in.len > 0 && m->stage == stage; n--) {
		uint8_t byte = *modem_ring_peek(&m->in, &(size_t){ 0 });

		modem_uart_consume(m, 1);
		if (stage == STAGE_PAYLOAD)
			modem_transfer_byte(m, byte);
		else
			line_byte(m, byte);
	}
	return true;
}
