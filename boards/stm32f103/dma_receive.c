/* SPDX-License-Identifier: Apache-2.0 */
#include "stm32f103/dma_receive.h"

#include "cortex_m/interrupts.h"

enum { FAULTS = USART_SR_ORE | USART_SR_FE | USART_SR_NE };

/* RM0008 27.3.13 and 13.3.3 */
void dma_receive_start(struct uart *u)
{
	struct dma_channel *channel = DMA1_CHANNEL6;

	io_set(&RCC->AHBENR, RCC_AHBENR_DMA1EN);
	io_write(&channel->CPAR, (uint32_t)(uintptr_t)&u->regs->DR);
	io_write(&channel->CMAR, (uint32_t)(uintptr_t)u->rx.buf);
	io_write(&channel->CNDTR, u->rx.size);
	io_write(&channel->CCR, DMA_CCR_PL_HIGH | DMA_CCR_MINC | DMA_CCR_CIRC | DMA_CCR_HTIE | DMA_CCR_TCIE |
				DMA_CCR_EN);
	io_set(&u->regs->CR3, USART_CR3_DMAR | USART_CR3_EIE);
	io_set(&u->regs->CR1, USART_CR1_IDLEIE);
	interrupt_enable(IRQ_DMA1_CHANNEL6);
}

/* CNDTR counts down from the ring's size and begins anew at 0 (RM0008 13.3.3).
 * Between two looks less than a whole round is written. */
static void follow(struct uart *u)
{
	uint32_t written = u->rx.size - io_read(&DMA1_CHANNEL6->CNDTR);

	ring_advance(&u->rx, (written - ring_head(&u->rx)) & (u->rx.size - 1));
}

static void hold(struct uart *u)
{
	if (u->held || ring_free(&u->rx) >= DMA_RECEIVE_HOLD)
		return;
	u->held = true;
	io_clear(&u->regs->CR3, USART_CR3_DMAR);
}

/* RM0008 27.6.1: a flag is cleared by a read of SR, then of DR.  The read of DR
 * is DMA's, with the next byte; until then the flag's interrupt is off, and on
 * again once a look finds it gone.  But while ORE stands no byte comes any more:
 * then, and then only, DR is read here. */
static void look_at_flags(struct uart *u)
{
	uint32_t sr = io_read(&u->regs->SR);
	uint32_t flags = sr & (FAULTS | USART_SR_IDLE);

	uart_count_faults(u, flags & ~u->seen);
	u->seen = flags;
	if ((sr & (USART_SR_ORE | USART_SR_RXNE)) == USART_SR_ORE) {
		(void)io_read(&u->regs->DR);
		u->seen = 0;
	}
	io_change(&u->regs->CR1, USART_CR1_IDLEIE, (u->seen & USART_SR_IDLE) == 0);
	io_change(&u->regs->CR3, USART_CR3_EIE, (u->seen & FAULTS) == 0);
}

void dma_receive_look(struct uart *u)
{
	io_write(DMA1_IFCR, DMA_IFCR_CGIF6);
	look_at_flags(u);
	follow(u);
	hold(u);
}

/* More than it holds. */
static void drop_if_overwritten(struct uart *u)
{
	uint32_t used = ring_used(&u->rx);

	if (used <= u->rx.size)
		return;
	u->faults.dropped += used;
	ring_clear(&u->rx);
}

static void release(struct uart *u)
{
	if (!u->held || ring_free(&u->rx) < 2 * DMA_RECEIVE_HOLD)
		return;
	u->held = false;
	io_set(&u->regs->CR3, USART_CR3_DMAR);
}

size_t dma_receive_read(struct uart *u, uint8_t *buf, size_t size)
{
	uint32_t primask = irq_mask();
	size_t n;

	dma_receive_look(u);
	drop_if_overwritten(u);
	irq_restore(primask);
	n = ring_read(&u->rx, buf, size);
	primask = irq_mask();
	release(u);
	irq_restore(primask);
	return n;
}
