/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/plausible.h"

#include "cloud/iotcore.h"

#include <string.h>

enum { HOST_MAX = 253, LABEL_MAX = 63, APN_MAX = 100, PIN_MIN = 4, PIN_MAX = 8 };

static const struct words { PLAUSIBLE_LIST(FINDING_MEMBERS) } words = { PLAUSIBLE_LIST(FINDING_WORDS) };
static const uint8_t weights[] = { PLAUSIBLE_LIST(FINDING_WEIGHTS) };

struct finding_info plausible_info(enum plausible_code code)
{
	return finding_info_of(&words, weights, code);
}

/* ---- characters ----------------------------------------------------------- */

static char lower(uint8_t c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
	return lower(c) >= 'a' && lower(c) <= 'z';
}

static bool is_capital(uint8_t c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_capital_or_blank(uint8_t c)
{
	return is_capital(c) || is_blank(c) || c >= 0x80;
}

static bool is_name_character(uint8_t c)
{
	return is_letter(c) || is_digit(c) || c == '-';
}

static bool is_id_character(uint8_t c)
{
	return is_letter(c) || is_digit(c) || (c != 0 && strchr("-._+~%", c) != NULL);
}

static bool is_apn_character(uint8_t c)
{
	return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_';
}

static bool any(struct bytes b, bool (*is)(uint8_t c))
{
	for (size_t i = 0; i < b.len; i++)
		if (is(b.data[i]))
			return true;
	return false;
}

static bool all(struct bytes b, bool (*is)(uint8_t c))
{
	for (size_t i = 0; i < b.len; i++)
		if (!is(b.data[i]))
			return false;
	return b.len > 0;
}

/* ---- parts ---------------------------------------------------------------- */

static struct bytes part(struct bytes b, size_t from, size_t to)
{
	return (struct bytes){ b.data + from, to - from };
}

/* Where C first stands in B; B.len if nowhere. */
static size_t find(struct bytes b, char c)
{
	const uint8_t *at = b.len > 0 ? memchr(b.data, c, b.len) : NULL;

	return at != NULL ? (size_t)(at - b.data) : b.len;
}

static size_t find_last(struct bytes b, char c)
{
	for (size_t i = b.len; i > 0; i--)
		if (b.data[i - 1] == (uint8_t)c)
			return i - 1;
	return b.len;
}

static bool same(struct bytes b, const char *s)
{
	if (b.len != strlen(s))
		return false;
	for (size_t i = 0; i < b.len; i++)
		if (lower(b.data[i]) != s[i])
			return false;
	return true;
}

static bool starts_with(struct bytes b, const char *s)
{
	size_t n = strlen(s);

	return b.len >= n && same(part(b, 0, n), s);
}

static bool ends_with(struct bytes b, const char *s)
{
	size_t n = strlen(s);

	return b.len >= n && same(part(b, b.len - n, b.len), s);
}

static bool contains(struct bytes b, const char *s)
{
	for (size_t i = 0; i < b.len; i++)
		if (starts_with(part(b, i, b.len), s))
			return true;
	return false;
}

/* S, or a name under it. */
static bool is_under(struct bytes host, const char *s)
{
	size_t n = strlen(s);

	return same(host, s) || (ends_with(host, s) && host.data[host.len - n - 1] == '.');
}

/* ---- what is said ---------------------------------------------------------- */

static struct plausible odd(enum plausible_code code)
{
	return (struct plausible){ .code = code };
}

static struct plausible better(enum plausible_code code, struct bytes that)
{
	return (struct plausible){ .code = code, .better = that };
}

static struct plausible too_long(enum plausible_code code, struct bytes value)
{
	return (struct plausible){ .code = code, .number = { (uint32_t)value.len } };
}

/* The first character that is not as IS wants it, and where. */
static struct plausible character(enum plausible_code code, struct bytes value, bool (*is)(uint8_t c))
{
	size_t i = 0;
	uint32_t c;

	while (i < value.len && is(value.data[i]))
		i++;
	c = i == value.len ? 0 : value.data[i] < 0x80 ? value.data[i] : 0x110000u + value.data[i];
	return (struct plausible){ .code = code, .number = { c, (uint32_t)i + 1 } };
}

/* ---- any value ------------------------------------------------------------- */

/* 'this', "this", `this`, <this>, {this}, [this] */
static bool is_wrapped(struct bytes value)
{
	static const char begin[] = "'\"`<{[", end[] = "'\"`>}]";
	const char *at = value.len > 2 && value.data[0] != 0 ? strchr(begin, value.data[0]) : NULL;

	return at != NULL && value.data[value.len - 1] == (uint8_t)end[at - begin];
}

static bool is_placeholder(enum plausible_what what, struct bytes value)
{
	static const char *const examples[] = {
		"my-project-123456", "my-first-project-123456", "project_id", "project-id", "your-project-id",
		"registry_id", "registry-id", "your-registry-id", "device_id", "device-id", "your-device-id", "xxx",
	};

	if (what == PLAUSIBLE_HOST)
		return is_under(value, "example.com") || is_under(value, "example.org") ||
		       is_under(value, "example.net");
	if (what < PLAUSIBLE_PROJECT || what > PLAUSIBLE_DEVICE)
		return false;
	for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++)
		if (same(value, examples[i]))
			return true;
	return false;
}

