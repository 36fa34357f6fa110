/* SPDX-License-Identifier: Apache-2.0 */
/* tls_evidence.h - what TLS saw, for the diagnosis. */
#ifndef TERN_CRYPTO_TLS_EVIDENCE_H
#define TERN_CRYPTO_TLS_EVIDENCE_H

#include "base/evidence.h"
#include "crypto/tls.h"

/* Write TLS's and the arena's lines of E.  Texts stay T's.  Device and tern doctor use it. */
void tls_evidence(const struct tls *t, struct evidence *e);

#endif
