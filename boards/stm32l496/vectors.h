/* SPDX-License-Identifier: Apache-2.0 */
/* vectors.h - the interrupts that this board serves. */
#ifndef TERN_STM32L496_VECTORS_H
#define TERN_STM32L496_VECTORS_H

void NMI_Handler(void);
void DMA1_Channel5_IRQHandler(void);
void USART1_IRQHandler(void);
void USART2_IRQHandler(void);

#endif
