/* SPDX-License-Identifier: Apache-2.0 */
/* groups.h - the parts of this test; each returns how many cases failed. */
#ifndef TERN_TESTS_STM32L496_GROUPS_H
#define TERN_TESTS_STM32L496_GROUPS_H

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

int uart_cases(void);
int flash_cases(void);

#endif
