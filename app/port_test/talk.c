/* SPDX-License-Identifier: Apache-2.0 */
#include "talk.h"

#include "port.h"

static void talk_bytes(struct bytes left)
{
	while (left.len > 0 && !port_finished()) {
		size_t n = port_write(PORT_CONSOLE, left.data, left.len);

		left.data += n;
		left.len -= n;
		port_alive();
		if (left.len > 0)
			port_idle(port_now_ms() + 1000);
	}
}

void talk(const char *text)
{
	talk_bytes(bytes_of(text));
}

void talk_text(const char *name, const char *value)
{
	talk(name);
	talk(" ");
	talk(value);
	talk("\n");
}

static void talk_i64(const char *name, int64_t value)
{
	char buf[24];
	struct text t;

	text_init(&t, buf, sizeof buf);
	text_add_i64(&t, value);
	talk_text(name, buf);
}

void talk_u32(const char *name, uint32_t value)
{
	talk_i64(name, (int64_t)value);
}

void talk_i32(const char *name, int32_t value)
{
	talk_i64(name, (int64_t)value);
}

void talk_hex(const char *name, const uint8_t *data, size_t len)
{
	char buf[80];
	struct text t;

	text_init(&t, buf, sizeof buf);
	for (size_t i = 0; i < len; i++)
		text_add_hex(&t, data[i], 2);
	talk_text(name, buf);
}
