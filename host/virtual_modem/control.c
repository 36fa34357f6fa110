/* SPDX-License-Identifier: Apache-2.0 */
#include "virtual_modem/control.h"

#include "virtual_modem/modem_state.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the language ---- */

enum kind { END, INTEGER, FRACTION, BOOLEAN, TEXT, HEX, WORD, COUNT, VALUE };

struct key {
	const char *name;
	enum kind   kind;
	bool        required;
	double      min, max;             /* INTEGER, FRACTION; TEXT, HEX: length in bytes */
	const char *const *words;         /* WORD: NULL-terminated; the value is the index */
};

struct request {
	const struct key *keys;
	const cJSON      *object;
	struct modem     *m;
	uint32_t          now_ms;
	bool             *events;
	cJSON            *answer;
	struct text      *why;
};

struct command_row {
	const char *name;
	const struct key *keys;
	bool      (*run)(struct request *r);
	const char *help;
};

#define EFFECT_WORD(name, word, help) word,
static const char *const effect_words[] = { MODEM_EFFECTS(EFFECT_WORD) NULL };
static const char *const point_words[] = { MODEM_POINTS(EFFECT_WORD) NULL };
static const char *const sim_words[] = { "ready", "pin", "puk", "absent", "failure", "busy", NULL };
static const char *const stat_words[] = { "idle", "home", "searching", "denied", "unknown", "roaming", NULL };
static const char *const switch_words[] = { "on", "off", "key", "reset", "sleep", NULL };
static const char *const power_words[] = { "off", "booting", "on", "going down", "asleep" };
static const char *const stage_words[] = { "line", "busy", "payload" };
static const char *const context_words[] = { "off", "active", "broken" };

#define MS_MAX 2000000000.0
static const struct key no_keys[] = { { .kind = END } };
static const struct key fault_keys[] = {
	{ "what", WORD, true, 0, 0, effect_words },   { "at", WORD, false, 0, 0, point_words },
	{ "socket", INTEGER, false, 0, 11, NULL },    { "command", TEXT, false, 1, 19, NULL },
	{ "probability", FRACTION, false, 0, 1, NULL }, { "nth", INTEGER, false, 1, 1e9, NULL },
	{ "count", COUNT, false, 1, 1e9, NULL },      { "after_ms", INTEGER, false, 0, MS_MAX, NULL },
	{ "for_ms", INTEGER, false, 1, MS_MAX, NULL }, { "every_ms", INTEGER, false, 1, MS_MAX, NULL },
	{ "error", INTEGER, false, 550, 574, NULL },  { "cme", INTEGER, false, 0, 999, NULL },
	{ "context", INTEGER, false, 1, 16, NULL },   { "stat", WORD, false, 0, 0, stat_words },
	{ "sim", WORD, false, 0, 0, sim_words },      { "ms", INTEGER, false, 1, MS_MAX, NULL },
	{ "bytes", INTEGER, false, 1, 4096, NULL },   { "text", TEXT, false, 1, 128, NULL },
	{ "hex", HEX, false, 1, 128, NULL },          { "baud", INTEGER, false, 1200, 4000000, NULL },
	{ "host", TEXT, false, 1, 63, NULL },         { "port", INTEGER, false, 1, 65535, NULL },
	{ .kind = END },
};
static const struct key clear_keys[] = { { "fault", INTEGER, false, 1, 4e9, NULL }, { .kind = END } };
static const struct key inject_keys[] = {
	{ "text", TEXT, false, 1, 2048, NULL }, { "hex", HEX, false, 1, 2048, NULL }, { .kind = END },
};
static const struct key urc_keys[] = { { "text", TEXT, true, 1, 190, NULL }, { .kind = END } };
static const struct key network_keys[] = {
	{ "sim", WORD, false, 0, 0, sim_words },      { "stat", WORD, false, 0, 0, stat_words },
	{ "cause", INTEGER, false, 0, 255, NULL },    { "act", INTEGER, false, 0, 9, NULL },
	{ "rssi", INTEGER, false, 0, 99, NULL },      { "ber", INTEGER, false, 0, 99, NULL },
	{ "rsrp", INTEGER, false, -156, 0, NULL },    { "rsrq", INTEGER, false, -43, 20, NULL },
	{ "sinr", INTEGER, false, 0, 250, NULL },     { "tac", HEX, false, 1, 4, NULL },
	{ "cell", HEX, false, 1, 4, NULL },           { "operator", TEXT, false, 1, 31, NULL },
	{ "plmn", TEXT, false, 5, 6, NULL },          { "zone", INTEGER, false, -48, 56, NULL },
	{ "nitz", BOOLEAN, false, 0, 0, NULL },       { "ntp", BOOLEAN, false, 0, 0, NULL },
	{ "heard", BOOLEAN, false, 0, 0, NULL },      { "cfun", INTEGER, false, 0, 4, NULL },
	{ "esm", INTEGER, false, 0, 255, NULL },
	{ .kind = END },
};
static const struct key sim_keys[] = {
	{ "pin", TEXT, false, 0, 8, NULL },           { "tries", INTEGER, false, 0, 3, NULL },
	{ "puk_tries", INTEGER, false, 1, 10, NULL }, { "iccid", TEXT, false, 18, 22, NULL },
	{ "imsi", TEXT, false, 6, 15, NULL },         { .kind = END },
};
static const struct key apn_keys[] = {
	{ "name", TEXT, true, 0, 63, NULL },          { "user", TEXT, false, 1, 63, NULL },
	{ "password", TEXT, false, 0, 63, NULL },     { .kind = END },
};
static const struct key identity_keys[] = {
	{ "maker", TEXT, false, 1, 31, NULL },        { "model", TEXT, false, 1, 31, NULL },
	{ "revision", TEXT, false, 1, 31, NULL },     { .kind = END },
};
static const struct key script_keys[] = { { "script", TEXT, true, 0, 2000, NULL }, { .kind = END } };
#define OFF_MAX 4102444800.0   /* 130 years */
static const struct key time_keys[] = {
	{ "unix", FRACTION, false, 0, 4102444800.0, NULL }, { "nitz_s", INTEGER, false, -OFF_MAX, OFF_MAX, NULL },
	{ "ntp_s", INTEGER, false, -OFF_MAX, OFF_MAX, NULL }, { .kind = END },
};
static const struct key power_keys[] = { { "switch", WORD, true, 0, 0, switch_words }, { .kind = END } };
static const struct key pins_keys[] = {
	{ "pwrkey", BOOLEAN, false, 0, 0, NULL }, { "reset", BOOLEAN, false, 0, 0, NULL },
	{ "dtr", BOOLEAN, false, 0, 0, NULL },    { "w_disable", BOOLEAN, false, 0, 0, NULL },
	{ .kind = END },
};
static const struct key line_keys[] = { { "baud", INTEGER, false, 0, 4000000, NULL }, { .kind = END } };
static const struct key events_keys[] = { { "on", BOOLEAN, true, 0, 0, NULL }, { .kind = END } };
static const struct key latency_keys[] = {
	{ "command", TEXT, false, 1, 19, NULL }, { "min_ms", INTEGER, true, 0, 600000, NULL },
	{ "max_ms", INTEGER, false, 0, 600000, NULL }, { .kind = END },
};
static const struct key quirk_keys[] = {
	{ "name", TEXT, true, 1, 40, NULL }, { "value", VALUE, true, 0, 0, NULL }, { .kind = END },
};

