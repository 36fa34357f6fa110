/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_transcripts.c - what real modems were seen to say, byte for byte.  The
 * numbers are those of the collection from which they were taken; a count is
 * the number of bytes that the log showed.  Each is replayed in chunks of one
 * byte up to whole lines.
 */
#include "unit/cmocka_all.h"

#include "rig.h"

#include <stdio.h>
#include <string.h>

struct step {
	const char *type;      /* NULL: nothing is typed */
	const char *expect;    /* NULL: only counted */
	size_t      count;     /* bytes of EXPECT; 0 = not counted */
	uint32_t    wait_ms;   /* before EXPECT is looked at */
	void      (*act)(struct rig *r);
};

#define OK "\r\nOK\r\n"
#define ERROR "\r\nERROR\r\n"

static void peer_sends_4(struct rig *r)
{
	rig_peer_sends(r, 0, "\x20\x02\x00\x00", 4);
}

static void signal_15_3(struct rig *r)
{
	struct modem_network n = modem_network(r->m);

	n.rssi = 15;
	n.ber = 3;
	n.act = 2;
	snprintf(n.tac, sizeof n.tac, "5650");
	snprintf(n.cell, sizeof n.cell, "29A7DF4");
	modem_set_network(r->m, &n, r->now_ms);
}

static void cme(struct rig *r, const char *command, int code)
{
	struct modem_fault f = modem_fault_default(MODEM_DO_ERROR, MODEM_AT_COMMAND);

	snprintf(f.command, sizeof f.command, "%s", command);
	f.cme = code;
	rig_fault(r, &f);
}

static void broken_nv(struct rig *r)
{
	cme(r, "CGSN", 23);
	cme(r, "CFUN", 0);
}

static void peer_sends_3524(struct rig *r)
{
	static uint8_t data[3524];

	rig_peer_sends(r, 1, data, sizeof data);
}

static void payload_12(struct rig *r)
{
	rig_feed(r, "\x16\x03\x03\x00\x07\x0b\x00\x00\x03\x00\x00\x00", 12);
	assert_int_equal(r->peer[1].got_len, 12);
	assert_memory_equal(r->peer[1].got, "\x16\x03\x03\x00\x07\x0b\x00\x00\x03\x00\x00\x00", 12);
}

static void peer_sends_test1(struct rig *r)
{
	rig_peer_sends(r, 0, "test1", 5);
}

static const struct step t01[] = { { "AT\r", "AT\r\r\nOK\r\n", 9, 0, NULL }, { 0 } };
static const struct step t02[] = { { "ATE0\r", "ATE0\r\r\nOK\r\n", 11, 0, NULL }, { "AT\r", OK, 6, 0, NULL }, { 0 } };

static const struct step t03_to_09[] = {
	{ "ATE0\r", "ATE0\r\r\nOK\r\n", 11, 0, NULL },
	{ "AT+CMEE=1\r", OK, 6, 0, NULL },
	{ "AT+CPIN?\r", "\r\n+CPIN: READY\r\n" OK, 22, 0, NULL },
	{ "AT+CFUN?\r", "\r\n+CFUN: 1\r\n" OK, 18, 0, NULL },
	{ "AT+QICSGP=1\r", "\r\n+QICSGP: 1,\"\",\"\",\"\",0\r\n" OK, 31, 0, NULL },
	{ "AT+QIDNSCFG=1\r", ERROR, 9, 0, NULL },
	{ "AT+QIACT?\r", OK, 6, 1000, NULL },
	{ "AT+QIACT=1\r", OK, 6, 0, NULL },
	{ "AT+QIACT?\r", "\r\n+QIACT: 1,1,1,\"<ip>\"\r\n" OK, 0, 0, NULL },
	{ "AT+QIDNSCFG=1\r", "\r\n+QIDNSCFG: 1,\"<ip>\",\"<ip>\"\r\n" OK, 0, 0, NULL },
	{ "AT+QICLOSE=0\r", OK, 6, 0, NULL },
	{ 0 }
};

