/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench.c - what the expensive steps cost, in instructions and memory.
 *
 * The generator's seed and the time are fixed, so the client sends the same
 * bytes every time, and the server's recorded answers, signatures included,
 * stay valid.  Under QEMU's -icount shift=0 one instruction takes 1 ns, which
 * TIM2 counts; run.py compares the figures with budgets.json.
 *
 *   full handshake, CONNECT and QoS 1 PUBLISH, a record of 16 KB, close
 *   resumed handshake, close
 *   full handshake with a server whose certificates are one record of 8 KB, close
 */
#include "source.h"

#include "base/packed.h"
#include "cloud/mqtt.h"
#include "crypto/jwt.h"
#include "crypto/key.h"
#include "crypto/tls.h"
#include "cortex_m/board.h"
#include "cortex_m/io.h"
#include "cortex_m/linker.h"
#include "cortex_m/stack.h"
#include "device/device.h"
#include "port.h"
#include "stm32f103/registers.h"

#include <string.h>

enum {
	NOW_S  = 1798761600,    /* 2027-01-01: within the validity of the recorded certificates */
	ROUNDS = 100000,        /* of the loops below, before they give up */
	LARGE  = 16384          /* bytes; the largest record's content (RFC 5246, 6.2.1) */
};

static const char host[] = "mqtt.bench.example";

static struct {
	struct crypto      crypto;
	struct tls         tls;
	struct tls_session session;
	struct mqtt        mqtt;
	struct roots       roots;
	uint8_t            tx[TLS_TX_SIZE];
	uint8_t            mqtt_rx[128], mqtt_tx[1024];
	struct mqtt_slot   slots[2];
	uint8_t            key[128];
	size_t             key_len;
	char               token[512];
	size_t             token_len;
	uint32_t           tls_cost;      /* instructions spent in TLS, and in MQTT */
	uint32_t           mqtt_cost;
	uint32_t           longest[2];    /* of one call; the most, and the second most */
} bench;

static _Alignas(8) uint8_t arena[TERN_TLS13 ? DEVICE_ARENA_TLS13 : DEVICE_ARENA_SIZE];

/* --- console --- */

void say(const char *text)
{
	struct bytes left = bytes_of(text);

	while (left.len > 0) {
		size_t n = port_write(PORT_CONSOLE, left.data, left.len);

		left.data += n;
		left.len -= n;
		if (left.len > 0)
			port_idle(port_now_ms() + 1000);
	}
}

static void figure(const char *name, uint32_t value)
{
	char buf[64];
	struct text t;

	text_init(&t, buf, sizeof buf);
	text_add(&t, "figure ");
	text_add(&t, name);
	text_add_char(&t, ' ');
	text_add_u32(&t, value);
	text_add(&t, "\n");
	say(buf);
}

/* Nothing can go wrong unless the client or its library have changed. */
static void expect(bool ok, const char *what, enum err e)
{
	char buf[96];
	struct text t;

	if (ok)
		return;
	text_init(&t, buf, sizeof buf);
	text_add(&t, "failed: ");
	text_add(&t, what);
	text_add(&t, ": ");
	text_say(&t, err_name(e));
	text_add(&t, "\n");
	say(buf);
	board_exit(1);
}

/* --- counting --- */

static void counter_start(void)
{
	io_write(&TIM2->PSC, 0);
	io_write(&TIM2->ARR, 0xffffffff);
	io_write(&TIM2->CR1, TIM_CR1_CEN);
}

static uint32_t counter(void)
{
	return io_read(&TIM2->CNT);
}

static void stack_figure(const char *name)
{
	figure(name, (uint32_t)(stack_size() - stack_unused()));
}

static void spent_in_tls(uint32_t since)
{
	uint32_t spent = counter() - since;

	bench.tls_cost += spent;
	if (spent > bench.longest[0]) {
		bench.longest[1] = bench.longest[0];
		bench.longest[0] = spent;
	} else if (spent > bench.longest[1]) {
		bench.longest[1] = spent;
	}
}

static void spent_in_mqtt(uint32_t since)
{
	bench.mqtt_cost += counter() - since;
}

/* From the end of the stack up to a little below this frame. */
static void paint_stack(void)
{
	uint32_t here = 0;
	volatile uint32_t *p = ld_stack_bottom;

	while ((uintptr_t)p < (uintptr_t)&here - 64)
		*p++ = STACK_PAINT;
}

static void begin(void)
{
	paint_stack();
	bench.tls_cost = bench.mqtt_cost = bench.longest[0] = bench.longest[1] = 0;
	bench.crypto.arena.peak = bench.crypto.arena.used;
}

/* --- moving bytes --- */

static void tls_out(void)
{
	size_t len;
	const uint8_t *data;

	while ((data = tls_tx_peek(&bench.tls, &len)) != NULL) {
		source_send(data, len);
		tls_tx_done(&bench.tls, len);
	}
}

