/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/tls.h"

#include "base/ticks.h"
#include "crypto/mbed.h"
#include "crypto/tls_records.h"
#include "crypto/tls_variant.h"
#include "crypto/tls_verify.h"

#include <mbedtls/ecp.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/rsa.h>
#include <mbedtls/ssl.h>
#include <string.h>

/*
 * Wire bytes in:  in[0..in_len) is what tls_feed() was given and nobody has taken
 * yet.  The header of a record is held back in header[0..header_len) until it is
 * whole: then there is made room for the record, and mbedTLS may have the left
 * bytes of it, of which it asks for the header first.  It assembles records
 * itself, so nothing else is buffered here.
 * Wire bytes out: tx[tx_head..tx_head + tx_len), oldest first.
 */

enum {
	LINK_LOST = -0x0001,       /* our code through mbedTLS, which passes it on unchanged */
	ECC_SLICE = 250,           /* mbedtls_ecp_set_max_ops(): 125 ms at 72 MHz */
	TYPE_ALERT = 21,           /* record types, RFC 5246, A.1 */
	TYPE_HANDSHAKE = 22
};

static const uint16_t groups[] = {
	MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
	MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1,
	MBEDTLS_SSL_IANA_TLS_GROUP_NONE
};

/* ---- the wire ---- */

/* As many of the server's first bytes as are kept. */
static void note_first(struct tls_facts *f, const uint8_t *in, size_t n)
{
	while (n-- > 0 && f->first_len < TLS_FIRST)
		f->first[f->first_len++] = *in++;
}

/* Up to LEN bytes of what was fed. */
static size_t take(struct tls *t, uint8_t *buf, size_t len)
{
	size_t n = len < t->in_len ? len : t->in_len;

	if (n == 0)
		return 0;
	if (t->facts.bytes_in == t->facts.first_len)
		note_first(&t->facts, t->in, n);
	memcpy(buf, t->in, n);
	t->in += n;
	t->in_len -= n;
	t->facts.bytes_in += (uint32_t)n;
	return n;
}

/* Of the record's body; the header says so. */
static size_t body_len(const struct tls *t)
{
	return (size_t)t->header[3] << 8 | t->header[4];
}

static int wire_recv(void *ctx, unsigned char *buf, size_t len)
{
	struct tls *t = ctx;
	size_t n = len < t->left ? len : t->left;
	size_t body = body_len(t);

	t->hungry = t->left == 0;
	if (t->left > body) {
		n = n < t->left - body ? n : t->left - body;
		memcpy(buf, t->header + sizeof t->header - (t->left - body), n);
	} else {
		n = take(t, buf, n);
	}
	t->left -= n;
	if (n == 0)
		return t->lost != ERR_OK ? LINK_LOST : MBEDTLS_ERR_SSL_WANT_READ;
	return (int)n;
}

/* Free bytes at the end of tx, after moving what waits to its front. */
static size_t tx_room(struct tls *t)
{
	if (t->tx_head > 0) {
		memmove(t->cfg.tx, t->cfg.tx + t->tx_head, t->tx_len);
		t->tx_head = 0;
	}
	return t->cfg.tx_size - t->tx_len;
}

static int wire_send(void *ctx, const unsigned char *buf, size_t len)
{
	struct tls *t = ctx;
	size_t room = tx_room(t);
	size_t n = len < room ? len : room;

	if (len == 7 && buf[0] == TYPE_ALERT)   /* an alert in clear: 15 03 03 00 02 level description */
		t->facts.alert_sent = buf[6];
	if (len > 5 && buf[0] == TYPE_HANDSHAKE && buf[5] == MBEDTLS_SSL_HS_CERTIFICATE &&
	    t->box->ssl.MBEDTLS_PRIVATE(state) == MBEDTLS_SSL_CLIENT_KEY_EXCHANGE)
		t->facts.client_cert_asked = true;
	if (n == 0)
		return MBEDTLS_ERR_SSL_WANT_WRITE;
	memcpy(t->cfg.tx + t->tx_len, buf, n);
	t->tx_len += n;
	t->facts.bytes_out += (uint32_t)n;
	return (int)n;
}

