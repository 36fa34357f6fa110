/* SPDX-License-Identifier: Apache-2.0 */
/* reset.h - why the chip started, and starting it again. */
#ifndef TERN_STM32F103_RESET_H
#define TERN_STM32F103_RESET_H

#include "base/evidence.h"
#include "cortex_m/note.h"

#include <stdbool.h>
#include <stdint.h>

/* The chip was without power before this run. */
bool reset_power_on(void);

/* Read the flags, with what the last run noted, then clear them for the next
 * time.  Call once, early. */
enum evidence_reset reset_take_cause(enum note note);

/* The rule: flags of RCC_CSR and the note to a cause. */
enum evidence_reset reset_cause(uint32_t csr, enum note note);

/* Watch the main loop, in case that the tick (cortex_m/tick.h), which does it too
 * and says more, has died as well: unless reset_watch() is called every 10 s the
 * chip starts again; at the latest after 20 s, for the LSI oscillator is coarse. */
void reset_watch_start(void);
void reset_watch(void);

#endif
