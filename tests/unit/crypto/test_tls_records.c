/* SPDX-License-Identifier: Apache-2.0 */
/* tls.c's input buffer under records of every size, whole and in parts. */
#include "unit/cmocka_all.h"

#include "crypto/tls.h"
#include "support/pem_file.h"
#include "support/tls_peer.h"

#include <stdio.h>
#include <string.h>

enum { ARENA = 128 * 1024, TLS12 = 0x0303, TLS13 = 0x0304 };
enum { CCS = 20, ALERT = 21, HANDSHAKE = 22, DATA = 23, HEADER = 5 };

static const int64_t today = 1781481600;   /* 2026-06-15, within every certificate of tests/data */

/* A device, a server, and what the server has sent and the device not yet taken. */
static struct {
	struct crypto       crypto;
	struct tls          tls;
	struct memory_roots roots;
	uint8_t             tx[1460], arena[ARENA];
	struct tls_peer    *peer;
	uint8_t             down[200000];
	size_t              len;
} on;

/* What becomes of a record of the server on its way: LEN bytes to OUT. */
typedef size_t reframe(const uint8_t *record, size_t len, uint8_t *out);

static struct tls_server *start(const struct tls_peer_config *server, size_t arena)
{
	static const uint8_t seed[RNG_SEED_LEN] = "\x4b\x16\xe1\x9a\x53\xcd\x08\xf7\x22\x91\xb4\x6d\xa0\x3e\x7f\xc5"
						  "\x18\xd2\x59\x84\xeb\x36\x0d\xfa\x71\xac\x2f\x95\x60\xbe\x47\x03";
	struct tls_server *s = tls_server_new(server);
	uint8_t next[RNG_SEED_LEN];

	memset(&on, 0, sizeof on);
	crypto_init(&on.crypto, on.arena, arena, "unit", 4);
	crypto_set_time(&on.crypto, today);
	assert_int_equal(rng_seed(&on.crypto.rng, seed, next), ERR_OK);
	assert_int_equal(rng_stored(&on.crypto.rng), ERR_OK);
	memory_roots_init(&on.roots);
	memory_roots_add(&on.roots, "root_rsa4096");
	tls_init(&on.tls, &(struct tls_config){
		.crypto = &on.crypto, .roots = &on.roots.roots, .tx = on.tx, .tx_size = sizeof on.tx,
		.handshake_ms = 30000, .floor_s = today - 1 });
	on.peer = tls_peer_new(s);
	assert_int_equal(tls_open(&on.tls, "mqtt.tern.test", 1000), ERR_OK);
	return s;
}

static void end(struct tls_server *s)
{
	tls_close(&on.tls);
	assert_int_equal(on.crypto.arena.used, 0);
	assert_int_equal(on.crypto.arena.misused, 0);
	tls_peer_free(on.peer);
	tls_server_free(s);
}

/* What the server sends now, record for record through HOW. */
static void take_down(reframe *how)
{
	static uint8_t raw[100000];
	size_t n = tls_peer_take(on.peer, raw, sizeof raw);

	for (size_t at = 0; at < n;) {
		size_t len = HEADER + ((size_t)raw[at + 3] << 8 | raw[at + 4]);

		assert_true(at + len <= n);
		if (how != NULL) {
			on.len += how(raw + at, len, on.down + on.len);
		} else {
			memcpy(on.down + on.len, raw + at, len);
			on.len += len;
		}
		assert_true(on.len < sizeof on.down);
		at += len;
	}
}

static bool feed(size_t chunk)
{
	size_t n = on.len > 0 ? tls_feed(&on.tls, on.down, on.len < chunk ? on.len : chunk) : 0;

	on.len -= n;
	memmove(on.down, on.down + n, on.len);
	return n > 0;
}

/* Until nothing moves any more. */
static void flow(size_t chunk, reframe *how)
{
	bool moved;

	do {
		uint32_t at;
		size_t n;
		const uint8_t *tx = tls_tx_peek(&on.tls, &n);

		moved = tx != NULL;
		if (tx != NULL) {
			tls_peer_feed(on.peer, tx, n);
			tls_tx_done(&on.tls, n);
		}
		take_down(how);
		moved |= feed(chunk);
		if (tls_deadline(&on.tls, 1000, &at) && at == 1000) {
			tls_step(&on.tls, 1000);
			moved = true;
		}
	} while (moved);
}

