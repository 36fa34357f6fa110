/* SPDX-License-Identifier: Apache-2.0 */
/* rest_read.c - messages and log entries by cursor: at once, by long poll, as a
 * stream; and how the node is. */
#include "bridge/rest_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READS_AT_ONCE = 2 };      /* the second finds out that the first was all */

/* ---- One bounded read ----------------------------------------------------- */

/* How rows are written: the elements of an array, or lines with a name. */
struct rows {
	struct json_text *out;
	const char *line;            /* "message": {"message":{…}} and a line end; NULL: an element */
	size_t      count;
};

static void add_row(struct rows *to, cJSON *json)
{
	if (to->line != NULL) {
		cJSON *line = cJSON_CreateObject();

		if (line == NULL || !cJSON_AddItemToObject(line, to->line, json))
			cJSON_Delete(json);
		json = line;
	} else if (to->count > 0) {
		json_add_text(to->out, ",", 1);
	}
	json_add_json(to->out, json);
	cJSON_Delete(json);
	if (to->line != NULL)
		json_add_text(to->out, "\n", 1);
	to->count++;
}

static const char *any(const char *name)
{
	return name[0] != '\0' ? name : NULL;
}

enum more { MORE, AT_END, FAILED };

static enum more read_messages(struct rest *r, struct rest_reader *reader, struct rows *to)
{
	const struct message_filter filter = { any(reader->project), any(reader->location), any(reader->registry),
					       any(reader->device), reader->kind,
					       reader->has_subfolder ? reader->subfolder : NULL };
	struct message_row rows[REST_READ_ROWS];
	size_t found = 0;
	uint64_t next = reader->cursor, lost = 0;
	enum more more;

	memset(rows, 0, sizeof rows);
	if (!message_log_read(r->cfg.messages, &filter, reader->cursor, reader->max, REST_READ_BYTES, rows, &found,
			      &next, &lost))
		return FAILED;
	for (size_t i = 0; i < found; i++) {
		add_row(to, model_message(&rows[i]));
		message_row_clear(&rows[i]);
	}
	more = found == 0 && next == reader->cursor ? AT_END : MORE;
	reader->cursor = next;
	reader->lost += lost;
	return more;
}

static enum more read_entries(struct rest *r, struct rest_reader *reader, struct rows *to)
{
	struct registry_path in = { reader->project, reader->location, reader->registry };
	struct registry_log_row rows[REST_READ_ROWS];
	uint64_t end = log_end(r->cfg.registry);
	size_t found = 0;

	memset(rows, 0, sizeof rows);
	if (log_list(r->cfg.registry, in, any(reader->device), reader->cursor, rows, reader->max, &found) !=
	    REGISTRY_OK)
		return FAILED;
	for (size_t i = 0; i < found; i++) {
		add_row(to, model_log_entry(&rows[i]));
		reader->cursor = rows[i].cursor;
		log_row_clear(&rows[i]);
	}
	if (found == 0 && end > reader->cursor)
		reader->cursor = end;      /* what lies before is other devices' */
	return found == 0 ? AT_END : MORE;
}

static enum more read_rows(struct rest_exchange *x, struct rows *to)
{
	return x->reader->entries ? read_entries(x->rest, x->reader, to) : read_messages(x->rest, x->reader, to);
}

static void refuse_read(struct rest_exchange *x)
{
	if (x->reader->entries)
		rest_refuse_registry(x, REGISTRY_FAULT);
	else
		rest_refuse_with(x, REST_INTERNAL, "%s", message_log_error(x->rest->cfg.messages));
}

/* ---- The request ---------------------------------------------------------- */

/* The cursor: a number, "end", or nothing for the oldest.  One beyond the newest was given by another log, and
 * waiting for it would miss what comes.  False: refused. */
