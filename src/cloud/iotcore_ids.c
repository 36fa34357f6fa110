/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/iotcore.h"

#include <string.h>

/* ---- The form of an id --------------------------------------------------- */

static bool is_lower(uint8_t c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
	return is_lower((uint8_t)(c | 0x20));
}

/* All of S are lower-case letters, digits, or among MORE. */
static bool all_lower(struct bytes s, const char *more)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_lower(s.data[i]) && !is_digit(s.data[i]) && (s.data[i] == 0 || !strchr(more, s.data[i])))
			return false;
	return true;
}

/* [a-z][a-z0-9-]{4,28}[a-z0-9], and before that DOMAIN: for old organisations. */
static enum err check_project(struct bytes s)
{
	const uint8_t *colon = s.len > 0 ? memchr(s.data, ':', s.len) : NULL;
	struct bytes domain = { s.data, 0 };

	if (colon != NULL) {
		domain.len = (size_t)(colon - s.data);
		s = (struct bytes){ colon + 1, s.len - domain.len - 1 };
		if (domain.len < 3 || domain.len > 63 || memchr(domain.data, '.', domain.len) == NULL)
			return ERR_IOTCORE_PROJECT;
	}
	if (s.len < 6 || s.len > 30 || !is_lower(s.data[0]) || s.data[s.len - 1] == '-')
		return ERR_IOTCORE_PROJECT;
	return all_lower(s, "-") && all_lower(domain, "-.") ? ERR_OK : ERR_IOTCORE_PROJECT;
}

/* Google knew three; whoever hosts the contract may name others, so: lower-case
 * letters, digits and hyphens, starting with a letter, with a digit somewhere. */
static enum err check_region(struct bytes s)
{
	bool digit = false;

	if (s.len < 3 || s.len > 32 || !is_lower(s.data[0]) || s.data[s.len - 1] == '-' || !all_lower(s, "-"))
		return ERR_IOTCORE_REGION;
	for (size_t i = 0; i < s.len; i++)
		digit |= is_digit(s.data[i]);
	return digit ? ERR_OK : ERR_IOTCORE_REGION;
}

/* [a-zA-Z][-a-zA-Z0-9._+~%]+, 3 to 255, not starting with "goog" */
static enum err check_name(struct bytes s, enum err malformed)
{
	if (s.len < 3 || s.len > 255 || !is_letter(s.data[0]))
		return malformed;
	for (size_t i = 1; i < s.len; i++) {
		uint8_t c = s.data[i];

		if (!is_letter(c) && !is_digit(c) && (c == 0 || !strchr("-._+~%", c)))
			return malformed;
	}
	return bytes_starts_with(s, "goog") ? ERR_IOTCORE_GOOG : ERR_OK;
}

static enum err check_registry(struct bytes s)
{
	return check_name(s, ERR_IOTCORE_REGISTRY);
}

static enum err check_device(struct bytes s)
{
	return check_name(s, ERR_IOTCORE_DEVICE);
}

/* ---- All four ------------------------------------------------------------- */

enum { KEYS = 4 };

static const struct key {
	const char *name;
	enum err  (*check)(struct bytes value);
} keys[KEYS] = {
	{ "project-id",   check_project },
	{ "registry-id",  check_registry },
	{ "device-id",    check_device },
	{ "cloud-region", check_region },
};

static struct bytes *value_of(struct iotcore_ids *ids, size_t key)
{
	struct bytes *values[KEYS] = { &ids->project, &ids->registry, &ids->device, &ids->region };

	return values[key];
}

static enum err blame(struct iotcore_bad *bad, enum err e, const char *key, struct bytes value, struct bytes text)
{
	if (bad != NULL) {
		*bad = (struct iotcore_bad){ .key = key, .value = value };
		if (text.data != NULL && value.data != NULL)
			bad->offset = (size_t)(value.data - text.data);
	}
	return e;
}

static enum err check_all(const struct iotcore_ids *ids, struct iotcore_bad *bad, struct bytes text)
{
	struct iotcore_ids copy = *ids;

	for (size_t i = 0; i < KEYS; i++) {
		struct bytes value = *value_of(&copy, i);
		enum err e = keys[i].check(value);

		if (e != ERR_OK)
			return blame(bad, e, keys[i].name, value, text);
	}
	return ERR_OK;
}

enum err iotcore_ids_check(const struct iotcore_ids *ids, struct iotcore_bad *bad)
{
	return check_all(ids, bad, (struct bytes){ 0 });
}

/* ---- The connection string ------------------------------------------------ */

