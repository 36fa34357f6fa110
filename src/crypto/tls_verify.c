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

/* An attempt with another anchor takes over the notes only if it came further:
 * its topmost certificate, which is seen first, is trusted. */
static bool look_first(struct tls_facts *f, bool trusted, int depth)
{
	if (f->cert_count > 0 && !trusted)
		return false;
	f->cert_count = (uint8_t)(depth + 1);
	f->newest_not_before = INT64_MIN;
	f->verify_flags = 0;
	return true;
}

/* From the top down, so the topmost untrusted one comes first and the lowest
 * faulty one last. */
int tls_on_certificate(void *tls, mbedtls_x509_crt *crt, int depth, uint32_t *flags)
{
	struct tls *t = tls;
	struct tls_facts *f = &t->facts;
	int64_t not_before = mbed_time(&crt->valid_from);

	if (t->box->first_look) {
		bool trusted = (*flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) == 0;

		t->box->noting = look_first(f, trusted, depth);
		if (t->box->noting)
			t->box->topmost = trusted ? NULL : crt;
		if (trusted || f->roots_named == 0)
			mbed_name(&crt->issuer, f->anchor, sizeof f->anchor);
	}
	t->box->first_look = false;
	if (t->box->anchor != NULL && mbed_same(&t->box->anchor->subject_raw, &crt->issuer_raw)) {
		t->box->asked_for = true;
		mbed_name(&crt->issuer, f->anchor, sizeof f->anchor);
	}
	if (!t->box->noting)
		return 0;
	if (not_before > f->newest_not_before)
		f->newest_not_before = not_before;
	if ((f->verify_flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) == 0 &&
	    (*flags != 0 || (depth == 0 && f->verify_flags == 0)))
		note(f, crt, depth);
	if (depth == 0) {
		f->leaf_not_before = not_before;
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

void tls_drop_anchor(struct tls *t)
{
	struct arena *a = &t->cfg.crypto->arena;

	if (t->box->anchor != NULL)
		mbedtls_x509_crt_free(t->box->anchor);
	arena_free(a, t->box->anchor);
	arena_free(a, t->box->der);
	t->box->anchor = NULL;
	t->box->der = NULL;
}

/* Of a parsed anchor only names, dates and key are used: its DER up to the
 * subject must stay, the rest can go. */
static void trim(struct tls *t)
{
	mbedtls_x509_crt *crt = t->box->anchor;

	crt->raw.len = (size_t)(crt->subject_raw.p + crt->subject_raw.len - crt->raw.p);
	arena_shrink(&t->cfg.crypto->arena, t->box->der, crt->raw.len);
}

/* Bring anchor INDEX to memory.
 *   ERR_NOT_FOUND  there is none      ERR_CERT_FORMAT  not a certificate */
static enum err load(struct tls *t, unsigned index)
{
	struct tls_box *box = t->box;
	uint8_t probe;
	size_t len = 0;
	enum err e = t->cfg.roots->read(t->cfg.roots, index, &probe, 0, &len);

	if (e != ERR_TOO_LONG)
		return e == ERR_OK ? ERR_CERT_FORMAT : e;
	if (len > ROOT_DER_MAX)
		return ERR_TOO_LONG;
	box->der = arena_alloc(&t->cfg.crypto->arena, len);
	box->anchor = arena_alloc(&t->cfg.crypto->arena, sizeof *box->anchor);
	if (box->der == NULL || box->anchor == NULL)
		return ERR_CRYPTO_MEMORY;
	mbedtls_x509_crt_init(box->anchor);
	e = t->cfg.roots->read(t->cfg.roots, index, box->der, len, &len);
	if (e == ERR_OK && mbedtls_x509_crt_parse_der_nocopy(box->anchor, box->der, len) != 0)
		e = ERR_CERT_FORMAT;
	return e;
}

/* Go on to the next anchor that CHAIN names: 1, none left: 0.  One that cannot
 * be read does not spoil the others; no memory does. */
static int next_anchor(struct tls *t, const mbedtls_x509_crt *chain)
{
	uint32_t refused = t->cfg.crypto->arena.refused;

	while (t->box->next_root < UINT8_MAX) {
		enum err e = load(t, t->box->next_root);

		if (t->cfg.crypto->arena.refused != refused)
			return MBEDTLS_ERR_X509_ALLOC_FAILED;
		if (e == ERR_NOT_FOUND)
			return 0;
		t->box->next_root++;
		t->facts.roots++;
		if (e != ERR_OK)
			t->facts.roots_bad++;
		if (e == ERR_OK && named(t->box->anchor, chain)) {
			trim(t);
			return 1;
		}
		tls_drop_anchor(t);
	}
	return 0;
}

/* Did the server send what has the issuer's name, and cannot be it? */
static void note_sent(struct tls *t, const mbedtls_x509_crt *chain)
{
	const mbedtls_x509_crt *topmost = t->box->topmost, *own = chain;

	if (topmost != NULL && mbed_same(&topmost->subject_raw, &topmost->issuer_raw))
		topmost = NULL;   /* it is its own */
	t->facts.certs_sent = 0;
	for (; chain != NULL; chain = chain->next) {
		if (chain == own || !mbed_same(&chain->raw, &own->raw))
			t->facts.certs_sent++;
		if (topmost != NULL && chain != topmost && mbed_same(&chain->subject_raw, &topmost->issuer_raw))
			t->facts.issuer_sent = true;
	}
}

int tls_verify_chain(mbedtls_x509_crt *chain, mbedtls_x509_crt *trust, mbedtls_x509_crl *crl,
		     const mbedtls_x509_crt_profile *profile, const char *host, uint32_t *flags,
		     int (*f_vrfy)(void *, mbedtls_x509_crt *, int, uint32_t *), void *tls,
		     mbedtls_x509_crt_restart_ctx *restart)
{
	struct tls *t = tls;
	int more, ret;

	(void)trust;   /* a stand-in: tls.c */
	do {
		more = t->box->anchor != NULL ? 1 : next_anchor(t, chain);
		if (more < 0)
			return more;
		if (more == 0 && t->facts.cert_count > 0)
			break;
		/* Without any anchor once too: to learn what is missing. */
		t->box->first_look = true;
		t->box->asked_for = false;
		ret = mbedtls_x509_crt_verify_restartable(chain, t->box->anchor, crl, profile, host, flags, f_vrfy, tls,
							  restart);
		if (ret == MBEDTLS_ERR_ECP_IN_PROGRESS)
			return ret;
		t->facts.roots_named = (uint8_t)(t->facts.roots_named + (t->box->asked_for ? 1 : 0));
		tls_drop_anchor(t);
		if (ret != MBEDTLS_ERR_X509_CERT_VERIFY_FAILED)
			return ret;
	} while (more > 0);
	note_sent(t, chain);
	*flags = t->facts.verify_flags;
	return MBEDTLS_ERR_X509_CERT_VERIFY_FAILED;
}
