/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.h - the image that tries a port, piece by piece.
 *
 * The console takes one command a line, a name and decimal numbers; the answer
 * is lines "name value" and, last, "ok".  The image only does and measures: what
 * is right is known to tools/test_port.py.
 */
#ifndef TERN_PORT_TEST_PROBE_H
#define TERN_PORT_TEST_PROBE_H

#include "port.h"

enum { PROBE_ARGS = 4 };

/* One function a command; ARG holds its numbers, 0 where the line had none. */
typedef void probe_command(const uint32_t arg[PROBE_ARGS]);

/* lines.c: LEN bytes of the pattern SEED (pattern.h) over a UART */
probe_command lines_loop;        /* LEN SEED      out on the modem's line, and what comes back */
probe_command lines_sink;        /* LEN SEED      in on the console */
probe_command lines_source;      /* LEN SEED      out on the console, after a line "data" */
probe_command lines_away;        /* MS LEN SEED   in on the modem's line, read only after MS */
probe_command lines_baud;        /* BAUD */
probe_command lines_faults;      /* UART */

/* time.c */
probe_command time_now;
probe_command time_steps;        /* MS            what the counter does meanwhile */
probe_command time_idle;         /* MS            sleep until then */
probe_command time_past;         /* MS            sleep until a time so long ago */
probe_command time_wake;         /* UART MS       sleep until a byte comes, at most MS */

/* pages.c: addresses of port_flash(); pages of the stores are refused */
probe_command pages_shape;
probe_command pages_erase;       /* ADDR */
probe_command pages_program;     /* ADDR LEN SEED OFFSET, of the data in memory */
probe_command pages_read;        /* ADDR LEN OFFSET */

/* noise.c */
probe_command noise_gather;      /* SOURCE N */
probe_command noise_memory;      /* SIZE */

/* board.c */
probe_command board_facts;
probe_command board_id;          /* SIZE */
probe_command board_clock;
probe_command board_clock_set;   /* UNIX_S */
probe_command board_last_fault;
probe_command board_retain;      /* SEED */
probe_command board_retained;    /* SEED */
probe_command board_modem;
probe_command board_reset;
probe_command board_fault;
probe_command board_hang;

#endif
