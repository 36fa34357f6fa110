/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uart.h - one USART with a ring each way, served by its interrupt.
 *
 * When the receive ring is full the interrupt is switched off and the next
 * byte stays in the data register: the hardware's RTS, where wired, then stops
 * the other end; where not, the USART counts as overrun what it loses.
 */
#ifndef TERN_STM32F103_UART_H
#define TERN_STM32F103_UART_H

#include "port.h"
#include "stm32f103/registers.h"
#include "cortex_m/ring.h"

struct uart {
	struct usart *regs;
	struct ring rx, tx;
	struct port_uart_faults faults;
	bool held;           /* the receive ring was full: RXNEIE is off */
	volatile bool short_write;  /* the last write found too little room */
};

/* Start U on REGS at BAUD, 8N1, its peripheral clock being CLOCK_HZ.  U's rings
 * are set up already, the pins too.  FLOW: RTS and CTS by the hardware. */
void uart_start(struct uart *u, struct usart *regs, uint32_t clock_hz, uint32_t baud, bool flow);

/* The interrupt's work. */
void uart_irq(struct uart *u);

size_t uart_read(struct uart *u, uint8_t *buf, size_t size);
size_t uart_write(struct uart *u, const uint8_t *data, size_t len);

/* True when U gives a reason not to sleep: unread bytes, or room after a write
 * that found too little. */
bool uart_ready(const struct uart *u);

/* Without interrupts, for the last words of a program: send what the ring
 * holds, then DATA, and wait until it is on the wire.  Every wait is bounded. */
void uart_send_polled(struct uart *u, const uint8_t *data, size_t len);

#endif
