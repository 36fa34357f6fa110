/* SPDX-License-Identifier: Apache-2.0 */
#include "stm32f103/stop.h"

#include "cortex_m/interrupts.h"
#include "stm32f103/registers.h"
#include "stm32f103/rtc.h"

enum { CONSOLE_LINE = 11, ALARM_LINE = 17 };    /* PB11 (pin_map.h); the alarm (RM0008 10.2.5) */

static const uint32_t lines = 1u << CONSOLE_LINE | 1u << ALARM_LINE;

/* RM0008 10.3, 9.4.5: a falling edge of PB11, a rising one of the alarm */
static void listen(void)
{
	io_write(AFIO_EXTICR3, AFIO_EXTICR_PORT_B << CONSOLE_LINE % 4 * 4);
	io_write(&EXTI->FTSR, 1u << CONSOLE_LINE);
	io_write(&EXTI->RTSR, 1u << ALARM_LINE);
	io_write(&EXTI->PR, lines);
	io_write(&EXTI->IMR, lines);
	interrupt_enable(IRQ_EXTI15_10);
	interrupt_enable(IRQ_RTC_ALARM);
}

/* What is pending has done its work: it has ended the wait. */
static void listen_no_more(void)
{
	io_write(&EXTI->IMR, 0);
	io_write(&EXTI->PR, lines);
	interrupt_disable(IRQ_EXTI15_10);
	interrupt_disable(IRQ_RTC_ALARM);
}

/* The tick would wake the core at once if it were pending. */
static void rest(void)
{
	uint32_t stk = io_read(&STK->CTRL);

	io_write(&STK->CTRL, 0);
	io_write(&SCB->ICSR, SCB_ICSR_PENDSTCLR);
	io_change(PWR_CR, PWR_CR_PDDS, false);
	io_set(PWR_CR, PWR_CR_LPDS);
	io_set(&SCB->SCR, SCB_SCR_SLEEPDEEP);
	core_wait();
	io_clear(&SCB->SCR, SCB_SCR_SLEEPDEEP);
	io_write(&STK->CTRL, stk);
}

uint32_t stop_for(uint32_t ms)
{
	uint32_t begin, end;

	if (ms < STOP_LEAST_MS || !rtc_ms(&begin) || !rtc_alarm((ms < STOP_MOST_MS ? ms : STOP_MOST_MS) / 1000))
		return 0;
	listen();
	rest();
	listen_no_more();
	return rtc_ms(&end) && end != begin ? end - begin : 1;    /* never 0: the core runs from HSI now */
}
