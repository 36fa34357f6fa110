/* SPDX-License-Identifier: Apache-2.0 */
#include "stm32l496/uart.h"

#include "cortex_m/io.h"

/* Polls until a byte must have left: 87 us at 115200, some 1000 polls at 80 MHz;
 * and until a ring must have, 22 ms: 4000000 are half a second or more. */
enum { BYTE_POLLS = 20000, RING_POLLS = 4000000 };

/* Bytes that come between the middle of the ring and the interrupt that says so. */
enum { DMA_SLACK = 64 };

static const uint32_t error_flags = USART_ISR_PE | USART_ISR_FE | USART_ISR_NE | USART_ISR_ORE;

/* RM0351 40.5.4: with 16 samples a bit BRR is the divisor, 16 at least. */
uint32_t uart_divisor(uint32_t clock_hz, uint32_t baud)
{
	uint32_t d = baud > 0 ? (clock_hz + baud / 2) / baud : 0;
	uint32_t got, off;

	if (d < 16 || d > 0xffff)
		return 0;
	got = clock_hz / d;
	off = got > baud ? got - baud : baud - got;
	return off <= baud / 50 ? d : 0;
}

static void dma_start(struct uart *u)
{
	io_write(&u->dma->CCR, 0);
	io_write(&u->dma->CPAR, (uint32_t)(uintptr_t)&u->regs->RDR);
	io_write(&u->dma->CMAR, (uint32_t)(uintptr_t)u->rx.buf);
	io_write(&u->dma->CNDTR, u->rx.size);
	io_write(&u->dma->CCR, DMA_CCR_MINC | DMA_CCR_CIRC | DMA_CCR_PL_HIGH | DMA_CCR_HTIE | DMA_CCR_TCIE);
	io_set(&u->dma->CCR, DMA_CCR_EN);
}

void uart_start(struct uart *u, uint32_t baud, bool flow)
{
	struct usart *regs = u->regs;
	bool by_dma = u->dma != NULL;

	io_write(&regs->CR1, 0);
	io_write(&regs->BRR, uart_divisor(u->clock_hz, baud));
	io_write(&regs->CR2, 0);
	io_write(&regs->CR3, (flow ? USART_CR3_RTSE | USART_CR3_CTSE : 0) |
				     (by_dma ? USART_CR3_DMAR | USART_CR3_EIE : 0));
	if (by_dma)
		dma_start(u);
	io_write(&regs->CR1, USART_CR1_UE | USART_CR1_TE | USART_CR1_RE |
				     (by_dma ? USART_CR1_IDLEIE : USART_CR1_RXNEIE));
}

static void take_faults(struct uart *u, uint32_t isr)
{
	if ((isr & USART_ISR_ORE) != 0)
		u->faults.overruns++;
	if ((isr & (USART_ISR_FE | USART_ISR_NE | USART_ISR_PE)) != 0)
		u->faults.noise++;
	if ((isr & (error_flags | USART_ISR_IDLE)) != 0)
		io_write(&u->regs->ICR, isr & (error_flags | USART_ISR_IDLE));
}

/* --- received byte by byte --- */

/* The interrupt goes off before the byte that fills the ring is read: the next
 * one may come at once. */
static void hold_if_last(struct uart *u)
{
	if (ring_free(&u->rx) > 1)
		return;
	u->held = true;
	io_clear(&u->regs->CR1, USART_CR1_RXNEIE);
}

static void receive_bytes(struct uart *u)
{
	uint32_t isr;

	while (!u->held && ((isr = io_read(&u->regs->ISR)) & (USART_ISR_RXNE | USART_ISR_ORE)) != 0) {
		take_faults(u, isr);
		if ((isr & USART_ISR_RXNE) != 0) {
			hold_if_last(u);
			(void)ring_put(&u->rx, (uint8_t)io_read(&u->regs->RDR));
		}
	}
}

/* --- received by DMA --- */

/* The ring's head follows the controller.  Half a ring raises an interrupt, so
 * that a whole one never goes by unseen. */
static void dma_follow(struct uart *u)
{
	uint32_t at = u->rx.size - io_read(&u->dma->CNDTR);
	uint32_t head = atomic_load_explicit(&u->rx.head, memory_order_relaxed);

	atomic_store_explicit(&u->rx.head, head + ((at - head) & (u->rx.size - 1)), memory_order_release);
}

/* What was overwritten before it was read: only when interrupts were masked for
 * longer than half a ring takes. */