/* ---- errors ---- */

static bool refuse(struct request *r, const char *what, const char *text)
{
	text_add(r->why, what);
	text_add(r->why, text);
	return false;
}

/* A value as it was written, in short. */
static void add_value(struct text *t, const cJSON *item)
{
	char *text = cJSON_PrintUnformatted(item);

	if (text == NULL)
		return;
	if (strlen(text) > 60)
		strcpy(text + 57, "...");
	text_add(t, text);
	cJSON_free(text);
}

static bool refuse_value(struct request *r, const struct key *k, const cJSON *item, const char *what)
{
	text_add(r->why, k->name);
	text_add(r->why, ": ");
	add_value(r->why, item);
	text_add(r->why, what);
	return false;
}

static void add_words(struct text *t, const char *const *words)
{
	for (size_t i = 0; words[i] != NULL; i++) {
		text_add(t, i > 0 ? ", " : "");
		text_add(t, words[i]);
	}
}

/* ---- checking ---- */

static bool check_number(struct request *r, const struct key *k, const cJSON *item)
{
	char range[80];
	double v = item->valuedouble;

	if (cJSON_IsNumber(item) && v >= k->min && v <= k->max && (k->kind == FRACTION || floor(v) == v))
		return true;
	snprintf(range, sizeof range, " is not a %snumber from %.10g to %.10g", k->kind == FRACTION ? "" : "whole ",
		 k->min, k->max);
	return refuse_value(r, k, item, range);
}

static int word_index(const char *const *words, const char *word)
{
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], word) == 0)
			return i;
	return -1;
}

static bool check_word(struct request *r, const struct key *k, const cJSON *item)
{
	if (cJSON_IsString(item) && word_index(k->words, item->valuestring) >= 0)
		return true;
	refuse_value(r, k, item, " is none of ");
	add_words(r->why, k->words);
	return false;
}

static bool check_text(struct request *r, const struct key *k, const cJSON *item)
{
	char range[80];
	size_t n = cJSON_IsString(item) ? strlen(item->valuestring) : SIZE_MAX;

	if (n >= (size_t)k->min && n <= (size_t)k->max)
		return true;
	snprintf(range, sizeof range, " is not a text of %.0f to %.0f bytes", k->min, k->max);
	return refuse_value(r, k, item, range);
}

static bool check_hex(struct request *r, const struct key *k, const cJSON *item)
{
	const char *s = cJSON_IsString(item) ? item->valuestring : "";
	size_t n = strlen(s);
	bool whole_bytes = k->max > 8;       /* tac and cell are numbers: any count of digits */
	char range[80];

	if (n > 0 && n <= 2 * (size_t)k->max && strspn(s, "0123456789abcdefABCDEF") == n &&
	    !(whole_bytes && n % 2 != 0))
		return true;
	snprintf(range, sizeof range, " is not %s to %.0f hexadecimal digits%s", whole_bytes ? "2" : "1", 2 * k->max,
		 whole_bytes ? ", two a byte" : "");
	return refuse_value(r, k, item, range);
}

static bool check_value(struct request *r, const struct key *k, const cJSON *item)
{
	switch (k->kind) {
	case INTEGER:
	case FRACTION:
		return check_number(r, k, item);
	case WORD:
		return check_word(r, k, item);
	case TEXT:
		return check_text(r, k, item);
	case HEX:
		return check_hex(r, k, item);
	case COUNT:
		return (cJSON_IsString(item) && strcmp(item->valuestring, "all") == 0) ||
		       (!cJSON_IsString(item) && check_number(r, k, item)) ||
		       (cJSON_IsString(item) && refuse_value(r, k, item, " is neither a number nor \"all\""));
	case BOOLEAN:
		return cJSON_IsBool(item) || refuse_value(r, k, item, " is neither true nor false");
	case VALUE:
		return cJSON_IsNumber(item) || check_text(r, &(struct key){ .name = k->name, .max = 40 }, item);
	case END:
		break;
	}
	return false;
}

