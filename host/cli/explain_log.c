/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/explain_log.h"

#include "cli/explain_facts.h"
#include "cloud/iotcore.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How much a line tells of its cause. */
enum { NOTHING, ECHO, EFFECT, CAUSE };

/* ---- notes ------------------------------------------------------------------- */

static const char *keep(struct explain_log *x, enum explain_slot slot, const char *text, size_t len)
{
	snprintf(x->texts[slot], EXPLAIN_TEXT, "%.*s", (int)(len < EXPLAIN_TEXT ? len : EXPLAIN_TEXT - 1), text);
	return x->texts[slot];
}

/* The line says that WHAT happened.  What tells more replaces what tells less; of equals the first stays. */
static void fail(struct explain_log *x, const char *line, enum err what, unsigned strength)
{
	struct evidence *e = &x->evidence;

	if (strength <= x->strength) {
		evidence_fail(e, what);
		return;
	}
	if (x->strength > NOTHING && e->echoes < UINT16_MAX)
		e->echoes++;
	x->strength = strength;
	x->line = x->lines;
	e->err = (uint16_t)what;
	snprintf(x->said, sizeof x->said, "%s", line);
}

/* ---- looking into a line -------------------------------------------------------- */

/* Behind NEEDLE in LINE, case ignored; NULL: it is not there. */
static const char *after(const char *line, const char *needle)
{
	const char *at = strcasestr(line, needle);

	return at != NULL ? at + strlen(needle) : NULL;
}

static bool number(const char *at, long *value)
{
	char *end;

	if (at == NULL)
		return false;
	*value = strtol(at, &end, 0);
	return end != at;
}

/* The text in quotes that begins at or behind AT, the INDEX-th from 0, into SLOT; BEFORE if there is none. */
static const char *quoted(struct explain_log *x, enum explain_slot slot, const char *at, unsigned index,
			  const char *before)
{
	const char *open = strchr(at, '"'), *close;

	for (; open != NULL; open = strchr(close + 1, '"'), index--) {
		close = strchr(open + 1, '"');
		if (close == NULL)
			return before;
		if (index == 0)
			return close > open + 1 ? keep(x, slot, open + 1, (size_t)(close - open - 1)) : before;
	}
	return before;
}

/* ---- words that stand for one thing --------------------------------------------- */

