/* SPDX-License-Identifier: Apache-2.0 */
/*
 * program.c - tern-bridge: its parts in the order in which they depend on each
 * other, and taken apart in the opposite one.
 *
 *   SIGTERM, SIGINT   stop: held messages are confirmed, connections end, sinks are drained; once more: at once
 *   SIGHUP            certificates and the admin's token are read again; nobody is disconnected
 *   SIGUSR1           one line with counts
 */
#include "bridge/program.h"

#include "bridge/age_clock.h"
#include "bridge/config.h"
#include "bridge/http.h"
#include "bridge/notify.h"
#include "bridge/server.h"
#include "bridge/sink_log.h"
#include "bridge/sink_mqtt.h"
#include "bridge/tls_context.h"

#include <event2/event.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
	SPARE_FILES = 256,           /* descriptors beside those of devices */
	LOOK_MS     = 1000,          /* how often sinks, tickets, logs are looked after */
	MINUTE      = 60,            /* of those */
	SENTENCE    = 640,
	EVENTS      = 6
};

struct program {
	struct config       config;
	const char         *config_file;
	struct journal_out *out;
	struct journal      journal;
	struct event_base  *base;
	struct registry    *registry;
	struct sink        *sinks[NODE_SINKS];
	size_t              sink_count;
	struct sink        *log;             /* of those, the message log; NULL: none */
	bool                well[NODE_SINKS + 1];     /* as it was told last; behind the sinks, the registry */
	struct message_log *messages;
	struct tickets     *tickets;
	struct tls_context *tls, *admin_tls;
	struct node        *node;
	struct server      *server;
	struct rest        *rest;
	struct http        *http;
	struct event       *events[EVENTS];
	uint64_t            seen_end;        /* of the message log, when the admin interface was told last */
	struct age_clock    log_clock;       /* by which entries of the device log are old */
	unsigned            looks;
	bool                stopping;
	uint64_t            stop_ms;         /* when the loop ends at the latest */
};

static uint64_t up_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int64_t wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- what is said ---------------------------------------------------------- */

static void say(struct program *p, enum registry_level severity, const char *event, const char *sentence)
{
	journal_say(&p->journal, severity, event, sentence, wall_ms());
	journal_out_flush(p->out);
}

/* A start that fails is for whoever started it: standard error. */
static bool failed(const char *what, const char *error)
{
	fprintf(stderr, "tern-bridge: %s%s%s\n", what, *what != '\0' ? ": " : "", error);
	return false;
}

static const char *in_data(const struct program *p, const char *name, char file[1024])
{
	snprintf(file, 1024, "%s/%s", p->config.data, name);
	return file;
}

/* ---- parts ----------------------------------------------------------------- */

/* A descriptor for each device, and some. */
static void raise_limit(struct program *p)
{
	rlim_t wanted = (rlim_t)p->config.connections_max + SPARE_FILES;
	char sentence[SENTENCE];
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = wanted;
	if (limit.rlim_max < wanted)
		limit.rlim_max = wanted;
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	snprintf(sentence, sizeof sentence, "the system allows %" PRIu64 " open files, but connections_max = %" PRIu32
		 " needs %" PRIu64 ": raise LimitNOFILE (systemd) or `ulimit -n`", (uint64_t)limit.rlim_cur,
		 p->config.connections_max, (uint64_t)wanted);
	say(p, REGISTRY_LEVEL_ERROR, "SERVER", sentence);
}

static bool open_registry(struct program *p)
{
	char error[REGISTRY_ERROR], file[1024];

	p->registry = registry_open(in_data(p, "registry.db", file), p->config.node, error);
	if (p->registry == NULL)
		return failed("", error);
	age_clock_begin(&p->log_clock, log_newest_ms(p->registry), wall_ms(), up_ms());
	return true;
}

static bool open_log(struct program *p, char error[SINK_ERROR])
{
	char file[1024];
	struct sink_log_config cfg = {
		.file = in_data(p, "messages.db", file), .keep_s = (uint64_t)p->config.log_keep_days * 86400,
		.keep_bytes = (uint64_t)p->config.log_keep_mb << 20, .hold_bytes = (uint64_t)p->config.hold_mb << 20
	};

	p->log = sink_log_open(&cfg, error);
	if (p->log == NULL)
		return false;
	p->sinks[p->sink_count++] = p->log;
	p->messages = message_log_open(file, error);
	return p->messages != NULL;
}

