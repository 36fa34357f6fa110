/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/device_log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	JSON_SIZE    = 8192,
	PLAIN_SIZE   = 1536,
	BUCKETS      = 1024,         /* a power of two; devices that share one share its limit */
	EACH_BURST   = 30,           /* lines of one device at once, then one every EACH_MS */
	EACH_MS      = 2 * 1000,
	TOLD_BURST   = 8,            /* diagnoses of one device, of which it keeps four, then one every TOLD_MS */
	TOLD_MS      = 60 * 1000,
	ALL_BURST    = 200,          /* refused logins of all devices, known or not, then one every ALL_MS */
	ALL_MS       = 20,
	STEP_MS      = 10 * 1000     /* how often it is told what was left out */
};

/* How many lines may still be written; it fills by one every so many milliseconds. */
struct allowance {
	int64_t  full_ms;            /* when it is full again; in the past: it is */
	uint64_t left_out;           /* lines, since the last one that was written */
};

struct device_log {
	struct registry *registry;
	struct journal   journal;
	struct allowance node, devices[BUCKETS], strangers[BUCKETS], told[BUCKETS];
	uint64_t left_out;           /* of devices, not told yet */
	int64_t  step_ms;            /* when it is told next */
	char     json[JSON_SIZE], plain[PLAIN_SIZE];
};

static const char *const event_names[] = {
	[LOGGED_CONNECT] = "CONNECT", [LOGGED_DISCONNECT] = "DISCONNECT", [LOGGED_PUBLISH] = "PUBLISH",
	[LOGGED_SUBSCRIBE] = "SUBSCRIBE", [LOGGED_UNSUBSCRIBE] = "UNSUBSCRIBE", [LOGGED_PUBACK] = "PUBACK",
	[LOGGED_CONFIG] = "CONFIG", [LOGGED_COMMAND] = "COMMAND", [LOGGED_HEARTBEAT] = "HEARTBEAT",
	[LOGGED_LIMIT] = "LIMIT", [LOGGED_DIAGNOSIS] = "DIAGNOSIS"
};

/* google.rpc.Code, in the names that the contract's log shows. */
static const char *const rpc_names[] = {
	"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
	"PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
	"INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"
};

/* ---- JSON ------------------------------------------------------------------ */

static void add_bytes(struct text *t, const char *name, struct bytes value)
{
	text_add(t, ",\"");
	text_add(t, name);
	text_add(t, "\":\"");
	journal_escape(t, value);
	text_add_char(t, '"');
}

static void add_number(struct text *t, const char *name, int64_t value)
{
	text_add(t, ",\"");
	text_add(t, name);
	text_add(t, "\":");
	text_add_i64(t, value);
}

static void add_subject(struct text *t, const struct device_log_subject *who)
{
	char number[24];

	if (who->path.device != NULL) {
		text_add(t, ",\"resourceName\":\"projects/");
		journal_escape(t, bytes_of(who->path.in.project));
		text_add(t, "/locations/");
		journal_escape(t, bytes_of(who->path.in.location));
		text_add(t, "/registries/");
		journal_escape(t, bytes_of(who->path.in.registry));
		text_add(t, "/devices/");
		journal_escape(t, bytes_of(who->path.device));
		text_add_char(t, '"');
	}
	if (who->num_id != 0) {
		snprintf(number, sizeof number, "%" PRIu64, who->num_id);
		journal_add(t, "deviceNumId", number);
	}
	journal_add(t, "from", who->from);
}

static bool by_client(enum reason_code code)
{
	return code == REASON_DISCONNECT || code == REASON_CLIENT_LEFT;
}

static const char *words(const struct reason *why)
{
	const char *phrase = reason_phrase(why->code);

	return phrase != NULL ? phrase : why->text;
}

static const char *sentence_of(const struct device_log_note *note)
{
	if (note->sentence != NULL)
		return note->sentence;
	return note->why != NULL && note->why->text[0] != '\0' ? note->why->text : NULL;
}

static void add_status(struct text *t, const struct device_log_note *note)
{
	int code = note->why != NULL ? reason_rpc(note->why->code) : 0;

	text_add(t, ",\"status\":{\"code\":");
	text_add_i64(t, code);
	journal_add(t, "description", rpc_names[code]);
	if (note->why != NULL)
		journal_add(t, "message", words(note->why)[0] != '\0' ? words(note->why) : sentence_of(note));
	text_add_char(t, '}');
	if (note->event == LOGGED_DISCONNECT && note->why != NULL)
		journal_add(t, "disconnectType", by_client(note->why->code) ? "CLIENT" : "SERVER");
}

