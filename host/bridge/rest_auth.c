/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/rest_auth.h"

#include <arpa/inet.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* "127.0.0.1:5000" or "[::1]:5000" to sixteen bytes; what is no address is all zeros, one offender as another. */
static void read_address(uint8_t out[16], const char *peer)
{
	const char *end = strrchr(peer, ':');
	size_t len = end != NULL ? (size_t)(end - peer) : strlen(peer);
	char text[64] = "";

	memset(out, 0, 16);
	if (len >= 2 && peer[0] == '[' && peer[len - 1] == ']') {
		peer++;
		len -= 2;
	}
	if (len < sizeof text)
		memcpy(text, peer, len);
	if (inet_pton(AF_INET6, text, out) == 1) {
		static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

		if (memcmp(out, mapped, sizeof mapped) != 0)
			memset(out + 8, 0, 8);
	} else if (inet_pton(AF_INET, text, out + 12) == 1) {
		memset(out + 10, 0xff, 2);
	}
}

/* The offender of ADDRESS, made if it is not there. */
static struct auth_offender *offender(struct auth *a, const uint8_t address[16], uint64_t now_ms)
{
	struct auth_offender *o, *quiet = &a->offender[0];

	for (size_t i = 0; i < a->count; i++) {
		o = &a->offender[i];
		if (memcmp(o->address, address, 16) == 0) {
			if (now_ms - o->seen_ms >= AUTH_FORGET_MS)
				o->failures = 0;
			return o;
		}
		if (o->seen_ms < quiet->seen_ms)
			quiet = o;
	}
	o = a->count < AUTH_ADDRESSES ? &a->offender[a->count++] : quiet;
	*o = (struct auth_offender){ .seen_ms = now_ms };
	memcpy(o->address, address, 16);
	return o;
}

/* One more wrong token of PEER: may it be told so, or does it have to wait? */
static enum auth_result blame(struct auth *a, const char *peer, uint64_t now_ms, enum auth_result why, uint32_t *wait_s)
{
	struct auth_offender *o;
	uint8_t address[16];
	uint64_t wait_ms;

	read_address(address, peer);
	o = offender(a, address, now_ms);
	o->seen_ms = now_ms;
	if (o->failures >= AUTH_FREE && now_ms < o->until_ms) {
		*wait_s = (uint32_t)((o->until_ms - now_ms + 999) / 1000);
		return AUTH_WAIT;
	}
	if (++o->failures >= AUTH_FREE) {
		wait_ms = o->failures - AUTH_FREE < 6 ? 1000u << (o->failures - AUTH_FREE) : AUTH_WAIT_MAX_MS;
		o->until_ms = now_ms + wait_ms;
	}
	return why;
}

enum auth_result auth_check(struct auth *a, struct bytes authorization, const char *peer, uint64_t now_ms,
			    char fingerprint[AUTH_FINGERPRINT], uint32_t *wait_s)
{
	static const char scheme[] = "Bearer ";
	uint8_t hash[SHA256_DIGEST_LENGTH];

	fingerprint[0] = '\0';
	if (authorization.len < sizeof scheme || strncasecmp((const char *)authorization.data, scheme,
							     sizeof scheme - 1) != 0)
		return blame(a, peer, now_ms, AUTH_MISSING, wait_s);
	authorization.data += sizeof scheme - 1;
	authorization.len -= sizeof scheme - 1;
	while (authorization.len > 1 && authorization.data[0] == ' ') {
		authorization.data++;
		authorization.len--;
	}
	SHA256(authorization.data, authorization.len, hash);
	for (size_t i = 0; i < (AUTH_FINGERPRINT - 1) / 2; i++)
		snprintf(fingerprint + 2 * i, 3, "%02x", hash[i]);
	if (bytes_equal_secret(hash, a->hash, sizeof hash))
		return AUTH_OK;
	return blame(a, peer, now_ms, AUTH_WRONG, wait_s);
}

/* HOST without its port. */
static struct bytes without_port(struct bytes host)
{
	const uint8_t *end;

	if (host.len > 0 && host.data[0] == '[') {
		end = memchr(host.data, ']', host.len);
		return end != NULL ? (struct bytes){ host.data, (size_t)(end - host.data) + 1 } : host;
	}
	end = host.len > 0 ? memchr(host.data, ':', host.len) : NULL;
	return end != NULL ? (struct bytes){ host.data, (size_t)(end - host.data) } : host;
}

static bool same_name(struct bytes host, const char *name)
{
	return host.len == strlen(name) && strncasecmp((const char *)host.data, name, host.len) == 0;
}

static bool is_loopback(struct bytes host)
{
	struct in6_addr v6;
	struct in_addr v4;
	char text[64];

	if (host.len == 0 || host.len >= sizeof text)
		return false;
	memcpy(text, host.data, host.len);
	text[host.len] = '\0';
	if (inet_pton(AF_INET, text, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	if (text[0] == '[' && text[host.len - 1] == ']') {
		text[host.len - 1] = '\0';
		return inet_pton(AF_INET6, text + 1, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
	}
	return same_name(host, "localhost");
}

bool auth_host_is_ours(struct bytes host, const char *const *names, size_t count)
{
	host = without_port(host);
	for (size_t i = 0; i < count; i++)
		if (same_name(host, names[i]))
			return true;
	return is_loopback(host);
}
