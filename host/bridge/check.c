/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/init.h"

#include <stdio.h>

int check_main(const char *config_file, unsigned warn_days)
{
	fprintf(stderr, "tern-bridge --check %s (%u days): not written yet\n", config_file, warn_days);
	return CHECK_UNREADABLE;
}
