/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/journal.h"

#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { OUT_SIZE = 65536, OUT_LINE = 10240 };

struct journal_out {
	int      fd;
	bool     json, terminal, is_socket;
	uint64_t left_out;
	size_t   len;
	char     buf[OUT_SIZE];
};

struct journal_out *journal_out_open(int fd, bool json)
{
	struct journal_out *o = calloc(1, sizeof *o);
	int type;
	socklen_t len = sizeof type;

	if (o == NULL)
		return NULL;
	o->fd = fd;
	o->json = json;
	o->terminal = isatty(fd) && getenv("NO_COLOR") == NULL;
	o->is_socket = getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0;
	return o;
}

/* Without waiting, and without O_NONBLOCK, which would be everybody's who shares the descriptor: what poll()
 * lets pass of a pipe, PIPE_BUF bytes, does not block. */
static ssize_t write_now(const struct journal_out *o, const char *data, size_t len)
{
	struct pollfd p = { .fd = o->fd, .events = POLLOUT };

	if (o->is_socket)
		return send(o->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (poll(&p, 1, 0) != 1 || (p.revents & POLLOUT) == 0)
		return -1;
	return write(o->fd, data, len > PIPE_BUF ? PIPE_BUF : len);
}

void journal_out_flush(struct journal_out *o)
{
	size_t done = 0;
	ssize_t n;

	while (done < o->len && (n = write_now(o, o->buf + done, o->len - done)) > 0)
		done += (size_t)n;
	memmove(o->buf, o->buf + done, o->len - done);
	o->len -= done;
}

/* "08:15:00 pump-7 CONNECT: …", local time: for somebody who sits before it. */
static int plain_line(const struct journal_out *o, char *line, const struct journal_line *from)
{
	time_t s = (time_t)(from->at_ms / 1000);
	bool red = o->terminal && from->severity == REGISTRY_LEVEL_ERROR;
	char at[16];
	struct tm tm;

	localtime_r(&s, &tm);
	strftime(at, sizeof at, "%H:%M:%S", &tm);
	return snprintf(line, OUT_LINE, "%s %s%s%s\n", at, red ? "\033[31m" : "", from->plain, red ? "\033[0m" : "");
}

static void add(struct journal_out *o, const char *line, size_t len)
{
	if (o->len + len > OUT_SIZE)
		journal_out_flush(o);
	if (o->len + len > OUT_SIZE) {
		o->left_out++;
		return;
	}
	memcpy(o->buf + o->len, line, len);
	o->len += len;
}

static void tell_left_out(struct journal_out *o)
{
	char line[128];
	int len = snprintf(line, sizeof line, o->json ?
			   "{\"severity\":\"ERROR\",\"eventType\":\"LEFT_OUT\",\"lines\":%" PRIu64 "}\n" :
			   "%" PRIu64 " lines were left out: nobody read them\n", o->left_out);

	journal_out_flush(o);
	if (o->len + (size_t)len > OUT_SIZE)
		return;
	o->left_out = 0;
	add(o, line, (size_t)len);
}

void journal_out_write(void *out, const struct journal_line *line)
{
	struct journal_out *o = out;
	char text[OUT_LINE];
	int len = o->json ? snprintf(text, sizeof text, "%s\n", line->json) : plain_line(o, text, line);

	if (o->left_out > 0)
		tell_left_out(o);
	if (len > 0 && (size_t)len < sizeof text)
		add(o, text, (size_t)len);
}

void journal_out_close(struct journal_out *o)
{
	if (o == NULL)
		return;
	journal_out_flush(o);
	free(o);
}
