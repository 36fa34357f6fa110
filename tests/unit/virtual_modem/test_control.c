/* SPDX-License-Identifier: Apache-2.0 */
/* test_control.c - the control language: what it refuses and why, and what it tells. */
#include "unit/cmocka_all.h"

#include "rig.h"

#include "virtual_modem/control.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rig r;

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

/* Single quotes in REQUEST stand for double ones. */
static char *ask_bytes(const char *request, size_t len)
{
	char *line = malloc(len + 1), *answer;
	bool events = false;

	assert_non_null(line);
	for (size_t i = 0; i < len; i++)
		line[i] = request[i] == '\'' ? '"' : request[i];
	answer = control_run(r.m, line, len, r.now_ms, &events);
	free(line);
	assert_non_null(answer);
	return answer;
}

static cJSON *ask(const char *request)
{
	char *answer = ask_bytes(request, strlen(request));
	cJSON *o = cJSON_Parse(answer);

	if (o == NULL || !cJSON_IsTrue(cJSON_GetObjectItem(o, "ok")))
		fail_msg("%s: %s", request, answer);
	free(answer);
	return o;
}

static void tell(const char *request)
{
	cJSON_Delete(ask(request));
}

static const struct { const char *request, *error; } wrong[] = {
	{ "", "not one JSON object: " },
	{ "x", "not one JSON object: x" },
	{ "[1]", "not one JSON object: [1]" },
	{ "{'cmd':'state'} {'cmd':'state'}", "not one JSON object: {\"cmd\":\"state\"} {\"cmd\":\"state\"}" },
	{ "{'cmd':'state'", "not one JSON object: {\"cmd\":\"state\"" },
	{ "{}", "missing key: cmd" },
	{ "{'cmd':7}", "missing key: cmd" },
	{ "{'cmd':'explode'}", "cmd: \"explode\" is none of help, state, counters, reset-counters, fault, faults, "
	  "clear, inject, urc, network, apn, sim, identity, script, time, power, pins, line, latency, quirk, events" },
	{ "{'cmd':'state','x':1}", "unknown key: x" },
	{ "{'cmd':'state','Cmd':1}", "unknown key: Cmd" },
	{ "{'cmd':'state','cmd':'state'}", "key given twice: cmd" },
	{ "{'cmd':'fault'}", "missing key: what" },
	{ "{'cmd':'fault','what':7}",
	  "what: 7 is none of closed, dead, pdpdeact, register, sim, reboot, mute-at, mute, "
	  "garbage, wrong-baud, slow-line, status-on, status-off, noise, say, error, delay, lost, early, glued, split, fail, discard, freeze, drop, insert, "
	  "corrupt, garble, duplicate, fragment, coalesce" },
	{ "{'cmd':'fault','what':'closed','at':'noon'}", "at: \"noon\" is none of time, command, answer, open, prompt, "
	  "payload, accepted, read, data, close, key, boot, up, down" },
	{ "{'cmd':'fault','what':'closed','at':'up'}", "closed cannot happen at up" },
	{ "{'cmd':'fault','what':'delay','at':'read','ms':1}", "delay cannot happen at read" },
	{ "{'cmd':'fault','what':'lost'}", "missing key: at" },
	{ "{'cmd':'fault','what':'delay','at':'prompt'}", "ms is missing" },
	{ "{'cmd':'fault','what':'say'}", "give either text or hex" },
	{ "{'cmd':'fault','what':'say','text':'a','hex':'61'}", "give either text or hex" },
	{ "{'cmd':'fault','what':'say','hex':'6'}", "hex: \"6\" is not 2 to 256 hexadecimal digits, two a byte" },
	{ "{'cmd':'fault','what':'say','hex':'6g'}", "hex: \"6g\" is not 2 to 256 hexadecimal digits, two a byte" },
	{ "{'cmd':'fault','what':'say','text':''}", "text: \"\" is not a text of 1 to 128 bytes" },
	{ "{'cmd':'fault','what':'closed','socket':12}", "socket: 12 is not a whole number from 0 to 11" },
	{ "{'cmd':'fault','what':'closed','socket':-1}", "socket: -1 is not a whole number from 0 to 11" },
	{ "{'cmd':'fault','what':'closed','socket':1.5}", "socket: 1.5 is not a whole number from 0 to 11" },
	{ "{'cmd':'fault','what':'closed','socket':'1'}", "socket: \"1\" is not a whole number from 0 to 11" },
	{ "{'cmd':'fault','what':'closed','socket':null}", "socket: null is not a whole number from 0 to 11" },
	{ "{'cmd':'fault','what':'closed','probability':1.1}", "probability: 1.1 is not a number from 0 to 1" },
	{ "{'cmd':'fault','what':'closed','probability':1e999}", "probability: null is not a number from 0 to 1" },
	{ "{'cmd':'fault','what':'closed','nth':0}", "nth: 0 is not a whole number from 1 to 1000000000" },
	{ "{'cmd':'fault','what':'closed','count':0}", "count: 0 is not a whole number from 1 to 1000000000" },
	{ "{'cmd':'fault','what':'closed','count':'many'}", "count: \"many\" is neither a number nor \"all\"" },
	{ "{'cmd':'fault','what':'closed','command':'QIFOO'}",
	  "command: no such command (write \"QISEND\", or \"ATE\"): QIFOO" },
	{ "{'cmd':'fault','what':'closed','error':572}", "error means nothing to closed at time" },
	{ "{'cmd':'fault','what':'closed','at':'prompt','bytes':5}", "bytes means nothing to closed at prompt" },
	{ "{'cmd':'fault','what':'closed','at':'prompt','every_ms':5}", "every_ms means nothing to closed at prompt" },
	{ "{'cmd':'fault','what':'drop','at':'up','socket':0}", "socket means nothing to drop at up" },
	{ "{'cmd':'fault','what':'dead','error':575}", "error: 575 is not a whole number from 550 to 574" },
	{ "{'cmd':'fault','what':'insert','at':'up','bytes':33}", "bytes of an insertion is not 1 to 32" },
	{ "{'cmd':'fault','what':'register','stat':'lost'}",
	  "stat: \"lost\" is none of idle, home, searching, denied, unknown, roaming" },
	{ "{'cmd':'clear','fault':99}", "no such fault: 99" },
	{ "{'cmd':'inject'}", "give either text or hex" },
	{ "{'cmd':'inject','text':'a\\u0000b'}", "a text cannot hold \\u0000: use hex" },
	{ "{'cmd':'urc'}", "missing key: text" },
	{ "{'cmd':'urc','text':'a\\r\\nb'}", "text: a URC is one line, and CR LF comes by itself" },
	{ "{'cmd':'network','rssi':32}", "rssi: not 0 to 31, or 99" },
	{ "{'cmd':'network','ber':8}", "ber: not 0 to 7, or 99" },
	{ "{'cmd':'network','tac':'xyz'}", "tac: \"xyz\" is not 1 to 8 hexadecimal digits" },
	{ "{'cmd':'network','plmn':'0010x'}", "plmn: not 5 or 6 digits: 0010x" },
	{ "{'cmd':'network','operator':'a\\'b'}", "operator: a quote or an end of line would break the answer" },
	{ "{'cmd':'network','nitz':1}", "nitz: 1 is neither true nor false" },
	{ "{'cmd':'network','cfun':2}", "cfun: not 0, 1 or 4" },
	{ "{'cmd':'sim','pin':'12'}", "pin: not 4 to 8 digits, or none" },
	{ "{'cmd':'sim','pin':'12a4'}", "pin: not digits" },
	{ "{'cmd':'sim','tries':4}", "tries: 4 is not a whole number from 0 to 3" },
	{ "{'cmd':'sim','iccid':'894900000000000045G6'}", "iccid: not digits, with or without an F behind them" },
	{ "{'cmd':'apn'}", "missing key: name" },
	{ "{'cmd':'identity','model':''}", "model: \"\" is not a text of 1 to 31 bytes" },
	{ "{'cmd':'fault','what':'closed','port':443}", "port means nothing to closed at time" },
	{ "{'cmd':'fault','what':'closed','at':'read','host':''}", "host: \"\" is not a text of 1 to 63 bytes" },
	{ "{'cmd':'fault','what':'noise','at':'read'}", "noise cannot happen at read" },
	{ "{'cmd':'script','script':'5:home,4:idle'}", "network script: earlier than the step before it: 4:idle" },
	{ "{'cmd':'time','unix':-1}", "unix: -1 is not a number from 0 to 4102444800" },
	{ "{'cmd':'pins','pwrkey':1}", "pwrkey: 1 is neither true nor false" },
	{ "{'cmd':'pins','status':true}", "unknown key: status" },
	{ "{'cmd':'line','baud':-1}", "baud: -1 is not a whole number from 0 to 4000000" },
	{ "{'cmd':'fault','what':'status-on','baud':9600}", "baud means nothing to status-on at time" },
	{ "{'cmd':'fault','what':'closed','at':'key'}", "closed cannot happen at key" },
	{ "{'cmd':'power','switch':'kick'}", "switch: \"kick\" is none of on, off, key, reset, sleep" },
	{ "{'cmd':'latency','min_ms':5,'max_ms':4}", "min_ms is above max_ms" },
	{ "{'cmd':'latency','command':'FOO','min_ms':5}",
	  "command: no such command, or too many have a latency already: FOO" },
	{ "{'cmd':'quirk','name':'colour','value':1}", "no such quirk: colour" },
	{ "{'cmd':'quirk','name':'prompt','value':'red'}", "quirk prompt: not space|bare|line: red" },
	{ "{'cmd':'quirk','name':'contexts','value':17}", "quirk contexts: not 1..16: 17" },
	{ "{'cmd':'quirk','name':'contexts','value':true}", "value: true is not a text of 0 to 40 bytes" },
	{ "{'cmd':'events','on':'yes'}", "on: \"yes\" is neither true nor false" },
};

