/* SPDX-License-Identifier: Apache-2.0 */
/*
 * recovery.h - what to try next when something keeps failing: the ladder.
 *
 * Retry, activate the data connection anew, switch the radio off and on,
 * restart the modem, switch it off and on where the board can; each with a
 * growing wait.  A pure decision over counters: it sends nothing.
 */
#ifndef TERN_MODEM_RECOVERY_H
#define TERN_MODEM_RECOVERY_H

#include <stdbool.h>
#include <stdint.h>

/* What keeps failing. */
enum recovery_fault {
	RECOVERY_COMMAND,    /* a command that must work is refused or not answered */
	RECOVERY_SIM,        /* the SIM is missing or reports a failure */
	RECOVERY_SEARCH,     /* no network in time */
	RECOVERY_DENIED,     /* the network refuses registration */
	RECOVERY_CONTEXT,    /* the data connection is refused or was taken away */
	RECOVERY_SOCKET,     /* connections do not open, or die without the peer's doing */
	RECOVERY_FAULTS
};

enum recovery_action {
	RECOVERY_RETRY,      /* the same again */
	RECOVERY_REDIAL,     /* deactivate the data connection, activate it anew */
	RECOVERY_RADIO,      /* radio off and on: AT+CFUN=0, AT+CFUN=1 */
	RECOVERY_RESTART,    /* restart the modem: AT+CFUN=1,1 */
	RECOVERY_POWER       /* the same by its switch: if the first restart did not help */
};

struct recovery {
	uint8_t  failures[RECOVERY_FAULTS];   /* in a row */
	bool     has_switch;                  /* PWRKEY or RESET is wired */
	uint8_t  restarts;                    /* since the last that helped */
	uint32_t restart_ms;                  /* when the last was */
	uint32_t random;
};

struct recovery_step {
	enum recovery_action action;
	uint32_t wait_ms;                     /* before it, jitter included */
};

/* SEED makes the jitter of two devices differ. */
void recovery_init(struct recovery *r, uint32_t seed, bool has_switch);

/* Count one more failure and decide.  Restarts keep the distance that the
 * maker asks for: at once, then 10, 30, 60, 60, ... minutes; a restart that may
 * not be yet becomes RECOVERY_RADIO. */
struct recovery_step recovery_failed(struct recovery *r, enum recovery_fault fault, uint32_t now_ms);

/* A modem that does not answer at all: may its switch be used now?  True counts
 * as a restart. */
bool recovery_may_switch(struct recovery *r, uint32_t now_ms);

/* FAULT is over: its count starts anew. */
void recovery_over(struct recovery *r, enum recovery_fault fault);

/* All has been well for long enough: everything starts anew. */
void recovery_healthy(struct recovery *r);

#endif
