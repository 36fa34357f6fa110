/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { TIMEOUT_S = 20 };

static bool wrong(const char *why)
{
	fprintf(stderr, "tern provision: %s\n", why);
	return false;
}

/* ---- secrets ------------------------------------------------------------ */

/* Moves TEXT to the place of the secret NAME: the list of processes shows a
 * command line to everybody. */
static bool set_secret(struct options *o, const char *name, char *text)
{
	char *place = strcmp(name, "pin") == 0 ? o->pin : o->apn_password, why[PLAN_WHY];
	size_t len = strlen(text);
	bool ok = len < OPTIONS_SECRET;

	if (ok && o->plan.value[name[0] == 'p' ? SETTINGS_PIN : SETTINGS_APN_PASSWORD] == NULL)
		memcpy(place, text, len + 1);
	bytes_wipe(text, len);
	if (!ok)
		snprintf(why, sizeof why, "the value of %s is too long", name);
	return (ok && plan_set(&o->plan, name, place, why)) || wrong(why);
}

static volatile sig_atomic_t ended_by;

static void on_end(int number)
{
	ended_by = number;
}

/* fgets(), which a signal that ends the program ends first. */
static char *read_line(char *buf, size_t size, FILE *tty)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	enum { COUNT = sizeof numbers / sizeof numbers[0] };
	struct sigaction action = { .sa_handler = on_end }, before[COUNT];
	char *got;

	for (size_t i = 0; i < COUNT; i++)
		sigaction(numbers[i], &action, &before[i]);
	got = fgets(buf, (int)size, tty);
	for (size_t i = 0; i < COUNT; i++)
		sigaction(numbers[i], &before[i], NULL);
	return got;
}

static char *prompt(const char *name, char *buf, size_t size)
{
	FILE *tty = fopen("/dev/tty", "r+e");
	struct termios before, silent;
	char *got = NULL;

	if (tty == NULL)
		return NULL;
	setvbuf(tty, NULL, _IONBF, 0);
	fprintf(tty, "%s: ", name);
	if (tcgetattr(fileno(tty), &before) == 0) {
		silent = before;
		silent.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(fileno(tty), TCSAFLUSH, &silent);
		got = read_line(buf, size, tty);
		tcsetattr(fileno(tty), TCSAFLUSH, &before);
		fputc('\n', tty);
	}
	fclose(tty);
	if (ended_by != 0)                        /* the terminal echoes again: now it may */
		raise(ended_by);
	return got;
}

/* The first line of the file PATH; "-" asks on the terminal. */
static bool read_secret(struct options *o, const char *name, const char *path)
{
	char buf[OPTIONS_SECRET + 2], why[PLAN_WHY], *got;
	FILE *f = strcmp(path, "-") == 0 ? NULL : fopen(path, "re");

	if (f == NULL && strcmp(path, "-") != 0) {
		snprintf(why, sizeof why, "--%s-file %s: %s", name, path, strerror(errno));
		return wrong(why);
	}
	if (f != NULL)
		setvbuf(f, NULL, _IONBF, 0);      /* no copy in a buffer of the library's */
	got = f != NULL ? fgets(buf, sizeof buf, f) : prompt(name, buf, sizeof buf);
	if (f != NULL)
		fclose(f);
	if (got == NULL) {
		snprintf(why, sizeof why, "--%s-file %s: %s", name, path, f != NULL ? "the file is empty" :
			 "there is no terminal to ask on");
		return wrong(why);
	}
	buf[strcspn(buf, "\r\n")] = '\0';
	return set_secret(o, name, buf);
}

/* ---- one function an option --------------------------------------------- */

static bool set_pin(struct options *o, char *v)
{
	return set_secret(o, "pin", v);
}

static bool set_password(struct options *o, char *v)
{
	return set_secret(o, "apn-password", v);
}

static bool set_pin_file(struct options *o, char *v)
{
	return read_secret(o, "pin", v);
}

static bool set_password_file(struct options *o, char *v)
{
	return read_secret(o, "apn-password", v);
}

static bool set_connection(struct options *o, char *v)
{
	char why[PLAN_WHY];

	return plan_set_connection(&o->plan, v, why) || wrong(why);
}

/* "interval=60" */
static bool set_any(struct options *o, char *v)
{
	char *equals = strchr(v, '='), why[PLAN_WHY];

	if (equals == NULL)
		return wrong("--set: not NAME=VALUE");
	*equals = '\0';
	if (strcasecmp(v, "pin") == 0 || strcasecmp(v, "apn-password") == 0)
		return set_secret(o, strcasecmp(v, "pin") == 0 ? "pin" : "apn-password", equals + 1);
	return plan_set(&o->plan, v, equals + 1, why) || wrong(why);
}

static bool set_root(struct options *o, char *v)
{
	char why[PLAN_WHY];

	return plan_add_roots(&o->plan, v, why) || wrong(why);
}

