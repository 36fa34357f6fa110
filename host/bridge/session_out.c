/* SPDX-License-Identifier: Apache-2.0 */
/* session_out.c - what goes to the device: answers in their order, config, commands. */
#include "bridge/session_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- The bytes owed ------------------------------------------------------------- */

size_t session_tx_len(const struct session *s)
{
	return s->tx.len - s->tx_taken;
}

const uint8_t *session_tx_peek(const struct session *s, size_t *len)
{
	*len = session_tx_len(s);
	return *len > 0 ? s->tx.data + s->tx_taken : NULL;
}

/* Where SIZE bytes can be written; NULL: the end. */
static uint8_t *room_for(struct session *s, size_t size)
{
	if (s->tx_taken > 0 && s->tx.len + size > s->tx.size) {
		memmove(s->tx.data, s->tx.data + s->tx_taken, session_tx_len(s));
		s->tx.len -= s->tx_taken;
		s->tx_taken = 0;
	}
	if (!session_buffer_reserve(&s->tx, s->tx.len + size, SIZE_MAX)) {
		session_no_memory(s);
		return NULL;
	}
	s->tx.len += size;
	return s->tx.data + s->tx.len - size;
}

void session_say_connack(struct session *s, uint8_t code)
{
	uint8_t *at = room_for(s, 4);

	if (at != NULL)
		mqtt_packet_write_connack(at, 4, false, code);
}

void session_say_suback(struct session *s, uint16_t id, struct bytes codes)
{
	size_t size = mqtt_packet_write_suback(NULL, 0, id, codes);
	uint8_t *at = room_for(s, size);

	if (at != NULL)
		mqtt_packet_write_suback(at, size, id, codes);
}

void session_say_short(struct session *s, enum mqtt_packet_type type, uint16_t id)
{
	size_t size = mqtt_packet_write_short(NULL, 0, type, id);
	uint8_t *at = room_for(s, size);

	if (at != NULL)
		mqtt_packet_write_short(at, size, type, id);
}

/* ---- Messages of the device that wait for their PUBACK ----------------------------- */

bool session_hold(struct session *s, uint16_t id)
{
	uint32_t size = s->held_size == 0 ? 4 : 2 * s->held_size;
	struct session_held *more;

	if (s->held_count == s->held_size) {
		more = realloc(s->held, size * sizeof *more);
		if (more == NULL)
			return false;
		s->held = more;
		s->held_size = size;
	}
	s->held[s->held_count++] = (struct session_held){ (uint32_t)s->payload_len, id, s->topic, false };
	s->held_bytes += (uint32_t)s->payload_len;
	return true;
}

/* The packet that has arrived says that it is a repeat, and looks like one that is held. */
bool session_is_repeat(const struct session *s, uint16_t id)
{
	if ((s->packet.first & MQTT_PACKET_DUP) == 0)
		return false;
	for (size_t i = 0; i < s->held_count; i++)
		if (s->held[i].id == id && s->held[i].bytes == s->payload_len && s->held[i].topic == s->topic)
			return true;
	return false;
}

/* 4.6: in the order of the PUBLISHes. */
static void say_pubacks(struct session *s)
{
	uint32_t n = 0;

	while (n < s->held_count && s->held[n].safe) {
		s->held_bytes -= s->held[n].bytes;
		session_say_short(s, MQTT_PUBACK, s->held[n++].id);
		if (s->state == SESSION_ENDED)
			return;
	}
	s->held_first += n;
	s->held_count -= n;
	memmove(s->held, s->held + n, s->held_count * sizeof *s->held);
	if (s->held_count == 0) {
		free(s->held);
		s->held = NULL;
		s->held_size = 0;
	}
}

/* While nothing was taken the device could not be heard: its times begin anew. */
void session_acknowledge(struct session *s, uint64_t ticket, uint64_t now_ms)
{
	bool was_full = session_is_full(s);

	s->now_ms = now_ms;
	if (s->state != SESSION_UP || ticket < s->held_first || ticket - s->held_first >= s->held_count)
		return;
	s->held[ticket - s->held_first].safe = true;
	if (ticket == s->held_first)
		say_pubacks(s);
	if (was_full && !session_is_full(s))
		s->heard_ms = s->packet_ms = now_ms;
}

/* ---- Messages to the device --------------------------------------------------------- */

static bool id_in_use(const struct session *s, uint16_t id)
{
	for (size_t i = 0; i < s->sent_count; i++)
		if (s->sent[i].id == id)
			return true;
	return false;
}

/* 2.3.1: none that waits for its PUBACK.  There are far more of them than may wait. */
static uint16_t next_id(struct session *s)
{
	do
		s->last_id++;
	while (s->last_id == 0 || id_in_use(s, s->last_id));
	return s->last_id;
}

static void forget_sent(struct session *s, size_t i)
{
	s->sent_count--;
	memmove(&s->sent[i], &s->sent[i + 1], (s->sent_count - i) * sizeof s->sent[0]);
	if (s->sent_count > 0)
		return;
	free(s->sent);
	s->sent = NULL;
	s->sent_size = 0;
}

bool session_take_sent(struct session *s, uint16_t id, struct session_sent *sent)
{
	for (size_t i = 0; i < s->sent_count; i++) {
		if (s->sent[i].id != id)
			continue;
		*sent = s->sent[i];
		forget_sent(s, i);
		return true;
	}
	return false;
}

static size_t count_sent(const struct session *s, bool configs)
{
	size_t n = 0;

	for (size_t i = 0; i < s->sent_count; i++)
		n += s->sent[i].is_config == configs;
	return n;
}

