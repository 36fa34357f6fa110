/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dma_receive.h - USART2's receiver served by DMA1 channel 6, going round in the
 * ring's memory.
 *
 * No interrupt a byte: the ring's head follows the channel's counter when half
 * of the ring is written, when the line falls idle, at each tick and before
 * each read.  The software never reads DR, lest it takes a byte from the channel.
 *
 * DMA would overwrite what is unread.  So at less than HOLD bytes of room its
 * requests are switched off: the next byte stays in the data register, and
 * with flow control RTS stops the other end; without it the USART loses what
 * follows and says so by ORE.
 *
 * What is lost is counted as far as the hardware tells: ORE says that one byte or
 * more were lost, not how many; FE and NE that one or more bytes were damaged
 * since the last look.  Only a debugger that holds the core keeps it from looking
 * for long enough that DMA goes over what is unread; then all of that is dropped.
 */
#ifndef TERN_STM32F103_DMA_RECEIVE_H
#define TERN_STM32F103_DMA_RECEIVE_H

#include "stm32f103/uart.h"

/* Room of 2.7 ms at 921600 baud: a tick, and as much again. */
enum { DMA_RECEIVE_HOLD = 256 };

/* U is started, with a ring of at least four times that. */
void dma_receive_start(struct uart *u);

/* From each interrupt and each tick, which do not interrupt each other. */
void dma_receive_look(struct uart *u);

size_t dma_receive_read(struct uart *u, uint8_t *buf, size_t size);

#endif
