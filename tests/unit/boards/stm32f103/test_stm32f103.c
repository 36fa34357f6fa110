/* SPDX-License-Identifier: Apache-2.0 */
/* The drivers of boards/stm32f103 against a model of the chip. */
#include "unit/cmocka_all.h"

#include "cortex_m/core.h"
#include "cortex_m/tick.h"
#include "model/chip.h"
#include "stm32f103/analog.h"
#include "stm32f103/clock.h"
#include "stm32f103/internal_flash.h"
#include "stm32f103/reset.h"
#include "stm32f103/uart.h"

#include <pthread.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* --- ring --- */

static void *put_all(void *arg)
{
	struct ring *r = arg;

	for (uint32_t i = 0; i < 100000;)
		if (ring_put(r, (uint8_t)(i * 7)))
			i++;
	return NULL;
}

static void ring_keeps_order_between_two_contexts(void **state)
{
	uint8_t mem[16], got;
	struct ring r;
	pthread_t producer;

	(void)state;
	ring_init(&r, mem, sizeof mem);
	assert_int_equal(pthread_create(&producer, NULL, put_all, &r), 0);
	for (uint32_t i = 0; i < 100000;)
		if (ring_take(&r, &got))
			assert_int_equal(got, (uint8_t)(i++ * 7));
	pthread_join(producer, NULL);
	assert_false(ring_take(&r, &got));
}

static void ring_holds_its_size_and_not_more(void **state)
{
	uint8_t mem[8], out[16];
	struct ring r;

	(void)state;
	ring_init(&r, mem, sizeof mem);
	for (unsigned round = 0; round < 20; round++) {
		assert_int_equal(ring_write(&r, (const uint8_t *)"abcdefghij", 10), 8);
		assert_int_equal(ring_free(&r), 0);
		assert_int_equal(ring_read(&r, out, 3), 3);
		assert_int_equal(ring_write(&r, (const uint8_t *)"XYZ!", 4), 3);
		assert_int_equal(ring_read(&r, out, sizeof out), 8);
		assert_memory_equal(out, "defghXYZ", 8);
	}
}

/* --- UART --- */

static uint8_t rx_mem[16], tx_mem[8];
static struct uart uart;

static void start_uart(void)
{
	chip_reset();
	memset(&uart, 0, sizeof uart);
	ring_init(&uart.rx, rx_mem, sizeof rx_mem);
	ring_init(&uart.tx, tx_mem, sizeof tx_mem);
	uart_start(&uart, USART2, 36000000, 115200, false);
	uart_receive_start(&uart);
}

/* What the interrupt controller does; a request that never ends is an error. */
static void serve(void)
{
	for (unsigned n = 0; chip_usart_irq(); n++) {
		assert_true(n < 100);
		uart_receive(&uart);
		uart_transmit(&uart);
	}
}

/* A sender that heeds RTS: it sends only while the data register is free. */
static size_t send_while_allowed(const uint8_t *data, size_t len)
{
	size_t n = 0;

	while (n < len && chip_usart_clear_to_send()) {
		assert_true(chip_usart_receive(data[n++], 0));
		serve();
	}
	return n;
}

static void divisor_suits_every_clock(void **state)
{
	(void)state;
	for (size_t i = 0; i < CLOCK_SOURCES; i++) {
		uint32_t baud, divisor;

		chip_reset();
		uart_start(&uart, USART2, clock_rates[i].pclk1_hz, 115200, false);
		divisor = chip_register(&USART2->BRR);
		baud = clock_rates[i].pclk1_hz / divisor;
		assert_in_range(baud, 115200 - 1152, 115200 + 1152);    /* 1 %; 8N1 stands 4 % between both ends */
	}
}

static void flow_control_is_a_choice(void **state)
{
	(void)state;
	chip_reset();
	uart_start(&uart, USART2, 36000000, 115200, true);
	assert_int_equal(chip_register(&USART2->CR3), USART_CR3_RTSE | USART_CR3_CTSE);
	uart_start(&uart, USART2, 36000000, 115200, false);
	assert_int_equal(chip_register(&USART2->CR3), 0);
}

static void bytes_come_in_whatever_is_read_at_once(void **state)
{
	static const uint8_t data[] = "The quick brown fox jumps over the lazy dog";

	(void)state;
	for (size_t chunk = 1; chunk <= sizeof data; chunk++) {
		uint8_t out[sizeof data];
		size_t in = 0, got = 0;

		start_uart();
		while (got < sizeof data) {
			size_t room = sizeof data - got;

			in += send_while_allowed(data + in, sizeof data - in);
			got += uart_read(&uart, out + got, chunk < room ? chunk : room);
			serve();
		}
		assert_memory_equal(out, data, sizeof data);
		assert_int_equal(uart.faults.overruns + uart.faults.noise + uart.faults.dropped, 0);
	}
}

