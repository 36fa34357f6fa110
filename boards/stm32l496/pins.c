/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pins.c - the pins of P-L496G-CELL02: the 32L496GDISCOVERY board (MB1261) and,
 * on its STMod+ connector, the BG96 adapter.
 *
 * Where a pin is was taken from, and found the same in:
 *   [X]  ST's X-CUBE-CELLULAR 6.0.1, project 32L496GDISCOVERY, Core/Inc/main.h
 *   [M]  Mbed OS, TARGET_DISCO_L496AG/PinNames.h and STMOD_CELLULAR/mbed_lib.json
 *   [Z]  Zephyr, boards/st/stm32l496g_disco
 *   [B]  ST's board support package, stm32l496g_discovery.c
 * Alternate function 7 is USART1 and USART2 on these pins (data sheet, table 17).
 *
 * What the adapter makes of a level, from [X]'s power-on and reset sequence for
 * the BG96 and [M]'s STModCellular.cpp: high on PWR_EN presses PWRKEY, high on
 * RST holds the modem in reset.  The modem's STATUS is not on the connector.
 * Not known for certain: that DTR goes to the modem as it is, so that low means
 * awake (BG96 Hardware Design 3.4.2); [X] drives it low and does not use it.
 *
 * The joystick and the other LEDs are not used.
 */
#include "stm32l496/pins.h"

#include "cortex_m/io.h"
#include "stm32l496/part.h"
#include "stm32l496/registers.h"

/* RM0351 8.5.1, 8.5.4 */
enum mode { INPUT, OUTPUT, ALTERNATE };
enum pull { NO_PULL, PULL_UP, PULL_DOWN };

static const struct row {
	char      port;
	uint8_t   number;
	enum mode mode;
	enum pull pull;
	bool      inverted;      /* an output that is on when it is low */
	bool      on;            /* an output's first state */
} rows[PIN_COUNT] = {
	/*                     pin       mode                                   pull       inverted  on */
	[PIN_MODEM_TX]     = { 'B',  6, ALTERNATE,                              NO_PULL,   false, false },  /* X M Z; STMod+ 2 */
	[PIN_MODEM_RX]     = { 'G', 10, ALTERNATE,                              PULL_UP,   false, false },  /* X M Z; STMod+ 3 */
	/* Pulled down: a modem that does not drive it does not stop us. */
	[PIN_MODEM_CTS]    = { 'G', 11, TERN_MODEM_FLOW ? ALTERNATE : INPUT,    PULL_DOWN, false, false },  /* X M; STMod+ 1 */
	/* Low also without flow control: a modem that remembers AT+IFC=2,2 waits for it. */
	[PIN_MODEM_RTS]    = { 'G', 12, TERN_MODEM_FLOW ? ALTERNATE : OUTPUT,   NO_PULL,   true,  true  },  /* X M; STMod+ 4 */
	[PIN_MODEM_PWRKEY] = { 'D',  3, OUTPUT,                                 NO_PULL,   false, false },  /* X M; STMod+ 9 */
	[PIN_MODEM_RESET]  = { 'B',  2, OUTPUT,                                 NO_PULL,   false, false },  /* X M; STMod+ 12 */
	[PIN_MODEM_DTR]    = { 'A',  0, OUTPUT,                                 NO_PULL,   true,  true  },  /* X M; STMod+ 14 */
	/* 0, 0: the card in the adapter's holder; 1, 0: the chip soldered to it ([X], [M]). */
	[PIN_SIM_SELECT_0] = { 'C',  2, OUTPUT,                                 NO_PULL,   false, TERN_MODEM_ESIM },  /* X M; STMod+ 18 */
	[PIN_SIM_SELECT_1] = { 'I',  3, OUTPUT,                                 NO_PULL,   false, false },  /* X M; STMod+ 8 */
	[PIN_CONSOLE_TX]   = { 'A',  2, ALTERNATE,                              NO_PULL,   false, false },  /* X M Z B; ST-LINK's port */
	[PIN_CONSOLE_RX]   = { 'D',  6, ALTERNATE,                              PULL_UP,   false, false },  /* X M Z B */
	[PIN_LED]          = { 'B', 13, OUTPUT,                                 NO_PULL,   true,  false },  /* LD2: M B; [Z] has it not inverted */
};

enum { ALTERNATE_USART = 7 };

static void set_field(volatile uint32_t *reg, unsigned width, unsigned index, uint32_t value)
{
	uint32_t mask = ((1u << width) - 1) << width * index;

	io_write(reg, (io_read(reg) & ~mask) | value << width * index);
}

/* BSRR's lower half sets, its upper half clears (RM0351 8.5.7). */
void pin_write(enum pin pin, bool on)
{
	const struct row *r = &rows[pin];

	io_write(&GPIO(r->port)->BSRR, 1u << (on != r->inverted ? r->number : r->number + 16u));
}

/* The mode last, when all else is as it is to be. */
static void start(enum pin pin)
{
	const struct row *r = &rows[pin];
	struct gpio *port = GPIO(r->port);

	pin_write(pin, r->on);
	set_field(&port->AFR[r->number / 8], 4, r->number % 8, ALTERNATE_USART);
	set_field(&port->PUPDR, 2, r->number, r->pull);
	set_field(&port->MODER, 2, r->number, r->mode);
}

/* PG2 to PG15 have a supply of their own, isolated after a reset (RM0351 5.1.3). */
void pins_start(void)
{
	io_set(&RCC->APB1ENR1, RCC_APB1ENR1_PWREN);
	io_set(&PWR->CR2, PWR_CR2_IOSV);
	io_set(&RCC->AHB2ENR, RCC_AHB2ENR_GPIOS);
	(void)io_read(&RCC->AHB2ENR);    /* RM0351 6.2.17: two cycles until a clock runs */
	for (enum pin pin = 0; pin < PIN_COUNT; pin++)
		if (rows[pin].port <= part_last_port)
			start(pin);
}
