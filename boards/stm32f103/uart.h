/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uart.h - one USART with a ring each way.
 *
 * Bytes go out by its interrupt.  They come in by its interrupt too, or by DMA
 * (dma_receive.h).  Here: when the receive ring is full the interrupt is switched
 * off and the next byte stays in the data register: the hardware's RTS, where
 * wired, then stops the other end; where not, the USART counts as overrun what
 * it loses.
 */
#ifndef TERN_STM32F103_UART_H
#define TERN_STM32F103_UART_H

#include "port.h"
#include "stm32f103/registers.h"
#include "cortex_m/ring.h"

struct uart {
	struct usart *regs;
	uint32_t clock_hz;
	struct ring rx, tx;
	struct port_uart_faults faults;
	uint32_t seen;       /* flags of SR that the last look found (dma_receive.c) */
	bool held;           /* no room in the receive ring: nothing is taken from DR */
	volatile bool short_write;  /* the last write found too little room */
};

/* Start U on REGS at BAUD, 8N1, its peripheral clock being CLOCK_HZ; nothing is
 * received yet.  U's rings are set up already, the pins too.  FLOW: RTS and CTS
 * by the hardware. */
void uart_start(struct uart *u, struct usart *regs, uint32_t clock_hz, uint32_t baud, bool flow);

/* Everything queued is on the wire. */
bool uart_idle(const struct uart *u);

/* Change the speed while nothing is under way; false, and nothing changed, when it
 * would be off by more than 2 %. */
bool uart_baud(struct uart *u, uint32_t baud);

/* The interrupt's work, each way; uart_transmit() also with the interrupt masked. */
void uart_receive_start(struct uart *u);
void uart_receive(struct uart *u);
void uart_transmit(struct uart *u);

/* Add to U's faults what flags of SR say. */
void uart_count_faults(struct uart *u, uint32_t sr);

size_t uart_read(struct uart *u, uint8_t *buf, size_t size);
size_t uart_write(struct uart *u, const uint8_t *data, size_t len);

/* True when U gives a reason not to sleep: unread bytes, or room after a write
 * that found too little. */
bool uart_ready(const struct uart *u);

/* Without interrupts, for the last words of a program: send what the ring
 * holds, then DATA, and wait until it is on the wire.  Every wait is bounded. */
void uart_send_polled(struct uart *u, const uint8_t *data, size_t len);

#endif
