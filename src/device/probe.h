/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.h - what else works?  When a socket to the server does not open, one
 * cause is told from the others by trying another name, another port of the same
 * host and another host by its address: evidence other_name, other_port,
 * other_host.
 *
 * It uses the device's link while the device waits, once a cause, and within
 * PROBE_MS; what it could not find out stays unknown.  No byte is sent over the
 * connections that it opens.
 */
#ifndef TERN_DEVICE_PROBE_H
#define TERN_DEVICE_PROBE_H

#include "base/err.h"
#include "base/evidence.h"
#include "base/link.h"

#include <stdbool.h>
#include <stdint.h>

enum { PROBE_MS = 120000 };

struct probe_config {
	struct link *link;
	const char  *host;         /* the server; borrowed */
	uint16_t     port;         /* that did not open */
	const char  *other_name;   /* a name that is known to exist: the time server's; borrowed */
	const char  *other_host;   /* an address literal of another host; borrowed; NULL: not tried */
	uint16_t     other_host_port;
};

struct probe {
	struct probe_config cfg;
	uint8_t  question;         /* the next one */
	bool     asked;            /* it is under way */
	bool     running;
	uint32_t end_ms;
};

/* WHY is what the failed open said: only questions that decide between its causes are asked.
 * False: none would. */
bool probe_begin(struct probe *p, const struct probe_config *cfg, enum err why, uint32_t now_ms);

/* True while it goes on; answers go into E at once. */
bool probe_step(struct probe *p, struct evidence *e, uint32_t now_ms);
bool probe_deadline(const struct probe *p, uint32_t *at_ms);
void probe_stop(struct probe *p, uint32_t now_ms);

#endif
