/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What both formats of a bill of materials have in common, and how a parent
 * hands a worker what to write one of:
 *
 *	"fSB1", 11 texts (u32 length, bytes), u8 flags, 32 bytes of the digest
 *	and 32 of the ID, u32 number of layers and 32 bytes for each, u32
 *	length and package_list_encode()'s bytes
 */
#include "report/sbom_parts.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/memory.h"
#include "report/licence_debian.h"
#include "report/purl.h"

/* As many as an engine takes; containers-storage has the most. */
#define LAYERS_MAX 500

#define TAG SLICE("fSB1")

enum sbom_flag {
	FLAG_DIGEST = 1,
	FLAG_ID = 2,
	FLAG_UNVERIFIED = 4,
	FLAG_ALL = FLAG_DIGEST | FLAG_ID | FLAG_UNVERIFIED,
};

static const size_t texts[] = {
	offsetof(struct sbom, name),
	offsetof(struct sbom, repository),
	offsetof(struct sbom, tag),
	offsetof(struct sbom, arch),
	offsetof(struct sbom, created),
	offsetof(struct sbom, base_name),
	offsetof(struct sbom, base_digest),
	offsetof(struct sbom, os_id),
	offsetof(struct sbom, os_version),
	offsetof(struct sbom, os_codename),
	offsetof(struct sbom, os_pretty),
};

static struct slice
sum_slice(const struct sha256 *sum)
{
	return slice_of((const char *)sum->bytes, SHA256_BYTES);
}

void
sbom_encode(const struct sbom *sbom, struct buf *out)
{
	CLEANUP(buf_clear) struct buf packages = { 0 };
	unsigned int flags = 0;

	if (sbom->has_digest)
		flags |= FLAG_DIGEST;
	if (sbom->has_id)
		flags |= FLAG_ID;
	if (sbom->unverified)
		flags |= FLAG_UNVERIFIED;
	buf_put(out, TAG);
	for (size_t i = 0; i < N_ITEMS(texts); i++)
		buf_put_sized(out,
		    *(const struct slice *)(const void *)((const char *)sbom +
			texts[i]));
	buf_put_u8(out, (uint8_t)flags);
	buf_put(out, sum_slice(&sbom->digest));
	buf_put(out, sum_slice(&sbom->id));
	buf_put_u32le(out, (uint32_t)sbom->n_layers);
	for (size_t i = 0; i < sbom->n_layers; i++)
		buf_put(out, sum_slice(&sbom->diff_ids[i]));
	package_list_encode(sbom->packages, &packages);
	buf_put_sized(out, buf_slice(&packages));
	out->failed |= packages.failed;
}

static bool
take_facts(struct bytes_reader *in, struct sbom *sbom)
{
	struct slice tag;
	uint8_t flags;

	if (!bytes_take(in, TAG.len, &tag) || !slice_eq(tag, TAG))
		return false;
	for (size_t i = 0; i < N_ITEMS(texts); i++)
		if (!bytes_sized(
			in, (struct slice *)(void *)((char *)sbom + texts[i])))
			return false;
	if (!bytes_u8(in, &flags) || (flags & ~FLAG_ALL) != 0 ||
	    !bytes_sha256(in, &sbom->digest) || !bytes_sha256(in, &sbom->id))
		return false;
	sbom->has_digest = flags & FLAG_DIGEST;
	sbom->has_id = flags & FLAG_ID;
	sbom->unverified = flags & FLAG_UNVERIFIED;
	return true;
}

static int
take_layers(struct bytes_reader *in, struct sbom *sbom, struct error *err)
{
	uint32_t n;

	if (!bytes_u32le(in, &n))
		return error_set(err, ERROR_FORMAT, "not an encoded image");
	if (n > LAYERS_MAX)
		return error_set(err, ERROR_LIMIT, "too many layers");
	sbom->diff_ids = calloc(n + 1, sizeof(*sbom->diff_ids));
	if (!sbom->diff_ids)
		return error_nomem(err);
	for (; sbom->n_layers < n; sbom->n_layers++)
		if (!bytes_sha256(in, &sbom->diff_ids[sbom->n_layers]))
			return error_set(
			    err, ERROR_FORMAT, "not an encoded image");
	return 0;
}

