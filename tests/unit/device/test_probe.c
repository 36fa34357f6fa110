/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_probe.c - a network of a few lines: what opens, what does not, and what
 * the probe makes of it.  Whatever happens: no byte moves, nothing is asked after
 * its time, and in the end the link is closed.
 */
#include "device/probe.h"
#include "unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

/* ---- a link that does as it is told ---- */

struct place {
	const char *at;        /* "host:port", "host:*" */
	enum err    result;    /* of the open; ERR_AGAIN: never any */
	uint32_t    after_ms;
};

struct network {
	struct link link;
	struct place places[6];
	uint32_t now_ms, opened_ms;
	const struct place *place;   /* NULL: closed */
	enum err    refuses;         /* every open, at once: ERR_OK for none */
	enum err    falls;           /* every link from FALLS_MS on */
	uint32_t    falls_ms;
	char        asked[200];      /* "host:port host:port " */
};

static struct network n;

static enum err open_place(struct link *l, const char *host, uint16_t port, uint32_t now_ms)
{
	static const struct place nowhere = { "", ERR_MODEM_DNS, 100 };
	char at[64], any[64];

	(void)l;
	assert_null(n.place);
	if (n.refuses != ERR_OK)
		return n.refuses;
	if (strchr(host, ' ') != NULL)
		return ERR_ARG;
	snprintf(at, sizeof at, "%s:%u", host, port);
	snprintf(any, sizeof any, "%s:*", host);
	strcat(strcat(n.asked, at), " ");
	n.place = &nowhere;
	n.opened_ms = now_ms;
	for (size_t i = 0; i < 6 && n.places[i].at != NULL && n.place == &nowhere; i++)
		if (strcmp(n.places[i].at, at) == 0 || strcmp(n.places[i].at, any) == 0)
			n.place = &n.places[i];
	return ERR_OK;
}

static enum err state_of(const struct link *l)
{
	(void)l;
	if (n.place == NULL)
		return ERR_STATE;
	if (n.falls != ERR_OK && n.now_ms >= n.falls_ms)
		return n.falls;
	return n.now_ms - n.opened_ms >= n.place->after_ms ? n.place->result : ERR_AGAIN;
}

static enum err never_send(struct link *l, const uint8_t *data, size_t len, size_t *taken, uint32_t now_ms)
{
	(void)l, (void)data, (void)len, (void)taken, (void)now_ms;
	fail_msg("a byte was sent");
	return ERR_STATE;
}

static enum err never_recv(struct link *l, uint8_t *buf, size_t size, size_t *got, uint32_t now_ms)
{
	(void)l, (void)buf, (void)size, (void)got, (void)now_ms;
	fail_msg("a byte was asked for");
	return ERR_STATE;
}

static void close_place(struct link *l, uint32_t now_ms)
{
	(void)l, (void)now_ms;
	n.place = NULL;
}

static const struct link_ops ops = { open_place, state_of, never_send, never_recv, close_place };

static void network(const struct place places[6])
{
	n = (struct network){ .link = { &ops }, .now_ms = UINT32_MAX - 5000 };   /* time wraps */
	memcpy(n.places, places, sizeof n.places);
}

/* ---- the rows ---- */

#define YES EVIDENCE_YES
#define NO  EVIDENCE_NO
#define UNK EVIDENCE_UNKNOWN