#define USUAL "leaf_ec", "int_rsa2048", "root_cross"
#define TWO   "root_cross", "root_cross"

static const struct tls_peer_config usual12 = { .chain = { USUAL, NULL }, .key = "leaf_ec", .min = TLS12, .max = TLS12 };
static const struct tls_peer_config usual = { .chain = { USUAL, NULL }, .key = "leaf_ec", .min = TLS12, .max = TLS13 };
/* A Certificate message of 8 KB, of 12 KB, and of more than a record holds. */
static const struct tls_peer_config long12 = {
	.chain = { USUAL, TWO, TWO, NULL }, .key = "leaf_ec", .min = TLS12, .max = TLS12 };
static const struct tls_peer_config longer12 = {
	.chain = { USUAL, TWO, TWO, TWO, NULL }, .key = "leaf_ec", .min = TLS12, .max = TLS12 };
static const struct tls_peer_config longest12 = {
	.chain = { USUAL, TWO, TWO, TWO, TWO, TWO, TWO, NULL }, .key = "leaf_ec", .min = TLS12, .max = TLS12 };

static void expect_up(const char *what, size_t chunk, reframe *how)
{
	flow(chunk, how);
	if (tls_state(&on.tls) != TLS_UP)
		fail_msg("%s, chunks of %zu: %s, code -0x%x, step %u", what, chunk, err_name(tls_facts(&on.tls)->err),
			 (unsigned)-tls_facts(&on.tls)->lib_code, tls_facts(&on.tls)->step);
}

static void expect_error(const char *what, enum err e)
{
	if (tls_state(&on.tls) != TLS_FAILED || tls_facts(&on.tls)->err != e)
		fail_msg("%s: state %d, %s, code -0x%x", what, tls_state(&on.tls), err_name(tls_facts(&on.tls)->err),
			 (unsigned)-tls_facts(&on.tls)->lib_code);
}

/* ---- handshake messages in parts ---- */

static size_t part;            /* bytes of a message in each record */
static bool   encrypted;       /* from the server's ChangeCipherSpec on */

/* Each record of a handshake message as records of PART bytes; OpenSSL sends one
 * message a record. */
static size_t in_parts(const uint8_t *record, size_t len, uint8_t *out)
{
	size_t n = 0;

	encrypted |= record[0] == CCS;
	if (record[0] != HANDSHAKE || encrypted) {
		memcpy(out, record, len);
		return len;
	}
	for (size_t at = HEADER; at < len; at += part) {
		size_t piece = len - at < part ? len - at : part;

		memcpy(out + n, (const uint8_t[]){ HANDSHAKE, 3, 3, (uint8_t)(piece >> 8), (uint8_t)piece }, HEADER);
		memcpy(out + n + HEADER, record + at, piece);
		n += HEADER + piece;
	}
	return n;
}

static void a_handshake_in_parts_of_every_size_connects(void **state)
{
	static const size_t chunks[] = { 1, 2, 3, 4, 5, 6, 7, 64, 1460, 16384 };

	(void)state;
	for (part = 4; part < 700; part += part < 20 ? 1 : 97) {
		for (size_t i = 0; i < sizeof chunks / sizeof chunks[0]; i++) {
			struct tls_server *s = start(&usual12, ARENA);

			encrypted = false;
			expect_up("in parts", chunks[i], in_parts);
			end(s);
		}
	}
}

static void the_parts_of_a_long_message_take_no_more_memory_than_it_does(void **state)
{
	struct tls_server *s = start(&long12, ARENA);
	uint32_t whole;

	(void)state;
	expect_up("whole", 1460, NULL);
	whole = on.crypto.arena.peak;
	end(s);
	for (part = 512; part <= 4096; part *= 2) {
		s = start(&long12, ARENA);
		encrypted = false;
		expect_up("parts", 1460, in_parts);
		if (on.crypto.arena.peak > whole + 256)
			fail_msg("%u bytes in parts of %zu, %u whole", on.crypto.arena.peak, part, whole);
		end(s);
	}
}

