/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "cloud/iotcore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define B(s) { (const uint8_t *)(s), sizeof(s) - 1 }
#define BYTES(s) ((struct bytes)B(s))
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

#define CLIENT_ID "projects/my-project-1/locations/europe-west1/registries/reg/devices/dev-1"

static const struct iotcore_ids ids = { B("my-project-1"), B("reg"), B("dev-1"), B("europe-west1") };

/* ---- Ids --------------------------------------------------------------------- */

#define L50 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee"
#define L250 L50 L50 L50 L50 L50

enum part { PROJECT, REGISTRY, DEVICE, REGION };

static const struct id_row {
	const char *name;
	enum part   part;
	struct bytes value;
	enum err    want;
} id_rows[] = {
	{ "project_6",                  PROJECT,  B("abcdef"),                ERR_OK },
	{ "project_5",                  PROJECT,  B("abcde"),                 ERR_IOTCORE_PROJECT },
	{ "project_30",                 PROJECT,  B("abcdefghijklmnopqrstuvwxyz1234"), ERR_OK },
	{ "project_31",                 PROJECT,  B("abcdefghijklmnopqrstuvwxyz12345"), ERR_IOTCORE_PROJECT },
	{ "project_name_instead_of_id", PROJECT,  B("My First Project"),      ERR_IOTCORE_PROJECT },
	{ "project_number",             PROJECT,  B("123456789012"),          ERR_IOTCORE_PROJECT },
	{ "project_ends_in_hyphen",     PROJECT,  B("my-project-"),           ERR_IOTCORE_PROJECT },
	{ "project_underscore",         PROJECT,  B("my_project"),            ERR_IOTCORE_PROJECT },
	{ "project_capital",            PROJECT,  B("myProject"),             ERR_IOTCORE_PROJECT },
	{ "project_zero_within",        PROJECT,  B("my\0project"),           ERR_IOTCORE_PROJECT },
	{ "project_empty",              PROJECT,  B(""),                      ERR_IOTCORE_PROJECT },
	{ "project_of_a_domain",        PROJECT,  B("example.com:my-project"), ERR_OK },
	{ "project_domain_no_dot",      PROJECT,  B("example:my-project"),    ERR_IOTCORE_PROJECT },
	{ "project_domain_empty",       PROJECT,  B(":my-project"),           ERR_IOTCORE_PROJECT },
	{ "project_domain_only",        PROJECT,  B("example.com:"),          ERR_IOTCORE_PROJECT },
	{ "project_domain_63",          PROJECT,  B(L50 "1234567890.de:my-project"), ERR_OK },
	{ "project_domain_64",          PROJECT,  B(L50 "12345678901.de:my-project"), ERR_IOTCORE_PROJECT },
	{ "project_two_colons",         PROJECT,  B("a.b:my-project:x"),      ERR_IOTCORE_PROJECT },
	{ "region_of_google",           REGION,   B("us-central1"),           ERR_OK },
	{ "region_of_ones_own",         REGION,   B("home1"),                 ERR_OK },
	{ "region_without_digit",       REGION,   B("europe-west"),           ERR_IOTCORE_REGION },
	{ "region_zone_of_compute",     REGION,   B("europe-west1-b"),        ERR_OK },
	{ "region_capital",             REGION,   B("Europe-west1"),          ERR_IOTCORE_REGION },
	{ "region_ends_in_hyphen",      REGION,   B("europe1-"),              ERR_IOTCORE_REGION },
	{ "region_slash",               REGION,   B("europe/west1"),          ERR_IOTCORE_REGION },
	{ "region_starts_with_digit",   REGION,   B("1europe"),               ERR_IOTCORE_REGION },
	{ "region_3",                   REGION,   B("eu1"),                   ERR_OK },
	{ "region_2",                   REGION,   B("e1"),                    ERR_IOTCORE_REGION },
	{ "region_32",                  REGION,   B("abcdefghijklmnopqrstuvwxyz123456"), ERR_OK },
	{ "region_33",                  REGION,   B("abcdefghijklmnopqrstuvwxyz1234567"), ERR_IOTCORE_REGION },
	{ "region_empty",               REGION,   B(""),                      ERR_IOTCORE_REGION },
	{ "device_3",                   DEVICE,   B("abc"),                   ERR_OK },
	{ "device_2",                   DEVICE,   B("ab"),                    ERR_IOTCORE_DEVICE },
	{ "device_255",                 DEVICE,   B(L250 "12345"),            ERR_OK },
	{ "device_256",                 DEVICE,   B(L250 "123456"),           ERR_IOTCORE_DEVICE },
	{ "device_every_character",     DEVICE,   B("aZ09-._+~%"),            ERR_OK },
	{ "device_hash",                DEVICE,   B("a#bc"),                  ERR_IOTCORE_DEVICE },
	{ "device_slash",               DEVICE,   B("a/bc"),                  ERR_IOTCORE_DEVICE },
	{ "device_space",               DEVICE,   B("a bc"),                  ERR_IOTCORE_DEVICE },
	{ "device_zero_within",         DEVICE,   B("a\0bc"),                 ERR_IOTCORE_DEVICE },
	{ "device_starts_with_digit",   DEVICE,   B("1abc"),                  ERR_IOTCORE_DEVICE },
	{ "device_starts_with_hyphen",  DEVICE,   B("-abc"),                  ERR_IOTCORE_DEVICE },
	{ "device_starts_with_bracket", DEVICE,   B("[abc"),                  ERR_IOTCORE_DEVICE },
	{ "device_backquote",           DEVICE,   B("a`bc"),                  ERR_IOTCORE_DEVICE },
	{ "device_brace",               DEVICE,   B("a{bc"),                  ERR_IOTCORE_DEVICE },
	{ "device_umlaut",              DEVICE,   B("ger\xc3\xa4t"),          ERR_IOTCORE_DEVICE },
	{ "device_goog",                DEVICE,   B("google-1"),              ERR_IOTCORE_GOOG },
	{ "device_goo_is_fine",         DEVICE,   B("goo-1"),                 ERR_OK },
	{ "device_empty",               DEVICE,   B(""),                      ERR_IOTCORE_DEVICE },
	{ "registry_goog",              REGISTRY, B("goog"),                  ERR_IOTCORE_GOOG },
	{ "registry_2",                 REGISTRY, B("ab"),                    ERR_IOTCORE_REGISTRY },
	{ "registry_star",              REGISTRY, B("a*bc"),                  ERR_IOTCORE_REGISTRY },
};

