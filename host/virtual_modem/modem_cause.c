/* SPDX-License-Identifier: Apache-2.0 */
/* modem_cause.c - why the network refused: AT+CEER. */
#include "virtual_modem/modem_state.h"

#include <ctype.h>
#include <stdio.h>

struct cause {
	unsigned number;
	const char *text;
};

/* Of a registration: 24.301 9.9.3.9 */
static const struct cause emm[] = {
	{ 2, "IMSI unknown in HSS" }, { 3, "Illegal UE" }, { 5, "IMEI not accepted" }, { 6, "Illegal ME" },
	{ 7, "EPS services not allowed" }, { 8, "EPS services and non-EPS services not allowed" },
	{ 11, "PLMN not allowed" }, { 12, "Tracking area not allowed" },
	{ 13, "Roaming not allowed in this tracking area" }, { 14, "EPS services not allowed in this PLMN" },
	{ 15, "No suitable cells in tracking area" }, { 17, "Network failure" }, { 19, "ESM failure" },
	{ 22, "Congestion" }, { 42, "Severe network failure" }, { 0, NULL }
};

/* Of an activation: 24.301 9.9.4.4 */
static const struct cause esm[] = {
	{ 8, "Operator determined barring" }, { 26, "Insufficient resources" }, { 27, "Missing or unknown APN" },
	{ 28, "Unknown PDN type" }, { 29, "User authentication failed" },
	{ 30, "Request rejected by Serving GW or PDN GW" }, { 31, "Request rejected, unspecified" },
	{ 32, "Service option not supported" }, { 33, "Requested service option not subscribed" },
	{ 34, "Service option temporarily out of order" }, { 38, "Network failure" },
	{ 50, "PDN type IPv4 only allowed" }, { 51, "PDN type IPv6 only allowed" },
	{ 54, "PDN connection does not exist" }, { 55, "Multiple PDN connections for a given APN not allowed" },
	{ 0, NULL }
};

static const char *text_of(const struct cause *c, unsigned number)
{
	while (c->text != NULL && c->number != number)
		c++;
	return c->text != NULL ? c->text : "Protocol error, unspecified";
}

/* 27.007 leaves the words to the maker: "ESM cause 27", "Missing or unknown APN",
 * "ESM_CAUSE_MISSING_OR_UNKNOWN_APN". */
static void tell(struct modem *m, const char *layer, unsigned number, const char *text)
{
	char name[80];

	if (m->quirk[QUIRK_CEER] == CEER_NUMBERS) {
		modem_info(m, "+CEER: %s cause %u", layer, number);
		return;
	}
	snprintf(name, sizeof name, "%s_CAUSE_%s", layer, text);
	for (char *p = name; *p != '\0'; p++)
		*p = (char)(isalnum((unsigned char)*p) ? toupper((unsigned char)*p) : '_');
	modem_info(m, "+CEER: %s", m->quirk[QUIRK_CEER] == CEER_WORDS ? text : name);
}

/* Why the last activation was refused, or else registration. */
HANDLER(ceer)
{
	(void)c;
	if (m->refused != 0)
		tell(m, "ESM", m->refused, text_of(esm, m->refused));
	else if (m->net.cause != 0)
		tell(m, "EMM", m->net.cause, text_of(emm, m->net.cause));
	else
		modem_info(m, "+CEER: No cause information available");
	return DONE;
}
