/* SPDX-License-Identifier: Apache-2.0 */
/* public_key.h - the public half of a device's key, as it is registered: out of a file, or an element of
 * "credentials" of the contract. */
#ifndef TERN_CLI_PUBLIC_KEY_H
#define TERN_CLI_PUBLIC_KEY_H

#include "registry/credential.h"

#include <cjson/cJSON.h>

enum { PUBLIC_KEY_WHY = 512, PUBLIC_KEY_TIME = 32 };

struct public_key {
	enum credential_format format;
	char pem[CREDENTIAL_PEM_SIZE + 1];
	char fingerprint[CREDENTIAL_FINGERPRINT];
	char expires[PUBLIC_KEY_TIME];           /* RFC 3339, UTC; "": never */
};

/* Each is false after a sentence in WHY. */

/* A public key, a certificate, or a private key of which the public half is taken. */
bool public_key_load(struct public_key *k, const char *file, char why[PUBLIC_KEY_WHY]);
bool public_key_read(struct public_key *k, const char *pem, char why[PUBLIC_KEY_WHY]);

/* {"publicKey":{"format":"ES256_PEM","key":"..."},"expirationTime":"..."}; a format that is not named is found out. */
bool public_key_from_json(struct public_key *k, const cJSON *credential, char why[PUBLIC_KEY_WHY]);
cJSON *public_key_to_json(const struct public_key *k);

/* "2027-12-31" (its end), "2027-12-31T12:00:00Z", "90d", "12h", from NOW_S on.  It lies ahead. */
bool public_key_expiry(struct public_key *k, const char *text, int64_t now_s, char why[PUBLIC_KEY_WHY]);

#endif
