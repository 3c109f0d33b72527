/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/slice.h"

/* What of a file is looked at: the notes of all that linkers write lie within
 * the first pages, behind the program headers. */
#define ELF_NOTE_HEAD_BYTES ((size_t)64 * 1024)

/* False when a file that begins so is no ELF file, however it goes on. */
bool elf_may_begin(struct slice head);

/*
 * The text of the package note in head, the first bytes of an untrusted file:
 * JSON, not yet checked for being that. False when there is none, when it
 * lies behind head, or when the file is not an ELF file that makes sense.
 */
bool elf_note_find(struct slice head, struct slice *ret);
