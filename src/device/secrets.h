/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secrets.h - key, roots and random seed on their way from flash to crypto.
 *
 * The store knows flash and no cryptography, src/crypto knows cryptography and
 * no flash; here they meet.  A key's bytes are in memory only while they are
 * used, in the arena, and wiped behind.
 */
#ifndef TERN_DEVICE_SECRETS_H
#define TERN_DEVICE_SECRETS_H

#include "crypto/crypto.h"
#include "crypto/key.h"
#include "crypto/noise.h"
#include "crypto/roots.h"
#include "store/seed.h"
#include "store/settings.h"

/* The settings' root certificates as the trust anchors of TLS. */
struct secrets_roots {
	struct roots     roots;      /* first */
	struct settings *settings;
};

void secrets_roots_init(struct secrets_roots *r, struct settings *s);

/* Roots stored. */
unsigned secrets_root_count(const struct settings *s);

/* Make the generator of C ready from the stored seed, or else from live noise:
 * the next seed is stored before the first output.  The device key, if there is
 * one, the number of seeds so far and what live noise there is are stirred in.
 *   ERR_RNG_UNSEEDED  no valid seed is stored, and the noise has not earned enough
 *   ERR_FLASH_...     the next one cannot be stored */
MUST_CHECK enum err secrets_start_rng(struct crypto *c, struct seed *seed, struct settings *s,
				      const struct noise *noise);

/* Check the private key or the certificate in PEM text and store it; a
 * certificate that is stored already is not stored twice.
 *   errors of key_from_pem(), roots_feed() and settings_set()
 *   ERR_ROOTS_FULL  every slot is in use */
MUST_CHECK enum err secrets_set_key(struct crypto *c, struct settings *s, struct bytes pem);
MUST_CHECK enum err secrets_add_root(struct crypto *c, struct settings *s, struct bytes pem);

/* Store a checked certificate: in *SLOT, where it may have been before.
 *   ERR_ROOTS_FULL  every slot is in use    others  as settings_set() */
MUST_CHECK enum err secrets_store_root(struct settings *s, struct bytes der, unsigned *slot);

/* What kind of key is stored.
 *   ERR_KEY_MISSING  none       others  as key_check() */
MUST_CHECK enum err secrets_key_info(struct crypto *c, struct settings *s, struct key_info *info);

/* Make a P-256 key and store it in place of the one before; it never leaves.
 *   ERR_RNG_UNSEEDED  the generator is not READY      others as settings_set() */
MUST_CHECK enum err secrets_make_key(struct crypto *c, struct settings *s);

/* The stored key's public half, as key_public().
 *   ERR_KEY_MISSING  none */
MUST_CHECK enum err secrets_public_key(struct crypto *c, struct settings *s, uint8_t *out, size_t *len);

/* A token for PROJECT, valid from IAT_S to EXP_S, signed with the stored key.
 *   ERR_KEY_MISSING, ERR_CRYPTO_MEMORY, and as jwt_sign() */
MUST_CHECK enum err secrets_token(struct crypto *c, struct settings *s, const char *project, int64_t iat_s,
				  int64_t exp_s, char *out, size_t size, size_t *len);

/* The same, and is it one?  Verified with the key's own public half.
 *   ERR_JWT_FORMAT, ERR_JWT_SIGNATURE, ERR_JWT_ARG  it is not: a fault of this firmware, or of its memory */
MUST_CHECK enum err secrets_token_proven(struct crypto *c, struct settings *s, const char *project, int64_t iat_s,
					 int64_t exp_s, char *out, size_t size, size_t *len);

/* Three wrong PINs lock a SIM card: one that was refused is remembered through
 * restarts, until another is set or the same is set again. */
void secrets_pin_remember_refused(struct settings *s, const char *pin);
bool secrets_pin_was_refused(struct settings *s, const char *pin);

#endif
