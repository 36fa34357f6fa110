/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/line.h"

#include "base/bytes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { CONNECT_MS = 5000, BYTES_A_SECOND = 11520 };

static volatile sig_atomic_t interrupted;

static bool fail(struct line *l, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(l->why, sizeof l->why, format, args);
	va_end(args);
	return false;
}

/* ---- waiting ------------------------------------------------------------ */

int64_t line_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void on_signal(int number)
{
	(void)number;
	interrupted = 1;
}

/* The signals that end a program; blocked but while it waits. */
static void ending(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
}

void line_catch_signals(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t set;

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		sigaction(numbers[i], &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	ending(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* Until FD (-1: none) has one of EVENTS. */
static enum line_result wait_for(int fd, short events, int64_t end_ms)
{
	struct pollfd p = { .fd = fd, .events = events };
	int64_t left = end_ms - line_now_ms();
	struct timespec t = { .tv_sec = left > 0 ? left / 1000 : 0, .tv_nsec = left > 0 ? left % 1000 * 1000000 : 0 };
	sigset_t none;
	int n;

	sigemptyset(&none);
	n = ppoll(&p, 1, &t, &none);
	if (interrupted)
		return LINE_INTERRUPTED;
	return n > 0 ? LINE_OK : LINE_LATE;
}

enum line_result line_pause(int64_t ms)
{
	return wait_for(-1, 0, line_now_ms() + ms);
}

/* ---- another program on the port ---------------------------------------- */

static bool holds(const char *pid, dev_t device)
{
	char path[320];
	struct dirent *entry;
	struct stat st;
	DIR *dir;
	bool found = false;

	snprintf(path, sizeof path, "/proc/%s/fd", pid);
	dir = opendir(path);
	while (!found && dir != NULL && (entry = readdir(dir)) != NULL) {
		snprintf(path, sizeof path, "/proc/%.12s/fd/%.200s", pid, entry->d_name);
		found = stat(path, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == device;
	}
	if (dir != NULL)
		closedir(dir);
	return found;
}

static void read_name(const char *pid, char name[32])
{
	char path[320];
	FILE *f;

	snprintf(path, sizeof path, "/proc/%s/comm", pid);
	f = fopen(path, "re");
	if (f == NULL || fgets(name, 32, f) == NULL)
		snprintf(name, 32, "a program");
	if (f != NULL)
		fclose(f);
	name[strcspn(name, "\n")] = '\0';
}

/* As far as this user may see: a program that has DEVICE open.  Two readers of
 * one port each get half of what the device says. */
static bool find_other(dev_t device, char *who, size_t size)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	char name[32];
	bool found = false;

	while (!found && dir != NULL && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9' || atol(entry->d_name) == (long)getpid() ||
		    !holds(entry->d_name, device))
			continue;
		found = true;
		read_name(entry->d_name, name);
		snprintf(who, size, "%s, process %.12s", name, entry->d_name);
	}
	if (dir != NULL)
		closedir(dir);
	return found;
}

/* ---- opening ------------------------------------------------------------ */

static bool set_up_serial(struct line *l)
{
	struct termios t;

	if (tcgetattr(l->fd, &t) != 0)
		return fail(l, "%s is neither a serial port nor a socket", l->name);
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL | CREAD;
	t.c_cflag &= ~(tcflag_t)(CRTSCTS | CSTOPB | HUPCL);   /* HUPCL: closing would reset some boards */
	t.c_cc[VMIN] = 0;
	t.c_cc[VTIME] = 0;
	if (cfsetspeed(&t, B115200) != 0 || tcsetattr(l->fd, TCSANOW, &t) != 0)
		return fail(l, "%s cannot be set to 115200 8N1: %s", l->name, strerror(errno));
	return true;
}

/* WHO names the program, if it could be found. */
static bool in_use(struct line *l, const char *who)
{
	return fail(l, "%s is in use by another program%s%s%s: end it first", l->name, who[0] != '\0' ? " (" : "", who,
		    who[0] != '\0' ? ")" : "");
}

static bool open_serial(struct line *l, const char *path, const struct stat *st)
{
	char who[64] = "";

	l->fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (l->fd < 0 && errno == EACCES)
		return fail(l, "%s may not be opened by this user: add it to the group 'dialout', then log in again",
			    l->name);
	if (l->fd < 0 && errno != EBUSY)
		return fail(l, "%s cannot be opened: %s", l->name, strerror(errno));
	if (l->fd >= 0 && isatty(l->fd) == 0)
		return fail(l, "%s is neither a serial port nor a socket", l->name);
	if (find_other(st->st_rdev, who, sizeof who) || l->fd < 0 || flock(l->fd, LOCK_EX | LOCK_NB) != 0)
		return in_use(l, who);
	(void)ioctl(l->fd, TIOCEXCL);
	return set_up_serial(l);
}

static bool connect_to(struct line *l, const struct sockaddr *to, socklen_t len)
{
	int error = 0;
	socklen_t size = sizeof error;

	l->fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return fail(l, "%s: %s", l->name, strerror(errno));
	if (connect(l->fd, to, len) == 0)
		return true;
	if (errno == EAGAIN)
		return fail(l, "%s is in use: others wait for it already", l->name);
	l->gone = errno == ENOENT || errno == ECONNREFUSED;
	if (errno != EINPROGRESS)
		return fail(l, "%s: %s", l->name, strerror(errno));
	if (wait_for(l->fd, POLLOUT, line_now_ms() + CONNECT_MS) != LINE_OK)
		return fail(l, "%s: no answer to the connection", l->name);
	if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) {
		l->gone = error == ECONNREFUSED;
		return fail(l, "%s: %s", l->name, strerror(error != 0 ? error : errno));
	}
	return true;
}

static bool open_unix(struct line *l, const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof to.sun_path)
		return fail(l, "%s is too long for the path of a socket", l->name);
	memcpy(to.sun_path, path, strlen(path));
	return connect_to(l, (const struct sockaddr *)&to, sizeof to);
}

