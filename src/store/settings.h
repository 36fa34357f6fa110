/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings.h - named values in flash that survive a power cut at any moment.
 *
 * A change is atomic: after a power cut during settings_set() or _erase() the
 * value is the old or the new one, all other values are what they were, and
 * what the first settings_init() after the cut decided stays decided.  A call
 * that returned ERR_OK is not undone by anything later.  How: kv.h.
 *
 * A secret's old bytes do not stay behind: changing or erasing a secret moves
 * everything to the other area and erases the one that held it before the call
 * returns (about 0.5 s on the STM32F1).  All other changes take a few
 * milliseconds, now and then as long as that.
 *
 * Values are bytes without a terminating zero; each name has one kind, which
 * says what they mean.  An empty value cannot be stored: erase it instead.
 */
#ifndef TERN_STORE_SETTINGS_H
#define TERN_STORE_SETTINGS_H

#include "store/kv.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum settings_kind {
	SETTINGS_TEXT,   /* characters */
	SETTINGS_U32,    /* 4 bytes, little endian */
	SETTINGS_I64,    /* 8 bytes, little endian; times are Unix seconds */
	SETTINGS_BLOB    /* bytes */
};

/*
 * Numbers are stored in flash and stable for ever: append, never renumber, never
 * reuse one.  1 to SETTINGS_LIMIT - 1.  Firmware that does not know a number
 * keeps its value.
 *
 *   secret       never printed; replaced without leaving a copy
 *   max          bytes
 */
#define SETTINGS_LIST(X)                                                     \
	/*                     no  name            kind            max secret */ \
	X(SETTINGS_HOST,          1, "host",         SETTINGS_TEXT,  253, false) \
	X(SETTINGS_PORT,          2, "port",         SETTINGS_U32,     4, false) \
	X(SETTINGS_PROJECT,       3, "project",      SETTINGS_TEXT,   64, false) \
	X(SETTINGS_REGION,        4, "region",       SETTINGS_TEXT,   64, false) \
	X(SETTINGS_REGISTRY,      5, "registry",     SETTINGS_TEXT,  255, false) \
	X(SETTINGS_DEVICE,        6, "device",       SETTINGS_TEXT,  255, false) \
	X(SETTINGS_APN,           7, "apn",          SETTINGS_TEXT,  100, false) \
	X(SETTINGS_APN_USER,      8, "apn-user",     SETTINGS_TEXT,   64, false) \
	X(SETTINGS_APN_PASSWORD,  9, "apn-password", SETTINGS_TEXT,   64, true)  \
	X(SETTINGS_PIN,          10, "pin",          SETTINGS_TEXT,    8, true)  \
	X(SETTINGS_NTP,          11, "ntp",          SETTINGS_TEXT,   63, false) \
	X(SETTINGS_INTERVAL,     12, "interval",     SETTINGS_U32,     4, false) /* seconds */ \
	X(SETTINGS_LED,          13, "led",          SETTINGS_U32,     4, false) /* 0 off, 1 on */ \
	X(SETTINGS_KEY,          14, "key",          SETTINGS_BLOB, 2400, true)  /* private key, DER */ \
	X(SETTINGS_ROOT_0,       15, "root-0",       SETTINGS_BLOB, 2048, false) /* certificate, DER */ \
	X(SETTINGS_ROOT_1,       16, "root-1",       SETTINGS_BLOB, 2048, false) \
	X(SETTINGS_ROOT_2,       17, "root-2",       SETTINGS_BLOB, 2048, false) \
	X(SETTINGS_ROOT_3,       18, "root-3",       SETTINGS_BLOB, 2048, false) \
	X(SETTINGS_CONFIG_ID,    19, "config-id",    SETTINGS_TEXT,   64, false) /* not used yet */ \
	X(SETTINGS_COMMAND_ID,   20, "command-id",   SETTINGS_TEXT,   64, false) /* of the last command that acted */ \
	X(SETTINGS_CLOCK_FLOOR,  21, "clock-floor",  SETTINGS_I64,     8, false) /* it is at least this late */ \
	X(SETTINGS_OUTBOX_SEQ,   22, "outbox-seq",   SETTINGS_U32,     4, false) /* all numbers used are below */ \
	X(SETTINGS_PIN_REFUSED,  23, "pin-refused",  SETTINGS_U32,     4, true)  /* CRC-32 of a PIN not to be sent */ \
	X(SETTINGS_BAUD,         24, "baud",         SETTINGS_U32,     4, false) /* of the modem's UART, at most */ \
	X(SETTINGS_PROBE,        25, "probe",        SETTINGS_TEXT,   21, false) /* device/probe.h */

