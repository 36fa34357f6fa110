/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink.h - where devices' messages go.  One sink is one file: sink_log.c (the
 * embedded message log), sink_mqtt.c (any broker).
 *
 * The promise: a QoS 1 message is acknowledged to its device only after every
 * sink has confirmed it.  A sink therefore never fails a message: it holds what
 * it took and tries again, with back-off, until it is confirmed or the sink is
 * closed; what was not confirmed the device sends again.  A sink may work in a
 * thread of its own; these calls come from the loop's thread, and none blocks.
 */
#ifndef TERN_BRIDGE_SINK_H
#define TERN_BRIDGE_SINK_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

enum sink_kind { SINK_EVENT, SINK_STATE };

struct sink_message {
	enum sink_kind kind;
	const char  *project, *location, *registry, *device;
	uint64_t     num_id;
	struct bytes subfolder;      /* empty: none */
	struct bytes payload;
	int64_t      at_ms;          /* when the bridge had it whole, since 1970 */
	uint8_t      qos;            /* 0: nobody waits; may be dropped when the sink is full, and is counted then */
	bool         dup;            /* the device says that it may have sent it before */
	uint64_t     ticket;
};

struct sink_confirmation {
	uint64_t ticket;
	bool     unheard;            /* delivered, but nobody was subscribed (MQTT 5 reason 0x10) */
};

struct sink_health {
	bool     well;
	char     text[256];          /* one sentence: "holds 3,412 messages: connection refused by 127.0.0.1:1883; next try in 4 s" */
	uint64_t taken, confirmed, unheard, dropped;
	uint64_t held, held_bytes;
};

struct sink;

struct sink_ops {
	const char *name;
	/* Everything of MESSAGE is copied.  False: full; the caller holds the message and stops reading. */
	bool (*deliver)(struct sink *s, const struct sink_message *message);
	/* The loop has nothing more for now: what was delivered goes on its way. */
	void (*flush)(struct sink *s);
	int  (*fd)(const struct sink *s);                              /* readable: next() has something */
	bool (*next)(struct sink *s, struct sink_confirmation *c);
	void (*health)(struct sink *s, struct sink_health *health);
	void (*close)(struct sink *s, uint32_t wait_ms);               /* waits so long for what is held; frees S */
};

/* What every sink begins with. */
struct sink { const struct sink_ops *ops; };

#endif
