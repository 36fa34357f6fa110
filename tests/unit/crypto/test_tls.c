/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "crypto/tls.h"
#include "support/pem_file.h"
#include "support/tls_peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 2026-06-15, within every certificate of tests/data. */
static const int64_t today = 1781481600;
static const int64_t build_date = 1767225600;   /* 2026-01-01 */
#define HOST "mqtt.tern.test"
static const char host[] = HOST;

enum { ARENA = 80 * 1024, TLS12 = 0x0303, TLS13 = 0x0304 };

/* ---- a device, a server, and the wire between them ---- */

struct device {
	struct crypto       crypto;
	struct tls          tls;
	struct memory_roots roots;
	struct tls_session  session;
	uint8_t             tx[2048];
	uint8_t             arena[ARENA];
};

static void device_start(struct device *d, size_t arena, size_t tx, const char *const *anchors)
{
	static const uint8_t seed[RNG_SEED_LEN] = "\x4b\x16\xe1\x9a\x53\xcd\x08\xf7\x22\x91\xb4\x6d\xa0\x3e\x7f\xc5"
						  "\x18\xd2\x59\x84\xeb\x36\x0d\xfa\x71\xac\x2f\x95\x60\xbe\x47\x03";
	uint8_t next[RNG_SEED_LEN];

	memset(d, 0, sizeof *d - sizeof d->arena);
	crypto_init(&d->crypto, d->arena, arena, "unit", 4);
	crypto_set_time(&d->crypto, today);
	assert_int_equal(rng_seed(&d->crypto.rng, seed, next), ERR_OK);
	assert_int_equal(rng_stored(&d->crypto.rng), ERR_OK);
	memory_roots_init(&d->roots);
	for (; *anchors != NULL; anchors++)
		memory_roots_add(&d->roots, *anchors);
	tls_init(&d->tls, &(struct tls_config){
		.crypto = &d->crypto, .roots = &d->roots.roots, .tx = d->tx, .tx_size = tx, .session = &d->session,
		.handshake_ms = 30000, .floor_s = build_date });
}

static void device_end(struct device *d)
{
	tls_close(&d->tls);
	assert_int_equal(d->crypto.arena.used, 0);
	assert_int_equal(d->crypto.arena.misused, 0);
}

/* What flows, in pieces of at most CHUNK bytes each way. */
struct wire {
	struct device   *d;
	struct tls_peer *p;
	size_t           chunk;
	uint8_t          down[70000];   /* from the server, not yet taken */
	size_t           down_len;
	size_t           down_total;
	size_t           flip;          /* damage this byte of what the server sends; 0: none */
	unsigned         flights;       /* times that the client sent after the server */
};

static bool move_up(struct wire *w)
{
	size_t n;
	const uint8_t *tx = tls_tx_peek(&w->d->tls, &n);

	if (tx == NULL)
		return false;
	n = n < w->chunk ? n : w->chunk;
	tls_peer_feed(w->p, tx, n);
	tls_tx_done(&w->d->tls, n);
	return true;
}

static bool move_down(struct wire *w)
{
	size_t got = tls_peer_take(w->p, w->down + w->down_len, sizeof w->down - w->down_len);
	size_t n;

	if (w->flip >= w->down_total && w->flip < w->down_total + got && w->flip > 0)
		w->down[w->down_len + w->flip - w->down_total] ^= 0x10;
	w->down_total += got;
	w->down_len += got;
	if (w->down_len == 0)
		return false;
	n = tls_feed(&w->d->tls, w->down, w->down_len < w->chunk ? w->down_len : w->chunk);
	w->down_len -= n;
	memmove(w->down, w->down + n, w->down_len);
	return n > 0;
}

/* Until nothing moves any more. */
static void flow(struct wire *w)
{
	bool moved;

	do {
		uint32_t at;

		moved = move_up(w);
		moved |= move_down(w);
		if (tls_deadline(&w->d->tls, 1000, &at) && at == 1000) {
			tls_step(&w->d->tls, 1000);
			moved = true;
		}
	} while (moved);
}

static struct wire *connect_chunked(struct device *d, struct tls_server *s, size_t chunk)
{
	static struct wire wires[4];
	static unsigned turn;
	struct wire *w = &wires[turn++ % 4];

	memset(w, 0, sizeof *w);
	w->d = d;
	w->p = tls_peer_new(s);
	w->chunk = chunk;
	assert_int_equal(tls_open(&d->tls, host, 1000), ERR_OK);
	flow(w);
	return w;
}

static void disconnect(struct wire *w)
{
	tls_close(&w->d->tls);
	flow(w);
	tls_peer_free(w->p);
	assert_int_equal(w->d->crypto.arena.used, 0);
	assert_int_equal(w->d->crypto.arena.misused, 0);
}

/* Send TEXT both ways. */
static void exchange(struct wire *w, const char *text)
{
	char buf[64];
	size_t n;

	assert_int_equal(tls_write(&w->d->tls, text, strlen(text), &n), ERR_OK);
	assert_int_equal(n, strlen(text));
	flow(w);
	n = tls_peer_read(w->p, buf, sizeof buf);
	assert_int_equal(n, strlen(text));
	assert_memory_equal(buf, text, n);
	tls_peer_write(w->p, text, n);
	flow(w);
	assert_int_equal(tls_read(&w->d->tls, buf, sizeof buf, &n), ERR_OK);
	assert_int_equal(n, strlen(text));
	assert_memory_equal(buf, text, n);
	assert_int_equal(tls_read(&w->d->tls, buf, sizeof buf, &n), ERR_AGAIN);
	assert_int_equal(n, 0);
}

static const char *const root_r1[] = { "root_rsa4096", NULL };
static const char *const root_r4[] = { "root_p384", NULL };
static const char *const root_old[] = { "root_old", NULL };
static const char *const root_other[] = { "other_root", NULL };
static const char *const roots_all[] = { "other_root", "other_same_name", "root_old", "root_p384", "root_rsa4096", NULL };
static const char *const root_self[] = { "other_root", "self_ca", NULL };
static const char *const root_same_name[] = { "other_same_name", NULL };
static const char *const no_roots[] = { NULL };

#define GOOGLE { "leaf_ec", "int_rsa2048", "root_cross", NULL }

static const struct tls_peer_config google12 = { .chain = GOOGLE, .key = "leaf_ec", .min = TLS12, .max = TLS12 };
static const struct tls_peer_config ec12 = {
	.chain = { "leaf_ec256", "int_p256", NULL }, .key = "leaf_ec", .min = TLS12, .max = TLS12 };
