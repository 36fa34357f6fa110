/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/world.h"

#include "base/ticks.h"
#include "crypto/key.h"
#include "crypto/pem.h"
#include "device/secrets.h"
#include "store/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUILT_S   ((int64_t)1790000000)   /* 2026-09-21, the floor of the devices' clocks */
#define STARTED_S (BUILT_S + 86400)
#define HOST      "mqtt.tern.test"

static void demand(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "simulated world: %s\n", what);
	abort();
}

static struct bytes load(const char *path, char *buf, size_t size)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	demand(f != NULL, path);
	n = fread(buf, 1, size - 1, f);
	fclose(f);
	buf[n] = '\0';
	return (struct bytes){ (const uint8_t *)buf, n };
}

/* ---- Network ---- */

static void launch(struct world_node *n, const struct world_flight *flight)
{
	demand(n->flight_count < WORLD_FLIGHTS, "too many bytes under way");
	n->flights[n->flight_count++] = *flight;
}

static void launch_bytes(struct world_node *n, int socket, bool up, const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len);

	demand(copy != NULL, "no memory");
	memcpy(copy, data, len);
	launch(n, &(struct world_flight){
		.at_ms = n->world->now_ms + n->world->latency_ms, .socket = socket, .up = up, .len = len, .data = copy });
}

static void launch_end(struct world_node *n, int socket)
{
	launch(n, &(struct world_flight){
		.at_ms = n->world->now_ms + n->world->latency_ms, .socket = socket, .end = true });
}

static void forget_flights(struct world_node *n, int socket)
{
	size_t kept = 0;

	for (size_t i = 0; i < n->flight_count; i++) {
		if (n->flights[i].socket == socket)
			free(n->flights[i].data);
		else
			n->flights[kept++] = n->flights[i];
	}
	n->flight_count = kept;
}

static void drop_conn(struct world_node *n, int socket)
{
	if (n->conns[socket] != NULL)
		server_drop(n->conns[socket]);
	n->conns[socket] = NULL;
	forget_flights(n, socket);
}

static void collect_from_server(struct world_node *n, int socket)
{
	struct server_conn *c = n->conns[socket];
	uint8_t buf[4096];
	size_t len;

	if (c == NULL)
		return;
	if (!n->world->dark)
		server_step(c, n->world->unix_ms);
	while ((len = server_take(c, buf, sizeof buf)) > 0)
		launch_bytes(n, socket, false, buf, len);
	if (!c->closed)
		return;
	server_drop(c);
	n->conns[socket] = NULL;
	launch_end(n, socket);
}

/* Deliver what has arrived; what the modem has no room for waits. */
static bool deliver(struct world_node *n, struct world_flight *f)
{
	uint32_t now = n->world->now_ms;

	if (f->up && n->conns[f->socket] != NULL)
		server_feed(n->conns[f->socket], f->data, f->len, n->world->unix_ms);
	if (!f->up && !f->end) {
		if (modem_socket_room(n->modem, f->socket) < f->len)
			return false;
		modem_socket_data(n->modem, f->socket, f->data, f->len, now);
	}
	if (f->end)
		modem_socket_closed(n->modem, f->socket, now);
	return true;
}

static bool network_step(struct world_node *n)
{
	bool any = false;
	uint32_t full = 0;   /* bit set: this socket of the modem takes no more now */

	for (size_t i = 0; i < n->flight_count;) {
		struct world_flight f = n->flights[i];
		bool waits = !f.up && (full >> f.socket & 1u) != 0;

		if (waits || !ticks_reached(n->world->now_ms, f.at_ms) || !deliver(n, &f)) {
			full |= f.up ? 0 : 1u << f.socket;
			i++;
			continue;
		}
		free(f.data);
		n->flight_count--;
		memmove(&n->flights[i], &n->flights[i + 1], (n->flight_count - i) * sizeof n->flights[0]);
		any = true;
	}
	for (int socket = 0; socket < WORLD_SOCKETS; socket++)
		collect_from_server(n, socket);
	return any;
}

/* ---- What the modem asks of the network ---- */

static bool is_address(const char *host)
{
	return host[strspn(host, "0123456789.")] == '\0';
}

/* The rest of the network: any other host by its address, any other name but those that
 * are reserved for tests, port 443 of the server. */
static bool is_other(const struct world *w, const struct modem_event *ev)
{
	bool test = strstr(ev->host, ".test") != NULL;

	if (w->lone)
		return false;
	if (is_address(ev->host))
		return true;
	if (w->nameless)
		return false;
	return test ? strcmp(ev->host, HOST) == 0 && ev->port == 443 && w->port != 443 && !w->deserted : true;
}

