/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inventory of a directory: what a worker would make of the layer's tar,
 * so that nothing is different behind it. Nothing is parsed here; contents are
 * copied.
 */
#include <errno.h>
#include <unistd.h>

#include "base/fd.h"
#include "storage/storage.h"
#include "storage/walk.h"

/* As layer/inventory.c of a file in a tar. */
#define FILE_MAX_BYTES ((off_t)128 * 1024 * 1024)
/* All that a worker takes of the layers of an image is 512 MiB. */
#define INVENTORY_MAX_BYTES ((size_t)256 * 1024 * 1024)

static int
read_exactly(int fd, size_t n, struct buf *out, struct error *err)
{
	char *room = buf_reserve(out, n);

	if (!room)
		return buf_check(out, err);
	for (size_t done = 0; done < n;) {
		ssize_t got = read(fd, room + done, n - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_errno(err, "read");
		if (got == 0)
			return error_set(
			    err, ERROR_CONFLICT, "it shrank while it was read");
		done += (size_t)got;
	}
	out->len += n;
	return 0;
}

static int
put_content(const struct walk *walk, const struct walk_entry *entry,
    struct buf *out, struct error *err)
{
	CLEANUP(fd_close) int fd = -1;

	if (entry->st.st_size > FILE_MAX_BYTES)
		return error_set(err, ERROR_LIMIT, "larger than %jd bytes",
		    (intmax_t)FILE_MAX_BYTES);
	fd = walk_open(walk, entry, err);
	if (fd < 0)
		return -1;

	size_t n = (size_t)entry->st.st_size;
	buf_put_u8(out, INVENTORY_FILE);
	buf_put_sized(out, entry->path);
	buf_put_sized(out, SLICE(""));
	buf_put_u32le(out, (uint32_t)n);
	if (n > 0 && read_exactly(fd, n, out, err) < 0)
		return -1;
	buf_put_sized(out, SLICE(""));
	return walk_check(entry, fd, err);
}

static int
put_entry(const struct walk *walk, const struct walk_entry *entry,
    struct buf *out, struct error *err)
{
	struct inventory_entry item = {
		.kind = entry->kind,
		.path = entry->path,
		.link = entry->link,
	};

	if (entry->kind == INVENTORY_FILE &&
	    inventory_reads(entry->path, INVENTORY_PACKAGES))
		return put_content(walk, entry, out, err);
	inventory_put(out, &item);
	if (entry->is_opaque) {
		item.kind = INVENTORY_OPAQUE;
		inventory_put(out, &item);
	}
	return 0;
}

int
storage_inventory(
    int dir_fd, enum storage_form form, struct buf *out, struct error *err)
{
	CLEANUP(walk_free)
	struct walk *walk = walk_new(dir_fd, form, false, err);
	struct walk_entry entry;
	int r;

	if (!walk)
		return -1;
	out->max_bytes = INVENTORY_MAX_BYTES;
	while ((r = walk_next(walk, &entry, err)) > 0)
		if (put_entry(walk, &entry, out, err) < 0 ||
		    buf_check(out, err) < 0)
			return walk_wrap(&entry, err);
	return r;
}
