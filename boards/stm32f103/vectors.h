/* SPDX-License-Identifier: Apache-2.0 */
/* vectors.h - the interrupts that this board serves. */
#ifndef TERN_STM32F103_VECTORS_H
#define TERN_STM32F103_VECTORS_H

void DMA1_Channel6_IRQHandler(void);
void USART2_IRQHandler(void);
void USART3_IRQHandler(void);
void TIM5_IRQHandler(void);

#endif