static const struct phrase {
	const char *words;
	uint16_t    err;
	uint8_t     strength, step;
	const char *facts;            /* "name=value name=value" */
} phrases[] = {
	/* how far it came */
	{ "+CPIN: READY",                 ERR_OK, NOTHING, EVIDENCE_AT_SEARCH, "sim=ready" },
	{ "C2C module registered",        ERR_OK, NOTHING, EVIDENCE_AT_DATA, "reg=home" },
	{ "Performing the SSL/TLS handshake", ERR_OK, NOTHING, EVIDENCE_AT_TLS, NULL },
	{ "client hello",                 ERR_OK, NOTHING, EVIDENCE_AT_TLS, NULL },
	{ "Opening MQTT connection",      ERR_OK, NOTHING, EVIDENCE_AT_LOGIN, NULL },
	{ "MQTT connecting",              ERR_OK, NOTHING, EVIDENCE_AT_LOGIN, NULL },
	{ "send CONNECT",                 ERR_OK, NOTHING, EVIDENCE_AT_LOGIN, NULL },
	{ "MQTT client connected",        ERR_OK, NOTHING, EVIDENCE_AT_ONLINE, NULL },
	{ "CONNACK 0",                    ERR_OK, NOTHING, EVIDENCE_AT_ONLINE, NULL },
	/* board */
	{ "Brownout detector was triggered", ERR_OK, CAUSE, 0, "subject=start reset=brown-out" },
	{ "stack overflow",               ERR_OK, CAUSE, 0, "subject=start reset=stack-overflow" },
	{ "Task watchdog got triggered",  ERR_OK, CAUSE, 0, "subject=start reset=watchdog" },
	/* modem and SIM */
	{ "Failed to connect to the modem", ERR_MODEM_SILENT, CAUSE, EVIDENCE_AT_MODEM, NULL },
	{ "Failed to restart modem",      ERR_MODEM_SILENT, EFFECT, EVIDENCE_AT_MODEM, NULL },
	{ "SIM not inserted",             ERR_MODEM_SIM_MISSING, CAUSE, EVIDENCE_AT_SIM, "sim=missing" },
	{ "SIM is not inserted",          ERR_MODEM_SIM_MISSING, CAUSE, EVIDENCE_AT_SIM, "sim=missing" },
	{ "SIM failure",                  ERR_MODEM_SIM_FAILED, CAUSE, EVIDENCE_AT_SIM, "sim=failed" },
	{ "+CPIN: SIM PIN",               ERR_MODEM_SIM_PIN, CAUSE, EVIDENCE_AT_SIM, "sim=pin" },
	{ "+CPIN: SIM PUK",               ERR_MODEM_SIM_PUK, CAUSE, EVIDENCE_AT_SIM, "sim=puk" },
	{ "SIM PIN required",             ERR_MODEM_SIM_PIN, CAUSE, EVIDENCE_AT_SIM, "sim=pin" },
	{ "SIM PUK required",             ERR_MODEM_SIM_PUK, CAUSE, EVIDENCE_AT_SIM, "sim=puk" },
	{ "incorrect password",           ERR_MODEM_SIM_PIN_BAD, CAUSE, EVIDENCE_AT_SIM, "sim=pin" },
	{ "registration denied",          ERR_MODEM_REG_DENIED, CAUSE, EVIDENCE_AT_SEARCH, "reg=denied" },
	/* data */
	{ "missing or unknown APN",       ERR_MODEM_PDP_REFUSED, CAUSE, EVIDENCE_AT_DATA, "esm=27" },
	{ "option not subscribed",        ERR_MODEM_PDP_REFUSED, CAUSE, EVIDENCE_AT_DATA, "esm=33" },
	{ "user authentication failed",   ERR_MODEM_PDP_REFUSED, CAUSE, EVIDENCE_AT_DATA, "esm=29" },
	{ "\"pdpdeact\"",                 ERR_MODEM_PDP_LOST, CAUSE, EVIDENCE_AT_OPEN, "context=no" },
	{ "DNS parse failed",             ERR_MODEM_DNS, CAUSE, EVIDENCE_AT_OPEN, NULL },
	{ "getaddrinfo",                  ERR_MODEM_DNS, EFFECT, EVIDENCE_AT_OPEN, NULL },
	{ "ENOTFOUND",                    ERR_MODEM_DNS, CAUSE, EVIDENCE_AT_OPEN, NULL },
	{ "Unknown host",                 ERR_MODEM_DNS, CAUSE, EVIDENCE_AT_OPEN, NULL },
	{ "ECONNREFUSED",                 ERR_MODEM_CONNECT, CAUSE, EVIDENCE_AT_OPEN, NULL },
	{ "ETIMEDOUT",                    ERR_MODEM_OPEN_TIMEOUT, EFFECT, EVIDENCE_AT_OPEN, NULL },
	{ "\"closed\",",                  ERR_MODEM_CLOSED, ECHO, 0, NULL },
	{ "SEND FAIL",                    ERR_MODEM_STALLED, ECHO, 0, NULL },
	/* TLS */
	{ "not correctly signed by the trusted CA", ERR_OK, CAUSE, EVIDENCE_AT_TLS, "flags=0x8" },
	{ "unable to get local issuer",   ERR_OK, CAUSE, EVIDENCE_AT_TLS, "flags=0x8" },
	{ "self signed certificate in",   ERR_OK, CAUSE, EVIDENCE_AT_TLS, "flags=0x8" },
	{ "does not match with the expected CN", ERR_OK, CAUSE, EVIDENCE_AT_TLS, "flags=0x4" },
	{ "Hostname mismatch",            ERR_OK, CAUSE, EVIDENCE_AT_TLS, "flags=0x4" },
	{ "is not in the cert's list",    ERR_OK, CAUSE, EVIDENCE_AT_TLS, "flags=0x4" },
	{ "validity starts in the future", ERR_OK, CAUSE, EVIDENCE_AT_TLS, "flags=0x200" },
	{ "certificate is not yet valid", ERR_OK, CAUSE, EVIDENCE_AT_TLS, "flags=0x200" },
	{ "validity has expired",         ERR_OK, CAUSE, EVIDENCE_AT_TLS, "flags=0x1" },
	{ "certificate has expired",      ERR_OK, CAUSE, EVIDENCE_AT_TLS, "flags=0x1" },
	{ "signed with an unacceptable hash", ERR_OK, CAUSE, EVIDENCE_AT_TLS, "flags=0x4000" },
	{ "BADCERT_BAD_MD",               ERR_OK, CAUSE, EVIDENCE_AT_TLS, "flags=0x4000" },
	{ "signed with an unacceptable key", ERR_OK, CAUSE, EVIDENCE_AT_TLS, "flags=0x10000" },
	{ "wrong version number",         ERR_TLS_NOT_TLS, EFFECT, EVIDENCE_AT_TLS, "voice=binary" },
	{ "No CA Chain is set",           ERR_ROOTS_EMPTY, CAUSE, EVIDENCE_AT_TLS, NULL },
	{ "Failed to allocate memory",    ERR_CRYPTO_MEMORY, CAUSE, EVIDENCE_AT_TLS, NULL },
	{ "PK - Invalid key tag",         ERR_KEY_FORMAT, CAUSE, 0, NULL },
	/* login and session */
	{ "NOT_AUTHORIZED",               ERR_MQTT_CONNACK_5, CAUSE, EVIDENCE_AT_LOGIN, "connack=5" },
	{ "not authori",                  ERR_MQTT_CONNACK_5, CAUSE, EVIDENCE_AT_LOGIN, "connack=5" },
	{ "MQTTException: 5",             ERR_MQTT_CONNACK_5, CAUSE, EVIDENCE_AT_LOGIN, "connack=5" },
	{ "bad user name or password",    ERR_MQTT_CONNACK_4, CAUSE, EVIDENCE_AT_LOGIN, "connack=4" },
	{ "BAD_CREDENTIALS",              ERR_MQTT_CONNACK_4, CAUSE, EVIDENCE_AT_LOGIN, "connack=4" },
	{ "identifier rejected",          ERR_MQTT_CONNACK_2, CAUSE, EVIDENCE_AT_LOGIN, "connack=2" },
	{ "identifierRejected",           ERR_MQTT_CONNACK_2, CAUSE, EVIDENCE_AT_LOGIN, "connack=2" },
	{ "unacceptable protocol version", ERR_MQTT_CONNACK_1, CAUSE, EVIDENCE_AT_LOGIN, "connack=1" },
	{ "broker unavailable",           ERR_MQTT_CONNACK_3, CAUSE, EVIDENCE_AT_LOGIN, "connack=3" },
	{ "server unavailable",           ERR_MQTT_CONNACK_3, CAUSE, EVIDENCE_AT_LOGIN, "connack=3" },
	{ "another active connection with the same device", ERR_MODEM_CLOSED, CAUSE, EVIDENCE_AT_ONLINE,
	  "kicks=3" },
	{ "authorization token expired",  ERR_MODEM_CLOSED, CAUSE, EVIDENCE_AT_ONLINE, "token_left_s=0" },
	{ "no enough space for QoS 2",    ERR_MQTT_QOS, CAUSE, EVIDENCE_AT_ONLINE, NULL },
};

