/* SPDX-License-Identifier: Apache-2.0 */
/* lint.h - what pem_lint.h says of a text, as findings. */
#ifndef TERN_CLI_LINT_H
#define TERN_CLI_LINT_H

#include "cli/findings.h"
#include "crypto/pem_lint.h"

/* All of TEXT, where WANTED belongs.  LINE[0..MAX): where sound objects begin; may be NULL. */
void lint_text(struct findings *f, enum pem_lint_for wanted, struct bytes text, uint32_t *line, size_t max);

/* What key.h has refused, once the text has nothing to be said of. */
void lint_key(struct findings *f, enum err e, const struct key_info *info);

#endif
