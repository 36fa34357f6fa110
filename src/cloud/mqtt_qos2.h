/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mqtt_qos2.h - publishing with QoS 2 (4.3.3), for those who need it.
 *
 * Linked only where it is used.  A client without it takes PUBREC and PUBCOMP
 * for a violation of the protocol.
 */
#ifndef TERN_CLOUD_MQTT_QOS2_H
#define TERN_CLOUD_MQTT_QOS2_H

#include "cloud/mqtt.h"

/* Call once, after mqtt_init(), while M is closed. */
void mqtt_qos2_attach(struct mqtt *m);

/* As mqtt_publish(), with QoS 2 whatever MSG->qos says.  ACKED comes with
 * PUBCOMP.
 *   ERR_MQTT_QOS  mqtt_qos2_attach() was not called */
MUST_CHECK enum err mqtt_qos2_publish(struct mqtt *m, const struct mqtt_message *msg, uint32_t token, uint32_t now_ms,
				      uint16_t *id);

#endif
