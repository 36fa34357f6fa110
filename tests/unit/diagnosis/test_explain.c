/* SPDX-License-Identifier: Apache-2.0 */
/* Logs of other stacks as people paste them, and what they are found to show. */
#include "unit/cmocka_all.h"

#include "cli/explain_log.h"
#include "diagnosis/diagnosis.h"
#include "diagnosis/rules.h"

#include <stdio.h>
#include <string.h>

#define ISSUER " issuer name       : C=BE, O=GlobalSign nv-sa, OU=Root CA, CN=GlobalSign Root CA\n"
#define DEAD "C2C_SendData(): send ERROR: 572,operation not allowed\n"

static const struct row {
	const char *name, *log, *code, *words;   /* that the sentence and its facts have */
} rows[] = {
	{ "X-CUBE-GCP: wrong root, then 572 for ever", "  . Performing the SSL/TLS handshake...\n" ISSUER
	  "mbedtls_ssl_handshake returned -0x2700\n  ! The certificate is not correctly signed by the trusted CA\n" DEAD DEAD,
	  "TLS-ROOT-8", "'GlobalSign Root CA'|either|mbedtls=-0x2700" },
	{ "X-CUBE-GCP: unset clock", "  ! mbedtls_ssl_handshake returned -0x2700\n  ! The certificate validity starts in the future\n",
	  "TLS-FUTURE-1", "clock is behind|most likely" },
	{ "X-CUBE-GCP: the project's name", "Opening MQTT connection to client projects/My First Project/locations/us-central1"
	  "/registries/r/devices/d\n" DEAD, "ID-PROJECT-1", "'My First Project'|NAME" },
	{ "X-CUBE-GCP: a good project id, and only silence", "Opening MQTT connection to client projects/my-project-1/locations/"
	  "us-central1/registries/r/devices/d\n+QIURC: \"closed\",1\n" DEAD, "LOGIN-LATE-1", "either|code=572" },
	{ "572 alone tells nothing", DEAD, "SOCKET-1", "either|would decide" },
	{ "no random generator", "mbedtls_ctr_drbg_seed failed -0x34\n", "RANDOM-1", "seed" },
	{ "-0x2700 alone tells little", "ssl_handshake returned -0x2700\n", "TLS-LIBRARY-2", "many causes|would decide" },
	{ "a code is named by the line that decides", "ssl_handshake returned -0x2700\n" DEAD "ssl_handshake returned -0x7880\n",
	  "TLS-LIBRARY-2", "with -0x2700|mbedtls=-0x2700" },
	{ "a decimal code", "mbedtls_ssl_handshake returned -9984\n", "TLS-LIBRARY-2", "-0x2700" },
	{ "flags as a number", "ret=-0x2700\nverify flags 0x4\n", "TLS-NAME-3", "another host" },
	{ "alert 40 before the hello", "client state: 2\ngot an alert message, type: [2:40]\nmbedtls_ssl_handshake returned -0x7780\n",
	  "TLS-CIPHER-1", "alert 40" },
	{ "alert 70", "is a fatal alert message (msg 70)\n", "TLS-VERSION-1", "TLS version" },
	{ "a key that does not parse", "mbedtls_pk_parse_key returned -0x3D00\n", "KEY-PEM-2", "one of" },
	{ "memory (ESP)", "Failed to allocate memory, size: 16717\nLargest available HEAP block: 16372\nFree heap: 109000\n"
	  "mbedtls_ssl_setup returned -0x7F00\n", "TLS-MEMORY-1", "16717|16372|in pieces" },
	{ "AT: no SIM", "AT+CPIN?\n+CME ERROR: 10\n", "SIM-1", "No SIM|10" },
	{ "AT: no SIM, in words", "+CME ERROR: SIM not inserted\n", "SIM-1", "No SIM" },
	{ "AT: a PIN", "AT+CPIN?\n+CPIN: SIM PIN\nOK\n", "SIM-PIN-1", "PIN" },
	{ "AT: a wrong PIN, not repeated", "AT+CPIN=\"8642\"\n+CME ERROR: 16\n", "SIM-PIN-2", "refused" },
	{ "AT: unknown APN", "AT+QICSGP=1,1,\"internet\",\"\",\"\"\nAT+QIACT=1\nERROR\n+QIGETERROR: 561,open PDP context failed\n"
	  "+CEER: missing or unknown APN\n", "DATA-APN-2", "'internet'|27" },
	{ "AT: the APN is not set", "+QIGETERROR: 573,APN not configured\n", "DATA-APN-1", "no APN" },
	{ "AT: DNS", "AT+QIOPEN=1,0,\"TCP\",\"mqtt.googleapi.com\",8883,0,0\nOK\n+QIOPEN: 0,565\n", "DNS-1", "'mqtt.googleapi.com'|either" },
	{ "AT: refused", "AT+QIOPEN=1,0,\"TCP\",\"a.b\",8883,0,0\nOK\n+QIOPEN: 0,566\n", "TCP-REFUSED-1", "8883|a.b" },
	{ "AT: the network takes the context", "+QIOPEN: 0,0\n+QIURC: \"pdpdeact\",1\n" DEAD, "DATA-LOST-1", "data session" },
	{ "AT: denied", "+CEREG: 0,3\n", "REG-DENIED-4", "one of" },
	{ "AT: nothing is heard", "+CPIN: READY\n+CSQ: 99,99\n+CEREG: 0,2\n+CEREG: 0,2\n", "RADIO-SIGNAL-1", "antenna" },
	{ "AT: heard, not registered", "+CPIN: READY\n+CSQ: 18,99\n+CEREG: 0,2\n", "RADIO-NETWORK-1", "-77 dBm" },
	{ "AT: the radio is off", "+CPIN: READY\n+CFUN: 4\n+CEREG: 0,0\n", "RADIO-OFF-1", "+CFUN: 4" },
	{ "AT: nobody answers", "AT\nAT\nAT\nAT\n", "MODEM-SILENT-1", "No byte" },
	{ "TinyGSM: nobody answers", "Failed to connect to the modem! Check the baud and try again.\n", "MODEM-SILENT-1", "PWRKEY" },
	{ "PubSubClient", "Attempting MQTT connection...failed, rc=5 try again\n", "LOGIN-3", "CONNACK 5" },
	{ "Zephyr", "MQTT connect failed 4\n", "LOGIN-3", "CONNACK 4" },
	{ "mosquitto_pub", "Connection Refused: not authorised.\n", "LOGIN-3", "CONNACK 5" },
	{ "Google's device log: a twin", "SERVER: The connection was closed because there is another active connection with the same "
	  "device ID.\n", "MQTT-TWIN-1", "another client" },
	{ "Google's device log: the token", "SERVER: The authorization token expired.\n", "MQTT-TOKEN-1", "expired" },
	{ "ESP: brown-out", "Brownout detector was triggered\n", "POWER-2", "supply" },
	{ "registered at last", "+CPIN: READY\n+CEREG: 0,2\n+CEREG: 0,5\n+CSQ: 20,99\nOK\n", "NONE", "" },
	{ "roaming and well", "+CEREG: 0,5\n+QIOPEN: 0,0\nMQTT client connected\n", "NONE", "" },
	{ "a busy SIM is no failure", "+CME ERROR: 14\n+CPIN: READY\n+CEREG: 0,1\n", "NONE", "" },
	{ "just words", "hello\nalerting everybody about flags 1\nreturned -1\n", "NONE", "" },
};

