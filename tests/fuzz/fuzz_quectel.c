/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_quectel.c - the whole driver against a modem gone mad.
 *
 * Input, one step a byte: below 0x80 a character over the UART; 0x80 to 0xBF
 * one of the answers below; 0xC0 to 0xDF time; the rest, what the owner of the
 * link does.  It must keep its promises: send never takes 0 with OK, the evidence
 * has no secret, a lost
 * link keeps its code, deadlines move on, and no more than 20 commands a second.
 */
#include "modem/quectel.h"
#include "modem/quectel_evidence.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static const char *const answers[] = {
	"\r\nOK\r\n", "\r\nERROR\r\n", "\r\n+CFUN: 1\r\n\r\nOK\r\n", "\r\n+CPIN: READY\r\n\r\nOK\r\n",
	"\r\n+CEREG: 2,1\r\n\r\nOK\r\n", "\r\n+QIACT: 1,1,1,\"10.0.0.1\"\r\n\r\nOK\r\n", "\r\n> ", "\r\nSEND OK\r\n",
	"\r\nSEND FAIL\r\n", "\r\n+QIRD: 4\r\nabcd\r\n\r\nOK\r\n", "\r\n+QIRD: 0\r\n\r\nOK\r\n", "\r\n+QIRD: 2000\r\n",
	"\r\n+QIURC: \"recv\",0\r\n", "\r\n+QIURC: \"closed\",0\r\n", "\r\n+QIURC: \"pdpdeact\",1\r\n",
	"\r\n+QIOPEN: 0,0\r\n", "\r\n+QIOPEN: 1,0\r\n", "\r\n+QIOPEN: 0,563\r\n",
	"\r\n+QIGETERROR: 572,x\r\n\r\nOK\r\n",
	"\r\n+QIGETERROR: 551,x\r\n\r\nOK\r\n", "\r\n+QISTATE: 0,\"TCP\",\"h\",1,1,2,1,0,0,\"uart1\"\r\n\r\nOK\r\n",
	"\r\n+QISEND: 5,5,0\r\n\r\nOK\r\n", "\r\nRDY\r\n", "\r\nPOWERED DOWN\r\n", "\r\nAPP RDY\r\n",
	"\r\n+CME ERROR: 10\r\n", "\r\n+CME ERROR: 16\r\n", "\r\n+QLTS: \"2026/01/14,09:53:07+04,0\"\r\n\r\nOK\r\n",
	"\r\n+QNTP: 0,\"2026/01/14,09:53:07+04\"\r\n", "\r\n+CEREG: 0\r\n", "\r\nQuectel\r\nBG96\r\n\r\nOK\r\n",
	"\r\n+QICSGP: 1,\"a\",\"\",\"\",0\r\n\r\nOK\r\n",
	"\r\n+CEER: ESM cause 27\r\n\r\nOK\r\n", "\r\n+CEER: EMM_CAUSE_PLMN_NOT_ALLOWED\r\n\r\nOK\r\n",
	"\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n", "\r\n+QPINC: \"SC\",2,10\r\n\r\nOK\r\n", "\r\n+CEREG: 2,3\r\n\r\nOK\r\n",
	"\r\n+CFUN: 4\r\n\r\nOK\r\n", "\r\nPSM POWER DOWN\r\n", "\r\n+QLTS: \"1980/01/06,00:00:00+22,0\"\r\n\r\nOK\r\n",
};

enum { ANSWERS = sizeof answers / sizeof answers[0] };

struct bench {
	struct quectel q;
	struct quectel_socket socket;
	uint32_t now;
	enum err lost;
};

static void check_link(struct bench *b)
{
	struct link *l = quectel_link(&b->q, 0);
	enum err e = link_state(l);

	if (b->lost != ERR_OK && e != b->lost)
		abort();   /* the first cause sticks */
	b->lost = b->socket.state == QUECTEL_SOCKET_LOST && e != ERR_OK ? e : ERR_OK;
	if (b->socket.rx_off > b->socket.rx_len || b->socket.rx_len > sizeof b->socket.rx ||
	    b->socket.tx_len > sizeof b->socket.tx)
		abort();
}

