/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quectel_model.h - what differs between Quectel modems, and the meaning of
 * their TCP/IP error numbers.
 */
#ifndef TERN_MODEM_QUECTEL_MODEL_H
#define TERN_MODEM_QUECTEL_MODEL_H

#include "base/bytes.h"
#include "base/err.h"

#include <stdint.h>

struct quectel_model {
	const char *name;         /* as the second line of ATI begins */
	uint8_t  context_max;     /* PDP contexts are 1 to this */
	uint8_t  sockets;         /* connection ids are 0 to this - 1 */
	uint16_t frame_max;       /* AT+QISEND, bytes */
	uint16_t read_max;        /* AT+QIRD, bytes */
	const char *keepalive;    /* rest of AT+QICFG="tcp/keepalive",: its units differ */
	const char *iccid;        /* command that reads the SIM's number */
	uint32_t act_ms, deact_ms, open_ms, prompt_ms, send_ms, read_ms, ntp_ms;
	uint8_t  close_s;         /* AT+QICLOSE=<id>,<s>: how long it may wait for the peer */
};

extern const struct quectel_model quectel_bg96, quectel_bg95, quectel_ec21, quectel_eg91;

/* The model whose name NAME begins with ("BG95-M3" is a BG95, "BG77" drives
 * as one); NULL if none. */
const struct quectel_model *quectel_model_find(struct bytes name);

/* What an error number of AT+QIGETERROR or +QIOPEN calls for. */
enum quectel_cure {
	QUECTEL_CURE_REOPEN,     /* the socket is dead: close it, open another */
	QUECTEL_CURE_ASK,        /* it may live: ask for its state, try again later */
	QUECTEL_CURE_CONTEXT,    /* the data connection is gone: redial */
	QUECTEL_CURE_NONE        /* a mistake of the driver or the settings */
};

struct quectel_error {
	uint16_t code;           /* 550 to 574; 0 stands for every other */
	enum quectel_cure cure;
	enum err err;
};

/* Never NULL. */
const struct quectel_error *quectel_error_find(uint32_t code);

#endif