static const struct tls_peer_config any = { .chain = GOOGLE, .key = "leaf_ec", .min = TLS12, .max = TLS13 };

static struct device one, two;

static bool has_tls13(void)
{
	struct tls_server *s = tls_server_new(&any);
	struct wire *w;
	bool is;

	device_start(&one, ARENA, 1460, root_r1);
	w = connect_chunked(&one, s, 4096);
	is = tls_facts(&one.tls)->version == TLS13;
	disconnect(w);
	tls_server_free(s);
	return is;
}

/* ---- what works ---- */

static void every_chain_version_and_suite_connects(void **state)
{
	static const struct {
		const char *name;
		struct tls_peer_config server;
		const char *const *anchors;
		uint16_t suite;
	} rows[] = {
		{ "an ECDSA server under an RSA-4096 root", { .chain = GOOGLE, .key = "leaf_ec", .min = TLS12, .max = TLS12 },
		  root_r1, 0xcca9 },
		{ "the cross-signed root in the chain leads to the older root",
		  { .chain = GOOGLE, .key = "leaf_ec", .min = TLS12, .max = TLS12 }, root_old, 0xcca9 },
		{ "both roots and strangers are stored, one with the same name",
		  { .chain = GOOGLE, .key = "leaf_ec", .min = TLS12, .max = TLS12 }, roots_all, 0xcca9 },
		{ "the server sends no root", { .chain = { "leaf_ec", "int_rsa2048", NULL }, .key = "leaf_ec", .min = TLS12,
		  .max = TLS12 }, root_r1, 0xcca9 },
		{ "the server sends its self-signed root as well", { .chain = { "leaf_ec", "int_rsa2048", "root_rsa4096",
		  NULL }, .key = "leaf_ec", .min = TLS12, .max = TLS12 }, root_r1, 0xcca9 },
		{ "an RSA server", { .chain = { "leaf_rsa", "int_rsa2048", NULL }, .key = "leaf_rsa", .min = TLS12,
		  .max = TLS12 }, root_r1, 0xcca8 },
		{ "all ECDSA under a P-384 root", { .chain = { "leaf_ec256", "int_p256", NULL }, .key = "leaf_ec",
		  .min = TLS12, .max = TLS12 }, root_r4, 0xcca9 },
		{ "the server is its own authority, and stored", { .chain = { "self_ca", NULL }, .key = "leaf_ec", .min = TLS12,
		  .max = TLS12 }, root_self, 0xcca9 },
		{ "AES-128-GCM", { .chain = GOOGLE, .key = "leaf_ec", .min = TLS12, .max = TLS12,
		  .suites = "ECDHE-ECDSA-AES128-GCM-SHA256" }, root_r1, 0xc02b },
		{ "AES-128-GCM, RSA", { .chain = { "leaf_rsa", "int_rsa2048", NULL }, .key = "leaf_rsa", .min = TLS12,
		  .max = TLS12, .suites = "ECDHE-RSA-AES128-GCM-SHA256" }, root_r1, 0xc02f },
		{ "the key exchange signed with SHA-384", { .chain = GOOGLE, .key = "leaf_ec", .min = TLS12, .max = TLS12,
		  .signature = "ECDSA+SHA384" }, root_r1, 0xcca9 },
		{ "with RSA and SHA-384", { .chain = { "leaf_rsa", "int_rsa2048", NULL }, .key = "leaf_rsa", .min = TLS12,
		  .max = TLS12, .signature = "RSA+SHA384" }, root_r1, 0xcca8 },
		{ "with RSA and SHA-512", { .chain = { "leaf_rsa", "int_rsa2048", NULL }, .key = "leaf_rsa", .min = TLS12,
		  .max = TLS12, .signature = "RSA+SHA512" }, root_r1, 0xcca8 },
		{ "TLS 1.3", { .chain = GOOGLE, .key = "leaf_ec", .min = TLS13, .max = TLS13 }, root_r1, 0x1303 },
		{ "TLS 1.3, AES-128-GCM", { .chain = GOOGLE, .key = "leaf_ec", .min = TLS13, .max = TLS13,
		  .suites13 = "TLS_AES_128_GCM_SHA256" }, root_r1, 0x1301 },
		{ "TLS 1.3, an RSA server", { .chain = { "leaf_rsa", "int_rsa2048", NULL }, .key = "leaf_rsa", .min = TLS13,
		  .max = TLS13 }, root_r1, 0x1303 },
		{ "TLS 1.3, P-384 root", { .chain = { "leaf_ec256", "int_p256", NULL }, .key = "leaf_ec", .min = TLS13,
		  .max = TLS13 }, root_r4, 0x1303 },
	};
	bool tls13 = has_tls13();

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (rows[i].server.min == TLS13 && !tls13)
			continue;
		struct tls_server *s = tls_server_new(&rows[i].server);

		device_start(&one, ARENA, 1460, rows[i].anchors);
		struct wire *w = connect_chunked(&one, s, 4096);
		const struct tls_facts *f = tls_facts(&one.tls);

		if (tls_state(&one.tls) != TLS_UP)
			fail_msg("%s: %s, flags 0x%x, code -0x%x", rows[i].name, err_text(f->err), f->verify_flags,
				 (unsigned)-f->lib_code);
		assert_int_equal(f->version, rows[i].server.max);
		/* OpenSSL prefers its own order unless told otherwise. */
		if (rows[i].server.suites != NULL || rows[i].server.suites13 != NULL)
			assert_int_equal(f->suite, rows[i].suite);
		assert_string_equal(tls_peer_sni(w->p), host);
		assert_false(f->resumed);
		assert_int_equal(f->verify_flags, 0);
		assert_memory_equal(f->names, "mqtt.tern.test", 14);
		assert_string_equal(f->subject, "mqtt.tern.test");
		assert_int_equal(f->newest_not_before, build_date);
		exchange(w, "telemetry");
		disconnect(w);
		tls_server_free(s);
	}
}

static void a_handshake_is_the_same_in_every_chunk_size(void **state)
{
	static const size_t full[] = { 1, 2, 3, 4, 5, 6, 7, 11, 64, 255, 1460, 4096 };
	struct tls_server *s = tls_server_new(&ec12);

	(void)state;
	for (size_t i = 0; i < sizeof full / sizeof full[0]; i++) {
		device_start(&one, ARENA, 1460, root_r4);
		struct wire *w = connect_chunked(&one, s, full[i]);

		assert_int_equal(tls_state(&one.tls), TLS_UP);
		assert_false(tls_facts(&one.tls)->resumed);
		exchange(w, "x");
		disconnect(w);
	}
	/* A resumed one is small enough for all of them. */
	for (size_t chunk = 1; chunk <= 260; chunk++) {
		struct wire *w = connect_chunked(&one, s, chunk);

		assert_int_equal(tls_state(&one.tls), TLS_UP);
		assert_true(tls_facts(&one.tls)->resumed);
		exchange(w, "y");
		disconnect(w);
	}
	tls_server_free(s);
}

