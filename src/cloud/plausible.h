/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plausible.h - does a setting look like what it should be?  Before any byte goes
 * on the air, and with the part of the value that would do, where there is one.
 *
 * Ids are held against the contract (iotcore.h) and only then explained: an
 * error here is one there.  Pure functions.
 */
#ifndef TERN_CLOUD_PLAUSIBLE_H
#define TERN_CLOUD_PLAUSIBLE_H

#include "base/finding.h"
#include "cloud/plausible_list.h"

#define PLAUSIBLE_ENUM(name, code, weight, grade, say) PLAUSIBLE_##name,
enum plausible_code { PLAUSIBLE_LIST(PLAUSIBLE_ENUM) PLAUSIBLE_CODES };
#undef PLAUSIBLE_ENUM

enum plausible_what {
	PLAUSIBLE_HOST, PLAUSIBLE_PORT, PLAUSIBLE_PROJECT, PLAUSIBLE_REGION, PLAUSIBLE_REGISTRY, PLAUSIBLE_DEVICE,
	PLAUSIBLE_APN, PLAUSIBLE_PIN, PLAUSIBLE_TIME_SERVER, PLAUSIBLE_WHATS
};

struct plausible {
	enum plausible_code code;  /* PLAUSIBLE_GOOD: nothing is to be said */
	enum plausible_what what;
	struct bytes value;        /* borrowed; empty where it is a secret */
	struct bytes better;       /* a part of it that would do, or what else the sentence shows; may be empty */
	uint32_t     number[2];
};

/* The first thing that is odd about VALUE. */
struct plausible plausible_check(enum plausible_what what, struct bytes value);

/* Values that contradict each other: the region of a public host, and the setting. */
struct plausible plausible_region_of_host(struct bytes host, struct bytes region);

struct finding_info plausible_info(enum plausible_code code);

/* Append the sentence. */
void plausible_say(const struct plausible *p, struct text *t);

/* "host", "project id"; for PIN nothing but this name is ever said. */
const char *plausible_name(enum plausible_what what);

#endif
