/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rig.h - a modem on the bench: a host that types, a network that answers at
 * once, and a clock that moves when told.
 */
#ifndef TERN_TESTS_VIRTUAL_MODEM_RIG_H
#define TERN_TESTS_VIRTUAL_MODEM_RIG_H

#include "virtual_modem/modem.h"

struct rig_peer {
	bool    connected, was_reset;
	uint8_t got[65536];
	size_t  got_len;
};

struct rig {
	struct modem *m;
	uint32_t now_ms;
	size_t   chunk;             /* bytes of one feed */
	uint8_t  out[1 << 20];
	size_t   len;
	size_t   writes;            /* how many times output was there */
	char     notes[8192];
	struct rig_peer peer[MODEM_SOCKETS];

	/* what the network does */
	bool     deaf;              /* answers nothing */
	int      refuse;            /* error of every connection; 0 = accept */
	size_t   window;            /* bytes that it takes at once */
	const char *address;
	const char *names[4];       /* of every name */
	size_t   name_count;
};

void rig_init(struct rig *r, const struct modem_config *cfg, size_t chunk);
void rig_free(struct rig *r);
void rig_clear(struct rig *r);                        /* forget the output so far */
void rig_pump(struct rig *r);
void rig_feed(struct rig *r, const void *data, size_t len);
void rig_type(struct rig *r, const char *text);
void rig_wait(struct rig *r, uint32_t ms);
void rig_peer_sends(struct rig *r, int id, const void *data, size_t len);
void rig_peer_closes(struct rig *r, int id);

/* The output so far is EXPECT, in which "<ip>" stands for an IPv4 address and
 * "<any>" for anything up to the next character of EXPECT; then it is forgotten. */
void rig_expects(struct rig *r, const char *expect);
bool rig_matches(const struct rig *r, const char *expect);
void rig_expects_in(const struct rig *r, const char *part);

/* TYPE, then EXPECT. */
void rig_says(struct rig *r, const char *type, const char *expect);

/* Echo off, context 1 active, socket ID open; output forgotten. */
void rig_online(struct rig *r);
void rig_connected(struct rig *r, int id);

unsigned rig_fault(struct rig *r, const struct modem_fault *f);

#endif