static void a_small_tx_buffer_only_takes_longer(void **state)
{
	struct tls_server *s = tls_server_new(&any);

	(void)state;
	device_start(&one, ARENA, TLS_TX_MIN, root_r1);
	struct wire *w = connect_chunked(&one, s, 100);

	assert_int_equal(tls_state(&one.tls), TLS_UP);
	exchange(w, "small");
	disconnect(w);
	tls_server_free(s);
}

static void sixteen_kilobyte_records_arrive_whole(void **state)
{
	static const struct tls_peer_config *const servers[] = { &google12, &any };
	static uint8_t sent[40000], got[40000];

	(void)state;
	for (size_t i = 0; i < sizeof sent; i++)
		sent[i] = (uint8_t)(i * 7 + i / 256);
	for (size_t k = 0; k < 2; k++) {
		struct tls_server *s = tls_server_new(servers[k]);
		size_t total = 0, n;
		enum err e;

		device_start(&one, ARENA, 1460, root_r1);
		struct wire *w = connect_chunked(&one, s, 1000);

		assert_int_equal(tls_state(&one.tls), TLS_UP);
		tls_peer_write(w->p, sent, sizeof sent);   /* OpenSSL makes records of 16384 */
		do {
			flow(w);
			e = tls_read(&one.tls, got + total, 777, &n);
			total += n;
		} while (e == ERR_OK);
		assert_int_equal(e, ERR_AGAIN);
		assert_int_equal(total, sizeof sent);
		assert_memory_equal(sent, got, sizeof sent);
		disconnect(w);
		tls_server_free(s);
	}
}

static void a_lot_is_sent_through_a_small_buffer(void **state)
{
	static uint8_t sent[30000], got[30000];
	struct tls_server *s = tls_server_new(&google12);
	size_t up = 0, down = 0;

	(void)state;
	for (size_t i = 0; i < sizeof sent; i++)
		sent[i] = (uint8_t)(i * 13 + i / 256);
	device_start(&one, ARENA, 600, root_r1);
	struct wire *w = connect_chunked(&one, s, 97);

	while (down < sizeof sent) {
		size_t n = 0;

		if (up < sizeof sent) {
			enum err e = tls_write(&one.tls, sent + up, sizeof sent - up, &n);

			assert_true(e == ERR_OK ? n > 0 : e == ERR_AGAIN && n == 0);
			up += n;
		}
		(void)move_up(w);
		(void)move_down(w);
		down += tls_peer_read(w->p, got + down, sizeof got - down);
	}
	assert_memory_equal(sent, got, sizeof sent);
	disconnect(w);
	tls_server_free(s);
}

static void packets_that_fit_leave_together_as_one_record_each(void **state)
{
	struct tls_server *s = tls_server_new(&google12);
	uint8_t packet[600] = { 1 };
	size_t n, before, after;

	(void)state;
	device_start(&one, ARENA, 1460, root_r1);
	struct wire *w = connect_chunked(&one, s, 4096);

	assert_int_equal(tls_write(&one.tls, packet, sizeof packet, &n), ERR_OK);
	assert_int_equal(n, sizeof packet);
	(void)tls_tx_peek(&one.tls, &before);
	assert_int_equal(tls_write(&one.tls, packet, sizeof packet, &n), ERR_OK);
	(void)tls_tx_peek(&one.tls, &after);
	assert_int_equal(after, 2 * before);
	/* The third would have to be split: it waits for the wire instead. */
	assert_int_equal(tls_write(&one.tls, packet, sizeof packet, &n), ERR_AGAIN);
	assert_int_equal(n, 0);
	disconnect(w);
	tls_server_free(s);
}

/* ---- resumption ---- */

static void a_reconnect_resumes(void **state)
{
	static const struct {
		const char *name;
		struct tls_peer_config server;
	} rows[] = {
		{ "ticket", { .chain = GOOGLE, .key = "leaf_ec", .min = TLS12, .max = TLS12 } },
		{ "session id", { .chain = GOOGLE, .key = "leaf_ec", .min = TLS12, .max = TLS12, .no_tickets = true } },
		{ "TLS 1.3", { .chain = GOOGLE, .key = "leaf_ec", .min = TLS13, .max = TLS13 } },
		{ "TLS 1.3, stateful", { .chain = GOOGLE, .key = "leaf_ec", .min = TLS13, .max = TLS13, .no_tickets = true } },
	};
	bool tls13 = has_tls13();

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (rows[i].server.min == TLS13 && !tls13)
			continue;
		struct tls_server *s = tls_server_new(&rows[i].server);

		device_start(&one, ARENA, 1460, root_r1);
		for (int round = 0; round < 4; round++) {
			struct wire *w = connect_chunked(&one, s, 4096);

			if (tls_state(&one.tls) != TLS_UP || tls_facts(&one.tls)->resumed != (round > 0))
				fail_msg("%s, round %d: state %d, resumed %d", rows[i].name, round, tls_state(&one.tls),
					 tls_facts(&one.tls)->resumed);
			assert_int_equal(tls_peer_resumed(w->p), round > 0);
			exchange(w, "again");
			assert_true(one.session.len > 0);
			disconnect(w);
		}
		tls_server_free(s);
	}
}

