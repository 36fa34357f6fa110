/* SPDX-License-Identifier: Apache-2.0 */
#include "device/profile.h"

#include <stddef.h>

enum need { OPTIONAL, NEEDED };

static const struct row {
	enum settings_key key;
	enum need         need;
	size_t            offset, size;   /* of the member */
} rows[] = {
#define MEMBER(m) offsetof(struct profile, m), sizeof ((struct profile *)0)->m
	{ SETTINGS_HOST,         NEEDED,   MEMBER(host) },
	{ SETTINGS_PROJECT,      NEEDED,   MEMBER(project) },
	{ SETTINGS_REGION,       NEEDED,   MEMBER(region) },
	{ SETTINGS_REGISTRY,     NEEDED,   MEMBER(registry) },
	{ SETTINGS_DEVICE,       NEEDED,   MEMBER(device) },
	{ SETTINGS_APN,          OPTIONAL, MEMBER(apn) },
	{ SETTINGS_APN_USER,     OPTIONAL, MEMBER(apn_user) },
	{ SETTINGS_APN_PASSWORD, OPTIONAL, MEMBER(apn_password) },
	{ SETTINGS_PIN,          OPTIONAL, MEMBER(pin) },
	{ SETTINGS_NTP,          OPTIONAL, MEMBER(ntp) },
	{ SETTINGS_PROBE,        OPTIONAL, MEMBER(probe) },
#undef MEMBER
};

/* What is too long for its place is cut, so that it can be named. */
static enum err load_text(struct profile *p, struct settings *s, const struct row *row)
{
	char *member = (char *)p + row->offset;
	enum err e = settings_get_text(s, row->key, member, row->size, NULL);

	if (e == ERR_OK)
		return e;
	member[0] = member[row->size - 1] = '\0';
	if (e == ERR_TOO_LONG && settings_read(s, row->key, 0, member, row->size - 1) != ERR_OK)
		member[0] = '\0';
	if (e != ERR_NOT_FOUND)
		return e;
	return row->need == NEEDED ? ERR_DEVICE_SETTING : ERR_OK;
}

static enum err load_port(struct profile *p, struct settings *s)
{
	uint32_t port = PROFILE_PORT_DEFAULT;
	enum err e = settings_get_u32(s, SETTINGS_PORT, &port);

	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	p->port = (uint16_t)port;
	if (settings_get_u32(s, SETTINGS_BAUD, &p->baud) != ERR_OK)
		p->baud = AT_BAUD;
	return port >= 1 && port <= 65535 ? ERR_OK : ERR_ARG;
}

static const char *setting_of(enum err e)
{
	switch ((int)e) {
	case ERR_IOTCORE_PROJECT:  return "project";
	case ERR_IOTCORE_REGION:   return "region";
	case ERR_IOTCORE_REGISTRY: return "registry";
	default:                   return "device";
	}
}

/* The first error stays, and the name of its setting. */
static enum err first(enum err before, enum err e, const char *name, const char **missing)
{
	if (before == ERR_OK && e != ERR_OK)
		*missing = name;
	return before != ERR_OK ? before : e;
}

enum err profile_load(struct profile *p, struct settings *s, const char **missing)
{
	struct iotcore_ids ids;
	enum err e = ERR_OK, ids_err;

	*missing = NULL;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		e = first(e, load_text(p, s, &rows[i]), settings_info(rows[i].key)->name, missing);
	e = first(e, load_port(p, s), "port", missing);
	ids = profile_ids(p);
	ids_err = iotcore_ids_check(&ids, NULL);
	return first(e, ids_err, setting_of(ids_err), missing);
}

const char *profile_text(const struct profile *p, enum settings_key key)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].key == key)
			return (const char *)p + rows[i].offset;
	return NULL;
}

struct iotcore_ids profile_ids(const struct profile *p)
{
	return (struct iotcore_ids){
		.project = bytes_of(p->project), .region = bytes_of(p->region),
		.registry = bytes_of(p->registry), .device = bytes_of(p->device),
	};
}

void profile_wipe(struct profile *p)
{
	bytes_wipe(p->apn_password, sizeof p->apn_password);
	bytes_wipe(p->pin, sizeof p->pin);
}
