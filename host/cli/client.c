/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/client.h"

#include "cli/json.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = 500, PAGES = 2000, REGISTRIES_LOOKED_AT = 100 };

/* What `tern-bridge init` makes, as root and as anybody else. */
static const char default_url[] = "http://127.0.0.1:8080";
static const char *const default_token_files[] = { "/etc/tern-bridge/admin.token", "tern-bridge/admin.token" };

/* ---- where ---------------------------------------------------------------- */

static const char *from_environment(const char *given, const char *name)
{
	const char *value = given == NULL ? getenv(name) : given;

	return value != NULL && value[0] != '\0' ? value : NULL;
}

bool client_is_configured(const struct client_place *place)
{
	return from_environment(place->bridge, "TERN_BRIDGE_URL") != NULL ||
	       from_environment(place->token_file, "TERN_BRIDGE_TOKEN_FILE") != NULL;
}

static int connect_remote(struct client *c, const struct client_place *place)
{
	const char *file = from_environment(place->token_file, "TERN_BRIDGE_TOKEN_FILE");
	struct remote_config cfg = { .name = "the bridge", .url = from_environment(place->bridge, "TERN_BRIDGE_URL"),
				     .ca = from_environment(place->ca, "TERN_BRIDGE_CA") };
	char token[REMOTE_TOKEN], why[REMOTE_WHY];
	bool made_here = access(default_token_files[0], F_OK) != 0 && access(default_token_files[1], F_OK) == 0;

	c->token_file = memory_text(file != NULL ? file : default_token_files[made_here]);
	if (cfg.url == NULL)
		cfg.url = default_url;
	if (!remote_read_token(c->token_file, token, why))
		return say_error(CLI_USAGE, "%s%s", why, file != NULL ? "" :
				 "; --token-file FILE or TERN_BRIDGE_TOKEN_FILE says where the admin token is");
	cfg.token = token;
	c->remote = remote_open(&cfg, why);
	bytes_wipe(token, sizeof token);
	return c->remote != NULL ? CLI_OK : say_error(CLI_USAGE, "%s", why);
}

/* ---- which registry ------------------------------------------------------- */

/* What all registries that fit what is known agree on; "" when they do not. */
struct places {
	const struct client *client;
	char   part[3][256];
	size_t count;
};

static bool note_place(void *to, const cJSON *registry)
{
	struct places *p = to;
	const char *known[] = { p->client->project, p->client->region, p->client->registry };
	char part[3][256] = { "", "", "" };
	const char *name = json_text(registry, "name");

	if (name == NULL || sscanf(name, "projects/%255[^/]/locations/%255[^/]/registries/%255[^/]", part[0], part[1],
				   part[2]) != 3)
		return true;
	for (size_t i = 0; i < 3; i++)
		if (known[i] != NULL && strcmp(known[i], part[i]) != 0)
			return true;
	for (size_t i = 0; i < 3; i++)
		if (p->count == 0)
			memcpy(p->part[i], part[i], sizeof part[i]);
		else if (strcmp(p->part[i], part[i]) != 0)
			p->part[i][0] = '\0';
	p->count++;
	return true;
}

/* PART: 0 project, 1 region, 2 registry. */
static int complain_of_place(const struct places *p, size_t part)
{
	static const char *const names[] = { "project", "region", "registry" };
	static const char *const variables[] = { "TERN_PROJECT", "TERN_REGION", "TERN_REGISTRY" };

	return say_error(CLI_USAGE, "which %s? The bridge has %s: say it with --%s or %s%s", names[part],
			 p->count == 0 ? "none that fits" : "several", names[part], variables[part],
			 p->count == 0 ? "; 'tern registry create' makes one" : "; 'tern registry list' lists them");
}

int client_find_place(struct client *c, enum client_needs needs)
{
	struct places p = { .client = c };
	char **wanted[] = { &c->project, &c->region, &c->registry };
	size_t last = needs == CLIENT_REGISTRY ? 3 : 2;
	int status =
		client_each(c, CLIENT_ALL_REGISTRIES, "", "deviceRegistries", REGISTRIES_LOOKED_AT, note_place, &p);

	for (size_t i = 0; i < last && status == CLI_OK; i++) {
		if (*wanted[i] == NULL && p.part[i][0] != '\0')
			*wanted[i] = memory_text(p.part[i]);
		if (*wanted[i] == NULL)
			return complain_of_place(&p, i);
	}
	return status;
}