static void on_open(struct world_node *n, const struct modem_event *ev)
{
	struct world *w = n->world;

	if (w->dark)
		return;
	drop_conn(n, ev->id);
	if (is_other(w, ev)) {
		modem_socket_opened(n->modem, ev->id, "192.0.2.2", 40000, w->now_ms);
	} else if (w->nameless || strcmp(ev->host, HOST) != 0) {
		modem_socket_failed(n->modem, ev->id, is_address(ev->host) ? MODEM_ERR_CONNECT : MODEM_ERR_DNS, w->now_ms);
	} else if (ev->port != w->port) {
		modem_socket_failed(n->modem, ev->id, MODEM_ERR_CONNECT, w->now_ms);
	} else {
		n->conns[ev->id] = server_accept(&w->server, w->unix_ms);
		modem_socket_opened(n->modem, ev->id, "192.0.2.1", 40000, w->now_ms);
	}
}

static void on_modem(struct world_node *n, const struct modem_event *ev)
{
	struct world *w = n->world;
	static const char *const address[] = { "192.0.2.1" };

	switch (ev->type) {
	case MODEM_OPEN:
		on_open(n, ev);
		break;
	case MODEM_DATA:
		if (!w->dark)
			launch_bytes(n, ev->id, true, ev->data.data, ev->data.len);
		modem_socket_taken(n->modem, ev->id, ev->data.len, w->now_ms);
		if (w->dark)
			modem_socket_unsent(n->modem, ev->id, ev->data.len, w->now_ms);
		break;
	case MODEM_CLOSE:
		drop_conn(n, ev->id);
		break;
	case MODEM_RESOLVE:
		if (w->nameless || w->lone || (strstr(ev->host, ".test") != NULL && strcmp(ev->host, HOST) != 0))
			modem_resolved(n->modem, ev->id, NULL, 0, MODEM_ERR_DNS, w->now_ms);
		else
			modem_resolved(n->modem, ev->id, address, 1, 0, w->now_ms);
		break;
	case MODEM_PING:
		modem_pinged(n->modem, ev->id, address[0], 50, 0, w->now_ms);
		break;
	case MODEM_NOTE:
		break;
	}
}

/* ---- UART ---- */

/* With TERN_SIM_TRACE in the environment the UART's traffic is printed. */
static void trace(const struct world_node *n, const char *arrow, const uint8_t *data, size_t len)
{
	if (getenv("TERN_SIM_TRACE") == NULL)
		return;
	printf("%s %10u %s ", n->id, n->world->now_ms, arrow);
	for (size_t i = 0; i < len; i++)
		printf(data[i] >= ' ' && data[i] <= '~' ? "%c" : "<%02x>", data[i]);
	printf("\n");
}

static bool uart_step(struct world_node *n)
{
	uint32_t now = n->world->now_ms;
	size_t len;
	const uint8_t *data = device_modem_tx_peek(&n->device, &len);
	bool any = false;

	if (data != NULL) {
		len = len < n->uart_chunk ? len : n->uart_chunk;
		trace(n, "->", data, len);
		modem_feed(n->modem, data, len, now);
		device_modem_tx_done(&n->device, len);
		any = true;
	}
	data = modem_tx_peek(n->modem, &len);
	if (data != NULL) {
		len = len < n->uart_chunk ? len : n->uart_chunk;
		len = device_modem_feed(&n->device, data, len, now);
		trace(n, "<-", data, len);
		modem_tx_done(n->modem, len);
		any |= len > 0;
	}
	return any;
}

/* ---- The application ---- */

static void keep(char *to, size_t size, struct bytes from)
{
	snprintf(to, size, "%.*s", (int)from.len, (const char *)from.data);
}

static void on_device(struct world_node *n, const struct device_event *ev)
{
	switch (ev->type) {
	case DEVICE_EV_LOST:
		n->losses[n->loss_count++ % WORLD_LOSSES] = ev->err;
		break;
	case DEVICE_EV_CONFIG:
		n->configs++;
		keep(n->config, sizeof n->config, ev->data);
		device_config_done(&n->device, n->world->now_ms);
		break;
	case DEVICE_EV_COMMAND:
		n->commands++;
		keep(n->command, sizeof n->command, ev->data);
		keep(n->subfolder, sizeof n->subfolder, ev->subfolder);
		break;
	case DEVICE_EV_REFUSED:
		n->refused++;
		break;
	case DEVICE_EV_ACKED:
		n->acked++;
		break;
	case DEVICE_EV_DIAGNOSIS:
		keep(n->lines[n->line_count++ % WORLD_LINES], WORLD_LINE, ev->data);
		if (getenv("TERN_SIM_LINES") != NULL)
			printf("%s %10u %.*s\n", n->id, n->world->now_ms, (int)ev->data.len, (const char *)ev->data.data);
		break;
	case DEVICE_EV_STATE:
	case DEVICE_EV_STATE_ACKED:
	case DEVICE_EV_TIME:
	case DEVICE_EV_NOISE:
	case DEVICE_EV_MODEM_OFF:
		break;
	}
}

