/* SPDX-License-Identifier: Apache-2.0 */
/* modem_profile.c - models and firmware versions, and the ways in which they differ. */
#include "virtual_modem/modem_state.h"

#include <string.h>

static const struct {
	const char *name, *words;   /* the words of the values 0, 1, ...; NULL: a number up to MAX */
	uint32_t    min, max;
	const char *help;
} quirks[QUIRK_COUNT] = {
	[QUIRK_CONNECTED]    = { "connected-state", NULL, 2, 3, "state that +QISTATE reports for a connected client" },
	[QUIRK_PROMPT]       = { "prompt", "space bare line", 0, 2, "CR LF, then '> ', or '>', or '>' CR LF" },
	[QUIRK_RECV_LENGTH]  = { "recv-length", "no yes", 0, 1, "+QIURC: \"recv\" tells the length by itself" },
	[QUIRK_SUB]          = { "ctrl-z", "error tolerated", 0, 1, "a Ctrl-Z behind a payload" },
	[QUIRK_QISDE]        = { "payload-echo", "no yes", 0, 1, "AT+QISDE at power-on (shows only with ATE1)" },
	[QUIRK_ERROR_TEXT]   = { "error-text", "lower upper", 0, 1, "first letter of AT+QIGETERROR's words" },
	[QUIRK_CONTEXTS]     = { "contexts", NULL, 1, 16, "PDP contexts there are" },
	[QUIRK_TCPIP_CME]    = { "tcpip-cme", "no yes", 0, 1,
				 "TCP/IP commands fail with +CME ERROR where AT+CMEE allows" },
	[QUIRK_UNREAD]       = { "unread", "readable dropped", 0, 1,
				 "received data that is unread when the peer closes" },
	[QUIRK_RECV_AGAIN]   = { "recv-again", "empty zero", 0, 1,
				 "recv is said again after the buffer was read empty, or only after +QIRD: 0" },
	[QUIRK_SEND_TIMEOUT] = { "send-timeout", NULL, 0, 120000,
				 "ms until an incomplete payload is given up; 0 = never" },
	[QUIRK_SCANSEQ]      = { "scanseq-leave", NULL, 0, 600000,
				 "ms from writing QCFG=\"nwscanseq\" to leaving the network for 5 s; 0 = it does not" },
	[QUIRK_APP_RDY]      = { "app-rdy", NULL, 0, 60000, "ms from RDY to APP RDY; 0 = it is not said" },
	[QUIRK_RESET_MS]     = { "reset-ms", NULL, 1, 10000, "ms that RESET must be held" },
	[QUIRK_CFUN]         = { "start-cfun", NULL, 0, 4, "+CFUN after power-on: 4 is flight mode" },
	[QUIRK_UNTOLD]       = { "untold-time", "empty 1970 1980 2004 2080", 0, 4,
				 "what AT+QLTS says before the network has told the time" },
	[QUIRK_CEER]         = { "ceer", "numbers words names", 0, 2, "how AT+CEER tells a cause" },
	[QUIRK_ATI]          = { "ati", "quectel one-line labelled", 0, 2, "how ATI tells who it is" },
	[QUIRK_FOREIGN]      = { "foreign", "no yes", 0, 1, "Quectel's own commands, AT+Q..., are unknown" },
	[QUIRK_REG_CAUSE]    = { "reg-cause", "no yes", 0, 1, "AT+CEREG=3 and 5: with the cause of a rejection" },
};

