/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault.h - the program's last words: what happened, where, the registers.
 *
 *   fault: read or write not allowed at 0x00000010, pc 0x08000432, lr 0x0800042f
 *   fault: exception 4 sp 0x20000fa8 xpsr 0x61000000 cfsr 0x00000082 hfsr ... mmfar ... bfar ...
 *
 * They stand in memory that a reset leaves alone, for the next run to tell.
 */
#ifndef TERN_CORTEX_M_FAULT_H
#define TERN_CORTEX_M_FAULT_H

#include "cortex_m/note.h"

#include <stdint.h>

/* From fault_entry(): the value of LR, which tells the stack in use, and both
 * stack pointers. */
_Noreturn void fault_report(uint32_t exc_return, uint32_t psp, uint32_t msp);

/* From the tick's interrupt: the main loop does not come back. */
_Noreturn void fault_stuck(void);

/* Told once, early: how the run before this one ended. */
void fault_take(enum note last_run);

/* The first line, without "fault: ", if a fault ended the run before this one;
 * "" if there was none. */
const char *fault_last(void);

#endif
