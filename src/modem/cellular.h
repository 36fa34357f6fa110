/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cellular.h - what every cellular modem tells about SIM, network, signal and
 * time, by 3GPP TS 27.007, kept as a status.  Section numbers are of 27.007.
 */
#ifndef TERN_MODEM_CELLULAR_H
#define TERN_MODEM_CELLULAR_H

#include "base/bytes.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum cellular_sim {
	CELLULAR_SIM_UNKNOWN,
	CELLULAR_SIM_READY,
	CELLULAR_SIM_PIN,        /* asks for its PIN */
	CELLULAR_SIM_PUK,        /* locked, asks for its PUK */
	CELLULAR_SIM_MISSING,
	CELLULAR_SIM_BUSY,
	CELLULAR_SIM_FAILED
};

enum cellular_registration {
	CELLULAR_REG_UNKNOWN,    /* not asked yet, or the modem says so: out of coverage */
	CELLULAR_REG_IDLE,       /* not registered and not searching */
	CELLULAR_REG_SEARCHING,
	CELLULAR_REG_DENIED,
	CELLULAR_REG_HOME,
	CELLULAR_REG_ROAMING
};

/* One registration each: circuit (+CREG, 7.2), GPRS (+CGREG, 10.1.20), EPS
 * (+CEREG, 10.1.22). */
enum cellular_domain { CELLULAR_CS, CELLULAR_PS, CELLULAR_EPS, CELLULAR_DOMAINS };

#define CELLULAR_UNKNOWN INT16_MIN   /* a level that was not reported */

struct cellular_status {
	enum cellular_sim sim;
	enum cellular_registration registration;   /* for data: the better of PS and EPS */
	enum cellular_registration domain[CELLULAR_DOMAINS];
	uint8_t  act;             /* access technology as 7.3 numbers it: 0 GSM, 7 LTE, 8 LTE-M, 9 NB-IoT */
	uint8_t  reject_cause;    /* EMM or GMM cause of the last denial, 0 = not told */
	uint32_t area, cell;      /* location or tracking area, cell; 0 = not told */
	int16_t  rssi_dbm, rsrp_dbm, rsrq_db, sinr_db;
	int16_t  cfun;            /* 1 = radio on (8.2), CELLULAR_UNKNOWN */
	char operator_name[25];
	char ip[40];              /* of the data connection, "" = none */
	char model[16];           /* "BG96" */
	char revision[32];        /* of the firmware */
	char imei[16];
	char iccid[23];
	int64_t  network_unix_s;  /* network time last heard, 0 = never */
};

void cellular_init(struct cellular_status *s);

/* Take over what LINE says.  False, and nothing changed: none of ours, or not
 * of the documented form.  Known: +CPIN +CFUN +CREG +CGREG +CEREG +CSQ +COPS,
 * as a reply and as a URC (which has no <n>). */
bool cellular_line(struct cellular_status *s, struct bytes line);

/* What +CME ERROR: N says about the SIM (9.2.1); false: nothing. */
bool cellular_sim_error(struct cellular_status *s, uint16_t cme);

/* ERR_OK for a SIM that is ready, ERR_AGAIN for busy or unknown. */
enum err cellular_sim_err(enum cellular_sim sim);

static inline bool cellular_registered(const struct cellular_status *s)
{
	return s->registration == CELLULAR_REG_HOME || s->registration == CELLULAR_REG_ROAMING;
}

/* "2022/01/14,09:53:07+04,0" or "22/01/14,..." to seconds since 1970: read as
 * Greenwich time, its zone put into *ZONE_S (seconds east) and not applied.
 *   ERR_FORMAT  not of that form     ERR_ARG  a date before 2024 or after 2069:
 *   what modems say that were never told the time (1970, 1980, 2004, 2080); *UNIX_S
 *   is that date */
MUST_CHECK enum err cellular_time(struct bytes text, int64_t *unix_s, int32_t *zone_s);

/* Copy a field into a char array of SIZE, cut if longer, printable ASCII only. */
void cellular_copy(char *to, size_t size, struct bytes field);

#endif
