/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uart_ring.h - a UART of the HAL, DMA both ways.
 *
 * CubeMX: asynchronous, 115200 8N1, its global interrupt on; a DMA channel for RX
 * in mode Circular and one for TX in mode Normal, both bytes.
 */
#ifndef UART_RING_H
#define UART_RING_H

#include "main.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The DMA's buffer bridges the time in which no interrupt runs, such as an erase of
 * the flash that the program is in: 512 B, its half, are 44 ms.  The ring bridges the
 * time in which the loop does something else: 2 KB are 178 ms. */
enum { UART_RING_DMA = 1024, UART_RING_RX = 2048, UART_RING_TX = 256 };

struct uart_ring {
	UART_HandleTypeDef *huart;
	uint8_t          dma[UART_RING_DMA];
	uint16_t         dma_at;            /* what the DMA had written up to at the last event */
	uint8_t          rx[UART_RING_RX];
	_Atomic uint32_t head, tail;        /* count bytes and wrap: put by the interrupt, taken by the loop */
	uint8_t          tx[UART_RING_TX];  /* belongs to the DMA while sending */
	atomic_bool      sending, receiving;
	_Atomic uint32_t dropped;           /* bytes that found the ring full */
	_Atomic uint32_t errors;            /* overrun, noise or framing: the HAL has stopped reception */
};

/* U is static.  At most two of them. */
void uart_ring_start(struct uart_ring *u, UART_HandleTypeDef *huart);

/* Bytes received, at most SIZE; how many of LEN were taken to be sent. */
size_t uart_ring_read(struct uart_ring *u, uint8_t *buf, size_t size);
size_t uart_ring_write(struct uart_ring *u, const void *data, size_t len);

#endif
