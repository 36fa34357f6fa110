/* SPDX-License-Identifier: Apache-2.0 */
/*
 * family_tail.c - tern log, tern telemetry: what is read by cursor.
 *
 *   tail: where? --> stream --> it broke: pause 0.5, 1, 2 ... 30 s --> stream from the last cursor
 *
 * The cursor is known before the first line is waited for, so that nothing is
 * missed from then on, whatever breaks; each line is told once.
 */
#include "cli/client.h"
#include "cli/families.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/line.h"
#include "cli/words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT = 100, PAGE = 200, PAUSE_MIN_MS = 500, PAUSE_MAX_MS = 30000, SAVE_MS = 200 };

/* The two logs. */
struct kind {
	const char *path, *list, *one;       /* "/messages", "messages", "message" */
	void (*print)(const cJSON *one);
	bool  everywhere;                    /* there is a path above registries, too */
};

struct reader {
	struct client client;
	const struct call *call;
	const struct kind *kind;
	struct buffer path, query;           /* ".../messages"; "&kind=event", or empty */
	uint64_t cursor, count, limit;       /* LIMIT 0: none */
	const char *file;                    /* --cursor-file; NULL: none */
	bool     moved, told;                /* CURSOR is not in FILE yet; a line came since the last break */
	int64_t  saved_ms;                   /* when CURSOR was put into FILE */
	int      status;                     /* not CLI_OK: it is over */
};

/* ---- one line for a person ------------------------------------------------ */

static void print_part(const char *text, int width)
{
	struct buffer plain = { 0 };

	say_plain(&plain, bytes_of(text != NULL ? text : "-"));
	printf("%-*s ", width, buffer_str(&plain));
	buffer_free(&plain);
}

/* 2026-11-23T00:43:10Z pump-7 event/alerts {"t":21.5} */
static void print_message(const cJSON *message)
{
	const char *folder = json_text(message, "attributes.subFolder"), *kind = json_text(message, "kind");
	struct buffer data = { 0 }, line = { 0 };
	char time[24];

	json_time(message, "publishTime", time);
	print_part(time, 20);
	print_part(json_text(message, "attributes.deviceId"), 12);
	buffer_format(&line, "%s%s%s", kind != NULL ? kind : "-", folder != NULL && folder[0] != '\0' ? "/" : "",
		      folder != NULL ? folder : "");
	print_part(line.data, 6);
	line.len = 0;
	if (json_bytes(message, "data", &data))
		say_payload(&line, (struct bytes){ (const uint8_t *)data.data, data.len }, 0);
	puts(line.len > 0 ? line.data : "");
	buffer_free(&line);
	buffer_free(&data);
}

/* Members that stand in the line already, or repeat it. */
static bool is_said(const char *name)
{
	static const char *const said[] = { "eventType", "resourceName", "timestamp", "severity",
					    "deviceId", "deviceNumId", "protocol" };

	for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
		if (strcmp(name, said[i]) == 0)
			return true;
	return false;
}

static void add_members(struct buffer *line, const cJSON *object)
{
	const cJSON *one;

	cJSON_ArrayForEach(one, object) {
		if (one->string == NULL || is_said(one->string))
			continue;
		if (cJSON_IsObject(one)) {
			add_members(line, one);
			continue;
		}
		buffer_format(line, "%s%s=", line->len > 0 ? " " : "", one->string);
		if (cJSON_IsString(one)) {
			buffer_text(line, one->valuestring);
		} else {
			char *text = json_print(one);

			buffer_text(line, text);
			free(text);
		}
	}
}

/* 2026-11-23T00:43:10Z INFO  pump-7 CONNECT connected from 192.0.2.7:51112 */
static void print_entry(const cJSON *row)
{
	const cJSON *entry = json_member(row, "entry");
	const char *sentence = json_text(entry, "sentence"), *change = json_text(entry, "change");
	struct buffer line = { 0 }, plain = { 0 };
	char time[24];

	json_time(row, "timestamp", time);
	print_part(time, 20);
	print_part(json_text(row, "severity"), 5);
	print_part(json_text(row, "deviceId"), 12);
	print_part(json_text(entry, "eventType"), 10);
	if (sentence == NULL && change == NULL)
		add_members(&line, entry);
	else
		buffer_text(&line, sentence != NULL ? sentence : change);
	say_plain(&plain, bytes_of(buffer_str(&line)));
	puts(buffer_str(&plain));
	buffer_free(&plain);
	buffer_free(&line);
}

