/* SPDX-License-Identifier: Apache-2.0 */
/* The modem's bytes come by DMA. */
#include "stm32f103/dma_receive.h"
#include "stm32f103/part.h"

void part_receive_start(struct uart *modem)
{
	dma_receive_start(modem);
}

void part_receive_look(struct uart *modem)
{
	dma_receive_look(modem);
}

size_t part_receive_read(struct uart *modem, uint8_t *buf, size_t size)
{
	return dma_receive_read(modem, buf, size);
}
