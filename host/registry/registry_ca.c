/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/registry_ca.h"

#include <cjson/cJSON.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

enum { NAME_SIZE = 128 };

/* The base64 between the two lines of dashes, wherever its lines break; the length of what it holds, 0: none. */
static size_t decode(const char *pem, uint8_t der[CREDENTIAL_PEM_SIZE])
{
	static const char begin[] = "CERTIFICATE-----";
	char base64[CREDENTIAL_PEM_SIZE + 1];
	const char *p = strstr(pem, begin);
	size_t len = 0, pad = 0;
	int size;

	for (p = p != NULL ? p + sizeof begin - 1 : ""; *p != '\0' && *p != '-' && len < sizeof base64 - 1; p++)
		if (strchr(" \t\r\n\v\f", *p) == NULL) {
			base64[len++] = *p;
			pad += *p == '=';
		}
	base64[len] = '\0';
	size = EVP_DecodeBlock(der, (const unsigned char *)base64, (int)len);
	return len > 0 && size > 0 && pad <= 2 ? (size_t)size - pad : 0;
}

static X509 *read_certificate(const char *pem)
{
	uint8_t der[CREDENTIAL_PEM_SIZE];
	const unsigned char *p = der;
	size_t len = decode(pem, der);
	X509 *x = len > 0 ? d2i_X509(NULL, &p, (long)len) : NULL;

	ERR_clear_error();
	return x;
}

static const char *text_of(const cJSON *credential)
{
	const cJSON *part = cJSON_GetObjectItemCaseSensitive(credential, "publicKeyCertificate");

	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(part, "certificate"));
}

static bool read_all(struct ca_list *list, const cJSON *credentials, char error[REGISTRY_ERROR])
{
	const cJSON *credential;

	if (cJSON_GetArraySize(credentials) > CA_MAX) {
		snprintf(error, REGISTRY_ERROR, "the registry has %d certificates, and may have %d",
			 cJSON_GetArraySize(credentials), CA_MAX);
		return false;
	}
	cJSON_ArrayForEach(credential, credentials) {
		const char *pem = text_of(credential);
		X509 *x = pem != NULL ? read_certificate(pem) : NULL;

		if (x == NULL) {
			snprintf(error, REGISTRY_ERROR,
				 "credentials[%zu].publicKeyCertificate.certificate of the registry is no certificate "
				 "in PEM ('-----BEGIN CERTIFICATE-----')",
				 list->count);
			return false;
		}
		list->certificates[list->count++] = x;
	}
	return true;
}

bool ca_read(struct ca_list *list, const char *extra, char error[REGISTRY_ERROR])
{
	cJSON *tree = extra != NULL ? cJSON_Parse(extra) : NULL;
	const cJSON *credentials = cJSON_GetObjectItemCaseSensitive(tree, "credentials");
	bool good = true;

	*list = (struct ca_list){ 0 };
	if (credentials != NULL && !cJSON_IsArray(credentials)) {
		snprintf(error, REGISTRY_ERROR, "the credentials of the registry are no array");
		good = false;
	} else if (credentials != NULL)
		good = read_all(list, credentials, error);
	if (!good)
		ca_free(list);
	cJSON_Delete(tree);
	return good;
}

void ca_free(struct ca_list *list)
{
	while (list->count > 0)
		X509_free(list->certificates[--list->count]);
}

bool ca_check_list(const char *extra, char error[REGISTRY_ERROR])
{
	struct ca_list list;
	bool good = ca_read(&list, extra, error);

	ca_free(&list);
	return good;
}

/* ---- A device's ----------------------------------------------------------- */

static bool one_signed(const struct ca_list *list, X509 *x)
{
	bool found = false;

	for (size_t i = 0; !found && i < list->count; i++) {
		EVP_PKEY *key = X509_get0_pubkey(list->certificates[i]);

		found = key != NULL && X509_verify(x, key) == 1;
	}
	ERR_clear_error();
	return found;
}

/* Names out of a certificate are anybody's: what is not printable ASCII stands there as '?'. */
static const char *name_of(char out[NAME_SIZE], const X509_NAME *name)
{
	if (X509_NAME_oneline(name, out, NAME_SIZE) == NULL)
		out[0] = '\0';
	for (char *p = out; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	return out;
}

bool ca_signed(const struct ca_list *list, const char *pem, char error[REGISTRY_ERROR])
{
	X509 *x = read_certificate(pem);
	char issuer[NAME_SIZE], first[NAME_SIZE];
	bool found = x != NULL && one_signed(list, x);

	if (x == NULL)
		snprintf(error, REGISTRY_ERROR,
			 "the registry has certificates (%zu), so that a device's key must be an X.509 certificate "
			 "that one of them signed, and not a bare public key",
			 list->count);
	else if (!found)
		snprintf(error, REGISTRY_ERROR,
			 "the certificate, issued by '%s', is signed by none of the registry's %zu (the first is '%s')",
			 name_of(issuer, X509_get_issuer_name(x)), list->count,
			 name_of(first, X509_get_subject_name(list->certificates[0])));
	X509_free(x);
	return found;
}