static void ids_are_checked_and_the_bad_one_is_named(void **state)
{
	static const char *const keys[] = { "project-id", "registry-id", "device-id", "cloud-region" };

	(void)state;
	for (size_t i = 0; i < COUNT(id_rows); i++) {
		const struct id_row *r = &id_rows[i];
		struct iotcore_ids x = ids;
		struct bytes *parts[] = { &x.project, &x.registry, &x.device, &x.region };
		struct iotcore_bad bad = { .key = "untouched" };
		enum err e;

		*parts[r->part] = r->value;
		e = iotcore_ids_check(&x, &bad);
		if (e != r->want)
			fail_msg("%s: %s", r->name, err_name(e));
		assert_string_equal(bad.key, e == ERR_OK ? "untouched" : keys[r->part]);
		if (e != ERR_OK)
			assert_true(bytes_equal(bad.value, r->value));
		assert_int_equal(iotcore_ids_check(&x, NULL), e);
	}
}

static const struct connstr_row {
	const char *text;
	enum err    want;
	const char *key;          /* of what is bad; NULL: none can be named */
	const char *value;
} connstr_rows[] = {
	{ "project-id=my-project-1;registry-id=reg;device-id=dev-1;cloud-region=europe-west1", ERR_OK, NULL, NULL },
	{ "cloud-region=europe-west1;device-id=dev-1;registry-id=reg;project-id=my-project-1", ERR_OK, NULL, NULL },
	{ " project-id = my-project-1 ; registry-id=reg;\r\n device-id=dev-1;\tcloud-region=europe-west1; \n", ERR_OK,
	  NULL, NULL },
	{ "", ERR_IOTCORE_CONNSTR, NULL, "" },
	{ "  ", ERR_IOTCORE_CONNSTR, NULL, "  " },
	{ "my-project-1", ERR_IOTCORE_CONNSTR, NULL, "my-project-1" },
	{ "project-id=my-project-1;;registry-id=reg", ERR_IOTCORE_CONNSTR, NULL, "" },
	{ "project-id=my-project-1;registry-id", ERR_IOTCORE_CONNSTR, NULL, "registry-id" },
	{ "project-id=my-project-1;project=x", ERR_IOTCORE_KEY, NULL, "project" },
	{ "Project-id=my-project-1", ERR_IOTCORE_KEY, NULL, "Project-id" },
	{ "=my-project-1", ERR_IOTCORE_KEY, NULL, "" },
	{ "project-id=my-project-1;project-id=other-one", ERR_IOTCORE_KEY_TWICE, "project-id", "other-one" },
	{ "project-id=;project-id=other-one", ERR_IOTCORE_KEY_TWICE, "project-id", "other-one" },
	{ "project-id=my-project-1;registry-id=reg;device-id=dev-1", ERR_IOTCORE_KEY_MISSING, "cloud-region", "" },
	{ "registry-id=reg;device-id=dev-1;cloud-region=europe-west1", ERR_IOTCORE_KEY_MISSING, "project-id", "" },
	{ "project-id=My First Project;registry-id=reg;device-id=dev-1;cloud-region=europe-west1", ERR_IOTCORE_PROJECT,
	  "project-id", "My First Project" },
	{ "project-id=my-project-1;registry-id=;device-id=dev-1;cloud-region=europe-west1", ERR_IOTCORE_REGISTRY,
	  "registry-id", "" },
	{ "project-id=my-project-1;registry-id=reg;device-id=a=b;cloud-region=europe-west1", ERR_IOTCORE_DEVICE,
	  "device-id", "a=b" },
	{ "project-id=my-project-1;registry-id=reg;device-id=goog-1;cloud-region=europe-west1", ERR_IOTCORE_GOOG,
	  "device-id", "goog-1" },
	{ "project-id=my-project-1;registry-id=reg;device-id=dev-1;cloud-region=mars", ERR_IOTCORE_REGION,
	  "cloud-region", "mars" },
	{ "project-id=my-project-1,registry-id=reg,device-id=dev-1,cloud-region=europe-west1", ERR_IOTCORE_KEY_MISSING,
	  "registry-id", "" },
};

static void a_connection_string_is_taken_whole_or_the_fault_is_pointed_at(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(connstr_rows); i++) {
		const struct connstr_row *r = &connstr_rows[i];
		size_t len = strlen(r->text);
		uint8_t *exact = malloc(len + 1);
		struct iotcore_ids x = { .project = B("untouched") };
		struct iotcore_bad bad = { 0 };
		enum err e;

		memcpy(exact + 1, r->text, len);
		e = iotcore_ids_parse((struct bytes){ exact + 1, len }, &x, &bad);
		if (e != r->want)
			fail_msg("'%s': %s", r->text, err_name(e));
		if (e == ERR_OK) {
			assert_true(bytes_equal(x.project, ids.project) && bytes_equal(x.registry, ids.registry));
			assert_true(bytes_equal(x.device, ids.device) && bytes_equal(x.region, ids.region));
		} else {
			assert_true(bytes_equal_text(x.project, "untouched") && x.device.data == NULL);
			assert_true(r->key != NULL ? bad.key != NULL && strcmp(bad.key, r->key) == 0 : bad.key == NULL);
			assert_true(bytes_equal_text(bad.value, r->value));
			assert_true(bad.offset + bad.value.len <= len);
			if (bad.value.len > 0)
				assert_memory_equal(exact + 1 + bad.offset, r->value, bad.value.len);
		}
		free(exact);
	}
}

/* ---- A device with its memory, and what it has told and sent ---------------------- */

struct bench {
	struct iotcore c;
	struct mqtt_slot slots[4];
	uint8_t  rx[600], tx[1200], inbox[32], state[24];
	char     name[900];
	uint32_t now;
	uint8_t  sent[8192];
	size_t   sent_len;
	unsigned seen[IOTCORE_EV_DOWN + 1];
	struct iotcore_event last;
	char     data[64], subfolder[600];
};

