/* SPDX-License-Identifier: Apache-2.0 */
/*
 * roots.h - trust anchors: certificates of authorities that the user chose.
 *
 * Each is kept as DER by somebody else (flash, a file, an array) and read
 * through struct roots, one at a time and only when a server's chain names it.
 */
#ifndef TERN_CRYPTO_ROOTS_H
#define TERN_CRYPTO_ROOTS_H

#include "base/bytes.h"
#include "base/err.h"
#include "crypto/crypto.h"
#include "crypto/pem.h"

enum { ROOT_DER_MAX = 2048, ROOT_NAME_MAX = 64 };

/* The stored anchors; first member of whatever keeps them. */
struct roots {
	/* Copy anchor INDEX (from 0) to DER; *LEN is its size in any case.
	 *   ERR_NOT_FOUND  there are only INDEX anchors
	 *   ERR_TOO_LONG   it does not fit SIZE; nothing is copied
	 *   other          this one cannot be read; the others may */
	enum err (*read)(struct roots *r, unsigned index, uint8_t *der, size_t size, size_t *len);
};

struct root_info {
	char     subject[ROOT_NAME_MAX];  /* "GTS Root R1 (Google Trust Services LLC)", cut to fit; terminated */
	char     issuer[ROOT_NAME_MAX];
	int64_t  not_before, not_after;   /* seconds since 1970 */
	unsigned key_bits;                /* 2048, 4096; 256, 384 */
	bool     ec;                      /* else RSA */
	bool     self_signed;             /* subject is issuer */
	uint8_t  fingerprint[32];         /* SHA-256 of the DER */
};

/* Check that DER is one certificate which can serve as an anchor.
 *   ERR_CERT_FORMAT  does not parse       ERR_CERT_KEY     key neither RSA 2048..4096 nor P-256, P-384
 *   ERR_CERT_NOT_CA  not an authority's: a server's own
 *   ERR_TOO_LONG     above ROOT_DER_MAX   ERR_CRYPTO_MEMORY
 * INFO is filled as far as the certificate could be read. */
MUST_CHECK enum err root_check(struct crypto *c, struct bytes der, struct root_info *info);

/* The next anchor of a bundle: feed TEXT (advanced past what was taken) to P,
 * and check what comes out.  Call until ERR_AGAIN (all of TEXT is taken) and
 * then, after the last text, pem_end().  Any other result concerns one
 * certificate only: P goes on with the next.
 *   ERR_OK         INFO describes p->der[0..p->der_len)
 *   ERR_PEM_LABEL  an object that is not a certificate: p->label
 *   other          see pem_result() and root_check() */
MUST_CHECK enum err roots_feed(struct crypto *c, struct pem *p, struct bytes *text, struct root_info *info);

#endif
