/* SPDX-License-Identifier: Apache-2.0 */
#include "chip.h"

#include "cortex_m/core.h"
#include "cortex_m/fault.h"
#include "unit/cmocka_all.h"

#include <stdlib.h>
#include <string.h>

enum { REGISTERS = 96, BUSY_POLLS = 5 };

struct chip chip;

static struct { uintptr_t at; uint32_t value; } plain[REGISTERS];
static uint8_t area[CHIP_AREA_SIZE];

static struct {
	uint32_t sr, dr, cr1;
	bool     sr_read;       /* SR was read since DR was: the faults in SR are cleared by DR */
	uint32_t seen;          /* what that read of SR gave */
	uint8_t  shifting, next;
	bool     busy;          /* shifting is on the wire */
	bool     waiting;       /* next follows */
} usart;

static struct {
	uint32_t reload;        /* CNDTR as it was when the channel was switched on */
	bool     flag;
} dma;

static struct {
	uint32_t sr, ccr4;
} tim5;

static struct {
	uint32_t count, reload, alarm;
	uint32_t ms;            /* of the second that is counted */
	bool     configuring;
} rtc;

static struct {
	bool     locked, spoiled;
	unsigned keys;
	uint32_t sr, cr, ar;
	unsigned busy;          /* polls until BSY ends */
} bank;

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

void chip_reset(void)
{
	chip = (struct chip){ .hse_starts = true, .pll_starts = true, .adc_answers = true };
	memset(plain, 0, sizeof plain);
	memset(area, 0xff, sizeof area);
	memset(&usart, 0, sizeof usart);
	usart.sr = USART_SR_TXE | USART_SR_TC;
	memset(&bank, 0, sizeof bank);
	bank.locked = true;
	memset(&dma, 0, sizeof dma);
	memset(&tim5, 0, sizeof tim5);
	memset(&rtc, 0, sizeof rtc);
}

/* --- USART (RM0008 27) --- */

static void clear_seen_faults(void)
{
	if (usart.sr_read)
		usart.sr &= ~(usart.seen & (USART_SR_ORE | USART_SR_NE | USART_SR_FE | USART_SR_PE | USART_SR_IDLE));
	usart.sr_read = false;
}

static bool dma_requested(void)
{
	return (usart.sr & USART_SR_RXNE) != 0 && (chip_register(&USART2->CR3) & USART_CR3_DMAR) != 0 &&
	       (chip_register(&DMA1_CHANNEL6->CCR) & DMA_CCR_EN) != 0;
}

/* RM0008 13.3: one byte from DR to memory, round and round. */
static void dma_serve(void)
{
	uint32_t *left = plain_at(&DMA1_CHANNEL6->CNDTR);

	if (!dma_requested())
		return;
	assert_true((chip_register(&RCC->AHBENR) & RCC_AHBENR_DMA1EN) != 0);
	assert_int_equal(chip_register(&DMA1_CHANNEL6->CMAR), (uint32_t)(uintptr_t)chip.dma_memory);
	chip.dma_memory[dma.reload - *left] = (uint8_t)usart.dr;
	usart.sr &= ~USART_SR_RXNE;
	if (!chip.dma_clears_no_flags)
		clear_seen_faults();
	if (--*left == 0)
		*left = dma.reload;
	dma.flag |= *left == dma.reload || *left == dma.reload / 2;
}

bool chip_dma_irq(void)
{
	return dma.flag;
}

/* While ORE stands the receiver takes nothing in: RXNE does not come. */
bool chip_usart_receive(uint8_t byte, uint32_t faults)
{
	bool room = (usart.sr & (USART_SR_RXNE | USART_SR_ORE)) == 0;

	if (room) {
		usart.dr = byte;
		usart.sr |= USART_SR_RXNE | faults;
		dma_serve();
	} else {
		usart.sr |= USART_SR_ORE;
	}
	return room;
}

void chip_usart_idle(void)
{
	usart.sr |= USART_SR_IDLE;
}

