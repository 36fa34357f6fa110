/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor_session.h - TLS and MQTT over a link, step by step: what device/pump.c
 * does in one go for a device.
 *
 * MQTT is the client itself and not iotcore.h, which says nothing of a SUBACK and
 * would acknowledge a config: that is the device's to do, not its doctor's.
 */
#ifndef TERN_CLI_DOCTOR_SESSION_H
#define TERN_CLI_DOCTOR_SESSION_H

#include "base/evidence.h"
#include "base/link.h"
#include "cloud/iotcore.h"
#include "crypto/tls.h"

enum { DOCTOR_SESSION_CHUNK = 4096, DOCTOR_SESSION_TX = 8192, DOCTOR_SESSION_RX = 1024, DOCTOR_SESSION_SLOTS = 4 };

/* Who carries the link.  WAIT returns when there may be something to do, at the
 * latest at UNTIL_MS.  TELL writes what the carrier saw; NULL: nothing more. */
struct doctor_carrier {
	struct link *link;
	void (*step)(struct doctor_carrier *c, uint32_t now_ms);
	void (*wait)(struct doctor_carrier *c, uint32_t until_ms);
	void (*tell)(struct doctor_carrier *c, struct evidence *e);
};

struct doctor_session {
	struct doctor_carrier *carrier;
	struct tls   tls;
	struct mqtt  mqtt;
	struct mqtt_slot slots[DOCTOR_SESSION_SLOTS];
	uint8_t  tls_tx[TLS_TX_SIZE], tx[DOCTOR_SESSION_TX], rx[DOCTOR_SESSION_RX];
	uint8_t  wire[DOCTOR_SESSION_CHUNK], plain[DOCTOR_SESSION_CHUNK];
	size_t   wire_off, wire_len, plain_off, plain_len;
	bool     up, subscribed;         /* CONNACK 0; SUBACK */
	uint8_t  granted[2];
	size_t   granted_len;
	bool     config;                 /* one came, of so many bytes */
	size_t   config_size;
	enum err err;                    /* MQTT's, when it went down */
	uint32_t sent_ms;                /* when a packet last went to TLS */
};

/* Over CARRIER's link, which is open.  ROOTS and C stay borrowed. */
void doctor_session_init(struct doctor_session *s, struct doctor_carrier *carrier, struct crypto *c,
			 struct roots *roots, uint32_t handshake_ms, uint32_t answer_ms, int64_t floor_s);

/* Each returns when it is done or has failed, within its time: ERR_OK, or why. */
MUST_CHECK enum err doctor_session_handshake(struct doctor_session *s, const char *host);
MUST_CHECK enum err doctor_session_login(struct doctor_session *s, const struct iotcore_ids *ids, const char *token);
MUST_CHECK enum err doctor_session_subscribe(struct doctor_session *s, const struct iotcore_ids *ids);

/* In order if that can be had within a second.  The link is closed. */
void doctor_session_end(struct doctor_session *s);

#endif
