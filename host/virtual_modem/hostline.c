/* SPDX-License-Identifier: Apache-2.0 */
#include "virtual_modem/hostline.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

static bool failed(const char *option, const char *value, const char *what)
{
	fprintf(stderr, "tern-modem: --%s %s: %s\n", option, value, what);
	return false;
}

/* ---- the host ---- */

static void host_left(struct hostline *h)
{
	h->present = false;
	if (h->terminal[0] != '\0')
		loop_want(h->loop, &h->host, 0);      /* its master stays open: inotify tells of the next host */
	else
		loop_close(h->loop, &h->host);
	loop_want(h->loop, &h->listener, EPOLLIN);
	h->on_change(h->owner, false);
}

static void host_came(struct hostline *h)
{
	h->present = true;
	loop_want(h->loop, &h->host, EPOLLIN);
	h->on_change(h->owner, true);
}

/* All that is there: a host that is blocked in writing cannot read. */
static void host_ready(struct watch *w, uint32_t events)
{
	struct hostline *h = w->owner;
	uint8_t buf[4096];
	ssize_t n;

	if (events & EPOLLOUT)
		loop_want(h->loop, w, EPOLLIN);
	do {
		n = read(w->fd, buf, sizeof buf);
		if (n > 0)
			h->on_bytes(h->owner, buf, (size_t)n);
	} while (n == (ssize_t)sizeof buf && h->present);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))      /* EIO: the terminal's last user is gone */
		host_left(h);
}

size_t hostline_write(struct hostline *h, const uint8_t *data, size_t len)
{
	ssize_t n;

	if (!h->present)
		return len;
	n = h->terminal[0] != '\0' ? write(h->host.fd, data, len) : send(h->host.fd, data, len, MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		host_left(h);
		return len;
	}
	if (n < (ssize_t)len)
		loop_want(h->loop, &h->host, EPOLLIN | EPOLLOUT);
	return n > 0 ? (size_t)n : 0;
}

/* ---- sockets ---- */

/* While a host is there others wait in the queue of the listener. */
static void listener_ready(struct watch *w, uint32_t events)
{
	struct hostline *h = w->owner;
	int on = 1, fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (fd < 0)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);     /* fails on a Unix socket: no matter */
	h->host.fd = fd;
	loop_want(h->loop, w, 0);
	host_came(h);
}

static bool somebody_listens(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes = fd >= 0 && connect(fd, (const struct sockaddr *)a, sizeof *a) == 0;

	if (fd >= 0)
		close(fd);
	return yes;
}

static bool may_bind(const char *option, const struct sockaddr_un *a)
{
	struct stat st;

	if (lstat(a->sun_path, &st) != 0)
		return true;
	if (!S_ISSOCK(st.st_mode))
		return failed(option, a->sun_path, "exists and is no socket");
	if (somebody_listens(a))
		return failed(option, a->sun_path, "is in use by another program");
	unlink(a->sun_path);
	return true;
}

int hostline_listen_unix(const char *option, const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof a.sun_path) {
		failed(option, path, "path is longer than 107 characters");
		return -1;
	}
	memcpy(a.sun_path, path, strlen(path));
	if (!may_bind(option, &a))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0 && bind(fd, (const struct sockaddr *)&a, sizeof a) == 0 && listen(fd, 4) == 0)
		return fd;
	failed(option, path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool open_unix(struct hostline *h, const char *path, char *name, size_t size)
{
	h->listener.fd = hostline_listen_unix("unix", path);
	if (h->listener.fd < 0)
		return false;
	h->path = path;
	snprintf(name, size, "%s", path);
	return true;
}

static bool open_tcp(struct hostline *h, const struct sockaddr_in *want, char *name, size_t size)
{
	struct sockaddr_in a = *want;
	socklen_t len = sizeof a;
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	char host[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &a.sin_addr, host, sizeof host);
	snprintf(name, size, "%s:%u", host, ntohs(a.sin_port));
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
	    bind(fd, (const struct sockaddr *)&a, sizeof a) != 0 || listen(fd, 4) != 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) != 0) {
		if (fd >= 0)
			close(fd);
		return failed("tcp", name, strerror(errno));
	}
	snprintf(name, size, "%s:%u", host, ntohs(a.sin_port));
	h->listener.fd = fd;
	return true;
}

/* ---- pseudo-terminal ---- */

