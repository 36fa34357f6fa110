/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/config.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the keys ------------------------------------------------------------- */

enum kind { HEADING, NUMBER, PORT, YES_NO, TEXT, PATH, PATHS, ADDRESS, ADDRESSES, SINK };

/* In the order of a good file.  A limit is of the number, or of the characters. */
static const struct key {
	const char *name;
	enum kind   kind;
	size_t      at, count_at;    /* in struct config; PATHS, ADDRESSES: where they are counted */
	uint32_t    min, max;
	const char *fallback;        /* NULL: none */
	const char *meaning;
} keys[] = {
#define AT(field) offsetof(struct config, field)
#define IS_HEADING(text)                          { "", HEADING, 0, 0, 0, 0, NULL, text }
#define IS_TEXT(field, max, fallback, meaning)    { #field, TEXT, AT(field), 0, 1, max, fallback, meaning }
#define IS_PATH(field, meaning)                   { #field, PATH, AT(field), 0, 1, 4000, NULL, meaning }
#define IS_YES_NO(field, fallback, meaning)       { #field, YES_NO, AT(field), 0, 0, 0, fallback, meaning }
#define IS_NUMBER(field, min, max, fallback, meaning) { #field, NUMBER, AT(field), 0, min, max, fallback, meaning }
	IS_HEADING("Devices: where they connect, and what the bridge shows them"),
	{ "listen", ADDRESSES, AT(listen), AT(listens), 0, CONFIG_LISTEN, "[::]:8883",
	  "address:port; may be given up to 4 times" },
	{ "certificate", PATHS, AT(certificate), AT(certificates), 0, CONFIG_CERTIFICATES, NULL,
	  "PEM, the server's own first; twice for an ECDSA and an RSA one" },
	{ "key", PATHS, AT(key), 0, 0, CONFIG_CERTIFICATES, NULL, "PEM, the certificate's private key" },
	IS_TEXT(host, 253, NULL, "the name or address that devices connect to; for --check"),
	IS_PATH(root, "PEM, the root that devices have; for --check"),
	IS_TEXT(tls_ciphers, 1000, NULL, "OpenSSL's list for TLS 1.2; without it ECDHE with GCM, ChaCha20, CCM"),
	IS_NUMBER(ticket_days, 0, 7, "7", "days for which a device may resume a TLS session; 0: never"),

	IS_HEADING("This node"),
	IS_TEXT(node, 64, "bridge", "its name in logs and at the broker"),
	IS_PATH(data, "folder of registry.db, messages.db and tickets"),
	IS_NUMBER(stop_s, 0, 3600, "10", "seconds over which a graceful stop ends the connections"),

	IS_HEADING("Admin interface"),
	{ "admin_listen", ADDRESS, AT(admin_listen), 0, 0, 0, "127.0.0.1:8080", "address:port" },
	IS_PATH(admin_token_file, "holds 'sha256:' and the SHA-256 of the token in hex"),
	IS_PATH(admin_certificate, "PEM; needed where admin_listen is not this machine alone"),
	IS_PATH(admin_key, "PEM, its private key"),

	IS_HEADING("Sinks: a device gets its PUBACK when all of them have the message"),
	{ "sink", SINK, 0, 0, 0, 0, "log", "log or mqtt; may be given for each" },
	IS_NUMBER(log_keep_days, 0, 36500, "30", "messages older than this are deleted; 0: never"),
	IS_NUMBER(log_keep_mb, 0, 100000000, "4096", "the oldest are deleted beyond this size; 0: any"),
	IS_TEXT(mqtt_host, 253, NULL, "the broker"),
	{ "mqtt_port", PORT, AT(mqtt_port), 0, 1, 65535, "1883", "its port" },
	IS_PATH(mqtt_ca, "PEM; TLS is spoken with the broker if this is given"),
	IS_PATH(mqtt_certificate, "PEM, ours for the broker"),
	IS_PATH(mqtt_key, "PEM, its private key"),
	IS_TEXT(mqtt_user, 1000, NULL, "user name at the broker"),
	IS_PATH(mqtt_password_file, "its password, one line; nobody else may read the file"),
	IS_NUMBER(hold_mb, 1, 65536, "64", "what a sink holds for a disk or broker that is behind"),

	IS_HEADING("The contract, as Google had it"),
	IS_YES_NO(strict, "no", "yes: refuse tokens with padding or with times as strings, which Google took"),
	IS_NUMBER(skew_s, 0, 86400, "600", "seconds by which a device's clock may be off"),
	IS_NUMBER(token_life_s, 60, 31536000, "86400", "seconds a token may live"),
	IS_NUMBER(idle_s, 30, 604800, "1200", "seconds without a message after which a connection ends"),
	IS_NUMBER(event_max, 1, 16777216, "262144", "bytes of a telemetry message"),
	IS_NUMBER(state_max, 1, 65536, "65536", "bytes of a state"),
	IS_NUMBER(messages_per_s, 1, 1000000, "100", "of one device; it is read more slowly beyond"),
	IS_NUMBER(bytes_per_s, 1024, 1000000000, "524288", "of one device, either way"),
	IS_NUMBER(state_interval_ms, 0, 3600000, "1000", "between two states of a device"),
	IS_NUMBER(config_interval_ms, 0, 3600000, "1000", "between two configs for a device"),

	IS_HEADING("What protects the server"),
	IS_NUMBER(connections_max, 1, 1000000, "20000", "each takes a descriptor and about 16 KB"),
	IS_NUMBER(connections_per_address, 0, 1000000, "0", "0: any; carriers put many devices behind one address"),
	IS_NUMBER(bad_logins_per_minute, 1, 1000000, "60", "of one address (IPv6: /64); then it waits"),
	IS_NUMBER(handshake_s, 1, 600, "60", "seconds for TLS; a small chip behind a slow modem needs 10"),
	IS_NUMBER(login_s, 1, 600, "30", "seconds from TLS to CONNECT"),
	IS_NUMBER(held_messages, 1, 65535, "64", "of one device, not yet acknowledged"),
	IS_NUMBER(held_kb, 256, 1048576, "512", "likewise, payload"),
	IS_NUMBER(held_mb, 1, 65536, "256", "likewise, of all devices"),
	IS_NUMBER(command_s, 1, 3600, "60", "seconds for which a command's PUBACK is waited for"),

	IS_HEADING("Device log"),
	IS_NUMBER(device_log_days, 0, 36500, "30", "entries older than this are deleted; 0: never"),
	IS_NUMBER(device_log_rows, 1000, 1000000000, "1000000", "entries kept, of all devices"),
};