static void each_log_shows_what_it_shows(void **state)
{
	static struct explain_log x;
	char copy[1024], line[DIAGNOSIS_LINE_SIZE], code[32], words[256], *save;
	struct text t;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		enum verdict v;

		explain_log_init(&x);
		snprintf(copy, sizeof copy, "%s", rows[i].log);
		for (char *l = strtok_r(copy, "\n", &save); l != NULL; l = strtok_r(NULL, "\n", &save))
			explain_log_line(&x, l);
		explain_log_end(&x);
		v = rules_decide(&x.evidence, NULL);
		text_init(&t, code, sizeof code);
		diagnosis_code(&t, v);
		if (strcmp(code, rows[i].code) != 0)
			fail_msg("%s: %s instead of %s", rows[i].name, code, rows[i].code);
		text_init(&t, line, sizeof line);
		diagnosis_line(&t, v, &x.evidence, (struct diagnosis_next){ DIAGNOSIS_NEXT_UNSAID, 0 });
		assert_null(strstr(line, "8642"));
		snprintf(words, sizeof words, "%s", rows[i].words);
		for (char *w = strtok_r(words, "|", &save); w != NULL; w = strtok_r(NULL, "|", &save))
			if (strstr(line, w) == NULL)
				fail_msg("%s: '%s' is not in %s", rows[i].name, w, line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(each_log_shows_what_it_shows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
