/* SPDX-License-Identifier: Apache-2.0 */
#include "console/commands.h"

#include "cloud/iotcore.h"
#include "console/check.h"
#include "console/console.h"
#include "console/credentials.h"
#include "console/entropy.h"
#include "console/explain.h"
#include "console/export.h"
#include "console/guide.h"
#include "console/show.h"
#include "console/tracing.h"
#include "console/why.h"
#include "console/words.h"
#include "device/values.h"
#include "device/device.h"
#include "store/settings.h"

#include <string.h>

enum { WORD_MAX = 16, HELP_WIDTH = 28, ANY = 255 };   /* longest name of a command or a setting; columns */

/* ---- words -------------------------------------------------------------- */

static bool has(struct bytes b, char c)
{
	return b.len > 0 && memchr(b.data, c, b.len) != NULL;
}

/* As much of WORD as a name may have. */
static struct bytes word_head(struct bytes word)
{
	return (struct bytes){ word.data, word.len < WORD_MAX ? word.len : WORD_MAX };
}

/* ---- settings ----------------------------------------------------------- */

static bool is_running(const struct console *c)
{
	struct device_status status;

	device_status(c->device, &status, c->now_ms);
	return status.state != DEVICE_STOPPED;
}

static void note_when(struct console *c)
{
	if (is_running(c))
		console_say(c, T("note: used after the next 'stop' and 'start'"));
}

static void say_failed(struct console *c, const char *what, enum err err)
{
	console_say(c, T("error: %s: %s"), what, err_text(err));
}

static void say_remark(struct console *c, const struct remark *remark, const char *sentence)
{
	console_say(c, "%s: %r", finding_weight_name(remark->weight), sentence);
}

bool commands_set(struct console *c, enum settings_key key, struct bytes value)
{
	char sentence[VALUES_SAY];
	struct remark remark;
	struct text say;

	text_init(&say, sentence, sizeof sentence);
	remark = values_set(device_settings(c->device), key, value, &say);
	if (remark.err == ERR_OK)
		show_setting(c, key);
	if (remark.said)
		say_remark(c, &remark, sentence);
	else if (remark.err != ERR_OK)
		say_failed(c, settings_info(key)->name, remark.err);
	if (remark.err == ERR_OK)
		note_when(c);
	return remark.err == ERR_OK;
}

/* What is to be said about the value of the connection string's KEY; false: nothing. */
static bool say_id(struct console *c, const char *key, struct bytes value)
{
	static const struct { const char *key; enum settings_key setting; } ids[] = {
		{ "project-id", SETTINGS_PROJECT }, { "cloud-region", SETTINGS_REGION },
		{ "registry-id", SETTINGS_REGISTRY }, { "device-id", SETTINGS_DEVICE },
	};
	struct remark remark = { .said = false };
	char sentence[VALUES_SAY];
	struct text say;

	text_init(&say, sentence, sizeof sentence);
	for (size_t i = 0; i < sizeof ids / sizeof ids[0] && key != NULL; i++)
		if (strcmp(ids[i].key, key) == 0)
			remark = values_check(ids[i].setting, value, &say);
	if (remark.said)
		say_remark(c, &remark, sentence);
	return remark.said;
}

static void say_bad_connection(struct console *c, enum err err, const struct iotcore_bad *wrong)
{
	if (err == ERR_IOTCORE_KEY_MISSING)
		console_say(c, T("error: connection string has no '%s=...'"), wrong->key);
	else if (err == ERR_IOTCORE_KEY_TWICE)
		console_say(c, T("error: connection string has more than one '%s=...'"), wrong->key);
	else if (err == ERR_IOTCORE_KEY || err == ERR_IOTCORE_CONNSTR)
		console_say(c, T("error: connection string: %q is none of project-id=..., registry-id=..., "
			    "device-id=..., cloud-region=..."), &wrong->value);
	else if (!say_id(c, wrong->key, wrong->value))
		say_failed(c, T("connection string"), err);
}

