/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tern.h - the public face: one device, from the UART of its modem to the
 * message that the cloud has acknowledged.
 *
 * Tern does no I/O of its own.  The program moves bytes between a UART and
 * Tern, says what time it is, and reads events:
 *
 *	static struct tern tern;
 *	...
 *	tern_init(&tern, &config, now_ms());
 *	tern_start(&tern, &missing, now_ms());
 *	for (;;) {
 *		tern_modem_feed(&tern, rx, n, now_ms());          // UART -> Tern
 *		tern_step(&tern, now_ms());
 *		while (tern_next(&tern, &event))
 *			handle(&event);
 *		data = tern_modem_tx_peek(&tern, &len);           // Tern -> UART
 *		tern_modem_tx_done(&tern, uart_write(data, len));
 *		if (tern_deadline(&tern, now_ms(), &at_ms))
 *			sleep_until(at_ms);
 *	}
 *
 * Rules that hold everywhere
 *   - Nothing blocks, except for a slice of cryptography (at most 0.3 s on a
 *     Cortex-M3 at 72 MHz; 3 s to sign in with an RSA key) and for flash writes.
 *   - Times are milliseconds of a uint32_t that may wrap.  Sizes are bytes.
 *   - The caller owns all memory; there is nothing to free.
 *   - One struct tern is used from one context only: with an RTOS one task
 *     owns it and others post to that task.  Two of them share nothing.
 *   - Pointers must not be NULL unless said so.  Strings end with a zero.
 *   - A result is TERN_OK or a number of the list in docs/errors.md, stable for
 *     ever; tern_err_name() and tern_err_text() put it in words.
 *   - Secrets go in and never come out.
 */
#ifndef TERN_H
#define TERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Results that a program may want to branch on. */
enum {
	TERN_OK        = 0,
	TERN_FULL      = 1,
	TERN_STATE     = 2,
	TERN_AGAIN     = 3,
	TERN_ARG       = 4,
	TERN_TOO_LONG  = 5,
	TERN_NOT_FOUND = 6
};

const char *tern_err_name(int err);    /* "TLS_ROOT" */
const char *tern_err_text(int err);    /* "no stored root vouches for the server's ..." */

/* ---------------------------------------------------------------- memory -- */

/* Opaque.  Define it static: it is too large for a small stack. */
enum { TERN_WORDS = 4096 };
struct tern {
	void *opaque[TERN_WORDS];
};

/* Bytes of the arena that are enough for a chain up to RSA-4096 or P-384, 8 KB
 * long, and full 16 KB records when connected, with TLS 1.2 and on a 32-bit chip;
 * double it elsewhere or with TLS 1.3. */
#define TERN_ARENA_SIZE (24 * 1024)

/*
 * Flash for the settings, the key and the random seed: at least TERN_FLASH_PAGES
 * pages, addressed from 0, that nothing else uses.  With TERN_FLASH_PAGES_ALL the last
 * diagnoses and what worked last outlive a restart, too.  Each function gets CTX,
 * blocks until done and returns 0, or not 0 on a failure.  program() is called
 * with multiples of 8 bytes at multiples of 8, once between two erases.
 */
enum { TERN_FLASH_PAGES = 18, TERN_FLASH_PAGES_ALL = 22 };
struct tern_flash {
	void    *ctx;
	uint32_t page_size;    /* bytes, a multiple of 8, at least 2048 */
	uint32_t page_count;
	int (*read)(void *ctx, uint32_t addr, void *buf, size_t len);
	int (*erase)(void *ctx, uint32_t addr);
	int (*program)(void *ctx, uint32_t addr, const void *data, size_t len);
};

/* The modem's two keys, by their meaning: which of them are wired, or how they
 * are to be now (true: PWRKEY pressed, held in RESET). */
struct tern_modem_lines {
	bool pwrkey, reset;
};

/* RAM that a reset leaves alone (a section that start-up code neither clears nor fills),
 * aligned for any type.  It tells the run after a watchdog or a fault how far the one
 * before had come; who restarts again and again on the way to a network is held back. */
