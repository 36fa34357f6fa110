/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control.h - the control language of the virtual modem: one JSON object a
 * line in, one a line out.
 *
 *   {"cmd":"fault","what":"closed","at":"payload","bytes":100}
 *   {"ok":true,"fault":1}
 *   {"cmd":"fault","what":"closd"}
 *   {"ok":false,"error":"what: \"closd\" is none of closed, dead, ..."}
 *
 * A request is checked whole before anything changes: an unknown key, a value
 * of another kind or outside its range, or a key given twice is one error that
 * names it.  {"cmd":"help"} lists all commands and keys.
 */
#ifndef TERN_VIRTUAL_MODEM_CONTROL_H
#define TERN_VIRTUAL_MODEM_CONTROL_H

#include "virtual_modem/modem.h"

enum { CONTROL_LINE_MAX = 4096 };   /* of a request, without its end of line */

/* Carry out the request LINE.  Returns the answer, without an end of line, to
 * be freed; NULL if there is no memory.  EVENTS becomes what {"cmd":"events"}
 * says, else stays. */
char *control_run(struct modem *m, const char *line, size_t len, uint32_t now_ms, bool *events);

/* {"event":"socket","ms":1234,"text":"0 open: ..."}, to be freed; NULL if there
 * is no memory. */
char *control_event(const char *topic, const char *text, uint32_t now_ms);

#endif