/* Quirks that are not named are 0: the first word. */
static const struct profile profiles[] = {
	{ "bg96", "Quectel", "BG96", "BG96MAR02A07M1G", "BG96MAR02A07M1G_01.019.01.019", {
		[QUIRK_CONNECTED] = 2, [QUIRK_SUB] = 1, [QUIRK_QISDE] = 1, [QUIRK_CONTEXTS] = 16,
		[QUIRK_RESET_MS] = 150, [QUIRK_APP_RDY] = 500, [QUIRK_CFUN] = 1 } },
	{ "bg96-state3", "Quectel", "BG96", "BG96MAR02A07M1G", "BG96MAR02A07M1G_01.019.01.019", {
		[QUIRK_CONNECTED] = 3, [QUIRK_SUB] = 1, [QUIRK_QISDE] = 1, [QUIRK_CONTEXTS] = 16,
		[QUIRK_RESET_MS] = 150, [QUIRK_APP_RDY] = 500, [QUIRK_CFUN] = 1 } },
	{ "bg95", "Quectel", "BG95-M3", "BG95M3LAR02A04", "BG95M3LAR02A04_01.004.01.004", {
		[QUIRK_CONNECTED] = 2, [QUIRK_SUB] = 1, [QUIRK_QISDE] = 1, [QUIRK_CONTEXTS] = 16,
		[QUIRK_RESET_MS] = 2000, [QUIRK_APP_RDY] = 500, [QUIRK_SCANSEQ] = 18000, [QUIRK_REG_CAUSE] = 1,
		[QUIRK_CFUN] = 1 } },
	{ "ec200u", "Quectel", "EC200U", "EC200UCNAAR03A03M08", "EC200UCNAAR03A03M08_01.001.01.001", {
		[QUIRK_CONNECTED] = 2, [QUIRK_SUB] = 1, [QUIRK_QISDE] = 1, [QUIRK_CONTEXTS] = 7, [QUIRK_RESET_MS] = 150,
		[QUIRK_ERROR_TEXT] = 1, [QUIRK_SEND_TIMEOUT] = 5000, [QUIRK_CFUN] = 1 } },
	{ "sim7000g", "SIMCOM_Ltd", "SIM7000G", "R1529", "1529B11SIM7000G", {
		[QUIRK_CONNECTED] = 2, [QUIRK_CONTEXTS] = 16, [QUIRK_RESET_MS] = 150, [QUIRK_CFUN] = 1,
		[QUIRK_ATI] = ATI_ONE_LINE, [QUIRK_FOREIGN] = 1 } },
};

const struct profile *modem_profile_find(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(profiles); i++)
		if (strcmp(profiles[i].name, name) == 0)
			return &profiles[i];
	return NULL;
}

void modem_profile_names(struct text *t)
{
	for (size_t i = 0; i < COUNT_OF(profiles); i++) {
		text_add(t, i > 0 ? ", " : "");
		text_add(t, profiles[i].name);
	}
}

/* Which word of WORDS is VALUE; -1 if none. */
static int word_index(const char *words, const char *value)
{
	size_t n = strlen(value);
	int index = 0;

	for (const char *p = words; n > 0 && *p != '\0'; index++) {
		size_t len = strcspn(p, " ");

		if (len == n && strncmp(p, value, n) == 0)
			return index;
		p += len + (p[len] == ' ');
	}
	return -1;
}

static bool parse_value(size_t i, const char *value, uint32_t *v)
{
	int index;

	if (quirks[i].words == NULL)
		return bytes_to_u32(bytes_of(value), quirks[i].max, v) && *v >= quirks[i].min;
	index = word_index(quirks[i].words, value);
	*v = (uint32_t)index;
	return index >= 0;
}

static void add_values(struct text *t, size_t i)
{
	if (quirks[i].words == NULL) {
		text_add_u32(t, quirks[i].min);
		text_add(t, "..");
		text_add_u32(t, quirks[i].max);
		return;
	}
	for (const char *p = quirks[i].words; *p != '\0'; p++)
		text_add_char(t, *p == ' ' ? '|' : *p);
}

bool modem_set_quirk(struct modem *m, const char *name, const char *value, struct text *why)
{
	uint32_t v;

	for (size_t i = 0; i < QUIRK_COUNT; i++) {
		if (strcmp(quirks[i].name, name) != 0)
			continue;
		if (parse_value(i, value, &v)) {
			m->quirk[i] = v;
			if (i == QUIRK_QISDE || i == QUIRK_RECV_LENGTH)
				modem_nv_quirk(m);
			return true;
		}
		text_add(why, "quirk ");
		text_add(why, name);
		text_add(why, ": not ");
		add_values(why, i);
		text_add(why, ": ");
		text_add(why, value);
		return false;
	}
	text_add(why, "no such quirk: ");
	text_add(why, name);
	return false;
}

void modem_quirk_help(struct text *t)
{
	for (size_t i = 0; i < QUIRK_COUNT; i++) {
		text_add(t, quirks[i].name);
		text_add(t, "=");
		add_values(t, i);
		text_add(t, "  ");
		text_add(t, quirks[i].help);
		text_add(t, "\n");
	}
}
