/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evidence.h - what the layers saw, for the diagnosis: facts, no judgements.
 *
 * One struct a device.  Each layer writes its own lines while it works, in the
 * good case too; src/diagnosis reads.  A field that nobody wrote says so: text
 * NULL, answers UNKNOWN, and the value that its kind has for "not known" below.
 * Text is borrowed: it stays valid and unchanged until the verdict is said.
 * Secrets (PIN, private key, token, passwords) have no field, and none may be
 * put into another one.
 *
 * The name of a field is the name of its fact, in what devices print and in
 * what `tern explain` reads.  Append, never rename.
 */
#ifndef TERN_BASE_EVIDENCE_H
#define TERN_BASE_EVIDENCE_H

#include "base/bytes.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a field is kept, printed and read; in brackets what "not known" is. */
enum evidence_kind {
	EVIDENCE_TEXT,       /* const char *, borrowed [NULL or ""] */
	EVIDENCE_NUMBER,     /* unsigned [0] */
	EVIDENCE_HEX,        /* unsigned [0] */
	EVIDENCE_OPTION,     /* uint8_t of which 0 is a value [255] */
	EVIDENCE_LEVEL,      /* int16_t [INT16_MIN] */
	EVIDENCE_SPAN,       /* int32_t, seconds, negative: past [INT32_MIN] */
	EVIDENCE_LIBRARY,    /* int32_t: mbedTLS's codes [0] */
	EVIDENCE_SECONDS,    /* uint32_t, a duration [0] */
	EVIDENCE_MS,         /* uint32_t, a duration [0] */
	EVIDENCE_TIME,       /* int64_t, seconds since 1970 [0] */
	EVIDENCE_ERR,        /* uint16_t: enum err [ERR_OK] */
	EVIDENCE_WORDS,      /* from here on uint8_t: an enum of those below [0] */
	EVIDENCE_ANSWERS = EVIDENCE_WORDS, EVIDENCE_SUBJECTS, EVIDENCE_STEPS, EVIDENCE_SIMS, EVIDENCE_REGS,
	EVIDENCE_CLOCKS, EVIDENCE_RESETS, EVIDENCE_PINS, EVIDENCE_VOICES, EVIDENCE_KINDS
};

#define EVIDENCE_NO_OPTION 255
#define EVIDENCE_NO_LEVEL  INT16_MIN
#define EVIDENCE_NO_SPAN   INT32_MIN

/* The answer to a question that was perhaps never asked. */
enum evidence_answer { EVIDENCE_UNKNOWN, EVIDENCE_NO, EVIDENCE_YES };

/* What is asked about. */
enum evidence_subject {
	EVIDENCE_CONNECTION,     /* why is there none (any more)? */
	EVIDENCE_START,          /* why did the device restart? */
	EVIDENCE_NOTICE          /* nothing failed, but somebody should know */
};

/* The furthest step that was reached, each including those before it. */
enum evidence_step {
	EVIDENCE_AT_NONE,
	EVIDENCE_AT_MODEM,       /* the modem is spoken to: it may be starting */
	EVIDENCE_AT_SIM,         /* it answers */
	EVIDENCE_AT_SEARCH,      /* the SIM is ready, a network is looked for */
	EVIDENCE_AT_DATA,        /* registered, the data connection (PDP context) is asked for */
	EVIDENCE_AT_CLOCK,       /* it is active, the time is asked for */
	EVIDENCE_AT_OPEN,        /* name and TCP connection are under way */
	EVIDENCE_AT_TLS,         /* TCP is up, the handshake is under way */
	EVIDENCE_AT_LOGIN,       /* TLS is up, MQTT CONNECT is under way */
	EVIDENCE_AT_ONLINE       /* the login was accepted */
};

/* In the order of enum cellular_sim, cellular_registration and clock_source. */
enum evidence_sim {
	EVIDENCE_SIM_UNKNOWN, EVIDENCE_SIM_READY, EVIDENCE_SIM_PIN, EVIDENCE_SIM_PUK, EVIDENCE_SIM_MISSING,
	EVIDENCE_SIM_BUSY, EVIDENCE_SIM_FAILED
};
enum evidence_reg {
	EVIDENCE_REG_UNKNOWN, EVIDENCE_REG_IDLE, EVIDENCE_REG_SEARCHING, EVIDENCE_REG_DENIED, EVIDENCE_REG_HOME,
	EVIDENCE_REG_ROAMING
};
enum evidence_clock { EVIDENCE_CLOCK_UNSET, EVIDENCE_CLOCK_KEPT, EVIDENCE_CLOCK_NTP, EVIDENCE_CLOCK_NETWORK };

