/* SPDX-License-Identifier: Apache-2.0 */
#include "chip.h"

#include "cortex_m/board.h"
#include "cortex_m/core.h"
#include "stm32l496/part.h"
#include "unit/cmocka_all.h"

#include <string.h>

enum { REGISTERS = 96, BUSY_POLLS = 5 };

struct chip chip;

static struct { uintptr_t at; uint32_t value; } plain[REGISTERS];
static uint8_t area[CHIP_AREA_SIZE];

enum granule { ERASED, WRITTEN, BROKEN };
static enum granule granules[CHIP_AREA_SIZE / CHIP_GRANULE];

static struct {
	uint32_t isr, cr1, cr3;
	uint8_t  rdr, shifting, next;
	bool     busy;          /* shifting is on the wire */
	bool     waiting;       /* next follows */
} usart;

static struct {
	uint32_t cndtr, ccr;
	bool     event;         /* middle or end reached */
} dma;

static struct {
	bool     locked, spoiled, half;   /* half: the first word of a granule is written */
	unsigned keys;
	uint32_t sr, cr, acr, first, at, eccr;
	unsigned busy;          /* polls until BSY ends */
	bool     stale;         /* the data cache was off and holds what was before */
} flash;

static struct {
	unsigned keys;
	bool     open;
	unsigned reads;
} rtc;

/* --- registers without rules --- */

static uint32_t *plain_at(const volatile uint32_t *reg)
{
	for (size_t i = 0; i < REGISTERS; i++) {
		if (plain[i].at == 0)
			plain[i].at = (uintptr_t)reg;
		if (plain[i].at == (uintptr_t)reg)
			return &plain[i].value;
	}
	fail_msg("the model has too few registers");
	return NULL;
}

uint32_t chip_register(const volatile uint32_t *reg)
{
	return *plain_at(reg);
}

void chip_set(const volatile uint32_t *reg, uint32_t value)
{
	*plain_at(reg) = value;
}

void chip_reset(void)
{
	chip = (struct chip){
		.hsi_starts = true, .hsi_pll_starts = true, .msi_pll_starts = true, .voltage_rises = true, .switches = true,
		.wait_states_taken = true, .lse_starts = true, .rtc_enters_init = true, .adc_answers = true,
		.flash_kb = 1024, .optr = 0xffeff8aa, .hsi48_starts = true,
	};
	memset(plain, 0, sizeof plain);
	memset(area, 0xff, sizeof area);
	memset(granules, 0, sizeof granules);
	memset(&usart, 0, sizeof usart);
	usart.isr = USART_ISR_TXE | USART_ISR_TC;
	memset(&dma, 0, sizeof dma);
	memset(&flash, 0, sizeof flash);
	flash.locked = true;
	flash.acr = FLASH_ACR_ICEN | FLASH_ACR_DCEN;
	memset(&rtc, 0, sizeof rtc);
}

void board_say(const char *text)
{
	assert_true(strlen(chip.said) + strlen(text) < sizeof chip.said);
	strcat(chip.said, text);
}

/* --- USART and DMA (RM0351 40, 11) --- */

static void dma_take(void)
{
	uint32_t size = chip_register(&DMA1->CHANNEL[4].CNDTR);

	chip.dma_memory[size - dma.cndtr] = usart.rdr;
	usart.isr &= ~USART_ISR_RXNE;
	if (--dma.cndtr == 0 && (dma.ccr & DMA_CCR_CIRC) != 0)
		dma.cndtr = size;
	if (dma.cndtr == size || dma.cndtr == size / 2)
		dma.event = true;
}

static void dma_serve(void)
{
	if ((usart.isr & USART_ISR_RXNE) != 0 && (usart.cr3 & USART_CR3_DMAR) != 0 && (dma.ccr & DMA_CCR_EN) != 0 &&
	    dma.cndtr > 0)
		dma_take();
}

bool chip_usart_receive(uint8_t byte, uint32_t faults)
{
	bool room = (usart.isr & USART_ISR_RXNE) == 0;

	assert_true((usart.cr1 & USART_CR1_UE) != 0);
	if (room) {
		usart.rdr = byte;
		usart.isr |= USART_ISR_RXNE | faults;
		dma_serve();
	} else {
		usart.isr |= USART_ISR_ORE;
	}
	return room;
}

