/* SPDX-License-Identifier: Apache-2.0 */
#include "device/values.h"

#include "base/packed.h"
#include "cloud/plausible.h"
#include "device/probe.h"
#include "modem/at.h"

/* ---- what plausible.h has no word on -------------------------------------- */

/* What may stand between the quotes of an AT command (3GPP TS 27.007, 5.4). */
static bool is_quotable(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < ' ' || text.data[i] > '~' || text.data[i] == '"' || text.data[i] == '\\')
			return false;
	return true;
}

static bool is_interval(struct bytes text)
{
	uint32_t seconds;

	return bytes_to_u32(text, VALUES_INTERVAL_MAX_S, &seconds) && seconds > 0;
}

static bool is_baud(struct bytes text)
{
	uint32_t baud;

	return bytes_to_u32(text, UINT32_MAX, &baud) && at_baud_up_to(baud) == baud;
}

static bool is_probe(struct bytes text)
{
	char address[PROBE_ADDRESS_SIZE];
	uint16_t port;

	return bytes_equal_text(text, PROBE_OFF) || probe_address(text, address, &port);
}

#define INFO(code, say) { T(code), FINDING_SENTENCE(say), WEIGHT_ERROR, GRADE_IS }
static const struct finding_info
	quotable = INFO("SET-CHARACTER", T("The %w has a character that the modem cannot be told (a quote, a "
					   "backslash, not ASCII): ask the SIM's provider for another.")),
	interval = INFO("SET-INTERVAL", T("The %w '%v' is not a number of seconds from 1 to 86400: set one, such as "
					 "60.")),
	baud = INFO("SET-BAUD", T("The %w '%v' is none of 115200, 230400, 460800, 921600: set one of them.")),
	probe = INFO("SET-PROBE", T("The %w '%v' is no address such as 1.1.1.1 or 192.0.2.7:8883: set one, or "
				   "'off'.")),
	too_long = INFO("SET-LONG", T("The %w has %1 characters, and %2 is the most: set a shorter one."));
#undef INFO

/* ---- all of them ---------------------------------------------------------- */

enum { OWN = PLAUSIBLE_WHATS };

/* In the order of a listing. */
static const struct value {
	uint8_t  key;      /* enum settings_key */
	uint8_t  what;     /* enum plausible_what; OWN: */
	uint16_t err;      /* where no other fits better */
	bool   (*will_do)(struct bytes text);
	const struct finding_info *info;   /* what is said if it will not */
} values[] = {
	{ SETTINGS_HOST,         PLAUSIBLE_HOST,        ERR_FORMAT,           NULL,        NULL },
	{ SETTINGS_PORT,         PLAUSIBLE_PORT,        ERR_ARG,              NULL,        NULL },
	{ SETTINGS_PROJECT,      PLAUSIBLE_PROJECT,     ERR_IOTCORE_PROJECT,  NULL,        NULL },
	{ SETTINGS_REGION,       PLAUSIBLE_REGION,      ERR_IOTCORE_REGION,   NULL,        NULL },
	{ SETTINGS_REGISTRY,     PLAUSIBLE_REGISTRY,    ERR_IOTCORE_REGISTRY, NULL,        NULL },
	{ SETTINGS_DEVICE,       PLAUSIBLE_DEVICE,      ERR_IOTCORE_DEVICE,   NULL,        NULL },
	{ SETTINGS_APN,          PLAUSIBLE_APN,         ERR_FORMAT,           NULL,        NULL },
	{ SETTINGS_APN_USER,     OWN,                   ERR_FORMAT,           is_quotable, &quotable },
	{ SETTINGS_APN_PASSWORD, OWN,                   ERR_FORMAT,           is_quotable, &quotable },
	{ SETTINGS_PIN,          PLAUSIBLE_PIN,         ERR_FORMAT,           NULL,        NULL },
	{ SETTINGS_NTP,          PLAUSIBLE_TIME_SERVER, ERR_FORMAT,           NULL,        NULL },
	{ SETTINGS_INTERVAL,     OWN,                   ERR_ARG,              is_interval, &interval },
	{ SETTINGS_BAUD,         OWN,                   ERR_ARG,              is_baud,     &baud },
	{ SETTINGS_PROBE,        OWN,                   ERR_ARG,              is_probe,    &probe },
};

