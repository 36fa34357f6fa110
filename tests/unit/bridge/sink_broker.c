/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/bridge/sink_broker.h"

#include "unit/cmocka_all.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- Sockets ----------------------------------------------------------------- */

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static int listen_on(uint16_t port, uint16_t *is)
{
	struct sockaddr_in a = loopback(port);
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(fd, 16), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*is = ntohs(a.sin_port);
	return fd;
}

static int connect_to(uint16_t port)
{
	struct sockaddr_in a = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
		return fd;
	close(fd);
	return -1;
}

uint16_t broker_free_port(void)
{
	uint16_t port;
	int fd = listen_on(0, &port);

	close(fd);
	return port;
}

/* ---- The broker -------------------------------------------------------------- */

void broker_configure(const struct broker *b, const char *lines)
{
	char path[RIG_PATH + 16];
	FILE *f;

	snprintf(path, sizeof path, "%s/broker.conf", b->folder);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "listener %u 127.0.0.1\npersistence true\npersistence_location %s/\nautosave_interval 1800\nuser root\n"
		   "max_queued_messages 0\nmax_inflight_messages 500\nlog_type none\n",
		b->port, b->folder);
	for (const char *c = lines; *c != '\0'; c++) {
		if (c[0] == '%' && c[1] == 's' && c++ != NULL)
			fputs(b->folder, f);
		else
			fputc(*c, f);
	}
	fclose(f);
}

void broker_restart(struct broker *b)
{
	char path[RIG_PATH + 16];
	int fd = -1;

	snprintf(path, sizeof path, "%s/broker.conf", b->folder);
	b->pid = fork();
	assert_true(b->pid >= 0);
	if (b->pid == 0) {
		int null = open("/dev/null", O_WRONLY);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(null, STDERR_FILENO);
		execlp("mosquitto", "mosquitto", "-c", path, (char *)NULL);
		execl("/usr/sbin/mosquitto", "mosquitto", "-c", path, (char *)NULL);
		_exit(127);
	}
	for (uint64_t until = rig_now_ms() + 10000; fd < 0 && rig_now_ms() < until; rig_sleep(5))
		fd = connect_to(b->port);
	if (fd < 0)
		fail_msg("mosquitto does not listen on %u", b->port);
	close(fd);
}

void broker_start(struct broker *b, const char *lines)
{
	rig_folder(b->folder);
	b->port = broker_free_port();
	broker_configure(b, lines);
	broker_restart(b);
}

void broker_stop(struct broker *b, int signal)
{
	int status;

	if (b->pid == 0)
		return;
	kill(b->pid, signal);
	assert_int_equal(waitpid(b->pid, &status, 0), b->pid);
	b->pid = 0;
}

void broker_remove(struct broker *b)
{
	broker_stop(b, SIGKILL);
	rig_remove(b->folder);
}

/* ---- The subscriber ---------------------------------------------------------- */

static void on_connect(struct mosquitto *mosq, void *arg, int rc)
{
	(void)arg;
	if (rc == 0)
		mosquitto_subscribe(mosq, NULL, "tern/#", 1);
}

static void on_subscribe(struct mosquitto *mosq, void *arg, int id, int n, const int *granted)
{
	(void)mosq, (void)id, (void)n, (void)granted;
	((struct subscriber *)arg)->up = true;
}

static void note_properties(struct subscriber *s, const mosquitto_property *props)
{
	char *name, *value;
	bool skip = false;

	s->properties[0] = '\0';
	while ((props = mosquitto_property_read_string_pair(props, MQTT_PROP_USER_PROPERTY, &name, &value, skip)) != NULL) {
		size_t len = strlen(s->properties);

		snprintf(s->properties + len, sizeof s->properties - len, "%s=%s;", name, value);
		free(name);
		free(value);
		skip = true;
	}
}

static void on_message(struct mosquitto *mosq, void *arg, const struct mosquitto_message *m, const mosquitto_property *props)
{
	struct subscriber *s = arg;
	char text[32];
	uint64_t number;

	(void)mosq;
	snprintf(text, sizeof text, "%.*s", m->payloadlen, m->payload != NULL ? (char *)m->payload : "");
	number = strtoull(text, NULL, 10) % BROKER_NUMBERS;
	if (s->seen[number] == 0 && number < s->newest[number % BROKER_DEVICES])
		s->disorder = true;
	if (s->seen[number] == 0)
		s->newest[number % BROKER_DEVICES] = number;
	s->seen[number] = (unsigned char)(s->seen[number] < 255 ? s->seen[number] + 1 : 255);
	snprintf(s->topic, sizeof s->topic, "%s", m->topic);
	note_properties(s, props);
	s->count++;
}

