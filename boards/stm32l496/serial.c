/* SPDX-License-Identifier: Apache-2.0 */
#include "stm32l496/serial.h"

#include "cortex_m/board.h"
#include "cortex_m/interrupts.h"
#include "stm32l496/part.h"
#include "stm32l496/vectors.h"

#include "base/bytes.h"

enum { BAUD = 115200 };

/* How long the main loop may be away at full rate (11.5 bytes a millisecond): of
 * the modem's 4 KB half is held for certain (uart.h), 178 ms; the console's 512 B
 * are 44 ms, an erase (25 ms) with something to spare. */
enum { MODEM_RX = 4096, MODEM_TX = 256, CONSOLE_RX = 512, CONSOLE_TX = 512 };

/* RM0351 11.4.4, table 44: channel 5 of DMA1 serves USART1's receiver on request 2. */
enum { MODEM_DMA_CHANNEL = 5, MODEM_DMA_REQUEST = 2 };

static uint8_t modem_rx[MODEM_RX], modem_tx[MODEM_TX], console_rx[CONSOLE_RX], console_tx[CONSOLE_TX];
static struct uart modem, console;

static const bool modem_flow = TERN_MODEM_FLOW;    /* the build's choice */

static void route_dma(void)
{
	io_set(&RCC->AHB1ENR, RCC_AHB1ENR_DMA1EN);
	io_write(&DMA1->CSELR, DMA_CSELR(MODEM_DMA_CHANNEL, MODEM_DMA_REQUEST));
	modem.dma = &DMA1->CHANNEL[MODEM_DMA_CHANNEL - 1];
	interrupt_enable(IRQ_DMA1_CHANNEL5);
}

void serial_start(uint32_t hz)
{
	io_set(&RCC->APB1ENR1, RCC_APB1ENR1_USART2EN);
	io_set(&RCC->APB2ENR, RCC_APB2ENR_USART1EN);
	ring_init(&modem.rx, modem_rx, MODEM_RX);
	ring_init(&modem.tx, modem_tx, MODEM_TX);
	ring_init(&console.rx, console_rx, CONSOLE_RX);
	ring_init(&console.tx, console_tx, CONSOLE_TX);
	modem.regs = USART1;
	console.regs = USART2;
	modem.clock_hz = console.clock_hz = hz;
	if (part_has_dma)
		route_dma();
	uart_start(&modem, BAUD, modem_flow);
	uart_start(&console, BAUD, false);
	interrupt_enable(IRQ_USART1);
	interrupt_enable(IRQ_USART2);
}

struct uart *serial_uart(enum port_uart which)
{
	return which == PORT_MODEM ? &modem : &console;
}

void DMA1_Channel5_IRQHandler(void)
{
	io_write(&DMA1->IFCR, DMA_IFCR_ALL(MODEM_DMA_CHANNEL));
	uart_dma_irq(&modem);
}

void USART1_IRQHandler(void)
{
	uart_irq(&modem);
}

void USART2_IRQHandler(void)
{
	uart_irq(&console);
}

void board_say(const char *text)
{
	struct bytes b = bytes_of(text);
	uint32_t primask = irq_mask();

	if (console.regs != NULL)
		uart_send_polled(&console, b.data, b.len);
	irq_restore(primask);
}
