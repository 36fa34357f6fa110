/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/init_options.h"

#include "bridge/config.h"

#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SERVER_DAYS = 825, DAYS_MAX = OWN_CA_ROOT_DAYS };

static const char user_name[] = "tern-bridge", etc[] = "/etc/tern-bridge", var[] = "/var/lib/tern-bridge";

static const char init_help[] =
	"Usage: tern-bridge init HOST [OPTION]...\n\n"
	"Makes an authority of one's own, a certificate for HOST, a configuration, a registry and an admin token,\n"
	"and prints the root that devices are given. Nothing that is there is overwritten.\n\n"
	"  HOST                    the name or address that devices connect to\n"
	"  --also NAME             another name or address of the certificate (repeatable)\n"
	"  --directory DIR         where to; as root: /etc/tern-bridge, else tern-bridge in this folder\n"
	"  --data DIR              registry and messages; as root: /var/lib/tern-bridge, else data in DIR\n"
	"  --project ID            of the first registry (my-project)\n"
	"  --region ID             its region (us-central1)\n"
	"  --registry ID           its id (devices)\n"
	"  --listen ADDRESS:PORT   where devices connect ([::]:8883)\n"
	"  --admin-listen A:PORT   the admin interface (127.0.0.1:8080); TLS where it is not this machine alone\n"
	"  --user NAME             as root: who the bridge will run as (tern-bridge)\n"
	"  --days N                the certificate's life (825)\n"
	"  --help                  this text\n\n"
	"Exit status: 0 made, 1 not made, 2 a word is wrong.\n";

static const char renew_help[] =
	"Usage: tern-bridge renew [HOST] [OPTION]...\n\n"
	"Makes the next certificate with the authority that 'tern-bridge init' made, for the same key and, unless\n"
	"HOST is given, for the same names. Devices need nothing new. The bridge takes it after SIGHUP.\n\n"
	"  HOST                    another name or address than before\n"
	"  --also NAME             with HOST: one more (repeatable)\n"
	"  --directory DIR         where init was; as root: /etc/tern-bridge, else tern-bridge in this folder\n"
	"  --days N                the certificate's life (825)\n"
	"  --help                  this text\n\n"
	"Exit status: 0 renewed, 1 not renewed, 2 a word is wrong.\n";

struct line {
	struct init_options *o;
	const char *command;     /* "init" */
	const char *user, *directory;
	const char *also[OWN_CA_NAMES];
	size_t      alsos;
};

static enum init_options_result wrong(const struct line *l, const char *what)
{
	fprintf(stderr, "tern-bridge %s: %s\n", l->command, what);
	return INIT_OPTIONS_WRONG;
}

static bool set_days(struct line *l, const char *text)
{
	uint32_t days;

	if (!bytes_to_u32(bytes_of(text), DAYS_MAX, &days) || days == 0) {
		fprintf(stderr, "tern-bridge %s: --days '%s': it must be a number from 1 to %d\n", l->command, text,
			DAYS_MAX);
		return false;
	}
	l->o->days = days;
	return true;
}

static bool set_also(struct line *l, const char *text)
{
	if (l->alsos == OWN_CA_NAMES - 1) {
		fprintf(stderr, "tern-bridge %s: --also '%s': %d at most\n", l->command, text, OWN_CA_NAMES - 1);
		return false;
	}
	l->also[l->alsos++] = text;
	return true;
}

/* The configuration's own rules for addresses. */
static bool check_address(const struct line *l, const char *option, const char *text, bool *loopback)
{
	char config[512], error[CONFIG_ERROR] = "", *what;
	struct config c = { .strict = false };
	int n = snprintf(config, sizeof config, "certificate=c\nkey=k\ndata=d\nadmin_token_file=t\n"
			 "admin_certificate=c\nadmin_key=k\nadmin_listen=%s\n", text);
	bool ok = n < (int)sizeof config && strpbrk(text, "\n#") == NULL &&
		  config_parse(&c, bytes_of(config), "", error);

	if (ok)
		*loopback = config_is_loopback(c.admin_listen.host);
	else {
		what = strstr(error, "': ");
		fprintf(stderr, "tern-bridge %s: %s '%s'%s\n", l->command, option, text,
			what != NULL ? what + 1 : ": it must be address:port, such as [::]:8883");
	}
	config_free(&c);
	return ok;
}

static bool set(struct line *l, int option, const char *text)
{
	bool unused;

	switch (option) {
	case 'a': return set_also(l, text);
	case 'c': l->directory = text; return true;
	case 'd': l->o->data = text; return true;
	case 'p': l->o->project = text; return true;
	case 'r': l->o->region = text; return true;
	case 'g': l->o->registry = text; return true;
	case 'l': l->o->listen = text; return check_address(l, "--listen", text, &unused);
	case 'm': l->o->admin_listen = text; return check_address(l, "--admin-listen", text, &l->o->admin_is_loopback);
	case 'u': l->user = text; return true;
	case 'n': return set_days(l, text);
	default:  break;
	}
	return false;
}