static void dma_drop(struct uart *u)
{
	uint32_t used = ring_used(&u->rx);

	if (used <= u->rx.size)
		return;
	u->faults.dropped += used - u->rx.size;
	atomic_fetch_add_explicit(&u->rx.tail, used - u->rx.size, memory_order_release);
}

static bool dma_has_room(const struct uart *u)
{
	return ring_used(&u->rx) + u->rx.size / 2 + DMA_SLACK <= u->rx.size;
}

void uart_dma_irq(struct uart *u)
{
	dma_follow(u);
	if (!dma_has_room(u)) {
		u->held = true;
		io_clear(&u->regs->CR3, USART_CR3_DMAR);
	}
}

/* --- both --- */

static void receive(struct uart *u)
{
	if (u->dma == NULL) {
		receive_bytes(u);
		return;
	}
	take_faults(u, io_read(&u->regs->ISR));
	dma_follow(u);
}

static void release(struct uart *u)
{
	if (!u->held || !(u->dma != NULL ? dma_has_room(u) : ring_free(&u->rx) > 1))
		return;
	u->held = false;
	if (u->dma != NULL)
		io_set(&u->regs->CR3, USART_CR3_DMAR);
	else
		io_set(&u->regs->CR1, USART_CR1_RXNEIE);
}

/* Called with the interrupt masked, or from it. */
static void transmit(struct uart *u)
{
	uint8_t byte;

	while ((io_read(&u->regs->ISR) & USART_ISR_TXE) != 0) {
		if (!ring_take(&u->tx, &byte)) {
			io_clear(&u->regs->CR1, USART_CR1_TXEIE);
			return;
		}
		io_write(&u->regs->TDR, byte);
	}
	io_set(&u->regs->CR1, USART_CR1_TXEIE);
}

void uart_irq(struct uart *u)
{
	receive(u);
	transmit(u);
}

size_t uart_read(struct uart *u, uint8_t *buf, size_t size)
{
	uint32_t primask = irq_mask();
	size_t n;

	if (u->dma != NULL) {
		dma_follow(u);
		dma_drop(u);
	}
	irq_restore(primask);
	n = ring_read(&u->rx, buf, size);
	primask = irq_mask();
	release(u);
	irq_restore(primask);
	return n;
}

size_t uart_write(struct uart *u, const uint8_t *data, size_t len)
{
	size_t n = ring_write(&u->tx, data, len);
	uint32_t primask = irq_mask();

	transmit(u);
	irq_restore(primask);
	u->short_write = n < len;
	return n;
}

bool uart_ready(struct uart *u)
{
	uint32_t primask = irq_mask();

	if (u->dma != NULL)
		dma_follow(u);
	irq_restore(primask);
	return ring_used(&u->rx) > 0 || (u->short_write && ring_free(&u->tx) > 0);
}

/* CTS may forbid it for ever. */
static bool wait_until_sent(const struct uart *u)
{
	for (uint32_t n = 0; n < RING_POLLS; n++)
		if (ring_used(&u->tx) == 0 && (io_read(&u->regs->ISR) & USART_ISR_TC) != 0)
			return true;
	return false;
}

/* BRR may be written only while the USART is off (RM0351 40.8.4), and what is in
 * its data register is then lost: it is taken first, if there is room. */
bool uart_baud(struct uart *u, uint32_t baud)
{
	uint32_t divisor = uart_divisor(u->clock_hz, baud);
	uint32_t primask, cr1;

	if (divisor == 0 || !wait_until_sent(u))
		return false;
	primask = irq_mask();
	receive(u);
	if (u->held && (io_read(&u->regs->ISR) & USART_ISR_RXNE) != 0)
		u->faults.dropped++;
	cr1 = io_read(&u->regs->CR1);
	io_write(&u->regs->CR1, cr1 & ~USART_CR1_UE);
	io_write(&u->regs->BRR, divisor);
	io_write(&u->regs->CR1, cr1);
	irq_restore(primask);
	return true;
}

static void send_polled(struct uart *u, uint8_t byte)
{
	(void)io_wait(&u->regs->ISR, USART_ISR_TXE, USART_ISR_TXE, BYTE_POLLS);
	io_write(&u->regs->TDR, byte);
}

void uart_send_polled(struct uart *u, const uint8_t *data, size_t len)
{
	uint8_t byte;

	while (ring_take(&u->tx, &byte))
		send_polled(u, byte);
	for (size_t i = 0; i < len; i++)
		send_polled(u, data[i]);
	(void)io_wait(&u->regs->ISR, USART_ISR_TC, USART_ISR_TC, BYTE_POLLS);
}
