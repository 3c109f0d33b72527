/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into fother by the system tests: every read at an offset takes
 * SLOW_READ_MS longer, as from a slow disk, so that something takes long
 * enough to be shown.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

/* fother is built for files of any size: its pread is this one. */
__attribute__((visibility("default"))) ssize_t
pread64(int fd, void *buffer, size_t size, off_t offset)
{
	ssize_t (*next)(int, void *, size_t, off_t);
	const char *ms = getenv("SLOW_READ_MS");

	*(void **)&next = dlsym(RTLD_NEXT, "pread64");
	(void)usleep(ms ? (useconds_t)strtoul(ms, NULL, 10) * 1000 : 0);
	return next(fd, buffer, size, offset);
}
