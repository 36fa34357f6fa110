/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_commands.c - each family of commands: what they answer, in which order
 * they are allowed, and what wrong values get.  Rows of one group share one
 * modem; a group is replayed in several chunk sizes.
 */
#include "unit/cmocka_all.h"

#include "rig.h"

#include <stdio.h>
#include <string.h>

#define OK "\r\nOK\r\n"
#define ERROR "\r\nERROR\r\n"
#define CME(n) "\r\n+CME ERROR: " #n "\r\n"

struct row {
	const char *sentence, *type, *expect;
};

static const struct row basic[] = {
	{ "echo goes off, and is still there for the command itself", "ATE0\r", "ATE0\r" OK },
	{ "an empty command is OK", "AT\r", OK },
	{ "case does not matter", "at\r", OK },
	{ "basic commands follow each other", "ATE0V1Q0\r", OK },
	{ "extended commands are separated by semicolons", "ATE0;+CMEE=1;+CMEE?\r", "\r\n+CMEE: 1\r\n" OK },
	{ "the first that fails ends the line", "AT+CMEE=0;+NOSUCH;+CMEE=2\r", ERROR },
	{ "so the one behind it was not executed", "AT+CMEE?\r", "\r\n+CMEE: 0\r\n" OK },
	{ "a line feed behind the carriage return is ignored", "AT\r\nAT\r\n", OK OK },
	{ "noise before AT is ignored", "\x1a\x1b\x01xyzAT\r", OK },
	{ "a line without AT gets no answer", "hello\r", "" },
	{ "nor does an empty one", "\r\r\n\r", "" },
	{ "unknown extended command", "AT+NOSUCH\r", ERROR },
	{ "unknown extended command that begins like a basic one", "AT+ATE0\r", ERROR },
	{ "unknown basic command", "ATY\r", ERROR },
	{ "number above its range", "ATE2\r", ERROR },
	{ "a missing quote", "AT+QICSGP=1,1,\"apn\r", ERROR },
	{ "text behind a quote", "AT+QICSGP=1,1,\"apn\"x\r", ERROR },
	{ "more values than there can be", "AT+QICSGP=1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1\r", ERROR },
	{ "a form that a command has not", "AT+QIRD?\r", ERROR },
	{ "a register is read with three digits", "ATS3?\r", "\r\n013\r\n" OK },
	{ "a register that there is not", "ATS99=1\r", ERROR },
	{ "the answer's line end follows S4", "ATS4=88\r", "\rXOK\rX" },
	{ "and back", "ATS4=10\r", OK },
	{ "the backspace takes a character away", "ATY\bE0\r", OK },
	{ "numeric results", "ATV0\r", "0\r" },
	{ "numeric error, information without a line before it", "AT+CMEE?;+NOSUCH\r", "+CMEE: 0\r\n4\r" },
	{ "verbose again", "ATV1\r", OK },
	{ "quiet: no result", "ATQ1\r", "" },
	{ "but information", "AT+CMEE?\r", "\r\n+CMEE: 0\r\n" },
	{ "no longer quiet", "ATQ0\r", OK },
	{ "there is no call to return to", "ATO\r", "\r\nNO CARRIER\r\n" },
	{ "hanging up is always possible", "ATH\r", OK },
	{ "factory settings bring the echo back", "AT&F\r", OK },
	{ "as seen", "ATE0\r", "ATE0\r" OK },
	{ "saved, ATZ keeps it off", "AT&W\r", OK },
	{ "restored", "ATZ\r", OK },
	{ "still off", "AT\r", OK },
	{ "the test form lists ranges", "AT+CMEE=?\r", "\r\n+CMEE: (0,1,2)\r\n" OK },
	{ "a test form without ranges", "AT+CIMI=?\r", OK },
	{ "flow control is kept", "AT+IFC=2,2\r", OK },
	{ "as set", "AT+IFC?\r", "\r\n+IFC: 2,2\r\n" OK },
	{ "flow control that there is not", "AT+IFC=1,1\r", ERROR },
	{ "rate", "AT+IPR=921600\r", OK },
	{ "as set", "AT+IPR?\r", "\r\n+IPR: 921600\r\n" OK },
	{ "no such rate", "AT+IPR=921601\r", ERROR },
	{ "the multiplexer is not there", "AT+CMUX=0\r", ERROR },
	{ 0 }
};