int
sbom_decode(struct slice bytes, struct sbom **ret, struct error *err)
{
	CLEANUP(sbom_free) struct sbom *sbom = calloc(1, sizeof(*sbom));
	struct slice packages;

	if (!sbom || !(sbom->text = slice_copy(bytes)))
		return error_nomem(err);

	struct bytes_reader in =
	    bytes_reader_of(slice_of(sbom->text, bytes.len));
	if (!take_facts(&in, sbom))
		return error_set(err, ERROR_FORMAT, "not an encoded image");
	if (take_layers(&in, sbom, err) < 0)
		return -1;
	if (!bytes_sized(&in, &packages) || in.rest.len > 0)
		return error_set(err, ERROR_FORMAT, "not an encoded image");
	if (package_list_decode(packages, &sbom->packages, err) < 0)
		return -1;
	*ret = TAKE(sbom);
	return 0;
}

void
sbom_free(struct sbom *sbom)
{
	if (!sbom)
		return;
	for (size_t i = 0; sbom->packages && i < sbom->packages->n_items; i++) {
		if (sbom->purls)
			free(sbom->purls[i]);
		if (sbom->refs)
			free(sbom->refs[i]);
	}
	free(sbom->purls);
	free(sbom->refs);
	free(sbom->edges);
	free(sbom->diff_ids);
	package_list_free(sbom->packages);
	free(sbom->text);
	free(sbom);
}

/* --- packages in their order --------------------------------------------- */

static int
package_cmp(const void *a, const void *b)
{
	const struct package *pa = a;
	const struct package *pb = b;
	const struct slice pairs[][2] = {
		{ slice_of_string(package_type_to_string(pa->type)),
		    slice_of_string(package_type_to_string(pb->type)) },
		{ pa->name, pb->name },
		{ pa->version, pb->version },
		{ pa->arch, pb->arch },
		{ pa->source, pb->source },
		{ pa->source_version, pb->source_version },
		{ pa->licence, pb->licence },
		{ pa->maintainer, pb->maintainer },
	};

	for (size_t i = 0; i < N_ITEMS(pairs); i++) {
		int r = slice_cmp(pairs[i][0], pairs[i][1]);

		if (r != 0)
			return r;
	}
	return (pa->layer > pb->layer) - (pa->layer < pb->layer);
}

int
sbom_prepare(struct sbom *sbom, struct error *err)
{
	const struct purl_system system = { sbom->os_id, sbom->os_version,
		sbom->os_codename };
	struct package_list *list = sbom->packages;
	size_t n_same = 1;

	if (list->n_items > 0)
		qsort(list->items, list->n_items, sizeof(*list->items),
		    package_cmp);
	sbom->purls = calloc(list->n_items + 1, sizeof(*sbom->purls));
	sbom->refs = calloc(list->n_items + 1, sizeof(*sbom->refs));
	if (!sbom->purls || !sbom->refs)
		return error_nomem(err);
	for (size_t i = 0; i < list->n_items; i++) {
		CLEANUP(buf_clear) struct buf purl = { 0 };

		purl_put(&list->items[i], &system, &purl);
		sbom->purls[i] = buf_take_string(&purl);
		if (!sbom->purls[i])
			return error_nomem(err);
		/* Equal ones stand together: the order is that of its parts. */
		bool same =
		    i > 0 && strcmp(sbom->purls[i - 1], sbom->purls[i]) == 0;
		n_same = same ? n_same + 1 : 1;
		sbom->refs[i] = same
		    ? string_format("%s#%zu", sbom->purls[i], n_same)
		    : string_format("%s", sbom->purls[i]);
		if (!sbom->refs[i])
			return error_nomem(err);
	}
	return 0;
}

/* --- what the formats share ---------------------------------------------- */

void
sbom_uuid(struct slice content, char ret[UUID_SIZE])
{
	/* The name space of these UUIDs: drawn by lot, once. */
	static const uint8_t space[16] = { 0x3c, 0x1f, 0x8a, 0x52, 0xd7, 0x0e,
		0x4b, 0x9d, 0xa4, 0x66, 0x0b, 0xe9, 0x71, 0x25, 0xc8, 0xf3 };
	const struct sha256 inner = sha256_of(content);
	uint8_t both[sizeof(space) + SHA256_BYTES];
	size_t at = 0;

	memcpy(both, space, sizeof(space));
	memcpy(both + sizeof(space), inner.bytes, SHA256_BYTES);

	struct sha256 sum =
	    sha256_of(slice_of((const char *)both, sizeof(both)));
	char hex[SHA256_HEX_SIZE];

	sum.bytes[6] = (sum.bytes[6] & 0x0f) | 0x80; /* version 8 */
	sum.bytes[8] = (sum.bytes[8] & 0x3f) | 0x80; /* variant */
	sha256_to_string(&sum, hex);
	for (size_t i = 0; at < UUID_SIZE - 1; at++) {
		if (at == 8 || at == 13 || at == 18 || at == 23)
			ret[at] = '-';
		else
			ret[at] = hex[i++];
	}
	ret[at] = '\0';
}

