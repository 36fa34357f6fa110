/* SPDX-License-Identifier: Apache-2.0 */
/* control_server.h - the control language on a Unix socket, for a few clients. */
#ifndef TERN_VIRTUAL_MODEM_CONTROL_SERVER_H
#define TERN_VIRTUAL_MODEM_CONTROL_SERVER_H

#include "virtual_modem/control.h"
#include "virtual_modem/loop.h"

enum { CONTROL_CLIENTS = 8, CONTROL_OUT_MAX = 1 << 20 };

struct control_client {
	struct watch watch;
	struct control_server *server;
	char   in[CONTROL_LINE_MAX + 2];
	size_t in_len;
	bool   skipping;      /* the rest of a line that was too long */
	char  *out;           /* not yet taken */
	size_t out_len;
	bool   events;
};

struct control_server {
	struct loop  *loop;
	struct modem *modem;
	uint32_t    (*now_ms)(void);
	const char   *path;
	struct watch  listener;
	struct control_client client[CONTROL_CLIENTS];
};

/* Listen at PATH.  False, after saying why on stderr. */
bool control_server_open(struct control_server *s, const char *path);
/* A note of the modem, to those who want events. */
void control_server_note(struct control_server *s, const char *topic, const char *text);
void control_server_close(struct control_server *s);

#endif
