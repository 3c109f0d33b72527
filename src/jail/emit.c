/* SPDX-License-Identifier: Apache-2.0 */
#include "jail/emit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/tar_write.h"
#include "base/fd.h"
#include "base/memory.h"
#include "jail/area.h"
#include "jail/attributes.h"
#include "jail/same.h"
#include "sandbox/frame.h"

_Static_assert((int)JAIL_FRAME_LOG == (int)FRAME_ROLE, "the role's first");

#define FRAME_BYTES ((size_t)256 * 1024)

/* What goes into a tar is held up to here and a chunk more. */
#define CHUNK_BYTES ((size_t)64 * 1024)

static int
flush(struct emit *out, size_t min_bytes, struct error *err)
{
	if (buf_check(&out->pending, err) < 0)
		return -1;
	if (out->pending.len < min_bytes)
		return 0;
	if (frame_write_all(out->answer_fd, JAIL_FRAME_TAR,
		buf_slice(&out->pending), err) < 0)
		return -1;
	out->pending.len = 0;
	return 0;
}

/* What was made here has the time of the run, so it gets the epoch; also
 * where the machine's clock is behind the epoch. */
static int64_t
clamp_time(const struct emit *out, int64_t mtime_sec)
{
	if (mtime_sec > out->epoch || mtime_sec >= out->start_sec)
		return out->epoch;
	return mtime_sec < 0 ? 0 : mtime_sec;
}

static enum tar_type
type_of(const struct change *change, mode_t mode)
{
	if (change->link)
		return TAR_HARDLINK;
	switch (mode & S_IFMT) {
	case S_IFDIR: return TAR_DIRECTORY;
	case S_IFLNK: return TAR_SYMLINK;
	case S_IFIFO: return TAR_FIFO;
	default: return TAR_FILE;
	}
}

static int
put_content(struct emit *out, const struct same_side *file, struct error *err)
{
	uint64_t left = (uint64_t)file->st.st_size;
	CLEANUP(fd_close)
	int fd = open(file->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, "%s", file->path);
	while (left > 0) {
		char *room = buf_reserve(&out->pending, CHUNK_BYTES);
		if (!room)
			return error_nomem(err);

		ssize_t n = read(
		    fd, room, left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return error_errno(err, "%s", file->path);
		out->pending.len += (size_t)n;
		left -= (uint64_t)n;
		if (flush(out, FRAME_BYTES, err) < 0)
			return -1;
	}
	tar_put_padding(&out->pending, (uint64_t)file->st.st_size);
	return 0;
}

/* A directory that is only there for what is in it keeps its old time. */
static int
directory_time(const struct change *change, const struct same_side *file,
    int64_t *ret, struct error *err)
{
	char path[PATH_MAX + 16];
	struct same_side lower = { .path = path };
	bool same;

	(void)snprintf(path, sizeof(path), AREA_LOWER "/%s", change->path);
	if (lstat(path, &lower.st) < 0)
		return 0;
	if (same_file(file, &lower, &same, err) < 0)
		return -1;
	if (same)
		*ret = lower.st.st_mtim.tv_sec;
	return 0;
}

static int
put_file(struct emit *out, const struct change *change,
    const struct same_side *file, struct error *err)
{
	CLEANUP(attributes_clear) struct attributes attributes = { 0 };
	char link[PATH_MAX];
	struct tar_entry entry = {
		.path = slice_of_string(change->path),
		.type = type_of(change, file->st.st_mode),
		.link = slice_of_string(change->link),
		.mode = file->st.st_mode & 07777,
		.uid = file->st.st_uid,
		.gid = file->st.st_gid,
	};
	int64_t mtime_sec = file->st.st_mtim.tv_sec;

	if (entry.type == TAR_SYMLINK) {
		ssize_t n = readlink(file->path, link, sizeof(link));
		if (n < 0)
			return error_errno(err, "%s", file->path);
		entry.link = slice_of(link, (size_t)n);
	}
	if (entry.type == TAR_FILE)
		entry.size_bytes = (uint64_t)file->st.st_size;
	if (entry.type == TAR_DIRECTORY &&
	    directory_time(change, file, &mtime_sec, err) < 0)
		return -1;
	if (entry.type != TAR_HARDLINK &&
	    attributes_read(file->path, &attributes, err) < 0)
		return -1;
	entry.mtime_sec = clamp_time(out, mtime_sec);
	entry.xattrs = attributes.items;
	entry.n_xattrs = attributes.n_items;
	if (tar_put_header(&out->pending, &entry, err) < 0)
		return error_wrap(err, "%s", change->path);
	return entry.type == TAR_FILE ? put_content(out, file, err) : 0;
}

int
emit_change(struct emit *out, const struct change *change, struct error *err)
{
	char path[PATH_MAX + 16];
	struct same_side file = { .path = path };

	if (change->kind == CHANGE_WHITEOUT) {
		const struct tar_entry entry = {
			.path = slice_of_string(change->path),
			.type = TAR_FILE,
			.mtime_sec = out->epoch,
		};
		if (tar_put_header(&out->pending, &entry, err) < 0)
			return -1;
		return flush(out, FRAME_BYTES, err);
	}
	(void)snprintf(path, sizeof(path), AREA_UPPER "/%s", change->path);
	if (lstat(path, &file.st) < 0)
		return error_errno(err, "%s", change->path);
	if (put_file(out, change, &file, err) < 0)
		return -1;
	return flush(out, FRAME_BYTES, err);
}

int
emit_end(struct emit *out, struct error *err)
{
	tar_put_end(&out->pending);
	return flush(out, 1, err);
}
