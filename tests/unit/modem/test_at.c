/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine against replies as modems send them, each cut into pieces of
 * every size, and at random.  What happened is written down as text:
 *
 *   L(...) information line   U(...) URC   D(n) done, ERR code n   S(n) synced, CFUN n
 *   X dead      T(...) bytes for the modem      [..] counted data
 */
#include "unit/cmocka_all.h"

#include "modem/at.h"

#include <stdio.h>
#include <string.h>

struct bench {
	struct at at;
	struct text log;
	char log_buf[8192];
	uint8_t data[1500];
	uint32_t now;
	size_t tx_piece;       /* bytes the UART takes at once */
};

static void log_text(struct text *log, struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		if (b.data[i] == '\r')
			text_add(log, "\\r");
		else if (b.data[i] < ' ' || b.data[i] > '~')
			text_add_hex(log, b.data[i], 2);
		else
			text_add_char(log, (char)b.data[i]);
}

static void drain_tx(struct bench *b)
{
	const uint8_t *p;
	size_t n, total = 0;

	while ((p = at_tx_peek(&b->at, &n)) != NULL) {
		if (n > b->tx_piece)
			n = b->tx_piece;
		if (total == 0)
			text_add(&b->log, "T(");
		log_text(&b->log, (struct bytes){ p, n });
		at_tx_done(&b->at, n);
		total += n;
	}
	if (total > 0)
		text_add(&b->log, ")");
}

static void log_event(struct bench *b, const struct at_event *ev)
{
	switch (ev->type) {
	case AT_EV_LINE:
	case AT_EV_URC:
		text_add(&b->log, ev->type == AT_EV_LINE ? "L(" : "U(");
		log_text(&b->log, ev->line);
		break;
	case AT_EV_DONE:
		text_add(&b->log, "[");
		log_text(&b->log, (struct bytes){ b->data, ev->data_len });
		text_add(&b->log, "]D(");
		text_add_u32(&b->log, ev->result);
		if (ev->cme != 0) {
			text_add(&b->log, ":");
			text_add_u32(&b->log, ev->cme);
		}
		break;
	case AT_EV_SYNCED:
		text_add(&b->log, "S(");
		text_add_u32(&b->log, ev->cfun);
		break;
	case AT_EV_DEAD:
		text_add(&b->log, "X(");
		break;
	}
	text_add(&b->log, ")");
}

static void drain_events(struct bench *b)
{
	struct at_event ev;

	while (at_next(&b->at, &ev))
		log_event(b, &ev);
	drain_tx(b);
}

/* What follows a prompt is an answer to the payload: it cannot be in the same
 * piece, since the payload has to go out first. */
static void feed(struct bench *b, const uint8_t *data, size_t len)
{
	while (len > 0) {
		const uint8_t *prompt = memchr(data, '>', len);
		size_t n = at_feed(&b->at, data, prompt != NULL ? (size_t)(prompt - data) + 1 : len, b->now);

		drain_events(b);
		data += n;
		len -= n;
	}
}

static void feed_text(struct bench *b, const char *s)
{
	feed(b, (const uint8_t *)s, strlen(s));
}

static void step_to(struct bench *b, uint32_t now)
{
	uint32_t at_ms;

	while (at_deadline(&b->at, &at_ms) && (int32_t)(now - at_ms) >= 0) {
		b->now = at_ms;
		at_step(&b->at, b->now);
		drain_events(b);
	}
	b->now = now;
}

static void start_bench(struct bench *b)
{
	static const struct at_config config = { .entry_max = 1460, .dead_ms = 20000 };

	memset(b, 0, sizeof *b);
	b->tx_piece = 4096;
	b->now = 0xfffff000u;   /* the counter wraps during the tests */
	text_init(&b->log, b->log_buf, sizeof b->log_buf);
	at_init(&b->at, &config, b->now);
	drain_events(b);
}

static enum err start_as(struct at *at, const struct at_command *c, uint32_t now)
{
	*at_command(at) = *c;
	return at_start(at, now);
}

