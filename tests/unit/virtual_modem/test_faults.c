/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_faults.c - each fault, set as its users set it, and what the host then
 * sees.  Every row begins online with socket 0 open, and runs in several chunk
 * sizes.
 */
#include "unit/cmocka_all.h"

#include "rig.h"

#include "virtual_modem/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OK "\r\nOK\r\n"
#define ERROR "\r\nERROR\r\n"
#define PROMPT "\r\n> "
#define SENT "\r\nSEND OK\r\n"
#define CLOSED "\r\n+QIURC: \"closed\",0\r\n"
#define NOT_ALLOWED "\r\n+QIGETERROR: 572,operation not allowed\r\n" OK
#define CONNECTED "\r\n+QISTATE: 0,\"TCP\",\"104.155.82.190\",1883,22742,2,1,0,0,\"uart1\"\r\n" OK
#define CLOSING "\r\n+QISTATE: 0,\"TCP\",\"104.155.82.190\",1883,22742,4,1,0,0,\"uart1\"\r\n" OK

struct step {
	const char *type, *expect;
	uint32_t    wait_ms;
};

#define STEPS 14
struct row {
	const char *sentence, *fault, *more;
	struct step steps[STEPS];
};

static const struct row rows[] = {
	/* F1 */
	{ "F1 the thread's case: silence, and 572 to every send", "{'what':'dead','at':'accepted','nth':2}", NULL, {
		{ "AT+QISEND=0,1\r", PROMPT, 0 }, { "a", SENT, 0 },
		{ "AT+QISEND=0,1\r", PROMPT, 0 }, { "b", SENT, 0 },
		{ "AT+QISEND=0,1\r", ERROR, 0 }, { "AT+QIGETERROR\r", NOT_ALLOWED, 0 },
		{ "AT+QISEND=0,1\r", ERROR, 100000 }, { "AT+QIGETERROR\r", NOT_ALLOWED, 0 },
		{ "AT+QISTATE=1,0\r", CONNECTED, 0 }, { "AT+QIRD=0\r", "\r\n+QIRD: 0\r\n" OK, 0 },
		{ "AT+QICLOSE=0\r", OK, 0 }, { "AT+QIOPEN=1,0,\"TCP\",\"h\",1\r", OK "\r\n+QIOPEN: 0,0\r\n", 0 },
		{ "AT+QISEND=0,1\r", PROMPT, 0 } } },
	{ "F1 with another error", "{'what':'dead','error':558}", NULL, {
		{ "AT+QISEND=0,1\r", ERROR, 0 },
		{ "AT+QIGETERROR\r", "\r\n+QIGETERROR: 558,socket write failed\r\n" OK, 0 } } },
	{ "F1 of another socket leaves this one alone", "{'what':'dead','socket':3}", NULL, {
		{ "AT+QISEND=0,1\r", PROMPT, 0 }, { "a", SENT, 0 } } },
	{ "F1 in the middle of a payload", "{'what':'dead','at':'payload','bytes':2}", NULL, {
		{ "AT+QISEND=0,3\r", PROMPT, 0 }, { "abc", ERROR, 0 }, { "AT+QIGETERROR\r", NOT_ALLOWED, 0 } } },

	/* F2 */
	{ "F2 closed while idle", "{'what':'closed','after_ms':500}", NULL, {
		{ "", "", 499 }, { "", CLOSED, 1 }, { "AT+QISTATE=1,0\r", CLOSING, 0 },
		{ "AT+QISEND=0,1\r", ERROR, 0 }, { "AT+QICLOSE=0\r", OK, 0 } } },
	{ "F2 closed after the prompt", "{'what':'closed','at':'prompt'}", NULL, {
		{ "AT+QISEND=0,3\r", PROMPT CLOSED, 0 }, { "abc", ERROR, 0 }, { "AT+QIGETERROR\r", NOT_ALLOWED, 0 } } },
	{ "F2 closed in the middle of a payload", "{'what':'closed','at':'payload','bytes':2}", NULL, {
		{ "AT+QISEND=0,3\r", PROMPT, 0 }, { "ab", CLOSED, 0 }, { "c", ERROR, 0 } } },
	{ "F2 closed between payload and SEND OK", "{'what':'closed','at':'accepted'}", NULL, {
		{ "AT+QISEND=0,3\r", PROMPT, 0 }, { "abc", CLOSED SENT, 0 }, { "AT+QISEND=0,3\r", ERROR, 0 } } },
	{ "F2 closed before the header of a read", "{'what':'closed','at':'read'}", NULL, {
		{ "AT+QIRD=0\r", CLOSED "\r\n+QIRD: 0\r\n" OK, 0 } } },
	{ "F2 closed while closing", "{'what':'closed','at':'close'}", NULL, {
		{ "AT+QICLOSE=0\r", CLOSED OK, 0 }, { "AT+QISTATE=1,0\r", OK, 0 } } },
	{ "F2 closed before any command is executed", "{'what':'closed','at':'command','command':'csq'}", NULL, {
		{ "AT\r", OK, 0 }, { "AT+CSQ\r", CLOSED "\r\n+CSQ: 20,99\r\n" OK, 0 } } },
	{ "F2 closed before the final result", "{'what':'closed','at':'answer','command':'CSQ'}", NULL, {
		{ "AT+CSQ\r", "\r\n+CSQ: 20,99\r\n" CLOSED OK, 0 } } },
	{ "F2 closed while opening", "{'what':'closed','at':'open','socket':1}", NULL, {
		{ "AT+QIOPEN=1,1,\"TCP\",\"h\",1\r", OK "\r\n+QIURC: \"closed\",1\r\n", 0 } } },

	/* F4 */
	{ "F4 the result in the same write as OK", "{'what':'glued'}", NULL, {
		{ "AT+QIOPEN=1,1,\"TCP\",\"h\",1\r", OK "\r\n+QIOPEN: 1,0\r\n", 0 } } },
	{ "F4 the result before OK", "{'what':'early'}", NULL, {
		{ "AT+QIOPEN=1,1,\"TCP\",\"h\",1\r", "\r\n+QIOPEN: 1,0\r\n" OK, 0 } } },
	{ "F4 a failed result before OK", "{'what':'early'}", "{'what':'error','at':'open','error':565}", {
		{ "AT+QIOPEN=1,1,\"TCP\",\"h\",1\r", "\r\n+QIOPEN: 1,565\r\n" OK, 0 } } },
	{ "F4 an opening that is closed before its early result", "{'what':'early'}", "{'what':'closed','at':'open'}", {
		{ "AT+QIOPEN=1,1,\"TCP\",\"h\",1\r", "\r\n+QIURC: \"closed\",1\r\n" OK, 0 }, { "AT\r", OK, 0 } } },
	{ "F4 no result, though the connection is there", "{'what':'lost','at':'open'}", NULL, {
		{ "AT+QIOPEN=1,1,\"TCP\",\"h\",1\r", OK, 200000 },
		{ "AT+QISTATE=1,1\r", "\r\n+QISTATE: 1,\"TCP\",\"104.155.82.190\",1,22742,2,1,0,0,\"uart1\"\r\n" OK, 0 },
		{ "AT+QICLOSE=1\r", OK, 0 } } },
	{ "F4 a result after 149 s", "{'what':'delay','at':'open','ms':149000}", NULL, {
		{ "AT+QIOPEN=1,1,\"TCP\",\"h\",1\r", OK, 148999 }, { "", "\r\n+QIOPEN: 1,0\r\n", 1 } } },
	{ "F4 an error of our choice", "{'what':'error','at':'open','error':553,'count':2}", NULL, {
		{ "AT+QIOPEN=1,1,\"TCP\",\"h\",1\r", OK "\r\n+QIOPEN: 1,553\r\n", 0 }, { "AT+QICLOSE=1\r", OK, 0 },
		{ "AT+QIOPEN=1,1,\"TCP\",\"h\",1\r", OK "\r\n+QIOPEN: 1,553\r\n", 0 }, { "AT+QICLOSE=1\r", OK, 0 },
		{ "AT+QIOPEN=1,1,\"TCP\",\"h\",1\r", OK "\r\n+QIOPEN: 1,0\r\n", 0 } } },

	/* F5 */
	{ "F5 SEND FAIL twice, then OK", "{'what':'fail','count':2}", NULL, {
		{ "AT+QISEND=0,1\r", PROMPT, 0 }, { "a", "\r\nSEND FAIL\r\n", 0 },
		{ "AT+QISEND=0,1\r", PROMPT, 0 }, { "a", "\r\nSEND FAIL\r\n", 0 },
		{ "AT+QISEND=0,1\r", PROMPT, 0 }, { "a", SENT, 0 },
		{ "AT+QISEND=0,0\r", "\r\n+QISEND: 1,1,0\r\n" OK, 0 } } },
	{ "F5 SEND OK after two minutes, behind which the host's probes are answered",
	  "{'what':'delay','at':'accepted','ms':121000}", NULL, {
		{ "AT+QISEND=0,1\r", PROMPT, 0 }, { "a", "", 120999 }, { "AT\r", "", 0 }, { "", SENT OK, 1 } } },
	{ "F5 SEND OK never comes", "{'what':'lost','at':'accepted'}", NULL, {
		{ "AT+QISEND=0,1\r", PROMPT, 0 }, { "a", "", 500000 }, { "AT\r", OK, 0 },
		{ "AT+QISEND=0,0\r", "\r\n+QISEND: 1,1,0\r\n" OK, 0 } } },
	{ "F5 SEND OK, and nothing delivered", "{'what':'discard'}", NULL, {
		{ "AT+QISEND=0,3\r", PROMPT, 0 }, { "abc", SENT, 0 },
		{ "AT+QISEND=0,0\r", "\r\n+QISEND: 3,3,0\r\n" OK, 0 } } },
	{ "F5 SEND OK, and nothing acknowledged", "{'what':'freeze'}", NULL, {
		{ "AT+QISEND=0,3\r", PROMPT, 0 }, { "abc", SENT, 100000 },
		{ "AT+QISEND=0,0\r", "\r\n+QISEND: 3,0,3\r\n" OK, 0 },
		{ "AT+QISEND=0,1\r", PROMPT, 0 }, { "d", SENT, 0 },
		{ "AT+QISEND=0,0\r", "\r\n+QISEND: 4,0,4\r\n" OK, 0 } } },

	/* F6 */
	{ "F6 no prompt, but the payload is awaited", "{'what':'lost','at':'prompt'}", NULL, {
		{ "AT+QISEND=0,5\r", "", 30000 }, { "AT\r", "", 0 }, { "AT", SENT, 0 }, { "AT\r", OK, 0 } } },
	{ "F6 no prompt, and nothing awaited", "{'what':'lost','at':'command','command':'QISEND'}", NULL, {
		{ "AT+QISEND=0,5\r", "", 30000 }, { "AT\r", OK, 0 } } },
	{ "F6 the prompt comes late", "{'what':'delay','at':'prompt','ms':30000}", NULL, {
		{ "AT+QISEND=0,1\r", "", 29999 }, { "", PROMPT, 1 }, { "a", SENT, 0 } } },
	{ "F6 a payload does not wait for its late prompt", "{'what':'delay','at':'prompt','ms':30000}", NULL, {
		{ "AT+QISEND=0,1\r", "", 1 }, { "a", SENT, 60000 }, { "AT\r", OK, 0 } } },
	{ "F6 the prompt is split", "{'what':'split','ms':50}", NULL, {
		{ "AT+QISEND=0,1\r", "\r\n>", 49 }, { "", " ", 1 }, { "a", SENT, 0 } } },
	{ "F6 a URC is glued to the prompt", "{'what':'say','at':'prompt','text':'\\r\\n+CREG: 2\\r\\n'}", NULL, {
		{ "AT+QISEND=0,1\r", PROMPT "\r\n+CREG: 2\r\n", 0 }, { "a", SENT, 0 } } },
	{ "F6 a URC before the prompt",
	  "{'what':'say','at':'command','command':'QISEND','hex':'0d0a2b435245473a20320d0a'}", NULL, {
		{ "AT+QISEND=0,1\r", "\r\n+CREG: 2\r\n" PROMPT, 0 }, { "a", SENT, 0 } } },
	{ "F6 ERROR after the payload", "{'what':'error','at':'accepted','error':558}", NULL, {
		{ "AT+QISEND=0,1\r", PROMPT, 0 }, { "a", ERROR, 0 },
		{ "AT+QIGETERROR\r", "\r\n+QIGETERROR: 558,socket write failed\r\n" OK, 0 },
		{ "AT+QISEND=0,0\r", "\r\n+QISEND: 0,0,0\r\n" OK, 0 } } },
	{ "F6 ERROR in the place of a prompt", "{'what':'error','at':'command','command':'QISEND','error':550}", NULL, {
		{ "AT+QISEND=0,1\r", ERROR, 0 }, { "AT\r", OK, 0 } } },

	/* F9 */
	{ "F9 the context goes while idle", "{'what':'pdpdeact'}", NULL, {
		{ "", "\r\n+QIURC: \"pdpdeact\",1\r\n", 0 }, { "AT+QIACT?\r", OK, 0 }, { "AT+QISEND=0,1\r", ERROR, 0 },
		{ "AT+QIGETERROR\r", "\r\n+QIGETERROR: 570,PDP context broken down\r\n" OK, 0 },
		{ "AT+QIOPEN=1,1,\"TCP\",\"h\",1\r", ERROR, 0 }, { "AT+QIACT=1\r", ERROR, 0 },
		{ "AT+QIDEACT=1\r", OK, 0 }, { "AT+QIACT=1\r", OK, 0 }, { "AT+QISTATE?\r", OK, 0 } } },
	{ "F9 the context goes in the middle of a payload", "{'what':'pdpdeact','at':'payload','bytes':1}", NULL, {
		{ "AT+QISEND=0,2\r", PROMPT, 0 }, { "a", "\r\n+QIURC: \"pdpdeact\",1\r\n", 0 }, { "b", ERROR, 0 } } },
	{ "F9 the context goes every hour",
	  "{'what':'pdpdeact','every_ms':3600000,'after_ms':3600000,'count':2}", NULL, {
		{ "", "", 3599999 }, { "", "\r\n+QIURC: \"pdpdeact\",1\r\n", 1 }, { "AT+QIDEACT=1;+QIACT=1\r", OK, 0 },
		{ "", "\r\n+QIURC: \"pdpdeact\",1\r\n", 3600000 }, { "AT+QIDEACT=1;+QIACT=1\r", OK, 0 },
		{ "", "", 7200000 } } },
	{ "F9 a context that is not active does not go", "{'what':'pdpdeact','context':2}", NULL, { { "", "", 10 } } },
	{ "F9 activation fails twice",
	  "{'what':'error','at':'command','command':'QIACT','error':561,'count':2}", NULL, {
		{ "AT+QIDEACT=1\r", OK, 0 }, { "AT+QIACT=1\r", ERROR, 0 }, { "AT+QIACT=1\r", ERROR, 0 },
		{ "AT+QIGETERROR\r", "\r\n+QIGETERROR: 561,open PDP context failed\r\n" OK, 0 },
		{ "AT+QIACT=1\r", OK, 0 } } },
	{ "F9 deactivation takes 39 s", "{'what':'delay','at':'command','command':'QIDEACT','ms':39000}", NULL, {
		{ "AT+QIDEACT=1\r", "", 38999 }, { "", OK, 1 } } },
	{ "F9 the answer to an activation takes 149 s", "{'what':'delay','at':'answer','command':'QIACT','ms':149000}",
	  NULL, {
		{ "AT+QIDEACT=1\r", OK, 0 }, { "AT+QIACT=1\r", "", 148999 }, { "", OK, 1 } } },

	/* F10 */
	{ "F10 registration is lost for a while", "{'what':'register','stat':'unknown','ms':5000,'after_ms':1}", NULL, {
		{ "AT+CEREG=1\r", OK, 0 }, { "", "\r\n+CEREG: 4\r\n", 1 }, { "", "", 4999 }, { "", "\r\n+CEREG: 1\r\n", 1 },
		{ "AT+QISEND=0,1\r", PROMPT, 0 } } },
	{ "F10 registration is denied for good", "{'what':'register','stat':'denied','after_ms':1}", NULL, {
		{ "AT+CEREG=1\r", OK, 0 }, { "", "\r\n+CEREG: 3\r\n\r\n+QIURC: \"pdpdeact\",1\r\n", 1 },
		{ "", "", 1000000 } } },
	{ "F10 the SIM is pulled", "{'what':'sim','sim':'absent','ms':1000,'after_ms':1}", NULL, {
		{ "AT+QSIMSTAT=1;+CMEE=1\r", OK, 0 },
		{ "", "\r\n+QSIMSTAT: 1,0\r\n\r\n+CPIN: NOT INSERTED\r\n\r\n+QIURC: \"pdpdeact\",1\r\n", 1 },
		{ "AT+CPIN?\r", "\r\n+CME ERROR: 10\r\n", 0 }, { "AT+COPS?\r", "\r\n+CME ERROR: 10\r\n", 999 },
		{ "", "\r\n+QSIMSTAT: 1,1\r\n\r\n+CPIN: READY\r\n", 1 }, { "AT+CEREG?\r", "\r\n+CEREG: 0,2\r\n" OK, 300 },
		{ "AT+CEREG?\r", "\r\n+CEREG: 0,1\r\n" OK, 0 } } },
	{ "F10 the SIM fails", "{'what':'sim','sim':'failure','after_ms':1}", NULL, {
		{ "AT+CMEE=1\r", OK, 0 }, { "", "\r\n+QIURC: \"pdpdeact\",1\r\n", 1 },
		{ "AT+CPIN?\r", "\r\n+CME ERROR: 13\r\n", 0 } } },
	{ "F10 the SIM is busy", "{'what':'sim','sim':'busy','after_ms':1}", NULL, {
		{ "AT+CMEE=2\r", OK, 0 }, { "", "\r\n+QIURC: \"pdpdeact\",1\r\n", 1 },
		{ "AT+CPIN?\r", "\r\n+CME ERROR: SIM busy\r\n", 0 } } },
	{ "F10 no network service", "{'what':'error','at':'command','command':'COPS','cme':30}", NULL, {
		{ "AT+CMEE=1\r", OK, 0 }, { "AT+COPS?\r", "\r\n+CME ERROR: 30\r\n", 0 },
		{ "AT+COPS?\r", "\r\n+COPS: 0,0,\"Tern Test\",8\r\n" OK, 0 } } },

	/* F11 */
	{ "F11 a restart while idle", "{'what':'reboot','ms':3000}", NULL, {
		{ "AT\r", "", 2999 }, { "", "\r\nRDY\r\n", 1 }, { "", "\r\nAPP RDY\r\n", 1000 },
		{ "AT\r", "AT\r" OK, 0 }, { "ATE0\r", "ATE0\r" OK, 0 }, { "AT+QIACT?\r", OK, 0 },
		{ "AT+QISTATE?\r", OK, 0 } } },
	{ "F11 a restart in the middle of a payload", "{'what':'reboot','at':'payload','bytes':2}", NULL, {
		{ "AT+QISEND=0,5\r", PROMPT, 0 }, { "abcde", "", 5999 }, { "", "\r\nRDY\r\n", 1 } } },
	{ "F11 a restart between payload and SEND OK", "{'what':'reboot','at':'accepted'}", NULL, {
		{ "AT+QISEND=0,1\r", PROMPT, 0 }, { "a", "", 5999 }, { "", "\r\nRDY\r\n", 1 } } },
	{ "F11 a restart at the prompt", "{'what':'reboot','at':'prompt'}", NULL, {
		{ "AT+QISEND=0,1\r", "", 5999 }, { "", "\r\nRDY\r\n", 1 } } },
	{ "F11 a restart in the place of an answer", "{'what':'reboot','at':'command','command':'CSQ'}", NULL, {
		{ "AT+CSQ\r", "", 5999 }, { "", "\r\nRDY\r\n", 1 } } },
	{ "F11 a restart in a read", "{'what':'reboot','at':'read'}", NULL, {
		{ "AT+QIRD=0\r", "", 5999 }, { "", "\r\nRDY\r\n", 1 } } },
	{ "F11 a restart while closing", "{'what':'reboot','at':'close'}", NULL, {
		{ "AT+QICLOSE=0\r", "", 5999 }, { "", "\r\nRDY\r\n", 1 } } },
	{ "F11 a restart while opening", "{'what':'reboot','at':'open'}", NULL, {
		{ "AT+QIOPEN=1,1,\"TCP\",\"h\",1\r", "", 5999 }, { "", "\r\nRDY\r\n", 1 } } },
	{ "F11 commands are not answered, URCs come",
	  "{'what':'mute-at','ms':10000}", "{'what':'closed','after_ms':20}", {
		{ "AT\r", "", 0 }, { "AT+CSQ\r", CLOSED, 20 }, { "AT\r", "", 9979 }, { "", "", 1 }, { "AT\r", OK, 0 } } },
	{ "F11 nothing is said at all", "{'what':'mute','ms':10000}", "{'what':'closed','after_ms':20}", {
		{ "AT\r", "", 0 }, { "AT+CSQ\r", "", 9999 }, { "", "", 1 }, { "AT\r", OK, 0 } } },
	{ "F11 mute in the middle of a payload", "{'what':'mute-at','at':'payload','bytes':1,'ms':1000}", NULL, {
		{ "AT+QISEND=0,3\r", PROMPT, 0 }, { "abc", "", 1000 }, { "b", "", 0 }, { "c", SENT, 0 },
		{ "AT\r", OK, 0 } } },
	{ "F11 a burst of garbage", "{'what':'garbage','bytes':5}", NULL, { { "AT\r", NULL, 0 }, { "AT\r", OK, 0 } } },
	{ "F11 the wrong rate for a second", "{'what':'wrong-baud','ms':1000}", NULL, {
		{ "AT\r", "", 1000 }, { "\rAT\r", OK, 0 } } },

	/* F12: three bytes up, "AT\r", or six down */
	{ "F12 a byte is lost on its way up", "{'what':'drop','at':'up','nth':2}", NULL, {
		{ "AT\r", "", 0 }, { "AT\r", OK, 0 } } },
	{ "F12 three bytes are lost on their way down", "{'what':'drop','at':'down','bytes':3}", NULL, {
		{ "AT\r", "K\r\n", 0 }, { "AT\r", OK, 0 } } },
	{ "F12 a byte is there twice", "{'what':'duplicate','at':'down','nth':3}", NULL, {
		{ "AT\r", "\r\nOOK\r\n", 0 } } },
	{ "F12 a burst comes in pieces", "{'what':'fragment','at':'down','bytes':1,'ms':5}", NULL, {
		{ "AT\r", "\r", 4 }, { "", "\n", 1 }, { "", "OK\r", 15 }, { "", "\n", 5 }, { "AT\r", OK, 0 } } },
	{ "F12 answers and URCs are held and come together", "{'what':'coalesce','ms':100}", NULL, {
		{ "AT\r", "", 50 }, { "AT\r", "", 49 }, { "", OK OK, 1 } } },

	/* F18: any command may fail once */
	{ "F18 the third command fails", "{'what':'error','at':'command','nth':3}", NULL, {
		{ "AT\r", OK, 0 }, { "AT\r", OK, 0 }, { "AT\r", ERROR, 0 }, { "AT\r", OK, 0 } } },
	{ "F18 an answer is lost though the command was executed",
	  "{'what':'lost','at':'answer','command':'QICLOSE'}", NULL, {
		{ "AT+QICLOSE=0\r", "", 60000 }, { "AT+QISTATE=1,0\r", OK, 0 } } },

	/* selectors */
	{ "from the second occasion on, twice",
	  "{'what':'error','at':'command','command':'CSQ','nth':2,'count':2}", NULL, {
		{ "AT+CSQ\r", "\r\n+CSQ: 20,99\r\n" OK, 0 }, { "AT+CSQ\r", ERROR, 0 }, { "AT+CSQ\r", ERROR, 0 },
		{ "AT+CSQ\r", "\r\n+CSQ: 20,99\r\n" OK, 0 } } },
	{ "within its time only",
	  "{'what':'error','at':'command','command':'CSQ','count':'all','after_ms':1000,'for_ms':1000}", NULL, {
		{ "AT+CSQ\r", "\r\n+CSQ: 20,99\r\n" OK, 0 }, { "", "", 999 }, { "AT+CSQ\r", "\r\n+CSQ: 20,99\r\n" OK, 0 },
		{ "", "", 1 }, { "AT+CSQ\r", ERROR, 0 }, { "", "", 999 }, { "AT+CSQ\r", ERROR, 0 }, { "", "", 1 },
		{ "AT+CSQ\r", "\r\n+CSQ: 20,99\r\n" OK, 0 } } },
	{ "basic commands have names, too", "{'what':'error','at':'command','command':'ATE'}", NULL, {
		{ "AT\r", OK, 0 }, { "ATE1\r", ERROR, 0 }, { "ATE0\r", OK, 0 } } },
};