static struct iotcore_config config(struct bench *b)
{
	return (struct iotcore_config){
		.mqtt = { .rx = b->rx, .rx_size = sizeof b->rx, .tx = b->tx, .tx_size = sizeof b->tx, .slots = b->slots,
			  .slot_count = 4, .connack_s = 10, .ack_s = 20, .pong_s = 5 },
		.ids = ids, .name = b->name, .name_size = sizeof b->name, .inbox = b->inbox,
		.inbox_size = sizeof b->inbox, .state = b->state, .state_size = sizeof b->state, .keepalive_s = 60,
		.renew_wait_s = 3, .command_qos = 1
	};
}

static void prepare(struct bench *b)
{
	struct iotcore_config cfg = config(b);

	*b = (struct bench){ .now = 0xffffe000u };
	assert_int_equal(iotcore_init(&b->c, &cfg, NULL), ERR_OK);
}

static void drain_tx(struct bench *b)
{
	const uint8_t *p;
	size_t n;

	while ((p = iotcore_tx_peek(&b->c, &n)) != NULL) {
		assert_true(b->sent_len + n <= sizeof b->sent);
		memcpy(b->sent + b->sent_len, p, n);
		b->sent_len += n;
		iotcore_tx_done(&b->c, n);
	}
}

static void assert_sent(struct bench *b, struct bytes want)
{
	drain_tx(b);
	assert_int_equal(b->sent_len, want.len);
	assert_memory_equal(b->sent, want.data, want.len);
	b->sent_len = 0;
}

static void keep(char *to, size_t size, struct bytes b)
{
	assert_true(b.len < size);
	if (b.len > 0)
		memcpy(to, b.data, b.len);
	to[b.len] = '\0';
}

static void read_events(struct bench *b)
{
	struct iotcore_event ev;

	while (iotcore_next(&b->c, &ev)) {
		b->last = ev;
		b->seen[ev.type]++;
		keep(b->data, sizeof b->data, ev.data);
		keep(b->subfolder, sizeof b->subfolder, ev.subfolder);
	}
}

static size_t feed(struct bench *b, struct bytes in)
{
	size_t done = 0, n = 1;

	while (done < in.len && n > 0) {
		uint8_t *exact = malloc(1);                      /* byte by byte, each freed at once */

		*exact = in.data[done];
		n = iotcore_feed(&b->c, exact, 1, b->now);
		read_events(b);
		free(exact);
		done += n;
	}
	return done;
}

static size_t feed_message(struct bench *b, const char *topic, struct bytes payload, uint8_t qos, uint16_t id)
{
	struct mqtt_message m = { .topic = bytes_of(topic), .payload = payload, .qos = qos };
	static uint8_t packet[4096];
	size_t size = mqtt_packet_write_publish(packet, sizeof packet, &m, id);

	assert_true(size > 0 && size <= sizeof packet);
	return feed(b, (struct bytes){ packet, size }) == size ? size : 0;
}

/* 10 ms a step; the deadline never lies behind by more. */
static void pass(struct bench *b, uint32_t ms)
{
	for (uint32_t t = 0; t < ms; t += 10) {
		b->now += 10;
		iotcore_step(&b->c, b->now);
		read_events(b);
	}
}

static void stay_up(struct bench *b, uint32_t ms)
{
	for (uint32_t t = 0; t < ms; t += 1000) {
		size_t n;

		pass(b, 1000);
		if (iotcore_tx_peek(&b->c, &n) != NULL && n == 2) {
			drain_tx(b);
			b->sent_len = 0;
			feed(b, BYTES("\xd0\0"));
		}
	}
}

#define TOKEN "header.claims.signature"
#define CONNECT "\x10\x76\0\4MQTT\4\xc2\0\x3c\0\x49" CLIENT_ID "\0\6unused\0\x17" TOKEN
#define SUBSCRIBE(id) "\x82\x36\0" id "\0\x15/devices/dev-1/config\1\0\x19/devices/dev-1/commands/#\1"

static void bring_up(struct bench *b)
{
	assert_int_equal(iotcore_connect(&b->c, BYTES(TOKEN), 3600, b->now), ERR_OK);
	drain_tx(b);
	b->sent_len = 0;
	assert_int_equal(feed(b, BYTES("\x20\2\0\0" "\x90\4\0\1\1\1")), 10);
	assert_int_equal(b->seen[IOTCORE_EV_UP], 1);
}

static void prepare_up(struct bench *b)
{
	prepare(b);
	bring_up(b);
}

static enum err publish(struct bench *b, const char *subfolder, const char *payload, uint8_t qos, uint32_t token)
{
	struct iotcore_message m = { .subfolder = bytes_of(subfolder), .payload = bytes_of(payload), .qos = qos };

	return iotcore_publish(&b->c, &m, token, b->now);
}

/* ---- Connecting ------------------------------------------------------------------ */

static void login_subscription_state_and_event_leave_in_one_write(void **state)
{
	struct bench b;
	size_t n;

	(void)state;
	prepare(&b);
	assert_int_equal(iotcore_set_state(&b.c, BYTES("on"), b.now), ERR_OK);
	assert_sent(&b, BYTES(""));
	assert_int_equal(iotcore_connect(&b.c, BYTES(TOKEN), 3600, b.now), ERR_OK);
	assert_int_equal(publish(&b, "", "{}", 1, 42), ERR_OK);
	assert_int_equal(publish(&b, "s", "x", 0, 0), ERR_OK);
	assert_non_null(iotcore_tx_peek(&b.c, &n));
	assert_int_equal(n, sizeof CONNECT SUBSCRIBE("\1") "\x32\x1a\0\x14/devices/dev-1/state\0\2on"
		"\x32\x1b\0\x15/devices/dev-1/events\0\3{}" "\x30\x1a\0\x17/devices/dev-1/events/sx" - 1);
	assert_sent(&b, BYTES(CONNECT SUBSCRIBE("\1") "\x32\x1a\0\x14/devices/dev-1/state\0\2on"
		"\x32\x1b\0\x15/devices/dev-1/events\0\3{}" "\x30\x1a\0\x17/devices/dev-1/events/sx"));
	feed(&b, BYTES("\x20\2\0\0" "\x90\4\0\1\1\1" "\x40\2\0\2" "\x40\2\0\3"));
	assert_int_equal(b.seen[IOTCORE_EV_UP], 1);
	assert_int_equal(b.seen[IOTCORE_EV_STATE_ACKED], 1);
	assert_int_equal(b.seen[IOTCORE_EV_ACKED], 1);
	assert_int_equal(b.last.token, 42);
}