static void clear_log(struct bench *b)
{
	text_init(&b->log, b->log_buf, sizeof b->log_buf);
}

static void synced_bench(struct bench *b)
{
	start_bench(b);
	feed_text(b, "\r\nOK\r\n");
	feed_text(b, "\r\n+CFUN: 1\r\n\r\nOK\r\n");
	assert_string_equal(b->log_buf, "T(ATE0\\r)T(AT+CFUN?\\r)S(1)");
	clear_log(b);
}

static void start_command(struct bench *b, const char *text, const struct at_command *c)
{
	text_add(at_compose(&b->at), text);
	assert_int_equal(start_as(&b->at, c, b->now), ERR_OK);
	drain_events(b);
	clear_log(b);
}

/* ---- replies ---- */

enum kind { PLAIN, COUNTED, PAYLOAD };

#define IN(bytes) bytes, sizeof bytes - 1

static const struct row {
	const char *name;
	enum kind kind;
	const char *command, *prefix;
	size_t ask;              /* COUNTED: room for data */
	const char *in;
	size_t in_len;
	const char *want;
} rows[] = {
	{ "plain OK", PLAIN, "+CMEE=1", NULL, 0, IN("\r\nOK\r\n"), "[]D(0)" },
	{ "echo is dropped, also that of ATE0", PLAIN, "E0", NULL, 0, IN("ATE0\r\r\nOK\r\n"), "[]D(0)" },
	{ "information then OK", PLAIN, "+CSQ", IN("+CSQ:"), IN("\r\n+CSQ: 15,3\r\n\r\nOK\r\n"),
	  "L(+CSQ: 15,3)[]D(0)" },
	{ "ERROR", PLAIN, "+QILOCIP", NULL, 0, IN("\r\nERROR\r\n"), "[]D(101)" },
	{ "CME number", PLAIN, "+CPIN?", IN("+CPIN:"), IN("\r\n+CME ERROR: 10\r\n"), "[]D(102:10)" },
	{ "CME in words", PLAIN, "+CPIN?", IN("+CPIN:"), IN("\r\n+CME ERROR: SIM \"not\" inserted\r\n"),
	  "[]D(102:65535)" },
	{ "OK and three URCs in one burst (mbed-os 10658)", PLAIN, "+CREG=2", NULL, 0,
	  IN("\r\nOK\r\n\r\n+CREG: 1,\"5650\",\"29A7DF4\",2\r\n\r\n+CGREG: 1\r\n\r\n+CGEV: ME PDN ACT 1\r\n"),
	  "[]D(0)U(+CREG: 1,\"5650\",\"29A7DF4\",2)U(+CGREG: 1)U(+CGEV: ME PDN ACT 1)" },
	{ "URC between command and reply (TinyGSM 62)", PLAIN, "+CSQ", IN("+CSQ:"),
	  IN("\r\n+QIURC: \"closed\",0\r\n\r\n+CSQ: 1,1\r\n\r\nOK\r\n"),
	  "U(+QIURC: \"closed\",0)L(+CSQ: 1,1)[]D(0)" },
	{ "+QIOPEN before its OK", PLAIN, "+QIOPEN=1,0,\"TCP\",\"h\",1,0,0", NULL, 0,
	  IN("\r\n+QIOPEN: 0,0\r\n\r\nOK\r\n"), "U(+QIOPEN: 0,0)[]D(0)" },
	{ "any line belongs to ATI, but not a URC", PLAIN, "I", IN(""),
	  IN("\r\nQuectel\r\nBG96\r\n\r\n+CEREG: 1\r\nRevision: BG96MAR02A07M1G\r\n\r\nOK\r\n"),
	  "L(Quectel)L(BG96)U(+CEREG: 1)L(Revision: BG96MAR02A07M1G)[]D(0)" },
	{ "NULs and an overlong line do no harm (FreeRTOS-Cellular 75, zephyr 35175)", PLAIN, "+CSQ", IN("+CSQ:"),
	  IN("\0\0\r\n+C\0SQ: 7,7\r\n"
	  "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
	  "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
	  "OK\r\n\r\nOK\r\n"), "L(+CSQ: 7,7)[]D(0)" },
	{ "line feeds only", PLAIN, "+CSQ", IN("+CSQ:"), IN("\n+CSQ: 1,2\nOK\n"), "L(+CSQ: 1,2)[]D(0)" },
	{ "a second OK is a stray", PLAIN, "+CSQ", IN("+CSQ:"), IN("\r\nOK\r\n\r\nOK\r\n"), "[]D(0)" },

	{ "counted data", COUNTED, "+QIRD=0,1500", "+QIRD:", 1500,
	  IN("\r\n+QIRD: 4\r\n\x20\x02\x00\x05\r\n\r\nOK\r\n"), "[ 020005]D(0)" },
	{ "no data", COUNTED, "+QIRD=0,1500", "+QIRD:", 1500, IN("\r\n+QIRD: 0\r\n\r\nOK\r\n"), "[]D(0)" },
	{ "data that looks like every other thing", COUNTED, "+QIRD=0,1500", "+QIRD:", 1500,
	  IN("\r\n+QIRD: 60\r\n"
	  "\r\nOK\r\n\r\n+QIURC: \"closed\",0\r\n> \x1a\x1b\r\nNO CARRIER\r\n+++\r\nERROR\r\n\0\r"
	  "\r\n\r\nOK\r\n"),
	  "[\\r0aOK\\r0a\\r0a+QIURC: \"closed\",0\\r0a> 1a1b\\r0aNO CARRIER\\r0a+++\\r0aERROR\\r0a00\\r]D(0)" },
	{ "URCs right before the header and after the OK", COUNTED, "+QIRD=0,1500", "+QIRD:", 1500,
	  IN("\r\n+QIURC: \"recv\",1\r\n\r\n+QIRD: 2\r\nab\r\n\r\nOK\r\n\r\n+QIURC: \"closed\",0\r\n"),
	  "U(+QIURC: \"recv\",1)[ab]D(0)U(+QIURC: \"closed\",0)" },
	{ "the CR LF after the data may be the only one before OK", COUNTED, "+QIRD=0,1500", "+QIRD:", 1500,
	  IN("\r\n+QIRD: 2\r\nab\r\nOK\r\n"), "[ab]D(0)" },
	{ "more than asked for is consumed, not stored, and told (mbed-os 9345)", COUNTED, "+QIRD=0,5", "+QIRD:", 5,
	  IN("\r\n+QIRD: 9\r\nabcdefghi\r\n\r\nOK\r\n"), "[abcde]D(103)" },
	{ "one byte lost on the way", COUNTED, "+QIRD=0,9", "+QIRD:", 9,
	  IN("\r\n+QIRD: 5\r\nabcd\r\n\r\nOK\r\n"), "[abcd\\r]D(103)" },
	{ "one byte too many", COUNTED, "+QIRD=0,9", "+QIRD:", 9,
	  IN("\r\n+QIRD: 3\r\nabcd\r\n\r\nOK\r\n"), "U(d)[abc]D(103)" },
	{ "OK without a header: the data may have been lost", COUNTED, "+QIRD=0,9", "+QIRD:", 9,
	  IN("\r\n+QI\x7f: 2\r\nab\r\n\r\nOK\r\n"), "U(+QI7f: 2)U(ab)[]D(103)" },
	{ "header without a number", COUNTED, "+QIRD=0,9", "+QIRD:", 9, IN("\r\n+QIRD: x\r\n\r\nOK\r\n"), "[]D(103)" },
	{ "UDP form", COUNTED, "+QIRD=0,9", "+QIRD:", 9, IN("\r\n+QIRD: 2,\"10.0.0.1\",4000\r\nab\r\n\r\nOK\r\n"),
	  "[ab]D(0)" },
	{ "no such socket", COUNTED, "+QIRD=0,9", "+QIRD:", 9, IN("\r\nERROR\r\n"), "[]D(101)" },

	{ "prompt, payload, SEND OK", PAYLOAD, "+QISEND=0,5", NULL, 0, IN("\r\n> \r\nSEND OK\r\n"),
	  "T(hello)[]D(0)" },
	{ "prompt without the space", PAYLOAD, "+QISEND=0,5", NULL, 0, IN("\r\n>\r\nSEND OK\r\n"), "T(hello)[]D(0)" },
	{ "prompt on a line of its own", PAYLOAD, "+QISEND=0,5", NULL, 0, IN("\r\n>\r\n\r\nSEND OK\r\n"),
	  "T(hello)[]D(0)" },
	{ "prompt with a URC glued to it", PAYLOAD, "+QISEND=0,5", NULL, 0,
	  IN("\r\n> \r\n+QIURC: \"recv\",0\r\n\r\nSEND OK\r\n"), "T(hello)U(+QIURC: \"recv\",0)[]D(0)" },
	{ "echo, URC, then prompt", PAYLOAD, "+QISEND=0,5", NULL, 0,
	  IN("AT+QISEND=0,5\r\r\n+CEREG: 1\r\n\r\n> \r\nSEND OK\r\n"), "U(+CEREG: 1)T(hello)[]D(0)" },
	{ "a space before SEND OK (WioLTE)", PAYLOAD, "+QISEND=0,5", NULL, 0, IN("\r\n> \r\n SEND OK\r\n"),
	  "T(hello)[]D(0)" },
	{ "SEND FAIL asks for a later try", PAYLOAD, "+QISEND=0,5", NULL, 0, IN("\r\n> \r\nSEND FAIL\r\n"),
	  "T(hello)[]D(1)" },
	{ "ERROR instead of the prompt: no payload goes out", PAYLOAD, "+QISEND=0,5", NULL, 0, IN("\r\nERROR\r\n"),
	  "[]D(101)" },
	{ "no payload after ERROR, though a prompt follows", PAYLOAD, "+QISEND=0,5", NULL, 0, IN("\r\nERROR\r\n\r\n> "),
	  "[]D(101)" },
	{ "ERROR after the payload", PAYLOAD, "+QISEND=0,5", NULL, 0, IN("\r\n> \r\nERROR\r\n"),
	  "T(hello)[]D(101)" },
	{ "OK is not the result of a payload", PAYLOAD, "+QISEND=0,5", NULL, 0, IN("\r\n> \r\nOK\r\n\r\nSEND OK\r\n"),
	  "T(hello)[]D(0)" },
	{ "SEND OK before the prompt is somebody else's", PAYLOAD, "+QISEND=0,5", NULL, 0,
	  IN("\r\nSEND OK\r\n\r\n> \r\nSEND OK\r\n"), "U(SEND OK)T(hello)[]D(0)" },
};

