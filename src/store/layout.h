/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layout.h - how the flash area of a board is shared out.
 *
 *   page 0 to 1     the random seed (seed.h), two slots
 *   page 2 to 17    the settings (settings.h), areas A and B of eight pages
 *   page 18 to 21   the history (history.h), areas A and B of two pages; a board
 *                   with fewer pages has none
 *   page 22 to end  kept free for the log to come
 *
 * Numbers are pages of 2 KB counted from the start of port_flash().  They are
 * part of the format: a device in the field keeps what it has stored across an
 * update only while they stay.
 */
#ifndef TERN_STORE_LAYOUT_H
#define TERN_STORE_LAYOUT_H

enum {
	LAYOUT_PAGE_SIZE      = 2048,   /* bytes */
	LAYOUT_SEED_PAGE      = 0,
	LAYOUT_SEED_PAGES     = 2,
	LAYOUT_SETTINGS_PAGE  = 2,
	LAYOUT_SETTINGS_PAGES = 16,     /* both areas */
	LAYOUT_HISTORY_PAGE   = 18,
	LAYOUT_HISTORY_PAGES  = 4,
	LAYOUT_LOG_PAGE       = 22,
	LAYOUT_PAGES_MIN      = 18      /* a board offers at least these */
};

_Static_assert((int)LAYOUT_SEED_PAGE + (int)LAYOUT_SEED_PAGES <= (int)LAYOUT_SETTINGS_PAGE,
	       "the seed ends before the settings begin");
_Static_assert((int)LAYOUT_SETTINGS_PAGE + (int)LAYOUT_SETTINGS_PAGES <= (int)LAYOUT_HISTORY_PAGE,
	       "the settings end before the history begins");
_Static_assert(LAYOUT_SETTINGS_PAGES % 2 == 0, "two areas of one size");

#endif