enum evidence_reset {
	EVIDENCE_RESET_UNKNOWN, EVIDENCE_RESET_POWER_ON, EVIDENCE_RESET_PIN, EVIDENCE_RESET_SOFTWARE,
	EVIDENCE_RESET_WATCHDOG, EVIDENCE_RESET_BROWN_OUT, EVIDENCE_RESET_FAULT, EVIDENCE_RESET_STACK,
	EVIDENCE_RESET_LOW_POWER, EVIDENCE_RESET_OPTION_BYTES
};

enum evidence_pin { EVIDENCE_PIN_UNKNOWN, EVIDENCE_PIN_OFF, EVIDENCE_PIN_ON };   /* the modem's STATUS */

/* What the other end's first bytes are: evidence_voice(). */
enum evidence_voice {
	EVIDENCE_VOICE_NONE, EVIDENCE_VOICE_TLS, EVIDENCE_VOICE_HTTP, EVIDENCE_VOICE_MQTT, EVIDENCE_VOICE_TEXT,
	EVIDENCE_VOICE_BINARY
};

/* Of a value that is refused: evidence_value(). */
enum evidence_shape {
	EVIDENCE_CAPITALS = 1,   /* capitals or blanks: a name, not an id */
	EVIDENCE_SLASHES  = 2,   /* a path */
	EVIDENCE_DIGITS   = 4    /* nothing but digits: a number */
};

/* ---- Fields that outlive a try:  type, name, kind -------------------------- */

#define EVIDENCE_KEPT(X) \
	/* settings */ \
	X(const char *, host,            TEXT)      /* as configured */ \
	X(uint16_t,     port,            NUMBER) \
	X(const char *, apn,             TEXT) \
	X(const char *, project,         TEXT) \
	X(const char *, registry,        TEXT) \
	X(const char *, device,          TEXT) \
	X(uint8_t,      pin_set,         ANSWERS)   /* is a PIN configured? */ \
	/* the start */ \
	X(uint8_t,      reset,           RESETS)    /* why the board began anew */ \
	X(uint8_t,      resets,          NUMBER)    /* in a row, before a network was found: retained.h */ \
	X(uint8_t,      last_step,       STEPS)     /* of the run before */ \
	X(uint32_t,     last_s,          SECONDS)   /* that it had spent in that step */ \
	X(const char *, last_line,       TEXT)      /* of the modem, before it ended */ \
	/* serial line and modem */ \
	X(uint32_t,     modem_bytes,     NUMBER)    /* received from it since start */ \
	X(uint16_t,     modem_noise,     NUMBER)    /* framing errors on that line */ \
	X(uint16_t,     modem_lost,      NUMBER)    /* bytes lost on it: overruns and a full ring */ \
	X(uint8_t,      modem_pin,       PINS)      /* what STATUS says */ \
	X(uint32_t,     modem_up_s,      SECONDS)   /* since it was last known to (re)start */ \
	X(uint16_t,     modem_reboots,   NUMBER)    /* restarts that nobody asked for */ \
	X(uint16_t,     modem_resets,    NUMBER)    /* restarts that were asked for */ \
	X(const char *, model,           TEXT) \
	X(const char *, revision,        TEXT) \
	/* SIM and radio */ \
	X(uint8_t,      sim,             SIMS) \
	X(uint8_t,      pin_tries,       OPTION)    /* that the SIM still allows */ \
	X(const char *, iccid,           TEXT) \
	X(const char *, iccid_before,    TEXT)      /* of the SIM that was there at the last login */ \
	X(uint8_t,      reg,             REGS) \
	X(uint8_t,      reject,          NUMBER)    /* EMM or GMM cause of the last denial */ \
	X(uint8_t,      act,             OPTION)    /* access technology, 27.007 7.3 */ \
	X(int16_t,      rssi_dbm,        LEVEL) \
	X(int16_t,      rsrp_dbm,        LEVEL) \
	X(uint8_t,      cfun,            OPTION)    /* 1: radio on */ \
	X(uint32_t,     search_s,        SECONDS)   /* of looking for a network, so far */ \
	X(const char *, network,         TEXT)      /* the operator's name */ \
	/* data connection */ \
	X(uint8_t,      context,         ANSWERS)   /* is it active now? */ \
	X(uint16_t,     context_losses,  NUMBER)    /* taken away, today */ \
	X(uint32_t,     context_s,       SECONDS)   /* that the last one lived */ \
	/* clock */ \
	X(uint8_t,      clock,           CLOCKS)    /* its source */ \
	X(uint32_t,     clock_age_s,     SECONDS)   /* since it was set */ \
	X(uint8_t,      clock_agrees,    ANSWERS)   /* does a second source, within 300 s? */ \
	X(int32_t,      clock_jump_s,    SPAN)      /* of the last correction */ \
	X(int64_t,      now,             TIME) \
	X(int64_t,      build,           TIME)      /* the clock's floor */ \
	/* keys and chance */ \
	X(uint8_t,      ids_ok,          ANSWERS)   /* all four ids are of their form */ \
	X(uint8_t,      token_ok,        ANSWERS)   /* the last token verifies with the own public half */ \
	X(uint8_t,      seed,            ANSWERS)   /* the generator has one */ \
	X(uint16_t,     noise_bits,      NUMBER)    /* that live noise has earned */ \
	X(const char *, key,             TEXT)      /* fingerprint of the own public half: "SHA256:3f1c..." */ \
	/* last good values, stored */ \
	X(const char *, good_issuer,     TEXT)      /* of the server's chain, topmost */ \
	X(int64_t,      good_issuer_at,  TIME) \
	X(int64_t,      good_login_at,   TIME)      /* with this very key and these ids; 0: never */ \
	/* the longer run */ \
	X(uint16_t,     tries,           NUMBER)    /* failed in a row, alike */ \
	X(uint32_t,     day_bytes,       NUMBER)    /* through the socket, today */ \
	X(uint32_t,     offline_s,       SECONDS) \
	X(uint32_t,     queued,          NUMBER)    /* messages kept */ \
	X(uint32_t,     dropped,         NUMBER)    /* messages that found no room in the queue, while offline */ \
	X(uint8_t,      kicks,           NUMBER)    /* sessions in a row that began well and lasted < 60 s */ \
	X(uint8_t,      topic_closes,    NUMBER)    /* ends in a row within 2 s of a publish to TOPIC */ \
	X(const char *, topic,           TEXT)      /* of the last publish */ \
	X(uint8_t,      state_works,     ANSWERS)   /* are messages to the state topic acknowledged? */ \
	X(uint16_t,     keepalive_s,     NUMBER) \
	X(int64_t,      told,            TIME)      /* by network or time server, and refused: it cannot be */ \
	X(uint16_t,     erases_day,      NUMBER)    /* of each page of the settings, lately */

