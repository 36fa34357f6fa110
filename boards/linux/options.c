/* SPDX-License-Identifier: Apache-2.0 */
#include "linux/options.h"

#include "base/bytes.h"
#include "linux/hurry.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* One row an option: exactly one of TEXT and FLAG is the member it sets, the
 * other NONE; or it has a result of its own. */
enum { NONE = -1 };

static const struct row {
	const char *name, *argument, *help;
	int text, flag;
	enum options_result result;
} rows[] = {
	{ "--modem", "PATH", "the modem: a serial line (115200 8N1), a unix socket, or tcp:HOST:PORT",
	  offsetof(struct options, modem), NONE, OPTIONS_RUN },
	{ "--modem-control", "PATH", "the control socket of tern-modem: the modem's PWRKEY, RESET, DTR and STATUS",
	  offsetof(struct options, modem_control), NONE, OPTIONS_RUN },
	{ "--flash", "FILE", "what a chip's flash holds: settings and seed; made if it does not exist",
	  offsetof(struct options, flash), NONE, OPTIONS_RUN },
	{ "--script", "FILE", "console input, line for line; then the console goes on with standard input",
	  offsetof(struct options, script), NONE, OPTIONS_RUN },
	{ "--exit-when-done", NULL,
	  "end after the last line of the script, or of standard input without a script; status 2: an error was told",
	  NONE, offsetof(struct options, exit_when_done), OPTIONS_RUN },
	{ "--flow-control", NULL, "RTS/CTS on the modem's serial line",
	  NONE, offsetof(struct options, flow_control), OPTIONS_RUN },
	{ "--system-clock", NULL, "believe this machine's clock until a better source tells the time",
	  NONE, offsetof(struct options, system_clock), OPTIONS_RUN },
	{ "--no-led", NULL, "do not print when the LED goes on or off",
	  NONE, offsetof(struct options, no_led), OPTIONS_RUN },
	{ "--reset", "CAUSE", "for tests: why the board began anew: brown-out, watchdog, pin, ...",
	  offsetof(struct options, reset_text), NONE, OPTIONS_RUN },
	{ "--no-noise", NULL, "for tests: no source of randomness, as a chip without a generator",
	  NONE, offsetof(struct options, no_noise), OPTIONS_RUN },
	{ "--hurry", "N", "for tests: waiting takes an Nth of its time, 1 to 1000; needs --hurry-file",
	  offsetof(struct options, hurry_text), NONE, OPTIONS_RUN },
	{ "--hurry-file", "FILE", "the clock that is shared with a tern-modem of the same option",
	  offsetof(struct options, hurry_file), NONE, OPTIONS_RUN },
	{ "--help", NULL, "print this", NONE, NONE, OPTIONS_HELP },
	{ "--version", NULL, "print the version", NONE, NONE, OPTIONS_VERSION },
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static const struct row *find(const char *arg, size_t len)
{
	for (size_t i = 0; i < ROWS; i++)
		if (strlen(rows[i].name) == len && memcmp(rows[i].name, arg, len) == 0)
			return &rows[i];
	return NULL;
}

/* Apply ROW; VALUE is NULL when there is none. */
static const char *apply(struct options *o, const struct row *row, const char *value)
{
	const char **text;

	if (row->text == NONE) {
		if (value != NULL)
			return "takes no value";
		if (row->flag != NONE)
			*(bool *)((char *)o + row->flag) = true;
		return NULL;
	}
	if (value == NULL || *value == '\0')
		return "needs a value";
	text = (const char **)(void *)((char *)o + row->text);
	if (*text != NULL)
		return "is given twice";
	*text = value;
	return NULL;
}

static bool set_hurry(struct options *o)
{
	o->hurry = 1;
	return o->hurry_text == NULL ||
	       (bytes_to_u32(bytes_of(o->hurry_text), HURRY_TIMES_MAX, &o->hurry) && o->hurry > 0);
}

static bool find_cause(const char *word, enum evidence_reset *cause)
{
	for (unsigned i = 0; i <= EVIDENCE_RESET_OPTION_BYTES; i++) {
		char buf[24];
		struct text t;

		text_init(&t, buf, sizeof buf);
		evidence_add_word(&t, EVIDENCE_RESETS, i);
		if (strcmp(word, buf) == 0) {
			*cause = (enum evidence_reset)i;
			return true;
		}
	}
	return false;
}

static enum options_result check(struct options *o, char *why, size_t why_size)
{
	const char *missing = o->modem == NULL ? "--modem" : o->flash == NULL ? "--flash" : NULL;

	if (missing != NULL) {
		snprintf(why, why_size, "%s is missing; --help lists the options", missing);
		return OPTIONS_WRONG;
	}
	if (o->reset_text != NULL && !find_cause(o->reset_text, &o->reset)) {
		snprintf(why, why_size, "--reset '%s' is none of power-on, pin, software, watchdog, brown-out, fault, "
			 "stack-overflow, low-power, option-bytes, unknown", o->reset_text);
		return OPTIONS_WRONG;
	}
	if (o->hurry_text != NULL && o->hurry_file == NULL) {
		snprintf(why, why_size, "--hurry needs --hurry-file, which the modem is given, too");
		return OPTIONS_WRONG;
	}
	if (set_hurry(o))
		return OPTIONS_RUN;
	snprintf(why, why_size, "--hurry '%s' is not a number from 1 to %d", o->hurry_text, HURRY_TIMES_MAX);
	return OPTIONS_WRONG;
}

enum options_result options_parse(struct options *o, int argc, char **argv, char *why, size_t why_size)
{
	*o = (struct options){ 0 };
	for (int i = 1; i < argc; i++) {
		const char *arg = argv[i], *equals = strchr(arg, '=');
		const struct row *row = find(arg, equals != NULL ? (size_t)(equals - arg) : strlen(arg));
		const char *value = equals != NULL ? equals + 1 : NULL;
		const char *wrong = "is not an option; --help lists them";

		if (row != NULL && row->text != NONE && value == NULL && i + 1 < argc)
			value = argv[++i];
		if (row != NULL)
			wrong = apply(o, row, value);
		if (wrong != NULL) {
			snprintf(why, why_size, "'%s' %s", arg, wrong);
			return OPTIONS_WRONG;
		}
		if (row->result != OPTIONS_RUN)
			return row->result;
	}
	return check(o, why, why_size);
}

void options_print_help(void)
{
	printf("usage: tern-device --modem PATH --flash FILE [option...]\n\n"
	       "Connects to the cloud through a cellular modem, as the firmware does; the\n"
	       "console is on standard input and output.  Ctrl-C twice ends it.\n\n");
	for (size_t i = 0; i < ROWS; i++)
		printf("  %-17s %-5s %s\n", rows[i].name,
		       rows[i].argument != NULL ? rows[i].argument : "", rows[i].help);
}
