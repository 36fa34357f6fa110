/* SPDX-License-Identifier: Apache-2.0 */
#include "virtual_modem/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <unistd.h>

bool loop_init(struct loop *l)
{
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	return l->epoll_fd >= 0;
}

void loop_want(struct loop *l, struct watch *w, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = w };
	int op = w->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;

	if (w->fd < 0 || events == w->events)
		return;
	if (events == 0)
		op = EPOLL_CTL_DEL;
	epoll_ctl(l->epoll_fd, op, w->fd, &ev);
	w->events = events;
}

void loop_close(struct loop *l, struct watch *w)
{
	if (w->fd < 0)
		return;
	loop_want(l, w, 0);
	close(w->fd);
	w->fd = -1;
}

int loop_run(struct loop *l, int timeout_ms)
{
	struct epoll_event events[32];
	int n = epoll_wait(l->epoll_fd, events, sizeof events / sizeof events[0], timeout_ms);

	for (int i = 0; i < n; i++) {
		struct watch *w = events[i].data.ptr;

		if (w->fd >= 0)
			w->ready(w, events[i].events);
	}
	return n;
}
