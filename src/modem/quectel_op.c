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
	return op->line != QUECTEL_NO_LINES ? AT_NAMED : AT_NOTHING;
}

struct at_command *quectel_prepare(struct quectel *q, const struct quectel_op *op, struct quectel_socket *s,
				   void (*done)(struct quectel *q, struct quectel_socket *s,
						const struct at_event *ev))
{
	struct at_command *c = at_command(&q->at);

	compose(q, s, op->text);
	c->answer = answer_of(op);
	c->timeout_ms = op->seconds * 1000u;
	q->op = op;
	q->op_socket = s;
	q->op_done = done;
	q->op_life = s != NULL ? s->life : 0;
	q->seen = 0;
	q->listed = q->alive = 0;
	return c;
}

void quectel_start(struct quectel *q)
{
	enum err e = at_start(&q->at, q->now_ms);

	if (e != ERR_OK) {   /* its text is too long: settings that are checked at quectel_init() prevent it */
		q->op = NULL;
		quectel_pause(q, e, NO_COMMAND_MS);
	}
}

void quectel_run(struct quectel *q, const struct quectel_op *op, struct quectel_socket *s,
		 void (*done)(struct quectel *q, struct quectel_socket *s, const struct at_event *ev))
{
	(void)quectel_prepare(q, op, s, done);
	quectel_start(q);
}

static bool is_orphan(const struct quectel *q)
{
	return q->op_socket != NULL && q->op_socket->life != q->op_life;
}

void quectel_op_line(struct quectel *q, const struct at_event *ev)
{
	static void (*const takes[])(struct quectel *q, struct quectel_socket *s, struct at_fields *f) = {
#define TAKE(name, take) [QUECTEL_##name] = take,
		QUECTEL_LINES(TAKE)
#undef TAKE
	};
	struct at_fields f = at_fields_from(ev->line, ev->name_len);

	if (q->op == NULL || quectel_on_boot_word(q, ev->line))
		return;
	q->seen |= QUECTEL_SEEN_LINE;
	if (q->op->line != QUECTEL_NO_LINES && !is_orphan(q))
		takes[q->op->line](q, q->op_socket, &f);
}

static void note_failure(struct quectel *q, const struct at_event *ev)
{
	struct bytes text = text_bytes(&q->at.text);

	if (ev->result == ERR_AT_CME)
		q->facts.cme = ev->cme;
	if ((q->op->properties & QUECTEL_OPTIONAL) != 0 || ev->result == ERR_FULL)
		return;
	if ((q->op->properties & QUECTEL_SECRET) != 0)
		text.len = sizeof "AT" + q->at.name_len;   /* with its '=' */
	cellular_copy(q->facts.failed, sizeof q->facts.failed, text);
	q->facts.failed_err = ev->result;
}

void quectel_op_done(struct quectel *q, const struct at_event *ev)
{
	if (q->op == NULL)
		return;
	if (ev->result != ERR_OK)
		note_failure(q, ev);
	if (ev->prompted && ev->result == ERR_AT_TIMEOUT)
		q->stale_send = true;
	q->op = NULL;
	if (q->op_done != NULL && !is_orphan(q))
		q->op_done(q, q->op_socket, ev);
}
