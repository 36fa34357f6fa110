/* SPDX-License-Identifier: Apache-2.0 */
#include "modem/quectel_internal.h"

#define NO_COMMAND_MS 60000u

static void add_text(struct text *t, const char *s)
{
	if (s != NULL)
		text_add(t, s);
}

static void add_login(const struct quectel *q, struct text *t)
{
	if (q->config.user == NULL || q->config.user[0] == '\0')
		return;
	text_add(t, ",\"");
	text_add(t, q->config.user);
	text_add(t, "\",\"");
	add_text(t, q->config.password);
	text_add(t, "\",3");   /* PAP or CHAP */
}

static uint32_t number_of(const struct quectel *q, const struct quectel_socket *s, char place)
{
	switch (place) {
	case 'b': return at_baud_up_to(q->baud);
	case 'c': return quectel_context(q);
	case 'f': return q->config.flow_control ? 2 : 0;
	case 'k': return q->model->keepalive_idle;
	case 'o': return q->close_id;
	case 'i': return s->id;
	case 'l': return s->tx_len;
	case 'm': return s->asked;
	default:  return s->port;
	}
}

static void add_value(struct quectel *q, const struct quectel_socket *s, struct text *t, char place)
{
	switch (place) {
	case 'a': add_text(t, q->config.apn); break;
	case 'h': text_add(t, s->host); break;
	case 'n': text_add(t, q->config.ntp_server); break;
	case 'u': add_login(q, t); break;
	case 's':
		q->pin_tries++;
		text_add(t, q->config.pin);
		break;
	default:
		text_add_u32(t, number_of(q, s, place));
		break;
	}
}

static void compose(struct quectel *q, const struct quectel_socket *s, const char *text)
{
	struct text *t = at_compose(&q->at);

	for (; *text != '\0'; text++)
		if (*text == '%')
			add_value(q, s, t, *++text);
		else
			text_add_char(t, *text);
}

static enum at_answer answer_of(const struct quectel_op *op)
{
	if ((op->properties & QUECTEL_BARE) != 0)
		return AT_ANYTHING;
	return op->line != NULL ? AT_NAMED : AT_NOTHING;
}

void quectel_run_with(struct quectel *q, const struct quectel_op *op, struct quectel_socket *s,
		      void (*done)(struct quectel *q, struct quectel_socket *s, const struct at_event *ev,
				   uint32_t now_ms),
		      struct at_command *command, uint32_t now_ms)
{
	if (command->data == NULL)
		command->answer = answer_of(op);
	command->timeout_ms = op->tenths * 100u;
	compose(q, s, op->text);
	q->op = op;
	q->op_socket = s;
	q->op_done = done;
	q->op_life = s != NULL ? s->life : 0;
	q->seen = 0;
	q->listed = q->alive = 0;
	q->facts.commands++;
	enum err e = at_start(&q->at, command, now_ms);

	if (e != ERR_OK) {   /* its text is too long: settings that are checked at quectel_init() prevent it */
		q->op = NULL;
		quectel_pause(q, e, NO_COMMAND_MS, now_ms);
	}
}

void quectel_run(struct quectel *q, const struct quectel_op *op, struct quectel_socket *s,
		 void (*done)(struct quectel *q, struct quectel_socket *s, const struct at_event *ev, uint32_t now_ms),
		 uint32_t now_ms)
{
	struct at_command command = { .answer = AT_NOTHING };

	quectel_run_with(q, op, s, done, &command, now_ms);
}

static bool is_orphan(const struct quectel *q)
{
	return q->op_socket != NULL && q->op_socket->life != q->op_life;
}

void quectel_op_line(struct quectel *q, const struct at_event *ev, uint32_t now_ms)
{
	struct at_fields f = at_fields_from(ev->line, ev->name_len);

	if (q->op == NULL || quectel_on_boot_word(q, ev->line, now_ms))
		return;
	q->seen |= QUECTEL_SEEN_LINE;
	if (q->op->line != NULL && !is_orphan(q))
		q->op->line(q, q->op_socket, &f, now_ms);
}

static void note_failure(struct quectel *q, const struct at_event *ev)
{
	struct bytes text = text_bytes(&q->at.text);

	if (ev->result == ERR_AT_CME)
		q->facts.cme = ev->cme;
	if ((q->op->properties & QUECTEL_OPTIONAL) != 0 || ev->result == ERR_FULL)
		return;
	if ((q->op->properties & QUECTEL_SECRET) != 0)
		for (size_t i = 0; i < text.len; i++)
			if (text.data[i] == '=')
				text.len = i + 1;
	cellular_copy(q->facts.failed, sizeof q->facts.failed, text);
	q->facts.failed_err = ev->result;
}

void quectel_op_done(struct quectel *q, const struct at_event *ev, uint32_t now_ms)
{
	if (q->op == NULL)
		return;
	if (ev->result != ERR_OK)
		note_failure(q, ev);
	if (ev->prompted && ev->result == ERR_AT_TIMEOUT)
		q->stale_send = true;
	q->op = NULL;
	if (q->op_done != NULL && !is_orphan(q))
		q->op_done(q, q->op_socket, ev, now_ms);
}