static void what_does_not_fit_is_refused_at_the_start(void **state)
{
	struct iotcore_bad bad;
	struct iotcore_config cfg;
	static uint8_t token[2000];
	struct bench b;

	(void)state;
	prepare(&b);
	cfg = config(&b);
	cfg.ids.device = BYTES("a#b");
	assert_int_equal(iotcore_init(&b.c, &cfg, &bad), ERR_IOTCORE_DEVICE);
	assert_string_equal(bad.key, "device-id");
	cfg = config(&b);
	cfg.name_size = iotcore_name_size(&cfg.ids, 0) - 1;
	assert_int_equal(iotcore_init(&b.c, &cfg, NULL), ERR_TOO_LONG);
	cfg = config(&b);
	cfg.mqtt.rx_size = iotcore_rx_size(&cfg.ids, 0) - 1;
	assert_int_equal(iotcore_init(&b.c, &cfg, NULL), ERR_TOO_LONG);
	cfg = config(&b);
	cfg.mqtt.tx_size = 56 + MQTT_TX_RESERVE - 1;
	assert_int_equal(iotcore_init(&b.c, &cfg, NULL), ERR_TOO_LONG);
	cfg.mqtt.tx_size++;
	assert_int_equal(iotcore_init(&b.c, &cfg, NULL), ERR_OK);
	cfg = config(&b);
	cfg.keepalive_s = 0;
	assert_int_equal(iotcore_init(&b.c, &cfg, NULL), ERR_ARG);
	cfg.keepalive_s = 1201;
	assert_int_equal(iotcore_init(&b.c, &cfg, NULL), ERR_ARG);
	cfg = config(&b);
	cfg.command_qos = 2;
	assert_int_equal(iotcore_init(&b.c, &cfg, NULL), ERR_ARG);
	cfg = config(&b);
	cfg.mqtt.slot_count = 1;
	assert_int_equal(iotcore_init(&b.c, &cfg, NULL), ERR_ARG);
	cfg.mqtt.slot_count = 2;
	assert_int_equal(iotcore_init(&b.c, &cfg, NULL), ERR_OK);
	prepare(&b);
	assert_int_equal(iotcore_connect(&b.c, BYTES(""), 3600, b.now), ERR_ARG);
	assert_int_equal(iotcore_connect(&b.c, BYTES("t"), 0, b.now), ERR_ARG);
	assert_int_equal(iotcore_connect(&b.c, BYTES("t"), 86401, b.now), ERR_ARG);
	memset(token, 'x', sizeof token);
	assert_int_equal(iotcore_connect(&b.c, (struct bytes){ token, sizeof token }, 3600, b.now), ERR_TOO_LONG);
	assert_int_equal(publish(&b, "", "x", 1, 0), ERR_STATE);
	bring_up(&b);
	assert_int_equal(iotcore_connect(&b.c, BYTES("t"), 3600, b.now), ERR_STATE);
}

static void the_size_of_connect_is_told_before(void **state)
{
	static uint8_t token[1100];
	struct bench b;

	(void)state;
	memset(token, 'x', sizeof token);
	for (size_t len = 1; len <= sizeof token; len++) {
		struct iotcore_config cfg = config(&b);

		b.now = 0;
		cfg.mqtt.tx_size = iotcore_connect_size(&ids, len);
		assert_int_equal(iotcore_init(&b.c, &cfg, NULL), ERR_OK);
		assert_int_equal(iotcore_connect(&b.c, (struct bytes){ token, len }, 3600, b.now), ERR_OK);
		cfg.mqtt.tx_size--;
		assert_int_equal(iotcore_init(&b.c, &cfg, NULL), ERR_OK);
		assert_int_equal(iotcore_connect(&b.c, (struct bytes){ token, len }, 3600, b.now), ERR_TOO_LONG);
	}
}

/* tx that holds CONNECT alone: SUBSCRIBE goes when it was taken, before any event. */
static void a_small_tx_sends_one_after_the_other(void **state)
{
	struct iotcore_config cfg;
	struct bench b;
	uint32_t at;

	(void)state;
	prepare(&b);
	cfg = config(&b);
	cfg.mqtt.tx_size = iotcore_connect_size(&ids, sizeof TOKEN - 1);
	assert_int_equal(iotcore_init(&b.c, &cfg, NULL), ERR_OK);
	assert_int_equal(iotcore_set_state(&b.c, BYTES("on"), b.now), ERR_OK);
	assert_int_equal(iotcore_connect(&b.c, BYTES(TOKEN), 3600, b.now), ERR_OK);
	assert_int_equal(publish(&b, "", "x", 0, 0), ERR_FULL);
	assert_sent(&b, BYTES(CONNECT));
	assert_true(iotcore_deadline(&b.c, &at) && at == b.now);   /* there is something to do now */
	iotcore_step(&b.c, b.now);
	assert_sent(&b, BYTES(SUBSCRIBE("\1") "\x32\x1a\0\x14/devices/dev-1/state\0\2on"));
	assert_int_equal(publish(&b, "", "x", 0, 0), ERR_OK);
}

static void a_refused_subscription_ends_the_connection(void **state)
{
	struct bench b;

	(void)state;
	prepare(&b);
	assert_int_equal(iotcore_connect(&b.c, BYTES(TOKEN), 3600, b.now), ERR_OK);
	drain_tx(&b);
	feed(&b, BYTES("\x20\2\0\0" "\x90\4\0\1\1\x80"));
	assert_int_equal(b.seen[IOTCORE_EV_DOWN], 1);
	assert_int_equal(b.last.err, ERR_MQTT_SUBSCRIBE);
}

static void a_refused_login_tells_its_code(void **state)
{
	struct bench b;

	(void)state;
	for (uint8_t code = 1; code <= 5; code++) {
		const uint8_t connack[] = { 0x20, 2, 0, code };

		prepare(&b);
		assert_int_equal(iotcore_connect(&b.c, BYTES(TOKEN), 3600, b.now), ERR_OK);
		drain_tx(&b);
		feed(&b, (struct bytes){ connack, sizeof connack });
		assert_int_equal(b.seen[IOTCORE_EV_DOWN], 1);
		assert_int_equal(b.last.err, ERR_MQTT_CONNACK_1 + code - 1);
		memset(b.seen, 0, sizeof b.seen);
		bring_up(&b);
	}
}