/* ---- Fields of one try, which evidence_begin() forgets ---------------------- */

#define EVIDENCE_TRY(X) \
	X(uint8_t,      subject,         SUBJECTS) \
	X(uint8_t,      step,            STEPS) \
	X(uint16_t,     err,             ERR)       /* the first one */ \
	X(uint16_t,     echoes,          NUMBER)    /* that followed from it */ \
	X(uint32_t,     after_ms,        MS)        /* from the step's begin, or the last sent, to the end */ \
	X(uint32_t,     up_s,            SECONDS)   /* that the session lasted */ \
	/* modem's answers */ \
	X(uint16_t,     timeouts,        NUMBER)    /* commands without an answer, in a row */ \
	X(const char *, failed,          TEXT)      /* the last command that failed; no secrets */ \
	X(uint16_t,     cme,             NUMBER)    /* +CME ERROR: n (27.007, 9.2) */ \
	X(uint16_t,     code,            NUMBER)    /* AT+QIGETERROR, +QIOPEN: 550 to 574 */ \
	X(uint8_t,      esm,             NUMBER)    /* cause of a refused data connection (24.301, 9.9.4.4) */ \
	X(uint8_t,      socket,          OPTION)    /* AT+QISTATE: 2 connected, 4 closing, 9 not listed */ \
	X(uint32_t,     unacked,         NUMBER)    /* bytes sent that the peer has not acknowledged */ \
	X(uint32_t,     bytes_in,        NUMBER)    /* from the server, on this connection */ \
	X(uint32_t,     bytes_out,       NUMBER) \
	/* what else was tried */ \
	X(uint8_t,      other_name,      ANSWERS)   /* does another name resolve? */ \
	X(uint8_t,      other_port,      ANSWERS)   /* does another port of the host open? */ \
	X(uint8_t,      other_host,      ANSWERS)   /* does another host, by its address, answer? */ \
	/* TLS */ \
	X(int32_t,      mbedtls,         LIBRARY) \
	X(uint32_t,     flags,           HEX)       /* MBEDTLS_X509_BADCERT_..., of all depths */ \
	X(uint8_t,      state,           OPTION)    /* enum mbedtls_ssl_states */ \
	X(uint8_t,      alert_in,        OPTION) \
	X(uint8_t,      alert_out,       OPTION) \
	X(uint8_t,      depth,           OPTION)    /* of the certificate that decides; 0: the server's */ \
	X(uint8_t,      chain,           NUMBER)    /* certificates that were looked at */ \
	X(const char *, subject_name,    TEXT)      /* of the certificate that decides */ \
	X(const char *, issuer,          TEXT) \
	X(const char *, names,           TEXT)      /* that the server's certificate is for */ \
	X(int64_t,      not_before,      TIME) \
	X(int64_t,      not_after,       TIME) \
	X(int64_t,      newest,          TIME)      /* latest not_before of the chain */ \
	X(uint8_t,      roots,           NUMBER)    /* stored ones that were looked at */ \
	X(uint8_t,      roots_bad,       NUMBER)    /* of them unreadable */ \
	X(uint8_t,      roots_named,     NUMBER)    /* of them with the name of an issuer on the way up */ \
	X(const char *, root,            TEXT)      /* name of a stored one: the first */ \
	X(uint8_t,      issuer_elsewhere, ANSWERS)  /* does another host show the same issuer? */ \
	X(uint8_t,      cert_asked,      ANSWERS)   /* did the server want a certificate of ours? */ \
	X(uint8_t,      voice,           VOICES) \
	X(const char *, first,           TEXT)      /* the other end's first bytes, if they are text */ \
	X(uint32_t,     arena_free,      NUMBER)    /* bytes, in all */ \
	X(uint32_t,     arena_largest,   NUMBER)    /* bytes, in one block */ \
	X(uint32_t,     arena_asked,     NUMBER)    /* bytes that were refused */ \
	/* login */ \
	X(uint8_t,      connack,         OPTION) \
	X(int32_t,      token_left_s,    SPAN)      /* of its life, at the end of the session */ \
	/* a value that will not do */ \
	X(const char *, setting,         TEXT)      /* its name */ \
	X(const char *, value,           TEXT)      /* as it was given; never a secret */ \
	X(uint8_t,      shape,           HEX)       /* enum evidence_shape */ \
	X(const char *, found,           TEXT)      /* what stands where a key belongs: "EC secp256k1" */ \
	X(uint32_t,     line,            NUMBER)    /* of the pasted text */ \
	X(uint32_t,     need,            NUMBER)    /* bytes, seconds: as the error says */ \
	X(uint32_t,     have,            NUMBER) \
	X(uint8_t,      sent,            NUMBER)    /* certificates, by the server */ \
	X(uint8_t,      issuer_sent,     ANSWERS)   /* one with the issuer's name, that must not sign it? */