const uint8_t *tls_tx_peek(const struct tls *t, size_t *len)
{
	*len = t->tx_len;
	return t->tx_len > 0 ? t->cfg.tx + t->tx_head : NULL;
}

void tls_tx_done(struct tls *t, size_t n)
{
	if (n > t->tx_len)
		n = t->tx_len;
	t->tx_head = n == t->tx_len ? 0 : t->tx_head + n;
	t->tx_len -= n;
	t->busy |= t->state == TLS_HANDSHAKE;   /* it may have waited for room */
}

/* ---- the session that is kept ---- */

static void host_tag(const char *host, uint8_t tag[8])
{
	uint8_t digest[32];

	crypto_sha256(host, strlen(host), digest);
	memcpy(tag, digest, 8);
}

/* Keep what mbedTLS has.  A ticket too large for the place is not kept: then
 * the next handshake is a full one. */
static void keep_session(struct tls *t)
{
	struct tls_session *keep = t->cfg.session;
	mbedtls_ssl_session s;
	size_t len = 0;

	if (keep == NULL)
		return;
	mbedtls_ssl_session_init(&s);
	if (mbedtls_ssl_get_session(&t->box->ssl, &s) == 0) {
		tls_variant.trim_session(&s);
		if (mbedtls_ssl_session_save(&s, keep->data, sizeof keep->data, &len) != 0)
			len = 0;
		memcpy(keep->host_tag, t->host_tag, sizeof keep->host_tag);
		keep->len = (uint16_t)len;
		bytes_wipe(keep->data + len, sizeof keep->data - len);
	}
	mbedtls_ssl_session_free(&s);
}

static void offer_session(struct tls *t)
{
	struct tls_session *kept = t->cfg.session;
	mbedtls_ssl_session s;

	if (kept == NULL || kept->len == 0)
		return;
	mbedtls_ssl_session_init(&s);
	if (kept->len <= sizeof kept->data && memcmp(kept->host_tag, t->host_tag, sizeof kept->host_tag) == 0 &&
	    mbedtls_ssl_session_load(&s, kept->data, kept->len) == 0 &&
	    mbedtls_ssl_set_session(&t->box->ssl, &s) == 0)
		t->box->resuming = true;
	else
		bytes_wipe(kept, sizeof *kept);
	mbedtls_ssl_session_free(&s);
}

/* ---- the end ---- */

static void free_box(struct tls *t)
{
	t->hungry = false;
	t->header_len = 0;
	t->left = 0;
	if (t->box == NULL)
		return;
	tls_drop_anchor(t);
	mbedtls_ssl_free(&t->box->ssl);
	mbedtls_ssl_config_free(&t->box->conf);
	arena_free(&t->cfg.crypto->arena, t->box);
	t->box = NULL;
}

/* What the verification's flags mean; first match wins. */
static const struct { uint32_t flags; enum err err; } verdicts[] = {
	{ MBEDTLS_X509_BADCERT_BAD_MD, ERR_TLS_WEAK },   /* a signature by SHA-1 is not even computed */
	{ MBEDTLS_X509_BADCERT_NOT_TRUSTED, ERR_TLS_ROOT },
	{ MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY, ERR_TLS_WEAK },
	{ MBEDTLS_X509_BADCERT_FUTURE, ERR_TLS_FUTURE },
	{ MBEDTLS_X509_BADCERT_EXPIRED, ERR_TLS_EXPIRED },
	{ MBEDTLS_X509_BADCERT_CN_MISMATCH, ERR_TLS_NAME },
	{ MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE | MBEDTLS_X509_BADCERT_NS_CERT_TYPE,
	  ERR_TLS_USAGE },
};

/* What mbedTLS's number means otherwise.  Its upper part names the module and
 * the cause, its lower 7 bits what the module below reported. */