/* ---- Ids that are traps ------------------------------------------------------------- */

static void ids_of_every_legal_length_and_character_work(void **state)
{
	static const struct bytes devices[] = {
		B("abc"), B("a+b"), B("a~b"), B("a%sb%n"), B("A.b_c-d"), B(L50), B(L250 "12345"),
	};

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(devices); i++) {
		struct bytes device = devices[i / 2];
		char topic[700], want[700];
		struct iotcore_config cfg;
		struct bench b;
		size_t n;

		prepare(&b);
		cfg = config(&b);
		cfg.ids.device = device;
		if (i % 2 != 0)                                  /* the longest text is another */
			cfg.ids.registry = device;
		cfg.name_size = iotcore_name_size(&cfg.ids, 3);
		cfg.name = malloc(cfg.name_size);                /* so that the sanitizer sees its end */
		cfg.mqtt.rx_size = iotcore_rx_size(&cfg.ids, 3);
		cfg.mqtt.rx = malloc(cfg.mqtt.rx_size);
		assert_int_equal(iotcore_init(&b.c, &cfg, NULL), ERR_OK);
		bring_up(&b);
		assert_int_equal(publish(&b, "sub", "x", 0, 0), ERR_OK);
		assert_non_null(iotcore_tx_peek(&b.c, &n));
		snprintf(want, sizeof want, "/devices/%.*s/events/subx", (int)device.len, (const char *)device.data);
		assert_memory_equal(iotcore_tx_peek(&b.c, &n) + n - strlen(want), want, strlen(want));
		drain_tx(&b);
		snprintf(topic, sizeof topic, "/devices/%.*s/config", (int)device.len, (const char *)device.data);
		assert_true(feed_message(&b, topic, BYTES("c"), 1, 5) > 0);
		assert_int_equal(b.seen[IOTCORE_EV_CONFIG], 1);
		assert_int_equal(iotcore_config_done(&b.c, b.now), ERR_OK);
		snprintf(topic, sizeof topic, "/devices/%.*s/commands/sub", (int)device.len,
			 (const char *)device.data);
		assert_true(feed_message(&b, topic, BYTES("c"), 0, 5) > 0);
		assert_int_equal(b.seen[IOTCORE_EV_COMMAND], 1);
		assert_string_equal(b.subfolder, "sub");
		free(cfg.name);
		free(cfg.mqtt.rx);
	}
}

/* ---- Receiving ------------------------------------------------------------------------ */

static void a_config_is_acknowledged_when_it_was_taken(void **state)
{
	struct bench b;

	(void)state;
	prepare_up(&b);
	assert_true(feed_message(&b, "/devices/dev-1/config", BYTES("{\"a\":1}"), 1, 9) > 0);
	assert_int_equal(b.seen[IOTCORE_EV_CONFIG], 1);
	assert_string_equal(b.data, "{\"a\":1}");
	assert_sent(&b, BYTES(""));
	assert_int_equal(feed(&b, BYTES("\xd0\0")), 0);              /* all waits until it is taken */
	assert_memory_equal(b.last.data.data, "{\"a\":1}", 7);       /* and it stays as it is */
	assert_int_equal(iotcore_config_done(&b.c, b.now), ERR_OK);
	assert_sent(&b, BYTES("\x40\2\0\x09"));
	assert_int_equal(iotcore_config_done(&b.c, b.now), ERR_STATE);
	assert_true(feed_message(&b, "/devices/dev-1/config", BYTES(""), 1, 10) > 0);   /* again, and empty */
	assert_int_equal(b.seen[IOTCORE_EV_CONFIG], 2);
	assert_int_equal(b.last.data.len, 0);
	assert_int_equal(iotcore_config_done(&b.c, b.now), ERR_OK);
	assert_sent(&b, BYTES("\x40\2\0\x0a"));
}

static void a_config_of_qos_0_is_held_as_well(void **state)
{
	struct bench b;

	(void)state;
	prepare_up(&b);
	assert_true(feed_message(&b, "/devices/dev-1/config", BYTES("old"), 0, 0) > 0);
	assert_int_equal(feed_message(&b, "/devices/dev-1/config", BYTES("new"), 0, 0), 0);
	assert_int_equal(iotcore_config_done(&b.c, b.now), ERR_OK);
	assert_sent(&b, BYTES(""));
}

static const struct drop_row {
	const char *name;
	const char *topic;
	size_t      size;
	enum err    want;
} drop_rows[] = {
	{ "config_too_large",        "/devices/dev-1/config",          33,   ERR_IOTCORE_CONFIG_SIZE },
	{ "config_far_too_large",    "/devices/dev-1/config",          4000, ERR_IOTCORE_CONFIG_SIZE },
	{ "command_too_large",       "/devices/dev-1/commands/x",      33,   ERR_IOTCORE_COMMAND_SIZE },
	{ "of_another_device",       "/devices/dev-2/config",          3,    ERR_IOTCORE_TOPIC },
	{ "of_a_longer_device",      "/devices/dev-12/config",         3,    ERR_IOTCORE_TOPIC },
	{ "config_with_subfolder",   "/devices/dev-1/config/x",        3,    ERR_IOTCORE_TOPIC },
	{ "commands_without_slash",  "/devices/dev-1/commandsx",       3,    ERR_IOTCORE_TOPIC },
	{ "device_only",             "/devices/dev-1",                 3,    ERR_IOTCORE_TOPIC },
	{ "another_case",            "/devices/Dev-1/config",          3,    ERR_IOTCORE_TOPIC },
	{ "no_leading_slash",        "devices/dev-1/config",           3,    ERR_IOTCORE_TOPIC },
	{ "state_comes_back",        "/devices/dev-1/state",           3,    ERR_IOTCORE_TOPIC },
	{ "shorter_than_the_prefix", "/d",                             3,    ERR_IOTCORE_TOPIC },
};

