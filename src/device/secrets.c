/* SPDX-License-Identifier: Apache-2.0 */
#include "device/secrets.h"

#include "base/crc.h"
#include "crypto/jwt.h"

#include <string.h>

/* The root settings have numbers in a row. */
_Static_assert(SETTINGS_ROOT_3 - SETTINGS_ROOT_0 == SETTINGS_ROOTS - 1, "one number a root");
_Static_assert((int)SEED_SIZE == (int)RNG_SEED_LEN, "store and generator mean the same seed");

static enum settings_key root_key(unsigned slot)
{
	return (enum settings_key)(SETTINGS_ROOT_0 + (int)slot);
}

/* The INDEXth slot that is in use; SETTINGS_ROOTS if there are not so many. */
static unsigned root_slot(const struct settings *s, unsigned index)
{
	unsigned slot;

	for (slot = 0; slot < SETTINGS_ROOTS; slot++)
		if (settings_size(s, root_key(slot)) > 0 && index-- == 0)
			break;
	return slot;
}

static enum err read_root(struct roots *r, unsigned index, uint8_t *der, size_t size, size_t *len)
{
	struct settings *s = ((struct secrets_roots *)r)->settings;
	unsigned slot = root_slot(s, index);

	if (slot == SETTINGS_ROOTS)
		return ERR_NOT_FOUND;
	return settings_get(s, root_key(slot), der, size, len);
}

void secrets_roots_init(struct secrets_roots *r, struct settings *s)
{
	*r = (struct secrets_roots){ .roots = { .read = read_root }, .settings = s };
}

unsigned secrets_root_count(const struct settings *s)
{
	unsigned n = 0;

	while (root_slot(s, n) < SETTINGS_ROOTS)
		n++;
	return n;
}

static bool root_is(struct settings *s, unsigned slot, struct bytes der)
{
	uint8_t part[64];
	size_t at, n;

	if (settings_size(s, root_key(slot)) != der.len)
		return false;
	for (at = 0; at < der.len; at += n) {
		n = der.len - at < sizeof part ? der.len - at : sizeof part;
		if (settings_read(s, root_key(slot), at, part, n) != ERR_OK || memcmp(part, der.data + at, n) != 0)
			return false;
	}
	return true;
}

enum err secrets_store_root(struct settings *s, struct bytes der, unsigned *slot)
{
	unsigned empty = SETTINGS_ROOTS;

	for (*slot = 0; *slot < SETTINGS_ROOTS; ++*slot) {
		if (root_is(s, *slot, der))
			return ERR_OK;
		if (empty == SETTINGS_ROOTS && settings_size(s, root_key(*slot)) == 0)
			empty = *slot;
	}
	*slot = empty;
	return empty < SETTINGS_ROOTS ? settings_set(s, root_key(empty), der.data, der.len) : ERR_ROOTS_FULL;
}

enum err secrets_add_root(struct crypto *c, struct settings *s, struct bytes text)
{
	uint8_t *der = arena_alloc(&c->arena, ROOT_DER_MAX);
	struct root_info info;
	struct pem pem;
	unsigned slot;
	enum err e;

	if (der == NULL)
		return ERR_CRYPTO_MEMORY;
	pem_init(&pem, der, ROOT_DER_MAX);
	e = roots_feed(c, &pem, &text, &info);
	if (e == ERR_AGAIN) {
		(void)pem_feed(&pem, "\n", 1);
		e = pem_end(&pem);
		if (e == ERR_OK)
			e = root_check(c, (struct bytes){ der, pem.der_len }, &info);
	}
	if (e == ERR_OK)
		e = secrets_store_root(s, (struct bytes){ der, pem.der_len }, &slot);
	arena_free(&c->arena, der);
	return e;
}

enum err secrets_set_key(struct crypto *c, struct settings *s, struct bytes text)
{
	uint8_t *der = arena_alloc(&c->arena, KEY_DER_MAX);
	struct key_info info;
	size_t len;
	enum err e;

	if (der == NULL)
		return ERR_CRYPTO_MEMORY;
	e = key_from_pem(c, text, der, KEY_DER_MAX, &len, &info);
	if (e == ERR_OK)
		e = settings_set(s, SETTINGS_KEY, der, len);
	if (e == ERR_OK)
		rng_mix(&c->rng, RNG_SOURCE_DEVICE_KEY, der, len);
	arena_free(&c->arena, der);
	return e;
}

/* The stored key in the arena: give it back with drop_key(). */
static enum err borrow_key(struct crypto *c, struct settings *s, uint8_t **der, size_t *len)
{
	size_t size = settings_size(s, SETTINGS_KEY);
	enum err e;

	if (size == 0)
		return ERR_KEY_MISSING;
	*der = arena_alloc(&c->arena, size);
	if (*der == NULL)
		return ERR_CRYPTO_MEMORY;
	e = settings_get(s, SETTINGS_KEY, *der, size, len);
	if (e != ERR_OK)
		arena_free(&c->arena, *der);
	return e;
}

static void drop_key(struct crypto *c, uint8_t *der)
{
	arena_free(&c->arena, der);   /* which wipes it */
}