static const struct key *find_key(const struct key *keys, const char *name)
{
	while (keys->kind != END && strcmp(keys->name, name) != 0)
		keys++;
	return keys->kind != END ? keys : NULL;
}

static bool check_keys(struct request *r)
{
	const cJSON *item, *other;
	const struct key *k;

	cJSON_ArrayForEach(item, r->object) {
		for (other = item->next; other != NULL; other = other->next)
			if (strcmp(other->string, item->string) == 0)
				return refuse(r, "key given twice: ", item->string);
		if (strcmp(item->string, "cmd") == 0)
			continue;
		k = find_key(r->keys, item->string);
		if (k == NULL) {
			text_add(r->why, "unknown key: ");
			return refuse(r, item->string, "");
		}
		if (!check_value(r, k, item))
			return false;
	}
	for (k = r->keys; k->kind != END; k++)
		if (k->required && cJSON_GetObjectItemCaseSensitive(r->object, k->name) == NULL)
			return refuse(r, "missing key: ", k->name);
	return true;
}

/* ---- values, once checked ---- */

static const cJSON *get(const struct request *r, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(r->object, key);
}

static double number(const struct request *r, const char *key, double otherwise)
{
	const cJSON *item = get(r, key);

	return item != NULL && cJSON_IsNumber(item) ? item->valuedouble : otherwise;
}

static uint32_t u32(const struct request *r, const char *key, uint32_t otherwise)
{
	return (uint32_t)number(r, key, otherwise);
}

static const char *text(const struct request *r, const char *key)
{
	const cJSON *item = get(r, key);

	return item != NULL ? item->valuestring : NULL;
}

static int word(const struct request *r, const char *key, int otherwise)
{
	const cJSON *item = get(r, key);

	return item != NULL ? word_index(find_key(r->keys, key)->words, item->valuestring) : otherwise;
}