/* X-CUBE-GCP's project-id=...;registry-id=...;device-id=...;cloud-region=... */
bool commands_set_connection(struct console *c, struct bytes text)
{
	struct iotcore_bad wrong = { 0 };
	enum err err = values_set_connection(device_settings(c->device), text, &wrong);

	if (err != ERR_OK) {
		say_bad_connection(c, err, &wrong);
		return false;
	}
	console_say(c, T("project, region, registry and device are set"));
	note_when(c);
	return true;
}

static void say_no_setting(struct console *c, struct bytes name)
{
	enum settings_key key;

	out_format(&c->out, T("error: no setting %q; there are"), &name);
	for (unsigned i = 0; values_at(i, &key); i++)
		out_format(&c->out, i == 0 ? " %s" : ", %s", settings_info(key)->name);
	out_end(&c->out);
}

static void usage(struct console *c, const char *text)
{
	console_say(c, T("error: usage: %s"), text);
}

static void run_set(struct console *c, struct bytes args)
{
	struct bytes name = words_next(&args);
	enum settings_key key;

	if (words_are(name, "connection") && args.len > 0)
		(void)commands_set_connection(c, words_unquote(args));
	else if (words_are(name, "key") || words_are(name, "ca") || words_are(name, "seed"))
		usage(c, T("'ca', 'key' and 'seed' are commands of their own"));
	else if (name.len > 0 && !values_find(name, &key))
		say_no_setting(c, name);
	else if (name.len == 0 || args.len == 0)
		usage(c, T("set NAME VALUE ('get' lists the names)"));
	else
		(void)commands_set(c, key, words_unquote(args));
}

static void run_get(struct console *c, struct bytes args)
{
	struct bytes name = words_next(&args);
	enum settings_key key;

	if (name.len == 0)
		console_rows(c, show_settings);
	else if (words_are(name, "key"))
		credentials_show_key(c, false);
	else if (words_are(name, "seed"))
		credentials_show_seed(c);
	else if (words_are(name, "ca"))
		console_rows(c, show_roots);
	else if (values_find(name, &key))
		show_setting(c, key);
	else
		say_no_setting(c, name);
}

static void run_unset(struct console *c, struct bytes args)
{
	struct bytes name = words_next(&args);
	enum settings_key key;
	enum err err;

	if (name.len == 0) {
		usage(c, T("unset NAME"));
		return;
	}
	if (words_are(name, "key")) {
		key = SETTINGS_KEY;
	} else if (!values_find(name, &key)) {
		say_no_setting(c, name);
		return;
	}
	err = settings_erase(device_settings(c->device), key);
	if (err != ERR_OK) {
		say_failed(c, settings_info(key)->name, err);
		return;
	}
	console_say(c, T("%s is not set any more"), settings_info(key)->name);
	note_when(c);
}

static const char *const key_words[] = { "new", "make", "public", "new --replace" };

/* ---- credentials -------------------------------------------------------- */

static void run_ca(struct console *c, struct bytes args)
{
	struct bytes word = words_next(&args);

	if (words_are(word, "list") && args.len == 0) {
		console_rows(c, show_roots);
	} else if (words_are(word, "clear") && args.len == 0) {
		credentials_clear_roots(c);
	} else if (words_are(word, "remove") && args.len > 0) {
		credentials_remove_root(c, args);
	} else if (word.len > 0) {
		usage(c, T("ca | ca list | ca remove N | ca clear"));
	} else {
		console_say(c, T("paste certificates of authorities, PEM; any command ends this"));
		c->pem_count = 0;
		c->noted = false;
		c->mode = CONSOLE_CA;
	}
}