/* No PIN, and nothing that is not there. */
static void check_evidence(struct bench *b)
{
	struct evidence e;

	evidence_init(&e);
	quectel_evidence(&b->q, &e, b->now);
	if (strstr(e.failed, "1234") != NULL || strlen(e.model) > 15 || e.sim > EVIDENCE_SIM_FAILED ||
	    e.reg > EVIDENCE_REG_ROAMING || e.context > EVIDENCE_YES)
		abort();
}

static void settle(struct bench *b)
{
	struct quectel_event ev;
	size_t n;

	quectel_step(&b->q, b->now);
	while (quectel_next(&b->q, &ev))
		;
	for (unsigned i = 0; quectel_tx_peek(&b->q, &n) != NULL; i++) {
		if (n == 0 || i > 10000)
			abort();
		quectel_tx_done(&b->q, n);
	}
	check_link(b);
	check_evidence(b);
}

static void feed(struct bench *b, const char *text, size_t len)
{
	while (len > 0) {
		size_t n = quectel_feed(&b->q, (const uint8_t *)text, len, b->now);

		text += n;
		len -= n;
		settle(b);
	}
}

static void pass_time(struct bench *b, uint32_t ms)
{
	uint32_t end = b->now + ms, at_ms, before = at_id(&b->q.at);
	unsigned turns = 0;

	while (quectel_deadline(&b->q, &at_ms) && (int32_t)(end - at_ms) >= 0) {
		if ((int32_t)(at_ms - b->now) > 0)
			b->now = at_ms;
		settle(b);
		if (turns++ > 1000 + ms)
			abort();   /* a deadline that does not move on */
	}
	b->now = end;
	settle(b);
	if ((uint16_t)(at_id(&b->q.at) - before) > 20 + ms / 50)
		abort();
}

static void send(struct bench *b, size_t len)
{
	static const uint8_t data[QUECTEL_FRAME_SIZE];
	size_t taken;
	enum err e = link_send(quectel_link(&b->q, 0), data, len, &taken, b->now);

	if ((e == ERR_OK) != (taken > 0) || taken > len)
		abort();
}

static void receive(struct bench *b, size_t len)
{
	uint8_t data[64];
	size_t got;
	enum err e = link_recv(quectel_link(&b->q, 0), data, len, &got, b->now);

	if ((e == ERR_OK) != (got > 0) || got > len)
		abort();
}

static void own(struct bench *b, uint8_t what)
{
	struct link *l = quectel_link(&b->q, 0);
	enum err e;

	switch (what % 8) {
	case 0:
	case 1:
		e = link_open(l, "host", 8883, b->now);
		if (e == ERR_OK)
			b->lost = ERR_OK;
		break;
	case 2: send(b, 5); break;
	case 3: send(b, QUECTEL_FRAME_SIZE); break;
	case 4: receive(b, 1); break;
	case 5: receive(b, 64); break;
	case 6:
		link_close(l, b->now);
		b->lost = ERR_OK;
		break;
	case 7: quectel_ntp(&b->q, b->now); break;
	default: break;
	}
	settle(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	static struct bench b;
	struct quectel_config config = { .apn = "a", .pin = "1234", .ntp_server = "n", .jitter_seed = 1 };

	memset(&b, 0, sizeof b);
	config.sockets = &b.socket;
	config.socket_count = 1;
	quectel_init(&b.q, &config, b.now);
	settle(&b);
	for (size_t i = 0; i < size; i++) {
		uint8_t c = input[i];

		if (c < 0x80)
			feed(&b, (const char *)&c, 1);
		else if (c < 0xc0)
			feed(&b, answers[(c & 0x3f) % ANSWERS], strlen(answers[(c & 0x3f) % ANSWERS]));
		else if (c < 0xe0)
			pass_time(&b, 100u << (c % 12));
		else
			own(&b, c);
	}
	if (size > 1 && input[0] & 1) {
		quectel_stop(&b.q, b.now);
		b.lost = ERR_OK;   /* the link is closed now */
		pass_time(&b, 70000);
		if (b.q.phase < QUECTEL_STOPPING)
			abort();
	}
	return 0;
}
