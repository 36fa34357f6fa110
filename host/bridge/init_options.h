/* SPDX-License-Identifier: Apache-2.0 */
/* init_options.h - the command lines of `tern-bridge init` and `tern-bridge renew`. */
#ifndef TERN_BRIDGE_INIT_OPTIONS_H
#define TERN_BRIDGE_INIT_OPTIONS_H

#include "bridge/own_ca.h"

#include <sys/types.h>

enum { INIT_OPTIONS_PATH = 3900 };

struct init_options {
	const char *name[OWN_CA_NAMES];      /* HOST, then --also */
	size_t      names;                   /* renew: may be 0 */
	unsigned    days;
	char        directory[INIT_OPTIONS_PATH];
	const char *data;                    /* as it stands in the configuration */
	char        data_path[INIT_OPTIONS_PATH + 8];
	const char *project, *region, *registry;
	const char *listen;                  /* NULL: the default */
	const char *admin_listen;
	bool        admin_is_loopback;
	uid_t       uid;                     /* who the bridge will run as; -1: whoever runs this */
	gid_t       gid;
};

enum init_options_result { INIT_OPTIONS_RUN, INIT_OPTIONS_DONE, INIT_OPTIONS_WRONG };

/* WRONG: what is wrong was printed on standard error. */
enum init_options_result init_options_parse(struct init_options *o, int argc, char **argv);
enum init_options_result renew_options_parse(struct init_options *o, int argc, char **argv);

#endif