static void take_facts(struct explain_log *x, const char *facts)
{
	char copy[80], *save = NULL;

	snprintf(copy, sizeof copy, "%s", facts);
	for (char *fact = strtok_r(copy, " ", &save); fact != NULL; fact = strtok_r(NULL, " ", &save)) {
		char *value = strchr(fact, '=');
		long flags;

		*value++ = '\0';
		if (strcmp(fact, "flags") == 0 && number(value, &flags))
			x->evidence.flags |= (uint32_t)flags;
		else
			(void)explain_facts_set(&x->evidence, fact, value);
	}
}

static void look_for_phrases(struct explain_log *x, const char *line)
{
	for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++) {
		const struct phrase *p = &phrases[i];

		if (strcasestr(line, p->words) == NULL)
			continue;
		evidence_reach(&x->evidence, (enum evidence_step)p->step);
		if (p->facts != NULL)
			take_facts(x, p->facts);
		if (p->strength != NOTHING && (p->err != ERR_OK || x->evidence.subject != EVIDENCE_CONNECTION))
			fail(x, line, (enum err)p->err, p->strength);
	}
}

/* ---- numbers ------------------------------------------------------------------------ */

static const struct number_row {
	int         number;
	uint16_t    err;
	uint8_t     strength;
} library[] = {   /* mbedTLS, without the sign */
	{ 0x2700, ERR_TLS_INTERNAL, EFFECT },       { 0x7780, ERR_TLS_ALERT, EFFECT },
	{ 0x7200, ERR_TLS_CORRUPT, EFFECT },        { 0x7280, ERR_TLS_CLOSED, ECHO },
	{ 0x7880, ERR_TLS_EOF, ECHO },              { 0x6800, ERR_TLS_TIMEOUT, EFFECT },
	{ 0x7f00, ERR_CRYPTO_MEMORY, CAUSE },       { 0x2880, ERR_CRYPTO_MEMORY, CAUSE },
	{ 0x3f80, ERR_CRYPTO_MEMORY, CAUSE },       { 0x0010, ERR_CRYPTO_MEMORY, CAUSE },
	{ 0x4d80, ERR_CRYPTO_MEMORY, CAUSE },       { 0x006a, ERR_CRYPTO_MEMORY, CAUSE },
	{ 0x4290, ERR_CRYPTO_MEMORY, CAUSE },       { 0x3d00, ERR_KEY_FORMAT, CAUSE },
	{ 0x3d80, ERR_KEY_FORMAT, CAUSE },          { 0x3c80, ERR_KEY_TYPE, CAUSE },
	{ 0x1080, ERR_PEM_HEADER, CAUSE },          { 0x3c00, ERR_KEY_ENCRYPTED, CAUSE },
	{ 0x1300, ERR_KEY_ENCRYPTED, CAUSE },       { 0x3a00, ERR_KEY_CURVE, CAUSE },
	{ 0x4e00, ERR_TLS_PROTOCOL, EFFECT },       { 0x2180, ERR_TLS_CERT, EFFECT },
	{ 0x0034, ERR_RNG_UNSEEDED, CAUSE },        { 0x003c, ERR_RNG_UNSEEDED, CAUSE },
	{ 0x0040, ERR_RNG_UNSEEDED, CAUSE },        { 0x7100, ERR_TLS_RECORD_SIZE, EFFECT },
	{ 0x7180, ERR_TLS_CORRUPT, CAUSE },         { 0x6c00, ERR_TLS_INTERNAL, CAUSE },
	{ 0x7080, ERR_TLS_INTERNAL, CAUSE },        { 0x6e80, ERR_TLS_VERSION, CAUSE },
	{ 0x7a00, ERR_TLS_USAGE, EFFECT },          { 0x7680, ERR_ROOTS_EMPTY, CAUSE },
	{ 0x5d80, ERR_TLS_HOST, CAUSE },            { 0x0052, ERR_MODEM_DNS, CAUSE },
	{ 0x0044, ERR_MODEM_CONNECT, CAUSE },       { 0x004c, ERR_MODEM_CLOSED, ECHO },
	{ 0x004e, ERR_MODEM_CLOSED, ECHO },         { 0x0050, ERR_MODEM_CLOSED, ECHO },
}, sockets[] = {   /* the modem's 550 to 574 */
	{ 561, ERR_MODEM_PDP_REFUSED, CAUSE },      { 573, ERR_MODEM_PDP_REFUSED, CAUSE },
	{ 565, ERR_MODEM_DNS, CAUSE },              { 566, ERR_MODEM_CONNECT, CAUSE },
	{ 569, ERR_MODEM_OPEN_TIMEOUT, EFFECT },    { 570, ERR_MODEM_PDP_LOST, CAUSE },
	{ 552, ERR_AT_ERROR, EFFECT },              { 555, ERR_AT_ERROR, EFFECT },
	{ 553, ERR_MODEM_SOCKET, CAUSE },           { 554, ERR_MODEM_SOCKET, CAUSE },
	{ 556, ERR_MODEM_SOCKET, CAUSE },           { 563, ERR_MODEM_SOCKET, CAUSE },
	{ 574, ERR_MODEM_SOCKET, CAUSE },           { 551, ERR_MODEM_SOCKET, EFFECT },
	{ 564, ERR_MODEM_SOCKET, EFFECT },          { 568, ERR_MODEM_SOCKET, EFFECT },
	{ 550, ERR_MODEM_SOCKET_DEAD, ECHO },       { 558, ERR_MODEM_SOCKET_DEAD, ECHO },
	{ 559, ERR_MODEM_SOCKET_DEAD, ECHO },       { 567, ERR_MODEM_SOCKET_DEAD, ECHO },
	{ 572, ERR_MODEM_SOCKET_DEAD, ECHO },
}, cmes[] = {   /* 27.007, 9.2 */
	{ 10, ERR_MODEM_SIM_MISSING, CAUSE },       { 11, ERR_MODEM_SIM_PIN, CAUSE },
	{ 12, ERR_MODEM_SIM_PUK, CAUSE },           { 13, ERR_MODEM_SIM_FAILED, CAUSE },
	{ 15, ERR_MODEM_SIM_FAILED, CAUSE },        { 16, ERR_MODEM_SIM_PIN_BAD, CAUSE },
	{ 30, ERR_MODEM_NO_NETWORK, EFFECT },       { 132, ERR_MODEM_PDP_REFUSED, CAUSE },
	{ 133, ERR_MODEM_PDP_REFUSED, CAUSE },      { 134, ERR_MODEM_PDP_REFUSED, CAUSE },
	{ 148, ERR_MODEM_PDP_REFUSED, CAUSE },      { 149, ERR_MODEM_PDP_REFUSED, CAUSE },
}, connacks[] = {
	{ 1, ERR_MQTT_CONNACK_1, CAUSE },           { 2, ERR_MQTT_CONNACK_2, CAUSE },
	{ 3, ERR_MQTT_CONNACK_3, CAUSE },           { 4, ERR_MQTT_CONNACK_4, CAUSE },
	{ 5, ERR_MQTT_CONNACK_5, CAUSE },
};