static const struct row errors[] = {
	{ "off", "ATE0\r", "ATE0\r" OK },
	{ "errors are plain at first", "AT+CPIN=\"1234\"\r", ERROR },
	{ "numbers", "AT+CMEE=1\r", OK },
	{ "a number", "AT+CPIN=\"1234\"\r", CME(3) },
	{ "words", "AT+CMEE=2\r", OK },
	{ "a word", "AT+CPIN=\"1234\"\r", CME(operation not allowed) },
	{ "a wrong value", "AT+CMEE=3\r", CME(incorrect parameters) },
	{ "unknown commands stay plain", "AT+NOSUCH\r", ERROR },
	{ "TCP/IP errors stay plain", "AT+QIRD=0\r", ERROR },
	{ "and are explained apart", "AT+QIGETERROR\r", "\r\n+QIGETERROR: 572,operation not allowed\r\n" OK },
	{ "success clears it", "AT+QICLOSE=0\r", OK },
	{ "nothing", "AT+QIGETERROR\r", "\r\n+QIGETERROR: 0,operate successfully\r\n" OK },
	{ 0 }
};

static const struct row identity[] = {
	{ "off", "ATE0\r", "ATE0\r" OK },
	{ "who", "ATI\r", "\r\nQuectel\r\nBG96\r\nRevision: BG96MAR02A07M1G\r\n" OK },
	{ "maker", "AT+CGMI\r", "\r\nQuectel\r\n" OK },
	{ "model", "AT+CGMM\r", "\r\nBG96\r\n" OK },
	{ "revision", "AT+GMR\r", "\r\nBG96MAR02A07M1G\r\n" OK },
	{ "firmware", "AT+QGMR\r", "\r\nBG96MAR02A07M1G_01.019.01.019\r\n" OK },
	{ "IMEI", "AT+CGSN\r", "\r\n001010123456789\r\n" OK },
	{ "IMSI", "AT+CIMI\r", "\r\n001010123456789\r\n" OK },
	{ "SIM", "AT+QSIMSTAT?\r", "\r\n+QSIMSTAT: 0,1\r\n" OK },
	{ "tries", "AT+QPINC?\r", "\r\n+QPINC: \"SC\",3,10\r\n+QPINC: \"P2\",3,10\r\n" OK },
	{ "accepted and without effect", "AT+QURCCFG=\"urcport\",\"uart1\"\r", OK },
	{ "sleep", "AT+QSCLK=1\r", OK },
	{ "sleep, read", "AT+QSCLK?\r", "\r\n+QSCLK: 1\r\n" OK },
	{ "scan order", "AT+QCFG=\"nwscanseq\"\r", "\r\n+QCFG: \"nwscanseq\",020301\r\n" OK },
	{ "scan order, set with its effect", "AT+QCFG=\"nwscanseq\",02,1\r", OK },
	{ "the effect is not kept", "AT+QCFG=\"nwscanseq\"\r", "\r\n+QCFG: \"nwscanseq\",02\r\n" OK },
	{ "bands, one of three", "AT+QCFG=\"band\",f\r", OK },
	{ "the others stay", "AT+QCFG=\"band\"\r", "\r\n+QCFG: \"band\",f,0x400a0e189f,0xa0e189f\r\n" OK },
	{ "above its range", "AT+QCFG=\"nwscanmode\",4\r", ERROR },
	{ "no such setting", "AT+QCFG=\"nosuch\"\r", ERROR },
	{ "socket settings", "AT+QICFG=\"tcp/keepalive\",1,60\r", OK },
	{ "socket settings, the rest stays", "AT+QICFG=\"tcp/keepalive\"\r",
	  "\r\n+QICFG: \"tcp/keepalive\",1,60,25,3\r\n" OK },
	{ "socket settings, wrong value", "AT+QICFG=\"viewmode\",7\r", ERROR },
	{ "power saving is kept", "AT+CPSMS=1,,,\"00000100\",\"00000001\"\r", OK },
	{ "as set", "AT+CPSMS?\r", "\r\n+CPSMS: 1,,,\"00000100\",\"00000001\"\r\n" OK },
	{ "power saving, no bits", "AT+CPSMS=1,,,\"0000010\",\"00000001\"\r", ERROR },
	{ 0 }
};

