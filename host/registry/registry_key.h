/* SPDX-License-Identifier: Apache-2.0 */
/* registry_key.h - a public key to and from its SubjectPublicKeyInfo (DER), without OpenSSL's search for a coder. */
#ifndef TERN_REGISTRY_REGISTRY_KEY_H
#define TERN_REGISTRY_REGISTRY_KEY_H

#include "base/bytes.h"

struct evp_pkey_st;

/* SPKI is one that credential_read() took; NULL: it is damaged, or there is no memory. */
struct evp_pkey_st *key_of_spki(struct bytes spki);

/* The bytes of KEY, to be freed by OPENSSL_free(); data NULL: no memory. */
struct bytes key_to_spki(struct evp_pkey_st *key);

#endif
