/* SPDX-License-Identifier: Apache-2.0 */
/* talk.h - words on the console. */
#ifndef TERN_PORT_TEST_TALK_H
#define TERN_PORT_TEST_TALK_H

#include "base/bytes.h"

/* Waits until the port has taken all of it. */
void talk(const char *text);

/* "name value", one line. */
void talk_u32(const char *name, uint32_t value);
void talk_i32(const char *name, int32_t value);
void talk_text(const char *name, const char *value);
void talk_hex(const char *name, const uint8_t *data, size_t len);

#endif
