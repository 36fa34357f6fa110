/* SPDX-License-Identifier: Apache-2.0 */
#include "stm32f103/oscillator.h"

#include "cortex_m/interrupts.h"
#include "cortex_m/ring.h"
#include "stm32f103/registers.h"
#include "stm32f103/vectors.h"

enum { RING_SIZE = 128 };

static uint8_t memory[RING_SIZE];
static struct ring ring;
static uint32_t last;
static bool timed;       /* last is the capture before the next one */

/* The other fields of MAPR are 0 on this board: JTAG's reads as anything, so that
 * nothing read may be written back (RM0008 9.4.2). */
bool oscillator_present(void)
{
	io_write(AFIO_MAPR, AFIO_MAPR_TIM5CH4_IREMAP);
	return (io_read(AFIO_MAPR) & AFIO_MAPR_TIM5CH4_IREMAP) != 0;
}

/* RM0008 15.3.5: input capture on channel 4 */
static void start(void)
{
	ring_init(&ring, memory, RING_SIZE);
	io_set(&RCC->APB1ENR, RCC_APB1ENR_TIM5EN);
	io_set(&RCC->CSR, RCC_CSR_LSION);    /* the watchdog has it on already */
	io_write(&TIM5->CCMR2, TIM_CCMR2_CC4S_TI4 | TIM_CCMR2_IC4PSC_8);
	io_write(&TIM5->CCER, TIM_CCER_CC4E);
	io_write(&TIM5->CR1, TIM_CR1_CEN);
	interrupt_enable(IRQ_TIM5);
}

/* Reading CCR4 clears its flag.  After an overcapture one is missing, so that
 * what follows is no interval; so it is with the first one. */
void TIM5_IRQHandler(void)
{
	bool missed = (io_read(&TIM5->SR) & TIM_SR_CC4OF) != 0;
	uint32_t now = io_read(&TIM5->CCR4);

	if (missed)
		io_write(&TIM5->SR, ~TIM_SR_CC4OF);    /* written 0: cleared */
	else if (timed)
		(void)ring_put(&ring, (uint8_t)(now - last));
	last = now;
	timed = !missed;
	if (ring_free(&ring) == 0)
		io_write(&TIM5->DIER, 0);
}

size_t oscillator_noise(uint8_t *samples, size_t n)
{
	size_t got;

	if (ring.size == 0 && oscillator_present())
		start();
	got = ring_read(&ring, samples, n);
	if (ring.size > 0 && io_read(&TIM5->DIER) == 0) {
		timed = false;
		(void)io_read(&TIM5->CCR4);
		io_write(&TIM5->DIER, TIM_DIER_CC4IE);
	}
	return got;
}