static bool open_mqtt(struct program *p, char error[SINK_ERROR])
{
	const struct config *c = &p->config;
	char password[CONFIG_SECRET] = "", client_id[300], why[CONFIG_ERROR];
	struct sink_mqtt_config cfg = {
		.host = c->mqtt_host, .port = c->mqtt_port, .ca_file = c->mqtt_ca, .cert_file = c->mqtt_certificate,
		.key_file = c->mqtt_key, .user = c->mqtt_user, .client_id = client_id,
		.hold_bytes = (uint64_t)c->hold_mb << 20
	};
	struct sink *sink;

	snprintf(client_id, sizeof client_id, "tern-bridge-%s", c->node);
	if (c->mqtt_password_file != NULL && !config_read_secret(c->mqtt_password_file, password, why)) {
		snprintf(error, SINK_ERROR, "%.*s", SINK_ERROR - 1, why);
		return false;
	}
	cfg.password = c->mqtt_password_file != NULL ? password : NULL;
	sink = sink_mqtt_open(&cfg, error);
	bytes_wipe(password, sizeof password);
	if (sink != NULL)
		p->sinks[p->sink_count++] = sink;
	return sink != NULL;
}

static bool open_sinks(struct program *p)
{
	char error[SINK_ERROR];

	if (p->config.sink_log && !open_log(p, error))
		return failed("sink log", error);
	if (p->config.sink_mqtt && !open_mqtt(p, error))
		return failed("sink mqtt", error);
	return true;
}

static bool open_tls(struct program *p)
{
	const struct config *c = &p->config;
	struct tls_context_config cfg = { .certificate = { c->certificate[0], c->certificate[1] },
					  .key = { c->key[0], c->key[1] }, .ciphers = c->tls_ciphers };
	struct tls_context_config admin = { .certificate = { c->admin_certificate }, .key = { c->admin_key } };
	char error[TLS_CONTEXT_ERROR], notice[TICKETS_NOTICE] = "", file[1024];

	if (c->ticket_days > 0) {
		p->tickets = tickets_open(in_data(p, "tickets", file), c->ticket_days, time(NULL), notice);
		if (p->tickets == NULL)
			return failed("tickets", notice);
	}
	if (notice[0] != '\0')
		say(p, REGISTRY_LEVEL_ERROR, "START", notice);
	cfg.tickets = p->tickets;
	p->tls = tls_context_open(&cfg, time(NULL), error);
	if (p->tls == NULL)
		return failed("", error);
	if (c->admin_certificate == NULL)
		return true;
	p->admin_tls = tls_context_open(&admin, time(NULL), error);
	return p->admin_tls != NULL || failed("", error);
}

static void wake(void *to)
{
	server_wake(((struct program *)to)->server);
}

static struct session_config limits_of_session(const struct config *c)
{
	struct session_config s = session_config_default();

	s.login_ms = c->login_s * 1000;
	s.idle_ms = c->idle_s * 1000;
	s.event_max = c->event_max;
	s.state_max = c->state_max;
	s.held_max = (uint16_t)c->held_messages;
	s.held_bytes = c->held_kb * 1024;
	return s;
}

static bool open_node(struct program *p)
{
	const struct config *c = &p->config;
	struct node_config cfg = {
		.registry = p->registry, .sink_count = p->sink_count, .session = limits_of_session(c),
		.quota = { c->messages_per_s, c->bytes_per_s, c->state_interval_ms, c->config_interval_ms },
		.skew_s = c->skew_s, .life_max_s = c->token_life_s, .strict = c->strict,
		.held_bytes = (uint64_t)c->held_mb << 20, .connections_max = c->connections_max,
		.command_ms = c->command_s * 1000, .stop_ms = c->stop_s * 1000 / 2,
		.journal = p->journal, .wake = wake, .wake_to = p
	};

	memcpy(cfg.sinks, p->sinks, sizeof cfg.sinks);
	p->node = node_new(&cfg);
	return p->node != NULL || failed("", "no memory");
}