static const struct row contexts[] = {
	{ "off", "ATE0\r", "ATE0\r" OK },
	{ "not registered yet", "AT+QIACT=1\r", ERROR },
	{ "which is why", "AT+QIGETERROR\r", "\r\n+QIGETERROR: 561,open PDP context failed\r\n" OK },
	{ "wait 1000", NULL, NULL },
	{ "DNS servers before activation", "AT+QIDNSCFG=1\r", ERROR },
	{ "a lookup before activation", "AT+QIDNSGIP=1,\"host\"\r", ERROR },
	{ "a ping before activation", "AT+QPING=1,\"host\"\r", ERROR },
	{ "NTP before activation", "AT+QNTP=1,\"pool.ntp.org\"\r", ERROR },
	{ "a socket before activation", "AT+QIOPEN=1,0,\"TCP\",\"host\",80\r", ERROR },
	{ "561 again", "AT+QIGETERROR\r", "\r\n+QIGETERROR: 561,open PDP context failed\r\n" OK },
	{ "none is active", "AT+QIACT?\r", OK },
	{ "define", "AT+QICSGP=1,1,\"internet\",\"me\",\"pw\",2\r", OK },
	{ "read", "AT+QICSGP=1\r", "\r\n+QICSGP: 1,\"internet\",\"me\",\"pw\",2\r\n" OK },
	{ "activate", "AT+QIACT=1\r", OK },
	{ "activating twice is an error", "AT+QIACT=1\r", ERROR },
	{ "a second context", "AT+QIACT=16\r", OK },
	{ "both", "AT+QIACT?\r", "\r\n+QIACT: 1,1,1,\"<ip>\"\r\n+QIACT: 16,1,1,\"<ip>\"\r\n" OK },
	{ "no such context", "AT+QIACT=17\r", ERROR },
	{ "552", "AT+QIGETERROR\r", "\r\n+QIGETERROR: 552,invalid parameters\r\n" OK },
	{ "not a number", "AT+QIACT=\"1\"\r", ERROR },
	{ "DNS servers", "AT+QIDNSCFG=1,\"8.8.8.8\"\r", OK },
	{ "as set", "AT+QIDNSCFG=1\r", "\r\n+QIDNSCFG: 1,\"8.8.8.8\",\"<ip>\"\r\n" OK },
	{ "a name", "AT+QIDNSGIP=1,\"host\"\r",
	  OK "\r\n+QIURC: \"dnsgip\",0,1,60\r\n\r\n+QIURC: \"dnsgip\",\"104.155.82.190\"\r\n" },
	{ "an empty name", "AT+QIDNSGIP=1,\"\"\r", ERROR },
	{ "address", "AT+CGPADDR=1\r", "\r\n+CGPADDR: 1,<ip>\r\n" OK },
	{ "deactivate", "AT+QIDEACT=1\r", OK },
	{ "deactivating twice is no error", "AT+QIDEACT=1\r", OK },
	{ "one is left", "AT+QIACT?\r", "\r\n+QIACT: 16,1,1,\"<ip>\"\r\n" OK },
	{ "no address", "AT+CGPADDR=1\r", "\r\n+CGPADDR: 1,0.0.0.0\r\n" OK },
	{ "IPv6 is not modelled", "AT+QICSGP=2,2,\"six\"\r", OK },
	{ "so it does not come up", "AT+QIACT=2\r", ERROR },
	{ 0 }
};

