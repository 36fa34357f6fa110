/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modem_control.h - the modem's pins, where the modem is tern-modem: its control
 * socket takes PWRKEY, RESET and DTR, and tells STATUS.
 *
 * Nothing waits: what the socket does not take at once is sent later.  When it
 * goes away STATUS is unknown, and it is tried again every second.
 */
#ifndef TERN_BOARDS_LINUX_MODEM_CONTROL_H
#define TERN_BOARDS_LINUX_MODEM_CONTROL_H

#include "port.h"

enum { MODEM_CONTROL_LINES = PORT_MODEM_DTR + 1 };

struct modem_control {
	const char *path;                     /* borrowed; NULL: no modem of that kind */
	int      fd;                          /* -1: not connected */
	bool     line[MODEM_CONTROL_LINES];   /* as they are to be */
	uint32_t baud;                        /* of the host's line, 0 = nothing was said of it */
	enum port_modem_status status;
	uint32_t retry_ms;
	char     out[1024], in[512];
	size_t   out_len, in_len;
};

/* Connect to PATH (NULL: none).  False: WHY says what is wrong. */
bool modem_control_open(struct modem_control *c, const char *path, char *why, size_t why_size);

void modem_control_line(struct modem_control *c, enum port_modem_line line, bool on);

/* The host's end of a line that has no speed of its own (a socket) is set to BAUD. */
void modem_control_baud(struct modem_control *c, uint32_t baud);

/* Read, write, connect again. */
void modem_control_step(struct modem_control *c, uint32_t now_ms);
bool modem_control_deadline(const struct modem_control *c, uint32_t *at_ms);   /* false: when poll() says so */
short modem_control_poll_events(const struct modem_control *c);

#endif
