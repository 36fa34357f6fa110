/* SPDX-License-Identifier: Apache-2.0 */
/* reset.h - why the chip started, and starting it again. */
#ifndef TERN_STM32F103_RESET_H
#define TERN_STM32F103_RESET_H

#include <stdint.h>

/* A note in RAM that a reset does not clear, for what RCC_CSR cannot tell (and
 * for QEMU, which has no RCC_CSR). */
enum reset_note {
	RESET_NOTE_NONE,
	RESET_NOTE_RUNNING,      /* it ran, and did not end by itself */
	RESET_NOTE_RESTART,      /* port_reset() */
	RESET_NOTE_FAULT
};

void reset_note(enum reset_note note);

/* Read the flags and the note, then clear both for the next time.  Call once,
 * early.  A static string. */
const char *reset_take_cause(void);

/* The rule: flags of RCC_CSR and the note to a word. */
const char *reset_cause(uint32_t csr, enum reset_note note);

/* Watch the main loop: unless reset_watch() is called every 17 s (26 s nominal,
 * but the LSI oscillator is coarse) the chip starts again. */
void reset_watch_start(void);
void reset_watch(void);

#endif
