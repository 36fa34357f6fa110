/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/bridge/rest_rig.h"

#include <openssl/sha.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct rest_rig_node rest_rig_node;

/* A fault of the rig itself. */
static void need(bool fine, const char *what)
{
	if (fine)
		return;
	fprintf(stderr, "rest_rig: %s\n", what);
	abort();
}

/* ---- The node ------------------------------------------------------------- */

void node_config_changed(struct node *n, struct registry_device_path path, struct node_time t)
{
	(void)n;
	(void)t;
	rest_rig_node.config_changed++;
	snprintf(rest_rig_node.device, sizeof rest_rig_node.device, "%s", path.device);
}

void node_device_changed(struct node *n, struct registry_device_path path, struct node_time t)
{
	(void)n;
	(void)t;
	rest_rig_node.device_changed++;
	snprintf(rest_rig_node.device, sizeof rest_rig_node.device, "%s", path.device);
}

void node_registry_changed(struct node *n, struct registry_path path, struct node_time t)
{
	(void)n;
	(void)path;
	(void)t;
	rest_rig_node.registry_changed++;
}

const char *node_command_text(enum node_command_result result)
{
	return result == NODE_COMMAND_NOT_CONNECTED ? "the device is not connected" : "as the node says";
}

void node_command(struct node *n, struct registry_device_path path, struct bytes subfolder, struct bytes data,
		  void (*done)(void *to, enum node_command_result result), void *to, struct node_time t)
{
	(void)n;
	(void)t;
	rest_rig_node.commands++;
	rest_rig_node.command_len = data.len;
	snprintf(rest_rig_node.device, sizeof rest_rig_node.device, "%s", path.device);
	snprintf(rest_rig_node.subfolder, sizeof rest_rig_node.subfolder, "%.*s", (int)subfolder.len,
		 (const char *)subfolder.data);
	rest_rig_node.done = done;
	rest_rig_node.to = to;
	if (rest_rig_node.answers_at_once)
		done(to, rest_rig_node.result);
}

void node_command_forget(struct node *n, void *to)
{
	(void)n;
	(void)to;
	rest_rig_node.forgotten++;
}

void node_counts(const struct node *n, struct node_counts *counts)
{
	(void)n;
	*counts = (struct node_counts){ .connections = 3, .up = 2 };
}

/* ---- The rig -------------------------------------------------------------- */

static void on_line(void *to, const struct journal_line *line)
{
	struct rest_rig *g = to;
	size_t n = strlen(g->journal);

	g->lines++;
	snprintf(g->journal + n, sizeof g->journal - n, "%s\n", line->json);
}

static void open_log(struct rest_rig *g, char file[128])
{
	struct sink_log_config cfg = { .file = file };
	char error[SINK_ERROR] = "";

	strcpy(g->folder, "/tmp/tern-rest-XXXXXX");
	need(mkdtemp(g->folder) != NULL, "no folder");
	snprintf(file, 128, "%s/messages.db", g->folder);
	g->log = sink_log_open(&cfg, error);
	need(g->log != NULL, error);
	g->messages = message_log_open(file, error);
	need(g->messages != NULL, error);
}

void rest_rig_init(struct rest_rig *g, bool messages)
{
	struct rest_config cfg = { .node = (struct node *)&rest_rig_node, .config_ms = 1000, .journal = { on_line,
		g } };
	char error[REGISTRY_ERROR] = "", file[128];

	memset(g, 0, sizeof *g);
	memset(&rest_rig_node, 0, sizeof rest_rig_node);
	g->t = (struct node_time){ 100000, 1700000000000 };
	g->registry = registry_open(":memory:", "test", error);
	need(g->registry != NULL, error);
	if (messages)
		open_log(g, file);
	cfg.registry = g->registry;
	cfg.messages = g->messages;
	cfg.sinks = &g->log;
	cfg.sink_count = messages;
	SHA256((const uint8_t *)RIG_TOKEN, strlen(RIG_TOKEN), cfg.token_hash);
	g->rest = rest_new(&cfg);
	need(g->rest != NULL, "no memory");
	strcpy(g->peer, "127.0.0.1:5000");
	g->authorization = "Bearer " RIG_TOKEN;
	g->host = "localhost:8080";
}

void rest_rig_free(struct rest_rig *g)
{
	static const char *const files[] = { "messages.db", "messages.db-wal", "messages.db-shm", "messages.db-lock" };
	char file[128];

	rest_free(g->rest);
	message_log_close(g->messages);
	if (g->log != NULL)
		g->log->ops->close(g->log, 1000);
	registry_close(g->registry);
	free(g->body);
	for (size_t i = 0; g->folder[0] != '\0' && i < sizeof files / sizeof files[0]; i++) {
		snprintf(file, sizeof file, "%s/%s", g->folder, files[i]);
		unlink(file);
	}
	if (g->folder[0] != '\0')
		rmdir(g->folder);
}

struct rest_exchange *rest_rig_begin(struct rest_rig *g, const char *method, const char *target, struct bytes body)
{
	const char *query = strchr(target, '?');
	struct rest_request q = {
		.method = bytes_of(method),
		.path = { (const uint8_t *)target, query != NULL ? (size_t)(query - target) : strlen(target) },
		.query = bytes_of(query != NULL ? query + 1 : ""),
		.host = bytes_of(g->host), .authorization = bytes_of(g->authorization), .body = body, .peer = g->peer,
	};
	struct rest_exchange *x = rest_begin(g->rest, &q, g->t);

	need(x != NULL, "no exchange");
	return x;
}

bool rest_rig_take(struct rest_rig *g, struct rest_exchange *x)
{
	const struct rest_head *head = rest_head(x);
	size_t size = 0, len;
	const uint8_t *data;

	free(g->body);
	g->body = calloc(1, 1);
	g->status = 0;
	if (head == NULL)
		return false;
	g->head = *head;
	g->status = head->status;
	while ((data = rest_peek(x, &len, g->t)) != NULL) {
		size_t n = len < 4096 ? len : 4096;     /* in pieces */

		g->body = realloc(g->body, size + n + 1);
		memcpy(g->body + size, data, n);
		g->body[size += n] = '\0';
		rest_done(x, n);
	}
	need(head->stream || head->length == size, "the head's length is not the body's");
	need(head->stream || rest_whole(x), "an answer without end");
	return true;
}

int rest_rig_call(struct rest_rig *g, const char *method, const char *target, const char *body)
{
	struct rest_exchange *x = rest_rig_begin(g, method, target, bytes_of(body));

	rest_rig_take(g, x);
	rest_end(x);
	return g->status;
}

void rest_rig_message(struct rest_rig *g, const char *device, const char *subfolder, const char *payload)
{
	const struct sink_message m = {
		.kind = SINK_EVENT, .project = "my-project-1", .location = "europe-west1", .registry = "fleet",
		.device = device, .num_id = 7, .subfolder = bytes_of(subfolder), .payload = bytes_of(payload),
		.at_ms = g->t.wall_ms, .qos = 1, .ticket = 1,
	};
	struct pollfd fd = { .fd = g->log->ops->fd(g->log), .events = POLLIN };
	struct sink_confirmation c;

	need(g->log->ops->deliver(g->log, &m), "the log is full");
	g->log->ops->flush(g->log);
	while (!g->log->ops->next(g->log, &c))
		need(poll(&fd, 1, 5000) == 1, "the log does not confirm");
}