static bool read_cursor(struct rest_call *c, struct rest_reader *reader)
{
	const char *text = query_get(&c->query, "cursor");
	uint64_t end = reader->entries ? log_end(c->rest->cfg.registry) : message_log_end(c->rest->cfg.messages);

	reader->cursor = 0;
	if (text == NULL)
		return true;
	if (strcmp(text, "end") == 0) {
		reader->cursor = end;
		return true;
	}
	if (!json_text_to_u64(text, INT64_MAX, &reader->cursor)) {
		rest_refuse_with(c->x, REST_INVALID, "cursor: '%.64s' is neither a number nor 'end'.", text);
		return false;
	}
	if (reader->cursor <= end)
		return true;
	rest_refuse_with(c->x, REST_INVALID,
			 "cursor: %" PRIu64 " is beyond the newest, %" PRIu64 ": it is another log's.",
			 reader->cursor, end);
	return false;
}

static bool read_kind(struct rest_call *c, struct rest_reader *reader)
{
	const char *kind = query_get(&c->query, "kind"), *subfolder = query_get(&c->query, "subFolder");

	reader->kind = kind == NULL ? -1 : strcmp(kind, "event") == 0 ? SINK_EVENT : SINK_STATE;
	if (kind != NULL && strcmp(kind, "event") != 0 && strcmp(kind, "state") != 0) {
		rest_refuse_with(c->x, REST_INVALID, "kind: '%.64s' is neither 'event' nor 'state'.", kind);
		return false;
	}
	reader->has_subfolder = subfolder != NULL;
	if (subfolder != NULL && strlen(subfolder) >= sizeof reader->subfolder) {
		rest_refuse_with(c->x, REST_INVALID, "subFolder: is longer than %zu bytes.",
				 sizeof reader->subfolder - 1);
		return false;
	}
	if (subfolder != NULL)
		strcpy(reader->subfolder, subfolder);
	return true;
}

/* Whose rows: the path's, by id.  A log outlives its device; that nobody waits for a misspelt one, the registry and a
 * device without any row must be there.  False: refused. */
static bool read_names(struct rest_call *c, struct rest_reader *reader)
{
	struct registry_info info = { .id = "" };
	struct registry_device device;
	enum registry_result result;

	if (c->name.in.registry == NULL)
		return true;
	result = registry_get(c->rest->cfg.registry, c->name.in, &info);
	registry_info_clear(&info);
	memset(&device, 0, sizeof device);
	if (result == REGISTRY_OK && c->name.device != NULL)
		result = device_get(c->rest->cfg.registry, c->name, &device);
	if (result != REGISTRY_OK) {
		rest_refuse_registry(c->x, result);
		return false;
	}
	snprintf(reader->project, REGISTRY_ID, "%s", c->name.in.project);
	snprintf(reader->location, REGISTRY_ID, "%s", c->name.in.location);
	snprintf(reader->registry, REGISTRY_ID, "%s", c->name.in.registry);
	snprintf(reader->device, REGISTRY_ID, "%s", device.id);
	device_clear(&device);
	return true;
}

/* False: refused. */
static bool open_reader(struct rest_call *c, bool entries)
{
	struct rest_reader *reader = calloc(1, sizeof *reader);
	uint64_t max = 0;

	c->x->reader = reader;
	if (reader == NULL) {
		rest_refuse_with(c->x, REST_INTERNAL, "No memory.");
		return false;
	}
	if (!entries && c->rest->cfg.messages == NULL) {
		rest_refuse_with(c->x, REST_PRECONDITION, "This bridge keeps no message log (sink = log in its "
							  "configuration).");
		return false;
	}
	reader->entries = entries;
	if (!rest_param_number(c, "max", 0, UINT32_MAX, &max))
		return false;
	reader->max = max == 0 ? REST_READ_ROWS / 2 : max < REST_READ_ROWS ? (size_t)max : REST_READ_ROWS;
	return read_kind(c, reader) && read_names(c, reader) && read_cursor(c, reader);
}

