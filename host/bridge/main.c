/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - tern-bridge: what its command line asks for. */
#include "bridge/init.h"
#include "bridge/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"usage: tern-bridge --config FILE           serve devices until SIGTERM or SIGINT\n"
	"       tern-bridge --check --config FILE   check everything that FILE names, and tell what is wrong\n"
	"       tern-bridge init [OPTION...] HOST   certificates, configuration and data for the name HOST\n"
	"       tern-bridge renew [OPTION...]       a new certificate of the own root\n"
	"\n"
	"  --config FILE    the configuration; default /etc/tern-bridge/tern-bridge.conf\n"
	"  --warn-days N    with --check: warn so many days before a certificate expires; default 30\n"
	"  --json, --plain  lines on standard output as JSON, or for people; default: for people on a terminal\n"
	"  --help, --version\n"
	"\n"
	"SIGHUP reads certificates and the admin token again, SIGUSR1 prints counts.\n"
	"Exit status: 0 stopped as asked, 1 could not start, 2 wrong usage;\n"
	"of --check: 1 wrong, 2 unreadable, 3 warnings.\n";

struct arguments {
	const char *config;
	unsigned    warn_days;
	bool        check, json;
};

static int wrong(const char *what, const char *argument)
{
	fprintf(stderr, "tern-bridge: %s '%s'; see tern-bridge --help\n", what, argument);
	return PROGRAM_USAGE;
}

static bool read_days(const char *text, unsigned *days)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	*days = (unsigned)value;
	return *text >= '0' && *text <= '9' && *end == '\0' && value <= 36500;
}

/* An option that takes a value; 0: it does, and it is good. */
static int read_value(struct arguments *a, const char *option, const char *value)
{
	if (value == NULL)
		return wrong("a value is missing behind", option);
	if (strcmp(option, "--config") == 0)
		a->config = value;
	else if (!read_days(value, &a->warn_days))
		return wrong("--warn-days takes a number of days, not", value);
	return 0;
}

/* 0: go on. */
static int read_arguments(struct arguments *a, int argc, char **argv)
{
	int i, status = 0;

	for (i = 1; i < argc && status == 0; i++) {
		if (strcmp(argv[i], "--config") == 0 || strcmp(argv[i], "--warn-days") == 0) {
			status = read_value(a, argv[i], argv[i + 1]);
			i++;
		} else if (strcmp(argv[i], "--check") == 0) {
			a->check = true;
		} else if (strcmp(argv[i], "--json") == 0) {
			a->json = true;
		} else if (strcmp(argv[i], "--plain") == 0) {
			a->json = false;
		} else {
			status = wrong("unknown argument", argv[i]);
		}
	}
	return status;
}

int main(int argc, char **argv)
{
	struct arguments a = { .config = "/etc/tern-bridge/tern-bridge.conf", .warn_days = CHECK_WARN_DAYS,
			       .json = !isatty(STDOUT_FILENO) };
	const char *first = argc > 1 ? argv[1] : "";
	int status;

	if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0)
		return fputs(usage, stdout) < 0;
	if (strcmp(first, "--version") == 0)
		return puts("tern-bridge " TERN_VERSION) < 0;
	if (strcmp(first, "init") == 0)
		return init_main(argc - 1, argv + 1);
	if (strcmp(first, "renew") == 0)
		return renew_main(argc - 1, argv + 1);
	status = read_arguments(&a, argc, argv);
	if (status != 0)
		return status;
	return a.check ? check_main(a.config, a.warn_days) : program_run(a.config, a.json);
}
