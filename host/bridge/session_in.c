/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session_in.c - what comes from the device.
 *
 * The fixed header is taken byte by byte, the rest in pieces that end where the
 * codec would change its state: what is refused is refused at the same byte in
 * whatever pieces it comes, and before its payload has taken any memory.
 */
#include "bridge/session_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How much of a topic, of an id, a sentence shows. */
enum { SHOWN = 96, QUOTED = 4 * SHOWN + 8 };

static const char *quote(char out[QUOTED], struct bytes value)
{
	return reason_quote(out, value, SHOWN);
}

/* ---- Violations of the protocol ------------------------------------------------- */

static const char *const type_names[16] = {
	[MQTT_CONNECT] = "CONNECT",       [MQTT_CONNACK] = "CONNACK",     [MQTT_PUBLISH] = "PUBLISH",
	[MQTT_PUBACK] = "PUBACK",         [MQTT_PUBREC] = "PUBREC",       [MQTT_PUBREL] = "PUBREL",
	[MQTT_PUBCOMP] = "PUBCOMP",       [MQTT_SUBSCRIBE] = "SUBSCRIBE", [MQTT_SUBACK] = "SUBACK",
	[MQTT_UNSUBSCRIBE] = "UNSUBSCRIBE", [MQTT_UNSUBACK] = "UNSUBACK", [MQTT_PINGREQ] = "PINGREQ",
	[MQTT_PINGRESP] = "PINGRESP",     [MQTT_DISCONNECT] = "DISCONNECT",
};

static const char *type_name(const struct session *s)
{
	const char *name = type_names[mqtt_packet_type(&s->packet)];

	return name != NULL ? name : "a packet of a reserved type";
}

static const struct violation {
	enum err    err;
	const char *what;
} violations[] = {
	{ ERR_MQTT_TYPE,   "which no device may send" },
	{ ERR_MQTT_FLAGS,  "with flags that MQTT 3.1.1 reserves" },
	{ ERR_MQTT_LENGTH, "with a length that does not fit what is in it" },
	{ ERR_MQTT_ID,     "with packet identifier 0" },
	{ ERR_MQTT_QOS,    "with a QoS above 2" },
};

static bool is_control(const uint8_t *s, size_t len)
{
	return s[0] < 0x20 || s[0] == 0x7f || (len > 1 && s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0);
}

/* U+FDD0 to U+FDEF, and the last two of each plane. */
static bool is_noncharacter(const uint8_t *s, size_t len)
{
	if (len > 2 && s[0] == 0xef)
		return (s[1] == 0xb7 && s[2] >= 0x90 && s[2] <= 0xaf) || (s[1] == 0xbf && (s[2] & 0xfe) == 0xbe);
	return len > 3 && s[0] >= 0xf0 && s[0] <= 0xf4 && (s[1] & 0xcf) == 0x8f && s[2] == 0xbf &&
	       (s[3] & 0xfe) == 0xbe;
}

/* The first character of TEXT that 1.5.3 does not allow, in words. */
static const char *text_violation(struct bytes text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i += n) {
		size_t most = text.len - i < 4 ? text.len - i : 4;

		for (n = 1; n <= most; n++)
			if (mqtt_packet_check((struct bytes){ text.data + i, n }, MQTT_TEXT, false) == ERR_OK)
				break;
		if (n <= most)
			continue;
		if (is_control(text.data + i, most))
			return "with a text that has a control character in it";
		return is_noncharacter(text.data + i, most) ? "with a text that has a Unicode non-character in it" :
							      "with a text that is not UTF-8";
	}
	return "with a text that MQTT 3.1.1 does not allow";
}

/* TEXT: where it may be about one. */
static const char *violation_text(enum err e, struct bytes text)
{
	if (e == ERR_MQTT_UTF8)
		return text_violation(text);
	if (e == ERR_MQTT_TOPIC)
		return text.len == 0 ? "with a topic that is empty" :
				       "with a topic that has a wildcard where none may be";
	for (size_t i = 0; i < sizeof violations / sizeof violations[0]; i++)
		if (violations[i].err == e)
			return violations[i].what;
	return "which does not belong here";
}

/* Another protocol on this port, or MQTT without its first packet. */
static void say_first(const struct session *s, struct reason *why)
{
	unsigned first = s->packet.first;

	if (first == 0x16)
		reason_set(why, REASON_PROTOCOL, "the first byte is 0x16: TLS within TLS");
	else if (first >= 'A' && first <= 'Z')
		reason_set(why, REASON_PROTOCOL, "the first byte is 0x%02x, '%c': this is not MQTT, it may be HTTP",
			   first, (char)first);
	else if (type_names[first >> 4] != NULL)
		reason_set(why, REASON_PROTOCOL, "the first packet is %s (first byte 0x%02x), not CONNECT (3.1)",
			   type_name(s), first);
	else
		reason_set(why, REASON_PROTOCOL, "the first byte is 0x%02x, not that of CONNECT, 0x10 (3.1)", first);
}