bool chip_usart_clear_to_send(void)
{
	return (usart.isr & USART_ISR_RXNE) == 0;
}

void chip_usart_shift(void)
{
	if (usart.busy)
		chip.sent[chip.sent_len++] = usart.shifting;
	usart.shifting = usart.next;
	usart.busy = usart.waiting;
	usart.waiting = false;
	usart.isr |= USART_ISR_TXE | (usart.busy ? 0 : USART_ISR_TC);
}

void chip_usart_quiet(void)
{
	usart.isr |= USART_ISR_IDLE;
}

bool chip_usart_irq(void)
{
	const uint32_t errors = USART_ISR_FE | USART_ISR_NE | USART_ISR_ORE;

	return ((usart.cr1 & USART_CR1_RXNEIE) != 0 && (usart.isr & (USART_ISR_RXNE | USART_ISR_ORE)) != 0) ||
	       ((usart.cr1 & USART_CR1_TXEIE) != 0 && (usart.isr & USART_ISR_TXE) != 0) ||
	       ((usart.cr1 & USART_CR1_IDLEIE) != 0 && (usart.isr & USART_ISR_IDLE) != 0) ||
	       ((usart.cr3 & USART_CR3_EIE) != 0 && (usart.isr & errors) != 0);
}

bool chip_dma_irq(void)
{
	return dma.event && (dma.ccr & (DMA_CCR_HTIE | DMA_CCR_TCIE)) == (DMA_CCR_HTIE | DMA_CCR_TCIE);
}

void chip_dma_irq_taken(void)
{
	dma.event = false;
}

static uint32_t usart_read_isr(void)
{
	if (chip.usart_sends)
		chip_usart_shift();
	return chip.usart_dead ? usart.isr & ~(USART_ISR_TXE | USART_ISR_TC) : usart.isr;
}

static uint32_t usart_read_rdr(void)
{
	usart.isr &= ~USART_ISR_RXNE;
	return usart.rdr;
}

static void usart_write_tdr(uint32_t value)
{
	if (chip.usart_dead)
		return;
	assert_true((usart.isr & USART_ISR_TXE) != 0);    /* or a byte would be lost */
	usart.isr &= ~USART_ISR_TC;
	if (usart.busy) {
		usart.waiting = true;
		usart.next = (uint8_t)value;
		usart.isr &= ~USART_ISR_TXE;
		return;
	}
	usart.busy = true;
	usart.shifting = (uint8_t)value;
}

/* UE going off loses what is in the data register, and ends what is on the wire. */
static void usart_write_cr1(uint32_t value)
{
	if ((usart.cr1 & USART_CR1_UE) != 0 && (value & USART_CR1_UE) == 0) {
		assert_false(usart.busy);
		usart.isr = USART_ISR_TXE | USART_ISR_TC;
	}
	usart.cr1 = value;
}

static void usart_write_brr(uint32_t value)
{
	assert_true((usart.cr1 & USART_CR1_UE) == 0);
	*plain_at(&USART1->BRR) = value;
}

static void usart_write_cr3(uint32_t value)
{
	usart.cr3 = value;
	dma_serve();
}

static void dma_write_ccr(uint32_t value)
{
	if ((dma.ccr & DMA_CCR_EN) == 0 && (value & DMA_CCR_EN) != 0)
		dma.cndtr = chip_register(&DMA1->CHANNEL[4].CNDTR);
	dma.ccr = value;
}

/* --- flash interface (RM0351 3) --- */

uint8_t *chip_area(void)
{
	return area;
}

void chip_break(uint32_t addr)
{
	granules[addr / CHIP_GRANULE] = BROKEN;
	area[addr] = 0x5a;
}

void chip_program_ones(uint32_t addr)
{
	granules[addr / CHIP_GRANULE] = WRITTEN;
}

static void key(uint32_t value)
{
	static const uint32_t keys[] = { FLASH_KEY1, FLASH_KEY2 };

	if (flash.spoiled || chip.flash_key_spoiled || value != keys[flash.keys % 2]) {
		flash.spoiled = true;
		return;
	}
	if (++flash.keys % 2 == 0)
		flash.locked = false;
}

static void start(uint32_t error)
{
	flash.sr |= error;
	flash.busy = chip.flash_stuck ? UINT32_MAX : BUSY_POLLS;
	chip.flash_operations++;
}

