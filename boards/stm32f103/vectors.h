/* SPDX-License-Identifier: Apache-2.0 */
/* vectors.h - the interrupts that this board serves. */
#ifndef TERN_STM32F103_VECTORS_H
#define TERN_STM32F103_VECTORS_H

void USART2_IRQHandler(void);
void USART3_IRQHandler(void);

#endif