static void full_ring_leaves_the_next_byte_in_the_register(void **state)
{
	uint8_t out[32];

	(void)state;
	start_uart();
	assert_int_equal(send_while_allowed((const uint8_t *)"0123456789abcdefXY", 18), 17);
	assert_false(chip_usart_irq());
	assert_true(uart_ready(&uart));
	assert_int_equal(uart_read(&uart, out, sizeof out), 16);
	serve();
	assert_int_equal(uart_read(&uart, out + 16, 16), 1);
	assert_memory_equal(out, "0123456789abcdefX", 17);
	assert_int_equal(uart.faults.overruns, 0);
}

static void sender_without_flow_control_is_counted_as_overrun(void **state)
{
	uint8_t out[32];

	(void)state;
	start_uart();
	for (uint8_t i = 0; i < 20; i++) {
		(void)chip_usart_receive(i, 0);
		serve();
	}
	assert_int_equal(uart_read(&uart, out, sizeof out), 16);
	serve();
	assert_int_equal(uart.faults.overruns, 1);
	assert_true(chip_usart_receive('x', 0));
	serve();
	assert_int_equal(uart_read(&uart, out, sizeof out), 2);
	assert_int_equal(out[0], 16);
	assert_int_equal(out[1], 'x');
}

static void overrun_between_the_reads_stores_nothing_twice(void **state)
{
	uint8_t out[8];

	(void)state;
	start_uart();
	chip.overrun_between = true;
	assert_true(chip_usart_receive('a', 0));
	serve();
	assert_false(chip_usart_irq());
	assert_true(chip_usart_receive('b', 0));
	serve();
	assert_int_equal(uart_read(&uart, out, sizeof out), 2);
	assert_memory_equal(out, "ab", 2);
	assert_int_equal(uart.faults.overruns, 1);
}

static void damaged_bytes_are_counted(void **state)
{
	static const uint32_t faults[] = { USART_SR_FE, USART_SR_NE, USART_SR_PE, USART_SR_FE | USART_SR_NE };

	(void)state;
	start_uart();
	for (size_t i = 0; i < COUNT(faults); i++) {
		assert_true(chip_usart_receive('?', faults[i]));
		serve();
	}
	assert_int_equal(uart.faults.noise, COUNT(faults));
	assert_false(chip_usart_irq());
}

static void output_goes_out_in_order_and_the_interrupt_rests(void **state)
{
	static const uint8_t data[] = "abcdefghijklmnopqrstuvwxyz";
	size_t n = 0;

	(void)state;
	start_uart();
	assert_false(uart_ready(&uart));
	while (n < 26) {
		n += uart_write(&uart, data + n, 26 - n);
		assert_int_equal(chip.masked, 0);
		if (n < 26)
			assert_false(uart_ready(&uart) && ring_free(&uart.tx) == 0);
		chip_usart_shift();
		serve();
		if (n < 26)
			assert_true(uart_ready(&uart));
	}
	for (unsigned i = 0; i < 20; i++) {
		chip_usart_shift();
		serve();
	}
	assert_int_equal(chip.sent_len, 26);
	assert_memory_equal(chip.sent, data, 26);
	assert_false(chip_usart_irq());
}

static void last_words_end_on_a_dead_line(void **state)
{
	(void)state;
	start_uart();
	chip.usart_dead = true;
	uart_send_polled(&uart, (const uint8_t *)"fault", 5);
	assert_int_equal(chip.sent_len, 0);
}

/* --- internal flash --- */

static struct internal_flash part;

static struct flash *start_flash(void)
{
	chip_reset();
	internal_flash_init(&part, CHIP_AREA, CHIP_PAGE, CHIP_AREA_SIZE / CHIP_PAGE);
	return &part.flash;
}

