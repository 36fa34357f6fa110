/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_demo_config.c - any bytes as configuration and as command.  What is
 * accepted is in its range, what is refused has a reason that fits into JSON.
 */
#include "app/demo/demo_config.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void require_reason(const char why[DEMO_WHY_SIZE])
{
	size_t n = 0;

	while (n < DEMO_WHY_SIZE && why[n] != '\0') {
		require(why[n] >= ' ' && why[n] <= '~' && why[n] != '"' && why[n] != '\\');
		n++;
	}
	require(n > 0 && n < DEMO_WHY_SIZE - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes text = { data, size };
	struct demo_config cfg = { 0 };
	struct demo_command cmd;
	char why[DEMO_WHY_SIZE] = "";

	if (demo_config_parse(text, &cfg, why))
		require(!cfg.has_interval || (cfg.interval_s > 0 && cfg.interval_s <= DEMO_INTERVAL_MAX_S));
	else
		require_reason(why);
	if (demo_command_parse((struct bytes){ NULL, 0 }, text, &cmd, why))
		require(cmd.name.len > 0 && cmd.count <= DEMO_BLINK_MAX && cmd.id.len <= DEMO_ID_MAX);
	else
		require_reason(why);
	return 0;
}
