/* SPDX-License-Identifier: Apache-2.0 */
/* mbedtls_config_tls13.h - mbedtls_config.h with TLS 1.3 beside TLS 1.2. */
#ifndef TERN_CRYPTO_MBEDTLS_CONFIG_TLS13_H
#define TERN_CRYPTO_MBEDTLS_CONFIG_TLS13_H

#include "mbedtls_config.h"

#define MBEDTLS_SSL_PROTO_TLS1_3
#define MBEDTLS_SSL_TLS1_3_COMPATIBILITY_MODE
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ENABLED
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK_EPHEMERAL_ENABLED
#define MBEDTLS_SSL_KEEP_PEER_CERTIFICATE     /* TLS 1.3 does not build without */
#define MBEDTLS_PKCS1_V21
#define MBEDTLS_X509_RSASSA_PSS_SUPPORT       /* else no RSA server under TLS 1.3 */
#define MBEDTLS_HKDF_C

/* TLS 1.3 works through PSA; its generator is that of the current struct crypto. */
#define MBEDTLS_PSA_CRYPTO_C
#define MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG
#define MBEDTLS_PSA_KEY_SLOT_COUNT 32         /* static; one a handshake in progress */

#endif
