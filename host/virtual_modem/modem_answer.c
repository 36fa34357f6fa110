/* SPDX-License-Identifier: Apache-2.0 */
/* modem_answer.c - what the modem says: information, results, URCs (V.250 5.7). */
#include "virtual_modem/modem_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* S3 and S4: "\r\n", unless the host chose others. */
static void end_of_line(struct modem *m)
{
	const uint8_t eol[2] = { (uint8_t)m->set[SET_S3], (uint8_t)m->set[SET_S4] };

	modem_out(m, eol, sizeof eol);
}

/* "\r\n+CSQ: 15,3\r\n"; further lines of the same answer follow without
 * another "\r\n" before them.  With V0 none has one. */
void modem_info(struct modem *m, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (m->mute_at)
		return;
	if (m->first_info && m->set[SET_VERBOSE])
		end_of_line(m);
	m->first_info = false;
	modem_out_text(m, text);
	end_of_line(m);
}

void modem_result_text(struct modem *m, const char *text)
{
	if (m->mute_at)
		return;
	end_of_line(m);
	modem_out_text(m, text);
	end_of_line(m);
}

/* "OK" as "\r\nOK\r\n", or with V0 as "0\r". */
static void final(struct modem *m, const char *text, const char *digit)
{
	if (m->mute_at || m->set[SET_QUIET])
		return;
	if (m->set[SET_VERBOSE]) {
		modem_result_text(m, text);
	} else {
		modem_out_text(m, digit);
		modem_out(m, &(uint8_t){ (uint8_t)m->set[SET_S3] }, 1);
	}
}

/* 27.007 9.2 */
static const struct { int code; const char *text; } cme_texts[] = {
	{ 0, "phone failure" },           { 3, "operation not allowed" },  { 4, "operation not supported" },
	{ 10, "SIM not inserted" },       { 11, "SIM PIN required" },      { 12, "SIM PUK required" },
	{ 13, "SIM failure" },            { 14, "SIM busy" },              { 15, "SIM wrong" },
	{ 16, "incorrect password" },     { 17, "SIM PIN2 required" },     { 18, "SIM PUK2 required" },
	{ 20, "memory full" },            { 21, "invalid index" },         { 22, "not found" },
	{ 23, "memory failure" },         { 30, "no network service" },    { 31, "network timeout" },
	{ 32, "network not allowed - emergency calls only" },              { 50, "incorrect parameters" },
	{ 100, "unknown" },               { 103, "illegal MS" },           { 107, "GPRS services not allowed" },
	{ 111, "PLMN not allowed" },      { 112, "location area not allowed" },
	{ 113, "roaming not allowed in this location area" },              { 132, "service option not supported" },
	{ 133, "requested service option not subscribed" },
	{ 134, "service option temporarily out of order" },
	{ 148, "unspecified GPRS error" }, { 149, "PDP authentication failure" },
};

static void cme_result(struct modem *m, int code)
{
	char text[80];
	const char *words = "unknown";

	for (size_t i = 0; i < COUNT_OF(cme_texts); i++)
		if (cme_texts[i].code == code)
			words = cme_texts[i].text;
	if (m->set[SET_CMEE] == 2)
		snprintf(text, sizeof text, "+CME ERROR: %s", words);
	else
		snprintf(text, sizeof text, "+CME ERROR: %d", code);
	if (!m->set[SET_QUIET])
		modem_result_text(m, text);
}

static void tcpip_result(struct modem *m, int code)
{
	char text[32];

	if (!m->quirk[QUIRK_TCPIP_CME] || m->set[SET_CMEE] == 0) {
		final(m, "ERROR", "4");
		return;
	}
	snprintf(text, sizeof text, "+CME ERROR: %d", code);
	modem_result_text(m, text);
}

void modem_result(struct modem *m, int result)
{
	if (result == DONE)
		final(m, "OK", "0");
	else if (result >= CME_BASE && m->set[SET_CMEE] > 0)
		cme_result(m, result - CME_BASE);
	else if (result > 0 && result < CME_BASE)
		tcpip_result(m, result);
	else
		final(m, "ERROR", "4");
}

