/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key.h - the device's private key: read, checked, shown, used.
 *
 * A key is kept as DER: SEC1 ECPrivateKey with its curve and public half
 * (RFC 5915) or PKCS#1 RSAPrivateKey (RFC 8017).  The IoT Core contract knows
 * ES256 (P-256) and RS256 (RSA, here 2048 to 4096 bits); other keys are refused
 * when they are read, each with its own error.
 *
 * No function here needs a seeded generator: what blinds the arithmetic is
 * derived from the key and the message, and ES256 is deterministic (RFC 6979),
 * so that bad randomness can never give the key away.
 */
#ifndef TERN_CRYPTO_KEY_H
#define TERN_CRYPTO_KEY_H

#include "base/bytes.h"
#include "base/err.h"
#include "crypto/crypto.h"
#include "crypto/pem.h"

enum key_alg { KEY_NONE, KEY_ES256, KEY_RS256 };

enum {
	KEY_DER_MAX = 2400,          /* RSA 4096 takes 2350, P-256 takes 121 */
	KEY_MADE_MAX = 128,          /* what key_make() takes at most */
	KEY_PUBLIC_MAX = 560,        /* RSA 4096 takes 550, P-256 takes 91 */
	KEY_PUBLIC_PEM_MAX = 804,    /* RSA 4096, terminating zero included; P-256: 179 */
	KEY_SIGNATURE_MAX = 512      /* ES256: 64 */
};

struct key_info {
	enum key_alg alg;
	unsigned     bits;
	uint8_t      fingerprint[32]; /* SHA-256 of the public half's SubjectPublicKeyInfo */
	char         found[PEM_LABEL_MAX + 1]; /* what stands there: "EC P-256", "RSA"; on error
	                                          "EC secp256k1", "Ed25519", or the PEM's label */
};

/* The one private key in TEXT (PEM: "EC PRIVATE KEY", "PRIVATE KEY" or "RSA
 * PRIVATE KEY"; "EC PARAMETERS" before it is passed over) as DER at
 * DER[0..*LEN), at most SIZE = KEY_DER_MAX bytes.  Nothing is kept on error.
 *   ERR_PEM_...        see pem.h          ERR_KEY_ENCRYPTED  with a password
 *   ERR_KEY_PUBLIC     a public key       ERR_KEY_CERT       a certificate
 *   ERR_PEM_LABEL      something else     ERR_KEY_FORMAT     does not parse
 *   ERR_KEY_CURVE      EC, not P-256      ERR_KEY_TYPE       neither EC nor RSA
 *   ERR_KEY_SIZE       RSA size           ERR_KEY_PAIR       halves do not match */
MUST_CHECK enum err key_from_pem(struct crypto *c, struct bytes text, uint8_t *der, size_t size, size_t *len,
				 struct key_info *info);

/* The same for an object whose PEM armour, if any, is off: LABEL is its PEM
 * label, or "" if it had none.  IN may be where DER is. */
MUST_CHECK enum err key_from_der(struct crypto *c, const char *label, struct bytes in, uint8_t *der, size_t size,
				 size_t *len, struct key_info *info);

/* What the stored key DER is: the checks of key_from_der() again.
 *   ERR_KEY_MISSING  DER is empty */
MUST_CHECK enum err key_check(struct crypto *c, struct bytes der, struct key_info *info);

/* The algorithm of a stored key, by its outline alone; KEY_NONE if it is none. */
enum key_alg key_alg(struct bytes der);

/* The public half as SubjectPublicKeyInfo (RFC 5280, 4.1.2.7), DER, at
 * OUT[0..*LEN), of KEY_PUBLIC_MAX bytes. */
MUST_CHECK enum err key_public(struct crypto *c, struct bytes der, uint8_t *out, size_t *len);

/* The public half as PEM text ("PUBLIC KEY"), terminated. */
MUST_CHECK enum err key_public_pem(struct crypto *c, struct bytes der, char *out, size_t size);

/* A new P-256 key.
 *   ERR_RNG_UNSEEDED  the generator is not READY */
MUST_CHECK enum err key_make(struct crypto *c, uint8_t *der, size_t size, size_t *len);

/* Sign MSG as JWS does (RFC 7518, 3.3 and 3.4): ES256 gives raw r || s, 64
 * bytes, deterministic; RS256 PKCS#1 v1.5, as long as the modulus.
 *   ERR_TOO_LONG  SIZE is too small    ERR_CRYPTO_MEMORY  no room in the arena
 *   ERR_JWT_SIGN  anything else */
MUST_CHECK enum err key_sign(struct crypto *c, struct bytes der, struct bytes msg, uint8_t *sig, size_t size,
			     size_t *len);

/* Check SIG over MSG with a private key's DER or a SubjectPublicKeyInfo's.
 *   ERR_JWT_SIGNATURE  not by this key */
MUST_CHECK enum err key_verify(struct crypto *c, struct bytes der, struct bytes msg, struct bytes sig);

#endif
