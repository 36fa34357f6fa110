/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rest_auth.h - who may: the bearer token (RFC 6750, 2.1), patience with those
 * who have it wrong, and the Host header's part against DNS rebinding.
 */
#ifndef TERN_BRIDGE_REST_AUTH_H
#define TERN_BRIDGE_REST_AUTH_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

enum {
	AUTH_HASH        = 32,
	AUTH_FREE        = 5,             /* wrong ones of an address before it has to wait */
	AUTH_WAIT_MAX_MS = 60 * 1000,
	AUTH_FORGET_MS   = 600 * 1000,    /* quiet for so long: as if nothing had been */
	AUTH_ADDRESSES   = 256,           /* remembered; then the one that was quiet longest is forgotten */
	AUTH_FINGERPRINT = 17
};

struct auth_offender {
	uint8_t  address[16];             /* IPv4 mapped; of IPv6 the first 8 bytes */
	uint32_t failures;
	uint64_t seen_ms, until_ms;
};

struct auth {
	uint8_t hash[AUTH_HASH];
	struct auth_offender offender[AUTH_ADDRESSES];
	size_t  count;
};

enum auth_result { AUTH_OK, AUTH_MISSING, AUTH_WRONG, AUTH_WAIT };

/* AUTHORIZATION is the header's value, PEER "127.0.0.1:5000".  FINGERPRINT: the presented token's, "" without one.
 * WAIT: *WAIT_S says how long. */
enum auth_result auth_check(struct auth *a, struct bytes authorization, const char *peer, uint64_t now_ms,
			    char fingerprint[AUTH_FINGERPRINT], uint32_t *wait_s);

/* Does HOST ("localhost:8080") name loopback, or is it one of NAMES? */
bool auth_host_is_ours(struct bytes host, const char *const *names, size_t count);

#endif
