/* SPDX-License-Identifier: Apache-2.0 */
/* quectel_evidence.h - what the modem's driver saw, for the diagnosis. */
#ifndef TERN_MODEM_QUECTEL_EVIDENCE_H
#define TERN_MODEM_QUECTEL_EVIDENCE_H

#include "base/evidence.h"
#include "modem/quectel.h"

/* Write the modem's, the SIM's, the radio's, the data connection's and the
 * socket's lines of E.  Texts stay Q's. */
void quectel_evidence(const struct quectel *q, struct evidence *e, uint32_t now_ms);

/* A new try begins: codes and failed commands of the one before are no longer told. */
void quectel_evidence_begin(struct quectel *q);

#endif