enum { TERN_RETAINED_SIZE = 64 };

/* Why the board began anew, by its reset flags. */
enum tern_restart {
	TERN_RESTART_UNKNOWN, TERN_RESTART_POWER_ON, TERN_RESTART_PIN, TERN_RESTART_SOFTWARE, TERN_RESTART_WATCHDOG,
	TERN_RESTART_BROWN_OUT, TERN_RESTART_FAULT, TERN_RESTART_STACK
};

struct tern_config {
	const struct tern_flash *flash;
	void       *arena;            /* aligned for any type; borrowed for good */
	size_t      arena_size;       /* TERN_ARENA_SIZE */
	uint8_t    *outbox;           /* messages that wait for their acknowledgement; borrowed */
	size_t      outbox_size;      /* 1 KB holds about ten short messages */
	const void *unique_id;        /* of this one chip; borrowed */
	size_t      unique_id_len;
	unsigned    noise;            /* the board's live noise, see tern_noise_wanted(); 0: none, a seed is needed */
	struct tern_modem_lines modem_lines;   /* which are wired, see tern_modem_lines() */
	bool        modem_flow;       /* RTS and CTS to the modem are wired, and the UART drives them */
	uint32_t    modem_baud_max;   /* the modem's UART can be set so fast, see tern_modem_baud(); 0: it is not set */
	int64_t     build_unix_s;     /* when the image was built, and no earlier time is believed; 0: the library's */
	void       *retained;         /* TERN_RETAINED_SIZE bytes; NULL: none */
	enum tern_restart restart;
};

/* Prepare T and read its settings from flash.  CFG is copied; what it points to
 * stays borrowed.
 *   STORE_CORRUPT, FLASH_...  T is usable, with empty settings */
int tern_init(struct tern *t, const struct tern_config *cfg, uint32_t now_ms);

/* The program is about to restart the board because somebody asked for it: that does not
 * count as one that went wrong. */
void tern_restarting(struct tern *t);

/* -------------------------------------------------------------- settings -- */

/* Set a value by name: host, port, project, registry, device, region, apn,
 * apn-user, apn-password, pin, ntp, interval, baud; "connection" takes all four ids as
 * project-id=...;registry-id=...;device-id=...;cloud-region=...
 * Checked first: a refused value changes nothing.  Power may fail at any time:
 * the old or the new value is there afterwards.
 *   TERN_NOT_FOUND  no such name     other  why the value is refused */
int tern_set(struct tern *t, const char *name, const char *value);

/* Read a value back as text.
 *   TERN_NOT_FOUND  not set or no such name
 *   TERN_STATE      it is a secret
 *   TERN_TOO_LONG   it does not fit SIZE bytes with its terminating zero */
int tern_get(struct tern *t, const char *name, char *buf, size_t size);

/* Add a root certificate, PEM, one of up to four.
 *   PEM_..., CERT_...  refused     ROOTS_FULL  four are stored */
int tern_add_root(struct tern *t, const char *pem, size_t len);

/* Set the device's private key, PEM: EC P-256 (ES256) or RSA 2048 to 4096
 * (RS256).  The old one is erased from the flash.
 *   PEM_..., KEY_...  refused: the old one stays */
int tern_set_key(struct tern *t, const char *pem, size_t len);

/* Provision the random generator: 32 bytes from a good generator elsewhere.
 *   RNG_SEED  a pattern, not random */
int tern_set_seed(struct tern *t, const uint8_t seed[32]);

/* --------------------------------------------------------------- entropy -- */

/*
 * Live noise, beside the seed or, until there is one, in its place: raw samples,
 * a byte each, as they are measured, nothing whitened or left out.
 *   ADC         conversions of the two noisiest inputs in turn, low byte, the first
 *               input first in each call
 *   OSCILLATOR  a free oscillator counted by another one, low byte
 *   HARDWARE    a generator of random numbers
 * tern_config.noise has a bit 1 << source for each.  What they must be for the
 * claim to hold, and how to measure that: docs/entropy.md.
 */
