/* SPDX-License-Identifier: Apache-2.0 */
/* The modem's receiver by DMA, against a model of the chip. */
#include "unit/cmocka_all.h"

#include "cortex_m/core.h"
#include "model/chip.h"
#include "stm32f103/dma_receive.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

enum { SIZE = 4 * DMA_RECEIVE_HOLD, TICK = 92 /* bytes a millisecond at 921600 baud */ };

static uint8_t rx_mem[SIZE], tx_mem[8];
static struct uart uart;
static uint32_t sent, got;     /* bytes of the endless sequence below */

/* No period that is one of the ring's. */
static uint8_t byte_of(uint32_t n)
{
	return (uint8_t)(n ^ n / 251);
}

static void start(void)
{
	chip_reset();
	memset(&uart, 0, sizeof uart);
	memset(rx_mem, 0xee, sizeof rx_mem);
	chip.dma_memory = rx_mem;
	ring_init(&uart.rx, rx_mem, sizeof rx_mem);
	ring_init(&uart.tx, tx_mem, sizeof tx_mem);
	uart_start(&uart, USART2, 36000000, 921600, true);
	dma_receive_start(&uart);
	sent = 0;
	got = 0;
}

/* What the interrupt controller does; a request that never ends is an error. */
static void serve(void)
{
	for (unsigned n = 0; chip_usart_irq() || chip_dma_irq(); n++) {
		assert_true(n < 4);
		dma_receive_look(&uart);
	}
}

static void tick(void)
{
	dma_receive_look(&uart);
	serve();
}

/* N bytes from a modem that heeds RTS; returns how many it was allowed. */
static uint32_t send(uint32_t n)
{
	uint32_t i = 0;

	for (; i < n && chip_usart_clear_to_send(); i++) {
		assert_true(chip_usart_receive(byte_of(sent++), 0));
		if (sent % TICK == 0)
			tick();
		serve();
	}
	return i;
}

/* Up to N bytes, each the next one of the sequence. */
static uint32_t take(uint32_t n)
{
	uint8_t buf[2 * SIZE];
	uint32_t len = (uint32_t)dma_receive_read(&uart, buf, n);

	for (uint32_t i = 0; i < len; i++)
		if (buf[i] != byte_of(got + i))
			fail_msg("byte %u is 0x%02x, not 0x%02x", got + i, buf[i], byte_of(got + i));
	got += len;
	return len;
}

static void nothing_lost(void)
{
	assert_int_equal(uart.faults.overruns + uart.faults.noise + uart.faults.dropped, 0);
}

static void every_burst_in_every_chunk(void **state)
{
	static const uint32_t sizes[] = { 1, 2, 3, 5, 7, 31, 64, 127, 255, 256, 257, 300, 511, 512, 513, 767, 768, 769,
					  1000, 1023, 1024, 1025, 1100 };

	(void)state;
	for (size_t burst = 0; burst < COUNT(sizes); burst++)
		for (size_t chunk = 0; chunk < COUNT(sizes); chunk++) {
			start();
			while (got < 3 * SIZE + 17) {
				(void)send(sizes[burst]);
				chip_usart_idle();
				serve();
				(void)take(sizes[chunk]);
			}
			while (take(sizes[chunk]) > 0)
				;
			assert_int_equal(got, sent);
			nothing_lost();
		}
}

/* The ring's end in the middle of every burst length, and read at every offset. */
static void wraps_at_every_offset(void **state)
{
	(void)state;
	for (uint32_t offset = 0; offset < SIZE; offset += 13) {
		start();
		while (sent < SIZE - 20 + offset % 40) {
			(void)send(1 + offset % 97);
			(void)take(SIZE);
		}
		(void)send(40);
		assert_int_equal(take(SIZE), 40);
		assert_int_equal(got, sent);
	}
}

