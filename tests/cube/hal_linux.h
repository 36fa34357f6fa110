/* SPDX-License-Identifier: Apache-2.0 */
/* hal_linux.h - the pages of the flash, for both families' ways to erase them. */
#ifndef TERN_TESTS_CUBE_HAL_LINUX_H
#define TERN_TESTS_CUBE_HAL_LINUX_H

#include <stdint.h>

void hal_flash_erase(uint32_t addr);

#endif
