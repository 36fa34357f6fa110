/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/tls_context.h"

#include "bridge/certificate.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Forward secrecy and AEAD only, the cheapest for a small chip first.  CCM is what 802.15.4 parts have in hardware. */
static const char ciphers_12[] =
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
	"ECDHE-ECDSA-AES128-CCM:ECDHE-ECDSA-AES256-CCM";
static const char ciphers_13[] =
	"TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384:TLS_AES_128_CCM_SHA256";
static const char groups[] = "P-256:X25519:P-384";

struct tls_context {
	struct tickets *tickets;
	char    *certificate[TLS_CONTEXT_CERTIFICATES], *key[TLS_CONTEXT_CERTIFICATES], *ciphers;
	SSL_CTX *ssl;
	int64_t  begins_s, expires_s;
	char     notice[TLS_CONTEXT_ERROR];
};

/* ---- one SSL_CTX ---------------------------------------------------------- */

static const char *openssl_said(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return text != NULL ? text : "no memory";
}

static bool set_ciphers(SSL_CTX *ctx, const char *ciphers, char error[TLS_CONTEXT_ERROR])
{
	if (SSL_CTX_set_cipher_list(ctx, ciphers != NULL ? ciphers : ciphers_12) == 1)
		return true;
	snprintf(error, TLS_CONTEXT_ERROR, "tls_ciphers = '%.200s': %s", ciphers != NULL ? ciphers : ciphers_12,
		 openssl_said());
	return false;
}

/* Idle connections hold no buffers; nobody renegotiates; a device that vanishes without a word is no error.  A record
 * that is no data ends a read: whoever sends nothing but key updates would hold the loop in one call for ever. */
static void set_habits(SSL_CTX *ctx)
{
	SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
			    SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
			 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
}

static bool set_tickets(SSL_CTX *ctx, struct tickets *tickets)
{
	static const unsigned char name[] = "tern-bridge";

	if (SSL_CTX_set_session_id_context(ctx, name, sizeof name - 1) != 1)
		return false;
	if (tickets != NULL)
		return tickets_use(tickets, ctx);
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
	return SSL_CTX_set_num_tickets(ctx, 0) == 1;
}

static SSL_CTX *new_ssl(const struct tls_context *t, char error[TLS_CONTEXT_ERROR])
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (ctx != NULL && SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
	    SSL_CTX_set_ciphersuites(ctx, ciphers_13) == 1 && SSL_CTX_set1_groups_list(ctx, groups) == 1 &&
	    set_tickets(ctx, t->tickets)) {
		SSL_CTX_set_security_level(ctx, 2);
		set_habits(ctx);
		if (set_ciphers(ctx, t->ciphers, error))
			return ctx;
	} else
		snprintf(error, TLS_CONTEXT_ERROR, "TLS: %s", openssl_said());
	SSL_CTX_free(ctx);
	return NULL;
}

/* ---- its certificates ----------------------------------------------------- */

struct loaded {
	SSL_CTX *ssl;
	int64_t  begins_s, expires_s;
	bool     rsa[2];    /* there is one with an RSA key; with another one */
	char     notice[TLS_CONTEXT_ERROR];
};

static void describe(struct loaded *l, const struct certificate *c, int64_t now_s)
{
	size_t n = strlen(l->notice);
	int64_t left = c->expires_s - now_s;
	char when[CERTIFICATE_NAME + 64];

	if (c->begins_s > now_s)
		snprintf(when, sizeof when, "NOT VALID for %lld s yet", (long long)(c->begins_s - now_s));
	else if (left <= 0)
		snprintf(when, sizeof when, "EXPIRED %lld days ago ('%s')", (long long)(-left / 86400),
			 c->expires_name);
	else
		snprintf(when, sizeof when, "expires in %lld days", (long long)(left / 86400));
	snprintf(l->notice + n, sizeof l->notice - n, "%scertificate for %s (%s) %s", n > 0 ? "; " : "", c->name,
		 c->kind, when);
}