static const struct step t10[] = {
	{ "ATE0\r", "ATE0\r\r\nOK\r\n", 11, 1000, NULL },
	{ NULL, "", 0, 0, signal_15_3 },
	{ "AT+CSQ\r", "\r\n+CSQ: 15,3\r\n" OK, 20, 0, NULL },
	{ "AT+CGREG=2\r", OK, 6, 0, NULL },
	{ "AT+CGREG?\r", "\r\n+CGREG: 2,1,\"5650\",\"29A7DF4\",2\r\n" OK, 40, 0, NULL },
	{ 0 }
};

static const struct step t11[] = {
	{ "ATE0\r", "ATE0\r\r\nOK\r\n", 11, 1000, NULL },
	{ "AT+QIACT=1\r", OK, 6, 0, NULL },
	{ "AT+CFUN=1,1\r", OK "\r\nPOWERED DOWN\r\n", 22, 0, NULL },
	{ NULL, "", 0, 2999, NULL },
	{ NULL, "\r\n+QIURC: \"pdpdeact\",1\r\n", 24, 1, NULL },
	{ "AT\rAT\rAT\rAT\rAT\rAT\rAT\rAT\rAT\r", "", 0, 2999, NULL },
	{ NULL, "\r\nRDY\r\n", 7, 1, NULL },
	{ "AT\r", "AT\r" OK, 9, 100, NULL },
	{ 0 }
};

static const struct step t12[] = {
	{ "AT+CFUN=1,1\r", "AT+CFUN=1,1\r" OK "\r\nPOWERED DOWN\r\n", 0, 0, NULL },
	{ NULL, "\r\nRDY\r\n\r\nAPP RDY\r\n", 0, 7000, NULL },
	{ "ATE0\r", "ATE0\r\r\nOK\r\n", 11, 0, NULL },
	{ "AT+CMEE=1\r", OK, 6, 0, NULL },
	{ "ATI\r", "\r\nQuectel\r\nBG96\r\nRevision: BG96MAR02A07M1G\r\n" OK, 0, 0, NULL },
	{ "AT+QGMR\r", "\r\nBG96MAR02A07M1G_01.019.01.019\r\n" OK, 0, 0, NULL },
	{ "AT+CPIN?\r", "\r\n+CPIN: READY\r\n" OK, 22, 0, NULL },
	{ "AT+QCCID\r", "\r\n+QCCID: 8900101012345678901F\r\n" OK, 38, 0, NULL },
	{ NULL, "", 0, 0, broken_nv },
	{ "AT+CGSN\r", "\r\n+CME ERROR: 23\r\n", 18, 0, NULL },
	{ "AT+CFUN=1\r", "\r\n+CME ERROR: 0\r\n", 17, 0, NULL },
	{ 0 }
};

#define NO_ADDRESS "\"0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0\""
static const struct step t13[] = {
	{ "ATE0\r", "ATE0\r\r\nOK\r\n", 11, 0, NULL },
	{ "AT+QINISTAT\r", "\r\n+QINISTAT: 7\r\n" OK, 22, 0, NULL },
	{ "AT+CGDCONT=1,\"IP\",\"www\"\r", OK, 6, 0, NULL },
	{ "AT+CGDCONT=2,\"IPV4V6\",\"ims\"\r", OK, 6, 0, NULL },
	{ "AT+CGDCONT=3,\"IPV4V6\",\"sos\",,0,0,0,1\r", OK, 6, 0, NULL },
	{ "AT+CGDCONT?\r", "\r\n+CGDCONT: 1,\"IP\",\"www\",\"0.0.0.0\",0,0,0,0\r\n"
	  "+CGDCONT: 2,\"IPV4V6\",\"ims\"," NO_ADDRESS ",0,0,0,0\r\n"
	  "+CGDCONT: 3,\"IPV4V6\",\"sos\"," NO_ADDRESS ",0,0,0,1\r\n" OK, 0, 0, NULL },
	{ "AT+CFUN=4,0\r", OK, 6, 0, NULL },
	{ 0 }
};

