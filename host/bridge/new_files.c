/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/new_files.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool failed(char *error, const char *path, const char *what)
{
	snprintf(error, NEW_FILES_ERROR, "%.400s: %s", path, what);
	return false;
}

static bool note(struct new_files *n, const char *path, bool folder)
{
	if (n->count == NEW_FILES || strlen(path) >= NEW_FILES_PATH)
		return failed(n->error, path, "its name is too long");
	strcpy(n->path[n->count], path);
	n->folder[n->count++] = folder;
	return true;
}

void new_files_note(struct new_files *n, const char *path)
{
	(void)note(n, path, false);
}

/* All of TEXT, on the disk. */
static bool write_all(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		text += n;
		len -= (size_t)n;
	}
	return fsync(fd) == 0;
}

bool new_files_folder(struct new_files *n, const char *path, mode_t mode, uid_t owner, gid_t group)
{
	struct stat st;

	if (mkdir(path, mode) == 0)
		return note(n, path, true) && ((chmod(path, mode) == 0 && chown(path, owner, group) == 0) ||
					       failed(n->error, path, strerror(errno)));
	if (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return true;
	return failed(n->error, path, errno == EEXIST ? "it is there, and no folder" : strerror(errno));
}

bool new_files_write(struct new_files *n, const char *path, const char *text, mode_t mode, uid_t owner, gid_t group)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
	bool ok;

	if (fd < 0)
		return failed(n->error, path, errno == EEXIST ? "it is there already, and is not overwritten" :
			      strerror(errno));
	if (!note(n, path, false)) {
		close(fd);
		return false;
	}
	ok = write_all(fd, text) && fchown(fd, owner, group) == 0 && fchmod(fd, mode) == 0;
	if (!ok)
		failed(n->error, path, strerror(errno));
	return close(fd) == 0 && ok;
}

void new_files_undo(struct new_files *n)
{
	while (n->count > 0) {
		n->count--;
		if (n->folder[n->count])
			(void)rmdir(n->path[n->count]);    /* stays if somebody put something in */
		else
			(void)unlink(n->path[n->count]);
	}
}

/* The new name is on the disk, too. */
static bool sync_folder(const char *path)
{
	char copy[NEW_FILES_PATH];
	int fd;
	bool ok;

	snprintf(copy, sizeof copy, "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ok = fsync(fd) == 0;
	close(fd);
	return ok;
}

bool new_files_replace(const char *path, const char *text, char error[NEW_FILES_ERROR])
{
	struct new_files n = { .error = error };
	char temporary[NEW_FILES_PATH];
	struct stat st;

	if (stat(path, &st) != 0)
		return failed(error, path, strerror(errno));
	if (snprintf(temporary, sizeof temporary, "%s.new", path) >= (int)sizeof temporary)
		return failed(error, path, "its name is too long");
	(void)unlink(temporary);
	if (new_files_write(&n, temporary, text, st.st_mode & 07777, st.st_uid, st.st_gid) &&
	    ((rename(temporary, path) == 0 && sync_folder(path)) || failed(error, path, strerror(errno))))
		return true;
	new_files_undo(&n);
	return false;
}
