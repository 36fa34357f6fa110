/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/reason.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct row {
	const char *name, *phrase;
	uint8_t     rpc, connack;
} rows[REASON_COUNT] = {
#define REASON_ROW(name, rpc, connack, phrase) [REASON_##name] = { #name, phrase, rpc, connack },
	REASON_LIST(REASON_ROW)
#undef REASON_ROW
};

/* What to do, and where: on the device, or here, at the bridge. */
static const char *const acts[REASON_COUNT] = {
	[REASON_SHUTTING_DOWN]   = "nothing: devices come back by themselves",
	[REASON_REPLACED]        = "if it goes on, look for a second board or a test PC with this id and key",
	[REASON_TOKEN_EXPIRED]   = "nothing: it comes back with a new token",
	[REASON_KEEPALIVE]       = "if it goes on, look at the device's signal and power",
	[REASON_IDLE]            = "on the device: set a keepalive that is shorter than that",
	[REASON_BLOCKED]         = "here: 'tern device unblock', if it is to come in again",
	[REASON_DELETED]         = "here: 'tern device create', if it is to come in again",
	[REASON_MQTT_DISABLED]   = "here: set the registry's mqttConfig.mqttEnabledState to MQTT_ENABLED",
	[REASON_PROTOCOL]        = "on the device: check host, port and the MQTT library",
	[REASON_LEVEL]           = "on the device: set its MQTT library to 3.1.1",
	[REASON_LOGIN_TIME]      = "on the device: send CONNECT as soon as TLS is up, or look at its uplink",
	[REASON_CLIENT_ID]       = "on the device: correct project, region, registry or device id",
	[REASON_UNKNOWN_DEVICE]  = "on the device: correct its ids; or here: 'tern device create'",
	[REASON_NO_KEY]          = "here: 'tern credential add' with what 'key public' prints on the device",
	[REASON_TOKEN_FORM]      = "on the device: make it as RFC 7519 says; 'tern token decode' looks at a token",
	[REASON_TOKEN_ALGORITHM] = "on the device: ES256 with a P-256 key, or RS256; and the same key here",
	[REASON_TOKEN_SIGNATURE] = "on the device: sign as RFC 7518 says; 'tern token decode' looks at a token",
	[REASON_TOKEN_AUDIENCE]  = "on the device: set the project's id",
	[REASON_TOKEN_TIME]      = "on the device: set its clock; 'status' says where its time comes from",
	[REASON_TOKEN_LIFE]      = "on the device: correct how long its tokens live",
	[REASON_LOGIN_LIMIT]     = "nothing: it tries again by itself",
	[REASON_BUSY]            = "nothing: it tries again by itself; here: raise connections_max if it goes on",
	[REASON_TOPIC]           = "on the device: correct the topic",
	[REASON_QOS2]            = "on the device: use QoS 1",
	[REASON_RETAIN]          = "on the device: publish without it",
	[REASON_WILL]            = "on the device: switch the will off in its MQTT library",
	[REASON_SIZE]            = "on the device: send less at once; or here: raise the limit",
	[REASON_RATE]            = "on the device: send less often; or here: raise the limit",
	[REASON_FAULT]           = "here: look at disk and memory, '/healthz' says more; devices try again",
	[REASON_NOT_READ]        = "if it goes on, look at the device's network and its MQTT loop",
};

static bool is_printable(unsigned char c)
{
	return c >= ' ' && c <= '~';
}

/* What is not ASCII may have come in by a value that nobody quoted. */
static void make_printable(char *text)
{
	for (; *text != '\0'; text++)
		if (!is_printable((unsigned char)*text))
			*text = '?';
}

static void cut(struct reason *r, size_t most)
{
	if (r->said <= most)
		return;
	r->said = (uint16_t)most;
	memcpy(r->text + most - 3, "...", 3);
}

void reason_advise(struct reason *r, const char *act)
{
	size_t most = REASON_SENTENCE - (act != NULL ? strlen(" - ") + strlen(act) : 0);

	cut(r, most);
	if (act != NULL)
		snprintf(r->text + r->said, sizeof r->text - r->said, " - %s [%s]", act, reason_name(r->code));
	else
		r->text[r->said] = '\0';
}

void reason_set(struct reason *r, enum reason_code code, const char *format, ...)
{
	va_list args;
	int n;

	r->code = code;
	va_start(args, format);
	n = vsnprintf(r->text, sizeof r->text, format, args);
	va_end(args);
	if (n < 0)
		r->text[0] = '\0';
	make_printable(r->text);
	r->said = (uint16_t)(n < 0 ? 0 : n);
	reason_advise(r, reason_act(code));
}

const char *reason_span(char out[REASON_SPAN], int64_t seconds)
{
	const uint64_t day = 86400;
	uint64_t s = seconds < 0 ? (uint64_t)-(seconds + 1) + 1 : (uint64_t)seconds;

	if (s < 120)
		snprintf(out, REASON_SPAN, "%" PRIu64 " s", s);
	else if (s < 3600)
		snprintf(out, REASON_SPAN, "%" PRIu64 " min %02" PRIu64 " s", s / 60, s % 60);
	else if (s < 48 * 3600)
		snprintf(out, REASON_SPAN, "%" PRIu64 " h %02" PRIu64 " min", s / 3600, s / 60 % 60);
	else if (s < 730 * day)
		snprintf(out, REASON_SPAN, "%" PRIu64 " days %" PRIu64 " h", s / day, s / 3600 % 24);
	else
		snprintf(out, REASON_SPAN, "%" PRIu64 " years %" PRIu64 " days", s / (365 * day), s / day % 365);
	return out;
}

static char *put_byte(char *at, uint8_t c)
{
	if (is_printable(c) && c != '\'' && c != '\\') {
		*at++ = (char)c;
		return at;
	}
	return at + sprintf(at, "\\x%02x", c);
}

const char *reason_quote(char *out, struct bytes value, size_t max)
{
	size_t n = value.len < max ? value.len : max;
	char *at = out;

	if (value.len == 0)
		return strcpy(out, "nothing");
	*at++ = '\'';
	for (size_t i = 0; i < n; i++)
		at = put_byte(at, value.data[i]);
	strcpy(at, n < value.len ? "...'" : "'");
	return out;
}

static const struct row *row_of(enum reason_code code)
{
	return &rows[(unsigned)code < REASON_COUNT ? code : REASON_FAULT];
}

const char *reason_name(enum reason_code code)
{
	return row_of(code)->name;
}

const char *reason_phrase(enum reason_code code)
{
	return row_of(code)->phrase;
}

const char *reason_act(enum reason_code code)
{
	return (unsigned)code < REASON_COUNT ? acts[code] : NULL;
}

int reason_rpc(enum reason_code code)
{
	return row_of(code)->rpc;
}

uint8_t reason_connack(enum reason_code code)
{
	return row_of(code)->connack;
}
