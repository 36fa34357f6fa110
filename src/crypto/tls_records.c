/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one file that knows how mbedTLS keeps its input, which is no part of its
 * interface:
 *
 *   in_buf                  in_hdr          in_msg
 *   | counter 8 | fragments | header 5 | (IV 8) | body ... |
 *
 * The counter is that of the records, fragments are the beginning of a handshake
 * message whose other parts are still to come: a record header for the message,
 * then what has arrived of it.  MBEDTLS_SSL_VARIABLE_BUFFER_LENGTH makes mbedTLS
 * ask in_buf_len how large the buffer is; cmake/mbedtls.cmake keeps it from
 * resizing it on its own, and has it begin with a small one.
 */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include "crypto/tls_records.h"

#include "base/bytes.h"

#include <mbedtls/version.h>
#include <stdbool.h>
#include <string.h>

_Static_assert(MBEDTLS_VERSION_NUMBER == 0x03060700,
	       "read ssl_msg.c of the new mbedTLS before this: who uses in_buf, in_hdr, in_left, in_hslen, in_msglen?");

enum {
	COUNTER  = 8,       /* bytes */
	SMALL    = TLS_RECORDS_SMALL,   /* bytes; enough for what brokers say when there is no news */
	OVERHEAD = 64,      /* header, IV, tag and type of one record, and a little padding */
	LARGEST  = COUNTER + 2 * TLS_RECORD_HEADER + TLS_RECORD_BODY_MAX
};

/* Nothing in the buffer but the counter is needed any more. */
static bool is_empty(const mbedtls_ssl_context *ssl)
{
	return ssl->in_left == 0 && ssl->in_msglen == 0 && ssl->in_hslen == 0 && ssl->in_offt == NULL &&
	       ssl->keep_current_message == 0;
}

/* Use BUF of LEN bytes, which has what is needed of the old one. */
static void use(mbedtls_ssl_context *ssl, unsigned char *buf, size_t len)
{
	ssl->in_hdr = buf + (ssl->in_hdr - ssl->in_buf);
	ssl->in_buf = ssl->in_ctr = buf;
	ssl->in_len = ssl->in_hdr + 3;
	ssl->in_iv = ssl->in_msg = ssl->in_hdr + TLS_RECORD_HEADER;
	ssl->in_buf_len = len;
}

/* An empty buffer makes way for the new one: there is no memory for both.  If
 * the new one is too large, one as small as the old finds its place again. */
static bool replace(mbedtls_ssl_context *ssl, struct arena *a, size_t len)
{
	uint8_t counter[COUNTER];
	uint8_t *buf;
	bool fits;

	memcpy(counter, ssl->in_buf, COUNTER);
	arena_free(a, ssl->in_buf);
	buf = arena_alloc_back(a, len);
	fits = buf != NULL;
	if (!fits) {
		len = SMALL;
		buf = arena_alloc_back(a, len);
	}
	memcpy(buf, counter, COUNTER);
	use(ssl, buf, len);
	return fits;
}

/* Larger, with the fragments that are held. */
static bool enlarge(mbedtls_ssl_context *ssl, struct arena *a, size_t len)
{
	unsigned char *old = ssl->in_buf;
	uint8_t *buf = arena_alloc_back(a, len);

	if (buf == NULL)
		return false;
	memcpy(buf, old, (size_t)(ssl->in_hdr - old));
	use(ssl, buf, len);
	arena_free(a, old);
	return true;
}

/* How much to take when NEED bytes are needed: at once all that the message
 * will need whose fragments are held, if it can be had. */
static size_t ahead(const mbedtls_ssl_context *ssl, const struct arena *a, size_t need)
{
	size_t rest = LARGEST - COUNTER - OVERHEAD;
	size_t whole = COUNTER + OVERHEAD + (ssl->in_hslen < rest ? ssl->in_hslen : rest);

	return whole > need && whole <= arena_largest(a) ? whole : need;
}

enum err tls_records_fit(mbedtls_ssl_context *ssl, struct arena *a, size_t body)
{
	/* If it ends in the middle of a message, the next header is read behind it. */
	size_t need = (size_t)(ssl->in_hdr - ssl->in_buf) + TLS_RECORD_HEADER + body + TLS_RECORD_HEADER;
	bool fits;

	if (body > TLS_RECORD_BODY_MAX || need > LARGEST)
		return ERR_TLS_RECORD_SIZE;
	if (need < SMALL)
		need = SMALL;
	if (is_empty(ssl))
		fits = need == ssl->in_buf_len || replace(ssl, a, need);
	else
		fits = need <= ssl->in_buf_len || enlarge(ssl, a, ahead(ssl, a, need));
	return fits ? ERR_OK : ERR_CRYPTO_MEMORY;
}

void tls_records_shrink(mbedtls_ssl_context *ssl, struct arena *a)
{
	if (is_empty(ssl) && ssl->in_buf_len > SMALL)
		(void)replace(ssl, a, SMALL);
}