static void a_session_is_not_used_where_it_does_not_belong(void **state)
{
	struct tls_server *s = tls_server_new(&any), *other = tls_server_new(&any);
	struct wire *w;

	(void)state;
	device_start(&one, ARENA, 1460, root_r1);
	w = connect_chunked(&one, s, 4096);
	disconnect(w);
	/* Another server does not know it: a full handshake. */
	w = connect_chunked(&one, other, 4096);
	assert_int_equal(tls_state(&one.tls), TLS_UP);
	assert_false(tls_facts(&one.tls)->resumed);
	disconnect(w);
	/* Another name: it is not even offered, and the name is checked. */
	assert_int_equal(tls_open(&one.tls, "elsewhere.tern.test", 1000), ERR_OK);
	assert_int_equal(one.session.len, 0);
	tls_close(&one.tls);
	/* Damaged in store, at each byte: never a crash, never a false "up". */
	w = connect_chunked(&one, s, 4096);
	disconnect(w);
	struct tls_session kept = one.session;

	for (size_t i = 0; i < kept.len; i += 5) {
		one.session = kept;
		one.session.data[i] ^= 0x41;
		w = connect_chunked(&one, s, 4096);
		assert_true(tls_state(&one.tls) == TLS_UP || tls_state(&one.tls) == TLS_FAILED);
		if (tls_state(&one.tls) == TLS_FAILED)
			assert_int_equal(one.session.len, 0);
		disconnect(w);
	}
	one.session = kept;
	one.session.len = UINT16_MAX;
	w = connect_chunked(&one, s, 4096);
	assert_int_equal(tls_state(&one.tls), TLS_UP);
	disconnect(w);
	tls_server_free(s);
	tls_server_free(other);
}

/* ---- what must not connect ---- */

