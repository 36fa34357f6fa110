/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modem_uart.c - the line.  A byte is a start bit, 8 bits and a stop bit.
 *
 *   host -> line faults -> IN -> pace -> modem_line
 *   answers -> OUT -> line faults, pace, pieces -> WIRE -> host
 */
#include "virtual_modem/modem_state.h"

#include <string.h>

enum { UP = 0, DOWN = 1 };

/* ---- pace ---- */

enum { BITS_A_BYTE = 10, CREDIT_A_BYTE = BITS_A_BYTE * 1000 };

static void pace_begin(struct modem *m, struct pace *p)
{
	*p = (struct pace){ .at_ms = m->now_ms };
}

/* How many of LEN waiting bytes have had their time on the line; sets TIMER for
 * the next. */
static size_t pace(struct modem *m, struct pace *p, size_t len, unsigned timer)
{
	uint64_t due;

	if (m->config.baud == 0)
		return len;
	p->credit += (uint64_t)(m->now_ms - p->at_ms) * m->baud;
	p->at_ms = m->now_ms;
	due = p->credit / CREDIT_A_BYTE;
	if (due >= len)
		return len;
	modem_timer_set(m, timer, (uint32_t)((CREDIT_A_BYTE - p->credit % CREDIT_A_BYTE + m->baud - 1) / m->baud));
	return (size_t)due;
}

static void pace_spend(struct pace *p, size_t n)
{
	uint64_t cost = (uint64_t)n * CREDIT_A_BYTE;

	p->credit = p->credit > cost ? p->credit - cost : 0;
}

/* ---- line faults ---- */

static uint8_t other_byte(struct modem *m, uint8_t b)
{
	return (uint8_t)(b + 1 + modem_random(m, 255));
}

/* What becomes of one byte on the line: at most SIZE bytes in BUF.  */
static size_t distort(struct modem *m, enum modem_point at, uint8_t byte, uint8_t *buf, size_t size)
{
	const struct modem_fault *f;
	size_t *drop = &m->line_drop[at == MODEM_AT_UP ? UP : DOWN];
	size_t n = 0;

	if (modem_pins_garble(m))
		byte = other_byte(m, byte);
	f = modem_fault_hit(m, MODEM_DO_DROP, at, MODEM_ANY);
	if (f != NULL)
		*drop = f->bytes;
	if (*drop > 0) {
		--*drop;
		return 0;
	}
	f = modem_fault_hit(m, MODEM_DO_INSERT, at, MODEM_ANY);
	for (uint32_t i = 0; f != NULL && i < f->bytes && n + 2 < size; i++)
		buf[n++] = (uint8_t)modem_random(m, 256);
	f = modem_fault_hit(m, MODEM_DO_CORRUPT, at, MODEM_ANY);
	if (f != NULL)
		byte ^= (uint8_t)(1u << modem_random(m, 8));
	if (modem_fault_hit(m, MODEM_DO_GARBLE, at, MODEM_ANY) != NULL)
		byte = other_byte(m, byte);
	buf[n++] = byte;
	f = modem_fault_hit(m, MODEM_DO_DUPLICATE, at, MODEM_ANY);
	if (f != NULL)
		buf[n++] = byte;
	return n;
}

static bool distorted(const struct modem *m, enum modem_point at)
{
	return modem_pins_garble(m) || m->line_drop[at == MODEM_AT_UP ? UP : DOWN] > 0 || modem_fault_on_line(m, at);
}

/* ---- from the host ---- */

static void take(struct modem *m, const uint8_t *data, size_t len)
{
	if (m->in.len == 0)
		pace_begin(m, &m->in_pace);
	m->counters.uart_lost += len - modem_ring_put(&m->in, data, len);
}

/* A modem that is off, restarts or plays dead hears nothing. */
static bool deaf(const struct modem *m)
{
	return m->power != MODEM_ON || m->mute || m->mute_at;
}

void modem_uart_receive(struct modem *m, const uint8_t *data, size_t len)
{
	uint8_t buf[64];

	m->counters.uart_up += len;
	if (deaf(m))
		return;
	m->spoken = m->spoken || len > 0;
	if (!distorted(m, MODEM_AT_UP)) {
		take(m, data, len);
		return;
	}
	for (size_t i = 0; i < len; i++)
		take(m, buf, distort(m, MODEM_AT_UP, data[i], buf, sizeof buf));
}