bool chip_usart_clear_to_send(void)
{
	return (usart.sr & USART_SR_RXNE) == 0;
}

void chip_usart_shift(void)
{
	if (usart.busy)
		chip.sent[chip.sent_len++] = usart.shifting;
	usart.shifting = usart.next;
	usart.busy = usart.waiting;
	usart.waiting = false;
	usart.sr |= USART_SR_TXE | (usart.busy ? 0 : USART_SR_TC);
}

bool chip_usart_irq(void)
{
	bool rx = (usart.cr1 & USART_CR1_RXNEIE) != 0 && (usart.sr & (USART_SR_RXNE | USART_SR_ORE)) != 0;
	bool tx = (usart.cr1 & USART_CR1_TXEIE) != 0 && (usart.sr & USART_SR_TXE) != 0;
	bool idle = (usart.cr1 & USART_CR1_IDLEIE) != 0 && (usart.sr & USART_SR_IDLE) != 0;
	uint32_t cr3 = chip_register(&USART2->CR3);
	bool error = (cr3 & USART_CR3_EIE) != 0 && (cr3 & USART_CR3_DMAR) != 0 &&
		     (usart.sr & (USART_SR_ORE | USART_SR_FE | USART_SR_NE)) != 0;

	return rx || tx || idle || error;
}

static uint32_t usart_read_sr(void)
{
	usart.sr_read = true;
	usart.seen = usart.sr;
	if (chip.overrun_between && (usart.sr & USART_SR_RXNE) != 0) {
		chip.overrun_between = false;
		usart.sr |= USART_SR_ORE;
	}
	return chip.usart_dead ? usart.seen & ~(USART_SR_TXE | USART_SR_TC) : usart.seen;
}

/* A byte that DMA is to have is not the software's to take. */
static uint32_t usart_read_dr(void)
{
	if ((chip_register(&USART2->CR3) & USART_CR3_EIE) != 0)
		assert_int_equal(usart.sr & (USART_SR_RXNE | USART_SR_ORE), USART_SR_ORE);
	usart.sr &= ~USART_SR_RXNE;
	clear_seen_faults();
	return usart.dr;
}

static void usart_write_dr(uint32_t value)
{
	if (chip.usart_dead)
		return;
	assert_true((usart.sr & USART_SR_TXE) != 0);    /* or a byte would be lost */
	usart.sr &= ~USART_SR_TC;
	if (usart.busy) {
		usart.waiting = true;
		usart.next = (uint8_t)value;
		usart.sr &= ~USART_SR_TXE;
		return;
	}
	usart.busy = true;
	usart.shifting = (uint8_t)value;
}

/* --- flash interface (PM0075) --- */

uint8_t *chip_area(void)
{
	return area;
}

static void key(uint32_t value)
{
	static const uint32_t keys[] = { FLASH_KEY1, FLASH_KEY2 };

	if (bank.spoiled || chip.flash_key_spoiled || value != keys[bank.keys % 2]) {
		bank.spoiled = true;
		return;
	}
	if (++bank.keys % 2 == 0)
		bank.locked = false;
}

static void start(uint32_t error)
{
	bank.sr |= error | (error == 0 ? FLASH_SR_EOP : 0);
	bank.busy = chip.flash_stuck ? UINT32_MAX : BUSY_POLLS;
	chip.flash_operations++;
}

static void write_cr(uint32_t value)
{
	assert_int_equal(bank.busy, chip.flash_stuck ? bank.busy : 0);
	if ((value & FLASH_CR_LOCK) != 0) {
		bank.locked = true;
		bank.cr = 0;
		return;
	}
	assert_false(bank.locked);
	bank.cr = value;
	if ((value & FLASH_CR_STRT) == 0)
		return;
	assert_true((value & FLASH_CR_PER) != 0);
	assert_in_range(bank.ar, CHIP_AREA, CHIP_AREA + CHIP_AREA_SIZE - 1);
	if (!chip.flash_protected && !chip.flash_weak)
		memset(area + (bank.ar - CHIP_AREA) / CHIP_PAGE * CHIP_PAGE, 0xff, CHIP_PAGE);
	start(chip.flash_protected ? FLASH_SR_WRPRTERR : 0);
}