static const struct row {
	const char *sentence;
	enum err why;
	struct place places[6];
	const char *asked;
	uint8_t name, port, host;
	uint32_t at_most_ms;
} rows[] = {
	{ "the host's name is wrong, others resolve and refuse the port", ERR_MODEM_DNS,
	  { { "ntp.test:*", ERR_MODEM_CONNECT, 300 } },
	  "ntp.test:443 ", YES, UNK, UNK, 1000 },
	{ "others resolve, and do not answer in the modem's time", ERR_MODEM_DNS,
	  { { "ntp.test:*", ERR_MODEM_OPEN_TIMEOUT, 30000 } },
	  "ntp.test:443 ", YES, UNK, UNK, 31000 },
	{ "no name resolves, addresses work", ERR_MODEM_DNS,
	  { { "1.1.1.1:443", ERR_OK, 200 } },
	  "ntp.test:443 1.1.1.1:443 ", NO, UNK, YES, 1000 },
	{ "nothing works", ERR_MODEM_DNS,
	  { { "1.1.1.1:443", ERR_MODEM_OPEN_TIMEOUT, 30000 } },
	  "ntp.test:443 1.1.1.1:443 ", NO, UNK, NO, 31000 },
	{ "of the other name nothing is heard", ERR_MODEM_DNS,
	  { { "ntp.test:*", ERR_AGAIN, 0 }, { "1.1.1.1:443", ERR_OK, 200 } },
	  "ntp.test:443 1.1.1.1:443 ", UNK, UNK, YES, 42000 },
	{ "the port is blocked, 443 is not", ERR_MODEM_OPEN_TIMEOUT,
	  { { "mqtt.test:443", ERR_OK, 200 } },
	  "mqtt.test:443 ", UNK, YES, UNK, 1000 },
	{ "443 opens and is closed at once", ERR_MODEM_CONNECT,
	  { { "mqtt.test:443", ERR_MODEM_CLOSED, 200 } },
	  "mqtt.test:443 ", UNK, YES, UNK, 1000 },
	{ "the server is down, others are not", ERR_MODEM_CONNECT,
	  { { "mqtt.test:*", ERR_MODEM_CONNECT, 200 }, { "1.1.1.1:443", ERR_OK, 200 } },
	  "mqtt.test:443 1.1.1.1:443 ", UNK, NO, YES, 1000 },
	{ "nothing opens, and silence is an answer", ERR_MODEM_OPEN_TIMEOUT,
	  { { "mqtt.test:*", ERR_AGAIN, 0 }, { "1.1.1.1:443", ERR_AGAIN, 0 } },
	  "mqtt.test:443 1.1.1.1:443 ", UNK, NO, NO, 81000 },
	{ "the name no longer resolves", ERR_MODEM_CONNECT,
	  { { "1.1.1.1:443", ERR_OK, 200 } },
	  "mqtt.test:443 1.1.1.1:443 ", UNK, UNK, YES, 1000 },
	{ "the modem has no socket to spare", ERR_MODEM_CONNECT,
	  { { "mqtt.test:*", ERR_MODEM_SOCKET, 10 }, { "1.1.1.1:443", ERR_MODEM_SOCKET, 10 } },
	  "mqtt.test:443 1.1.1.1:443 ", UNK, UNK, UNK, 1000 },
	{ "a refused login has nothing to do with ports", ERR_MQTT_CONNACK_5, { { NULL, ERR_OK, 0 } },
	  "", UNK, UNK, UNK, 0 },
	{ "nor has a lost data connection", ERR_MODEM_PDP_LOST, { { NULL, ERR_OK, 0 } }, "", UNK, UNK, UNK, 0 },
};

static const struct probe_config usual = { &n.link, "mqtt.test", 8883, "ntp.test", NULL };

/* Steps of STEP ms until it is over; how long it took. */
static uint32_t go(struct probe *p, struct evidence *e, uint32_t step)
{
	uint32_t start_ms = n.now_ms, at_ms;

	while (probe_step(p, e, n.now_ms)) {
		assert_true(probe_deadline(p, &at_ms));
		assert_true(n.now_ms - start_ms < PROBE_MS);
		n.now_ms += step;
	}
	assert_false(probe_deadline(p, &at_ms));
	assert_null(n.place);
	assert_false(probe_step(p, e, n.now_ms + 1000000));
	return n.now_ms - start_ms;
}