enum { KEYS = sizeof keys / sizeof keys[0] };

const char *config_key(unsigned index, const char **value, const char **meaning)
{
	if (index >= KEYS)
		return NULL;
	*value = keys[index].fallback;
	*meaning = keys[index].meaning;
	return keys[index].name;
}

/* ---- errors --------------------------------------------------------------- */

struct reader {
	struct config *config;
	const char    *file;
	unsigned       line;
	unsigned       seen[KEYS];    /* in which line; 0: not yet */
	char          *error;
};

__attribute__((format(printf, 2, 3)))
static bool wrong(const struct reader *r, const char *format, ...)
{
	va_list args;
	int n = r->line > 0 ? snprintf(r->error, CONFIG_ERROR, "%s, line %u: ", r->file, r->line) :
	        snprintf(r->error, CONFIG_ERROR, "%s: ", r->file);

	if (n < 0 || n >= CONFIG_ERROR)
		return false;
	va_start(args, format);
	vsnprintf(r->error + n, (size_t)(CONFIG_ERROR - n), format, args);
	va_end(args);
	return false;
}

static bool no_memory(const struct reader *r)
{
	return wrong(r, "no memory");
}

/* ---- values --------------------------------------------------------------- */

static void *place(struct config *c, size_t at)
{
	return (char *)c + at;
}

static bool read_number(const char *text, uint32_t min, uint32_t max, uint32_t *value)
{
	return bytes_to_u32(bytes_of(text), max, value) && *value >= min;
}

static bool set_number(const struct reader *r, const struct key *k, const char *text)
{
	uint32_t value;

	if (!read_number(text, k->min, k->max, &value))
		return wrong(r, "%s = '%.100s': it must be a number from %u to %u", k->name, text, (unsigned)k->min,
			     (unsigned)k->max);
	if (k->kind == PORT)
		*(uint16_t *)place(r->config, k->at) = (uint16_t)value;
	else
		*(uint32_t *)place(r->config, k->at) = value;
	return true;
}

static bool set_yes_no(const struct reader *r, const struct key *k, const char *text)
{
	static const char *const words[] = { "no", "yes", "false", "true", "off", "on", "0", "1" };

	for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(text, words[i]) == 0) {
			*(bool *)place(r->config, k->at) = i % 2 != 0;
			return true;
		}
	return wrong(r, "%s = '%.100s': it must be yes or no", k->name, text);
}