/* Ways in which any value is spoiled; GOOD: none. */
static struct plausible check_any(enum plausible_what what, struct bytes value)
{
	size_t from = 0, to = value.len;

	while (from < to && is_blank(value.data[from]))
		from++;
	while (to > from && is_blank(value.data[to - 1]))
		to--;
	if (from == to)
		return odd(PLAUSIBLE_EMPTY);
	if (what == PLAUSIBLE_PIN)
		return odd(PLAUSIBLE_GOOD);
	if (to - from < value.len)
		return better(PLAUSIBLE_BLANKS, part(value, from, to));
	if (is_wrapped(value))
		return better(PLAUSIBLE_QUOTES, part(value, 1, value.len - 1));
	return odd(is_placeholder(what, value) ? PLAUSIBLE_PLACEHOLDER : PLAUSIBLE_GOOD);
}

/* ---- hosts ----------------------------------------------------------------- */

/* RFC 1123 2.1: letters, digits and hyphens, no hyphen at either end. */
static bool is_label(struct bytes l)
{
	return l.len > 0 && l.len <= LABEL_MAX && l.data[0] != '-' && l.data[l.len - 1] != '-' &&
	       all(l, is_name_character);
}

static bool is_name(struct bytes host)
{
	for (;;) {
		size_t n = find(host, '.');

		if (!is_label(part(host, 0, n)))
			return false;
		if (n == host.len)
			return true;
		host = part(host, n + 1, host.len);
	}
}

static bool is_address_character(uint8_t c)
{
	return is_digit(c) || c == '.';
}

/* Four numbers up to 255 into BYTE. */
static bool is_ipv4(struct bytes host, uint32_t byte[4])
{
	for (unsigned i = 0; i < 4; i++) {
		size_t n = find(host, '.');

		if (n > 3 || !bytes_to_u32(part(host, 0, n), 255, &byte[i]) || (n == host.len) != (i == 3))
			return false;
		if (i < 3)
			host = part(host, n + 1, host.len);
	}
	return true;
}

/* RFC 1918, loopback, link-local, carriers' own (RFC 6598). */
static bool is_private(const uint32_t b[4])
{
	return b[0] == 10 || b[0] == 127 || b[0] == 0 || (b[0] == 192 && b[1] == 168) || (b[0] == 169 && b[1] == 254) ||
	       (b[0] == 172 && (b[1] & 0xf0) == 16) || (b[0] == 100 && (b[1] & 0xc0) == 64);
}

/* The name within something that a browser or another program would take. */
static struct bytes name_within(struct bytes v)
{
	for (size_t i = 0; i + 3 <= v.len; i++)
		if (memcmp(v.data + i, "://", 3) == 0)
			v = part(v, i + 3, v.len);
	v = part(v, 0, find(v, '/'));
	v = part(v, 0, find(v, '?'));
	if (find(v, '@') < v.len)
		v = part(v, find(v, '@') + 1, v.len);
	return part(v, 0, find(v, ':'));
}

/* Something that is no name came here; first match wins. */
static struct plausible why_no_name(struct bytes host)
{
	struct bytes name = name_within(host);
	size_t colon = find(host, ':');