size_t modem_uart_due(struct modem *m)
{
	return m->in.len > 0 ? pace(m, &m->in_pace, m->in.len, TIMER_UART_IN) : 0;
}

void modem_uart_consume(struct modem *m, size_t n)
{
	modem_ring_drop(&m->in, n);
	pace_spend(&m->in_pace, n);
}

/* What was received and not yet looked at is not heard. */
void modem_uart_ignore(struct modem *m)
{
	modem_ring_drop(&m->in, m->in.len);
	modem_timer_stop(m, TIMER_UART_IN);
}

/* ---- to the host ---- */

void modem_out(struct modem *m, const void *data, size_t len)
{
	if (m->mute || m->power == MODEM_OFF || m->power == MODEM_ASLEEP)
		return;
	if (m->out.len == 0)
		pace_begin(m, &m->out_pace);
	m->counters.uart_lost += len - modem_ring_put(&m->out, data, len);
}

/* On the wire itself: nobody says it. */
void modem_uart_noise(struct modem *m, uint32_t bytes)
{
	if (m->out.len == 0)
		pace_begin(m, &m->out_pace);
	for (uint32_t i = 0; i < bytes; i++) {
		uint8_t byte = (uint8_t)modem_random(m, 256);

		m->counters.uart_lost += 1 - modem_ring_put(&m->out, &byte, 1);
	}
}

void modem_out_text(struct modem *m, const char *text)
{
	modem_out(m, text, strlen(text));
}

/* The first byte after silence: is this burst to be held or cut in pieces? */
static void begin_burst(struct modem *m)
{
	const struct modem_fault *f;

	m->burst = true;
	m->piece = 0;
	f = modem_fault_hit(m, MODEM_DO_FRAGMENT, MODEM_AT_DOWN, MODEM_ANY);
	if (f != NULL) {
		m->piece = f->bytes;
		m->piece_ms = f->ms;
	}
	f = modem_fault_hit(m, MODEM_DO_COALESCE, MODEM_AT_DOWN, MODEM_ANY);
	if (f != NULL) {
		m->held = true;
		modem_timer_set(m, TIMER_UART_OUT, f->ms);
	}
}

/* All is said.  A new rate holds from here: AT+IPR is answered at the old one. */
static void idle(struct modem *m)
{
	m->burst = m->held = false;
	if (m->set[SET_IPR] != 0)
		m->baud = m->set[SET_IPR];
}

static void to_wire(struct modem *m, size_t n)
{
	bool plain = !distorted(m, MODEM_AT_DOWN);
	uint8_t byte;

	if (plain) {
		m->wire_len += modem_ring_get(&m->out, m->wire + m->wire_len, n);
		return;
	}
	while (n-- > 0 && WIRE_SIZE - m->wire_len >= 64) {
		modem_ring_get(&m->out, &byte, 1);
		m->wire_len += distort(m, MODEM_AT_DOWN, byte, m->wire + m->wire_len, 64);
	}
}

void modem_uart_release(struct modem *m)
{
	size_t n;

	if (m->out.len == 0) {
		idle(m);
		return;
	}
	if (!m->burst)
		begin_burst(m);
	if (m->held)
		return;
	n = pace(m, &m->out_pace, m->out.len, TIMER_UART_OUT);
	if (n > WIRE_SIZE - m->wire_len)
		n = WIRE_SIZE - m->wire_len;
	if (m->piece > 0 && n > 0) {
		uint32_t piece = 1 + modem_random(m, m->piece);

		n = n < piece ? n : piece;
		m->held = true;
		modem_timer_set(m, TIMER_UART_OUT, m->piece_ms);
	}
	to_wire(m, n);
	pace_spend(&m->out_pace, n);
	if (m->out.len == 0)
		idle(m);
}

/* What has not left yet is lost, as when power is cut. */
void modem_uart_clear(struct modem *m)
{
	modem_ring_drop(&m->out, m->out.len);
	modem_uart_ignore(m);
	m->held = m->burst = false;
	m->line_drop[UP] = m->line_drop[DOWN] = 0;
	modem_timer_stop(m, TIMER_UART_OUT);
}

const uint8_t *modem_tx_peek(const struct modem *m, size_t *len)
{
	*len = m->wire_len;
	return m->wire_len > 0 ? m->wire : NULL;
}

void modem_tx_done(struct modem *m, size_t n)
{
	m->counters.uart_down += n;
	m->wire_len -= n;
	memmove(m->wire, m->wire + n, m->wire_len);
	modem_pump(m);
}