static size_t unhex(const char *hex, uint8_t *data)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++) {
		char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		data[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return n;
}

static void copy_text(const struct request *r, const char *key, char *to, size_t size)
{
	if (get(r, key) != NULL)
		snprintf(to, size, "%s", text(r, key));
}

/* "text" or "hex", one of them; 0 after an error. */
static size_t payload(struct request *r, uint8_t *data)
{
	const char *plain = text(r, "text"), *hex = text(r, "hex");

	if ((plain != NULL) == (hex != NULL)) {
		refuse(r, "give either text or hex", "");
		return 0;
	}
	if (hex != NULL)
		return unhex(hex, data);
	memcpy(data, plain, strlen(plain));
	return strlen(plain);
}

/* ---- faults ---- */

/* Which values an effect takes; any other would have no effect. */
static const char *const takes[MODEM_EFFECT_COUNT] = {
	[MODEM_DO_DEAD] = "error", [MODEM_DO_PDPDEACT] = "context", [MODEM_DO_REGISTER] = "stat ms",
	[MODEM_DO_SIM] = "sim ms", [MODEM_DO_REBOOT] = "ms", [MODEM_DO_MUTE_AT] = "ms", [MODEM_DO_MUTE] = "ms",
	[MODEM_DO_GARBAGE] = "bytes", [MODEM_DO_NOISE] = "bytes", [MODEM_DO_WRONG_BAUD] = "ms",
	[MODEM_DO_SLOW_LINE] = "baud ms",
	[MODEM_DO_STATUS_ON] = "ms", [MODEM_DO_STATUS_OFF] = "ms", [MODEM_DO_SAY] = "text hex",
	[MODEM_DO_ERROR] = "error cme", [MODEM_DO_DELAY] = "ms", [MODEM_DO_SPLIT] = "ms", [MODEM_DO_DROP] = "bytes",
	[MODEM_DO_INSERT] = "bytes", [MODEM_DO_FRAGMENT] = "bytes ms", [MODEM_DO_COALESCE] = "ms",
};

static bool listed(const char *words, const char *word_)
{
	size_t n = strlen(word_);

	for (const char *p = words; p != NULL && (p = strstr(p, word_)) != NULL; p += n)
		if ((p == words || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0'))
			return true;
	return false;
}

static bool is_line(enum modem_point at)
{
	return at == MODEM_AT_UP || at == MODEM_AT_DOWN;
}

/* Points that are reached for one socket. */
static bool on_socket(enum modem_point at)
{
	return at >= MODEM_AT_COMMAND && at <= MODEM_AT_CLOSE;
}

static bool check_fault_values(struct request *r, enum modem_effect what, enum modem_point at)
{
	static const char values[] = "error cme context stat sim ms bytes text hex baud";
	const cJSON *item;

	cJSON_ArrayForEach(item, r->object) {
		bool value = listed(values, item->string), position = at == MODEM_AT_PAYLOAD &&
								   strcmp(item->string, "bytes") == 0;

		if ((value && !position && !listed(takes[what], item->string)) ||
		    (strcmp(item->string, "every_ms") == 0 && at != MODEM_AT_TIME) ||
		    (listed("socket host port", item->string) && is_line(at)) ||
		    (listed("host port", item->string) && !on_socket(at))) {
			text_add(r->why, item->string);
			text_add(r->why, " means nothing to ");
			text_add(r->why, effect_words[what]);
			return refuse(r, " at ", point_words[at]);
		}
	}
	return true;
}

/* Where it strikes if that is not said: at once, or the only place it can. */
static int usual_point(enum modem_effect what)
{
	int only = -1;

	if (modem_fault_fits(what, MODEM_AT_TIME))
		return MODEM_AT_TIME;
	for (int at = 0; at < MODEM_POINT_COUNT; at++) {
		if (!modem_fault_fits(what, (enum modem_point)at))
			continue;
		if (only >= 0)
			return -1;
		only = at;
	}
	return only;
}

static bool known_command(struct request *r, struct modem_fault *f)
{
	const char *name = text(r, "command");

	if (name == NULL)
		return true;
	for (size_t i = 0; name[i] != '\0'; i++)
		f->command[i] = (char)toupper((unsigned char)name[i]);
	if (strncmp(f->command, "AT", 2) == 0 || modem_command_find(bytes_of(f->command)) != NULL)
		return true;
	return refuse(r, "command: no such command (write \"QISEND\", or \"ATE\"): ", name);
}

static void fill_fault(struct request *r, struct modem_fault *f)
{
	f->socket = (int)number(r, "socket", f->socket);
	f->probability = (uint32_t)lround(number(r, "probability", 1) * 1e6);
	f->nth = u32(r, "nth", 1);
	f->count = get(r, "count") != NULL && cJSON_IsString(get(r, "count")) ? MODEM_ALWAYS : u32(r, "count", 1);
	f->after_ms = u32(r, "after_ms", 0);
	f->for_ms = u32(r, "for_ms", f->for_ms);
	f->every_ms = u32(r, "every_ms", 0);
	f->error = (int)number(r, "error", f->error);
	f->cme = (int)number(r, "cme", f->cme);
	f->context = u32(r, "context", f->context);
	f->stat = (uint32_t)word(r, "stat", (int)f->stat);
	f->sim = (enum modem_sim)word(r, "sim", (int)f->sim);
	f->ms = u32(r, "ms", f->ms);
	f->bytes = u32(r, "bytes", f->bytes);
	f->baud = u32(r, "baud", f->baud);
	f->port = (uint16_t)u32(r, "port", 0);
	copy_text(r, "host", f->host, sizeof f->host);
}

static bool run_fault(struct request *r)
{
	enum modem_effect what = (enum modem_effect)word(r, "what", 0);
	int at = word(r, "at", usual_point(what));
	struct modem_fault f;
	unsigned id;

	if (at < 0)
		return refuse(r, "missing key: at", "");
	f = modem_fault_default(what, (enum modem_point)at);
	if (!check_fault_values(r, what, f.at) || !known_command(r, &f))
		return false;
	fill_fault(r, &f);
	if (what == MODEM_DO_SAY && (f.text_len = payload(r, f.text)) == 0)
		return false;
	id = modem_fault_set(r->m, &f, r->now_ms, r->why);
	if (id == 0)
		return false;
	cJSON_AddNumberToObject(r->answer, "fault", id);
	return true;
}

static void add_optional(cJSON *o, const char *name, uint32_t value, uint32_t absent)
{
	if (value != absent)
		cJSON_AddNumberToObject(o, name, value);
}

static cJSON *fault_json(const struct modem_fault *f, unsigned id, uint32_t strikes)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddNumberToObject(o, "fault", id);
	cJSON_AddStringToObject(o, "what", effect_words[f->what]);
	cJSON_AddStringToObject(o, "at", point_words[f->at]);
	cJSON_AddNumberToObject(o, "strikes", strikes);
	if (f->count == MODEM_ALWAYS)
		cJSON_AddStringToObject(o, "count", "all");
	else
		cJSON_AddNumberToObject(o, "count", f->count);
	if (f->socket != MODEM_ANY)
		cJSON_AddNumberToObject(o, "socket", f->socket);
	if (f->command[0] != '\0')
		cJSON_AddStringToObject(o, "command", f->command);
	if (f->probability != 1000000)
		cJSON_AddNumberToObject(o, "probability", f->probability / 1e6);
	add_optional(o, "nth", f->nth, 1);
	add_optional(o, "after_ms", f->after_ms, 0);
	add_optional(o, "for_ms", f->for_ms, MODEM_ALWAYS);
	add_optional(o, "every_ms", f->every_ms, 0);
	add_optional(o, "ms", f->ms, MODEM_ALWAYS);
	add_optional(o, "baud", f->baud, 115200);
	add_optional(o, "port", f->port, 0);
	if (f->host[0] != '\0')
		cJSON_AddStringToObject(o, "host", f->host);
	return o;
}

static bool run_faults(struct request *r)
{
	cJSON *list = cJSON_AddArrayToObject(r->answer, "faults");
	struct modem_fault f;
	unsigned id;
	uint32_t strikes;

	for (size_t i = 0; modem_fault_get(r->m, i, &f, &id, &strikes); i++)
		cJSON_AddItemToArray(list, fault_json(&f, id, strikes));
	return true;
}

static bool run_clear(struct request *r)
{
	char name[16];

	if (get(r, "fault") == NULL) {
		modem_fault_clear_all(r->m, r->now_ms);
		return true;
	}
	snprintf(name, sizeof name, "%u", (unsigned)u32(r, "fault", 0));
	return modem_fault_clear(r->m, u32(r, "fault", 0), r->now_ms) || refuse(r, "no such fault: ", name);
}

/* ---- the line ---- */

static bool run_inject(struct request *r)
{
	uint8_t data[2048];
	size_t n = payload(r, data);

	if (n == 0)
		return false;
	modem_inject(r->m, data, n, r->now_ms);
	return true;
}

static bool run_urc(struct request *r)
{
	if (strpbrk(text(r, "text"), "\r\n") != NULL)
		return refuse(r, "text: a URC is one line, and CR LF comes by itself", "");
	modem_inject_urc(r->m, text(r, "text"), r->now_ms);
	return true;
}

static bool run_latency(struct request *r)
{
	const char *command = text(r, "command") != NULL ? text(r, "command") : "";
	uint32_t min_ms = u32(r, "min_ms", 0), max_ms = u32(r, "max_ms", min_ms);

	if (min_ms > max_ms)
		return refuse(r, "min_ms is above max_ms", "");
	return modem_set_latency(r->m, command, min_ms, max_ms) ||
	       refuse(r, "command: no such command, or too many have a latency already: ", command);
}

static bool run_quirk(struct request *r)
{
	const cJSON *value = get(r, "value");
	char digits[24];

	if (cJSON_IsString(value))
		return modem_set_quirk(r->m, text(r, "name"), value->valuestring, r->why);
	snprintf(digits, sizeof digits, "%.0f", value->valuedouble);
	return modem_set_quirk(r->m, text(r, "name"), digits, r->why);
}

/* ---- the world ---- */

static bool check_network(struct request *r)
{
	uint32_t rssi = u32(r, "rssi", 0), ber = u32(r, "ber", 0);
	const char *plmn = text(r, "plmn"), *name = text(r, "operator");

	if (rssi > 31 && rssi != 99)
		return refuse(r, "rssi: not 0 to 31, or 99", "");
	if (ber > 7 && ber != 99)
		return refuse(r, "ber: not 0 to 7, or 99", "");
	if (plmn != NULL && strspn(plmn, "0123456789") != strlen(plmn))
		return refuse(r, "plmn: not 5 or 6 digits: ", plmn);
	if (name != NULL && strpbrk(name, "\"\r\n") != NULL)
		return refuse(r, "operator: a quote or an end of line would break the answer", "");
	if (get(r, "cfun") != NULL && u32(r, "cfun", 0) != 0 && u32(r, "cfun", 0) != 1 && u32(r, "cfun", 0) != 4)
		return refuse(r, "cfun: not 0, 1 or 4", "");
	return true;
}

static bool boolean(const struct request *r, const char *key, bool otherwise)
{
	return get(r, key) != NULL ? cJSON_IsTrue(get(r, key)) : otherwise;
}

static bool run_network(struct request *r)
{
	struct modem_network n = modem_network(r->m);

	if (!check_network(r))
		return false;
	n.sim = (enum modem_sim)word(r, "sim", (int)n.sim);
	n.stat = (unsigned)word(r, "stat", (int)n.stat);
	n.cause = u32(r, "cause", n.cause);
	n.act = u32(r, "act", n.act);
	n.rssi = u32(r, "rssi", n.rssi);
	n.ber = u32(r, "ber", n.ber);
	n.rsrp = (int)number(r, "rsrp", n.rsrp);
	n.rsrq = (int)number(r, "rsrq", n.rsrq);
	n.sinr = u32(r, "sinr", n.sinr);
	n.zone = (int)number(r, "zone", n.zone);
	n.nitz = boolean(r, "nitz", n.nitz);
	n.ntp = boolean(r, "ntp", n.ntp);
	n.heard = boolean(r, "heard", n.heard);
	n.esm = u32(r, "esm", n.esm);
	copy_text(r, "tac", n.tac, sizeof n.tac);
	copy_text(r, "cell", n.cell, sizeof n.cell);
	copy_text(r, "operator", n.operator_name, sizeof n.operator_name);
	copy_text(r, "plmn", n.plmn, sizeof n.plmn);
	modem_set_network(r->m, &n, r->now_ms);
	if (get(r, "cfun") != NULL)
		modem_set_cfun(r->m, u32(r, "cfun", 1), r->now_ms);
	return true;
}

static bool all_digits(struct request *r, const char *key)
{
	const char *value = get(r, key) != NULL ? text(r, key) : "";

	return strspn(value, "0123456789") == strlen(value) || refuse(r, key, ": not digits");
}

static bool run_sim(struct request *r)
{
	struct modem_card card = modem_card(r->m);

	if (!all_digits(r, "pin") || !all_digits(r, "imsi"))
		return false;
	if (get(r, "pin") != NULL && text(r, "pin")[0] != '\0' && strlen(text(r, "pin")) < 4)
		return refuse(r, "pin: not 4 to 8 digits, or none", "");
	if (get(r, "iccid") != NULL && strspn(text(r, "iccid"), "0123456789F") != strlen(text(r, "iccid")))
		return refuse(r, "iccid: not digits, with or without an F behind them", "");
	copy_text(r, "pin", card.pin, sizeof card.pin);
	copy_text(r, "iccid", card.iccid, sizeof card.iccid);
	copy_text(r, "imsi", card.imsi, sizeof card.imsi);
	card.tries = u32(r, "tries", card.tries);
	card.puk_tries = u32(r, "puk_tries", card.puk_tries);
	modem_set_card(r->m, &card, r->now_ms);
	return true;
}

/* "*": any */
static bool run_apn(struct request *r)
{
	const char *name = text(r, "name"), *user = text(r, "user"), *password = text(r, "password");

	modem_set_apn(r->m, strcmp(name, "*") == 0 ? NULL : name, user != NULL ? user : "",
		      password != NULL ? password : "");
	return true;
}

static bool run_identity(struct request *r)
{
	const struct modem *m = r->m;
	char maker[32], model[32], revision[32];

	snprintf(maker, sizeof maker, "%s", m->maker);
	snprintf(model, sizeof model, "%s", m->model);
	snprintf(revision, sizeof revision, "%s", m->revision);
	copy_text(r, "maker", maker, sizeof maker);
	copy_text(r, "model", model, sizeof model);
	copy_text(r, "revision", revision, sizeof revision);
	modem_set_identity(r->m, maker, model, revision);
	return true;
}

static bool run_script(struct request *r)
{
	return modem_set_script(r->m, text(r, "script"), r->now_ms, r->why);
}

static bool run_time(struct request *r)
{
	struct modem_network n = modem_network(r->m);

	n.nitz_s = (int64_t)number(r, "nitz_s", (double)n.nitz_s);
	n.ntp_s = (int64_t)number(r, "ntp_s", (double)n.ntp_s);
	modem_set_network(r->m, &n, r->now_ms);
	if (get(r, "unix") != NULL)
		modem_set_clock(r->m, (int64_t)(number(r, "unix", 0) * 1000), r->now_ms);
	return true;
}

static bool run_power(struct request *r)
{
	modem_power(r->m, (enum modem_switch)word(r, "switch", 0), r->now_ms);
	return true;
}

/* Drive what is named; tell how all of them are. */
static bool run_pins(struct request *r)
{
	static const char *const keys[MODEM_PINS] = { "pwrkey", "reset", "dtr", "w_disable" };

	for (unsigned pin = 0; pin < MODEM_PINS; pin++) {
		bool on = boolean(r, keys[pin], modem_pin_is(r->m, (enum modem_pin)pin));

		modem_pin(r->m, (enum modem_pin)pin, on, r->now_ms);
		cJSON_AddBoolToObject(r->answer, keys[pin], on);
	}
	cJSON_AddStringToObject(r->answer, "status", modem_status(r->m) ? "on" : "off");
	return true;
}

static bool run_line(struct request *r)
{
	if (get(r, "baud") != NULL)
		modem_set_host_baud(r->m, u32(r, "baud", 0), r->now_ms);
	cJSON_AddNumberToObject(r->answer, "baud", r->m->host_baud);
	cJSON_AddNumberToObject(r->answer, "modem_baud", r->m->baud);
	return true;
}

static bool run_events(struct request *r)
{
	*r->events = boolean(r, "on", false);
	return true;
}

/* ---- reading ---- */

static void add_traffic(cJSON *o, const struct modem_traffic *t)
{
	cJSON_AddNumberToObject(o, "up", (double)t->up);
	cJSON_AddNumberToObject(o, "down", (double)t->down);
	cJSON_AddNumberToObject(o, "sends", t->sends);
	cJSON_AddNumberToObject(o, "reads", t->reads);
	cJSON_AddNumberToObject(o, "turns", t->turns);
	cJSON_AddNumberToObject(o, "round_trips", t->round_trips);
}

static bool run_counters(struct request *r)
{
	const struct modem_counters *c = modem_counters(r->m);
	cJSON *o = cJSON_AddObjectToObject(r->answer, "counters"), *list;

	cJSON_AddNumberToObject(o, "uart_up", (double)c->uart_up);
	cJSON_AddNumberToObject(o, "uart_down", (double)c->uart_down);
	cJSON_AddNumberToObject(o, "uart_lost", (double)c->uart_lost);
	cJSON_AddNumberToObject(o, "commands", c->commands);
	cJSON_AddNumberToObject(o, "urcs", c->urcs);
	cJSON_AddNumberToObject(o, "urcs_lost", c->urcs_lost);
	cJSON_AddNumberToObject(o, "boots", c->boots);
	add_traffic(cJSON_AddObjectToObject(o, "all"), &c->all);
	list = cJSON_AddArrayToObject(o, "sockets");
	for (int id = 0; id < MODEM_SOCKETS; id++) {
		cJSON *s = cJSON_CreateObject();

		add_traffic(s, &c->socket[id]);
		cJSON_AddItemToArray(list, s);
	}
	return true;
}

static bool run_reset(struct request *r)
{
	modem_reset_counters(r->m);
	return true;
}

static void add_network(cJSON *o, const struct modem_network *n)
{
	cJSON_AddStringToObject(o, "sim", sim_words[n->sim]);
	cJSON_AddStringToObject(o, "stat", stat_words[n->stat]);
	cJSON_AddNumberToObject(o, "cause", n->cause);
	cJSON_AddNumberToObject(o, "act", n->act);
	cJSON_AddNumberToObject(o, "rssi", n->rssi);
	cJSON_AddNumberToObject(o, "ber", n->ber);
	cJSON_AddNumberToObject(o, "rsrp", n->rsrp);
	cJSON_AddNumberToObject(o, "rsrq", n->rsrq);
	cJSON_AddNumberToObject(o, "sinr", n->sinr);
	cJSON_AddStringToObject(o, "tac", n->tac);
	cJSON_AddStringToObject(o, "cell", n->cell);
	cJSON_AddStringToObject(o, "operator", n->operator_name);
	cJSON_AddStringToObject(o, "plmn", n->plmn);
	cJSON_AddNumberToObject(o, "zone", n->zone);
	cJSON_AddBoolToObject(o, "nitz", n->nitz);
	cJSON_AddBoolToObject(o, "ntp", n->ntp);
	cJSON_AddNumberToObject(o, "nitz_s", (double)n->nitz_s);
	cJSON_AddNumberToObject(o, "ntp_s", (double)n->ntp_s);
	cJSON_AddBoolToObject(o, "heard", n->heard);
	cJSON_AddNumberToObject(o, "esm", n->esm);
}

static cJSON *socket_json(const struct modem *m, int id)
{
	const struct socket *s = &m->socket[id];
	cJSON *o = cJSON_CreateObject();

	cJSON_AddNumberToObject(o, "id", id);
	cJSON_AddNumberToObject(o, "state", s->state);
	cJSON_AddNumberToObject(o, "context", s->context);
	cJSON_AddStringToObject(o, "host", s->host);
	cJSON_AddNumberToObject(o, "port", s->port);
	cJSON_AddStringToObject(o, "address", s->address);
	cJSON_AddNumberToObject(o, "local_port", s->local_port);
	cJSON_AddBoolToObject(o, "dead", s->dead != 0);
	cJSON_AddBoolToObject(o, "frozen", s->frozen);
	cJSON_AddNumberToObject(o, "unread", (double)s->rx.len);
	cJSON_AddNumberToObject(o, "unsent", (double)(s->tx.len + s->unsent));
	return o;
}

static cJSON *context_json(const struct context *x, uint32_t id)
{
	cJSON *o = cJSON_CreateObject();
	char ip[16];

	snprintf(ip, sizeof ip, "%u.%u.%u.%u", x->ip[0], x->ip[1], x->ip[2], x->ip[3]);
	cJSON_AddNumberToObject(o, "id", id);
	cJSON_AddStringToObject(o, "state", context_words[x->state]);
	cJSON_AddStringToObject(o, "apn", x->apn);
	cJSON_AddStringToObject(o, "ip", ip);
	return o;
}

/* Never the PIN. */
static void add_card(cJSON *o, const struct modem_card *card)
{
	cJSON_AddStringToObject(o, "iccid", card->iccid);
	cJSON_AddStringToObject(o, "imsi", card->imsi);
	cJSON_AddNumberToObject(o, "tries", card->tries);
	cJSON_AddNumberToObject(o, "puk_tries", card->puk_tries);
}

static bool run_state(struct request *r)
{
	const struct modem *m = r->m;
	cJSON *o = cJSON_AddObjectToObject(r->answer, "state"), *list;

	cJSON_AddStringToObject(o, "profile", m->profile->name);
	cJSON_AddNumberToObject(o, "ms", m->now_ms);
	cJSON_AddNumberToObject(o, "unix", (double)(modem_clock_network(m) / 1000));
	cJSON_AddStringToObject(o, "power", power_words[m->power]);
	cJSON_AddStringToObject(o, "line", stage_words[m->stage]);
	cJSON_AddBoolToObject(o, "echo", m->set[SET_ECHO] != 0);
	cJSON_AddBoolToObject(o, "mute", m->mute || m->mute_at);
	cJSON_AddNumberToObject(o, "baud", m->baud);
	cJSON_AddNumberToObject(o, "host_baud", m->host_baud);
	cJSON_AddStringToObject(o, "status", modem_status(m) ? "on" : "off");
	cJSON_AddNumberToObject(o, "last_error", m->last_error);
	cJSON_AddNumberToObject(o, "cfun", m->cfun);
	add_network(cJSON_AddObjectToObject(o, "network"), &m->net);
	add_card(cJSON_AddObjectToObject(o, "card"), &m->card);
	list = cJSON_AddArrayToObject(o, "contexts");
	for (uint32_t id = 1; id <= CONTEXTS; id++)
		if (m->context[id].defined || m->context[id].state != CONTEXT_OFF)
			cJSON_AddItemToArray(list, context_json(&m->context[id], id));
	list = cJSON_AddArrayToObject(o, "sockets");
	for (int id = 0; id < MODEM_SOCKETS; id++)
		if (m->socket[id].state != SOCKET_INITIAL)
			cJSON_AddItemToArray(list, socket_json(m, id));
	return true;
}

/* ---- dispatch ---- */

static bool run_help(struct request *r);

static const struct command_row rows[] = {
	{ "help",     no_keys,      run_help,     "this list" },
	{ "state",    no_keys,      run_state,    "power, network, contexts, sockets" },
	{ "counters", no_keys,      run_counters, "bytes, commands, round trips" },
	{ "reset-counters", no_keys, run_reset,   "all counters to 0" },
	{ "fault",    fault_keys,   run_fault,    "set a fault; the answer has its number" },
	{ "faults",   no_keys,      run_faults,   "those that are set, and how often they struck" },
	{ "clear",    clear_keys,   run_clear,    "one fault, or all and what they left behind" },
	{ "inject",   inject_keys,  run_inject,   "bytes to the host, at once" },
	{ "urc",      urc_keys,     run_urc,      "one line to the host, when a URC may come" },
	{ "network",  network_keys, run_network,  "change what is named, keep the rest" },
	{ "apn",      apn_keys,     run_apn,
	  "the one APN that is accepted, \"*\": any; a wrong one is ESM cause 27, a wrong user 29" },
	{ "sim",      sim_keys,     run_sim,      "change the card: its PIN (\"\": none), tries left, numbers" },
	{ "identity", identity_keys, run_identity, "what ATI says; how: quirk ati" },
	{ "script",   script_keys,  run_script,   "what the network does from now on" },
	{ "time",     time_keys,    run_time,
	  "time of day of the network, Unix seconds; by how much NITZ and NTP differ from it" },
	{ "power",    power_keys,   run_power,    "press a switch" },
	{ "pins",     pins_keys,    run_pins,     "drive PWRKEY, RESET, DTR, W_DISABLE; the answer has STATUS, too" },
	{ "line",     line_keys,    run_line,     "the host's end of the line has this speed; 0: the modem's" },
	{ "latency",  latency_keys, run_latency,  "how long a command takes; all commands if none is named" },
	{ "quirk",    quirk_keys,   run_quirk,    "a way in which firmware versions differ" },
	{ "events",   events_keys,  run_events,   "lines about what happens, on this connection" },
};

static void add_key_help(cJSON *o, const struct key *k)
{
	static const char *const kinds[] = {
		[END] = "", [INTEGER] = "whole number", [FRACTION] = "number", [BOOLEAN] = "true or false",
		[TEXT] = "text", [HEX] = "hexadecimal digits", [WORD] = "one of ", [COUNT] = "whole number or \"all\"",
		[VALUE] = "number or text",
	};
	char buf[640];
	struct text t;

	text_init(&t, buf, sizeof buf);
	text_add(&t, kinds[k->kind]);
	if (k->kind == WORD)
		add_words(&t, k->words);
	text_add(&t, k->required ? " (required)" : "");
	cJSON_AddStringToObject(o, k->name, buf);
}

static bool run_help(struct request *r)
{
	cJSON *list = cJSON_AddArrayToObject(r->answer, "commands");

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		cJSON *o = cJSON_CreateObject(), *keys;

		cJSON_AddStringToObject(o, "cmd", rows[i].name);
		cJSON_AddStringToObject(o, "help", rows[i].help);
		keys = cJSON_AddObjectToObject(o, "keys");
		for (const struct key *k = rows[i].keys; k->kind != END; k++)
			add_key_help(keys, k);
		cJSON_AddItemToArray(list, o);
	}
	return true;
}

static const struct command_row *find_row(struct request *r)
{
	const cJSON *cmd = get(r, "cmd");

	if (!cJSON_IsString(cmd)) {
		refuse(r, "missing key: cmd", "");
		return NULL;
	}
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (strcmp(rows[i].name, cmd->valuestring) == 0)
			return &rows[i];
	text_add(r->why, "cmd: ");
	add_value(r->why, cmd);
	text_add(r->why, " is none of ");
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		text_add(r->why, i > 0 ? ", " : "");
		text_add(r->why, rows[i].name);
	}
	return NULL;
}

