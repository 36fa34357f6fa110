/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/topics.h"

#include <string.h>

/* How much of a value a sentence shows. */
enum { SHOWN = 96, QUOTED = 4 * SHOWN + 8 };

static const char *quote(char out[QUOTED], struct bytes value)
{
	return reason_quote(out, value, SHOWN);
}

static struct bytes behind(struct bytes s, size_t n)
{
	return (struct bytes){ s.data + n, s.len - n };
}

/* Drop PREFIX from the start of S, if it is there. */
static bool skip(struct bytes *s, const char *prefix)
{
	if (!bytes_starts_with(*s, prefix))
		return false;
	*s = behind(*s, strlen(prefix));
	return true;
}

/* S up to the first '/', which belongs to neither part. */
static struct bytes take_level(struct bytes *s)
{
	const uint8_t *slash = s->len > 0 ? memchr(s->data, '/', s->len) : NULL;
	struct bytes level = { s->data, slash != NULL ? (size_t)(slash - s->data) : s->len };

	*s = slash != NULL ? behind(*s, level.len + 1) : (struct bytes){ 0 };
	return level;
}

static bool all_of(struct bytes s, const char *chars)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.data[i] == 0 || strchr(chars, s.data[i]) == NULL)
			return false;
	return s.len > 0;
}

/* ---- The client id -------------------------------------------------------- */

#define DIGITS "0123456789"
#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define FORM   "projects/PROJECT/locations/REGION/registries/REGISTRY/devices/DEVICE"

/* A uint64, as the registry gives them. */
static bool is_num_id(struct bytes s)
{
	return all_of(s, DIGITS) && s.len <= 20 && s.data[0] != '0';
}

/* Google knew three; who runs a server of his own may name others. */
static bool is_region(struct bytes s)
{
	return s.len <= 32 && all_of(s, LOWER DIGITS "-");
}

/* The parts of ID in order; false when they are not eight, or the words between are others. */
static bool take_apart(struct bytes id, struct iotcore_ids *ids, struct reason *why)
{
	static const char *const words[] = { "projects", "locations", "registries", "devices" };
	struct bytes *const values[] = { &ids->project, &ids->region, &ids->registry, &ids->device };
	struct bytes rest = id, word = { 0 };
	char whole[QUOTED], seen[QUOTED];

	for (size_t i = 0; i < 4; i++) {
		word = take_level(&rest);
		if (!bytes_equal_text(word, words[i])) {
			reason_set(why, REASON_CLIENT_ID,
				   "client id %s is not of the form " FORM ": there is %s where '%s' belongs",
				   quote(whole, id), quote(seen, word), words[i]);
			return false;
		}
		*values[i] = take_level(&rest);
	}
	if (rest.data == NULL)
		return true;
	reason_set(why, REASON_CLIENT_ID, "client id %s is not of the form " FORM ": there is more behind the device",
		   quote(whole, id));
	return false;
}

static void say_project(struct reason *why, struct bytes project)
{
	const char *form = "a project id has 6 to 30 lower-case letters, digits and hyphens and starts with a letter, "
			     "like 'my-first-project-123456'";
	bool name = false;
	char q[QUOTED];

	for (size_t i = 0; i < project.len; i++)
		name |= project.data[i] == ' ' || (project.data[i] >= 'A' && project.data[i] <= 'Z');
	if (name)
		reason_set(why, REASON_CLIENT_ID,
			   "project %s in the client id looks like the project's name, not its id: %s",
			   quote(q, project), form);
	else if (all_of(project, DIGITS))
		reason_set(why, REASON_CLIENT_ID, "project %s in the client id is a project's number, not its id: %s",
			   quote(q, project), form);
	else
		reason_set(why, REASON_CLIENT_ID, "project %s in the client id is not an id: %s", quote(q, project),
			   form);
}

static void say_name(struct reason *why, const char *what, struct bytes value, enum err e)
{
	char q[QUOTED];

	if (e == ERR_IOTCORE_GOOG)
		reason_set(why, REASON_CLIENT_ID,
			   "%s id %s in the client id starts with 'goog', which the contract forbids", what,
			   quote(q, value));
	else
		reason_set(why, REASON_CLIENT_ID, "%s id %s in the client id is not a letter followed by 2 to 254 "
			   "letters, digits and -._+~%%", what, quote(q, value));
}

/* src/cloud has the rules; a region and a numeric id are freer here than on a device. */
static bool check_ids(const struct iotcore_ids *ids, struct reason *why)
{
	struct iotcore_ids form = *ids;
	struct iotcore_bad bad = { 0 };
	char q[QUOTED];
	enum err e;

	form.region = bytes_of("europe-west1");
	if (is_num_id(ids->device))
		form.device = form.registry;
	e = iotcore_ids_check(&form, &bad);
	if (e == ERR_IOTCORE_PROJECT)
		say_project(why, ids->project);
	else if (e != ERR_OK)
		say_name(why, strcmp(bad.key, "registry-id") == 0 ? "registry" : "device", bad.value, e);
	else if (!is_region(ids->region))
		reason_set(why, REASON_CLIENT_ID,
			   "region %s in the client id is not 1 to 32 lower-case letters, digits "
			   "and hyphens, like 'europe-west1'",
			   quote(q, ids->region));
	else
		return true;
	return false;
}

bool topics_client_id(struct bytes id, struct iotcore_ids *ids, struct reason *why)
{
	struct iotcore_ids found = { 0 };

	if (id.len == 0) {
		reason_set(why, REASON_CLIENT_ID, "the client id is empty; it must be " FORM);
		return false;
	}
	if (!take_apart(id, &found, why) || !check_ids(&found, why))
		return false;
	*ids = found;
	return true;
}

