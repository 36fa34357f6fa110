/* SPDX-License-Identifier: Apache-2.0 */
/* node_config.c - configs on their way to devices, and what the admin changed. */
#include "bridge/node_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void end_deleted(struct node_conn *c)
{
	struct reason why;

	reason_set(&why, REASON_DELETED, "device '%s' was deleted", c->path.device);
	conn_end(c, &why);
}

static void note_config(struct node_conn *c, const struct registry_config *config)
{
	conn_note(c, &(struct device_log_note){ .event = LOGGED_CONFIG, .severity = REGISTRY_LEVEL_DEBUG, .qos = -1,
						.topic_type = "CONFIG", .version = config->version,
						.size = (int64_t)config->len });
}

static void pass_on(struct node_conn *c, const struct registry_config *config)
{
	struct node *n = c->node;
	struct bytes data = { config->data, config->len };

	if (!session_config(c->session, config->version, data, n->now.now_ms))
		return;                       /* it has unsubscribed meanwhile */
	quota_pay(&c->down_bytes, n->cfg.quota.bytes_per_s, (uint32_t)config->len, n->now.now_ms);
	queue_time(n->cfg.registry, c->key, REGISTRY_CONFIG_SENT, n->now.wall_ms);
	note_config(c, config);
}

/* The newest there is; those in between were never sent. */
void config_send(struct node_conn *c)
{
	struct node *n = c->node;
	struct registry_config config = { 0 };
	enum registry_result result;

	c->config_due_ms = NEVER;
	if (c->state != CONN_UP || !session_takes_config(c->session))
		return;
	c->config_next_ms = n->now.now_ms + n->cfg.quota.config_ms;
	result = login_config(n->cfg.registry, c->key, &config);
	if (result == REGISTRY_OK)
		pass_on(c, &config);
	else if (result == REGISTRY_NOT_FOUND)
		end_deleted(c);
	else
		c->config_due_ms = c->config_next_ms;         /* the database is busy: once more */
	config_clear(&config);
	conn_look(c);
}

static void send_soon(struct node_conn *c)
{
	if (c->node->now.now_ms >= c->config_next_ms) {
		config_send(c);
	} else if (c->config_due_ms == NEVER) {
		c->config_due_ms = c->config_next_ms;
		conn_due(c);
	}
}

/* A device that subscribes again and again is served once in config_ms, too. */
void config_subscribed(struct node_conn *c)
{
	send_soon(c);
}

void config_acked(struct node_conn *c, uint64_t version)
{
	queue_config_acked(c->node->cfg.registry, c->key, version, c->node->now.wall_ms);
	conn_note(c, &(struct device_log_note){ .event = LOGGED_PUBACK, .severity = REGISTRY_LEVEL_DEBUG, .size = -1,
						.qos = -1, .topic_type = "CONFIG", .version = version });
}

void node_config_changed(struct node *n, struct registry_device_path path, struct node_time t)
{
	struct node_conn *c = node_find(n, path);

	n->now = t;
	if (c != NULL && session_takes_config(c->session))
		send_soon(c);
}

/* ---- what the admin changed ------------------------------------------------ */

static bool key_is_there(const struct node_conn *c, const struct registry_login *login)
{
	size_t i;

	for (i = 0; i < login->credential_count; i++)
		if (login_fingerprint(login->credentials[i].fingerprint) == c->fingerprint)
			return true;
	return false;
}

/* A key that expired lets nobody in, but ends nothing (the contract); one that was taken away does: whoever
 * takes it away has a reason, and a device with another key is back in a second. */
static void hold_against(struct node_conn *c, const struct registry_login *login)
{
	struct reason why;

	c->level = login->level;
	if (login->key != c->key) {
		end_deleted(c);
	} else if (login_is_barred(login, &why)) {
		conn_end(c, &why);
	} else if (!key_is_there(c, login)) {
		reason_set(&why, REASON_NO_KEY, "the key %016" PRIx64 " with which the device logged in was taken away "
			   "from it", c->fingerprint);
		conn_end(c, &why);
	}
}

static void look_again(struct node_conn *c)
{
	struct registry_login login = { 0 };
	enum registry_result result = login_get(c->node->cfg.registry, c->path, &login);

	if (result == REGISTRY_OK)
		hold_against(c, &login);
	else if (result == REGISTRY_NOT_FOUND)
		end_deleted(c);
	login_clear(&login);
}

void node_device_changed(struct node *n, struct registry_device_path path, struct node_time t)
{
	struct node_conn *c = node_find(n, path);

	n->now = t;
	if (c != NULL)
		look_again(c);
}

static bool is_in(const struct node_conn *c, struct registry_path path)
{
	return strcmp(c->path.in.registry, path.registry) == 0 && strcmp(c->path.in.location, path.location) == 0 &&
	       strcmp(c->path.in.project, path.project) == 0;
}

/* Rare, so it may look at all of them. */
void node_registry_changed(struct node *n, struct registry_path path, struct node_time t)
{
	uint32_t i;

	n->now = t;
	for (i = 0; i < n->slot_count; i++) {
		struct node_conn *c = n->slots[i].conn;

		if (c != NULL && c->state == CONN_UP && is_in(c, path))
			look_again(c);
	}
}
