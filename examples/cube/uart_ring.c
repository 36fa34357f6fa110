/* SPDX-License-Identifier: Apache-2.0 */
#include "uart_ring.h"

#include "cloud.h"

#include <string.h>

static struct uart_ring *rings[2];

static struct uart_ring *ring_of(const UART_HandleTypeDef *huart)
{
	for (size_t i = 0; i < 2; i++)
		if (rings[i] != NULL && rings[i]->huart == huart)
			return rings[i];
	return NULL;
}

static void receive(struct uart_ring *u)
{
	u->dma_at = 0;
	atomic_store(&u->receiving, HAL_UARTEx_ReceiveToIdle_DMA(u->huart, u->dma, UART_RING_DMA) == HAL_OK);
}

void uart_ring_start(struct uart_ring *u, UART_HandleTypeDef *huart)
{
	u->huart = huart;
	rings[rings[0] != NULL] = u;
	receive(u);
}

/* ---- the HAL's interrupts ---- */

static void put(struct uart_ring *u, uint8_t byte)
{
	uint32_t head = atomic_load_explicit(&u->head, memory_order_relaxed);

	if (head - atomic_load_explicit(&u->tail, memory_order_acquire) == UART_RING_RX) {
		atomic_fetch_add(&u->dropped, 1);
		return;
	}
	u->rx[head % UART_RING_RX] = byte;
	atomic_store_explicit(&u->head, head + 1, memory_order_release);
}

/* Half full, full, or the line fell idle: the DMA has written up to AT. */
void HAL_UARTEx_RxEventCallback(UART_HandleTypeDef *huart, uint16_t at)
{
	struct uart_ring *u = ring_of(huart);

	if (u == NULL)
		return;
	for (at %= UART_RING_DMA; u->dma_at != at; u->dma_at = (uint16_t)((u->dma_at + 1) % UART_RING_DMA))
		put(u, u->dma[u->dma_at]);
	cloud_wake_from_isr();
}

/* With DMA the HAL ends the reception at the first overrun, noise or framing error:
 * without this nothing would ever arrive again. */
void HAL_UART_ErrorCallback(UART_HandleTypeDef *huart)
{
	struct uart_ring *u = ring_of(huart);

	if (u == NULL)
		return;
	atomic_fetch_add(&u->errors, 1);
	receive(u);
	cloud_wake_from_isr();
}

void HAL_UART_TxCpltCallback(UART_HandleTypeDef *huart)
{
	struct uart_ring *u = ring_of(huart);

	if (u == NULL)
		return;
	atomic_store(&u->sending, false);
	cloud_wake_from_isr();
}

/* ---- the loop's side ---- */

size_t uart_ring_read(struct uart_ring *u, uint8_t *buf, size_t size)
{
	uint32_t tail = atomic_load_explicit(&u->tail, memory_order_relaxed);
	uint32_t held = atomic_load_explicit(&u->head, memory_order_acquire) - tail;
	size_t n = held < size ? held : size;

	if (!atomic_load(&u->receiving))       /* the HAL was busy when it was asked */
		receive(u);
	for (size_t i = 0; i < n; i++)
		buf[i] = u->rx[(tail + i) % UART_RING_RX];
	atomic_store_explicit(&u->tail, tail + (uint32_t)n, memory_order_release);
	return n;
}

/* Without a DMA channel to spare: HAL_UART_Transmit_IT takes the same arguments. */
size_t uart_ring_write(struct uart_ring *u, const void *data, size_t len)
{
	uint16_t n = (uint16_t)(len < UART_RING_TX ? len : UART_RING_TX);

	if (n == 0 || atomic_load(&u->sending))
		return 0;
	memcpy(u->tx, data, n);
	atomic_store(&u->sending, true);
	if (HAL_UART_Transmit_DMA(u->huart, u->tx, n) == HAL_OK)
		return n;
	atomic_store(&u->sending, false);
	return 0;
}
