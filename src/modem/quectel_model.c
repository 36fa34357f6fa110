/* SPDX-License-Identifier: Apache-2.0 */
#include "modem/quectel_model.h"

#include <stddef.h>
#include <string.h>

/* BG96 and BG95 count the keepalive's idle time in minutes; of the others both
 * units are documented, and 120 is right in either.  A back-stop: MQTT's own
 * ping comes first, and each probe costs the data plan.  RESET of a BG95 wants
 * 2 to 3.8 s, of the others 150 to 460 ms. */
const struct quectel_model quectel_models[] = {
	{ "BG96", 300, 30 },
	{ "BG95", 3000, 30 },
	{ "BG77", 3000, 30 },
	{ "BG60", 3000, 30 },    /* BG600L */
	{ "EC21", 300, 120 },
	{ "EC25", 300, 120 },
	{ "EG91", 300, 120 },
	{ "EG95", 300, 120 },
};

enum { MODELS = sizeof quectel_models / sizeof quectel_models[0] };

const struct quectel_model *quectel_model_find(struct bytes name)
{
	for (const struct quectel_model *m = quectel_models; m < quectel_models + MODELS; m++)
		if (name.len >= sizeof m->begins && memcmp(name.data, m->begins, sizeof m->begins) == 0)
			return m;
	return NULL;
}

#define FIRST_CODE 550u
#define FIRST_ERR  ((uint8_t)ERR_MODEM_SILENT)   /* so that a byte holds one */

#define REOPEN(e)  { QUECTEL_CURE_REOPEN,  (uint8_t)((e) - FIRST_ERR) }
#define ASK(e)     { QUECTEL_CURE_ASK,     (uint8_t)((e) - FIRST_ERR) }
#define CONTEXT(e) { QUECTEL_CURE_CONTEXT, (uint8_t)((e) - FIRST_ERR) }
#define NONE(e)    { QUECTEL_CURE_NONE,    (uint8_t)((e) - FIRST_ERR) }

static const struct { uint8_t cure, err; } errors[] = {
	[550 - FIRST_CODE] = REOPEN(ERR_MODEM_SOCKET_DEAD),     /* unknown error */
	[551 - FIRST_CODE] = ASK(ERR_MODEM_SOCKET),             /* operation blocked */
	[552 - FIRST_CODE] = NONE(ERR_MODEM_SOCKET),            /* invalid parameters */
	[553 - FIRST_CODE] = ASK(ERR_MODEM_SOCKET),             /* memory not enough */
	[554 - FIRST_CODE] = REOPEN(ERR_MODEM_SOCKET),          /* create socket failed */
	[555 - FIRST_CODE] = NONE(ERR_MODEM_SOCKET),            /* operation not supported */
	[556 - FIRST_CODE] = REOPEN(ERR_MODEM_SOCKET),          /* socket bind failed */
	[557 - FIRST_CODE] = NONE(ERR_MODEM_SOCKET),            /* socket listen failed */
	[558 - FIRST_CODE] = REOPEN(ERR_MODEM_SOCKET_DEAD),     /* socket write failed */
	[559 - FIRST_CODE] = REOPEN(ERR_MODEM_SOCKET_DEAD),     /* socket read failed */
	[560 - FIRST_CODE] = REOPEN(ERR_MODEM_SOCKET),          /* socket accept failed */
	[561 - FIRST_CODE] = CONTEXT(ERR_MODEM_PDP_REFUSED),    /* open PDP context failed */
	[562 - FIRST_CODE] = CONTEXT(ERR_MODEM_PDP_LOST),       /* close PDP context failed */
	[563 - FIRST_CODE] = REOPEN(ERR_MODEM_SOCKET),          /* socket identity has been used */
	[564 - FIRST_CODE] = ASK(ERR_MODEM_DNS),                /* DNS busy */
	[565 - FIRST_CODE] = REOPEN(ERR_MODEM_DNS),             /* DNS parse failed */
	[566 - FIRST_CODE] = REOPEN(ERR_MODEM_CONNECT),         /* socket connect failed */
	[567 - FIRST_CODE] = REOPEN(ERR_MODEM_CLOSED),          /* socket has been closed */
	[568 - FIRST_CODE] = ASK(ERR_MODEM_SOCKET),             /* operation busy */
	[569 - FIRST_CODE] = ASK(ERR_MODEM_OPEN_TIMEOUT),       /* operation timeout */
	[570 - FIRST_CODE] = CONTEXT(ERR_MODEM_PDP_LOST),       /* PDP context broken down */
	[571 - FIRST_CODE] = ASK(ERR_MODEM_SOCKET),             /* cancel send */
	[572 - FIRST_CODE] = REOPEN(ERR_MODEM_SOCKET_DEAD),     /* operation not allowed: not connected */
	[573 - FIRST_CODE] = CONTEXT(ERR_MODEM_APN),            /* APN not configured */
	[574 - FIRST_CODE] = REOPEN(ERR_MODEM_SOCKET),          /* port busy */
};

struct quectel_error quectel_error_find(uint32_t code)
{
	struct quectel_error e = { QUECTEL_CURE_ASK, ERR_MODEM_SOCKET };

	if (code - FIRST_CODE < sizeof errors / sizeof errors[0]) {
		e.cure = (enum quectel_cure)errors[code - FIRST_CODE].cure;
		e.err = (enum err)(FIRST_ERR + errors[code - FIRST_CODE].err);
	}
	return e;
}
