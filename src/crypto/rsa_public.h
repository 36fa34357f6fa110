/* SPDX-License-Identifier: Apache-2.0 */
/* rsa_public.h - RSA's public operation in a quarter of mbedTLS's memory and
 * half its time.  Private to this folder; rsa.c calls it in the place of
 * mbedtls_mpi_exp_mod_unsafe() (cmake/mbedtls.cmake). */
#ifndef TERN_CRYPTO_RSA_PUBLIC_H
#define TERN_CRYPTO_RSA_PUBLIC_H

#include <mbedtls/bignum.h>

/* X = A^E mod N, with 0 <= A < N, N odd; E odd and below 2^64, so that nobody's
 * certificate can keep the device busy.  X may be A.  Nothing here is secret.
 * CACHE stays unused.
 *   MBEDTLS_ERR_MPI_BAD_INPUT_DATA, MBEDTLS_ERR_MPI_ALLOC_FAILED */
int rsa_public(mbedtls_mpi *X, const mbedtls_mpi *A, const mbedtls_mpi *E, const mbedtls_mpi *N, mbedtls_mpi *cache);

#endif