static bool set_key(struct options *o, char *v)
{
	char why[PLAN_WHY];

	if (o->plan.has_key)
		return wrong("--key is given twice");
	return plan_read_key(&o->plan, v, why) || wrong(why);
}

static bool set_new_key(struct options *o, char *v)
{
	(void)v;
	o->plan.new_key = true;
	return true;
}

static bool set_save_key(struct options *o, char *v)
{
	char why[PLAN_WHY];

	o->board.save_key = v;
	if (access(v, F_OK) != 0)
		return true;
	snprintf(why, sizeof why, "%s exists already and is not written over; --key %s gives the device the key in it",
		 v, v);
	return wrong(why);
}

static bool set_public(struct options *o, char *v)
{
	o->public_path = v;
	return true;
}

static bool set_start(struct options *o, char *v)
{
	(void)v;
	o->board.start = true;
	return true;
}

static bool set_no_start(struct options *o, char *v)
{
	(void)v;
	o->board.start = false;
	return true;
}

static bool seconds(const char *option, const char *v, int64_t *ms)
{
	char why[PLAN_WHY];
	uint32_t s;

	if (bytes_to_u32(bytes_of(v), 86400, &s) && s > 0) {
		*ms = (int64_t)s * 1000;
		return true;
	}
	snprintf(why, sizeof why, "--%s '%.40s' is not a number of seconds from 1 to 86400", option, v);
	return wrong(why);
}

static bool set_wait(struct options *o, char *v)
{
	return seconds("wait", v, &o->board.wait_ms);
}

static bool set_timeout(struct options *o, char *v)
{
	return seconds("timeout", v, &o->board.timeout_ms);
}

static bool set_csv(struct options *o, char *v)
{
	o->csv = v;
	return true;
}

static bool set_log(struct options *o, char *v)
{
	o->log = v;
	return true;
}

static bool set_watch(struct options *o, char *v)
{
	(void)v;
	o->watch = true;
	return true;
}

static bool set_register(struct options *o, char *v)
{
	(void)v;
	o->enroll = true;
	return true;
}

static bool set_no_register(struct options *o, char *v)
{
	(void)v;
	o->enroll = false;
	return true;
}

static bool set_bridge(struct options *o, char *v)
{
	o->bridge.bridge = v;
	o->enroll = true;
	return true;
}

static bool set_token_file(struct options *o, char *v)
{
	o->bridge.token_file = v;
	return true;
}

static bool set_ca(struct options *o, char *v)
{
	o->bridge.ca = v;
	return true;
}

static bool set_verbose(struct options *o, char *v)
{
	(void)v;
	o->board.verbose = true;
	return true;
}

/* ---- the table ---------------------------------------------------------- */

/* SET NULL: the setting of that name. */
static const struct row {
	const char *name, *value;      /* NULL: takes none */
	bool      (*set)(struct options *o, char *value);
	const char *help;
} rows[] = {
	{ "host",              "NAME",       NULL,              "the server to connect to" },
	{ "port",              "N",          NULL,              "its port (8883)" },
	{ "project",           "ID",         NULL,              "who the device is: project," },
	{ "region",            "ID",         NULL,              "region," },
	{ "registry",          "ID",         NULL,              "registry" },
	{ "device",            "ID",         NULL,              "and device" },
	{ "connection",        "STRING",     set_connection,
	  "all four: project-id=...;registry-id=...;device-id=...;cloud-region=..." },
	{ "root",              "FILE",       set_root,
	  "the server's root certificates, PEM (repeatable); others are removed" },
	{ "apn",               "NAME",       NULL,              "the mobile network's access point" },
	{ "apn-user",          "NAME",       NULL,              "its user name" },
	{ "apn-password",      "TEXT",       set_password,      "its password; stays in a shell's history" },
	{ "apn-password-file", "FILE",       set_password_file, "the same, from a file; - asks on the terminal" },
	{ "pin",               "DIGITS",     set_pin,           "of the SIM; the same holds" },
	{ "pin-file",          "FILE",       set_pin_file,      "the same, from a file; - asks on the terminal" },
	{ "set",               "NAME=VALUE", set_any,
	  "any other setting, as 'get' on the console lists them (repeatable)" },
	{ "key",               "FILE",       set_key,
	  "give the device this private key, PEM, instead of having it make one" },
	{ "save-key",          "FILE",       set_save_key,      "make the key here, and keep it in FILE too" },
	{ "new-key",           NULL,         set_new_key,       "replace the key that the device has" },
	{ "public",            "FILE",       set_public,
	  "write the public key, PEM; with --csv: to FILE/DEVICE.pem" },
	{ "register",          NULL,         set_register,
	  "register device and public key at a bridge (default when one is configured)" },
	{ "no-register",       NULL,         set_no_register,   "do not" },
	{ "bridge",            "URL",        set_bridge,
	  "its admin interface (TERN_BRIDGE_URL, http://127.0.0.1:8080)" },
	{ "token-file",        "FILE",       set_token_file,    "its admin token (TERN_BRIDGE_TOKEN_FILE)" },
	{ "ca",                "FILE",       set_ca,            "its root, PEM (TERN_BRIDGE_CA)" },
	{ "start",             NULL,         set_start,         "start the device (default)" },
	{ "no-start",          NULL,         set_no_start,      "leave it stopped" },
	{ "wait",              "SECONDS",    set_wait,          "then wait until its first message is acknowledged" },
	{ "timeout",           "SECONDS",    set_timeout,       "to find the device's prompt (20)" },
	{ "csv",               "FILE",       set_csv,
	  "many boards, a row each: a column 'device' and any other setting" },
	{ "log",               "FILE",       set_log,
	  "with --csv: what became of each; rows that are done are passed over" },
	{ "watch",             NULL,         set_watch,         "with --csv: go on as soon as another board is there" },
	{ "verbose",           NULL,         set_verbose,
	  "show the conversation with the device, secrets as ****" },
	{ "help",              NULL,         NULL,              "this text" },
	{ "version",           NULL,         NULL,              "the version" },
};
enum { ROWS = sizeof rows / sizeof rows[0], HELP = ROWS - 2, VERSION = ROWS - 1 };