static void mix_key(struct crypto *c, struct settings *s)
{
	uint8_t *der;
	size_t len;

	if (borrow_key(c, s, &der, &len) != ERR_OK)
		return;   /* it only adds: the seed alone carries the claim */
	rng_mix(&c->rng, RNG_SOURCE_DEVICE_KEY, der, len);
	drop_key(c, der);
}

static void mix_count(struct crypto *c, const struct seed *seed)
{
	uint8_t count[4];

	bytes_put_u32(count, seed->count);
	rng_mix(&c->rng, RNG_SOURCE_COUNTER, count, sizeof count);
}

enum err secrets_start_rng(struct crypto *c, struct seed *seed, struct settings *s, const struct noise *noise)
{
	uint8_t now[SEED_SIZE], next[SEED_SIZE];
	enum err e = seed_read(seed, now);
	bool seeded = e == ERR_OK && rng_seed_check(now) == ERR_OK;

	if (!seeded && noise_bits(noise) < RNG_LIVE_BITS)
		return ERR_RNG_UNSEEDED;
	mix_key(c, s);
	mix_count(c, seed);
	rng_stir(&c->rng, noise);
	e = seeded ? rng_seed(&c->rng, now, next) : rng_live(&c->rng, noise, next);
	if (e == ERR_OK)
		e = seed_write(seed, next, seeded ? seed->origin : SEED_SELF_MADE);
	if (e == ERR_OK)
		e = rng_stored(&c->rng);
	bytes_wipe(now, sizeof now);
	bytes_wipe(next, sizeof next);
	return e;
}

enum err secrets_key_info(struct crypto *c, struct settings *s, struct key_info *info)
{
	uint8_t *der;
	size_t len;
	enum err e = borrow_key(c, s, &der, &len);

	if (e != ERR_OK)
		return e;
	e = key_check(c, (struct bytes){ der, len }, info);
	drop_key(c, der);
	return e;
}

enum err secrets_make_key(struct crypto *c, struct settings *s)
{
	uint8_t *der = arena_alloc(&c->arena, KEY_MADE_MAX);
	size_t len;
	enum err e;

	if (der == NULL)
		return ERR_CRYPTO_MEMORY;
	e = key_make(c, der, KEY_MADE_MAX, &len);
	if (e == ERR_OK)
		e = settings_set(s, SETTINGS_KEY, der, len);
	drop_key(c, der);
	return e;
}

enum err secrets_public_key(struct crypto *c, struct settings *s, uint8_t *out, size_t *len)
{
	uint8_t *der;
	size_t der_len;
	enum err e = borrow_key(c, s, &der, &der_len);

	if (e != ERR_OK)
		return e;
	e = key_public(c, (struct bytes){ der, der_len }, out, len);
	drop_key(c, der);
	return e;
}

enum err secrets_token(struct crypto *c, struct settings *s, const char *project, int64_t iat_s, int64_t exp_s,
		       char *out, size_t size, size_t *len)
{
	struct jwt_claims claims = { .iat = iat_s, .exp = exp_s };
	struct text aud;
	uint8_t *der;
	size_t der_len;
	enum err e = borrow_key(c, s, &der, &der_len);

	if (e != ERR_OK)
		return e;
	text_init(&aud, claims.aud, sizeof claims.aud);
	text_add(&aud, project);
	e = aud.overflow ? ERR_JWT_ARG : jwt_sign(c, (struct bytes){ der, der_len }, &claims, out, size, len);
	drop_key(c, der);
	return e;
}

/* After signing, not while: both are deep in the stack. */
__attribute__((noinline)) static enum err prove(struct crypto *c, struct settings *s, const char *project,
						struct bytes token)
{
	struct jwt_claims claims;
	uint8_t *der;
	size_t der_len;
	enum err e = borrow_key(c, s, &der, &der_len);

	if (e != ERR_OK)
		return e;
	e = jwt_verify(c, (struct bytes){ der, der_len }, token, &claims);
	drop_key(c, der);
	return e == ERR_OK && !bytes_equal_text(bytes_of(claims.aud), project) ? ERR_JWT_ARG : e;
}

enum err secrets_token_proven(struct crypto *c, struct settings *s, const char *project, int64_t iat_s, int64_t exp_s,
			      char *out, size_t size, size_t *len)
{
	enum err e = secrets_token(c, s, project, iat_s, exp_s, out, size, len);

	return e == ERR_OK ? prove(c, s, project, (struct bytes){ (const uint8_t *)out, *len }) : e;
}

/* Not worth the run where flash fails: the modem's driver remembers as well. */
void secrets_pin_remember_refused(struct settings *s, const char *pin)
{
	(void)!settings_set_u32(s, SETTINGS_PIN_REFUSED, crc32(0, pin, strlen(pin)));
}

bool secrets_pin_was_refused(struct settings *s, const char *pin)
{
	uint32_t refused;

	return settings_get_u32(s, SETTINGS_PIN_REFUSED, &refused) == ERR_OK && refused == crc32(0, pin, strlen(pin));
}
