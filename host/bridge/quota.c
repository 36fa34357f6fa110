/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/quota.h"

/* One unit a second is one thousandth of a unit a millisecond. */
static int64_t full(uint32_t per_s)
{
	return (int64_t)per_s * 1000;
}

static void fill(struct quota *q, uint32_t per_s, uint64_t now_ms)
{
	uint64_t gone = now_ms > q->at_ms ? now_ms - q->at_ms : 0;
	int64_t room = full(per_s) - q->left;

	q->at_ms = now_ms;
	if (per_s == 0 || gone >= (uint64_t)room / per_s + 1)
		q->left = full(per_s);
	else
		q->left += (int64_t)gone * per_s;
}

void quota_init(struct quota *q, uint32_t per_s, uint64_t now_ms)
{
	q->left = full(per_s);
	q->at_ms = now_ms;
}

uint64_t quota_debt_ms(struct quota *q, uint32_t per_s, uint64_t now_ms)
{
	fill(q, per_s, now_ms);
	if (q->left >= 0 || per_s == 0)
		return 0;
	return ((uint64_t)-q->left + per_s - 1) / per_s;
}

uint64_t quota_pay(struct quota *q, uint32_t per_s, uint32_t amount, uint64_t now_ms)
{
	fill(q, per_s, now_ms);
	if (per_s == 0)
		return 0;                     /* no limit */
	q->left -= (int64_t)amount * 1000;
	return quota_debt_ms(q, per_s, now_ms);
}
