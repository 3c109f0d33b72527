/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "sandbox/worker.h"

#define NAME "fother-worker"

static int
directory_of_executable(char *ret, size_t size, struct error *err)
{
	ssize_t n = readlink("/proc/self/exe", ret, size - 1);

	if (n < 0)
		return error_errno(err, "/proc/self/exe");
	while (n > 0 && ret[n - 1] != '/')
		n--;
	ret[n > 1 ? n - 1 : n] = '\0';
	return 0;
}

int
worker_path_find(char *ret, size_t size, struct error *err)
{
	char beside[PATH_MAX];
	char installed[PATH_MAX + sizeof("/" FOTHER_LIBEXECDIR_FROM_BIN)];
	char path[sizeof(installed) + sizeof("/" NAME)];

	if (directory_of_executable(beside, sizeof(beside), err) < 0)
		return -1;

	/* Of a whole tree that was installed elsewhere, as with DESTDIR. */
	(void)snprintf(installed, sizeof(installed), "%s/%s", beside,
	    FOTHER_LIBEXECDIR_FROM_BIN);

	const char *const directories[] = { beside, installed,
		FOTHER_LIBEXECDIR };
	for (size_t i = 0; i < sizeof(directories) / sizeof(*directories);
	     i++) {
		int n =
		    snprintf(path, sizeof(path), "%s/%s", directories[i], NAME);

		if (access(path, X_OK) < 0)
			continue;
		if (n < 0 || (size_t)n >= size)
			return error_set(
			    err, ERROR_LIMIT, "%s: too long", path);
		memcpy(ret, path, (size_t)n + 1);
		return 0;
	}
	return error_set(err, ERROR_NOT_FOUND, "%s is neither in %s nor in %s",
	    NAME, beside, FOTHER_LIBEXECDIR);
}