static void run_key(struct console *c, struct bytes args)
{
	bool replace = words_are(args, "new --replace");

	if (words_are(args, "new") || words_are(args, "make") || replace) {
		if (credentials_make_key(c, replace))
			note_when(c);
		return;
	}
	if (words_are(args, "public")) {
		credentials_public_key(c);
		return;
	}
	if (args.len > 0) {
		usage(c, T("key new [--replace] | key public | key, then paste the private key on the lines after it"));
		return;
	}
	console_say(c, T("paste the private key, PEM; it is not echoed"));
	c->pem_count = 0;
	c->noted = false;
	c->mode = CONSOLE_KEY;
}

static void run_seed(struct console *c, struct bytes args)
{
	if (args.len > 0) {
		credentials_seed(c, args);
		return;
	}
	console_say(c, T("64 hexadecimal digits from 'openssl rand -hex 32'; they are not echoed"));
	c->mode = CONSOLE_SEED;
}

/* ---- the device --------------------------------------------------------- */

void commands_start(struct console *c, const char *refused)
{
	const char *missing = NULL;
	enum err err = device_start(c->device, &missing, c->now_ms);

	if (err == ERR_OK || err == ERR_STATE) {
		console_say(c, err == ERR_OK ? T("started") : T("started already; 'status' shows how far it is"));
		return;
	}
	/* One voice: what the device diagnoses it says itself, and a board without a host
	 * is new, not ill. */
	out_text(&c->out, refused);
	if (guide_is_new(c))
		console_say(c, T("nothing is set yet: 'setup' asks for what is needed"));
	else if (err == ERR_DEVICE_SETTING && settings_size(device_settings(c->device), SETTINGS_HOST) == 0)
		console_say(c, T("%s is not set: 'set %s VALUE'"), missing, missing);
	else
		console_say(c, T("not started [%s]"), err_name(err));
}

static void run_start(struct console *c, struct bytes args)
{
	(void)args;
	commands_start(c, "error: ");
}

static void run_connect(struct console *c, struct bytes args)
{
	if (args.len > 0 && !words_are(args, "--explain")) {
		usage(c, T("connect | connect --explain"));
		return;
	}
	commands_start(c, "error: ");
	if (args.len > 0 && is_running(c))
		explain_begin(c);
}

static void run_why(struct console *c, struct bytes args)
{
	if (args.len > 0 && !words_are(args, "all"))
		usage(c, T("why | why all"));
	else
		console_rows(c, args.len > 0 ? why_all_row : why_row);
}

static void run_export(struct console *c, struct bytes args)
{
	(void)args;
	console_rows(c, export_row);
}

/* Also of use while stopped: "off" is for the modem. */
static void run_stop(struct console *c, struct bytes args)
{
	bool off = words_are(args, "off");

	if (args.len > 0 && !off) {
		usage(c, T("stop | stop off"));
	} else if (off) {
		device_modem_off(c->device, c->now_ms);
		console_say(c, T("stopped; leave the modem its power until it is off"));
	} else if (!is_running(c)) {
		console_say(c, T("stopped already"));
	} else {
		device_stop(c->device, c->now_ms);
		console_say(c, T("stopped"));
	}
}

static void run_setup(struct console *c, struct bytes args)
{
	(void)args;
	guide_begin(c);
}

static void run_status(struct console *c, struct bytes args)
{
	(void)args;
	console_rows(c, show_status);
}

static void run_check(struct console *c, struct bytes args)
{
	(void)args;
	console_rows(c, check_row);
}

static void run_entropy(struct console *c, struct bytes args)
{
	struct bytes word = words_next(&args), source = words_next(&args);

	if (word.len == 0)
		console_rows(c, entropy_row);
	else if (words_are(word, "dump"))
		entropy_show_samples(c, source, args);
	else
		usage(c, T("entropy | entropy dump SOURCE N"));
}

static void run_trace(struct console *c, struct bytes args)
{
	tracing_run(c, args);
}

static void run_reboot(struct console *c, struct bytes args)
{
	(void)args;
	console_say(c, T("restarting"));
	c->reboot = true;
}

