/* SPDX-License-Identifier: Apache-2.0 */
/*
 * serial.h - the board's two serial lines, 115200 8N1:
 *
 *   modem    USART2: TX PA2, RX PA3, with TERN_MODEM_FLOW also CTS PA0, RTS PA1
 *   console  USART3: TX PB10, RX PB11
 */
#ifndef TERN_STM32F103_SERIAL_H
#define TERN_STM32F103_SERIAL_H

#include "stm32f103/uart.h"

/* PCLK1_HZ feeds both.  The pins' clocks are on already. */
void serial_start(uint32_t pclk1_hz);

struct uart *serial_uart(enum port_uart which);

#endif
