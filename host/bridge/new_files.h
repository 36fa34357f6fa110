/* SPDX-License-Identifier: Apache-2.0 */
/* new_files.h - files that are made together or not at all, and never over others. */
#ifndef TERN_BRIDGE_NEW_FILES_H
#define TERN_BRIDGE_NEW_FILES_H

#include "base/bytes.h"

#include <sys/types.h>

enum { NEW_FILES = 16, NEW_FILES_PATH = 4096, NEW_FILES_ERROR = 512 };

struct new_files {
	char     path[NEW_FILES][NEW_FILES_PATH];
	bool     folder[NEW_FILES];
	size_t   count;
	char    *error;         /* NEW_FILES_ERROR bytes */
};

/* MODE is the file's whatever the umask; OWNER, GROUP as chown(2): -1 leaves them.  False: the error says why,
 * and what was made is still there for new_files_undo(). */
bool new_files_folder(struct new_files *n, const char *path, mode_t mode, uid_t owner, gid_t group);  /* may be there */
bool new_files_write(struct new_files *n, const char *path, const char *text, mode_t mode, uid_t owner, gid_t group);
void new_files_note(struct new_files *n, const char *path);    /* somebody else makes it: undo removes it too */
void new_files_undo(struct new_files *n);

/* Put TEXT in place of the file that is there, at once, with its mode and owner. */
bool new_files_replace(const char *path, const char *text, char error[NEW_FILES_ERROR]);

#endif