static void add_message(struct text *t, const struct device_log_note *note)
{
	bool up = note->event == LOGGED_PUBLISH;

	journal_add(t, up ? "publishFromDeviceTopicType" : "publishToDeviceTopicType", note->topic_type);
	if (note->subfolder.len > 0)
		add_bytes(t, "subFolder", note->subfolder);
	if (note->size >= 0)
		add_number(t, "size", note->size);
	if (note->qos >= 0)
		add_number(t, "qos", note->qos);
	if (note->version > 0)
		add_number(t, "version", (int64_t)note->version);
}

static void add_told(struct text *t, const struct told *told)
{
	char at[JOURNAL_TIME];

	text_add(t, ",\"diagnosis\":{\"code\":\"");
	journal_escape(t, bytes_of(told->code));
	text_add_char(t, '"');
	if (told->at_ms != 0)
		journal_add(t, "at", journal_time(at, told->at_ms));
	add_number(t, "times", told->times);
	text_add_char(t, '}');
}

static void write_json(struct device_log *l, const struct device_log_subject *who, const struct device_log_note *note,
		       int64_t wall_ms, uint64_t left_out)
{
	struct text t;
	char at[JOURNAL_TIME];

	text_init(&t, l->json, sizeof l->json);
	text_add(&t, "{\"timestamp\":\"");
	text_add(&t, journal_time(at, wall_ms));
	text_add_char(&t, '"');
	journal_add(&t, "severity", journal_severity(note->severity));
	journal_add(&t, "eventType", event_names[note->event]);
	journal_add(&t, "protocol", "MQTT");
	add_subject(&t, who);
	add_message(&t, note);
	add_status(&t, note);
	if (note->why != NULL && note->why->code != REASON_NONE)
		journal_add(&t, "reason", reason_name(note->why->code));
	journal_add(&t, "sentence", sentence_of(note));
	if (note->told != NULL)
		add_told(&t, note->told);
	if (left_out > 0)
		add_number(&t, "leftOut", (int64_t)left_out);
	text_add_char(&t, '}');
}

/* "pump-7 CONNECT refused: the token expired 812 s ago (192.0.2.7:51112)" */
static void write_plain(struct device_log *l, const struct device_log_subject *who, const struct device_log_note *note)
{
	const char *sentence = sentence_of(note);
	bool refused = note->event == LOGGED_CONNECT && note->why != NULL;
	struct text t;

	text_init(&t, l->plain, sizeof l->plain);
	text_add(&t, who->path.device != NULL ? who->path.device : "a device without a name");
	text_add_char(&t, ' ');
	text_add(&t, event_names[note->event]);
	text_add(&t, refused ? " refused: " : sentence != NULL ? ": " : "");
	text_add(&t, sentence != NULL ? sentence : "");
	if (note->topic_type != NULL) {
		text_add_char(&t, ' ');
		text_add(&t, note->topic_type);
	}
	if (note->subfolder.len > 0) {
		text_add_char(&t, '/');
		text_add_bytes(&t, note->subfolder);
	}
	if (note->version > 0) {
		text_add(&t, " version ");
		text_add_i64(&t, (int64_t)note->version);
	}
	if (note->size >= 0) {
		text_add_char(&t, ' ');
		text_add_i64(&t, note->size);
		text_add(&t, " bytes");
	}
	if (who->from != NULL && note->event == LOGGED_CONNECT) {
		text_add(&t, " (");
		text_add(&t, who->from);
		text_add_char(&t, ')');
	}
}

/* ---- how many -------------------------------------------------------------- */

static bool spend(struct allowance *a, int burst, int every_ms, int64_t now_ms)
{
	int64_t full_ms = a->full_ms > now_ms ? a->full_ms : now_ms;

	if (full_ms > now_ms + (int64_t)burst * every_ms)
		full_ms = now_ms;             /* farther ahead than it can be: the clock was set back */
	if (full_ms + every_ms > now_ms + (int64_t)burst * every_ms) {
		a->left_out++;
		return false;
	}
	a->full_ms = full_ms + every_ms;
	return true;
}

static bool is_refusal(const struct device_log_note *note)
{
	return note->event == LOGGED_CONNECT && note->severity == REGISTRY_LEVEL_ERROR;
}

/* Who is refused may be anybody, and a device may say of itself what it likes: what the bridge has to tell of the
 * device does not suffer from either. */
static struct allowance *of_device(struct device_log *l, uint64_t key, const struct device_log_note *note)
{
	struct allowance *all = is_refusal(note) ? l->strangers :
				note->event == LOGGED_DIAGNOSIS ? l->told : l->devices;

	return &all[(key * 0x9e3779b97f4a7c15 >> 32) & (BUCKETS - 1)];
}

static bool spend_own(struct allowance *a, const struct device_log_note *note, int64_t wall_ms)
{
	return note->event == LOGGED_DIAGNOSIS ? spend(a, TOLD_BURST, TOLD_MS, wall_ms) :
						 spend(a, EACH_BURST, EACH_MS, wall_ms);
}