static const struct row sockets[] = {
	{ "off", "ATE0\r", "ATE0\r" OK },
	{ "wait 1000", NULL, NULL },
	{ "up", "AT+QIACT=1\r", OK },
	{ "UDP is not modelled", "AT+QIOPEN=1,0,\"UDP\",\"host\",80\r", ERROR },
	{ "555", "AT+QIGETERROR\r", "\r\n+QIGETERROR: 555,operation not supported\r\n" OK },
	{ "listeners are not modelled", "AT+QIOPEN=1,0,\"TCP LISTENER\",\"127.0.0.1\",0,80\r", ERROR },
	{ "push mode is not modelled", "AT+QIOPEN=1,0,\"TCP\",\"host\",80,0,1\r", ERROR },
	{ "555 again", "AT+QIGETERROR\r", "\r\n+QIGETERROR: 555,operation not supported\r\n" OK },
	{ "no such service", "AT+QIOPEN=1,0,\"SCTP\",\"host\",80\r", ERROR },
	{ "552", "AT+QIGETERROR\r", "\r\n+QIGETERROR: 552,invalid parameters\r\n" OK },
	{ "no such id", "AT+QIOPEN=1,12,\"TCP\",\"host\",80\r", ERROR },
	{ "port 0", "AT+QIOPEN=1,0,\"TCP\",\"host\",0\r", ERROR },
	{ "port too large", "AT+QIOPEN=1,0,\"TCP\",\"host\",65536\r", ERROR },
	{ "no host", "AT+QIOPEN=1,0,\"TCP\",\"\",80\r", ERROR },
	{ "nothing is open", "AT+QISTATE?\r", OK },
	{ "open the last id", "AT+QIOPEN=1,11,\"TCP\",\"host\",80\r", OK "\r\n+QIOPEN: 11,0\r\n" },
	{ "an id in use", "AT+QIOPEN=1,11,\"TCP\",\"host\",80\r", OK "\r\n+QIOPEN: 11,563\r\n" },
	{ "563", "AT+QIGETERROR\r", "\r\n+QIGETERROR: 563,socket identity has been used\r\n" OK },
	{ "it was left alone", "AT+QISTATE=1,11\r",
	  "\r\n+QISTATE: 11,\"TCP\",\"104.155.82.190\",80,22742,2,1,0,0,\"uart1\"\r\n" OK },
	{ "by context", "AT+QISTATE=0,1\r",
	  "\r\n+QISTATE: 11,\"TCP\",\"104.155.82.190\",80,22742,2,1,0,0,\"uart1\"\r\n" OK },
	{ "of another context", "AT+QISTATE=0,2\r", OK },
	{ "of no context", "AT+QISTATE=0,0\r", ERROR },
	{ "sending where nothing is open", "AT+QISEND=0,5\r", ERROR },
	{ "572", "AT+QIGETERROR\r", "\r\n+QIGETERROR: 572,operation not allowed\r\n" OK },
	{ "sending too much", "AT+QISEND=11,1461\r", ERROR },
	{ "sending nothing asks", "AT+QISEND=11,0\r", "\r\n+QISEND: 0,0,0\r\n" OK },
	{ "to an address is for UDP", "AT+QISEND=11,5,\"1.2.3.4\",5\r", ERROR },
	{ "until Ctrl-Z", "AT+QISEND=11\r", "\r\n> " },
	{ "which is not part of it", "abc\x1a", "\r\nSEND OK\r\n" },
	{ "or not", "AT+QISEND=11\r", "\r\n> " },
	{ "by escape", "abc\x1b", ERROR },
	{ "571", "AT+QIGETERROR\r", "\r\n+QIGETERROR: 571,cancel send\r\n" OK },
	{ "three bytes went", "AT+QISEND=11,0\r", "\r\n+QISEND: 3,3,0\r\n" OK },
	{ "an odd number of digits", "AT+QISENDEX=11,\"313\"\r", ERROR },
	{ "no digits", "AT+QISENDEX=11,\"3g\"\r", ERROR },
	{ "without quotes", "AT+QISENDEX=11,31\r", ERROR },
	{ "two bytes in digits", "AT+QISENDEX=11,\"3aFf\"\r", "\r\nSEND OK\r\n" },
	{ "a Ctrl-Z behind a payload", "AT+QISEND=11,1\r", "\r\n> " },
	{ "does no harm", "x\x1a", "\r\nSEND OK\r\n" },
	{ "to what follows", "AT\r", OK },
	{ "reading nothing", "AT+QIRD=11,1500\r", "\r\n+QIRD: 0\r\n" OK },
	{ "reading too much", "AT+QIRD=11,1501\r", ERROR },
	{ "reading where nothing is open", "AT+QIRD=0\r", ERROR },
	{ "buffer mode is the mode", "AT+QISWTMD=11,0\r", OK },
	{ "others are not modelled", "AT+QISWTMD=11,2\r", ERROR },
	{ "close", "AT+QICLOSE=11\r", OK },
	{ "close again", "AT+QICLOSE=11\r", OK },
	{ "close with a time-out", "AT+QICLOSE=11,0\r", OK },
	{ "close what cannot be", "AT+QICLOSE=12\r", ERROR },
	{ "a ping", "AT+QPING=1,\"host\",1,1\r",
	  OK "\r\n+QPING: 0,\"104.155.82.190\",32,7,64\r\n" },
	{ "wait 10", NULL, NULL },
	{ 0 }
};

