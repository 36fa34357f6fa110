/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_world.c - what SIM, network, clock and board can be made to do on the
 * control socket, and how a host sees it.
 */
#include "unit/cmocka_all.h"

#include "rig.h"

#include "virtual_modem/control.h"

#include <stdlib.h>
#include <string.h>

#define OK "\r\nOK\r\n"
#define ERROR "\r\nERROR\r\n"
#define CME(n) "\r\n+CME ERROR: " #n "\r\n"

static struct rig r;

/* Single quotes stand for double ones. */
static void tell(const char *request)
{
	char line[400], *answer;
	size_t n = strlen(request);
	bool events = false;

	assert_true(n < sizeof line);
	for (size_t i = 0; i <= n; i++)
		line[i] = request[i] == '\'' ? '"' : request[i];
	answer = control_run(r.m, line, n, r.now_ms, &events);
	if (strncmp(answer, "{\"ok\":true", 10) != 0)
		fail_msg("%s: %s", request, answer);
	free(answer);
	rig_pump(&r);
}

/* Switched on, no echo, registered at home, errors with numbers. */
static void begin(const struct modem_config *cfg)
{
	rig_init(&r, cfg, 4096);
	rig_type(&r, "ATE0;+CMEE=1\r");
	rig_wait(&r, 1000);
	rig_clear(&r);
}

static const struct modem_config on = { .on = true };

/* ---- SIM ---- */

static void the_cards_counters_are_told_and_end_in_the_puk(void **state)
{
	(void)state;
	begin(&(struct modem_config){ .on = true, .sim_pin = "4711" });
	rig_says(&r, "AT+QPINC=\"SC\"\r", "\r\n+QPINC: \"SC\",3,10\r\n" OK);
	rig_says(&r, "AT+QPINC=\"P2\"\r", "\r\n+QPINC: \"P2\",3,10\r\n" OK);
	rig_says(&r, "AT+QPINC=\"XX\"\r", CME(50));
	rig_says(&r, "AT+CPIN=\"0000\"\r", CME(16));
	rig_says(&r, "AT+QPINC=\"SC\"\r", "\r\n+QPINC: \"SC\",2,10\r\n" OK);
	tell("{'cmd':'sim','tries':1}");
	rig_says(&r, "AT+CPIN=\"0000\"\r", CME(16));
	rig_says(&r, "AT+CPIN?\r", "\r\n+CPIN: SIM PUK\r\n" OK);
	rig_says(&r, "AT+QPINC=\"SC\"\r", "\r\n+QPINC: \"SC\",0,10\r\n" OK);
	tell("{'cmd':'network','sim':'absent'}");
	rig_clear(&r);
	rig_says(&r, "AT+QPINC=\"SC\"\r", CME(10));
	rig_free(&r);
}

static void a_card_is_changed_for_another(void **state)
{
	(void)state;
	begin(&on);
	tell("{'cmd':'sim','iccid':'8949000000000000456F','imsi':'262011234567890'}");
	rig_expects(&r, "");
	rig_says(&r, "AT+QCCID\r", "\r\n+QCCID: 8949000000000000456F\r\n" OK);
	rig_says(&r, "AT+CIMI\r", "\r\n262011234567890\r\n" OK);
	tell("{'cmd':'sim','pin':'1111'}");
	rig_says(&r, "AT+CPIN?\r", "\r\n+CPIN: SIM PIN\r\n" OK);
	rig_says(&r, "AT+CEREG?\r", "\r\n+CEREG: 0,0\r\n" OK);
	rig_says(&r, "AT+CPIN=\"1111\"\r", OK "\r\n+CPIN: READY\r\n");
	tell("{'cmd':'sim','tries':0}");
	rig_says(&r, "AT+CPIN?\r", "\r\n+CPIN: SIM PUK\r\n" OK);
	tell("{'cmd':'sim','pin':'','tries':3}");
	rig_expects(&r, "\r\n+CPIN: READY\r\n");
	rig_free(&r);
}

/* ---- data ---- */