static bool open_tcp(struct line *l, const char *spec)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	const char *colon = strrchr(spec, ':');
	struct addrinfo *found;
	char host[256];
	uint32_t port;
	int on = 1, e;
	bool ok;

	if (colon == NULL || colon == spec || (size_t)(colon - spec) >= sizeof host)
		return fail(l, "%s is not of the form tcp:HOST:PORT", l->name);
	if (!bytes_to_u32(bytes_of(colon + 1), 65535, &port) || port == 0)
		return fail(l, "%s: the port '%.20s' is not a number from 1 to 65535", l->name, colon + 1);
	memcpy(host, spec, (size_t)(colon - spec));
	host[colon - spec] = '\0';
	e = getaddrinfo(host, colon + 1, &hints, &found);
	if (e != 0)
		return fail(l, "%s: %s", l->name, gai_strerror(e));
	ok = connect_to(l, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	if (ok)
		(void)setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return ok;
}

static bool open_path(struct line *l, const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0) {
		l->gone = errno == ENOENT;
		return fail(l, "%s cannot be opened: %s", l->name, strerror(errno));
	}
	if (S_ISSOCK(st.st_mode))
		return open_unix(l, path);
	if (!S_ISCHR(st.st_mode))
		return fail(l, "%s is neither a serial port nor a socket", l->name);
	return open_serial(l, path, &st);
}

bool line_open(struct line *l, const char *spec)
{
	bool ok;

	*l = (struct line){ .fd = -1, .name = spec };
	if (strncmp(spec, "unix:", 5) == 0)
		ok = open_unix(l, spec + 5);
	else if (strncmp(spec, "tcp:", 4) == 0)
		ok = open_tcp(l, spec + 4);
	else
		ok = open_path(l, spec);
	if (!ok)
		line_close(l);
	return ok;
}

void line_close(struct line *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

/* ---- bytes -------------------------------------------------------------- */

static enum line_result lost(struct line *l)
{
	fail(l, "the line %s was lost", l->name);
	return LINE_LOST;
}

enum line_result line_read(struct line *l, uint8_t *buf, size_t size, size_t *len, int64_t end_ms)
{
	for (;;) {
		/* Somebody who never stops talking is not listened to for ever. */
		enum line_result r = line_now_ms() < end_ms ? wait_for(l->fd, POLLIN, end_ms) : LINE_LATE;
		ssize_t n;

		*len = 0;
		if (r != LINE_OK)
			return r;
		n = read(l->fd, buf, size);
		if (n > 0) {
			*len = (size_t)n;
			return LINE_OK;
		}
		if (n == 0 ||
		    (errno != EAGAIN && errno != EINTR)) /* EIO: unplugged, or a terminal's other end is gone */
			return lost(l);
	}
}

enum line_result line_write(struct line *l, const void *data, size_t len)
{
	const uint8_t *at = data;
	int64_t end_ms = line_now_ms() + LINE_WRITE_MS + (int64_t)(len * 1000 / BYTES_A_SECOND);

	while (len > 0) {
		enum line_result r = wait_for(l->fd, POLLOUT, end_ms);
		ssize_t n;

		if (r != LINE_OK)
			return r;
		n = write(l->fd, at, len);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return lost(l);
		at += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return LINE_OK;
}
