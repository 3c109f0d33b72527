/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds what a run changed. overlayfs put a copy of everything that was
 * touched into the upper directory; most of it (69 % of 3489 files in one
 * upgrade of nine packages) is as it was, and is not part of the layer.
 *
 * What was removed is found without the overlay's own marks, of which some
 * cannot be seen from a user namespace: in each directory that is in both,
 * the names that are in the lower one and not in the merged one.
 *
 * Left out, with a line in the log: devices and sockets, which no package
 * has; and names that begin with ".wh.", which mean something else there.
 * Left out without: the mode and owner of the root directory itself.
 */
#include "jail/capture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"
#include "jail/area.h"
#include "jail/changes.h"
#include "jail/child.h"
#include "jail/emit.h"
#include "jail/noise.h"
#include "jail/rights.h"
#include "jail/same.h"
#include "sandbox/frame.h"

/* Lies over the area's, to become the root. */
#define VIEW "/proc"

/* Lines about what was left out; a hostile script could make millions. */
#define NOTES_MAX 100

struct capture {
	const struct capture_job *job;
	struct changes changes;
	unsigned int n_notes;
};

static void
capture_clear(struct capture *capture)
{
	changes_clear(&capture->changes);
}
DEFINE_CLEANUP_IN_PLACE(struct capture, capture_clear)

/* The three trees, to be read only, and nothing else. */
static int
enter_view(struct error *err)
{
	static const char *const trees[] = { AREA_LOWER, AREA_UPPER,
		AREA_ROOT };

	if (mount("fother", VIEW, "tmpfs", MS_NOSUID | MS_NODEV,
		"size=64k,mode=755") < 0)
		return error_errno(err, "cannot mount a tmpfs");
	for (size_t i = 0; i < N_ITEMS(trees); i++) {
		CLEANUP(string_free)
		char *at = string_format(VIEW "%s", trees[i]);

		if (!at)
			return error_nomem(err);
		if (mkdir(at, 0755) < 0 ||
		    mount(trees[i], at, NULL, MS_BIND, NULL) < 0 ||
		    mount(NULL, at, NULL,
			MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID |
			    MS_NODEV | MS_NOEXEC,
			NULL) < 0)
			return error_errno(err, "cannot bind %s", trees[i]);
	}
	return child_pivot(VIEW, err);
}

static int
note(struct capture *capture, const char *path, const char *what,
    struct error *err)
{
	CLEANUP(string_free)
	char *line = string_format("fother: left out: %s: %s\n", path, what);

	if (++capture->n_notes > NOTES_MAX)
		return 0;
	if (!line)
		return error_nomem(err);
	return frame_write(capture->job->answer_fd, JAIL_FRAME_LOG,
	    slice_of_string(line), err);
}

/* Whether a file is the jail's own policy-rc.d. */
static int
is_policy(const struct same_side *file, bool *ret, struct error *err)
{
	const struct slice text = slice_of_string(NOISE_POLICY_TEXT);
	CLEANUP(buf_clear) struct buf found = buf_limited(text.len);

	*ret = false;
	if (!S_ISREG(file->st.st_mode) || file->st.st_size != (off_t)text.len)
		return 0;
	if (file_read(file->path, &found, err) < 0)
		return -1;
	*ret = slice_eq(buf_slice(&found), text);
	return 0;
}

/* Why a file cannot be in a layer; NULL if it can. */
static const char *
why_left_out(const struct same_side *file, const char *name)
{
	switch (file->st.st_mode & S_IFMT) {
	case S_IFBLK:
	case S_IFCHR: return "a device";
	case S_IFSOCK: return "a socket";
	default: break;
	}
	return strncmp(name, ".wh.", 4) == 0 ? "a whiteout's name" : NULL;
}

/* Adds a name of a directory of the lower layer, if it is no more. */
static int
add_if_removed(struct capture *capture, const char *path, const char *name,
    struct error *err)
{
	const char *slash = *path ? "/" : "";
	char merged[PATH_MAX + NAME_MAX + 16];
	struct stat st;

	(void)snprintf(
	    merged, sizeof(merged), AREA_ROOT "/%s%s%s", path, slash, name);
	if (noise_is_path(slice_of_string(merged + sizeof(AREA_ROOT))) ||
	    lstat(merged, &st) == 0)
		return 0;
	if (errno != ENOENT)
		return error_errno(err, "%s", merged);

	CLEANUP(string_free)
	char *whiteout = string_format("%s%s.wh.%s", path, slash, name);
	if (!whiteout)
		return error_nomem(err);
	return changes_add(&capture->changes, whiteout, CHANGE_WHITEOUT, err);
}

static int
add_removed(
    struct capture *capture, const char *path, DIR *lower, struct error *err)
{
	struct dirent *item;