static const struct row clock_rows[] = {
	{ "off", "ATE0\r", "ATE0\r" OK },
	{ "the network has not told the time yet", "AT+QLTS=1\r", "\r\n+QLTS: \"\"\r\n" OK },
	{ "the modem's own clock began in 1980", "AT+CCLK?\r", "\r\n+CCLK: \"80/01/06,00:00:00+00\"\r\n" OK },
	{ "wait 1000", NULL, NULL },
	{ "now it has", "AT+QLTS=1\r", "\r\n+QLTS: \"2024/01/31,14:00:01+00,0\"\r\n" OK },
	{ "its own clock was not set by that", "AT+CCLK?\r", "\r\n+CCLK: \"80/01/06,00:00:01+00\"\r\n" OK },
	{ "unless it is asked to", "AT+CTZU=1\r", OK },
	{ "as seen", "AT+CCLK?\r", "\r\n+CCLK: \"24/01/31,14:00:01+00\"\r\n" OK },
	{ "up", "AT+QIACT=1\r", OK },
	{ "set by hand", "AT+CCLK=\"23/12/31,23:59:59+04\"\r", OK },
	{ "as set", "AT+CCLK?\r", "\r\n+CCLK: \"23/12/31,23:59:59+00\"\r\n" OK },
	{ "wait 1000", NULL, NULL },
	{ "over the end of the year", "AT+CCLK?\r", "\r\n+CCLK: \"24/01/01,00:00:00+00\"\r\n" OK },
	{ "no such month", "AT+CCLK=\"23/13/31,23:59:59\"\r", ERROR },
	{ "no such hour", "AT+CCLK=\"23/12/31,24:00:00\"\r", ERROR },
	{ "rubbish behind it", "AT+CCLK=\"23/12/31,23:59:59+04x\"\r", ERROR },
	{ "NTP", "AT+QNTP=1,\"pool.ntp.org\"\r", OK "\r\n+QNTP: 0,\"2024/01/31,14:00:02+00\"\r\n" },
	{ "sets it", "AT+CCLK?\r", "\r\n+CCLK: \"24/01/31,14:00:02+00\"\r\n" OK },
	{ "NTP without a server", "AT+QNTP=1,\"\"\r", ERROR },
	{ "no such mode", "AT+QLTS=3\r", ERROR },
	{ 0 }
};

static const struct row registration[] = {
	{ "off", "ATE0\r", "ATE0\r" OK },
	{ "searching", "AT+CEREG?\r", "\r\n+CEREG: 0,2\r\n" OK },
	{ "nothing is heard", "AT+CSQ\r", "\r\n+CSQ: 99,99\r\n" OK },
	{ "no service", "AT+QCSQ\r", "\r\n+QCSQ: \"NOSERVICE\"\r\n" OK },
	{ "no network", "AT+COPS?\r", "\r\n+COPS: 0\r\n" OK },
	{ "not attached", "AT+CGATT?\r", "\r\n+CGATT: 0\r\n" OK },
	{ "tell when", "AT+CEREG=2;+CREG=1\r", OK },
	{ "wait 1000", NULL, "\r\n+CREG: 1\r\n\r\n+CEREG: 1,\"1A2B\",\"1A2B3C4\",8\r\n" },
	{ "the same in an answer", "AT+CEREG?\r", "\r\n+CEREG: 2,1,\"1A2B\",\"1A2B3C4\",8\r\n" OK },
	{ "on LTE the old domain is unknown", "AT+CGREG?\r", "\r\n+CGREG: 0,4\r\n" OK },
	{ "signal", "AT+CSQ\r", "\r\n+CSQ: 20,99\r\n" OK },
	{ "signal in detail", "AT+QCSQ\r", "\r\n+QCSQ: \"CAT-M1\",-73,-95,125,-10\r\n" OK },
	{ "operator", "AT+COPS?\r", "\r\n+COPS: 0,0,\"Tern Test\",8\r\n" OK },
	{ "operator by number", "AT+COPS=3,2;+COPS?\r", "\r\n+COPS: 0,2,\"00101\",8\r\n" OK },
	{ "names", "AT+QSPN\r", "\r\n+QSPN: \"Tern Test\",\"Tern Test\",\"\",0,\"00101\"\r\n" OK },
	{ "network", "AT+QNWINFO\r", "\r\n+QNWINFO: \"CAT-M1\",\"00101\",\"LTE BAND 4\",2250\r\n" OK },
	{ "attached", "AT+CGATT?\r", "\r\n+CGATT: 1\r\n" OK },
	{ "no mode 3 on this firmware", "AT+CEREG=3\r", ERROR },
	{ "radio off", "AT+CFUN=4\r", OK "\r\n+CREG: 0\r\n\r\n+CEREG: 0\r\n" },
	{ "radio on", "AT+CFUN=1\r", OK "\r\n+CREG: 2\r\n\r\n+CEREG: 2\r\n" },
	{ "wait 1000", NULL, "\r\n+CREG: 1\r\n\r\n+CEREG: 1,\"1A2B\",\"1A2B3C4\",8\r\n" },
	{ "leave the network", "AT+COPS=2\r", OK "\r\n+CREG: 0\r\n\r\n+CEREG: 0\r\n" },
	{ "it was asked to", "AT+COPS?\r", "\r\n+COPS: 2\r\n" OK },
	{ "come back", "AT+COPS=0\r", OK "\r\n+CREG: 2\r\n\r\n+CEREG: 2\r\n" },
	{ "wait 1000", NULL, "\r\n+CREG: 1\r\n\r\n+CEREG: 1,\"1A2B\",\"1A2B3C4\",8\r\n" },
	{ "no such function", "AT+CFUN=2\r", ERROR },
	{ 0 }
};