#define ROWS(table) table, sizeof table / sizeof table[0]

static const struct number_row *find(const struct number_row *rows, size_t count, long value)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].number == value)
			return &rows[i];
	return NULL;
}

/* "returned -0x2700", "ret=-9984": a number of mbedTLS. */
static void look_for_library(struct explain_log *x, const char *line)
{
	const char *at = strstr(line, "-0x");
	const struct number_row *row;
	long value;

	if (at == NULL)
		at = after(line, "returned ");
	if (at == NULL)
		at = after(line, "mbedtls_err=");
	if (!number(at, &value) || value >= 0 || value < -0x7fff)
		return;
	row = find(ROWS(library), -value);
	if (row == NULL && -value < 0x1000)
		return;
	if (x->evidence.mbedtls == 0 || (row != NULL && row->strength > x->strength))
		x->evidence.mbedtls = (int32_t)value;
	if (-value >= 0x6000)
		evidence_reach(&x->evidence, EVIDENCE_AT_TLS);
	fail(x, line, row != NULL ? (enum err)row->err : ERR_TLS_INTERNAL, row != NULL ? row->strength : EFFECT);
}

/* "! verification flags 0x8", "flags=0x208". */
static void look_for_flags(struct explain_log *x, const char *line)
{
	const char *at = strcasestr(line, "flags");
	long value;

	if (at == NULL || strcasestr(line, "cert") == NULL)
		at = strcasestr(line, "verify") != NULL || strcasestr(line, "verif") != NULL ? at : NULL;
	if (at == NULL)
		return;
	at += strcspn(at, "0123456789");
	if (number(at, &value) && value > 0 && value < 0x100000)
		x->evidence.flags |= (uint32_t)value;
}