/* "a'b" in a row above is an escaped quote, which JSON writes \". */
static char *snapshot(void)
{
	char *state_text = ask_bytes("{'cmd':'state'}", 15);
	char *faults = ask_bytes("{'cmd':'faults'}", 16);
	size_t n = strlen(state_text) + strlen(faults) + 1;
	char *both = malloc(n);

	assert_non_null(both);
	snprintf(both, n, "%s%s", state_text, faults);
	free(state_text);
	free(faults);
	return both;
}

static void wrong_requests_are_named_and_change_nothing(void **state)
{
	char *before = snapshot(), *after;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		char *answer = ask_bytes(wrong[i].request, strlen(wrong[i].request));
		cJSON *o = cJSON_Parse(answer);

		assert_non_null(o);
		assert_true(cJSON_IsFalse(cJSON_GetObjectItem(o, "ok")));
		assert_string_equal(cJSON_GetObjectItem(o, "error")->valuestring, wrong[i].error);
		cJSON_Delete(o);
		free(answer);
	}
	after = snapshot();
	assert_string_equal(before, after);
	free(before);
	free(after);
	rig_pump(&r);
	rig_expects(&r, "");
}

static void every_prefix_of_a_request_is_refused(void **state)
{
	static const char request[] =
		"{\"cmd\":\"fault\",\"what\":\"say\",\"at\":\"prompt\",\"text\":\"x\\r\\n\",\"nth\":2}";
	bool events = false;

	(void)state;
	for (size_t n = 0; n < sizeof request - 1; n++) {
		char *answer = control_run(r.m, request, n, r.now_ms, &events);

		assert_non_null(strstr(answer, "\"ok\":false"));
		free(answer);
	}
	tell(request);
}

