/* SPDX-License-Identifier: Apache-2.0 */
/* tls_variant.h - what differs between the builds with and without TLS 1.3:
 * tls_variant12.c or tls_variant13.c.  Private to tls.c. */
#ifndef TERN_CRYPTO_TLS_VARIANT_H
#define TERN_CRYPTO_TLS_VARIANT_H

#include <mbedtls/ssl.h>
#include <stdint.h>

struct tls_variant {
	mbedtls_ssl_protocol_version max_version;
	const int      *suites;           /* zero-terminated, preferred first */
	const uint16_t *signatures;       /* ends with MBEDTLS_TLS1_3_SIG_NONE */
	int  (*prepare)(void);            /* once before a handshake; 0 or mbedTLS's error */
	void (*configure)(mbedtls_ssl_config *conf);
	void (*trim_session)(mbedtls_ssl_session *session);   /* take out what resuming does not need */
};

extern const struct tls_variant tls_variant;

#endif