/* Everything below needs a clear table: no flag of an earlier operation, and the
 * data cache off (ES0335). */
static void assert_ready(void)
{
	assert_int_equal(flash.busy, 0);
	assert_int_equal(flash.sr & FLASH_SR_ERRORS, 0);
	assert_int_equal(flash.acr & FLASH_ACR_DCEN, 0);
	assert_false(flash.locked);
}

static void erase(uint32_t cr)
{
	uint32_t page = cr >> 3 & 0xff;
	uint32_t at = ((cr & FLASH_CR_BKER) != 0 ? FLASH_BANK2_START : FLASH_START) + page * CHIP_PAGE - CHIP_AREA;

	assert_ready();
	assert_true((cr & FLASH_CR_PER) != 0);
	assert_true(at < CHIP_AREA_SIZE);
	if (!chip.flash_protected) {
		memset(area + at, 0xff, CHIP_PAGE);
		memset(&granules[at / CHIP_GRANULE], 0, sizeof granules[0] * CHIP_PAGE / CHIP_GRANULE);
	}
	start(chip.flash_protected ? FLASH_SR_WRPERR : 0);
}

static void write_cr(uint32_t value)
{
	if ((value & FLASH_CR_LOCK) != 0) {
		flash.locked = true;
		flash.cr = 0;
		return;
	}
	assert_false(flash.locked);
	flash.cr = value;
	if ((value & FLASH_CR_STRT) != 0)
		erase(value);
}

static uint32_t read_flash_sr(void)
{
	flash.sr |= chip.flash_flags;
	chip.flash_flags = 0;
	if (flash.busy > 0 && flash.busy-- > 0)
		return flash.sr | FLASH_SR_BSY;
	return flash.sr;
}

/* The data cache may answer instead of the flash, and then nobody sees a bad
 * granule: it is to be off. */
static uint32_t read_cell(uint32_t at)
{
	uint32_t word;

	assert_int_equal(flash.busy, 0);    /* or the core would wait for the bank */
	assert_int_equal(flash.acr & FLASH_ACR_DCEN, 0);
	if (granules[at / CHIP_GRANULE] == BROKEN) {
		if ((flash.eccr & (FLASH_ECCR_ECCD | FLASH_ECCR_ECCC)) == 0)
			flash.eccr = FLASH_ECCR_ECCD | (chip.ecc_elsewhere ? 0 : FLASH_ECCR_BK_ECC) |
				     ((at & ~7u) + CHIP_AREA - FLASH_BANK2_START);
		if (!part_flash_nmi())
			chip.wild_nmis++;
		else
			assert_int_equal(flash.eccr & FLASH_ECCR_ECCD, 0);    /* or it would come again at once */
	}
	memcpy(&word, area + at, sizeof word);
	return word;
}

static void program(uint32_t at, uint32_t second)
{
	enum granule *g = &granules[at / CHIP_GRANULE];

	assert_ready();
	if (chip.flash_protected) {
		start(FLASH_SR_WRPERR);
	} else if (*g != ERASED && (flash.first | second) != 0) {
		start(FLASH_SR_PROGERR);
	} else {
		memcpy(area + at, &flash.first, 4);
		memcpy(area + at + 4, &second, 4);
		*g = WRITTEN;
		start(0);
	}
}

static void write_cell(uint32_t at, uint32_t value)
{
	assert_int_equal(flash.cr, FLASH_CR_PG);
	if (!flash.half) {
		assert_int_equal(at % CHIP_GRANULE, 0);
		flash.first = value;
		flash.at = at;
	} else {
		assert_int_equal(at, flash.at + 4);
		program(flash.at, value);
	}
	flash.half = !flash.half;
}

/* Emptied while on, the cache is as bad as before. */
static void write_acr(uint32_t value)
{
	if ((value & FLASH_ACR_DCRST) != 0) {
		assert_int_equal(flash.acr & FLASH_ACR_DCEN, 0);
		flash.stale = false;
	}
	if ((value & FLASH_ACR_DCEN) != 0)
		assert_true((value & FLASH_ACR_DCRST) == 0 && !flash.stale);
	else if ((flash.acr & FLASH_ACR_DCEN) != 0)
		flash.stale = true;
	if (!chip.wait_states_taken)
		value &= ~FLASH_ACR_LATENCY;
	flash.acr = value;
}