static bool check_text(const struct reader *r, const struct key *k, const char *text)
{
	if (text[0] == '"' || text[0] == '\'')
		return wrong(r, "%s = %.100s: quotes would be part of the value; leave them out", k->name, text);
	if (strlen(text) > k->max)
		return wrong(r, "%s = '%.60s...': it has %zu characters, at most %u are taken", k->name, text,
			     strlen(text), (unsigned)k->max);
	return true;
}

static bool set_text(const struct reader *r, const struct key *k, const char *text)
{
	char **value = place(r->config, k->at);

	if (!check_text(r, k, text))
		return false;
	*value = strdup(text);
	return *value != NULL || no_memory(r);
}

/* TEXT in the folder of the configuration, if it does not begin at the root. */
static char *resolve(const char *file, const char *text)
{
	const char *slash = strrchr(file, '/');
	size_t n = slash != NULL && text[0] != '/' ? (size_t)(slash - file) + 1 : 0;
	char *path = malloc(n + strlen(text) + 1);

	if (path != NULL) {
		memcpy(path, file, n);
		strcpy(path + n, text);
	}
	return path;
}

static bool set_path(const struct reader *r, const struct key *k, const char *text, char **value)
{
	if (text[0] == '~')
		return wrong(r, "%s = '%.100s': '~' is not replaced here; write the whole path", k->name, text);
	if (!check_text(r, k, text))
		return false;
	*value = resolve(r->file, text);
	return *value != NULL || no_memory(r);
}

/* 'certificate' counts for itself and 'key', which has no counter. */
static bool add_path(const struct reader *r, const struct key *k, const char *text)
{
	char **paths = place(r->config, k->at);
	uint32_t n = 0;
	struct key one = *k;

	while (n < k->max && paths[n] != NULL)
		n++;
	if (n == k->max)
		return wrong(r, "%s = '%.100s': it may be given %u times", k->name, text, (unsigned)k->max);
	one.max = 4000;
	if (!set_path(r, &one, text, &paths[n]))
		return false;
	if (k->count_at != 0)
		*(uint32_t *)place(r->config, k->count_at) = n + 1;
	return true;
}

static bool set_address(const struct reader *r, const struct key *k, const char *text, struct config_address *a)
{
	const char *colon = strrchr(text, ':');
	bool bracket = text[0] == '[' && colon > text && colon[-1] == ']';
	const char *host = text + bracket;
	size_t n = colon != NULL ? (size_t)(colon - host) - bracket : 0;
	uint32_t port;

	if (colon == NULL || !read_number(colon + 1, 0, 65535, &port))
		return wrong(r, "%s = '%.100s': it must be address:port, such as [::]:8883", k->name, text);
	if (n == 0 || n > 253)
		return wrong(r, "%s = '%.100s': the address is missing; [::] is every address of this machine", k->name,
			     text);
	if (!bracket && memchr(host, ':', n) != NULL)
		return wrong(r, "%s = '%.100s': an IPv6 address stands in brackets, such as [::]:8883", k->name, text);
	a->host = strndup(host, n);
	a->port = (uint16_t)port;
	return a->host != NULL || no_memory(r);
}

static bool add_address(const struct reader *r, const struct key *k, const char *text)
{
	struct config_address *list = place(r->config, k->at);
	uint32_t *count = place(r->config, k->count_at);

	if (*count == k->max)
		return wrong(r, "%s = '%.100s': it may be given %u times", k->name, text, (unsigned)k->max);
	if (!set_address(r, k, text, &list[*count]))
		return false;
	++*count;
	return true;
}

static bool set_sink(const struct reader *r, const char *text)
{
	bool *sink = strcmp(text, "log") == 0 ? &r->config->sink_log :
		     strcmp(text, "mqtt") == 0 ? &r->config->sink_mqtt : NULL;

	if (sink == NULL)
		return wrong(r, "sink = '%.100s': there are log and mqtt", text);
	if (*sink)
		return wrong(r, "sink = '%s': it is given twice", text);
	*sink = true;
	return true;
}