#define SETTINGS_ENUM(key, number, name, kind, max, secret) key = number,
enum settings_key { SETTINGS_LIST(SETTINGS_ENUM) };
#undef SETTINGS_ENUM

enum { SETTINGS_LIMIT = KV_LIMIT, SETTINGS_ROOTS = 4, SETTINGS_MAX_SIZE = 2400 };

struct settings_info {
	const char        *name;     /* as typed by a user */
	enum settings_kind kind;
	bool               secret;
	uint16_t           max;      /* bytes */
};

/* What is known about KEY; NULL for a number that is not on the list. */
const struct settings_info *settings_info(enum settings_key key);

/* The key called NAME. */
bool settings_find(const char *name, size_t len, enum settings_key *key);

/* Set up by settings_init(); no member is for users. */
struct settings {
	struct kv kv;
};

/* Take PAGES pages of FLASH from FIRST_PAGE on, an even number of at least two,
 * and finish what a power cut may have left undone.  FLASH stays borrowed.
 * Blank flash is an empty store.
 *   ERR_ARG            pages do not exist, are not an even number, or too few
 *   ERR_STORE_CORRUPT  something was stored and no area is readable: the store
 *                      is empty and usable
 *   ERR_FLASH_*        the part fails: what could be read is readable, every
 *                      change is refused with this code */
MUST_CHECK enum err settings_init(struct settings *s, struct flash *flash, uint32_t first_page, uint32_t pages);

/* Copy the value of KEY to BUF; *LEN is its length.
 *   ERR_NOT_FOUND      not set            ERR_TOO_LONG  larger than SIZE (*LEN says how much)
 *   ERR_STORE_CORRUPT  its bytes in flash no longer verify
 *   ERR_ARG            no such key        ERR_FLASH_*   the part fails */
MUST_CHECK enum err settings_get(struct settings *s, enum settings_key key, void *buf, size_t size, size_t *len);

/* Copy N bytes of the value from OFFSET on: for values larger than the caller's
 * buffer.  Errors as settings_get(), ERR_ARG also for a part beyond the end.
 * The value was verified when the store was set up, and is not again. */
MUST_CHECK enum err settings_read(struct settings *s, enum settings_key key, size_t offset, void *buf, size_t n);

/* Length of the value, 0 when it is not set or damaged. */
size_t settings_size(const struct settings *s, enum settings_key key);

/* Store LEN bytes.  Returns after they are verified in flash; storing what is
 * stored already writes nothing.
 *   ERR_ARG      no such key, LEN is 0, or not the size of its kind
 *   ERR_TOO_LONG longer than the key's max     ERR_STORE_FULL  no room: nothing changed
 *   ERR_FLASH_*  the part fails: the value is the old or the new one */
MUST_CHECK enum err settings_set(struct settings *s, enum settings_key key, const void *data, size_t len);

/* Forget the value of KEY.  ERR_OK also when it was not set. */
MUST_CHECK enum err settings_erase(struct settings *s, enum settings_key key);

/* Forget every value, secret or not, in one step: factory reset. */
MUST_CHECK enum err settings_erase_all(struct settings *s);

/* Bytes that one more value may have now. */
size_t settings_free(const struct settings *s);

/* How often each page was erased so far. */
uint32_t settings_erases(const struct settings *s);

/* The same for values of one kind.  Text gets a terminating zero: SIZE counts
 * it, *LEN (may be NULL) does not. */
MUST_CHECK enum err settings_get_text(struct settings *s, enum settings_key key, char *buf, size_t size, size_t *len);
MUST_CHECK enum err settings_get_u32(struct settings *s, enum settings_key key, uint32_t *value);
MUST_CHECK enum err settings_get_i64(struct settings *s, enum settings_key key, int64_t *value);
MUST_CHECK enum err settings_set_u32(struct settings *s, enum settings_key key, uint32_t value);
MUST_CHECK enum err settings_set_i64(struct settings *s, enum settings_key key, int64_t value);

#endif