/* ---- Time ---- */

static bool node_step(struct world_node *n)
{
	uint32_t now = n->world->now_ms;
	struct device_event dev;
	struct modem_event ev;
	bool any = false;

	modem_step(n->modem, now);
	any |= uart_step(n);
	while (modem_next(n->modem, &ev)) {
		on_modem(n, &ev);
		any = true;
	}
	any |= network_step(n);
	device_step(&n->device, now);
	any |= uart_step(n);   /* what the step has to say leaves before time goes on */
	while (device_next(&n->device, &dev)) {
		on_device(n, &dev);
		any = true;
	}
	return any;
}

/* The server's clock is 64 bits of wall time, that of the world 32 bits. */
static void wait_for_server(struct world *w, const struct world_node *n, uint32_t *next)
{
	bool have = true;

	for (int socket = 0; socket < WORLD_SOCKETS; socket++) {
		const struct server_conn *c = n->conns[socket];
		int64_t in_ms = c != NULL && !w->dark ? server_deadline(c) - w->unix_ms : INT64_MAX;

		if (in_ms < 60000)
			ticks_earliest(&have, next, w->now_ms + (uint32_t)(in_ms > 0 ? in_ms : 0));
	}
}

static uint32_t next_time(struct world *w)
{
	bool have = true;
	uint32_t next = w->now_ms + 60000, at;

	for (unsigned i = 0; i < w->node_count; i++) {
		struct world_node *n = &w->nodes[i];

		if (device_deadline(&n->device, w->now_ms, &at))
			ticks_earliest(&have, &next, at);
		if (modem_deadline(n->modem, &at))
			ticks_earliest(&have, &next, at);
		for (size_t f = 0; f < n->flight_count; f++)
			ticks_earliest(&have, &next, n->flights[f].at_ms);
		wait_for_server(w, n, &next);
	}
	return ticks_reached(w->now_ms, next) ? w->now_ms + 1 : next;
}

bool world_run(struct world *w, bool (*done)(struct world *w), uint32_t limit_ms)
{
	uint32_t end = w->now_ms + limit_ms;

	for (;;) {
		bool any = false;

		for (unsigned i = 0; i < w->node_count; i++)
			any |= node_step(&w->nodes[i]);
		if (done(w))
			return true;
		if (any)
			continue;
		if (ticks_reached(w->now_ms, end))
			return false;

		uint32_t next = next_time(w);

		w->unix_ms += next - w->now_ms;
		w->now_ms = next;
	}
}

/* ---- Building ---- */

static void provision(struct world_node *n, const struct world_config *cfg)
{
	struct settings *s = device_settings(&n->device);
	struct crypto *c = device_crypto(&n->device);
	const struct { enum settings_key key; const char *value; } rows[] = {
		{ SETTINGS_HOST, cfg->host != NULL ? cfg->host : HOST }, { SETTINGS_PROJECT, "my-project-123456" },
		{ SETTINGS_REGION, "europe-west1" }, { SETTINGS_REGISTRY, "field" }, { SETTINGS_APN, "iot.example" },
	};
	uint8_t seed[32];
	char text[16384];

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		demand(settings_set(s, rows[i].key, rows[i].value, strlen(rows[i].value)) == ERR_OK, rows[i].value);
	if (cfg->port != 0)
		demand(settings_set_u32(s, SETTINGS_PORT, cfg->port) == ERR_OK, "port");
	if (cfg->pin != NULL)
		demand(settings_set(s, SETTINGS_PIN, cfg->pin, strlen(cfg->pin)) == ERR_OK, "pin");
	demand(settings_set(s, SETTINGS_DEVICE, n->id, strlen(n->id)) == ERR_OK, n->id);
	demand(secrets_set_key(c, s, load(cfg->key, text, sizeof text)) == ERR_OK, cfg->key);
	demand(secrets_add_root(c, s, load(cfg->root, text, sizeof text)) == ERR_OK, cfg->root);
	if (cfg->more_root != NULL)
		demand(secrets_add_root(c, s, load(cfg->more_root, text, sizeof text)) == ERR_OK, cfg->more_root);
	for (unsigned i = 0; i < sizeof seed; i++)
		seed[i] = (uint8_t)(i * 37 + (unsigned char)n->id[7] * 11 + (i * i * 5) % 251);
	demand(device_set_seed(&n->device, seed) == ERR_OK, "seed");
}

