/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ecc.h - reading flash that a power cut may have left half written.
 *
 * The flash holds 8 check bits to each 64 bits.  One wrong bit is corrected in
 * passing; more than one raise the non-maskable interrupt (RM0351 3.3.4).  A
 * granule whose programming was cut short is such a case and must not stop the
 * program, or the board would never start again: the interrupt is expected
 * while a granule is read here, and is a fault at any other time.
 */
#ifndef TERN_STM32L496_ECC_H
#define TERN_STM32L496_ECC_H

#include <stdbool.h>
#include <stdint.h>

/* Read the granule at CELL, a multiple of 8; false if it cannot be corrected.
 * The data cache is off, or it might answer instead of the flash. */
bool ecc_read(const volatile uint32_t *cell, uint32_t out[2]);

/* The interrupt's work: true if it came from the granule that is being read. */
bool ecc_nmi(void);

/* The rule: what address FLASH_ECCR speaks of. */
uint32_t ecc_address(uint32_t eccr);

#endif
