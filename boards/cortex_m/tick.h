/* SPDX-License-Identifier: Apache-2.0 */
/* tick.h - the core's timer: milliseconds, and a watch over the main loop. */
#ifndef TERN_CORTEX_M_TICK_H
#define TERN_CORTEX_M_TICK_H

#include <stdint.h>

/* Count milliseconds from now on; wraps.  The board's SysTick_Handler() calls
 * tick_count() each time. */
void tick_start(uint32_t hclk_hz);
void tick_count(void);
uint32_t tick_now_ms(void);

/* MS have passed in which the timer stood. */
void tick_advance(uint32_t ms);

/* The main loop goes round.  When it has not said so for TICK_STUCK_MS the run
 * ends as by a fault, which tells where it hangs. */
enum { TICK_STUCK_MS = 8000 };
void tick_alive(void);

#endif