static enum at_answer answer_of(const char *prefix)
{
	if (prefix == NULL)
		return AT_NOTHING;
	return prefix[0] != '\0' ? AT_NAMED : AT_ANYTHING;
}

static void run_row(const struct row *row, struct bench *b)
{
	struct at_command c = { .answer = answer_of(row->prefix), .timeout_ms = 5000 };

	synced_bench(b);
	if (row->kind == COUNTED) {
		c.data = b->data;
		c.data_size = row->ask;
	} else if (row->kind == PAYLOAD) {
		c.payload = (const uint8_t *)"hello";
		c.payload_len = 5;
		c.prompt_ms = 5000;
		c.done = "SEND OK";
		c.full = "SEND FAIL";
	}
	start_command(b, row->command, &c);
}

static void check_row(const struct row *row, const struct bench *b, size_t chunk)
{
	if (strcmp(b->log_buf, row->want) != 0)
		fail_msg("'%s' in pieces of %zu:\n got  %s\n want %s", row->name, chunk, b->log_buf, row->want);
}

static void replies_read_the_same_in_every_chunk_size(void **state)
{
	static struct bench b;

	(void)state;
	for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
		size_t len = rows[r].in_len;

		for (size_t chunk = 1; chunk <= len; chunk++) {
			run_row(&rows[r], &b);
			for (size_t i = 0; i < len; i += chunk)
				feed(&b, (const uint8_t *)rows[r].in + i, len - i < chunk ? len - i : chunk);
			check_row(&rows[r], &b, chunk);
		}
	}
}