static void flash_refuses_what_the_contract_forbids(void **state)
{
	static const uint8_t data[24] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	static const struct row {
		const char *name;
		enum { ERASE, PROGRAM, READ } what;
		uint32_t addr;
		size_t   len;
		enum err want;
	} rows[] = {
		{ "erase begins at a page",               ERASE,   2048,       0,    ERR_OK },
		{ "erase within a page",                  ERASE,   2056,       0,    ERR_FLASH_RANGE },
		{ "erase of the page after the last",     ERASE,   0x20000,    0,    ERR_FLASH_RANGE },
		{ "erase far outside",                    ERASE,   0xfffff800, 0,    ERR_FLASH_RANGE },
		{ "one granule",                          PROGRAM, 8,          8,    ERR_OK },
		{ "the last granule",                     PROGRAM, 0x1fff8,    8,    ERR_OK },
		{ "nothing",                              PROGRAM, 8,          0,    ERR_OK },
		{ "misaligned address",                   PROGRAM, 4,          8,    ERR_FLASH_RANGE },
		{ "odd length",                           PROGRAM, 8,          12,   ERR_FLASH_RANGE },
		{ "over the end",                         PROGRAM, 0x1fff8,    16,   ERR_FLASH_RANGE },
		{ "address plus length wraps",            PROGRAM, 0xfffffff8, 16,   ERR_FLASH_RANGE },
		{ "a granule a second time",              PROGRAM, 64,         8,    ERR_FLASH_PROGRAM },
		{ "three granules, the last one written", PROGRAM, 48,         24,   ERR_FLASH_PROGRAM },
		{ "read of any alignment",                READ,    3,          5,    ERR_OK },
		{ "read of the last byte",                READ,    0x1ffff,    1,    ERR_OK },
		{ "read over the end",                    READ,    0x1ffff,    2,    ERR_FLASH_RANGE },
		{ "read far outside",                     READ,    0xfffffffe, 4,    ERR_FLASH_RANGE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];
		struct flash *f = start_flash();
		uint8_t before[128], out[32];
		enum err got;

		assert_int_equal(flash_program(f, 64, data, 8), ERR_OK);
		memcpy(before, chip_area(), sizeof before);
		chip.flash_operations = 0;
		got = r->what == ERASE ? flash_erase(f, r->addr) :
		      r->what == PROGRAM ? flash_program(f, r->addr, data, r->len) :
					   flash_read(f, r->addr, out, r->len);
		if (got != r->want)
			fail_msg("%s: %s", r->name, err_name(got));
		if (got != ERR_OK) {
			assert_int_equal(chip.flash_operations, 0);
			assert_memory_equal(chip_area(), before, sizeof before);
		}
		assert_true((io_read(&FLASH_BANK2->CR) & FLASH_CR_LOCK) != 0);
	}
}

static void flash_holds_what_was_written(void **state)
{
	struct flash *f = start_flash();
	uint8_t data[2048], out[2048];

	(void)state;
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(i * 11 + 3);
	assert_int_equal(flash_program(f, 4096, data, sizeof data), ERR_OK);
	assert_int_equal(chip.flash_operations, 1024);
	for (size_t at = 0; at < 16; at++) {
		assert_int_equal(flash_read(f, (uint32_t)(4096 + at), out, 16), ERR_OK);
		assert_memory_equal(out, data + at, 16);
	}
	assert_int_equal(flash_erase(f, 4096), ERR_OK);
	assert_int_equal(flash_read(f, 4096, out, sizeof out), ERR_OK);
	for (size_t i = 0; i < sizeof out; i++)
		assert_int_equal(out[i], 0xff);
	assert_int_equal(flash_program(f, 4096, data, 8), ERR_OK);
}

/* The controller itself would let zeros through. */
static void zeros_over_a_written_granule_are_refused(void **state)
{
	struct flash *f = start_flash();

	(void)state;
	assert_int_equal(flash_program(f, 0, "12345678", 8), ERR_OK);
	assert_int_equal(flash_program(f, 0, "\0\0\0\0\0\0\0", 8), ERR_FLASH_PROGRAM);
	assert_memory_equal(chip_area(), "12345678", 8);
}