/* The flags as an error; what a wrong clock makes look wrong comes last. */
static void judge_flags(struct explain_log *x, const char *line)
{
	static const struct { uint32_t flags; uint16_t err; } rows[] = {
		{ 0x8, ERR_TLS_ROOT }, { 0x4, ERR_TLS_NAME }, { 0x200, ERR_TLS_FUTURE }, { 0x1, ERR_TLS_EXPIRED },
		{ 0x1c000, ERR_TLS_WEAK }, { 0x3800, ERR_TLS_USAGE },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if ((x->evidence.flags & rows[i].flags) != 0) {
			evidence_reach(&x->evidence, EVIDENCE_AT_TLS);
			fail(x, line, (enum err)rows[i].err, CAUSE);
			return;
		}
}

static void look_for_alert(struct explain_log *x, const char *line)
{
	const char *at = strcasestr(line, "alert");
	long value;

	if (at == NULL || (strcasestr(line, "fatal") == NULL && strcasestr(line, "alert ") == NULL))
		return;
	if (after(at, "[2:") != NULL)
		at = after(at, "[2:");
	else if (after(at, "msg ") != NULL)
		at = after(at, "msg ");
	else
		at += strcspn(at, "0123456789");
	if (!number(at, &value) || value <= 0 || value > 120)
		return;
	x->evidence.alert_in = (uint8_t)value;
	evidence_reach(&x->evidence, EVIDENCE_AT_TLS);
	fail(x, line, ERR_TLS_ALERT, CAUSE);
}

static void look_for_state(struct explain_log *x, const char *line)
{
	long value;

	if (!number(after(line, "client state: "), &value) || value < 0 || value > 30)
		return;
	x->evidence.state = (uint8_t)value;
	evidence_reach(&x->evidence, EVIDENCE_AT_TLS);
}

static void look_for_socket_code(struct explain_log *x, const char *line)
{
	const char *at = after(line, "+QIGETERROR:");
	const struct number_row *row;
	long value = 0;

	if (at == NULL && (at = after(line, "+QIOPEN: ")) != NULL)
		at = strchr(at, ',') != NULL ? strchr(at, ',') + 1 : NULL;
	if (at == NULL)
		at = after(line, "ERROR: ");
	if (!number(at, &value))
		return;
	if (value == 0 && strstr(line, "+QIOPEN: ") != NULL)
		evidence_reach(&x->evidence, EVIDENCE_AT_TLS);
	row = find(ROWS(sockets), value);
	if (row == NULL)
		return;
	if (row->strength > x->strength || x->evidence.code == 0)
		x->evidence.code = (uint16_t)value;
	fail(x, line, (enum err)row->err, row->strength);
}

static void look_for_cme(struct explain_log *x, const char *line)
{
	const struct number_row *row;
	long value;

	if (!number(after(line, "+CME ERROR:"), &value))
		return;
	row = find(ROWS(cmes), value);
	if (row == NULL && value != 14 && x->strength == NOTHING)
		x->evidence.cme = (uint16_t)value;
	if (row == NULL)
		return;
	x->evidence.cme = (uint16_t)value;
	fail(x, line, (enum err)row->err, row->strength);
}

static void look_for_connack(struct explain_log *x, const char *line)
{
	static const char *const words[] = {
		"connack ", "connack: ", "connect failed ", "connect failed, rc=", "failed, rc=", "return code ",
		"rc = ", "rc=", "reason: ", "reason code ",
	};
	const struct number_row *row;
	long value;

	if (strcasestr(line, "mqtt") == NULL && strcasestr(line, "connack") == NULL && strcasestr(line, "rc=") == NULL)
		return;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (!number(after(line, words[i]), &value))
			continue;
		row = find(ROWS(connacks), value);
		if (row == NULL)
			continue;
		x->evidence.connack = (uint8_t)value;
		evidence_reach(&x->evidence, EVIDENCE_AT_LOGIN);
		fail(x, line, (enum err)row->err, row->strength);
		return;
	}
}

