/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pin_map.h - every pin of the board, with where it comes from.
 *
 * The board is an STM32F103xG (LQFP64 and larger: only ports A and B are used)
 * beside a BG96.
 *   [DS]  data sheet of the STM32F103xF and xG, table "pin definitions"
 *   [RM]  RM0008 9.1.11: the mode that a peripheral wants of its pins
 *   [NU]  UM1724: the name of the pin on a Nucleo-64's connectors, whose layout
 *         this one follows.  There PA2 and PA3 lead to the ST-LINK until solder
 *         bridges are changed (UM1724, "USART communication").
 *   [HW]  Quectel BG96 Hardware Design, "pin description": the module's pin
 *
 * All lines of the module are of 1.8 V, those here of 3.3 V: nothing is wired
 * without something between.
 *
 *   TX RX CTS RTS   a level translator (Hardware Design, "UART interfaces")
 *   PWRKEY RESET_N  an open-collector transistor each: high here pulls the
 *                   module's pin low, which is "pressed" ("turn on module", "reset
 *                   the module")
 *   STATUS          an open-collector transistor, its base at the module: low here
 *                   while the module is on ("STATUS")
 *   DTR             the level translator: low is "stay awake" ("UART application")
 */
#ifndef TERN_STM32F103_PIN_MAP_H
#define TERN_STM32F103_PIN_MAP_H

#include "stm32f103/pins.h"
#include "stm32f103/registers.h"

enum { FLOW = TERN_MODEM_FLOW, LINES = TERN_MODEM_LINES };    /* the build's choices */

#define INPUT     GPIO_PULLED_INPUT
#define OUTPUT    GPIO_OUTPUT_2MHZ
#define ALTERNATE GPIO_ALTERNATE_2MHZ
#define RTS_MODE  (FLOW ? ALTERNATE : OUTPUT)

static const struct pin_place {
	struct gpio   *port;
	uint8_t        number;
	enum gpio_mode mode;
	bool           inverted;    /* on is low */
	bool           on;          /* an output's first state; an input's pull */
	bool           wired;
} pin_map[PIN_COUNT] = {
	/*                     port   no. mode       invert on      wired */
	[PIN_MODEM_TX]     = { GPIOA,  2, ALTERNATE, false, true,  true  },  /* DS USART2_TX, NU D1, HW RXD 34 */
	[PIN_MODEM_RX]     = { GPIOA,  3, INPUT,     false, true,  true  },  /* DS USART2_RX, NU D0, HW TXD 35 */
	/* Pulled down: a module that does not drive it does not stop us. */
	[PIN_MODEM_CTS]    = { GPIOA,  0, INPUT,     false, false, FLOW  },  /* DS USART2_CTS, NU A0, HW CTS 36 */
	/* Low also without flow control: a module that remembers AT+IFC=2,2 waits for it. */
	[PIN_MODEM_RTS]    = { GPIOA,  1, RTS_MODE,  true,  true,  true  },  /* DS USART2_RTS, NU A1, HW RTS 37 */
	[PIN_MODEM_PWRKEY] = { GPIOB,  5, OUTPUT,    false, false, LINES },  /* DS PB5, NU D4, HW PWRKEY 15 */
	[PIN_MODEM_RESET]  = { GPIOA,  8, OUTPUT,    false, false, LINES },  /* DS PA8, NU D7, HW RESET_N 17 */
	[PIN_MODEM_DTR]    = { GPIOA,  9, OUTPUT,    true,  true,  LINES },  /* DS PA9, NU D8, HW DTR 30 */
	[PIN_MODEM_STATUS] = { GPIOB,  6, INPUT,     true,  false, LINES },  /* DS PB6, NU D10, HW STATUS 20 */
	[PIN_CONSOLE_TX]   = { GPIOB, 10, ALTERNATE, false, true,  true  },  /* DS USART3_TX, NU D6 */
	[PIN_CONSOLE_RX]   = { GPIOB, 11, INPUT,     false, true,  true  },  /* DS USART3_RX, NU CN10 18 */
	[PIN_LED]          = { GPIOA,  5, OUTPUT,    false, false, true  },  /* DS PA5, NU LD2, D13 */
};

#undef INPUT
#undef OUTPUT
#undef ALTERNATE
#undef RTS_MODE

#endif
