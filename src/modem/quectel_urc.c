/* SPDX-License-Identifier: Apache-2.0 */
#include "modem/quectel_internal.h"

/* APP RDY follows RDY by up to this; later it means a restart whose RDY was lost. */
#define BOOT_MS 40000u

/* ---- +QIURC: ---- */

/* +QIURC: "recv",0      +QIURC: "recv",0,1460 */
static void on_recv(struct quectel *q, struct at_fields *f, uint32_t now_ms)
{
	uint32_t id;

	(void)now_ms;
	if (at_field_u32(f, UINT8_MAX, &id))
		quectel_socket_readable(q, id);
}

/* +QIURC: "closed",0 */
static void on_closed(struct quectel *q, struct at_fields *f, uint32_t now_ms)
{
	uint32_t id;

	if (at_field_u32(f, UINT8_MAX, &id))
		quectel_socket_ended(q, id, now_ms);
}

/* +QIURC: "pdpdeact",1 */
static void on_pdpdeact(struct quectel *q, struct at_fields *f, uint32_t now_ms)
{
	uint32_t context;

	if (at_field_u32(f, UINT8_MAX, &context) && context == quectel_context(q))
		quectel_context_lost(q, ERR_MODEM_PDP_LOST, now_ms);
}

static void on_qiurc(struct quectel *q, struct at_fields *f, uint32_t now_ms)
{
	static const struct {
		const char *name;
		void (*take)(struct quectel *q, struct at_fields *f, uint32_t now_ms);
	} rows[] = {
		{ "recv",     on_recv },
		{ "closed",   on_closed },
		{ "pdpdeact", on_pdpdeact },
	};
	struct bytes name;

	if (!at_field(f, &name, NULL))
		return;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (bytes_equal_text(name, rows[i].name))
			rows[i].take(q, f, now_ms);
}

/* ---- the others ---- */

/* +QIOPEN: 0,0 */
static void on_qiopen(struct quectel *q, struct at_fields *f, uint32_t now_ms)
{
	uint32_t id, code;

	if (at_field_u32(f, UINT8_MAX, &id) && at_field_u32(f, UINT16_MAX, &code))
		quectel_socket_opened(q, id, code, now_ms);
}

static bool contains(struct bytes text, struct bytes part)
{
	for (size_t i = 0; i + part.len <= text.len; i++)
		if (bytes_equal((struct bytes){ text.data + i, part.len }, part))
			return true;
	return false;
}

/* +CGEV: NW PDN DEACT 1     +CGEV: NW DEACT "IP","10.64.0.7",1      (27.007 10.1.19)
 * The context's number comes last, with a space or a comma before it. */
static void on_cgev(struct quectel *q, struct at_fields *f, uint32_t now_ms)
{
	struct bytes text = { f->p, (size_t)(f->end - f->p) };
	size_t digits = 0;
	uint32_t context;

	while (digits < text.len && text.data[text.len - 1 - digits] >= '0' && text.data[text.len - 1 - digits] <= '9')
		digits++;
	if (contains(text, bytes_of("DEACT")) &&
	    bytes_to_u32((struct bytes){ f->end - digits, digits }, UINT8_MAX, &context) &&
	    context == quectel_context(q))
		quectel_context_lost(q, ERR_MODEM_PDP_LOST, now_ms);
}

static bool ends_with(struct bytes text, const char *end)
{
	struct bytes e = bytes_of(end);

	return text.len >= e.len && bytes_equal((struct bytes){ text.data + text.len - e.len, e.len }, e);
}

bool quectel_on_boot_word(struct quectel *q, struct bytes line, uint32_t now_ms)
{
	bool down = bytes_equal_text(line, "POWERED DOWN") || ends_with(line, " POWER DOWN");   /* NORMAL, PSM */
	bool late = bytes_equal_text(line, "APP RDY") && now_ms - q->boot_ms > BOOT_MS;

	if (!down && !late && !bytes_equal_text(line, "RDY"))
		return false;
	if (down)
		power_down(&q->power);
	quectel_rebooted(q, now_ms);
	return true;
}

void quectel_on_urc(struct quectel *q, struct bytes line, uint32_t now_ms)
{
	static const struct {
		const char *prefix;
		void (*take)(struct quectel *q, struct at_fields *f, uint32_t now_ms);
	} rows[] = {
		{ "+QIURC:",  on_qiurc },
		{ "+QIOPEN:", on_qiopen },
		{ "+QNTP:",   quectel_on_ntp },
		{ "+CGEV:",   on_cgev },
	};
	struct at_fields f;

	q->facts.urcs++;
	if (quectel_on_boot_word(q, line, now_ms))
		return;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (at_fields_after(&f, line, rows[i].prefix)) {
			rows[i].take(q, &f, now_ms);
			return;
		}
	f = at_fields_from(line, 0);
	quectel_on_status(q, NULL, &f, now_ms);
}
