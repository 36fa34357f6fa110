/* SPDX-License-Identifier: Apache-2.0 */
/* rest_rig.h - rest.h over a registry in memory, a message log if asked for, and a node that only takes notes. */
#ifndef TERN_TESTS_REST_RIG_H
#define TERN_TESTS_REST_RIG_H

#include "bridge/rest.h"

#define RIG_TOKEN "a-token-of-the-owner"
#define RIG_R "/v1/projects/my-project-1/locations/europe-west1/registries"
#define RIG_G RIG_R "/fleet"
#define RIG_D RIG_G "/devices"

/* What rest told the node. */
struct rest_rig_node {
	unsigned config_changed, device_changed, registry_changed, commands, forgotten;
	char     device[REGISTRY_ID];        /* of the latest */
	char     subfolder[300];
	size_t   command_len;
	bool     answers_at_once;
	enum node_command_result result;     /* then */
	void   (*done)(void *to, enum node_command_result result);
	void    *to;
};
extern struct rest_rig_node rest_rig_node;

struct rest_rig {
	struct registry *registry;
	struct sink *log;                    /* NULL: without messages */
	struct message_log *messages;
	struct rest *rest;
	struct node_time t;
	char     folder[64];
	char     journal[65536];             /* lines */
	unsigned lines;
	char     peer[64];                   /* these of the next requests */
	const char *authorization, *host;
	int      status;                     /* of the latest answer; 0: it waits */
	struct rest_head head;
	char    *body;
};

void rest_rig_init(struct rest_rig *g, bool messages);
void rest_rig_free(struct rest_rig *g);

/* TARGET with its query.  The exchange, still to be ended. */
struct rest_exchange *rest_rig_begin(struct rest_rig *g, const char *method, const char *target, struct bytes body);
/* What it has to say by now, into status and body; false: it waits. */
bool rest_rig_take(struct rest_rig *g, struct rest_exchange *x);
/* All of it; the status. */
int rest_rig_call(struct rest_rig *g, const char *method, const char *target, const char *body);

/* A message of DEVICE into the log, and wait until it is safe there. */
void rest_rig_message(struct rest_rig *g, const char *device, const char *subfolder, const char *payload);

#endif
