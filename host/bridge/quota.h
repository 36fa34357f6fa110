/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quota.h - a bucket that fills steadily: so much a second, a burst of one
 * second.  It is paid afterwards: what has come is taken, and who is in debt
 * waits until the debt is gone.  So one large message never finds the bucket too
 * small for it, and nothing is thrown away.
 */
#ifndef TERN_BRIDGE_QUOTA_H
#define TERN_BRIDGE_QUOTA_H

#include <stdint.h>

struct quota {
	int64_t  left;       /* thousandths of a unit; below 0: debt */
	uint64_t at_ms;      /* when LEFT was right */
};

void quota_init(struct quota *q, uint32_t per_s, uint64_t now_ms);

/* Pay AMOUNT.  Returns for how many milliseconds the payer has to wait; 0: not at all. */
uint64_t quota_pay(struct quota *q, uint32_t per_s, uint32_t amount, uint64_t now_ms);

/* How long it would have to wait now, paying nothing. */
uint64_t quota_debt_ms(struct quota *q, uint32_t per_s, uint64_t now_ms);

#endif
