/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls.h - TLS client: wire bytes on one side, plain bytes on the other.
 *
 * TLS 1.2 (RFC 5246) and, where built in, TLS 1.3 (RFC 8446).  ECDHE with
 * ECDSA or RSA certificates, AES-128-GCM and ChaCha20-Poly1305.  The server's
 * chain and its name are always verified; nothing turns that off.
 *
 * The wire side is tls_feed() and tls_tx_peek()/tls_tx_done(), the upper side
 * tls_read() and tls_write().  Everything that TLS keeps lives in the arena of
 * the crypto context and is given back when the connection ends; what remains
 * is struct tls.  A record takes as much of it as it is long, up to the 16 KB
 * that TLS allows; one for which there is no memory ends the connection with
 * ERR_CRYPTO_MEMORY.  The public-key work of a handshake is done in slices, one
 * a call of tls_feed() or tls_step() (elliptic curves under TLS 1.2: at most
 * about 0.1 s each on a Cortex-M3 at 72 MHz; the RSA signatures of a chain are
 * one slice, 0.3 s).
 */
#ifndef TERN_CRYPTO_TLS_H
#define TERN_CRYPTO_TLS_H

#include "base/bytes.h"
#include "base/err.h"
#include "crypto/crypto.h"
#include "crypto/roots.h"

enum {
	TLS_TX_MIN = 256,          /* bytes; smaller buffers are refused */
	TLS_TX_SIZE = 1460,        /* bytes; Finished, CONNECT and PUBLISH leave in one segment */
	TLS_SESSION_MAX = 512,
	TLS_HOST_MAX = 253,
	TLS_FIRST = 27,            /* bytes */
	TLS_NO_ALERT = 255
};

/*
 *           tls_open()            handshake done
 *   CLOSED ------------> HANDSHAKE -------------> UP
 *     ^  ^                   |                    |
 *     |  +-- tls_close() ----+--------------------+
 *     |                      |                    |
 *     +--- tls_close() -- FAILED <----------------+   first error, which stays
 */
enum tls_state { TLS_CLOSED, TLS_HANDSHAKE, TLS_UP, TLS_FAILED };

/* What a reconnect needs to resume: secret, like a key.  All zero is "none".
 * Wipe it with bytes_wipe() when roots, key or user change: resuming skips the
 * certificate check.  A session is used only for the host it came from. */
struct tls_session {
	uint16_t len;
	uint8_t  host_tag[8];
	uint8_t  data[TLS_SESSION_MAX];
};

struct tls_config {
	struct crypto      *crypto;
	struct roots       *roots;
	uint8_t            *tx;           /* wire bytes not yet taken by the link */
	size_t              tx_size;      /* bytes, at least TLS_TX_MIN; TLS_TX_SIZE is good */
	struct tls_session *session;      /* where the session is kept between connections; NULL: never resume */
	uint32_t            handshake_ms; /* time allowed from tls_open() to UP, at least 1 */
	int64_t             floor_s;      /* the clock is not set below this: the build's date */
};

/* What happened, for the diagnosis.  Kept from tls_open() to the next one. */
struct tls_facts {
	enum err err;               /* first error of this connection */
	int      lib_code;          /* mbedTLS's number, negative; 0 if it was not asked */
	uint32_t verify_flags;      /* MBEDTLS_X509_BADCERT_* of all depths; 0 if verification passed or never ran */
	uint8_t  step;              /* enum mbedtls_ssl_states at the error; 2 = waiting for ServerHello */
	uint8_t  alert_sent;        /* TLS_NO_ALERT: none, or it was encrypted */
	uint8_t  alert_received;
	bool     client_cert_asked; /* the server wanted a certificate of ours (seen under TLS 1.2) */
	bool     resumed;
	uint16_t version;           /* 0x0303, 0x0304; 0 before ServerHello */
	uint16_t suite;             /* IANA number; 0 before ServerHello */
	uint32_t bytes_in, bytes_out;
	uint8_t  first_len;
	uint8_t  first[TLS_FIRST + 1]; /* first bytes from the server, and a zero:
	                                  "HTTP/1.1 302 Found" is not TLS */
	uint32_t arena_peak;        /* bytes of the arena that were ever used at once */
	uint32_t arena_refused;     /* allocations refused, during this connection */

