/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

bool notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t n = path != NULL ? strlen(path) : 0, len = strlen(state);
	int fd;
	bool ok;

	if (n == 0)
		return true;
	if ((path[0] != '/' && path[0] != '@') || n >= sizeof to.sun_path)
		return false;
	memcpy(to.sun_path, path, n);
	if (path[0] == '@')    /* the abstract name space: a zero first, and no zero at the end */
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	ok = sendto(fd, state, len, MSG_NOSIGNAL, (struct sockaddr *)&to,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) == (ssize_t)len;
	close(fd);
	return ok;
}
