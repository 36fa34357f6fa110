/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stop.h - Stop mode (RM0008 5.3.5): the core and all clocks rest but LSE's and
 * the watchdog's, RAM and registers stay; some 20 uA instead of milliamperes.
 *
 * No USART hears anything meanwhile.  So it is entered only while STATUS says that
 * the modem is off and nobody has typed for a while; the first byte typed wakes the
 * chip and is lost itself.  The alarm of the clock, which must count LSE, wakes it
 * before the watchdog does.
 *
 * An option of the build (TERN_STOP), off unless asked for: nothing of it can be
 * tried in QEMU, and a board that does not come back out of Stop mode is a visit
 * to the site.  Try it on silicon first.
 */
#ifndef TERN_STM32F103_STOP_H
#define TERN_STM32F103_STOP_H

#include <stdbool.h>
#include <stdint.h>

enum { STOP_LEAST_MS = 2000, STOP_MOST_MS = 7000 };    /* the watchdog comes after 10 s at the earliest */

/* With interrupts masked: rest for MS, at least STOP_LEAST_MS, or until a byte
 * comes on the console.  Returns how long it was, 1 at least: the core runs from
 * HSI then, call clock_start().  0: it did not rest, since the clock does not
 * count LSE. */
uint32_t stop_for(uint32_t ms);

#endif