static const struct kind messages = { "/messages", "messages", "message", print_message, true };
static const struct kind entries = { "/logEntries", "logEntries", "logEntry", print_entry, false };

/* ---- where ---------------------------------------------------------------- */

static bool is_registry_named(const struct call *call)
{
	return call->argument[0] != NULL || call_has(call, OPT_REGISTRY) || call_has(call, OPT_PROJECT) ||
	       call_has(call, OPT_REGION);
}

static int open_reader(struct reader *r, const struct call *call, const struct kind *kind)
{
	enum client_needs needs = kind->everywhere && !is_registry_named(call) ? CLIENT_BRIDGE : CLIENT_REGISTRY;
	int status;

	*r = (struct reader){ .call = call, .kind = kind, .file = call_value(call, OPT_CURSOR_FILE) };
	for (enum option_id id = OPT_SUBFOLDER; id <= OPT_KIND; id++) {
		if ((id != OPT_SUBFOLDER && id != OPT_KIND) || !call_has(call, id))
			continue;
		buffer_text(&r->query, id == OPT_KIND ? "&kind=" : "&subFolder=");
		buffer_percent(&r->query, call_value(call, id));
	}
	status = client_open(&r->client, call, needs);
	if (status != CLI_OK)
		return status;
	if (needs == CLIENT_BRIDGE)
		buffer_text(&r->path, "/v1");
	else if (call->argument[0] != NULL)
		client_device(&r->client, &r->path, call->argument[0]);
	else
		client_registry(&r->client, &r->path);
	buffer_text(&r->path, kind->path);
	return CLI_OK;
}

static int close_reader(struct reader *r, int status)
{
	client_close(&r->client);
	buffer_free(&r->path);
	buffer_free(&r->query);
	return status;
}

/* A file that is not there yet is made; one of other contents is not written over. */
static int read_cursor_file(struct reader *r, bool *known)
{
	struct buffer text = { 0 };
	char why[FILES_WHY];
	int status = CLI_OK;
	FILE *f = fopen(r->file, "re");

	*known = f != NULL;
	if (f == NULL)
		return CLI_OK;
	fclose(f);
	if (!files_read(r->file, 64, &text, why) || sscanf(buffer_str(&text), "%" SCNu64, &r->cursor) != 1 ||
	    text.data[strspn(text.data, "0123456789\n")] != '\0')
		status = say_error(CLI_USAGE, "--cursor-file %s: there is no cursor in it", r->file);
	buffer_free(&text);
	return status;
}

/* At most every EVERY_MS: who is killed between two gets a few lines a second time. */
static int save_cursor(struct reader *r, int64_t every_ms)
{
	char text[32], why[FILES_WHY];
	int64_t now_ms = line_now_ms();

	if (r->file == NULL || !r->moved || now_ms - r->saved_ms < every_ms)
		return CLI_OK;
	snprintf(text, sizeof text, "%" PRIu64 "\n", r->cursor);
	r->moved = false;
	r->saved_ms = now_ms;
	return files_replace(r->file, text, why) ? CLI_OK : say_error(CLI_REFUSED, "--cursor-file %s", why);
}

/* ---- list ----------------------------------------------------------------- */

static void tell_lost(const cJSON *answer, const char *member)
{
	uint64_t lost = 0;

	if (json_number(answer, member, &lost) && lost > 0)
		say_note("%" PRIu64 " are gone: retention was faster than this reader", lost);
}