/* HOST and --also, each checked. */
static bool take_names(struct line *l, int argc, char **argv)
{
	char error[OWN_CA_ERROR];

	if (optind < argc)
		l->o->name[l->o->names++] = argv[optind++];
	for (size_t i = 0; i < l->alsos; i++)
		l->o->name[l->o->names++] = l->also[i];
	for (size_t i = 0; i < l->o->names; i++)
		if (!own_ca_check_name(l->o->name[i], error)) {
			wrong(l, error);
			return false;
		}
	if (optind < argc) {
		fprintf(stderr, "tern-bridge %s: '%s': one HOST is taken; --also adds names\n", l->command,
			argv[optind]);
		return false;
	}
	return true;
}

static bool set_folders(struct line *l)
{
	struct init_options *o = l->o;
	const bool root = geteuid() == 0;
	const char *dir = l->directory != NULL ? l->directory : root ? etc : "tern-bridge";
	size_t n = strlen(dir);

	while (n > 1 && dir[n - 1] == '/')
		n--;
	if (o->data == NULL)
		o->data = root && l->directory == NULL ? var : "data";
	if (n == 0 || n >= sizeof o->directory - strlen(o->data)) {
		wrong(l, "the folder's name is empty or too long");
		return false;
	}
	snprintf(o->directory, sizeof o->directory, "%.*s", (int)n, dir);
	snprintf(o->data_path, sizeof o->data_path, "%s%s%s", o->data[0] == '/' ? "" : o->directory,
		 o->data[0] == '/' ? "" : "/", o->data);
	return true;
}

/* As root, files are for the user whom the service runs as. */
static bool set_user(struct line *l)
{
	const char *name = l->user != NULL ? l->user : user_name;
	const struct passwd *user;

	l->o->uid = (uid_t)-1;
	l->o->gid = (gid_t)-1;
	if (geteuid() != 0 || (l->user == NULL && l->directory != NULL))
		return true;
	user = getpwnam(name);
	if (user == NULL) {
		fprintf(stderr, "tern-bridge %s: there is no user '%s' to run the bridge: 'systemd-sysusers' makes "
			"it where tern is installed, or 'useradd --system --home-dir %s --shell /usr/sbin/nologin %s'; "
			"--user names another\n", l->command, name, var, name);
		return false;
	}
	if (user->pw_uid == 0)
		return true;
	l->o->uid = user->pw_uid;
	l->o->gid = user->pw_gid;
	return true;
}

static enum init_options_result parse(struct line *l, int argc, char **argv, const struct option *options,
				      const char *help)
{
	int option;

	optind = 1;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return INIT_OPTIONS_DONE;
		}
		if (option == '?') {
			fprintf(stderr, "tern-bridge %s: '%s': no such option, or its value is missing; see --help\n",
				l->command, argv[optind - 1]);
			return INIT_OPTIONS_WRONG;
		}
		if (!set(l, option, optarg))
			return INIT_OPTIONS_WRONG;
	}
	return take_names(l, argc, argv) && set_folders(l) ? INIT_OPTIONS_RUN : INIT_OPTIONS_WRONG;
}

enum init_options_result init_options_parse(struct init_options *o, int argc, char **argv)
{
	static const struct option options[] = {
		{ "also", 1, NULL, 'a' },    { "directory", 1, NULL, 'c' }, { "data", 1, NULL, 'd' },
		{ "project", 1, NULL, 'p' }, { "region", 1, NULL, 'r' },    { "registry", 1, NULL, 'g' },
		{ "listen", 1, NULL, 'l' },  { "admin-listen", 1, NULL, 'm' }, { "user", 1, NULL, 'u' },
		{ "days", 1, NULL, 'n' },    { "help", 0, NULL, 'h' },      { NULL, 0, NULL, 0 }
	};
	struct line l = { .o = o, .command = "init" };
	enum init_options_result result;

	*o = (struct init_options){ .days = SERVER_DAYS, .project = "my-project", .region = "us-central1",
				    .registry = "devices", .admin_is_loopback = true };
	result = parse(&l, argc, argv, options, init_help);
	if (result == INIT_OPTIONS_RUN && o->names <= l.alsos)
		return wrong(&l, "HOST is missing: the name or address that devices connect to");
	return result == INIT_OPTIONS_RUN && !set_user(&l) ? INIT_OPTIONS_WRONG : result;
}

enum init_options_result renew_options_parse(struct init_options *o, int argc, char **argv)
{
	static const struct option options[] = {
		{ "also", 1, NULL, 'a' }, { "directory", 1, NULL, 'c' }, { "days", 1, NULL, 'n' },
		{ "help", 0, NULL, 'h' }, { NULL, 0, NULL, 0 }
	};
	struct line l = { .o = o, .command = "renew" };
	enum init_options_result result;

	*o = (struct init_options){ .days = SERVER_DAYS };
	result = parse(&l, argc, argv, options, renew_help);
	if (result == INIT_OPTIONS_RUN && l.alsos > 0 && o->names <= l.alsos)
		return wrong(&l, "--also adds to HOST, which is missing");
	return result;
}
