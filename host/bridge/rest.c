/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/rest.h"

#include "bridge/rest_internal.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NEWS_MS = 20 /* logs are looked at no more often */, READS_A_STEP = 4 };

static const char json_type[] = "application/json; charset=UTF-8";

/* ---- Routes --------------------------------------------------------------- */

#define R "v1/projects/P/locations/L/registries"
#define G R "/G"
#define D G "/devices"
#define READ "cursor max wait"
#define LISTING "pageSize pageToken fieldMask deviceIds* deviceNumIds* gatewayListOptions.gatewayType " \
		"gatewayListOptions.associationsGatewayId gatewayListOptions.associationsDeviceId"
#define BODY true

/* A capital letter is any name.  Parameters: '*' may be repeated. */
static const struct route {
	const char *method, *path, *verb;
	bool        body;
	const char *params;
	void      (*handle)(struct rest_call *c);
} routes[] = {
	/* method    path                  verb           body   parameters                        */
	{ "GET",    "healthz",             NULL,          false, "",                        rest_health },
	{ "GET",    R,                     NULL,          false, "pageSize pageToken",      rest_list_registries },
	{ "POST",   R,                     NULL,          BODY,  "",                        rest_create_registry },
	{ "GET",    G,                     NULL,          false, "",                        rest_get_registry },
	{ "PATCH",  G,                     NULL,          BODY,  "updateMask",              rest_patch_registry },
	{ "DELETE", G,                     NULL,          false, "",                        rest_delete_registry },
	{ "GET",    D,                     NULL,          false, LISTING,                   rest_list_devices },
	{ "POST",   D,                     NULL,          BODY,  "",                        rest_create_device },
	{ "GET",    D "/D",                NULL,          false, "fieldMask",               rest_get_device },
	{ "PATCH",  D "/D",                NULL,          BODY,  "updateMask",              rest_patch_device },
	{ "DELETE", D "/D",                NULL,          false, "",                        rest_delete_device },
	{ "GET",    D "/D/configVersions", NULL,          false, "numVersions",             rest_list_configs },
	{ "GET",    D "/D/states",         NULL,          false, "numStates",               rest_list_states },
	{ "POST",   D "/D", "modifyCloudToDeviceConfig",  BODY,  "",                        rest_modify_config },
	{ "POST",   D "/D", "sendCommandToDevice",        BODY,  "",                        rest_send_command },

	{ "GET",    "v1/registries",       NULL,          false, "pageSize pageToken",      rest_list_all_registries },
	{ "GET",    "v1/messages",         NULL,          false, READ " kind subFolder",    rest_list_messages },
	{ "GET",    G "/messages",         NULL,          false, READ " kind subFolder",    rest_list_messages },
	{ "GET",    D "/D/messages",       NULL,          false, READ " kind subFolder",    rest_list_messages },
	{ "GET",    "v1/messages",         "stream",      false, "cursor kind subFolder",   rest_stream_messages },
	{ "GET",    G "/messages",         "stream",      false, "cursor kind subFolder",   rest_stream_messages },
	{ "GET",    D "/D/messages",       "stream",      false, "cursor kind subFolder",   rest_stream_messages },
	{ "GET",    G "/logEntries",       NULL,          false, READ,                      rest_list_entries },
	{ "GET",    D "/D/logEntries",     NULL,          false, READ,                      rest_list_entries },
	{ "GET",    G "/logEntries",       "stream",      false, "cursor",                  rest_stream_entries },
	{ "GET",    D "/D/logEntries",     "stream",      false, "cursor",                  rest_stream_entries },

	/* The contract's, but not yet ours. */
	{ "POST",   G, "bindDeviceToGateway",             false, "",                        rest_later },
	{ "POST",   G, "unbindDeviceFromGateway",         false, "",                        rest_later },
	{ "POST",   G, "getIamPolicy",                    false, "",                        rest_later },
	{ "POST",   G, "setIamPolicy",                    false, "",                        rest_later },
	{ "POST",   G, "testIamPermissions",              false, "",                        rest_later },
	{ "GET",    G "/groups/N/devices", NULL,          false, "",                        rest_later },
	{ "POST",   D "/D", "bindDeviceToGateway",        false, "",                        rest_later },
	{ "POST",   D "/D", "unbindDeviceFromGateway",    false, "",                        rest_later },
	{ "POST",   D "/D", "publishEvent",               false, "",                        rest_later },
	{ "POST",   D "/D", "setState",                   false, "",                        rest_later },
};

