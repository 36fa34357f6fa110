/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* ---- words ---------------------------------------------------------------- */

enum { WORDS_MAX = 64, LEFT = 28 };

/* How many of ARGV the words of C are; 0: they are others. */
static int match(const struct command *c, int argc, char **argv)
{
	char words[WORDS_MAX], *save = NULL;
	int n = 0;

	snprintf(words, sizeof words, "%s", c->words);
	for (char *word = strtok_r(words, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save), n++)
		if (n >= argc || strcmp(word, argv[n]) != 0)
			return 0;
	return n;
}

static const struct command *find(int argc, char **argv, int *words)
{
	const struct command *c;

	for (size_t i = 0; (c = command_at(i)) != NULL; i++) {
		*words = match(c, argc, argv);
		if (*words > 0)
			return c;
	}
	return NULL;
}

static bool begins_with(const struct command *c, const char *word)
{
	size_t n = strlen(word);

	return strncmp(c->words, word, n) == 0 && (c->words[n] == ' ' || c->words[n] == '\0');
}

bool command_is(const char *word)
{
	const struct command *c;

	for (size_t i = 0; (c = command_at(i)) != NULL; i++)
		if (begins_with(c, word))
			return true;
	return false;
}

/* ---- help ----------------------------------------------------------------- */

static int family_help(const char *word, FILE *to, int status)
{
	const struct command *c;
	char left[WORDS_MAX];

	fprintf(to, "Usage: tern %s COMMAND [ARGUMENT]...\n\n", word);
	for (size_t i = 0; (c = command_at(i)) != NULL; i++) {
		if (!begins_with(c, word))
			continue;
		snprintf(left, sizeof left, "%s %s", c->words, c->arguments);
		fprintf(to, "  %-*s %s\n", LEFT, left, c->help);
	}
	fprintf(to, "\n'tern %s COMMAND --help' tells the options of one.\n", word);
	return status;
}

static void print_options(uint64_t options)
{
	char left[WORDS_MAX];

	for (int i = 0; i < OPTIONS; i++) {
		const struct option_info *o = option_info((enum option_id)i);

		if ((options & OPT(i)) == 0)
			continue;
		snprintf(left, sizeof left, "--%s%s%s", o->name, o->value != NULL ? " " : "",
			 o->value != NULL ? o->value : "");
		printf("  %-*s %s\n", LEFT, left, o->help);
	}
}

static int command_help(const struct command *c)
{
	printf("Usage: tern %s%s%s [OPTION]...\n", c->words, c->arguments[0] != '\0' ? " " : "", c->arguments);
	printf("%c%s.\n", c->help[0] & ~0x20, c->help + 1);
	if (c->more != NULL)
		printf("%s\n", c->more);
	printf("\n");
	print_options(c->options | OPT(OPT_HELP));
	printf("\nExit status: 0 done; 1 refused by the bridge, or it does not apply; 2 a word, an option or a file\n"
	       "is wrong, nothing was changed; 3 the bridge is not reachable; 4 not acknowledged in time; 5 some of\n"
	       "many; 130 interrupted.\n");
	return CLI_OK;
}

/* ---- options -------------------------------------------------------------- */

const char *call_value(const struct call *call, enum option_id id)
{
	const char *value = NULL;

	for (size_t i = 0; i < call->given_count; i++)
		if (call->given[i].id == id)
			value = call->given[i].value != NULL ? call->given[i].value : "";
	return value;
}

bool call_has(const struct call *call, enum option_id id)
{
	return call_value(call, id) != NULL;
}

bool call_number(const struct call *call, enum option_id id, uint64_t max, uint64_t *value)
{
	const char *text = call_value(call, id);
	unsigned long long n;
	char *end;

	if (text == NULL)
		return true;
	errno = 0;
	n = strtoull(text, &end, 10);
	if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && n <= max) {
		*value = n;
		return true;
	}
	say_error(CLI_USAGE, "--%s '%.80s' is not a number from 0 to %llu", option_info(id)->name, text,
		  (unsigned long long)max);
	return false;
}

static bool take_option(struct call *call, enum option_id id, const char *value)
{
	const struct option_info *o = option_info(id);

	if (!o->repeatable && call_has(call, id)) {
		say_error(CLI_USAGE, "--%s is given twice", o->name);
		return false;
	}
	if (call->given_count == GIVEN) {
		say_error(CLI_USAGE, "these are more than %d options", GIVEN);
		return false;
	}
	call->given[call->given_count].id = id;
	call->given[call->given_count++].value = value;
	return true;
}

static bool take_arguments(struct call *call, int argc, char **argv)
{
	const struct command *c = call->command;
	bool many = strstr(c->arguments, "...]") != NULL;
	int most = 0, least = 0;

	for (const char *at = c->arguments; *at != '\0'; at++)
		if (at == c->arguments || at[-1] == ' ') {
			most++;
			least += *at != '[';
		}
	if (many && argc > 1) {
		call->rest = argv + 1;
		call->rest_count = (size_t)argc - 1;
		argc = 1;
	}
	if (argc > most)
		say_error(CLI_USAGE, "'tern %s' takes no '%.80s': tern %s %s", c->words, argv[most], c->words,
			  c->arguments);
	else if (argc < least)
		say_error(CLI_USAGE, "'tern %s' lacks an argument: tern %s %s", c->words, c->words, c->arguments);
	if (argc < least || argc > most)
		return false;
	for (int i = 0; i < argc; i++)
		call->argument[i] = argv[i];
	return true;
}

