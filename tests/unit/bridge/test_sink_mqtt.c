/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mqtt sink against the real mosquitto: what it confirmed the broker has
 * acknowledged, and what mosquitto kept over its restarts a subscriber gets.
 */
#include "bridge/sink_lanes.h"
#include "bridge/sink_mqtt.h"

#include "unit/bridge/sink_broker.h"
#include "unit/cmocka_all.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RETRY_MS = 20, IN_FLIGHT = 400 };

static struct broker broker;
static struct subscriber subscriber;
static struct proxy proxy;
static char error[SINK_ERROR];

static int tear_down(void **state)
{
	(void)state;
	broker_remove(&broker);
	return 0;
}

static struct sink *open_sink(const struct sink_mqtt_config *more, uint16_t port)
{
	struct sink_mqtt_config cfg = *more;
	struct sink *s;

	cfg.host = cfg.host != NULL ? cfg.host : "127.0.0.1";
	cfg.port = port;
	cfg.retry_ms = RETRY_MS;
	s = sink_mqtt_open(&cfg, error);
	if (s == NULL)
		fail_msg("%s", error);
	return s;
}

static struct sink *open_plain(uint16_t port)
{
	return open_sink(&(struct sink_mqtt_config){ 0 }, port);
}

static void await_count(unsigned long count)
{
	for (uint64_t until = rig_now_ms() + 10000; subscriber.count < count && rig_now_ms() < until;)
		rig_sleep(5);
	assert_true(subscriber.count >= count);
}

/* ---- What a message looks like --------------------------------------------------- */

static void a_message_has_its_topic_and_its_attributes(void **state)
{
	static const struct { struct sink_message m; const char *topic, *properties; } rows[] = {
		{ { .kind = SINK_EVENT, .project = "p", .location = "eu", .registry = "r", .device = "d", .num_id = 42, .qos = 1 },
		  "tern/p/eu/r/d/events",
		  "deviceId=d;deviceNumId=42;deviceRegistryLocation=eu;deviceRegistryId=r;projectId=p;subFolder=;" },
		{ { .kind = SINK_EVENT, .project = "p", .location = "eu", .registry = "r", .device = "d+%", .num_id = UINT64_MAX,
		    .subfolder = { (const uint8_t *)"a/b", 3 }, .qos = 1 },
		  "tern/p/eu/r/d%2B%25/events/a/b",
		  "deviceId=d+%;deviceNumId=18446744073709551615;deviceRegistryLocation=eu;deviceRegistryId=r;projectId=p;"
		  "subFolder=a/b;" },
		{ { .kind = SINK_EVENT, .project = "p", .location = "eu", .registry = "r", .device = "d",
		    .subfolder = { (const uint8_t *)"\xc3\xbc", 2 }, .qos = 1 },
		  "tern/p/eu/r/d/events/%C3%BC",
		  "deviceId=d;deviceNumId=0;deviceRegistryLocation=eu;deviceRegistryId=r;projectId=p;subFolder=\xc3\xbc;" },
		{ { .kind = SINK_EVENT, .project = "p", .location = "eu", .registry = "r", .device = "d",
		    .subfolder = { (const uint8_t *)"\xff\n", 2 }, .qos = 1 },
		  "tern/p/eu/r/d/events/%FF%0A",
		  "deviceId=d;deviceNumId=0;deviceRegistryLocation=eu;deviceRegistryId=r;projectId=p;subFolder=%FF%0A;" },
		{ { .kind = SINK_STATE, .project = "p", .location = "eu", .registry = "r", .device = "d", .num_id = 1, .qos = 0 },
		  "tern/p/eu/r/d/state",
		  "deviceId=d;deviceNumId=1;deviceRegistryLocation=eu;deviceRegistryId=r;projectId=p;subFolder=;" },
	};
	struct sink *s;

	(void)state;
	broker_start(&broker, "allow_anonymous true\n");
	subscriber_start(&subscriber, broker.port);
	s = open_plain(broker.port);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_true(s->ops->deliver(s, &rows[i].m));
		s->ops->flush(s);
		await_count(i + 1);
		assert_string_equal(subscriber.topic, rows[i].topic);
		assert_string_equal(subscriber.properties, rows[i].properties);
	}
	s->ops->close(s, 1000);
	subscriber_stop(&subscriber);
}