enum { ROUTES = sizeof routes / sizeof routes[0] };

/* Of any request: what Google's own client libraries add. */
static const char any_params[] = "alt prettyPrint";

/* ---- Answers -------------------------------------------------------------- */

static const struct { int status; const char *name; } refusals[] = {
	[REST_INVALID]         = { 400, "INVALID_ARGUMENT" },
	[REST_PRECONDITION]    = { 400, "FAILED_PRECONDITION" },
	[REST_UNAUTHENTICATED] = { 401, "UNAUTHENTICATED" },
	[REST_DENIED]          = { 403, "PERMISSION_DENIED" },
	[REST_NOT_FOUND]       = { 404, "NOT_FOUND" },
	[REST_METHOD_UNKNOWN]  = { 405, "UNIMPLEMENTED" },
	[REST_EXISTS]          = { 409, "ALREADY_EXISTS" },
	[REST_EXHAUSTED]       = { 429, "RESOURCE_EXHAUSTED" },
	[REST_INTERNAL]        = { 500, "INTERNAL" },
	[REST_UNIMPLEMENTED]   = { 501, "UNIMPLEMENTED" },
	[REST_UNAVAILABLE]     = { 503, "UNAVAILABLE" },
	[REST_DEADLINE]        = { 504, "DEADLINE_EXCEEDED" },
};

void rest_ready(struct rest_exchange *x)
{
	struct rest *r = x->rest;

	if (!x->told_to_wait || x->is_ready)
		return;
	x->is_ready = true;
	x->next_ready = NULL;
	*r->ready_end = x;
	r->ready_end = &x->next_ready;
	if (r->wake != NULL)
		r->wake(r->wake_to);
}

static void answered(struct rest_exchange *x, int status)
{
	static const char no_memory[] = "{\"error\":{\"code\":500,\"message\":\"No memory.\",\"status\":\"INTERNAL\"}}";

	if (x->body.failed) {
		x->body.failed = false;
		json_add_text(&x->body, no_memory, sizeof no_memory - 1);
		status = 500;
	}
	x->state = REST_ANSWERED;
	x->head.status = status;
	x->head.type = json_type;
	x->head.length = x->body.len;
	rest_audit(x, status);
	rest_ready(x);
}

void rest_answer_status(struct rest_exchange *x, int status, cJSON *json)
{
	json_add_json(&x->body, json);
	cJSON_Delete(json);
	answered(x, status);
}

void rest_answer(struct rest_exchange *x, cJSON *json)
{
	rest_answer_status(x, 200, json);
}

void rest_answer_text(struct rest_exchange *x, struct json_text *text)
{
	json_text_free(&x->body);
	x->body = *text;
	*text = (struct json_text){ .text = NULL };
	answered(x, 200);
}