/* ---- Whose topic ---------------------------------------------------------- */

/* Drop '/devices/ID/' from the start of TOPIC, if ID is one of WHO's two. */
static bool skip_own(struct topics_device who, struct bytes *topic, bool *by_num_id)
{
	struct bytes rest = *topic, id;

	if (!skip(&rest, "/devices/"))
		return false;
	id = take_level(&rest);
	if (id.len == 0 || rest.data == NULL)
		return false;
	*by_num_id = !bytes_equal(id, who.id);
	if (*by_num_id && !bytes_equal(id, who.num_id))
		return false;
	*topic = rest;
	return true;
}

/* The sentence for a topic that is not WHO's: most often a slash is missing. */
static void say_foreign(struct reason *why, const char *what, struct topics_device who, struct bytes topic)
{
	char q[QUOTED], id[QUOTED];

	if (bytes_starts_with(topic, "devices/"))
		reason_set(why, REASON_TOPIC,
			   "%s %s lacks the slash at its start: topics of this device begin with '/devices/' "
			   "and its id %s",
			   what, quote(q, topic), quote(id, who.id));
	else
		reason_set(why, REASON_TOPIC,
			   "%s %s is not of this device: its topics begin with '/devices/' and its id %s", what,
			   quote(q, topic), quote(id, who.id));
}

bool topics_check_subfolder(struct bytes subfolder, struct reason *why)
{
	char q[QUOTED];

	if (subfolder.len > TOPICS_SUBFOLDER_MAX)
		reason_set(why, REASON_TOPIC, "subfolder %s has %zu bytes; %d are allowed", quote(q, subfolder),
			   subfolder.len, TOPICS_SUBFOLDER_MAX);
	else if (subfolder.len > 0 && mqtt_packet_check(subfolder, MQTT_TEXT, false) != ERR_OK)
		reason_set(why, REASON_TOPIC, "subfolder %s has a character that MQTT does not allow in a text",
			   quote(q, subfolder));
	else if (subfolder.len > 0 && (memchr(subfolder.data, '+', subfolder.len) != NULL ||
				       memchr(subfolder.data, '#', subfolder.len) != NULL))
		reason_set(why, REASON_TOPIC, "subfolder %s has '+' or '#', which a topic may not have",
			   quote(q, subfolder));
	else
		return true;
	return false;
}

/* ---- Writing -------------------------------------------------------------- */

static bool say_unwritable(struct reason *why, struct bytes topic, struct bytes rest)
{
	char q[QUOTED];

	if (bytes_equal_text(rest, "attach") || bytes_equal_text(rest, "detach"))
		reason_set(why, REASON_TOPIC, "topic %s is for gateways, which this bridge does not serve",
			   quote(q, topic));
	else if (bytes_starts_with(rest, "state/"))
		reason_set(why, REASON_TOPIC, "topic %s: a state has no subfolders", quote(q, topic));
	else
		reason_set(why, REASON_TOPIC, "topic %s is none that a device may publish to: those are "
			   "'events', 'events/SUBFOLDER' and 'state' behind its id", quote(q, topic));
	return false;
}

/* '/devices/ID/events', '/devices/ID/events/SUBFOLDER' or '/devices/ID/state'.  A slash with nothing
 * behind it is no subfolder. */
bool topics_publish(struct topics_device who, struct bytes topic, enum session_topic *topic_is,
		    struct bytes *subfolder, struct reason *why)
{
	struct bytes rest = topic;
	bool by_num_id;

	*subfolder = (struct bytes){ 0 };
	if (!skip_own(who, &rest, &by_num_id)) {
		say_foreign(why, "topic", who, topic);
		return false;
	}
	*topic_is = bytes_equal_text(rest, "state") ? SESSION_STATE : SESSION_EVENTS;
	if (*topic_is == SESSION_STATE || bytes_equal_text(rest, "events"))
		return true;
	if (!bytes_starts_with(rest, "events/"))
		return say_unwritable(why, topic, rest);
	*subfolder = behind(rest, sizeof "events/" - 1);
	return topics_check_subfolder(*subfolder, why);
}

/* ---- Reading -------------------------------------------------------------- */

static const struct readable {
	const char        *name;      /* behind '/devices/ID/' */
	enum session_topic topic;
	bool               exact;
} readables[] = {
	{ "config",     SESSION_CONFIG,   false },
	{ "commands/#", SESSION_COMMANDS, false },
	{ "commands",   SESSION_COMMANDS, true  },
	{ "errors",     SESSION_ERRORS,   false },
};

enum topics_verdict topics_subscribe(struct topics_device who, struct bytes filter, struct topics_grant *grant,
				     struct reason *why)
{
	struct bytes rest = filter;
	bool by_num_id;
	char q[QUOTED];

	if (!skip_own(who, &rest, &by_num_id)) {
		say_foreign(why, "filter", who, filter);
		return TOPICS_FOREIGN;
	}
	for (size_t i = 0; i < sizeof readables / sizeof readables[0]; i++) {
		if (!bytes_equal_text(rest, readables[i].name))
			continue;
		*grant = (struct topics_grant){ readables[i].topic, by_num_id, readables[i].exact };
		return TOPICS_GRANTED;
	}
	reason_set(why, REASON_TOPIC, "filter %s is none that a device may subscribe to: those are "
		   "'config', 'commands/#' and 'errors' behind its id", quote(q, filter));
	return TOPICS_REFUSED;
}