static bool next_within(struct sink *s, struct sink_confirmation *c, int ms)
{
	struct pollfd p = { .fd = s->ops->fd(s), .events = POLLIN };

	s->ops->flush(s);
	return s->ops->next(s, c) || (poll(&p, 1, ms) > 0 && s->ops->next(s, c));
}

static void a_message_that_nobody_hears_is_delivered_and_counted(void **state)
{
	struct sink_confirmation c;
	struct sink_health h;
	struct sink *s;

	(void)state;
	broker_start(&broker, "allow_anonymous true\n");
	s = open_plain(broker.port);
	assert_true(rig_deliver(s, 1, 51));
	assert_true(next_within(s, &c, 5000));
	assert_int_equal(c.ticket, 51);
	assert_true(c.unheard);
	rig_await_health(s, true, "but nobody was subscribed to 1 messages, the last ", 1000);
	subscriber_start(&subscriber, broker.port);
	assert_true(rig_deliver(s, 1, 101));
	assert_true(next_within(s, &c, 5000));
	assert_int_equal(c.ticket, 101);
	assert_false(c.unheard);
	s->ops->health(s, &h);
	assert_int_equal(h.unheard, 1);
	assert_int_equal(h.confirmed, 2);
	assert_int_equal(h.held, 0);
	s->ops->close(s, 1000);
	subscriber_stop(&subscriber);
}

/* ---- Brokers that are away, or say no --------------------------------------------- */

static void messages_wait_for_a_broker_that_comes_later(void **state)
{
	uint64_t tickets[1000];
	struct sink *s;

	(void)state;
	broker_start(&broker, "allow_anonymous true\n");
	subscriber_start(&subscriber, broker.port);
	broker_stop(&broker, SIGTERM);
	s = open_plain(broker.port);
	for (uint64_t i = 1; i <= 1000; i++)
		assert_true(rig_deliver(s, (unsigned)i % BROKER_DEVICES, i));
	rig_await_health(s, false, "holds 1,000 messages for 127.0.0.1:", 10000);
	rig_await_health(s, false, "no connection: Connection refused; next try in ", 10000);
	assert_int_equal(rig_collect(s, tickets, 1, 50), 0);
	broker_restart(&broker);
	assert_int_equal(rig_collect(s, tickets, 1000, 20000), 1000);
	rig_await_health(s, true, "delivers to 127.0.0.1:", 1000);
	await_count(1000);
	assert_false(subscriber.disorder);
	s->ops->close(s, 1000);
	subscriber_stop(&subscriber);
}

static void a_refused_login_is_said_in_words(void **state)
{
	struct sink *s;

	(void)state;
	broker_start(&broker, "allow_anonymous false\n");
	s = open_sink(&(struct sink_mqtt_config){ .user = "bridge", .password = "wrong" }, broker.port);
	assert_true(rig_deliver(s, 1, 1));
	rig_await_health(s, false, "holds 1 messages for 127.0.0.1:", 10000);
	rig_await_health(s, false, "the broker refuses the login: Not authorized", 10000);
	s->ops->close(s, 0);
}

