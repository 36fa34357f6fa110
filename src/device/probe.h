/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.h - what else works?  When a socket to the server does not open, one
 * cause is told from the others by trying another name, another port of the same
 * host and another host by its address: evidence other_name, other_port,
 * other_host.
 *
 * It uses the device's link while the device waits, once a cause, and within
 * PROBE_MS; what it could not find out stays unknown.  No byte is sent over the
 * connections that it opens, and none is read: a name server and up to three hosts
 * see that this device connects, and that is all.  They are the configured ones,
 * port 443 (or 8883) of the server, and the host of the setting `probe`.
 */
#ifndef TERN_DEVICE_PROBE_H
#define TERN_DEVICE_PROBE_H

#include "base/err.h"
#include "base/evidence.h"
#include "base/link.h"

#include <stdbool.h>
#include <stdint.h>

enum { PROBE_MS = 120000, PROBE_ONE_MS = 40000, PROBE_ADDRESS_SIZE = 16 };

/* Where nothing is set. */
#define PROBE_NAME "example.com"    /* reserved (RFC 2606) and there for ever */
#define PROBE_HOST "1.1.1.1:443"    /* reached from nearly anywhere, by a short address */
#define PROBE_OFF  "off"

struct probe_config {
	struct link *link;         /* closed */
	const char  *host;         /* the server; borrowed */
	uint16_t     port;         /* that did not open */
	const char  *name;         /* that is known to exist, the time server's; borrowed; NULL or "": PROBE_NAME */
	const char  *elsewhere;    /* the setting `probe`; borrowed; NULL or "": PROBE_HOST; PROBE_OFF: ask nothing */
};

/* The members are probe.c's own. */
struct probe {
	struct probe_config cfg;
	uint8_t  todo;             /* questions left: a bit each */
	bool     asked;            /* the lowest of them is under way */
	uint32_t end_ms, one_end_ms;
};

/* The setting `probe`: an IPv4 address, and behind a colon a port unless that is 443.
 * False: TEXT is none. */
bool probe_address(struct bytes text, char address[PROBE_ADDRESS_SIZE], uint16_t *port);

/* WHY is what the failed open said: only questions that decide between its causes are asked.
 * False: none would, or nothing may be asked. */
bool probe_begin(struct probe *p, const struct probe_config *cfg, enum err why, uint32_t now_ms);

/* True while it goes on; answers go into E at once.  Afterwards the link is closed. */
bool probe_step(struct probe *p, struct evidence *e, uint32_t now_ms);

/* Call probe_step() then, or when the link has changed; false: it is over. */
bool probe_deadline(const struct probe *p, uint32_t *at_ms);

/* Before the link is used for something else.  Nothing if it is over. */
void probe_stop(struct probe *p, uint32_t now_ms);

#endif
