/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink_broker.h - for tests of the mqtt sink: the real mosquitto, a subscriber
 * that remembers, and a proxy that writes down what the broker acknowledged.
 * Messages are those of rig_deliver(): the payload is the number.
 */
#ifndef TERN_TESTS_SINK_BROKER_H
#define TERN_TESTS_SINK_BROKER_H

#include "unit/bridge/sink_rig.h"

#include <stdatomic.h>
#include <sys/types.h>

enum { BROKER_NUMBERS = 1 << 20, BROKER_DEVICES = 50 };

struct broker { pid_t pid; uint16_t port; char folder[RIG_PATH]; };

uint16_t broker_free_port(void);
/* LINES are added to its configuration ("%s" in it: the folder); it listens when this returns. */
void broker_start(struct broker *b, const char *lines);
void broker_configure(const struct broker *b, const char *lines);   /* while it is stopped */
void broker_restart(struct broker *b);               /* with the same configuration; stopped before */
void broker_stop(struct broker *b, int signal);      /* and waits for its end */
void broker_remove(struct broker *b);

/* A persistent session that subscribes to tern/# with QoS 1 and connects again whenever it must. */
struct subscriber {
	struct mosquitto *mosq;
	atomic_bool up;
	atomic_ulong count;              /* messages, those that came twice too */
	atomic_uchar seen[BROKER_NUMBERS];
	atomic_bool disorder;            /* a device's first arrivals were not in order */
	uint64_t newest[BROKER_DEVICES];
	char topic[512], properties[1024];   /* of the last message: "name=value;" of each user property, in order */
};
void subscriber_start(struct subscriber *s, uint16_t port);
void subscriber_stop(struct subscriber *s);

/* One direction of the proxy: what came and is not yet a whole packet. */
enum { PROXY_STREAM = 1 << 20 };
struct proxy_stream { uint8_t data[PROXY_STREAM]; size_t len; };

struct proxy {
	uint16_t port, to;               /* listens there, connects to that */
	int      listener;
	atomic_bool stopping;
	atomic_ulong hang_up_at;         /* the connection ends when this number is published; 0: never */
	atomic_bool mute;                /* what the broker says does not arrive, and is not written down */
	atomic_ulong connections;
	atomic_uchar acknowledged[BROKER_NUMBERS];
	uint32_t number_of[65536];       /* by packet id, of this connection */
	struct proxy_stream streams[2];  /* from the sink, from the broker */
	unsigned long thread;
};
void proxy_start(struct proxy *p, uint16_t to);
void proxy_stop(struct proxy *p);

#endif