void subscriber_start(struct subscriber *s, uint16_t port)
{
	memset(s, 0, sizeof *s);
	mosquitto_lib_init();
	s->mosq = mosquitto_new("test-subscriber", false, s);
	assert_non_null(s->mosq);
	mosquitto_int_option(s->mosq, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
	mosquitto_int_option(s->mosq, MOSQ_OPT_RECEIVE_MAXIMUM, 1000);
	mosquitto_connect_callback_set(s->mosq, on_connect);
	mosquitto_subscribe_callback_set(s->mosq, on_subscribe);
	mosquitto_message_v5_callback_set(s->mosq, on_message);
	mosquitto_reconnect_delay_set(s->mosq, 1, 1, false);
	{
		mosquitto_property *props = NULL;

		mosquitto_property_add_int32(&props, MQTT_PROP_SESSION_EXPIRY_INTERVAL, UINT32_MAX);
		assert_int_equal(mosquitto_connect_bind_v5(s->mosq, "127.0.0.1", port, 60, NULL, props), MOSQ_ERR_SUCCESS);
		mosquitto_property_free_all(&props);
	}
	assert_int_equal(mosquitto_loop_start(s->mosq), MOSQ_ERR_SUCCESS);
	for (uint64_t until = rig_now_ms() + 5000; !s->up && rig_now_ms() < until;)
		rig_sleep(5);
	assert_true(s->up);
}

void subscriber_stop(struct subscriber *s)
{
	mosquitto_disconnect(s->mosq);
	mosquitto_loop_stop(s->mosq, true);
	mosquitto_destroy(s->mosq);
	mosquitto_lib_cleanup();
}

/* ---- The proxy --------------------------------------------------------------- */

enum { STREAM = PROXY_STREAM, STREAM_READ = 1 << 16 };

/* The length of the packet at the start of D with its header, and where its body is; 0: not yet whole. */
static size_t packet_length(const uint8_t *d, size_t len, size_t *body)
{
	size_t rest = 0;

	for (size_t i = 1; i < len && i <= 4; i++) {
		rest |= (size_t)(d[i] & 0x7f) << (7 * (i - 1));
		if (d[i] < 0x80) {
			*body = i + 1;
			return len - i - 1 >= rest ? i + 1 + rest : 0;
		}
	}
	return 0;
}

/* PUBLISH of QoS 1 (3.3): topic, id, properties, payload.  False: hang up. */
static bool on_publish(struct proxy *p, const uint8_t *d, size_t body, size_t end)
{
	size_t at = body + 2 + ((size_t)d[body] << 8 | d[body + 1]);
	unsigned id = (unsigned)d[at] << 8 | d[at + 1];
	size_t props = d[at + 2] & 0x7f;
	char text[32];

	at += 3;
	if (d[at - 1] >= 0x80)
		props |= (size_t)d[at++] << 7;
	at += props;
	snprintf(text, sizeof text, "%.*s", (int)(end - at), (const char *)d + at);
	p->number_of[id] = (uint32_t)strtoul(text, NULL, 10) % BROKER_NUMBERS;
	return p->hang_up_at == 0 || p->number_of[id] != p->hang_up_at;
}

/* PUBACK (3.4) with a reason below 0x80. */
static void on_puback(struct proxy *p, const uint8_t *d, size_t body, size_t end)
{
	if (end - body < 3 || d[body + 2] < 0x80)
		p->acknowledged[p->number_of[(unsigned)d[body] << 8 | d[body + 1]]] = 1;
}

static bool look(struct proxy *p, struct proxy_stream *s)
{
	size_t at = 0, n, body = 0;

	while ((n = packet_length(s->data + at, s->len - at, &body)) != 0) {
		const uint8_t *d = s->data + at;

		if ((d[0] & 0xf6) == 0x32 && !on_publish(p, d, body, n))
			return false;
		if (d[0] == 0x40)
			on_puback(p, d, body, n);
		at += n;
	}
	memmove(s->data, s->data + at, s->len - at);
	s->len -= at;
	return true;
}

/* First written down, then passed on.  False: this connection has ended. */
static bool pass(struct proxy *p, struct proxy_stream *s, int from, int to)
{
	uint8_t copy[STREAM_READ];
	ssize_t n = s->len <= STREAM - STREAM_READ ? recv(from, copy, sizeof copy, 0) : -1;

	if (n <= 0)
		return false;
	if (p->mute && s == &p->streams[1])
		return true;
	memcpy(s->data + s->len, copy, (size_t)n);
	s->len += (size_t)n;
	if (!look(p, s))
		return false;
	return send(to, copy, (size_t)n, MSG_NOSIGNAL) == n;
}

static void relay(struct proxy *p, int client, int server)
{
	struct pollfd fds[2] = { { .fd = client, .events = POLLIN }, { .fd = server, .events = POLLIN } };
	bool open = server >= 0;
	int one = 1;

	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (open)
		setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	p->streams[0].len = p->streams[1].len = 0;
	while (open && !p->stopping) {
		poll(fds, 2, 50);
		if (fds[1].revents != 0)
			open = pass(p, &p->streams[1], server, client);
		if (open && fds[0].revents != 0)
			open = pass(p, &p->streams[0], client, server);
	}
	close(client);
	if (server >= 0)
		close(server);
}

static void *run_proxy(void *arg)
{
	struct proxy *p = arg;
	struct pollfd fd = { .fd = p->listener, .events = POLLIN };

	while (!p->stopping) {
		int client = poll(&fd, 1, 50) > 0 ? accept(p->listener, NULL, NULL) : -1;

		if (client < 0)
			continue;
		p->connections++;
		relay(p, client, connect_to(p->to));
	}
	return NULL;
}

void proxy_start(struct proxy *p, uint16_t to)
{
	memset(p, 0, sizeof *p);
	p->to = to;
	p->listener = listen_on(0, &p->port);
	assert_int_equal(pthread_create(&p->thread, NULL, run_proxy, p), 0);
}

void proxy_stop(struct proxy *p)
{
	p->stopping = true;
	pthread_join(p->thread, NULL);
	close(p->listener);
}