static void say_order(const struct session *s, struct reason *why)
{
	enum mqtt_packet_type type = mqtt_packet_type(&s->packet);

	if (type == MQTT_CONNECT)
		reason_set(why, REASON_PROTOCOL, "a second CONNECT on the same connection (3.1.0-2)");
	else
		reason_set(why, REASON_QOS2, "%s belongs to QoS 2, which the contract does not have", type_name(s));
}

/* DETAIL: what was seen beyond the type, or empty. */
static void violate(struct session *s, enum err e, struct bytes detail)
{
	const struct mqtt_packet *p = &s->packet;
	struct reason why;
	char q[QUOTED];

	if (s->state == SESSION_LOGIN && p->first != 0x10)
		say_first(s, &why);
	else if (e == ERR_MQTT_ORDER)
		say_order(s, &why);
	else if (e == ERR_MQTT_LENGTH && p->state == MQTT_PACKET_LENGTH && p->left > p->size &&
		 mqtt_packet_type(p) != MQTT_PUBLISH)    /* which may be longer: its length has five bytes */
		reason_set(&why, REASON_SIZE, "%s of %" PRIu32 " bytes; %zu are allowed", type_name(s), p->left,
			   p->size);
	else
		reason_set(&why, REASON_PROTOCOL, "%s (first byte 0x%02x) %s%s%s", type_name(s), p->first,
			   violation_text(e, detail), detail.len > 0 ? ": " : "",
			   detail.len > 0 ? quote(q, detail) : "");
	session_end(s, &why);
}

static void on_error(struct session *s, enum err e)
{
	struct bytes topic = { 0 };

	if (mqtt_packet_type(&s->packet) == MQTT_PUBLISH && (e == ERR_MQTT_TOPIC || e == ERR_MQTT_UTF8))
		topic = mqtt_packet_topic(&s->packet);
	violate(s, e, topic);
}

/* ---- CONNECT (3.1) ---------------------------------------------------------------- */

/* 3.1.2.1: a name with its length, and a level. */
static void say_level(struct session *s)
{
	struct bytes body = mqtt_packet_body(&s->packet);
	size_t len = (size_t)(body.data[0] << 8 | body.data[1]);
	struct bytes name = { body.data + 2, len };
	unsigned level = body.data[2 + len];
	struct reason why;
	char q[QUOTED];

	if (bytes_equal_text(name, "MQTT") && level == 5)
		reason_set(&why, REASON_LEVEL,
			   "the device speaks MQTT 5 (protocol level 5); the contract is MQTT 3.1.1 (level 4)");
	else if (bytes_equal_text(name, "MQIsdp"))
		reason_set(&why, REASON_LEVEL,
			   "the device speaks MQTT 3.1 (protocol 'MQIsdp', level %u); the contract is "
			   "MQTT 3.1.1 ('MQTT', level 4)",
			   level);
	else
		reason_set(&why, REASON_LEVEL, "the device speaks protocol %s, level %u; the contract is MQTT 3.1.1 "
			   "('MQTT', level 4)", quote(q, name), level);
	session_refuse(s, &why);
}

static void say_will(struct session *s, const struct mqtt_login *login)
{
	struct reason why;
	char topic[4 * 40 + 8], id[4 * 64 + 8];

	reason_set(&why, REASON_WILL, "CONNECT of %s has a will, for topic %s; the contract has none",
		   reason_quote(id, login->client_id, 64), reason_quote(topic, login->will_topic, 40));
	session_refuse(s, &why);
}

/* Some libraries leave the user name out when nobody sets one (3.1.2-22). */
static bool lacks_user(const struct mqtt_login *login)
{
	return (login->flags & (MQTT_LOGIN_USER | MQTT_LOGIN_PASSWORD)) == MQTT_LOGIN_PASSWORD;
}

static void say_connect(struct session *s, const struct mqtt_login *login, enum err e)
{
	struct reason why;
	char q[QUOTED];

	if (e == ERR_MQTT_FLAGS && lacks_user(login))
		reason_set(&why, REASON_PROTOCOL,
			   "CONNECT of %s has a password and no user name, which MQTT 3.1.1 does not allow",
			   quote(q, login->client_id));
	else
		reason_set(&why, REASON_PROTOCOL, "CONNECT (flags 0x%02x) %s", login->flags,
			   violation_text(e, login->client_id));
	if (e == ERR_MQTT_FLAGS && lacks_user(login))
		reason_advise(&why, "on the device: give any user name, like 'unused'");
	session_end(s, &why);
}

