/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node_login.c - who is it, and may it come in.  In this order, so that the
 * sentence names the first thing that is wrong:
 *
 *   client id's form -> device known -> blocked -> token -> the connection is claimed
 */
#include "bridge/node_internal.h"
#include "bridge/token.h"
#include "bridge/topics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *put_name(char *at, struct bytes name, const char **where)
{
	*where = at;
	memcpy(at, name.data, name.len);
	at[name.len] = '\0';
	return at + name.len + 1;
}

/* The names of the client id, zero-terminated; room for the canonical id of a device that came by its number. */
static bool keep_names(struct node_conn *c, const struct iotcore_ids *ids)
{
	size_t size = ids->project.len + ids->region.len + ids->registry.len + ids->device.len + 4;
	char *at = malloc(size);

	if (at == NULL)
		return false;
	c->names = at;
	at = put_name(at, ids->project, &c->path.in.project);
	at = put_name(at, ids->region, &c->path.in.location);
	at = put_name(at, ids->registry, &c->path.in.registry);
	put_name(at, ids->device, &c->path.device);
	return true;
}

/* The device came by its number: from here on it is known by its id. */
static bool keep_id(struct node_conn *c, const struct registry_login *login)
{
	struct registry_path in = c->path.in;
	struct iotcore_ids ids = { .project = bytes_of(in.project), .region = bytes_of(in.location),
				   .registry = bytes_of(in.registry), .device = bytes_of(login->device) };
	char *before = c->names;

	if (strcmp(c->path.device, login->device) == 0)
		return true;
	if (!keep_names(c, &ids))
		return false;
	free(before);
	return true;
}

static void refuse(struct node_conn *c, const struct reason *why)
{
	session_refuse(c->session, why);
}

static void refuse_fault(struct node_conn *c, const char *what)
{
	struct reason why;

	reason_set(&why, REASON_FAULT, "the bridge cannot decide about this login now: %s", what);
	refuse(c, &why);
}

static void refuse_unknown(struct node_conn *c, enum registry_result result)
{
	struct reason why;

	if (result != REGISTRY_NOT_FOUND && result != REGISTRY_INVALID) {
		refuse_fault(c, registry_error(c->node->cfg.registry));
		return;
	}
	reason_set(&why, REASON_UNKNOWN_DEVICE, "%s", registry_error(c->node->cfg.registry));
	refuse(c, &why);
}

bool login_is_barred(const struct registry_login *login, struct reason *why)
{
	if (login->blocked)
		reason_set(why, REASON_BLOCKED, "device '%s' is blocked: an administrator shut it out", login->device);
	else if (login->mqtt_disabled)
		reason_set(why, REASON_MQTT_DISABLED, "MQTT is switched off for the registry of device '%s'",
			   login->device);
	else
		return false;
	return true;
}

static bool check_token(struct node_conn *c, const struct session_event *ev, const struct registry_login *login,
			struct token_claims *claims, struct reason *why)
{
	const struct node_config *cfg = &c->node->cfg;
	struct token_rules rules = {
		.audience = bytes_of(c->path.in.project), .now_s = c->node->now.wall_ms / 1000,
		.skew_s = cfg->skew_s, .life_max_s = cfg->life_max_s, .strict = cfg->strict
	};

	return token_verify(ev->token, login->credentials, login->credential_count, &rules, claims, why);
}

/* When the tolerance is over, on the clock that never jumps. */
static uint64_t expires_ms(const struct node *n, int64_t exp_s)
{
	int64_t left_ms = (exp_s + (int64_t)n->cfg.skew_s) * 1000 - n->now.wall_ms;

	return n->now.now_ms + (left_ms > 0 ? (uint64_t)left_ms : 0);
}

/* The device's connection is this one from now on; the one before ends. */
static bool claim(struct node_conn *c)
{
	struct node_conn *other;
	struct reason why;
	uint64_t before = 0;

	if (device_claim(c->node->cfg.registry, c->key, c->id, &before) != REGISTRY_OK)
		return false;
	other = before != 0 && before != c->id ? node_by_id(c->node, before) : NULL;
	if (other != NULL) {
		reason_set(&why, REASON_REPLACED, "the device logged in again from %s; this connection, from %s, "
			   "ended for it", c->from, other->from);
		conn_end(other, &why);
	}
	return true;
}

uint64_t login_fingerprint(const char *hex)
{
	char first[17];

	snprintf(first, sizeof first, "%s", hex);
	return strtoull(first, NULL, 16);
}

static void start_quotas(struct node_conn *c)
{
	const struct node_quota *q = &c->node->cfg.quota;
	uint64_t now_ms = c->node->now.now_ms;

	quota_init(&c->messages, q->messages_per_s, now_ms);
	quota_init(&c->up_bytes, q->bytes_per_s, now_ms);
	quota_init(&c->down_bytes, q->bytes_per_s, now_ms);
}

static void tell_up(struct node_conn *c, const struct session_event *ev, const struct token_claims *claims,
		    const struct credential *key)
{
	char sentence[256];
	struct device_log_note note = { .event = LOGGED_CONNECT, .severity = REGISTRY_LEVEL_INFO, .sentence = sentence,
					.size = -1, .qos = -1 };

	snprintf(sentence, sizeof sentence, "connected with key %.16s; keepalive %u s; the token is valid for %" PRId64
		 " s, and the connection for %" PRIu32 " s more", key->fingerprint, ev->keepalive_s,
		 claims->exp_s - c->node->now.wall_ms / 1000, c->node->cfg.skew_s);
	conn_note(c, &note);
}

static void let_in(struct node_conn *c, const struct session_event *ev, const struct registry_login *login,
		   const struct token_claims *claims)
{
	struct node *n = c->node;
	const struct credential *key = &login->credentials[claims->key];

	if (!keep_id(c, login)) {
		refuse_fault(c, "no memory");
		return;
	}
	if (!claim(c)) {
		refuse_fault(c, registry_error(n->cfg.registry));
		return;
	}
	c->state = CONN_UP;
	c->since_ms = n->now.now_ms;
	c->expires_ms = expires_ms(n, claims->exp_s);
	c->fingerprint = login_fingerprint(key->fingerprint);
	start_quotas(c);
	node_place(c);
	n->counts.up++;
	n->counts.logins++;
	session_accept(c->session, bytes_of(login->device), login->num_id, n->now.now_ms);
	tell_up(c, ev, claims, key);
}

static void with_device(struct node_conn *c, const struct session_event *ev, const struct registry_login *login)
{
	struct token_claims claims;
	struct reason why;

	c->key = login->key;
	c->num_id = login->num_id;
	c->level = login->level;
	if (login_is_barred(login, &why) || !check_token(c, ev, login, &claims, &why))
		refuse(c, &why);
	else
		let_in(c, ev, login, &claims);
}

void login_decide(struct node_conn *c, const struct session_event *ev)
{
	struct node *n = c->node;
	struct registry_login login = { 0 };
	enum registry_result result;
	struct iotcore_ids ids;
	struct reason why;

	if (n->stopped_ms != NEVER) {
		reason_set(&why, REASON_SHUTTING_DOWN, "the bridge is stopping");
		refuse(c, &why);
		return;
	}
	if (!topics_client_id(ev->client_id, &ids, &why)) {
		refuse(c, &why);
		return;
	}
	if (!keep_names(c, &ids)) {
		refuse_fault(c, "no memory");
		return;
	}
	result = login_get(n->cfg.registry, c->path, &login);
	if (result != REGISTRY_OK)
		refuse_unknown(c, result);
	else
		with_device(c, ev, &login);
	login_clear(&login);
}