static struct rig r;

/* Quotes are single in the rows, so that they can be read. */
static void set(const char *fault)
{
	char line[256] = "{\"cmd\":\"fault\",", *answer;
	size_t n = strlen(line);
	bool events;

	for (const char *p = fault + 1; *p != '\0'; p++)
		line[n++] = *p == '\'' ? '"' : *p;
	answer = control_run(r.m, line, n, r.now_ms, &events);
	if (strncmp(answer, "{\"ok\":true,\"fault\":", 19) != 0)
		fail_msg("%s", answer);
	free(answer);
}

static void run_row(const struct row *row)
{
	set(row->fault);
	if (row->more != NULL)
		set(row->more);
	for (size_t i = 0; i < STEPS && row->steps[i].type != NULL; i++) {
		const struct step *s = &row->steps[i];

		rig_type(&r, s->type);
		if (s->wait_ms > 0)
			rig_wait(&r, s->wait_ms);
		else
			rig_pump(&r);
		if (s->expect != NULL && !rig_matches(&r, s->expect))
			print_message("%s: step %zu\n", row->sentence, i);
		if (s->expect != NULL)
			rig_expects(&r, s->expect);
		rig_clear(&r);
	}
}

static void faults_show_as_described(void **state)
{
	static const size_t chunks[] = { 1, 3, 4096 };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		for (size_t c = 0; c < sizeof chunks / sizeof chunks[0]; c++) {
			rig_init(&r, &(struct modem_config){ .on = true }, chunks[c]);
			rig_connected(&r, 0);
			run_row(&rows[i]);
			rig_free(&r);
		}
	}
}