static const struct group {
	const char *name;
	const struct row *rows;
} groups[] = {
	{ "basic", basic }, { "errors", errors }, { "identity", identity }, { "contexts", contexts },
	{ "sockets", sockets }, { "clock", clock_rows }, { "registration", registration },
};

static void run_row(struct rig *r, const struct group *g, const struct row *row)
{
	unsigned wait_ms;

	if (row->type != NULL)
		rig_type(r, row->type);
	if (sscanf(row->sentence, "wait %u", &wait_ms) == 1)
		rig_wait(r, wait_ms);
	if (row->expect == NULL) {
		rig_clear(r);
		return;
	}
	if (!rig_matches(r, row->expect))
		print_message("%s: %s\n", g->name, row->sentence);
	rig_expects(r, row->expect);
}

static void commands_answer_as_documented(void **state)
{
	static struct rig r;
	static const size_t chunks[] = { 1, 2, 3, 7, 4096 };

	(void)state;
	for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++) {
		for (size_t c = 0; c < sizeof chunks / sizeof chunks[0]; c++) {
			rig_init(&r, &(struct modem_config){ .on = true }, chunks[c]);
			for (const struct row *row = groups[g].rows; row->sentence != NULL; row++)
				run_row(&r, &groups[g], row);
			rig_free(&r);
		}
	}
}

static void an_apn_that_the_network_does_not_know_is_refused(void **state)
{
	static struct rig r;

	(void)state;
	rig_init(&r, &(struct modem_config){ .on = true, .apn = "right" }, 4096);
	rig_type(&r, "ATE0\r");
	rig_wait(&r, 1000);
	rig_clear(&r);
	rig_says(&r, "AT+QICSGP=1,1,\"wrong\"\r", OK);
	rig_says(&r, "AT+QIACT=1\r", ERROR);
	rig_says(&r, "AT+QIGETERROR\r", "\r\n+QIGETERROR: 561,open PDP context failed\r\n" OK);
	rig_says(&r, "AT+QICSGP=1,1,\"right\"\r", OK);
	rig_says(&r, "AT+QIACT=1\r", OK);
	rig_free(&r);
}

static void a_sim_with_a_pin_wants_it(void **state)
{
	static struct rig r;

	(void)state;
	rig_init(&r, &(struct modem_config){ .on = true, .sim_pin = "4711" }, 3);
	rig_says(&r, "ATE0\r", "ATE0\r" OK);
	rig_says(&r, "AT+CMEE=1\r", OK);
	rig_wait(&r, 1000);
	rig_says(&r, "AT+CPIN?\r", "\r\n+CPIN: SIM PIN\r\n" OK);
	rig_says(&r, "AT+CEREG?\r", "\r\n+CEREG: 0,0\r\n" OK);
	rig_says(&r, "AT+CIMI\r", CME(11));
	rig_says(&r, "AT+CPIN=\"12\"\r", CME(50));
	rig_says(&r, "AT+CPIN=\"1234\"\r", CME(16));
	rig_says(&r, "AT+QPINC?\r", "\r\n+QPINC: \"SC\",2,10\r\n+QPINC: \"P2\",3,10\r\n" OK);
	rig_says(&r, "AT+CPIN=4711\r", OK "\r\n+CPIN: READY\r\n");
	rig_wait(&r, 1000);
	rig_says(&r, "AT+CEREG?\r", "\r\n+CEREG: 0,1\r\n" OK);
	rig_says(&r, "AT+QPINC?\r", "\r\n+QPINC: \"SC\",3,10\r\n+QPINC: \"P2\",3,10\r\n" OK);
	rig_says(&r, "AT+CFUN=1,1\r", OK "\r\nPOWERED DOWN\r\n");
	rig_wait(&r, 10000);
	rig_clear(&r);
	rig_says(&r, "AT+CPIN?\r", "AT+CPIN?\r\r\n+CPIN: SIM PIN\r\n" OK);
	rig_free(&r);
}

static void three_wrong_pins_lock_the_sim_and_its_puk_frees_it(void **state)
{
	static struct rig r;

	(void)state;
	rig_init(&r, &(struct modem_config){ .on = true, .sim_pin = "4711" }, 4096);
	rig_type(&r, "ATE0;+CMEE=1\r");
	for (int i = 0; i < 3; i++) {
		rig_clear(&r);
		rig_says(&r, "AT+CPIN=\"0000\"\r", CME(16));
	}
	rig_says(&r, "AT+CPIN?\r", "\r\n+CPIN: SIM PUK\r\n" OK);
	rig_says(&r, "AT+CIMI\r", CME(12));
	rig_says(&r, "AT+CPIN=\"12345678\"\r", CME(50));
	rig_says(&r, "AT+CPIN=\"87654321\",\"1111\"\r", CME(16));
	rig_says(&r, "AT+QPINC?\r", "\r\n+QPINC: \"SC\",0,9\r\n+QPINC: \"P2\",3,10\r\n" OK);
	rig_says(&r, "AT+CPIN=\"12345678\",\"1111\"\r", OK "\r\n+CPIN: READY\r\n");
	rig_free(&r);
}

