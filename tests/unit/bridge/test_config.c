/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/cmocka_all.h"

#include "bridge/config.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEEDED "certificate=server.pem\nkey=server.key\ndata=data\nadmin_token_file=token\n"

static bool parse(struct config *c, const char *text, size_t len, char error[CONFIG_ERROR])
{
	uint8_t *exact = malloc(len + 1);
	bool ok;

	memcpy(exact, text, len);
	error[0] = '\0';
	ok = config_parse(c, (struct bytes){ exact, len }, "/etc/b/x.conf", error);
	free(exact);
	return ok;
}

/* ---- refusals --------------------------------------------------------------- */

static const struct { const char *name, *text, *error; } refusals[] = {
	{ "unknown",                "colour = red\n", "line 1: there is no key 'colour'" },
	{ "misspelt",               "data=d\ncerificate = x\n", "line 2: there is no key 'cerificate'; the nearest is 'certificate'" },
	{ "no_equals",              "# a\n\nlisten\n", "line 3: 'listen' is not 'key = value'" },
	{ "section",                "[bridge]\n", "line 1: '[bridge]' is not 'key = value'" },
	{ "no_value",               "data =  # none\n", "line 1: data has no value" },
	{ "twice",                  "data = a\nnode = b\ndata = c\n", "line 3: data = 'c': it is already given in line 1" },
	{ "sink_twice",             "sink = log\nsink = log\n", "line 2: sink = 'log': it is given twice" },
	{ "sink_unknown",           "sink = kafka\n", "sink = 'kafka': there are log and mqtt" },
	{ "listen_five_times",      "listen=a:1\nlisten=a:2\nlisten=a:3\nlisten=a:4\nlisten=a:5\n", "line 5: listen = 'a:5': it may be given 4 times" },
	{ "certificate_three_times", "certificate=a\ncertificate=b\ncertificate=c\n", "line 3: certificate = 'c': it may be given 2 times" },
	{ "number_word",            "messages_per_s = many\n", "messages_per_s = 'many': it must be a number from 1 to 1000000" },
	{ "number_below",           "messages_per_s = 0\n", "messages_per_s = '0': it must be a number from 1" },
	{ "number_above",           "state_max = 65537\n", "state_max = '65537': it must be a number from 1 to 65536" },
	{ "number_beyond_32_bits",  "stop_s = 4294967297\n", "stop_s = '4294967297'" },
	{ "number_negative",        "stop_s = -1\n", "stop_s = '-1'" },
	{ "number_with_unit",       "stop_s = 10s\n", "stop_s = '10s'" },
	{ "number_hex",             "stop_s = 0x10\n", "stop_s = '0x10'" },
	{ "port_0",                 "mqtt_port = 0\n", "mqtt_port = '0': it must be a number from 1 to 65535" },
	{ "yes_no",                 "strict = maybe\n", "strict = 'maybe': it must be yes or no" },
	{ "quotes",                 "host = \"bridge.example.com\"\n", "quotes would be part of the value" },
	{ "tilde",                  "data = ~/bridge\n", "'~' is not replaced here" },
	{ "address_without_port",   "listen = 8883\n", "listen = '8883': it must be address:port" },
	{ "address_port_word",      "listen = [::]:mqtts\n", "it must be address:port" },
	{ "address_port_too_high",  "listen = [::]:65536\n", "it must be address:port" },
	{ "address_missing",        "listen = :8883\n", "the address is missing" },
	{ "address_without_brackets", "listen = ::1:8883\n", "stands in brackets" },
	{ "nul",                    "data = a\0b\n", "line 1: byte 9 is 0x00" },
	{ "escape_sequence",        "data = a\x1b[2Jb\n", "line 1: byte 9 is 0x1b" },
	{ "utf16",                  "\xff\xfe" "d\0a\0", "line 1: byte 4 is 0x00" },
	{ "certificate_missing",    "key=k\ndata=d\nadmin_token_file=t\n", "certificate is missing" },
	{ "key_missing",            "certificate=c\ndata=d\nadmin_token_file=t\n", "each certificate needs its key" },
	{ "second_key_missing",     NEEDED "certificate=c\n", "each certificate needs its key" },
	{ "a_key_too_many",         NEEDED "key=c\n", "each key needs its certificate" },
	{ "data_missing",           "certificate=c\nkey=k\nadmin_token_file=t\n", "data is missing" },
	{ "token_file_missing",     "certificate=c\nkey=k\ndata=d\n", "admin_token_file is missing" },
	{ "admin_open_without_tls", NEEDED "admin_listen = 0.0.0.0:8080\n", "it needs admin_certificate" },
	{ "admin_any_v6",           NEEDED "admin_listen = [::]:8080\n", "it needs admin_certificate" },
	{ "admin_looks_like_loopback", NEEDED "admin_listen = 127.evil.example:8080\n", "it needs admin_certificate" },
	{ "admin_key_alone",        NEEDED "admin_key = k\n", "go together" },
	{ "mqtt_without_host",      NEEDED "sink = mqtt\n", "'sink = mqtt' needs mqtt_host" },
	{ "mqtt_without_sink",      NEEDED "mqtt_host = h\n", "without 'sink = mqtt'" },
	{ "mqtt_key_alone",         NEEDED "sink=mqtt\nmqtt_host=h\nmqtt_ca=c\nmqtt_key=k\n", "go together" },
	{ "mqtt_certificate_plain", NEEDED "sink=mqtt\nmqtt_host=h\nmqtt_certificate=c\nmqtt_key=k\n", "needs mqtt_ca" },
	{ "mqtt_password_alone",    NEEDED "sink=mqtt\nmqtt_host=h\nmqtt_password_file=p\n", "needs mqtt_user" },
	{ "held_less_than_one",     NEEDED "event_max=1048576\nheld_kb=512\n", "held_kb is less" },
	{ "empty",                  "", "certificate is missing" },
};

