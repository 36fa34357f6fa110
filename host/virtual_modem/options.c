/* SPDX-License-Identifier: Apache-2.0 */
#include "virtual_modem/options.h"

#include "virtual_modem/modem.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool wrong(const char *option, const char *what, const char *value)
{
	fprintf(stderr, "tern-modem: --%s: %s: %s\n", option, what, value);
	return false;
}

/* ---- one function an option ---- */

static bool set_pty(struct options *o, const char *v)
{
	o->pty = v;
	return *v != '\0' || wrong("pty", "no path", v);
}

static bool set_unix(struct options *o, const char *v)
{
	o->unix_path = v;
	return *v != '\0' || wrong("unix", "no path", v);
}

static bool parse_port(const char *text, size_t len, uint32_t min, in_port_t *port)
{
	uint32_t v;

	if (!bytes_to_u32((struct bytes){ (const uint8_t *)text, len }, 65535, &v) || v < min)
		return false;
	*port = htons((uint16_t)v);
	return true;
}

/* "ADDRESS:PORT" with a dotted address */
static bool parse_address(const char *text, uint32_t min_port, struct sockaddr_in *a)
{
	const char *colon = strrchr(text, ':');
	char host[INET_ADDRSTRLEN];

	if (colon == NULL || (size_t)(colon - text) >= sizeof host)
		return false;
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	*a = (struct sockaddr_in){ .sin_family = AF_INET };
	return inet_pton(AF_INET, host, &a->sin_addr) == 1 &&
	       parse_port(colon + 1, strlen(colon + 1), min_port, &a->sin_port);
}

static bool set_tcp(struct options *o, const char *v)
{
	o->tcp = true;
	o->tcp_address = (struct sockaddr_in){ .sin_family = AF_INET };
	o->tcp_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return parse_port(v, strlen(v), 0, &o->tcp_address.sin_port) || parse_address(v, 0, &o->tcp_address) ||
	       wrong("tcp", "neither PORT nor ADDRESS:PORT", v);
}

/* "mqtt.example.org:8883=127.0.0.1:8883" */
static bool set_map(struct options *o, const char *v)
{
	struct options_map *m = &o->map[o->maps];
	const char *equals = strchr(v, '='), *colon;
	in_port_t port;

	if (o->maps == OPTIONS_MAPS)
		return wrong("map", "more than 64", v);
	if (equals == NULL)
		return wrong("map", "not NAME:PORT=ADDRESS:PORT", v);
	for (colon = equals; colon > v && *colon != ':'; colon--)
		;
	if (colon == v || !parse_port(colon + 1, (size_t)(equals - colon - 1), 1, &port) ||
	    !parse_address(equals + 1, 1, &m->to))
		return wrong("map", "not NAME:PORT=ADDRESS:PORT", v);
	m->name = v;
	m->name_len = (size_t)(colon - v);
	m->port = ntohs(port);
	o->maps++;
	return true;
}

static bool set_allow_network(struct options *o, const char *v)
{
	(void)v;
	o->allow_network = true;
	return true;
}

static bool set_control(struct options *o, const char *v)
{
	o->control = v;
	return *v != '\0' || wrong("control", "no path", v);
}

static bool set_log(struct options *o, const char *v)
{
	o->log = v;
	return *v != '\0' || wrong("log", "no path", v);
}

static bool set_seed(struct options *o, const char *v)
{
	char *end;

	o->seed = strtoull(v, &end, 0);
	return (*v >= '0' && *v <= '9' && *end == '\0') || wrong("seed", "not a number", v);
}

static bool set_baud(struct options *o, const char *v)
{
	return (bytes_to_u32(bytes_of(v), 4000000, &o->baud) && (o->baud == 0 || o->baud >= 1200)) ||
	       wrong("baud", "neither 0 nor 1200 to 4000000", v);
}

static bool set_boot_delay(struct options *o, const char *v)
{
	o->boots = true;
	return (bytes_to_u32(bytes_of(v), 600000, &o->boot_delay_ms) && o->boot_delay_ms > 0) ||
	       wrong("boot-delay", "not 1 to 600000 milliseconds", v);
}

static bool set_off(struct options *o, const char *v)
{
	(void)v;
	o->boots = o->off = true;
	return true;
}