static int online(void **state)
{
	(void)state;
	rig_init(&r, &(struct modem_config){ .on = true }, 4096);
	rig_connected(&r, 0);
	return 0;
}

static int done(void **state)
{
	(void)state;
	rig_free(&r);
	return 0;
}

/* F2: a URC between header and data would be taken for data. */
static void closed_within_a_read_is_said_after_it(void **state)
{
	(void)state;
	set("{'what':'closed','at':'data'}");
	rig_peer_sends(&r, 0, "abc", 3);
	rig_clear(&r);
	rig_says(&r, "AT+QIRD=0\r", "\r\n+QIRD: 3\r\nabc\r\n" OK CLOSED);
}

static void every_error_of_an_opening_is_reported(void **state)
{
	char fault[64], expect[64];

	(void)state;
	for (int error = 550; error <= 574; error++) {
		snprintf(fault, sizeof fault, "{'what':'error','at':'open','error':%d}", error);
		set(fault);
		snprintf(expect, sizeof expect, OK "\r\n+QIOPEN: 1,%d\r\n", error);
		rig_says(&r, "AT+QIOPEN=1,1,\"TCP\",\"h\",1\r", expect);
		rig_says(&r, "AT+QICLOSE=1\r", OK);
		rig_expects(&r, "");
		modem_fault_clear_all(r.m, r.now_ms);
	}
}

