/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/tls_variant.h"

#include "crypto/mbed.h"

#include <mbedtls/ssl_ciphersuites.h>
#include <psa/crypto.h>

static const int suites[] = {
	MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,
	MBEDTLS_TLS1_3_AES_128_GCM_SHA256,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	0
};

static const uint16_t signatures[] = {
	MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256,
	MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384,
	MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256,
	MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA384,
	MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA512,
	MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256,
	MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA384,
	MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA512,
	MBEDTLS_TLS1_3_SIG_NONE
};

/* PSA's generator, as MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG wants it. */
psa_status_t mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t *context, uint8_t *out, size_t size,
					     size_t *len)
{
	(void)context;
	*len = 0;
	if (rng_bytes(&crypto_current()->rng, out, size) != ERR_OK)
		return PSA_ERROR_INSUFFICIENT_ENTROPY;
	*len = size;
	return PSA_SUCCESS;
}

static int prepare(void)
{
	return psa_crypto_init() == PSA_SUCCESS ? 0 : MBEDTLS_ERR_SSL_HW_ACCEL_FAILED;
}

static void configure(mbedtls_ssl_config *conf)
{
	mbedtls_ssl_conf_tls13_key_exchange_modes(conf, MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL |
							MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK_EPHEMERAL);
	mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
		conf, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
}

/* This build keeps the peer's certificate, 1 to 2 KB; resuming needs none of it. */
static void trim_session(mbedtls_ssl_session *session)
{
	mbedtls_x509_crt *crt = session->MBEDTLS_PRIVATE(peer_cert);

	session->MBEDTLS_PRIVATE(peer_cert) = NULL;
	if (crt != NULL)
		mbedtls_x509_crt_free(crt);
	arena_free(&crypto_current()->arena, crt);
}

const struct tls_variant tls_variant = {
	.max_version = MBEDTLS_SSL_VERSION_TLS1_3,
	.suites = suites,
	.signatures = signatures,
	.prepare = prepare,
	.configure = configure,
	.trim_session = trim_session,
};