enum read_result { READ_RUN, READ_HELP, READ_WRONG };

static enum read_result read_call(struct call *call, int argc, char **argv)
{
	struct option table[OPTIONS + 1] = { { 0 } };
	uint64_t options = call->command->options | OPT(OPT_HELP);
	int n = 0, i;

	for (i = 0; i < OPTIONS; i++) {
		const struct option_info *o = option_info((enum option_id)i);

		if ((options & OPT(i)) != 0)
			table[n++] =
				(struct option){ o->name, o->value != NULL ? required_argument : no_argument, NULL, i };
	}
	argv[0] = (char *)(uintptr_t)"tern";
	opterr = 0;
	optind = 0;
	while ((i = getopt_long(argc, argv, ":", table, NULL)) != -1) {
		if (i == OPT_HELP)
			return READ_HELP;
		if (i == ':') {
			say_error(CLI_USAGE, "%s lacks its value", argv[optind - 1]);
			return READ_WRONG;
		}
		if (i == '?') {
			say_error(CLI_USAGE, "'tern %s' has no option '%.80s'; 'tern %s --help' lists them",
				  call->command->words, argv[optind - 1], call->command->words);
			return READ_WRONG;
		}
		if (!take_option(call, (enum option_id)i, optarg))
			return READ_WRONG;
	}
	return take_arguments(call, argc - optind, argv + optind) ? READ_RUN : READ_WRONG;
}

int command_main(int argc, char **argv)
{
	static struct call call;
	int words;

	call.command = find(argc, argv, &words);
	if (call.command == NULL) {
		if (argc > 1 && strcmp(argv[1], "--help") == 0)
			return family_help(argv[0], stdout, CLI_OK);
		if (argc > 1)
			say_error(CLI_USAGE, "there is no command '%.40s %.40s'", argv[0], argv[1]);
		return family_help(argv[0], stderr, CLI_USAGE);
	}
	switch (read_call(&call, argc - words + 1, argv + words - 1)) {
	case READ_HELP:
		return say_flush(command_help(call.command));
	case READ_WRONG:
		return CLI_USAGE;
	case READ_RUN:
		break;
	}
	return say_flush(call.command->run(&call));
}

/* ---- completion ----------------------------------------------------------- */

static void print_case(const char *words, uint64_t options)
{
	printf("\t'%s') words='", words);
	for (int i = 0; i < OPTIONS; i++)
		if ((options & OPT(i)) != 0)
			printf("--%s ", option_info((enum option_id)i)->name);
	printf("' ;;\n");
}

static void print_second_words(void)
{
	const struct command *c, *d;

	for (size_t i = 0; (c = command_at(i)) != NULL; i++) {
		size_t n = strcspn(c->words, " ");
		bool first = i == 0 || strncmp(command_at(i - 1)->words, c->words, n + 1) != 0;

		if (c->words[n] == '\0' || !first)
			continue;
		printf("\t'%.*s') words='", (int)n, c->words);
		for (size_t k = 0; (d = command_at(k)) != NULL; k++)
			if (strncmp(d->words, c->words, n + 1) == 0)
				printf("%s ", d->words + n + 1);
		printf("' ;;\n");
	}
}

int command_completion(int argc, char **argv)
{
	const struct command *c;

	(void)argv;
	if (argc > 1)
		return say_error(CLI_USAGE, "'tern completion' takes no arguments");
	printf("# Completion of tern for bash: source <(tern completion)\n_tern()\n{\n"
	       "\tlocal words current=\"${COMP_WORDS[COMP_CWORD]}\" said=\"${COMP_WORDS[*]:1:COMP_CWORD-1}\"\n"
	       "\tcase \"$said\" in\n\t'') words='provision doctor completion ");
	for (size_t i = 0; (c = command_at(i)) != NULL; i++)
		if (i == 0 || strncmp(command_at(i - 1)->words, c->words, strcspn(c->words, " ")) != 0)
			printf("%.*s ", (int)strcspn(c->words, " "), c->words);
	printf("--help --version' ;;\n");
	print_second_words();
	printf("\t*)\n\tset -- ${COMP_WORDS[*]:1}\n\tcase \"$1 $2\" in\n");
	for (size_t i = 0; (c = command_at(i)) != NULL; i++)
		if (strchr(c->words, ' ') != NULL)
			print_case(c->words, c->options | OPT(OPT_HELP));
	printf("\t*) case \"$1\" in\n");
	for (size_t i = 0; (c = command_at(i)) != NULL; i++)
		if (strchr(c->words, ' ') == NULL)
			print_case(c->words, c->options | OPT(OPT_HELP));
	printf("\tesac ;;\n\tesac ;;\n\tesac\n"
	       "\tif [[ $current == -* || $COMP_CWORD -lt 3 ]]; then\n"
	       "\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n\tfi\n"
	       "\t[[ ${#COMPREPLY[@]} -gt 0 ]] || COMPREPLY=($(compgen -f -- \"$current\"))\n}\n"
	       "complete -F _tern tern\n");
	return say_flush(CLI_OK);
}
