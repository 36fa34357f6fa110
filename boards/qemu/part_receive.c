/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU has no DMA on this machine: the modem's bytes come by the USART's interrupt,
 * as the console's do. */
#include "stm32f103/part.h"

void part_receive_start(struct uart *modem)
{
	uart_receive_start(modem);
}

void part_receive_look(struct uart *modem)
{
	uart_receive(modem);
}

size_t part_receive_read(struct uart *modem, uint8_t *buf, size_t size)
{
	return uart_read(modem, buf, size);
}