static char *taken(const char *given, const char *name)
{
	const char *value = from_environment(given, name);

	return value != NULL ? memory_text(value) : NULL;
}

int client_open_at(struct client *c, const struct client_place *place, enum client_needs needs)
{
	int status;

	*c = (struct client){ .project = taken(place->project, "TERN_PROJECT"),
			      .region = taken(place->region, "TERN_REGION"),
			      .registry = taken(place->registry, "TERN_REGISTRY") };
	status = connect_remote(c, place);
	if (status != CLI_OK || needs == CLIENT_BRIDGE ||
	    (c->project != NULL && c->region != NULL && (c->registry != NULL || needs == CLIENT_REGION)))
		return status;
	return client_find_place(c, needs);
}

static struct client_place place_of(const struct call *call)
{
	return (struct client_place){
		.bridge = call_value(call, OPT_BRIDGE), .token_file = call_value(call, OPT_TOKEN_FILE),
		.ca = call_value(call, OPT_CA), .project = call_value(call, OPT_PROJECT),
		.region = call_value(call, OPT_REGION), .registry = call_value(call, OPT_REGISTRY) };
}

int client_open(struct client *c, const struct call *call, enum client_needs needs)
{
	struct client_place place = place_of(call);

	return client_open_at(c, &place, needs);
}

int client_open_named(struct client *c, const struct call *call, const char *id)
{
	struct client_place place = place_of(call);

	if (id != NULL)
		place.registry = id;
	return client_open_at(c, &place, CLIENT_REGISTRY);
}

void client_close(struct client *c)
{
	remote_close(c->remote);
	free(c->project);
	free(c->region);
	free(c->registry);
	free(c->token_file);
	*c = (struct client){ 0 };
}

/* ---- paths ---------------------------------------------------------------- */

static void segment(struct buffer *path, const char *before, const char *id)
{
	buffer_text(path, before);
	buffer_percent(path, id);
}

void client_registries(const struct client *c, struct buffer *path)
{
	segment(path, "/v1/projects/", c->project);
	segment(path, "/locations/", c->region);
	buffer_text(path, "/registries");
}

void client_registry(const struct client *c, struct buffer *path)
{
	client_registries(c, path);
	segment(path, "/", c->registry);
}

void client_devices(const struct client *c, struct buffer *path)
{
	client_registry(c, path);
	buffer_text(path, "/devices");
}

void client_device(const struct client *c, struct buffer *path, const char *id)
{
	client_devices(c, path);
	segment(path, "/", id);
}

/* ---- calls ---------------------------------------------------------------- */

int client_status(const struct answer *a)
{
	switch (a->result) {
	case REMOTE_OK:
		return CLI_OK;
	case REMOTE_UNREACHABLE:
		return CLI_UNREACHABLE;
	case REMOTE_INTERRUPTED:
		return CLI_INTERRUPTED;
	case REMOTE_REFUSED:
		break;
	}
	return a->http == 504 ? CLI_NOT_ACKED : CLI_REFUSED;
}

int client_refused(const struct client *c, const struct answer *a)
{
	if (a->http == 401)
		return say_error(CLI_REFUSED, "%s (the token is that of %s)", a->why, c->token_file);
	return say_error(client_status(a), "%s", a->why);
}

int client_call(struct client *c, const char *method, const char *path, const cJSON *body, struct answer *a)
{
	char *text = body != NULL ? json_print(body) : NULL;
	enum remote_result result = remote_call(c->remote, method, path, text, REMOTE_CALL_S, a);

	free(text);
	return result == REMOTE_OK ? CLI_OK : client_refused(c, a);
}

int client_call_device(struct client *c, const char *method, const char *id, const char *suffix, const cJSON *body,
		       struct answer *a)
{
	struct buffer path = { 0 };
	int status;

	client_device(c, &path, id);
	buffer_text(&path, suffix);
	status = client_call(c, method, path.data, body, a);
	buffer_free(&path);
	return status;
}

void client_print(const struct answer *a)
{
	if (a->body == NULL)
		return;
	say_json(stdout, (struct bytes){ (const uint8_t *)a->body, a->len });
	if (a->len == 0 || a->body[a->len - 1] != '\n')
		putchar('\n');
}