/* By hand: a text may hold zeros. */
static size_t length_of(const char *name, const char *text)
{
	return strcmp(name, "nul") == 0 ? 11 : strcmp(name, "utf16") == 0 ? 6 : strlen(text);
}

static void what_is_wrong_is_named_with_its_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
		char error[CONFIG_ERROR];
		struct config c;

		if (parse(&c, refusals[i].text, length_of(refusals[i].name, refusals[i].text), error) ||
		    strstr(error, refusals[i].error) == NULL || strstr(error, "/etc/b/x.conf") != error)
			fail_msg("%s: '%s'", refusals[i].name, error);
		assert_null(c.data);
	}
}

static void a_long_line_is_refused(void **state)
{
	char text[6000], error[CONFIG_ERROR];
	struct config c;

	(void)state;
	memset(text, 'x', sizeof text);
	memcpy(text, "data = ", 7);
	assert_false(parse(&c, text, sizeof text, error));
	assert_non_null(strstr(error, "line 1: the line has 6000 bytes"));
	assert_false(parse(&c, text, 4100, error));
	assert_non_null(strstr(error, "at most 4000 are taken"));
}

/* ---- values ----------------------------------------------------------------- */

static void what_is_not_said_is_as_google_had_it(void **state)
{
	char error[CONFIG_ERROR];
	struct config c;

	(void)state;
	if (!parse(&c, NEEDED, sizeof NEEDED - 1, error))
		fail_msg("%s", error);
	assert_int_equal(c.listens, 1);
	assert_string_equal(c.listen[0].host, "::");
	assert_int_equal(c.listen[0].port, 8883);
	assert_string_equal(c.admin_listen.host, "127.0.0.1");
	assert_int_equal(c.admin_listen.port, 8080);
	assert_string_equal(c.certificate[0], "/etc/b/server.pem");
	assert_string_equal(c.data, "/etc/b/data");
	assert_true(c.sink_log && !c.sink_mqtt && !c.strict);
	assert_int_equal(c.skew_s, 600);
	assert_int_equal(c.token_life_s, 86400);
	assert_int_equal(c.idle_s, 1200);
	assert_int_equal(c.event_max, 262144);
	assert_int_equal(c.state_max, 65536);
	assert_int_equal(c.messages_per_s, 100);
	assert_int_equal(c.bytes_per_s, 524288);
	assert_int_equal(c.state_interval_ms, 1000);
	assert_int_equal(c.config_interval_ms, 1000);
	assert_null(c.mqtt_host);
	config_free(&c);
	assert_null(c.data);
	config_free(&c);
}

