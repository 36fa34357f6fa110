/* SPDX-License-Identifier: Apache-2.0 */
/* mqtt_core.h - what mqtt.c shares with mqtt_qos2.c, and nobody else. */
#ifndef TERN_CLOUD_MQTT_CORE_H
#define TERN_CLOUD_MQTT_CORE_H

#include "cloud/mqtt.h"

/*
 * slot.kind is the type of the packet that ends the wait: PUBACK, PUBREC,
 * PUBCOMP, SUBACK, UNSUBACK for own packets, PUBREL for a QoS 2 message that
 * came in.  Before PUBREC is sent the latter waits for the owner: PUBLISH.
 * 0: free, and then id is 0 too.  slot.token of a SUBSCRIBE is the number of
 * its filters.
 */
enum { MQTT_CORE_FREE = 0, MQTT_CORE_OWNER = MQTT_PUBLISH };

/* The slot of ID whose kind is in KINDS (bit 1 << kind), or NULL. */
struct mqtt_slot *mqtt_core_find(const struct mqtt *m, unsigned kinds, uint16_t id);

/* Let SLOT wait for a packet of TYPE from now on. */
void mqtt_core_wait(struct mqtt *m, struct mqtt_slot *slot, enum mqtt_packet_type type);

/* The packet just received is the last answer to one of our own: free its slot
 * and tell the owner. */
enum err mqtt_core_end(struct mqtt *m);

/* Queue a packet of mqtt_packet_write_short(); ERR_FULL: no room in tx now. */
enum err mqtt_core_short(struct mqtt *m, enum mqtt_packet_type type, uint16_t id);

/* As mqtt_publish(), of any QoS; above 0 it waits for a packet of type ANSWER. */
enum err mqtt_core_publish(struct mqtt *m, const struct mqtt_message *msg, enum mqtt_packet_type answer, uint32_t token,
			   uint32_t now_ms, uint16_t *id);

#endif
