/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "catalog/os_release.h"
#include "layer/tree.h"
#include "model/package.h"

/* What is in the tree of an image. */
struct survey {
	struct package_list *packages; /* of all databases that there are */
	struct os_release *os;         /* NULL: it does not say */

	/* A printable line each, or NULL: why it is not known which packages
	 * it has; which databases they are of, when that is not plain
	 * (several, or none); why its updates cannot be worked out. */
	char *unknown;
	char *note;
	char *hold;

	/* Of INVENTORY_FILES: each file and all its owners, as
	 * owner_list_decode() reads them. */
	struct buf owners;
};

/*
 * Reads what tree, of inventories of that level, has into a new *ret; free it
 * with survey_free().
 *
 * Every database counts, and what several say is listed together, each
 * package with its type and the layer that last wrote its record. Without
 * any, what the notes of ELF files say is listed, of INVENTORY_FILES; else,
 * and when there is none either, that is in unknown. Licences of dpkg's
 * packages, and the owners of files, are only known of INVENTORY_FILES.
 *
 * Fails as the parsers, naming the file: what cannot be read is never taken
 * for what is not there. ERROR_FORMAT, ERROR_LIMIT, ERROR_UNSUPPORTED,
 * ERROR_NOMEM.
 */
MUST_CHECK int survey_read(const struct tree *tree, enum inventory_level level,
    struct survey **ret, struct error *err);

void survey_free(struct survey *survey);
DEFINE_CLEANUP(struct survey, survey_free)

/*
 * The architecture that the system of packages is of: dpkg's own; else that
 * of all packages that are of any. Empty when that is not one.
 */
struct slice survey_native_arch(const struct package_list *packages);