static void a_refused_activation_has_a_cause(void **state)
{
	(void)state;
	begin(&(struct modem_config){ .on = true, .apn = "right" });
	rig_says(&r, "AT+CEER\r", "\r\n+CEER: No cause information available\r\n" OK);
	rig_says(&r, "AT+QICSGP=1,1,\"wrong\"\r", OK);
	rig_says(&r, "AT+QIACT=1\r", ERROR);
	rig_says(&r, "AT+CEER\r", "\r\n+CEER: ESM cause 27\r\n" OK);
	rig_says(&r, "AT+QIGETERROR\r", "\r\n+QIGETERROR: 561,open PDP context failed\r\n" OK);
	tell("{'cmd':'apn','name':'wrong','user':'me','password':'secret'}");
	rig_says(&r, "AT+QICSGP=1,1,\"wrong\",\"me\",\"guess\",3\r", OK);
	rig_says(&r, "AT+QIACT=1\r", ERROR);
	rig_says(&r, "AT+CEER\r", "\r\n+CEER: ESM cause 29\r\n" OK);
	tell("{'cmd':'network','esm':33}");
	rig_says(&r, "AT+QICSGP=1,1,\"wrong\",\"me\",\"secret\",3\r", OK);
	rig_says(&r, "AT+QIACT=1\r", ERROR);
	rig_says(&r, "AT+CEER\r", "\r\n+CEER: ESM cause 33\r\n" OK);
	tell("{'cmd':'quirk','name':'ceer','value':'words'}");
	rig_says(&r, "AT+CEER\r", "\r\n+CEER: Requested service option not subscribed\r\n" OK);
	tell("{'cmd':'quirk','name':'ceer','value':'names'}");
	rig_says(&r, "AT+CEER\r", "\r\n+CEER: ESM_CAUSE_REQUESTED_SERVICE_OPTION_NOT_SUBSCRIBED\r\n" OK);
	tell("{'cmd':'network','esm':0}");
	rig_says(&r, "AT+QIACT=1\r", OK);
	rig_says(&r, "AT+CEER\r", "\r\n+CEER: No cause information available\r\n" OK);
	tell("{'cmd':'apn','name':'*'}");
	rig_says(&r, "AT+QIDEACT=1;+QICSGP=1,1,\"any\";+QIACT=1\r", OK);
	rig_free(&r);
}

static void a_refused_registration_has_a_cause_and_its_network_is_forbidden(void **state)
{
	(void)state;
	begin(&on);
	tell("{'cmd':'network','stat':'denied','cause':11}");
	rig_says(&r, "AT+CEREG?\r", "\r\n+CEREG: 0,3\r\n" OK);
	rig_says(&r, "AT+CEER\r", "\r\n+CEER: EMM cause 11\r\n" OK);
	rig_says(&r, "AT+COPS=?\r",
		 "\r\n+COPS: (3,\"Tern Test\",\"Tern Test\",\"00101\",8),,(0-4),(0-2)\r\n" OK);
	tell("{'cmd':'quirk','name':'ceer','value':'names'}");
	rig_says(&r, "AT+CEER\r", "\r\n+CEER: EMM_CAUSE_PLMN_NOT_ALLOWED\r\n" OK);
	tell("{'cmd':'quirk','name':'reg-cause','value':'yes'}");
	rig_says(&r, "AT+CEREG=3;+CEREG?\r", "\r\n+CEREG: 3,3,,,,0,11\r\n" OK);
	rig_free(&r);
}

static void a_fault_can_be_for_one_host_or_port(void **state)
{
	(void)state;
	begin(&on);
	rig_says(&r, "AT+QIACT=1\r", OK);
	tell("{'cmd':'fault','what':'error','at':'open','error':569,'port':8883,'count':'all'}");
	tell("{'cmd':'fault','what':'error','at':'open','error':565,'host':'Nowhere','count':'all'}");
	rig_says(&r, "AT+QIOPEN=1,0,\"TCP\",\"host\",443\r", OK "\r\n+QIOPEN: 0,0\r\n");
	rig_says(&r, "AT+QIOPEN=1,1,\"TCP\",\"host\",8883\r", OK "\r\n+QIOPEN: 1,569\r\n");
	rig_says(&r, "AT+QIOPEN=1,2,\"TCP\",\"nowhere\",443\r", OK "\r\n+QIOPEN: 2,565\r\n");
	rig_free(&r);
}

/* ---- radio ---- */

static void w_disable_holds_the_radio_off(void **state)
{
	(void)state;
	begin(&on);
	tell("{'cmd':'pins','w_disable':true}");
	rig_says(&r, "AT+CFUN?\r", "\r\n+CFUN: 4\r\n" OK);
	rig_says(&r, "AT+CEREG?\r", "\r\n+CEREG: 0,0\r\n" OK);
	rig_says(&r, "AT+CFUN=1\r", OK);
	rig_says(&r, "AT+CFUN?\r", "\r\n+CFUN: 4\r\n" OK);
	rig_says(&r, "AT+CFUN=0\r", OK);
	rig_says(&r, "AT+CFUN?\r", "\r\n+CFUN: 0\r\n" OK);
	rig_says(&r, "AT+CFUN=1\r", OK);
	tell("{'cmd':'pins','w_disable':false}");
	rig_says(&r, "AT+CFUN?\r", "\r\n+CFUN: 1\r\n" OK);
	rig_wait(&r, 1000);
	rig_says(&r, "AT+CEREG?\r", "\r\n+CEREG: 0,1\r\n" OK);
	rig_free(&r);
}