/* What a device's owner asked for (DEBUG) is bounded by the quotas of messages. */
static bool may_write(struct device_log *l, const struct device_log_subject *who, const struct device_log_note *note,
		      int64_t wall_ms, uint64_t *left_out)
{
	struct allowance *a = who->key != 0 ? of_device(l, who->key, note) : &l->node;

	*left_out = 0;
	if (note->severity == REGISTRY_LEVEL_DEBUG)
		return true;
	if (who->key != 0 && !spend_own(a, note, wall_ms)) {
		l->left_out++;
		return false;
	}
	if (is_refusal(note) && !spend(&l->node, ALL_BURST, ALL_MS, wall_ms))
		return false;
	*left_out = a->left_out;
	l->left_out -= who->key != 0 && l->left_out >= a->left_out ? a->left_out : 0;
	a->left_out = 0;
	return true;
}

/* ---- writing --------------------------------------------------------------- */

struct device_log *device_log_new(struct registry *registry, struct journal journal)
{
	struct device_log *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	l->registry = registry;
	l->journal = journal;
	return l;
}

void device_log_free(struct device_log *l)
{
	free(l);
}

bool device_log_wants(const struct device_log_subject *who, enum registry_level severity)
{
	enum registry_level level = who->level != REGISTRY_LEVEL_UNSET ? who->level : REGISTRY_LEVEL_INFO;

	return severity <= level;
}

static void to_journal(struct device_log *l, enum registry_level severity, int64_t wall_ms)
{
	struct journal_line line = { wall_ms, severity, l->json, l->plain };

	if (l->journal.write != NULL)
		l->journal.write(l->journal.to, &line);
}

static void to_registry(struct device_log *l, uint64_t key, const struct device_log_note *note, int64_t wall_ms)
{
	struct registry_entry entry = { wall_ms, note->severity, event_names[note->event], l->json };

	if (key != 0)
		queue_entry(l->registry, key, &entry);
}

/* The device's last error is the contract's business, whatever the level is. */
static void to_last_error(struct device_log *l, uint64_t key, const struct device_log_note *note, int64_t wall_ms)
{
	const char *phrase, *sentence = sentence_of(note);
	char text[2 * REASON_TEXT];

	if (key == 0 || note->severity != REGISTRY_LEVEL_ERROR || note->why == NULL)
		return;
	phrase = reason_phrase(note->why->code);
	if (sentence == NULL)
		sentence = phrase != NULL ? "" : reason_name(note->why->code);
	snprintf(text, sizeof text, "mqtt: %s%s%s", phrase != NULL ? phrase : "",
		 phrase != NULL && sentence[0] != '\0' ? " " : "", sentence);
	queue_error(l->registry, key, reason_rpc(note->why->code), text, wall_ms);
}

void device_log_write(struct device_log *l, const struct device_log_subject *who, const struct device_log_note *note,
		      int64_t wall_ms)
{
	uint64_t left_out;

	to_last_error(l, who->key, note, wall_ms);
	if (!device_log_wants(who, note->severity) || !may_write(l, who, note, wall_ms, &left_out))
		return;
	write_json(l, who, note, wall_ms, left_out);
	write_plain(l, who, note);
	to_registry(l, who->key, note, wall_ms);
	to_journal(l, note->severity, wall_ms);
}

/* ---- what was left out ----------------------------------------------------- */

static void tell_left_out(struct device_log *l, uint64_t refusals, int64_t wall_ms)
{
	struct text t;
	char at[JOURNAL_TIME];

	text_init(&t, l->json, sizeof l->json);
	text_add(&t, "{\"timestamp\":\"");
	text_add(&t, journal_time(at, wall_ms));
	text_add(&t, "\",\"severity\":\"INFO\",\"eventType\":\"LEFT_OUT\"");
	add_number(&t, "refusals", (int64_t)refusals);
	add_number(&t, "ofDevices", (int64_t)l->left_out);
	text_add(&t, ",\"sentence\":\"lines were left out because there were too many: refused logins of all, lines "
		     "of devices that repeat\"}");
	snprintf(l->plain, sizeof l->plain, "%" PRIu64 " refused logins and %" PRIu64 " lines of devices that repeat "
		 "were left out", refusals, l->left_out);
	to_journal(l, REGISTRY_LEVEL_INFO, wall_ms);
}

void device_log_step(struct device_log *l, int64_t wall_ms)
{
	if (l->left_out == 0 && l->node.left_out == 0)
		return;
	if (l->step_ms == 0 || l->step_ms > wall_ms + STEP_MS)
		l->step_ms = wall_ms + STEP_MS;
	if (wall_ms < l->step_ms)
		return;
	tell_left_out(l, l->node.left_out, wall_ms);
	l->node.left_out = l->left_out = 0;
	l->step_ms = 0;
}