static void all_that_can_be_said(void **state)
{
	static const char text[] = "\n  # devices\nlisten=[::1]:8883\r\n\tlisten = 0.0.0.0:443 # for firewalls\nlisten=bridge:0\n"
		"certificate=/a/ec.pem\nkey=/a/ec.key\ncertificate = rsa.pem\nkey = rsa.key\ndata=/var/d\nadmin_token_file=t#1\n"
		"admin_listen=bridge.example.com:8443\nadmin_certificate=a\nadmin_key=b\nsink=mqtt\nmqtt_host=10.0.0.1\n"
		"mqtt_port=8883\nmqtt_user=a = b\nstrict=true\nnode=n 1";
	char error[CONFIG_ERROR];
	struct config c;

	(void)state;
	if (!parse(&c, text, sizeof text - 1, error))
		fail_msg("%s", error);
	assert_int_equal(c.listens, 3);
	assert_string_equal(c.listen[0].host, "::1");
	assert_int_equal(c.listen[1].port, 443);
	assert_int_equal(c.listen[2].port, 0);
	assert_int_equal(c.certificates, 2);
	assert_string_equal(c.key[0], "/a/ec.key");
	assert_string_equal(c.key[1], "/etc/b/rsa.key");
	assert_string_equal(c.admin_token_file, "/etc/b/t#1");
	assert_string_equal(c.admin_listen.host, "bridge.example.com");
	assert_true(c.sink_mqtt && !c.sink_log && c.strict);
	assert_string_equal(c.mqtt_user, "a = b");
	assert_string_equal(c.node, "n 1");
	config_free(&c);
}

/* What `init` writes as a comment holds when the '#' is taken away. */
static void every_default_is_a_value(void **state)
{
	const char *value, *meaning, *name;
	char text[512], error[CONFIG_ERROR];
	struct config c;

	(void)state;
	for (unsigned i = 0; (name = config_key(i, &value, &meaning)) != NULL; i++) {
		assert_true(meaning[0] != '\0');
		if (name[0] == '\0' || value == NULL || strcmp(name, "sink") == 0)
			continue;
		snprintf(text, sizeof text, "%s%s = %s\n", NEEDED, name, value);
		if (!parse(&c, text, strlen(text), error))
			fail_msg("%s", error);
		config_free(&c);
	}
}

static void the_manual_has_every_key(void **state)
{
	static char manual[65536];
	FILE *f = fopen("host/bridge/tern-bridge.conf.5", "r");
	const char *value, *meaning, *name;
	char heading[64];

	(void)state;
	assert_non_null(f);
	manual[fread(manual, 1, sizeof manual - 1, f)] = '\0';
	fclose(f);
	for (unsigned i = 0; (name = config_key(i, &value, &meaning)) != NULL; i++) {
		const char *at;

		if (name[0] == '\0')
			continue;
		snprintf(heading, sizeof heading, "\n.BR %s ", name);
		at = strstr(manual, heading);
		if (at == NULL)
			fail_msg("tern-bridge.conf.5 lacks '%s'", name);
		if (value != NULL) {
			char shown[64];

			snprintf(shown, sizeof shown, "(%s)", value);
			if (strstr(at, shown) == NULL ||
			    strstr(at, shown) > strchr(at + 1, '\n'))
				fail_msg("tern-bridge.conf.5 lacks the default of '%s', %s", name, shown);
		}
	}
}

