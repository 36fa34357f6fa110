/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - every byte of the line, as a person reads it.
 *
 *   12.345678 <- AT+QISEND=0,12\r
 *   12.345921 -> \r\n>
 *   12.346100 <- 12 bytes
 *                16 03 03 00 07 0b 00 00 03 00 00 00              ............
 *   12.346151 -> \r\nSEND OK\r\n
 *   12.346301 -- socket: 0 ended by its peer
 *
 * "<-" came from the host.  A line ends at the end of a line of text, when the
 * other side speaks, or after 50 ms of silence.  Payloads are recognised by
 * AT+QISEND and its prompt, and by +QIRD; other bytes that are no text are
 * written \x1a.
 */
#ifndef TERN_VIRTUAL_MODEM_LOG_H
#define TERN_VIRTUAL_MODEM_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum log_side { LOG_UP, LOG_DOWN };

struct log {
	FILE    *file;             /* NULL: nothing is written */
	int64_t  start_us, line_us, last_us;
	enum log_side side;
	bool     binary;
	uint8_t  line[2048];
	size_t   len;
	size_t   left[2];          /* bytes of payload still to come */
	size_t   announced;        /* by the last AT+QISEND, until its prompt */
};

/* PATH, or "-" for stderr, or NULL.  False, and errno. */
bool log_open(struct log *l, const char *path);
void log_bytes(struct log *l, enum log_side side, const uint8_t *data, size_t len);
void log_note(struct log *l, const char *topic, const char *text);
void log_idle(struct log *l);          /* writes what has waited for 50 ms */
void log_close(struct log *l);

#endif