/* Values from outside stand in it; a sentence ends with a full stop. */
static void make_sentence(char message[REST_MESSAGE])
{
	size_t n = strlen(message);

	for (char *p = message; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
			*p = '?';
	if (n > 0 && n + 1 < REST_MESSAGE && message[n - 1] != '.')
		strcpy(message + n, ".");
}

/* {"error":{"code":404,"message":"…","status":"NOT_FOUND"}} */
static void answer_error(struct rest_exchange *x, int status, const char *name, char message[REST_MESSAGE])
{
	cJSON *json = cJSON_CreateObject(), *error = cJSON_AddObjectToObject(json, "error");

	make_sentence(message);
	cJSON_AddNumberToObject(error, "code", status);
	cJSON_AddStringToObject(error, "message", message);
	cJSON_AddStringToObject(error, "status", name);
	json_text_free(&x->body);
	json_add_json(&x->body, json);
	cJSON_Delete(json);
	answered(x, status);
}

void rest_refuse_with(struct rest_exchange *x, enum rest_refusal why, const char *format, ...)
{
	char message[REST_MESSAGE];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	x->head.authenticate = why == REST_UNAUTHENTICATED;
	answer_error(x, refusals[why].status, refusals[why].name, message);
}

void rest_refuse_registry(struct rest_exchange *x, enum registry_result result)
{
	static const enum rest_refusal why[] = {
		[REGISTRY_OK] = REST_INTERNAL, [REGISTRY_NOT_FOUND] = REST_NOT_FOUND, [REGISTRY_EXISTS] = REST_EXISTS,
		[REGISTRY_INVALID] = REST_INVALID, [REGISTRY_PRECONDITION] = REST_PRECONDITION,
		[REGISTRY_FULL] = REST_UNAVAILABLE, [REGISTRY_FAULT] = REST_INTERNAL,
	};

	const char *error = registry_error(x->rest->cfg.registry);

	rest_refuse_with(x, why[result], "%c%s", toupper((unsigned char)error[0]), error[0] != '\0' ? error + 1 : "");
}

void rest_refuse_model(struct rest_exchange *x, const struct model_error *error)
{
	rest_refuse_with(x, error->later ? REST_UNIMPLEMENTED : REST_INVALID, "%s", error->text);
}

/* ---- Audit ---------------------------------------------------------------- */

void rest_change(struct rest_exchange *x, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(x->change, sizeof x->change, format, args);
	va_end(args);
}

/* One line in the journal; of a change, in the device's log, too. */
void rest_audit(struct rest_exchange *x, int status)
{
	struct rest *r = x->rest;
	bool bad = status == 401 || status == 403 || status >= 500;      /* else the caller's own business */
	enum registry_level severity = bad ? REGISTRY_LEVEL_ERROR : REGISTRY_LEVEL_INFO;
	char time[JSON_TIME], plain[REST_PATH + REST_PEER + MODEL_CHANGE + 64], *text;
	cJSON *o;

	if (x->unaudited)
		return;
	x->unaudited = true;                   /* once */
	o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "eventType", "ADMIN");
	cJSON_AddStringToObject(o, "timestamp", json_time(time, r->t.wall_ms));
	cJSON_AddStringToObject(o, "severity", bad ? "ERROR" : "INFO");
	cJSON_AddStringToObject(o, "from", x->peer);
	cJSON_AddStringToObject(o, "token", x->fingerprint);
	cJSON_AddStringToObject(o, "method", x->method);
	cJSON_AddStringToObject(o, "path", x->path);
	cJSON_AddNumberToObject(o, "status", status);
	if (x->change[0] != '\0')
		cJSON_AddStringToObject(o, "change", x->change);
	text = cJSON_PrintUnformatted(o);
	cJSON_Delete(o);
	if (text == NULL)
		return;
	snprintf(plain, sizeof plain, "admin: %s %s %s: %d%s%s", x->peer, x->method, x->path, status,
		 x->change[0] != '\0' ? ": " : "", x->change);
	if (r->cfg.journal.write != NULL)
		r->cfg.journal.write(r->cfg.journal.to,
				     &(struct journal_line){ r->t.wall_ms, severity, text, plain });
	if (x->device_key != 0)
		queue_entry(r->cfg.registry, x->device_key,
			    &(struct registry_entry){ r->t.wall_ms, severity, "ADMIN", text });
	cJSON_free(text);
}

/* B for a log: printable, at most what OUT holds. */
static void printable(char *out, size_t size, struct bytes b)
{
	size_t n = 0;

	for (size_t i = 0; i < b.len && n + 5 < size; i++) {
		if (b.data[i] > 0x20 && b.data[i] < 0x7f)
			out[n++] = (char)b.data[i];
		else
			n += (size_t)snprintf(out + n, 5, "\\x%02x", b.data[i]);
	}
	out[n] = '\0';
}

/* ---- Parameters ----------------------------------------------------------- */

bool rest_param_number(struct rest_call *c, const char *name, uint64_t missing, uint64_t max, uint64_t *value)
{
	const char *text = query_get(&c->query, name);

	*value = missing;
	if (text == NULL || json_text_to_u64(text, max, value))
		return true;
	rest_refuse_with(c->x, REST_INVALID, "%s: '%.32s' is not a number from 0 to %llu.", name, text,
			 (unsigned long long)max);
	return false;
}

