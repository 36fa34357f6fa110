/* SPDX-License-Identifier: Apache-2.0 */
/* pins.h - the board's pins by what they are for; where they are says pin_map.h. */
#ifndef TERN_STM32F103_PINS_H
#define TERN_STM32F103_PINS_H

#include <stdbool.h>

enum pin {
	PIN_MODEM_TX, PIN_MODEM_RX, PIN_MODEM_CTS, PIN_MODEM_RTS,
	PIN_MODEM_PWRKEY, PIN_MODEM_RESET, PIN_MODEM_DTR, PIN_MODEM_STATUS,
	PIN_CONSOLE_TX, PIN_CONSOLE_RX,
	PIN_LED,
	PIN_COUNT
};

/* Clock the ports, set every pin that is wired. */
void pins_start(void);

/* Whether it is wired, by the build's choice, and took its setting: QEMU has no pins. */
bool pin_present(enum pin pin);

/* By their meaning: on is what the name says. */
void pin_write(enum pin pin, bool on);
bool pin_read(enum pin pin);

#endif
