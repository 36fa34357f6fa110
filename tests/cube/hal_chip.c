/* SPDX-License-Identifier: Apache-2.0 */
/* hal_chip.c - something to link the examples with for a chip; it is not to run.  See
 * hal.h. */
#include "main.h"

#include "FreeRTOS.h"
#include "queue.h"
#include "task.h"

#include <stddef.h>

UART_HandleTypeDef huart2, huart3;
RNG_HandleTypeDef hrng;
GPIO_TypeDef standin_port_a;

HAL_StatusTypeDef HAL_Init(void) { return HAL_OK; }
uint32_t HAL_GetTick(void) { return 0; }
uint32_t HAL_GetUIDw0(void) { return 0; }
uint32_t HAL_GetUIDw1(void) { return 0; }
uint32_t HAL_GetUIDw2(void) { return 0; }
void HAL_GPIO_WritePin(GPIO_TypeDef *port, uint16_t pin, GPIO_PinState state) { (void)port; (void)pin; (void)state; }
HAL_StatusTypeDef HAL_FLASH_Unlock(void) { return HAL_OK; }
HAL_StatusTypeDef HAL_FLASH_Lock(void) { return HAL_OK; }
void __disable_irq(void) { }
void __enable_irq(void) { }
void __WFI(void) { }
void NVIC_SystemReset(void) { }

HAL_StatusTypeDef HAL_UARTEx_ReceiveToIdle_DMA(UART_HandleTypeDef *huart, uint8_t *buf, uint16_t size)
{
	(void)huart;
	(void)buf;
	(void)size;
	return HAL_OK;
}

HAL_StatusTypeDef HAL_UART_Transmit_DMA(UART_HandleTypeDef *huart, const uint8_t *data, uint16_t size)
{
	(void)huart;
	(void)data;
	(void)size;
	return HAL_OK;
}

HAL_StatusTypeDef HAL_FLASH_Program(uint32_t type, uint32_t addr, uint64_t data)
{
	(void)type;
	(void)addr;
	(void)data;
	return HAL_OK;
}

HAL_StatusTypeDef HAL_FLASHEx_Erase(FLASH_EraseInitTypeDef *erase, uint32_t *bad_page)
{
	(void)erase;
	(void)bad_page;
	return HAL_OK;
}

HAL_StatusTypeDef HAL_RNG_GenerateRandomNumber(RNG_HandleTypeDef *rng, uint32_t *word)
{
	(void)rng;
	*word = 0;
	return HAL_OK;
}

void standin_clear_flash_flags(uint32_t flags);
void standin_clear_flash_flags(uint32_t flags) { (void)flags; }

void SystemClock_Config(void);
void MX_GPIO_Init(void);
void MX_DMA_Init(void);
void MX_USART2_UART_Init(void);
void MX_USART3_UART_Init(void);
void SystemClock_Config(void) { }
void MX_GPIO_Init(void) { }
void MX_DMA_Init(void) { }
void MX_USART2_UART_Init(void) { }
void MX_USART3_UART_Init(void) { }

/* ---- FreeRTOS ---- */

TaskHandle_t xTaskCreateStatic(TaskFunction_t function, const char *name, uint32_t stack_words, void *argument,
			       UBaseType_t priority, StackType_t *stack, StaticTask_t *memory)
{
	(void)name;
	(void)stack_words;
	(void)priority;
	(void)stack;
	(void)memory;
	function(argument);
	return NULL;
}

void vTaskStartScheduler(void) { }
void vTaskDelay(TickType_t ticks) { (void)ticks; }

uint32_t ulTaskNotifyTake(BaseType_t clear, TickType_t ticks)
{
	(void)clear;
	(void)ticks;
	return 0;
}

BaseType_t xTaskNotifyGive(TaskHandle_t task)
{
	(void)task;
	return pdTRUE;
}

void vTaskNotifyGiveFromISR(TaskHandle_t task, BaseType_t *higher)
{
	(void)task;
	*higher = pdFALSE;
}

QueueHandle_t xQueueCreateStatic(UBaseType_t length, UBaseType_t item_size, uint8_t *storage, StaticQueue_t *memory)
{
	(void)length;
	(void)item_size;
	(void)storage;
	(void)memory;
	return NULL;
}

BaseType_t xQueueSend(QueueHandle_t queue, const void *item, TickType_t ticks)
{
	(void)queue;
	(void)item;
	(void)ticks;
	return pdTRUE;
}

BaseType_t xQueuePeek(QueueHandle_t queue, void *item, TickType_t ticks)
{
	(void)queue;
	(void)item;
	(void)ticks;
	return pdFALSE;
}

BaseType_t xQueueReceive(QueueHandle_t queue, void *item, TickType_t ticks)
{
	(void)queue;
	(void)item;
	(void)ticks;
	return pdFALSE;
}
