/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port.h - what a board must do.
 *
 * One implementation is linked into an image.  Everything is called from one
 * context, the main loop; interrupts stay inside the port.  No call blocks but
 * port_idle(), the flash and port_reset().  Times are milliseconds, sizes bytes.
 */
#ifndef TERN_BOARDS_PORT_H
#define TERN_BOARDS_PORT_H

#include "base/bytes.h"
#include "store/flash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bring up clocks, memory protection, both UARTs, the tick and the flash.
 * ARGC and ARGV are those of main(); a chip passes 0 and NULL.
 * Returns false after saying why on the console; main() then ends. */
bool port_init(int argc, char **argv);

/* Milliseconds since start; wraps. */
uint32_t port_now_ms(void);

/* Sleep until a byte arrives on either UART, a byte can be written again, or
 * AT_MS is reached.  May return early, never later than one tick. */
void port_idle(uint32_t at_ms);

enum port_uart { PORT_MODEM, PORT_CONSOLE };

/* Bytes received so far, at most SIZE; 0 if none.  115200 8N1 on both. */
size_t port_read(enum port_uart uart, uint8_t *buf, size_t size);

/* Queue bytes to send; returns how many were taken, 0 when the ring is full. */
size_t port_write(enum port_uart uart, const uint8_t *data, size_t len);

/* What went wrong on a UART since start. */
struct port_uart_faults {
	uint32_t overruns;     /* the hardware lost bytes: ORE */
	uint32_t noise;        /* framing, noise or parity errors */
	uint32_t dropped;      /* bytes that found the receive ring full */
};
struct port_uart_faults port_uart_faults(enum port_uart uart);

/* The pages for settings and seed.  store/layout.h shares them out. */
struct flash *port_flash(void);

/* A name for this one board that never changes and no other board has
 * (STM32: the 96-bit unique id).  Not a secret.  Returns its length <= SIZE. */
size_t port_unique_id(uint8_t *buf, size_t size);

/* A temperature of the board, tenths of a degree Celsius; false if it has none. */
bool port_temperature(int *tenths);

/* The indicator that a user sees: an LED, or a line on a terminal. */
void port_led(bool on);

/* "power-on", "reset pin", "software", "watchdog", ...  A static string. */
const char *port_reset_cause(void);

/* Restart at once.  Does not return. */
_Noreturn void port_reset(void);

/* True when the program should end: a terminal's Ctrl-C, the end of a script.
 * Always false on a chip. */
bool port_finished(void);

#endif
