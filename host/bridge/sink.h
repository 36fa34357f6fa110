/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink.h - where devices' messages go.  One sink is one file: sink_log.c (the
 * embedded message log), sink_mqtt.c (any broker).
 *
 * The promise: a QoS 1 message is acknowledged to its device only after every
 * sink has confirmed it.  A sink therefore never fails a message: it holds what
 * it took and tries again, with back-off, until it is confirmed or the sink is
 * closed; what was not confirmed the device sends again.  A sink may work in a
 * thread of its own; these calls come from the loop's thread, and none blocks
 * but close().
 *
 * The next sink is a file sink_x.c and its header sink_x.h:
 *   1. struct sink_x_config and struct sink *sink_x_open(cfg, error): it fails
 *      only for what a person must change (a value, a file); a server that is
 *      away is no reason.
 *   2. A struct whose first member is struct sink; a table of struct sink_ops.
 *   3. deliver() copies with sink_hold_take() (sink_held.h) into a queue that the
 *      sink's thread empties; what is safe, and only that, goes to
 *      sink_hold_safe(), and sink_hold_next() and the descriptor do the rest.
 *      "Safe" is what docs/bridge.md promises for this sink.
 *   4. Errors of the other side are states, not results: hold, back off
 *      (sink_retry_pause()), one sentence for health().
 *   5. One line where main.c opens sinks, one keyword in config.c, and the tests
 *      of tests/unit/bridge/test_sink_log.c with the new one's enemy in them.
 */
#ifndef TERN_BRIDGE_SINK_H
#define TERN_BRIDGE_SINK_H

#include "base/bytes.h"

#include <stdbool.h>
#include <stdint.h>

enum { SINK_ERROR = 256 };           /* bytes of a sentence, with its terminator */

enum sink_kind { SINK_EVENT, SINK_STATE };

struct sink_message {
	enum sink_kind kind;
	const char  *project, *location, *registry, *device;   /* ids, at most 255 bytes each */
	uint64_t     num_id;
	struct bytes subfolder;      /* empty: none */
	struct bytes payload;
	int64_t      at_ms;          /* when the bridge had it whole, since 1970 */
	uint8_t      qos;            /* 0: nobody waits, it is never confirmed; dropped and counted when full */
	bool         dup;            /* the device says that it may have sent it before */
	uint64_t     ticket;         /* comes back in the confirmation; the sink does not look at it */
};

struct sink_confirmation {
	uint64_t ticket;
	bool     unheard;            /* delivered, but nobody was subscribed (MQTT 5 reason 0x10) */
};

struct sink_health {
	bool     well;               /* what is taken is confirmed without trouble */
	char     text[SINK_ERROR];   /* one sentence: "holds 3,412 messages: the disk is full; next try in 4 s" */
	uint64_t taken;              /* since the sink was opened */
	uint64_t confirmed;          /* are safe, those with QoS 0 too */
	uint64_t unheard;            /* of those: nobody was subscribed */
	uint64_t dropped;            /* QoS 0, and there was no room */
	uint64_t held, held_bytes;   /* now: taken and not yet safe; bytes with what holding costs */
};

struct sink;

struct sink_ops {
	const char *name;            /* "log", "mqtt" */
	/* Everything of MESSAGE is copied.  False: full, for this device or for all; nothing was taken, the caller
	 * holds the message, stops reading, and asks again when fd() was readable.  With QoS 0 never false. */
	bool (*deliver)(struct sink *s, const struct sink_message *message);
	/* The loop has nothing more for now: what was delivered goes on its way. */
	void (*flush)(struct sink *s);
	/* Readable: next() has something.  Call next() until it says false: only then is it no longer readable. */
	int  (*fd)(const struct sink *s);
	bool (*next)(struct sink *s, struct sink_confirmation *c);
	void (*health)(struct sink *s, struct sink_health *health);
	/* Waits so long for what is held, and at most two seconds longer; frees S.  Confirmations that were not
	 * read are lost: who wants them waits by fd() and next() first. */
	void (*close)(struct sink *s, uint32_t wait_ms);
};

/* What every sink begins with. */
struct sink { const struct sink_ops *ops; };

#endif