/* "2024-01-31T14:00:00Z", or "real" */
static bool set_clock(struct options *o, const char *v)
{
	struct tm tm = { 0 };
	int used = 0;

	o->fixed_clock = strcmp(v, "real") != 0;
	if (!o->fixed_clock)
		return true;
	if (sscanf(v, "%4d-%2d-%2dT%2d:%2d:%2dZ%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min,
		   &tm.tm_sec, &used) != 6 || used == 0 || v[used] != '\0' || tm.tm_year < 1970)
		return wrong("clock", "neither real nor like 2024-01-31T14:00:00Z", v);
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;

	struct tm real = tm;     /* timegm() makes March 1 of February 30 */

	o->clock_unix_s = timegm(&real);
	return (real.tm_mon == tm.tm_mon && real.tm_mday == tm.tm_mday && real.tm_hour == tm.tm_hour &&
		real.tm_min == tm.tm_min && real.tm_sec == tm.tm_sec) || wrong("clock", "no such time", v);
}

static bool set_profile(struct options *o, const char *v)
{
	o->profile = v;
	return true;
}

static bool set_quirk(struct options *o, const char *v)
{
	if (o->quirks == OPTIONS_QUIRKS)
		return wrong("quirk", "more than 16", v);
	o->quirk[o->quirks++] = v;
	return strchr(v, '=') != NULL || wrong("quirk", "not NAME=VALUE", v);
}

static bool set_network(struct options *o, const char *v)
{
	o->network = v;
	return true;
}

static bool set_apn(struct options *o, const char *v)
{
	o->apn = v;
	return strlen(v) < 64 || wrong("apn", "longer than 63 characters", v);
}

/* A PIN is a secret, also a virtual one: it is not printed. */
static bool set_sim_pin(struct options *o, const char *v)
{
	size_t n = strlen(v);

	o->sim_pin = v;
	return (n >= 4 && n <= 8 && strspn(v, "0123456789") == n) || wrong("sim-pin", "not 4 to 8 digits", "(hidden)");
}

static bool set_latency(struct options *o, const char *v)
{
	char command[20];
	uint32_t min_ms, max_ms;

	if (o->latencies == OPTIONS_LATENCIES)
		return wrong("latency", "more than 16", v);
	o->latency[o->latencies++] = v;
	return options_parse_latency(v, command, &min_ms, &max_ms) ||
	       wrong("latency", "not [COMMAND=]MIN[-MAX] milliseconds", v);
}

static bool set_no_nitz(struct options *o, const char *v)
{
	(void)v;
	o->no_nitz = true;
	return true;
}

static bool set_no_ntp(struct options *o, const char *v)
{
	(void)v;
	o->no_ntp = true;
	return true;
}

static bool set_request(struct options *o, const char *v)
{
	if (o->requests == OPTIONS_REQUESTS)
		return wrong("do", "more than 32", v);
	o->request[o->requests++] = v;
	return true;
}

static bool set_hurry_file(struct options *o, const char *v)
{
	o->hurry_file = v;
	return *v != '\0' || wrong("hurry-file", "no path", v);
}

static bool set_ready_fd(struct options *o, const char *v)
{
	uint32_t fd;

	if (!bytes_to_u32(bytes_of(v), 65535, &fd))
		return wrong("ready-fd", "not the number of a descriptor", v);
	o->ready_fd = (int)fd;
	return true;
}

static bool set_verbose(struct options *o, const char *v)
{
	(void)v;
	o->verbose = true;
	return true;
}

/* ---- the table ---- */

