/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mbedtls_seams.h - in front of every file that sees mbedTLS (cmake/mbedtls.cmake).
 *
 * MBEDTLS_SSL_VARIABLE_BUFFER_LENGTH: mbedTLS asks its context how large the
 * input buffer is, and tls_records.c makes it as large as the record at hand.
 * mbedTLS's own use of the option is edited out: at the end of a handshake it
 * shrinks the buffers to a fragment length that nobody agreed on, and the next
 * large record fails.  For that it wants MAX_FRAGMENT_LENGTH to be built, which
 * is left out; so the option is defined here, behind the check of the
 * configuration, with the two functions that then are named but never called.
 */
#ifndef TERN_CRYPTO_MBEDTLS_SEAMS_H
#define TERN_CRYPTO_MBEDTLS_SEAMS_H

#include <mbedtls/build_info.h>

#define MBEDTLS_SSL_VARIABLE_BUFFER_LENGTH
#define TLS_RECORDS_SMALL 256   /* bytes of the first buffer, and of one that is empty */

struct mbedtls_ssl_context;

size_t mbedtls_ssl_get_input_max_frag_len(const struct mbedtls_ssl_context *ssl);
size_t mbedtls_ssl_get_output_max_frag_len(const struct mbedtls_ssl_context *ssl);

#endif