static void flash_failures_are_reported(void **state)
{
	static const struct row {
		const char *name;
		bool stuck, protected, spoiled;
	} rows[] = {
		{ "controller stays busy",        true,  false, false },
		{ "pages are write-protected",    false, true,  false },
		{ "a wrong key locked the bank",  false, false, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct flash *f = start_flash();
		enum err program, erase;

		chip.flash_stuck = rows[i].stuck;
		chip.flash_protected = rows[i].protected;
		chip.flash_key_spoiled = rows[i].spoiled;
		program = flash_program(f, 0, "12345678", 8);
		if (program != ERR_FLASH_IO)
			fail_msg("%s: program: %s", rows[i].name, err_name(program));
		erase = flash_erase(f, 2048);
		if (erase != ERR_FLASH_IO)
			fail_msg("%s: erase: %s", rows[i].name, err_name(erase));
	}
}

/* Cells that do not keep what is written, an erase that leaves something. */
static void weak_cells_are_found_at_once(void **state)
{
	struct flash *f = start_flash();

	(void)state;
	assert_int_equal(flash_program(f, 2048, "12345678", 8), ERR_OK);
	chip.flash_weak = true;
	assert_int_equal(flash_program(f, 0, "12345678", 8), ERR_OK);      /* no bit of it is the weak one */
	assert_int_equal(flash_program(f, 8, "22345678", 8), ERR_FLASH_VERIFY);
	assert_int_equal(flash_erase(f, 2048), ERR_FLASH_VERIFY);
	assert_int_equal(flash_erase(f, 4096), ERR_OK);
}

static void each_bank_has_its_own_registers(void **state)
{
	struct internal_flash f;

	(void)state;
	internal_flash_init(&f, 0x0807f800, CHIP_PAGE, 1);
	assert_ptr_equal(f.bank, FLASH_BANK1);
	internal_flash_init(&f, 0x08080000, CHIP_PAGE, 1);
	assert_ptr_equal(f.bank, FLASH_BANK2);
}

/* --- clock --- */

static void clock_falls_back_to_what_starts(void **state)
{
	static const struct row {
		const char *name;
		bool hse, pll;
		enum clock_source want;
		uint32_t cfgr;
	} rows[] = {
		/* SW and SWS PLL, PPRE1 / 2, ADCPRE / 6, PLLSRC, PLLMUL */
		{ "crystal and PLL",         true,  true,  CLOCK_HSE_PLL, 0x0a | 4 << 8 | 2 << 14 | 1 << 16 | 7 << 18 },
		{ "no crystal",              false, true,  CLOCK_HSI_PLL, 0x0a | 4 << 8 | 2 << 14 | 14 << 18 },
		{ "crystal, but no PLL",     true,  false, CLOCK_HSI,     0 },
		{ "neither: as QEMU has it", false, false, CLOCK_HSI,     0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		chip_reset();
		chip.hse_starts = rows[i].hse;
		chip.pll_starts = rows[i].pll;
		if (clock_start() != rows[i].want || chip_register(&RCC->CFGR) != rows[i].cfgr)
			fail_msg("%s: CFGR 0x%08x", rows[i].name, chip_register(&RCC->CFGR));
	}
}

static void tick_is_a_millisecond(void **state)
{
	(void)state;
	chip_reset();
	tick_start(72000000);
	assert_int_equal(chip_register(&STK->LOAD), 71999);
}

/* --- reset --- */

static void cause_of_a_reset(void **state)
{
	static const struct row {
		uint32_t  csr;
		enum note note;
		enum evidence_reset want;
	} rows[] = {
		{ RCC_CSR_PORRSTF | RCC_CSR_PINRSTF,  NOTE_NONE,    EVIDENCE_RESET_POWER_ON },
		{ RCC_CSR_PORRSTF | RCC_CSR_PINRSTF,  NOTE_RUNNING, EVIDENCE_RESET_BROWN_OUT },
		{ RCC_CSR_PORRSTF | RCC_CSR_PINRSTF,  NOTE_RESTART, EVIDENCE_RESET_POWER_ON },
		{ RCC_CSR_SFTRSTF | RCC_CSR_PINRSTF,  NOTE_STACK,   EVIDENCE_RESET_STACK },
		{ RCC_CSR_SFTRSTF | RCC_CSR_PINRSTF,  NOTE_STUCK,   EVIDENCE_RESET_WATCHDOG },
		{ RCC_CSR_PINRSTF,                    NOTE_RUNNING, EVIDENCE_RESET_PIN },
		{ RCC_CSR_SFTRSTF | RCC_CSR_PINRSTF,  NOTE_RESTART, EVIDENCE_RESET_SOFTWARE },
		{ RCC_CSR_SFTRSTF | RCC_CSR_PINRSTF,  NOTE_RUNNING, EVIDENCE_RESET_SOFTWARE },
		{ RCC_CSR_SFTRSTF | RCC_CSR_PINRSTF,  NOTE_FAULT,   EVIDENCE_RESET_FAULT },
		{ RCC_CSR_IWDGRSTF | RCC_CSR_PINRSTF, NOTE_RUNNING, EVIDENCE_RESET_WATCHDOG },
		{ RCC_CSR_WWDGRSTF | RCC_CSR_PINRSTF, NOTE_RUNNING, EVIDENCE_RESET_WATCHDOG },
		{ RCC_CSR_LPWRRSTF | RCC_CSR_PINRSTF, NOTE_RUNNING, EVIDENCE_RESET_LOW_POWER },
		{ RCC_CSR_PORRSTF | RCC_CSR_PINRSTF,  NOTE_FAULT,   EVIDENCE_RESET_POWER_ON },
		{ 0,                                  NOTE_NONE,    EVIDENCE_RESET_POWER_ON },
		{ 0,                                  NOTE_RESTART, EVIDENCE_RESET_SOFTWARE },
		{ 0,                                  NOTE_FAULT,   EVIDENCE_RESET_FAULT },
		{ 0,                                  NOTE_STACK,   EVIDENCE_RESET_STACK },
		{ 0,                                  NOTE_STUCK,   EVIDENCE_RESET_WATCHDOG },
		{ 0,                                  NOTE_RUNNING, EVIDENCE_RESET_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (reset_cause(rows[i].csr, rows[i].note) != rows[i].want)
			fail_msg("0x%08x, note %d: %d", rows[i].csr, rows[i].note, reset_cause(rows[i].csr, rows[i].note));
}

static void note_and_flags_are_taken_once(void **state)
{
	(void)state;
	chip_reset();
	chip.reset_flags = RCC_CSR_SFTRSTF;
	note_write(NOTE_FAULT);
	assert_int_equal(reset_take_cause(note_take()), EVIDENCE_RESET_FAULT);
	assert_int_equal(chip.reset_flags, 0);
	assert_int_equal(reset_take_cause(note_take()), EVIDENCE_RESET_UNKNOWN);
}

/* --- temperature --- */

static void temperature_from_readings(void **state)
{
	static const struct row {
		uint32_t sensor, reference;
		int      tenths;
	} rows[] = {
		{ 1775, 1490,  252 },     /* 1.430 V at 3.3 V supply: 25 degrees */
		{ 1722, 1490,  352 },
		{ 1909, 1490,   -1 },
		{ 2342, 1966,  254 },     /* the same at 2.5 V */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_in_range(analog_tenths(rows[i].sensor, rows[i].reference) - rows[i].tenths + 12, 0, 24);
}

static void temperature_needs_a_converter_that_answers(void **state)
{
	int tenths = 1234;

	(void)state;
	chip_reset();
	chip.adc_value[ADC_CHANNEL_TEMPERATURE] = 1775;
	chip.adc_value[ADC_CHANNEL_VREFINT] = 1490;
	assert_true(analog_temperature(&tenths));
	assert_int_equal(tenths, analog_tenths(1775, 1490));
	assert_int_equal(chip_register(&ADC1->CR2), 0);
	chip.adc_answers = false;
	assert_false(analog_temperature(&tenths));
	chip.adc_answers = true;
	chip.adc_value[ADC_CHANNEL_VREFINT] = 0;
	assert_false(analog_temperature(&tenths));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ring_keeps_order_between_two_contexts),
		cmocka_unit_test(ring_holds_its_size_and_not_more),
		cmocka_unit_test(divisor_suits_every_clock),
		cmocka_unit_test(flow_control_is_a_choice),
		cmocka_unit_test(bytes_come_in_whatever_is_read_at_once),
		cmocka_unit_test(full_ring_leaves_the_next_byte_in_the_register),
		cmocka_unit_test(sender_without_flow_control_is_counted_as_overrun),
		cmocka_unit_test(overrun_between_the_reads_stores_nothing_twice),
		cmocka_unit_test(damaged_bytes_are_counted),
		cmocka_unit_test(output_goes_out_in_order_and_the_interrupt_rests),
		cmocka_unit_test(last_words_end_on_a_dead_line),
		cmocka_unit_test(flash_refuses_what_the_contract_forbids),
		cmocka_unit_test(flash_holds_what_was_written),
		cmocka_unit_test(zeros_over_a_written_granule_are_refused),
		cmocka_unit_test(flash_failures_are_reported),
		cmocka_unit_test(weak_cells_are_found_at_once),
		cmocka_unit_test(each_bank_has_its_own_registers),
		cmocka_unit_test(clock_falls_back_to_what_starts),
		cmocka_unit_test(tick_is_a_millisecond),
		cmocka_unit_test(cause_of_a_reset),
		cmocka_unit_test(note_and_flags_are_taken_once),
		cmocka_unit_test(temperature_from_readings),
		cmocka_unit_test(temperature_needs_a_converter_that_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