uint16_t io_read16(const volatile uint16_t *cell)
{
	if (cell == TS_CAL1)
		return CHIP_TS_CAL1;
	if (cell == TS_CAL2)
		return CHIP_TS_CAL2;
	if (cell == VREFINT_CAL)
		return CHIP_VREFINT_CAL;
	assert_ptr_equal(cell, FLASH_SIZE_KB);
	return (uint16_t)chip.flash_kb;
}

void io_write16(volatile uint16_t *cell, uint16_t value)
{
	(void)cell;
	(void)value;
	fail_msg("nothing here is written by half words");
}

/* --- clock (RM0351 6) --- */

static bool pll_runs(void)
{
	uint32_t from = chip_register(&RCC->PLLCFGR) & 3u;

	return from == RCC_PLLCFGR_HSI ? chip.hsi_pll_starts : from == RCC_PLLCFGR_MSI && chip.msi_pll_starts;
}

static uint32_t read_rcc_cr(void)
{
	uint32_t cr = chip_register(&RCC->CR);

	cr |= (cr & RCC_CR_HSION) != 0 && chip.hsi_starts ? RCC_CR_HSIRDY : 0;
	cr |= (cr & RCC_CR_PLLON) != 0 && pll_runs() ? RCC_CR_PLLRDY : 0;
	return cr;
}

/* What the factors make of 16 or 4 MHz; ends the test outside the PLL's ranges. */
static uint32_t pll_mhz(void)
{
	uint32_t cfg = chip_register(&RCC->PLLCFGR);
	uint32_t input = ((cfg & 3u) == RCC_PLLCFGR_HSI ? 16 : 4) / ((cfg >> 4 & 7u) + 1);
	uint32_t vco = input * (cfg >> 8 & 0x7fu);

	assert_in_range(input, 4, 16);
	assert_in_range(vco, 64, 344);
	assert_true((cfg & RCC_PLLCFGR_REN) != 0);
	return vco / ((cfg >> 25 & 3u) * 2 + 2);
}

/* SWS follows SW; the core must not be switched to more than it can fetch. */
static void write_rcc_cfgr(uint32_t value)
{
	if ((value & RCC_CFGR_SW) == RCC_CFGR_SW_PLL) {
		assert_true((read_rcc_cr() & RCC_CR_PLLRDY) != 0);
		assert_int_equal(pll_mhz(), 80);
		assert_int_equal(flash.acr & FLASH_ACR_LATENCY, 4);
		assert_int_equal(chip_register(&PWR->CR1) & PWR_CR1_VOS, PWR_CR1_VOS_RANGE1);
	}
	*plain_at(&RCC->CFGR) = (value & ~RCC_CFGR_SWS) | (chip.switches ? (value & RCC_CFGR_SW) << 2 : 0);
}

static void write_pllcfgr(uint32_t value)
{
	assert_int_equal(read_rcc_cr() & (RCC_CR_PLLON | RCC_CR_PLLRDY), 0);
	*plain_at(&RCC->PLLCFGR) = value;
}

/* --- backup domain and calendar (RM0351 6.4.29, 38) --- */

static bool domain_is_open(void)
{
	return (chip_register(&PWR->CR1) & PWR_CR1_DBP) != 0;
}

static uint32_t read_bdcr(void)
{
	uint32_t bdcr = chip_register(&RCC->BDCR);

	return bdcr | ((bdcr & RCC_BDCR_LSEON) != 0 && chip.lse_starts ? RCC_BDCR_LSERDY : 0);
}

static void write_bdcr(uint32_t value)
{
	uint32_t was = chip_register(&RCC->BDCR);

	assert_true(domain_is_open());
	if ((value & RCC_BDCR_BDRST) != 0) {
		chip_set(&RTC->BKPR[0], 0);
		chip_set(&RTC->ISR, 0);
		chip_set(&RTC->DR, 0x2101);
		value = RCC_BDCR_BDRST;
	} else if ((was & RCC_BDCR_RTCSEL) != 0) {
		assert_int_equal(value & RCC_BDCR_RTCSEL, was & RCC_BDCR_RTCSEL);    /* chosen once */
	}
	chip_set(&RCC->BDCR, value & ~RCC_BDCR_LSERDY);
}