static uint32_t lcg(uint32_t *x)
{
	*x = *x * 1664525u + 1013904223u;
	return *x >> 16;
}

static void replies_read_the_same_in_ten_thousand_random_splits(void **state)
{
	static struct bench b;
	uint32_t seed = 1;

	(void)state;
	for (unsigned n = 0; n < 10000; n++) {
		const struct row *row = &rows[n % (sizeof rows / sizeof rows[0])];
		size_t len = row->in_len, i = 0;

		run_row(row, &b);
		b.tx_piece = 1 + lcg(&seed) % 7;
		while (i < len) {
			size_t piece = 1 + lcg(&seed) % 20;

			piece = piece < len - i ? piece : len - i;
			feed(&b, (const uint8_t *)row->in + i, piece);
			i += piece;
		}
		check_row(row, &b, 0);
	}
}

/* ---- identity, deadlines, resynchronisation ---- */

static void an_answer_before_the_question_is_a_stray(void **state)
{
	static struct bench b;
	static const struct at_command c = { .timeout_ms = 5000 };
	const uint8_t *p;
	size_t n;

	(void)state;
	synced_bench(&b);
	text_add(at_compose(&b.at), "+CSQ");
	assert_int_equal(start_as(&b.at, &c, b.now), ERR_OK);
	p = at_tx_peek(&b.at, &n);
	assert_memory_equal(p, "AT+CSQ\r", 7);
	at_tx_done(&b.at, 6);                     /* its CR has not gone out yet */
	assert_int_equal(at_feed(&b.at, (const uint8_t *)"\r\nOK\r\n", 6, b.now), 6);
	assert_false(at_ready(&b.at));
	assert_int_equal(b.at.counters.strays, 1);
}

