/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Montgomery's multiplication M(a, b) = a b / R mod N, R = 2^(bits of N's limbs),
 * is mbedTLS's.  Its way to the first factor, R^2 mod N, is a long division of a
 * number of twice N's size by N, which takes more memory and time than the
 * exponentiation.  Here 1 is doubled until it is R 2^k mod N, and M squares that
 * until k has become R's own exponent.
 */
#include "crypto/rsa_public.h"

#include <bignum_core.h>
#include <mbedtls/platform.h>
#include <string.h>

enum { LIMB_BITS = 8 * sizeof(mbedtls_mpi_uint), EXPONENT_BITS_MAX = 64, DOUBLINGS = 128 };

struct modulus {
	const mbedtls_mpi_uint *n;
	size_t                  limbs;
	mbedtls_mpi_uint        mm;     /* -1 / n mod 2^LIMB_BITS */
	mbedtls_mpi_uint       *work;   /* 2 limbs + 1 */
};

/* x = a b / R mod n; all may be the same. */
static void multiply(const struct modulus *m, mbedtls_mpi_uint *x, const mbedtls_mpi_uint *a, const mbedtls_mpi_uint *b)
{
	mbedtls_mpi_core_montmul(x, a, b, m->limbs, m->n, m->limbs, m->mm, m->work);
}

/* x = 2 x mod n */
static void twice(const struct modulus *m, mbedtls_mpi_uint *x)
{
	mbedtls_mpi_uint carry = x[m->limbs - 1] >> (LIMB_BITS - 1);
	mbedtls_mpi_uint borrow;

	mbedtls_mpi_core_shift_l(x, m->limbs, 1);
	borrow = mbedtls_mpi_core_sub(m->work, x, m->n, m->limbs);
	if (carry == borrow)
		memcpy(x, m->work, m->limbs * sizeof *x);
}

/* x = R^2 mod n, for n of BITS bits */
static void square_of_r(const struct modulus *m, size_t bits, mbedtls_mpi_uint *x)
{
	size_t r_bits = m->limbs * LIMB_BITS, k = r_bits, squarings = 0;

	for (; k > DOUBLINGS && k % 2 == 0; k /= 2)
		squarings++;
	memset(x, 0, m->limbs * sizeof *x);
	x[(bits - 1) / LIMB_BITS] = (mbedtls_mpi_uint)1 << (bits - 1) % LIMB_BITS;
	for (size_t i = bits - 1; i < r_bits + k; i++)
		twice(m, x);
	for (; squarings > 0; squarings--)
		multiply(m, x, x, x);
}

/* x = a^e mod n, from e's second bit down.  Its last bit is 1: multiplying by a
 * itself for it divides by the R that is in x. */
static void power(const struct modulus *m, mbedtls_mpi_uint *x, mbedtls_mpi_uint *ar, const mbedtls_mpi_uint *a,
		  const mbedtls_mpi *e)
{
	multiply(m, ar, a, x);
	memcpy(x, ar, m->limbs * sizeof *x);
	for (size_t bit = mbedtls_mpi_bitlen(e) - 1; bit-- > 0;) {
		multiply(m, x, x, x);
		if (mbedtls_mpi_get_bit(e, bit))
			multiply(m, x, x, bit > 0 ? ar : a);
	}
}

int rsa_public(mbedtls_mpi *X, const mbedtls_mpi *A, const mbedtls_mpi *E, const mbedtls_mpi *N, mbedtls_mpi *cache)
{
	size_t bits = mbedtls_mpi_bitlen(N), e_bits = mbedtls_mpi_bitlen(E);
	struct modulus m = { .n = N->MBEDTLS_PRIVATE(p), .limbs = (bits + LIMB_BITS - 1) / LIMB_BITS };
	mbedtls_mpi_uint *memory;
	int ret;

	(void)cache;
	if (bits < 2 || e_bits < 2 || e_bits > EXPONENT_BITS_MAX || mbedtls_mpi_get_bit(N, 0) == 0 ||
	    mbedtls_mpi_get_bit(E, 0) == 0)
		return MBEDTLS_ERR_MPI_BAD_INPUT_DATA;
	ret = mbedtls_mpi_copy(X, A);
	if (ret == 0)
		ret = mbedtls_mpi_grow(X, m.limbs);
	if (ret != 0)
		return ret;
	memory = mbedtls_calloc(4 * m.limbs + 1, sizeof *memory);
	if (memory == NULL)
		return MBEDTLS_ERR_MPI_ALLOC_FAILED;
	m.mm = mbedtls_mpi_core_montmul_init(m.n);
	m.work = memory + 2 * m.limbs;
	square_of_r(&m, bits, memory);
	power(&m, memory, memory + m.limbs, X->MBEDTLS_PRIVATE(p), E);
	memcpy(X->MBEDTLS_PRIVATE(p), memory, m.limbs * sizeof *memory);
	mbedtls_free(memory);
	return 0;
}