static void tls_in(void)
{
	struct bytes b = source_peek();
	uint32_t start = counter();

	if (b.len > 0)
		source_done(tls_feed(&bench.tls, b.data, b.len));
	else
		tls_step(&bench.tls, port_now_ms());
	spent_in_tls(start);
}

static void mqtt_out(void)
{
	size_t len, taken;
	const uint8_t *data;

	while ((data = mqtt_tx_peek(&bench.mqtt, &len)) != NULL) {
		uint32_t start = counter();
		enum err e = tls_write(&bench.tls, data, len, &taken);

		spent_in_tls(start);
		expect(e == ERR_OK, "tls_write", e);
		mqtt_tx_done(&bench.mqtt, taken);
		tls_out();
	}
}

/* Plain bytes of one record go to the client. */
static void mqtt_in(void)
{
	uint8_t buf[64];
	size_t len;
	uint32_t start = counter();
	enum err e = tls_read(&bench.tls, buf, sizeof buf, &len);

	spent_in_tls(start);
	if (e == ERR_AGAIN)
		return;
	expect(e == ERR_OK, "tls_read", e);
	start = counter();
	expect(mqtt_feed(&bench.mqtt, buf, len, port_now_ms()) == len, "mqtt_feed", ERR_OK);
	spent_in_mqtt(start);
}

static void wait_for(enum mqtt_event_type type)
{
	struct mqtt_event ev = { .type = MQTT_EV_NONE };

	for (unsigned n = 0; n < ROUNDS && ev.type == MQTT_EV_NONE; n++) {
		uint32_t start;

		tls_in();
		mqtt_in();
		start = counter();
		(void)mqtt_next(&bench.mqtt, &ev);
		spent_in_mqtt(start);
	}
	expect(ev.type == type, "the server's answer", ev.err);
}

/* --- the steps --- */

static enum err read_root(struct roots *r, unsigned index, uint8_t *der, size_t size, size_t *len)
{
	struct bytes root = source_root();

	(void)r;
	if (index > 0)
		return ERR_NOT_FOUND;
	*len = root.len;
	if (root.len > size)
		return ERR_TOO_LONG;
	memcpy(der, root.data, root.len);
	return ERR_OK;
}

static void set_up(void)
{
	static const uint8_t unique[12] = "bench device";
	uint8_t seed[RNG_SEED_LEN], next[RNG_SEED_LEN];
	struct rng *rng = &bench.crypto.rng;
	enum err e;

	crypto_init(&bench.crypto, arena, sizeof arena, unique, sizeof unique);
	crypto_set_time(&bench.crypto, NOW_S);
	crypto_sha256("tern bench", 10, seed);
	e = rng_seed(rng, seed, next);
	expect(e == ERR_OK, "rng_seed", e);
	e = rng_stored(rng);
	expect(e == ERR_OK, "rng_stored", e);
	e = key_make(&bench.crypto, bench.key, sizeof bench.key, &bench.key_len);
	expect(e == ERR_OK, "key_make", e);
	bench.roots = (struct roots){ read_root };
	tls_init(&bench.tls, &(struct tls_config){
		.crypto = &bench.crypto, .roots = &bench.roots, .tx = bench.tx, .tx_size = sizeof bench.tx,
		.session = &bench.session, .handshake_ms = 60000, .floor_s = NOW_S - 1 });
}

static void sign(void)
{
	struct jwt_claims claims = { .aud = "bench-project", .iat = NOW_S, .exp = NOW_S + 3600 };
	uint32_t start;
	enum err e;

	begin();
	start = counter();
	e = jwt_sign(&bench.crypto, (struct bytes){ bench.key, bench.key_len }, &claims, bench.token,
		     sizeof bench.token, &bench.token_len);
	figure("es256_sign", counter() - start);
	expect(e == ERR_OK, "jwt_sign", e);
	figure("arena_sign", bench.crypto.arena.peak);
	stack_figure("stack_sign");
}

/* After all that is recorded: it changes what the generator gives. */
static void prove(void)
{
	struct key_info info;
	struct jwt_claims claims;
	struct bytes key = { bench.key, bench.key_len };
	uint32_t start;
	enum err e;

	begin();
	start = counter();
	e = key_check(&bench.crypto, key, &info);
	figure("key_check", counter() - start);
	expect(e == ERR_OK, "key_check", e);
	start = counter();
	e = jwt_verify(&bench.crypto, key, (struct bytes){ (const uint8_t *)bench.token, bench.token_len }, &claims);
	figure("es256_verify", counter() - start);
	expect(e == ERR_OK, "jwt_verify", e);
	figure("arena_verify", bench.crypto.arena.peak);
	stack_figure("stack_verify");
}

