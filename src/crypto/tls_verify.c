/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/tls_verify.h"

#include "crypto/mbed.h"

#include <string.h>

const mbedtls_x509_crt_profile tls_profile = {
	.allowed_mds = MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) | MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) |
		       MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
	.allowed_pks = 0xfffffff,
	.allowed_curves = MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP256R1) |
			  MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP384R1),
	.rsa_min_bitlen = 2048,
};

/* ---- notes ---- */

static void note(struct tls_facts *f, const mbedtls_x509_crt *crt, int depth)
{
	f->cert_depth = (uint8_t)depth;
	mbed_name(&crt->subject, f->subject, sizeof f->subject);
	mbed_name(&crt->issuer, f->issuer, sizeof f->issuer);
	f->not_before = mbed_time(&crt->valid_from);
	f->not_after = mbed_time(&crt->valid_to);
}

/* From the top down, so the topmost untrusted one comes first and the lowest
 * faulty one last. */
int tls_on_certificate(void *tls, mbedtls_x509_crt *crt, int depth, uint32_t *flags)
{
	struct tls_facts *f = &((struct tls *)tls)->facts;
	bool untrusted = (f->verify_flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0;

	if (f->cert_count == 0) {
		f->cert_count = (uint8_t)(depth + 1);
		f->newest_not_before = mbed_time(&crt->valid_from);
	}
	if (mbed_time(&crt->valid_from) > f->newest_not_before)
		f->newest_not_before = mbed_time(&crt->valid_from);
	if (!untrusted && (*flags != 0 || (depth == 0 && f->verify_flags == 0)))
		note(f, crt, depth);
	if (depth == 0) {
		f->leaf_not_before = mbed_time(&crt->valid_from);
		mbed_hosts(crt, f->names, sizeof f->names);
	}
	f->verify_flags |= *flags;
	return 0;
}

/* ---- anchors ---- */

static bool named(const mbedtls_x509_crt *anchor, const mbedtls_x509_crt *chain)
{
	for (; chain != NULL; chain = chain->next)
		if (mbed_same(&anchor->subject_raw, &chain->issuer_raw))
			return true;
	return false;
}

static void drop(struct arena *a, mbedtls_x509_crt *crt, uint8_t *der)
{
	if (crt != NULL)
		mbedtls_x509_crt_free(crt);
	arena_free(a, crt);
	arena_free(a, der);
}

void tls_drop_anchors(struct tls *t)
{
	mbedtls_x509_crt *next, *crt = t->box->anchors;

	t->box->anchors = NULL;
	for (; crt != NULL; crt = next) {
		next = crt->next;
		crt->next = NULL;
		drop(&t->cfg.crypto->arena, crt, crt->raw.p);
	}
}

/* Read anchor INDEX and keep it if CHAIN names it.
 *   ERR_NOT_FOUND  there is none      ERR_CERT_FORMAT  not a certificate */
static enum err load(struct tls *t, unsigned index, const mbedtls_x509_crt *chain)
{
	struct arena *a = &t->cfg.crypto->arena;
	uint8_t probe, *der;
	mbedtls_x509_crt *crt;
	size_t len = 0;
	enum err e = t->cfg.roots->read(t->cfg.roots, index, &probe, 0, &len);

	if (e != ERR_TOO_LONG)
		return e == ERR_OK ? ERR_CERT_FORMAT : e;
	if (len > ROOT_DER_MAX)
		return ERR_TOO_LONG;
	der = arena_alloc(a, len);
	crt = arena_alloc(a, sizeof *crt);
	if (der == NULL || crt == NULL) {
		arena_free(a, crt);
		arena_free(a, der);
		return ERR_CRYPTO_MEMORY;
	}
	mbedtls_x509_crt_init(crt);
	e = t->cfg.roots->read(t->cfg.roots, index, der, len, &len);
	if (e == ERR_OK && mbedtls_x509_crt_parse_der_nocopy(crt, der, len) != 0)
		e = ERR_CERT_FORMAT;
	if (e != ERR_OK || !named(crt, chain)) {
		drop(a, crt, der);
		return e;
	}
	crt->next = t->box->anchors;
	t->box->anchors = crt;
	t->facts.roots_named++;
	return ERR_OK;
}

/* One that cannot be read does not spoil the others; no memory does. */
static int load_all(struct tls *t, const mbedtls_x509_crt *chain)
{
	uint32_t refused = t->cfg.crypto->arena.refused;

	t->facts.roots = t->facts.roots_bad = t->facts.roots_named = 0;
	for (unsigned i = 0; i < UINT8_MAX; i++) {
		enum err e = load(t, i, chain);

		if (t->cfg.crypto->arena.refused != refused)
			return MBEDTLS_ERR_X509_ALLOC_FAILED;
		if (e == ERR_NOT_FOUND)
			break;
		t->facts.roots++;
		if (e != ERR_OK)
			t->facts.roots_bad++;
	}
	return 0;
}

int tls_verify_chain(mbedtls_x509_crt *chain, mbedtls_x509_crt *trust, mbedtls_x509_crl *crl,
		     const mbedtls_x509_crt_profile *profile, const char *host, uint32_t *flags,
		     int (*f_vrfy)(void *, mbedtls_x509_crt *, int, uint32_t *), void *tls,
		     mbedtls_x509_crt_restart_ctx *restart)
{
	struct tls *t = tls;
	int ret = 0;

	(void)trust;   /* a stand-in: tls.c */
	if (t->box->anchors == NULL)
		ret = load_all(t, chain);
	if (ret == 0)
		ret = mbedtls_x509_crt_verify_restartable(chain, t->box->anchors, crl, profile, host, flags, f_vrfy, tls,
							  restart);
	if (ret != MBEDTLS_ERR_ECP_IN_PROGRESS)
		tls_drop_anchors(t);
	return ret;
}