/* The user name is not looked at, not even whether it is UTF-8: Zephyr's sample for IoT Core sends the zero behind
 * its 'none' with it. */
enum err session_read_connect(const struct session *s, struct mqtt_login *login)
{
	enum err e = mqtt_packet_read_connect(&s->packet, login);

	if (e == ERR_MQTT_UTF8 && (login->flags & MQTT_LOGIN_WILL) == 0)
		e = mqtt_packet_check(login->client_id, MQTT_TEXT, false);
	return e;
}

/* A will is refused whatever else is wrong: its topic, its QoS.  Without clean session there is a clean one
 * all the same: CONNACK says so (3.2.2.2). */
static void on_connect(struct session *s)
{
	struct mqtt_login login;
	enum err e = session_read_connect(s, &login);

	s->state = SESSION_DECIDE;
	s->keepalive_s = login.keepalive_s;
	if (e == ERR_MQTT_LEVEL)
		say_level(s);
	else if (e != ERR_MQTT_LENGTH && (login.flags & MQTT_LOGIN_WILL) != 0)
		say_will(s, &login);
	else if (e != ERR_OK)
		say_connect(s, &login, e);
	else
		session_raise(s, PENDING_LOGIN);
}

/* ---- PUBLISH (3.3) ------------------------------------------------------------------ */

/* SIZE is known from the fixed header on: no message can be that long. */
static void check_length(struct session *s)
{
	const struct mqtt_packet *p = &s->packet;
	uint32_t payload = s->cfg.event_max > s->cfg.state_max ? s->cfg.event_max : s->cfg.state_max;
	uint32_t most = payload + 4 + TOPICS_MAX;
	struct reason why;

	if (p->state != MQTT_PACKET_TOPIC_LEN || p->have > 0 || p->left <= most)
		return;
	reason_set(&why, REASON_SIZE,
		   "PUBLISH of %" PRIu32 " bytes; %" PRIu32 " are allowed, %" PRIu32 " of them payload", p->left, most,
		   payload);
	session_end(s, &why);
}

static bool check_topic(struct session *s, struct bytes topic, struct reason *why)
{
	enum session_topic topic_is = SESSION_EVENTS;
	struct bytes subfolder = { 0 };
	char q[QUOTED];

	if (s->packet.topic_cut > 0) {
		reason_set(why, REASON_TOPIC, "topic %s has %zu bytes; the longest of the contract has %d",
			   quote(q, topic), topic.len + s->packet.topic_cut, TOPICS_MAX);
		return false;
	}
	if (!topics_publish(session_names(s), topic, &topic_is, &subfolder, why))
		return false;
	s->topic = (uint8_t)topic_is;
	s->subfolder_len = (uint16_t)subfolder.len;
	return true;
}

static bool check_size(const struct session *s, struct bytes topic, struct reason *why)
{
	uint32_t most = s->topic == SESSION_STATE ? s->cfg.state_max : s->cfg.event_max;
	char q[QUOTED];

	if (s->packet.left <= most)
		return true;
	reason_set(why, REASON_SIZE, "%" PRIu32 " bytes for topic %s; %" PRIu32 " are allowed", s->packet.left,
		   quote(q, topic), most);
	return false;
}

/* Everything but the payload is there. */
static void on_head(struct session *s)
{
	const struct mqtt_packet *p = &s->packet;
	struct bytes topic = mqtt_packet_topic(p);
	struct reason why;
	char q[QUOTED];

	if (mqtt_packet_qos(p) == 2)
		reason_set(&why, REASON_QOS2, "PUBLISH with QoS 2 for topic %s; the contract has QoS 0 and 1",
			   quote(q, topic));
	else if ((p->first & MQTT_PACKET_RETAIN) != 0)
		reason_set(&why, REASON_RETAIN,
			   "PUBLISH with the retain flag for topic %s; the contract keeps no messages",
			   quote(q, topic));
	else if (check_topic(s, topic, &why) && check_size(s, topic, &why)) {
		s->payload_len = p->left;
		return;
	}
	session_end(s, &why);
}

/* A message that is sent again while it is held is the same one: it is told once and
 * acknowledged once, since a second PUBACK could be taken for a later message's (4.3.2). */