/* ---- the modem's state --------------------------------------------------------------- */

static void look_for_registration(struct explain_log *x, const char *line)
{
	static const uint8_t regs[] = {
		EVIDENCE_REG_IDLE, EVIDENCE_REG_HOME, EVIDENCE_REG_SEARCHING, EVIDENCE_REG_DENIED,
		EVIDENCE_REG_UNKNOWN, EVIDENCE_REG_ROAMING,
	};
	const char *at = after(line, "+CEREG: "), *comma;
	char *end;
	long stat;

	if (at == NULL)
		at = after(line, "+CGREG: ");
	if (at == NULL || !isdigit((unsigned char)*at))
		return;
	stat = strtol(at, &end, 10);
	comma = *end == ',' && isdigit((unsigned char)end[1]) ? end + 1 : NULL;   /* <n>,<stat>, but for a URC */
	stat = comma != NULL ? strtol(comma, NULL, 10) : stat;
	if (stat < 0 || stat > 5)
		return;
	if (x->evidence.reg < EVIDENCE_REG_HOME || stat == 1 || stat == 5)
		x->evidence.reg = regs[stat];
	if (stat == 3)
		fail(x, line, ERR_MODEM_REG_DENIED, EFFECT);
	evidence_reach(&x->evidence, stat == 1 || stat == 5 ? EVIDENCE_AT_DATA : EVIDENCE_AT_SEARCH);
}

