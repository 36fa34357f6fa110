/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/init.h"

#include <stdio.h>

int init_main(int argc, char **argv)
{
	(void)argc;
	fprintf(stderr, "tern-bridge %s: not written yet\n", argv[0]);
	return INIT_FAILED;
}

int renew_main(int argc, char **argv)
{
	return init_main(argc, argv);
}

int check_main(const char *config_file, unsigned warn_days)
{
	fprintf(stderr, "tern-bridge --check %s (%u days): not written yet\n", config_file, warn_days);
	return CHECK_UNREADABLE;
}