/* The property on which everything rests: what is late belongs to nobody. */
static void a_late_reply_never_completes_another_command(void **state)
{
	static struct bench b;
	static const struct at_command csq = { .answer = AT_NAMED, .timeout_ms = 5000 };

	(void)state;
	synced_bench(&b);
	start_command(&b, "+CSQ", &csq);
	step_to(&b, b.now + 5000);
	assert_string_equal(b.log_buf, "[]D(100)T(ATE0\\r)");
	clear_log(&b);
	feed_text(&b, "\r\n+CSQ: 9,9\r\n\r\nOK\r\n");            /* the late reply: taken for the probe's OK, */
	feed_text(&b, "\r\nOK\r\n");                             /* then the probe's own: dropped */
	assert_false(at_ready(&b.at));
	feed_text(&b, "\r\n+CFUN: 1\r\n\r\nOK\r\n");
	assert_string_equal(b.log_buf, "T(AT+CFUN?\\r)S(1)");
	start_command(&b, "+CSQ", &csq);
	feed_text(&b, "\r\n+CSQ: 15,3\r\n\r\nOK\r\n");
	assert_string_equal(b.log_buf, "L(+CSQ: 15,3)[]D(0)");
	assert_int_equal(b.at.counters.timeouts, 1);
}

static const struct at_command *send_command(void)
{
	static const struct at_command c = {
		.timeout_ms = 120000, .prompt_ms = 10000, .payload = (const uint8_t *)"hello", .payload_len = 5,
		.done = "SEND OK", .full = "SEND FAIL",
	};

	return &c;
}

static void a_late_send_ok_is_dropped(void **state)
{
	static struct bench b;

	(void)state;
	synced_bench(&b);
	start_command(&b, "+QISEND=0,5", send_command());
	feed_text(&b, "\r\n> ");
	step_to(&b, b.now + 120000);
	assert_string_equal(b.log_buf, "T(hello)[]D(100)T(1b\\r\\r\\r\\r\\r)");
	clear_log(&b);
	feed_text(&b, "\r\nSEND OK\r\n");
	step_to(&b, b.now + 301);
	feed_text(&b, "\r\nOK\r\n");
	feed_text(&b, "\r\n+CFUN: 1\r\n\r\nOK\r\n");
	assert_string_equal(b.log_buf, "T(ATE0\\r)T(AT+CFUN?\\r)S(1)");
}

