/* SPDX-License-Identifier: Apache-2.0 */
#include "stm32f103/uart.h"

#include "cortex_m/io.h"

/* Polls until a byte must have left: 87 us at 115200, some 3000 polls at most. */
enum { POLL_LIMIT = 20000 };

/* RM0008 27.3.4: 16 * USARTDIV, which is at least 1.  Both ends' clocks may differ
 * by some 4 % with 8N1 (27.3.5); this takes 2 % of it. */
static bool divisor(uint32_t clock_hz, uint32_t baud, uint32_t *value)
{
	uint32_t real;

	if (baud == 0 || baud > clock_hz / 16)
		return false;
	*value = (clock_hz + baud / 2) / baud;
	real = clock_hz / *value;
	return *value <= 0xffff && (real > baud ? real - baud : baud - real) <= baud / 50;
}

void uart_start(struct uart *u, struct usart *regs, uint32_t clock_hz, uint32_t baud, bool flow)
{
	uint32_t brr = 0;

	u->regs = regs;
	u->clock_hz = clock_hz;
	(void)divisor(clock_hz, baud, &brr);
	io_write(&regs->BRR, brr);
	io_write(&regs->CR2, 0);
	io_write(&regs->CR3, flow ? USART_CR3_RTSE | USART_CR3_CTSE : 0);
	io_write(&regs->CR1, USART_CR1_UE | USART_CR1_TE | USART_CR1_RE);
}

bool uart_idle(const struct uart *u)
{
	return ring_used(&u->tx) == 0 && (io_read(&u->regs->SR) & USART_SR_TC) != 0;
}

bool uart_baud(struct uart *u, uint32_t baud)
{
	uint32_t brr;

	if (!divisor(u->clock_hz, baud, &brr))
		return false;
	io_write(&u->regs->BRR, brr);
	return true;
}

void uart_count_faults(struct uart *u, uint32_t sr)
{
	if ((sr & USART_SR_ORE) != 0)
		u->faults.overruns++;
	if ((sr & (USART_SR_FE | USART_SR_NE | USART_SR_PE)) != 0)
		u->faults.noise++;
}

void uart_receive_start(struct uart *u)
{
	io_set(&u->regs->CR1, USART_CR1_RXNEIE);
}

/* The interrupt goes off before the byte that fills the ring is read, not
 * after: the next byte may come at once, and QEMU 7.2 holds its request up
 * although it is no longer wanted. */
static void hold_if_last(struct uart *u)
{
	if (ring_free(&u->rx) > 1)
		return;
	u->held = true;
	io_clear(&u->regs->CR1, USART_CR1_RXNEIE);
}

/* Reading SR, then DR clears every fault (27.6.1).  An overrun that came
 * between the two reads is seen alone, without RXNE: DR then holds a byte that
 * was read before. */
void uart_receive(struct uart *u)
{
	uint32_t sr;

	while (!u->held && ((sr = io_read(&u->regs->SR)) & (USART_SR_RXNE | USART_SR_ORE)) != 0) {
		uint8_t byte;

		hold_if_last(u);
		byte = (uint8_t)io_read(&u->regs->DR);
		uart_count_faults(u, sr);
		if ((sr & USART_SR_RXNE) != 0)
			(void)ring_put(&u->rx, byte);
	}
}

void uart_transmit(struct uart *u)
{
	uint8_t byte;

	while ((io_read(&u->regs->SR) & USART_SR_TXE) != 0) {
		if (!ring_take(&u->tx, &byte)) {
			io_clear(&u->regs->CR1, USART_CR1_TXEIE);
			return;
		}
		io_write(&u->regs->DR, byte);
	}
	io_set(&u->regs->CR1, USART_CR1_TXEIE);
}

size_t uart_read(struct uart *u, uint8_t *buf, size_t size)
{
	size_t n = ring_read(&u->rx, buf, size);
	uint32_t primask = irq_mask();

	if (u->held && ring_free(&u->rx) > 1) {
		u->held = false;
		io_set(&u->regs->CR1, USART_CR1_RXNEIE);
	}
	irq_restore(primask);
	return n;
}

/* The first bytes go to the data register here; only what does not fit waits
 * for the interrupt.  (QEMU before version 8.2 has no transmit interrupt; there
 * the data register is always free and this loop sends everything.) */
size_t uart_write(struct uart *u, const uint8_t *data, size_t len)
{
	size_t n = ring_write(&u->tx, data, len);
	uint32_t primask = irq_mask();

	uart_transmit(u);
	irq_restore(primask);
	u->short_write = n < len;
	return n;
}

bool uart_ready(const struct uart *u)
{
	return ring_used(&u->rx) > 0 || (u->short_write && ring_free(&u->tx) > 0);
}

static void send_polled(struct uart *u, uint8_t byte)
{
	(void)io_wait(&u->regs->SR, USART_SR_TXE, USART_SR_TXE, POLL_LIMIT);
	io_write(&u->regs->DR, byte);
}

void uart_send_polled(struct uart *u, const uint8_t *data, size_t len)
{
	uint8_t byte;

	while (ring_take(&u->tx, &byte))
		send_polled(u, byte);
	for (size_t i = 0; i < len; i++)
		send_polled(u, data[i]);
	(void)io_wait(&u->regs->SR, USART_SR_TC, USART_SR_TC, POLL_LIMIT);
}
