/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hal.h - a stand-in for the calls of ST's HAL that examples/cube uses, so that the
 * examples compile, link and run here.  Own declarations with the HAL's names and
 * arguments; it is not the HAL, and holds nothing of it.
 */
#ifndef TERN_TESTS_CUBE_HAL_H
#define TERN_TESTS_CUBE_HAL_H

#include <stdint.h>

typedef enum { HAL_OK, HAL_ERROR, HAL_BUSY, HAL_TIMEOUT } HAL_StatusTypeDef;
typedef enum { GPIO_PIN_RESET, GPIO_PIN_SET } GPIO_PinState;
typedef struct { int standin; } UART_HandleTypeDef;
typedef struct { int standin; } RNG_HandleTypeDef;
typedef struct { int standin; } GPIO_TypeDef;

HAL_StatusTypeDef HAL_Init(void);
uint32_t HAL_GetTick(void);
uint32_t HAL_GetUIDw0(void);
uint32_t HAL_GetUIDw1(void);
uint32_t HAL_GetUIDw2(void);

HAL_StatusTypeDef HAL_UARTEx_ReceiveToIdle_DMA(UART_HandleTypeDef *huart, uint8_t *buf, uint16_t size);
HAL_StatusTypeDef HAL_UART_Transmit_DMA(UART_HandleTypeDef *huart, const uint8_t *data, uint16_t size);
void HAL_UARTEx_RxEventCallback(UART_HandleTypeDef *huart, uint16_t size);
void HAL_UART_TxCpltCallback(UART_HandleTypeDef *huart);
void HAL_UART_ErrorCallback(UART_HandleTypeDef *huart);

void HAL_GPIO_WritePin(GPIO_TypeDef *port, uint16_t pin, GPIO_PinState state);
extern GPIO_TypeDef standin_port_a;
#define LD2_GPIO_Port (&standin_port_a)
#define LD2_Pin       ((uint16_t)0x0020)

HAL_StatusTypeDef HAL_FLASH_Unlock(void);
HAL_StatusTypeDef HAL_FLASH_Lock(void);
HAL_StatusTypeDef HAL_FLASH_Program(uint32_t type, uint32_t addr, uint64_t data);

HAL_StatusTypeDef HAL_RNG_GenerateRandomNumber(RNG_HandleTypeDef *hrng, uint32_t *word);

/* of CMSIS */
void __disable_irq(void);
void __enable_irq(void);
void __WFI(void);
void NVIC_SystemReset(void);

#endif
