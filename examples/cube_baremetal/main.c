/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - Tern in a superloop.  In a project of CubeMX main.c is there already: what
 * stands between USER CODE marks is to be added to it, the rest shows where.
 */
#include "main.h"
/* USER CODE BEGIN Includes */
#include "cloud.h"

#include <stdatomic.h>
/* USER CODE END Includes */

/* CubeMX writes these, in main.c or in files of their own. */
void SystemClock_Config(void);
void MX_GPIO_Init(void);
void MX_DMA_Init(void);
void MX_USART2_UART_Init(void);
void MX_USART3_UART_Init(void);

/* USER CODE BEGIN 0 */
static atomic_bool woken;

void cloud_wake_from_isr(void)
{
	atomic_store(&woken, true);
}

/* Looking and falling asleep with interrupts masked, or a byte could come between the
 * two.  A pending interrupt, the tick at the latest, ends the sleep all the same and
 * runs once they are unmasked. */
static void wait_for_interrupt(void)
{
	__disable_irq();
	if (!atomic_exchange(&woken, false))
		__WFI();
	__enable_irq();
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
	cloud_init();
	/* USER CODE END 2 */
	while (1) {
		/* USER CODE BEGIN 3 */
		if (!cloud_pass())
			wait_for_interrupt();
		/* what else the loop does */
	}
	/* USER CODE END 3 */
}
