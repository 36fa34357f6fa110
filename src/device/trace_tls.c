/* SPDX-License-Identifier: Apache-2.0 */
/* TLS records, and the handshake's messages as long as they are in clear. */
#include "device/trace.h"

#include "base/packed.h"

enum { CHANGE_CIPHER = 20, ALERT = 21, HANDSHAKE = 22, DATA = 23 };   /* RFC 5246, 6.2.1 */

struct name {
	uint8_t     number;
	const char *name;
};

static const struct name messages[] = {   /* RFC 5246, 7.4; RFC 8446, 4 */
	{ 0, T("HelloRequest") }, { 1, T("ClientHello") }, { 2, T("ServerHello") }, { 4, T("NewSessionTicket") },
	{ 11, T("Certificate") }, { 12, T("ServerKeyExchange") }, { 13, T("CertificateRequest") },
	{ 14, T("ServerHelloDone") }, { 15, T("CertificateVerify") }, { 16, T("ClientKeyExchange") },
	{ 20, "Finished" }, { 22, T("CertificateStatus") },
};

static const struct name alerts[] = {     /* RFC 8446, 6 */
	{ 0, T("close_notify") }, { 10, T("unexpected_message") }, { 20, T("bad_record_mac") },
	{ 40, T("handshake_failure") }, { 42, T("bad_certificate") }, { 43, T("unsupported_certificate") },
	{ 44, T("certificate_revoked") }, { 45, T("certificate_expired") }, { 46, T("certificate_unknown") },
	{ 47, T("illegal_parameter") }, { 48, T("unknown_ca") }, { 49, T("access_denied") },
	{ 50, T("decode_error") }, { 51, T("decrypt_error") }, { 70, T("protocol_version") },
	{ 71, T("insufficient_security") }, { 80, T("internal_error") }, { 86, T("inappropriate_fallback") },
	{ 90, T("user_canceled") }, { 109, T("missing_extension") }, { 110, T("unsupported_extension") },
	{ 112, T("unrecognized_name") }, { 116, T("certificate_required") }, { 120, T("no_application_protocol") },
};

static void add_name(struct text *line, const struct name *names, size_t count, uint8_t number)
{
	for (size_t i = 0; i < count; i++)
		if (names[i].number == number)
			text_say(line, names[i].name);
	text_add(line, " (");
	text_add_u32(line, number);
	text_add(line, ")");
}

#define COUNT(a) (sizeof (a) / sizeof (a)[0])

static void say_message(struct trace *t, enum trace_way way, const struct trace_tls *s)
{
	char buf[TRACE_LINE];
	struct text line;

	trace_begin(t, &line, buf, "tls", way);
	add_name(&line, messages, COUNT(messages), s->message[0]);
	text_add(&line, ", ");
	text_add_u32(&line, s->message_left);
	text_add(&line, " bytes");
	trace_end(t, &line);
}

static void say_alert(struct trace *t, enum trace_way way, const struct trace_tls *s)
{
	char buf[TRACE_LINE];
	struct text line;

	trace_begin(t, &line, buf, "tls", way);
	text_say(&line, s->message[0] == 2 ? T("fatal alert ") : T("warning alert "));
	add_name(&line, alerts, COUNT(alerts), s->message[1]);
	trace_end(t, &line);
}

/* What is said of a record by its header alone: NULL, more is to be seen in it. */
static const char *record_name(const struct trace_tls *s)
{
	switch (s->header[0]) {
	case CHANGE_CIPHER: return T("ChangeCipherSpec");
	case ALERT:         return s->sealed ? T("alert, encrypted") : NULL;
	case HANDSHAKE:     return s->sealed ? T("handshake, encrypted") : NULL;
	case DATA:          return T("application data");
	default:            return NULL;
	}
}

/* Where the next record would begin is not known: the rest is passed over. */
static void not_tls(struct trace *t, enum trace_way way, struct trace_tls *s)
{
	char buf[TRACE_LINE];
	struct text line;

	s->record_left = UINT32_MAX;
	trace_begin(t, &line, buf, "tls", way);
	text_say(&line, T("no TLS, it begins with "));
	trace_add(&line, s->header, sizeof s->header);
	trace_end(t, &line);
}

static void begin_record(struct trace *t, enum trace_way way, struct trace_tls *s)
{
	const char *name = record_name(s);
	char buf[TRACE_LINE];
	struct text line;

	if (s->header[0] < CHANGE_CIPHER || s->header[0] > DATA || s->header[1] != 3) {
		not_tls(t, way, s);
		return;
	}
	s->record_left = (uint32_t)(s->header[3] << 8 | s->header[4]);
	s->header_len = s->record_left == 0 ? 0 : s->header_len;
	if (name == NULL)
		return;
	trace_begin(t, &line, buf, "tls", way);
	text_say(&line, name);
	text_add(&line, ", ");
	text_add_u32(&line, s->record_left);
	text_add(&line, " bytes");
	trace_end(t, &line);
	s->sealed |= s->header[0] == CHANGE_CIPHER;
}

static void handshake_byte(struct trace *t, enum trace_way way, struct trace_tls *s, uint8_t c)
{
	if (s->message_left > 0) {
		s->message_left--;
		return;
	}
	s->message[s->message_len++] = c;
	if (s->message_len < 4)
		return;
	s->message_len = 0;
	s->message_left = (uint32_t)s->message[1] << 16 | (uint32_t)s->message[2] << 8 | s->message[3];
	say_message(t, way, s);
}

static void alert_byte(struct trace *t, enum trace_way way, struct trace_tls *s, uint8_t c)
{
	s->message[s->message_len++] = c;
	if (s->message_len < 2)
		return;
	s->message_len = 0;
	say_alert(t, way, s);
}

static void record_byte(struct trace *t, enum trace_way way, struct trace_tls *s, uint8_t c)
{
	if (!s->sealed && s->header[0] == HANDSHAKE)
		handshake_byte(t, way, s, c);
	else if (!s->sealed && s->header[0] == ALERT)
		alert_byte(t, way, s, c);
	if (--s->record_left == 0)
		s->header_len = 0;
}

void trace_tls(struct trace *t, enum trace_way way, const void *data, size_t len, uint32_t now_ms)
{
	const uint8_t *p = data;

	if (t == NULL || t->late || (t->on & TRACE_TLS) == 0)
		return;
	t->now_ms = now_ms;
	for (size_t i = 0; i < len; i++) {
		struct trace_tls *s = &t->tls[way];

		if (s->header_len == sizeof s->header) {
			record_byte(t, way, s, p[i]);
			continue;
		}
		s->header[s->header_len++] = p[i];
		if (s->header_len == sizeof s->header)
			begin_record(t, way, s);
	}
}
