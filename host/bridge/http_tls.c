/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/http_tls.h"

#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

void http_tls_hold(struct ssl_ctx_st *tls)
{
	if (tls != NULL)
		SSL_CTX_up_ref(tls);
}

void http_tls_release(struct ssl_ctx_st *tls)
{
	SSL_CTX_free(tls);
}

struct bufferevent *http_tls_accept(struct event_base *base, evutil_socket_t fd, struct ssl_ctx_st *tls)
{
	SSL *ssl = SSL_new(tls);
	struct bufferevent *bev;

	if (ssl == NULL)
		return NULL;
	bev = bufferevent_openssl_socket_new(base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	if (bev == NULL)
		SSL_free(ssl);
	else
		bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	return bev;
}

void http_tls_say_goodbye(struct bufferevent *bev)
{
	SSL_shutdown(bufferevent_openssl_get_ssl(bev));
	ERR_clear_error();
}
