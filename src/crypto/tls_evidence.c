/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/tls_evidence.h"

/* Where it was when it ended, and what either side said to that. */
static void write_end(const struct tls_facts *f, struct evidence *e)
{
	e->mbedtls = f->lib_code;
	e->state = f->err != ERR_OK ? f->step : EVIDENCE_NO_OPTION;
	e->alert_in = f->alert_received;
	e->alert_out = f->alert_sent;
	e->bytes_in = f->bytes_in;
	e->bytes_out = f->bytes_out;
	e->cert_asked = f->client_cert_asked ? EVIDENCE_YES : EVIDENCE_UNKNOWN;
}

static void write_chain(const struct tls_facts *f, struct evidence *e)
{
	e->flags = f->verify_flags;
	e->chain = f->cert_count;
	if (f->cert_count == 0)
		return;
	e->depth = f->cert_depth;
	e->subject_name = f->subject;
	e->issuer = f->issuer;
	e->names = f->names;
	e->not_before = f->not_before;
	e->not_after = f->not_after;
	e->newest = f->newest_not_before;
	e->roots = f->roots;
	e->roots_bad = f->roots_bad;
	e->roots_named = f->roots_named;
	e->sent = f->certs_sent;
	e->issuer_sent = f->issuer_sent ? EVIDENCE_YES : EVIDENCE_UNKNOWN;
}

static void write_voice(const struct tls_facts *f, struct evidence *e)
{
	e->voice = (uint8_t)evidence_voice(f->first, f->first_len);
	if (e->voice == EVIDENCE_VOICE_HTTP || e->voice == EVIDENCE_VOICE_TEXT)
		e->first = (const char *)f->first;
}

/* As it was when it had no room. */
static void write_arena(const struct tls *t, struct evidence *e)
{
	const struct arena *a = &t->cfg.crypto->arena;

	if (t->facts.err != ERR_CRYPTO_MEMORY && a->refused == t->refused)
		return;
	e->arena_asked = a->refused_size;
	e->arena_largest = a->refused_largest;
	e->arena_free = a->size - a->refused_used;
}

void tls_evidence(const struct tls *t, struct evidence *e)
{
	write_end(&t->facts, e);
	write_chain(&t->facts, e);
	write_voice(&t->facts, e);
	write_arena(t, e);
}
