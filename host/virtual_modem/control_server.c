/* SPDX-License-Identifier: Apache-2.0 */
#include "virtual_modem/control_server.h"

#include "virtual_modem/hostline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static void leave(struct control_client *c)
{
	loop_close(c->server->loop, &c->watch);
	free(c->out);
	c->out = NULL;
	c->out_len = c->in_len = 0;
	c->events = c->skipping = false;
}

static void flush(struct control_client *c)
{
	ssize_t n = send(c->watch.fd, c->out, c->out_len, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		leave(c);
		return;
	}
	if (n > 0) {
		c->out_len -= (size_t)n;
		memmove(c->out, c->out + n, c->out_len);
	}
	loop_want(c->server->loop, &c->watch, c->out_len > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

/* A client that does not read is let go, so that it costs nobody else. */
static void say(struct control_client *c, char *line)
{
	size_t n = line != NULL ? strlen(line) : 0;
	char *out = n > 0 && c->out_len + n < CONTROL_OUT_MAX ? realloc(c->out, c->out_len + n + 1) : NULL;

	if (out != NULL) {
		memcpy(out + c->out_len, line, n);
		out[c->out_len + n] = '\n';
		c->out = out;
		c->out_len += n + 1;
	}
	free(line);
	if (out != NULL)
		flush(c);
	else
		leave(c);
}

static void on_line(struct control_client *c, const char *line, size_t len)
{
	struct control_server *s = c->server;

	if (len > 0 && line[len - 1] == '\r')
		len--;
	if (len > 0)
		say(c, control_run(s->modem, line, len, s->now_ms(), &c->events));
}

/* The bytes of IN up to the last end of line. */
static void take_lines(struct control_client *c)
{
	char *end;

	while (c->watch.fd >= 0 && (end = memchr(c->in, '\n', c->in_len)) != NULL) {
		size_t len = (size_t)(end - c->in);

		if (!c->skipping)
			on_line(c, c->in, len);
		if (c->watch.fd < 0)
			return;
		c->skipping = false;
		c->in_len -= len + 1;
		memmove(c->in, end + 1, c->in_len);
	}
	if (c->in_len == sizeof c->in) {
		if (!c->skipping)
			on_line(c, c->in, c->in_len);        /* refused for its length */
		c->skipping = true;
		c->in_len = 0;
	}
}

static void client_ready(struct watch *w, uint32_t events)
{
	struct control_client *c = w->owner;
	ssize_t n;

	if (events & EPOLLOUT)
		flush(c);
	if (w->fd < 0 || !(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		return;
	n = recv(w->fd, c->in + c->in_len, sizeof c->in - c->in_len, 0);
	if (n > 0) {
		c->in_len += (size_t)n;
		take_lines(c);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		leave(c);
	}
}

static void listener_ready(struct watch *w, uint32_t events)
{
	struct control_server *s = w->owner;
	int fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	for (size_t i = 0; fd >= 0 && i < CONTROL_CLIENTS; i++) {
		if (s->client[i].watch.fd >= 0)
			continue;
		s->client[i].watch.fd = fd;
		loop_want(s->loop, &s->client[i].watch, EPOLLIN);
		return;
	}
	if (fd >= 0)
		close(fd);
}

bool control_server_open(struct control_server *s, const char *path)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		s->client[i] = (struct control_client){
			.watch = { .fd = -1, .ready = client_ready, .owner = &s->client[i] }, .server = s };
	s->listener = (struct watch){ .fd = -1, .ready = listener_ready, .owner = s };
	if (path == NULL)
		return true;
	s->listener.fd = hostline_listen_unix("control", path);
	if (s->listener.fd < 0)
		return false;
	s->path = path;
	loop_want(s->loop, &s->listener, EPOLLIN);
	return true;
}

void control_server_note(struct control_server *s, const char *topic, const char *text)
{
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (s->client[i].watch.fd >= 0 && s->client[i].events)
			say(&s->client[i], control_event(topic, text, s->now_ms()));
}

void control_server_close(struct control_server *s)
{
	if (s->listener.ready == NULL)      /* never opened */
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS; i++)
		if (s->client[i].watch.fd >= 0)
			leave(&s->client[i]);
	loop_close(s->loop, &s->listener);
	if (s->path != NULL)
		unlink(s->path);
}