/* Somebody opened or closed the terminal: is there a host now? */
static void terminal_opened(struct watch *w, uint32_t events)
{
	struct hostline *h = w->owner;
	struct pollfd p = { .fd = h->host.fd };
	char buf[512];

	(void)events;
	while (read(w->fd, buf, sizeof buf) > 0)
		;
	if (!h->present && poll(&p, 1, 0) == 0)      /* else POLLHUP: nobody has it open */
		host_came(h);
}

static const struct { uint32_t baud; speed_t speed; } speeds[] = {
	{ 9600, B9600 },     { 19200, B19200 },   { 38400, B38400 },   { 57600, B57600 },   { 115200, B115200 },
	{ 230400, B230400 }, { 460800, B460800 }, { 921600, B921600 }, { 1000000, B1000000 }, { 3000000, B3000000 },
};

enum { SPEEDS = sizeof speeds / sizeof speeds[0] };

/* The master shows what the host has set its end to. */
uint32_t hostline_baud(const struct hostline *h)
{
	struct termios t;

	if (h->terminal[0] == '\0' || tcgetattr(h->host.fd, &t) != 0)
		return 0;
	for (size_t i = 0; i < SPEEDS; i++)
		if (speeds[i].speed == cfgetospeed(&t))
			return speeds[i].baud;
	return 0;
}

/* A host that leaves the speed alone finds the modem's. */
static bool make_raw(int fd, uint32_t baud)
{
	struct termios t;

	if (tcgetattr(fd, &t) != 0)
		return false;
	cfmakeraw(&t);
	for (size_t i = 0; i < SPEEDS; i++)
		if (speeds[i].baud == baud)
			cfsetspeed(&t, speeds[i].speed);
	return tcsetattr(fd, TCSANOW, &t) == 0;
}

/* Opened and closed once, so that the master hangs up until a host opens it. */
static bool open_terminal(struct hostline *h, uint32_t baud)
{
	int slave;

	h->host.fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (h->host.fd < 0 || grantpt(h->host.fd) != 0 || unlockpt(h->host.fd) != 0 ||
	    ptsname_r(h->host.fd, h->terminal, sizeof h->terminal) != 0 || !make_raw(h->host.fd, baud))
		return false;
	slave = open(h->terminal, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		return false;
	close(slave);
	h->listener.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	return h->listener.fd >= 0 && inotify_add_watch(h->listener.fd, h->terminal, IN_OPEN) >= 0;
}

/* An old link of the same name is replaced, anything else is not. */
static bool make_link(struct hostline *h, const char *link)
{
	struct stat st;

	if (lstat(link, &st) == 0) {
		if (!S_ISLNK(st.st_mode))
			return failed("pty", link, "exists and is no symbolic link");
		unlink(link);
	}
	if (symlink(h->terminal, link) != 0)
		return failed("pty", link, strerror(errno));
	h->link = link;
	return true;
}

static bool open_pty(struct hostline *h, const char *link, uint32_t baud, char *name, size_t size)
{
	if (!open_terminal(h, baud != 0 ? baud : 115200))
		return failed("pty", link, strerror(errno));
	h->listener.ready = terminal_opened;
	snprintf(name, size, "%s (%s)", link, h->terminal);
	return make_link(h, link);
}

/* ---- both ---- */

bool hostline_open(struct hostline *h, struct loop *loop, const struct options *o, char *name, size_t size)
{
	bool ok;

	h->loop = loop;
	h->listener = (struct watch){ .fd = -1, .ready = listener_ready, .owner = h };
	h->host = (struct watch){ .fd = -1, .ready = host_ready, .owner = h };
	if (o->pty != NULL)
		ok = open_pty(h, o->pty, o->baud, name, size);
	else if (o->unix_path != NULL)
		ok = open_unix(h, o->unix_path, name, size);
	else
		ok = open_tcp(h, &o->tcp_address, name, size);
	loop_want(loop, &h->listener, EPOLLIN);
	return ok;
}

/* Only if it is still ours: another instance may have replaced it. */
static void remove_link(const struct hostline *h)
{
	char target[64];
	ssize_t n = readlink(h->link, target, sizeof target - 1);

	if (n < 0)
		return;
	target[n] = '\0';
	if (strcmp(target, h->terminal) == 0)
		unlink(h->link);
}

void hostline_close(struct hostline *h)
{
	if (h->link != NULL)
		remove_link(h);
	if (h->path != NULL)
		unlink(h->path);
	loop_close(h->loop, &h->host);
	loop_close(h->loop, &h->listener);
}