static void glued_really_is_one_write(void **state)
{
	(void)state;
	set("{'what':'glued'}");
	rig_clear(&r);
	rig_says(&r, "AT+QIOPEN=1,1,\"TCP\",\"h\",1\r", OK "\r\n+QIOPEN: 1,0\r\n");
	set("{'what':'glued'}");
	rig_type(&r, "AT+QICLOSE=1\r");
	rig_clear(&r);
	rig_type(&r, "AT+QIOPEN=1,1,\"TCP\",\"h\",1\r");
	assert_int_equal(r.writes, 1);
}

static void frozen_data_fills_the_buffer(void **state)
{
	static uint8_t data[1460];
	bool failed = false;

	(void)state;
	set("{'what':'freeze'}");
	for (int i = 0; i < 10 && !failed; i++) {
		rig_type(&r, "AT+QISEND=0,1460\r");
		rig_clear(&r);
		rig_feed(&r, data, sizeof data);
		failed = rig_matches(&r, "\r\nSEND FAIL\r\n");
	}
	assert_true(failed);
	assert_int_equal(r.peer[0].got_len, 0);
}

static void discarded_data_does_not_arrive(void **state)
{
	(void)state;
	set("{'what':'discard'}");
	rig_type(&r, "AT+QISEND=0,3\rabc");
	rig_type(&r, "AT+QISEND=0,3\rdef");
	assert_int_equal(r.peer[0].got_len, 3);
	assert_memory_equal(r.peer[0].got, "def", 3);
}

