/* SPDX-License-Identifier: Apache-2.0 */
#include "layer/elf_note.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice head = slice_of((const char *)data, size);
	struct slice note;

	if (!elf_note_find(head, &note))
		return 0;
	/* Some of the file's bytes, a text, and of what is an ELF file. */
	if (note.ptr < head.ptr || note.ptr + note.len > head.ptr + size ||
	    note.ptr + note.len > head.ptr + ELF_NOTE_HEAD_BYTES ||
	    note.len == 0 || note.len > 4096 ||
	    memchr(note.ptr, '\0', note.len) || !elf_may_begin(head))
		abort();
	return 0;
}