static void each_cause_is_told_from_the_others(void **state)
{
	static const uint32_t steps[] = { 1, 7, 100 };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0] * 3; i++) {
		const struct row *r = &rows[i / 3];
		struct evidence e;
		struct probe p;
		uint32_t took;

		evidence_init(&e);
		network(r->places);
		assert_int_equal(probe_begin(&p, &usual, r->why, n.now_ms), r->asked[0] != '\0');
		took = go(&p, &e, steps[i % 3]);
		if (strcmp(n.asked, r->asked) != 0 || e.other_name != r->name || e.other_port != r->port ||
		    e.other_host != r->host || took > r->at_most_ms)
			fail_msg("%s: asked %s: %u %u %u, %u ms", r->sentence, n.asked, e.other_name, e.other_port,
				 e.other_host, took);
	}
}

/* ---- what it is told ---- */

static void ask_with(const struct probe_config *cfg, enum err why, const char *asked)
{
	const struct place none[6] = { { NULL, ERR_OK, 0 } };
	struct evidence e;
	struct probe p;

	evidence_init(&e);
	network(none);
	(void)probe_begin(&p, cfg, why, n.now_ms);
	(void)go(&p, &e, 10);
	assert_string_equal(n.asked, asked);
}

static void settings_choose_whom_it_asks(void **state)
{
	struct probe_config c = usual;

	(void)state;
	c.port = 443;
	ask_with(&c, ERR_MODEM_CONNECT, "mqtt.test:8883 1.1.1.1:443 ");
	c.elsewhere = "192.0.2.7:8883";
	ask_with(&c, ERR_MODEM_CONNECT, "mqtt.test:8883 192.0.2.7:8883 ");
	c.elsewhere = "off";
	ask_with(&c, ERR_MODEM_CONNECT, "");
	ask_with(&c, ERR_MODEM_DNS, "");
	c = usual;
	c.name = "";
	ask_with(&c, ERR_MODEM_DNS, "example.com:443 1.1.1.1:443 ");
	c.name = "mqtt.test";           /* which did not resolve */
	ask_with(&c, ERR_MODEM_DNS, "1.1.1.1:443 ");
	c.name = "192.0.2.1";           /* no name */
	ask_with(&c, ERR_MODEM_DNS, "1.1.1.1:443 ");
	c.name = "a b";                 /* the link refuses it */
	ask_with(&c, ERR_MODEM_DNS, "1.1.1.1:443 ");
	c = usual;
	c.elsewhere = "nonsense";
	ask_with(&c, ERR_MODEM_CONNECT, "mqtt.test:443 ");
}

/* ---- when the modem goes down meanwhile ---- */

static void a_modem_that_goes_down_ends_it_without_an_answer(void **state)
{
	static const enum err downs[] = { ERR_MODEM_SILENT, ERR_MODEM_REBOOT, ERR_MODEM_PDP_LOST,
					  ERR_MODEM_NO_NETWORK };
	const struct place slow[6] = { { "mqtt.test:*", ERR_MODEM_CONNECT, 500 }, { "1.1.1.1:443", ERR_OK, 500 } };

	(void)state;
	for (uint32_t ms = 0; ms < 1000; ms += 50) {
		struct evidence e;
		struct probe p;

		evidence_init(&e);
		network(slow);
		n.now_ms = 1000;
		n.falls = downs[ms / 50 % 4];
		n.falls_ms = 1000 + ms;
		assert_true(probe_begin(&p, &usual, ERR_MODEM_CONNECT, n.now_ms));
		assert_true(go(&p, &e, 10) <= ms + 10);
		assert_int_equal(e.other_port, ms > 500 ? NO : UNK);
		assert_int_equal(e.other_host, UNK);
	}
}

static void a_link_that_may_not_be_opened_ends_it(void **state)
{
	static const enum err refusals[] = { ERR_STATE, ERR_MODEM_PDP_LOST, ERR_MODEM_SILENT, ERR_MODEM_NO_NETWORK };
	const struct place none[6] = { { NULL, ERR_OK, 0 } };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct evidence e;
		struct probe p;

		evidence_init(&e);
		network(none);
		n.refuses = refusals[i];
		assert_true(probe_begin(&p, &usual, ERR_MODEM_DNS, n.now_ms));
		assert_int_equal(go(&p, &e, 10), 0);
		assert_int_equal(e.other_name | e.other_host, UNK);
	}
}

