/* SPDX-License-Identifier: Apache-2.0 */
/* A private key as text or as DER: refused, or good enough to sign and be verified. */
#include "crypto/key.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t memory[40 * 1024], der[KEY_DER_MAX], sig[KEY_SIGNATURE_MAX];
static struct crypto crypto;

/* RSA takes its time: one size of it is signed with. */
static void use(size_t len, const struct key_info *info)
{
	static char pem[KEY_PUBLIC_PEM_MAX];
	struct key_info again;
	struct bytes key = { der, len };
	size_t sig_len;

	if (key_check(&crypto, key, &again) != ERR_OK || memcmp(again.fingerprint, info->fingerprint, 32) != 0)
		abort();
	if (key_public_pem(&crypto, key, pem, sizeof pem) != ERR_OK)
		abort();
	if (info->bits > 2048)
		return;
	if (key_sign(&crypto, key, bytes_of("message"), sig, sizeof sig, &sig_len) != ERR_OK ||
	    key_verify(&crypto, key, bytes_of("message"), (struct bytes){ sig, sig_len }) != ERR_OK)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = { data, size };
	struct key_info info;
	size_t len;
	enum err e;

	crypto_init(&crypto, memory, sizeof memory, "fuzz", 4);
	e = size > 0 && data[0] == '-' ? key_from_pem(&crypto, in, der, sizeof der, &len, &info)
				       : key_from_der(&crypto, "", in, der, sizeof der, &len, &info);
	if (e == ERR_OK)
		use(len, &info);
	else if (len != 0)
		abort();
	if (memchr(info.found, '\0', sizeof info.found) == NULL || crypto.arena.used != 0 || crypto.arena.misused != 0)
		abort();
	return 0;
}
