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

/* What is alike in all of them, the maker's time-outs among it, stands in
 * quectel_internal.h. */
struct quectel_model {
	char     begins[4];       /* its name, without a zero */
	uint16_t reset_ms;        /* length of the pulse of RESET */
	uint8_t  keepalive_idle;  /* of AT+QICFG="tcp/keepalive": its units differ */
};

/* The one that is driven as long as it is not known. */
#define quectel_bg96 quectel_models[0]
extern const struct quectel_model quectel_models[];

/* The model whose name NAME ("BG95-M3") begins with; NULL if none. */
const struct quectel_model *quectel_model_find(struct bytes name);

/* What an error number of AT+QIGETERROR or +QIOPEN calls for. */
enum quectel_cure {
	QUECTEL_CURE_REOPEN,     /* the socket is dead: close it, open another */
	QUECTEL_CURE_ASK,        /* it may live: ask for its state, try again later */
	QUECTEL_CURE_CONTEXT,    /* the data connection is gone: redial */
	QUECTEL_CURE_NONE        /* a mistake of the driver or the settings */
};

struct quectel_error {
	enum quectel_cure cure;
	enum err err;
};

struct quectel_error quectel_error_find(uint32_t code);

#endif