static void a_line_that_is_too_long_is_refused(void **state)
{
	static char line[CONTROL_LINE_MAX + 1];
	char *answer;

	(void)state;
	memset(line, ' ', sizeof line);
	answer = ask_bytes(line, sizeof line);
	assert_non_null(strstr(answer, "longer than 4096"));
	free(answer);
}

static void bytes_and_lines_are_injected(void **state)
{
	(void)state;
	tell("{'cmd':'inject','hex':'000d0aff'}");
	rig_pump(&r);
	assert_int_equal(r.len, 4);
	assert_memory_equal(r.out, "\0\r\n\xff", 4);
	rig_clear(&r);
	tell("{'cmd':'urc','text':'+QIURC: \\\"recv\\\",11'}");
	rig_pump(&r);
	rig_expects(&r, "\r\n+QIURC: \"recv\",11\r\n");
}

static double number_at(const cJSON *o, const char *a, const char *b, const char *c)
{
	o = cJSON_GetObjectItem(o, a);
	o = cJSON_GetObjectItem(o, b);
	if (c != NULL)
		o = cJSON_GetObjectItem(o, c);
	assert_true(cJSON_IsNumber(o));
	return o->valuedouble;
}

static void counters_are_read_and_reset(void **state)
{
	cJSON *o;

	(void)state;
	tell("{'cmd':'reset-counters'}");
	rig_type(&r, "AT+QISEND=0,4\rabcd");
	rig_peer_sends(&r, 0, "xyz", 3);
	o = ask("{'cmd':'counters'}");
	assert_int_equal(number_at(o, "counters", "all", "up"), 4);
	assert_int_equal(number_at(o, "counters", "all", "down"), 3);
	assert_int_equal(number_at(o, "counters", "all", "round_trips"), 1);
	assert_int_equal(number_at(o, "counters", "commands", NULL), 1);
	assert_int_equal(number_at(o, "counters", "uart_up", NULL), 18);
	cJSON_Delete(o);
	tell("{'cmd':'reset-counters'}");
	o = ask("{'cmd':'counters'}");
	assert_int_equal(number_at(o, "counters", "all", "up"), 0);
	cJSON_Delete(o);
}

