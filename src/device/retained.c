/* SPDX-License-Identifier: Apache-2.0 */
#include "device/retained.h"

#include "base/crc.h"

#include <stddef.h>
#include <string.h>

enum { MAGIC = 0x4e525431 };   /* of this layout */

static uint32_t check_of(const struct retained *r)
{
	return crc32(0, r, offsetof(struct retained, crc));
}

static void seal(struct retained *r)
{
	r->crc = check_of(r);
}

static bool is_whole(const struct retained *r)
{
	return r->magic == MAGIC && r->crc == check_of(r);
}

/* Did the run that BEFORE tells of end on its way to a network? */
static bool cut_short(const struct retained *before, enum evidence_reset why)
{
	enum evidence_step last = why == EVIDENCE_RESET_BROWN_OUT ? EVIDENCE_AT_ONLINE : EVIDENCE_AT_SEARCH;

	return before->step >= EVIDENCE_AT_MODEM && before->step <= last;
}

bool retained_begin(struct retained *r, enum evidence_reset why, struct retained *before)
{
	bool was = r != NULL && why != EVIDENCE_RESET_POWER_ON && is_whole(r);
	bool counted;

	memset(before, 0, sizeof *before);
	if (r == NULL)
		return false;
	if (was)
		memcpy(before, r, sizeof *before);
	before->line[RETAINED_LINE - 1] = '\0';
	counted = was && !before->asked && cut_short(before, why);
	memset(r, 0, sizeof *r);
	r->magic = MAGIC;
	r->counted = counted;
	if (counted)
		r->resets = before->resets < UINT16_MAX ? (uint16_t)(before->resets + 1) : UINT16_MAX;
	else if (before->asked)
		r->resets = before->resets;
	seal(r);
	return was;
}

uint8_t retained_resets(const struct retained *r)
{
	return r == NULL || !r->counted ? 0 : r->resets < UINT8_MAX ? (uint8_t)r->resets : UINT8_MAX;
}

uint32_t retained_hold_s(const struct retained *r)
{
	unsigned resets = retained_resets(r);
	uint32_t s = RETAINED_HOLD_S;

	if (resets < RETAINED_FEW)
		return 0;
	for (unsigned n = RETAINED_FEW; n < resets && s < RETAINED_HOLD_MAX_S; n++)
		s *= 2;
	return s < RETAINED_HOLD_MAX_S ? s : RETAINED_HOLD_MAX_S;
}

void retained_step(struct retained *r, enum evidence_step step, uint32_t step_s)
{
	if (r == NULL || (r->step == step && r->step_s == step_s))
		return;
	r->step = (uint8_t)step;
	r->step_s = step_s;
	seal(r);
}

void retained_line(struct retained *r, struct bytes line)
{
	size_t n = line.len < RETAINED_LINE - 1 ? line.len : RETAINED_LINE - 1;

	if (r == NULL)
		return;
	memset(r->line, 0, sizeof r->line);
	for (size_t i = 0; i < n; i++)
		r->line[i] = (char)line.data[i];
	seal(r);
}

void retained_login(struct retained *r)
{
	if (r == NULL || r->resets == 0)
		return;
	r->resets = 0;
	seal(r);
}

void retained_asked(struct retained *r)
{
	if (r == NULL)
		return;
	r->asked = true;
	seal(r);
}