static const struct step t14_15[] = {
	{ "ATE0\r", "ATE0\r\r\nOK\r\n", 11, 1000, NULL },
	{ "AT+QIACT=1\r", OK, 6, 0, NULL },
	{ "AT+QIOPEN=1,1,\"TCP\",\"host\",8883,0,0\r", OK "\r\n+QIOPEN: 1,0\r\n", 0, 0, NULL },
	{ "AT+QISEND=1,12\r", "\r\n> ", 4, 0, NULL },
	{ NULL, "\r\nSEND OK\r\n", 11, 0, payload_12 },
	{ NULL, "\r\n+QIURC: \"recv\",1\r\n", 20, 0, peer_sends_3524 },
	{ "AT+QIRD=1,1500\r", NULL, 15 + 1500 + 2 + 6, 0, NULL },
	{ "AT+QIRD=1,1500\r", NULL, 15 + 1500 + 2 + 6, 0, NULL },
	{ "AT+QIRD=1,5\r", NULL, 12 + 5 + 2 + 6, 0, NULL },
	{ "AT+QIRD=1,0\r", "\r\n+QIRD: 3524,3005,519\r\n" OK, 30, 0, NULL },
	{ 0 }
};

#define STATE_16 "\r\n+QISTATE: 0,\"TCP\",\"104.155.82.190\",1883,22742,3,1,0,0,\"uart1\"\r\n"
static void payload_83(struct rig *r)
{
	uint8_t data[83];

	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(i * 37 + 0x10);     /* with CR, LF, Ctrl-Z and ESC among them */
	rig_feed(r, data, sizeof data);
	assert_int_equal(r->peer[0].got_len, 83);
	assert_memory_equal(r->peer[0].got, data, 83);
}

static const struct step t16[] = {
	{ "ATE0\r", "ATE0\r\r\nOK\r\n", 11, 1000, NULL },
	{ "AT+QIACT=1\r", OK, 6, 0, NULL },
	{ "AT+QIOPEN=1,0,\"TCP\",\"host\",1883,0,0\r", OK "\r\n+QIOPEN: 0,0\r\n", 22, 0, NULL },
	{ "AT+QISEND=0,83\r", "\r\n> ", 4, 0, NULL },
	{ NULL, "\r\nSEND OK\r\n", 11, 0, payload_83 },
	{ "AT+QIRD=0,0\r", "\r\n+QIRD: 0,0,0\r\n" OK, 22, 0, NULL },
	{ "AT+QISTATE=1,0\r", STATE_16 OK, 0, 0, NULL },
	{ NULL, "\r\n+QIURC: \"recv\",0\r\n", 20, 0, peer_sends_4 },
	{ "AT+QIRD=0,0\r", "\r\n+QIRD: 4,0,4\r\n" OK, 22, 0, NULL },
	{ "AT+QIRD=0,1500\r", NULL, 12 + 4 + 2 + 6, 0, NULL },    /* has NULs: see below */
	{ "AT+QIRD=0,0\r", "\r\n+QIRD: 4,4,0\r\n" OK, 22, 0, NULL },
	{ "AT+QICLOSE=0\r", OK, 6, 0, NULL },
	{ "AT+QIRD=0,0\r", ERROR, 9, 0, NULL },
	{ "AT+QISTATE=1,0\r", OK, 6, 0, NULL },
	{ 0 }
};

static const struct step t18[] = {
	{ "ATE0\r", "ATE0\r\r\nOK\r\n", 11, 1000, NULL },
	{ "AT+QIDEACT=1\r", OK, 6, 0, NULL },
	{ "AT+QICSGP=1,1,\"internet\",\"\",\"\"\r", OK, 6, 0, NULL },
	{ "AT+QIACT=1\r", OK, 6, 0, NULL },
	{ "AT+CGATT=1\r", OK, 6, 0, NULL },
	{ "AT+CGATT?\r", "\r\n+CGATT: 1\r\n" OK, 19, 0, NULL },
	{ "AT+QILOCIP\r", ERROR, 9, 0, NULL },
	{ 0 }
};

