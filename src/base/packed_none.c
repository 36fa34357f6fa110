/* SPDX-License-Identifier: Apache-2.0 */
/* No text is packed.  Builds that pack have a file of tools/pack_text.py instead. */
#include "base/packed.h"

const uint8_t packed_pairs[1][2] = { { 0, 0 } };
const uint8_t packed_count = 0;
