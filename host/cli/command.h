/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command.h - the commands of `tern` that speak with a bridge: their words,
 * arguments and options in one table (commands.c), from which the command line
 * is read, --help printed and a shell's completion made.
 */
#ifndef TERN_CLI_COMMAND_H
#define TERN_CLI_COMMAND_H

#include "cli/say.h"

enum option_id {
	/* where the bridge is, and which registry is meant */
	OPT_BRIDGE, OPT_TOKEN_FILE, OPT_CA, OPT_PROJECT, OPT_REGION, OPT_REGISTRY,
	/* how it is told */
	OPT_JSON, OPT_LIMIT,
	/* devices */
	OPT_KEY, OPT_EXPIRES, OPT_FINGERPRINT, OPT_METADATA, OPT_BLOCKED, OPT_LOG_LEVEL, OPT_CERTIFICATE, OPT_PUBLIC,
	/* payloads */
	OPT_FILE, OPT_IF_VERSION, OPT_WAIT, OPT_VERSION_OF, OPT_SUBFOLDER,
	/* reading by cursor */
	OPT_CURSOR, OPT_CURSOR_FILE, OPT_KIND,
	/* import */
	OPT_DRY_RUN, OPT_FROM, OPT_FROM_TOKEN_FILE, OPT_FROM_CA, OPT_SYSTEM_KEY, OPT_SERVICE_ACCOUNT, OPT_FROM_REGISTRY,
	/* checks */
	OPT_HOST,
	OPT_HELP,
	OPTIONS
};

/* A command takes those whose bit it has. */
#define OPT(id) ((uint64_t)1 << (id))

struct option_info {
	const char *name, *value;      /* VALUE NULL: takes none */
	bool        repeatable;
	const char *help;
};

const struct option_info *option_info(enum option_id id);

enum { ARGUMENTS = 2, GIVEN = 256 };

struct call;

struct command {
	const char *words;             /* "device create" */
	const char *arguments;         /* "ID", "[ID]", "ID [TEXT]", "[FACT...]": brackets where it may be left out */
	const char *help;              /* one line, no full stop */
	uint64_t    options;
	int       (*run)(struct call *call);
	const char *more;              /* behind the options in --help; NULL: nothing */
};

/* A command as it was given.  Strings are those of argv. */
struct call {
	const struct command *command;
	const char *argument[ARGUMENTS];         /* NULL: left out */
	char      **rest;                        /* of a command that takes "...": those behind the first */
	size_t      rest_count;
	struct { enum option_id id; const char *value; } given[GIVEN];   /* in their order */
	size_t      given_count;
};

/* Of an option that was given: its value, or "" when it takes none; else NULL. */
const char *call_value(const struct call *call, enum option_id id);
bool call_has(const struct call *call, enum option_id id);

/* An option's value as a number up to MAX.  False: CLI_USAGE is to be returned; it was said. *VALUE stays when
 * the option was not given. */
bool call_number(const struct call *call, enum option_id id, uint64_t max, uint64_t *value);

/* In order; NULL: no more. */
const struct command *command_at(size_t index);

/* argv[0] is the first word of a command, or of several.  Reads the rest and runs it; --help too.  Returns the
 * exit status. */
int command_main(int argc, char **argv);

/* Is WORD the first of a command? */
bool command_is(const char *word);

/* `tern completion`: a script for bash on standard output. */
int command_completion(int argc, char **argv);

#endif
