/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link.h - a byte stream to a host, whoever carries it.
 *
 * A modem's socket is a link, and so is a gateway's TCP socket.  No call
 * blocks.  The result of send is a sum, never "0 bytes, no error": that one
 * confusion turns a dead socket into an endless loop.
 *
 *   ERR_OK      *taken > 0: copied into the link's own buffer
 *   ERR_AGAIN   *taken = 0: no room now; ask again after the next step
 *   other       *taken = 0: the link is lost, and stays so until it is opened
 *               again.  The code says why; link_loss() says which layer.
 */
#ifndef TERN_BASE_LINK_H
#define TERN_BASE_LINK_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct link;

struct link_ops {
	enum err (*open)(struct link *l, const char *host, uint16_t port, uint32_t now_ms);
	enum err (*state)(const struct link *l);
	enum err (*send)(struct link *l, const uint8_t *data, size_t len, size_t *taken, uint32_t now_ms);
	enum err (*recv)(struct link *l, uint8_t *buf, size_t size, size_t *got, uint32_t now_ms);
	void     (*close)(struct link *l, uint32_t now_ms);
};

/* First member of whatever carries the link. */
struct link {
	const struct link_ops *ops;
};

/* Start to connect.  HOST is copied.  ERR_OK: under way, ask link_state().
 *   ERR_STATE  already open or opening       ERR_TOO_LONG  host name too long
 *   other      the carrier is not ready; the code says why */
MUST_CHECK static inline enum err link_open(struct link *l, const char *host, uint16_t port, uint32_t now_ms)
{
	return l->ops->open(l, host, port, now_ms);
}

/* ERR_OK: connected.  ERR_AGAIN: connecting.  ERR_STATE: never opened, or
 * closed by link_close().  Other: lost, and why.  A link whose other end has
 * closed stays ERR_OK until its unread bytes are read. */
MUST_CHECK static inline enum err link_state(const struct link *l)
{
	return l->ops->state(l);
}

/* Send up to LEN > 0 bytes; see the sum above. */
MUST_CHECK static inline enum err link_send(struct link *l, const uint8_t *data, size_t len, size_t *taken,
					    uint32_t now_ms)
{
	return l->ops->send(l, data, len, taken, now_ms);
}

/* Receive up to SIZE > 0 bytes.  ERR_OK: *got > 0.  ERR_AGAIN: none now.
 * Other: lost, after every byte that had arrived was given out. */
MUST_CHECK static inline enum err link_recv(struct link *l, uint8_t *buf, size_t size, size_t *got, uint32_t now_ms)
{
	return l->ops->recv(l, buf, size, got, now_ms);
}

/* Give the connection up.  Bytes not yet sent or read are dropped. */
static inline void link_close(struct link *l, uint32_t now_ms)
{
	l->ops->close(l, now_ms);
}

/* Which layer a lost link lost. */
enum link_loss {
	LINK_LOSS_CLOSED,       /* this connection only: open it again */
	LINK_LOSS_NET_DOWN,     /* the network under it: wait until it is back */
	LINK_LOSS_MODEM_DOWN    /* the carrier itself */
};

enum link_loss link_loss(enum err e);

#endif
