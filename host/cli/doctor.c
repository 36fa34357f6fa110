/* SPDX-License-Identifier: Apache-2.0 */
/* doctor.c - tern doctor: its command line, and its end. */
#include "cli/doctor.h"

#include "cli/files.h"
#include "cli/plan.h"
#include "cli/say.h"
#include "device/probe.h"
#include "diagnosis/rules.h"

#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { LIMIT_S = 90, MODEM_LIMIT_S = 180, LIMIT_MAX_S = 3600, FILE_MAX = 2 * 1024 * 1024, LEFT = 36, BAUD = 115200 };

static struct doctor doctor;
static _Alignas(16) uint8_t arena[DOCTOR_ARENA];

uint32_t doctor_left(const struct doctor *d, uint32_t most_ms)
{
	uint32_t spent_ms = doctor_net_now() - d->begin_ms;
	uint32_t left_ms = spent_ms < d->limit_ms ? d->limit_ms - spent_ms : 1;

	return left_ms < most_ms ? left_ms : most_ms;
}

void doctor_fail(struct doctor *d, enum err what)
{
	if (d->evidence.err != what)
		evidence_fail(&d->evidence, what);
	if (d->steps.learnt.len == 0)
		doctor_steps_learn(&d->steps, "%s", err_text(what));
	doctor_steps_fact(&d->steps, "error", err_name(what));
	doctor_steps_end(&d->steps, DOCTOR_FAILED, doctor_net_now());
}

/* A name and an address of one server, where --other does not say; the setting `probe` is the device's own choice. */
const char *doctor_other(struct doctor *d)
{
	const char *probe = doctor_settings_get(&d->settings, SETTINGS_PROBE);
	char address[PROBE_ADDRESS_SIZE];
	uint16_t port;

	if (d->other != NULL)
		return d->other;
	if (probe == NULL || (strcmp(probe, PROBE_OFF) != 0 && !probe_address(bytes_of(probe), address, &port)))
		return "one.one.one.one:443=" PROBE_HOST;
	if (strcmp(probe, PROBE_OFF) == 0)
		return NULL;
	snprintf(d->other_text, sizeof d->other_text, "one.one.one.one:443=%s:%u", address, (unsigned)port);
	return d->other_text;
}

void doctor_judge(struct doctor *d)
{
	enum verdict v = rules_decide(&d->evidence, NULL);

	if (d->steps.failed > 0 && d->steps.diagnosis == NULL && v != VERDICT_NONE)
		doctor_steps_verdict(&d->steps, v, &d->evidence);
}

/* ---- options ------------------------------------------------------------------ */

static bool wrong(const char *option, const char *why)
{
	say_error(CLI_USAGE, "doctor: --%s: %s", option, why);
	return false;
}

static bool read_file(const char *option, const char *file, struct buffer *out)
{
	char why[FILES_WHY];

	return files_read(file, FILE_MAX, out, why) || wrong(option, why);
}

static bool set_settings(struct doctor *d, const char *value)
{
	struct buffer text = { 0 };
	char why[DOCTOR_SETTINGS_WHY];
	bool ok = read_file("settings", value, &text);

	if (ok)
		ok = doctor_settings_read(&d->settings, (struct bytes){ (const uint8_t *)buffer_str(&text), text.len },
					  why) || wrong("settings", why);
	buffer_wipe(&text);
	return ok;
}

static bool set_roots(struct doctor *d, const char *value)
{
	if (!read_file("roots", value, &d->settings.roots))
		return false;
	buffer_char(&d->settings.roots, '\n');
	return true;
}

static bool set_one(struct doctor *d, enum settings_key key, const char *value)
{
	char why[DOCTOR_SETTINGS_WHY];

	return doctor_settings_set(&d->settings, key, bytes_of(value), why) || wrong(settings_info(key)->name, why);
}

static bool set_host(struct doctor *d, const char *v)     { return set_one(d, SETTINGS_HOST, v); }
static bool set_port(struct doctor *d, const char *v)     { return set_one(d, SETTINGS_PORT, v); }
static bool set_project(struct doctor *d, const char *v)  { return set_one(d, SETTINGS_PROJECT, v); }
static bool set_region(struct doctor *d, const char *v)   { return set_one(d, SETTINGS_REGION, v); }
static bool set_registry(struct doctor *d, const char *v) { return set_one(d, SETTINGS_REGISTRY, v); }
static bool set_device(struct doctor *d, const char *v)   { return set_one(d, SETTINGS_DEVICE, v); }
static bool set_ntp(struct doctor *d, const char *v)      { return set_one(d, SETTINGS_NTP, v); }
static bool set_apn(struct doctor *d, const char *v)      { return set_one(d, SETTINGS_APN, v); }
static bool set_apn_user(struct doctor *d, const char *v) { return set_one(d, SETTINGS_APN_USER, v); }

static bool readable(const char *option, const char *file)
{
	return strcmp(file, "-") == 0 || access(file, R_OK) == 0 || wrong(option, "that file cannot be read");
}

