/* SPDX-License-Identifier: Apache-2.0 */
/*
 * adapter.c - Tern's MQTT client as mosquitto's test-suite wants a client.
 *
 *   adapter PORT VERSION CLEAN [COMMAND]
 *
 * test/lib/msg_sequence_test.py plays the broker and starts this program once a
 * test: client id "fuzzish", keepalive 60; after CONNACK the command is carried
 * out; whatever the broker then sends that it must not send has to end the
 * connection.  Exit status 0 on that and on SIGTERM.  With TERN_CHUNK=N in the
 * environment the client is fed N bytes at a time.
 */
#include "cloud/mqtt_qos2.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void on_term(int sig)
{
	(void)sig;
	_exit(0);
}

static uint32_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint32_t)(t.tv_sec * 1000 + t.tv_nsec / 1000000);
}

static int connect_to(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) != 0) {
		perror("connect");
		exit(1);
	}
	return fd;
}

/* One packet is one write; the suite reads each with a single recv(). */
static void flush(struct mqtt *m, int fd)
{
	const uint8_t *p;
	size_t n;

	while ((p = mqtt_tx_peek(m, &n)) != NULL) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);

		if (sent <= 0) {
			mqtt_lost(m, ERR_MODEM_CLOSED);
			return;
		}
		mqtt_tx_done(m, (size_t)sent);
	}
}

static enum err publish(struct mqtt *m, uint8_t qos)
{
	struct mqtt_message msg = { .topic = bytes_of("test/publish"), .payload = bytes_of("message"), .qos = qos };

	return qos == 2 ? mqtt_qos2_publish(m, &msg, 0, now(), NULL) : mqtt_publish(m, &msg, 0, now(), NULL);
}

static enum err carry_out(struct mqtt *m, const char *command)
{
	struct mqtt_filter one = { .topic = bytes_of("test/subscribe") };
	struct mqtt_filter two[] = { { bytes_of("test/subscribe1"), 2 }, { bytes_of("test/subscribe2"), 2 } };

	if (strncmp(command, "publish-", 8) == 0)
		return publish(m, (uint8_t)(command[8] - '0'));
	if (strcmp(command, "subscribe-multiple") == 0)
		return mqtt_subscribe(m, two, 2, now(), NULL);
	if (strncmp(command, "subscribe-", 10) == 0) {
		one.qos = (uint8_t)(command[10] - '0');
		return mqtt_subscribe(m, &one, 1, now(), NULL);
	}
	if (strcmp(command, "unsubscribe") == 0)
		return mqtt_unsubscribe(m, &one, 1, now(), NULL);
	if (strcmp(command, "unsubscribe-multiple") == 0)
		return mqtt_unsubscribe(m, two, 2, now(), NULL);
	return ERR_ARG;
}

static void handle_events(struct mqtt *m, const char *command)
{
	struct mqtt_event ev;

	while (mqtt_next(m, &ev)) {
		if (ev.type == MQTT_EV_DOWN) {
			fprintf(stderr, "down: %s\n", err_text(ev.err));
			exit(0);
		}
		if (ev.type == MQTT_EV_UP && command != NULL && carry_out(m, command) != ERR_OK)
			exit(1);
	}
}

static void feed(struct mqtt *m, int fd, const char *command, const uint8_t *data, size_t len)
{
	const char *env = getenv("TERN_CHUNK");
	size_t chunk = env != NULL ? (size_t)strtoul(env, NULL, 10) : len;

	for (size_t n = 0; n < len; ) {
		size_t part = len - n < chunk ? len - n : chunk;

		n += mqtt_feed(m, data + n, part, now());
		handle_events(m, command);
		flush(m, fd);
	}
}

static void serve(struct mqtt *m, int fd, const char *command)
{
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		uint8_t buf[4096];
		ssize_t n;

		flush(m, fd);
		if (poll(&p, 1, 200) > 0) {
			n = recv(fd, buf, sizeof buf, 0);
			if (n > 0)
				feed(m, fd, command, buf, (size_t)n);
			else
				mqtt_lost(m, ERR_MODEM_CLOSED);
		}
		mqtt_step(m, now());
		handle_events(m, command);
	}
}

int main(int argc, char **argv)
{
	static uint8_t rx[256], tx[512];
	static struct mqtt_slot slots[8];
	const struct mqtt_config cfg = {
		.rx = rx, .rx_size = sizeof rx, .tx = tx, .tx_size = sizeof tx, .slots = slots, .slot_count = 8,
		.connack_s = 10, .ack_s = 20, .pong_s = 10
	};
	const struct mqtt_login login = {
		.flags = MQTT_LOGIN_CLEAN, .keepalive_s = 60, .client_id = bytes_of("fuzzish")
	};
	struct mqtt m;

	if (argc < 4 || strcmp(argv[2], "4") != 0) {
		fprintf(stderr, "usage: adapter PORT 4 CLEAN [COMMAND]\n");
		return 1;
	}
	signal(SIGTERM, on_term);
	mqtt_init(&m, &cfg);
	mqtt_qos2_attach(&m);
	if (mqtt_connect(&m, &login, now()) != ERR_OK)
		return 1;
	serve(&m, connect_to((uint16_t)strtoul(argv[1], NULL, 10)), argc > 4 ? argv[4] : NULL);
}
