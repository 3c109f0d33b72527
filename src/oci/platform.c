/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which image of an index is meant (image-spec, image-index.md, "platform").
 * Left out: os.version and os.features, which are Windows's.
 */
#include "base/buf.h"
#include "oci/manifest.h"

/* A child's standing; only those of the highest are looked at. */
enum rank {
	RANK_NONE,   /* for another platform */
	RANK_UNSAID, /* does not say for which */
	RANK_FITS,   /* fits without naming the variant */
	RANK_EXACT,
};

int
platform_parse(struct slice text, struct platform *ret, struct error *err)
{
	struct platform platform = { 0 };
	struct slice rest = text;

	bool good = slice_is_graph(text) &&
	    !slice_ends_with(text, SLICE("/")) &&
	    slice_split(&rest, '/', &platform.os) &&
	    slice_split(&rest, '/', &platform.architecture) &&
	    platform.os.len > 0 && platform.architecture.len > 0;
	platform.variant = rest;
	for (size_t i = 0; good && i < rest.len; i++)
		good = rest.ptr[i] != '/';
	if (!good)
		return error_set(
		    err, ERROR_FORMAT, "not a platform: OS/ARCH[/VARIANT]");
	*ret = platform;
	return 0;
}

/* The variant that is meant where none is named. */
static struct slice
variant_of(const struct platform *platform)
{
	if (platform->variant.len > 0)
		return platform->variant;
	if (slice_eq(platform->architecture, SLICE("arm64")))
		return SLICE("v8");
	if (slice_eq(platform->architecture, SLICE("arm")))
		return SLICE("v7");
	if (slice_eq(platform->architecture, SLICE("amd64")))
		return SLICE("v1");
	return platform->variant;
}

bool
platform_fits(const struct platform *have, const struct platform *want)
{
	return slice_eq(have->os, want->os) &&
	    slice_eq(have->architecture, want->architecture) &&
	    (have->variant.len == 0 ||
		slice_eq(variant_of(have), variant_of(want)));
}

static enum rank
rank_of(const struct manifest_child *child, const struct platform *want)
{
	if (!child->has_platform)
		return RANK_UNSAID;
	if (!platform_fits(&child->platform, want))
		return RANK_NONE;
	return slice_eq(variant_of(&child->platform), variant_of(want))
	    ? RANK_EXACT
	    : RANK_FITS;
}

/* What was found so far among the children that may be meant. */
struct choice {
	const struct manifest_child *best;
	enum rank rank;
	bool several; /* of the best rank, with other digests */
	const struct manifest_child *only; /* NULL: none, or not the only one */
	size_t n;
	struct buf platforms; /* for the message */
};

static void
choice_clear(struct choice *choice)
{
	buf_clear(&choice->platforms);
}
DEFINE_CLEANUP_IN_PLACE(struct choice, choice_clear)

static void
note_platform(struct choice *choice, const struct manifest_child *child)
{
	const struct platform *platform = &child->platform;

	if (!child->has_platform)
		return;
	buf_put_format(&choice->platforms, " " SLICE_FMT "/" SLICE_FMT,
	    SLICE_ARG(platform->os), SLICE_ARG(platform->architecture));
	if (platform->variant.len > 0)
		buf_put_format(&choice->platforms, "/" SLICE_FMT,
		    SLICE_ARG(platform->variant));
}

static void
consider(
    struct choice *choice, const struct manifest_child *child, enum rank rank)
{
	note_platform(choice, child);
	if (choice->n++ == 0)
		choice->only = child;
	else if (choice->only &&
	    !sha256_eq(&choice->only->blob.digest, &child->blob.digest))
		choice->only = NULL;

	if (!choice->best || rank > choice->rank) {
		choice->best = child;
		choice->rank = rank;
		choice->several = false;
	} else if (rank == choice->rank &&
	    !sha256_eq(&choice->best->blob.digest, &child->blob.digest)) {
		choice->several = true;
	}
}

/* An attacker's index may list many; a reader needs the first few. */
#define PLATFORMS_SHOWN_MAX ((size_t)200)

int
manifest_choose(const struct manifest *index, struct slice ref_name,
    const struct platform *want, const struct manifest_child **ret,
    struct error *err)
{
	CLEANUP(choice_clear) struct choice choice = { 0 };

	if (index->kind != MANIFEST_INDEX)
		return error_set(err, ERROR_FORMAT, "not an index");
	for (size_t i = 0; i < index->n_children; i++) {
		const struct manifest_child *child = &index->children[i];

		if (!child->is_other &&
		    (ref_name.len == 0 || slice_eq(child->ref_name, ref_name)))
			consider(&choice, child, rank_of(child, want));
	}

	if (choice.n == 0 && ref_name.len > 0)
		return error_set(err, ERROR_NOT_FOUND,
		    "no image is called \"" SLICE_FMT "\"",
		    SLICE_ARG(slice_first(ref_name, 255)));
	if (choice.n == 0)
		return error_set(err, ERROR_NOT_FOUND, "no image in the index");
	if (choice.only) {
		*ret = choice.only;
		return 0;
	}
	if (choice.rank == RANK_NONE)
		return error_set(err, ERROR_NOT_FOUND,
		    "no image for " SLICE_FMT "/" SLICE_FMT
		    ", only for" SLICE_FMT,
		    SLICE_ARG(want->os), SLICE_ARG(want->architecture),
		    SLICE_ARG(slice_first(
			buf_slice(&choice.platforms), PLATFORMS_SHOWN_MAX)));
	if (choice.several)
		return error_set(err, ERROR_CONFLICT,
		    "several images: name one by its tag or digest");
	*ret = choice.best;
	return 0;
}