static void what_cannot_be_taken_is_acknowledged_and_reported(void **state)
{
	static const uint8_t zeros[4000];

	(void)state;
	for (size_t i = 0; i < COUNT(drop_rows); i++) {
		const struct drop_row *r = &drop_rows[i];
		struct bench b;

		prepare_up(&b);
		memset(b.inbox, 0xa5, sizeof b.inbox);
		assert_true(feed_message(&b, r->topic, (struct bytes){ zeros, r->size }, 1, 7) > 0);
		if (b.seen[IOTCORE_EV_DROPPED] != 1 || b.last.err != r->want)
			fail_msg("%s: %s", r->name, err_name(b.last.err));
		assert_int_equal(b.last.size, r->size);
		assert_string_equal(b.subfolder, strcmp(r->name, "command_too_large") == 0 ? "x" : r->topic);
		assert_int_equal(b.inbox[0], 0xa5);                  /* nothing of it was kept */
		assert_sent(&b, BYTES("\x40\2\0\7"));
		assert_true(feed_message(&b, "/devices/dev-1/config", BYTES("good"), 1, 8) > 0);
		assert_int_equal(b.seen[IOTCORE_EV_CONFIG], 1);
		assert_int_equal(mqtt_state(&b.c.mqtt), MQTT_UP);
	}
}

static void a_topic_longer_than_rx_is_dropped_and_reported(void **state)
{
	struct bench b;
	char topic[700];

	(void)state;
	prepare_up(&b);
	memset(topic, 'x', sizeof topic);
	memcpy(topic, "/devices/dev-1/commands/", 24);
	topic[699] = '\0';
	assert_true(feed_message(&b, topic, BYTES("x"), 1, 7) > 0);
	assert_int_equal(b.seen[IOTCORE_EV_DROPPED], 1);
	assert_int_equal(b.last.err, ERR_MQTT_HEADER_ROOM);
	assert_sent(&b, BYTES("\x40\2\0\7"));
}

static void commands_come_with_their_subfolder(void **state)
{
	struct bench b;

	(void)state;
	prepare_up(&b);
	assert_true(feed_message(&b, "/devices/dev-1/commands", BYTES("reboot"), 1, 7) > 0);
	assert_int_equal(b.seen[IOTCORE_EV_COMMAND], 1);
	assert_string_equal(b.subfolder, "");
	assert_string_equal(b.data, "reboot");
	assert_sent(&b, BYTES("\x40\2\0\7"));
	assert_true(feed_message(&b, "/devices/dev-1/commands/a/b", BYTES("0123456789abcdef0123456789abcdef"), 0,
				 0) > 0);
	assert_int_equal(b.seen[IOTCORE_EV_COMMAND], 2);
	assert_string_equal(b.subfolder, "a/b");
	assert_int_equal(b.last.data.len, 32);
	assert_sent(&b, BYTES(""));
	assert_true(feed_message(&b, "/devices/dev-1/commands/", BYTES("x"), 0, 0) > 0);
	assert_string_equal(b.subfolder, "");
}

/* The owner may read into the same buffer again before it reads the events. */
static void no_event_borrows_from_what_was_fed(void **state)
{
	static const struct mqtt_message m = {
		.topic = B("/devices/dev-1/commands/sub"), .payload = B("payload"), .qos = 1
	};

	(void)state;
	for (size_t chunk = 1; chunk < 50; chunk++) {
		uint8_t packet[64], buf[64];
		size_t size = mqtt_packet_write_publish(packet, sizeof packet, &m, 3), done = 0;
		struct bench b;

		prepare_up(&b);
		while (done < size) {
			size_t n = size - done < chunk ? size - done : chunk;

			memcpy(buf, packet + done, n);
			assert_int_equal(iotcore_feed(&b.c, buf, n, b.now), n);
			memset(buf, 0xa5, sizeof buf);
			done += n;
		}
		assert_int_equal(iotcore_feed(&b.c, (const uint8_t *)"\xd0\0", 2, b.now), 0);   /* an event waits */
		read_events(&b);
		assert_int_equal(b.seen[IOTCORE_EV_COMMAND], 1);
		assert_string_equal(b.data, "payload");
		assert_string_equal(b.subfolder, "sub");
	}
}

/* ---- Sending ---------------------------------------------------------------------------- */

static void events_are_checked_before_they_go(void **state)
{
	static uint8_t zeros[IOTCORE_EVENT_MAX + 1];
	struct iotcore_message m = { .payload = { zeros, sizeof zeros }, .qos = 1 };
	struct bench b;
	char sub[300];

	(void)state;
	prepare_up(&b);
	assert_int_equal(iotcore_publish(&b.c, &m, 0, b.now), ERR_IOTCORE_EVENT_SIZE);
	m.payload.len = 1200;                                       /* more than tx holds */
	assert_int_equal(iotcore_publish(&b.c, &m, 0, b.now), ERR_IOTCORE_EVENT_SIZE);
	assert_int_equal(publish(&b, "a+b", "x", 1, 0), ERR_IOTCORE_SUBFOLDER);
	assert_int_equal(publish(&b, "+", "x", 1, 0), ERR_IOTCORE_SUBFOLDER);
	assert_int_equal(publish(&b, "a#", "x", 1, 0), ERR_IOTCORE_SUBFOLDER);
	assert_int_equal(publish(&b, "a\n", "x", 1, 0), ERR_IOTCORE_SUBFOLDER);
	assert_int_equal(publish(&b, "\xff", "x", 1, 0), ERR_IOTCORE_SUBFOLDER);
	memset(sub, 'x', sizeof sub);
	sub[257] = '\0';
	assert_int_equal(publish(&b, sub, "x", 1, 0), ERR_IOTCORE_SUBFOLDER);
	sub[256] = '\0';
	assert_int_equal(publish(&b, sub, "x", 1, 0), ERR_OK);
	assert_int_equal(publish(&b, "", "x", 2, 0), ERR_MQTT_QOS);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(publish(&b, "", "x", 1, i), ERR_OK);
	assert_int_equal(publish(&b, "", "x", 1, 3), ERR_FULL);
}

