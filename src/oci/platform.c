/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which image of an index is meant (image-spec, image-index.md, "platform").
 * Left out: os.version and os.features, which are Windows's.
 */
#include "base/buf.h"
#include "base/memory.h"
#include "oci/manifest.h"

/* Of "v8" and the like; there is no v10 of anything yet. */
#define VARIANT_MAX 99

/* A child's standing; only those of the highest are looked at. */
enum rank {
	RANK_NONE,   /* for another platform */
	RANK_UNSAID, /* does not say for which */
	RANK_FITS,   /* fits; of those that say so, the higher variant first */
	RANK_EXACT = RANK_FITS + VARIANT_MAX + 1,
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

struct platform
platform_of_machine(struct slice machine)
{
	static const struct machine {
		const char *name, *architecture, *variant;
	} machines[] = {
		{ "x86_64", "amd64", "" },
		{ "i386", "386", "" },
		{ "i486", "386", "" },
		{ "i586", "386", "" },
		{ "i686", "386", "" },
		{ "aarch64", "arm64", "" },
		{ "armv5tel", "arm", "v5" },
		{ "armv5tejl", "arm", "v5" },
		{ "armv6l", "arm", "v6" },
		{ "armv7l", "arm", "v7" },
		{ "armv8l", "arm", "v7" }, /* 32-bit, on a 64-bit kernel */
		{ "loongarch64", "loong64", "" },
	};
	struct platform ret = { .os = SLICE("linux"), .architecture = machine };

	for (size_t i = 0; i < N_ITEMS(machines); i++)
		if (slice_eq(machine, slice_of_string(machines[i].name))) {
			ret.architecture =
			    slice_of_string(machines[i].architecture);
			ret.variant = slice_of_string(machines[i].variant);
		}
	return ret;
}

/*
 * Variants of one architecture are steps: who has a higher one can run all
 * that are lower. 0: none is named and none is meant, or it is no step.
 */
static unsigned int
step_of(const struct platform *platform)
{
	static const struct default_step {
		const char *architecture;
		unsigned int step;
	} defaults[] = {
		{ "arm64", 8 },
		{ "arm", 7 },
		{ "amd64", 1 },
	};
	struct slice variant = platform->variant;
	uint64_t number;

	for (size_t i = 0; variant.len == 0 && i < N_ITEMS(defaults); i++)
		if (slice_eq(platform->architecture,
			slice_of_string(defaults[i].architecture)))
			return defaults[i].step;
	if (slice_starts_with(variant, SLICE("v")) &&
	    slice_to_u64(slice_after(variant, 1), VARIANT_MAX, &number))
		return (unsigned int)number;
	return 0;
}

bool
platform_fits(const struct platform *have, const struct platform *want)
{
	unsigned int step = step_of(have);

	if (!slice_eq(have->os, want->os) ||
	    !slice_eq(have->architecture, want->architecture))
		return false;
	return have->variant.len == 0 ||
	    slice_eq(have->variant, want->variant) ||
	    (step > 0 && step <= step_of(want));
}

/* The higher, the better. */
static unsigned int
rank_of(const struct manifest_child *child, const struct platform *want)
{
	const struct platform *have = &child->platform;

	if (!child->has_platform)
		return RANK_UNSAID;
	if (!platform_fits(have, want))
		return RANK_NONE;
	if (slice_eq(have->variant, want->variant) ||
	    (step_of(have) > 0 && step_of(have) == step_of(want)))
		return have->variant.len > 0 ? RANK_EXACT + 1 : RANK_EXACT;
	return have->variant.len > 0 ? RANK_FITS + step_of(have) : RANK_FITS;
}

/* What was found so far among the children that may be meant. */
struct choice {
	const struct manifest_child *best;
	unsigned int rank;
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
consider(struct choice *choice, const struct manifest_child *child,
    unsigned int rank)
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

/* Why there is none to be chosen, of those that carry ref_name. */
static int
error_none(const struct choice *choice, struct slice ref_name,
    const struct platform *want, struct error *err)
{
	if (choice->n == 0 && ref_name.len > 0)
		return error_set(err, ERROR_NOT_FOUND,
		    "no image is called \"" SLICE_FMT "\"",
		    SLICE_ARG(slice_first(ref_name, 255)));
	if (choice->n == 0)
		return error_set(err, ERROR_NOT_FOUND, "no image in the index");

	/* What is empty may be nowhere, which is nothing to print. */
	struct slice variant =
	    want->variant.len > 0 ? want->variant : SLICE("");
	struct slice shown =
	    slice_first(buf_slice(&choice->platforms), PLATFORMS_SHOWN_MAX);
	if (shown.len == 0)
		shown = SLICE("");
	return error_set(err, ERROR_NOT_FOUND,
	    "no image for " SLICE_FMT "/" SLICE_FMT "%s" SLICE_FMT
	    ", only for" SLICE_FMT,
	    SLICE_ARG(want->os), SLICE_ARG(want->architecture),
	    variant.len > 0 ? "/" : "", SLICE_ARG(variant), SLICE_ARG(shown));
}

int
manifest_choose(const struct manifest *index, struct slice ref_name,
    const struct platform *want, bool is_layout,
    const struct manifest_child **ret, struct error *err)
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

	if (choice.only) {
		*ret = choice.only;
		return 0;
	}
	if (choice.n == 0 || choice.rank == RANK_NONE)
		return error_none(&choice, ref_name, want, err);
	if (choice.several && (is_layout || choice.rank == RANK_UNSAID))
		return error_set(err, ERROR_CONFLICT,
		    "several images: name one by its tag or digest");
	*ret = choice.best;
	return 0;
}
