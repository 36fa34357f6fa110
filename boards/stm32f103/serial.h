/* SPDX-License-Identifier: Apache-2.0 */
/*
 * serial.h - the board's two serial lines, 115200 8N1: USART2 leads to the modem,
 * USART3 to the console (pin_map.h).
 */
#ifndef TERN_STM32F103_SERIAL_H
#define TERN_STM32F103_SERIAL_H

#include "stm32f103/uart.h"

/* PCLK1_HZ feeds both.  The pins are set already. */
void serial_start(uint32_t pclk1_hz);

struct uart *serial_uart(enum port_uart which);
size_t serial_read(enum port_uart which, uint8_t *buf, size_t size);

/* Every millisecond. */
void serial_tick(void);

#endif