	if (contains(host, "://"))
		return better(PLAUSIBLE_HOST_SCHEME, name);
	if (find(host, '@') < host.len)
		return better(PLAUSIBLE_HOST_USER, name);
	if (find(host, '/') < host.len)
		return better(PLAUSIBLE_HOST_PATH, name);
	if (colon < host.len && find_last(host, ':') != colon)
		return odd(PLAUSIBLE_HOST_IPV6);
	if (colon < host.len)
		return better(PLAUSIBLE_HOST_PORT, name);
	if (any(host, is_blank))
		return odd(PLAUSIBLE_HOST_BLANK);
	if (find(host, ',') < host.len)
		return odd(PLAUSIBLE_HOST_COMMA);
	if (find(host, '_') < host.len)
		return odd(PLAUSIBLE_HOST_UNDERSCORE);
	if (host.len > 1 && host.data[host.len - 1] == '.' && is_name(part(host, 0, host.len - 1)))
		return better(PLAUSIBLE_HOST_DOT, part(host, 0, host.len - 1));
	return odd(PLAUSIBLE_HOST_FORM);
}

static const char *const regions[] = { "us-central1", "europe-west1", "asia-east1" };

/* The region that LABEL begins with; empty if none. */
static struct bytes region_of(struct bytes label)
{
	for (size_t i = 0; i < sizeof regions / sizeof regions[0]; i++)
		if (starts_with(label, regions[i]))
			return part(label, 0, strlen(regions[i]));
	return part(label, 0, 0);
}

/* REGION-g5-mqtt.clearblade.com, REGION-mqtt.clearblade.com, or a customer's own. */
static enum plausible_code check_clearblade(struct bytes host)
{
	struct bytes label = part(host, 0, find(host, '.'));
	struct bytes behind = part(label, region_of(label).len, label.len);
	bool public = behind.len < label.len && same(part(host, label.len, host.len), ".clearblade.com");

	if (public && same(behind, "-g5-mqtt"))
		return PLAUSIBLE_GOOD;
	if (public && same(behind, "-mqtt"))
		return PLAUSIBLE_HOST_OLD;
	if (behind.len < label.len || !is_under(host, "clearblade.com") || same(host, "clearblade.com") ||
	    contains(label, "mqtt") || contains(label, "iot") || same(label, "www") || same(label, "docs"))
		return PLAUSIBLE_HOST_CLEARBLADE;
	return PLAUSIBLE_GOOD;
}

static bool is_clearblades(struct bytes host)
{
	size_t dot = find_last(host, '.');
	struct bytes rest = part(host, 0, dot);
	size_t before = find_last(rest, '.');

	return dot < host.len && same(before < rest.len ? part(rest, before + 1, rest.len) : rest, "clearblade");
}

/* "mqtt.googleapi.com" is one of Google's, too: with a letter lost. */
static bool is_googles(struct bytes host)
{
	return is_under(host, "google.com") || is_under(host, "googleapis.com") || is_under(host, "goog") ||
	       contains(host, "googleapi");
}

static enum plausible_code check_name(struct bytes host)
{
	if (is_googles(host))
		return PLAUSIBLE_HOST_GOOGLE;
	if (is_clearblades(host))
		return check_clearblade(host);
	if (is_under(host, "amazonaws.com") && contains(host, ".iot."))
		return PLAUSIBLE_HOST_AWS;
	if (is_under(host, "azure-devices.net") || is_under(host, "azure-devices-provisioning.net"))
		return PLAUSIBLE_HOST_AZURE;
	if (same(host, "localhost") || ends_with(host, ".local") || ends_with(host, ".lan") ||
	    ends_with(host, ".internal"))
		return PLAUSIBLE_HOST_PRIVATE;
	return find(host, '.') == host.len ? PLAUSIBLE_HOST_ONE_LABEL : PLAUSIBLE_GOOD;
}

static struct plausible check_host(struct bytes host)
{
	uint32_t byte[4];

	if (host.len > HOST_MAX)
		return too_long(PLAUSIBLE_HOST_LONG, host);
	if (all(host, is_address_character))
		return odd(!is_ipv4(host, byte) ? PLAUSIBLE_HOST_FORM : is_private(byte) ? PLAUSIBLE_HOST_PRIVATE :
			   PLAUSIBLE_HOST_ADDRESS);
	return is_name(host) ? odd(check_name(host)) : why_no_name(host);
}

/* Any host may tell the time, so only the form counts. */
static struct plausible check_time_server(struct bytes host)
{
	struct plausible p = check_host(host);

	if (plausible_info(p.code).weight < WEIGHT_ERROR || p.code == PLAUSIBLE_HOST_GOOGLE ||
	    p.code == PLAUSIBLE_HOST_CLEARBLADE)
		return odd(PLAUSIBLE_GOOD);
	return p.code == PLAUSIBLE_HOST_PORT || p.code == PLAUSIBLE_HOST_IPV6 ? odd(PLAUSIBLE_HOST_FORM) : p;
}