enum tern_noise_source { TERN_NOISE_ADC, TERN_NOISE_OSCILLATOR, TERN_NOISE_HARDWARE };

/* Samples of SOURCE that are wanted now; give that many or fewer, with every turn
 * of the loop.  0: none. */
size_t tern_noise_wanted(const struct tern *t, enum tern_noise_source source);
void tern_noise(struct tern *t, enum tern_noise_source source, const uint8_t *samples, size_t n, uint32_t now_ms);

/* Stir in anything that may differ from start to start: what memory held at
 * power-on.  It does no harm and earns no credit. */
void tern_stir(struct tern *t, const void *data, size_t len);

/* Offer the time that a clock with a battery has kept, after tern_init(); it is
 * believed until a better source tells.  Set that clock at TERN_EVENT_TIME.
 *   TERN_ARG    it cannot be right: before the image was built, or decades after
 *   TERN_STATE  a better source has told */
int tern_keep_time(struct tern *t, int64_t unix_s, uint32_t now_ms);

/* ------------------------------------------------------------- connecting -- */

/* Check the settings and bring the modem up.  From here on Tern connects, and
 * connects again after every loss, with a growing pause.
 * When a setting is missing or unfit, *MISSING is its name; else NULL.
 *   TERN_STATE  already started
 *   DEVICE_SETTING, TERN_TOO_LONG, IOTCORE_...  see *MISSING
 *   KEY_MISSING, ROOTS_EMPTY, RNG_UNSEEDED      not provisioned; with live noise that
 *                 is still being gathered RNG_UNSEEDED comes as TERN_EVENT_LOST, if at all */
int tern_start(struct tern *t, const char **missing, uint32_t now_ms);
void tern_stop(struct tern *t, uint32_t now_ms);

/* The modem's UART.  Feed returns the bytes taken: offer the rest later.  Peek
 * returns the bytes to send, NULL if none; report how many were sent. */
size_t tern_modem_feed(struct tern *t, const void *data, size_t len, uint32_t now_ms);
const void *tern_modem_tx_peek(const struct tern *t, size_t *len);
void tern_modem_tx_done(struct tern *t, size_t n);

/* The modem's keys, where they are wired: after each step set them so.  Tell what
 * its STATUS says before each step, if that is wired. */
enum tern_modem_status { TERN_MODEM_UNKNOWN, TERN_MODEM_OFF, TERN_MODEM_ON };
struct tern_modem_lines tern_modem_lines(const struct tern *t);
void tern_modem_status(struct tern *t, enum tern_modem_status status);

/* The speed that the modem's UART is to have, at first 115200.  When it changes:
 * set it, and tell whether it could be set; nothing is sent before.  The setting
 * "baud" limits it, to 115200 if it is not set. */
uint32_t tern_modem_baud(const struct tern *t);
void tern_modem_baud_set(struct tern *t, bool could);

/* Stop, and switch the modem off in an orderly way: what to do before its supply
 * is cut.  TERN_EVENT_MODEM_OFF follows within 200 s; tern_start() leads on. */
void tern_modem_off(struct tern *t, uint32_t now_ms);

/* Move everything forward: after feeding, and when tern_deadline() is reached.
 * tern_deadline() returns false when nothing is due. */
void tern_step(struct tern *t, uint32_t now_ms);
bool tern_deadline(const struct tern *t, uint32_t now_ms, uint32_t *at_ms);

/* --------------------------------------------------------------- messages -- */

/* Queue a telemetry message on events, or on events/SUBFOLDER if that is not
 * NULL.  It leaves the outbox when the server has acknowledged it, not before:
 * a lost connection repeats it.  *SEQ is its number in TERN_EVENT_ACKED.
 *   OUTBOX_FULL         nothing queued; try again after a TERN_EVENT_ACKED
 *   IOTCORE_EVENT_SIZE  longer than about 1 KB with its topic, or than the outbox
 *   IOTCORE_SUBFOLDER   malformed, or longer than 64 characters */
int tern_publish(struct tern *t, const char *subfolder, const void *data, size_t len, uint32_t *seq);