static void the_state_is_told(void **state)
{
	cJSON *o = ask("{'cmd':'state'}"), *s = cJSON_GetObjectItem(o, "state"), *socket;

	(void)state;
	assert_string_equal(cJSON_GetObjectItem(s, "power")->valuestring, "on");
	assert_string_equal(cJSON_GetObjectItem(cJSON_GetObjectItem(s, "network"), "stat")->valuestring, "home");
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(s, "sockets")), 1);
	socket = cJSON_GetArrayItem(cJSON_GetObjectItem(s, "sockets"), 0);
	assert_string_equal(cJSON_GetObjectItem(socket, "host")->valuestring, "host");
	assert_int_equal(cJSON_GetObjectItem(socket, "state")->valueint, 2);
	cJSON_Delete(o);
}

static void the_network_is_changed_key_by_key(void **state)
{
	struct modem_network n;

	(void)state;
	tell("{'cmd':'network','rssi':5,'operator':'Elsewhere','tac':'00FF','zone':-14,'ntp':false}");
	n = modem_network(r.m);
	assert_int_equal(n.rssi, 5);
	assert_int_equal(n.stat, 1);
	assert_string_equal(n.operator_name, "Elsewhere");
	assert_string_equal(n.tac, "00FF");
	assert_int_equal(n.zone, -14);
	assert_false(n.ntp);
	assert_true(n.nitz);
	tell("{'cmd':'time','unix':1000000000.5}");
	rig_says(&r, "AT+QLTS=1\r", "\r\n+QLTS: \"2001/09/09,01:46:40-14,0\"\r\n\r\nOK\r\n");
	tell("{'cmd':'script','script':'0:denied'}");
	assert_int_equal(modem_network(r.m).stat, 3);
}

static void power_and_quirks_are_switched(void **state)
{
	(void)state;
	tell("{'cmd':'quirk','name':'connected-state','value':3}");
	rig_says(&r, "AT+QISTATE=1,0\r",
		 "\r\n+QISTATE: 0,\"TCP\",\"104.155.82.190\",1883,22742,3,1,0,0,\"uart1\"\r\n\r\nOK\r\n");
	tell("{'cmd':'latency','command':'CSQ','min_ms':50}");
	rig_says(&r, "AT+CSQ\r", "");
	rig_wait(&r, 50);
	rig_expects(&r, "\r\n+CSQ: 20,99\r\n\r\nOK\r\n");
	tell("{'cmd':'power','switch':'off'}");
	assert_int_equal(modem_power_state(r.m), MODEM_OFF);
}

static void help_names_every_command_and_key(void **state)
{
	cJSON *o = ask("{'cmd':'help'}"), *list = cJSON_GetObjectItem(o, "commands"), *item;
	bool fault = false;

	(void)state;
	assert_int_equal(cJSON_GetArraySize(list), 21);
	cJSON_ArrayForEach(item, list) {
		assert_true(strlen(cJSON_GetObjectItem(item, "help")->valuestring) > 5);
		if (strcmp(cJSON_GetObjectItem(item, "cmd")->valuestring, "fault") == 0)
			fault = cJSON_GetArraySize(cJSON_GetObjectItem(item, "keys")) == 22;
	}
	assert_true(fault);
	cJSON_Delete(o);
}

static void the_thirty_third_fault_is_refused(void **state)
{
	char *answer;

	(void)state;
	for (int i = 0; i < MODEM_FAULTS; i++)
		tell("{'cmd':'fault','what':'closed','after_ms':1000}");
	answer = ask_bytes("{'cmd':'fault','what':'closed','after_ms':1000}", 47);
	assert_string_equal(answer, "{\"ok\":false,\"error\":\"32 faults are set already\"}");
	free(answer);
	tell("{'cmd':'clear'}");
	tell("{'cmd':'fault','what':'closed','after_ms':1000}");
}

static void events_are_json(void **state)
{
	char *line = control_event("socket", "0 open: \"x\"\\", 12);
	cJSON *o = cJSON_Parse(line);

	(void)state;
	assert_string_equal(cJSON_GetObjectItem(o, "text")->valuestring, "0 open: \"x\"\\");
	cJSON_Delete(o);
	free(line);
}

#define ONLINE(test) cmocka_unit_test_setup_teardown(test, online, done)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ONLINE(wrong_requests_are_named_and_change_nothing),
		ONLINE(every_prefix_of_a_request_is_refused),
		ONLINE(a_line_that_is_too_long_is_refused),
		ONLINE(bytes_and_lines_are_injected),
		ONLINE(counters_are_read_and_reset),
		ONLINE(the_state_is_told),
		ONLINE(the_network_is_changed_key_by_key),
		ONLINE(power_and_quirks_are_switched),
		ONLINE(help_names_every_command_and_key),
		ONLINE(the_thirty_third_fault_is_refused),
		ONLINE(events_are_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