static void it_gives_the_link_back_when_told(void **state)
{
	const struct place slow[6] = { { "mqtt.test:*", ERR_AGAIN, 0 } };
	struct evidence e;
	struct probe p = { .todo = 0 };
	uint32_t at_ms;

	(void)state;
	evidence_init(&e);
	network(slow);
	probe_stop(&p, n.now_ms);       /* never begun */
	assert_true(probe_begin(&p, &usual, ERR_MODEM_CONNECT, n.now_ms));
	probe_stop(&p, n.now_ms);       /* begun, nothing asked */
	assert_true(probe_begin(&p, &usual, ERR_MODEM_CONNECT, n.now_ms));
	assert_true(probe_step(&p, &e, n.now_ms));
	assert_true(probe_deadline(&p, &at_ms));
	assert_int_equal(at_ms, n.now_ms + PROBE_ONE_MS);
	assert_non_null(n.place);
	probe_stop(&p, n.now_ms);
	assert_null(n.place);
	assert_false(probe_step(&p, &e, n.now_ms));
	assert_int_equal(e.other_port, UNK);
}

/* Its owner did not come by for a long time. */
static void the_whole_has_its_bound(void **state)
{
	const struct place slow[6] = { { "mqtt.test:*", ERR_AGAIN, 0 } };
	struct evidence e;
	struct probe p;

	(void)state;
	evidence_init(&e);
	network(slow);
	assert_true(probe_begin(&p, &usual, ERR_MODEM_CONNECT, n.now_ms));
	assert_true(probe_step(&p, &e, n.now_ms));
	n.now_ms += PROBE_MS;
	assert_false(probe_step(&p, &e, n.now_ms));
	assert_null(n.place);
	assert_int_equal(e.other_port, UNK);
}

static void addresses_are_read(void **state)
{
	static const struct { const char *text, *address; unsigned port; } addresses[] = {
		{ "1.1.1.1", "1.1.1.1", 443 }, { "255.255.255.255:65535", "255.255.255.255", 65535 },
		{ "0.0.0.0:1", "0.0.0.0", 1 }, { "", NULL, 0 }, { ":443", NULL, 0 }, { "1.1.1.1:", NULL, 0 },
		{ "1.1.1.1:0", NULL, 0 }, { "1.1.1.1:65536", NULL, 0 }, { "1.1.1", NULL, 0 }, { "1.1.1.1.1", NULL, 0 },
		{ "1..1.1", NULL, 0 }, { "1.1.1.", NULL, 0 }, { "256.1.1.1", NULL, 0 }, { "0001.1.1.1", NULL, 0 },
		{ "1.1.1.a", NULL, 0 }, { "example.com", NULL, 0 }, { "1.1.1.1 ", NULL, 0 }, { "1.1.1.1:4:4", NULL, 0 },
		{ "::1", NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
		char address[PROBE_ADDRESS_SIZE] = "unchanged";
		uint16_t port = 7;
		bool is = probe_address(bytes_of(addresses[i].text), address, &port);

		if (is != (addresses[i].address != NULL))
			fail_msg("%s", addresses[i].text);
		assert_string_equal(address, is ? addresses[i].address : "unchanged");
		assert_int_equal(port, is ? addresses[i].port : 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_cause_is_told_from_the_others),
		cmocka_unit_test(settings_choose_whom_it_asks),
		cmocka_unit_test(a_modem_that_goes_down_ends_it_without_an_answer),
		cmocka_unit_test(a_link_that_may_not_be_opened_ends_it),
		cmocka_unit_test(it_gives_the_link_back_when_told),
		cmocka_unit_test(the_whole_has_its_bound),
		cmocka_unit_test(addresses_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
