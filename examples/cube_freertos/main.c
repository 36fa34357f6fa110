/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - Tern under FreeRTOS: one task owns it, and sleeps until a UART's interrupt,
 * another task or a deadline wakes it.  In a project of CubeMX main.c is there already:
 * what stands between USER CODE marks is to be added to it, the rest shows where.
 */
#include "main.h"
/* USER CODE BEGIN Includes */
#include "cloud.h"
#include "cloud_task.h"

#include "FreeRTOS.h"
#include "task.h"

#include <stddef.h>
/* USER CODE END Includes */

/* CubeMX writes these, in main.c or in files of their own. */
void SystemClock_Config(void);
void MX_GPIO_Init(void);
void MX_DMA_Init(void);
void MX_USART2_UART_Init(void);
void MX_USART3_UART_Init(void);

/* USER CODE BEGIN 0 */

/* Words.  Tern needs 3.1 KB at its deepest, in a handshake; what FreeRTOS saves of a
 * task comes on top. */
enum { STACK = 1024 };

static StackType_t stack[STACK];
static StaticTask_t task_memory;
static TaskHandle_t cloud_task;

static void run_cloud(void *unused)
{
	(void)unused;
	cloud_init();
	for (;;)
		if (!cloud_pass())
			(void)ulTaskNotifyTake(pdTRUE, pdMS_TO_TICKS(cloud_sleep_ms()));
}

/* A UART may speak before the scheduler runs: then nobody is asleep. */
void cloud_wake_from_isr(void)
{
	BaseType_t higher = pdFALSE;

	if (cloud_task == NULL)
		return;
	vTaskNotifyGiveFromISR(cloud_task, &higher);
	portYIELD_FROM_ISR(higher);
}

void cloud_task_wake(void)
{
	xTaskNotifyGive(cloud_task);
}
/* USER CODE END 0 */

int main(void)
{
	HAL_Init();
	SystemClock_Config();
	MX_GPIO_Init();
	MX_DMA_Init();                   /* before the UARTs that use it */
	MX_USART2_UART_Init();
	MX_USART3_UART_Init();
	/* USER CODE BEGIN 2 */
	cloud_task = xTaskCreateStatic(run_cloud, "cloud", STACK, NULL, tskIDLE_PRIORITY + 2, stack, &task_memory);
	/* USER CODE END 2 */
	vTaskStartScheduler();           /* osKernelStart(), with CMSIS-RTOS */
	while (1) {
	}
}
