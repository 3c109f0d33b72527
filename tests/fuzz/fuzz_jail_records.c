/* SPDX-License-Identifier: Apache-2.0 */
#include "jail/records.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "jail/dpkg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool promise)
{
	if (!promise)
		abort();
}

/* False at the end, well or not. */
static bool
read_record(struct record_reader *in)
{
	struct record record;
	struct slice chunk;
	struct error err;

	if (record_next(in, &record, &err) < 0) {
		check(err.kind == ERROR_FORMAT);
		return false;
	}
	check(record.kind >= RECORD_LAYER && record.kind <= RECORD_END);
	if (record.kind == RECORD_DEB) {
		check(record_name_is_valid(slice_of_string(record.name)));
		free(dpkg_package_of(record.name));
	} else {
		check(record.name[0] == '\0' && record.stage == 0);
	}
	do {
		if (stream_next(&in->data, &chunk, &err) < 0) {
			check(err.kind == ERROR_FORMAT);
			return false;
		}
		check(chunk.len <= RECORD_CHUNK_MAX_BYTES);
	} while (chunk.len > 0);
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(record_reader_clear) struct record_reader in = { 0 };
	CLEANUP(fd_close) int fd = memfd_create("records", MFD_CLOEXEC);
	struct error err;

	check(fd >= 0);
	if (fd_write_all(fd, slice_of((const char *)data, size), &err) < 0 ||
	    lseek(fd, 0, SEEK_SET) != 0 ||
	    record_reader_init(&in, fd, &err) < 0)
		return 0;
	while (read_record(&in))
		continue;
	return 0;
}
