/* SPDX-License-Identifier: Apache-2.0 */
/* serial.h - the board's two serial lines, 115200 8N1: the modem on USART1, the
 * console on USART2, which the ST-LINK shows to the PC as a serial port. */
#ifndef TERN_STM32L496_SERIAL_H
#define TERN_STM32L496_SERIAL_H

#include "stm32l496/uart.h"

/* HZ feeds both.  The pins are set up already. */
void serial_start(uint32_t hz);

struct uart *serial_uart(enum port_uart which);

#endif
