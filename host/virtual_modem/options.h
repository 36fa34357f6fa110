/* SPDX-License-Identifier: Apache-2.0 */
/* options.h - the command line of tern-modem. */
#ifndef TERN_VIRTUAL_MODEM_OPTIONS_H
#define TERN_VIRTUAL_MODEM_OPTIONS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	OPTIONS_MAPS = 64, OPTIONS_QUIRKS = 16, OPTIONS_LATENCIES = 16, OPTIONS_REQUESTS = 32,
};

/* NAME:PORT, as the host asks for it, is reached at TO. */
struct options_map {
	const char        *name;
	size_t             name_len;
	uint16_t           port;
	struct sockaddr_in to;
};

struct options {
	/* one of these three is given */
	const char        *pty, *unix_path;
	bool               tcp;
	struct sockaddr_in tcp_address;

	struct options_map map[OPTIONS_MAPS];
	size_t      maps;
	bool        allow_network, no_nitz, no_ntp, verbose;
	const char *control, *log, *hurry_file, *profile, *network, *apn, *sim_pin;
	const char *quirk[OPTIONS_QUIRKS];
	size_t      quirks;
	const char *latency[OPTIONS_LATENCIES];
	size_t      latencies;
	const char *request[OPTIONS_REQUESTS];
	size_t      requests;
	uint64_t    seed;
	uint32_t    baud, boot_delay_ms;
	bool        boots, off, fixed_clock;
	int64_t     clock_unix_s;
	int         ready_fd;      /* -1 = none */
};

enum options_result { OPTIONS_RUN, OPTIONS_DONE, OPTIONS_WRONG };

/* Strings of O are those of ARGV.  DONE: --help or --version was printed.
 * WRONG: what is wrong was printed on stderr, naming option and value. */
enum options_result options_parse(struct options *o, int argc, char **argv);

/* "QIRD=10-30", "5": a command or "", and its times; false if it is not that. */
bool options_parse_latency(const char *text, char command[20], uint32_t *min_ms, uint32_t *max_ms);

#endif
