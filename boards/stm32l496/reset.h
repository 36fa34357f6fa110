/* SPDX-License-Identifier: Apache-2.0 */
/* reset.h - why the chip started, and starting it again. */
#ifndef TERN_STM32L496_RESET_H
#define TERN_STM32L496_RESET_H

#include "base/evidence.h"
#include "cortex_m/note.h"

#include <stdint.h>

/* Read the flags, with what the last run noted, then clear them for the next
 * time.  Call once, early. */
enum evidence_reset reset_take_cause(enum note note);

/* The rule: flags of RCC_CSR and the note to a cause. */
enum evidence_reset reset_cause(uint32_t csr, enum note note);

/* Watch the main loop: unless reset_watch() is called every 15 s (16.4 s
 * nominal; the LSI oscillator is within 7 %, data sheet 6.3.8) the chip starts
 * again. */
void reset_watch_start(void);
void reset_watch(void);

#endif