bool rest_page_read(struct rest_call *c, uint64_t *size, char after[REGISTRY_ID])
{
	const char *token = query_get(&c->query, "pageToken");
	uint8_t *id;
	size_t len = 0;

	after[0] = '\0';
	if (!rest_param_number(c, "pageSize", 0, UINT32_MAX, size))
		return false;
	*size = *size == 0 ? 100 : *size < REGISTRY_PAGE_MAX ? *size : REGISTRY_PAGE_MAX;
	if (token == NULL || token[0] == '\0')
		return true;
	id = json_base64_read(token, &len);
	if (id != NULL && len > 0 && len < REGISTRY_ID && memchr(id, '\0', len) == NULL) {
		memcpy(after, id, len);
		after[len] = '\0';
	}
	free(id);
	if (after[0] == '\0')
		rest_refuse_with(c->x, REST_INVALID, "pageToken: '%.64s' is not one that was given here.", token);
	return after[0] != '\0';
}

void rest_page_end(struct rest_exchange *x, struct json_text *page, const char *last, bool more)
{
	char *token = more ? json_base64((const uint8_t *)last, strlen(last)) : NULL;

	json_add_text(page, "]", 1);
	if (token != NULL) {
		for (char *p = token; *p != '\0'; p++)      /* it will stand in a query */
			*p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
		token[strcspn(token, "=")] = '\0';
		json_add_text(page, ",\"nextPageToken\":\"", 18);
		json_add_text(page, token, strlen(token));
		json_add_text(page, "\"", 1);
	}
	free(token);
	json_add_text(page, "}", 1);
	rest_answer_text(x, page);
}

/* Is NAME a word of WORDS ("pageSize deviceIds*")?  *MANY: with the star. */
static bool is_word(const char *words, const char *name, bool *many)
{
	size_t len = strlen(name);

	while (len > 0 && *words != '\0') {
		size_t n = strcspn(words, " *");

		*many = words[n] == '*';
		if (n == len && memcmp(words, name, n) == 0)
			return true;
		words += strcspn(words, " ");
		words += *words == ' ';
	}
	return false;
}

/* All parameters are ROUTE's, and none is there twice. */
static bool params_fit(struct rest_call *c, const struct route *route)
{
	const char *alt = query_get(&c->query, "alt");
	bool many;

	for (size_t i = 0; i < c->query.count; i++) {
		const char *name = c->query.param[i].name;

		if (!is_word(route->params, name, &many) && !is_word(any_params, name, &many)) {
			rest_refuse_with(c->x, REST_INVALID, "There is no parameter '%.64s' here.", name);
			return false;
		}
		if (!many && query_get(&c->query, name) != c->query.param[i].value) {
			rest_refuse_with(c->x, REST_INVALID, "The parameter '%.64s' stands there twice.", name);
			return false;
		}
	}
	if (alt != NULL && strcmp(alt, "json") != 0)
		rest_refuse_with(c->x, REST_INVALID, "alt: there is nothing but 'json'.");
	return alt == NULL || strcmp(alt, "json") == 0;
}

/* ---- From the path to the handler ----------------------------------------- */

