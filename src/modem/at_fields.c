/* SPDX-License-Identifier: Apache-2.0 */
#include "modem/at.h"

#include <string.h>

static struct bytes trimmed(const uint8_t *p, const uint8_t *end)
{
	while (p < end && *p == ' ')
		p++;
	while (end > p && end[-1] == ' ')
		end--;
	return (struct bytes){ p, (size_t)(end - p) };
}

struct at_fields at_fields_from(struct bytes line, size_t offset)
{
	return (struct at_fields){ .p = line.data + offset, .end = line.data + line.len, .line = line.data };
}

/* A comma within quotes belongs to the field. */
bool at_field(struct at_fields *f, struct bytes *field)
{
	const uint8_t *p = f->p;
	bool inside = false;

	if (p > f->end)
		return false;
	for (; p < f->end && (inside || *p != ','); p++)
		if (*p == '"')
			inside = !inside;
	*field = trimmed(f->p, p);
	f->p = p + 1;
	f->quoted = field->len >= 2 && field->data[0] == '"' && field->data[field->len - 1] == '"';
	if (f->quoted)
		*field = (struct bytes){ field->data + 1, field->len - 2 };
	return true;
}

bool at_scan(struct at_fields *f, const char *format, uint32_t *numbers, struct bytes *texts)
{
	struct bytes field;

	for (; *format != '\0'; format++) {
		if (!at_field(f, &field))
			return false;
		if (*format == 't')
			*texts++ = field;
		else if (*format != '-' &&
			 !bytes_to_u32(field, *format == 'w' ? UINT32_MAX : UINT16_MAX, numbers++))
			return false;
	}
	return true;
}

int at_word(struct bytes text, const char *words)
{
	for (int i = 0; *words != '\0'; i++, words += strlen(words) + 1)
		if (bytes_equal_text(text, words))
			return i;
	return -1;
}

int at_name(struct at_fields *f, struct bytes line, const char *names)
{
	size_t n = 0;

	while (n < line.len && line.data[n] != ':')
		n++;
	*f = at_fields_from(line, n + 1);
	return at_word((struct bytes){ line.data, n }, names);
}
