/* SPDX-License-Identifier: Apache-2.0 */
#include "jail/same.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "jail/attributes.h"

#define CHUNK_BYTES ((size_t)64 * 1024)

static int
read_chunk(const struct same_side *side, int fd, char *chunk, size_t *ret,
    struct error *err)
{
	*ret = 0;
	while (*ret < CHUNK_BYTES) {
		ssize_t n = read(fd, chunk + *ret, CHUNK_BYTES - *ret);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "%s", side->path);
		if (n == 0)
			break;
		*ret += (size_t)n;
	}
	return 0;
}

static int
same_content(const struct same_side *a, const struct same_side *b, bool *ret,
    struct error *err)
{
	static char chunks[2][CHUNK_BYTES];
	size_t n_a;
	size_t n_b;
	CLEANUP(fd_close)
	int a_fd = open(a->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	CLEANUP(fd_close)
	int b_fd = open(b->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (a_fd < 0 || b_fd < 0)
		return error_errno(err, "%s", a->path);
	do {
		if (read_chunk(a, a_fd, chunks[0], &n_a, err) < 0 ||
		    read_chunk(b, b_fd, chunks[1], &n_b, err) < 0)
			return -1;
		*ret = n_a == n_b && !memcmp(chunks[0], chunks[1], n_a);
	} while (*ret && n_a > 0);
	return 0;
}

static int
same_link(const struct same_side *a, const struct same_side *b, bool *ret,
    struct error *err)
{
	char texts[2][PATH_MAX];
	ssize_t n_a = readlink(a->path, texts[0], PATH_MAX);
	ssize_t n_b = readlink(b->path, texts[1], PATH_MAX);

	if (n_a < 0 || n_b < 0)
		return error_errno(err, "%s", a->path);
	*ret = n_a == n_b && !memcmp(texts[0], texts[1], (size_t)n_a);
	return 0;
}

static int
same_attributes(const struct same_side *a, const struct same_side *b, bool *ret,
    struct error *err)
{
	CLEANUP(attributes_clear) struct attributes of_a = { 0 };
	CLEANUP(attributes_clear) struct attributes of_b = { 0 };

	if (attributes_read(a->path, &of_a, err) < 0 ||
	    attributes_read(b->path, &of_b, err) < 0)
		return -1;
	*ret = attributes_eq(&of_a, &of_b);
	return 0;
}

int
same_file(const struct same_side *a, const struct same_side *b, bool *ret,
    struct error *err)
{
	mode_t type = a->st.st_mode & S_IFMT;

	*ret = a->st.st_mode == b->st.st_mode && a->st.st_uid == b->st.st_uid &&
	    a->st.st_gid == b->st.st_gid &&
	    (type == S_IFDIR || a->st.st_size == b->st.st_size);
	if (!*ret)
		return 0;
	if (same_attributes(a, b, ret, err) < 0)
		return -1;
	if (*ret && type == S_IFREG)
		return same_content(a, b, ret, err);
	if (*ret && type == S_IFLNK)
		return same_link(a, b, ret, err);
	return 0;
}
