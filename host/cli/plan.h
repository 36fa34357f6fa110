/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.h - what a device is to be given: checked as the device itself would,
 * by the same code, before anything is sent.
 */
#ifndef TERN_CLI_PLAN_H
#define TERN_CLI_PLAN_H

#include "crypto/key.h"
#include "crypto/roots.h"
#include "store/settings.h"

#include <stdbool.h>

enum { PLAN_WHY = 512, PLAN_PEM_MAX = 3600, PLAN_SHORT = 16 };   /* digits of a fingerprint */

struct plan_root {
	uint8_t          der[ROOT_DER_MAX];
	size_t           len;
	struct root_info info;
};

struct plan {
	const char      *value[SETTINGS_LIMIT];   /* by enum settings_key; NULL: left as it is */
	struct plan_root root[SETTINGS_ROOTS];
	unsigned         roots;                   /* 0: left as they are */
	bool             has_key;                 /* KEY is to be stored; else the device makes one if it has none */
	uint8_t          key[KEY_DER_MAX];
	size_t           key_len;
	struct key_info  key_info;
	bool             new_key;                 /* a key that is stored is replaced */
};

/* Each is false after a sentence in WHY. */

/* The setting NAME is to be VALUE, which stays borrowed. */
bool plan_set(struct plan *p, const char *name, const char *value, char why[PLAN_WHY]);

/* The four ids of TEXT (project-id=...;...).  It is taken apart in place. */
bool plan_set_connection(struct plan *p, char *text, char why[PLAN_WHY]);

/* Every certificate of the file PATH: one that is of no use, now or at all, is
 * refused. */
bool plan_add_roots(struct plan *p, const char *path, char why[PLAN_WHY]);

/* The private key of the file PATH; a new one, which goes to the file PATH too,
 * readable by its owner alone and never over another file. */
bool plan_read_key(struct plan *p, const char *path, char why[PLAN_WHY]);
bool plan_make_key(struct plan *p, const char *path, char why[PLAN_WHY]);

/* As PEM, terminated. */
void plan_root_pem(const struct plan_root *r, char pem[PLAN_PEM_MAX]);
void plan_key_pem(const struct plan *p, char pem[PLAN_PEM_MAX]);
bool plan_public_pem(const struct plan *p, char pem[PLAN_PEM_MAX]);

/* The SHA-256 of the SubjectPublicKeyInfo in PEM as 64 digits, and whether it is
 * RSA.  False: there is none. */
bool plan_fingerprint(const char *pem, char digits[65], bool *rsa);

/* The first PLAN_SHORT digits of DIGEST. */
void plan_short(const uint8_t digest[32], char digits[PLAN_SHORT + 1]);

/* From the system's generator; false: it has none. */
bool plan_random(void *buf, size_t len);

/* Make the generator of C ready from there. */
MUST_CHECK enum err plan_seed(struct crypto *c);

void plan_wipe(struct plan *p);

#endif