static uint32_t read_flash_sr(void)
{
	if (bank.busy > 0 && bank.busy-- > 0)
		return bank.sr | FLASH_SR_BSY;
	return bank.sr;
}

uint16_t io_read16(const volatile uint16_t *cell)
{
	uintptr_t at = (uintptr_t)cell - CHIP_AREA;

	if (cell == FLASH_SIZE_KB)
		return chip.emulated ? 0 : 1024;
	assert_true(at < CHIP_AREA_SIZE && at % 2 == 0);
	assert_int_equal(bank.busy, 0);    /* or the core would wait for the bank */
	return (uint16_t)(area[at] | area[at + 1] << 8);
}

void io_write16(volatile uint16_t *cell, uint16_t value)
{
	uintptr_t at = (uintptr_t)cell - CHIP_AREA;
	uint16_t old = io_read16(cell);

	assert_false(bank.locked);
	assert_int_equal(bank.cr, FLASH_CR_PG);
	if (chip.flash_protected) {
		start(FLASH_SR_WRPRTERR);
	} else if (old != 0xffff && value != 0) {
		start(FLASH_SR_PGERR);
	} else {
		area[at] = (uint8_t)(chip.flash_weak ? value | 1 : value);
		area[at + 1] = (uint8_t)(value >> 8);
		start(0);
	}
}

/* --- timer 5 (RM0008 15.3.5) --- */

void chip_capture(uint16_t count, bool over)
{
	tim5.ccr4 = count;
	tim5.sr |= over ? TIM_SR_CC4OF : 0;
}

/* --- backup domain (RM0008 5, 6, 7.3.9, 18) --- */

/* Whether what the clock counts runs. */
static bool rtc_runs(void)
{
	uint32_t bdcr = chip_register(&RCC->BDCR);

	return (bdcr & RCC_BDCR_RTCEN) != 0 &&
	       ((bdcr & RCC_BDCR_RTCSEL) == RCC_BDCR_RTCSEL_LSE ? (bdcr & RCC_BDCR_LSEON) != 0 && chip.lse_starts :
		(bdcr & RCC_BDCR_RTCSEL) == RCC_BDCR_RTCSEL_HSE && chip.hse_starts);
}

void chip_rtc_pass_ms(uint32_t ms)
{
	if (!rtc_runs())
		return;
	rtc.count += (rtc.ms + ms) / 1000;
	rtc.ms = (rtc.ms + ms) % 1000;
}

void chip_rtc_pass(uint32_t s)
{
	rtc.count += rtc_runs() ? s : 0;
}

/* RM0008 5.3.5: what must be so before the core rests. */
static void stop_mode(void)
{
	uint32_t lines = 1u << 11 | 1u << 17;
	uint32_t alarm_ms = (rtc.alarm - rtc.count) * 1000 - rtc.ms;

	chip.stops++;
	assert_int_equal(chip_register(PWR_CR) & (PWR_CR_PDDS | PWR_CR_LPDS), PWR_CR_LPDS);
	assert_int_equal(chip_register(&STK->CTRL), 0);
	assert_int_equal(chip_register(&EXTI->IMR), lines);
	assert_int_equal(chip_register(&EXTI->FTSR), 1u << 11);
	assert_int_equal(chip_register(&EXTI->RTSR), 1u << 17);
	assert_int_equal(chip_register(AFIO_EXTICR3) >> 12, 1);      /* PB11 */
	assert_in_range(alarm_ms, 1, 7000);                          /* the watchdog's patience */
	chip_rtc_pass_ms(chip.typed_after_ms != 0 && chip.typed_after_ms < alarm_ms ? chip.typed_after_ms : alarm_ms);
}