static bool set(const struct reader *r, const struct key *k, const char *text)
{
	switch (k->kind) {
	case NUMBER:
	case PORT:      return set_number(r, k, text);
	case YES_NO:    return set_yes_no(r, k, text);
	case TEXT:      return set_text(r, k, text);
	case PATH:      return set_path(r, k, text, place(r->config, k->at));
	case PATHS:     return add_path(r, k, text);
	case ADDRESS:   return set_address(r, k, text, place(r->config, k->at));
	case ADDRESSES: return add_address(r, k, text);
	case SINK:      return set_sink(r, text);
	case HEADING:   break;
	}
	return wrong(r, "'%s' is no key", k->name);
}

/* ---- lines ---------------------------------------------------------------- */

/* How many letters must be added, left out or replaced. */
static unsigned distance(const char *a, const char *b)
{
	enum { LONGEST = 32 };
	unsigned row[LONGEST + 1];
	size_t n = strlen(b);

	if (n > LONGEST || strlen(a) > LONGEST)
		return LONGEST;
	for (size_t j = 0; j <= n; j++)
		row[j] = (unsigned)j;
	for (; *a != '\0'; a++) {
		unsigned diagonal = row[0]++;

		for (size_t j = 1; j <= n; j++) {
			unsigned best = diagonal + (*a != b[j - 1]);

			diagonal = row[j];
			best = diagonal + 1 < best ? diagonal + 1 : best;
			row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
		}
	}
	return row[n];
}

static bool unknown(const struct reader *r, const char *name)
{
	const struct key *nearest = NULL;
	unsigned least = 3;

	for (unsigned i = 0; i < KEYS; i++)
		if (keys[i].kind != HEADING && distance(name, keys[i].name) < least) {
			least = distance(name, keys[i].name);
			nearest = &keys[i];
		}
	for (unsigned i = 0; nearest == NULL && i < KEYS; i++)
		if (strlen(name) > 3 && strncmp(keys[i].name, name, strlen(name)) == 0)
			nearest = &keys[i];
	if (nearest != NULL)
		return wrong(r, "there is no key '%.100s'; the nearest is '%s'", name, nearest->name);
	return wrong(r, "there is no key '%.100s'; tern-bridge.conf(5) lists them", name);
}

static bool repeatable(const struct key *k)
{
	return k->kind == PATHS || k->kind == ADDRESSES || k->kind == SINK;
}

static bool set_key(struct reader *r, const char *name, const char *value)
{
	for (unsigned i = 0; i < KEYS; i++) {
		if (keys[i].kind == HEADING || strcmp(name, keys[i].name) != 0)
			continue;
		if (value[0] == '\0')
			return wrong(r, "%s has no value; '#' before it leaves it out", name);
		if (r->seen[i] != 0 && !repeatable(&keys[i]))
			return wrong(r, "%s = '%.100s': it is already given in line %u", name, value, r->seen[i]);
		r->seen[i] = r->line;
		return set(r, &keys[i], value);
	}
	return unknown(r, name);
}

