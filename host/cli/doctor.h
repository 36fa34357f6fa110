/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor.h - `tern doctor`: the way that a device goes to its server, gone from
 * this computer with the device's own modules, so that what fails is told by the
 * same rules and in the same sentences.
 *
 *   settings  clock  dns  tcp  tcp 443  tls  token  connect  subscribe
 *
 * Each step is looked at once and has a time limit.  Verification of certificates
 * cannot be switched off.
 */
#ifndef TERN_CLI_DOCTOR_H
#define TERN_CLI_DOCTOR_H

#include "cli/doctor_net.h"
#include "cli/doctor_settings.h"
#include "cli/doctor_steps.h"
#include "cloud/iotcore.h"
#include "crypto/key.h"
#include "crypto/roots.h"

enum { DOCTOR_ROOTS = 64, DOCTOR_ARENA = 192 * 1024, DOCTOR_TOKEN = 4096, DOCTOR_KEY_TEXT = 8 + 64 + 1 };

struct doctor_root {
	uint8_t          der[ROOT_DER_MAX];
	size_t           len;
	struct root_info info;
};

/* The sound ones of the roots that were given. */
struct doctor_roots {
	struct roots       roots;       /* first */
	struct doctor_root root[DOCTOR_ROOTS];
	unsigned           count;
};

struct doctor {
	/* as given */
	struct doctor_settings settings;
	struct doctor_net net;
	const char *key_file, *token_file;     /* NULL: not given */
	char        other_text[64];
	const char *other;                     /* "NAME:PORT=ADDRESS:PORT" of another server that is known to work */
	const char *modem, *pin_file;          /* NULL: this computer's own network */
	uint32_t    baud;
	bool        flow_control, show_token;
	uint32_t    limit_ms;                  /* of all of it */

	/* as checked */
	const char *host;
	uint16_t    port;
	struct iotcore_ids ids;
	bool        has_ids, has_key;
	struct doctor_roots roots;
	uint8_t     key[KEY_DER_MAX];
	size_t      key_len;
	struct key_info key_info;
	char        key_text[DOCTOR_KEY_TEXT]; /* "SHA256:..." */
	char        token[DOCTOR_TOKEN];       /* "": none yet */

	/* as it goes */
	struct crypto   crypto;
	struct findings findings;
	struct doctor_steps steps;
	struct evidence evidence;
	uint32_t    begin_ms;
};

/* The subcommand: ARGV[0] is its name.  Returns the exit status. */
int doctor_main(int argc, char **argv);

/* What is left of the time for all, at most MOST_MS. */
uint32_t doctor_left(const struct doctor *d, uint32_t most_ms);

/* WHAT happened in the step that is going on: it ends, FAILED, and the evidence
 * has it. */
void doctor_fail(struct doctor *d, enum err what);

/* "NAME:PORT=ADDRESS:PORT" of a server that is known to work, borrowed; NULL: none is to be asked. */
const char *doctor_other(struct doctor *d);

/* Say the verdict on a step that has failed, once. */
void doctor_judge(struct doctor *d);

/* The settings, before any byte goes on the air: false when they cannot work, and
 * the step has failed.  WITH_HOST: a host is needed. */
bool doctor_preflight(struct doctor *d, bool with_host);

/* Steps 'settings' to 'subscribe'. */
void doctor_walk(struct doctor *d);

/* Steps from the modem's serial line to a socket, and on over it. */
void doctor_modem(struct doctor *d);

#endif
