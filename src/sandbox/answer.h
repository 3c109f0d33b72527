/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sandbox/frame.h"

/*
 * The parts of what the worker's roles answer. A part may come in several
 * frames, which are put together again in their order.
 */
enum answer_part {
	ANSWER_MAIN,     /* what the role is for */
	ANSWER_DIGEST,   /* layer, if compressed: SHA-256 and u64le size of
			  * the plain tar */
	ANSWER_PACKAGES, /* image: package_list_encode() */
	ANSWER_SOURCES,  /* image: sources_encode() */
	ANSWER_OS,       /* image: os_release_encode() */
	ANSWER_OWNERS,   /* image: as owner_list_decode() reads them */
	ANSWER_UNKNOWN,  /* image: why its packages are not known */
	ANSWER_NOTE,     /* image: what there is to know of them besides */
	ANSWER_PARTS,
};

/* In a worker: writes body as a part of the answer. ERROR_SYSTEM. */
MUST_CHECK static inline int
answer_put(enum answer_part part, struct slice body, struct error *err)
{
	return frame_write_all(1, (uint16_t)(FRAME_ROLE + part), body, err);
}