static void after_turn(void *to);

static bool watch_all(struct program *p)
{
	size_t i;

	for (i = 0; i < p->sink_count; i++)
		if (!server_watch(p->server, p->sinks[i]->ops->fd(p->sinks[i])))
			return failed("", "no memory");
	return server_watch(p->server, registry_fd(p->registry)) || failed("", "no memory");
}

static bool open_server(struct program *p)
{
	const struct config *c = &p->config;
	char error[SERVER_ERROR];
	struct server_config cfg = {
		.base = p->base, .node = p->node, .tls = p->tls, .listens = c->listens,
		.connections_max = c->connections_max, .handshake_ms = c->handshake_s * 1000,
		.limits = { c->bad_logins_per_minute, c->connections_per_address }, .journal = p->journal,
		.after = after_turn, .after_to = p
	};
	size_t i;

	for (i = 0; i < c->listens; i++) {
		cfg.listen[i].host = c->listen[i].host;
		cfg.listen[i].port = c->listen[i].port;
	}
	p->server = server_open(&cfg, error);
	if (p->server == NULL)
		return failed("", error);
	return watch_all(p);
}

static bool open_admin(struct program *p)
{
	const struct config *c = &p->config;
	struct rest_config rest = { .node = p->node, .registry = p->registry, .messages = p->messages,
				    .sinks = p->sinks, .sink_count = p->sink_count,
				    .config_ms = c->config_interval_ms, .journal = p->journal };
	struct http_config http = { .base = p->base };
	char error[CONFIG_ERROR], listen[300];
	bool v6 = strchr(c->admin_listen.host, ':') != NULL;

	if (!config_read_token(c->admin_token_file, rest.token_hash, error))
		return failed("", error);
	p->rest = rest_new(&rest);
	if (p->rest == NULL)
		return failed("", "no memory");
	snprintf(listen, sizeof listen, v6 ? "[%s]:%u" : "%s:%u", c->admin_listen.host, c->admin_listen.port);
	http.rest = p->rest;
	http.listen = listen;
	http.tls = p->admin_tls != NULL ? tls_context_ssl(p->admin_tls) : NULL;
	p->http = http_open(&http, error);
	return p->http != NULL || failed("admin interface", error);
}

/* ---- while it runs --------------------------------------------------------- */

static void after_turn(void *to)
{
	struct program *p = to;
	uint64_t end = p->log != NULL ? sink_log_end(p->log) : 0;

	if (end != p->seen_end && p->rest != NULL) {
		p->seen_end = end;
		rest_messages_arrived(p->rest);
	}
	journal_out_flush(p->out);
}

/* Told when it changes, and once a minute while it is not well. */
static void tell_health(struct program *p, size_t which, bool well, const char *name, const char *text)
{
	char sentence[SENTENCE];

	if (well == p->well[which] && (well || p->looks % MINUTE != 0))
		return;
	p->well[which] = well;
	snprintf(sentence, sizeof sentence, "%s: %s", name, well ? "is well again" : text);
	say(p, well ? REGISTRY_LEVEL_INFO : REGISTRY_LEVEL_ERROR, "SINK", sentence);
}

static void look_at_health(struct program *p)
{
	struct registry_health registry;
	struct sink_health sink;
	size_t i;

	for (i = 0; i < p->sink_count; i++) {
		p->sinks[i]->ops->health(p->sinks[i], &sink);
		tell_health(p, i, sink.well, p->sinks[i]->ops->name, sink.text);
	}
	registry_health(p->registry, &registry);
	tell_health(p, NODE_SINKS, registry.well, "registry", registry.text);
}

static void look_at_clock(struct program *p)
{
	char notice[TICKETS_NOTICE] = "";

	if (p->tickets != NULL && tickets_step(p->tickets, time(NULL), notice) && notice[0] != '\0')
		say(p, REGISTRY_LEVEL_ERROR, "TICKETS", notice);
	log_retain(p->registry, age_clock_now(&p->log_clock, wall_ms(), up_ms()),
		   (int64_t)p->config.device_log_days * 86400 * 1000,
		   p->config.device_log_rows);
}