/* mbedTLS wants the first four bytes of a message in one record. */
static void parts_below_a_message_header_end_in_an_error(void **state)
{
	(void)state;
	for (part = 1; part < 4; part++) {
		struct tls_server *s = start(&usual12, ARENA);

		encrypted = false;
		flow(5, in_parts);
		expect_error("a part of a header", ERR_TLS_CORRUPT);
		end(s);
	}
}

static uint8_t packed[20000];
static size_t  packed_len;     /* of the record that is being filled */
static bool    complete;

/* All of the server's messages up to ServerHelloDone in one record, as BoringSSL sends them. */
static size_t as_one_record(const uint8_t *record, size_t len, uint8_t *out)
{
	enum { SERVER_HELLO_DONE = 14 };
	size_t n;

	if (record[0] != HANDSHAKE || complete) {
		memcpy(out, record, len);
		return len;
	}
	memcpy(packed + packed_len, record + HEADER, len - HEADER);
	packed_len += len - HEADER;
	if (record[HEADER] != SERVER_HELLO_DONE)
		return 0;
	complete = true;
	n = packed_len;
	memcpy(out, (const uint8_t[]){ HANDSHAKE, 3, 3, (uint8_t)(n >> 8), (uint8_t)n }, HEADER);
	memcpy(out + HEADER, packed, n);
	return HEADER + n;
}

static void a_flight_in_one_record_connects(void **state)
{
	static const struct tls_peer_config *const servers[] = { &usual12, &long12, &longer12 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		for (size_t chunk = 1; chunk < 20000; chunk *= 11) {
			struct tls_server *s = start(servers[i], ARENA);

			packed_len = 0;
			complete = false;
			expect_up("one record", chunk, as_one_record);
			end(s);
		}
	}
}

static void a_message_beyond_a_record_ends_in_an_error(void **state)
{
	struct tls_server *s = start(&longest12, ARENA);

	(void)state;
	flow(1460, NULL);
	expect_error("17 KB of certificates", ERR_TLS_RECORD_SIZE);
	end(s);
}

/* ---- what a stranger may claim ---- */

static const struct hostile {
	const char *name;
	uint8_t     bytes[24];
	size_t      len;
	enum err    err;         /* ERR_OK: none yet, it waits for more */
} hostile[] = {
	{ "the largest record that TLS 1.3 allows", { 22, 3, 3, 0x41, 0x00 }, 5, ERR_OK },
	{ "one byte more", { 22, 3, 3, 0x41, 0x01 }, 5, ERR_TLS_RECORD_SIZE },
	{ "64 KB", { 22, 3, 3, 0xff, 0xff }, 5, ERR_TLS_RECORD_SIZE },
	{ "64 KB of application data", { 23, 3, 3, 0xff, 0xff }, 5, ERR_TLS_RECORD_SIZE },
	{ "an empty record", { 22, 3, 3, 0, 0 }, 5, ERR_TLS_CORRUPT },
	{ "a type that is none", { 24, 3, 3, 0x40, 0 }, 5, ERR_TLS_NOT_TLS },
	{ "another version", { 22, 2, 3, 0x40, 0 }, 5, ERR_TLS_NOT_TLS },
	{ "a web server", { 'H', 'T', 'T', 'P', '/', '1', '.', '1' }, 8, ERR_TLS_NOT_TLS },
	{ "a mail server, one byte", { '+' }, 1, ERR_TLS_NOT_TLS },
	{ "half a header", { 22, 3 }, 2, ERR_OK },
	{ "a ServerHello of 16 MB begins", { 22, 3, 3, 0, 4, 2, 0xff, 0xff, 0xff }, 9, ERR_OK },
	{ "and an alert comes into it", { 22, 3, 3, 0, 4, 2, 0xff, 0xff, 0xff, 21, 3, 3, 0, 2, 2, 40 }, 16, ERR_TLS_PROTOCOL },
	{ "and a second record beyond all", { 22, 3, 3, 0, 4, 2, 0xff, 0xff, 0xff, 22, 3, 3, 0x41, 0 }, 14,
	  ERR_TLS_RECORD_SIZE },
};

