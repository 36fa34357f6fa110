/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pin_map.h - the pins of P-L496G-CELL02: the 32L496GDISCOVERY board (MB1261) and,
 * on its STMod+ connector, the BG96 adapter.
 *
 * Where a pin is was taken from, and found the same in:
 *   [X]  ST's X-CUBE-CELLULAR 6.0.1, project 32L496GDISCOVERY, Core/Inc/main.h
 *   [M]  Mbed OS, TARGET_DISCO_L496AG/PinNames.h and STMOD_CELLULAR/mbed_lib.json
 *   [Z]  Zephyr, boards/st/stm32l496g_disco
 *   [B]  ST's board support package, stm32l496g_discovery.c
 * Alternate function 7 is USART1 and USART2 on these pins (data sheet, table 17).
 *
 * What the adapter makes of a level, from [X]'s power-on and reset sequence for
 * the BG96 and [M]'s STModCellular.cpp: high on PWR_EN presses PWRKEY, high on
 * RST holds the modem in reset.  The modem's STATUS is not on the connector.
 * Not known for certain: that DTR goes to the modem as it is, so that low means
 * awake (BG96 Hardware Design 3.4.2); [X] drives it low and does not use it.
 *
 * The joystick's four directions and the other LEDs are not used.
 */
#ifndef TERN_STM32L496_PIN_MAP_H
#define TERN_STM32L496_PIN_MAP_H

#include "stm32l496/pins.h"

#include <stdint.h>

/* RM0351 8.5.1, 8.5.4 */
enum pin_mode { PIN_INPUT, PIN_OUTPUT, PIN_USART };
enum pin_pull { PIN_NO_PULL, PIN_PULL_UP, PIN_PULL_DOWN };

enum { FLOW = TERN_MODEM_FLOW, ESIM = TERN_MODEM_ESIM };    /* the build's choices */
#define CTS_MODE (FLOW ? PIN_USART : PIN_INPUT)
#define RTS_MODE (FLOW ? PIN_USART : PIN_OUTPUT)

static const struct pin_place {
	char          port;
	uint8_t       number;
	enum pin_mode mode;
	enum pin_pull pull;
	bool          inverted;    /* on is low */
	bool          on;          /* an output's first state */
} pin_map[PIN_COUNT] = {
	/*                   port  no. mode        pull           inverted on */
	[PIN_MODEM_TX]     = { 'B',  6, PIN_USART,  PIN_NO_PULL,   false,   false },  /* X M Z, STMod+ 2 */
	[PIN_MODEM_RX]     = { 'G', 10, PIN_USART,  PIN_PULL_UP,   false,   false },  /* X M Z, STMod+ 3 */
	/* Pulled down: a modem that does not drive it does not stop us. */
	[PIN_MODEM_CTS]    = { 'G', 11, CTS_MODE,   PIN_PULL_DOWN, false,   false },  /* X M, STMod+ 1 */
	/* Low also without flow control: a modem that remembers AT+IFC=2,2 waits for it. */
	[PIN_MODEM_RTS]    = { 'G', 12, RTS_MODE,   PIN_NO_PULL,   true,    true  },  /* X M, STMod+ 4 */
	[PIN_MODEM_PWRKEY] = { 'D',  3, PIN_OUTPUT, PIN_NO_PULL,   false,   false },  /* X M, STMod+ 9 */
	[PIN_MODEM_RESET]  = { 'B',  2, PIN_OUTPUT, PIN_NO_PULL,   false,   false },  /* X M, STMod+ 12 */
	[PIN_MODEM_DTR]    = { 'A',  0, PIN_OUTPUT, PIN_NO_PULL,   true,    true  },  /* X M, STMod+ 14 */
	/* Off, off: the card in the adapter's holder; on, off: the chip soldered to it (X, M). */
	[PIN_SIM_SELECT_0] = { 'C',  2, PIN_OUTPUT, PIN_NO_PULL,   false,   ESIM  },  /* X M, STMod+ 18 */
	[PIN_SIM_SELECT_1] = { 'I',  3, PIN_OUTPUT, PIN_NO_PULL,   false,   false },  /* X M, STMod+ 8 */
	[PIN_CONSOLE_TX]   = { 'A',  2, PIN_USART,  PIN_NO_PULL,   false,   false },  /* X M Z B */
	[PIN_CONSOLE_RX]   = { 'D',  6, PIN_USART,  PIN_PULL_UP,   false,   false },  /* X M Z B */
	[PIN_LED]          = { 'B', 13, PIN_OUTPUT, PIN_NO_PULL,   true,    false },  /* LD2, M B; Z: not inverted */
	[PIN_BUTTON]       = { 'C', 13, PIN_INPUT,  PIN_PULL_DOWN, false,   false },  /* joystick pressed, Z: sw0 */
};

#endif