static void write_acl(const char *text)
{
	char path[RIG_PATH + 16];
	FILE *f;

	snprintf(path, sizeof path, "%s/acl", broker.folder);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* device-1 may not publish at first; its messages wait, in order, and nobody else's. */
static void a_refusal_holds_up_only_its_device(void **state)
{
	static const char all_but_one[] = "topic read tern/#\ntopic write tern/+/+/+/device-2/#\n";
	struct sink_health h;
	uint64_t tickets[20];
	struct sink *s;

	(void)state;
	broker_start(&broker, "");
	broker_stop(&broker, SIGTERM);
	write_acl(all_but_one);
	broker_configure(&broker, "allow_anonymous true\nacl_file %s/acl\n");
	broker_restart(&broker);
	subscriber_start(&subscriber, broker.port);
	s = open_plain(broker.port);
	for (uint64_t i = 0; i < 10; i++) {
		assert_true(rig_deliver(s, 1, 1 + i * BROKER_DEVICES));
		assert_true(rig_deliver(s, 2, 2 + i * BROKER_DEVICES));
	}
	assert_int_equal(rig_collect(s, tickets, 10, 10000), 10);
	for (uint64_t i = 0; i < 10; i++)
		assert_int_equal(tickets[i], 2 + i * BROKER_DEVICES);
	assert_int_equal(rig_collect(s, tickets, 1, 300), 0);
	rig_await_health(s, false, "holds 10 messages: the broker refuses those of 1 device (device-1: Not authorized)", 10000);
	write_acl("topic readwrite tern/#\n");
	kill(broker.pid, SIGHUP);
	assert_int_equal(rig_collect(s, tickets, 10, 10000), 10);
	for (uint64_t i = 0; i < 10; i++)
		assert_int_equal(tickets[i], 1 + i * BROKER_DEVICES);
	await_count(20);
	assert_false(subscriber.disorder);
	s->ops->health(s, &h);
	assert_true(h.well);
	s->ops->close(s, 1000);
	subscriber_stop(&subscriber);
}

static void a_message_larger_than_the_broker_takes_holds_up_only_its_device(void **state)
{
	static uint8_t big[20000];
	uint64_t tickets[3];
	struct sink *s;

	(void)state;
	broker_start(&broker, "allow_anonymous true\nmax_packet_size 10000\n");
	s = open_plain(broker.port);
	assert_true(rig_deliver(s, 2, 1));
	assert_int_equal(rig_collect(s, tickets, 1, 10000), 1);
	assert_true(s->ops->deliver(s, &(struct sink_message){ .project = "p", .location = "l", .registry = "r", .device = "big",
							      .payload = { big, sizeof big }, .qos = 1, .ticket = 9 }));
	assert_true(rig_deliver(s, 2, 2));
	assert_int_equal(rig_collect(s, tickets, 1, 10000), 1);
	assert_int_equal(tickets[0], 2);
	assert_int_equal(rig_collect(s, tickets, 1, 300), 0);
	rig_await_health(s, false, "refuses those of 1 device (big: ", 10000);
	s->ops->close(s, 100);
}

/* A broker that hangs up at message 1001 (of device 1): the others do not wait for it. */
static void a_message_at_which_the_broker_hangs_up_holds_up_only_its_device(void **state)
{
	static uint64_t tickets[2000];
	struct sink *s;

	(void)state;
	broker_start(&broker, "allow_anonymous true\n");
	subscriber_start(&subscriber, broker.port);
	proxy_start(&proxy, broker.port);
	proxy.hang_up_at = 1001;
	s = open_plain(proxy.port);
	for (uint64_t i = 1; i <= 2000; i++)
		assert_true(rig_deliver(s, (unsigned)i % BROKER_DEVICES, i));
	assert_int_equal(rig_collect(s, tickets, 1980, 20000), 1980);
	assert_int_equal(rig_collect(s, tickets, 1, 200), 0);      /* 1001 and 19 behind it wait */
	rig_await_health(s, false, "holds 20 messages", 10000);
	proxy.hang_up_at = 0;
	assert_int_equal(rig_collect(s, tickets, 20, 20000), 20);
	for (uint64_t i = 0; i < 20; i++)
		assert_int_equal(tickets[i], 1001 + i * BROKER_DEVICES);
	await_count(2000);
	assert_false(subscriber.disorder);
	s->ops->close(s, 1000);
	proxy_stop(&proxy);
	subscriber_stop(&subscriber);
}

static void a_broker_that_does_not_acknowledge_is_left_and_tried_again(void **state)
{
	uint64_t ticket;
	struct sink *s;

	(void)state;
	broker_start(&broker, "allow_anonymous true\n");
	proxy_start(&proxy, broker.port);
	s = open_plain(proxy.port);
	rig_await_health(s, true, "delivers to ", 10000);
	proxy.mute = true;
	assert_true(rig_deliver(s, 1, 1));
	s->ops->flush(s);
	rig_await_health(s, false, "the broker does not acknowledge messages; next try in ", 10000);
	assert_int_equal(rig_collect(s, &ticket, 1, 100), 0);
	proxy.mute = false;
	assert_int_equal(rig_collect(s, &ticket, 1, 10000), 1);
	s->ops->close(s, 1000);
	proxy_stop(&proxy);
}

/* ---- Full, and closing ---------------------------------------------------------- */

static void a_device_fills_its_lane_and_not_the_sink(void **state)
{
	struct sink *s = open_plain(broker_free_port());
	unsigned n = 0;

	(void)state;
	while (rig_deliver(s, 1, n + 1))
		n++;
	assert_int_equal(n, SINK_LANE_MAX);
	assert_true(rig_deliver(s, 2, 1));
	s->ops->close(s, 0);
}

static void a_full_sink_refuses_all(void **state)
{
	struct sink *s = open_sink(&(struct sink_mqtt_config){ .hold_bytes = 5000 }, broker_free_port());
	struct sink_health h;
	unsigned n = 0;

	(void)state;
	while (rig_deliver(s, n, n + 1))
		n++;
	assert_in_range(n, 10, 40);
	assert_true(s->ops->deliver(s, &(struct sink_message){ .project = "p", .location = "l", .registry = "r", .device = "d" }));
	s->ops->health(s, &h);
	assert_int_equal(h.dropped, 1);
	assert_in_range(h.held_bytes, 4000, 5000);
	s->ops->close(s, 0);
}

static void a_broker_restarted_often_in_a_row_is_used_soon_after_each(void **state)
{
	struct sink_confirmation c;
	struct sink *s;

	(void)state;
	broker_start(&broker, "allow_anonymous true\n");
	s = open_plain(broker.port);
	for (uint64_t i = 1; i <= 12; i++) {
		assert_true(rig_deliver(s, 1, i));
		if (!next_within(s, &c, 2000))
			fail_msg("not within 2 s of restart %u", (unsigned)i - 1);
		broker_stop(&broker, SIGKILL);
		broker_restart(&broker);
	}
	s->ops->close(s, 1000);
}

/* A server that accepts and says nothing. */
static void closing_is_bounded_when_the_broker_is_silent(void **state)
{
	struct sockaddr_storage a;
	socklen_t len = sizeof a;
	struct sink *s;
	uint64_t start;
	uint16_t port;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	assert_int_equal(listen(fd, 4), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	memcpy(&port, (char *)&a + 2, 2);
	s = open_plain((uint16_t)(port << 8 | port >> 8));
	assert_true(rig_deliver(s, 1, 1));
	rig_await_health(s, false, "holds 1 messages: connecting to 127.0.0.1:", 10000);
	rig_await_health(s, false, "the broker does not answer the login; next try in ", 10000);
	start = rig_now_ms();
	s->ops->close(s, 300);
	assert_in_range(rig_now_ms() - start, 290, 1500);
	close(fd);
}

static void what_can_only_be_a_mistake_is_refused_at_once(void **state)
{
	static const struct { struct sink_mqtt_config cfg; const char *words; } rows[] = {
		{ { .host = "", .port = 1883 }, "host and port: one of them is missing" },
		{ { .host = "127.0.0.1" }, "host and port: one of them is missing" },
		{ { .host = "b.example", .port = 1883, .user = "u", .password = "p" }, "b.example: a password leaves this machine only by TLS" },
		{ { .host = "127.0.0.1", .port = 1, .cert_file = "x" }, "certificate and key go together" },
		{ { .host = "127.0.0.1", .port = 1, .cert_file = "x", .key_file = "y" }, "a certificate needs TLS" },
		{ { .host = "127.0.0.1", .port = 1, .ca_file = "/nowhere" }, "/nowhere: cannot be read as certificates in PEM" },
		{ { .host = "127.0.0.1", .port = 1, .ca_file = "/dev/null" }, "/dev/null: cannot be read as certificates in PEM" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_null(sink_mqtt_open(&rows[i].cfg, error));
		if (strstr(error, rows[i].words) == NULL)
			fail_msg("'%s' does not say '%s'", error, rows[i].words);
	}
}

/* ---- TLS -------------------------------------------------------------------------- */

/* Two authorities, and certificates of the first for 127.0.0.1 and for another host. */
static void make_certificates(void)
{
	char command[2048];

	snprintf(command, sizeof command,
		 "cd %s && exec 2>/dev/null && for ca in ca other; do openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 "
		 "-nodes -days 2 -subj /CN=$ca -keyout $ca.key -out $ca.pem || exit 1; done; for host in IP:127.0.0.1 DNS:b.example; do "
		 "n=${host##*:}; openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=$n -keyout $n.key -out $n.csr "
		 "&& echo subjectAltName=$host > $n.ext && openssl x509 -req -in $n.csr -CA ca.pem -CAkey ca.key -CAcreateserial "
		 "-days 2 -extfile $n.ext -out $n.pem || exit 1; done",
		 broker.folder);
	assert_int_equal(system(command), 0);
}

static void start_tls_broker(const char *name)
{
	char lines[256];

	snprintf(lines, sizeof lines, "allow_anonymous true\ncertfile %%s/%s.pem\nkeyfile %%s/%s.key\n", name, name);
	broker_start(&broker, "");
	broker_stop(&broker, SIGTERM);
	make_certificates();
	broker_configure(&broker, lines);
	broker_restart(&broker);
}

static struct sink *open_tls(const char *ca)
{
	static char path[RIG_PATH + 16];

	snprintf(path, sizeof path, "%s/%s.pem", broker.folder, ca);
	return open_sink(&(struct sink_mqtt_config){ .ca_file = path }, broker.port);
}

static void tls_delivers_to_the_right_broker_only(void **state)
{
	uint64_t ticket;
	struct sink *s;

	(void)state;
	start_tls_broker("127.0.0.1");
	s = open_tls("ca");
	assert_true(rig_deliver(s, 1, 1));
	assert_int_equal(rig_collect(s, &ticket, 1, 10000), 1);
	s->ops->close(s, 1000);
	s = open_tls("other");
	assert_true(rig_deliver(s, 1, 1));
	rig_await_health(s, false, "certificate verify failed", 10000);
	assert_int_equal(rig_collect(s, &ticket, 1, 100), 0);
	s->ops->close(s, 0);
}

static void tls_refuses_a_certificate_for_another_host(void **state)
{
	uint64_t ticket;
	struct sink *s;

	(void)state;
	start_tls_broker("b.example");
	s = open_tls("ca");
	assert_true(rig_deliver(s, 1, 1));
	rig_await_health(s, false, "next try in", 10000);
	assert_int_equal(rig_collect(s, &ticket, 1, 200), 0);
	rig_await_health(s, false, "verif", 10000);
	s->ops->close(s, 0);
}

/* ---- Restarts and kills -------------------------------------------------------------- */

/* A load: numbers from 1 on, so many in flight, device = number % DEVICES. */
struct load { struct sink *sink; uint64_t sent, confirmed; unsigned char done[BROKER_NUMBERS]; bool against_proxy; };
static struct load load;

static void take_confirmations(int ms)
{
	struct sink_confirmation c;
	struct pollfd p = { .fd = load.sink->ops->fd(load.sink), .events = POLLIN };

	poll(&p, 1, ms);
	while (load.sink->ops->next(load.sink, &c)) {
		assert_in_range(c.ticket, 1, load.sent);
		assert_int_equal(load.done[c.ticket], 0);                /* once */
		if (load.against_proxy)
			assert_int_equal(proxy.acknowledged[c.ticket], 1);
		load.done[c.ticket] = 1;
		load.confirmed++;
	}
}

static void run_load(int ms)
{
	for (uint64_t until = rig_now_ms() + (uint64_t)ms; rig_now_ms() < until; take_confirmations(5)) {
		while (load.sent - load.confirmed < IN_FLIGHT && load.sent + 1 < BROKER_NUMBERS &&
		       rig_deliver(load.sink, (unsigned)(load.sent + 1) % BROKER_DEVICES, load.sent + 1))
			load.sent++;
		load.sink->ops->flush(load.sink);
	}
}

static void finish_load(void)
{
	for (uint64_t until = rig_now_ms() + 20000; load.confirmed < load.sent && rig_now_ms() < until;)
		take_confirmations(20);
	assert_int_equal(load.confirmed, load.sent);
}

static void count_doubles(const char *what)
{
	uint64_t doubles = 0;

	for (uint64_t i = 1; i <= load.sent; i++)
		doubles += subscriber.seen[i] > 1;
	print_message("%s: %llu messages, %llu of them heard more than once\n", what, (unsigned long long)load.sent,
		      (unsigned long long)doubles);
}

static void twenty_restarts_of_mosquitto_lose_nothing_that_was_confirmed(void **state)
{
	enum { RESTARTS = 20 };

	(void)state;
	broker_start(&broker, "allow_anonymous true\n");
	subscriber_start(&subscriber, broker.port);
	memset(&load, 0, sizeof load);
	load.sink = open_plain(broker.port);
	for (int i = 0; i < RESTARTS; i++) {
		run_load(100 + (int)(rig_random() % 300));
		broker_stop(&broker, SIGTERM);
		run_load((int)(rig_random() % 100));
		broker_restart(&broker);
	}
	run_load(200);
	finish_load();
	for (uint64_t until = rig_now_ms() + 20000, i = 1; i <= load.sent && rig_now_ms() < until;) {
		if (subscriber.seen[i] != 0)
			i++;
		else
			rig_sleep(5);
	}
	for (uint64_t i = 1; i <= load.sent; i++)
		if (subscriber.seen[i] == 0)
			fail_msg("message %llu of %llu was confirmed and never heard", (unsigned long long)i, (unsigned long long)load.sent);
	assert_false(subscriber.disorder);
	count_doubles("20 restarts");
	load.sink->ops->close(load.sink, 1000);
	subscriber_stop(&subscriber);
}

static void what_is_confirmed_is_what_the_broker_acknowledged_through_kills(void **state)
{
	enum { KILLS = 15 };

	(void)state;
	broker_start(&broker, "allow_anonymous true\n");
	proxy_start(&proxy, broker.port);
	memset(&load, 0, sizeof load);
	load.sink = open_plain(proxy.port);
	load.against_proxy = true;
	for (int i = 0; i < KILLS; i++) {
		run_load(100 + (int)(rig_random() % 200));
		broker_stop(&broker, SIGKILL);
		run_load((int)(rig_random() % 100));
		broker_restart(&broker);
	}
	run_load(200);
	finish_load();
	for (uint64_t i = 1; i < BROKER_NUMBERS; i++)
		assert_int_equal(proxy.acknowledged[i], load.done[i]);
	print_message("%d kills: %llu messages, %lu connections\n", KILLS, (unsigned long long)load.sent, proxy.connections);
	load.sink->ops->close(load.sink, 1000);
	proxy_stop(&proxy);
}

#define TEST(f) cmocka_unit_test_teardown(f, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_message_has_its_topic_and_its_attributes),
		TEST(a_message_that_nobody_hears_is_delivered_and_counted),
		TEST(messages_wait_for_a_broker_that_comes_later),
		TEST(a_refused_login_is_said_in_words),
		TEST(a_refusal_holds_up_only_its_device),
		TEST(a_message_larger_than_the_broker_takes_holds_up_only_its_device),
		TEST(a_message_at_which_the_broker_hangs_up_holds_up_only_its_device),
		TEST(a_broker_that_does_not_acknowledge_is_left_and_tried_again),
		TEST(a_broker_restarted_often_in_a_row_is_used_soon_after_each),
		cmocka_unit_test(a_device_fills_its_lane_and_not_the_sink),
		cmocka_unit_test(a_full_sink_refuses_all),
		cmocka_unit_test(closing_is_bounded_when_the_broker_is_silent),
		cmocka_unit_test(what_can_only_be_a_mistake_is_refused_at_once),
		TEST(tls_delivers_to_the_right_broker_only),
		TEST(tls_refuses_a_certificate_for_another_host),
		TEST(twenty_restarts_of_mosquitto_lose_nothing_that_was_confirmed),
		TEST(what_is_confirmed_is_what_the_broker_acknowledged_through_kills),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
