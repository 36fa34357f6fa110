/* SPDX-License-Identifier: Apache-2.0 */
/*
 * demo_config.h - the JSON that the cloud sends to the demo.
 *
 *   configuration  {"LedOn":true,"TelemetryInterval":10}       either key may be left out
 *   command        {"command":"blink","count":3,"id":"a1"}     or a bare word
 *
 * Strict: one flat object, known keys, each once, values of their type and in
 * their range.  Text is what LEN says it is; it needs no terminating zero.
 */
#ifndef TERN_APP_DEMO_CONFIG_H
#define TERN_APP_DEMO_CONFIG_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	DEMO_INTERVAL_MAX_S = 86400,
	DEMO_BLINK_MAX      = 100,
	DEMO_ID_MAX         = 64,
	DEMO_WHY_SIZE       = 96
};

struct demo_config {
	bool     has_led, led;
	bool     has_interval;
	uint32_t interval_s;
};

/* Read JSON.  False: WHY, a terminated sentence fit for JSON, says what is wrong
 * and CFG is untouched.  No text at all is a configuration that sets nothing. */
bool demo_config_parse(struct bytes json, struct demo_config *cfg, char why[DEMO_WHY_SIZE]);

struct demo_command {
	struct bytes name;       /* borrowed: from the subfolder, or from the text */
	struct bytes id;         /* borrowed; empty: none */
	uint32_t     count;      /* 0: not told */
};

/* Read the command that came on SUBFOLDER (may be empty) with TEXT.  False: WHY
 * says what is wrong. */
bool demo_command_parse(struct bytes subfolder, struct bytes text, struct demo_command *cmd,
			char why[DEMO_WHY_SIZE]);

#endif