static struct bytes trim(struct bytes s)
{
	while (s.len > 0 && (s.data[0] == ' ' || (s.data[0] >= '\t' && s.data[0] <= '\r')))
		s = (struct bytes){ s.data + 1, s.len - 1 };
	while (s.len > 0 && (s.data[s.len - 1] == ' ' || (s.data[s.len - 1] >= '\t' && s.data[s.len - 1] <= '\r')))
		s.len--;
	return s;
}

/* Cut S at the first C, which belongs to neither part; without C all is HEAD. */
static bool split(struct bytes s, char c, struct bytes *head, struct bytes *tail)
{
	const uint8_t *at = s.len > 0 ? memchr(s.data, c, s.len) : NULL;

	*head = at != NULL ? (struct bytes){ s.data, (size_t)(at - s.data) } : s;
	*tail = at != NULL ? (struct bytes){ at + 1, s.len - head->len - 1 } : (struct bytes){ s.data + s.len, 0 };
	return at != NULL;
}

static enum err take_part(struct bytes part, struct iotcore_ids *ids, struct iotcore_bad *bad, struct bytes text)
{
	struct bytes name, value;

	if (!split(part, '=', &name, &value))
		return blame(bad, ERR_IOTCORE_CONNSTR, NULL, part, text);
	name = trim(name);
	value = trim(value);
	for (size_t i = 0; i < KEYS; i++) {
		if (!bytes_equal_text(name, keys[i].name))
			continue;
		if (value_of(ids, i)->data != NULL)
			return blame(bad, ERR_IOTCORE_KEY_TWICE, keys[i].name, value, text);
		*value_of(ids, i) = value;
		return ERR_OK;
	}
	return blame(bad, ERR_IOTCORE_KEY, NULL, name, text);
}

enum err iotcore_ids_parse(struct bytes text, struct iotcore_ids *ids, struct iotcore_bad *bad)
{
	struct bytes rest = trim(text), part;
	struct iotcore_ids found = { 0 };
	bool more = rest.len > 0;

	if (!more)
		return blame(bad, ERR_IOTCORE_CONNSTR, NULL, text, text);
	while (more) {
		enum err e;

		split(rest, ';', &part, &rest);
		more = rest.len > 0;
		e = take_part(trim(part), &found, bad, text);
		if (e != ERR_OK)
			return e;
	}
	for (size_t i = 0; i < KEYS; i++)
		if (value_of(&found, i)->data == NULL)
			return blame(bad, ERR_IOTCORE_KEY_MISSING, keys[i].name, (struct bytes){ 0 }, text);
	if (check_all(&found, bad, text) != ERR_OK)
		return check_all(&found, bad, text);
	*ids = found;
	return ERR_OK;
}

/* ---- What is made of them --------------------------------------------------- */

void iotcore_client_id(const struct iotcore_ids *ids, struct text *t)
{
	text_add(t, "projects/");
	text_add_bytes(t, ids->project);
	text_add(t, "/locations/");
	text_add_bytes(t, ids->region);
	text_add(t, "/registries/");
	text_add_bytes(t, ids->registry);
	text_add(t, "/devices/");
	text_add_bytes(t, ids->device);
}

static size_t client_id_len(const struct iotcore_ids *ids)
{
	return sizeof "projects/" "/locations/" "/registries/" "/devices/" - 1 + ids->project.len + ids->region.len +
	       ids->registry.len + ids->device.len;
}

/* Both filters of the one SUBSCRIBE stand there side by side. */
size_t iotcore_name_size(const struct iotcore_ids *ids, size_t subfolder_len)
{
	size_t login = client_id_len(ids) + 1;
	size_t filters = sizeof "/devices//config" + sizeof "/devices//commands/#" + 2 * ids->device.len;
	size_t events = sizeof "/devices//events/" + ids->device.len + subfolder_len;
	size_t most = login > filters ? login : filters;

	return most > events ? most : events;
}

size_t iotcore_rx_size(const struct iotcore_ids *ids, size_t subfolder_len)
{
	return 2 + sizeof "/devices//commands/" - 1 + ids->device.len + subfolder_len;
}

/* 3.1.2: 10 bytes, then three fields with their lengths; 2 or 3 bytes before. */
size_t iotcore_connect_size(const struct iotcore_ids *ids, size_t token_len)
{
	size_t body = 10 + 2 + client_id_len(ids) + 2 + sizeof "unused" - 1 + 2 + token_len;

	return (body > 127 ? 3 : 2) + (body > 16383 ? 1u : 0u) + body + MQTT_TX_RESERVE;
}