static void build_node(struct world *w, unsigned i, const struct world_config *cfg)
{
	struct world_node *n = &w->nodes[i];
	struct device_config device = {
		.arena = n->arena, .arena_size = sizeof n->arena,
		.outbox = n->outbox, .outbox_size = cfg->outbox_size != 0 ? cfg->outbox_size : sizeof n->outbox,
		.unique_id = { (const uint8_t *)n->id, sizeof n->id }, .build_s = BUILT_S,
		.patient = cfg->patient, .modem_flow = cfg->modem_flow,
		.retained = cfg->retained, .reset = cfg->reset, .fault = cfg->fault,
	};
	struct modem_config modem = {
		.seed = cfg->seed + i, .script = cfg->script, .sim_pin = cfg->sim_pin, .boot_ms = 1000, .on = true };
	char why_buf[200];
	struct text why;
	const char *missing;

	text_init(&why, why_buf, sizeof why_buf);
	n->world = w;
	n->uart_chunk = 64;
	snprintf(n->id, sizeof n->id, "device-%hhu", (unsigned char)i);
	n->flash = calloc(1, sizeof *n->flash);
	demand(n->flash != NULL, "no memory");
	flash_model_init(n->flash, LAYOUT_PAGE_SIZE, LAYOUT_LOG_PAGE, (uint32_t)cfg->seed + i);
	device.flash = &n->flash->flash;
	n->modem = modem_new(&modem, w->now_ms, &why);
	demand(n->modem != NULL, why_buf);
	modem_set_clock(n->modem, w->unix_ms, w->now_ms);
	demand(device_init(&n->device, &device, w->now_ms) == ERR_OK, "device_init");
	provision(n, cfg);
	demand(device_start(&n->device, &missing, w->now_ms) == ERR_OK, "device_start");
}

struct world *world_new(const struct world_config *cfg)
{
	struct world *w = calloc(1, sizeof *w);
	struct server_config server = cfg->server;

	demand(w != NULL, "no memory");
	if (server.device_key == NULL)
		server.device_key = cfg->key;
	w->now_ms = UINT32_MAX - 20000;   /* the counter wraps while the first login is under way */
	w->unix_ms = STARTED_S * 1000;
	w->latency_ms = 40;
	w->port = 8883;
	w->node_count = cfg->nodes;
	demand(server_init(&w->server, &server), "the server's certificates or the devices' key do not load");
	for (unsigned i = 0; i < cfg->nodes; i++)
		build_node(w, i, cfg);
	return w;
}

void world_free(struct world *w)
{
	for (unsigned i = 0; i < w->node_count; i++) {
		for (int socket = 0; socket < WORLD_SOCKETS; socket++)
			drop_conn(&w->nodes[i], socket);
		modem_free(w->nodes[i].modem);
		free(w->nodes[i].flash);
	}
	server_free(&w->server);
	free(w);
}

/* ---- Acting ---- */

void world_restart(struct world *w, unsigned n)
{
	struct device_config cfg = w->nodes[n].device.cfg;
	const char *missing;

	demand(device_init(&w->nodes[n].device, &cfg, w->now_ms) == ERR_OK, "device_init");
	demand(device_start(&w->nodes[n].device, &missing, w->now_ms) == ERR_OK, "device_start");
}

const char *world_line(const struct world *w, unsigned n, unsigned from, const char *code)
{
	const struct world_node *node = &w->nodes[n];
	char mark[40];

	snprintf(mark, sizeof mark, "[%s", code);
	for (unsigned i = node->line_count; i > from; i--) {
		const char *at = strstr(node->lines[(i - 1) % WORLD_LINES], mark);

		if (at != NULL && (at[strlen(mark)] == ' ' || at[strlen(mark)] == ']'))
			return node->lines[(i - 1) % WORLD_LINES];
	}
	return NULL;
}

uint32_t world_publish(struct world *w, unsigned n, const char *text)
{
	uint32_t seq = 0;

	demand(device_publish(&w->nodes[n].device, NULL, bytes_of(text), &seq) == ERR_OK, "device_publish");
	return seq;
}

void world_hang_up(struct world *w, unsigned n)
{
	for (int socket = 0; socket < WORLD_SOCKETS; socket++)
		if (w->nodes[n].conns[socket] != NULL)
			w->nodes[n].conns[socket]->closed = true;
}

struct server_conn *world_conn(struct world *w, unsigned n)
{
	for (int socket = 0; socket < WORLD_SOCKETS; socket++)
		if (w->nodes[n].conns[socket] != NULL)
			return w->nodes[n].conns[socket];
	return NULL;
}
