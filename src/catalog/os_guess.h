/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "catalog/os_release.h"

/* The files that tell what a system is when it has no os-release, the surest
 * first. Each has a path in the tree. */
enum os_guess_file {
	OS_GUESS_REDHAT_RELEASE,
	OS_GUESS_SYSTEM_RELEASE_CPE,
	OS_GUESS_LSB_RELEASE,
	OS_GUESS_ALPINE_RELEASE,
	OS_GUESS_DEBIAN_VERSION,
	N_OS_GUESS_FILES,
};

struct slice os_guess_path(enum os_guess_file file);

/*
 * Makes of text, the whole of that file, what os-release would have said: 1
 * and a new *ret, to be freed with os_release_free(); 0, and *ret as it was,
 * when it tells nothing that we know. text is untrusted and copied.
 * ERROR_NOMEM.
 */
MUST_CHECK int os_guess_parse(enum os_guess_file file, struct slice text,
    struct os_release **ret, struct error *err);