static void look_for_signal(struct explain_log *x, const char *line)
{
	long value;

	if (number(after(line, "+CSQ: "), &value) && value >= 0 && value <= 31)
		x->evidence.rssi_dbm = (int16_t)(2 * value - 113);
	if (number(after(line, "+CFUN: "), &value) && value >= 0 && value <= 4)
		x->evidence.cfun = (uint8_t)value;
}

static void look_for_commands(struct explain_log *x, const char *line)
{
	const char *at;
	long port;

	if ((at = after(line, "AT+QICSGP=")) != NULL)
		x->evidence.apn = quoted(x, EXPLAIN_APN, at, 0, x->evidence.apn);
	if ((at = after(line, "AT+CGDCONT=")) != NULL)
		x->evidence.apn = quoted(x, EXPLAIN_APN, at, 1, x->evidence.apn);
	if ((at = after(line, "AT+QIOPEN=")) != NULL) {
		x->evidence.host = quoted(x, EXPLAIN_HOST, at, 1, x->evidence.host);
		at = strrchr(at, '"');
		if (at != NULL && number(at + 2, &port) && port > 0 && port <= 65535)
			x->evidence.port = (uint16_t)port;
		evidence_reach(&x->evidence, EVIDENCE_AT_OPEN);
	}
	if (strstr(line, "+QIACT: 1,1") != NULL) {
		x->evidence.context = EVIDENCE_YES;
		evidence_reach(&x->evidence, EVIDENCE_AT_CLOCK);
	}
}

/* "AT" again and again, and never an answer. */
static void look_for_silence(struct explain_log *x, const char *line)
{
	size_t len = strlen(line);

	if (len >= 2 && strcmp(line + len - 2, "AT") == 0)
		x->ats++;
	else if (strstr(line, "OK") != NULL || strstr(line, "ERROR") != NULL || strchr(line, '+') != NULL)
		x->answers = true;
}

