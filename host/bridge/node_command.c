/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node_command.c - commands: not kept, but their sender is told what became of
 * them.  All wait equally long for their PUBACK, so the oldest is due first and a
 * ring is enough.
 */
#include "bridge/node_internal.h"

#include <stdlib.h>

const char *node_command_text(enum node_command_result result)
{
	static const char *const texts[] = {
		[NODE_COMMAND_DELIVERED]      = "the device has acknowledged the command",
		[NODE_COMMAND_SENT]           = "the command was sent; the device subscribed with QoS 0 and "
						"will not acknowledge it",
		[NODE_COMMAND_NOT_CONNECTED]  = "the device is not connected",
		[NODE_COMMAND_NOT_SUBSCRIBED] = "the device is connected, but not subscribed to its commands",
		[NODE_COMMAND_NO_SUBFOLDERS]  = "the device subscribed to its commands without '/#' and gets none "
						"in subfolders",
		[NODE_COMMAND_NO_ANSWER]      = "the device has not acknowledged the command in time; it may "
						"still have got it",
		[NODE_COMMAND_LOST]           = "the connection ended before the device acknowledged the "
						"command; it may have got it",
		[NODE_COMMAND_BUSY]           = "too much is on its way to this device already: send it later",
	};

	return texts[result];
}

static void take_out(struct command *k)
{
	struct command **link = &k->conn->commands;

	while (*link != k)
		link = &(*link)->beside;
	*link = k->beside;
	k->before->next = k->next;
	k->next->before = k->before;
}

static void finish(struct command *k, enum node_command_result result)
{
	take_out(k);
	if (k->done != NULL)
		k->done(k->to, result);
	free(k);
}

static void put_in(struct node_conn *c, struct command *k)
{
	struct command *head = &c->node->commands;

	k->conn = c;
	k->beside = c->commands;
	c->commands = k;
	k->before = head->before;
	k->next = head;
	head->before->next = k;
	head->before = k;
}

static struct command *new_command(struct node *n, void (*done)(void *to, enum node_command_result result), void *to)
{
	struct command *k = calloc(1, sizeof *k);

	if (k == NULL)
		return NULL;
	k->ticket = ++n->command_tickets;
	k->due_ms = n->now.now_ms + n->cfg.command_ms;
	k->done = done;
	k->to = to;
	return k;
}

static bool is_exceeded(struct node_conn *c)
{
	return quota_debt_ms(&c->down_bytes, c->node->cfg.quota.bytes_per_s, c->node->now.now_ms) > 0;
}

static void note_command(struct node_conn *c, struct bytes subfolder, struct bytes data)
{
	conn_note(c, &(struct device_log_note){ .event = LOGGED_COMMAND, .severity = REGISTRY_LEVEL_DEBUG, .qos = -1,
						.topic_type = "COMMANDS", .subfolder = subfolder,
						.size = (int64_t)data.len });
}

/* True: K waits for its PUBACK; else *RESULT is known at once. */
static bool send(struct node_conn *c, struct command *k, struct bytes subfolder, struct bytes data,
		 enum node_command_result *result)
{
	struct node *n = c->node;
	bool acked_later = false;

	*result = NODE_COMMAND_BUSY;
	if (k == NULL || is_exceeded(c) ||
	    !session_command(c->session, k->ticket, subfolder, data, &acked_later, n->now.now_ms))
		return false;
	quota_pay(&c->down_bytes, n->cfg.quota.bytes_per_s, (uint32_t)data.len, n->now.now_ms);
	note_command(c, subfolder, data);
	*result = NODE_COMMAND_SENT;
	return acked_later;
}

static bool is_listening(const struct node_conn *c, struct bytes subfolder, enum node_command_result *result)
{
	if (c == NULL)
		*result = NODE_COMMAND_NOT_CONNECTED;
	else if (!session_takes_commands(c->session))
		*result = NODE_COMMAND_NOT_SUBSCRIBED;
	else if (subfolder.len > 0 && !session_takes_subfolders(c->session))
		*result = NODE_COMMAND_NO_SUBFOLDERS;
	else
		return true;
	return false;
}

void node_command(struct node *n, struct registry_device_path path, struct bytes subfolder, struct bytes data,
		  void (*done)(void *to, enum node_command_result result), void *to, struct node_time t)
{
	struct node_conn *c = node_find(n, path);
	enum node_command_result result = NODE_COMMAND_NOT_CONNECTED;
	struct command *k;

	n->now = t;
	if (!is_listening(c, subfolder, &result)) {
		done(to, result);
		return;
	}
	k = new_command(n, done, to);
	if (send(c, k, subfolder, data, &result)) {
		put_in(c, k);
		node_wake(n);
	} else {
		free(k);
		done(to, result);
	}
	conn_look(c);
	if (c->state != CONN_ENDED)
		conn_due(c);
}

void node_command_forget(struct node *n, void *to)
{
	struct command *k;

	for (k = n->commands.next; k != &n->commands; k = k->next)
		if (k->to == to)
			k->done = NULL;
}

void command_acked(struct node_conn *c, uint64_t ticket)
{
	struct command *k = c->commands;

	conn_note(c, &(struct device_log_note){ .event = LOGGED_PUBACK, .severity = REGISTRY_LEVEL_DEBUG, .size = -1,
						.qos = -1, .topic_type = "COMMANDS" });
	while (k != NULL && k->ticket != ticket)
		k = k->beside;
	if (k != NULL)
		finish(k, NODE_COMMAND_DELIVERED);
}

void commands_lost(struct node_conn *c)
{
	while (c->commands != NULL)
		finish(c->commands, NODE_COMMAND_LOST);
}

void commands_pump(struct node *n)
{
	while (n->commands.next != &n->commands && n->commands.next->due_ms <= n->now.now_ms)
		finish(n->commands.next, NODE_COMMAND_NO_ANSWER);
}

uint64_t commands_due(const struct node *n)
{
	return n->commands.next != &n->commands ? n->commands.next->due_ms : NEVER;
}
