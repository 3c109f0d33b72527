/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into fother by the system tests: the process is killed just
 * before its KILL_AT_SYNCth sync to disk, so that a test can walk through
 * every step of the journal without a hook in the product.
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static void
count_sync(void)
{
	static long left = -1;

	if (left < 0) {
		const char *at = getenv("KILL_AT_SYNC");

		left = at ? strtol(at, NULL, 10) : 0;
	}
	if (left > 0 && --left == 0)
		(void)kill(getpid(), SIGKILL);
}

static int
sync_as(const char *name, int fd)
{
	int (*next)(int);

	*(void **)&next = dlsym(RTLD_NEXT, name);
	count_sync();
	return next(fd);
}

__attribute__((visibility("default"))) int
fsync(int fd)
{
	return sync_as("fsync", fd);
}

__attribute__((visibility("default"))) int
fdatasync(int fd)
{
	return sync_as("fdatasync", fd);
}