/* ---- lists ---------------------------------------------------------------- */

/* One page.  False: EACH, or the limit, has ended it. */
static bool each_of(const cJSON *list, uint64_t limit, uint64_t *count, bool (*each)(void *to, const cJSON *element),
		    void *to)
{
	const cJSON *element;

	cJSON_ArrayForEach(element, list) {
		if (!each(to, element) || ++*count == limit)
			return false;
	}
	return true;
}

/* Tokens that come again, in whatever turn, are found by one that is kept, each time for twice as long (Brent). */
struct turns {
	char    *kept;
	uint64_t pages, keep_at;
};

static bool comes_again(struct turns *t, const char *token)
{
	bool again = t->kept != NULL && strcmp(token, t->kept) == 0;

	if (++t->pages < t->keep_at)
		return again;
	free(t->kept);
	t->kept = memory_text(token);
	t->keep_at = 2 * t->pages;
	return again;
}

/* False: it was said that the pages have no end. */
static bool may_go_on(const struct client *c, struct turns *t, const char *token)
{
	if (comes_again(t, token))
		say_error(CLI_REFUSED, "%s gives the same page twice", remote_url(c->remote));
	else if (t->pages >= PAGES)
		say_error(CLI_REFUSED, "%s gives more than %d pages", remote_url(c->remote), PAGES);
	else
		return true;
	return false;
}

int client_each(struct client *c, const char *path, const char *query, const char *member, uint64_t limit,
		bool (*each)(void *to, const cJSON *element), void *to)
{
	struct answer a = { 0 };
	struct buffer url = { 0 };
	struct turns turns = { .kept = NULL };
	char *token = memory_text("");
	const char *given;
	uint64_t count = 0;
	int status = CLI_OK;
	bool more = true;

	while (more && status == CLI_OK) {
		url.len = 0;
		buffer_format(&url, "%s?pageSize=%llu%s%s", path,
			      (unsigned long long)(limit > 0 && limit - count < PAGE ? limit - count : PAGE),
			      query[0] != '\0' ? "&" : "", query);
		if (token[0] != '\0') {
			buffer_text(&url, "&pageToken=");
			buffer_percent(&url, token);
		}
		status = client_call(c, "GET", url.data, NULL, &a);
		more = status == CLI_OK && each_of(json_member(a.json, member), limit, &count, each, to);
		given = json_text(a.json, "nextPageToken");
		free(token);
		token = memory_text(given != NULL ? given : "");
		more = more && token[0] != '\0' && !say_is_cut();
		if (more && !may_go_on(c, &turns, token))
			status = CLI_REFUSED;
	}
	free(token);
	free(turns.kept);
	buffer_free(&url);
	answer_clear(&a);
	return status;
}

struct listing {
	struct table *table;
	void (*row)(struct table *table, const cJSON *element);
	const char *member;
	size_t count;
};

static bool add_row(void *to, const cJSON *element)
{
	struct listing *l = to;

	l->row(l->table, element);
	l->count++;
	return true;
}

static bool print_element(void *to, const cJSON *element)
{
	struct listing *l = to;
	char *text = json_print(element);

	if (l->count++ == 0)
		printf("{\"%s\":[\n", l->member);
	else
		fputs(",\n", stdout);
	say_json(stdout, bytes_of(text));
	free(text);
	return true;
}

int client_list(struct client *c, const struct call *call, const char *path, const char *query, const char *member,
		struct table *table, void (*row)(struct table *table, const cJSON *element))
{
	struct listing l = { .table = table, .row = row, .member = member };
	uint64_t limit = 0;
	int status;

	if (!call_number(call, OPT_LIMIT, UINT32_MAX, &limit))
		return CLI_USAGE;
	if (!call_has(call, OPT_JSON)) {
		status = client_each(c, path, query, member, limit, add_row, &l);
		if (status == CLI_OK || l.count > 0)
			table_show(table);
		return status;
	}
	status = client_each(c, path, query, member, limit, print_element, &l);
	if (l.count > 0)
		printf("]}\n");
	else if (status == CLI_OK)
		printf("{\"%s\":[]}\n", member);
	return status;
}