static size_t count_errors(uint64_t seed, const char *fault, int n)
{
	size_t errors = 0;

	rig_free(&r);
	rig_init(&r, &(struct modem_config){ .on = true, .seed = seed }, 4096);
	rig_online(&r);
	set(fault);
	for (int i = 0; i < n; i++) {
		rig_type(&r, "AT\r");
		errors += rig_matches(&r, ERROR);
		rig_clear(&r);
	}
	return errors;
}

static void probability_is_kept_and_follows_the_seed(void **state)
{
	static const char fault[] = "{'what':'error','at':'command','probability':0.25,'count':'all'}";
	size_t errors = count_errors(1, fault, 4000);

	(void)state;
	assert_in_range(errors, 900, 1100);
	assert_int_equal(count_errors(1, fault, 4000), errors);
	assert_int_equal(count_errors(1, "{'what':'error','at':'command','probability':0,'count':'all'}", 100), 0);
	assert_int_equal(count_errors(1, "{'what':'error','at':'command','count':'all'}", 100), 100);
}

/* Each byte that arrives differs in one bit; each insertion makes it longer. */
static void bytes_are_corrupted_and_inserted(void **state)
{
	(void)state;
	set("{'what':'corrupt','at':'down','count':'all'}");
	rig_type(&r, "AT\r");
	assert_int_equal(r.len, 6);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(__builtin_popcount((unsigned)(r.out[i] ^ (uint8_t)OK[i])), 1);
	modem_fault_clear_all(r.m, r.now_ms);
	rig_clear(&r);
	set("{'what':'insert','at':'down','bytes':4,'count':2}");
	rig_type(&r, "AT\r");
	assert_int_equal(r.len, 14);
	assert_memory_equal(r.out + 10, "OK\r\n", 4);
}

