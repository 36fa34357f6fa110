/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop.h - epoll with one function a descriptor.
 *
 * A watch belongs to its user and stays where it is while it is added.  Its
 * function may be called for an event of a descriptor that was closed in the
 * same round: descriptors do not block, so that is harmless.
 */
#ifndef TERN_VIRTUAL_MODEM_LOOP_H
#define TERN_VIRTUAL_MODEM_LOOP_H

#include <stdint.h>

struct watch {
	int      fd;         /* -1 = none: its function is not called */
	uint32_t events;     /* of EPOLLIN and EPOLLOUT, as they are waited for */
	void   (*ready)(struct watch *w, uint32_t events);
	void    *owner;
};

struct loop {
	int epoll_fd;
};

/* False, and errno. */
_Bool loop_init(struct loop *l);
/* Wait for EVENTS from now on; 0 = for nothing, not even a hang-up. */
void loop_want(struct loop *l, struct watch *w, uint32_t events);
/* Wait for nothing, and close the descriptor. */
void loop_close(struct loop *l, struct watch *w);
/* One round: wait at most TIMEOUT_MS (-1 = for ever) and call; how many were called. */
int loop_run(struct loop *l, int timeout_ms);

#endif