static bool backup_writable(void)
{
	return (chip_register(PWR_CR) & PWR_CR_DBP) != 0 &&
	       (chip_register(&RCC->APB1ENR) & (RCC_APB1ENR_PWREN | RCC_APB1ENR_BKPEN)) ==
		       (RCC_APB1ENR_PWREN | RCC_APB1ENR_BKPEN);
}

/* The source is chosen once; only a reset of the domain frees the choice. */
static void write_bdcr(uint32_t value)
{
	uint32_t *bdcr = plain_at(&RCC->BDCR);

	assert_true(backup_writable());
	if ((value & RCC_BDCR_BDRST) != 0) {
		*bdcr = 0;
		*plain_at(BKP_DR1) = 0;
		memset(&rtc, 0, sizeof rtc);
		return;
	}
	if ((*bdcr & RCC_BDCR_RTCSEL) != 0)
		value = (value & ~RCC_BDCR_RTCSEL) | (*bdcr & RCC_BDCR_RTCSEL);
	*bdcr = value & ~RCC_BDCR_LSERDY;
}

static uint32_t read_bdcr(void)
{
	uint32_t bdcr = chip_register(&RCC->BDCR);

	return bdcr | ((bdcr & RCC_BDCR_LSEON) != 0 && chip.lse_starts ? RCC_BDCR_LSERDY : 0);
}

static void write_half(uint32_t *word, bool high, uint32_t value)
{
	assert_true(rtc.configuring && backup_writable());
	*word = high ? (*word & 0xffffu) | value << 16 : (*word & 0xffff0000u) | (value & 0xffffu);
}

static bool rtc_write_register(const volatile uint32_t *reg, uint32_t value)
{
	if (reg == &RTC->CRL)
		rtc.configuring = (value & RTC_CRL_CNF) != 0;
	else if (reg == &RTC->PRLH || reg == &RTC->PRLL)
		write_half(&rtc.reload, reg == &RTC->PRLH, value);
	else if (reg == &RTC->CNTH || reg == &RTC->CNTL)
		write_half(&rtc.count, reg == &RTC->CNTH, value);
	else if (reg == &RTC->ALRH || reg == &RTC->ALRL)
		write_half(&rtc.alarm, reg == &RTC->ALRH, value);
	else
		return false;
	return true;
}

/* The reload register cannot be read on the chip; the tests may. */
static bool rtc_read_register(const volatile uint32_t *reg, uint32_t *value)
{
	if (reg == &RTC->CRL)
		*value = rtc_runs() ? RTC_CRL_RSF | RTC_CRL_RTOFF : 0;
	else if (reg == &RTC->CNTH)
		*value = rtc.count >> 16;
	else if (reg == &RTC->CNTL)
		*value = rtc.count & 0xffffu;
	else if (reg == &RTC->DIVL)
		*value = rtc.reload - rtc.ms * (rtc.reload + 1) / 1000;
	else
		return false;
	return true;
}

uint32_t chip_rtc_reload(void)
{
	return rtc.reload;
}

/* --- everything by address --- */

static uint32_t read_rcc_cr(void)
{
	uint32_t cr = chip_register(&RCC->CR);

	cr |= (cr & RCC_CR_HSEON) != 0 && chip.hse_starts ? RCC_CR_HSERDY : 0;
	cr |= (cr & RCC_CR_PLLON) != 0 && chip.pll_starts ? RCC_CR_PLLRDY : 0;
	return cr;
}

/* SWS follows SW; the core must not be switched to more than it can fetch. */
static void write_rcc_cfgr(uint32_t value)
{
	bool pll = (value & 3u) == RCC_CFGR_SW_PLL;

	if (pll) {
		assert_true((read_rcc_cr() & RCC_CR_PLLRDY) != 0);
		assert_int_equal(chip_register(FLASH_ACR) & 7u, FLASH_ACR_LATENCY_2);
		assert_true((value & RCC_CFGR_PPRE1_DIV2) != 0);
	}
	*plain_at(&RCC->CFGR) = (value & ~RCC_CFGR_SWS) | (pll ? RCC_CFGR_SWS_PLL : 0);
}

