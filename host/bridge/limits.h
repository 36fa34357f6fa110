/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits.h - what one address may cost: how many connections, how many bad
 * logins.
 *
 * Behind one address of a carrier stand thousands of devices, most of them good.
 * So an address is never shut out for what one of them does.  It has an
 * allowance of bad logins and failed handshakes, which fills steadily and by
 * every good login.  When it is used up, the address's new connections take
 * turns: one each LIMITS_TURN_MS, in the order in which they came; before its
 * turn a connection costs a descriptor and no arithmetic.  So a good device
 * among bad ones waits, at most LIMITS_WAIT_MS; and a flood costs the server a
 * hundred handshakes a second, however many it sends.  Only what would have to
 * wait longer is turned away.
 *
 * Pure: no sockets, no clock.  An IPv6 address counts by its /64.
 */
#ifndef TERN_BRIDGE_LIMITS_H
#define TERN_BRIDGE_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

enum {
	LIMITS_TURN_MS = 10,
	LIMITS_WAIT_MS = 10 * 1000,
	LIMITS_KNOWN_MAX = 65536     /* addresses remembered that have no connection; the oldest are forgotten first */
};

struct limits_config {
	uint32_t bad_per_minute;     /* the allowance, and by how much it fills in a minute; 0: no limit */
	uint32_t connections;        /* of one address at a time; 0: any */
};

/* An IPv6 address; IPv4 as ::ffff:a.b.c.d. */
struct limits_ip { uint8_t bytes[16]; };

struct limits;
struct limits_address;

struct limits *limits_new(const struct limits_config *cfg);    /* NULL: no memory */
void limits_free(struct limits *l);                            /* nobody is there any more */

enum limits_verdict { LIMITS_WELCOME, LIMITS_TOO_MANY, LIMITS_TOO_FAST, LIMITS_NO_MEMORY };

/* A connection of IP is there; it may begin at *TURN_MS.  WELCOME: *ADDRESS is to be given back by limits_leave(). */
enum limits_verdict limits_enter(struct limits *l, const struct limits_ip *ip, uint64_t now_ms,
				 struct limits_address **address, uint64_t *turn_ms);
void limits_leave(struct limits *l, struct limits_address *a, uint64_t now_ms);

/* A login was refused, or a handshake failed; a login was accepted. */
void limits_bad(struct limits *l, struct limits_address *a, uint64_t now_ms);
void limits_good(struct limits *l, struct limits_address *a, uint64_t now_ms);
bool limits_takes_turns(const struct limits *l, const struct limits_address *a, uint64_t now_ms);

#endif
