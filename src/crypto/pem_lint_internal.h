/* SPDX-License-Identifier: Apache-2.0 */
/* pem_lint_internal.h - between pem_lint.c, which gathers evidence, and
 * pem_lint_judge.c, which finds the cause. */
#ifndef TERN_CRYPTO_PEM_LINT_INTERNAL_H
#define TERN_CRYPTO_PEM_LINT_INTERNAL_H

#include "crypto/pem_lint.h"

enum { PEM_DASHES = 5, PEM_NO_CHARACTER = 0x110000 };

enum pem_kind { KIND_KEY, KIND_PUBLIC, KIND_CERTIFICATE, KIND_PARAMETERS, KIND_REQUEST, KIND_ENCRYPTED, KIND_OPENSSH,
		KIND_SSH2, KIND_PKCS7, KIND_TRUSTED, KIND_OTHER, KINDS };

enum pem_kind pem_kind_of(const char *label);

/* A finding more, to be filled in. */
struct pem_lint_finding *pem_find(struct pem_lint *l, enum pem_lint_code code, uint32_t line);
void pem_numbers(struct pem_lint_finding *f, uint32_t a, uint32_t b, uint32_t c);

/* The object is complete, or nothing more of it comes. */
void pem_judge(struct pem_lint *l);

/* The text had no object; it had objects and has ended. */
void pem_judge_text(struct pem_lint *l);
void pem_judge_end(struct pem_lint *l);

#endif