static const struct { int16_t code; uint16_t err; } meanings[] = {
	{ MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE,     ERR_TLS_ALERT },
	{ MBEDTLS_ERR_SSL_INVALID_MAC,             ERR_TLS_CORRUPT },
	{ MBEDTLS_ERR_SSL_INVALID_RECORD,          ERR_TLS_CORRUPT },
	{ MBEDTLS_ERR_ECP_VERIFY_FAILED,           ERR_TLS_CORRUPT },    /* of the ServerKeyExchange */
	{ MBEDTLS_ERR_RSA_VERIFY_FAILED,           ERR_TLS_CORRUPT },
	{ MBEDTLS_ERR_RSA_INVALID_PADDING,         ERR_TLS_CORRUPT },
	{ MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION,    ERR_TLS_VERSION },
	{ MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG,        ERR_TLS_WEAK },
	{ MBEDTLS_ERR_X509_SIG_MISMATCH,           ERR_TLS_CERT },
	{ MBEDTLS_ERR_X509_INVALID_FORMAT,         ERR_TLS_CERT },
	{ MBEDTLS_ERR_X509_INVALID_VERSION,        ERR_TLS_CERT },
	{ MBEDTLS_ERR_X509_INVALID_SERIAL,         ERR_TLS_CERT },
	{ MBEDTLS_ERR_X509_INVALID_ALG,            ERR_TLS_CERT },
	{ MBEDTLS_ERR_X509_INVALID_NAME,           ERR_TLS_CERT },
	{ MBEDTLS_ERR_X509_INVALID_DATE,           ERR_TLS_CERT },
	{ MBEDTLS_ERR_X509_INVALID_SIGNATURE,      ERR_TLS_CERT },
	{ MBEDTLS_ERR_X509_INVALID_EXTENSIONS,     ERR_TLS_CERT },
	{ MBEDTLS_ERR_X509_UNKNOWN_VERSION,        ERR_TLS_CERT },
	{ MBEDTLS_ERR_X509_BAD_INPUT_DATA,         ERR_TLS_CERT },       /* a name of another form than it says */
	{ MBEDTLS_ERR_X509_FEATURE_UNAVAILABLE,    ERR_TLS_CERT },
	{ MBEDTLS_ERR_X509_UNKNOWN_OID,            ERR_TLS_CERT },
	{ MBEDTLS_ERR_PK_INVALID_PUBKEY,           ERR_TLS_CERT },
	{ MBEDTLS_ERR_PK_KEY_INVALID_FORMAT,       ERR_TLS_CERT },
	{ MBEDTLS_ERR_PK_INVALID_ALG,              ERR_TLS_CERT },
	{ MBEDTLS_ERR_PK_UNKNOWN_PK_ALG,           ERR_TLS_WEAK },
	{ MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE,      ERR_TLS_WEAK },
	{ MBEDTLS_ERR_SSL_BAD_CERTIFICATE,         ERR_TLS_CERT },
	{ MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE,       ERR_TLS_PROTOCOL },
	{ MBEDTLS_ERR_SSL_DECODE_ERROR,            ERR_TLS_PROTOCOL },
	{ MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER,       ERR_TLS_PROTOCOL },
	{ MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE,      ERR_TLS_PROTOCOL },
	{ MBEDTLS_ERR_SSL_UNEXPECTED_RECORD,       ERR_TLS_PROTOCOL },
	{ MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE,     ERR_TLS_PROTOCOL },
	{ MBEDTLS_ERR_SSL_UNSUPPORTED_EXTENSION,   ERR_TLS_PROTOCOL },
	{ MBEDTLS_ERR_SSL_UNRECOGNIZED_NAME,       ERR_TLS_PROTOCOL },
	{ MBEDTLS_ERR_SSL_NO_APPLICATION_PROTOCOL, ERR_TLS_PROTOCOL },
	{ MBEDTLS_ERR_ECP_INVALID_KEY,             ERR_TLS_PROTOCOL },   /* a point off its curve */
	{ MBEDTLS_ERR_ECP_BAD_INPUT_DATA,          ERR_TLS_PROTOCOL },
	{ MBEDTLS_ERR_ECP_FEATURE_UNAVAILABLE,     ERR_TLS_PROTOCOL },   /* a point in another form */
	{ MBEDTLS_ERR_SSL_BAD_INPUT_DATA,          ERR_TLS_PROTOCOL },   /* a suite or session that was not offered */
	{ MBEDTLS_ERR_ECP_RANDOM_FAILED,           ERR_RNG_FAILED },
};

static enum err meaning(int code)
{
	int high = -(-code & 0xff80);

