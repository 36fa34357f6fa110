/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chip.h - a model of what the drivers touch, stricter than the part: an access
 * that the reference manual does not allow ends the test.
 */
#ifndef TERN_TESTS_MODEL_CHIP_H
#define TERN_TESTS_MODEL_CHIP_H

#include "stm32f103/registers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The flash that is modelled: the board's area at the end of the second bank. */
enum { CHIP_AREA = 0x080e0000, CHIP_AREA_SIZE = 128 * 1024, CHIP_PAGE = 2048 };

struct chip {
	/* what the test chooses */
	bool     hse_starts, pll_starts, adc_answers;
	uint32_t adc_value[18];        /* by channel */
	bool     flash_stuck;          /* BSY never ends */
	bool     flash_protected;      /* by the option bytes */
	bool     flash_key_spoiled;    /* a wrong key was written once */
	bool     usart_dead;           /* TXE never comes */
	bool     overrun_between;      /* the next overrun happens between the reads of SR and DR */
	bool     flash_weak;           /* cells do not keep what is written */
	uint8_t *dma_memory;           /* where CMAR points; it has 32 bits only */
	bool     dma_clears_no_flags;  /* its read of DR does not count as the software's */
	bool     lse_starts;
	uint32_t typed_after_ms;       /* in Stop mode; 0: nobody types */
	bool     emulated;             /* registers other than the core's and the USARTs' read 0 */
	uint32_t reset_flags;

	/* what is seen */
	uint8_t  sent[4096];
	size_t   sent_len;
	uint32_t flash_operations;     /* cells programmed and pages erased */
	unsigned stops;                /* times in Stop mode */
	unsigned masked;               /* irq_mask() without irq_restore() */
};
extern struct chip chip;

/* As after power-on, flash erased, everything working. */
void chip_reset(void);

/* The contents of a register that has no rule of its own, or its last value. */
uint32_t chip_register(const volatile uint32_t *reg);

uint8_t *chip_area(void);

/* A byte arrives on USART2, with faults of SR.  False when the one before was
 * still unread: the byte is lost, ORE is set. */
bool chip_usart_receive(uint8_t byte, uint32_t faults);

/* RTS: the data register is free. */
bool chip_usart_clear_to_send(void);

/* The byte on the wire is done; the next one follows. */
void chip_usart_shift(void);

/* The line falls idle. */
void chip_usart_idle(void);

/* Let S seconds pass for the real-time clock. */
void chip_rtc_pass(uint32_t s);
void chip_rtc_pass_ms(uint32_t ms);

/* What its prescaler divides by, less one. */
uint32_t chip_rtc_reload(void);

/* DMA1 channel 6 requests its interrupt. */
bool chip_dma_irq(void);

/* A capture of timer 5 at COUNT; OVER: the one before was not read. */
void chip_capture(uint16_t count, bool over);

/* USART2 requests its interrupt. */
bool chip_usart_irq(void);

#endif
