/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_credential.c - a device's key, as anybody may have pasted it. */
#include "registry/credential.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct bytes pem = { data, size };
	char guess_error[CREDENTIAL_ERROR] = "", error[CREDENTIAL_ERROR] = "";
	enum credential_format guess = CREDENTIAL_RSA_PEM;
	bool known = credential_guess(pem, &guess, guess_error);

	check(known || guess_error[0] != '\0');
	for (unsigned f = CREDENTIAL_RSA_PEM; f <= CREDENTIAL_ES256_X509_PEM; f++) {
		struct credential c;
		bool ok = credential_read(&c, (enum credential_format)f, pem, error);

		check(ok == (known && f == guess));
		check(ok ? strlen(c.fingerprint) == CREDENTIAL_FINGERPRINT - 1 && EVP_PKEY_get_bits(c.key) >= 256 :
		      c.key == NULL && error[0] != '\0');
		credential_free(&c);
	}
	check(ERR_peek_error() == 0);
	return 0;
}
