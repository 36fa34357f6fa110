/* SPDX-License-Identifier: Apache-2.0 */
/* packets.c - what the devices send. */
#include "crowd.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { P256 = 32, LIFE_S = 12 * 3600 };

static size_t put_text(uint8_t *out, const char *text)
{
	size_t len = strlen(text);

	out[0] = (uint8_t)(len >> 8);
	out[1] = (uint8_t)len;
	memcpy(out + 2, text, len);
	return len + 2;
}

/* Fixed header (2.2) in front of BODY, which OUT gets. */
static size_t put_packet(uint8_t *out, uint8_t first, const uint8_t *body, size_t len)
{
	size_t n = 0, left = len;

	out[n++] = first;
	do {
		out[n++] = (uint8_t)((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
		left >>= 7;
	} while (left > 0);
	memcpy(out + n, body, len);
	return n + len;
}

static size_t base64url(char *out, const uint8_t *data, size_t len)
{
	int n = EVP_EncodeBlock((uint8_t *)out, data, (int)len);

	for (int i = 0; i < n; i++)
		out[i] = (char)(out[i] == '+' ? '-' : out[i] == '/' ? '_' : out[i]);
	while (n > 0 && out[n - 1] == '=')
		n--;
	out[n] = '\0';
	return (size_t)n;
}

/* r and s, 32 bytes each (RFC 7518, 3.4). */
static void sign(EVP_PKEY *key, const char *text, uint8_t raw[2 * P256])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t der[128];
	const uint8_t *at = der;
	size_t len = sizeof der;
	ECDSA_SIG *sig;

	if (EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) != 1 ||
	    EVP_DigestSign(ctx, der, &len, (const uint8_t *)text, strlen(text)) != 1)
		crowd_fail("signing");
	sig = d2i_ECDSA_SIG(NULL, &at, (long)len);
	BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, P256);
	BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + P256, P256);
	ECDSA_SIG_free(sig);
	EVP_MD_CTX_free(ctx);
}

/* All devices have one key and one token: what is measured is the other end. */
static const char *token(const struct crowd_config *cfg, EVP_PKEY *key)
{
	static char text[CROWD_TOKEN];
	static const char header[] = "{\"alg\":\"ES256\",\"typ\":\"JWT\"}";
	char claims[256];
	uint8_t raw[2 * P256];
	long long now = (long long)time(NULL);
	size_t n;

	if (text[0] != '\0')
		return text;
	snprintf(claims, sizeof claims, "{\"iat\":%lld,\"exp\":%lld,\"aud\":\"%s\"}", now, now + LIFE_S, cfg->project);
	n = base64url(text, (const uint8_t *)header, strlen(header));
	text[n++] = '.';
	n += base64url(text + n, (const uint8_t *)claims, strlen(claims));
	sign(key, text, raw);
	text[n++] = '.';
	base64url(text + n, raw, sizeof raw);
	return text;
}

size_t crowd_connect(const struct crowd_config *cfg, EVP_PKEY *key, uint32_t number, uint8_t out[2048])
{
	static const uint8_t head[] = { 0, 4, 'M', 'Q', 'T', 'T', 4, 0xc2, 0x04, 0xb0 };    /* keepalive 20 min */
	uint8_t body[1536];
	char id[CROWD_NAME];
	size_t n = sizeof head;

	memcpy(body, head, n);
	snprintf(id, sizeof id, "%s/devices/device-%u", cfg->parent, number);
	n += put_text(body + n, id);
	n += put_text(body + n, "unused");
	n += put_text(body + n, token(cfg, key));
	return put_packet(out, 0x10, body, n);
}

size_t crowd_publish(const struct crowd_config *cfg, uint32_t number, uint8_t *out, size_t size, size_t *id_at)
{
	char topic[CROWD_NAME];
	uint8_t *body = malloc(size);
	size_t n, len;

	snprintf(topic, sizeof topic, "/devices/device-%u/events", number);
	if (body == NULL || size < strlen(topic) + cfg->size + 16)
		crowd_fail("message too large");
	n = put_text(body, topic) + 2;
	memset(body + n, 'x', cfg->size);
	len = put_packet(out, 0x32, body, n + cfg->size);
	*id_at = len - cfg->size - 2;
	free(body);
	return len;
}

EVP_PKEY *crowd_key(const char *file)
{
	FILE *f = fopen(file, "r");
	EVP_PKEY *key = f != NULL ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;

	if (key == NULL)
		crowd_fail(file);
	fclose(f);
	return key;
}
