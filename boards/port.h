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
#include "base/evidence.h"
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

/* True when RTS and CTS to the modem are wired and this board drives them. */
bool port_modem_flow(void);

/* Change the speed of the modem's UART: what is queued leaves at the old speed
 * first, bytes received until now stay readable.  False, and nothing changed, if
 * the part cannot make BAUD within 2 %. */
bool port_modem_baud(uint32_t baud);

/* What went wrong on a UART since start. */
struct port_uart_faults {
	uint32_t overruns;     /* the hardware lost bytes: ORE */
	uint32_t noise;        /* framing, noise or parity errors */
	uint32_t dropped;      /* bytes that found the receive ring full */
};
struct port_uart_faults port_uart_faults(enum port_uart uart);

/* The modem's control lines, by their meaning: the board knows whether a line is
 * inverted.  A board without a line ignores it.
 *   PWRKEY  on: the key is pressed
 *   RESET   on: the modem is held in reset
 *   DTR     on: the modem is to be awake
 * All are off from port_init() on, but for DTR. */
enum port_modem_line { PORT_MODEM_PWRKEY, PORT_MODEM_RESET, PORT_MODEM_DTR };
bool port_modem_has_line(enum port_modem_line line);
void port_modem_line(enum port_modem_line line, bool on);

/* What the modem's STATUS pin says. */
enum port_modem_status { PORT_MODEM_UNKNOWN, PORT_MODEM_OFF, PORT_MODEM_ON };   /* UNKNOWN: not wired */
enum port_modem_status port_modem_status(void);

/* The pages for settings and seed.  store/layout.h shares them out. */
struct flash *port_flash(void);

/* A name for this one board that never changes and no other board has
 * (STM32: the 96-bit unique id).  Not a secret.  Returns its length <= SIZE. */
size_t port_unique_id(uint8_t *buf, size_t size);

/* Raw samples of a noise source, as they are measured, one a byte: nothing is
 * whitened, folded or left out, or the health tests could not see it die.  Writes
 * at most N, returns how many; takes at most 2 ms.
 *   ADC         conversions of the two noisiest inputs in turn, low byte, each call
 *               beginning with the first of them; as many as asked for
 *   OSCILLATOR  a free oscillator counted by another one, low byte; gathered in the
 *               background from the first call on: what has gathered since the last
 *   HARDWARE    the chip's own generator, or the operating system's; less than asked
 *               for, down to none, after one of its error flags, which is cleared */
enum port_noise { PORT_NOISE_ADC, PORT_NOISE_OSCILLATOR, PORT_NOISE_HARDWARE };
bool port_has_noise(enum port_noise source);
size_t port_noise(enum port_noise source, uint8_t *samples, size_t n);

/* What memory held before the program touched it, condensed to at most SIZE bytes;
 * 0 if nobody looked.  Of use after power-on, never harmful. */
size_t port_memory_noise(uint8_t *buf, size_t size);

/* A clock that goes on over a restart (and, with a battery, without power):
 * seconds since 1970.  False if the board has none, or it was never set, or it
 * has stopped since. */
bool port_clock_read(int64_t *unix_s);
void port_clock_write(int64_t unix_s);

/* The main loop is alive: at least every 8 s, or the board restarts itself. */
void port_alive(void);

/* A temperature of the board, tenths of a degree Celsius; false if it has none. */
bool port_temperature(int *tenths);

/* The button that a user presses: is it down now?  False if the board has none. */
bool port_button(bool *down);

/* The indicator that a user sees: an LED, or a line on a terminal. */
void port_led(bool on);

/* Why the board began anew, as far as it can tell: docs/porting.md. */
enum evidence_reset port_reset_cause(void);

/* The program's last words, if a fault ended the run before this one: what
 * happened and where, one line; "" if there was none.  Stays as it is. */
const char *port_last_fault(void);

/* SIZE <= 64 bytes of RAM, aligned for any type, that a reset leaves alone; after
 * power-on they hold anything.  Always the same ones.  NULL: this board has none. */
void *port_retained(size_t size);

/* What the board found itself to be, one line for a person: part and revision,
 * flash, clock, read-out protection and other option bytes. */
size_t port_describe(char *buf, size_t size);

/* Restart at once.  Does not return. */
_Noreturn void port_reset(void);

/* True while the console's input waits until it is read, whatever the program does
 * meanwhile: a script, a file.  False: a person or a program on the other end of a
 * line, which sends when it likes; a chip's UART loses what is not read in time. */
bool port_console_waits(void);

/* True when the program should end: a terminal's Ctrl-C, the end of a script.
 * Always false on a chip. */
bool port_finished(void);

/* What it ends with then: 0, or 2 if a script met a line that begins with "error: ". */
int port_status(void);

#endif