	while ((errno = 0, item = readdir(lower))) {
		if (!strcmp(item->d_name, ".") || !strcmp(item->d_name, ".."))
			continue;
		if (add_if_removed(capture, path, item->d_name, err) < 0)
			return -1;
	}
	return errno ? error_errno(err, "%s", path) : 0;
}

static int
visit_directory(struct capture *capture, const char *path,
    const struct same_side *lower, struct error *err)
{
	DIR *dir = opendir(lower->path);

	if (!dir)
		return error_errno(err, "%s", lower->path);
	int r = add_removed(capture, path, dir, err);
	(void)closedir(dir);
	return r;
}

/* Adds what is at path in the upper directory. */
static int
visit_file(struct capture *capture, const char *path,
    const struct same_side *upper, struct error *err)
{
	char lower_path[PATH_MAX + 16];
	struct same_side lower = { .path = lower_path };
	bool same = false;

	(void)snprintf(lower_path, sizeof(lower_path), AREA_LOWER "/%s", path);
	bool was_there = lstat(lower_path, &lower.st) == 0;
	if (was_there && same_file(upper, &lower, &same, err) < 0)
		return -1;
	if (*path != '\0' &&
	    changes_add(&capture->changes, path,
		same ? CHANGE_NONE : CHANGE_ENTRY, err) < 0)
		return -1;
	if (S_ISDIR(upper->st.st_mode)) {
		if (!was_there || !S_ISDIR(lower.st.st_mode))
			return 0;
		return visit_directory(capture, path, &lower, err);
	}
	if (upper->st.st_nlink > 1)
		changes_set_inode(&capture->changes, upper->st.st_ino,
		    was_there ? lower.st.st_ino : 0);
	return 0;
}

/* Sets ret_skip for what is not looked at, with all that is in it. */
static int
visit(struct capture *capture, const FTSENT *at, bool *ret_skip,
    struct error *err)
{
	const char *path = at->fts_path + sizeof(AREA_UPPER) - 1;
	struct same_side upper = { .path = at->fts_path, .st = *at->fts_statp };
	bool policy = false;

	path += *path == '/';
	*ret_skip = true;
	if (strlen(path) >= PATH_MAX - 16)
		return error_set(err, ERROR_LIMIT, "a path is too long");
	if (noise_is_path(slice_of_string(path)))
		return 0;
	if (noise_may_be_policy(slice_of_string(path)) &&
	    is_policy(&upper, &policy, err) < 0)
		return -1;
	/* 0:0 is overlayfs's mark for what was removed. */
	if (policy || (S_ISCHR(upper.st.st_mode) && upper.st.st_rdev == 0))
		return 0;

	const char *why = why_left_out(&upper, at->fts_name);
	if (why)
		return note(capture, path, why, err);
	*ret_skip = false;
	return visit_file(capture, path, &upper, err);
}

static int
walk(struct capture *capture, FTS *fts, struct error *err)
{
	FTSENT *at;
	bool skip;

	while ((at = fts_read(fts))) {
		if (at->fts_info == FTS_DP)
			continue;
		if (at->fts_info == FTS_DNR || at->fts_info == FTS_ERR ||
		    at->fts_info == FTS_NS) {
			errno = at->fts_errno;
			if (errno == ENAMETOOLONG)
				return error_set(
				    err, ERROR_LIMIT, "a path is too long");
			return error_errno(err, "%s", at->fts_path);
		}
		if (visit(capture, at, &skip, err) < 0)
			return -1;
		if (skip)
			(void)fts_set(fts, at, FTS_SKIP);
	}
	return errno ? error_errno(err, "cannot read what changed") : 0;
}

static int
find_changes(struct capture *capture, struct error *err)
{
	char root[] = AREA_UPPER;
	char *roots[] = { root, NULL };
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);

	if (!fts)
		return error_errno(err, "cannot read what changed");
	int r = walk(capture, fts, err);
	(void)fts_close(fts);
	return r < 0 ? -1 : changes_settle(&capture->changes, err);
}

int
capture_run(void *ctx, struct error *err)
{
	const struct capture_job *job = ctx;
	CLEANUP(capture_clear) struct capture capture = { .job = job };
	struct emit out = {
		.answer_fd = job->answer_fd,
		.epoch = job->epoch,
		.start_sec = job->start_sec,
	};

	/* It makes no files; what it holds is bounded by what there is. */
	if (enter_view(err) < 0 || rights_drop(RIGHTS_NO_LIMIT, err) < 0 ||
	    find_changes(&capture, err) < 0)
		return -1;
	for (size_t i = 0; i < capture.changes.n_items; i++)
		if (capture.changes.items[i].wanted &&
		    emit_change(&out, &capture.changes.items[i], err) < 0)
			return error_wrap(
			    err, "%s", capture.changes.items[i].path);
	return emit_end(&out, err);
}