static void loopback(void **state)
{
	static const struct { const char *host; bool is; } hosts[] = {
		{ "127.0.0.1", true },  { "127.1.2.3", true }, { "::1", true },          { "localhost", true },
		{ "0.0.0.0", false },   { "::", false },       { "127.evil.org", false }, { "127.0.0.1.x", false },
		{ "10.0.0.1", false },  { "", false },         { "::ffff:127.0.0.1", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
		if (config_is_loopback(hosts[i].host) != hosts[i].is)
			fail_msg("%s", hosts[i].host);
}

/* ---- files ------------------------------------------------------------------ */

static char folder[] = "/tmp/tern-config-XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
	char file[64];

	(void)state;
	snprintf(file, sizeof file, "%s/f", folder);
	(void)unlink(file);
	return rmdir(folder);
}

static const char *write_file(const char *text, mode_t mode)
{
	static char file[64];
	FILE *f;

	snprintf(file, sizeof file, "%s/f", folder);
	f = fopen(file, "w");
	fputs(text, f);
	fclose(f);
	chmod(file, mode);
	return file;
}

static void files_that_are_none(void **state)
{
	char error[CONFIG_ERROR];
	struct config c;

	(void)state;
	assert_false(config_read(&c, "/nowhere/x.conf", error));
	assert_string_equal(error, "/nowhere/x.conf: No such file or directory");
	assert_false(config_read(&c, folder, error));
	assert_non_null(strstr(error, "Is a directory"));
	assert_false(config_read(&c, "/dev/zero", error));
	assert_null(c.data);
}

static void secrets(void **state)
{
	static const struct { const char *text; mode_t mode; const char *error, *secret; } rows[] = {
		{ "pass word\n",    0600, NULL, "pass word" },   { "p",             0640, NULL, "p" },
		{ "p\r\n\n",        0400, NULL, "p" },           { "",              0600, "is empty", NULL },
		{ "\n",             0600, "is empty", NULL },    { "a\nb\n",        0600, "holds more", NULL },
		{ "p",              0644, "mode is 0644", NULL }, { "p",            0620, "mode is 0620", NULL },
		{ "p",              0604, "mode is 0604", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char error[CONFIG_ERROR] = "", secret[CONFIG_SECRET];
		bool ok = config_read_secret(write_file(rows[i].text, rows[i].mode), secret, error);

		if (ok != (rows[i].error == NULL) || (!ok && strstr(error, rows[i].error) == NULL))
			fail_msg("%zu: '%s'", i, error);
		if (ok)
			assert_string_equal(secret, rows[i].secret);
	}
}

static void admin_tokens(void **state)
{
	static const char token[] = "m_bEyDYz7XfHvTy5sAJ2HUSwnvXfWlEvDZb2WsMYyo4";
	uint8_t want[32], hash[32];
	char line[128] = "sha256:", error[CONFIG_ERROR];

	(void)state;
	SHA256((const uint8_t *)token, sizeof token - 1, want);
	for (int i = 0; i < 32; i++)
		snprintf(line + 7 + 2 * i, 3, "%02x", want[i]);
	assert_true(config_read_token(write_file(line, 0644), hash, error));      /* a hash is no secret */
	assert_memory_equal(hash, want, 32);
	assert_true(config_read_token(write_file(token, 0600), hash, error));
	assert_memory_equal(hash, want, 32);
	assert_false(config_read_token(write_file(token, 0644), hash, error));
	assert_non_null(strstr(error, "mode is 0644"));
	assert_null(strstr(error, token));
	assert_false(config_read_token(write_file("secret", 0600), hash, error));
	assert_non_null(strstr(error, "at least 32"));
	line[20] = 'g';
	assert_false(config_read_token(write_file(line, 0600), hash, error));
	assert_non_null(strstr(error, "64 hex digits"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_is_named_with_its_line),
		cmocka_unit_test(a_long_line_is_refused),
		cmocka_unit_test(what_is_not_said_is_as_google_had_it),
		cmocka_unit_test(all_that_can_be_said),
		cmocka_unit_test(every_default_is_a_value),
		cmocka_unit_test(the_manual_has_every_key),
		cmocka_unit_test(loopback),
		cmocka_unit_test(files_that_are_none),
		cmocka_unit_test(secrets),
		cmocka_unit_test(admin_tokens),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
