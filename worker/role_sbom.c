/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sbom: writes a bill of materials of what sbom_encode() says of an image, and
 * answers the document. argv: the format.
 */
#include "roles.h"

#include "base/fd.h"
#include "base/memory.h"
#include "repo/needs.h"
#include "report/sbom.h"
#include "sandbox/answer.h"
#include "sandbox/confine.h"

/* As much as a worker may answer for the packages of an image, and more. */
#define INPUT_MAX_BYTES ((size_t)256 * 1024 * 1024)

/* What needs what is told where all of it can be read: relations are only
 * known of debs. */
static int
edges_add(struct sbom *sbom, struct error *err)
{
	struct need *needs = NULL; /* goes with the process */
	size_t n = 0;

	for (size_t i = 0; i < sbom->packages->n_items; i++)
		if (sbom->packages->items[i].type != PACKAGE_DEB)
			return 0;
	if (needs_resolve(sbom->packages, &needs, &n, err) < 0)
		return err->kind == ERROR_NOMEM ? -1 : 0;
	sbom->edges = calloc(n + 1, sizeof(*sbom->edges));
	if (!sbom->edges)
		return error_nomem(err);
	for (size_t i = 0; i < n; i++)
		sbom->edges[i] =
		    (struct sbom_edge){ needs[i].from, needs[i].to };
	sbom->n_edges = n;
	sbom->has_edges = true;
	return 0;
}

/* In as many frames as it takes. */
static int
document_put(struct slice rest, struct error *err)
{
	while (rest.len > 0) {
		struct slice part = slice_first(rest, FRAME_BODY_MAX_BYTES);

		if (answer_put(ANSWER_MAIN, part, err) < 0)
			return -1;
		rest = slice_after(rest, part.len);
	}
	return 0;
}

int
role_sbom(int argc, char **argv, struct error *err)
{
	CLEANUP(buf_clear) struct buf input = buf_limited(INPUT_MAX_BYTES);
	CLEANUP(buf_clear) struct buf out = { 0 };
	CLEANUP(sbom_free) struct sbom *sbom = NULL;
	enum sbom_format format;

	if (argc != 1 ||
	    !sbom_format_from_string(slice_of_string(argv[0]), &format))
		return error_set(err, ERROR_BUG, "sbom: one format");
	if (fd_read_all(CONFINE_FIRST_FD, &input, err) < 0 ||
	    sbom_decode(buf_slice(&input), &sbom, err) < 0 ||
	    sbom_prepare(sbom, err) < 0 || edges_add(sbom, err) < 0 ||
	    sbom_write(sbom, format, &out, err) < 0)
		return -1;
	return document_put(buf_slice(&out), err);
}