	if (code == MBEDTLS_ERR_ENTROPY_SOURCE_FAILED)
		return ERR_RNG_FAILED;
	for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
		if (meanings[i].code == high)
			return (enum err)meanings[i].err;
	return ERR_TLS_INTERNAL;
}

/* A header begins with type and version (RFC 5246, 6.2.1). */
static bool is_record(const uint8_t *header)
{
	return header[0] >= 20 && header[0] <= 23 && header[1] == 3;
}

/* It is the first thing that a TLS server sends. */
static bool began_as_tls(const struct tls_facts *f)
{
	const uint8_t first[2] = { f->first[0], f->bytes_in < 2 ? 3 : f->first[1] };

	return is_record(first);
}

static enum err verdict(uint32_t flags)
{
	for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++)
		if (flags & verdicts[i].flags)
			return verdicts[i].err;
	return ERR_TLS_ROOT;
}

static enum err explain(const struct tls *t, int code)
{
	const struct crypto *c = t->cfg.crypto;

	if (code == LINK_LOST)
		return t->lost;
	if (c->arena.refused != t->refused)
		return ERR_CRYPTO_MEMORY;
	switch (code) {
	case MBEDTLS_ERR_X509_CERT_VERIFY_FAILED:
	case MBEDTLS_ERR_SSL_BAD_CERTIFICATE:
		return t->facts.verify_flags != 0 ? verdict(t->facts.verify_flags) : meaning(code);
	case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
		return t->state == TLS_UP ? ERR_TLS_EOF : ERR_TLS_CLOSED;
	default:
		return meaning(code);
	}
}

/* Facts that only mbedTLS's context knows. */
static void collect(struct tls *t)
{
	mbedtls_ssl_context *ssl = &t->box->ssl;
	struct tls_facts *f = &t->facts;

	f->step = (uint8_t)ssl->MBEDTLS_PRIVATE(state);
	if (ssl->MBEDTLS_PRIVATE(state) > MBEDTLS_SSL_SERVER_HELLO) {
		f->version = (uint16_t)mbedtls_ssl_get_version_number(ssl);
		f->suite = (uint16_t)mbedtls_ssl_get_ciphersuite_id_from_ssl(ssl);
	}
	f->arena_peak = t->cfg.crypto->arena.peak;
	f->arena_refused = t->cfg.crypto->arena.refused - t->refused;
}

/* End with ERR; the first one stays. */
static void fail(struct tls *t, enum err err, int code)
{
	if (t->state != TLS_HANDSHAKE && t->state != TLS_UP)
		return;
	collect(t);
	t->facts.err = err;
	t->facts.lib_code = code == LINK_LOST ? 0 : code;
	if (t->state == TLS_HANDSHAKE && t->box->resuming && code != LINK_LOST && code != 0)
		bytes_wipe(t->cfg.session, sizeof *t->cfg.session);   /* let the next one be full */
	t->state = TLS_FAILED;
	t->busy = false;
	free_box(t);
}

