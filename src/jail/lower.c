/* SPDX-License-Identifier: Apache-2.0 */
#include "jail/lower.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "jail/child.h"

static int
refused(const char *what, struct error *err)
{
	/* EPERM: it is idmapped already, or the file system's own rule. */
	if (errno == EINVAL || errno == ENOSYS || errno == EPERM ||
	    errno == EOPNOTSUPP)
		return error_set(err, ERROR_UNSUPPORTED,
		    "layers of an engine that cannot be shifted to other "
		    "owners: %s",
		    what);
	return error_errno(err, "%s", what);
}

/* A copy of the mount that a directory is on, from there down. */
static int
take(int directory_fd, int user_ns_fd, struct error *err)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
		    MOUNT_ATTR_NODEV | MOUNT_ATTR_IDMAP,
		.propagation = MS_PRIVATE,
		.userns_fd = (unsigned int)user_ns_fd,
	};
	CLEANUP(fd_close)
	int mount_fd = (int)syscall(SYS_open_tree, directory_fd, "",
	    AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (mount_fd < 0)
		return refused("open_tree", err);
	if (syscall(SYS_mount_setattr, mount_fd, "", AT_EMPTY_PATH, &attr,
		sizeof(attr)) < 0)
		return refused("mount_setattr", err);
	/* In its place, so that there is no list of them to keep. */
	if (dup3(mount_fd, directory_fd, O_CLOEXEC) < 0)
		return error_errno(err, "dup3");
	return 0;
}

int
lower_take(int first_fd, size_t n, struct error *err)
{
	CLEANUP(fd_close) int user_ns_fd = -1;

	if (n == 0)
		return 0;
	if (child_user_namespace(&user_ns_fd, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (take(first_fd + (int)i, user_ns_fd, err) < 0)
			return -1;
	return 0;
}

int
lower_put(int first_fd, size_t n, struct error *err)
{
	char path[LOWER_PATH_SIZE];

	if (n > 0 && mkdir("layers", 0755) < 0)
		return error_errno(err, "layers");
	for (size_t i = 0; i < n; i++) {
		CLEANUP(fd_close) int mount_fd = first_fd + (int)i;

		(void)snprintf(path, sizeof(path), LOWER_PATH, i + 1);
		if (mkdir(path, 0755) < 0 ||
		    syscall(SYS_move_mount, mount_fd, "", AT_FDCWD, path,
			MOVE_MOUNT_F_EMPTY_PATH) < 0)
			return error_errno(err, "%s", path);
	}
	return 0;
}
