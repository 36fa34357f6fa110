/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/modem_line.h"

#include "base/bytes.h"
#include "base/ticks.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

enum { BACKOFF_FIRST_MS = 100, BACKOFF_LAST_MS = 5000, OPEN_MS = 5000 };

static speed_t speed_of(uint32_t baud)
{
	static const struct { uint32_t baud; speed_t speed; } rows[] = {
		{ 9600, B9600 },     { 19200, B19200 },   { 38400, B38400 },   { 57600, B57600 },
		{ 115200, B115200 }, { 230400, B230400 }, { 460800, B460800 }, { 921600, B921600 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].baud == baud)
			return rows[i].speed;
	return B0;
}

/* Each opens one kind of line, sets fd and state, and returns NULL or what is
 * wrong. */

static const char *set_up_serial(const struct modem_line *m)
{
	struct termios t;

	if (tcgetattr(m->fd, &t) != 0)
		return "is neither a serial line nor a socket";
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL | CREAD;
	t.c_cflag &= ~(tcflag_t)CRTSCTS;
	if (m->flow_control)
		t.c_cflag |= CRTSCTS;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	if (cfsetspeed(&t, speed_of(m->baud)) != 0 || tcsetattr(m->fd, TCSANOW, &t) != 0)
		return strerror(errno);
	return NULL;
}

