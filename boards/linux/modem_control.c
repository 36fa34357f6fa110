/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/modem_control.h"

#include "base/ticks.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { RETRY_MS = 1000 };

static const char *dial(struct modem_control *c)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (strlen(c->path) >= sizeof addr.sun_path)
		return "is too long for the path of a socket";
	memcpy(addr.sun_path, c->path, strlen(c->path));
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd >= 0 && connect(c->fd, (const struct sockaddr *)&addr, sizeof addr) == 0)
		return NULL;
	int error = errno;

	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	return strerror(error);
}

/* A request that finds no room is not sent: the other end has not read for long. */
static void ask(struct modem_control *c, const char *request)
{
	size_t n = strlen(request);

	if (c->fd < 0 || n + 1 > sizeof c->out - c->out_len)
		return;
	memcpy(c->out + c->out_len, request, n);
	c->out[c->out_len + n] = '\n';
	c->out_len += n + 1;
}

static void say_line(struct modem_control *c, enum port_modem_line line)
{
	static const char *const names[] = {
		[PORT_MODEM_PWRKEY] = "pwrkey", [PORT_MODEM_RESET] = "reset", [PORT_MODEM_DTR] = "dtr",
	};
	char request[64];

	snprintf(request, sizeof request, "{\"cmd\":\"pins\",\"%s\":%s}", names[line],
		 c->line[line] ? "true" : "false");
	ask(c, request);
}

static void say_baud(struct modem_control *c)
{
	char request[64];

	snprintf(request, sizeof request, "{\"cmd\":\"line\",\"baud\":%u}", c->baud);
	if (c->baud != 0)
		ask(c, request);
}

static void greet(struct modem_control *c)
{
	c->out_len = c->in_len = 0;
	ask(c, "{\"cmd\":\"events\",\"on\":true}");
	for (unsigned line = 0; line < MODEM_CONTROL_LINES; line++)
		say_line(c, (enum port_modem_line)line);
	say_baud(c);
}

static void hear(struct modem_control *c, const char *line)
{
	if (strstr(line, "\"status\":\"on\"") != NULL)
		c->status = PORT_MODEM_ON;
	else if (strstr(line, "\"status\":\"off\"") != NULL)
		c->status = PORT_MODEM_OFF;
	else if (strstr(line, "\"ok\":false") != NULL)
		fprintf(stderr, "tern-device: modem control '%s': %s\n", c->path, line);
}

static void lose(struct modem_control *c, uint32_t now_ms)
{
	fprintf(stderr, "tern-device: modem control '%s' went away, trying again\n", c->path);
	close(c->fd);
	c->fd = -1;
	c->status = PORT_MODEM_UNKNOWN;
	c->retry_ms = now_ms + RETRY_MS;
}

static void flush(struct modem_control *c, uint32_t now_ms)
{
	ssize_t n = c->out_len > 0 ? send(c->fd, c->out, c->out_len, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;

	if (n > 0) {
		c->out_len -= (size_t)n;
		memmove(c->out, c->out + n, c->out_len);
	} else if (n < 0 && errno != EAGAIN && errno != EINTR) {
		lose(c, now_ms);
	}
}

/* A line that is longer than the buffer is none that matters here. */
static void take_lines(struct modem_control *c)
{
	char *end;

	while ((end = memchr(c->in, '\n', c->in_len)) != NULL) {
		size_t n = (size_t)(end - c->in) + 1;

		*end = '\0';
		hear(c, c->in);
		c->in_len -= n;
		memmove(c->in, c->in + n, c->in_len);
	}
	if (c->in_len == sizeof c->in)
		c->in_len = 0;
}

static void listen_to(struct modem_control *c, uint32_t now_ms)
{
	ssize_t n = recv(c->fd, c->in + c->in_len, sizeof c->in - c->in_len, MSG_DONTWAIT);

	if (n > 0) {
		c->in_len += (size_t)n;
		take_lines(c);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		lose(c, now_ms);
	}
}

bool modem_control_open(struct modem_control *c, const char *path, char *why, size_t why_size)
{
	const char *wrong;

	*c = (struct modem_control){ .path = path, .fd = -1 };
	c->line[PORT_MODEM_DTR] = true;
	if (path == NULL)
		return true;
	wrong = dial(c);
	if (wrong == NULL)
		greet(c);
	else
		snprintf(why, why_size, "modem control '%s': %s", path, wrong);
	return wrong == NULL;
}

void modem_control_line(struct modem_control *c, enum port_modem_line line, bool on)
{
	if (c->path == NULL || c->line[line] == on)
		return;
	c->line[line] = on;
	say_line(c, line);
}

void modem_control_baud(struct modem_control *c, uint32_t baud)
{
	c->baud = baud;
	say_baud(c);
}

void modem_control_step(struct modem_control *c, uint32_t now_ms)
{
	if (c->path == NULL)
		return;
	if (c->fd < 0 && ticks_reached(now_ms, c->retry_ms)) {
		if (dial(c) == NULL)
			greet(c);
		c->retry_ms = now_ms + RETRY_MS;
	}
	if (c->fd >= 0)
		flush(c, now_ms);
	if (c->fd >= 0)
		listen_to(c, now_ms);
}

bool modem_control_deadline(const struct modem_control *c, uint32_t *at_ms)
{
	*at_ms = c->retry_ms;
	return c->path != NULL && c->fd < 0;
}

short modem_control_poll_events(const struct modem_control *c)
{
	return (short)(c->out_len > 0 ? POLLIN | POLLOUT : POLLIN);
}
