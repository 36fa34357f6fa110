/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostline.h - the line to the host: a pseudo-terminal, a Unix socket or TCP.
 * One host at a time; the next is let in when it has left.  What is sent while
 * no host is there is lost, as on a line without a reader.
 */
#ifndef TERN_VIRTUAL_MODEM_HOSTLINE_H
#define TERN_VIRTUAL_MODEM_HOSTLINE_H

#include "virtual_modem/loop.h"
#include "virtual_modem/options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hostline {
	struct loop *loop;
	struct watch listener;    /* sockets: where hosts connect.  Terminal: tells that it was opened */
	struct watch host;        /* fd >= 0 while a host is there; the terminal's master otherwise too */
	bool         present;
	const char  *link, *path; /* to be removed at the end */
	char         terminal[64];

	/* a host came or left; bytes came from it */
	void (*on_change)(void *owner, bool present);
	void (*on_bytes)(void *owner, const uint8_t *data, size_t len);
	void  *owner;
};

/* Open what O asks for.  NAME becomes what a host connects to.  False, after
 * saying why on stderr. */
bool hostline_open(struct hostline *h, struct loop *loop, const struct options *o, char *name, size_t size);
/* Returns how many bytes the host took; the rest later, when on_bytes or the
 * loop woke. */
size_t hostline_write(struct hostline *h, const uint8_t *data, size_t len);
/* The speed to which the host has set a terminal; 0: it is none, or an odd one. */
uint32_t hostline_baud(const struct hostline *h);
/* Close, and remove what hostline_open() made. */
void hostline_close(struct hostline *h);

/* A Unix socket that listens at PATH; a socket without a listener that is left
 * there is replaced.  -1 after saying why on stderr. */
int hostline_listen_unix(const char *option, const char *path);

#endif
