/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/slice.h"

/* The largest manifest or index that a registry must take (OCI distribution
 * 1.1, "Pushing Manifests"); also what engines and registries refuse above. */
#define MANIFEST_BYTES_MAX ((size_t)4 << 20)

/* containers-storage takes 500 layers, Docker 125. */
#define MANIFEST_LAYERS_MAX 500

/* A layout can be a whole repository; 4 MiB hold 20,000 at the very most. */
#define MANIFEST_CHILDREN_MAX 10000

/* An index of indexes is legal, a long chain of them is an attack. */
#define MANIFEST_NESTING_MAX 4

enum layer_format {
	LAYER_TAR,
	LAYER_TAR_GZIP,
	LAYER_TAR_ZSTD,
};

/* "tar", "tar+gzip", "tar+zstd" */
const char *layer_format_to_string(enum layer_format format);

/* A blob as a manifest points to it. All of it is a claim. */
struct descriptor {
	struct slice media_type; /* empty where it was left out */
	struct sha256 digest;
	uint64_t size_bytes;
};

struct manifest_layer {
	struct descriptor blob;
	enum layer_format format; /* as the media type says */
};

struct platform {
	struct slice os;           /* "linux" */
	struct slice architecture; /* "amd64", "arm64": Go's names */
	struct slice variant;      /* "v7", "v8"; empty: none */
};

/* One image, or one more index, of an index. */
struct manifest_child {
	struct descriptor blob;
	bool is_index;
	bool is_other; /* no image: BuildKit's attestations, artifacts */
	bool has_platform;
	struct platform platform;
	struct slice ref_name; /* org.opencontainers.image.ref.name, or empty */
};

enum manifest_kind {
	MANIFEST_IMAGE, /* has config and layers */
	MANIFEST_INDEX, /* has children */
};

struct manifest {
	char *text; /* what the slices view; not the JSON */
	enum manifest_kind kind;
	struct descriptor config;
	struct manifest_layer *layers; /* lowest first */
	size_t n_layers;

	/* org.opencontainers.image.base.name and .digest of an image; empty
	 * where they are not there, or are no words. */
	struct slice base_name;
	struct slice base_digest;
	struct manifest_child *children;
	size_t n_children;
};

/*
 * Reads an untrusted OCI manifest or index, or Docker's schema 2 manifest or
 * list, into a new *ret that does not need the JSON afterwards. Free it with
 * manifest_free(). ERROR_FORMAT: neither, or both at once, or a mediaType
 * that is not what it is. ERROR_LIMIT: more bytes, layers or children than
 * images have. ERROR_UNSUPPORTED: schema 1, an artifact that is no image,
 * layers that are encrypted or fetched from elsewhere, another digest
 * algorithm. ERROR_NOMEM.
 */
MUST_CHECK int manifest_parse(
    struct slice json, struct manifest **ret, struct error *err);

void manifest_free(struct manifest *manifest);
DEFINE_CLEANUP(struct manifest, manifest_free)

/*
 * The child of an index to go on with. With a ref_name (else empty), only
 * those that carry it, and only one may. Then the only image or index; or,
 * of several, the one whose platform is want: a child without a variant fits
 * any wanted one, and so does one of a lower variant ("v6" of "v7"); the
 * exact one first, then the highest; what is_other never. The same digest
 * twice is one child. Of several that fit as well, the first is taken, as the
 * specification says and engines do; but in the list of a layout, which may
 * be of many images, none. ERROR_NOT_FOUND: none fits (the message lists the
 * platforms); ERROR_CONFLICT: several do; ERROR_FORMAT: not an index.
 */
MUST_CHECK int manifest_choose(const struct manifest *index,
    struct slice ref_name, const struct platform *want, bool is_layout,
    const struct manifest_child **ret, struct error *err);

/*
 * Reads "OS/ARCH[/VARIANT]" ("linux/arm/v7") into views of text. ERROR_FORMAT.
 */
MUST_CHECK int platform_parse(
    struct slice text, struct platform *ret, struct error *err);

/*
 * The platform of Linux on a machine, as uname(2) names it ("x86_64",
 * "armv7l"). What is not known to have another name in Go keeps its own, which
 * is then a view of machine.
 */
struct platform platform_of_machine(struct slice machine);

/* True if an image for `have` is what who asks for `want` is served with. */
bool platform_fits(const struct platform *have, const struct platform *want);

/* How a worker hands one to its parent. Fails as buf_put(). */
void manifest_encode(const struct manifest *manifest, struct buf *out);

/* Reads that, untrusted, back into a new *ret. ERROR_FORMAT, LIMIT, NOMEM. */
MUST_CHECK int manifest_decode(
    struct slice bytes, struct manifest **ret, struct error *err);
