/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mbedtls_config.h - what is built of mbedTLS 3.6: a TLS 1.2 client, ES256 and
 * RS256.  mbedtls_config_tls13.h adds TLS 1.3.
 *
 * What is compiled otherwise than it stands there, and why, is in
 * cmake/mbedtls.cmake.  Flash that single choices save is told beside them, as
 * measured in the demo image.  Left out on purpose:
 *   MAX_FRAGMENT_LENGTH   Google's servers ignore it, and a record takes no more
 *                         memory than it needs
 *   RENEGOTIATION, CBC suites, RSA key exchange, MD5, SHA-1
 */
#ifndef TERN_CRYPTO_MBEDTLS_CONFIG_H
#define TERN_CRYPTO_MBEDTLS_CONFIG_H

#include <stddef.h>

/* The platform: memory and time of the current struct crypto, in crypto.c. */
void *crypto_hook_calloc(size_t n, size_t size);
void crypto_hook_free(void *p);
long long crypto_hook_time(long long *t);

#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_PLATFORM_CALLOC_MACRO crypto_hook_calloc
#define MBEDTLS_PLATFORM_FREE_MACRO crypto_hook_free
#define MBEDTLS_HAVE_TIME
#define MBEDTLS_HAVE_TIME_DATE
#define MBEDTLS_PLATFORM_TIME_TYPE_MACRO long long
#define MBEDTLS_PLATFORM_TIME_MACRO crypto_hook_time
#define MBEDTLS_PLATFORM_GMTIME_R_ALT   /* newlib's needs a heap of its own and 6 KB of flash */
#define MBEDTLS_PLATFORM_MS_TIME_ALT
#define MBEDTLS_NO_PLATFORM_ENTROPY

/* Hashes. */
#define MBEDTLS_MD_C
#define MBEDTLS_SHA256_C
#define MBEDTLS_SHA384_C
#define MBEDTLS_SHA512_C
#define MBEDTLS_SHA256_PROCESS_ALT      /* sha256_block.c */
#define MBEDTLS_SHA512_SMALLER

/* Ciphers. */
#define MBEDTLS_CIPHER_C
#define MBEDTLS_AES_C
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_AES_FEWER_TABLES
#define MBEDTLS_AES_ONLY_128_BIT_KEY_LENGTH
#define MBEDTLS_BLOCK_CIPHER_NO_DECRYPT /* GCM only encrypts blocks; 2.5 KB */
#define MBEDTLS_GCM_C
#define MBEDTLS_CHACHA20_C              /* 2.9 KB: twice as fast as GCM, and nothing to be seen of a key in time */
#define MBEDTLS_POLY1305_C
#define MBEDTLS_CHACHAPOLY_C

/* Public keys. */
#define MBEDTLS_BIGNUM_C
#define MBEDTLS_HAVE_ASM
#define MBEDTLS_MPI_WINDOW_SIZE 3       /* RSA signing -23 %, no more memory */
#define MBEDTLS_MPI_MAX_SIZE 512        /* RSA 4096 */
#define MBEDTLS_ECP_C
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED
#define MBEDTLS_ECP_DP_SECP384R1_ENABLED
#define MBEDTLS_ECP_NIST_OPTIM          /* four times faster */
#define MBEDTLS_ECP_FIXED_POINT_OPTIM 1 /* 1.9 KB of tables, P-256 signing 2.4 times faster */
#define MBEDTLS_ECP_WINDOW_SIZE 4
#define MBEDTLS_ECP_RESTARTABLE
#define MBEDTLS_ECDH_C
#define MBEDTLS_ECDSA_C
#define MBEDTLS_RSA_C
#define MBEDTLS_PKCS1_V15
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C
#define MBEDTLS_PK_WRITE_C
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_OID_C

/* Certificates. */
#define MBEDTLS_X509_USE_C
#define MBEDTLS_X509_CRT_PARSE_C
#define MBEDTLS_X509_REMOVE_INFO

/* TLS 1.2 client. */
#define MBEDTLS_SSL_TLS_C
#define MBEDTLS_SSL_CLI_C
#define MBEDTLS_SSL_PROTO_TLS1_2
#define MBEDTLS_KEY_EXCHANGE_ECDHE_RSA_ENABLED
#define MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED
#define MBEDTLS_SSL_SERVER_NAME_INDICATION
#define MBEDTLS_SSL_EXTENDED_MASTER_SECRET
#define MBEDTLS_SSL_SESSION_TICKETS
#define MBEDTLS_SSL_ALL_ALERT_MESSAGES
#define MBEDTLS_SSL_CIPHERSUITES 0        /* the list is in tls_variant12.c and tls_variant13.c; 0.7 KB */
#define MBEDTLS_SSL_IN_CONTENT_LEN 16384  /* what a server may send (RFC 5246, 6.2.1) */
#define MBEDTLS_SSL_OUT_CONTENT_LEN 1408  /* a record and its overhead fill TLS_TX_SIZE */

#endif
