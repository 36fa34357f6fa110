/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node_rig.h - a node with a real registry, sinks that confirm when they are
 * told to, devices that log in with real tokens, and a clock that stands still.
 */
#ifndef TERN_TESTS_NODE_RIG_H
#define TERN_TESTS_NODE_RIG_H

#include "unit/cmocka_all.h"

#include "bridge/node.h"

#define RIG_WALL_MS 1800000000000LL   /* when the clock says 0 */
#define RIG_CLIENT  "projects/my-project-1/locations/europe-west1/registries/fleet/devices/"

enum { RIG_TAKEN = 4096, RIG_TEXT = 1 << 17 };

struct rig_sink {
	struct sink sink;
	size_t   room;                /* messages that it still takes */
	uint64_t taken[RIG_TAKEN];    /* their tickets, in order; 0: QoS 0 */
	size_t   taken_count;
	uint64_t confirmed[RIG_TAKEN];
	size_t   confirmed_count, read_count;
	char     log[RIG_TEXT];       /* "event pump-7 a/b 'hi' 1; " */
};

struct rig {
	struct node *node;
	struct node_config cfg;
	struct registry *registry;
	struct rig_sink sinks[2];
	uint64_t now_ms;
	char     journal[RIG_TEXT];   /* the JSON lines */
};

struct rig_device {
	struct rig *rig;
	struct node_conn *conn;       /* NULL: gone */
	uint8_t  out[1 << 17];        /* what it was sent */
	size_t   out_len;
	uint8_t  rest[1 << 20];       /* what the node did not take */
	size_t   rest_len;
	enum reason_code end;         /* NONE: up */
	char     why[REASON_TEXT];
};

/* The settings of a real bridge; a test may change G->cfg before rig_start(). */
void rig_new(struct rig *g);
void rig_start(struct rig *g);
void rig_free(struct rig *g);
void rig_add(struct rig *g, const char *device);       /* with the one key that all have */
struct registry_device_path rig_path(const char *device);
struct node_time rig_now(const struct rig *g);

/* Everything that can happen now, happens: pump, feed what was left, collect what is sent. */
void rig_settle(struct rig *g);
void rig_pass(struct rig *g, uint64_t ms);            /* time, deadline by deadline */
void rig_confirm(struct rig *g, size_t sink, size_t which);     /* the WHICH-th message that it took */
void rig_confirm_all(struct rig *g);                  /* of both sinks, and the registry's states */
void rig_sync(struct rig *g);                         /* what the registry has queued is there */

struct rig_device *rig_connect(struct rig *g);
/* CONNECT with client id RIG_CLIENT and ID; the token's iat is AGE_S ago, its life LIFE_S. */
void rig_login(struct rig_device *d, const char *id, int64_t age_s, int64_t life_s);
void rig_login_as(struct rig_device *d, const char *client_id, const char *token);
struct rig_device *rig_up(struct rig *g, const char *id);       /* connected, logged in, CONNACK taken */
void rig_leave(struct rig_device *d);                 /* the connection breaks; D is no more */
void rig_feed(struct rig_device *d, const void *bytes, size_t len);
void rig_publish(struct rig_device *d, const char *topic, const char *payload, uint8_t qos, uint16_t id);
void rig_subscribe(struct rig_device *d, const char *topic, uint8_t qos, uint16_t id);

/* Exactly these bytes were sent to it since the last time. */
void rig_sent(struct rig_device *d, const void *bytes, size_t len);
#define RIG_SENT(d, text) rig_sent(d, text, sizeof(text) - 1)
void rig_token(char token[16384], const char *aud, int64_t iat_s, int64_t exp_s);
const char *rig_pem(void);
const char *rig_other_pem(void);
int rig_forget_keys(void **state);                    /* for a group's teardown */

#endif