static const struct value *find(enum settings_key key)
{
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		if (values[i].key == (unsigned)key)
			return &values[i];
	return NULL;
}

bool values_at(unsigned index, enum settings_key *key)
{
	if (index >= sizeof values / sizeof values[0])
		return false;
	*key = (enum settings_key)values[index].key;
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

/* ---- checking --------------------------------------------------------------- */

static enum err err_of(enum plausible_code code, enum err usual)
{
	switch ((int)code) {
	case PLAUSIBLE_HOST_GOOGLE:     return ERR_DEVICE_HOST_DEAD;
	case PLAUSIBLE_HOST_CLEARBLADE: return ERR_ARG;
	case PLAUSIBLE_HOST_LONG:
	case PLAUSIBLE_APN_LENGTH:      return ERR_TOO_LONG;
	case PLAUSIBLE_ID_GOOG:         return ERR_IOTCORE_GOOG;
	default:                        return usual;
	}
}

static struct remark remark_of(struct finding_info info, enum err err)
{
	return (struct remark){ .err = info.weight == WEIGHT_ERROR ? err : ERR_OK, .said = true,
				.weight = (enum weight)info.weight, .code = info.code };
}

static struct remark good(void)
{
	return (struct remark){ .err = ERR_OK, .weight = WEIGHT_NOTE, .code = "OK" };
}

static struct remark check_plausible(const struct value *v, struct bytes text, struct text *say)
{
	struct plausible p = plausible_check((enum plausible_what)v->what, text);

	if (p.code == PLAUSIBLE_GOOD)
		return good();
	if (say != NULL)
		plausible_say(&p, say);
	return remark_of(plausible_info(p.code), err_of(p.code, (enum err)v->err));
}

static struct remark say_own(struct finding_info info, const struct value *v, struct bytes text, enum err err,
			     struct text *say)
{
	const struct settings_info *setting = settings_info((enum settings_key)v->key);
	struct finding_values values_said = {
		.what = setting->name, .number = { (uint32_t)text.len, setting->max },
	};

	if (!setting->secret)
		values_said.value = text;
	if (say != NULL)
		finding_tell(say, info, &values_said);
	return remark_of(info, err);
}

struct remark values_check(enum settings_key key, struct bytes text, struct text *say)
{
	const struct value *v = find(key);
	struct remark remark = good();

	if (v == NULL) {
		remark.err = ERR_NOT_FOUND;
		return remark;
	}
	if (v->what != OWN)
		remark = check_plausible(v, text, say);
	else if (text.len == 0)
		remark = say_own(plausible_info(PLAUSIBLE_EMPTY), v, text, ERR_FORMAT, say);
	else if (!v->will_do(text))
		remark = say_own(*v->info, v, text, (enum err)v->err, say);
	if (remark.err == ERR_OK && settings_info(key)->kind == SETTINGS_TEXT && text.len > settings_info(key)->max)
		remark = say_own(too_long, v, text, ERR_TOO_LONG, say);
	return remark;
}

static enum err store(struct settings *s, enum settings_key key, struct bytes text)
{
	uint32_t number;

	if (settings_info(key)->kind != SETTINGS_U32)
		return settings_set(s, key, text.data, text.len);
	return bytes_to_u32(text, UINT32_MAX, &number) ? settings_set_u32(s, key, number) : ERR_ARG;
}

struct remark values_set(struct settings *s, enum settings_key key, struct bytes text, struct text *say)
{
	struct remark remark = values_check(key, text, say);

	if (remark.err != ERR_OK)
		return remark;
	remark.err = store(s, key, text);
	if (remark.err == ERR_OK && key == SETTINGS_PIN)
		remark.err = settings_erase(s, SETTINGS_PIN_REFUSED);   /* a person who sets it means it */
	if (remark.err != ERR_OK)
		remark.said = false;
	return remark;
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