static void reader_that_does_not_come_stops_the_modem(void **state)
{
	uint32_t held;

	(void)state;
	start();
	held = send(3 * SIZE);
	/* room for a tick's bytes, and the one in the data register */
	assert_in_range(held, SIZE - DMA_RECEIVE_HOLD, SIZE - DMA_RECEIVE_HOLD + TICK + 1);
	for (unsigned ms = 0; ms < 1000; ms++)
		tick();
	assert_int_equal(send(1), 0);
	while (got < held)
		assert_true(take(100) > 0);
	assert_true(send(10) == 10);
	assert_int_equal(take(SIZE), 10);
	nothing_lost();
}

static void reading_a_little_does_not_release_it_yet(void **state)
{
	(void)state;
	start();
	(void)send(3 * SIZE);
	(void)take(100);
	assert_int_equal(send(1), 0);
	(void)take(300);
	assert_true(send(1) == 1);
}

/* Once with each of what a read of DR by DMA may do to the flags in SR. */
static void modem_without_flow_control_overruns_and_goes_on(void **state)
{
	(void)state;
	for (unsigned clears = 0; clears < 2; clears++) {
		uint8_t out[SIZE];
		uint32_t kept;

		start();
		chip.dma_clears_no_flags = clears == 0;
		kept = send(3 * SIZE);
		for (unsigned i = 0; i < 50; i++) {
			assert_false(chip_usart_receive(0xff, 0));
			serve();
		}
		tick();
		assert_int_equal(uart.faults.overruns, 1);
		while (got < kept)
			assert_true(take(200) > 0);
		tick();
		tick();
		assert_true(chip_usart_receive('x', 0));
		assert_int_equal(dma_receive_read(&uart, out, sizeof out), 1);
		assert_int_equal(out[0], 'x');
		assert_int_equal(uart.faults.overruns, 1);
		assert_int_equal(uart.faults.dropped, 0);
	}
}

static void damaged_bytes_are_counted_and_do_not_stop_it(void **state)
{
	(void)state;
	for (unsigned clears = 0; clears < 2; clears++) {
		uint8_t out[8];

		start();
		chip.dma_clears_no_flags = clears == 0;
		assert_true(chip_usart_receive('a', USART_SR_FE));
		serve();
		tick();
		assert_int_equal(uart.faults.noise, 1);
		assert_true(chip_usart_receive('b', 0));
		tick();
		assert_true(chip_usart_receive('c', USART_SR_NE));
		tick();
		assert_int_equal(dma_receive_read(&uart, out, sizeof out), 3);
		assert_memory_equal(out, "abc", 3);
		assert_int_equal(uart.faults.noise, 2);
	}
}

static void idle_line_tells_once_a_burst(void **state)
{
	(void)state;
	start();
	for (unsigned burst = 0; burst < 5; burst++) {
		uint8_t out[8];

		assert_true(chip_usart_receive('a', 0));
		tick();
		assert_false(uart_ready(&uart) == false);
		chip_usart_idle();
		assert_true(chip_usart_irq());
		serve();
		assert_int_equal(dma_receive_read(&uart, out, sizeof out), 1);
		assert_false(uart_ready(&uart));
	}
	nothing_lost();
}

/* The program stood still, DMA did not. */
static void what_was_overwritten_is_dropped_as_a_whole(void **state)
{
	uint8_t out[SIZE];

	(void)state;
	start();
	(void)send(700);
	for (unsigned i = 0; i < 900; i++)
		(void)chip_usart_receive(0xff, 0);
	assert_int_equal(dma_receive_read(&uart, out, sizeof out), 0);
	assert_int_equal(uart.faults.dropped, 1600);
	assert_true(chip_usart_receive('y', 0));
	assert_int_equal(dma_receive_read(&uart, out, sizeof out), 1);
	assert_int_equal(out[0], 'y');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_burst_in_every_chunk),
		cmocka_unit_test(wraps_at_every_offset),
		cmocka_unit_test(reader_that_does_not_come_stops_the_modem),
		cmocka_unit_test(reading_a_little_does_not_release_it_yet),
		cmocka_unit_test(modem_without_flow_control_overruns_and_goes_on),
		cmocka_unit_test(damaged_bytes_are_counted_and_do_not_stop_it),
		cmocka_unit_test(idle_line_tells_once_a_burst),
		cmocka_unit_test(what_was_overwritten_is_dropped_as_a_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