static void strangers_claims_take_no_memory_that_is_not_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
		for (size_t chunk = 1; chunk <= 24; chunk++) {
			struct tls_server *s = start(&usual12, ARENA);
			const struct hostile *h = &hostile[i];

			memcpy(on.down, h->bytes, h->len);
			on.len = h->len;
			for (int k = 0; k < 100; k++) {
				(void)feed(chunk);
				tls_step(&on.tls, 1000);
			}
			assert_true(on.crypto.arena.peak < 32 * 1024);
			if (h->err != ERR_OK)
				expect_error(h->name, h->err);
			else
				assert_int_equal(tls_state(&on.tls), TLS_HANDSHAKE);
			end(s);
		}
	}
}

/* ---- connected ---- */

static size_t read_all(uint8_t *buf, size_t size)
{
	size_t sum = 0, n;
	enum err e;

	while ((e = tls_read(&on.tls, buf + sum, size - sum < 700 ? size - sum : 700, &n)) == ERR_OK)
		sum += n;
	assert_int_equal(e, ERR_AGAIN);
	return sum;
}

static void records_of_every_size_arrive_and_the_memory_comes_back(void **state)
{
	static const size_t sizes[] = { 1, 31, 200, 228, 229, 256, 257, 1000, 4096, 8191, 16383, 16384, 1, 16384, 40000 };
	static const size_t chunks[] = { 1, 5, 6, 255, 1460, 20000 };
	static const struct tls_peer_config *const servers[] = { &usual12, &usual };
	static uint8_t sent[40000], got[40001];

	(void)state;
	for (size_t i = 0; i < sizeof sent; i++)
		sent[i] = (uint8_t)(i * 7 + i / 256);
	for (size_t k = 0; k < 12; k++) {
		struct tls_server *s = start(servers[k % 2], ARENA);
		uint32_t idle = 0;

		expect_up("connects", 1460, NULL);
		for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
			size_t sum = 0;

			tls_peer_write(on.peer, sent, sizes[i]);
			for (size_t before = 1; sum != before;) {
				before = sum;
				flow(chunks[k / 2], NULL);
				sum += read_all(got + sum, sizeof got - sum);
			}
			assert_int_equal(sum, sizes[i]);
			assert_memory_equal(sent, got, sum);
			idle = idle == 0 ? on.crypto.arena.used : idle;
			assert_int_equal(on.crypto.arena.used, idle);
		}
		end(s);
	}
}

static void a_record_that_memory_cannot_hold_ends_in_that_error(void **state)
{
	static uint8_t sent[16384];
	struct tls_server *s;
	uint32_t idle;

	(void)state;
	s = start(&usual, ARENA);
	expect_up("connects", 1460, NULL);
	idle = on.crypto.arena.used;
	/* Somebody else takes what is there: all but a little. */
	while (arena_alloc(&on.crypto.arena, 512) != NULL)
		;
	tls_peer_write(on.peer, sent, 200);
	flow(1460, NULL);
	assert_int_equal(read_all(sent, sizeof sent), 200);
	tls_peer_write(on.peer, sent, sizeof sent);
	flow(1460, NULL);
	expect_error("no room", ERR_CRYPTO_MEMORY);
	assert_true(idle > 0);
	tls_peer_free(on.peer);
	tls_server_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_handshake_in_parts_of_every_size_connects),
		cmocka_unit_test(the_parts_of_a_long_message_take_no_more_memory_than_it_does),
		cmocka_unit_test(parts_below_a_message_header_end_in_an_error),
		cmocka_unit_test(a_flight_in_one_record_connects),
		cmocka_unit_test(a_message_beyond_a_record_ends_in_an_error),
		cmocka_unit_test(strangers_claims_take_no_memory_that_is_not_there),
		cmocka_unit_test(records_of_every_size_arrive_and_the_memory_comes_back),
		cmocka_unit_test(a_record_that_memory_cannot_hold_ends_in_that_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
