/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records, one after the other, numbers little-endian:
 *
 *	u8 kind, u32 stage, u8 length of the name, the name
 *	u32 length, bytes    as often as needed, then
 *	u32 0                both only of a layer or a deb
 *
 * The data goes in chunks because the length of a layer that is on its way
 * may not be known when it starts. The format is ours, for one pipe between
 * two processes of one version; it is not kept anywhere.
 */
#include "jail/records.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bytes.h"

#define HEAD_BYTES ((size_t)6)

enum writer_state {
	AT_HEAD,
	AT_LENGTH,
	AT_BYTES,
};

static bool
has_data(enum record_kind kind)
{
	return kind == RECORD_LAYER || kind == RECORD_DEB;
}

bool
record_name_is_valid(struct slice name)
{
	if (name.len == 0 || name.len > RECORD_NAME_MAX ||
	    !slice_is_graph(name) || name.ptr[0] == '.' || name.ptr[0] == '-')
		return false;
	return !memchr(name.ptr, '/', name.len);
}

/* Which record is next, and where its data comes from. */
static enum record_kind
writer_at(const struct record_writer *out, size_t *ret_i)
{
	size_t n_layers = out->spec->n_layers;

	if (out->n_done < n_layers) {
		*ret_i = out->n_done;
		return RECORD_LAYER;
	}
	*ret_i = out->n_done - n_layers - 1;
	if (out->n_done == n_layers)
		return RECORD_LAYERS_END;
	return *ret_i < out->spec->n_debs ? RECORD_DEB : RECORD_END;
}

static void
head_put(struct record_writer *out, struct slice bytes)
{
	memcpy(out->head + out->n_head, bytes.ptr, bytes.len);
	out->n_head += bytes.len;
}

static void
head_put_u32(struct record_writer *out, uint32_t value)
{
	for (unsigned int shift = 0; shift < 32; shift += 8)
		out->head[out->n_head++] = (char)((value >> shift) & 0xff);
}

static int
writer_head(struct record_writer *out, struct slice *ret, struct error *err)
{
	size_t i;
	enum record_kind kind = writer_at(out, &i);
	const struct jail_deb *deb =
	    kind == RECORD_DEB ? &out->spec->debs[i] : NULL;
	struct slice name = slice_of_string(deb ? deb->file_name : NULL);

	if (deb && !record_name_is_valid(name))
		return error_set(
		    err, ERROR_FORMAT, "a package has no usable file name");
	out->n_head = 0;
	out->n_data_bytes = 0;
	out->head[out->n_head++] = (char)kind;
	head_put_u32(out, deb ? deb->stage : 0);
	out->head[out->n_head++] = (char)(unsigned char)name.len;
	if (deb)
		head_put(out, name);
	*ret = slice_of(out->head, out->n_head);

	if (has_data(kind))
		out->state = AT_LENGTH;
	else
		out->n_done++;
	return 0;
}

/* Pulls from the record's source when nothing of it is left to show. */
static int
writer_pull(struct record_writer *out, struct error *err)
{
	size_t i;
	enum record_kind kind = writer_at(out, &i);
	const struct jail_spec *spec = out->spec;

	if (out->chunk.len > 0)
		return 0;
	if (kind == RECORD_LAYER) {
		if (stream_next(spec->layers[i].stream, &out->chunk, err) < 0)
			return error_wrap(err, "layer %zu", i + 1);
		return 0;
	}
	if (stream_next(spec->debs[i].stream, &out->chunk, err) < 0)
		return error_wrap(err, "%s", spec->debs[i].file_name);
	out->n_data_bytes += out->chunk.len;
	if (out->n_data_bytes > spec->debs[i].size_bytes ||
	    (out->chunk.len == 0 &&
		out->n_data_bytes < spec->debs[i].size_bytes))
		return error_set(err, ERROR_FORMAT, "%s: not of the size said",
		    spec->debs[i].file_name);
	return 0;
}

