/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uart.h - one USART with a ring each way.
 *
 * It is received by DMA into the ring, which is a circle to both, or by an
 * interrupt a byte; sent always by an interrupt a byte.  When the receive ring
 * is full the byte that comes next stays in the data register: the hardware's
 * RTS, where it is used, then stops the other end; where not, the USART counts
 * as overrun what it loses.
 *
 * The DMA controller does not look where the reader is.  It is stopped at the
 * middle or the end of the ring unless it may write half a ring more, so that a
 * ring of 4 KB holds 2 KB for certain.
 */
#ifndef TERN_STM32L496_UART_H
#define TERN_STM32L496_UART_H

#include "cortex_m/ring.h"
#include "port.h"
#include "stm32l496/registers.h"

struct uart {
	struct usart       *regs;
	struct dma_channel *dma;        /* receives, or NULL */
	uint32_t            clock_hz;
	struct ring         rx, tx;
	struct port_uart_faults faults;
	bool held;                      /* the receive ring was full: nothing is taken from the register */
	volatile bool short_write;      /* the last write found too little room */
};

/* Start U on REGS at BAUD, 8N1, its kernel clock being CLOCK_HZ.  U's rings are
 * set up already, the pins too, and DMA's request is routed.  FLOW: RTS and CTS
 * by the hardware. */
void uart_start(struct uart *u, uint32_t baud, bool flow);

/* The interrupts' work: the USART's, and the DMA channel's (middle or end). */
void uart_irq(struct uart *u);
void uart_dma_irq(struct uart *u);

size_t uart_read(struct uart *u, uint8_t *buf, size_t size);
size_t uart_write(struct uart *u, const uint8_t *data, size_t len);

/* True when U gives a reason not to sleep: unread bytes, or room after a write
 * that found too little. */
bool uart_ready(struct uart *u);

/* Change the speed once what is queued is on the wire.  False, and nothing
 * changed, if CLOCK_HZ cannot be divided to within 2 %, or nothing leaves. */
bool uart_baud(struct uart *u, uint32_t baud);

/* The rule: the divisor for BAUD, 0 if there is none within 2 %. */
uint32_t uart_divisor(uint32_t clock_hz, uint32_t baud);

/* Without interrupts, for the last words of a program: send what the ring
 * holds, then DATA, and wait until it is on the wire.  Every wait is bounded. */
void uart_send_polled(struct uart *u, const uint8_t *data, size_t len);

#endif
