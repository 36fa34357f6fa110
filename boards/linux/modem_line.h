/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modem_line.h - the line to the modem: a serial port or pty, a unix socket, or
 * TCP.
 *
 * It behaves as a UART does: while nobody is at the other end, what is sent is
 * lost and nothing arrives.  The line is tried again, first after 100 ms, then
 * at doubling intervals of at most 5 s.
 */
#ifndef TERN_BOARDS_LINUX_MODEM_LINE_H
#define TERN_BOARDS_LINUX_MODEM_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum modem_line_state { MODEM_LINE_DOWN, MODEM_LINE_CONNECTING, MODEM_LINE_UP };

struct modem_line {
	const char *spec;                /* borrowed */
	bool     flow_control;
	bool     tcp;
	bool     full;                   /* the last write was not taken whole */
	int      fd;                     /* -1 when down */
	enum modem_line_state state;
	uint32_t retry_at_ms, backoff_ms, up_since_ms;
	uint32_t lost;                   /* bytes sent to nobody */
	uint32_t baud;                   /* of a serial line */
	struct sockaddr_storage addr;    /* TCP: resolved once */
	socklen_t addr_len;
};

/* Open the line SPEC names: PATH or tcp:HOST:PORT.  The other end must be there
 * now.  False: WHY says what is wrong. */
bool modem_line_open(struct modem_line *m, const char *spec, bool flow_control, char *why, size_t why_size);

/* Set the speed of a serial line, after what was written has left; a socket has
 * none.  False, and nothing changed: the line cannot. */
bool modem_line_baud(struct modem_line *m, uint32_t baud);
bool modem_line_is_serial(const struct modem_line *m);

/* Bytes that have arrived, at most SIZE; how many were taken of LEN. */
size_t modem_line_read(struct modem_line *m, uint8_t *buf, size_t size, uint32_t now_ms);
size_t modem_line_write(struct modem_line *m, const uint8_t *data, size_t len, uint32_t now_ms);

/* Try again when it is time.  Says on standard error when the line is lost and
 * when it is back. */
void modem_line_step(struct modem_line *m, uint32_t now_ms);

/* When modem_line_step() has something to do; false: when poll() says so. */
bool modem_line_deadline(const struct modem_line *m, uint32_t *at_ms);

/* What to poll for: POLLIN and POLLOUT of m->fd, 0 when down. */
short modem_line_poll_events(const struct modem_line *m);

#endif
