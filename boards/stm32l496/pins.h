/* SPDX-License-Identifier: Apache-2.0 */
/* pins.h - the board's pins by what they are for; where they are says pin_map.h. */
#ifndef TERN_STM32L496_PINS_H
#define TERN_STM32L496_PINS_H

#include <stdbool.h>

enum pin {
	PIN_MODEM_TX, PIN_MODEM_RX, PIN_MODEM_CTS, PIN_MODEM_RTS,
	PIN_MODEM_PWRKEY, PIN_MODEM_RESET, PIN_MODEM_DTR,
	PIN_SIM_SELECT_0, PIN_SIM_SELECT_1,
	PIN_CONSOLE_TX, PIN_CONSOLE_RX,
	PIN_LED, PIN_BUTTON,
	PIN_COUNT
};

/* Clock all ports, supply port G, set every pin. */
void pins_start(void);

/* Drive an output by its meaning: on is what its name says. */
void pin_write(enum pin pin, bool on);

/* An input, by its meaning likewise. */
bool pin_read(enum pin pin);

#endif
