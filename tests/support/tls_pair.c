/* SPDX-License-Identifier: Apache-2.0 */
#include "support/tls_pair.h"

#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

static int on_ticket(SSL *ssl, SSL_SESSION *session)
{
	struct tls_pair *p = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	SSL_SESSION_free(p->ticket);
	p->ticket = session;
	return 1;
}

static bool make_client(struct tls_pair *p, const struct tls_pair_client *how)
{
	SSL_CTX *c = p->client_ctx = SSL_CTX_new(TLS_client_method());

	SSL_CTX_set_app_data(c, p);
	SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(c, on_ticket);
	SSL_CTX_set_min_proto_version(c, how->version != 0 ? how->version : TLS1_VERSION);
	SSL_CTX_set_max_proto_version(c, how->version);
	SSL_CTX_set_security_level(c, 0);
	if ((how->ciphers != NULL && SSL_CTX_set_cipher_list(c, how->ciphers) != 1) ||
	    (how->suites != NULL && SSL_CTX_set_ciphersuites(c, how->suites) != 1) ||
	    (how->groups != NULL && SSL_CTX_set1_groups_list(c, how->groups) != 1) ||
	    (how->signatures != NULL && SSL_CTX_set1_sigalgs_list(c, how->signatures) != 1) ||
	    (how->fragment != 0 && SSL_CTX_set_tlsext_max_fragment_length(c, (uint8_t)how->fragment) != 1) ||
	    (how->root != NULL && SSL_CTX_load_verify_file(c, how->root) != 1))
		return false;
	SSL_CTX_set_verify(c, how->root != NULL ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	p->client = SSL_new(c);
	if (how->host != NULL)
		SSL_set1_host(p->client, how->host);
	if (how->session != NULL) {
		SSL_SESSION *copy = SSL_SESSION_dup(how->session);    /* OpenSSL uses one of TLS 1.3 only once */

		SSL_set_session(p->client, copy);
		SSL_SESSION_free(copy);
	}
	return true;
}

static void note(struct tls_pair *p, const char *who, SSL *ssl, int result)
{
	unsigned long e = ERR_peek_error();

	if (p->error[0] == '\0' && SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ)
		snprintf(p->error, sizeof p->error, "%s: %s", who,
			 ERR_reason_error_string(e) != NULL ? ERR_reason_error_string(e) : "?");
	ERR_clear_error();
}

static bool shake(struct tls_pair *p)
{
	for (int turn = 0; turn < 20 && p->error[0] == '\0'; turn++) {
		int c = SSL_do_handshake(p->client), s;

		if (c != 1)
			note(p, "client", p->client, c);
		s = SSL_do_handshake(p->server);
		if (s != 1)
			note(p, "server", p->server, s);
		if (c == 1 && s == 1)
			return true;
	}
	return false;
}

bool tls_pair_open(struct tls_pair *p, SSL_CTX *server, const struct tls_pair_client *how)
{
	BIO *a, *b;

	memset(p, 0, sizeof *p);
	ERR_clear_error();
	if (!make_client(p, how)) {
		snprintf(p->error, sizeof p->error, "client's set-up");
		ERR_clear_error();
		return false;
	}
	p->server = SSL_new(server);
	BIO_new_bio_pair(&a, 65536, &b, 65536);
	SSL_set_bio(p->client, a, a);
	SSL_set_bio(p->server, b, b);
	SSL_set_connect_state(p->client);
	SSL_set_accept_state(p->server);
	if (!shake(p) || !tls_pair_echo(p, "tickets come with the first bytes"))
		return false;
	if (SSL_version(p->client) != TLS1_3_VERSION)    /* a ticket that was replaced is not told */
		on_ticket(p->client, SSL_get1_session(p->client));
	return true;
}

static bool carry(struct tls_pair *p, SSL *from, SSL *to, const char *text)
{
	char got[256];
	int n = (int)strlen(text), result = SSL_write(from, text, n);

	if (result != n) {
		note(p, "write", from, result);
		return false;
	}
	result = SSL_read(to, got, sizeof got);
	if (result != n || memcmp(got, text, (size_t)n) != 0)
		note(p, "read", to, result);
	return result == n && memcmp(got, text, (size_t)n) == 0;
}

bool tls_pair_echo(struct tls_pair *p, const char *text)
{
	return carry(p, p->client, p->server, text) && carry(p, p->server, p->client, text);
}

void tls_pair_close(struct tls_pair *p)
{
	if (p->client != NULL)
		SSL_set_shutdown(p->client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);   /* else its session is void */
	SSL_free(p->client);
	SSL_free(p->server);
	SSL_SESSION_free(p->ticket);
	SSL_CTX_free(p->client_ctx);
	memset(p, 0, sizeof *p);
	ERR_clear_error();
}
