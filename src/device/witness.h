/* SPDX-License-Identifier: Apache-2.0 */
/*
 * witness.h - what the device itself saw, and gathering what its layers saw, as
 * evidence for the diagnosis.
 *
 * In the good case this costs a few assignments a step; everything else is looked
 * up when something has failed.
 */
#ifndef TERN_DEVICE_WITNESS_H
#define TERN_DEVICE_WITNESS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct device;
struct retained;

enum {
	WITNESS_LINE      = 39,      /* bytes */
	WITNESS_KEY_SIZE  = 24,      /* "SHA256:" and 16 digits */
	WITNESS_TOPIC_MS  = 2000,    /* a close so soon after a publish may be its answer */
	WITNESS_KICK_S    = 60,      /* a session that ended sooner was cut short */
	WITNESS_PROBE_S   = 6 * 3600,   /* the probe's answers hold so long */
	WITNESS_LOGIN_MS  = 5000     /* a close so soon after a login is its answer */
};

struct witness {
	uint32_t now_s;           /* since device_init(), by TICK_MS: does not wrap as milliseconds do */
	uint32_t tick_ms;
	uint32_t step_ms;         /* when the step under way began */
	uint32_t sent_ms;         /* when the last byte went to the server */
	uint32_t online_s;        /* when the session began */
	uint32_t offline_s;       /* when the last one ended */
	uint32_t search_s;        /* when the search for a network began */
	uint32_t day_s;           /* when this day began, and what had gone through the socket by then */
	uint32_t day_bytes;
	uint32_t given_up;        /* messages given up by the outbox, when the last session ended */
	uint32_t publish_ms;      /* of the last event */
	uint32_t topic_closed;    /* check sum of the topic that closed the last session; 0: none did */
	uint32_t who;             /* check sum of ids and public key */
	bool     searching;
	bool     online;          /* the session had begun */
	bool     sim_looked;      /* was the SIM the same as at the last login? */
	uint32_t probed_s;        /* when the probe had its answers, after PROBED */
	uint16_t probed;          /* enum err; ERR_OK: it has none */
	uint8_t  other[3];        /* name, port, host: enum evidence_answer */
	uint8_t  search_told;     /* how often this search was spoken of */
	bool     line_bad;        /* what comes from the modem now is no text */
	uint8_t  line_len;
	char     line[WITNESS_LINE];   /* of the modem, as it comes */
	char     key[WITNESS_KEY_SIZE];
};

void witness_init(struct device *d, uint32_t now_ms);

/* What the run before this one has left, into the evidence; BEFORE holds its text.  False: it
 * is not known why this one began. */
bool witness_before(struct device *d, struct retained *before);

/* The modem has said this. */
void witness_modem(struct device *d, const uint8_t *data, size_t len);

/* The device starts; with this key; its profile is known, too.  And: a new try begins. */
void witness_start(struct device *d, uint32_t now_ms);
void witness_key(struct device *d, const uint8_t fingerprint[32]);
void witness_known(struct device *d);
void witness_begin(struct device *d, uint32_t now_ms);

/* Notice how far it is: cheap.  The first also lets time pass. */
void witness_step(struct device *d, uint32_t now_ms);
void witness_reach(struct device *d, uint32_t now_ms);
uint32_t witness_search_s(const struct device *d);   /* of looking for a network so far; 0: it does not */

/* An event was handed to the connection; a login was accepted. */
void witness_publish(struct device *d, uint32_t now_ms);
void witness_login(struct device *d, uint32_t now_ms);

/* Remember what works now: the history writes only what is news. */
void witness_good(struct device *d, uint32_t now_ms);

/* Messages that found no room in the outbox since the last session ended. */
uint32_t witness_given_up(const struct device *d);

/* The session, or the try, ends because of WHY: gather what the layers know
 * before they forget it; what lies in flash is not read.  Then, with the
 * outbox rewound: it has ended. */
void witness_collect(struct device *d, enum err why, uint32_t now_ms);
void witness_ended(struct device *d, enum err why, uint32_t now_ms);

/* What else works was found out before and holds for a while, so that the same failure
 * has the same verdict: true if it is to be found out (anew) after WHY. */
bool witness_probes(struct device *d, enum err why);
void witness_probed(struct device *d);

/* What is remembered over restarts, and what takes time to find out, for as long
 * as a verdict is being said: put it into the evidence, and take it out again.
 * NULL, which may be forgotten, too: there is no memory for that. */
struct witness_scratch;
struct witness_scratch *witness_recall(struct device *d);
void witness_forget(struct device *d, struct witness_scratch *s);

#endif
