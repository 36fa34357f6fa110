/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/mqtt_qos2.h"

#include "cloud/mqtt_core.h"

/* 4.3.3: PUBLISH -> PUBREC -> PUBREL -> PUBCOMP.  A PUBREC for a message that
 * is not known any more is answered all the same: its sender waits for it. */
static enum err on_answer(struct mqtt *m)
{
	struct mqtt_slot *slot = mqtt_core_find(m, 1u << MQTT_PUBREC, m->in.id);

	if (mqtt_packet_type(&m->in) == MQTT_PUBCOMP)
		return mqtt_core_end(m);
	if (slot != NULL)
		mqtt_core_wait(m, slot, MQTT_PUBCOMP);
	return mqtt_core_short(m, MQTT_PUBREL, m->in.id);
}

void mqtt_qos2_attach(struct mqtt *m)
{
	m->qos2 = on_answer;
}

enum err mqtt_qos2_publish(struct mqtt *m, const struct mqtt_message *msg, uint32_t token, uint32_t now_ms,
			   uint16_t *id)
{
	struct mqtt_message twice = *msg;

	if (m->qos2 == NULL)
		return ERR_MQTT_QOS;
	twice.qos = 2;
	return mqtt_core_publish(m, &twice, MQTT_PUBREC, token, now_ms, id);
}