static const struct step t21[] = {
	{ "ATE0\r", "ATE0\r\r\nOK\r\n", 11, 1000, NULL },
	{ "AT+QIACT=1\r", OK, 6, 0, NULL },
	{ "AT+QIOPEN=1,0,\"TCP\",\"220.180.239.212\",8009,0,0\r", OK "\r\n+QIOPEN: 0,0\r\n", 0, 0, NULL },
	{ "AT+QISEND=0,4\r", "\r\n> ", 4, 0, NULL },
	{ "test", "\r\nSEND OK\r\n", 11, 0, NULL },
	{ "AT+QISENDEX=0,\"3132333435\"\r", "\r\nSEND OK\r\n", 11, 0, NULL },
	{ "AT+QISEND=0,0\r", "\r\n+QISEND: 9,9,0\r\n" OK, 24, 0, NULL },
	{ NULL, "\r\n+QIURC: \"recv\",0\r\n", 20, 0, peer_sends_test1 },
	{ "AT+QIRD=0,1500\r", "\r\n+QIRD: 5\r\ntest1\r\n" OK, 25, 0, NULL },
	{ "AT+QIRD=0,1500\r", "\r\n+QIRD: 0\r\n" OK, 18, 0, NULL },
	{ "AT+QIRD=0,0\r", "\r\n+QIRD: 5,5,0\r\n" OK, 22, 0, NULL },
	{ 0 }
};

static const struct transcript {
	const char *name;
	const struct step *steps;
	const char *profile;
} transcripts[] = {
	{ "1: echo is on",                       t01,       NULL },
	{ "2: ATE0 is still echoed",             t02,       NULL },
	{ "3 to 9: order of context and DNS",    t03_to_09, NULL },
	{ "10: signal and registration",         t10,       NULL },
	{ "11: restart by CFUN=1,1",             t11,       NULL },
	{ "12: boot and damaged memory",         t12,       NULL },
	{ "13: SIM ready, contexts, flight mode", t13,      NULL },
	{ "14 and 15: send and receive",         t14_15,    NULL },
	{ "16: a session of MQTT",               t16,       "bg96-state3" },
	{ "18: context and attach",              t18,       NULL },
	{ "21: counters of both directions",     t21,       NULL },
};

static void run_step(struct rig *r, const struct step *s)
{
	if (s->type != NULL)
		rig_type(r, s->type);
	if (s->act != NULL)
		s->act(r);
	if (s->wait_ms > 0)
		rig_wait(r, s->wait_ms);
	if (s->count > 0)
		assert_int_equal(r->len, s->count);
	if (s->expect == NULL)
		rig_clear(r);
	else
		rig_expects(r, s->expect);
}

static void transcripts_are_reproduced_byte_for_byte(void **state)
{
	static struct rig r;
	static const size_t chunks[] = { 1, 2, 3, 5, 7, 16, 4096 };

	(void)state;
	for (size_t t = 0; t < sizeof transcripts / sizeof transcripts[0]; t++) {
		for (size_t c = 0; c < sizeof chunks / sizeof chunks[0]; c++) {
			const struct modem_config cfg = { .on = true, .profile = transcripts[t].profile };

			rig_init(&r, &cfg, chunks[c]);
			for (const struct step *s = transcripts[t].steps; s->type != NULL || s->expect != NULL; s++)
				run_step(&r, s);
			rig_free(&r);
		}
		print_message("%s\n", transcripts[t].name);
	}
}

/* 15: the bytes of a read, with everything in them that could be mistaken. */
static void a_read_frames_any_bytes(void **state)
{
	static struct rig r;
	static const char data[] = "a\0\x1a\x1b\r\nOK\r\n+QIURC: \"closed\",0\r\n> NO CARRIER+++";
	static const char head[] = "\r\n+QIRD: 45\r\n";

	(void)state;
	assert_int_equal(sizeof data - 1, 45);
	rig_init(&r, &(struct modem_config){ .on = true }, 1);
	rig_connected(&r, 0);
	rig_peer_sends(&r, 0, data, 45);
	rig_clear(&r);
	rig_type(&r, "AT+QIRD=0,1500\r");
	assert_int_equal(r.len, sizeof head - 1 + 45 + 2 + 6);
	assert_memory_equal(r.out, head, sizeof head - 1);
	assert_memory_equal(r.out + sizeof head - 1, data, 45);
	assert_memory_equal(r.out + sizeof head - 1 + 45, "\r\n\r\nOK\r\n", 8);
	rig_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(transcripts_are_reproduced_byte_for_byte),
		cmocka_unit_test(a_read_frames_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
