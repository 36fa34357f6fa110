/* SPDX-License-Identifier: Apache-2.0 */
/* rest_internal.h - what rest.c shares with the files that answer. */
#ifndef TERN_BRIDGE_REST_INTERNAL_H
#define TERN_BRIDGE_REST_INTERNAL_H

#include "bridge/rest.h"
#include "bridge/rest_auth.h"
#include "bridge/rest_model.h"
#include "bridge/rest_path.h"

enum { REST_PEER = 80, REST_METHOD = 16, REST_PATH = 512, REST_MESSAGE = 600 };

/*
 *   WORKING --+--> COMMAND --+--> ANSWERED        COMMAND: node_command()'s outcome
 *             +--> POLL -----+                    POLL: news, or the end of its wait
 *             +--> STREAM ---+                    STREAM: has a head, and never all of its body before rest_stop()
 */
enum rest_state { REST_WORKING, REST_COMMAND, REST_POLL, REST_STREAM, REST_ANSWERED };

/* Who reads messages or log entries. */
struct rest_reader {
	bool     entries;            /* log entries; else messages */
	char     project[REGISTRY_ID], location[REGISTRY_ID], registry[REGISTRY_ID], device[REGISTRY_ID];  /* "": all */
	char     subfolder[1024];
	bool     has_subfolder;
	int      kind;
	uint64_t cursor, lost;
	size_t   max;
};

struct rest_exchange {
	struct rest *rest;
	struct rest_exchange *next, **self;       /* of all that are under way */
	struct rest_exchange *next_ready;
	bool     is_ready;                        /* in the list of those */
	bool     authorised;                      /* the token was right */
	bool     told_to_wait;                    /* rest_begin() has returned without an answer */
	enum rest_state state;
	struct rest_head head;
	struct json_text body;
	size_t   taken;
	void    *user;
	struct rest_reader *reader;
	uint64_t due_ms;                          /* COMMAND, POLL: the end; STREAM: the next beat */
	bool     beat;                            /* STREAM: it is time for one */
	/* For the audit log. */
	char     peer[REST_PEER], fingerprint[AUTH_FINGERPRINT], method[REST_METHOD], path[REST_PATH];
	char     change[MODEL_CHANGE];            /* "": nothing was changed */
	uint64_t device_key;                      /* whose log keeps it; 0: nobody's */
	bool     unaudited;
};

struct rest {
	struct rest_config cfg;
	struct auth auth;
	struct node_time t;                       /* of the latest call */
	struct rest_exchange *all, *ready, **ready_end;
	size_t   count;
	void   (*wake)(void *to);
	void    *wake_to;
	uint64_t looked_ms;                       /* when the logs were looked at for who waits */
	bool     news, stopping;
};

/* One request, taken apart. */
struct rest_call {
	struct rest *rest;
	struct rest_exchange *x;
	struct path  path;
	struct query query;
	cJSON       *body;                        /* an object, where the route wants one */
	struct registry_device_path name;         /* as far as the path goes, else NULL */
	char         device[REGISTRY_ID];         /* the id of a device that was found */
};

/* google.rpc.Code by its HTTP status. */
enum rest_refusal {
	REST_INVALID, REST_PRECONDITION, REST_UNAUTHENTICATED, REST_DENIED, REST_NOT_FOUND, REST_METHOD_UNKNOWN,
	REST_EXISTS, REST_EXHAUSTED, REST_INTERNAL, REST_UNIMPLEMENTED, REST_UNAVAILABLE, REST_DEADLINE
};

/* One of these ends the exchange's work.  JSON is taken over; NULL: no memory. */
void rest_answer(struct rest_exchange *x, cJSON *json);
void rest_answer_status(struct rest_exchange *x, int status, cJSON *json);
void rest_answer_text(struct rest_exchange *x, struct json_text *text);
void rest_refuse_with(struct rest_exchange *x, enum rest_refusal why, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* As registry_error() says. */
void rest_refuse_registry(struct rest_exchange *x, enum registry_result result);
void rest_refuse_model(struct rest_exchange *x, const struct model_error *error);
void rest_ready(struct rest_exchange *x);
void rest_audit(struct rest_exchange *x, int status);

/* What was changed, for the audit log. */
void rest_change(struct rest_exchange *x, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A whole number from the query, MISSING if it is not there.  False: refused. */
bool rest_param_number(struct rest_call *c, const char *name, uint64_t missing, uint64_t max, uint64_t *value);

/* Ids in page tokens: base64 of the last id. */
bool rest_page_read(struct rest_call *c, uint64_t *size, char after[REGISTRY_ID]);
void rest_page_end(struct rest_exchange *x, struct json_text *page, const char *last, bool more);

/* ---- Who answers ---------------------------------------------------------- */

void rest_list_registries(struct rest_call *c);
void rest_list_all_registries(struct rest_call *c);
void rest_create_registry(struct rest_call *c);
void rest_get_registry(struct rest_call *c);
void rest_patch_registry(struct rest_call *c);
void rest_delete_registry(struct rest_call *c);

void rest_list_devices(struct rest_call *c);
void rest_create_device(struct rest_call *c);
void rest_get_device(struct rest_call *c);
void rest_patch_device(struct rest_call *c);
void rest_delete_device(struct rest_call *c);
void rest_list_configs(struct rest_call *c);
void rest_list_states(struct rest_call *c);
void rest_modify_config(struct rest_call *c);
void rest_send_command(struct rest_call *c);

void rest_list_messages(struct rest_call *c);
void rest_stream_messages(struct rest_call *c);
void rest_list_entries(struct rest_call *c);
void rest_stream_entries(struct rest_call *c);
void rest_health(struct rest_call *c);
void rest_later(struct rest_call *c);

/* ---- Readers that wait ---------------------------------------------------- */

bool rest_reader_has_news(const struct rest_exchange *x, uint64_t messages_end, uint64_t entries_end);
/* Answers it if there is something, or if there is nothing and it is the LAST time. */
void rest_poll_again(struct rest_exchange *x, bool last);
void rest_stream_fill(struct rest_exchange *x);             /* more body, if there is more */

#endif