/* Of configs that a device never acknowledges only the newest few are remembered. */
static void forget_oldest_config(struct session *s)
{
	size_t i = 0;

	if (count_sent(s, true) < SESSION_CONFIGS)
		return;
	while (!s->sent[i].is_config)
		i++;
	forget_sent(s, i);
}

static bool remember_sent(struct session *s, const struct session_sent *sent)
{
	uint32_t size = s->sent_size == 0 ? 2 : 2 * s->sent_size;
	struct session_sent *more;

	if (sent->is_config)
		forget_oldest_config(s);
	if (s->sent_count == s->sent_size) {
		more = realloc(s->sent, size * sizeof *more);
		if (more == NULL)
			return false;
		s->sent = more;
		s->sent_size = size;
	}
	s->sent[s->sent_count++] = *sent;
	return true;
}

/* '/devices/ID/NAME[/SUBFOLDER]', with the ID by which the device subscribed. */
static struct bytes make_topic(const struct session *s, enum session_topic topic, struct bytes subfolder,
			       char buf[TOPICS_MAX + 1])
{
	struct topics_device who = session_names(s);
	struct text t;

	text_init(&t, buf, TOPICS_MAX + 1);
	text_add(&t, "/devices/");
	text_add_bytes(&t, s->sub[topic - SESSION_CONFIG].by_num_id ? who.num_id : who.id);
	text_add(&t, topic == SESSION_CONFIG ? "/config" : "/commands");
	if (subfolder.len > 0)
		text_add_char(&t, '/');
	text_add_bytes(&t, subfolder);
	return text_bytes(&t);
}

/* One PUBLISH; WORD is remembered until its PUBACK. */
static bool send_message(struct session *s, enum session_topic topic, struct bytes subfolder, struct bytes data,
			 uint64_t word)
{
	char name[TOPICS_MAX + 1];
	struct mqtt_message m = {
		.topic = make_topic(s, topic, subfolder, name),
		.payload = data,
		.qos = s->sub[topic - SESSION_CONFIG].qos,
	};
	struct session_sent sent = { .word = word, .is_config = topic == SESSION_CONFIG };
	size_t size;
	uint8_t *at;

	if (m.qos > 0) {
		sent.id = next_id(s);
		if (!remember_sent(s, &sent)) {
			session_no_memory(s);
			return false;
		}
	}
	size = mqtt_packet_write_publish(NULL, 0, &m, sent.id);
	at = room_for(s, size);
	if (at == NULL)
		return false;
	mqtt_packet_write_publish(at, size, &m, sent.id);
	s->packet_ms = s->now_ms;
	return true;
}

/* ---- Config --------------------------------------------------------------------------- */

bool session_takes_config(const struct session *s)
{
	return s->state == SESSION_UP && s->sub[0].on;
}

void session_drop_waiting(struct session *s)
{
	if (s->waiting == NULL)
		return;
	bytes_wipe(s->waiting->data, s->waiting->len);
	free(s->waiting);
	s->waiting = NULL;
}

static bool let_wait(struct session *s, uint64_t version, struct bytes data)
{
	session_drop_waiting(s);
	s->waiting = malloc(sizeof *s->waiting + data.len);
	if (s->waiting == NULL) {
		session_no_memory(s);
		return false;
	}
	s->waiting->version = version;
	s->waiting->len = data.len;
	if (data.len > 0)
		memcpy(s->waiting->data, data.data, data.len);
	return true;
}

bool session_config(struct session *s, uint64_t version, struct bytes data, uint64_t now_ms)
{
	s->now_ms = now_ms;
	if (!session_takes_config(s))
		return false;
	if (session_tx_len(s) > SESSION_TX_FULL)
		return let_wait(s, version, data);
	return send_message(s, SESSION_CONFIG, (struct bytes){ 0 }, data, version);
}

void session_tx_done(struct session *s, size_t n)
{
	struct session_waiting *w = s->waiting;

	s->tx_taken += n;
	if (s->tx_taken == s->tx.len) {
		s->tx_taken = 0;
		session_buffer_clear(&s->tx);
	}
	if (w == NULL || session_tx_len(s) > SESSION_TX_FULL)
		return;
	(void)send_message(s, SESSION_CONFIG, (struct bytes){ 0 }, (struct bytes){ w->data, w->len }, w->version);
	session_drop_waiting(s);
}

/* ---- Commands -------------------------------------------------------------------------- */

bool session_takes_commands(const struct session *s)
{
	return s->state == SESSION_UP && s->sub[SESSION_COMMANDS - SESSION_CONFIG].on;
}

bool session_takes_subfolders(const struct session *s)
{
	return session_takes_commands(s) && !s->sub[SESSION_COMMANDS - SESSION_CONFIG].exact;
}

bool session_command(struct session *s, uint64_t ticket, struct bytes subfolder, struct bytes data, bool *acked_later,
		     uint64_t now_ms)
{
	const struct session_subscription *sub = &s->sub[SESSION_COMMANDS - SESSION_CONFIG];

	s->now_ms = now_ms;
	*acked_later = sub->qos > 0;
	if (!session_takes_commands(s) || (subfolder.len > 0 && !session_takes_subfolders(s)) ||
	    session_tx_len(s) > SESSION_TX_FULL)
		return false;
	if (sub->qos > 0 && count_sent(s, false) >= s->cfg.sent_max)
		return false;
	return send_message(s, SESSION_COMMANDS, subfolder, data, ticket);
}