static char *trim(char *s)
{
	size_t n;

	while (*s == ' ' || *s == '\t')
		s++;
	for (n = strlen(s); n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t' || s[n - 1] == '\r'); n--)
		s[n - 1] = '\0';
	return s;
}

/* A '#' at the beginning, or behind white space, goes on to the end of the line. */
static void cut_comment(char *s)
{
	for (char *p = s; *p != '\0'; p++)
		if (*p == '#' && (p == s || p[-1] == ' ' || p[-1] == '\t')) {
			*p = '\0';
			return;
		}
}

static bool check_bytes(const struct reader *r, struct bytes line)
{
	for (size_t i = 0; i < line.len; i++)
		if ((line.data[i] < ' ' && line.data[i] != '\t' && !(line.data[i] == '\r' && i == line.len - 1)) ||
		    line.data[i] == 0x7f)
			return wrong(r, "byte %zu is 0x%02x: this is a text file", i + 1, line.data[i]);
	return true;
}

static bool read_line(struct reader *r, struct bytes line)
{
	char text[4200], *name = text, *equals;

	if (line.len >= sizeof text)
		return wrong(r, "the line has %zu bytes, at most %zu are taken", line.len, sizeof text - 1);
	if (!check_bytes(r, line))
		return false;
	if (line.len > 0)
		memcpy(text, line.data, line.len);
	text[line.len] = '\0';
	cut_comment(text);
	name = trim(text);
	if (*name == '\0')
		return true;
	equals = strchr(name, '=');
	if (equals == NULL)
		return wrong(r, "'%.100s' is not 'key = value'", name);
	*equals = '\0';
	return set_key(r, trim(name), trim(equals + 1));
}

static bool read_lines(struct reader *r, struct bytes text)
{
	while (text.len > 0) {
		const uint8_t *newline = memchr(text.data, '\n', text.len);
		size_t n = newline != NULL ? (size_t)(newline - text.data) : text.len;

		r->line++;
		if (!read_line(r, (struct bytes){ text.data, n }))
			return false;
		n += newline != NULL;
		text = (struct bytes){ text.data + n, text.len - n };
	}
	r->line = 0;
	return true;
}

/* ---- the whole ------------------------------------------------------------ */

static bool set_fallbacks(struct reader *r)
{
	for (unsigned i = 0; i < KEYS; i++)
		if (r->seen[i] == 0 && keys[i].fallback != NULL && !set(r, &keys[i], keys[i].fallback))
			return false;
	return true;
}

bool config_is_loopback(const char *host)
{
	struct in_addr v4;

	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	return strcmp(host, "::1") == 0 || strcmp(host, "localhost") == 0;
}

/* What one key means for another.  First match wins. */
static bool check(const struct reader *r)
{
	const struct config *c = r->config;
	bool mqtt = c->mqtt_host != NULL || c->mqtt_ca != NULL || c->mqtt_certificate != NULL || c->mqtt_key != NULL ||
		    c->mqtt_user != NULL || c->mqtt_password_file != NULL;
	const struct { bool is; const char *what; } rules[] = {
		{ c->certificates == 0, "certificate is missing: the file of the server's certificate" },
		{ c->key[c->certificates - (c->certificates > 0)] == NULL, "each certificate needs its key" },
		{ c->certificates < CONFIG_CERTIFICATES && c->key[c->certificates] != NULL,
		  "each key needs its certificate" },
		{ c->data == NULL, "data is missing: the folder of registry and messages" },
		{ c->admin_token_file == NULL, "admin_token_file is missing: who may use the admin interface" },
		{ (c->admin_certificate == NULL) != (c->admin_key == NULL),
		  "admin_certificate and admin_key go together" },
		{ !config_is_loopback(c->admin_listen.host) && c->admin_certificate == NULL,
		  "admin_listen is open to other machines: it needs admin_certificate and admin_key, or an address "
		  "of this machine alone, such as 127.0.0.1:8080" },
		{ c->sink_mqtt && c->mqtt_host == NULL, "'sink = mqtt' needs mqtt_host" },
		{ !c->sink_mqtt && mqtt, "a key mqtt_… is given without 'sink = mqtt'" },
		{ (c->mqtt_certificate == NULL) != (c->mqtt_key == NULL), "mqtt_certificate and mqtt_key go together" },
		{ c->mqtt_certificate != NULL && c->mqtt_ca == NULL, "mqtt_certificate needs mqtt_ca, its root" },
		{ c->mqtt_password_file != NULL && c->mqtt_user == NULL, "mqtt_password_file needs mqtt_user" },
		{ c->held_kb < c->event_max / 1024, "held_kb is less than one message of event_max bytes" },
	};

	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		if (rules[i].is)
			return wrong(r, "%s", rules[i].what);
	return true;
}

bool config_parse(struct config *c, struct bytes text, const char *file, char error[CONFIG_ERROR])
{
	struct reader r = { .config = c, .file = file, .error = error };

	*c = (struct config){ .strict = false };
	if (read_lines(&r, text) && set_fallbacks(&r) && check(&r))
		return true;
	config_free(c);
	return false;
}

static void free_paths(char **paths, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		free(paths[i]);
}

void config_free(struct config *c)
{
	for (unsigned i = 0; i < KEYS; i++) {
		const struct key *k = &keys[i];

		if (k->kind == TEXT || k->kind == PATH)
			free(*(char **)place(c, k->at));
		else if (k->kind == PATHS)
			free_paths(place(c, k->at), k->max);
		else if (k->kind == ADDRESS)
			free(((struct config_address *)place(c, k->at))->host);
		else if (k->kind == ADDRESSES)
			for (uint32_t n = 0; n < k->max; n++)
				free(((struct config_address *)place(c, k->at))[n].host);
	}
	*c = (struct config){ .strict = false };
}

/* ---- files ---------------------------------------------------------------- */

static bool failed(const char *file, int error_number, char error[CONFIG_ERROR])
{
	snprintf(error, CONFIG_ERROR, "%s: %s", file, strerror(error_number));
	return false;
}

/* All of FD, at most SIZE bytes; false: errno says why. */
static bool read_all(int fd, uint8_t *data, size_t size, size_t *len)
{
	ssize_t n;

	*len = 0;
	while ((n = read(fd, data + *len, size - *len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		*len += (size_t)n;
		if (*len == size) {
			errno = EFBIG;
			return false;
		}
	}
	return true;
}

static bool read_file(const char *file, uint8_t *data, size_t size, size_t *len, struct stat *st,
		      char error[CONFIG_ERROR])
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);    /* a FIFO must not hang it */
	bool ok;

	if (fd < 0)
		return failed(file, errno, error);
	ok = fstat(fd, st) == 0;
	if (ok && !S_ISREG(st->st_mode)) {
		errno = S_ISDIR(st->st_mode) ? EISDIR : EINVAL;
		ok = false;
	}
	ok = ok && read_all(fd, data, size, len);
	if (!ok)
		failed(file, errno, error);
	close(fd);
	return ok;
}

bool config_read(struct config *c, const char *file, char error[CONFIG_ERROR])
{
	uint8_t *text = malloc(CONFIG_SIZE + 1);
	struct stat st;
	size_t len;
	bool ok;

	*c = (struct config){ .strict = false };
	if (text == NULL)
		return failed(file, ENOMEM, error);
	ok = read_file(file, text, CONFIG_SIZE + 1, &len, &st, error) &&
	     config_parse(c, (struct bytes){ text, len }, file, error);
	free(text);
	return ok;
}

/* The one line of FILE in OUT, and the file's mode. */
static bool read_one_line(const char *file, char out[CONFIG_SECRET], mode_t *mode, char error[CONFIG_ERROR])
{
	struct stat st;
	size_t len;

	if (!read_file(file, (uint8_t *)out, CONFIG_SECRET, &len, &st, error))
		return false;
	*mode = st.st_mode;
	while (len > 0 && isspace((unsigned char)out[len - 1]))
		len--;
	out[len] = '\0';
	if (len > 0 && strlen(out) == len && strchr(out, '\n') == NULL)
		return true;
	snprintf(error, CONFIG_ERROR, "%s: it must hold one line, and %s", file, len == 0 ? "is empty" : "holds more");
	bytes_wipe(out, CONFIG_SECRET);
	return false;
}

static bool check_secret_mode(const char *file, mode_t mode, char error[CONFIG_ERROR])
{
	if ((mode & (S_IRWXO | S_IWGRP)) == 0)
		return true;
	snprintf(error, CONFIG_ERROR, "%s: it is a secret, and its mode is %04o: 'chmod 600 %s'", file,
		 (unsigned)(mode & 07777), file);
	return false;
}

bool config_read_secret(const char *file, char out[CONFIG_SECRET], char error[CONFIG_ERROR])
{
	mode_t mode;

	if (!read_one_line(file, out, &mode, error))
		return false;
	if (check_secret_mode(file, mode, error))
		return true;
	bytes_wipe(out, CONFIG_SECRET);
	return false;
}

static bool hex_digest(const char *text, uint8_t hash[32])
{
	if (strlen(text) != 64 || strspn(text, "0123456789abcdefABCDEF") != 64)
		return false;
	for (size_t i = 0; i < 32; i++) {
		char pair[3] = { text[2 * i], text[2 * i + 1], '\0' };

		hash[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return true;
}

bool config_read_token(const char *file, uint8_t hash[32], char error[CONFIG_ERROR])
{
	static const char prefix[] = "sha256:";
	enum { TOKEN_MIN = 32 };     /* characters: what is shorter could be guessed */
	char line[CONFIG_SECRET];
	mode_t mode;
	bool ok = false;

	if (!read_one_line(file, line, &mode, error))
		return false;
	if (strncmp(line, prefix, sizeof prefix - 1) == 0) {
		ok = hex_digest(line + sizeof prefix - 1, hash);
		if (!ok)
			snprintf(error, CONFIG_ERROR, "%s: behind 'sha256:' there must be 64 hex digits", file);
	} else if (strlen(line) < TOKEN_MIN) {
		snprintf(error, CONFIG_ERROR, "%s: the token has %zu characters, at least %d are wanted", file,
			 strlen(line), TOKEN_MIN);
	} else {
		ok = check_secret_mode(file, mode, error);
		SHA256((const uint8_t *)line, strlen(line), hash);
	}
	bytes_wipe(line, sizeof line);
	return ok;
}
