/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink_mqtt.h - the sink for any MQTT 5 broker, by libmosquitto.
 *
 * Each message is published with QoS 1 to tern/PROJECT/LOCATION/REGISTRY/DEVICE/events[/SUBFOLDER] or …/state
 * (sink_topic.h has the encoding) with the contract's attributes as user properties.  Confirmed is what the broker
 * acknowledged with a reason below 0x80; what that is worth is the broker's business.
 *
 * A device's messages arrive in order: one of each device is under way at a time, those of different devices side by
 * side up to the broker's receive maximum.  A refusal (reason 0x80 and above) holds up only its own device.  When a
 * connection is lost, what was under way is published again, by us, in order: the MQTT session is always a clean one.
 * A message at which the broker twice hung up is tried alone, so that it cannot hold up the others.
 */
#ifndef TERN_BRIDGE_SINK_MQTT_H
#define TERN_BRIDGE_SINK_MQTT_H

#include "bridge/sink.h"

struct sink_mqtt_config {
	const char *host;
	uint16_t    port;
	const char *ca_file;         /* NULL: no TLS; else chain and host name are verified, always */
	const char *cert_file, *key_file;          /* NULL: none; both or neither */
	const char *user, *password;               /* NULL: none */
	const char *client_id;       /* NULL: 'tern-bridge-' and a random number */
	uint64_t    hold_bytes;      /* what may wait for the broker: then deliver() says full; 0: 64 MB */
	uint32_t    retry_ms;        /* first pause after a lost connection or a refusal, doubled up to 60 s; 0: 500 */
};

/* Everything of CFG is copied.  A broker that is away is no error.  NULL: ERROR is one sentence. */
struct sink *sink_mqtt_open(const struct sink_mqtt_config *cfg, char error[SINK_ERROR]);

#endif
