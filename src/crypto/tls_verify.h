/* SPDX-License-Identifier: Apache-2.0 */
/* tls_verify.h - the server's chain against the stored anchors.  Private to tls.c. */
#ifndef TERN_CRYPTO_TLS_VERIFY_H
#define TERN_CRYPTO_TLS_VERIFY_H

#include "crypto/tls.h"

#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

/* What belongs to mbedTLS, in the arena from tls_open() to the end. */
struct tls_box {
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config  conf;
	mbedtls_x509_crt   *anchor;    /* the one that the chain is being verified with */
	uint8_t            *der;       /* its DER, as far as it is needed */
	unsigned            next_root; /* to be tried after it */
	bool                first_look, noting, asked_for;   /* tls_on_certificate() */
	const mbedtls_x509_crt *topmost;          /* of the server's, where the notes end: nothing vouches for it */
	bool                resuming;  /* a session was offered */
};

extern const mbedtls_x509_crt_profile tls_profile;

/* mbedTLS's f_vrfy: takes notes of each certificate, from the top to the leaf;
 * never changes the verdict.  TLS is a struct tls. */
int tls_on_certificate(void *tls, mbedtls_x509_crt *crt, int depth, uint32_t *flags);

/* ssl_tls.c calls this in the place of mbedtls_x509_crt_verify_restartable()
 * (cmake/mbedtls.cmake).  Tries the stored anchors that CHAIN names one after
 * the other, so that only one is in memory, until one of them vouches for it. */
int tls_verify_chain(mbedtls_x509_crt *chain, mbedtls_x509_crt *trust, mbedtls_x509_crl *crl,
		     const mbedtls_x509_crt_profile *profile, const char *host, uint32_t *flags,
		     int (*f_vrfy)(void *, mbedtls_x509_crt *, int, uint32_t *), void *tls,
		     mbedtls_x509_crt_restart_ctx *restart);

/* Give the anchor back. */
void tls_drop_anchor(struct tls *t);

#endif