/* ---- ports ----------------------------------------------------------------- */

static struct plausible check_port(struct bytes text)
{
	static const struct { uint16_t port; uint8_t code; } known[] = {
		{ 8883, PLAUSIBLE_GOOD },           { 443, PLAUSIBLE_GOOD },
		{ 1883, PLAUSIBLE_PORT_PLAIN },     { 1884, PLAUSIBLE_PORT_PLAIN },
		{ 80, PLAUSIBLE_PORT_HTTP },        { 8080, PLAUSIBLE_PORT_HTTP },
		{ 9001, PLAUSIBLE_PORT_WEBSOCKET }, { 8083, PLAUSIBLE_PORT_WEBSOCKET },
		{ 883, PLAUSIBLE_PORT_UNUSUAL },    { 8833, PLAUSIBLE_PORT_UNUSUAL }, { 8333, PLAUSIBLE_PORT_UNUSUAL },
		{ 8838, PLAUSIBLE_PORT_UNUSUAL },   { 8882, PLAUSIBLE_PORT_UNUSUAL }, { 3883, PLAUSIBLE_PORT_UNUSUAL },
		{ 8893, PLAUSIBLE_PORT_UNUSUAL },   { 8863, PLAUSIBLE_PORT_UNUSUAL }, { 8388, PLAUSIBLE_PORT_UNUSUAL },
	};
	uint32_t port;

	if (!bytes_to_u32(text, 65535, &port) || port == 0)
		return odd(PLAUSIBLE_PORT_FORM);
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (known[i].port == port)
			return odd((enum plausible_code)known[i].code);
	return odd(PLAUSIBLE_GOOD);
}

/* ---- ids ------------------------------------------------------------------- */

/* The part of a resource's path behind "KEY/", or its last part. */
static struct bytes path_part(struct bytes path, const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 0; i + n < path.len; i++)
		if (starts_with(part(path, i, path.len), key)) {
			struct bytes rest = part(path, i + n, path.len);

			return part(rest, 0, find(rest, '/'));
		}
	n = find_last(path, '/');
	return part(path, n + 1 < path.len ? n + 1 : path.len, path.len);
}

/* Does the contract take it? */
static enum err contract(enum plausible_what what, struct bytes value)
{
	struct iotcore_ids ids = {
		.project = bytes_of("project-1"), .registry = bytes_of("registry"),
		.device = bytes_of("device"), .region = bytes_of("region-1"),
	};

	if (what == PLAUSIBLE_PROJECT)
		ids.project = value;
	else if (what == PLAUSIBLE_REGION)
		ids.region = value;
	else
		ids.device = value;
	return iotcore_ids_check(&ids, NULL);
}

static bool is_slash(uint8_t c)
{
	return c == '/';
}

static struct plausible check_project(struct bytes v)
{
	if (contract(PLAUSIBLE_PROJECT, v) == ERR_OK)
		return odd(PLAUSIBLE_GOOD);
	if (any(v, is_slash))
		return better(PLAUSIBLE_PROJECT_PATH, path_part(v, "projects/"));
	if (all(v, is_digit))
		return odd(PLAUSIBLE_PROJECT_NUMBER);
	if (any(v, is_capital_or_blank))
		return odd(PLAUSIBLE_PROJECT_NAME);
	if (find(v, ':') == v.len && (v.len < 6 || v.len > 30))
		return too_long(PLAUSIBLE_PROJECT_LENGTH, v);
	return odd(PLAUSIBLE_PROJECT_FORM);
}

/* "europe-west1-b": a region, and a letter behind it. */
static bool is_zone(struct bytes v)
{
	return v.len > 3 && v.data[v.len - 2] == '-' && is_letter(v.data[v.len - 1]) && is_digit(v.data[v.len - 3]);
}

static struct plausible check_region(struct bytes v)
{
	if (contract(PLAUSIBLE_REGION, v) == ERR_OK)
		return is_zone(v) ? better(PLAUSIBLE_REGION_ZONE, part(v, 0, v.len - 2)) : odd(PLAUSIBLE_GOOD);
	if (any(v, is_slash))
		return better(PLAUSIBLE_REGION_PATH, path_part(v, "locations/"));
	if (any(v, is_capital) && all(v, is_name_character))
		return odd(PLAUSIBLE_REGION_CASE);
	return odd(PLAUSIBLE_REGION_FORM);
}