static void the_radio_may_be_off_from_the_start(void **state)
{
	(void)state;
	begin(&on);
	tell("{'cmd':'network','cfun':4}");
	rig_says(&r, "AT+CFUN?;+CEREG?\r", "\r\n+CFUN: 4\r\n+CEREG: 0,0\r\n" OK);
	rig_says(&r, "AT+CFUN=1\r", OK);
	rig_wait(&r, 1000);
	rig_says(&r, "AT+CEREG?\r", "\r\n+CEREG: 0,1\r\n" OK);
	tell("{'cmd':'quirk','name':'start-cfun','value':4}");
	rig_says(&r, "AT+CFUN?\r", "\r\n+CFUN: 1\r\n" OK);
	tell("{'cmd':'power','switch':'reset'}");
	rig_wait(&r, 10000);
	rig_type(&r, "ATE0\r");
	rig_clear(&r);
	rig_says(&r, "AT+CFUN?\r", "\r\n+CFUN: 4\r\n" OK);
	rig_free(&r);
}

static void a_signal_may_be_heard_without_a_network(void **state)
{
	(void)state;
	begin(&on);
	tell("{'cmd':'network','stat':'searching','rssi':2,'rsrp':-124}");
	rig_says(&r, "AT+CSQ;+QCSQ\r", "\r\n+CSQ: 99,99\r\n+QCSQ: \"NOSERVICE\"\r\n" OK);
	tell("{'cmd':'network','heard':true}");
	rig_says(&r, "AT+CSQ;+QCSQ\r", "\r\n+CSQ: 2,99\r\n+QCSQ: \"CAT-M1\",-109,-124,125,-10\r\n" OK);
	tell("{'cmd':'network','cfun':4}");
	rig_says(&r, "AT+CSQ\r", "\r\n+CSQ: 99,99\r\n" OK);
	rig_free(&r);
}

/* ---- clocks ---- */

static const struct { const char *sentence, *request, *qlts, *qntp; } clocks[] = {
	{ "the network was never told the time: 1970", "{'cmd':'time','unix':0}",
	  "\"1970/01/01,00:00:00+00,0\"", "\"1970/01/01,00:00:00+00\"" },
	{ "1980-01-06, where GPS begins", "{'cmd':'time','unix':315964800}",
	  "\"1980/01/06,00:00:00+00,0\"", "\"1980/01/06,00:00:00+00\"" },
	{ "2080", "{'cmd':'time','unix':3471724800}",
	  "\"2080/01/06,00:00:00+00,0\"", "\"2080/01/06,00:00:00+00\"" },
	{ "the network is a day behind the time server", "{'cmd':'time','unix':1706709600,'nitz_s':-86400}",
	  "\"2024/01/30,14:00:00+00,0\"", "\"2024/01/31,14:00:00+00\"" },
	{ "the time server is 20 years behind", "{'cmd':'time','unix':1706709600,'nitz_s':0,'ntp_s':-631152000}",
	  "\"2024/01/31,14:00:00+00,0\"", "\"2004/01/31,14:00:00+00\"" },
};

static void clocks_are_wrong_in_every_way(void **state)
{
	char expect[120];

	(void)state;
	begin(&on);
	rig_says(&r, "AT+QIACT=1\r", OK);
	for (size_t i = 0; i < sizeof clocks / sizeof clocks[0]; i++) {
		print_message("%s\n", clocks[i].sentence);
		tell(clocks[i].request);
		strcpy(expect, "\r\n+QLTS: ");
		strcat(strcat(expect, clocks[i].qlts), "\r\n" OK);
		rig_says(&r, "AT+QLTS=1\r", expect);
		strcpy(expect, OK "\r\n+QNTP: 0,");
		strcat(strcat(expect, clocks[i].qntp), "\r\n");
		rig_says(&r, "AT+QNTP=1,\"ntp\"\r", expect);
	}
	rig_free(&r);
}

/* Half and quarter hours: India, Newfoundland, the Chatham Islands. */
static void zones_are_quarters_of_an_hour(void **state)
{
	(void)state;
	begin(&on);
	tell("{'cmd':'time','unix':1706709600}");
	tell("{'cmd':'network','zone':22}");
	rig_says(&r, "AT+QLTS=1\r", "\r\n+QLTS: \"2024/01/31,14:00:00+22,0\"\r\n" OK);
	rig_says(&r, "AT+QLTS=2\r", "\r\n+QLTS: \"2024/01/31,19:30:00+22,0\"\r\n" OK);
	tell("{'cmd':'network','zone':-14}");
	rig_says(&r, "AT+QLTS=2\r", "\r\n+QLTS: \"2024/01/31,10:30:00-14,0\"\r\n" OK);
	tell("{'cmd':'network','zone':51}");
	rig_says(&r, "AT+QLTS=2\r", "\r\n+QLTS: \"2024/02/01,02:45:00+51,0\"\r\n" OK);
	rig_free(&r);
}