static void on_publish(struct session *s)
{
	uint16_t id = s->packet.id;

	s->word = 0;
	if (mqtt_packet_qos(&s->packet) == 1) {
		if (session_is_repeat(s, id))
			return;
		if (!session_hold(s, id)) {
			session_no_memory(s);
			return;
		}
		s->word = s->held_first + s->held_count - 1u;
	}
	session_raise(s, PENDING_PUBLISH);
}

/* ---- SUBSCRIBE, UNSUBSCRIBE (3.8, 3.10) --------------------------------------------- */

/* All filters are well-formed: nothing has effect otherwise. */
static bool filters_ok(struct session *s)
{
	struct mqtt_filter filter = { 0 };
	size_t at = 0;
	enum err e;

	do
		e = mqtt_packet_next_filter(&s->packet, &at, &filter);
	while (e == ERR_OK);
	if (e == ERR_NOT_FOUND)
		return true;
	violate(s, e, e == ERR_MQTT_LENGTH ? (struct bytes){ 0 } : filter.topic);
	return false;
}

static struct session_subscription *subscription(struct session *s, enum session_topic topic)
{
	return &s->sub[topic - SESSION_CONFIG];
}

/* 'commands/#' stays when 'commands' is added. */
static uint8_t subscribe(struct session *s, const struct topics_grant *grant, uint8_t qos)
{
	struct session_subscription *sub = subscription(s, grant->topic);
	bool exact = grant->exact && (!sub->on || sub->exact);

	*sub = (struct session_subscription){ true, grant->by_num_id, exact, qos > 1 ? 1 : qos };
	session_raise(s, (enum session_pending)(PENDING_SUB_CONFIG + (grant->topic - SESSION_CONFIG)));
	return sub->qos;
}

/* The first sentence is told, and how many there were. */
static bool keep_refusal(struct session *s, const struct reason *why, unsigned count)
{
	size_t len;

	if (count == 1) {
		s->refusal = malloc(sizeof *s->refusal);
		if (s->refusal == NULL)
			return false;
		*s->refusal = *why;
		session_raise(s, PENDING_REFUSED);
	} else if (count == 2) {
		len = strlen(s->refusal->text);
		snprintf(s->refusal->text + len, sizeof s->refusal->text - len, " (and others of the same SUBSCRIBE)");
	}
	return true;
}

/* A filter that is foreign ends the connection, but the answer goes out before. */
static void on_subscribe(struct session *s)
{
	uint8_t codes[SESSION_PACKET_SIZE / 4];    /* a filter has four bytes at least */
	struct mqtt_filter filter;
	struct topics_grant grant = { 0 };
	struct reason why, foreign = { 0 };
	enum topics_verdict verdict;
	unsigned refused = 0;
	size_t at = 0, n = 0;

	if (!filters_ok(s))
		return;
	while (mqtt_packet_next_filter(&s->packet, &at, &filter) == ERR_OK) {
		verdict = topics_subscribe(session_names(s), filter.topic, &grant, &why);
		if (verdict == TOPICS_FOREIGN && foreign.code == REASON_NONE)
			foreign = why;
		if (verdict == TOPICS_REFUSED && !keep_refusal(s, &why, ++refused)) {
			session_no_memory(s);
			return;
		}
		codes[n++] = verdict == TOPICS_GRANTED ? subscribe(s, &grant, filter.qos) : 0x80;
	}
	session_say_suback(s, s->packet.id, (struct bytes){ codes, n });
	if (foreign.code != REASON_NONE)
		session_end(s, &foreign);
}

/* What was never subscribed to is acknowledged all the same (3.10.4-5). */
static void on_unsubscribe(struct session *s)
{
	struct mqtt_filter filter;
	struct topics_grant grant = { 0 };
	struct reason why;
	size_t at = 0;

	if (!filters_ok(s))
		return;
	while (mqtt_packet_next_filter(&s->packet, &at, &filter) == ERR_OK) {
		struct session_subscription *sub;

		if (topics_subscribe(session_names(s), filter.topic, &grant, &why) != TOPICS_GRANTED)
			continue;
		sub = subscription(s, grant.topic);
		if (!sub->on || sub->by_num_id != grant.by_num_id || sub->exact != grant.exact)
			continue;
		*sub = (struct session_subscription){ 0 };
		session_raise(s, (enum session_pending)(PENDING_UNSUB_CONFIG + (grant.topic - SESSION_CONFIG)));
	}
	session_say_short(s, MQTT_UNSUBACK, s->packet.id);
}

/* ---- The others ---------------------------------------------------------------------- */

