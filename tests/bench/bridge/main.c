/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - tern-crowd: the load generator's command line. */
#include "crowd.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"usage: tern-crowd logins|idle|publish --port N --key FILE --project P --parent PROJECTS/.../REGISTRY [OPTION...]\n"
	"       tern-crowd serve --port N --certificate FILE --server-key FILE --key FILE\n"
	"\n"
	"  --ca FILE        verify the server    --devices N      how many (100)     --first N   device-N is the first (0)\n"
	"  --at-once N      connections being made at a time (32)                    --seconds S how long (5)\n"
	"  --in-flight N    publish: unacknowledged messages of a device (8)         --size N    bytes of payload (128)\n"
	"  --rate N         publish: messages a second of all devices; 0: as they are acknowledged (0)\n";

static const struct option options[] = {
	{ "port", required_argument, NULL, 'p' },    { "key", required_argument, NULL, 'k' },
	{ "ca", required_argument, NULL, 'c' },      { "project", required_argument, NULL, 'j' },
	{ "parent", required_argument, NULL, 'P' },  { "devices", required_argument, NULL, 'd' },
	{ "first", required_argument, NULL, 'f' },   { "at-once", required_argument, NULL, 'a' },
	{ "in-flight", required_argument, NULL, 'i' }, { "size", required_argument, NULL, 's' },
	{ "rate", required_argument, NULL, 'r' },    { "seconds", required_argument, NULL, 't' },
	{ "certificate", required_argument, NULL, 'C' }, { "server-key", required_argument, NULL, 'K' }, { NULL, 0, NULL, 0 }
};

static uint32_t number(const char *text)
{
	return (uint32_t)strtoul(text, NULL, 10);
}

static const char *certificate, *server_key;      /* serve */

static void set(struct crowd_config *cfg, int option)
{
	switch (option) {
	case 'p': cfg->to.sin_port = htons((uint16_t)number(optarg)); break;
	case 'k': cfg->key = optarg; break;
	case 'c': cfg->ca = optarg; break;
	case 'C': certificate = optarg; break;
	case 'K': server_key = optarg; break;
	case 'j': cfg->project = optarg; break;
	case 'P': cfg->parent = optarg; break;
	case 'd': cfg->devices = number(optarg); break;
	case 'f': cfg->first = number(optarg); break;
	case 'a': cfg->at_once = number(optarg); break;
	case 'i': cfg->in_flight = number(optarg); break;
	case 's': cfg->size = number(optarg); break;
	case 'r': cfg->rate = number(optarg); break;
	case 't': cfg->seconds = strtod(optarg, NULL); break;
	default: fputs(usage, stderr); exit(2);
	}
}

int main(int argc, char **argv)
{
	struct crowd_config cfg = { .to = { .sin_family = AF_INET }, .devices = 100, .at_once = 32, .in_flight = 8,
				    .size = 128, .seconds = 5 };
	const char *what = argc > 1 ? argv[1] : "";
	int option;

	signal(SIGPIPE, SIG_IGN);
	cfg.to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	optind = 2;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		set(&cfg, option);
	if (cfg.key == NULL || cfg.to.sin_port == 0 || cfg.in_flight > CROWD_IN_FLIGHT || cfg.in_flight == 0 ||
	    (cfg.parent == NULL || cfg.project == NULL) != (strcmp(what, "serve") == 0)) {
		fputs(usage, stderr);
		return 2;
	}
	if (strcmp(what, "logins") == 0)
		crowd_logins(&cfg);
	else if (strcmp(what, "idle") == 0)
		crowd_idle(&cfg);
	else if (strcmp(what, "publish") == 0)
		crowd_publishers(&cfg);
	else if (strcmp(what, "serve") == 0 && certificate != NULL && server_key != NULL)
		crowd_serve(ntohs(cfg.to.sin_port), certificate, server_key, cfg.key);
	else
		return fputs(usage, stderr), 2;
	return 0;
}
