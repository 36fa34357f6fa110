/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink_topic.h - the topic under which a message goes to a broker:
 *
 *   tern/PROJECT/LOCATION/REGISTRY/DEVICE/events[/SUBFOLDER]     tern/…/state
 *
 * Each name is one level, a subfolder as many as it has.  '%', '+', '#', in a
 * name also '/', and every byte outside of printable ASCII become %XX, so that
 * two names never share a topic, no name is a wildcard, and no broker finds
 * anything to object to.  Brokers bound the number of levels, too: from a
 * subfolder's 16th on its slashes are %2F.
 */
#ifndef TERN_BRIDGE_SINK_TOPIC_H
#define TERN_BRIDGE_SINK_TOPIC_H

#include "bridge/sink.h"

#include <stddef.h>

enum { SINK_TOPIC = 65536, SINK_TOPIC_LEVELS = 16 };

/* Write M's topic with its terminator; false: longer than a topic may be (1.5.4: 65,535 bytes). */
bool sink_topic_write(char topic[SINK_TOPIC], const struct sink_message *m);

/* TEXT may be the value of a user property: UTF-8 without control characters and non-characters. */
bool sink_topic_is_clean(struct bytes text);

/* TEXT encoded like a subfolder; false: it does not fit. */
bool sink_topic_encode(char *out, size_t size, struct bytes text);

#endif
