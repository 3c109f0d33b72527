/* SPDX-License-Identifier: Apache-2.0 */
#include "jail/area.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/memory.h"
#include "jail/child.h"
#include "jail/lower.h"

/* Exists everywhere; ours lies over it, seen by nobody else. */
#define MOUNT_POINT "/tmp"

/*
 * Files that fit: an image with the libraries of three languages has some
 * 500 000. Each takes about a kilobyte of the kernel's memory, which the size
 * limit does not count.
 */
#define FILES_MAX 2000000

/* A page less than what is put besides the paths of layers. */
#define OPTIONS_MAX_BYTES ((size_t)3900)

/* The kernel takes the jail's processes first when memory is short. */
#define OOM_SCORE "1000"

const char *const area_devices[] = { "null", "zero", "full", "random",
	"urandom", "tty", NULL };

static int
leave_namespace(struct error *err)
{
	if (unshare(CLONE_NEWNS) < 0)
		return error_errno(err, "cannot make a mount namespace");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return error_errno(err, "cannot make mounts private");
	return 0;
}

static int
mount_memory(uint64_t memory_bytes, struct error *err)
{
	char options[96];

	(void)snprintf(options, sizeof(options),
	    "size=%llu,nr_inodes=%d,mode=755", (unsigned long long)memory_bytes,
	    FILES_MAX);
	if (mount("fother", MOUNT_POINT, "tmpfs", MS_NOSUID | MS_NODEV,
		options) < 0)
		return error_errno(err, "cannot mount a tmpfs");
	if (chdir(MOUNT_POINT) < 0)
		return error_errno(err, "%s", MOUNT_POINT);
	return 0;
}

/* In the area, still seeing the host's files. */
static int
bind_devices(struct error *err)
{
	for (size_t i = 0; area_devices[i]; i++) {
		CLEANUP(string_free)
		char *path = string_format("/dev/%s", area_devices[i]);

		if (!path)
			return error_nomem(err);
		CLEANUP(fd_close)
		int fd = open(path + 1, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0 || mount(path, path + 1, NULL, MS_BIND, NULL) < 0)
			return error_errno(err, "cannot bind %s", path);
	}
	return 0;
}

/* Those of the jail's root; the others are of the host's. */
static int
make_directories(struct error *err)
{
	static const struct {
		const char *name;
		mode_t mode;
		bool jailed;
	} dirs[] = {
		{ "base", 0755, true },
		{ "lower", 0755, false },
		{ "upper", 0755, false },
		{ "work", 0755, false },
		{ "root", 0755, false },
		{ "run", 0755, true },
		{ "tmp", 01777, true },
		{ "proc", 0755, false },
		{ "dev", 0755, false },
	};

	for (size_t i = 0; i < N_ITEMS(dirs); i++) {
		if (mkdir(dirs[i].name, dirs[i].mode) < 0 ||
		    (dirs[i].jailed &&
			chown(dirs[i].name, CHILD_BASE_ID, CHILD_BASE_ID) < 0))
			return error_errno(err, "%s", dirs[i].name);
	}

	/* A user namespace may only mount a proc of its own while it sees one
	 * that hides nothing. */
	if (mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		NULL) < 0)
		return error_errno(err, "cannot mount proc");
	return 0;
}

int
area_enter(struct area *area, struct error *err)
{
	(void)umask(0);
	if (geteuid() != 0)
		return error_set(err, ERROR_DENIED, "a jail needs root");
	if (lower_take(area->first_directory_fd, area->n_directories, err) <
		0 ||
	    leave_namespace(err) < 0)
		return -1;

	CLEANUP(fd_close)
	int score_fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (score_fd >= 0) {
		struct error ignored;
		(void)!fd_write_all(score_fd, SLICE(OOM_SCORE), &ignored);
	}
	if (mount_memory(area->memory_bytes, err) < 0 ||
	    make_directories(err) < 0 ||
	    lower_put(area->first_directory_fd, area->n_directories, err) < 0 ||
	    bind_devices(err) < 0)
		return -1;
	if (syscall(SYS_pivot_root, ".", ".") < 0)
		return error_errno(err, "cannot leave the host's files");
	if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return error_errno(err, "cannot leave the host's files");

	area->proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (area->proc_fd < 0)
		return error_errno(err, "/proc");
	return 0;
}

/* What makes the image, for overlayfs: the uppermost first. */
static int
put_layers(const struct area *area, struct buf *out, struct error *err)
{
	for (size_t i = area->n_directories; i-- > 0;)
		buf_put_format(out, "/" LOWER_PATH ":", i + 1);
	buf_put_string(out, AREA_BASE);
	/* mount(2) takes a page of options, and what follows is short. */
	if (out->len > OPTIONS_MAX_BYTES)
		return error_set(err, ERROR_UNSUPPORTED,
		    "more layers than can be mounted at once");
	return buf_check(out, err);
}

static int
mount_overlay(
    const char *at, unsigned long flags, struct buf *options, struct error *err)
{
	/* All that would make the upper directory more than the changed
	 * files themselves is off; so a result depends on no kernel's
	 * defaults. */
	buf_put_string(
	    options, ",redirect_dir=off,metacopy=off,index=off,xino=off");
	CLEANUP(string_free) char *text = buf_take_string(options);
	if (!text)
		return error_nomem(err);
	if (mount("fother", at, "overlay", MS_NOSUID | MS_NODEV | flags,
		text) == 0)
		return 0;
	if (errno == ENODEV)
		return error_set(
		    err, ERROR_UNSUPPORTED, "the kernel has no overlayfs");
	return error_errno(err, "cannot lay an overlay");
}

/* overlayfs wants two; one is shown as it is. */
static int
show_lower(const struct area *area, struct error *err)
{
	CLEANUP(buf_clear) struct buf options = { 0 };

	if (area->n_directories == 0) {
		if (mount(AREA_BASE, AREA_LOWER, NULL, MS_BIND, NULL) < 0)
			return error_errno(err, "cannot bind " AREA_BASE);
		return 0;
	}
	buf_put_string(&options, "lowerdir=");
	if (put_layers(area, &options, err) < 0)
		return -1;
	return mount_overlay(AREA_LOWER, MS_RDONLY, &options, err);
}

int
area_overlay(const struct area *area, struct error *err)
{
	CLEANUP(buf_clear) struct buf options = { 0 };
	struct stat st;

	if (show_lower(area, err) < 0)
		return -1;
	/* The root of what overlayfs shows is the upper directory. */
	if (stat(AREA_LOWER, &st) < 0 ||
	    chown(AREA_UPPER, st.st_uid, st.st_gid) < 0 ||
	    chmod(AREA_UPPER, st.st_mode & 07777) < 0)
		return error_errno(err, "cannot lay an overlay");

	/* Attributes in trusted.*, the default, are out of the jail's reach,
	 * and unlike user.* a tmpfs has always had them. */
	buf_put_string(
	    &options, "upperdir=" AREA_UPPER ",workdir=/work,lowerdir=");
	if (put_layers(area, &options, err) < 0)
		return -1;
	return mount_overlay(AREA_ROOT, 0, &options, err);
}
