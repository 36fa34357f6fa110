/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/doctor_settings.h"

#include "cli/say.h"
#include "device/values.h"

#include <stdarg.h>
#include <string.h>

/*
 *              BEGIN line                    END line
 *   COMMANDS --------------> IN_CERTIFICATE -----------> COMMANDS
 */
enum state { COMMANDS, IN_CERTIFICATE };

struct reader {
	struct doctor_settings *settings;
	enum state state;
	unsigned line, begin_line;
	char *why;
};

static bool refuse(struct reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool refuse(struct reader *r, const char *format, ...)
{
	va_list args;
	int n = snprintf(r->why, DOCTOR_SETTINGS_WHY, "line %u: ", r->line);

	va_start(args, format);
	vsnprintf(r->why + n, DOCTOR_SETTINGS_WHY - (size_t)n, format, args);
	va_end(args);
	return false;
}

void doctor_settings_init(struct doctor_settings *s)
{
	memset(s, 0, sizeof *s);
}

void doctor_settings_free(struct doctor_settings *s)
{
	buffer_free(&s->roots);
}

const char *doctor_settings_get(const struct doctor_settings *s, enum settings_key key)
{
	return s->value[key][0] != '\0' ? s->value[key] : NULL;
}

/* ---- words ----------------------------------------------------------------- */

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct bytes trim(struct bytes b)
{
	while (b.len > 0 && is_blank(b.data[0])) {
		b.data++;
		b.len--;
	}
	while (b.len > 0 && is_blank(b.data[b.len - 1]))
		b.len--;
	return b;
}

/* The first word of LINE, which is left with what follows. */
static struct bytes take_word(struct bytes *line)
{
	struct bytes word = { line->data, 0 };

	while (word.len < line->len && !is_blank(line->data[word.len]))
		word.len++;
	*line = trim((struct bytes){ line->data + word.len, line->len - word.len });
	return word;
}

static bool strip(struct bytes *line, const char *prefix)
{
	size_t n = strlen(prefix);

	if (!bytes_starts_with(*line, prefix))
		return false;
	*line = (struct bytes){ line->data + n, line->len - n };
	return true;
}

static bool is_word(struct bytes word, const char *lower)
{
	size_t n = strlen(lower);
	bool same = word.len == n;

	for (size_t i = 0; same && i < n; i++)
		same = (word.data[i] | 0x20) == lower[i];
	return same;
}

/* ---- values ------------------------------------------------------------------ */

/* As DOCTOR_SETTINGS_WHY shows it. */
static void show(struct bytes text, char out[64])
{
	struct buffer b = { 0 };

	say_plain(&b, (struct bytes){ text.data, text.len < 40 ? text.len : 40 });
	snprintf(out, 64, "%.58s%s", buffer_str(&b), text.len > 40 ? "..." : "");
	buffer_free(&b);
}

static const char *unfit(enum settings_key key, struct bytes value)
{
	if (value.len == 0)
		return "has no value";
	if (value.len > settings_info(key)->max && settings_info(key)->kind == SETTINGS_TEXT)
		return "is longer than a device takes";
	if (value.len >= DOCTOR_SETTINGS_VALUE)
		return "is longer than any number";
	for (size_t i = 0; i < value.len; i++)
		if (value.data[i] < ' ' || value.data[i] == 0x7f)
			return "has a control character in it";
	return NULL;
}

bool doctor_settings_set(struct doctor_settings *s, enum settings_key key, struct bytes value,
			 char why[DOCTOR_SETTINGS_WHY])
{
	const char *wrong = unfit(key, value);

	if (wrong != NULL) {
		snprintf(why, DOCTOR_SETTINGS_WHY, "%s %s", settings_info(key)->name, wrong);
		return false;
	}
	memcpy(s->value[key], value.data, value.len);
	s->value[key][value.len] = '\0';
	return true;
}

static struct bytes unquote(struct bytes b)
{
	bool quoted = b.len >= 2 && b.data[0] == '"' && b.data[b.len - 1] == '"';

	return quoted ? (struct bytes){ b.data + 1, b.len - 2 } : b;
}

static bool set(struct reader *r, struct bytes rest)
{
	struct bytes name = take_word(&rest);
	enum settings_key key;
	char shown[64], why[DOCTOR_SETTINGS_WHY];

	show(name, shown);
	if (!values_find(name, &key))
		return refuse(r, "there is no setting '%s'", shown);
	if (settings_info(key)->secret) {
		r->settings->secrets++;
		return true;
	}
	return doctor_settings_set(r->settings, key, unquote(rest), why) || refuse(r, "%s", why);
}

/* ---- lines --------------------------------------------------------------------- */

static void keep(struct reader *r, struct bytes line)
{
	buffer_add(&r->settings->roots, line.data, line.len);
	buffer_char(&r->settings->roots, '\n');
}

static bool begin(struct reader *r, struct bytes line)
{
	if (!bytes_starts_with(line, "-----BEGIN CERTIFICATE") && !bytes_starts_with(line, "-----BEGIN X509 CERT"))
		return refuse(r, "only certificates are taken here: an export carries no key; the private key is given "
			      "with --key FILE");
	r->begin_line = r->line;
	r->state = IN_CERTIFICATE;
	keep(r, line);
	return true;
}

/* "# key: EC P-256 SHA256:3f1c...64 digits, not exported" */
static void comment(struct reader *r, struct bytes line)
{
	enum { DIGITS = 64 };
	static const char mark[] = "SHA256:";
	size_t i = 0, n = 0;

	if (!bytes_starts_with(line, "# key: "))
		return;
	while (i + sizeof mark - 1 < line.len && memcmp(line.data + i, mark, sizeof mark - 1) != 0)
		i++;
	i += sizeof mark - 1;
	while (i + n < line.len && n < DIGITS && memchr("0123456789abcdef", line.data[i + n], 16) != NULL)
		n++;
	if (n != DIGITS)
		return;
	memcpy(r->settings->key, line.data + i, DIGITS);
	r->settings->key[DIGITS] = '\0';
}

static bool command(struct reader *r, struct bytes line)
{
	struct bytes word;
	char shown[64];

	(void)(strip(&line, "tern> ") || strip(&line, "ca> "));
	line = trim(line);
	if (line.len > 0 && line.data[0] == '#')
		comment(r, line);
	if (line.len == 0 || line.data[0] == '#' || bytes_equal_text(line, "tern>") || bytes_equal_text(line, "ca>"))
		return true;
	if (bytes_starts_with(line, "-----BEGIN "))
		return begin(r, line);
	word = take_word(&line);
	if (is_word(word, "set"))
		return set(r, line);
	if (is_word(word, "ca") || is_word(word, "export"))
		return true;
	show(word, shown);
	return refuse(r, "'%s' is neither 'set NAME VALUE' nor a certificate in PEM nor a comment '# ...'", shown);
}

static bool certificate(struct reader *r, struct bytes line)
{
	line = trim(line);
	if (bytes_starts_with(line, "-----BEGIN "))
		return refuse(r, "the certificate that begins in line %u has no END line", r->begin_line);
	if (r->settings->roots.len > 1024 * 1024)
		return refuse(r, "more certificates than any device holds");
	keep(r, line);
	if (bytes_starts_with(line, "-----END "))
		r->state = COMMANDS;
	return true;
}

static bool take_line(struct reader *r, struct bytes line)
{
	r->line++;
	if (line.len > DOCTOR_SETTINGS_LINE)
		return refuse(r, "more than %d characters", DOCTOR_SETTINGS_LINE);
	return r->state == COMMANDS ? command(r, line) : certificate(r, line);
}

bool doctor_settings_read(struct doctor_settings *s, struct bytes text, char why[DOCTOR_SETTINGS_WHY])
{
	struct reader r = { .settings = s, .why = why };
	size_t before = s->roots.len;
	bool ok = true;

	(void)strip(&text, "\xef\xbb\xbf");
	while (ok && text.len > 0) {
		const uint8_t *end = memchr(text.data, '\n', text.len);
		size_t n = end != NULL ? (size_t)(end - text.data) : text.len;

		ok = take_line(&r, (struct bytes){ text.data, n });
		n += end != NULL;
		text = (struct bytes){ text.data + n, text.len - n };
	}
	if (ok && r.state == IN_CERTIFICATE)
		ok = refuse(&r, "the certificate that begins in line %u has no END line", r.begin_line);
	if (!ok && s->roots.len > before)
		s->roots.data[s->roots.len = before] = '\0';
	return ok;
}
