/* SPDX-License-Identifier: Apache-2.0 */
#include "modem/quectel_internal.h"

/* APP RDY follows RDY by up to this; later it means a restart whose RDY was lost. */
#define BOOT_MS 40000u

/* +QIURC: "recv",0      +QIURC: "recv",0,1460
 * +QIURC: "closed",0
 * +QIURC: "pdpdeact",1 */
static void on_qiurc(struct quectel *q, struct at_fields *f)
{
	struct bytes name;
	uint32_t number;

	if (!at_scan(f, "tn", &number, &name))
		return;
	switch (at_word(name, "recv\0" "closed\0" "pdpdeact\0")) {
	case 0:
		quectel_socket_readable(q, number);
		break;
	case 1:
		quectel_socket_ended(q, number);
		break;
	case 2:
		if (number == quectel_context(q))
			quectel_context_lost(q, ERR_MODEM_PDP_LOST);
		break;
	default:   /* "dnsgip", "incoming": nobody asked for them */
		break;
	}
}

/* +QIOPEN: 0,0 */
static void on_qiopen(struct quectel *q, struct at_fields *f)
{
	uint32_t is[2];   /* connection id, error */

	if (at_scan(f, "nn", is, NULL))
		quectel_socket_opened(q, is[0], is[1]);
}

/* +CGEV: NW PDN DEACT 1     +CGEV: NW DEACT "IP","10.64.0.7",1      (27.007 10.1.19)
 * The context's number comes last, with a space or a comma before it. */
static void on_cgev(struct quectel *q, struct at_fields *f)
{
	const uint8_t *p, *number = f->end;
	bool deact = false;
	uint32_t context;

	for (p = f->p; p < f->end; p++) {
		if (*p == ' ' || *p == ',')
			number = p + 1;
		deact = deact || bytes_starts_with((struct bytes){ p, (size_t)(f->end - p) }, "DEACT");
	}
	if (deact && bytes_to_u32((struct bytes){ number, (size_t)(f->end - number) }, UINT8_MAX, &context) &&
	    context == quectel_context(q))
		quectel_context_lost(q, ERR_MODEM_PDP_LOST);
}

bool quectel_on_boot_word(struct quectel *q, struct bytes line)
{
	int i = at_word(line, "APP RDY\0" "RDY\0" "POWERED DOWN\0" "NORMAL POWER DOWN\0" "PSM POWER DOWN\0");

	if (i < 0 || (i == 0 && q->now_ms - q->boot_ms <= BOOT_MS))
		return false;
	if (i >= 2)
		power_down(&q->power);
	q->slept = q->slept || i == 4;
	quectel_rebooted(q);
	return true;
}

void quectel_on_urc(struct quectel *q, struct bytes line)
{
	static void (*const takes[])(struct quectel *q, struct at_fields *f) = {
		on_qiurc, on_qiopen, quectel_on_ntp, on_cgev,
	};
	struct at_fields f;
	int i = at_name(&f, line, "+QIURC\0" "+QIOPEN\0" "+QNTP\0" "+CGEV\0");

	if (quectel_on_boot_word(q, line))
		return;
	if (i >= 0)
		takes[i](q, &f);
	else
		quectel_on_status(q, NULL, &f);
}
