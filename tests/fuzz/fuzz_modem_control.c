/* SPDX-License-Identifier: Apache-2.0 */
/* Control requests, one a line, to a modem to which a host talks between them. */
#include "virtual_modem/control.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void talk(struct modem *m, uint32_t now_ms)
{
	static const uint8_t *const session = (const uint8_t *)"AT+CSQ\rAT+QIACT=1\rAT+QIOPEN=1,0,\"TCP\",\"h\",1\r"
							       "AT+QISEND=0,2\rabAT+QIRD=0\r";
	struct modem_event ev;
	size_t len;

	modem_feed(m, session, strlen((const char *)session), now_ms);
	while (modem_next(m, &ev)) {
		if (ev.type == MODEM_OPEN)
			modem_socket_opened(m, ev.id, "127.0.0.1", 1, now_ms);
		else if (ev.type == MODEM_DATA)
			modem_socket_taken(m, ev.id, ev.data.len, now_ms);
	}
	modem_tx_peek(m, &len);
	modem_tx_done(m, len);
}

static void check(const char *answer)
{
	if (answer == NULL || strchr(answer, '\n') != NULL ||
	    (strncmp(answer, "{\"ok\":true", 10) != 0 && strncmp(answer, "{\"ok\":false,\"error\":\"", 21) != 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct modem_config cfg = { .on = true };
	char why_buf[80];
	struct text why;
	struct modem *m;
	uint32_t now_ms = 0;
	bool events = false;

	text_init(&why, why_buf, sizeof why_buf);
	m = modem_new(&cfg, now_ms, &why);
	if (m == NULL)
		abort();
	while (size > 0) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t n = end != NULL ? (size_t)(end - data) : size;
		char *answer = control_run(m, (const char *)data, n, now_ms, &events);

		check(answer);
		free(answer);
		now_ms += 400;
		talk(m, now_ms);
		n += end != NULL;
		data += n;
		size -= n;
	}
	modem_free(m);
	return 0;
}