static void the_name_holds_the_longest_subfolder_that_was_asked_for(void **state)
{
	char sub[IOTCORE_SUBFOLDER_MAX + 1] = { 0 };

	(void)state;
	memset(sub, 'x', IOTCORE_SUBFOLDER_MAX);
	for (size_t asked = 0; asked <= IOTCORE_SUBFOLDER_MAX; asked++) {
		struct iotcore_config cfg;
		struct bench b;

		prepare(&b);
		cfg = config(&b);
		cfg.name_size = iotcore_name_size(&ids, asked);
		cfg.name = malloc(cfg.name_size);
		assert_int_equal(iotcore_init(&b.c, &cfg, NULL), ERR_OK);
		bring_up(&b);
		assert_int_equal(publish(&b, sub + IOTCORE_SUBFOLDER_MAX - asked, "x", 1, 0), ERR_OK);
		if (asked < IOTCORE_SUBFOLDER_MAX && cfg.name_size < iotcore_name_size(&ids, asked + 1))
			assert_int_equal(publish(&b, sub + IOTCORE_SUBFOLDER_MAX - asked - 1, "x", 1, 0),
					 ERR_IOTCORE_SUBFOLDER);
		free(cfg.name);
	}
}

static void the_state_keeps_the_pace_and_the_newest_wins(void **state)
{
	struct bench b;
	uint32_t at;

	(void)state;
	prepare_up(&b);
	assert_int_equal(iotcore_set_state(&b.c, BYTES("one"), b.now), ERR_OK);
	assert_sent(&b, BYTES("\x32\x1b\0\x14/devices/dev-1/state\0\2one"));
	assert_int_equal(iotcore_set_state(&b.c, BYTES("two"), b.now), ERR_OK);
	assert_int_equal(iotcore_set_state(&b.c, BYTES("three"), b.now), ERR_OK);
	pass(&b, 3000);
	assert_sent(&b, BYTES(""));                                 /* the first is not acknowledged yet */
	feed(&b, BYTES("\x40\2\0\2"));
	assert_int_equal(b.seen[IOTCORE_EV_STATE_ACKED], 1);
	assert_true(b.last.newer);
	assert_true(iotcore_deadline(&b.c, &at) && at == b.now + 1000);
	pass(&b, 990);
	assert_sent(&b, BYTES(""));
	pass(&b, 10);
	assert_sent(&b, BYTES("\x32\x1d\0\x14/devices/dev-1/state\0\3three"));
	feed(&b, BYTES("\x40\2\0\3"));
	assert_false(b.last.newer);
	pass(&b, 5000);
	assert_sent(&b, BYTES(""));
	assert_int_equal(iotcore_set_state(&b.c, BYTES("four"), b.now), ERR_OK);
	assert_sent(&b, BYTES("\x32\x1c\0\x14/devices/dev-1/state\0\4four"));
	assert_int_equal(iotcore_set_state(&b.c, BYTES("0123456789012345678901234"), b.now), ERR_IOTCORE_STATE_SIZE);
}

static void a_state_survives_until_it_is_acknowledged(void **state)
{
	struct bench b;

	(void)state;
	prepare_up(&b);
	assert_int_equal(iotcore_set_state(&b.c, BYTES("one"), b.now), ERR_OK);
	iotcore_lost(&b.c, ERR_MODEM_CLOSED);
	read_events(&b);
	assert_int_equal(b.last.err, ERR_MODEM_CLOSED);
	assert_int_equal(iotcore_connect(&b.c, BYTES(TOKEN), 3600, b.now), ERR_OK);
	assert_sent(&b, BYTES(CONNECT SUBSCRIBE("\1") "\x32\x1b\0\x14/devices/dev-1/state\0\2one"));
	feed(&b, BYTES("\x20\2\0\0" "\x90\4\0\1\1\1" "\x40\2\0\2"));
	iotcore_lost(&b.c, ERR_MODEM_CLOSED);
	read_events(&b);
	pass(&b, 2000);
	assert_int_equal(iotcore_connect(&b.c, BYTES(TOKEN), 3600, b.now), ERR_OK);
	assert_sent(&b, BYTES(CONNECT SUBSCRIBE("\1")));            /* it has arrived */
}

/* 49.7 days offline: a pace that was set before must not hold a state back. */
static void the_pace_does_not_outlive_a_wrap_of_the_clock(void **state)
{
	struct bench b;

	(void)state;
	prepare_up(&b);
	assert_int_equal(iotcore_set_state(&b.c, BYTES("one"), b.now), ERR_OK);
	drain_tx(&b);
	feed(&b, BYTES("\x40\2\0\2"));
	iotcore_lost(&b.c, ERR_MODEM_CLOSED);
	read_events(&b);
	for (unsigned i = 0; i < 30 * 24; i++) {
		b.now += 3600000;
		iotcore_step(&b.c, b.now);
	}
	assert_int_equal(iotcore_set_state(&b.c, BYTES("two"), b.now), ERR_OK);
	assert_int_equal(iotcore_connect(&b.c, BYTES(TOKEN), 3600, b.now), ERR_OK);
	b.sent_len = 0;
	assert_sent(&b, BYTES(CONNECT SUBSCRIBE("\1") "\x32\x1b\0\x14/devices/dev-1/state\0\2two"));
}

static void the_deadline_tells_what_comes_next(void **state)
{
	struct bench b;
	uint32_t at;

	(void)state;
	prepare(&b);
	assert_false(iotcore_deadline(&b.c, &at));
	bring_up(&b);
	assert_true(iotcore_deadline(&b.c, &at));
	assert_int_equal(at, b.now + 45000);                         /* the ping */
	assert_int_equal(iotcore_set_state(&b.c, BYTES("s"), b.now), ERR_OK);
	assert_true(iotcore_deadline(&b.c, &at));
	assert_int_equal(at, b.now + 20000);                         /* its PUBACK */
	drain_tx(&b);
	feed(&b, BYTES("\x40\2\0\2"));
	stay_up(&b, 3050000);
	assert_true(iotcore_deadline(&b.c, &at));
	assert_int_equal(at, 0xffffe000u + 3060000);                 /* the renewal */
	assert_int_equal(publish(&b, "", "x", 1, 0), ERR_OK);
	drain_tx(&b);
	pass(&b, 0xffffe000u + 3060000 - b.now);
	assert_true(iotcore_deadline(&b.c, &at));
	assert_int_equal(at, b.now + 3000);                          /* the end of waiting for PUBACK */
	b.sent_len = 0;
	feed(&b, BYTES("\x40\2\0\3"));
	assert_true(iotcore_deadline(&b.c, &at));
	assert_int_equal(at, b.now);                                 /* nothing is waited for any more */
	iotcore_step(&b.c, b.now);
	assert_true(iotcore_deadline(&b.c, &at));
	assert_int_equal(at, b.now + 5000);                          /* DISCONNECT is with the transport */
}

