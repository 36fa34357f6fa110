/* SPDX-License-Identifier: Apache-2.0 */
#include "cortex_m/note.h"

#include <stdint.h>

/* Valid when the second word is the complement of the first: after power-on
 * RAM holds anything. */
static struct { uint32_t note, check; } kept __attribute__((section(".noinit")));
static uint64_t bytes[NOTE_BYTES / sizeof(uint64_t)] __attribute__((section(".noinit")));

void note_write(enum note note)
{
	kept.note = note;
	kept.check = ~(uint32_t)note;
}

enum note note_take(void)
{
	enum note note = kept.check == ~kept.note && kept.note <= NOTE_STUCK ? (enum note)kept.note : NOTE_NONE;

	note_write(NOTE_RUNNING);
	return note;
}

void *note_bytes(size_t size)
{
	return size <= sizeof bytes ? bytes : NULL;
}