static void a_garbled_line_recovers_by_itself(void **state)
{
	(void)state;
	set("{'what':'corrupt','at':'up','probability':0.3,'count':'all'}");
	set("{'what':'insert','at':'up','bytes':3,'probability':0.1,'count':'all'}");
	set("{'what':'duplicate','at':'up','probability':0.1,'count':'all'}");
	set("{'what':'drop','at':'up','bytes':2,'probability':0.1,'count':'all'}");
	for (int i = 0; i < 500; i++)
		rig_type(&r, "AT+CSQ\rAT+QIRD=0\rATE0;+CREG?\r");
	modem_fault_clear_all(r.m, r.now_ms);
	rig_wait(&r, 1000);
	rig_type(&r, "\rAT&F\r\rATE0;&F;E0\r");
	rig_clear(&r);
	rig_says(&r, "AT\r", OK);
}

/* Every event at every point where it fits, in every command of a session: the
 * modem answers again afterwards, within its restart. */
static void every_event_everywhere_leaves_a_modem_that_answers(void **state)
{
	static const char session[] = "AT+CSQ\rAT+QIACT?\rAT+QISEND=0,3\rabcAT+QIRD=0\rAT+QIRD=0\rAT+QICLOSE=0\r"
				      "AT+QIOPEN=1,0,\"TCP\",\"h\",1\rAT+QISEND=0,2\rabAT+QICLOSE=0\r";
	size_t cases = 0;

	for (int what = 0; what < MODEM_EFFECT_COUNT; what++) {
		for (int at = 0; at < MODEM_POINT_COUNT; at++) {
			for (uint32_t nth = 1; nth < 6; nth++) {
				struct modem_fault f = modem_fault_default((enum modem_effect)what, (enum modem_point)at);

				if (!modem_fault_fits(f.what, f.at))
					continue;
				f.nth = nth;
				f.ms = 20;
				f.text_len = 1;
				online(state);
				rig_peer_sends(&r, 0, "xyz", 3);
				rig_fault(&r, &f);
				rig_type(&r, session);
				rig_wait(&r, 10000);
				modem_fault_clear_all(r.m, r.now_ms);
				rig_type(&r, "aaaaaaaaaaaaaaaa\rATE0\r\x1b\r\rATE0\r");
				rig_wait(&r, 10000);
				rig_clear(&r);
				rig_says(&r, "AT\r", OK);
				done(state);
				cases++;
			}
		}
	}
	print_message("%zu cases\n", cases);
	assert_true(cases > 600);
	online(state);
}

