/* SPDX-License-Identifier: Apache-2.0 */
#include "jail/root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"
#include "jail/area.h"
#include "jail/child.h"

/* Ids of processes: a fork bomb ends there even when it changes its uid. */
#define PIDS_MAX "4096"

#define QUIET (MS_NOSUID | MS_NODEV | MS_NOEXEC)

static const struct {
	const char *name;
	mode_t mode;
} mount_points[] = {
	{ "/dev", 0755 },
	{ "/proc", 0555 },
	{ "/run", 0755 },
	{ "/tmp", 01777 },
};

int
root_prepare(struct error *err)
{
	for (size_t i = 0; i < N_ITEMS(mount_points); i++) {
		const char *name = mount_points[i].name;

		if (mkdir(name, mount_points[i].mode) == 0)
			continue;
		if (errno != EEXIST)
			return error_errno(err, "%s", name);
	}
	return 0;
}

/*
 * From Linux 6.14 on the largest process id is its namespace's own to set.
 * Before, it is the machine's, which the jail's root may not write; then the
 * limit per user and the time limit must do.
 */
static int
limit_pids(struct error *err)
{
	struct error ignored;

	/* Over the host's, for the processes of this namespace. */
	if (mount("proc", "/proc", "proc", QUIET, NULL) < 0)
		return error_errno(err, "cannot mount a proc");
	CLEANUP(fd_close)
	int fd = open("/proc/sys/kernel/pid_max", O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		(void)!fd_write_all(fd, SLICE(PIDS_MAX), &ignored);
	return 0;
}

static int
mount_memory(
    const char *at, uint64_t max_bytes, unsigned int mode, struct error *err)
{
	char options[64];

	(void)snprintf(options, sizeof(options), "size=%llu,mode=%o",
	    (unsigned long long)max_bytes, mode);
	if (mount("fother", at, "tmpfs", MS_NOSUID | MS_NODEV, options) < 0)
		return error_errno(err, "cannot mount %s", at);
	return 0;
}

static int
bind(const char *from, const char *to, struct error *err)
{
	if (mount(from, to, NULL, MS_BIND, NULL) < 0)
		return error_errno(err, "cannot bind %s", from);
	return 0;
}

static int
bind_devices(struct error *err)
{
	for (size_t i = 0; area_devices[i]; i++) {
		CLEANUP(string_free)
		char *from = string_format("/dev/%s", area_devices[i]);
		CLEANUP(string_free)
		char *to = string_format(AREA_ROOT "/dev/%s", area_devices[i]);

		if (!from || !to)
			return error_nomem(err);
		CLEANUP(fd_close)
		int fd = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0)
			return error_errno(err, "%s", to);
		if (bind(from, to, err) < 0)
			return -1;
	}
	return 0;
}

static int
make_dev(struct error *err)
{
	static const struct {
		const char *target;
		const char *path;
	} links[] = {
		{ "pts/ptmx", AREA_ROOT "/dev/ptmx" },
		{ "/proc/self/fd", AREA_ROOT "/dev/fd" },
		{ "/proc/self/fd/0", AREA_ROOT "/dev/stdin" },
		{ "/proc/self/fd/1", AREA_ROOT "/dev/stdout" },
		{ "/proc/self/fd/2", AREA_ROOT "/dev/stderr" },
	};

	/* Not 1777: a sticky directory that all can write to makes opening
	 * files of others in it fail (fs.protected_regular). */
	if (mount_memory(AREA_ROOT "/dev", (uint64_t)1 << 20, 0755, err) < 0 ||
	    bind_devices(err) < 0)
		return -1;
	for (size_t i = 0; i < N_ITEMS(links); i++)
		if (symlink(links[i].target, links[i].path) < 0)
			return error_errno(err, "%s", links[i].path);
	if (mkdir(AREA_ROOT "/dev/pts", 0755) < 0 ||
	    mkdir(AREA_ROOT "/dev/shm", 01777) < 0)
		return error_errno(err, "/dev");
	if (mount("fother", AREA_ROOT "/dev/pts", "devpts",
		MS_NOSUID | MS_NOEXEC,
		"newinstance,ptmxmode=0666,mode=620,gid=5") < 0)
		return error_errno(err, "/dev/pts");
	return mount_memory(
	    AREA_ROOT "/dev/shm", (uint64_t)64 << 20, 01777, err);
}

/* Nobody has run yet, so what they are now they still are when something is
 * mounted on them: the image leads these paths nowhere else. */
static int
check_mount_points(struct error *err)
{
	struct stat st;

	for (size_t i = 0; i < N_ITEMS(mount_points); i++) {
		CLEANUP(string_free)
		char *path =
		    string_format(AREA_ROOT "%s", mount_points[i].name);

		if (!path)
			return error_nomem(err);
		if (lstat(path, &st) < 0 || !S_ISDIR(st.st_mode))
			return error_set(err, ERROR_UNSUPPORTED,
			    "%s of the image is not a directory",
			    mount_points[i].name);
	}
	return 0;
}

static int
mount_all(struct error *err)
{
	if (check_mount_points(err) < 0)
		return -1;
	/* Only processes: nothing of the machine, no knobs. */
	if (mount("proc", AREA_ROOT "/proc", "proc", QUIET, "subset=pid") < 0)
		return error_errno(err, "cannot mount a proc");
	if (make_dev(err) < 0 || bind(AREA_RUN, AREA_ROOT AREA_RUN, err) < 0 ||
	    bind(AREA_TMP, AREA_ROOT AREA_TMP, err) < 0)
		return -1;
	if (mkdir(AREA_ROOT "/run/lock", 01777) < 0)
		return error_errno(err, "/run/lock");
	return 0;
}

int
root_enter(struct error *err)
{
	if (sethostname("fother", 6) < 0)
		return error_errno(err, "sethostname");
	if (limit_pids(err) < 0 || mount_all(err) < 0)
		return -1;
	return child_pivot(AREA_ROOT, err);
}