/* ---- who and where -------------------------------------------------------------------- */

static void look_for_ids(struct explain_log *x, const char *line)
{
	const char *project = after(line, "projects/"), *end;
	struct iotcore_ids ids = {
		.project = bytes_of("project"), .registry = bytes_of("registry"), .device = bytes_of("device"),
		.region = bytes_of("region-1"),
	};

	end = project != NULL ? strstr(project, "/locations/") : NULL;
	if (end == NULL || end == project || (size_t)(end - project) >= EXPLAIN_TEXT)
		return;
	ids.project = (struct bytes){ (const uint8_t *)project, (size_t)(end - project) };
	x->evidence.project = keep(x, EXPLAIN_PROJECT, project, ids.project.len);
	if (iotcore_ids_check(&ids, NULL) == ERR_OK)
		return;
	evidence_value(&x->evidence, "project", x->evidence.project);
	fail(x, line, ERR_IOTCORE_PROJECT, CAUSE);
}

/* "issuer name       : C=US, O=..., CN=GTS Root R1": what mbedtls_x509_crt_info() prints. */
static void look_for_certificate(struct explain_log *x, const char *line)
{
	const char *at;

	if ((at = strcasestr(line, "issuer name")) != NULL && (at = after(at, "CN=")) != NULL)
		x->evidence.issuer = keep(x, EXPLAIN_ISSUER, at, strcspn(at, ",\r\n"));
	if ((at = strcasestr(line, "subject name")) != NULL && (at = after(at, "CN=")) != NULL)
		x->evidence.subject_name = keep(x, EXPLAIN_SUBJECT, at, strcspn(at, ",\r\n"));
	if ((at = after(line, "issued  on        : ")) != NULL)
		(void)explain_facts_time(at, &x->evidence.not_before);
	if ((at = after(line, "expires on        : ")) != NULL || (at = after(line, "expires on : ")) != NULL)
		(void)explain_facts_time(at, &x->evidence.not_after);
}

static void look_for_memory(struct explain_log *x, const char *line)
{
	long value;

	if (number(after(line, "allocate memory, size: "), &value) && value > 0)
		x->evidence.arena_asked = (uint32_t)value;
	if (number(after(line, "Largest available HEAP block: "), &value) && value > 0)
		x->evidence.arena_largest = (uint32_t)value;
	if (number(after(line, "Free heap: "), &value) && value > 0)
		x->evidence.arena_free = (uint32_t)value;
}

/* ---- a log ------------------------------------------------------------------------------ */

void explain_log_init(struct explain_log *x)
{
	memset(x, 0, sizeof *x);
	evidence_init(&x->evidence);
}

void explain_log_line(struct explain_log *x, const char *raw)
{
	static void (*const looks[])(struct explain_log *, const char *) = {
		look_for_ids, look_for_certificate, look_for_phrases, look_for_state, look_for_flags, judge_flags,
		look_for_alert, look_for_cme, look_for_socket_code, look_for_connack, look_for_library,
		look_for_registration,
		look_for_signal, look_for_commands, look_for_memory, look_for_silence,
	};
	char line[EXPLAIN_LINE];

	x->lines++;
	snprintf(line, sizeof line, "%.*s", (int)strcspn(raw, "\r\n"), raw);
	for (size_t i = 0; i < sizeof looks / sizeof looks[0]; i++)
		looks[i](x, line);
}

void explain_log_end(struct explain_log *x)
{
	struct evidence *e = &x->evidence;

	if (x->strength > ECHO)
		return;
	if (x->ats >= 3 && !x->answers) {
		evidence_reach(e, EVIDENCE_AT_MODEM);
		fail(x, "AT, and no answer", ERR_MODEM_SILENT, EFFECT);
	} else if (e->step == EVIDENCE_AT_SEARCH && e->reg < EVIDENCE_REG_HOME && e->reg != EVIDENCE_REG_UNKNOWN) {
		fail(x, "no registration until the end", ERR_MODEM_NO_NETWORK, EFFECT);
	}
}