static void faults_are_listed_and_cleared(void **state)
{
	struct modem_fault f;
	unsigned number;
	uint32_t strikes;

	(void)state;
	set("{'what':'error','at':'command','count':'all'}");
	set("{'what':'drop','at':'up','count':'all','nth':1000}");
	rig_says(&r, "AT\r", ERROR);
	assert_true(modem_fault_get(r.m, 0, &f, &number, &strikes));
	assert_int_equal(number, 1);
	assert_int_equal(strikes, 1);
	assert_true(modem_fault_get(r.m, 1, &f, &number, &strikes));
	assert_int_equal(number, 2);
	assert_int_equal(f.what, MODEM_DO_DROP);
	assert_false(modem_fault_get(r.m, 2, &f, &number, &strikes));
	assert_true(modem_fault_clear(r.m, 1, r.now_ms));
	assert_false(modem_fault_clear(r.m, 1, r.now_ms));
	rig_says(&r, "AT\r", OK);
	set("{'what':'closed','after_ms':1000}");
	modem_fault_clear_all(r.m, r.now_ms);
	rig_wait(&r, 2000);
	rig_expects(&r, "");
}

#define ONLINE(test) cmocka_unit_test_setup_teardown(test, online, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_show_as_described),
		ONLINE(closed_within_a_read_is_said_after_it),
		ONLINE(every_error_of_an_opening_is_reported),
		ONLINE(glued_really_is_one_write),
		ONLINE(frozen_data_fills_the_buffer),
		ONLINE(discarded_data_does_not_arrive),
		ONLINE(probability_is_kept_and_follows_the_seed),
		ONLINE(bytes_are_corrupted_and_inserted),
		ONLINE(a_garbled_line_recovers_by_itself),
		ONLINE(faults_are_listed_and_cleared),
		cmocka_unit_test_teardown(every_event_everywhere_leaves_a_modem_that_answers, done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