static const char *const error_texts[] = {   /* 550 to 574 */
	"Unknown error", "Operation blocked", "Invalid parameters", "Memory not enough", "Create socket failed",
	"Operation not supported", "Socket bind failed", "Socket listen failed", "Socket write failed",
	"Socket read failed", "Socket accept failed", "Open PDP context failed", "Close PDP context failed",
	"Socket identity has been used", "DNS busy", "DNS parse failed", "Socket connect failed",
	"Socket has been closed", "Operation busy", "Operation timeout", "PDP context broken down", "Cancel send",
	"Operation not allowed", "APN not configured", "Port busy",
};

const char *modem_error_text(int error)
{
	if (error == 0)
		return "Operate successfully";
	if (error < 550 || error - 550 >= (int)COUNT_OF(error_texts))
		return error_texts[0];
	return error_texts[error - 550];
}

/* ---- URCs ---- */

void modem_urc(struct modem *m, const char *format, ...)
{
	va_list args;
	char *text;

	if (m->power != MODEM_ON)
		return;
	if (m->urc_len == URC_COUNT) {
		m->counters.urcs_lost++;
		modem_note(m, "uart", "a URC found the queue full and was lost");
		return;
	}
	text = m->urc[(m->urc_head + m->urc_len++) % URC_COUNT].text;
	va_start(args, format);
	vsnprintf(text, URC_SIZE, format, args);
	va_end(args);
}

void modem_urc_clear(struct modem *m)
{
	m->urc_len = 0;
}

/* Between complete lines only: not within a prompt and its payload, and not
 * while the host is typing, which is taken to be over 200 ms after a byte. */
static bool may_interrupt(struct modem *m)
{
	enum { TYPING_MS = 200 };
	uint32_t end_ms = m->line_ms + TYPING_MS;

	if (m->stage == STAGE_PAYLOAD)
		return false;
	if (m->stage == STAGE_BUSY || m->line_len == 0 || ticks_reached(m->now_ms, end_ms))
		return true;
	modem_timer_set(m, TIMER_URC, end_ms - m->now_ms);
	return false;
}

static void say_first(struct modem *m)
{
	modem_out_text(m, "\r\n");
	modem_out_text(m, m->urc[m->urc_head].text);
	modem_out_text(m, "\r\n");
	m->urc_head = (m->urc_head + 1) % URC_COUNT;
	m->urc_len--;
	m->counters.urcs++;
}

static bool has_room(const struct modem *m)
{
	return m->urc_len > 0 && modem_ring_free(&m->out) >= URC_SIZE + 4;
}

/* Before the host has said something nobody listens: then they are dropped, as
 * a URC is by a line without a reader. */
void modem_urc_flush(struct modem *m)
{
	if (m->urc_len > 0 && !m->spoken)
		modem_urc_clear(m);
	while (has_room(m) && may_interrupt(m))
		say_first(m);
}

void modem_urc_force(struct modem *m)
{
	while (has_room(m))
		say_first(m);
}

/* ---- notes ---- */

/* The oldest gives way: what happened last explains more. */
void modem_note(struct modem *m, const char *topic, const char *format, ...)
{
	va_list args;
	size_t at;

	if (m->note_len == NOTE_COUNT) {
		m->note_head = (m->note_head + 1) % NOTE_COUNT;
		m->note_len--;
		m->notes_lost++;
	}
	at = (m->note_head + m->note_len++) % NOTE_COUNT;
	m->note[at].topic = topic;
	va_start(args, format);
	vsnprintf(m->note[at].text, NOTE_SIZE, format, args);
	va_end(args);
}

bool modem_note_next(struct modem *m, struct modem_event *ev)
{
	if (m->note_len == 0)
		return false;
	ev->type = MODEM_NOTE;
	ev->topic = m->note[m->note_head].topic;
	ev->text = m->note[m->note_head].text;
	m->note_head = (m->note_head + 1) % NOTE_COUNT;
	m->note_len--;
	return true;
}
