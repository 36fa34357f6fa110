/* SPDX-License-Identifier: Apache-2.0 */
/* pem_file.h - files of tests/data, and anchors kept in memory. */
#ifndef TERN_TESTS_PEM_FILE_H
#define TERN_TESTS_PEM_FILE_H

#include "base/bytes.h"
#include "crypto/roots.h"

/* The file NAME in a static buffer, valid until the next call; aborts if absent. */
struct bytes file_text(const char *name);

/* Anchors in memory: the first member is what tls.h wants. */
struct memory_roots {
	struct roots roots;
	unsigned     count;
	struct { uint8_t der[ROOT_DER_MAX]; size_t len; enum err err; } anchor[6];
};

void memory_roots_init(struct memory_roots *m);
/* Add tests/data/NAME.pem. */
void memory_roots_add(struct memory_roots *m, const char *name);

#endif