static void a_send_result_may_take_119_seconds(void **state)
{
	static struct bench b;

	(void)state;
	synced_bench(&b);
	start_command(&b, "+QISEND=0,5", send_command());
	feed_text(&b, "\r\n> ");
	step_to(&b, b.now + 119000);
	feed_text(&b, "\r\nSEND OK\r\n");
	assert_string_equal(b.log_buf, "T(hello)[]D(0)");
}

static void without_a_prompt_the_modem_gets_filler_not_the_payload(void **state)
{
	static struct bench b;

	(void)state;
	synced_bench(&b);
	start_command(&b, "+QISEND=0,5", send_command());
	step_to(&b, b.now + 10000);
	assert_string_equal(b.log_buf, "[]D(104)T(1b\\r\\r\\r\\r\\r)");
	clear_log(&b);
	feed_text(&b, "\r\n> ");                                  /* late: filled up again */
	assert_string_equal(b.log_buf, "T(1b\\r\\r\\r\\r\\r)");
	assert_false(at_ready(&b.at));
}

static void an_error_in_mid_payload_stops_the_payload(void **state)
{
	static struct bench b;
	struct at_event ev;
	size_t n;

	(void)state;
	synced_bench(&b);
	start_command(&b, "+QISEND=0,5", send_command());
	assert_int_equal(at_feed(&b.at, (const uint8_t *)"\r\n> ", 4, b.now), 4);
	at_tx_done(&b.at, 2);
	at_feed(&b.at, (const uint8_t *)"\r\nERROR\r\n", 9, b.now);
	assert_true(at_next(&b.at, &ev));
	assert_int_equal(ev.result, ERR_AT_ERROR);
	assert_true(ev.prompted);
	assert_memory_equal(at_tx_peek(&b.at, &n), "\x1b", 1);   /* the three that lack, as filler */
	at_tx_done(&b.at, 1);
	assert_memory_equal(at_tx_peek(&b.at, &n), "\r\r\r", 3);
	assert_int_equal(n, 3);
}

static void a_stalled_data_phase_ends_by_deadline(void **state)
{
	static struct bench b;
	struct at_command c = { .answer = AT_NAMED, .timeout_ms = 10000 };

	(void)state;
	synced_bench(&b);
	c.data = b.data;
	c.data_size = 1500;
	start_command(&b, "+QIRD=0,1500", &c);
	feed_text(&b, "\r\n+QIRD: 10\r\nabc");
	step_to(&b, b.now + 10000);
	assert_string_equal(b.log_buf, "[abc]D(100)T(ATE0\\r)");
	clear_log(&b);
	feed_text(&b, "\r\nRDY\r\n+CFUN: 4\r\n\r\nOK\r\n");      /* the rest, if it were such: nobody's */
	assert_memory_equal(b.data, "abc\0\0\0", 6);             /* and not in a buffer that is no longer lent */
	feed_text(&b, "\r\nOK\r\n\r\n+CFUN: 1\r\n\r\nOK\r\n");
	assert_string_equal(b.log_buf, "T(AT+CFUN?\\r)S(1)");
}

static void identities_count_and_wrap(void **state)
{
	static struct bench b;
	static const struct at_command c = { .timeout_ms = 5000 };
	uint16_t first;

	(void)state;
	synced_bench(&b);
	start_command(&b, "", &c);
	first = at_id(&b.at);
	assert_int_equal(first, 1);
	assert_int_equal(start_as(&b.at, &c, b.now), ERR_STATE);
	feed_text(&b, "\r\nOK\r\n");
	b.at.id = UINT16_MAX;
	start_command(&b, "", &c);
	assert_int_equal(at_id(&b.at), 1);
}