/* ---- At once and by long poll --------------------------------------------- */

static void end_page(struct rest_exchange *x, struct json_text *page)
{
	const struct rest_reader *reader = x->reader;
	char text[96];

	snprintf(text, sizeof text, reader->entries ? "],\"nextCursor\":\"%" PRIu64 "\"}" :
		 "],\"nextCursor\":\"%" PRIu64 "\",\"lost\":\"%" PRIu64 "\"}", reader->cursor, reader->lost);
	json_add_text(page, text, strlen(text));
	rest_answer_text(x, page);
}

void rest_poll_again(struct rest_exchange *x, bool last)
{
	const char *start = x->reader->entries ? "{\"logEntries\":[" : "{\"messages\":[";
	struct json_text page = { .text = NULL };
	struct rows to = { &page, NULL, 0 };
	enum more more = MORE;

	json_add_text(&page, start, strlen(start));
	for (int i = 0; i < READS_AT_ONCE && more == MORE && to.count == 0; i++)
		more = read_rows(x, &to);
	if (more == FAILED)
		refuse_read(x);
	else if (to.count > 0 || (more == AT_END && last) || x->rest->stopping)
		end_page(x, &page);
	else if (more == MORE)
		x->rest->news = true;      /* rows of others were passed over: go on soon */
	json_text_free(&page);
}

static void begin_poll(struct rest_call *c, bool entries)
{
	uint64_t wait_s;

	if (!rest_param_number(c, "wait", 0, REST_WAIT_MAX_S, &wait_s) || !open_reader(c, entries))
		return;
	c->x->state = REST_POLL;
	c->x->due_ms = c->rest->t.now_ms + wait_s * 1000;
	rest_poll_again(c->x, wait_s == 0);
}

void rest_list_messages(struct rest_call *c)
{
	begin_poll(c, false);
}

void rest_list_entries(struct rest_call *c)
{
	begin_poll(c, true);
}

bool rest_reader_has_news(const struct rest_exchange *x, uint64_t messages_end, uint64_t entries_end)
{
	return x->reader->cursor < (x->reader->entries ? entries_end : messages_end);
}

/* ---- As a stream ---------------------------------------------------------- */

static void begin_stream(struct rest_call *c, bool entries)
{
	struct rest_exchange *x = c->x;

	if (!open_reader(c, entries))
		return;
	x->reader->max = REST_READ_ROWS;
	x->state = REST_STREAM;
	x->due_ms = c->rest->t.now_ms + REST_BEAT_MS;
	x->head = (struct rest_head){ .status = 200, .type = "application/jsonl; charset=UTF-8", .stream = true };
	rest_audit(x, 200);
}

void rest_stream_messages(struct rest_call *c)
{
	begin_stream(c, false);
}

void rest_stream_entries(struct rest_call *c)
{
	begin_stream(c, true);
}

/* {"lost":"12"} */
static void add_number_line(struct json_text *out, const char *name, uint64_t value)
{
	char text[64];

	snprintf(text, sizeof text, "{\"%s\":\"%" PRIu64 "\"}\n", name, value);
	json_add_text(out, text, strlen(text));
}

/* What goes wrong now is the last line: the status was sent long ago. */
static void end_stream(struct rest_exchange *x)
{
	static const char line[] = "{\"error\":{\"code\":500,\"message\":\"The log cannot be read.\","
				   "\"status\":\"INTERNAL\"}}\n";

	json_text_free(&x->body);
	x->body.failed = false;
	json_add_text(&x->body, line, sizeof line - 1);
	x->state = REST_ANSWERED;
}