static bool run_object(struct request *r)
{
	const struct command_row *row = find_row(r);

	if (row == NULL)
		return false;
	r->keys = row->keys;
	return check_keys(r) && row->run(r);
}

/* Exactly one JSON value in LINE, with nothing but blanks behind it. */
static cJSON *parse(const char *line, size_t len, struct text *why)
{
	const char *end = NULL;
	cJSON *object;

	if (len > CONTROL_LINE_MAX) {
		text_add(why, "line is longer than 4096 bytes");
		return NULL;
	}
	for (size_t i = 0; i + 6 <= len; i++) {
		if (memcmp(line + i, "\\u0000", 6) == 0) {
			text_add(why, "a text cannot hold \\u0000: use hex");
			return NULL;
		}
	}
	object = cJSON_ParseWithLengthOpts(line, len, &end, 0);
	while (object != NULL && end < line + len && (*end == ' ' || *end == '\t' || *end == '\r'))
		end++;
	if (object != NULL && end == line + len && cJSON_IsObject(object))
		return object;
	text_add(why, "not one JSON object: ");
	text_add_bytes(why, (struct bytes){ (const uint8_t *)line, len < 40 ? len : 40 });
	cJSON_Delete(object);
	return NULL;
}

/* Other bytes than ASCII might break the answer's JSON. */
static void make_printable(char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || (unsigned char)*s > 0x7e)
			*s = '?';
}

