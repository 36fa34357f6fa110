/* SPDX-License-Identifier: Apache-2.0 */
/*
 * noise.h - live noise: sources that are tested while they are used, and the
 * pool in which their samples are condensed.
 *
 * Each source runs the two continuous tests of NIST SP 800-90B, 4.4, on its raw
 * samples: the repetition count (4.4.1) and the adaptive proportion over 512
 * samples (4.4.2).  They find a source that died, not one that was never random:
 * a counter passes for ever.  So each source is assessed far below what is
 * measured on a healthy one (docs/entropy.md), and earns its credit only as a
 * whole, after START-UP (4.3: 1,024 samples, tested and thrown away) and all
 * samples of its row in noise_rules.
 *
 *   ABSENT              1,024 pass
 *            TESTING --------------> PASSING
 *               ^ |                     |
 *   60 s later  | | a test fails, or 512 samples took 10 s
 *               | v                     |
 *            RESTING <------------------+------> DEAD, the third time
 *
 * What fails loses its credit and begins anew: a dip of the supply passes.  A
 * healthy source fails once in 2^30 tests, so three failures between two
 * restarts are no accident: it stays off until the next one.
 */
#ifndef TERN_CRYPTO_NOISE_H
#define TERN_CRYPTO_NOISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order of port.h. */
enum noise_source { NOISE_ADC, NOISE_OSCILLATOR, NOISE_HARDWARE, NOISE_SOURCES };

enum noise_state { NOISE_ABSENT, NOISE_TESTING, NOISE_PASSING, NOISE_RESTING, NOISE_DEAD };

enum {
	NOISE_STARTUP   = 1024,   /* samples */
	NOISE_WINDOW    = 512,    /* of the adaptive proportion test */
	NOISE_POOL      = 32,     /* bytes */
	NOISE_LANES_MAX = 2,
	NOISE_REST_MS   = 60000,
	NOISE_SILENT_MS = 10000,
	NOISE_PACE      = 512,    /* samples that come within that time: a trickle is silence */
	NOISE_POLL_MS   = 10,     /* while a source that gathers by itself is waited for */
	NOISE_FAILURES  = 3       /* then it is DEAD */
};

/* What is believed of a source. */
struct noise_rule {
	const char *name;
	uint8_t  lanes;      /* inputs that are sampled in turn, each tested for itself */
	uint8_t  tenths;     /* assessed min-entropy of a sample, 1/10 bit */
	uint16_t repeats;    /* 4.4.1: so many equal samples in a row fail */
	uint16_t same;       /* 4.4.2: so many in a window that equal its first one fail */
	uint16_t samples;    /* that earn the credit */
	uint16_t credit;     /* bits */
	uint16_t fresh;      /* samples before each handshake */
};
extern const struct noise_rule noise_rules[NOISE_SOURCES];

struct noise_lane {
	uint8_t  last, first;     /* sample before; first one of the window */
	uint16_t repeats, same;
	uint16_t seen;            /* in this window */
};

struct noise_health {
	enum noise_state  state;
	uint16_t          good;       /* samples since it began (anew), as far as they matter */
	uint16_t          fresh;      /* still wanted for noise_refresh() */
	uint32_t          samples;    /* since start */
	uint32_t          failures;   /* since start */
	uint32_t          at_ms;      /* RESTING: until; else since when samples are missing */
	struct noise_lane lanes[NOISE_LANES_MAX];
};

struct noise {
	struct noise_health sources[NOISE_SOURCES];
	uint8_t pool[NOISE_POOL];
};

/* Prepare N.  PRESENT: a bit 1 << source for each one that the board has. */
void noise_init(struct noise *n, unsigned present, uint32_t now_ms);

/* Samples that N wants of SOURCE now; 0: none. */
size_t noise_wanted(const struct noise *n, enum noise_source source);

/* Test LEN raw samples as they were measured, a byte each; of a source with
 * lanes the first belongs to the first input.  Those behind the start-up go into
 * the pool, HMAC-SHA-256(pool, source || samples), and count; or none, if one of
 * them fails.  Of a source that rests they are ignored. */
void noise_feed(struct noise *n, enum noise_source source, const uint8_t *samples, size_t len, uint32_t now_ms);

/* Test likewise, but for other eyes: they neither count nor go into the pool. */
void noise_test(struct noise *n, enum noise_source source, const uint8_t *samples, size_t len, uint32_t now_ms);

/* Notice silence and the end of a rest.  Call at the latest when noise_deadline()
 * is reached; false: nothing is due. */
void noise_step(struct noise *n, uint32_t now_ms);
bool noise_deadline(const struct noise *n, uint32_t now_ms, uint32_t *at_ms);

/* Ask passing sources for fresh samples; true once they have come. */
void noise_refresh(struct noise *n, uint32_t now_ms);
bool noise_refreshed(const struct noise *n);

/* Bits that a source, or all together, have earned: passing sources only. */
unsigned noise_credit(const struct noise *n, enum noise_source source);
unsigned noise_bits(const struct noise *n);

/* Bits that all may have once those that are being tested are through. */
unsigned noise_hope(const struct noise *n);

#endif
