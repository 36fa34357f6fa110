/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor_net.h - names, TCP connections and the time as this computer gets them,
 * each within a time limit: a `link` for the device's own modules, and what was
 * learnt on the way.
 *
 * Errors are those that a modem's link has (err.h), so that the rules of the
 * diagnosis apply.
 */
#ifndef TERN_CLI_DOCTOR_NET_H
#define TERN_CLI_DOCTOR_NET_H

#include "base/link.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

enum {
	DOCTOR_NET_MAPS = 32,
	DOCTOR_NET_ADDRESSES = 8,
	DOCTOR_NET_HOST = 256,
	DOCTOR_NET_TEXT = 80,
	DOCTOR_NET_WHY = 200,
	DOCTOR_NET_LOOKUP_MS = 10000,
	DOCTOR_NET_CONNECT_MS = 20000
};

struct doctor_net_address {
	struct sockaddr_storage to;
	socklen_t len;
};

/* NAME:PORT is reached at TO: for servers in a lab, whose certificates are for a
 * name that no name server knows. */
struct doctor_net_map {
	char     name[DOCTOR_NET_HOST];
	uint16_t port;
	struct doctor_net_address to;
};

struct doctor_net {
	struct doctor_net_map map[DOCTOR_NET_MAPS];
	size_t maps;
};

/* "NAME:PORT=ADDRESS:PORT", the address a number.  Other ports of NAME are reached at the address of its first
 * map.  False: WHY. */
bool doctor_net_add(struct doctor_net *n, const char *spec, char why[DOCTOR_NET_WHY]);

/*
 *   CLOSED -> LOOKUP -> CONNECT -> OPEN
 *                 \________\________\___> LOST, with the first cause, until link_close()
 */
enum doctor_net_state { DOCTOR_NET_CLOSED, DOCTOR_NET_LOOKUP, DOCTOR_NET_CONNECT, DOCTOR_NET_OPEN, DOCTOR_NET_LOST };

struct doctor_net_lookup;

struct doctor_net_tcp {
	struct link link;              /* first */
	const struct doctor_net *net;
	enum doctor_net_state state;
	enum err why;
	int      fd;
	uint16_t port;
	struct doctor_net_lookup *lookup;
	struct doctor_net_address address[DOCTOR_NET_ADDRESSES];
	size_t   addresses, at;        /* AT: the one that is tried */
	uint32_t began_ms, limit_ms;   /* of the state */
	bool     resolved, mapped, literal;
	uint32_t lookup_ms, connect_ms;
	int      gai, error;           /* EAI_... of the lookup; errno of the last try */
	uint32_t bytes_in, bytes_out;
	char     reached[DOCTOR_NET_TEXT];   /* "192.0.2.1:8883": OPEN, or tried last */
};

void doctor_net_init(struct doctor_net_tcp *t, const struct doctor_net *net);

/* Lookups and connections that are under way: at the latest at the deadline. */
void doctor_net_step(struct doctor_net_tcp *t, uint32_t now_ms);
bool doctor_net_deadline(const struct doctor_net_tcp *t, uint32_t *at_ms);

/* What to poll for; *FD is -1 when nothing is. */
short doctor_net_poll(const struct doctor_net_tcp *t, int *fd);

/* "192.0.2.1", "[2001:db8::1]" of all addresses found, with ", " between. */
void doctor_net_list(const struct doctor_net_tcp *t, char *out, size_t size);

/* In words, of a lost one: "connection refused". */
const char *doctor_net_error(const struct doctor_net_tcp *t);

/* What the time server NAME says (RFC 5905, SNTP), within LIMIT_MS.  False: WHY. */
bool doctor_net_time(const struct doctor_net *n, const char *name, uint32_t limit_ms, int64_t *unix_s,
		     char why[DOCTOR_NET_WHY]);

/* Is the system's clock kept right by a time server, as the kernel knows? */
bool doctor_net_synchronised(void);

/* Monotonic. */
uint32_t doctor_net_now(void);

#endif
