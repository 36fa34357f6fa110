/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/sink_mqtt.h"

#include <stdio.h>

struct sink *sink_mqtt_open(const struct sink_mqtt_config *cfg, char error[SINK_ERROR])
{
	(void)cfg;
	snprintf(error, SINK_ERROR, "the mqtt sink is not written yet");
	return NULL;
}
