/* SPDX-License-Identifier: Apache-2.0 */
#include "support/tls_peer.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tls_server {
	SSL_CTX *ctx;
	char     only_host[256];
};

struct tls_peer {
	SSL *ssl;
	BIO *in, *out;
	char sni[256];
	int  alert;
};

static void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "tls_peer: %s\n", what);
	ERR_print_errors_fp(stderr);
	abort();
}

static int on_sni(SSL *ssl, int *alert, void *arg)
{
	const struct tls_server *s = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	struct tls_peer *p = SSL_get_app_data(ssl);

	if (name != NULL)
		snprintf(p->sni, sizeof p->sni, "%s", name);
	if (s->only_host[0] == '\0' || (name != NULL && strcmp(name, s->only_host) == 0))
		return SSL_TLSEXT_ERR_OK;
	*alert = SSL_AD_UNRECOGNIZED_NAME;
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static void on_info(const SSL *ssl, int where, int value)
{
	struct tls_peer *p = SSL_get_app_data(ssl);

	if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT)
		p->alert = value & 0xff;
}

static int any_certificate(int ok, X509_STORE_CTX *store)
{
	(void)ok;
	(void)store;
	return 1;
}

static void use_chain(SSL_CTX *ctx, const struct tls_peer_config *cfg)
{
	char path[256];

	for (int i = 0; i < 16 && cfg->chain[i] != NULL; i++) {
		snprintf(path, sizeof path, "tests/data/%s.pem", cfg->chain[i]);
		FILE *f = fopen(path, "r");

		must(f != NULL, path);
		X509 *crt = PEM_read_X509(f, NULL, NULL, NULL);

		fclose(f);
		must(crt != NULL, path);
		must(i == 0 ? SSL_CTX_use_certificate(ctx, crt) == 1 : SSL_CTX_add1_chain_cert(ctx, crt) == 1, path);
		X509_free(crt);
	}
	snprintf(path, sizeof path, "tests/data/%s.key", cfg->key);
	must(SSL_CTX_use_PrivateKey_file(ctx, path, SSL_FILETYPE_PEM) == 1, path);
}

struct tls_server *tls_server_new(const struct tls_peer_config *cfg)
{
	struct tls_server *s = calloc(1, sizeof *s);

	must(s != NULL, "memory");
	if (cfg->only_host != NULL)
		snprintf(s->only_host, sizeof s->only_host, "%s", cfg->only_host);
	s->ctx = SSL_CTX_new(TLS_server_method());
	must(s->ctx != NULL, "context");
	SSL_CTX_set_security_level(s->ctx, 0);   /* weak certificates are the client's to refuse */
	SSL_CTX_set_options(s->ctx, SSL_OP_IGNORE_UNEXPECTED_EOF | (cfg->no_tickets ? SSL_OP_NO_TICKET : 0));
	must(SSL_CTX_set_min_proto_version(s->ctx, cfg->min) && SSL_CTX_set_max_proto_version(s->ctx, cfg->max), "version");
	use_chain(s->ctx, cfg);
	if (cfg->suites != NULL)
		must(SSL_CTX_set_cipher_list(s->ctx, cfg->suites), cfg->suites);
	if (cfg->suites13 != NULL)
		must(SSL_CTX_set_ciphersuites(s->ctx, cfg->suites13), cfg->suites13);
	if (cfg->signature != NULL)
		must(SSL_CTX_set1_sigalgs_list(s->ctx, cfg->signature) == 1, cfg->signature);
	must(SSL_CTX_set_session_id_context(s->ctx, (const unsigned char *)"tern", 4), "session id context");
	SSL_CTX_set_tlsext_servername_callback(s->ctx, on_sni);
	SSL_CTX_set_tlsext_servername_arg(s->ctx, s);
	if (cfg->wants_certificate)
		SSL_CTX_set_verify(s->ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, any_certificate);
	return s;
}

void tls_server_free(struct tls_server *s)
{
	SSL_CTX_free(s->ctx);
	free(s);
}

struct tls_peer *tls_peer_new(struct tls_server *s)
{
	struct tls_peer *p = calloc(1, sizeof *p);

	must(p != NULL, "memory");
	p->alert = -1;
	p->ssl = SSL_new(s->ctx);
	p->in = BIO_new(BIO_s_mem());
	p->out = BIO_new(BIO_s_mem());
	must(p->ssl != NULL && p->in != NULL && p->out != NULL, "connection");
	SSL_set_bio(p->ssl, p->in, p->out);
	SSL_set_app_data(p->ssl, p);
	SSL_set_info_callback(p->ssl, on_info);
	SSL_set_accept_state(p->ssl);
	return p;
}

void tls_peer_free(struct tls_peer *p)
{
	/* Else OpenSSL forgets the session of a connection that was cut. */
	SSL_set_shutdown(p->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(p->ssl);
	free(p);
}

void tls_peer_feed(struct tls_peer *p, const void *data, size_t len)
{
	uint8_t none;

	if (len > 0)
		must(BIO_write(p->in, data, (int)len) == (int)len, "feed");
	if (!SSL_is_init_finished(p->ssl))
		(void)SSL_do_handshake(p->ssl);
	(void)SSL_peek(p->ssl, &none, 1);   /* lets it see alerts */
	ERR_clear_error();
}

size_t tls_peer_take(struct tls_peer *p, void *buf, size_t size)
{
	int n = BIO_read(p->out, buf, (int)size);

	return n > 0 ? (size_t)n : 0;
}

size_t tls_peer_read(struct tls_peer *p, void *buf, size_t size)
{
	int n = SSL_read(p->ssl, buf, (int)size);

	ERR_clear_error();
	return n > 0 ? (size_t)n : 0;
}

void tls_peer_write(struct tls_peer *p, const void *data, size_t len)
{
	must(SSL_write(p->ssl, data, (int)len) == (int)len, "write");
}

void tls_peer_close(struct tls_peer *p)
{
	(void)SSL_shutdown(p->ssl);
	ERR_clear_error();
}

bool tls_peer_up(const struct tls_peer *p)
{
	return SSL_is_init_finished(p->ssl);
}

bool tls_peer_resumed(const struct tls_peer *p)
{
	return SSL_session_reused(p->ssl) != 0;
}

const char *tls_peer_sni(const struct tls_peer *p)
{
	return p->sni;
}

int tls_peer_alert(const struct tls_peer *p)
{
	return p->alert;
}