static void end_if_stopped(struct program *p)
{
	if (p->stopping && (up_ms() >= p->stop_ms || (p->server == NULL && http_stopped(p->http))))
		event_base_loopbreak(p->base);
}

static void on_look(evutil_socket_t fd, short what, void *arg)
{
	struct program *p = arg;

	(void)fd, (void)what;
	look_at_health(p);
	if (p->looks++ % MINUTE == 0)
		look_at_clock(p);
	journal_out_flush(p->out);
}

static void on_stopped(void *to)
{
	struct program *p = to;

	server_close(p->server);
	p->server = NULL;
}

static void on_stop_look(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	end_if_stopped(arg);
}

static void on_stop(evutil_socket_t signal, short what, void *arg)
{
	static const struct timeval often = { 0, 20 * 1000 };
	struct program *p = arg;

	(void)signal, (void)what;
	if (p->stopping) {
		event_base_loopbreak(p->base);
		return;
	}
	p->stopping = true;
	p->stop_ms = up_ms() + p->config.stop_s * 1000;
	notify("STOPPING=1");
	say(p, REGISTRY_LEVEL_INFO, "STOP", "stopping: what is held is confirmed, connections end");
	p->events[5] = event_new(p->base, -1, EV_PERSIST, on_stop_look, p);
	event_add(p->events[5], &often);
	http_stop(p->http, p->config.stop_s * 1000 / 2);
	server_stop(p->server, on_stopped, p);
}

static void reload_tls(struct program *p, struct tls_context *tls, const char *whose)
{
	char error[TLS_CONTEXT_ERROR], sentence[SENTENCE];
	bool good = tls_context_reload(tls, time(NULL), error);

	snprintf(sentence, sizeof sentence, "%s: %s%s", whose, good ? tls_context_notice(tls) : error,
		 good ? "" : "; the certificates before stay in use");
	say(p, good ? REGISTRY_LEVEL_INFO : REGISTRY_LEVEL_ERROR, "RELOAD", sentence);
}

static void on_reload(evutil_socket_t signal, short what, void *arg)
{
	struct program *p = arg;
	char error[CONFIG_ERROR];
	uint8_t hash[REST_TOKEN_HASH];

	(void)signal, (void)what;
	notify("RELOADING=1");
	reload_tls(p, p->tls, "devices");
	if (p->admin_tls != NULL) {
		reload_tls(p, p->admin_tls, "admin interface");
		http_set_tls(p->http, tls_context_ssl(p->admin_tls));
	}
	if (config_read_token(p->config.admin_token_file, hash, error))
		rest_set_token(p->rest, hash);
	else
		say(p, REGISTRY_LEVEL_ERROR, "RELOAD", error);
	notify("READY=1");
}

static void on_counts(evutil_socket_t signal, short what, void *arg)
{
	struct program *p = arg;
	struct node_counts n;
	struct server_counts s;
	char sentence[SENTENCE];

	(void)signal, (void)what;
	if (p->server == NULL)
		return;
	node_counts(p->node, &n);
	server_counts(p->server, &s);
	snprintf(sentence, sizeof sentence,
		 "%" PRIu64 " connections, %" PRIu64 " logged in; %" PRIu64 " handshakes (%" PRIu64 " resumed), "
		 "%" PRIu64 " failed, %" PRIu64 " turned away; %" PRIu64 " logins, %" PRIu64 " refused; "
		 "%" PRIu64 " messages, %" PRIu64 " acknowledged, %" PRIu64 " held, %" PRIu64 " waiting, "
		 "%" PRIu64 " times slowed",
		 s.connections, n.up, s.handshakes, s.resumed, s.failed, s.turned_away, n.logins, n.refused, n.messages,
		 n.acknowledged, n.held, n.waiting, n.slowed);
	say(p, REGISTRY_LEVEL_INFO, "COUNTS", sentence);
}

/* ---- up and down ----------------------------------------------------------- */

