/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remote.h - a REST interface: the bridge's (SPEC.md, section 10.7), or that of
 * the service that devices come from.
 *
 * TLS is always verified.  Plain HTTP is spoken with this computer only, since
 * the token would be there for everybody to read; proxies are not used for it.
 * Every call ends: with an answer, after a time, or by a signal.
 */
#ifndef TERN_CLI_REMOTE_H
#define TERN_CLI_REMOTE_H

#include "base/bytes.h"

#include <cjson/cJSON.h>

enum {
	REMOTE_WHY = 1024, REMOTE_TOKEN = 8192,
	REMOTE_CALL_S = 60,              /* a call */
	REMOTE_COMMAND_S = 90,           /* one that waits for a device: longer than the bridge does */
	REMOTE_SILENT_S = 45,            /* a stream says something every 15 s */
	REMOTE_BODY_MAX = 64 << 20,      /* bytes of an answer */
	REMOTE_LINE_MAX = 2 << 20        /* of one line of a stream */
};

enum remote_auth { REMOTE_BEARER, REMOTE_USER_TOKEN };   /* Authorization: Bearer T; ClearBlade-UserToken: T */

struct remote_config {
	const char *name;        /* for sentences: "the bridge" */
	const char *url;         /* "https://bridge.example.com:8080", perhaps with a path */
	const char *token;
	enum remote_auth auth;
	const char *ca;          /* file of roots; NULL: the system's */
};

enum remote_result {
	REMOTE_OK,
	REMOTE_REFUSED,          /* an answer that says no, or no sense: HTTP, WHY */
	REMOTE_UNREACHABLE,      /* no answer: WHY */
	REMOTE_INTERRUPTED       /* SIGINT, SIGTERM, SIGHUP: WHY */
};

/* All zero before its first use; remote_call() frees what was there. */
struct answer {
	enum remote_result result;
	long   http;             /* the status; 0: none came */
	char  *body;             /* terminated; NULL: none */
	size_t len;
	cJSON *json;             /* of it: an object; NULL: a stream, or not OK */
	uint32_t retry_after_s;  /* 0: not said */
	char   why[REMOTE_WHY];  /* unless OK: one sentence */
};

struct remote;

/* NULL: WHY says what is wrong with CFG.  All is copied.  From now on SIGINT, SIGTERM and SIGHUP only end
 * what waits here (line_catch_signals()). */
struct remote *remote_open(const struct remote_config *cfg, char why[REMOTE_WHY]);
void remote_close(struct remote *r);         /* NULL is let pass */
const char *remote_url(const struct remote *r);

/* PATH is put behind the URL; BODY (JSON) may be NULL.  A->result is returned. */
enum remote_result remote_call(struct remote *r, const char *method, const char *path, const char *body,
			       unsigned seconds, struct answer *a);
void answer_clear(struct answer *a);

/* GET PATH and hand out each line of the answer, terminated and without its end, as it comes; false ends it.
 * OK: it ended, be it by the other side or by LINE; A holds no body. */
enum remote_result remote_stream(struct remote *r, const char *path,
				 bool (*line)(void *to, const char *text, size_t len), void *to, struct answer *a);

/* Let MS pass.  False: interrupted. */
bool remote_pause(int64_t ms);
bool remote_is_interrupted(void);

/* The token in FILE: its first line; only its owner and group may read it.  False: WHY. */
bool remote_read_token(const char *file, char token[REMOTE_TOKEN], char why[REMOTE_WHY]);

#endif