static void run_factory_reset(struct console *c, struct bytes args)
{
	(void)args;
	if (is_running(c)) {
		console_say(c, T("error: the device is started: 'stop' it first"));
		return;
	}
	console_say(c, T("erase every setting, the key, the roots and the seed? Type 'yes'"));
	c->mode = CONSOLE_CONFIRM;
}

/* The device's own id is as good as the word: it shows that this device is meant. */
static bool means_this_device(struct console *c, struct bytes answer)
{
	char id[256];
	size_t len;

	return words_are(answer, "erase") ||
	       (settings_get_text(device_settings(c->device), SETTINGS_DEVICE, id, sizeof id, &len) == ERR_OK &&
		bytes_equal_text(answer, id));
}

static void erase_all(struct console *c)
{
	enum err err = device_factory_reset(c->device);

	if (err != ERR_OK)
		say_failed(c, T("factory-reset"), err);
	else
		console_say(c, T("all erased"));
	memset(&c->recall, 0, sizeof c->recall);
}

static void run_version(struct console *c, struct bytes args)
{
	(void)args;
	console_say(c, T("Tern %s"), c->version);
}

/* ---- the table ---------------------------------------------------------- */

static void run_help(struct console *c, struct bytes args);

static const struct command {
	const char *usage;      /* begins with the command's name; not packed */
	void      (*run)(struct console *c, struct bytes args);
	uint8_t     words;      /* behind the name at most; ANY: it looks itself */
	const char *help;
} commands[] = {
	{ "help [COMMAND]",           run_help,          1,   T("this list, or one line of it") },
	{ "set NAME VALUE",           run_set,           ANY, T("store a setting: host, port, apn, ...") },
	{ "get [NAME]",               run_get,           1,   T("show the settings; secrets only as set or not") },
	{ "unset NAME",               run_unset,         1,   T("forget a setting") },
	{ "ca [list|remove N|clear]", run_ca,            2,   T("add root certificates by pasting PEM") },
	{ "key [new|public]",         run_key,           ANY, T("store the private key, pasted as PEM, or make one") },
	{ "seed",                     run_seed,          ANY, T("store the random seed, 64 hexadecimal digits") },
	{ "setup",                    run_setup,         0,   T("ask for all that is needed, step by step") },
	{ "check",                    run_check,         0,   T("is all there, and sound, that a connection needs") },
	{ "start",                    run_start,         0,   T("connect, and connect again after every loss") },
	{ "connect [--explain]",      run_connect,       1,   T("the same; --explain tells each step and its time") },
	{ "stop [off]",               run_stop,          1,   T("disconnect; switch the modem off, too") },
	{ "status",                   run_status,        0,   T("modem, network, clock, TLS, queue, memory") },
	{ "why [all]",                run_why,           1,   T("the last failure, or four: cause and advice") },
	{ "export",                   run_export,        0,   T("what is set, for another device; no secrets") },
	{ "entropy [dump SOURCE N]",  run_entropy,       3,   T("noise sources and seed; raw samples") },
	{ "trace [LAYER on|off]",     run_trace,         2,   T("show the lines of at, tls, mqtt, all; no secrets") },
	{ "reboot",                   run_reboot,        0,   T("restart the device") },
	{ "factory-reset",            run_factory_reset, 0,   T("erase all that is stored, after two questions") },
	{ "version",                  run_version,       0,   T("of this firmware") },
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

const char *commands_usage(unsigned index)
{
	return index < COMMANDS ? commands[index].usage : NULL;
}

static struct bytes name_of(const struct command *command)
{
	struct bytes usage = bytes_of(command->usage);

	return words_next(&usage);
}

/* The command that WORD names, or the first that begins with it; of how many in *COUNT. */
static const struct command *find_any(struct bytes word, unsigned *count)
{
	const struct command *found = NULL;

	*count = 0;
	for (size_t i = 0; i < COMMANDS && word.len > 0; i++) {
		if (words_same(word, name_of(&commands[i]))) {
			*count = 1;
			return &commands[i];
		}
		if (!words_begin(word, name_of(&commands[i])))
			continue;
		found = found == NULL ? &commands[i] : found;
		++*count;
	}
	return found;
}

/* The one command that WORD names, or begins. */
static const struct command *find(struct bytes word)
{
	unsigned count;
	const struct command *command = find_any(word, &count);

	return count == 1 ? command : NULL;
}

static bool is_name(struct bytes word)
{
	const struct command *command = find(word);

	return command != NULL && words_same(word, name_of(command));
}

static void show_help(struct console *c, const struct command *command)
{
	out_padded(&c->out, command->usage, HELP_WIDTH);
	console_say(c, "%s", command->help);
}

static bool help_row(struct console *c, unsigned row)
{
	if (row < COMMANDS) {
		show_help(c, &commands[row]);
		return true;
	}
	console_say(c, T("A connection string, project-id=...;registry-id=... and so on, and PEM are"));
	console_say(c, T("understood at the prompt, too. Tab completes a name, arrow up brings a line back."));
	return false;
}

/* "error: 'st' may be start, stop, status" */
static void say_several(struct console *c, struct bytes word)
{
	bool more = false;

	out_format(&c->out, T("error: %q may be "), &word);
	for (size_t i = 0; i < COMMANDS; i++)
		if (words_begin(word, name_of(&commands[i]))) {
			out_text(&c->out, more ? ", " : "");
			out_bytes(&c->out, name_of(&commands[i]));
			more = true;
		}
	out_end(&c->out);
}

static void say_unknown(struct console *c, struct bytes word)
{
	struct bytes head = word_head(word);
	unsigned count;

	if (find_any(word, &count) != NULL && count > 1)
		say_several(c, word);
	else
		console_say(c, T("error: no command %q%s; 'help' lists them"), &head, head.len < word.len ? "..." : "");
}

/* What the values are, with their units. */
static void say_forms(struct console *c)
{
	console_say(c, T("host         a name, or an IPv4 address         port      1 to 65535, 8883 if not set"));
	console_say(c, T("project, region, registry, device   the contract's ids; all four: set connection"));
	console_say(c, T("apn, apn-user, apn-password         as the SIM's provider says"));
	console_say(c, T("pin          4 to 8 digits                      ntp       a time server's name"));
	console_say(c, T("interval     1 to 86400 s, 5 s if not set       baud      115200 to 921600 baud"));
}

static void run_help(struct console *c, struct bytes args)
{
	struct bytes word = words_next(&args);
	const struct command *command = find(word);

	if (word.len == 0)
		console_rows(c, help_row);
	else if (command == NULL)
		say_unknown(c, word);
	else
		show_help(c, command);
	if (command != NULL && command->run == run_set)
		say_forms(c);
}

/* ---- lines -------------------------------------------------------------- */

static bool is_connection(struct bytes word)
{
	return bytes_starts_with(word, "project-id=") || bytes_starts_with(word, "registry-id=") ||
	       bytes_starts_with(word, "device-id=") || bytes_starts_with(word, "cloud-region=");
}

bool commands_known(struct bytes line)
{
	struct bytes word = words_next(&line);

	return is_name(word) || is_connection(word);
}

/* Are there words beyond those that the command takes?  They are left in *ARGS. */
static bool too_many(const struct command *command, struct bytes *args)
{
	struct bytes rest = *args;

	for (unsigned n = 0; n < command->words && rest.len > 0; n++)
		(void)words_next(&rest);
	if (rest.len > 0 && command->words != ANY)
		*args = rest;
	return rest.len > 0 && command->words != ANY;
}

static void say_too_many(struct console *c, const struct command *command, struct bytes args)
{
	if (command->words == 0)
		console_say(c, T("error: %s takes nothing behind it, not %q"), command->usage, &args);
	else
		usage(c, command->usage);   /* what is too much may be a secret's value */
}

void commands_run(struct console *c, struct bytes line)
{
	struct bytes args = line;
	struct bytes word = words_next(&args);
	const struct command *command = find(word);

	c->pem_count = 0;
	if (word.data[0] == '#')
		return;
	if (command != NULL && too_many(command, &args))
		say_too_many(c, command, args);
	else if (command != NULL)
		command->run(c, args);
	else if (has(word_head(word), '='))
		(void)commands_set_connection(c, words_unquote(words_trim(line)));
	else
		say_unknown(c, word);
}

void commands_answer(struct console *c, struct bytes line)
{
	struct bytes answer = words_trim(line);
	enum console_mode mode = c->mode;

	c->mode = CONSOLE_COMMAND;
	if (mode == CONSOLE_SEED) {
		credentials_seed(c, answer);
	} else if (mode == CONSOLE_CONFIRM && words_are(answer, "yes")) {
		console_say(c, T("It cannot be undone.  Type 'erase', or the device's id, to do it"));
		c->mode = CONSOLE_ERASE;
	} else if (mode == CONSOLE_ERASE && means_this_device(c, answer)) {
		erase_all(c);
	} else {
		console_say(c, T("nothing erased"));
	}
}

/* LINE may still become a command, a connection string or another PEM, or has. */
static bool may_be_known(struct bytes line)
{
	static const char *const ids[] = { "project-id=", "registry-id=", "device-id=", "cloud-region=" };
	bool ended = line.len > 0 && line.data[line.len - 1] == ' ';
	struct bytes rest = line, word = words_next(&rest);
	unsigned count;

	if (word.len == 0 || word.data[0] == '-' || word.data[0] == '#')
		return true;
	if (ended || rest.len > 0)
		return commands_known(line);
	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
		if (words_begin(word, bytes_of(ids[i])))
			return true;
	return is_connection(word) || find_any(word, &count) != NULL;
}

bool commands_hide_behind(struct bytes line, uint8_t byte)
{
	uint8_t head[2 * WORD_MAX];
	size_t n = line.len < sizeof head ? line.len : sizeof head - 1;

	if (n > 0)
		memcpy(head, line.data, n);
	if (n == line.len)
		head[n++] = byte;
	return !may_be_known((struct bytes){ head, n });
}

/* A word longer than every command is nobody's command, but may be a line of a
 * key without its BEGIN, or a seed.  Connection strings have a '-' early on. */
static bool is_strange(struct bytes word)
{
	return word.len > WORD_MAX && !has(word_head(word), '-') && !has(word_head(word), '=');
}

/* A setting whose value is secret, or a name that somebody may take for one. */
static bool names_secret(struct bytes name)
{
	static const char *const parts[] = { "pass", "pin", "puk", "key", "seed", "secret" };
	enum settings_key key;

	if (values_find(name, &key))
		return settings_info(key)->secret;
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		for (size_t at = 0; at + strlen(parts[i]) <= name.len; at++)
			if (words_are((struct bytes){ name.data + at, strlen(parts[i]) }, parts[i]))
				return true;
	return false;
}

/* REST and then BYTE begin "make" or "public", behind "key": no part of a key. */
static bool begins_key_word(struct bytes rest, uint8_t byte)
{
	for (size_t i = 0; i < sizeof key_words / sizeof key_words[0]; i++)
		if (rest.len < strlen(key_words[i]) && memcmp(rest.data, key_words[i], rest.len) == 0 &&
		    (char)byte == key_words[i][rest.len])
			return true;
	return false;
}

bool commands_hide(struct bytes line, uint8_t byte)
{
	bool ended = line.len > 0 && line.data[line.len - 1] == ' ';
	struct bytes word = words_next(&line);

	if (is_strange(word))
		return true;
	if (line.len == 0 && !ended)
		return false;
	if (word.len > 0 && words_begin(word, bytes_of("key"))) {
		line.len += ended && line.len > 0;
		return !begins_key_word(line, byte);
	}
	if (word.len > 0 && words_begin(word, bytes_of("seed")))
		return true;
	word = words_next(&line);
	return (line.len > 0 || ended) && names_secret(word);
}