static void print_one(struct reader *r, const cJSON *one)
{
	char *text;

	r->count++;
	if (!call_has(r->call, OPT_JSON)) {
		r->kind->print(one);
		return;
	}
	text = json_print(one);
	fputs(r->count > 1 ? ",\n" : "\n", stdout);
	say_json(stdout, bytes_of(text));
	free(text);
}

/* One page.  *MORE: there may be others. */
static int read_page(struct reader *r, bool *more, uint64_t *lost)
{
	uint64_t left = r->limit - r->count, before = r->cursor, gone = 0;
	struct buffer url = { 0 };
	struct answer a = { 0 };
	const cJSON *one;
	int status;

	buffer_format(&url, "%s?cursor=%" PRIu64 "&max=%" PRIu64 "%s", r->path.data, r->cursor,
		      left < PAGE ? left : PAGE, buffer_str(&r->query));
	status = client_call(&r->client, "GET", url.data, NULL, &a);
	cJSON_ArrayForEach(one, json_member(a.json, r->kind->list))
		print_one(r, one);
	if (status == CLI_OK && !json_number(a.json, "nextCursor", &r->cursor))
		status = say_error(CLI_REFUSED, "%s gives no cursor to go on with", remote_url(r->client.remote));
	if (json_number(a.json, "lost", &gone))
		*lost += gone;
	if (!call_has(r->call, OPT_JSON))
		tell_lost(a.json, "lost");
	*more = status == CLI_OK && r->cursor > before && r->count < r->limit && !say_is_cut();
	answer_clear(&a);
	buffer_free(&url);
	return status;
}

static int list(struct call *call, const struct kind *kind)
{
	struct reader r = { .limit = 0 };
	uint64_t cursor = 0, limit = LIMIT, lost = 0;
	bool more = true, json = call_has(call, OPT_JSON);
	int status;

	if (!call_number(call, OPT_CURSOR, UINT64_MAX, &cursor) || !call_number(call, OPT_LIMIT, UINT32_MAX, &limit))
		return CLI_USAGE;
	status = open_reader(&r, call, kind);
	r.cursor = cursor;
	r.limit = limit > 0 ? limit : UINT64_MAX;
	if (status == CLI_OK && json)
		printf("{\"%s\":[", kind->list);
	while (status == CLI_OK && more)
		status = read_page(&r, &more, &lost);
	if (status == CLI_OK && json)
		printf("],\"nextCursor\":\"%" PRIu64 "\",\"lost\":\"%" PRIu64 "\"}\n", r.cursor, lost);
	else if (status == CLI_OK && r.count == r.limit)
		say_note("there may be more: --cursor %" PRIu64, r.cursor);
	return close_reader(&r, status);
}

/* ---- tail ----------------------------------------------------------------- */

/* From now on: the number that stands for it. */
static int read_end(struct reader *r)
{
	struct buffer url = { 0 };
	struct answer a = { 0 };
	int status;

	buffer_format(&url, "%s?cursor=end&max=1%s", r->path.data, buffer_str(&r->query));
	status = client_call(&r->client, "GET", url.data, NULL, &a);
	if (status == CLI_OK && !json_number(a.json, "nextCursor", &r->cursor))
		status = say_error(CLI_REFUSED, "%s gives no cursor to go on with", remote_url(r->client.remote));
	r->moved = status == CLI_OK;
	answer_clear(&a);
	buffer_free(&url);
	return status;
}

static void advance(struct reader *r, const cJSON *object, const char *member)
{
	uint64_t cursor = 0;

	if (json_number(object, member, &cursor) && cursor > r->cursor) {
		r->cursor = cursor;
		r->moved = true;
	}
}