static bool set_key(struct doctor *d, const char *v)
{
	d->key_file = v;
	return readable("key", v);
}

static bool set_token(struct doctor *d, const char *v)
{
	d->token_file = v;
	return readable("token", v);
}

static bool set_pin_file(struct doctor *d, const char *v)
{
	d->pin_file = v;
	return readable("pin-file", v);
}

static bool set_server(struct doctor *d, const char *v)
{
	char why[DOCTOR_NET_WHY];

	return doctor_net_add(&d->net, v, why) || wrong("server", why);
}

static bool set_other(struct doctor *d, const char *v)
{
	struct doctor_net list = { .maps = 0 };
	char why[DOCTOR_NET_WHY];

	d->other = v;
	return doctor_net_add(&list, v, why) || wrong("other", why);
}

static bool set_limit(struct doctor *d, const char *v)
{
	uint32_t s;

	if (!bytes_to_u32(bytes_of(v), LIMIT_MAX_S, &s) || s == 0)
		return wrong("timeout", "a number of seconds from 1 to 3600 belongs there");
	d->limit_ms = s * 1000;
	return true;
}

static bool set_modem(struct doctor *d, const char *v)
{
	d->modem = v;
	return true;
}

static bool set_baud(struct doctor *d, const char *v)
{
	return bytes_to_u32(bytes_of(v), 921600, &d->baud) || wrong("baud", "a speed such as 115200 belongs there");
}

static bool set_flow(struct doctor *d, const char *v)
{
	(void)v;
	return d->flow_control = true;
}

static bool set_json(struct doctor *d, const char *v)
{
	(void)v;
	return d->steps.json = true;
}

static bool set_show_token(struct doctor *d, const char *v)
{
	(void)v;
	return d->show_token = true;
}

static const struct {
	const char *name, *value;      /* VALUE NULL: takes none */
	bool      (*set)(struct doctor *d, const char *value);
	const char *help;
} options[] = {
	{ "settings",       "FILE",     set_settings,   "what the device's 'export' prints; '-' is standard input" },
	{ "host",           "NAME",     set_host,       "the server" },
	{ "port",           "N",        set_port,       "its port (8883)" },
	{ "project",        "ID",       set_project,    "the ids of the device's login: all four, or none" },
	{ "region",         "ID",       set_region,     "its region" },
	{ "registry",       "ID",       set_registry,   "the registry's id" },
	{ "device",         "ID",       set_device,     "the device's id" },
	{ "roots",          "FILE",     set_roots,      "root certificates, PEM; besides those of --settings" },
	{ "key",            "FILE",     set_key,        "the device's private key, PEM: a token is made with it" },
	{ "token",          "FILE",     set_token,      "a token that was made elsewhere, in place of --key" },
	{ "show-token",     NULL,       set_show_token, "print the token, without its signature" },
	{ "ntp",            "NAME",     set_ntp,        "the time server (pool.ntp.org, as on a device)" },
	{ "server",         "N:P=A:P",  set_server,     "reach port P of name N at address A, port P; repeatable" },
	{ "other",          "N:P=A:P",  set_other,      "another server that works, to compare with (1.1.1.1)" },
	{ "timeout",        "S",        set_limit,      "seconds for all of it (90; with --modem 180)" },
	{ "json",           NULL,       set_json,       "one object, for scripts" },
	{ "modem",          "LINE",     set_modem,      "through the modem there: a TTY, socket or tcp:HOST:PORT" },
	{ "apn",            "NAME",     set_apn,        "of the modem's data connection" },
	{ "apn-user",       "NAME",     set_apn_user,   "the name that it wants, if it wants one" },
	{ "pin-file",       "FILE",     set_pin_file,   "the SIM's PIN; it is tried once, and only with this option" },
	{ "baud",           "N",        set_baud,       "of the modem's line (115200)" },
	{ "flow-control",   NULL,       set_flow,       "RTS and CTS are wired" },
};

enum { COUNT = sizeof options / sizeof options[0] };

static int help(void)
{
	char left[48];

	printf("Usage: tern doctor [OPTION]...\n"
	       "Go the way of a device to its server from this computer, and name the step that fails.\n"
	       "With --modem: look at modem, SIM, network and data connection first, and go through them.\n\n");
	for (size_t i = 0; i < COUNT; i++) {
		snprintf(left, sizeof left, "--%s%s%s", options[i].name, options[i].value != NULL ? " " : "",
			 options[i].value != NULL ? options[i].value : "");
		printf("  %-*s %s\n", LEFT - 12, left, options[i].help);
	}
	printf("  %-*s %s\n", LEFT - 12, "--help", "this text");
	printf("\nA device that is connected with these ids is cut off by a login from here, and comes\n"
	       "back by itself.\n"
	       "Exit status: 0 no step failed; 1 a step failed; 2 an option or a file is wrong.\n");
	return say_flush(CLI_OK);
}

enum read_result { READ_RUN, READ_HELP, READ_WRONG };

