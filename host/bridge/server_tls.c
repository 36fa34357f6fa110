/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/server_tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

#define LOOK_THERE  "on the device: 'why', or its own log, says more"
#define TLS_CIPHERS "on the device: enable ECDHE with AES-GCM or ChaCha20 in its TLS library"
#define TLS_LINE    "on the device: look for bytes lost between modem and chip"

/* What a device's alert, or its first bytes, say about it; and what is to be done. */
static const struct hint { int reason; const char *text, *act; } hints[] = {
	{ SSL_R_TLSV1_ALERT_UNKNOWN_CA, "the device does not trust this server's certificate",
	  "on the device: store the root that 'tern-bridge init' printed" },
	{ SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, "the device refuses this server's certificate: one of the host name it "
	  "dialled is not in it, its clock is wrong, or it trusts another root",
	  "on the device: compare host, clock and roots with what 'tern-bridge --check' prints" },
	{ SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, "the device takes this server's certificate for expired: either it "
	  "is, or the device's clock is wrong",
	  "here: 'tern-bridge --check' shows its dates; else set the device's clock" },
	{ SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, "the device refuses this server's certificate and does not say why: "
	  "most likely its root is missing there", "on the device: store the root that 'tern-bridge init' printed" },
	{ SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE,
	  "the device cannot check a certificate of this kind (key, signature)",
	  "here: a certificate with a P-256 key; or enable this kind in the device's TLS library" },
	{ SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE, "the device accepts none of what this server offers", TLS_CIPHERS },
	{ SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, "the device speaks no TLS version that this server allows (1.2, 1.3)",
	  "on the device: enable TLS 1.2 or 1.3" },
	{ SSL_R_UNSUPPORTED_PROTOCOL, "the device offers only TLS versions older than 1.2",
	  "on the device: enable TLS 1.2 or 1.3" },
	{ SSL_R_NO_SHARED_CIPHER, "the device offers no cipher that this server allows", TLS_CIPHERS },
	{ SSL_R_NO_SUITABLE_KEY_SHARE, "the device offers no elliptic curve that this server has",
	  "on the device: enable P-256 or X25519 in its TLS library" },
	{ SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, "the device cannot check signatures of this server's key",
	  "on the device: enable SHA-256 with ECDSA or RSA in its TLS library" },
	{ SSL_R_HTTP_REQUEST, "somebody speaks HTTP here: this port is MQTT over TLS", "there: correct the port" },
	{ SSL_R_HTTPS_PROXY_REQUEST, "somebody takes this port for a proxy: it is MQTT over TLS",
	  "there: correct the port" },
	{ SSL_R_WRONG_VERSION_NUMBER, "the first bytes are not TLS: MQTT without TLS, perhaps",
	  "on the device: switch TLS on for this port" },
	{ SSL_R_UNEXPECTED_EOF_WHILE_READING, "the device closed the connection in the middle of it", LOOK_THERE },
	{ SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC, "bytes were damaged on the way", TLS_LINE },
	{ SSL_R_SSLV3_ALERT_BAD_RECORD_MAC, "bytes were damaged on the way to the device", TLS_LINE },
};

static const struct hint *hint_of(int reason)
{
	size_t i;

	for (i = 0; i < sizeof hints / sizeof *hints; i++)
		if (hints[i].reason == reason)
			return &hints[i];
	return NULL;
}

const char *server_tls_why(char *text, size_t size, const char **act)
{
	int error = errno;
	unsigned long e = ERR_get_error();
	const char *words = e != 0 ? ERR_reason_error_string(e) : NULL;
	const struct hint *hint = e != 0 && ERR_GET_LIB(e) == ERR_LIB_SSL ? hint_of(ERR_GET_REASON(e)) : NULL;

	ERR_clear_error();
	*act = hint != NULL ? hint->act : LOOK_THERE;
	if (hint != NULL)
		snprintf(text, size, "%s (%s)", hint->text, words != NULL ? words : "TLS");
	else if (words != NULL)
		snprintf(text, size, "%s", words);
	else if (error == 0)
		snprintf(text, size, "the device closed the connection");
	else
		snprintf(text, size, "%s", strerror(error));
	return text;
}

/* errno and the queue tell about the next call only. */
static void prepare(void)
{
	ERR_clear_error();
	errno = 0;
}

/* errno stays as the call left it, for server_tls_why(). */
static enum server_tls_result result_of(const struct ssl_st *t, int n)
{
	if (n > 0)
		return SERVER_TLS_DONE;
	switch (SSL_get_error(t, n)) {
	case SSL_ERROR_WANT_READ:
		return SERVER_TLS_WANTS_READ;
	case SSL_ERROR_WANT_WRITE:
		return SERVER_TLS_WANTS_WRITE;
	case SSL_ERROR_ZERO_RETURN:
		errno = 0;
		return SERVER_TLS_ENDED;
	default:
		return SERVER_TLS_ENDED;
	}
}

struct ssl_st *server_tls_new(struct ssl_ctx_st *ctx, int fd)
{
	SSL *t = SSL_new(ctx);

	if (t != NULL && SSL_set_fd(t, fd) != 1) {
		SSL_free(t);
		return NULL;
	}
	if (t != NULL)
		SSL_set_mode(t, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	return t;
}

void server_tls_free(struct ssl_st *t)
{
	SSL_free(t);
}

enum server_tls_result server_tls_accept(struct ssl_st *t, bool *resumed)
{
	int n;

	prepare();
	n = SSL_accept(t);
	*resumed = n == 1 && SSL_session_reused(t);
	return result_of(t, n);
}

enum server_tls_result server_tls_read(struct ssl_st *t, uint8_t *buf, size_t *len)
{
	int n;

	prepare();
	n = SSL_read(t, buf, (int)*len);
	*len = n > 0 ? (size_t)n : 0;
	return result_of(t, n);
}

enum server_tls_result server_tls_write(struct ssl_st *t, const uint8_t *data, size_t len, size_t *taken)
{
	int n;

	prepare();
	n = SSL_write(t, data, len > SERVER_TLS_RECORD ? SERVER_TLS_RECORD : (int)len);
	*taken = n > 0 ? (size_t)n : 0;
	return result_of(t, n);
}

bool server_tls_has_more(const struct ssl_st *t)
{
	return SSL_has_pending(t) == 1;
}

void server_tls_farewell(struct ssl_st *t)
{
	prepare();
	SSL_shutdown(t);
	ERR_clear_error();
}
