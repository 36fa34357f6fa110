/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - tern: one program, a subcommand for each task.  Those that speak with a bridge are in commands.c. */
#include "cli/command.h"
#include "cli/doctor.h"
#include "cli/provision.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int       (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{ "provision", provision_main, "make a board a device that connects, over its console" },
	{ "doctor", doctor_main, "go a device's way to its server from here, and name the step that fails" },
	{ "completion", command_completion, "print a script that completes all this in bash" },
};

enum { COMMANDS = sizeof commands / sizeof commands[0], WRONG = 2, LEFT = 26 };

static int help(FILE *to, int status)
{
	const struct command *c;
	char left[64];

	fprintf(to, "Usage: tern COMMAND [ARGUMENT]...\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-*s %s\n", LEFT, commands[i].name, commands[i].help);
	for (size_t i = 0; (c = command_at(i)) != NULL; i++) {
		snprintf(left, sizeof left, "%s %s", c->words, c->arguments);
		fprintf(to, "  %-*s %s\n", LEFT, left, c->help);
	}
	fprintf(to, "\n  --help       this text; 'tern COMMAND --help' tells more\n  --version    the version\n");
	return status;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return help(stderr, WRONG);
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	if (command_is(argv[1]))
		return command_main(argc - 1, argv + 1);
	if (strcmp(argv[1], "--help") == 0)
		return help(stdout, 0);
	if (strcmp(argv[1], "--version") == 0) {
		printf("tern %s\n", TERN_VERSION);
		return 0;
	}
	fprintf(stderr, "tern: there is no command '%.40s'; 'tern --help' lists them\n", argv[1]);
	return WRONG;
}