/* One line of the stream: a message, what was lost, or where it is. */
static bool on_line(void *to, const char *text, size_t len)
{
	struct reader *r = to;
	cJSON *json = cJSON_ParseWithLength(text, len);
	const cJSON *one = json_member(json, r->kind->one);
	uint64_t cursor = 0;
	bool cut;

	if (json == NULL && len > 0)
		r->status = say_error(CLI_REFUSED, "what %s sends is no JSON", remote_url(r->client.remote));
	if (one != NULL && json_number(one, "cursor", &cursor) && cursor <= r->cursor)
		one = NULL;                       /* it was told already */
	else if (json != NULL && call_has(r->call, OPT_JSON)) {
		say_json(stdout, (struct bytes){ (const uint8_t *)text, len });
		putchar('\n');
	}
	if (one != NULL && !call_has(r->call, OPT_JSON))
		r->kind->print(one);
	else if (!call_has(r->call, OPT_JSON))
		tell_lost(json, "lost");
	r->count += one != NULL;
	r->told = true;
	cut = say_is_cut();
	if (r->status == CLI_OK && !cut) {        /* else the cursor stays before what nobody got */
		advance(r, one, "cursor");
		advance(r, json, "nextCursor");
		r->status = save_cursor(r, SAVE_MS);
	}
	cJSON_Delete(json);
	return r->status == CLI_OK && !cut && (r->limit == 0 || r->count < r->limit);
}

/* Is A something that goes by? */
static bool may_go_by(const struct answer *a)
{
	return a->result == REMOTE_OK || a->result == REMOTE_UNREACHABLE ||
	       (a->result == REMOTE_REFUSED && (a->http == 429 || a->http >= 500));
}

static int stream(struct reader *r)
{
	struct buffer url = { 0 };
	struct answer a = { 0 };
	int64_t pause_ms = PAUSE_MIN_MS;
	bool away = false;

	for (;;) {
		url.len = 0;
		buffer_format(&url, "%s:stream?cursor=%" PRIu64 "%s", r->path.data, r->cursor, buffer_str(&r->query));
		r->told = false;
		(void)remote_stream(r->client.remote, url.data, on_line, r, &a);
		if (a.result == REMOTE_INTERRUPTED)
			r->status = CLI_INTERRUPTED;
		else if (r->status == CLI_OK && !may_go_by(&a))
			r->status = client_refused(&r->client, &a);
		if (r->status != CLI_OK || say_is_cut() || (r->limit > 0 && r->count >= r->limit))
			break;
		if (!away && a.result != REMOTE_OK)
			say_note("%s; trying again, from cursor %" PRIu64, a.why, r->cursor);
		away = a.result != REMOTE_OK;
		pause_ms = r->told ? PAUSE_MIN_MS : pause_ms;
		if (!remote_pause(a.retry_after_s > 0 ? (int64_t)a.retry_after_s * 1000 : pause_ms)) {
			r->status = CLI_INTERRUPTED;
			break;
		}
		pause_ms = pause_ms * 2 < PAUSE_MAX_MS ? pause_ms * 2 : PAUSE_MAX_MS;
	}
	answer_clear(&a);
	buffer_free(&url);
	return r->status;
}

static int tail(struct call *call, const struct kind *kind)
{
	struct reader r = { .limit = 0 };
	uint64_t cursor = 0, limit = 0;
	bool known = false;
	int status;

	if (!call_number(call, OPT_CURSOR, UINT64_MAX, &cursor) || !call_number(call, OPT_LIMIT, UINT32_MAX, &limit))
		return CLI_USAGE;
	status = open_reader(&r, call, kind);
	r.limit = limit;
	if (status == CLI_OK && r.file != NULL)
		status = read_cursor_file(&r, &known);
	if (!known)
		r.cursor = cursor;
	if (status == CLI_OK && !known && !call_has(call, OPT_CURSOR))
		status = read_end(&r);
	if (status == CLI_OK)
		status = save_cursor(&r, 0);
	if (status == CLI_OK)
		status = stream(&r);
	if (save_cursor(&r, 0) != CLI_OK && status == CLI_OK)
		status = CLI_REFUSED;
	return close_reader(&r, status);
}

int run_log_list(struct call *call)
{
	return list(call, &entries);
}

int run_log_tail(struct call *call)
{
	return tail(call, &entries);
}

int run_telemetry_list(struct call *call)
{
	return list(call, &messages);
}

int run_telemetry_tail(struct call *call)
{
	return tail(call, &messages);
}
