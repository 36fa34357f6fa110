/* SPDX-License-Identifier: Apache-2.0 */
/*
 * history.h - what a device remembers over restarts for the diagnosis: what
 * worked last, and the last verdicts.
 *
 * It has pages of its own, so that it can neither fill nor wear out the
 * settings'.  Writing is bounded: a verdict that is said again within an hour is
 * kept as it is, and what worked is written when it changes, its times once a day.
 * A history that cannot be read is empty; one that cannot be written is lost,
 * never a reason to fail.
 *
 * The values in flash, all numbers little endian, are told in SPEC.md.
 */
#ifndef TERN_STORE_HISTORY_H
#define TERN_STORE_HISTORY_H

#include "base/bytes.h"
#include "store/kv.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	HISTORY_VERDICTS = 4,      /* kept, the newest; older ones make room */
	HISTORY_LINE_MAX = 800,    /* bytes of a line that are kept */
	HISTORY_NAME_MAX = 64,
	HISTORY_ICCID_MAX = 23,
	HISTORY_AGAIN_S = 3600,    /* the same verdict is not written twice within */
	HISTORY_DAY_S = 86400      /* nor what worked, if only its times are later */
};

/* What worked at the last login. */
struct history_good {
	int64_t  login_at_s;       /* 0: never */
	int64_t  issuer_at_s;      /* when a chain of this issuer was last verified */
	uint32_t who;              /* CRC-32 of the ids and the public key that logged in */
	char     issuer[HISTORY_NAME_MAX];   /* topmost of the server's chain */
	char     iccid[HISTORY_ICCID_MAX];
};

/* One verdict that was said; its line is stored beside it. */
struct history_verdict {
	int64_t  at_s;             /* when it was first said; 0: the clock was not set */
	uint32_t number;           /* counts verdicts, from 1 */
	uint16_t code;             /* enum verdict */
	bool     sent;             /* on events/diagnosis, and acknowledged */
};

/* Set up by history_init(); no member is for users. */
struct history {
	struct kv kv;
};

/* Take PAGES pages of FLASH from FIRST_PAGE on, even, at least two; FLASH stays borrowed.
 * Two areas of 4 KB hold all that is kept in full; in smaller ones lines are cut further.
 *   ERR_ARG  a board without these pages: the history stays empty and keeps nothing
 *   others   as kv_init(): likewise, but after ERR_STORE_CORRUPT it is usable */
MUST_CHECK enum err history_init(struct history *h, struct flash *flash, uint32_t first_page, uint32_t pages);

/* What worked: all zero if nothing is known.  Storing the same, or times that are later
 * by less than HISTORY_DAY_S, writes nothing. */
void history_good(struct history *h, struct history_good *good);
void history_set_good(struct history *h, const struct history_good *good);

/* Keep a verdict and its LINE (cut to HISTORY_LINE_MAX).  Nothing is written if the newest
 * has the same code and is less than HISTORY_AGAIN_S old; where the clock was not set both
 * times, if it was not sent yet. */
void history_add(struct history *h, uint16_t code, int64_t at_s, struct bytes line);

/* The verdict said BACK verdicts ago (0: the newest), and up to SIZE bytes of its
 * line; *LEN is how many.  False: there is none. */
bool history_verdict(struct history *h, unsigned back, struct history_verdict *v, void *line, size_t size, size_t *len);

/* The oldest that is still to be sent; false: none.  And: NUMBER was acknowledged. */
bool history_unsent(struct history *h, struct history_verdict *v, void *line, size_t size, size_t *len);
void history_sent(struct history *h, uint32_t number);

/* How often a day has another store, which was erased ERASES times so far, been erased
 * since a day or more ago?  True, with *PER_DAY, once a day, and then kept anew: call it
 * whenever the time is known. */
bool history_wear(struct history *h, uint32_t erases, int64_t now_s, uint32_t *per_day);

/* Forget everything: factory reset. */
MUST_CHECK enum err history_erase(struct history *h);

#endif