static int
writer_length(struct record_writer *out, struct slice *ret, struct error *err)
{
	if (writer_pull(out, err) < 0)
		return -1;

	struct slice part = slice_first(out->chunk, RECORD_CHUNK_MAX_BYTES);
	out->n_head = 0;
	head_put_u32(out, (uint32_t)part.len);
	*ret = slice_of(out->head, out->n_head);
	out->state = AT_BYTES;
	if (part.len == 0) {
		out->state = AT_HEAD;
		out->n_done++;
	}
	return 0;
}

static int
writer_next(struct stream *self, struct slice *ret, struct error *err)
{
	struct record_writer *out = (struct record_writer *)self;
	size_t n_records = out->spec->n_layers + out->spec->n_debs + 2;

	if (out->state == AT_LENGTH)
		return writer_length(out, ret, err);
	if (out->state == AT_BYTES) {
		*ret = slice_first(out->chunk, RECORD_CHUNK_MAX_BYTES);
		out->chunk = slice_after(out->chunk, ret->len);
		out->state = AT_LENGTH;
		return 0;
	}
	if (out->n_done < n_records)
		return writer_head(out, ret, err);
	*ret = slice_of(NULL, 0);
	return 0;
}

struct record_writer
record_writer_of(const struct jail_spec *spec)
{
	return (struct record_writer){
		.stream = { .next = writer_next },
		.spec = spec,
		.state = AT_HEAD,
	};
}

/* Exactly n bytes. */
static int
read_exactly(int fd, char *buffer, size_t n, struct error *err)
{
	while (n > 0) {
		ssize_t got = read(fd, buffer, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_errno(err, "read");
		if (got == 0)
			return error_set(err, ERROR_FORMAT, "input cut off");
		buffer += got;
		n -= (size_t)got;
	}
	return 0;
}

static int
reader_data_next(struct stream *self, struct slice *ret, struct error *err)
{
	struct record_reader *in = (struct record_reader *)self;
	char head[4];
	uint32_t length;

	*ret = slice_of(NULL, 0);
	if (!in->data_left)
		return 0;
	if (read_exactly(in->fd, head, sizeof(head), err) < 0)
		return -1;

	struct bytes_reader bytes = bytes_reader_of(slice_of(head, 4));
	if (!bytes_u32le(&bytes, &length) || length > RECORD_CHUNK_MAX_BYTES)
		return error_set(err, ERROR_FORMAT, "not a chunk of a record");
	if (length == 0) {
		in->data_left = false;
		return 0;
	}
	if (read_exactly(in->fd, in->buffer, length, err) < 0)
		return -1;
	*ret = slice_of(in->buffer, length);
	return 0;
}

int
record_reader_init(struct record_reader *in, int fd, struct error *err)
{
	char *buffer = malloc(RECORD_CHUNK_MAX_BYTES);

	if (!buffer)
		return error_nomem(err);
	*in = (struct record_reader){
		.data = { .next = reader_data_next },
		.fd = fd,
		.buffer = buffer,
	};
	return 0;
}

int
record_next(struct record_reader *in, struct record *ret, struct error *err)
{
	char head[HEAD_BYTES];
	uint8_t kind;
	uint8_t n_name;
	struct record record = { 0 };

	if (stream_drain(&in->data, err) < 0 ||
	    read_exactly(in->fd, head, sizeof(head), err) < 0)
		return -1;

	struct bytes_reader bytes = bytes_reader_of(slice_of(head, HEAD_BYTES));
	if (!bytes_u8(&bytes, &kind) || !bytes_u32le(&bytes, &record.stage) ||
	    !bytes_u8(&bytes, &n_name) || kind < RECORD_LAYER ||
	    kind > RECORD_END)
		return error_set(err, ERROR_FORMAT, "not a record");
	record.kind = kind;
	if (read_exactly(in->fd, record.name, n_name, err) < 0)
		return -1;

	bool named = record_name_is_valid(slice_of(record.name, n_name));
	bool plain = n_name == 0 && record.stage == 0;
	if (record.kind == RECORD_DEB ? !named : !plain)
		return error_set(err, ERROR_FORMAT, "not a record's name");
	in->data_left = has_data(record.kind);
	*ret = record;
	return 0;
}

void
record_reader_clear(struct record_reader *in)
{
	free(in->buffer);
	in->buffer = NULL;
}