/* ---- The token's end ------------------------------------------------------------------------ */

static void the_connection_is_renewed_before_the_token_ends(void **state)
{
	struct bench b;
	uint32_t at, start;

	(void)state;
	prepare(&b);
	start = b.now;
	bring_up(&b);
	assert_true(iotcore_renew_at(&b.c, &at));
	assert_int_equal(at, start + 3060000);
	stay_up(&b, 3059000);
	assert_int_equal(b.seen[IOTCORE_EV_DOWN], 0);
	stay_up(&b, 1000);
	drain_tx(&b);
	read_events(&b);
	assert_int_equal(b.seen[IOTCORE_EV_DOWN], 1);
	assert_int_equal(b.last.err, ERR_IOTCORE_RENEW);
	assert_memory_equal(b.sent + b.sent_len - 2, "\xe0\0", 2);
	assert_false(iotcore_renew_at(&b.c, &at));
	memset(b.seen, 0, sizeof b.seen);
	bring_up(&b);
}

static void a_renewal_waits_for_acknowledgements_but_not_for_ever(void **state)
{
	struct bench b;

	(void)state;
	for (unsigned late = 0; late < 2; late++) {
		prepare_up(&b);
		stay_up(&b, 3059000);
		assert_int_equal(publish(&b, "", "x", 1, 7), ERR_OK);
		drain_tx(&b);
		b.sent_len = 0;
		pass(&b, 2500);
		assert_int_equal(publish(&b, "", "y", 1, 8), ERR_AGAIN);
		assert_sent(&b, BYTES(""));
		if (late == 0) {
			feed(&b, BYTES("\x40\2\0\2"));
			assert_int_equal(b.seen[IOTCORE_EV_ACKED], 1);
			pass(&b, 10);
		} else {
			pass(&b, 1490);
			assert_sent(&b, BYTES(""));
			pass(&b, 20);
		}
		assert_sent(&b, BYTES("\xe0\0"));
		read_events(&b);
		assert_int_equal(b.last.type, IOTCORE_EV_DOWN);
		assert_int_equal(b.last.err, ERR_IOTCORE_RENEW);
	}
}

static void a_renewal_over_a_dead_transport_ends_as_well(void **state)
{
	struct bench b;

	(void)state;
	prepare_up(&b);
	stay_up(&b, 3059000);
	while (publish(&b, "", "xxxxxxxxxxxxxxxxxxxxxx", 0, 0) == ERR_OK)
		;                                                   /* nobody takes it */
	pass(&b, 1000 + 3000 + 5000 + 20);
	assert_int_equal(b.seen[IOTCORE_EV_DOWN], 1);
	assert_int_equal(b.last.err, ERR_IOTCORE_RENEW);
}

static void a_config_left_with_the_application_does_not_outlive_the_connection(void **state)
{
	struct bench b;

	(void)state;
	prepare_up(&b);
	assert_true(feed_message(&b, "/devices/dev-1/config", BYTES("c"), 1, 9) > 0);
	iotcore_lost(&b.c, ERR_MODEM_CLOSED);
	read_events(&b);
	assert_int_equal(b.last.type, IOTCORE_EV_DOWN);
	assert_int_equal(iotcore_config_done(&b.c, b.now), ERR_STATE);
	memset(b.seen, 0, sizeof b.seen);
	b.sent_len = 0;
	bring_up(&b);
	assert_true(feed_message(&b, "/devices/dev-1/config", BYTES("c"), 1, 1) > 0);
	assert_int_equal(b.seen[IOTCORE_EV_CONFIG], 1);
}

static void disconnect_is_not_a_renewal(void **state)
{
	struct bench b;

	(void)state;
	prepare_up(&b);
	assert_int_equal(iotcore_disconnect(&b.c, b.now), ERR_OK);
	assert_sent(&b, BYTES("\xe0\0"));
	read_events(&b);
	assert_int_equal(b.last.type, IOTCORE_EV_DOWN);
	assert_int_equal(b.last.err, ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_checked_and_the_bad_one_is_named),
		cmocka_unit_test(a_connection_string_is_taken_whole_or_the_fault_is_pointed_at),
		cmocka_unit_test(login_subscription_state_and_event_leave_in_one_write),
		cmocka_unit_test(what_does_not_fit_is_refused_at_the_start),
		cmocka_unit_test(the_size_of_connect_is_told_before),
		cmocka_unit_test(a_small_tx_sends_one_after_the_other),
		cmocka_unit_test(a_refused_subscription_ends_the_connection),
		cmocka_unit_test(a_refused_login_tells_its_code),
		cmocka_unit_test(ids_of_every_legal_length_and_character_work),
		cmocka_unit_test(a_config_is_acknowledged_when_it_was_taken),
		cmocka_unit_test(a_config_of_qos_0_is_held_as_well),
		cmocka_unit_test(what_cannot_be_taken_is_acknowledged_and_reported),
		cmocka_unit_test(a_topic_longer_than_rx_is_dropped_and_reported),
		cmocka_unit_test(commands_come_with_their_subfolder),
		cmocka_unit_test(no_event_borrows_from_what_was_fed),
		cmocka_unit_test(events_are_checked_before_they_go),
		cmocka_unit_test(the_name_holds_the_longest_subfolder_that_was_asked_for),
		cmocka_unit_test(the_state_keeps_the_pace_and_the_newest_wins),
		cmocka_unit_test(a_state_survives_until_it_is_acknowledged),
		cmocka_unit_test(the_pace_does_not_outlive_a_wrap_of_the_clock),
		cmocka_unit_test(the_deadline_tells_what_comes_next),
		cmocka_unit_test(the_connection_is_renewed_before_the_token_ends),
		cmocka_unit_test(a_renewal_waits_for_acknowledgements_but_not_for_ever),
		cmocka_unit_test(a_renewal_over_a_dead_transport_ends_as_well),
		cmocka_unit_test(a_config_left_with_the_application_does_not_outlive_the_connection),
		cmocka_unit_test(disconnect_is_not_a_renewal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
