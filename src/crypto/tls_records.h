/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls_records.h - an input buffer of the size of the record at hand.
 *
 * A server may send records of 16 KB (RFC 5246, 6.2.1) and mostly sends small
 * ones.  mbedTLS has one buffer for the largest, from beginning to end; here it
 * is exchanged for one that fits when the header of a record has told its
 * length.  Private to tls.c.
 */
#ifndef TERN_CRYPTO_TLS_RECORDS_H
#define TERN_CRYPTO_TLS_RECORDS_H

#include "base/err.h"
#include "crypto/arena.h"

#include <mbedtls/ssl.h>

enum {
	TLS_RECORD_HEADER = 5,                /* type, version, length */
	TLS_RECORD_BODY_MAX = 16384 + 256     /* protected (RFC 8446, 5.2) */
};

/* Make room in the input buffer of SSL, which came from A, for a record with
 * BODY bytes behind its header; behind a part of a handshake message if one is
 * held.  Only between records, when mbedTLS asks for the next one.
 *   ERR_TLS_RECORD_SIZE  larger than TLS allows, or a handshake message is
 *   ERR_CRYPTO_MEMORY    there is no memory for it; A has counted that */
MUST_CHECK enum err tls_records_fit(mbedtls_ssl_context *ssl, struct arena *a, size_t body);

/* Exchange an empty buffer for a small one.  Any time. */
void tls_records_shrink(mbedtls_ssl_context *ssl, struct arena *a);

#endif
