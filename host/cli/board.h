/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board.h - one board from whatever state it is in to a device that connects.
 *
 *   find it - stop it - look - seed - key - roots - settings - its own check -
 *   public half - start - wait for the first acknowledgement
 *
 * Nothing is written before the look has shown that the plan can be carried out.
 * Each step finds out what is there already and leaves it, so that the same plan
 * again, after whatever broke off the first time, goes on where that ended.
 */
#ifndef TERN_CLI_BOARD_H
#define TERN_CLI_BOARD_H

#include "cli/dialogue.h"
#include "cli/plan.h"

enum board_outcome {
	BOARD_DONE,
	BOARD_REFUSED,        /* the device refused a part, or its check found something */
	BOARD_UNFIT,          /* the plan and this board do not go together: nothing was written */
	BOARD_NO_LINE,        /* no device was found, or it was lost */
	BOARD_NO_BRIDGE,      /* provisioned, not registered: the bridge did not answer */
	BOARD_NOT_ACKED,      /* provisioned and started; no message was acknowledged in time */
	BOARD_INTERRUPTED
};

struct board_options {
	const char *line;          /* as line_open() takes it */
	int64_t     timeout_ms;    /* to find the prompt */
	bool        verbose;
	bool        quiet;         /* no word on each step */
	bool        start;
	int64_t     wait_ms;       /* for the first acknowledgement; 0: do not wait */
	const char *save_key;      /* NULL: a key is made on the device */
	bool        tell_place;    /* read the device's project, region and registry, too */
};

struct board {
	const struct board_options *options;
	struct plan    *plan;
	struct line     line;
	struct dialogue dialogue;
	enum board_outcome outcome;
	char     why[PLAN_WHY + 256];         /* unless DONE: a sentence, the device's own in it */
	char     version[64];                 /* of its firmware */
	char     id[HEARING_BOARD_MAX + 1];   /* its unique id, hexadecimal; may be empty */
	bool     was_running, written, stopped;
	bool     no_key;                      /* it has none, and its check says so */
	char     key[PLAN_SHORT + 1];         /* what it has: fingerprint of its key; "" if unknown */
	char     root[SETTINGS_ROOTS][PLAN_SHORT + 1];   /* by slot; "" if none */
	char     missing[128];                /* settings without which it cannot start */
	char     device[256];                 /* its device id */
	char     project[256], region[256], registry[256];   /* with tell_place */
	char     public_pem[KEY_PUBLIC_PEM_MAX];
	char     fingerprint[65];             /* of the public half, as it is registered */
	bool     rsa;
};

/* Find the board and look at it: after DONE, id and what it has are known. */
enum board_outcome board_find(struct board *b, const struct board_options *o, struct plan *p);

/* Then carry out the plan, up to the public half: it may have to be registered
 * before a start can succeed. */
enum board_outcome board_provision(struct board *b);

/* Then start the device and wait for its first acknowledgement, as far as the
 * options ask for that. */
enum board_outcome board_start(struct board *b);

/* Afterwards, whatever came of it. */
void board_close(struct board *b);

#endif