static void rtc_key(uint32_t value)
{
	static const uint32_t keys[] = { RTC_WPR_KEY1, RTC_WPR_KEY2 };

	rtc.keys = rtc.keys < 2 && value == keys[rtc.keys] ? rtc.keys + 1 : 0;
	rtc.open = rtc.keys == 2;
}

static uint32_t read_rtc_isr(void)
{
	uint32_t isr = chip_register(&RTC->ISR);

	return isr | ((isr & RTC_ISR_INIT) != 0 && chip.rtc_enters_init ? RTC_ISR_INITF : 0);
}

/* INITS: the year is not 0. */
static void write_rtc(volatile uint32_t *reg, uint32_t value)
{
	assert_true(domain_is_open() && rtc.open);
	if (reg == &RTC->TR || reg == &RTC->DR)
		assert_true((read_rtc_isr() & RTC_ISR_INITF) != 0);
	chip_set(reg, value);
	if (reg == &RTC->ISR && (value & RTC_ISR_INIT) == 0)
		chip_set(reg, (chip_register(&RTC->DR) & 0xff0000) != 0 ? RTC_ISR_INITS : 0);
}

/* A second passes between the first two readings of the time. */
static uint32_t read_rtc_tr(void)
{
	if (chip.rtc_ticks_between && ++rtc.reads == 2)
		chip_set(&RTC->TR, chip_register(&RTC->TR) + 1);
	return chip_register(&RTC->TR);
}

/* --- generator (RM0351 27) --- */

static uint32_t read_rng_sr(void)
{
	bool runs = (chip_register(&RNG->CR) & RNG_CR_RNGEN) != 0 && chip.rng_at < chip.rng_len;

	assert_true((chip_register(&RCC->AHB2ENR) & RCC_AHB2ENR_RNGEN) != 0);
	return !runs ? 0 : RNG_SR_DRDY | chip.rng_flags[chip.rng_at];
}

static void write_rng_sr(uint32_t value)
{
	if (chip.rng_at < chip.rng_len)
		chip.rng_flags[chip.rng_at] &= value;
}

static uint32_t read_rng_dr(void)
{
	assert_int_equal(read_rng_sr(), RNG_SR_DRDY);    /* or what is read is no number */
	return chip.rng_word[chip.rng_at++];
}

static void write_rng_cr(uint32_t value)
{
	chip.rng_starts += (value & RNG_CR_RNGEN) != 0;
	chip_set(&RNG->CR, value);
}

/* --- converter (RM0351 18) --- */

static uint32_t read_adc_isr(void)
{
	uint32_t cr = chip_register(&ADC1->CR);

	if (!chip.adc_answers)
		return 0;
	return ((cr & ADC_CR_ADEN) != 0 ? ADC_ISR_ADRDY : 0) | ((cr & ADC_CR_ADSTART) != 0 ? ADC_ISR_EOC : 0);
}

/* Bits that are set by writing 1 and cleared by the hardware alone. */
static void write_adc_cr(uint32_t value)
{
	uint32_t enabled = chip_register(&ADC1->CR) & ADC_CR_ADEN;

	if ((value & ADC_CR_ADSTART) != 0)
		assert_true(enabled != 0);
	if ((value & (ADC_CR_ADEN | ADC_CR_ADCAL)) != 0)
		assert_true((value & ADC_CR_ADVREGEN) != 0 && enabled == 0);
	if ((value & ADC_CR_ADDIS) != 0)
		enabled = 0;
	chip_set(&ADC1->CR, (value & ~(ADC_CR_ADDIS | ADC_CR_ADCAL)) | enabled);
}

/* --- everything by address --- */

static bool in_area(const volatile uint32_t *reg)
{
	return (uintptr_t)reg - CHIP_AREA < CHIP_AREA_SIZE;
}