static void wrong_configurations_are_named(void **state)
{
	static const struct { struct modem_config cfg; const char *why; } rows[] = {
		{ { .profile = "bg97" }, "no such profile: bg97" },
		{ { .script = "home" }, "network script: not a step: home" },
		{ { .script = "0:home,x:idle" }, "network script: not a step: x:idle" },
		{ { .script = "5:home,4:idle" }, "network script: earlier than the step before it: 4:idle" },
		{ { .script = "0:rssi=32" }, "network script: not a step: 0:rssi=32" },
		{ { .script = "0:sim=lost" }, "network script: not a step: 0:sim=lost" },
		{ { .script = "0:cell=123456789" }, "network script: not a step: 0:cell=123456789" },
		{ { .script = "0:pdpdeact=17" }, "network script: not a step: 0:pdpdeact=17" },
		{ { .script = "0:home,,1:idle" }, "network script: not a step: " },
		{ { .script = "0:nitz=1" }, "network script: not a step: 0:nitz=1" },
	};
	char buf[160];
	struct text why;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		text_init(&why, buf, sizeof buf);
		assert_null(modem_new(&rows[i].cfg, 0, &why));
		assert_string_equal(buf, rows[i].why);
	}
}

static void a_script_moves_the_network(void **state)
{
	static struct rig r;
	const struct modem_config cfg = {
		.on = true,
		.script = "0:searching,1000:roaming,2000:cell=ABC,3000:unknown,4000:home,5000:rssi=5,6000:cause=15,"
			  "6000:denied,7000:sim=absent,8000:sim=ready,8000:home,9000:pdpdeact=1",
	};

	(void)state;
	rig_init(&r, &cfg, 4096);
	rig_says(&r, "ATE0;+CEREG=2;+QSIMSTAT=1\r", "ATE0;+CEREG=2;+QSIMSTAT=1\r" OK);
	rig_wait(&r, 1000);
	rig_expects(&r, "\r\n+CEREG: 5,\"1A2B\",\"1A2B3C4\",8\r\n");
	rig_wait(&r, 1000);
	rig_expects(&r, "\r\n+CEREG: 5,\"1A2B\",\"ABC\",8\r\n");
	rig_wait(&r, 1000);
	rig_expects(&r, "\r\n+CEREG: 4\r\n");
	rig_wait(&r, 1000);
	rig_expects(&r, "\r\n+CEREG: 1,\"1A2B\",\"ABC\",8\r\n");
	rig_says(&r, "AT+QIACT=1\r", OK);
	rig_wait(&r, 1000);
	rig_says(&r, "AT+CSQ\r", "\r\n+CSQ: 5,99\r\n" OK);
	rig_wait(&r, 1000);
	rig_expects(&r, "\r\n+CEREG: 3\r\n\r\n+QIURC: \"pdpdeact\",1\r\n");
	rig_says(&r, "AT+CEER\r", "\r\n+CEER: EMM cause 15\r\n" OK);
	rig_wait(&r, 1000);
	rig_expects(&r, "\r\n+QSIMSTAT: 1,0\r\n\r\n+CPIN: NOT INSERTED\r\n\r\n+CEREG: 0\r\n");
	rig_says(&r, "AT+CPIN?\r", ERROR);
	rig_wait(&r, 1000);
	rig_expects(&r, "\r\n+QSIMSTAT: 1,1\r\n\r\n+CPIN: READY\r\n\r\n+CEREG: 3\r\n"
			"\r\n+CEREG: 1,\"1A2B\",\"ABC\",8\r\n");
	rig_says(&r, "AT+QIDEACT=1;+QIACT=1\r", OK);
	rig_wait(&r, 1000);
	rig_expects(&r, "\r\n+QIURC: \"pdpdeact\",1\r\n");
	rig_says(&r, "AT+QIACT=1\r", ERROR);
	rig_says(&r, "AT+QIGETERROR\r", "\r\n+QIGETERROR: 570,PDP context broken down\r\n" OK);
	rig_says(&r, "AT+QIDEACT=1\r", OK);
	rig_says(&r, "AT+QIACT=1\r", OK);
	rig_free(&r);
}