char *control_run(struct modem *m, const char *line, size_t len, uint32_t now_ms, bool *events)
{
	char why_buf[640], *out;
	struct text why;
	cJSON *object, *answer = cJSON_CreateObject();
	struct request r = { .m = m, .now_ms = now_ms, .events = events, .answer = answer, .why = &why };
	bool ok;

	text_init(&why, why_buf, sizeof why_buf);
	object = parse(line, len, &why);
	r.object = object;
	cJSON_AddTrueToObject(answer, "ok");
	ok = object != NULL && run_object(&r);
	if (!ok) {
		make_printable(why_buf);
		cJSON_ReplaceItemInObject(answer, "ok", cJSON_CreateFalse());
		cJSON_AddStringToObject(answer, "error", why_buf);
	}
	out = cJSON_PrintUnformatted(answer);
	cJSON_Delete(object);
	cJSON_Delete(answer);
	return out;
}

char *control_event(const char *topic, const char *line, uint32_t now_ms)
{
	cJSON *o = cJSON_CreateObject();
	char *out;

	cJSON_AddStringToObject(o, "event", topic);
	cJSON_AddNumberToObject(o, "ms", now_ms);
	cJSON_AddStringToObject(o, "text", line);
	if (strcmp(topic, "status") == 0)
		cJSON_AddStringToObject(o, "status", line);
	out = cJSON_PrintUnformatted(o);
	cJSON_Delete(o);
	return out;
}
