/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.h - pages of the chip's flash for settings, key and seed.  Link store_f1.c
 * or store_l4.c, and keep the linker's hands off: take the pages out of FLASH in
 * the project's .ld.
 */
#ifndef STORE_H
#define STORE_H

#include <tern.h>

extern const struct tern_flash store;

#endif