static bool
contains(struct slice text, struct slice what)
{
	return text.len >= what.len &&
	    memmem(text.ptr, text.len, what.ptr, what.len);
}

/* What most names of groups have in them. There is no rule. */
static bool
is_group(struct slice name)
{
	static const struct slice words[] = {
		SLICE("Team"),
		SLICE("team"),
		SLICE("Maintainers"),
		SLICE("maintainers"),
		SLICE("Developers"),
		SLICE("developers"),
		SLICE("Packagers"),
		SLICE("packagers"),
		SLICE("Group"),
		SLICE("group"),
		SLICE("Project"),
		SLICE("Packages"),
		SLICE("Debian "),
		SLICE("Ubuntu "),
	};

	for (size_t i = 0; i < N_ITEMS(words); i++)
		if (contains(name, words[i]))
			return true;
	return false;
}

/* user@host.name, of plain characters only. */
static bool
is_email(struct slice text)
{
	struct slice user;

	if (!slice_is_graph(text) || !memchr(text.ptr, '@', text.len) ||
	    !slice_split(&text, '@', &user) || user.len == 0 || text.len == 0 ||
	    text.ptr[0] == '.' || !memchr(text.ptr, '.', text.len))
		return false;
	for (size_t i = 0; i < user.len; i++)
		if (strchr("()<>[]:;,\\\"", user.ptr[i]))
			return false;
	for (size_t i = 0; i < text.len; i++)
		if (strchr("()<>[]:;,\\\"@_", text.ptr[i]))
			return false;
	return text.ptr[text.len - 1] != '.';
}

bool
supplier_of(struct slice maintainer, struct supplier *ret)
{
	struct slice rest = slice_trim(maintainer);
	struct slice name;

	*ret = (struct supplier){ .name = rest };
	if (slice_ends_with(rest, SLICE(">")) &&
	    slice_split(&rest, '<', &name)) {
		struct slice email = slice_first(rest, rest.len - 1);

		ret->name = slice_trim(name);
		if (is_email(email))
			ret->email = email;
		if (ret->name.len == 0)
			ret->name = email;
	}
	ret->is_person = ret->email.len > 0 && !is_group(ret->name) &&
	    !contains(ret->email, SLICE("lists."));
	return ret->name.len > 0;
}

enum licence_kind
sbom_licence(const struct package *package, struct buf *out)
{
	return package->type == PACKAGE_DEB
	    ? licence_read_debian(package->licence, out)
	    : licence_read(package->licence, out);
}

bool
sbom_image_purl(const struct sbom *sbom, struct buf *out)
{
	const struct purl_image image = { sbom->repository, sbom->tag,
		sbom->arch, &sbom->digest };

	if (!sbom->has_digest || sbom->repository.len == 0)
		return false;
	purl_put_image(&image, out);
	return true;
}

void
sbom_version(const struct sbom *sbom, struct buf *out)
{
	char hex[SHA256_HEX_SIZE];

	if (!sbom->has_digest && !sbom->has_id)
		return;
	sha256_to_string(sbom->has_digest ? &sbom->digest : &sbom->id, hex);
	buf_put_format(out, "sha256:%s", hex);
}

const char *
sbom_format_to_string(enum sbom_format format)
{
	return format == SBOM_SPDX ? "spdx" : "cyclonedx";
}

bool
sbom_format_from_string(struct slice text, enum sbom_format *ret)
{
	if (slice_eq(text, SLICE("spdx")))
		*ret = SBOM_SPDX;
	else if (slice_eq(text, SLICE("cyclonedx")))
		*ret = SBOM_CYCLONEDX;
	else
		return false;
	return true;
}

int
sbom_write(const struct sbom *sbom, enum sbom_format format, struct buf *out,
    struct error *err)
{
	return format == SBOM_SPDX ? spdx_write(sbom, out, err)
				   : cyclonedx_write(sbom, out, err);
}