/* Report the device's state.  The newest wins; at most one a second goes out.
 *   TERN_STATE  never started     IOTCORE_STATE_SIZE  longer than 256 bytes */
int tern_report_state(struct tern *t, const void *data, size_t len, uint32_t now_ms);

enum tern_event_type {
	TERN_EVENT_STATE,        /* STATE was entered: a word such as "online" */
	TERN_EVENT_LOST,         /* ERR; next try in RETRY_MS */
	TERN_EVENT_CONFIG,       /* DATA: the configuration; answer with tern_config_done() */
	TERN_EVENT_REFUSED,      /* a message of SIZE bytes was given up: ERR.  SEQ: own telemetry that can
	                            never be sent; 0: one from the cloud */
	TERN_EVENT_COMMAND,      /* DATA: a command, SUBFOLDER: its name or empty */
	TERN_EVENT_ACKED,        /* message SEQ is acknowledged */
	TERN_EVENT_STATE_ACKED,  /* the reported state is acknowledged */
	TERN_EVENT_TIME,         /* the clock was set */
	TERN_EVENT_NOISE,        /* a warning: SOURCE fails its health test, or is silent */
	TERN_EVENT_MODEM_OFF,    /* ERR: TERN_OK, or MODEM_SWITCH: it may still be on */
	TERN_EVENT_DIAGNOSIS     /* DATA: a line of text, "diagnosis: ... [CODE fact=value ...]", without a line end:
	                            what failed, why, and what to do; once a cause, and once when it is over */
};

struct tern_event {
	enum tern_event_type type;
	const char *state;
	int         err;
	uint32_t    retry_ms;
	uint32_t    seq;
	size_t      size;
	enum tern_noise_source source;
	const char *subfolder;      /* not zero-terminated; SUBFOLDER_LEN bytes */
	size_t      subfolder_len;
	const void *data;           /* borrowed until the next tern_next() */
	size_t      len;
};

/* The next event, or false.  Read all of them after each step. */
bool tern_next(struct tern *t, struct tern_event *ev);

/* The configuration of TERN_EVENT_CONFIG was applied or refused: tell the server
 * that it has arrived. */
void tern_config_done(struct tern *t, uint32_t now_ms);

/* ----------------------------------------------------------------- status -- */

struct tern_status {
	const char *state;          /* "stopped", "modem", "online", ... */
	int         err;            /* of the last failed try, TERN_OK after a success */
	bool        online;
	int64_t     unix_s;         /* 0 while the clock is unset */
	int         signal_dbm;     /* 0 when unknown */
	uint32_t    queued, acked, dropped;
	uint32_t    connects, losses;
	size_t      arena_peak;     /* bytes */
};

void tern_get_status(const struct tern *t, struct tern_status *status, uint32_t now_ms);

/* ---------------------------------------------------------------- console -- */

/* The line console of the demo image for a program of one's own: bytes in,
 * bytes out.  A program that does not call these does not carry them. */
enum { TERN_CONSOLE_WORDS = 2048 };
struct tern_console {
	void *opaque[TERN_CONSOLE_WORDS];
};

/* VERSION is the firmware's, as "version" prints it; borrowed. */
void tern_console_init(struct tern_console *c, struct tern *t, const char *version, uint32_t now_ms);
size_t tern_console_feed(struct tern_console *c, const void *data, size_t len, uint32_t now_ms);
const void *tern_console_tx_peek(const struct tern_console *c, size_t *len);
void tern_console_tx_done(struct tern_console *c, size_t n);
void tern_console_step(struct tern_console *c, uint32_t now_ms);
bool tern_console_deadline(const struct tern_console *c, uint32_t *at_ms);   /* false: nothing is due */

/* Print a line above the prompt.  False, and nothing printed, when there is no
 * room for all of it now. */
bool tern_console_print(struct tern_console *c, const char *line);

/* True once after "reboot" was typed: the program restarts the chip. */
bool tern_console_reboot_asked(struct tern_console *c);

#ifdef __cplusplus
}
#endif

#endif
