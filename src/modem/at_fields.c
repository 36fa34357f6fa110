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
	return (struct at_fields){ .p = line.data + offset, .end = line.data + line.len, .line = line };
}

bool at_fields_after(struct at_fields *f, struct bytes line, const char *prefix)
{
	if (!bytes_starts_with(line, prefix))
		return false;
	*f = at_fields_from(line, strlen(prefix));
	return true;
}

/* A comma within quotes belongs to the field. */
bool at_field(struct at_fields *f, struct bytes *field, bool *quoted)
{
	const uint8_t *p = f->p;
	bool inside = false;

	if (f->at_end)
		return false;
	while (p < f->end && (inside || *p != ',')) {
		if (*p == '"')
			inside = !inside;
		p++;
	}
	*field = trimmed(f->p, p);
	f->at_end = p == f->end;
	f->p = f->at_end ? p : p + 1;
	bool in_quotes = field->len >= 2 && field->data[0] == '"' && field->data[field->len - 1] == '"';

	if (in_quotes)
		*field = (struct bytes){ field->data + 1, field->len - 2 };
	if (quoted != NULL)
		*quoted = in_quotes;
	return true;
}

bool at_field_u32(struct at_fields *f, uint32_t max, uint32_t *value)
{
	struct bytes field;

	return at_field(f, &field, NULL) && bytes_to_u32(field, max, value);
}

bool at_field_i32(struct at_fields *f, int32_t *value)
{
	struct bytes field;
	uint32_t magnitude;

	if (!at_field(f, &field, NULL))
		return false;
	bool negative = field.len > 0 && field.data[0] == '-';

	if (negative)
		field = (struct bytes){ field.data + 1, field.len - 1 };
	if (!bytes_to_u32(field, INT32_MAX, &magnitude))
		return false;
	*value = negative ? -(int32_t)magnitude : (int32_t)magnitude;
	return true;
}

bool at_field_skip(struct at_fields *f, unsigned n)
{
	struct bytes field;

	while (n-- > 0)
		if (!at_field(f, &field, NULL))
			return false;
	return true;
}