void rest_stream_fill(struct rest_exchange *x)
{
	struct json_text lines = { .text = NULL };
	struct rows to = { &lines, x->reader->entries ? "logEntry" : "message", 0 };
	enum more more = read_rows(x, &to);

	if (x->reader->lost > 0)
		add_number_line(&x->body, "lost", x->reader->lost);
	x->reader->lost = 0;
	json_add_text(&x->body, lines.text != NULL ? lines.text : "", lines.len);
	if (more == FAILED || lines.failed || x->body.failed)
		end_stream(x);
	else if (x->body.len > 0)
		x->due_ms = x->rest->t.now_ms + REST_BEAT_MS;
	else if (x->beat)
		add_number_line(&x->body, "nextCursor", x->reader->cursor);
	x->beat = false;
	x->rest->news |= more == MORE && to.count == 0;
	json_text_free(&lines);
}

/* ---- Health --------------------------------------------------------------- */

static void add_sinks(const struct rest *r, cJSON *o, bool *well)
{
	cJSON *array = o != NULL ? cJSON_AddArrayToObject(o, "sinks") : NULL;

	for (size_t i = 0; i < r->cfg.sink_count; i++) {
		struct sink *sink = r->cfg.sinks[i];
		cJSON *item = array != NULL ? cJSON_CreateObject() : NULL;
		struct sink_health h;

		memset(&h, 0, sizeof h);
		sink->ops->health(sink, &h);
		*well = *well && h.well;
		cJSON_AddStringToObject(item, "name", sink->ops->name);
		cJSON_AddBoolToObject(item, "ok", h.well);
		cJSON_AddStringToObject(item, "text", h.text);
		json_add_u64(item, "taken", h.taken);
		json_add_u64(item, "confirmed", h.confirmed);
		json_add_u64(item, "unheard", h.unheard);
		json_add_u64(item, "dropped", h.dropped);
		json_add_u64(item, "held", h.held);
		json_add_u64(item, "heldBytes", h.held_bytes);
		cJSON_AddItemToArray(array, item);
	}
}

static void add_registry(const struct rest *r, cJSON *o, bool *well)
{
	cJSON *item = o != NULL ? cJSON_AddObjectToObject(o, "registry") : NULL;
	struct registry_health h;

	memset(&h, 0, sizeof h);
	registry_health(r->cfg.registry, &h);
	*well = *well && h.well;
	cJSON_AddBoolToObject(item, "ok", h.well);
	cJSON_AddStringToObject(item, "text", h.text);
	json_add_u64(item, "queued", h.queued);
	json_add_u64(item, "queuedBytes", h.queued_bytes);
	json_add_u64(item, "droppedEntries", h.dropped_entries);
}

static void add_node(const struct rest *r, cJSON *o)
{
	cJSON *item = cJSON_AddObjectToObject(o, "node");
	struct node_counts n;

	memset(&n, 0, sizeof n);
	node_counts(r->cfg.node, &n);
	json_add_u64(item, "connections", n.connections);
	json_add_u64(item, "up", n.up);
	json_add_u64(item, "logins", n.logins);
	json_add_u64(item, "refused", n.refused);
	json_add_u64(item, "messages", n.messages);
	json_add_u64(item, "bytes", n.bytes);
	json_add_u64(item, "acknowledged", n.acknowledged);
	json_add_u64(item, "dropped", n.dropped);
	json_add_u64(item, "slowed", n.slowed);
	json_add_u64(item, "held", n.held);
	json_add_u64(item, "heldBytes", n.held_bytes);
	json_add_u64(item, "waiting", n.waiting);
}

void rest_health(struct rest_call *c)
{
	bool well = !c->rest->stopping, details = c->x->fingerprint[0] != '\0';
	cJSON *o = cJSON_CreateObject(), *told = details ? o : NULL;

	cJSON_AddFalseToObject(o, "ok");           /* stands first */
	if (details)
		add_node(c->rest, o);
	add_sinks(c->rest, told, &well);
	add_registry(c->rest, told, &well);
	cJSON_ReplaceItemInObjectCaseSensitive(o, "ok", cJSON_CreateBool(well));
	rest_answer_status(c->x, well ? 200 : 503, o);
}
