/* SPDX-License-Identifier: Apache-2.0 */
/* cmocka_all.h - cmocka with the headers that it wants before it. */
#ifndef TERN_TESTS_CMOCKA_ALL_H
#define TERN_TESTS_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
