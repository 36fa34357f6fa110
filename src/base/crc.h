/* SPDX-License-Identifier: Apache-2.0 */
/* crc.h - CRC-32 as in IEEE 802.3 (reflected 0xEDB88320, start and end inverted). */
#ifndef TERN_BASE_CRC_H
#define TERN_BASE_CRC_H

#include <stddef.h>
#include <stdint.h>

/* CRC of N bytes at P, continuing from CRC: start with 0.
 * crc32(0, "123456789", 9) is 0xcbf43926. */
uint32_t crc32(uint32_t crc, const void *p, size_t n);

#endif