static void a_clock_that_nobody_set_says_when_it_began(void **state)
{
	(void)state;
	rig_init(&r, &on, 4096);
	rig_type(&r, "ATE0\r");
	tell("{'cmd':'network','nitz':false}");
	rig_wait(&r, 1000);
	rig_clear(&r);
	rig_says(&r, "AT+QLTS=1\r", "\r\n+QLTS: \"\"\r\n" OK);
	tell("{'cmd':'quirk','name':'untold-time','value':'1980'}");
	rig_says(&r, "AT+QLTS=1\r", "\r\n+QLTS: \"1980/01/06,00:00:01+00,0\"\r\n" OK);
	tell("{'cmd':'quirk','name':'untold-time','value':'2004'}");
	rig_says(&r, "AT+QLTS=1\r", "\r\n+QLTS: \"2004/01/01,00:00:01+32,0\"\r\n" OK);
	rig_free(&r);
}

/* ---- modem and line ---- */

static void another_makers_modem_answers_in_its_own_way(void **state)
{
	(void)state;
	begin(&(struct modem_config){ .on = true, .profile = "sim7000g" });
	rig_says(&r, "ATI\r", "\r\nSIM7000G R1529\r\n" OK);
	rig_says(&r, "AT+CGMI\r", "\r\nSIMCOM_Ltd\r\n" OK);
	rig_says(&r, "AT+QIACT?\r", ERROR);
	rig_says(&r, "AT+CSQ\r", "\r\n+CSQ: 20,99\r\n" OK);
	rig_free(&r);
}

static void a_modem_says_what_it_is_told_to_be(void **state)
{
	(void)state;
	begin(&on);
	tell("{'cmd':'identity','maker':'u-blox','model':'SARA-R410M-02B','revision':'L0.0.00.00.05.06'}");
	tell("{'cmd':'quirk','name':'ati','value':'labelled'}");
	rig_says(&r, "ATI\r", "\r\nManufacturer: u-blox\r\nModel: SARA-R410M-02B\r\n"
		 "Revision: L0.0.00.00.05.06\r\n" OK);
	tell("{'cmd':'quirk','name':'ati','value':'quectel'}");
	tell("{'cmd':'identity','maker':'Quectel','model':'BC66'}");
	rig_says(&r, "ATI\r", "\r\nQuectel\r\nBC66\r\nRevision: L0.0.00.00.05.06\r\n" OK);
	rig_free(&r);
}

static void noise_needs_no_modem(void **state)
{
	(void)state;
	rig_init(&r, &(struct modem_config){ .on = false }, 4096);
	tell("{'cmd':'fault','what':'noise','bytes':5,'every_ms':100,'count':3}");
	assert_int_equal(r.len, 5);
	rig_wait(&r, 1000);
	assert_int_equal(r.len, 15);
	assert_int_equal(modem_power_state(r.m), MODEM_OFF);
	rig_free(&r);
}

static void one_direction_may_be_garbled(void **state)
{
	(void)state;
	begin(&on);
	tell("{'cmd':'fault','what':'garble','at':'down','count':'all'}");
	rig_type(&r, "AT+CMEE=2\r");
	assert_int_equal(r.len, 6);
	for (size_t i = 0; i < 6; i++)
		assert_int_not_equal(r.out[i], "\r\nOK\r\n"[i]);
	tell("{'cmd':'clear'}");
	rig_clear(&r);
	rig_says(&r, "AT+CMEE?\r", "\r\n+CMEE: 2\r\n" OK);    /* it was heard */
	rig_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_cards_counters_are_told_and_end_in_the_puk),
		cmocka_unit_test(a_card_is_changed_for_another),
		cmocka_unit_test(a_refused_activation_has_a_cause),
		cmocka_unit_test(a_refused_registration_has_a_cause_and_its_network_is_forbidden),
		cmocka_unit_test(a_fault_can_be_for_one_host_or_port),
		cmocka_unit_test(w_disable_holds_the_radio_off),
		cmocka_unit_test(the_radio_may_be_off_from_the_start),
		cmocka_unit_test(a_signal_may_be_heard_without_a_network),
		cmocka_unit_test(clocks_are_wrong_in_every_way),
		cmocka_unit_test(zones_are_quarters_of_an_hour),
		cmocka_unit_test(a_clock_that_nobody_set_says_when_it_began),
		cmocka_unit_test(another_makers_modem_answers_in_its_own_way),
		cmocka_unit_test(a_modem_says_what_it_is_told_to_be),
		cmocka_unit_test(noise_needs_no_modem),
		cmocka_unit_test(one_direction_may_be_garbled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