/* One for an identifier that is not in use is a late second one: it means nothing. */
static void on_puback(struct session *s)
{
	struct session_sent sent;

	if (!session_take_sent(s, s->packet.id, &sent))
		return;
	s->word = sent.word;
	session_raise(s, sent.is_config ? PENDING_CONFIG_ACKED : PENDING_COMMAND_ACKED);
}

static void on_pingreq(struct session *s)
{
	session_say_short(s, MQTT_PINGRESP, 0);
	session_raise(s, PENDING_HEARTBEAT);
}

static void on_disconnect(struct session *s)
{
	struct reason why;

	reason_set(&why, REASON_DISCONNECT, "the device said DISCONNECT");
	session_end(s, &why);
}

/* ---- Bytes ----------------------------------------------------------------------------- */

static void (*const handlers[16])(struct session *s) = {
	[MQTT_CONNECT]   = on_connect,   [MQTT_PUBLISH]     = on_publish,     [MQTT_PUBACK]  = on_puback,
	[MQTT_SUBSCRIBE] = on_subscribe, [MQTT_UNSUBSCRIBE] = on_unsubscribe, [MQTT_PINGREQ] = on_pingreq,
	[MQTT_DISCONNECT] = on_disconnect,
};

void session_clear_in(struct session *s)
{
	session_buffer_clear(&s->in);
	s->packet.buf = s->in.data;
	s->borrowed = false;
	free(s->refusal);
	s->refusal = NULL;
}

/* Room for WANT bytes of a packet, and not for more than LIMIT. */
static bool make_room(struct session *s, size_t want, size_t limit)
{
	if (!session_buffer_reserve(&s->in, want, limit)) {
		session_no_memory(s);
		return false;
	}
	s->packet.buf = s->in.data;
	return true;
}

/* A whole packet: what it says, and what it leaves in the buffer, if an event has lent it. */
static void on_packet(struct session *s)
{
	s->packet_ms = s->now_ms;
	handlers[mqtt_packet_type(&s->packet)](s);
	if (s->pending != 0)
		s->borrowed = true;
	else if (s->state != SESSION_DECIDE)
		session_clear_in(s);
}

static size_t take_payload(struct session *s, const uint8_t *data, size_t len)
{
	size_t n = len < s->packet.left ? len : s->packet.left;

	if (!make_room(s, s->in.len + n, s->packet.need + s->payload_len))
		return n;
	memcpy(s->in.data + s->in.len, data, n);
	s->in.len += n;
	(void)mqtt_packet_payload(&s->packet, data, n);
	if (s->packet.left == 0)
		on_packet(s);
	return n;
}

static bool in_fixed_header(const struct mqtt_packet *p)
{
	return p->state == MQTT_PACKET_BETWEEN || p->state == MQTT_PACKET_LENGTH;
}

/* Bytes that the codec takes before its state may change. */
static size_t piece(const struct mqtt_packet *p, size_t len)
{
	size_t rest = p->need - p->have;

	if (in_fixed_header(p))
		return 1;
	return len < rest ? len : rest;
}

/* What the codec keeps of the packet when N more bytes have come. */
static size_t kept(const struct mqtt_packet *p, size_t n)
{
	return p->have + n < p->size ? p->have + n : p->size;
}

static size_t take_head(struct session *s, const uint8_t *data, size_t len)
{
	struct mqtt_packet *p = &s->packet;
	size_t n = piece(p, len), taken;
	enum err e;

	if (!in_fixed_header(p) && !make_room(s, kept(p, n), p->size))
		return n;
	e = mqtt_packet_feed(p, data, n, &taken);
	s->in.len = kept(p, 0);
	if (e == ERR_AGAIN)
		check_length(s);
	else if (e != ERR_OK)
		on_error(s, e);
	else if (mqtt_packet_type(p) == MQTT_PUBLISH)
		on_head(s);
	if (e == ERR_OK && s->state != SESSION_ENDED && !mqtt_packet_in_payload(p))
		on_packet(s);
	return taken;
}

static bool may_take(const struct session *s)
{
	return (s->state == SESSION_LOGIN || s->state == SESSION_UP) && s->pending == 0 && !session_is_full(s);
}

size_t session_feed(struct session *s, const uint8_t *data, size_t len, uint64_t now_ms)
{
	size_t n = 0;

	s->now_ms = now_ms;
	if (s->borrowed && s->pending == 0 && s->state != SESSION_DECIDE)
		session_clear_in(s);
	while (n < len && may_take(s)) {
		s->heard_ms = now_ms;
		n += mqtt_packet_in_payload(&s->packet) ? take_payload(s, data + n, len - n) :
							  take_head(s, data + n, len - n);
	}
	return s->state == SESSION_ENDED ? len : n;
}
