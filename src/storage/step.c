/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One step into a directory that somebody else has filled.
 *
 * overlayfs keeps what it has to say of a layer in extended attributes:
 * Documentation/filesystems/overlayfs.rst of the kernel. They are
 * trusted.overlay.*, or user.overlay.* when it is mounted with "userxattr", as
 * it must be in a user namespace. The first are hidden, without an error, from
 * a process that lacks CAP_SYS_ADMIN outside of all user namespaces; it would
 * take an opaque directory for one that is merged.
 */
#include "storage/step.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"

/* The names of all attributes of a file together; ext4 has at most 4 KiB of
 * them in a block, the kernel 64 KiB. */
#define NAMES_MAX_BYTES ((size_t)64 * 1024)

int
step_below(int dir_fd, const char *path, int flags, struct error *err)
{
	struct open_how how = {
		.flags = (unsigned int)flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
		    RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, dir_fd, path, &how, sizeof(how));

	if (fd >= 0)
		return (int)fd;
	if (errno == ENOSYS || errno == ELOOP || errno == EXDEV)
		return error_set(err, ERROR_UNSUPPORTED,
		    "%s: cannot be opened without following links", path);
	return error_errno(err, "%s", path);
}

int
step_reopen(int path_fd, struct error *err)
{
	char path[32];
	int fd;

	/* The link leads to what path_fd is, whatever has its name now. */
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", path_fd);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "open");
	return fd;
}

int
step_read(int dir_fd, const char *path, struct buf *ret, struct error *err)
{
	CLEANUP(fd_close) int at = step_below(dir_fd, path, O_PATH, err);
	CLEANUP(fd_close) int fd = -1;
	struct stat st;

	if (at < 0)
		return -1;
	if (fstat(at, &st) < 0)
		return error_errno(err, "%s", path);
	if (!S_ISREG(st.st_mode))
		return error_set(
		    err, ERROR_UNSUPPORTED, "%s: not a regular file", path);
	fd = step_reopen(at, err);
	if (fd < 0 || fd_read_all(fd, ret, err) < 0)
		return error_wrap(err, "%s", path);
	return 0;
}

/* Who may set such an attribute sees them, by the same rule of the kernel. */
static bool
sees_trusted(void)
{
	CLEANUP(fd_close) int fd = memfd_create("fother", MFD_CLOEXEC);

	return fd >= 0 && fsetxattr(fd, "trusted.fother", "y", 1, 0) == 0;
}

int
step_form(int fd, enum storage_form *ret, struct error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return error_errno(err, "the engine's directory");
	if (sees_trusted()) {
		*ret = STORAGE_OVERLAY;
		return 0;
	}
	/* The storage of a rootless engine is its user's, as that user is
	 * seen outside of the engine's namespace: never as root. */
	if (geteuid() == 0 || st.st_uid != geteuid())
		return error_set(err, ERROR_UNSUPPORTED,
		    "this process may not see attributes of overlayfs");
	*ret = STORAGE_OVERLAY_USER;
	return 0;
}

static bool
is_yes(int fd, const char *name)
{
	char value[2];

	return fgetxattr(fd, name, value, sizeof(value)) == 1 &&
	    value[0] == 'y';
}

/* Notes of overlayfs to itself: where a file was copied up from, that a
 * directory has such, how many hard links there were. */
static bool
is_note(struct slice name)
{
	static const struct slice notes[] = {
		SLICE("origin"),
		SLICE("impure"),
		SLICE("nlink"),
		SLICE("upper"),
		SLICE("uuid"),
		SLICE("protattr"),
	};

	for (size_t i = 0; i < N_ITEMS(notes); i++)
		if (slice_eq(name, notes[i]))
			return true;
	return false;
}

static enum step_attributes
attribute_of(int fd, const char *name, enum storage_form form)
{
	static const struct slice trusted = SLICE("trusted.overlay.");
	static const struct slice user = SLICE("user.overlay.");
	struct slice mine = form == STORAGE_OVERLAY ? trusted : user;
	struct slice all = slice_of_string(name);

	if (slice_starts_with(all, mine)) {
		struct slice what = slice_after(all, mine.len);

		if (slice_eq(what, SLICE("opaque")) && is_yes(fd, name))
			return STEP_OPAQUE;
		return is_note(what) ? STEP_NOTHING : STEP_OTHER;
	}
	/* An image may bring those that its engine does not heed; another
	 * engine would. fuse-overlayfs has names of its own. */
	return slice_starts_with(all, trusted) ||
		slice_starts_with(all, user) ||
		slice_starts_with(all, SLICE("user.fuseoverlayfs."))
	    ? STEP_OTHER
	    : STEP_NOTHING;
}

static enum step_attributes
attributes_of(int fd, const char *names, size_t len, enum storage_form form)
{
	enum step_attributes ret = STEP_NOTHING;

	for (size_t i = 0; i < len; i += strlen(names + i) + 1) {
		enum step_attributes one = attribute_of(fd, names + i, form);

		if (one > ret)
			ret = one;
	}
	return ret;
}

int
step_attributes(int fd, enum storage_form form, enum step_attributes *ret,
    struct error *err)
{
	char few[512];
	ssize_t len = flistxattr(fd, few, sizeof(few) - 1);

	if (len >= 0) {
		few[len] = '\0';
		*ret = attributes_of(fd, few, (size_t)len, form);
		return 0;
	}
	if (errno == ENOTSUP) {
		*ret = STEP_NOTHING;
		return 0;
	}
	if (errno != ERANGE)
		return error_errno(err, "attributes");

	CLEANUP(string_free) char *many = calloc(1, NAMES_MAX_BYTES + 1);
	if (!many)
		return error_nomem(err);
	len = flistxattr(fd, many, NAMES_MAX_BYTES);
	if (len < 0)
		return error_errno(err, "attributes");
	*ret = attributes_of(fd, many, (size_t)len, form);
	return 0;
}
