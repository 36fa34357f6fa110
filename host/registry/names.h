/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h - the contract's forms: ids, metadata, JSON that is kept as it came.
 *
 * Each check returns true, or writes one sentence with the offending value and
 * the form that was expected into ERROR.  Pure.
 */
#ifndef TERN_REGISTRY_NAMES_H
#define TERN_REGISTRY_NAMES_H

#include "registry/registry.h"

enum { NAMES_QUOTE = 4 * 48 + 8 };    /* bytes of a quoted value; longer ones are cut */

/* Project, location and registry id of PATH, and DEVICE unless it is NULL. */
bool names_check(struct registry_path path, const char *device, char error[REGISTRY_ERROR]);

/* TEXT is a number, as no id can be: an id begins with a letter.  False also when it is 0 or above INT64_MAX. */
bool names_number(const char *text, uint64_t *number);

/* One of enum registry_level. */
bool names_level(enum registry_level level, char error[REGISTRY_ERROR]);

/* JSON is an object of strings: at most 500 pairs, a key of 1 to 128 of the characters of ids, a value of
 * 32,768 bytes, 262,144 bytes in all. */
bool names_metadata(const char *json, char error[REGISTRY_ERROR]);

/* JSON is an object and not longer than REGISTRY_EXTRA_MAX. */
bool names_extra(const char *json, char error[REGISTRY_ERROR]);

/* VALUE in quotes, what is not printable ASCII as \xNN, behind 48 bytes "..."; returns OUT. */
const char *names_quote(char out[NAMES_QUOTE], const char *value);

#endif