static enum read_result read_options(struct doctor *d, int argc, char **argv)
{
	struct option table[COUNT + 2] = { [COUNT] = { "help", no_argument, NULL, COUNT } };
	int i;

	for (i = 0; i < COUNT; i++)
		table[i] = (struct option){ options[i].name, options[i].value != NULL ? required_argument : no_argument,
					    NULL, i };
	opterr = 0;
	optind = 0;
	while ((i = getopt_long(argc, argv, "+:", table, NULL)) != -1) {
		if (i == COUNT)
			return READ_HELP;
		if (i == ':' || i == '?') {
			say_error(CLI_USAGE,
				  i == ':' ? "doctor: %.80s lacks its value"
					   : "doctor: there is no option '%.80s'; "
					     "'tern doctor --help' lists them",
				  argv[optind - 1]);
			return READ_WRONG;
		}
		if (!options[i].set(d, optarg))
			return READ_WRONG;
	}
	if (optind == argc)
		return READ_RUN;
	say_error(CLI_USAGE, "doctor: takes no '%.80s'; 'tern doctor --help' lists the options", argv[optind]);
	return READ_WRONG;
}

static bool complete(struct doctor *d)
{
	if (d->key_file != NULL && d->token_file != NULL)
		return wrong("token", "either a key or a token belongs to a login, not both");
	if (d->modem == NULL && doctor_settings_get(&d->settings, SETTINGS_HOST) == NULL)
		return wrong("host", "which server?  --settings FILE or --host NAME says");
	if (d->modem == NULL && d->pin_file != NULL)
		return wrong("pin-file", "that is for a modem: --modem LINE");
	if (d->limit_ms == 0)
		d->limit_ms = (d->modem != NULL ? MODEM_LIMIT_S : LIMIT_S) * 1000;
	return true;
}

/* ---- all of it -------------------------------------------------------------------- */

/* What a sentence that was made for devices leaves open when it is a computer that was looked from. */
static const struct {
	enum verdict v;
	const char  *note;
} notes[] = {
	{ VERDICT_TCP_TIME_1, "from this computer no SIM is in the way: a firewall of its network, or the server." },
	{ VERDICT_TLS_SLOW_1, "from this computer no antenna is in the way: its network, or the server, is slow." },
	{ VERDICT_TLS_DAMAGED_1,
	  "from this computer no serial line is in the way: something on its network changes bytes." },
	{ VERDICT_TLS_FUTURE_1, "the clock is this computer's: 'timedatectl' shows where its time comes from." },
	{ VERDICT_TLS_EXPIRED_2, "the clock is this computer's: 'timedatectl' shows where its time comes from." },
	{ VERDICT_TLS_PORTAL_1, "seen from this computer's network: its proxy or login page may be what answered." },
	{ VERDICT_TLS_MITM_1, "a proxy or virus scanner of this computer's network may do that." },
	{ VERDICT_TLS_VERSION_1, "this program speaks TLS 1.2 and 1.3; an image for the STM32F103 speaks TLS 1.2." },
};

static void add_notes(struct doctor *d)
{
	enum verdict v = rules_decide(&d->evidence, NULL);

	if (d->settings.secrets > 0)
		doctor_steps_note(&d->steps,
				  "secrets in the settings were passed over: %u; a PIN is given with --pin-file.",
				  d->settings.secrets);
	for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++)
		if (d->steps.failed > 0 && d->modem == NULL && notes[i].v == v)
			doctor_steps_note(&d->steps, "%s", notes[i].note);
}

static void examine(struct doctor *d)
{
	d->begin_ms = doctor_net_now();
	if (d->modem != NULL)
		doctor_modem(d);
	else
		doctor_walk(d);
	doctor_judge(d);
	add_notes(d);
}

static void end(struct doctor *d)
{
	bytes_wipe(d->key, sizeof d->key);
	bytes_wipe(d->token, sizeof d->token);
	bytes_wipe(arena, sizeof arena);
	doctor_settings_free(&d->settings);
}

int doctor_main(int argc, char **argv)
{
	struct doctor *d = &doctor;
	enum read_result result;
	int status;

	doctor_settings_init(&d->settings);
	evidence_init(&d->evidence);
	evidence_begin(&d->evidence);
	d->baud = BAUD;
	result = read_options(d, argc, argv);
	if (result == READ_HELP)
		return help();
	if (result == READ_WRONG || !complete(d))
		return CLI_USAGE;
	crypto_init(&d->crypto, arena, sizeof arena, "tern doctor", 11);
	if (plan_seed(&d->crypto) != ERR_OK)
		return say_error(CLI_USAGE, "doctor: this system has no random numbers");
	findings_init(&d->findings);
	doctor_steps_init(&d->steps, d->steps.json);
	examine(d);
	status = d->steps.failed > 0 ? CLI_REFUSED : CLI_OK;
	doctor_steps_finish(&d->steps, &d->findings);
	end(d);
	return say_flush(status);
}
