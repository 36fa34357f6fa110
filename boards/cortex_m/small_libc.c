/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the images use of string.h, and the 64-bit division, made for size:
 * newlib's and libgcc's are for speed and take 1.7 KB more.  Two are in assembly,
 * since mbedTLS copies and clears small numbers all the time: as fast as newlib's
 * where both ends are words, faster elsewhere (the core reads and writes words at
 * any address).
 *
 * Compiled without link-time optimisation, so that calls which the compiler
 * makes up find them, and without recognising in them what they are.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Upward, sixteen bytes at a time, then four, then one.  Each part is read before
 * it is written, so it is memmove() for TO below FROM. */
__attribute__((naked)) void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	__asm("push {r0, r4, r5, lr}\n"
	      "subs r2, #16\n"
	      "blo 2f\n"
	      "1: ldr r3, [r1], #4\n"
	      "ldr r4, [r1], #4\n"
	      "ldr r5, [r1], #4\n"
	      "ldr ip, [r1], #4\n"
	      "str r3, [r0], #4\n"
	      "str r4, [r0], #4\n"
	      "str r5, [r0], #4\n"
	      "str ip, [r0], #4\n"
	      "subs r2, #16\n"
	      "bhs 1b\n"
	      "2: adds r2, #12\n"
	      "bmi 4f\n"
	      "3: ldr r3, [r1], #4\n"
	      "str r3, [r0], #4\n"
	      "subs r2, #4\n"
	      "bpl 3b\n"
	      "4: adds r2, #4\n"
	      "beq 6f\n"
	      "5: ldrb r3, [r1], #1\n"
	      "strb r3, [r0], #1\n"
	      "subs r2, #1\n"
	      "bne 5b\n"
	      "6: pop {r0, r4, r5, pc}\n");
}

__attribute__((naked)) void *memset(void *s, int c, size_t n)
{
	__asm("mov ip, r0\n"
	      "uxtb r1, r1\n"
	      "orr r1, r1, r1, lsl #8\n"
	      "orr r1, r1, r1, lsl #16\n"
	      "subs r2, #16\n"
	      "blo 2f\n"
	      "1: str r1, [r0], #4\n"
	      "str r1, [r0], #4\n"
	      "str r1, [r0], #4\n"
	      "str r1, [r0], #4\n"
	      "subs r2, #16\n"
	      "bhs 1b\n"
	      "2: adds r2, #12\n"
	      "bmi 4f\n"
	      "3: str r1, [r0], #4\n"
	      "subs r2, #4\n"
	      "bpl 3b\n"
	      "4: adds r2, #4\n"
	      "beq 6f\n"
	      "5: strb r1, [r0], #1\n"
	      "subs r2, #1\n"
	      "bne 5b\n"
	      "6: mov r0, ip\n"
	      "bx lr\n");
}

void *memmove(void *to, const void *from, size_t n)
{
	uint8_t *t = to;
	const uint8_t *f = from;

	if ((uintptr_t)t - (uintptr_t)f >= n)
		return memcpy(to, from, n);
	while (n-- > 0)
		t[n] = f[n];
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *x = a, *y = b;

	for (; n > 0; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

void *memchr(const void *s, int c, size_t n)
{
	for (const uint8_t *p = s; n > 0; n--, p++)
		if (*p == (uint8_t)c)
			return (void *)(uintptr_t)p;
	return NULL;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n] != '\0')
		n++;
	return n;
}

char *strchr(const char *s, int c)
{
	return memchr(s, c, strlen(s) + 1);
}

int strcmp(const char *a, const char *b)
{
	return memcmp(a, b, strlen(a) + 1);
}

/* r1:r0 / r3:r2: quotient to r1:r0, remainder to r3:r2 (Run-time ABI for the Arm
 * Architecture, 4.3.1).  Bit by bit, from the first word that is not 0. */
void __aeabi_uldivmod(void);
__attribute__((naked)) void __aeabi_uldivmod(void)
{
	__asm("push {r4-r7, lr}\n"
	      "movs r4, #0\n"             /* the remainder is r5:r4 */
	      "movs r5, #0\n"
	      "movs r6, #64\n"
	      "cbnz r1, 1f\n"
	      "mov r1, r0\n"
	      "movs r0, #0\n"
	      "movs r6, #32\n"
	      "1: adds r0, r0, r0\n"
	      "adcs r1, r1, r1\n"
	      "adcs r4, r4, r4\n"
	      "adcs r5, r5, r5\n"
	      "bcs 2f\n"
	      "subs r7, r4, r2\n"
	      "sbcs r7, r5, r3\n"
	      "bcc 3f\n"
	      "2: subs r4, r4, r2\n"
	      "sbc r5, r5, r3\n"
	      "adds r0, #1\n"
	      "3: subs r6, #1\n"
	      "bne 1b\n"
	      "mov r2, r4\n"
	      "mov r3, r5\n"
	      "pop {r4-r7, pc}\n");
}
