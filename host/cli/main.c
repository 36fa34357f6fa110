/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - tern: one program, a subcommand for each task. */
#include "cli/provision.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int       (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{ "provision", provision_main, "make a board a device that connects, over its console" },
};

enum { COMMANDS = sizeof commands / sizeof commands[0], WRONG = 2 };

static int help(FILE *to, int status)
{
	fprintf(to, "Usage: tern COMMAND [ARGUMENT]...\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-12s %s\n", commands[i].name, commands[i].help);
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
	if (strcmp(argv[1], "--help") == 0)
		return help(stdout, 0);
	if (strcmp(argv[1], "--version") == 0) {
		printf("tern %s\n", TERN_VERSION);
		return 0;
	}
	fprintf(stderr, "tern: there is no command '%.40s'; 'tern --help' lists them\n", argv[1]);
	return WRONG;
}