/* ---------------------------------------------------------------------------- */

struct evidence {
#define EVIDENCE_MEMBER(type, name, kind) type name;
	EVIDENCE_KEPT(EVIDENCE_MEMBER)
	EVIDENCE_TRY(EVIDENCE_MEMBER)
#undef EVIDENCE_MEMBER
};

_Static_assert(sizeof(struct evidence) <= 600, "small: under 400 bytes on a 32-bit chip");

/* The fields by number: EVIDENCE_host, ... */
enum evidence_id {
#define EVIDENCE_ID(type, name, kind) EVIDENCE_##name,
	EVIDENCE_KEPT(EVIDENCE_ID)
	EVIDENCE_TRY(EVIDENCE_ID)
#undef EVIDENCE_ID
	EVIDENCE_FIELDS
};

/* ---- For the layers -------------------------------------------------------- */

/* Nothing is known. */
void evidence_init(struct evidence *e);

/* A new try: forget what is of one try only. */
void evidence_begin(struct evidence *e);

/* STEP was reached. */
static inline void evidence_reach(struct evidence *e, enum evidence_step step)
{
	if (e->step < step)
		e->step = (uint8_t)step;
}

/* WHAT happened: the first one of a try stays, others are its echoes. */
void evidence_fail(struct evidence *e, enum err what);

/* VALUE, which is not secret, will not do for SETTING. */
void evidence_value(struct evidence *e, const char *setting, const char *value);

/* What begins with these bytes is no TLS: what is it? */
enum evidence_voice evidence_voice(const uint8_t *first, size_t len);

/* ---- For the diagnosis ----------------------------------------------------- */

enum evidence_kind evidence_kind(enum evidence_id id);

/* Is it known, that is, other than evidence_init() left it? */
bool evidence_known(const struct evidence *e, enum evidence_id id);

/* The value of a field; of text 1 where there is any. */
int64_t evidence_number(const struct evidence *e, enum evidence_id id);

/* NULL only where the text is not known. */
const char *evidence_text(const struct evidence *e, enum evidence_id id);

/* The other way, for `tern explain`: cut to the field's range. */
void evidence_set_number(struct evidence *e, enum evidence_id id, int64_t value);
void evidence_set_text(struct evidence *e, enum evidence_id id, const char *text);

/* The field called NAME; false if there is none. */
bool evidence_find(struct bytes name, enum evidence_id *id);

/* Append the name of a field, and the word for VALUE of a kind that has words. */
void evidence_add_name(struct text *t, enum evidence_id id);
void evidence_add_word(struct text *t, enum evidence_kind kind, unsigned value);

#endif