static void shake_hands(enum source_phase phase)
{
	uint32_t start;
	enum err e;

	source_open();
	source_phase(phase);
	begin();
	start = counter();
	e = tls_open(&bench.tls, host, port_now_ms());
	spent_in_tls(start);
	expect(e == ERR_OK, "tls_open", e);
	for (unsigned n = 0; n < ROUNDS && tls_state(&bench.tls) == TLS_HANDSHAKE; n++) {
		tls_out();
		tls_in();
	}
	expect(tls_state(&bench.tls) == TLS_UP, "handshake", tls_facts(&bench.tls)->err);
	expect(tls_facts(&bench.tls)->resumed == (phase == SOURCE_RESUMED), "resumption", ERR_OK);
}

static void log_in(void)
{
	struct mqtt_login login = {
		.flags = MQTT_LOGIN_CLEAN | MQTT_LOGIN_USER | MQTT_LOGIN_PASSWORD,
		.keepalive_s = 600,
		.client_id = bytes_of("projects/bench-project/locations/europe-west1/registries/bench/devices/bench-1"),
		.user = bytes_of("unused"),
		.password = { (const uint8_t *)bench.token, bench.token_len },
	};
	enum err e;

	mqtt_init(&bench.mqtt, &(struct mqtt_config){
		.rx = bench.mqtt_rx, .rx_size = sizeof bench.mqtt_rx,
		.tx = bench.mqtt_tx, .tx_size = sizeof bench.mqtt_tx,
		.slots = bench.slots, .slot_count = 2, .connack_s = 30, .ack_s = 30, .pong_s = 30 });
	e = mqtt_connect(&bench.mqtt, &login, port_now_ms());
	expect(e == ERR_OK, "mqtt_connect", e);
	mqtt_out();
	wait_for(MQTT_EV_UP);
}

static void publish(void)
{
	struct mqtt_message msg = {
		.topic = bytes_of("/devices/bench-1/events"),
		.payload = bytes_of("{\"sequence\":1234,\"uptime\":5678,\"temperature\":23.4,"
				    "\"rssi\":-71,\"operator\":\"bench\"}"),
		.qos = 1,
	};
	uint32_t start;
	enum err e;

	begin();
	start = counter();
	e = mqtt_publish(&bench.mqtt, &msg, 1, port_now_ms(), NULL);
	spent_in_mqtt(start);
	expect(e == ERR_OK, "mqtt_publish", e);
	mqtt_out();
	wait_for(MQTT_EV_ACKED);
	figure("publish_mqtt", bench.mqtt_cost);
	figure("publish_tls", bench.tls_cost);
	stack_figure("stack_publish");
}

/* The server answers this one with a record of LARGE bytes. */
static void receive_large(void)
{
	static const uint8_t ask[] = "\x30\x07\x00\x05large";
	uint8_t buf[128];
	size_t n, sum = 0;
	enum err e;

	source_phase(SOURCE_LARGE);
	begin();
	e = tls_write(&bench.tls, ask, sizeof ask - 1, &n);
	expect(e == ERR_OK, "tls_write", e);
	tls_out();
	for (unsigned k = 0; k < ROUNDS && sum < LARGE; k++) {
		tls_in();
		while ((e = tls_read(&bench.tls, buf, sizeof buf, &n)) == ERR_OK)
			sum += n;
		expect(e == ERR_AGAIN, "tls_read", e);
	}
	expect(sum == LARGE, "a record of 16 KB", ERR_OK);
	figure("large_record", bench.tls_cost);
	figure("arena_large", bench.crypto.arena.peak);
	stack_figure("stack_large");
}

static void hang_up(void)
{
	tls_close(&bench.tls);
	tls_out();
}

int main(int argc, char **argv)
{
	if (!port_init(argc, argv))
		return 3;
	counter_start();
	set_up();
	sign();
	shake_hands(SOURCE_FULL);
	figure("tls_full", bench.tls_cost);
	/* One call checks both RSA signatures of the chain; no other is as long. */
	figure("tls_full_rsa_step", bench.longest[0]);
	figure("tls_full_ecc_step", bench.longest[1]);
	figure("tls_full_bytes_in", tls_facts(&bench.tls)->bytes_in);
	figure("tls_full_bytes_out", tls_facts(&bench.tls)->bytes_out);
	figure("arena_full", bench.crypto.arena.peak);
	stack_figure("stack_full");
	source_phase(SOURCE_FULL_PUBLISH);
	log_in();
	publish();
	receive_large();
	figure("arena_idle", bench.crypto.arena.used);
	hang_up();
	shake_hands(SOURCE_RESUMED);
	figure("tls_resumed", bench.tls_cost);
	figure("tls_resumed_bytes_in", tls_facts(&bench.tls)->bytes_in);
	figure("tls_resumed_bytes_out", tls_facts(&bench.tls)->bytes_out);
	figure("arena_resumed", bench.crypto.arena.peak);
	stack_figure("stack_resumed");
	hang_up();
	bytes_wipe(&bench.session, sizeof bench.session);
	shake_hands(SOURCE_FLIGHT);
	figure("arena_flight", bench.crypto.arena.peak);
	hang_up();
	prove();
	figure("arena_left", bench.crypto.arena.used);
	say("done\n");
	return 0;
}
