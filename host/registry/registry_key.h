/* SPDX-License-Identifier: Apache-2.0 */
/* registry_key.h - the public key of a stored SubjectPublicKeyInfo, without OpenSSL's search for a decoder. */
#ifndef TERN_REGISTRY_REGISTRY_KEY_H
#define TERN_REGISTRY_REGISTRY_KEY_H

#include "base/bytes.h"

struct evp_pkey_st;

/* SPKI is one that credential_read() took; NULL: it is damaged, or there is no memory. */
struct evp_pkey_st *key_of_spki(struct bytes spki);

#endif
