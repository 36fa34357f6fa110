/* SPDX-License-Identifier: Apache-2.0 */
/* The USART driver, received by DMA and byte by byte. */
#include "unit/cmocka_all.h"

#include "groups.h"
#include "cortex_m/core.h"
#include "model/chip.h"
#include "stm32l496/uart.h"

#include <string.h>

enum { RX = 256, TX = 8, HALF = RX / 2 };

static uint8_t rx_mem[RX], tx_mem[TX];
static struct uart uart;

static void start(bool by_dma)
{
	chip_reset();
	memset(&uart, 0, sizeof uart);
	ring_init(&uart.rx, rx_mem, RX);
	ring_init(&uart.tx, tx_mem, TX);
	chip.dma_memory = rx_mem;
	uart.regs = USART1;
	uart.dma = by_dma ? &DMA1->CHANNEL[4] : NULL;
	uart.clock_hz = 80000000;
	uart_start(&uart, 115200, false);
}

/* What the interrupt controller does; a request that never ends is an error. */
static void serve(void)
{
	for (unsigned n = 0; chip_usart_irq() || chip_dma_irq(); n++) {
		assert_true(n < 100);
		if (chip_dma_irq()) {
			chip_dma_irq_taken();
			uart_dma_irq(&uart);
		}
		if (chip_usart_irq())
			uart_irq(&uart);
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

static uint32_t lost(void)
{
	return uart.faults.overruns + uart.faults.noise + uart.faults.dropped;
}

static void divisor_is_within_two_percent_or_none(void **state)
{
	static const struct row {
		const char *name;
		uint32_t clock_hz, baud, want;
	} rows[] = {
		{ "as usual",                          80000000, 115200,     694 },
		{ "twice",                             80000000, 230400,     347 },
		{ "the fastest that the BG96 knows",   80000000, 3000000,    27 },
		{ "921600",                            80000000, 921600,     87 },
		{ "the slowest of 16 bits",            80000000, 1221,       65520 },
		{ "too slow",                          80000000, 1200,       0 },
		{ "without the PLL",                   4000000,  115200,     35 },
		{ "without the PLL, too fast",         4000000,  921600,     0 },
		{ "the fastest at all",                80000000, 5000000,    16 },
		{ "beyond",                            80000000, 5200000,    0 },
		{ "a little more than two percent",    4000000,  245000,     0 },
		{ "none",                              80000000, 0,          0 },
		{ "one",                               80000000, 1,          0 },
		{ "a number that would wrap",          80000000, UINT32_MAX, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (uart_divisor(rows[i].clock_hz, rows[i].baud) != rows[i].want)
			fail_msg("%s: %u", rows[i].name, uart_divisor(rows[i].clock_hz, rows[i].baud));
}

static void flow_control_is_a_choice(void **state)
{
	(void)state;
	start(false);
	assert_int_equal(io_read(&USART1->CR3), 0);
	uart_start(&uart, 115200, true);
	assert_int_equal(io_read(&USART1->CR3), USART_CR3_RTSE | USART_CR3_CTSE);
}

/* Twenty rings full, in every size of read: order, and nothing lost. */
static void bytes_come_in_whatever_is_read_at_once(void **state)
{
	static const size_t chunks[] = { 1, 2, 7, HALF - 1, HALF, HALF + 1, RX, 20 * RX };
	static uint8_t data[20 * RX], out[20 * RX];

	(void)state;
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(i * 31 + i / 256);
	for (size_t i = 0; i < 2 * COUNT(chunks); i++) {
		size_t chunk = chunks[i / 2], in = 0, got = 0;

		start(i % 2 == 0);
		while (got < sizeof data) {
			size_t room = sizeof data - got;

			in += send_while_allowed(data + in, sizeof data - in);
			assert_true(uart_ready(&uart));
			got += uart_read(&uart, out + got, chunk < room ? chunk : room);
			serve();
		}
		assert_memory_equal(out, data, sizeof data);
		assert_int_equal(lost(), 0);
		assert_false(uart_ready(&uart));
		assert_int_equal(chip.masked, 0);
	}
}

static void full_ring_leaves_the_next_byte_in_the_register(void **state)
{
	static uint8_t data[2 * RX], out[2 * RX];
	size_t in, got;

	(void)state;
	for (unsigned by_dma = 0; by_dma < 2; by_dma++) {
		start(by_dma);
		in = send_while_allowed(data, sizeof data);
		assert_in_range(in, by_dma ? HALF + 1 : RX + 1, RX + 1);
		assert_false(chip_usart_irq());
		got = uart_read(&uart, out, sizeof out);
		serve();
		got += uart_read(&uart, out + got, sizeof out - got);
		assert_int_equal(got, in);
		assert_int_equal(lost(), 0);
	}
}

static void sender_without_flow_control_is_counted(void **state)
{
	static uint8_t out[8 * RX];
	size_t sent = 3 * RX, got;

	(void)state;
	for (unsigned by_dma = 0; by_dma < 2; by_dma++) {
		start(by_dma);
		for (size_t i = 0; i < sent; i++) {
			(void)chip_usart_receive((uint8_t)i, 0);
			serve();
		}
		got = uart_read(&uart, out, sizeof out);
		serve();
		got += uart_read(&uart, out + got, sizeof out - got);
		for (size_t i = 0; i < got; i++)
			assert_int_equal(out[i], (uint8_t)i);
		assert_true(got < sent && lost() > 0);
		assert_true(chip_usart_receive('x', 0));
		serve();
		assert_int_equal(uart_read(&uart, out, sizeof out), 1);
		assert_int_equal(out[0], 'x');
	}
}

/* At 3 Mbaud some bytes come before an interrupt is served, now and then: with RTS
 * none is lost, wherever in the ring the reader stands. */
static void interrupt_may_come_some_bytes_late(void **state)
{
	enum { LATE = 40, ALL = 8 * RX };
	static uint8_t data[ALL], out[ALL];

	(void)state;
	for (size_t i = 0; i < ALL; i++)
		data[i] = (uint8_t)(i * 13 + i / 256);
	for (size_t chunk = 1; chunk < RX; chunk++) {
		size_t in = 0, got = 0, late = 0, served = 0;

		start(true);
		while (got < ALL) {
			while (in < ALL && chip_usart_clear_to_send()) {
				assert_true(chip_usart_receive(data[in++], 0));
				late = chip_usart_irq() || chip_dma_irq() ? late + 1 : 0;
				if (late > (served % 2) * LATE) {
					serve();
					served++;
				}
			}
			serve();
			got += uart_read(&uart, out + got, chunk);
		}
		assert_memory_equal(out, data, ALL);
		assert_int_equal(lost(), 0);
	}
}

/* Interrupts were masked for more than half a ring: what is left is told from
 * what was overwritten. */
static void an_overrun_ring_counts_what_was_overwritten(void **state)
{
	static uint8_t out[2 * RX];

	(void)state;
	start(true);
	for (unsigned i = 0; i < HALF + 100; i++) {
		assert_true(chip_usart_receive((uint8_t)i, 0));
		if (i == HALF - 1) {
			chip_dma_irq_taken();
			uart_dma_irq(&uart);
			uart.held = false;
			io_write(&USART1->CR3, USART_CR3_DMAR);
		}
	}
	(void)uart_ready(&uart);
	for (unsigned i = HALF + 100; i < RX + 50; i++)
		assert_true(chip_usart_receive((uint8_t)i, 0));
	assert_int_equal(uart_read(&uart, out, sizeof out), RX);
	assert_int_equal(out[0], 50);
	assert_int_equal(uart.faults.dropped, 50);
}

static void damaged_bytes_are_counted_and_the_flags_cleared(void **state)
{
	static const uint32_t faults[] = { USART_ISR_FE, USART_ISR_NE, USART_ISR_PE, USART_ISR_FE | USART_ISR_NE };

	(void)state;
	for (unsigned by_dma = 0; by_dma < 2; by_dma++) {
		start(by_dma);
		for (size_t i = 0; i < COUNT(faults); i++) {
			assert_true(chip_usart_receive('?', faults[i]));
			uart_irq(&uart);
		}
		assert_int_equal(uart.faults.noise, COUNT(faults));
		assert_false(chip_usart_irq());
	}
}

static void overrun_flag_alone_is_cleared(void **state)
{
	(void)state;
	start(false);
	assert_true(chip_usart_receive('a', 0));
	assert_false(chip_usart_receive('b', 0));
	serve();
	assert_int_equal(uart.faults.overruns, 1);
	assert_false(chip_usart_irq());
}

/* The end of a burst that fills no half of the ring wakes the main loop. */
static void quiet_line_wakes_the_reader_once(void **state)
{
	uint8_t out[8];

	(void)state;
	start(true);
	assert_true(chip_usart_receive('O', 0));
	assert_true(chip_usart_receive('K', 0));
	assert_false(chip_usart_irq() || chip_dma_irq());
	chip_usart_quiet();
	assert_true(chip_usart_irq());
	serve();
	assert_true(uart_ready(&uart));
	assert_int_equal(uart_read(&uart, out, sizeof out), 2);
	assert_false(uart_ready(&uart));
}

static void output_goes_out_in_order_and_the_interrupt_rests(void **state)
{
	static const uint8_t data[] = "abcdefghijklmnopqrstuvwxyz";
	size_t n = 0;

	(void)state;
	start(true);
	while (n < 26) {
		n += uart_write(&uart, data + n, 26 - n);
		assert_int_equal(chip.masked, 0);
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

static void speed_changes_after_what_is_queued(void **state)
{
	uint8_t out[8];

	(void)state;
	for (unsigned by_dma = 0; by_dma < 2; by_dma++) {
		start(by_dma);
		assert_true(chip_usart_receive('R', 0));
		assert_int_equal(uart_write(&uart, (const uint8_t *)"AT", 2), 2);
		chip.usart_sends = true;
		assert_true(uart_baud(&uart, 230400));
		assert_memory_equal(chip.sent, "AT", 2);
		assert_int_equal(chip_register(&USART1->BRR), 347);
		assert_int_equal(uart_read(&uart, out, sizeof out), 1);
		assert_int_equal(chip.masked, 0);
		assert_true(chip_usart_receive('x', 0));
		serve();
		assert_int_equal(uart_read(&uart, out, sizeof out), 1);
	}
}

static void speed_that_cannot_be_made_changes_nothing(void **state)
{
	(void)state;
	start(true);
	assert_int_equal(uart_write(&uart, (const uint8_t *)"AT", 2), 2);
	assert_false(uart_baud(&uart, 1));
	assert_int_equal(chip_register(&USART1->BRR), 694);
	assert_int_equal(chip.sent_len, 0);
}

static void speed_stays_while_the_modem_lets_nothing_out(void **state)
{
	(void)state;
	start(true);
	chip.usart_dead = true;
	assert_int_equal(uart_write(&uart, (const uint8_t *)"AT", 2), 2);
	assert_false(uart_baud(&uart, 230400));
	assert_int_equal(chip_register(&USART1->BRR), 694);
}

static void last_words_end_on_a_dead_line(void **state)
{
	(void)state;
	start(false);
	chip.usart_dead = true;
	uart_send_polled(&uart, (const uint8_t *)"fault", 5);
	assert_int_equal(chip.sent_len, 0);
}

int uart_cases(void)
{
	const struct CMUnitTest uart_tests[] = {
		cmocka_unit_test(divisor_is_within_two_percent_or_none),
		cmocka_unit_test(flow_control_is_a_choice),
		cmocka_unit_test(bytes_come_in_whatever_is_read_at_once),
		cmocka_unit_test(full_ring_leaves_the_next_byte_in_the_register),
		cmocka_unit_test(sender_without_flow_control_is_counted),
		cmocka_unit_test(interrupt_may_come_some_bytes_late),
		cmocka_unit_test(an_overrun_ring_counts_what_was_overwritten),
		cmocka_unit_test(damaged_bytes_are_counted_and_the_flags_cleared),
		cmocka_unit_test(overrun_flag_alone_is_cleared),
		cmocka_unit_test(quiet_line_wakes_the_reader_once),
		cmocka_unit_test(output_goes_out_in_order_and_the_interrupt_rests),
		cmocka_unit_test(speed_changes_after_what_is_queued),
		cmocka_unit_test(speed_that_cannot_be_made_changes_nothing),
		cmocka_unit_test(speed_stays_while_the_modem_lets_nothing_out),
		cmocka_unit_test(last_words_end_on_a_dead_line),
	};

	return cmocka_run_group_tests(uart_tests, NULL, NULL);
}