static const struct {
	volatile uint32_t *reg;
	uint32_t (*read)(void);
	void (*write)(uint32_t value);
} rules[] = {
	{ &USART1->ISR,            usart_read_isr,  NULL },
	{ &USART1->RDR,            usart_read_rdr,  NULL },
	{ &USART1->TDR,            NULL,            usart_write_tdr },
	{ &USART1->CR1,            NULL,            usart_write_cr1 },
	{ &USART1->CR3,            NULL,            usart_write_cr3 },
	{ &USART1->BRR,            NULL,            usart_write_brr },
	{ &DMA1->CHANNEL[4].CCR,   NULL,            dma_write_ccr },
	{ &FLASH->KEYR,            NULL,            key },
	{ &FLASH->SR,              read_flash_sr,   NULL },
	{ &FLASH->CR,              NULL,            write_cr },
	{ &FLASH->ACR,             NULL,            write_acr },
	{ &RCC->CR,                read_rcc_cr,     NULL },
	{ &RCC->CFGR,              NULL,            write_rcc_cfgr },
	{ &RCC->PLLCFGR,           NULL,            write_pllcfgr },
	{ &RCC->BDCR,              read_bdcr,       write_bdcr },
	{ &RTC->WPR,               NULL,            rtc_key },
	{ &RTC->ISR,               read_rtc_isr,    NULL },
	{ &RTC->TR,                read_rtc_tr,     NULL },
	{ &RNG->SR,                read_rng_sr,     write_rng_sr },
	{ &RNG->DR,                read_rng_dr,     NULL },
	{ &RNG->CR,                NULL,            write_rng_cr },
	{ &ADC1->ISR,              read_adc_isr,    NULL },
	{ &ADC1->CR,               NULL,            write_adc_cr },
};

static uint32_t read_special(const volatile uint32_t *reg)
{
	if (reg == &USART1->CR1)
		return usart.cr1;
	if (reg == &USART1->CR3)
		return usart.cr3;
	if (reg == &DMA1->CHANNEL[4].CCR)
		return dma.ccr;
	if (reg == &DMA1->CHANNEL[4].CNDTR)
		return dma.cndtr;
	if (reg == &FLASH->CR)
		return flash.cr | (flash.locked ? FLASH_CR_LOCK : 0);
	if (reg == &FLASH->ACR)
		return flash.acr;
	if (reg == &FLASH->ECCR)
		return flash.eccr;
	if (reg == &FLASH->OPTR)
		return chip.optr;
	if (reg == SYSCFG_MEMRMP)
		return chip.memrmp;
	if (reg == &PWR->SR2)
		return chip.voltage_rises ? 0 : PWR_SR2_VOSF;
	if (reg == &RCC->CSR)
		return chip.reset_flags;
	if (reg == &RCC->CRRCR)
		return chip_register(reg) | (chip.hsi48_starts && chip_register(reg) != 0 ? RCC_CRRCR_HSI48RDY : 0);
	if (reg == &ADC1->DR)
		return chip.adc_value[chip_register(&ADC1->SQR1) >> 6 & 0x1f];
	return chip_register(reg);
}

uint32_t io_read(const volatile uint32_t *reg)
{
	if (in_area(reg))
		return read_cell((uint32_t)((uintptr_t)reg - CHIP_AREA));
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		if (rules[i].reg == reg && rules[i].read != NULL)
			return rules[i].read();
	return read_special(reg);
}

static bool write_special(volatile uint32_t *reg, uint32_t value)
{
	if (reg == &FLASH->SR)
		flash.sr &= ~value;
	else if (reg == &FLASH->ECCR)
		flash.eccr &= ~value;
	else if (reg == &USART1->ICR)
		usart.isr &= ~value;
	else if (reg == &RCC->CSR)
		chip.reset_flags = (value & RCC_CSR_RMVF) != 0 ? 0 : chip.reset_flags;
	else if (reg == &RTC->TR || reg == &RTC->DR || reg == &RTC->ISR || reg == &RTC->CR)
		write_rtc(reg, value);
	else
		return false;
	return true;
}

void io_write(volatile uint32_t *reg, uint32_t value)
{
	if (in_area(reg)) {
		write_cell((uint32_t)((uintptr_t)reg - CHIP_AREA), value);
		return;
	}
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		if (rules[i].reg == reg && rules[i].write != NULL) {
			rules[i].write(value);
			return;
		}
	if (!write_special(reg, value))
		*plain_at(reg) = value;
}

uint8_t io_read8(const volatile uint8_t *reg)
{
	(void)reg;
	return 0;
}

void io_write8(volatile uint8_t *reg, uint8_t value)
{
	(void)reg;
	(void)value;
}

uint32_t irq_mask(void)
{
	return chip.masked++;
}

void irq_restore(uint32_t primask)
{
	chip.masked = primask;
}

void core_wait(void)
{
}

void core_sync(void)
{
}

uint32_t core_exception(void)
{
	return 0;
}
