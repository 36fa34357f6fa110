/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net.h - does on this machine's network what the modem's sockets ask for.
 *
 * Where a connection may lead: where --map says; else to addresses on loopback;
 * else, with --allow-network, anywhere.  Nothing here blocks: names are looked
 * up in threads.
 */
#ifndef TERN_VIRTUAL_MODEM_NET_H
#define TERN_VIRTUAL_MODEM_NET_H

#include "virtual_modem/loop.h"
#include "virtual_modem/modem.h"
#include "virtual_modem/options.h"

enum { NET_PARTING = 32, NET_LOOKUPS = 16 };

struct net;

struct net_socket {
	struct watch watch;
	struct net  *net;
	int      id;
	unsigned generation;      /* of its use: answers of older lookups are dropped */
	uint16_t port;
	bool     connecting, want_write;
	size_t   unsent;
};

/* What was closed in order, until the peer has closed too. */
struct net_parting {
	struct watch watch;
	struct net  *net;
	uint32_t     until_ms;
};

struct net {
	struct loop  *loop;
	struct modem *modem;
	const struct options *options;
	uint32_t    (*now_ms)(void);
	/* something that the user should know */
	void        (*warn)(const char *text);
	struct net_socket  socket[MODEM_SOCKETS];
	struct net_parting parting[NET_PARTING];
	struct watch lookups;     /* the pipe on which threads answer */
	int      lookup_fd;
	int      looking;         /* threads at work */

	struct watch ping;
	int      ping_ticket;     /* 0 = none under way */
	uint32_t ping_sent_ms, ping_until_ms;
	char     ping_address[16];
};

/* False, and errno. */
bool net_init(struct net *n);
/* Carry out OPEN, DATA, CLOSE, RESOLVE or PING. */
void net_event(struct net *n, const struct modem_event *ev);
/* Tell the modem what its peers have not acknowledged. */
void net_count_unsent(struct net *n);
/* After the events: which sockets are to be read. */
void net_refresh(struct net *n);
/* Time-outs of its own; false: none. */
bool net_deadline(const struct net *n, uint32_t *at_ms);
void net_step(struct net *n);
void net_close(struct net *n);

#endif
