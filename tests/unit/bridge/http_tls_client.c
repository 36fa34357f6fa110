/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/bridge/http_tls_client.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

struct http_tls_client {
	SSL_CTX *ctx;
	SSL     *ssl;
	const char *request;
	bool     sent;
	char     answer[65536];
	size_t   len;
};

struct ssl_ctx_st *http_tls_client_server(const char *name)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	X509_NAME *subject = X509_get_subject_name(cert);

	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(cert, subject);
	X509_gmtime_adj(X509_getm_notBefore(cert), -60);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_set_pubkey(cert, key);
	X509_sign(cert, key, EVP_sha256());
	if (SSL_CTX_use_certificate(ctx, cert) != 1 || SSL_CTX_use_PrivateKey(ctx, key) != 1)
		abort();
	X509_free(cert);
	EVP_PKEY_free(key);
	return ctx;
}

void http_tls_client_release(struct ssl_ctx_st *tls)
{
	SSL_CTX_free(tls);
}

struct http_tls_client *http_tls_client_new(int fd, const char *request)
{
	struct http_tls_client *c = calloc(1, sizeof *c);

	c->request = request;
	c->ctx = SSL_CTX_new(TLS_client_method());
	c->ssl = SSL_new(c->ctx);
	SSL_set_fd(c->ssl, fd);
	return c;
}

bool http_tls_client_step(struct http_tls_client *c, const char **answer, char *name, size_t size)
{
	int n;

	*answer = c->answer;
	if (SSL_connect(c->ssl) != 1)
		return false;
	if (!c->sent) {
		X509 *cert = SSL_get1_peer_certificate(c->ssl);

		X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, name, (int)size);
		X509_free(cert);
		c->sent = SSL_write(c->ssl, c->request, (int)strlen(c->request)) > 0;
	}
	while ((n = SSL_read(c->ssl, c->answer + c->len, (int)(sizeof c->answer - 1 - c->len))) > 0)
		c->len += (size_t)n;
	return SSL_get_error(c->ssl, n) == SSL_ERROR_ZERO_RETURN;
}

void http_tls_client_free(struct http_tls_client *c)
{
	SSL_free(c->ssl);
	SSL_CTX_free(c->ctx);
	free(c);
}