static struct plausible check_id(struct bytes v, const char *key)
{
	enum err e = contract(PLAUSIBLE_DEVICE, v);

	if (e == ERR_OK)
		return odd(PLAUSIBLE_GOOD);
	if (e == ERR_IOTCORE_GOOG)
		return odd(PLAUSIBLE_ID_GOOG);
	if (any(v, is_slash))
		return better(PLAUSIBLE_ID_PATH, path_part(v, key));
	if (all(v, is_digit))
		return odd(PLAUSIBLE_ID_NUMBER);
	if (!all(v, is_id_character))
		return character(PLAUSIBLE_ID_CHARACTER, v, is_id_character);
	return is_letter(v.data[0]) ? too_long(PLAUSIBLE_ID_LENGTH, v) : odd(PLAUSIBLE_ID_FIRST);
}

struct plausible plausible_region_of_host(struct bytes host, struct bytes region)
{
	struct bytes of_host = region_of(part(host, 0, find(host, '.')));
	struct plausible p = { .code = PLAUSIBLE_GOOD, .what = PLAUSIBLE_REGION, .value = region, .better = host };

	if (is_clearblades(host) && of_host.len > 0 && region.len > 0 &&
	    !(region.len == of_host.len && memcmp(region.data, of_host.data, region.len) == 0))
		p.code = PLAUSIBLE_REGION_HOST;
	return p;
}

/* ---- SIM ------------------------------------------------------------------- */

/* TS 23.003, 9.1: labels as in host names; operators use underscores too. */
static struct plausible check_apn(struct bytes v)
{
	if (v.len > APN_MAX)
		return too_long(PLAUSIBLE_APN_LENGTH, v);
	if (any(v, is_slash) || find(v, ':') < v.len)
		return odd(PLAUSIBLE_APN_URL);
	return all(v, is_apn_character) ? odd(PLAUSIBLE_GOOD) : character(PLAUSIBLE_APN_CHARACTER, v, is_apn_character);
}

/* TS 31.101, 9.3 */
static struct plausible check_pin(struct bytes v)
{
	if (!all(v, is_digit) || v.len < PIN_MIN || v.len > PIN_MAX)
		return odd(PLAUSIBLE_PIN_FORM);
	return odd(v.len == PIN_MAX ? PLAUSIBLE_PIN_PUK : PLAUSIBLE_GOOD);
}

/* ---- all of them ----------------------------------------------------------- */

static struct plausible check(enum plausible_what what, struct bytes value)
{
	switch (what) {
	case PLAUSIBLE_HOST:
		return check_host(value);
	case PLAUSIBLE_PORT:
		return check_port(value);
	case PLAUSIBLE_PROJECT:
		return check_project(value);
	case PLAUSIBLE_REGION:
		return check_region(value);
	case PLAUSIBLE_REGISTRY:
		return check_id(value, "registries/");
	case PLAUSIBLE_DEVICE:
		return check_id(value, "devices/");
	case PLAUSIBLE_APN:
		return check_apn(value);
	case PLAUSIBLE_PIN:
		return check_pin(value);
	case PLAUSIBLE_TIME_SERVER:
		return check_time_server(value);
	case PLAUSIBLE_WHATS:
		break;
	}
	return odd(PLAUSIBLE_GOOD);
}

struct plausible plausible_check(enum plausible_what what, struct bytes value)
{
	struct plausible p = check_any(what, value), of_what;

	/* An error says more than that it is an example. */
	if (p.code == PLAUSIBLE_GOOD || p.code == PLAUSIBLE_PLACEHOLDER) {
		of_what = check(what, value);
		if (p.code == PLAUSIBLE_GOOD || plausible_info(of_what.code).weight == WEIGHT_ERROR)
			p = of_what;
	}
	p.what = what;
	if (what != PLAUSIBLE_PIN)
		p.value = value;
	return p;
}

const char *plausible_name(enum plausible_what what)
{
	static const char *const names[PLAUSIBLE_WHATS] = {
		"host", "port", "project id", "region", "registry id", "device id", "APN", "SIM PIN",
		"time server",
	};

	return names[what];
}

void plausible_say(const struct plausible *p, struct text *t)
{
	struct finding_values v = {
		.what = plausible_name(p->what), .value = p->value, .other = p->better,
		.number = { p->number[0], p->number[1] },
	};

	finding_tell(t, plausible_info(p->code), &v);
}
