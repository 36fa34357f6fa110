/* SPDX-License-Identifier: Apache-2.0 */
#include "device/values.h"

#include "base/packed.h"
#include "device/host_name.h"
#include "modem/at.h"

#include <string.h>

enum { PORT_MQTT_PLAIN = 1883, PIN_MIN = 4 };   /* PIN: 3GPP TS 31.101, 9.3 */

static struct remark good(void)
{
	return (struct remark){ ERR_OK, NULL };
}

static struct remark bad(enum err err, const char *say)
{
	return (struct remark){ err, say };
}

/* ---- characters --------------------------------------------------------- */

static bool is_letter(uint8_t c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_capital_or_blank(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || c == ' ' || c >= 0x80;
}

/* TS 23.003, 9.1: labels as in host names; operators use underscores too. */
static bool is_apn(uint8_t c)
{
	return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_';
}

/* What may stand between the quotes of an AT command (3GPP TS 27.007, 5.4). */
static bool is_quotable(uint8_t c)
{
	return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

static bool all(struct bytes b, bool (*is)(uint8_t c))
{
	for (size_t i = 0; i < b.len; i++)
		if (!is(b.data[i]))
			return false;
	return b.len > 0;
}

static bool any(struct bytes b, bool (*is)(uint8_t c))
{
	for (size_t i = 0; i < b.len; i++)
		if (is(b.data[i]))
			return true;
	return false;
}

static bool is_slash(uint8_t c)
{
	return c == '/';
}

/* ---- one function a kind of value --------------------------------------- */

/* Any host may tell the time, so only the form counts. */
static struct remark check_time_server(struct bytes text)
{
	struct remark v = host_name_check(text);

	return v.err == ERR_FORMAT || v.err == ERR_TOO_LONG ? v : good();
}

static struct remark check_port(struct bytes text)
{
	uint32_t port;

	if (!bytes_to_u32(text, 65535, &port) || port == 0)
		return bad(ERR_ARG, T("is not a number from 1 to 65535"));
	if (port == PORT_MQTT_PLAIN)
		return bad(ERR_OK, T("is where MQTT without TLS is usual; Tern speaks TLS only (8883, 443)"));
	return good();
}

static struct remark check_interval(struct bytes text)
{
	uint32_t seconds;

	if (!bytes_to_u32(text, VALUES_INTERVAL_MAX_S, &seconds) || seconds == 0)
		return bad(ERR_ARG, T("is not a number of seconds from 1 to 86400"));
	return good();
}

static struct remark check_baud(struct bytes text)
{
	uint32_t baud;

	if (!bytes_to_u32(text, UINT32_MAX, &baud) || at_baud_up_to(baud) != baud)
		return bad(ERR_ARG, T("is none of 115200, 230400, 460800, 921600"));
	return good();
}

static enum err check_id(enum settings_key key, struct bytes text)
{
	struct iotcore_ids ids = {
		.project = bytes_of("project-1"), .registry = bytes_of("registry"),
		.device = bytes_of("device"), .region = bytes_of("region-1"),
	};

	if (key == SETTINGS_PROJECT)
		ids.project = text;
	else if (key == SETTINGS_REGION)
		ids.region = text;
	else if (key == SETTINGS_REGISTRY)
		ids.registry = text;
	else
		ids.device = text;
	return iotcore_ids_check(&ids, NULL);
}

static struct remark check_project(struct bytes text)
{
	enum err err = check_id(SETTINGS_PROJECT, text);

	if (err == ERR_OK)
		return good();
	if (any(text, is_slash))
		return bad(err, T("is a path: set the project's id alone, such as 'my-project-123456'"));
	if (any(text, is_capital_or_blank))
		return bad(err, T("is not an id (capitals or blanks): that is the project's NAME; the id looks like "
				"'my-project-123456' and stands beside it in the cloud console"));
	if (all(text, is_digit))
		return bad(err, T("is the project's number: the id looks like 'my-project-123456' "
				"and stands beside it"));
	return bad(err, T("is not an id: 6 to 30 lower-case letters, digits and hyphens, a letter first, "
			"no hyphen last, such as 'my-project-123456'"));
}

static struct remark check_region(struct bytes text)
{
	enum err err = check_id(SETTINGS_REGION, text);

	return err == ERR_OK ? good() :
	       bad(err, T("is not a region: lower-case letters, a digit, hyphens, such as 'europe-west1'"));
}

static struct remark check_registry_or_device(enum settings_key key, struct bytes text)
{
	enum err err = check_id(key, text);

	if (err == ERR_OK)
		return good();
	if (err == ERR_IOTCORE_GOOG)
		return bad(err, T("begins with 'goog', which no registry and no device may"));
	if (any(text, is_slash))
		return bad(err, T("is a path: set the last part of it alone"));
	return bad(err, T("is not an id: 3 to 255 letters, digits and - . _ + ~ %, a letter first"));
}

static struct remark check_registry(struct bytes text)
{
	return check_registry_or_device(SETTINGS_REGISTRY, text);
}

static struct remark check_device(struct bytes text)
{
	return check_registry_or_device(SETTINGS_DEVICE, text);
}

static struct remark check_apn(struct bytes text)
{
	return all(text, is_apn) ? good() :
	       bad(ERR_FORMAT, T("is not an APN: letters, digits, dots and hyphens, as the SIM's provider says"));
}

static struct remark check_quotable(struct bytes text)
{
	return all(text, is_quotable) ? good() :
	       bad(ERR_FORMAT, T("has a character that the modem cannot be told (a quote, a backslash, not ASCII)"));
}

static struct remark check_pin(struct bytes text)
{
	return all(text, is_digit) && text.len >= PIN_MIN && text.len <= 8 ? good() :
	       bad(ERR_FORMAT, T("is not 4 to 8 digits"));
}

/* In the order of a listing. */
static const struct value {
	enum settings_key key;
	struct remark  (*check)(struct bytes text);
	const char       *too_long;
} values[] = {
	{ SETTINGS_HOST,         host_name_check,   T("is longer than 253 characters") },
	{ SETTINGS_PORT,         check_port,        NULL },
	{ SETTINGS_PROJECT,      check_project,     T("is longer than 64 characters") },
	{ SETTINGS_REGION,       check_region,      T("is longer than 64 characters") },
	{ SETTINGS_REGISTRY,     check_registry,    NULL },
	{ SETTINGS_DEVICE,       check_device,      NULL },
	{ SETTINGS_APN,          check_apn,         T("is longer than 100 characters") },
	{ SETTINGS_APN_USER,     check_quotable,    T("is longer than 64 characters") },
	{ SETTINGS_APN_PASSWORD, check_quotable,    T("is longer than 64 characters") },
	{ SETTINGS_PIN,          check_pin,         NULL },
	{ SETTINGS_NTP,          check_time_server, T("is longer than 63 characters") },
	{ SETTINGS_INTERVAL,     check_interval,    NULL },
	{ SETTINGS_BAUD,         check_baud,        NULL },
};

static const struct value *find(enum settings_key key)
{
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		if (values[i].key == key)
			return &values[i];
	return NULL;
}

bool values_at(unsigned index, enum settings_key *key)
{
	if (index >= sizeof values / sizeof values[0])
		return false;
	*key = values[index].key;
	return true;
}

bool values_find(struct bytes name, enum settings_key *key)
{
	char lower[16];

	if (name.len > sizeof lower)
		return false;
	for (size_t i = 0; i < name.len; i++)
		lower[i] = (char)(name.data[i] >= 'A' && name.data[i] <= 'Z' ? name.data[i] + 32 : name.data[i]);
	return settings_find(lower, name.len, key) && find(*key) != NULL;
}

struct remark values_check(enum settings_key key, struct bytes text)
{
	const struct value *v = find(key);
	struct remark remark;

	if (v == NULL)
		return bad(ERR_NOT_FOUND, NULL);
	if (text.len == 0)
		return bad(ERR_FORMAT, T("is empty"));
	remark = v->check(text);
	if (remark.err == ERR_OK && settings_info(key)->kind == SETTINGS_TEXT && text.len > settings_info(key)->max)
		return bad(ERR_TOO_LONG, v->too_long);
	return remark;
}

struct remark values_set(struct settings *s, enum settings_key key, struct bytes text)
{
	struct remark remark = values_check(key, text);
	uint32_t number;
	enum err err;

	if (remark.err != ERR_OK)
		return remark;
	if (settings_info(key)->kind == SETTINGS_U32)
		err = bytes_to_u32(text, UINT32_MAX, &number) ? settings_set_u32(s, key, number) : ERR_ARG;
	else
		err = settings_set(s, key, text.data, text.len);
	if (err == ERR_OK && key == SETTINGS_PIN)
		err = settings_erase(s, SETTINGS_PIN_REFUSED);   /* a person who sets it means it */
	return err == ERR_OK ? remark : bad(err, NULL);
}

enum err values_set_connection(struct settings *s, struct bytes text, struct iotcore_bad *bad)
{
	struct iotcore_ids ids;
	enum err e = iotcore_ids_parse(text, &ids, bad);

	if (e != ERR_OK)
		return e;

	const struct { enum settings_key key; struct bytes value; } rows[] = {
		{ SETTINGS_PROJECT, ids.project },   { SETTINGS_REGION, ids.region },
		{ SETTINGS_REGISTRY, ids.registry }, { SETTINGS_DEVICE, ids.device },
	};

	*bad = (struct iotcore_bad){ 0 };
	for (size_t i = 0; i < sizeof rows / sizeof rows[0] && e == ERR_OK; i++)
		e = settings_set(s, rows[i].key, rows[i].value.data, rows[i].value.len);
	return e;
}
