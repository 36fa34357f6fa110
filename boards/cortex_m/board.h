/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board.h - what a board gives to the parts that it shares with others.
 *
 * boards/cortex_m is what every ARMv7-M chip has in common: from the reset
 * vector to main(), the tick, faults and what is remembered of them, memory
 * protection, the byte rings.  A board adds its own vector table, its linker
 * script's sizes and addresses, and the functions below.
 */
#ifndef TERN_CORTEX_M_BOARD_H
#define TERN_CORTEX_M_BOARD_H

/* The board's own words on the console: polled, so that they come out whatever
 * happens next; in a fault nothing else works any more.  Every wait is bounded.
 * Lines end in "\r\n".  Says nothing before the console is up. */
void board_say(const char *text);

/* The end of the program, on purpose (0), by main()'s choice or by a fault
 * (BOARD_FAULT): a chip restarts, QEMU ends with that exit status. */
enum { BOARD_FAULT = 99 };
_Noreturn void board_exit(int status);

#endif