static void a_command_too_long_is_refused_whole(void **state)
{
	static struct bench b;
	static const struct at_command c = { .timeout_ms = 5000 };
	struct text *t;

	(void)state;
	synced_bench(&b);
	t = at_compose(&b.at);
	for (unsigned i = 0; i < AT_COMMAND_SIZE; i++)
		text_add_char(t, 'x');
	assert_int_equal(start_as(&b.at, &c, b.now), ERR_TOO_LONG);
	drain_events(&b);
	assert_string_equal(b.log_buf, "");
	assert_true(at_ready(&b.at));
}

static void a_silent_modem_is_tried_in_every_way_and_reported_once(void **state)
{
	static struct bench b;

	(void)state;
	start_bench(&b);
	b.log_buf[0] = '\0';
	clear_log(&b);
	step_to(&b, b.now + 8000);
	assert_non_null(strstr(b.log_buf, "T(ATE0\\r)T(1b\\r\\r"));
	assert_non_null(strstr(b.log_buf, "T(+++)T(\\rATE0\\r)T(ATQ0V1E0\\r)T(AT+IFC=0,0\\r)"));
	assert_null(strchr(b.log_buf, 'X'));
	for (unsigned i = 0; i < 100; i++) {
		clear_log(&b);
		step_to(&b, b.now + 10000);
		assert_int_equal(strchr(b.log_buf, 'X') != NULL, i == 1);
	}
	clear_log(&b);
	step_to(&b, b.now + 40000);   /* and it goes on, slowly */
	assert_non_null(strstr(b.log_buf, "ATE0"));
	feed_text(&b, "\r\nOK\r\n");
	feed_text(&b, "\r\n+CFUN: 4\r\n\r\nOK\r\n");
	assert_non_null(strstr(b.log_buf, "S(4)"));
}

static void a_transparent_modem_is_broken_out_with_silence_around(void **state)
{
	static struct bench b;
	uint32_t at_ms, before = 0;

	(void)state;
	start_bench(&b);
	while (strstr(b.log_buf, "+++") == NULL) {
		before = b.now;
		clear_log(&b);
		assert_true(at_deadline(&b.at, &at_ms));
		step_to(&b, at_ms);
		feed_text(&b, "server> text\n");
	}
	assert_true(b.now - before >= 1000);
	assert_true(at_deadline(&b.at, &at_ms));
	assert_true(at_ms - b.now >= 1000);
}

static void a_modem_that_refuses_the_confirmation_is_taken_after_three(void **state)
{
	static struct bench b;

	(void)state;
	start_bench(&b);
	for (unsigned i = 0; i < 3; i++) {
		feed_text(&b, "\r\nOK\r\n");
		feed_text(&b, "\r\nERROR\r\n");
		step_to(&b, b.now + 501);
	}
	assert_non_null(strstr(b.log_buf, "S(65535)"));
	assert_true(at_ready(&b.at));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies_read_the_same_in_every_chunk_size),
		cmocka_unit_test(replies_read_the_same_in_ten_thousand_random_splits),
		cmocka_unit_test(an_answer_before_the_question_is_a_stray),
		cmocka_unit_test(a_late_reply_never_completes_another_command),
		cmocka_unit_test(a_late_send_ok_is_dropped),
		cmocka_unit_test(a_send_result_may_take_119_seconds),
		cmocka_unit_test(without_a_prompt_the_modem_gets_filler_not_the_payload),
		cmocka_unit_test(an_error_in_mid_payload_stops_the_payload),
		cmocka_unit_test(a_stalled_data_phase_ends_by_deadline),
		cmocka_unit_test(identities_count_and_wrap),
		cmocka_unit_test(a_command_too_long_is_refused_whole),
		cmocka_unit_test(a_silent_modem_is_tried_in_every_way_and_reported_once),
		cmocka_unit_test(a_transparent_modem_is_broken_out_with_silence_around),
		cmocka_unit_test(a_modem_that_refuses_the_confirmation_is_taken_after_three),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