static void every_bad_certificate_has_its_own_error(void **state)
{
	static const struct {
		const char *name;
		const char *chain[4];
		const char *key;
		const char *const *anchors;
		int64_t now;
		const char *host;
		enum err want;
		unsigned depth;
		const char *subject, *issuer;
		int alert;
	} rows[] = {
		{ "another authority's root is stored", GOOGLE, "leaf_ec", root_other, 0, HOST, ERR_TLS_ROOT, 2,
		  "Tern Root R1 (Tern Trust Services)", "Tern Old Root (Tern Old Sign)", 48 },
		{ "the stored root has the right name and another key", { "leaf_ec", "int_rsa2048", NULL }, "leaf_ec",
		  root_same_name, 0, HOST, ERR_TLS_ROOT, 1,
		  "Tern CA 1C3 (Tern Trust Services)", "Tern Root R1 (Tern Trust Services)", 48 },
		{ "the server leaves out its intermediate", { "leaf_ec", NULL }, "leaf_ec", root_r1, 0, HOST, ERR_TLS_ROOT, 0,
		  "mqtt.tern.test", "Tern CA 1C3 (Tern Trust Services)", 48 },
		{ "self-signed, as where the host name is not sent", { "leaf_self", NULL }, "leaf_ec", root_r1, 0, HOST,
		  ERR_TLS_ROOT, 0, "invalid2.invalid (Google Front End)", "invalid2.invalid (Google Front End)", 42 },
		{ "its own authority, but not a stored one", { "self_ca", NULL }, "leaf_ec", root_r1, 0, HOST, ERR_TLS_ROOT, 0,
		  "mqtt.tern.test", "mqtt.tern.test", 48 },
		{ "for another name", { "leaf_other", "int_rsa2048", NULL }, "leaf_ec", root_r1, 0, HOST, ERR_TLS_NAME, 0,
		  "other.tern.test", "Tern CA 1C3 (Tern Trust Services)", 42 },
		{ "expired", { "leaf_short", "int_rsa2048", NULL }, "leaf_ec", root_r1, 1784073600, HOST, ERR_TLS_EXPIRED, 0,
		  "mqtt.tern.test", "Tern CA 1C3 (Tern Trust Services)", 45 },
		{ "not yet valid", { "leaf_short", "int_rsa2048", NULL }, "leaf_ec", root_r1, 1769904000, HOST,
		  ERR_TLS_FUTURE, 0, "mqtt.tern.test", "Tern CA 1C3 (Tern Trust Services)", 46 },
		{ "expired for a second", { "leaf_short", "int_rsa2048", NULL }, "leaf_ec", root_r1, 1782864001, HOST,
		  ERR_TLS_EXPIRED, 0, "mqtt.tern.test", "Tern CA 1C3 (Tern Trust Services)", 45 },
		{ "valid in a second", { "leaf_short", "int_rsa2048", NULL }, "leaf_ec", root_r1, 1780271999, HOST,
		  ERR_TLS_FUTURE, 0, "mqtt.tern.test", "Tern CA 1C3 (Tern Trust Services)", 46 },
		{ "the clock is far ahead of all of them", GOOGLE, "leaf_ec", root_r1, 3900000000, HOST, ERR_TLS_EXPIRED, 0,
		  "mqtt.tern.test", "Tern CA 1C3 (Tern Trust Services)", 45 },
		{ "signed with SHA-1", { "leaf_sha1", "int_rsa2048", NULL }, "leaf_ec", root_r1, 0, HOST, ERR_TLS_WEAK, 0,
		  "mqtt.tern.test", "Tern CA 1C3 (Tern Trust Services)", 48 },
		{ "an RSA key of 1024 bits", { "leaf_rsa1024", "int_rsa2048", NULL }, "weak_rsa1024", root_r1, 0, HOST,
		  ERR_TLS_WEAK, 0, "mqtt.tern.test", "Tern CA 1C3 (Tern Trust Services)", 43 },
		{ "meant for a client", { "leaf_client", "int_rsa2048", NULL }, "leaf_ec", root_r1, 0, HOST, ERR_TLS_USAGE, 0,
		  "mqtt.tern.test", "Tern CA 1C3 (Tern Trust Services)", 43 },
		{ "a wildcard covers one label only", GOOGLE, "leaf_ec", root_r1, 0, "a.b.wild.tern.test", ERR_TLS_NAME, 0,
		  "mqtt.tern.test", "Tern CA 1C3 (Tern Trust Services)", 42 },
		{ "a wildcard does not cover its parent", GOOGLE, "leaf_ec", root_r1, 0, "wild.tern.test", ERR_TLS_NAME, 0,
		  "mqtt.tern.test", "Tern CA 1C3 (Tern Trust Services)", 42 },
		{ "an address that is not in it", GOOGLE, "leaf_ec", root_r1, 0, "127.0.0.2", ERR_TLS_NAME, 0,
		  "mqtt.tern.test", "Tern CA 1C3 (Tern Trust Services)", 42 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		for (int version = TLS12; version <= TLS13; version++) {
			struct tls_peer_config cfg = { .key = rows[i].key, .min = TLS12, .max = version };

			memcpy(cfg.chain, rows[i].chain, sizeof rows[i].chain);
			struct tls_server *s = tls_server_new(&cfg);
			struct wire w = { .d = &one, .p = tls_peer_new(s), .chunk = 500 };
			const struct tls_facts *f = tls_facts(&one.tls);

			device_start(&one, ARENA, 1460, rows[i].anchors);
			if (rows[i].now != 0)
				crypto_set_time(&one.crypto, rows[i].now);
			assert_int_equal(tls_open(&one.tls, rows[i].host, 1000), ERR_OK);
			flow(&w);
			if (f->err != rows[i].want || tls_state(&one.tls) != TLS_FAILED)
				fail_msg("%s: got %s, flags 0x%x, code -0x%x", rows[i].name, err_name(f->err), f->verify_flags,
					 (unsigned)-f->lib_code);
			assert_int_equal(f->cert_depth, rows[i].depth);
			assert_string_equal(f->subject, rows[i].subject);
			assert_string_equal(f->issuer, rows[i].issuer);
			assert_int_equal(tls_peer_alert(w.p), rows[i].alert);
			if (f->version == TLS12)
				assert_int_equal(f->alert_sent, rows[i].alert);
			assert_int_equal(one.session.len, 0);
			device_end(&one);
			tls_peer_free(w.p);
			tls_server_free(s);
		}
}

static void names_and_wildcards_and_addresses_that_match_connect(void **state)
{
	static const char *const hosts[] = { "mqtt.tern.test", "MQTT.Tern.Test", "a.wild.tern.test", "127.0.0.1" };

	(void)state;
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
		struct tls_server *s = tls_server_new(&google12);
		struct wire w = { .d = &one, .p = tls_peer_new(s), .chunk = 500 };

		device_start(&one, ARENA, 1460, root_r1);
		assert_int_equal(tls_open(&one.tls, hosts[i], 1000), ERR_OK);
		flow(&w);
		assert_int_equal(tls_state(&one.tls), TLS_UP);
		device_end(&one);
		tls_peer_free(w.p);
		tls_server_free(s);
	}
}

static void a_chain_that_breaks_tells_where(void **state)
{
	static const struct {
		const char *what;
		const char *chain[16];
		const char *const *roots;
		uint8_t sent, named;
	} rows[] = {
		{ "its root is not stored", { "leaf_ec", "int_rsa2048" }, root_other, 2, 0 },
		{ "a root of that name did not sign", { "leaf_ec", "int_rsa2048", NULL }, root_same_name, 2, 1 },
		{ "the intermediate is left out, the root is sent", { "leaf_ec", "root_cross", NULL }, root_other, 2, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct tls_peer_config c = { .key = "leaf_ec", .min = TLS12, .max = TLS12 };
		const struct tls_facts *f = tls_facts(&one.tls);

		memcpy(c.chain, rows[i].chain, sizeof rows[i].chain);
		struct tls_server *s = tls_server_new(&c);
		struct wire w = { .d = &one, .p = tls_peer_new(s), .chunk = 500 };

		device_start(&one, ARENA, 1460, rows[i].roots);
		assert_int_equal(tls_open(&one.tls, host, 1000), ERR_OK);
		flow(&w);
		if (f->err != ERR_TLS_ROOT || f->certs_sent != rows[i].sent || f->roots_named != rows[i].named ||
		    f->issuer_sent)
			fail_msg("%s: error %d, sent %u, named %u", rows[i].what, f->err, f->certs_sent, f->roots_named);
		device_end(&one);
		tls_peer_free(w.p);
		tls_server_free(s);
	}
}

static void a_root_failure_tells_what_is_stored(void **state)
{
	struct tls_server *s = tls_server_new(&google12);
	struct wire w = { .d = &one, .p = tls_peer_new(s), .chunk = 500 };
	const struct tls_facts *f = tls_facts(&one.tls);

	(void)state;
	device_start(&one, ARENA, 1460, (const char *const[]){ "other_root", "other_same_name", "root_p384", NULL });
	one.roots.anchor[0].err = ERR_FLASH_IO;      /* cannot be read */
	one.roots.anchor[2].der[5] ^= 0xff;          /* is not a certificate any more */
	assert_int_equal(tls_open(&one.tls, host, 1000), ERR_OK);
	flow(&w);
	assert_int_equal(f->err, ERR_TLS_ROOT);
	assert_string_equal(f->names, "mqtt.tern.test, *.wild.tern.test, 127.0.0.1");
	assert_int_equal(f->roots, 3);
	assert_int_equal(f->roots_bad, 2);
	assert_int_equal(f->roots_named, 1);
	assert_non_null(strstr(f->anchor, "Tern Root R1"));   /* though the chain goes on, to the old root */
	assert_int_equal(f->certs_sent, 3);
	assert_false(f->issuer_sent);
	device_end(&one);
	/* And the good one among damaged ones still serves. */
	tls_peer_free(w.p);
	w = (struct wire){ .d = &one, .p = tls_peer_new(s), .chunk = 500 };
	device_start(&one, ARENA, 1460, (const char *const[]){ "other_root", "root_p384", "root_old", NULL });
	one.roots.anchor[0].err = ERR_FLASH_IO;
	one.roots.anchor[1].len = 100;
	assert_int_equal(tls_open(&one.tls, host, 1000), ERR_OK);
	flow(&w);
	assert_int_equal(tls_state(&one.tls), TLS_UP);
	device_end(&one);
	tls_peer_free(w.p);
	tls_server_free(s);
}

static void servers_that_do_not_want_us_are_told_apart(void **state)
{
	static const struct {
		const char *name;
		struct tls_peer_config server;
		int alert;
		bool asked;
	} rows[] = {
		{ "wants a certificate", { .chain = GOOGLE, .key = "leaf_ec", .min = TLS12, .max = TLS12,
		  .wants_certificate = true }, 40, true },
		{ "wants a certificate, TLS 1.3", { .chain = GOOGLE, .key = "leaf_ec", .min = TLS13, .max = TLS13,
		  .wants_certificate = true }, 116, false },
		{ "does not know the host", { .chain = GOOGLE, .key = "leaf_ec", .min = TLS12, .max = TLS13,
		  .only_host = "another.tern.test" }, 112, false },
		{ "shares no suite", { .chain = GOOGLE, .key = "leaf_ec", .min = TLS12, .max = TLS12,
		  .suites = "ECDHE-ECDSA-AES256-GCM-SHA384" }, 40, false },
		{ "speaks TLS 1.1 only", { .chain = GOOGLE, .key = "leaf_ec", .min = 0x0302, .max = 0x0302,
		  .suites = "ALL:@SECLEVEL=0" }, 70, false },
	};
	bool tls13 = has_tls13();

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (rows[i].server.min == TLS13 && !tls13)
			continue;
		struct tls_server *s = tls_server_new(&rows[i].server);
		char buf[8];
		size_t n;

		device_start(&one, ARENA, 1460, root_r1);
		struct wire *w = connect_chunked(&one, s, 500);

		flow(w);
		/* An old server meets a TLS 1.2 hello half-way and then finds no suite. */
		int want = rows[i].alert == 70 && !tls13 ? 40 : rows[i].alert;

		if (tls_facts(&one.tls)->err != ERR_TLS_ALERT || tls_facts(&one.tls)->alert_received != want)
			fail_msg("%s: %s, alert %d", rows[i].name, err_name(tls_facts(&one.tls)->err),
				 tls_facts(&one.tls)->alert_received);
		assert_int_equal(tls_facts(&one.tls)->client_cert_asked, rows[i].asked);
		assert_int_equal(tls_read(&one.tls, buf, sizeof buf, &n), ERR_TLS_ALERT);
		disconnect(w);
		tls_server_free(s);
	}
	if (!tls13) {   /* TLS 1.3 only, and this build has none */
		struct tls_server *s = tls_server_new(&(struct tls_peer_config){
			.chain = GOOGLE, .key = "leaf_ec", .min = TLS13, .max = TLS13 });

		device_start(&one, ARENA, 1460, root_r1);
		struct wire *w = connect_chunked(&one, s, 500);

		assert_int_equal(tls_facts(&one.tls)->err, ERR_TLS_ALERT);
		assert_int_equal(tls_facts(&one.tls)->alert_received, 70);
		assert_int_equal(tls_facts(&one.tls)->step, 2);
		disconnect(w);
		tls_server_free(s);
	}
}

/* Bytes that a server may answer a ClientHello with, and what they mean. */
static void strange_answers_have_their_own_error(void **state)
{
	static const struct {
		const char *name;
		const char *bytes;
		size_t len;
		enum err want;
	} rows[] = {
		{ "a web server", "HTTP/1.1 400 Bad Request\r\n\r\n", 28, ERR_TLS_NOT_TLS },
		{ "a mail server", "220 mail.tern.test ESMTP\r\n", 26, ERR_TLS_NOT_TLS },
		{ "an SSH server", "SSH-2.0-OpenSSH_9.2\r\n", 21, ERR_TLS_NOT_TLS },
		{ "an MQTT broker in clear", "\x20\x02\x00\x01\x00", 5, ERR_TLS_NOT_TLS },
		{ "zeros", "\0\0\0\0\0\0\0\0", 8, ERR_TLS_NOT_TLS },
		{ "a record of version 2", "\x16\x02\x00\x00\x10", 5, ERR_TLS_NOT_TLS },
		{ "a record of 65535 bytes", "\x16\x03\x03\xff\xff", 5, ERR_TLS_RECORD_SIZE },
		{ "a record of 16641 bytes", "\x16\x03\x03\x41\x01", 5, ERR_TLS_RECORD_SIZE },
		{ "a fatal alert", "\x15\x03\x03\x00\x02\x02\x28", 7, ERR_TLS_ALERT },
		{ "close_notify", "\x15\x03\x03\x00\x02\x01\x00", 7, ERR_TLS_CLOSED },
		{ "application data first", "\x17\x03\x03\x00\x01x", 6, ERR_TLS_PROTOCOL },
		{ "an empty record", "\x16\x03\x03\x00\x00", 5, ERR_TLS_CORRUPT },
		{ "a ServerHello cut short", "\x16\x03\x03\x00\x06\x02\x00\x00\x02\x03\x03", 11, ERR_TLS_PROTOCOL },
		{ "a ServerHello of TLS 1.0", "\x16\x03\x01\x00\x2a\x02\x00\x00\x26\x03\x01" "0123456789abcdef0123456789abcdef"
		  "\x00\xc0\x2b\x00", 47, ERR_TLS_VERSION },
		{ "two bytes and then silence", "\x16\x03", 2, ERR_OK },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		for (size_t chunk = 1; chunk <= rows[i].len; chunk++) {
			const uint8_t *p = (const uint8_t *)rows[i].bytes;
			size_t left = rows[i].len, n;

			device_start(&one, ARENA, 1460, root_r1);
			assert_int_equal(tls_open(&one.tls, host, 1000), ERR_OK);
			for (int turn = 0; turn < 5; turn++)
				tls_step(&one.tls, 1000);
			tls_tx_done(&one.tls, 2000);
			for (int turn = 0; turn < 200 && left > 0; turn++) {
				n = tls_feed(&one.tls, p, left < chunk ? left : chunk);
				p += n;
				left -= n;
				tls_step(&one.tls, 1000);
			}
			if (tls_facts(&one.tls)->err != rows[i].want)
				fail_msg("%s, chunk %zu: %s, code -0x%x", rows[i].name, chunk,
					 err_name(tls_facts(&one.tls)->err), (unsigned)-tls_facts(&one.tls)->lib_code);
			if (rows[i].want == ERR_TLS_NOT_TLS)
				assert_memory_equal(tls_facts(&one.tls)->first, rows[i].bytes, chunk < 5 ? 1 : 5);
			device_end(&one);
		}
}

static void a_damaged_flight_never_connects(void **state)
{
	static const struct tls_peer_config *const servers[] = { &ec12, &any };

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct tls_server *s = tls_server_new(servers[k]);
		size_t flight;

		device_start(&one, ARENA, 1460, roots_all);
		struct wire *w = connect_chunked(&one, s, 4096);

		assert_int_equal(tls_state(&one.tls), TLS_UP);
		flight = w->down_total;
		disconnect(w);
		for (size_t at = 1; at < flight; at += at < 200 ? 1 : 13) {
			struct wire x = { .d = &one, .p = tls_peer_new(s), .chunk = 4096, .flip = at };
			const struct tls_facts *f = tls_facts(&one.tls);

			bytes_wipe(&one.session, sizeof one.session);
			assert_int_equal(tls_open(&one.tls, host, 1000), ERR_OK);
			flow(&x);
			tls_step(&one.tls, 60000);   /* a longer record may still be waited for */
			/* Only a record's version (RFC 8446, 5.1: ignored) and a ticket may be damaged unnoticed. */
			if (tls_state(&one.tls) == TLS_UP)
				assert_true(f->err == ERR_OK && (at < 5 || one.session.len > 0 || f->version == TLS13));
			else if (f->err == ERR_OK || f->err == ERR_TLS_INTERNAL)
				fail_msg("byte %zu: %s, step %u, code -0x%x", at, err_name(f->err), f->step,
					 (unsigned)-f->lib_code);
			device_end(&one);
			tls_peer_free(x.p);
		}
		tls_server_free(s);
	}
}

static void nothing_opens_without_name_clock_seed_or_root(void **state)
{
	char long_host[300];

	(void)state;
	memset(long_host, 'a', sizeof long_host);
	long_host[254] = '\0';
	device_start(&one, ARENA, 1460, root_r1);
	assert_int_equal(tls_open(&one.tls, "", 0), ERR_TLS_HOST);
	assert_int_equal(tls_open(&one.tls, "two words", 0), ERR_TLS_HOST);
	assert_int_equal(tls_open(&one.tls, "line\n", 0), ERR_TLS_HOST);
	assert_int_equal(tls_open(&one.tls, long_host, 0), ERR_TLS_HOST);
	crypto_set_time(&one.crypto, 0);
	assert_int_equal(tls_open(&one.tls, host, 0), ERR_DEVICE_CLOCK);
	crypto_set_time(&one.crypto, build_date - 1);
	assert_int_equal(tls_open(&one.tls, host, 0), ERR_DEVICE_CLOCK);
	crypto_set_time(&one.crypto, build_date);
	assert_int_equal(tls_open(&one.tls, host, 0), ERR_OK);
	assert_int_equal(tls_open(&one.tls, host, 0), ERR_STATE);
	device_end(&one);
	rng_init(&one.crypto.rng, "unit", 4);
	assert_int_equal(tls_open(&one.tls, host, 0), ERR_RNG_UNSEEDED);
	device_start(&one, ARENA, 1460, no_roots);
	assert_int_equal(tls_open(&one.tls, host, 0), ERR_ROOTS_EMPTY);
	device_start(&one, ARENA, TLS_TX_MIN - 1, root_r1);
	assert_int_equal(tls_open(&one.tls, host, 0), ERR_ARG);
	assert_int_equal(tls_state(&one.tls), TLS_CLOSED);
	device_end(&one);
}

static void a_silent_server_is_given_up(void **state)
{
	uint32_t at;

	(void)state;
	device_start(&one, ARENA, 1460, root_r1);
	assert_false(tls_deadline(&one.tls, 0, &at));
	assert_int_equal(tls_open(&one.tls, host, 0xffffff00u), ERR_OK);   /* across the wrap */
	while (tls_deadline(&one.tls, 0xffffff00u, &at) && at == 0xffffff00u)
		tls_step(&one.tls, 0xffffff00u);
	assert_int_equal(at, 0xffffff00u + 30000u);
	tls_step(&one.tls, at - 1);
	assert_int_equal(tls_state(&one.tls), TLS_HANDSHAKE);
	tls_step(&one.tls, at);
	assert_int_equal(tls_state(&one.tls), TLS_FAILED);
	assert_int_equal(tls_facts(&one.tls)->err, ERR_TLS_TIMEOUT);
	assert_int_equal(tls_facts(&one.tls)->bytes_in, 0);
	assert_int_equal(tls_facts(&one.tls)->step, 2);
	assert_false(tls_deadline(&one.tls, at, &at));
	device_end(&one);
}

/* ---- ends ---- */

static void a_lost_link_keeps_its_own_code_in_every_state(void **state)
{
	struct tls_server *s = tls_server_new(&google12);
	struct wire *w;
	char buf[8];
	size_t n;

	(void)state;
	/* At each byte of a resumed handshake, and in a full one at each step. */
	device_start(&one, ARENA, 1460, root_r1);
	w = connect_chunked(&one, s, 4096);
	size_t full = tls_facts(&one.tls)->bytes_in;

	disconnect(w);
	struct tls_session kept = one.session;

	for (size_t cut = 0; cut < full; cut += 211) {
		struct wire x = { .d = &one, .p = tls_peer_new(s), .chunk = 1 };

		bytes_wipe(&one.session, sizeof one.session);
		assert_int_equal(tls_open(&one.tls, host, 1000), ERR_OK);
		while (tls_facts(&one.tls)->bytes_in < cut && tls_state(&one.tls) == TLS_HANDSHAKE) {
			(void)move_up(&x);
			(void)move_down(&x);
			tls_step(&one.tls, 1000);
		}
		tls_link_lost(&one.tls, ERR_MODEM_PDP_LOST);
		tls_link_lost(&one.tls, ERR_MODEM_CLOSED);   /* the first one stays */
		assert_int_equal(tls_state(&one.tls), TLS_FAILED);
		assert_int_equal(tls_facts(&one.tls)->err, ERR_MODEM_PDP_LOST);
		assert_int_equal(tls_read(&one.tls, buf, sizeof buf, &n), ERR_MODEM_PDP_LOST);
		assert_int_equal(tls_write(&one.tls, buf, sizeof buf, &n), ERR_MODEM_PDP_LOST);
		assert_int_equal(one.crypto.arena.used, 0);
		device_end(&one);
		tls_peer_free(x.p);
	}
	/* A link that dies in a resumed handshake does not cost the session. */
	one.session = kept;
	assert_int_equal(tls_open(&one.tls, host, 1000), ERR_OK);
	tls_link_lost(&one.tls, ERR_MODEM_CLOSED);
	assert_int_equal(one.session.len, kept.len);
	tls_close(&one.tls);
	/* What has arrived is read before the loss shows. */
	w = connect_chunked(&one, s, 4096);
	tls_peer_write(w->p, "last words", 10);
	(void)move_down(w);
	tls_link_lost(&one.tls, ERR_MODEM_CLOSED);
	assert_int_equal(tls_state(&one.tls), TLS_UP);
	assert_int_equal(tls_write(&one.tls, "x", 1, &n), ERR_MODEM_CLOSED);
	assert_int_equal(tls_read(&one.tls, buf, 4, &n), ERR_OK);
	assert_int_equal(tls_read(&one.tls, buf, 8, &n), ERR_OK);
	assert_int_equal(n, 6);
	assert_int_equal(tls_read(&one.tls, buf, 8, &n), ERR_MODEM_CLOSED);
	assert_int_equal(tls_state(&one.tls), TLS_FAILED);
	disconnect(w);
	/* Closed already: nothing happens. */
	tls_link_lost(&one.tls, ERR_MODEM_CLOSED);
	assert_int_equal(tls_state(&one.tls), TLS_CLOSED);
	assert_int_equal(tls_read(&one.tls, buf, 8, &n), ERR_STATE);
	tls_server_free(s);
}

static void closing_gives_everything_back_in_every_state(void **state)
{
	struct tls_server *s = tls_server_new(&any);

	(void)state;
	device_start(&one, ARENA, 1460, root_r1);
	for (unsigned steps = 0;; steps++) {
		struct wire x = { .d = &one, .p = tls_peer_new(s), .chunk = 400 };

		bytes_wipe(&one.session, sizeof one.session);
		assert_int_equal(tls_open(&one.tls, host, 1000), ERR_OK);
		for (unsigned i = 0; i < steps; i++) {
			(void)move_up(&x);
			(void)move_down(&x);
			tls_step(&one.tls, 1000);
		}
		bool up = tls_state(&one.tls) == TLS_UP && tls_peer_up(x.p);

		disconnect(&x);
		if (up)
			break;
	}
	tls_server_free(s);
}

static void both_ends_close_in_order(void **state)
{
	struct tls_server *s = tls_server_new(&google12);
	char buf[8];
	size_t n;

	(void)state;
	device_start(&one, ARENA, 1460, root_r1);
	struct wire *w = connect_chunked(&one, s, 4096);

	tls_peer_write(w->p, "bye", 3);
	tls_peer_close(w->p);
	flow(w);
	assert_int_equal(tls_state(&one.tls), TLS_UP);   /* unread bytes first */
	assert_int_equal(tls_read(&one.tls, buf, sizeof buf, &n), ERR_OK);
	assert_int_equal(n, 3);
	flow(w);
	assert_int_equal(tls_state(&one.tls), TLS_FAILED);
	assert_int_equal(tls_read(&one.tls, buf, sizeof buf, &n), ERR_TLS_EOF);
	disconnect(w);
	w = connect_chunked(&one, s, 4096);
	tls_close(&one.tls);
	flow(w);
	assert_int_equal(tls_peer_alert(w->p), 0);
	disconnect(w);
	tls_server_free(s);
}

/* ---- memory ---- */

static void too_small_an_arena_is_called_that_at_every_size(void **state)
{
	static const struct tls_peer_config *const servers[] = { &google12, &ec12, &any };

	(void)state;
	for (size_t k = 0; k < 3; k++) {
		struct tls_server *s = tls_server_new(servers[k]);
		bool up = false;

		for (size_t size = 0; size < ARENA; size += size < 18000 ? 1500 : 331) {
			struct wire x = { .d = &one, .p = tls_peer_new(s), .chunk = 4096 };
			enum err e;

			device_start(&one, size, 1460, roots_all);
			e = tls_open(&one.tls, host, 1000);
			flow(&x);
			up = tls_state(&one.tls) == TLS_UP;
			if (!up && (e == ERR_OK ? tls_facts(&one.tls)->err : e) != ERR_CRYPTO_MEMORY)
				fail_msg("%zu bytes: %s, code -0x%x", size, err_name(tls_facts(&one.tls)->err),
					 (unsigned)-tls_facts(&one.tls)->lib_code);
			device_end(&one);
			tls_peer_free(x.p);
			if (up) {
				print_message("          works from %zu bytes\n", size);
				break;
			}
			assert_true(one.crypto.arena.refused > 0);
		}
		assert_true(up);
		tls_server_free(s);
	}
}

static void two_devices_live_in_one_process(void **state)
{
	struct tls_server *s = tls_server_new(&any), *r = tls_server_new(&ec12);
	static struct wire a, b;
	bool moved = true;

	(void)state;
	device_start(&one, ARENA, 1460, root_r1);
	device_start(&two, ARENA, 1460, root_r4);
	a = (struct wire){ .d = &one, .p = tls_peer_new(s), .chunk = 1 };
	b = (struct wire){ .d = &two, .p = tls_peer_new(r), .chunk = 1 };
	crypto_set_time(&two.crypto, today + 100000);
	assert_int_equal(tls_open(&one.tls, host, 1000), ERR_OK);
	assert_int_equal(tls_open(&two.tls, host, 1000), ERR_OK);
	while (moved) {
		moved = move_up(&a);
		moved |= move_up(&b);
		moved |= move_down(&a);
		moved |= move_down(&b);
		tls_step(&one.tls, 1000);
		tls_step(&two.tls, 1000);
		moved |= tls_state(&one.tls) == TLS_HANDSHAKE || tls_state(&two.tls) == TLS_HANDSHAKE;
	}
	assert_int_equal(tls_state(&one.tls), TLS_UP);
	assert_int_equal(tls_state(&two.tls), TLS_UP);
	exchange(&a, "one");
	exchange(&b, "two");
	/* One that ends leaves the other alone. */
	disconnect(&a);
	exchange(&b, "still here");
	disconnect(&b);
	tls_server_free(s);
	tls_server_free(r);
}

static void the_memory_that_a_device_needs_besides_is_small(void **state)
{
	(void)state;
	print_message("          struct tls %zu, tls_facts %zu, tls_session %zu, crypto %zu bytes\n", sizeof(struct tls),
		      sizeof(struct tls_facts), sizeof(struct tls_session), sizeof(struct crypto));
	assert_true(sizeof(struct tls) <= 640);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_chain_version_and_suite_connects),
		cmocka_unit_test(a_handshake_is_the_same_in_every_chunk_size),
		cmocka_unit_test(a_small_tx_buffer_only_takes_longer),
		cmocka_unit_test(sixteen_kilobyte_records_arrive_whole),
		cmocka_unit_test(a_lot_is_sent_through_a_small_buffer),
		cmocka_unit_test(packets_that_fit_leave_together_as_one_record_each),
		cmocka_unit_test(a_reconnect_resumes),
		cmocka_unit_test(a_session_is_not_used_where_it_does_not_belong),
		cmocka_unit_test(every_bad_certificate_has_its_own_error),
		cmocka_unit_test(names_and_wildcards_and_addresses_that_match_connect),
		cmocka_unit_test(a_chain_that_breaks_tells_where),
		cmocka_unit_test(a_root_failure_tells_what_is_stored),
		cmocka_unit_test(servers_that_do_not_want_us_are_told_apart),
		cmocka_unit_test(strange_answers_have_their_own_error),
		cmocka_unit_test(a_damaged_flight_never_connects),
		cmocka_unit_test(nothing_opens_without_name_clock_seed_or_root),
		cmocka_unit_test(a_silent_server_is_given_up),
		cmocka_unit_test(a_lost_link_keeps_its_own_code_in_every_state),
		cmocka_unit_test(closing_gives_everything_back_in_every_state),
		cmocka_unit_test(both_ends_close_in_order),
		cmocka_unit_test(too_small_an_arena_is_called_that_at_every_size),
		cmocka_unit_test(two_devices_live_in_one_process),
		cmocka_unit_test(the_memory_that_a_device_needs_besides_is_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