static void fail_code(struct tls *t, int code)
{
	const mbedtls_ssl_context *ssl = &t->box->ssl;

	/* 3.6 has no function that tells which alert it was. */
	if (code == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE)
		t->facts.alert_received = ssl->MBEDTLS_PRIVATE(in_msg)[1];
	if (code == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
		t->facts.alert_received = MBEDTLS_SSL_ALERT_MSG_CLOSE_NOTIFY;
	if (code == MBEDTLS_ERR_SSL_BAD_CERTIFICATE && t->facts.verify_flags == 0)
		t->facts.verify_flags = mbedtls_ssl_get_verify_result(ssl);
	fail(t, explain(t, code), code);
}

/* ---- work ---- */

static void on_up(struct tls *t)
{
	collect(t);
	t->state = TLS_UP;
	t->busy = false;
	t->facts.resumed = t->facts.cert_count == 0;   /* every full handshake verifies a chain */
	keep_session(t);
}

/* One step of the handshake, or one slice of a step; true if there was work. */
static bool shake(struct tls *t)
{
	int ret = mbedtls_ssl_handshake_step(&t->box->ssl);

	t->busy = ret == 0 || ret == MBEDTLS_ERR_SSL_CRYPTO_IN_PROGRESS;
	if (ret == 0 && mbedtls_ssl_is_handshake_over(&t->box->ssl))
		on_up(t);
	else if (!t->busy && ret != MBEDTLS_ERR_SSL_WANT_READ && ret != MBEDTLS_ERR_SSL_WANT_WRITE)
		fail_code(t, ret);
	return t->busy || t->state != TLS_HANDSHAKE;
}

static bool unread(const struct tls *t)
{
	return t->box != NULL && t->state == TLS_UP && mbedtls_ssl_get_bytes_avail(&t->box->ssl) > 0;
}

/* Up to SIZE plain bytes to BUF; 0 for none, or a negative number of mbedTLS's.
 * With SIZE = 0 only the next record is brought in. */
static int plain(struct tls *t, void *buf, size_t size)
{
	mbedtls_ssl_context *ssl = &t->box->ssl;
	int ret = mbedtls_ssl_read(ssl, buf, size);

	/* A ticket of TLS 1.3 is noticed by one call and taken by the next. */
	if (ret == MBEDTLS_ERR_SSL_WANT_READ && ssl->MBEDTLS_PRIVATE(state) != MBEDTLS_SSL_HANDSHAKE_OVER)
		ret = mbedtls_ssl_read(ssl, buf, size);
	if (ret == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) {
		keep_session(t);
		return 0;
	}
	if (ret < 0 && ret != MBEDTLS_ERR_SSL_WANT_READ) {
		fail_code(t, ret);
		return ret;
	}
	if (t->left == 0)
		tls_records_shrink(ssl, &t->cfg.crypto->arena);
	return ret < 0 ? 0 : ret;
}

/* "+OK" and silence: no need to wait for more. */
static enum err not_tls(struct tls *t)
{
	struct tls_facts *f = &t->facts;

	note_first(f, t->in, t->in_len);
	for (size_t i = 2; i < f->first_len; i++)
		if (f->first[i] == '\r' || f->first[i] == '\n')
			f->first[f->first_len = (uint8_t)i] = '\0';   /* the first line says enough */
	return ERR_TLS_NOT_TLS;
}

/* Take the header of a record and make room for the record; true when mbedTLS
 * can go on.  What is no header is mbedTLS's to refuse, unless it is the first. */
static bool begin_record(struct tls *t)
{
	enum err e = ERR_OK;

	t->header_len += (uint8_t)take(t, t->header + t->header_len, sizeof t->header - t->header_len);
	if (!began_as_tls(&t->facts))
		e = not_tls(t);
	else if (t->header_len < sizeof t->header)
		return false;
	else if (is_record(t->header))
		e = tls_records_fit(&t->box->ssl, &t->cfg.crypto->arena, body_len(t));
	if (e != ERR_OK) {
		fail(t, e, 0);
		return false;
	}
	t->left = sizeof t->header + body_len(t);
	t->header_len = 0;
	t->hungry = false;
	return true;
}

size_t tls_feed(struct tls *t, const uint8_t *data, size_t len)
{
	crypto_enter(t->cfg.crypto);
	t->in = data;
	t->in_len = len;
	while (t->in_len > 0 && !unread(t)) {
		size_t before = t->in_len;

		if ((t->hungry && !begin_record(t)) || (t->state == TLS_HANDSHAKE && shake(t)))
			break;
		if (t->state == TLS_UP)
			(void)plain(t, NULL, 0);
		if ((t->state != TLS_HANDSHAKE && t->state != TLS_UP) || (t->in_len == before && !t->hungry))
			break;
	}
	len -= t->in_len;
	t->in = NULL;
	t->in_len = 0;
	return len;
}

void tls_step(struct tls *t, uint32_t now_ms)
{
	if (t->state != TLS_HANDSHAKE)
		return;
	crypto_enter(t->cfg.crypto);
	if (ticks_reached(now_ms, t->deadline_ms))
		fail(t, ERR_TLS_TIMEOUT, 0);
	else if (t->busy)
		(void)shake(t);
}

bool tls_deadline(const struct tls *t, uint32_t now_ms, uint32_t *at_ms)
{
	if (t->state != TLS_HANDSHAKE)
		return false;
	*at_ms = t->busy ? now_ms : t->deadline_ms;
	return true;
}

void tls_link_lost(struct tls *t, enum err why)
{
	if (t->state != TLS_HANDSHAKE && t->state != TLS_UP)
		return;
	crypto_enter(t->cfg.crypto);
	if (t->lost == ERR_OK)
		t->lost = why;
	if (!unread(t))
		fail(t, t->lost, LINK_LOST);
}

/* ---- plain bytes ---- */

static enum err ended(const struct tls *t)
{
	return t->state == TLS_FAILED ? t->facts.err : t->state == TLS_CLOSED ? ERR_STATE : ERR_AGAIN;
}

enum err tls_read(struct tls *t, void *buf, size_t size, size_t *got)
{
	int n;

	*got = 0;
	if (t->state != TLS_UP || size == 0)
		return size == 0 ? ERR_ARG : ended(t);
	crypto_enter(t->cfg.crypto);
	n = plain(t, buf, size);
	if (n <= 0)
		return ended(t);
	*got = (size_t)n;
	return ERR_OK;
}

enum err tls_write(struct tls *t, const void *data, size_t len, size_t *taken)
{
	size_t room, overhead;
	int n;

	*taken = 0;
	if (len == 0)
		return ERR_ARG;
	if (t->state != TLS_UP || t->lost != ERR_OK)
		return t->lost != ERR_OK && t->state == TLS_UP ? t->lost : ended(t);
	crypto_enter(t->cfg.crypto);
	n = mbedtls_ssl_get_record_expansion(&t->box->ssl);
	overhead = n < 0 ? t->cfg.tx_size : (size_t)n;
	room = tx_room(t);
	/* Rather wait for the wire than split: one packet is one record. */
	if (room <= overhead || (room - overhead < len && t->tx_len > 0))
		return ERR_AGAIN;
	n = mbedtls_ssl_write(&t->box->ssl, data, len < room - overhead ? len : room - overhead);
	if (n <= 0) {
		fail_code(t, n < 0 ? n : MBEDTLS_ERR_SSL_INTERNAL_ERROR);
		return t->facts.err;
	}
	*taken = (size_t)n;
	return ERR_OK;
}

/* ---- beginning and end ---- */

void tls_init(struct tls *t, const struct tls_config *cfg)
{
	memset(t, 0, sizeof *t);
	t->cfg = *cfg;
}

static enum err may_open(const struct tls *t, const char *host)
{
	size_t probe_len, host_len = 0;
	uint8_t probe;

	if (t->state != TLS_CLOSED)
		return ERR_STATE;
	if (t->cfg.tx_size < TLS_TX_MIN || t->cfg.handshake_ms == 0 || t->cfg.handshake_ms > INT32_MAX)
		return ERR_ARG;
	while (host_len < TLS_HOST_MAX && host[host_len] > ' ' && host[host_len] < 0x7f)
		host_len++;
	if (host_len == 0 || host[host_len] != '\0')
		return ERR_TLS_HOST;
	if (t->cfg.crypto->unix_s <= 0 || t->cfg.crypto->unix_s < t->cfg.floor_s)
		return ERR_DEVICE_CLOCK;
	if (t->cfg.crypto->rng.state != RNG_READY)
		return ERR_RNG_UNSEEDED;
	if (t->cfg.roots->read(t->cfg.roots, 0, &probe, 0, &probe_len) == ERR_NOT_FOUND)
		return ERR_ROOTS_EMPTY;
	return ERR_OK;
}

static void configure(struct tls *t)
{
	mbedtls_ssl_config *conf = &t->box->conf;

	mbedtls_ssl_conf_authmode(conf, MBEDTLS_SSL_VERIFY_REQUIRED);
	/* mbedTLS asks whether there is an anchor before it verifies.  There is, but
	 * it is loaded only then (tls_verify.c); nobody looks at this. */
	mbedtls_ssl_conf_ca_chain(conf, (mbedtls_x509_crt *)(void *)t->box, NULL);
	mbedtls_ssl_conf_cert_profile(conf, &tls_profile);
	mbedtls_ssl_conf_verify(conf, tls_on_certificate, t);
	mbedtls_ssl_conf_rng(conf, mbed_rng, &t->cfg.crypto->rng);
	mbedtls_ssl_conf_min_tls_version(conf, MBEDTLS_SSL_VERSION_TLS1_2);
	mbedtls_ssl_conf_max_tls_version(conf, tls_variant.max_version);
	mbedtls_ssl_conf_ciphersuites(conf, tls_variant.suites);
	mbedtls_ssl_conf_groups(conf, groups);
	mbedtls_ssl_conf_sig_algs(conf, tls_variant.signatures);
	tls_variant.configure(conf);
}

static int set_up(struct tls *t, const char *host)
{
	struct tls_box *box = t->box;
	int ret = tls_variant.prepare();

	mbedtls_ssl_init(&box->ssl);
	mbedtls_ssl_config_init(&box->conf);
	if (ret == 0)
		ret = mbedtls_ssl_config_defaults(&box->conf, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
						  MBEDTLS_SSL_PRESET_DEFAULT);
	configure(t);
	if (ret == 0)
		ret = mbedtls_ssl_setup(&box->ssl, &box->conf);
	if (ret == 0)
		ret = mbedtls_ssl_set_hostname(&box->ssl, host);
	if (ret == 0)
		mbedtls_ssl_set_bio(&box->ssl, t, wire_send, wire_recv, NULL);
	return ret;
}

enum err tls_open(struct tls *t, const char *host, uint32_t now_ms)
{
	struct arena *arena = &t->cfg.crypto->arena;
	enum err e = may_open(t, host);
	int ret;

	if (e != ERR_OK)
		return e;
	crypto_enter(t->cfg.crypto);
	mbedtls_ecp_set_max_ops(ECC_SLICE);
	t->facts = (struct tls_facts){ .alert_sent = TLS_NO_ALERT, .alert_received = TLS_NO_ALERT };
	t->refused = arena->refused;
	t->tx_head = t->tx_len = 0;
	t->lost = ERR_OK;
	host_tag(host, t->host_tag);
	t->box = arena_alloc(arena, sizeof *t->box);
	if (t->box == NULL)
		return ERR_CRYPTO_MEMORY;
	ret = set_up(t, host);
	if (ret == 0)
		offer_session(t);
	if (ret != 0 || arena->refused != t->refused) {
		free_box(t);
		return arena->refused != t->refused ? ERR_CRYPTO_MEMORY : meaning(ret);
	}
	t->deadline_ms = now_ms + t->cfg.handshake_ms;
	t->busy = true;
	t->state = TLS_HANDSHAKE;
	return ERR_OK;
}

void tls_close(struct tls *t)
{
	if (t->box != NULL) {
		crypto_enter(t->cfg.crypto);
		collect(t);
		if (t->state == TLS_UP && t->lost == ERR_OK)
			(void)mbedtls_ssl_close_notify(&t->box->ssl);   /* a courtesy: no room, no notice */
		free_box(t);
	}
	t->state = TLS_CLOSED;
	t->busy = false;
}

/* ---- what is to be seen ---- */

enum tls_state tls_state(const struct tls *t)
{
	return t->state;
}

const struct tls_facts *tls_facts(const struct tls *t)
{
	return &t->facts;
}

const char *tls_version_name(uint16_t version)
{
	return version == MBEDTLS_SSL_VERSION_TLS1_2 ? "TLS 1.2" : version == MBEDTLS_SSL_VERSION_TLS1_3 ? "TLS 1.3"
													 : "no TLS";
}

const char *tls_suite_name(uint16_t suite)
{
	static const struct { uint16_t suite; const char *name; } names[] = {
		{ 0x1301, "AES128-GCM" },
		{ 0x1303, "CHACHA20-POLY1305" },
		{ 0xc02b, "ECDHE-ECDSA-AES128-GCM" },
		{ 0xc02f, "ECDHE-RSA-AES128-GCM" },
		{ 0xcca8, "ECDHE-RSA-CHACHA20-POLY1305" },
		{ 0xcca9, "ECDHE-ECDSA-CHACHA20-POLY1305" },
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].suite == suite)
			return names[i].name;
	return "none";
}
