/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/rest_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* RAW without its percent-encoding (RFC 3986, 2.1) and a terminating zero to OUT, which holds RAW.len + 1 bytes.
 * ASCII: nothing beyond is let pass.  Returns the bytes written with the zero; 0: ERROR. */
static size_t decode(char *out, struct bytes raw, bool ascii, char error[PATH_ERROR])
{
	size_t n = 0;

	for (size_t i = 0; i < raw.len; i++) {
		uint8_t c = raw.data[i];

		if (c == '%') {
			int high = i + 2 < raw.len ? hex(raw.data[i + 1]) : -1;
			int low = i + 2 < raw.len ? hex(raw.data[i + 2]) : -1;

			if (high < 0 || low < 0) {
				snprintf(error, PATH_ERROR, "A '%%' is not followed by two hex digits; '%%' itself is "
							    "'%%25'.");
				return 0;
			}
			c = (uint8_t)(high << 4 | low);
			i += 2;
		}
		if (c < 0x20 || c == 0x7f || (ascii && c >= 0x80)) {
			snprintf(error, PATH_ERROR, "The byte 0x%02x stands where no name has it.", c);
			return 0;
		}
		out[n++] = (char)c;
	}
	out[n++] = '\0';
	return n;
}

/* The bytes of B up to, not with, the first C; B goes on behind it. */
static struct bytes until(struct bytes *b, char c)
{
	const uint8_t *hit = b->len > 0 ? memchr(b->data, c, b->len) : NULL;
	struct bytes part = { b->data, hit != NULL ? (size_t)(hit - b->data) : b->len };

	b->data += hit != NULL ? part.len + 1 : part.len;
	b->len -= hit != NULL ? part.len + 1 : part.len;
	return part;
}

/* Cut the verb off the last segment. */
static struct bytes cut_verb(struct bytes *last)
{
	struct bytes verb = { NULL, 0 };

	for (size_t i = last->len; i-- > 0;) {
		if (last->data[i] == ':') {
			verb = (struct bytes){ last->data + i + 1, last->len - i - 1 };
			last->len = i;
			break;
		}
	}
	return verb;
}

bool path_read(struct path *p, struct bytes raw, char error[PATH_ERROR])
{
	struct bytes verb = { NULL, 0 };
	char *to = p->text;
	size_t n;

	p->count = 0;
	p->verb = NULL;
	if (raw.len == 0 || raw.data[0] != '/' || raw.len + 2 > sizeof p->text) {
		snprintf(error, PATH_ERROR, "A path begins with '/' and has less than %d bytes.", PATH_SIZE);
		return false;
	}
	raw.data++;
	raw.len--;
	for (bool more = true; more; to += n) {
		struct bytes part;

		more = memchr(raw.data, '/', raw.len) != NULL;
		part = until(&raw, '/');
		if (!more)
			verb = cut_verb(&part);
		if (p->count == PATH_SEGMENTS) {
			snprintf(error, PATH_ERROR, "There is no path of more than %d parts.", PATH_SEGMENTS);
			return false;
		}
		p->segment[p->count++] = to;
		n = decode(to, part, true, error);
		if (n == 0)
			return false;
	}
	if (verb.data != NULL) {
		p->verb = to;
		return decode(to, verb, true, error) > 0;
	}
	return true;
}

bool path_is(const struct path *p, const char *pattern)
{
	struct bytes rest = bytes_of(pattern);

	for (size_t i = 0; i < p->count; i++) {
		struct bytes part = until(&rest, '/');
		bool name = part.len == 1 && part.data[0] >= 'A' && part.data[0] <= 'Z';

		if (part.len == 0 || (name ? p->segment[i][0] == '\0' : !bytes_equal_text(part, p->segment[i])))
			return false;
	}
	return rest.len == 0;
}

static void to_camel(char *name)
{
	char *to = name;

	for (; *name != '\0'; name++) {
		bool join = *name == '_' && name[1] >= 'a' && name[1] <= 'z';

		*to++ = join ? (char)(*++name - 'a' + 'A') : *name;
	}
	*to = '\0';
}

/* "name=value" to TO; returns the bytes taken there, 0: ERROR. */
static size_t read_param(struct param *param, char *to, struct bytes value, char error[PATH_ERROR])
{
	struct bytes name = until(&value, '=');
	size_t n = decode(to, name, true, error), m;

	if (n == 0)
		return 0;
	to_camel(to);
	param->name = to;
	param->value = to + n;
	m = decode(to + n, value, false, error);
	return m > 0 ? n + m : 0;
}

bool query_read(struct query *q, struct bytes raw, char error[PATH_ERROR])
{
	size_t parts = 1, n = 1;
	char *to;

	*q = (struct query){ NULL, 0, NULL };
	for (size_t i = 0; i < raw.len; i++)
		parts += raw.data[i] == '&';
	if (raw.len <= QUERY_SIZE) {
		q->text = malloc(raw.len + 2 * parts + 1);
		q->param = calloc(parts, sizeof q->param[0]);
	}
	if (q->text == NULL || q->param == NULL) {
		snprintf(error, PATH_ERROR, "The query is longer than %d bytes, or there is no memory for it.",
			 QUERY_SIZE);
		n = 0;
	}
	for (to = q->text; n > 0 && raw.len > 0; to += n) {
		struct bytes part = until(&raw, '&');

		n = read_param(&q->param[q->count++], to, part, error);
	}
	if (n == 0)
		query_clear(q);
	return n > 0;
}

void query_clear(struct query *q)
{
	free(q->param);
	free(q->text);
	*q = (struct query){ NULL, 0, NULL };
}

const char *query_get(const struct query *q, const char *name)
{
	for (size_t i = 0; i < q->count; i++)
		if (strcmp(q->param[i].name, name) == 0)
			return q->param[i].value;
	return NULL;
}