static bool same_verb(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* NULL: refused.  ALLOW is static, since the head only borrows it. */
static const struct route *find_route(struct rest_call *c, struct bytes method)
{
	static const char *const order[] = { "GET", "POST", "PATCH", "DELETE" };
	static const char *const allow[] = {
		"", "GET", "POST", "GET, POST", "PATCH", "GET, PATCH", "POST, PATCH", "GET, POST, PATCH",
		"DELETE", "GET, DELETE", "POST, DELETE", "GET, POST, DELETE", "PATCH, DELETE",
		"GET, PATCH, DELETE", "POST, PATCH, DELETE", "GET, POST, PATCH, DELETE"
	};
	unsigned set = 0;

	for (size_t i = 0; i < ROUTES; i++) {
		if (!path_is(&c->path, routes[i].path) || !same_verb(c->path.verb, routes[i].verb))
			continue;
		if (bytes_equal_text(method, routes[i].method))
			return &routes[i];
		for (unsigned m = 0; m < 4; m++)
			set |= strcmp(order[m], routes[i].method) == 0 ? 1u << m : 0;
	}
	if (set == 0) {
		rest_refuse_with(c->x, REST_NOT_FOUND, "There is nothing at '%.300s'.", c->x->path);
		return NULL;
	}
	c->x->head.allow = allow[set];
	rest_refuse_with(c->x, REST_METHOD_UNKNOWN, "There is no %.15s here; there is %s.", c->x->method, allow[set]);
	return NULL;
}

static void dispatch(struct rest_call *c, const struct rest_request *q)
{
	char error[JSON_ERROR];              /* which is more than PATH_ERROR */
	const struct route *route;

	if (!path_read(&c->path, q->path, error) || !query_read(&c->query, q->query, error)) {
		rest_refuse_with(c->x, REST_INVALID, "%s", error);
		return;
	}
	route = find_route(c, q->method);
	if (route == NULL || !params_fit(c, route))
		return;
	c->name.in.project = c->path.count > 2 ? c->path.segment[2] : NULL;
	c->name.in.location = c->path.count > 4 ? c->path.segment[4] : NULL;
	c->name.in.registry = c->path.count > 6 ? c->path.segment[6] : NULL;
	c->name.device = c->path.count > 8 ? c->path.segment[8] : NULL;
	if (route->body && (c->body = json_read(q->body, error)) == NULL) {
		rest_refuse_with(c->x, REST_INVALID, "%s", error);
		return;
	}
	route->handle(c);
}

void rest_later(struct rest_call *c)
{
	rest_refuse_with(c->x, REST_UNIMPLEMENTED, "This bridge has no gateways, device groups, access policies and "
						   "no HTTP for devices (':%.40s').",
			 c->path.verb != NULL ? c->path.verb : "groups");
}

/* ---- Exchanges ------------------------------------------------------------ */

struct rest *rest_new(const struct rest_config *cfg)
{
	struct rest *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->cfg = *cfg;
	r->cfg.config_ms = cfg->config_ms > 0 ? cfg->config_ms : 1000;
	r->ready_end = &r->ready;
	rest_set_token(r, cfg->token_hash);
	return r;
}

/* What is there of a stream's body is all of it. */
static void close_stream(struct rest_exchange *x)
{
	x->state = REST_ANSWERED;
	rest_ready(x);
}

/* A stream was opened with the token before: it would go on for ever. */
static void close_streams(struct rest *r)
{
	for (struct rest_exchange *x = r->all; x != NULL; x = x->next)
		if (x->state == REST_STREAM)
			close_stream(x);
}

void rest_set_token(struct rest *r, const uint8_t hash[REST_TOKEN_HASH])
{
	if (memcmp(r->auth.hash, hash, sizeof r->auth.hash) != 0)
		close_streams(r);
	memcpy(r->auth.hash, hash, sizeof r->auth.hash);
}

void rest_free(struct rest *r)
{
	if (r == NULL)
		return;
	while (r->all != NULL)
		rest_end(r->all);
	bytes_wipe(r, sizeof *r);
	free(r);
}

static struct rest_exchange *new_exchange(struct rest *r, struct bytes method, struct bytes path, const char *peer)
{
	struct rest_exchange *x = calloc(1, sizeof *x);

	if (x == NULL)
		return NULL;
	x->rest = r;
	x->next = r->all;
	x->self = &r->all;
	if (x->next != NULL)
		x->next->self = &x->next;
	r->all = x;
	r->count++;
	printable(x->method, sizeof x->method, method);
	printable(x->path, sizeof x->path, path);
	printable(x->peer, sizeof x->peer, bytes_of(peer));
	return x;
}

/* Whoever may not is refused: true. */
static bool refuse(struct rest *r, struct rest_exchange *x, const struct rest_request *q)
{
	bool health = bytes_equal_text(q->path, "/healthz") && q->authorization.len == 0;
	uint32_t wait_s = 0;

	if (!q->tls && q->host.len > 0 && !auth_host_is_ours(q->host, r->cfg.hosts, r->cfg.host_count)) {
		rest_refuse_with(x, REST_DENIED, "Without TLS the Host header must be localhost or a loopback "
						 "address.");
		return true;
	}
	x->unaudited = health;
	if (health)
		return false;
	switch (auth_check(&r->auth, q->authorization, q->peer, r->t.now_ms, x->fingerprint, &wait_s)) {
	case AUTH_OK:
		x->authorised = true;
		return false;
	case AUTH_MISSING:
		rest_refuse_with(x, REST_UNAUTHENTICATED, "A header 'Authorization: Bearer TOKEN' is needed.");
		return true;
	case AUTH_WRONG:
		rest_refuse_with(x, REST_UNAUTHENTICATED, "The token is not this bridge's admin token.");
		return true;
	case AUTH_WAIT:
		x->head.retry_after_s = wait_s;
		x->unaudited = true;               /* a flood is not to fill the journal */
		rest_refuse_with(x, REST_EXHAUSTED, "Too many requests without the right token; try again in %u s.",
				 (unsigned)wait_s);
		return true;
	}
	return true;
}

struct rest_exchange *rest_refuse(struct rest *r, const struct rest_request *q, struct node_time t)
{
	struct rest_exchange *x;

	r->t = t;
	x = new_exchange(r, q->method, q->path, q->peer);
	if (x == NULL || refuse(r, x, q))
		return x;
	x->unaudited = true;
	rest_end(x);
	return NULL;
}

struct rest_exchange *rest_misread(struct rest *r, int status, const char *message, const char *peer,
				   struct node_time t)
{
	static const struct bytes none = { NULL, 0 };
	const char *name = status == 408 ? "DEADLINE_EXCEEDED" : status == 501 ? "UNIMPLEMENTED" :
			   status == 503 ? "UNAVAILABLE" : "INVALID_ARGUMENT";
	struct rest_exchange *x;
	char text[REST_MESSAGE];

	r->t = t;
	x = new_exchange(r, none, none, peer);
	if (x == NULL)
		return NULL;
	x->unaudited = true;                   /* nobody's call */
	snprintf(text, sizeof text, "%s", message);
	answer_error(x, status, name, text);
	return x;
}

struct rest_exchange *rest_begin(struct rest *r, const struct rest_request *q, struct node_time t)
{
	struct rest_exchange *x;
	struct rest_call c;

	r->t = t;
	x = new_exchange(r, q->method, q->path, q->peer);
	if (x == NULL || refuse(r, x, q))
		return x;
	if (r->stopping || r->count > REST_EXCHANGES) {
		rest_refuse_with(x, REST_UNAVAILABLE, "%s",
				 r->stopping ? "The bridge is stopping." : "Too many requests wait.");
		return x;
	}
	memset(&c, 0, sizeof c);
	c.rest = r;
	c.x = x;
	dispatch(&c, q);
	query_clear(&c.query);
	cJSON_Delete(c.body);
	x->told_to_wait = true;
	return x;
}

bool rest_is_authorised(const struct rest_exchange *x)
{
	return x->authorised;
}

const struct rest_head *rest_head(const struct rest_exchange *x)
{
	return x->state == REST_ANSWERED || x->state == REST_STREAM ? &x->head : NULL;
}

const uint8_t *rest_peek(struct rest_exchange *x, size_t *len, struct node_time t)
{
	x->rest->t = t;
	if (x->state == REST_STREAM && x->taken == x->body.len) {
		x->taken = x->body.len = 0;
		rest_stream_fill(x);
	}
	*len = x->body.len - x->taken;
	return *len > 0 ? (const uint8_t *)x->body.text + x->taken : NULL;
}

void rest_done(struct rest_exchange *x, size_t n)
{
	x->taken += n;
}

bool rest_whole(const struct rest_exchange *x)
{
	return x->state == REST_ANSWERED && x->taken == x->body.len;
}

static void leave_ready(struct rest_exchange *x)
{
	struct rest *r = x->rest;
	struct rest_exchange **p = &r->ready;

	while (x->is_ready && *p != x)
		p = &(*p)->next_ready;
	if (!x->is_ready)
		return;
	*p = x->next_ready;
	if (*p == NULL)
		r->ready_end = p;
	x->is_ready = false;
}

void rest_end(struct rest_exchange *x)
{
	struct rest *r = x->rest;

	if (x->state == REST_COMMAND)
		node_command_forget(r->cfg.node, x);
	rest_audit(x, 499);                    /* if it has no answer: the client did not wait for it */
	leave_ready(x);
	*x->self = x->next;
	if (x->next != NULL)
		x->next->self = x->self;
	r->count--;
	free(x->reader);
	json_text_free(&x->body);
	free(x);
}

void *rest_user(const struct rest_exchange *x)
{
	return x->user;
}

void rest_set_user(struct rest_exchange *x, void *user)
{
	x->user = user;
}

struct rest_exchange *rest_next_ready(struct rest *r)
{
	struct rest_exchange *x = r->ready;

	if (x != NULL)
		leave_ready(x);
	return x;
}

void rest_set_wake(struct rest *r, void (*wake)(void *to), void *to)
{
	r->wake = wake;
	r->wake_to = to;
}

/* ---- Waiting -------------------------------------------------------------- */

void rest_messages_arrived(struct rest *r)
{
	if (r->news)
		return;
	r->news = true;
	if (r->wake != NULL)
		r->wake(r->wake_to);
}

static bool reads(const struct rest_exchange *x)
{
	return (x->state == REST_POLL || x->state == REST_STREAM) && !x->is_ready;
}

/* Look whether there is something for who waits. */
static void look(struct rest *r)
{
	uint64_t messages = r->cfg.messages != NULL ? message_log_end(r->cfg.messages) : 0;
	uint64_t entries = log_end(r->cfg.registry);
	unsigned left = READS_A_STEP;

	r->news = false;
	r->looked_ms = r->t.now_ms;
	for (struct rest_exchange *x = r->all, *next; x != NULL; x = next) {
		next = x->next;
		if (!reads(x) || !rest_reader_has_news(x, messages, entries))
			continue;
		if (left-- == 0) {
			r->news = true;        /* the others at the next step */
			return;
		}
		if (x->state == REST_POLL)
			rest_poll_again(x, false);
		else
			rest_ready(x);
	}
}

static void on_due(struct rest_exchange *x)
{
	switch (x->state) {
	case REST_COMMAND:
		node_command_forget(x->rest->cfg.node, x);
		rest_refuse_with(x, REST_DEADLINE, "The device did not acknowledge the command in time; it may have "
						   "heard it.");
		return;
	case REST_POLL:
		rest_poll_again(x, true);
		return;
	case REST_STREAM:
		x->beat = true;
		x->due_ms = x->rest->t.now_ms + REST_BEAT_MS;
		rest_ready(x);
		return;
	case REST_WORKING:
	case REST_ANSWERED:
		return;
	}
}

static bool waits(const struct rest_exchange *x)
{
	return x->state == REST_COMMAND || reads(x);
}

/* When the logs are to be looked at; UINT64_MAX: nobody waits for them. */
static uint64_t next_look(const struct rest *r)
{
	for (const struct rest_exchange *x = r->all; x != NULL; x = x->next)
		if (reads(x))
			return r->looked_ms + (r->news ? NEWS_MS : REST_POLL_MS);
	return UINT64_MAX;
}

void rest_step(struct rest *r, struct node_time t)
{
	r->t = t;
	if (t.now_ms >= next_look(r))
		look(r);
	for (struct rest_exchange *x = r->all, *next; x != NULL; x = next) {
		next = x->next;
		if (waits(x) && t.now_ms >= x->due_ms)
			on_due(x);
	}
}

uint64_t rest_deadline(const struct rest *r)
{
	uint64_t at = next_look(r);

	for (const struct rest_exchange *x = r->all; x != NULL; x = x->next)
		if (waits(x) && x->due_ms < at)
			at = x->due_ms;
	return at;
}

void rest_stop(struct rest *r, struct node_time t)
{
	r->t = t;
	r->stopping = true;
	for (struct rest_exchange *x = r->all, *next; x != NULL; x = next) {
		next = x->next;
		if (x->state == REST_COMMAND) {
			node_command_forget(r->cfg.node, x);
			rest_refuse_with(x, REST_UNAVAILABLE, "The bridge is stopping; the device may have heard the "
							      "command.");
		} else if (x->state == REST_POLL) {
			rest_poll_again(x, true);
		} else if (x->state == REST_STREAM) {
			close_stream(x);
		}
	}
}