static bool add_event(struct program *p, size_t i, struct event *e, const struct timeval *every)
{
	p->events[i] = e;
	return e != NULL && event_add(e, every) == 0;
}

static bool open_events(struct program *p)
{
	static const struct timeval every = { LOOK_MS / 1000, LOOK_MS % 1000 * 1000 };

	return (add_event(p, 0, evsignal_new(p->base, SIGTERM, on_stop, p), NULL) &&
		add_event(p, 1, evsignal_new(p->base, SIGHUP, on_reload, p), NULL) &&
		add_event(p, 2, evsignal_new(p->base, SIGUSR1, on_counts, p), NULL) &&
		add_event(p, 3, event_new(p->base, -1, EV_PERSIST, on_look, p), &every) &&
		add_event(p, 4, evsignal_new(p->base, SIGINT, on_stop, p), NULL)) || failed("", "no memory");
}

static bool open_base(struct program *p)
{
	size_t i;

	for (i = 0; i <= NODE_SINKS; i++)
		p->well[i] = true;
	p->base = event_base_new();
	return p->base != NULL || failed("", "no event loop");
}

static bool open_all(struct program *p)
{
	raise_limit(p);
	return open_base(p) && open_registry(p) && open_sinks(p) && open_tls(p) && open_node(p) && open_server(p) &&
	       open_admin(p) && open_events(p);
}

static void close_all(struct program *p)
{
	uint64_t left = p->stop_ms > up_ms() ? p->stop_ms - up_ms() : 0;
	size_t i;

	http_close(p->http);
	rest_free(p->rest);
	server_close(p->server);
	node_free(p->node);
	for (i = 0; i < EVENTS; i++)
		if (p->events[i] != NULL)
			event_free(p->events[i]);
	message_log_close(p->messages);
	for (i = 0; i < p->sink_count; i++)
		p->sinks[i]->ops->close(p->sinks[i], (uint32_t)left);
	registry_close(p->registry);
	tls_context_close(p->tls);
	tls_context_close(p->admin_tls);
	tickets_close(p->tickets);
	if (p->base != NULL)
		event_base_free(p->base);
}

static void tell_start(struct program *p)
{
	const struct config *c = &p->config;
	char sentence[SENTENCE], at[256] = "";
	uint32_t i;

	for (i = 0; i < c->listens; i++)
		snprintf(at + strlen(at), sizeof at - strlen(at), strchr(c->listen[i].host, ':') != NULL ? "%s[%s]:%u" :
			 "%s%s:%u", i > 0 ? ", " : "", c->listen[i].host, server_port(p->server, i));
	snprintf(sentence, sizeof sentence, "tern-bridge " TERN_VERSION " serves devices at %s; %s; admin interface "
		 "at %s://%s:%u; messages go to %s%s%s; data in %s", at, tls_context_notice(p->tls),
		 p->admin_tls != NULL ? "https" : "http", c->admin_listen.host, http_port(p->http),
		 c->sink_log ? "the message log" : "", c->sink_log && c->sink_mqtt ? " and " : "",
		 c->sink_mqtt ? c->mqtt_host : "", c->data);
	say(p, REGISTRY_LEVEL_INFO, "START", sentence);
	notify("READY=1");
}

static int run(struct program *p)
{
	bool good = open_all(p);

	if (good) {
		tell_start(p);
		event_base_dispatch(p->base);
	}
	close_all(p);
	if (good)
		say(p, REGISTRY_LEVEL_INFO, "STOP", "stopped");
	return good ? PROGRAM_STOPPED : PROGRAM_FAILED;
}

int program_run(const char *config_file, bool json)
{
	struct program p = { .config_file = config_file };
	char error[CONFIG_ERROR];
	int status = PROGRAM_FAILED;

	signal(SIGPIPE, SIG_IGN);
	if (!config_read(&p.config, config_file, error)) {
		failed("", error);
		return PROGRAM_FAILED;
	}
	p.out = journal_out_open(STDOUT_FILENO, json);
	if (p.out != NULL) {
		p.journal = (struct journal){ journal_out_write, p.out };
		status = run(&p);
	}
	journal_out_close(p.out);
	config_free(&p.config);
	return status;
}