static uint32_t read_adc_sr(void)
{
	bool started = (chip_register(&ADC1->CR2) & ADC_CR2_SWSTART) != 0;

	return started && chip.adc_answers ? ADC_SR_EOC : 0;
}

static bool is_usart(const volatile uint32_t *reg)
{
	return (uintptr_t)reg >= (uintptr_t)USART2 && (uintptr_t)reg < (uintptr_t)USART3 + sizeof(struct usart);
}

uint32_t io_read(const volatile uint32_t *reg)
{
	uint32_t value;

	if (chip.emulated && !is_usart(reg))
		return 0;
	if (rtc_read_register(reg, &value))
		return value;
	if (reg == &RCC->BDCR)
		return read_bdcr();
	if (reg == &TIM5->SR)
		return tim5.sr;
	if (reg == &TIM5->CCR4)
		return tim5.ccr4;
	if (reg == &USART2->SR)
		return usart_read_sr();
	if (reg == &USART2->DR)
		return usart_read_dr();
	if (reg == &USART2->CR1)
		return usart.cr1;
	if (reg == &FLASH_BANK2->SR)
		return read_flash_sr();
	if (reg == &FLASH_BANK2->CR)
		return bank.cr | (bank.locked ? FLASH_CR_LOCK : 0);
	if (reg == &RCC->CR)
		return read_rcc_cr();
	if (reg == &RCC->CSR)
		return chip.reset_flags;
	if (reg == &ADC1->SR)
		return read_adc_sr();
	if (reg == &ADC1->CR2)
		return chip_register(reg) & ~(ADC_CR2_RSTCAL | ADC_CR2_CAL);    /* done at once */
	if (reg == &ADC1->DR)
		return chip.adc_value[chip_register(&ADC1->SQR3)];
	return chip_register(reg);
}

static void write_channel(uint32_t value)
{
	*plain_at(&DMA1_CHANNEL6->CCR) = value;
	dma.reload = chip_register(&DMA1_CHANNEL6->CNDTR);
	dma_serve();
}

static void write_usart_cr3(uint32_t value)
{
	*plain_at(&USART2->CR3) = value;
	dma_serve();
}

void io_write(volatile uint32_t *reg, uint32_t value)
{
	if (chip.emulated && !is_usart(reg))
		return;
	if (reg == &USART2->DR)
		usart_write_dr(value);
	else if (reg == &USART2->CR1)
		usart.cr1 = value;
	else if (reg == &FLASH_BANK2->KEYR)
		key(value);
	else if (reg == &FLASH_BANK2->SR)
		bank.sr &= ~value;
	else if (reg == &FLASH_BANK2->CR)
		write_cr(value);
	else if (reg == &FLASH_BANK2->AR)
		bank.ar = value;
	else if (reg == &RCC->CFGR)
		write_rcc_cfgr(value);
	else if (rtc_write_register(reg, value))
		;
	else if (reg == &RCC->BDCR)
		write_bdcr(value);
	else if (reg == BKP_DR1)
		*plain_at(reg) = backup_writable() ? value : chip_register(reg);
	else if (reg == &TIM5->SR)
		tim5.sr &= value;
	else if (reg == DMA1_IFCR)
		dma.flag = false;
	else if (reg == &DMA1_CHANNEL6->CCR)
		write_channel(value);
	else if (reg == &USART2->CR3)
		write_usart_cr3(value);
	else if (reg == &RCC->CSR)
		chip.reset_flags = (value & RCC_CSR_RMVF) != 0 ? 0 : chip.reset_flags;
	else
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
	if ((chip_register(&SCB->SCR) & SCB_SCR_SLEEPDEEP) != 0)
		stop_mode();
}

void core_sync(void)
{
}

uint32_t core_psp(void)
{
	return 0;
}

uint32_t core_exception(void)
{
	return 0;
}

_Noreturn void fault_stuck(void)
{
	fail_msg("the main loop is taken for stuck");
	abort();
}