static const char *open_serial(struct modem_line *m)
{
	m->fd = open(m->spec, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (m->fd < 0)
		return strerror(errno);
	m->state = MODEM_LINE_UP;
	return set_up_serial(m);
}

static const char *connect_socket(struct modem_line *m, const struct sockaddr *addr, socklen_t len)
{
	int on = 1;

	m->fd = socket(addr->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (m->fd < 0)
		return strerror(errno);
	if (m->tcp)
		(void)setsockopt(m->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);   /* AT commands are short */
	m->state = MODEM_LINE_UP;
	if (connect(m->fd, addr, len) == 0)
		return NULL;
	m->state = MODEM_LINE_CONNECTING;
	return errno == EINPROGRESS ? NULL : strerror(errno);
}

static const char *open_unix(struct modem_line *m)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (strlen(m->spec) >= sizeof addr.sun_path)
		return "is too long for the path of a socket";
	memcpy(addr.sun_path, m->spec, strlen(m->spec));
	return connect_socket(m, (const struct sockaddr *)&addr, sizeof addr);
}

static const char *open_path(struct modem_line *m)
{
	struct stat st;

	if (stat(m->spec, &st) != 0)
		return strerror(errno);
	if (S_ISSOCK(st.st_mode))
		return open_unix(m);
	return S_ISCHR(st.st_mode) ? open_serial(m) : "is neither a serial line nor a socket";
}

static void hang_up(struct modem_line *m)
{
	if (m->fd >= 0)
		close(m->fd);
	m->fd = -1;
	m->state = MODEM_LINE_DOWN;
	m->full = false;
}

static const char *dial(struct modem_line *m)
{
	const char *wrong = m->tcp ? connect_socket(m, (const struct sockaddr *)&m->addr, m->addr_len) : open_path(m);

	if (wrong != NULL)
		hang_up(m);
	return wrong;
}

/* A connection under way has been made, or has failed. */
static const char *finish_dialling(struct modem_line *m)
{
	int error = 0;
	socklen_t len = sizeof error;

	if (getsockopt(m->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0 || error != 0) {
		hang_up(m);
		return strerror(error != 0 ? error : errno);
	}
	m->state = MODEM_LINE_UP;
	return NULL;
}

/* "HOST:PORT" or "[HOST]:PORT" */
static const char *resolve(struct modem_line *m, const char *text)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	const char *colon = strrchr(text, ':');
	struct addrinfo *found;
	char host[256];
	uint32_t port;
	size_t len;
	int e;

	if (colon == NULL || colon == text || colon[1] == '\0')
		return "is not of the form tcp:HOST:PORT";
	if (!bytes_to_u32(bytes_of(colon + 1), 65535, &port) || port == 0)   /* getaddrinfo() takes it modulo 65536 */
		return "has a port that is not a number from 1 to 65535";
	len = (size_t)(colon - text);
	if (text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	if (len >= sizeof host)
		return "has a host name that is too long";
	memcpy(host, text, len);
	host[len] = '\0';
	e = getaddrinfo(host, colon + 1, &hints, &found);
	if (e != 0)
		return gai_strerror(e);
	memcpy(&m->addr, found->ai_addr, found->ai_addrlen);
	m->addr_len = found->ai_addrlen;
	freeaddrinfo(found);
	return NULL;
}

static const char *wait_for_connection(struct modem_line *m)
{
	struct pollfd p = { .fd = m->fd, .events = POLLOUT };

	if (poll(&p, 1, OPEN_MS) <= 0) {
		hang_up(m);
		return "does not answer";
	}
	return finish_dialling(m);
}

bool modem_line_open(struct modem_line *m, const char *spec, bool flow_control, char *why, size_t why_size)
{
	static const char prefix[] = "tcp:";
	const char *wrong = NULL;

	*m = (struct modem_line){
		.spec = spec, .flow_control = flow_control, .fd = -1, .backoff_ms = BACKOFF_FIRST_MS, .baud = 115200 };
	m->tcp = strncmp(spec, prefix, sizeof prefix - 1) == 0;
	if (m->tcp)
		wrong = resolve(m, spec + sizeof prefix - 1);
	if (wrong == NULL)
		wrong = dial(m);
	if (wrong == NULL && m->state == MODEM_LINE_CONNECTING)
		wrong = wait_for_connection(m);
	if (wrong != NULL)
		snprintf(why, why_size, "modem '%s': %s", spec, wrong);
	return wrong == NULL;
}

bool modem_line_is_serial(const struct modem_line *m)
{
	struct termios t;

	return m->fd >= 0 && tcgetattr(m->fd, &t) == 0;
}

bool modem_line_baud(struct modem_line *m, uint32_t baud)
{
	struct termios t;
	speed_t speed = speed_of(baud);

	if (speed == B0)
		return false;
	if (m->fd >= 0 && tcgetattr(m->fd, &t) == 0 &&
	    (cfsetspeed(&t, speed) != 0 || tcsetattr(m->fd, TCSADRAIN, &t) != 0))
		return false;
	m->baud = baud;   /* also of the line when it comes back */
	return true;
}

static void try_later(struct modem_line *m, uint32_t now_ms)
{
	m->retry_at_ms = now_ms + m->backoff_ms;
	m->backoff_ms = m->backoff_ms < BACKOFF_LAST_MS / 2 ? 2 * m->backoff_ms : BACKOFF_LAST_MS;
}

/* A line that held for a while starts over with a short wait; one that is lost
 * as soon as it is made does not. */
static void lose(struct modem_line *m, uint32_t now_ms, const char *why)
{
	fprintf(stderr, "tern-device: modem '%s' went away (%s), trying again\n", m->spec, why);
	hang_up(m);
	if (now_ms - m->up_since_ms > BACKOFF_LAST_MS)
		m->backoff_ms = BACKOFF_FIRST_MS;
	try_later(m, now_ms);
}

static bool passing(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

size_t modem_line_read(struct modem_line *m, uint8_t *buf, size_t size, uint32_t now_ms)
{
	ssize_t n;

	if (m->state != MODEM_LINE_UP || size == 0)
		return 0;
	n = read(m->fd, buf, size);
	if (n > 0)
		return (size_t)n;
	if (n == 0)
		lose(m, now_ms, "end of file");
	else if (!passing(errno))
		lose(m, now_ms, strerror(errno));
	return 0;
}

size_t modem_line_write(struct modem_line *m, const uint8_t *data, size_t len, uint32_t now_ms)
{
	ssize_t n;

	if (m->state != MODEM_LINE_UP) {
		m->lost += (uint32_t)len;
		return len;
	}
	n = write(m->fd, data, len);
	if (n < 0 && !passing(errno))
		lose(m, now_ms, strerror(errno));
	m->full = m->state == MODEM_LINE_UP && (n < 0 || (size_t)n < len);
	return n < 0 ? 0 : (size_t)n;
}

void modem_line_step(struct modem_line *m, uint32_t now_ms)
{
	enum modem_line_state before = m->state;
	struct pollfd p = { .fd = m->fd, .events = POLLOUT };

	if (m->state == MODEM_LINE_DOWN && ticks_reached(now_ms, m->retry_at_ms) && dial(m) != NULL)
		try_later(m, now_ms);
	else if (m->state == MODEM_LINE_CONNECTING && poll(&p, 1, 0) > 0 && finish_dialling(m) != NULL)
		try_later(m, now_ms);
	if (before == MODEM_LINE_UP || m->state != MODEM_LINE_UP)
		return;
	fprintf(stderr, "tern-device: modem '%s' is back\n", m->spec);
	m->up_since_ms = now_ms;
}

bool modem_line_deadline(const struct modem_line *m, uint32_t *at_ms)
{
	*at_ms = m->retry_at_ms;
	return m->state == MODEM_LINE_DOWN;
}

short modem_line_poll_events(const struct modem_line *m)
{
	if (m->state == MODEM_LINE_CONNECTING)
		return POLLOUT;
	return m->state == MODEM_LINE_UP ? (short)(m->full ? POLLIN | POLLOUT : POLLIN) : 0;
}
