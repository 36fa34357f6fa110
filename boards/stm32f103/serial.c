/* SPDX-License-Identifier: Apache-2.0 */
#include "stm32f103/serial.h"

#include "cortex_m/board.h"
#include "cortex_m/interrupts.h"
#include "stm32f103/part.h"
#include "stm32f103/vectors.h"

enum { BAUD = 115200 };

/* How long the main loop may be away at full rate (11.5 bytes a millisecond):
 * the modem's 2 KB are 178 ms, the console's 512 B are 44 ms, an erase (40 ms)
 * with a little to spare.  A flood beyond that needs flow control, or a sender
 * that waits for the prompt between objects. */
enum { MODEM_RX = 2048, MODEM_TX = 256, CONSOLE_RX = 512, CONSOLE_TX = 512 };

static uint8_t modem_rx[MODEM_RX], modem_tx[MODEM_TX], console_rx[CONSOLE_RX], console_tx[CONSOLE_TX];
static struct uart modem, console;

static const bool modem_flow = TERN_MODEM_FLOW;    /* the build's choice */

void serial_start(uint32_t pclk1_hz)
{
	io_set(&RCC->APB1ENR, RCC_APB1ENR_USART2EN | RCC_APB1ENR_USART3EN);
	ring_init(&modem.rx, modem_rx, MODEM_RX);
	ring_init(&modem.tx, modem_tx, MODEM_TX);
	ring_init(&console.rx, console_rx, CONSOLE_RX);
	ring_init(&console.tx, console_tx, CONSOLE_TX);
	uart_start(&modem, USART2, pclk1_hz, BAUD, modem_flow);
	uart_start(&console, USART3, pclk1_hz, BAUD, false);
	part_receive_start(&modem);
	uart_receive_start(&console);
	interrupt_enable(IRQ_USART2);
	interrupt_enable(IRQ_USART3);
}

void serial_tick(void)
{
	part_receive_look(&modem);
}

size_t serial_read(enum port_uart which, uint8_t *buf, size_t size)
{
	return which == PORT_MODEM ? part_receive_read(&modem, buf, size) : uart_read(&console, buf, size);
}

struct uart *serial_uart(enum port_uart which)
{
	return which == PORT_MODEM ? &modem : &console;
}

void USART2_IRQHandler(void)
{
	part_receive_look(&modem);
	uart_transmit(&modem);
}

void DMA1_Channel6_IRQHandler(void)
{
	part_receive_look(&modem);
}

void USART3_IRQHandler(void)
{
	uart_receive(&console);
	uart_transmit(&console);
}

void board_say(const char *text)
{
	struct bytes b = bytes_of(text);
	uint32_t primask = irq_mask();

	if (console.regs != NULL)
		uart_send_polled(&console, b.data, b.len);
	irq_restore(primask);
}
