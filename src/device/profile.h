/* SPDX-License-Identifier: Apache-2.0 */
/*
 * profile.h - where a device connects and as whom, read from the settings once
 * for each start.
 */
#ifndef TERN_DEVICE_PROFILE_H
#define TERN_DEVICE_PROFILE_H

#include "base/err.h"
#include "cloud/iotcore.h"
#include "modem/quectel.h"
#include "store/settings.h"

#include <stdint.h>

enum { PROFILE_PORT_DEFAULT = 8883 };

struct profile {
	uint16_t port;
	uint32_t baud;                  /* of the modem's UART, at most */
	char host[QUECTEL_HOST_SIZE];   /* what the modem takes: less than the setting may have */
	char project[65], region[65], registry[256], device[256];
	char apn[101], apn_user[65], apn_password[65], pin[9];
	char ntp[64], probe[22];
};

/* Read P from S: all of it, whatever is wrong with a part.  The first thing that is:
 *   ERR_DEVICE_SETTING  *MISSING is the name of a setting that must be set
 *   ERR_TOO_LONG        the host's name is longer than the modem takes, and cut; *MISSING is "host"
 *   ERR_ARG             the port is out of range; *MISSING is "port"
 *   ERR_IOTCORE_...     an id is not of its form; *MISSING is its name
 *   ERR_STORE_CORRUPT, ERR_FLASH_...  *MISSING likewise */
MUST_CHECK enum err profile_load(struct profile *p, struct settings *s, const char **missing);

/* The text of P that KEY is read into; NULL: it has none. */
const char *profile_text(const struct profile *p, enum settings_key key);

/* The four ids of P, borrowed. */
struct iotcore_ids profile_ids(const struct profile *p);

/* Forget the secrets in P. */
void profile_wipe(struct profile *p);

#endif
