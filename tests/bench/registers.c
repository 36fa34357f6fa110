/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registers.c - an image that goes through the drivers of the STM32F103 on
 * QEMU's stm32vldiscovery: a chip of the family with the same registers at the
 * same addresses, of which QEMU logs each access.  registers_test.py holds what is
 * written against registers.golden.
 *
 * Every register there reads as 0: no crystal starts, nothing is ever ready.
 */
#include "cortex_m/io.h"
#include "port.h"
#include "stm32f103/internal_flash.h"
#include "stm32f103/part.h"

/* A write to the otherwise unused CRC unit, for the log. */
static void step(uint32_t number)
{
	io_write((volatile uint32_t *)0x40023004u, number);
}

/* In place of the board's: this machine has neither the size of its flash nor a second bank to read. */
static struct internal_flash area;

bool part_flash_start(void)
{
	internal_flash_init(&area, PART_FLASH_START, PART_PAGE_SIZE, PART_PAGE_COUNT);
	return true;
}

struct flash *part_flash(void)
{
	return &area.flash;
}

static void lines(void)
{
	for (enum port_modem_line line = PORT_MODEM_PWRKEY; line <= PORT_MODEM_DTR; line++) {
		port_modem_line(line, true);
		port_modem_line(line, false);
	}
	port_led(true);
	port_led(false);
}

static void noise(void)
{
	uint8_t samples[2];

	(void)port_noise(PORT_NOISE_ADC, samples, sizeof samples);
	(void)port_noise(PORT_NOISE_OSCILLATOR, samples, sizeof samples);
}

int main(int argc, char **argv)
{
	int tenths;

	step(1);
	(void)port_init(argc, argv);
	step(2);
	lines();
	step(3);
	noise();
	step(4);
	(void)port_temperature(&tenths);
	step(5);
	port_clock_write(1798761600);
	step(6);
	if (flash_erase(port_flash(), 0) != ERR_FLASH_IO)
		return 1;
	step(7);
	port_alive();
	port_idle(port_now_ms() + 2);
	step(8);
	port_reset();
}
