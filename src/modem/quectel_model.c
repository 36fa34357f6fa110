/* SPDX-License-Identifier: Apache-2.0 */
#include "modem/quectel_model.h"

#include <stddef.h>

/* Times are the manufacturer's maxima (TCP/IP application notes).  tcp/keepalive
 * is on, idle time, seconds between probes, probes.  BG96 and BG95 count the
 * idle time in minutes; of the others both units are documented, and 120 is
 * right in either.  A back-stop: MQTT's own ping comes first, and each probe
 * costs the data plan. */
const struct quectel_model quectel_bg96 = {
	.name = "BG96", .context_max = 16, .sockets = 12, .frame_max = 1460, .read_max = 1500,
	.keepalive = "1,30,25,3", .iccid = "+QCCID",
	.act_ms = 150000, .deact_ms = 40000, .open_ms = 150000, .prompt_ms = 10000,
	.send_ms = 120000, .read_ms = 10000, .ntp_ms = 125000, .close_s = 3,
};

const struct quectel_model quectel_bg95 = {
	.name = "BG95", .context_max = 15, .sockets = 12, .frame_max = 1460, .read_max = 1500,
	.keepalive = "1,30,25,3", .iccid = "+QCCID",
	.act_ms = 150000, .deact_ms = 40000, .open_ms = 150000, .prompt_ms = 10000,
	.send_ms = 120000, .read_ms = 10000, .ntp_ms = 125000, .close_s = 3,
};

const struct quectel_model quectel_ec21 = {
	.name = "EC21", .context_max = 16, .sockets = 12, .frame_max = 1460, .read_max = 1500,
	.keepalive = "1,120,25,3", .iccid = "+QCCID",
	.act_ms = 150000, .deact_ms = 40000, .open_ms = 150000, .prompt_ms = 10000,
	.send_ms = 120000, .read_ms = 10000, .ntp_ms = 125000, .close_s = 3,
};

const struct quectel_model quectel_eg91 = {
	.name = "EG91", .context_max = 16, .sockets = 12, .frame_max = 1460, .read_max = 1500,
	.keepalive = "1,120,25,3", .iccid = "+QCCID",
	.act_ms = 150000, .deact_ms = 40000, .open_ms = 150000, .prompt_ms = 10000,
	.send_ms = 120000, .read_ms = 10000, .ntp_ms = 125000, .close_s = 3,
};

const struct quectel_model *quectel_model_find(struct bytes name)
{
	static const struct { const char *begins; const struct quectel_model *model; } rows[] = {
		{ "BG96", &quectel_bg96 },
		{ "BG95", &quectel_bg95 },
		{ "BG77", &quectel_bg95 },
		{ "BG600L", &quectel_bg95 },
		{ "EC21", &quectel_ec21 },
		{ "EC25", &quectel_ec21 },
		{ "EG91", &quectel_eg91 },
		{ "EG95", &quectel_eg91 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (bytes_starts_with(name, rows[i].begins))
			return rows[i].model;
	return NULL;
}

/* First match wins; the last row stands for every number that is not listed. */
static const struct quectel_error errors[] = {
	{ 550, QUECTEL_CURE_REOPEN,  ERR_MODEM_SOCKET_DEAD },    /* unknown error */
	{ 551, QUECTEL_CURE_ASK,     ERR_MODEM_SOCKET },         /* operation blocked */
	{ 552, QUECTEL_CURE_NONE,    ERR_MODEM_SOCKET },         /* invalid parameters */
	{ 553, QUECTEL_CURE_ASK,     ERR_MODEM_SOCKET },         /* memory not enough */
	{ 554, QUECTEL_CURE_REOPEN,  ERR_MODEM_SOCKET },         /* create socket failed */
	{ 555, QUECTEL_CURE_NONE,    ERR_MODEM_SOCKET },         /* operation not supported */
	{ 556, QUECTEL_CURE_REOPEN,  ERR_MODEM_SOCKET },         /* socket bind failed */
	{ 557, QUECTEL_CURE_NONE,    ERR_MODEM_SOCKET },         /* socket listen failed */
	{ 558, QUECTEL_CURE_REOPEN,  ERR_MODEM_SOCKET_DEAD },    /* socket write failed */
	{ 559, QUECTEL_CURE_REOPEN,  ERR_MODEM_SOCKET_DEAD },    /* socket read failed */
	{ 560, QUECTEL_CURE_REOPEN,  ERR_MODEM_SOCKET },         /* socket accept failed */
	{ 561, QUECTEL_CURE_CONTEXT, ERR_MODEM_PDP_REFUSED },    /* open PDP context failed */
	{ 562, QUECTEL_CURE_CONTEXT, ERR_MODEM_PDP_LOST },       /* close PDP context failed */
	{ 563, QUECTEL_CURE_REOPEN,  ERR_MODEM_SOCKET },         /* socket identity has been used */
	{ 564, QUECTEL_CURE_ASK,     ERR_MODEM_DNS },            /* DNS busy */
	{ 565, QUECTEL_CURE_REOPEN,  ERR_MODEM_DNS },            /* DNS parse failed */
	{ 566, QUECTEL_CURE_REOPEN,  ERR_MODEM_CONNECT },        /* socket connect failed */
	{ 567, QUECTEL_CURE_REOPEN,  ERR_MODEM_CLOSED },         /* socket has been closed */
	{ 568, QUECTEL_CURE_ASK,     ERR_MODEM_SOCKET },         /* operation busy */
	{ 569, QUECTEL_CURE_ASK,     ERR_MODEM_OPEN_TIMEOUT },   /* operation timeout */
	{ 570, QUECTEL_CURE_CONTEXT, ERR_MODEM_PDP_LOST },       /* PDP context broken down */
	{ 571, QUECTEL_CURE_ASK,     ERR_MODEM_SOCKET },         /* cancel send */
	{ 572, QUECTEL_CURE_REOPEN,  ERR_MODEM_SOCKET_DEAD },    /* operation not allowed: not connected */
	{ 573, QUECTEL_CURE_CONTEXT, ERR_MODEM_APN },            /* APN not configured */
	{ 574, QUECTEL_CURE_REOPEN,  ERR_MODEM_SOCKET },         /* port busy */
	{ 0,   QUECTEL_CURE_ASK,     ERR_MODEM_SOCKET },
};

const struct quectel_error *quectel_error_find(uint32_t code)
{
	const struct quectel_error *e = errors;

	while (e->code != 0 && e->code != code)
		e++;
	return e;
}