static bool add(struct loaded *l, const struct certificate *c, const char *file, int64_t now_s,
		char error[TLS_CONTEXT_ERROR])
{
	bool *there = &l->rsa[c->rsa ? 0 : 1];

	if (*there) {
		snprintf(error, TLS_CONTEXT_ERROR, "%.300s: both certificates have a key for %s; two are for one "
			 "with RSA and one with ECDSA", file, c->rsa ? "RSA" : "ECDSA");
		return false;
	}
	if (SSL_CTX_use_cert_and_key(l->ssl, c->own, c->key, c->chain, 1) != 1) {
		snprintf(error, TLS_CONTEXT_ERROR, "%.300s: %s", file, openssl_said());
		return false;
	}
	*there = true;
	if (c->begins_s > l->begins_s)
		l->begins_s = c->begins_s;
	if (c->expires_s < l->expires_s)
		l->expires_s = c->expires_s;
	describe(l, c, now_s);
	return true;
}

static bool load(struct loaded *l, const struct tls_context *t, int64_t now_s, char error[TLS_CONTEXT_ERROR])
{
	memset(l, 0, sizeof *l);
	l->begins_s = INT64_MIN;
	l->expires_s = INT64_MAX;
	l->ssl = new_ssl(t, error);
	for (unsigned i = 0; l->ssl != NULL && i < TLS_CONTEXT_CERTIFICATES && t->certificate[i] != NULL; i++) {
		struct certificate c;
		bool ok = certificate_read(&c, t->certificate[i], t->key[i], error);

		if (!ok || !add(l, &c, t->certificate[i], now_s, error)) {
			SSL_CTX_free(l->ssl);
			l->ssl = NULL;
		}
		certificate_free(&c);
	}
	return l->ssl != NULL;
}

static void take(struct tls_context *t, const struct loaded *l)
{
	SSL_CTX_free(t->ssl);    /* lives on in connections that use it */
	t->ssl = l->ssl;
	t->begins_s = l->begins_s;
	t->expires_s = l->expires_s;
	memcpy(t->notice, l->notice, sizeof t->notice);
}

/* ---- for others ----------------------------------------------------------- */

static bool copy(char **to, const char *from)
{
	*to = from != NULL ? strdup(from) : NULL;
	return from == NULL || *to != NULL;
}

struct tls_context *tls_context_open(const struct tls_context_config *cfg, int64_t now_s, char error[TLS_CONTEXT_ERROR])
{
	struct tls_context *t = calloc(1, sizeof *t);
	struct loaded l;
	bool ok = t != NULL;

	snprintf(error, TLS_CONTEXT_ERROR, "no memory");
	for (unsigned i = 0; ok && i < TLS_CONTEXT_CERTIFICATES; i++)
		ok = copy(&t->certificate[i], cfg->certificate[i]) && copy(&t->key[i], cfg->key[i]);
	ok = ok && copy(&t->ciphers, cfg->ciphers);
	if (ok)
		t->tickets = cfg->tickets;
	if (ok && t->certificate[0] == NULL) {
		snprintf(error, TLS_CONTEXT_ERROR, "TLS needs a certificate");
		ok = false;
	}
	if (ok && load(&l, t, now_s, error)) {
		take(t, &l);
		return t;
	}
	tls_context_close(t);
	return NULL;
}

void tls_context_close(struct tls_context *t)
{
	if (t == NULL)
		return;
	SSL_CTX_free(t->ssl);
	for (unsigned i = 0; i < TLS_CONTEXT_CERTIFICATES; i++) {
		free(t->certificate[i]);
		free(t->key[i]);
	}
	free(t->ciphers);
	free(t);
}

struct ssl_ctx_st *tls_context_ssl(const struct tls_context *t)
{
	return t->ssl;
}

bool tls_context_reload(struct tls_context *t, int64_t now_s, char error[TLS_CONTEXT_ERROR])
{
	struct loaded l;

	if (!load(&l, t, now_s, error))
		return false;
	if (l.expires_s > now_s && l.begins_s <= now_s) {
		take(t, &l);
		return true;
	}
	SSL_CTX_free(l.ssl);
	snprintf(error, TLS_CONTEXT_ERROR, "%.480s", l.notice);
	return false;
}

int64_t tls_context_expires(const struct tls_context *t)
{
	return t->expires_s;
}

const char *tls_context_notice(const struct tls_context *t)
{
	return t->notice;
}