static const struct row {
	const char *name, *value;     /* NULL: takes none */
	bool      (*set)(struct options *o, const char *value);
	const char *help;
} rows[] = {
	{ "pty",     "LINK",   set_pty,     "a pseudo-terminal; LINK becomes a symbolic link to it" },
	{ "unix",    "PATH",   set_unix,    "a Unix stream socket" },
	{ "tcp",     "[ADDRESS:]PORT", set_tcp,
	  "a TCP socket, on loopback unless ADDRESS is given; port 0: any free one" },
	{ "map",     "NAME:PORT=ADDRESS:PORT", set_map, "where NAME:PORT is reached (repeatable)" },
	{ "allow-network", NULL, set_allow_network,
	  "other names by the system's resolver, and addresses beyond loopback" },
	{ "control", "PATH",   set_control, "Unix socket for control: one JSON object a line" },
	{ "do",      "JSON",   set_request, "carry out a control request at the start (repeatable)" },
	{ "seed",    "N",      set_seed,    "of every choice left to chance (0)" },
	{ "log",     "FILE",   set_log,     "every byte, both ways, with times; - is standard error" },
	{ "baud",    "N",      set_baud,    "pace of the line in bits a second; 0: as fast as it goes (0)" },
	{ "boot-delay", "MS",  set_boot_delay,
	  "switch on when a host connects and say RDY after MS; else it is on, and silent" },
	{ "off",     NULL,     set_off,     "off until PWRKEY is pressed (see --control)" },
	{ "clock",   "TIME",   set_clock,   "network time: real, or begin at a time like 2024-01-31T14:00:00Z (real)" },
	{ "no-nitz", NULL,     set_no_nitz, "the network never tells the time" },
	{ "no-ntp",  NULL,     set_no_ntp,  "NTP servers never answer" },
	{ "profile", "NAME",   set_profile, "model and firmware (bg96)" },
	{ "quirk",   "NAME=VALUE", set_quirk, "a way in which firmware versions differ (repeatable)" },
	{ "latency", "[COMMAND=]MIN[-MAX]", set_latency, "milliseconds that a command takes (repeatable; 0)" },
	{ "network", "SCRIPT", set_network, "registration as time goes by (0:searching,300:home)" },
	{ "apn",     "NAME",   set_apn,     "the only APN that the network accepts (any)" },
	{ "sim-pin", "PIN",    set_sim_pin, "the SIM asks for this PIN" },
	{ "hurry-file", "FILE", set_hurry_file, "for tests: the clock of a tern-device --hurry" },
	{ "ready-fd", "N",     set_ready_fd, "write a line to descriptor N when ready" },
	{ "verbose", NULL,     set_verbose, "say on standard error what happens" },
	{ "help",    NULL,     NULL,        "this text" },
	{ "version", NULL,     NULL,        "the version" },
};
enum { ROWS = sizeof rows / sizeof rows[0], HELP = ROWS - 2, VERSION = ROWS - 1 };

static void print_help(void)
{
	char buf[2048], left[64];
	struct text t;

	printf("Usage: tern-modem (--pty LINK | --unix PATH | --tcp PORT) [OPTION]...\n"
	       "A virtual BG96: answers AT commands, and carries its TCP sockets on this machine's.\n\n");
	for (size_t i = 0; i < ROWS; i++) {
		snprintf(left, sizeof left, "--%s%s%s", rows[i].name, rows[i].value != NULL ? " " : "",
			 rows[i].value != NULL ? rows[i].value : "");
		printf("  %-32s %s\n", left, rows[i].help);
	}
	text_init(&t, buf, sizeof buf);
	modem_profile_names(&t);
	printf("\nProfiles: %s\n\nQuirks:\n", buf);
	text_init(&t, buf, sizeof buf);
	modem_quirk_help(&t);
	printf("%s\nSCRIPT: %s\n\nExit status: 0 ended by a signal, 1 cannot run here, 2 an option is wrong.\n", buf,
	       modem_script_help());
}

bool options_parse_latency(const char *text, char command[20], uint32_t *min_ms, uint32_t *max_ms)
{
	const char *equals = strchr(text, '='), *range = equals != NULL ? equals + 1 : text, *dash = strchr(range, '-');
	size_t name = equals != NULL ? (size_t)(equals - text) : 0;
	struct bytes least = { (const uint8_t *)range, dash != NULL ? (size_t)(dash - range) : strlen(range) };

	if (name >= 20)
		return false;
	memcpy(command, text, name);
	command[name] = '\0';
	if (!bytes_to_u32(least, 600000, min_ms))
		return false;
	*max_ms = *min_ms;
	return dash == NULL || (bytes_to_u32(bytes_of(dash + 1), 600000, max_ms) && *max_ms >= *min_ms);
}

static bool complete(const struct options *o)
{
	int lines = (o->pty != NULL) + (o->unix_path != NULL) + o->tcp;

	if (lines != 1) {
		fprintf(stderr, "tern-modem: give one of --pty, --unix and --tcp (see --help)\n");
		return false;
	}
	for (size_t i = 0; i < o->maps; i++)
		if (!o->allow_network && ntohl(o->map[i].to.sin_addr.s_addr) >> 24 != 127)
			return wrong("map", "leads beyond loopback, which needs --allow-network", o->map[i].name);
	return true;
}

enum options_result options_parse(struct options *o, int argc, char **argv)
{
	struct option table[ROWS + 1] = { { 0 } };
	int i;

	*o = (struct options){ .ready_fd = -1 };
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
			printf("tern-modem %s\n", TERN_VERSION);
			return OPTIONS_DONE;
		}
		if (i == '?' || !rows[i].set(o, optarg))
			return OPTIONS_WRONG;
	}
	if (optind < argc) {
		fprintf(stderr, "tern-modem: not an option: %s\n", argv[optind]);
		return OPTIONS_WRONG;
	}
	return complete(o) ? OPTIONS_RUN : OPTIONS_WRONG;
}
