/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chip.h - a model of what the drivers touch, stricter than the part: an access
 * that the reference manual does not allow ends the test.
 */
#ifndef TERN_TESTS_STM32L496_CHIP_H
#define TERN_TESTS_STM32L496_CHIP_H

#include "stm32l496/registers.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The flash that is modelled: the board's area at the end of the second bank. */
enum { CHIP_AREA = 0x080e0000, CHIP_AREA_SIZE = 128 * 1024, CHIP_PAGE = 2048, CHIP_GRANULE = 8 };

enum { CHIP_WORDS = 64 };

/* What this one's factory measured. */
enum { CHIP_TS_CAL1 = 1037, CHIP_TS_CAL2 = 1383, CHIP_VREFINT_CAL = 1655 };

struct chip {
	/* what the test chooses */
	bool     hsi_starts, hsi_pll_starts, msi_pll_starts, voltage_rises, wait_states_taken, switches;
	bool     lse_starts, rtc_enters_init, rtc_ticks_between;
	bool     adc_answers;
	uint32_t adc_value[18];        /* by channel */
	bool     flash_stuck;          /* BSY never ends */
	bool     flash_protected;      /* by the option bytes */
	bool     flash_key_spoiled;    /* a wrong key was written once */
	uint32_t flash_flags;          /* of SR: left behind by whoever ran before */
	bool     ecc_elsewhere;        /* the error that comes is at another address than the one being read */
	uint32_t flash_kb, optr, memrmp;
	bool     usart_dead;           /* TXE never comes */
	bool     usart_sends;          /* a byte is on the wire as soon as ISR is looked at again */
	uint8_t *dma_memory;           /* what the DMA channel writes to */
	uint32_t reset_flags;
	uint32_t rng_word[CHIP_WORDS]; /* what the generator makes, in order */
	uint32_t rng_flags[CHIP_WORDS]; /* beside it: error flags that are up when it is asked for */
	size_t   rng_len;
	bool     hsi48_starts;

	/* what is seen */
	uint8_t  sent[4096];
	size_t   sent_len;
	uint32_t flash_operations;     /* granules programmed and pages erased */
	uint32_t wild_nmis;            /* interrupts of the flash that nobody had foreseen */
	size_t   rng_at;               /* words taken */
	unsigned rng_starts;
	unsigned masked;               /* irq_mask() without irq_restore() */
	char     said[256];            /* board_say() */
};
extern struct chip chip;

/* As after power-on, flash erased, everything working. */
void chip_reset(void);

/* The contents of a register that has no rule of its own, or its last value. */
uint32_t chip_register(const volatile uint32_t *reg);
void chip_set(const volatile uint32_t *reg, uint32_t value);

uint8_t *chip_area(void);

/* The granule at this address of the area: its programming was cut short (two
 * wrong bits), or it reads as erased but is not (it was programmed with ones). */
void chip_break(uint32_t addr);
void chip_program_ones(uint32_t addr);

/* A byte arrives on USART1, with faults of ISR.  False when the one before was
 * still unread: the byte is lost, ORE is set. */
bool chip_usart_receive(uint8_t byte, uint32_t faults);

/* RTS: the data register is free. */
bool chip_usart_clear_to_send(void);

/* The byte on the wire is done; the next one follows. */
void chip_usart_shift(void);

/* The line is quiet: the end of a burst. */
void chip_usart_quiet(void);

/* USART1, and DMA1's channel 5, request their interrupts. */
bool chip_usart_irq(void);
bool chip_dma_irq(void);
void chip_dma_irq_taken(void);

#endif
