/* SPDX-License-Identifier: Apache-2.0 */
/* No text is packed: whatever is not ASCII ends one.  Builds that pack have a file of
 * tools/pack_text.py instead. */
#include "base/packed.h"

const uint16_t packed_lengths[] = { 2 };
const uint8_t packed_numbers[] = { 0x00, 0x3f, 0xf0, 0x03, 0xff };     /* 0, 0x3ff, 0, 0x3ff */
const uint16_t packed_symbols = 0;