static void print_help(void)
{
	char left[40];

	printf("Usage: tern provision LINE [OPTION]...\n"
	       "Makes a board a device that connects: seed, key, roots, settings, its own check, start.\n"
	       "LINE is its console: a serial port, unix:PATH or tcp:HOST:PORT.\n"
	       "What is not given stays as it is on the device.\n\n");
	for (size_t i = 0; i < ROWS; i++) {
		snprintf(left, sizeof left, "--%s%s%s", rows[i].name, rows[i].value != NULL ? " " : "",
			 rows[i].value != NULL ? rows[i].value : "");
		printf("  %-26s %s\n", left, rows[i].help);
	}
	printf("\nExit status: 0 done; 1 the device refused a part; 2 an option, a file or this board does not fit,\n"
	       "nothing was changed; 3 no device or no bridge, or it was lost; 4 nothing was acknowledged in time;\n"
	       "5 some boards of --csv failed; 130 interrupted.\n");
}

static bool complete(const struct options *o)
{
	if (o->board.line == NULL)
		return wrong("which line? Give the port of the device's console, for example /dev/ttyUSB0");
	if (o->plan.has_key && o->board.save_key != NULL)
		return wrong("--key and --save-key exclude each other");
	if (!o->board.start && o->board.wait_ms > 0)
		return wrong("--wait waits for a device that --no-start leaves stopped");
	if (o->csv == NULL && (o->log != NULL || o->watch))
		return wrong("--log and --watch belong to --csv");
	if (o->csv != NULL && o->log == NULL)
		return wrong("--csv needs --log FILE: what became of each board, and where the next run goes on");
	if (o->csv != NULL && (o->plan.has_key || o->board.save_key != NULL))
		return wrong("with --csv each board makes its own key: neither --key nor --save-key");
	if (o->csv != NULL && o->plan.value[SETTINGS_DEVICE] != NULL)
		return wrong("with --csv the device ids stand in the file");
	return true;
}

static enum options_result apply(struct options *o, const struct row *row, char *value)
{
	char why[PLAN_WHY];

	if (row->set != NULL)
		return row->set(o, value) ? OPTIONS_RUN : OPTIONS_WRONG;
	return plan_set(&o->plan, row->name, value, why) || wrong(why) ? OPTIONS_RUN : OPTIONS_WRONG;
}

enum options_result options_parse(struct options *o, int argc, char **argv)
{
	struct option table[ROWS + 1] = { { 0 } };
	int i;

	*o = (struct options){ .board = { .start = true, .timeout_ms = TIMEOUT_S * 1000 } };
	o->enroll = client_is_configured(&o->bridge);
	for (i = 0; i < ROWS; i++) {
		table[i].name = rows[i].name;
		table[i].has_arg = rows[i].value != NULL ? required_argument : no_argument;
		table[i].val = i;
	}
	while ((i = getopt_long(argc, argv, "", table, NULL)) != -1) {
		if (i == HELP) {
			print_help();
			return OPTIONS_DONE;
		}
		if (i == VERSION) {
			printf("tern %s\n", TERN_VERSION);
			return OPTIONS_DONE;
		}
		if (i == '?' || apply(o, &rows[i], optarg) != OPTIONS_RUN)
			return OPTIONS_WRONG;
	}
	o->board.line = optind < argc ? argv[optind++] : NULL;
	if (optind < argc) {
		fprintf(stderr, "tern provision: not an option: %s\n", argv[optind]);
		return OPTIONS_WRONG;
	}
	return complete(o) ? OPTIONS_RUN : OPTIONS_WRONG;
}

void options_wipe(struct options *o)
{
	plan_wipe(&o->plan);
	bytes_wipe(o->pin, sizeof o->pin);
	bytes_wipe(o->apn_password, sizeof o->apn_password);
}