/* particle-iot/device-os pull request 2735 */
static void writing_nwscanseq_leaves_the_network_where_firmware_does(void **state)
{
	static struct rig r;

	(void)state;
	rig_init(&r, &(struct modem_config){ .on = true, .profile = "bg95" }, 4096);
	rig_type(&r, "ATE0;+CEREG=1\r");
	rig_wait(&r, 1000);
	rig_clear(&r);
	rig_says(&r, "AT+QCFG=\"nwscanseq\",020301,1\r", OK);
	rig_wait(&r, 17999);
	rig_expects(&r, "");
	rig_wait(&r, 1);
	rig_expects(&r, "\r\n+CEREG: 2\r\n");
	rig_wait(&r, 5000);
	rig_expects(&r, "\r\n+CEREG: 1\r\n");
	rig_free(&r);
}

static void power_follows_its_switches(void **state)
{
	static struct rig r;

	(void)state;
	rig_init(&r, &(struct modem_config){ .on = false, .boot_ms = 2000 }, 4096);
	rig_says(&r, "AT\r", "");
	modem_power(r.m, MODEM_SWITCH_KEY, r.now_ms);
	rig_wait(&r, 1999);
	rig_expects(&r, "");
	rig_wait(&r, 1);
	rig_expects(&r, "\r\nRDY\r\n");
	rig_wait(&r, 500);
	rig_expects(&r, "\r\nAPP RDY\r\n");
	rig_says(&r, "ATE0;&W\r", "ATE0;&W\r" OK);
	rig_says(&r, "AT+QPOWD\r", OK);
	rig_wait(&r, 1000);
	rig_expects(&r, "\r\nPOWERED DOWN\r\n");
	assert_int_equal(modem_power_state(r.m), MODEM_OFF);
	rig_says(&r, "AT\r", "");
	modem_power(r.m, MODEM_SWITCH_RESET, r.now_ms);
	assert_int_equal(modem_power_state(r.m), MODEM_OFF);
	modem_power(r.m, MODEM_SWITCH_ON, r.now_ms);
	rig_wait(&r, 3000);
	rig_expects(&r, "\r\nRDY\r\n\r\nAPP RDY\r\n");
	rig_says(&r, "AT\r", OK);                        /* echo stays off: it was saved */
	modem_power(r.m, MODEM_SWITCH_SLEEP, r.now_ms);
	rig_pump(&r);
	rig_expects(&r, "\r\nPSM POWER DOWN\r\n");
	rig_says(&r, "AT\r", "");
	modem_power(r.m, MODEM_SWITCH_KEY, r.now_ms);
	rig_wait(&r, 3000);
	rig_expects(&r, "\r\nRDY\r\n\r\nAPP RDY\r\n");
	modem_power(r.m, MODEM_SWITCH_OFF, r.now_ms);
	rig_pump(&r);
	rig_expects(&r, "");
	rig_free(&r);
}

static void time_is_withheld_if_told_so(void **state)
{
	static struct rig r;
	struct modem_network n;

	(void)state;
	rig_init(&r, &(struct modem_config){ .on = true }, 4096);
	n = modem_network(r.m);
	n.nitz = n.ntp = false;
	modem_set_network(r.m, &n, r.now_ms);
	rig_online(&r);
	rig_says(&r, "AT+QLTS=1\r", "\r\n+QLTS: \"\"\r\n" OK);
	rig_says(&r, "AT+QNTP=1,\"pool.ntp.org\"\r", OK "\r\n+QNTP: 569\r\n");
	n = modem_network(r.m);
	n.nitz = true;
	n.zone = -14;
	rig_says(&r, "AT+CTZR=1\r", OK);
	modem_set_network(r.m, &n, r.now_ms);
	rig_pump(&r);
	rig_expects(&r, "\r\n+CTZV: -14\r\n");
	rig_says(&r, "AT+QLTS=2\r", "\r\n+QLTS: \"2024/01/31,10:30:01-14,0\"\r\n" OK);
	rig_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_answer_as_documented),
		cmocka_unit_test(an_apn_that_the_network_does_not_know_is_refused),
		cmocka_unit_test(a_sim_with_a_pin_wants_it),
		cmocka_unit_test(three_wrong_pins_lock_the_sim_and_its_puk_frees_it),
		cmocka_unit_test(wrong_configurations_are_named),
		cmocka_unit_test(a_script_moves_the_network),
		cmocka_unit_test(writing_nwscanseq_leaves_the_network_where_firmware_does),
		cmocka_unit_test(power_follows_its_switches),
		cmocka_unit_test(time_is_withheld_if_told_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