	/* Of the certificate that decides: for ERR_TLS_ROOT the topmost one that
	 * nothing vouches for, else the lowest with a fault, else the server's. */
	uint8_t  cert_depth;        /* 0 = the server's own */
	uint8_t  cert_count;        /* certificates that the verification went through; 0: it never ran */
	char     subject[ROOT_NAME_MAX];
	char     issuer[ROOT_NAME_MAX];
	char     names[96];         /* names that the server's own certificate is for, with ", " between */
	int64_t  not_before, not_after;
	int64_t  newest_not_before; /* of the whole chain: the clock cannot be earlier */
	int64_t  leaf_not_before;   /* of the server's own; once UP, a time that has surely passed */
	char     anchor[ROOT_NAME_MAX];   /* who vouches for the chain, or has the name and does not */
	uint8_t  roots;             /* anchors looked at: all, unless one of them served */
	uint8_t  roots_bad;         /* of them not readable or not certificates */
	uint8_t  roots_named;       /* of them with the name of an issuer on the way up; the last: ANCHOR */
	uint8_t  certs_sent;        /* by the server; its own counts once, however often it came */
	bool     issuer_sent;       /* among them one with that issuer's name, that must not sign it */
};

struct tls {
	struct tls_config cfg;
	struct tls_facts  facts;
	enum tls_state    state;
	struct tls_box   *box;       /* in the arena: what belongs to mbedTLS */
	const uint8_t    *in;        /* borrowed, only within tls_feed() */
	size_t            in_len;
	uint8_t           header[5]; /* of the record that arrives */
	uint8_t           header_len;
	bool              hungry;    /* mbedTLS waits for the next record */
	size_t            left;      /* bytes of this record, header included, that mbedTLS may have */
	size_t            tx_head, tx_len;
	uint32_t          refused;   /* the arena's count at tls_open() */
	uint8_t           host_tag[8];
	enum err          lost;      /* what the link said; takes effect once all is read */
	uint32_t          deadline_ms;
	bool              busy;      /* a slice of work is left that needs no input */
};

/* Prepare T, closed.  CFG is copied; all it points to stays borrowed. */
void tls_init(struct tls *t, const struct tls_config *cfg);

/* Begin a handshake with HOST, the DNS name that the server must prove; copied.
 *   ERR_STATE          not CLOSED            ERR_ARG            tx_size, handshake_ms
 *   ERR_TLS_HOST       empty or too long     ERR_DEVICE_CLOCK   the time is below floor_s
 *   ERR_RNG_UNSEEDED   no random numbers     ERR_ROOTS_EMPTY    no anchor is stored
 *   ERR_CRYPTO_MEMORY  the arena is too small
 * On error T stays CLOSED. */
MUST_CHECK enum err tls_open(struct tls *t, const char *host, uint32_t now_ms);

/* Take bytes from the wire; returns how many.  Fewer than LEN: plain bytes
 * wait for tls_read(), or work was done and more is left - feed the rest in the
 * next round - or T is no longer HANDSHAKE or UP. */
size_t tls_feed(struct tls *t, const uint8_t *data, size_t len);

/* Bytes owed to the wire; NULL and *LEN = 0 if none.  Also after tls_close()
 * and after an error: the server is told.  Report what was taken, N <= *LEN. */
const uint8_t *tls_tx_peek(const struct tls *t, size_t *len);
void tls_tx_done(struct tls *t, size_t n);

/* Up to SIZE > 0 plain bytes.  ERR_OK: *GOT > 0.  ERR_AGAIN: none now.
 *   ERR_STATE  closed      other  the connection ended with this error, after
 *                                 all plain bytes were given out */
MUST_CHECK enum err tls_read(struct tls *t, void *buf, size_t size, size_t *got);

/* Send up to LEN > 0 plain bytes, as one record if the buffer allows.
 * ERR_OK: *TAKEN > 0 bytes are encrypted in tx.  ERR_AGAIN: no room or not yet
 * UP, none taken.  Other: as tls_read(), none taken. */
MUST_CHECK enum err tls_write(struct tls *t, const void *data, size_t len, size_t *taken);

/* The link below is gone; WHY is its own code and becomes T's, after plain
 * bytes that have arrived are read. */
void tls_link_lost(struct tls *t, enum err why);

/* Time passes: the handshake's deadline, and one slice of work if any is left. */
void tls_step(struct tls *t, uint32_t now_ms);

/* When tls_step() is due at the latest; false: nothing is.  Work that is left
 * is due at once: *AT_MS = NOW_MS. */
bool tls_deadline(const struct tls *t, uint32_t now_ms, uint32_t *at_ms);

/* End in order: close_notify is queued in tx if UP.  Then T is CLOSED and the
 * arena as it was before tls_open().  Any state. */
void tls_close(struct tls *t);

enum tls_state tls_state(const struct tls *t);

/* Never NULL.  Names of versions and suites: "TLS 1.2", "ECDHE-ECDSA-CHACHA20-POLY1305". */
const struct tls_facts *tls_facts(const struct tls *t);
const char *tls_version_name(uint16_t version);
const char *tls_suite_name(uint16_t suite);

#endif
