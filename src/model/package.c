/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packages, and how a worker hands a list of them to its parent: a form of
 * our own, for two ends of one build, so that there is no version to agree
 * upon but the tag at its start.
 *
 *	"fPK2", u32 number of packages, and for each of them
 *	u8 type, u8 flags, 16 texts (u32 length, bytes), u32 layer,
 *	u64 size, 32 bytes SHA-256, u32 origin
 *
 * All numbers have their lowest byte first.
 */
#include "model/package.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/memory.h"

/* Debian has 64,000 packages for one architecture, and several versions of
 * each are never in one list; more is not a distribution. */
#define PACKAGES_MAX 100000

/* The longest field of Debian 12, a Provides, has 26,000 bytes. */
#define TEXT_BYTES_MAX ((size_t)1024 * 1024)

#define TAG SLICE("fPK2")

enum package_flag {
	FLAG_ESSENTIAL = 1,
	FLAG_HELD = 2,
	FLAG_AUTOMATIC = 4,
	FLAG_ALL = FLAG_ESSENTIAL | FLAG_HELD | FLAG_AUTOMATIC,
};

enum text_rule {
	TEXT_WORD,       /* one or more printable characters, no space */
	TEXT_WORD_OR_NO, /* the same, or nothing */
	TEXT_LINE,       /* any printable ASCII, blanks and newlines */
};

/* The texts of a package, in the order in which they are encoded. */
static const struct {
	size_t offset;
	enum text_rule rule;
} texts[] = {
	{ offsetof(struct package, name), TEXT_WORD },
	{ offsetof(struct package, version), TEXT_WORD },
	{ offsetof(struct package, arch), TEXT_WORD_OR_NO },
	{ offsetof(struct package, source), TEXT_WORD },
	{ offsetof(struct package, source_version), TEXT_WORD },
	{ offsetof(struct package, multi_arch), TEXT_WORD_OR_NO },
	{ offsetof(struct package, state), TEXT_WORD_OR_NO },
	{ offsetof(struct package, pre_depends), TEXT_LINE },
	{ offsetof(struct package, depends), TEXT_LINE },
	{ offsetof(struct package, recommends), TEXT_LINE },
	{ offsetof(struct package, provides), TEXT_LINE },
	{ offsetof(struct package, breaks), TEXT_LINE },
	{ offsetof(struct package, conflicts), TEXT_LINE },
	{ offsetof(struct package, licence), TEXT_LINE },
	{ offsetof(struct package, maintainer), TEXT_LINE },
	{ offsetof(struct package, filename), TEXT_WORD_OR_NO },
};

static const char *const type_names[] = {
	[PACKAGE_DEB] = "deb",
	[PACKAGE_APK] = "apk",
	[PACKAGE_RPM] = "rpm",
	[PACKAGE_ALPM] = "alpm",
};

const char *
package_type_to_string(enum package_type type)
{
	return (size_t)type < N_ITEMS(type_names) ? type_names[type]
						  : "unknown";
}

static struct slice *
package_text(struct package *pkg, size_t i)
{
	return (struct slice *)(void *)((char *)pkg + texts[i].offset);
}

static struct slice
package_text_of(const struct package *pkg, size_t i)
{
	return *(const struct slice *)(const void *)((const char *)pkg +
	    texts[i].offset);
}

static void
package_encode(const struct package *pkg, struct buf *out)
{
	unsigned int flags = 0;

	if (pkg->essential)
		flags |= FLAG_ESSENTIAL;
	if (pkg->held)
		flags |= FLAG_HELD;
	if (pkg->automatic)
		flags |= FLAG_AUTOMATIC;
	buf_put_u8(out, (uint8_t)pkg->type);
	buf_put_u8(out, (uint8_t)flags);
	for (size_t i = 0; i < N_ITEMS(texts); i++)
		buf_put_sized(out, package_text_of(pkg, i));
	buf_put_u32le(out, pkg->layer);
	buf_put_u64le(out, pkg->size_bytes);
	buf_put(out, slice_of((const char *)pkg->sha256.bytes, SHA256_BYTES));
	buf_put_u32le(out, pkg->origin);
}

static void
head_encode(size_t n_packages, struct buf *out)
{
	/* More could not be read back either. */
	if (n_packages > UINT32_MAX)
		out->failed = true;
	buf_put(out, TAG);
	buf_put_u32le(out, (uint32_t)n_packages);
}

void
package_list_encode(const struct package_list *list, struct buf *out)
{
	head_encode(list->n_items, out);
	for (size_t i = 0; i < list->n_items; i++)
		package_encode(&list->items[i], out);
}

static bool
text_ok(struct slice s, enum text_rule rule)
{
	if (s.len > TEXT_BYTES_MAX)
		return false;
	if (rule == TEXT_LINE)
		return slice_is_lines(s);
	return (rule == TEXT_WORD_OR_NO && s.len == 0) || slice_is_graph(s);
}

static bool
package_decode(struct bytes_reader *in, struct package *pkg)
{
	struct slice sum;
	uint8_t type;
	uint8_t flags;

	if (!bytes_u8(in, &type) || type >= N_ITEMS(type_names) ||
	    !bytes_u8(in, &flags) || (flags & ~FLAG_ALL) != 0)
		return false;
	pkg->type = (enum package_type)type;
	pkg->essential = flags & FLAG_ESSENTIAL;
	pkg->held = flags & FLAG_HELD;
	pkg->automatic = flags & FLAG_AUTOMATIC;

	for (size_t i = 0; i < N_ITEMS(texts); i++) {
		struct slice *text = package_text(pkg, i);

		if (!bytes_sized(in, text) || !text_ok(*text, texts[i].rule))
			return false;
	}

	if (!bytes_u32le(in, &pkg->layer) ||
	    !bytes_u64le(in, &pkg->size_bytes) ||
	    !bytes_take(in, SHA256_BYTES, &sum) ||
	    !bytes_u32le(in, &pkg->origin))
		return false;
	memcpy(pkg->sha256.bytes, sum.ptr, SHA256_BYTES);
	return true;
}

/* Grows as packages are read, not by what the head says: a few bytes that
 * claim to be many packages get no memory for it. */
static int
items_decode(
    struct bytes_reader *in, struct package_list *list, struct error *err)
{
	struct slice tag;
	uint32_t n;

	if (!bytes_take(in, TAG.len, &tag) || !slice_eq(tag, TAG) ||
	    !bytes_u32le(in, &n))
		return error_set(err, ERROR_FORMAT, "not a list of packages");
	if (n > PACKAGES_MAX)
		return error_set(err, ERROR_LIMIT, "too many packages");

	while (list->n_items < n) {
		struct package pkg = { 0 };

		if (!package_decode(in, &pkg))
			return error_set(err, ERROR_FORMAT,
			    "package %zu is broken", list->n_items);
		if (!ARRAY_GROW(list->items, list->n_items))
			return error_nomem(err);
		list->items[list->n_items++] = pkg;
	}
	if (in->rest.len > 0)
		return error_set(
		    err, ERROR_FORMAT, "bytes after the last package");
	return 0;
}

int
package_list_decode(
    struct slice bytes, struct package_list **ret, struct error *err)
{
	CLEANUP(package_list_free)
	struct package_list *list = calloc(1, sizeof(*list));

	if (!list || !(list->text = slice_copy(bytes)))
		return error_nomem(err);

	struct bytes_reader in =
	    bytes_reader_of(slice_of(list->text, bytes.len));
	if (items_decode(&in, list, err) < 0)
		return -1;
	*ret = TAKE(list);
	return 0;
}

int
package_list_join(const struct package_list *const *lists, size_t n,
    struct package_list **ret, struct error *err)
{
	CLEANUP(buf_clear) struct buf all = { 0 };
	size_t n_packages = 0;

	for (size_t i = 0; i < n; i++)
		n_packages += lists[i]->n_items;
	head_encode(n_packages, &all);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < lists[i]->n_items; j++)
			package_encode(&lists[i]->items[j], &all);
	if (buf_check(&all, err) < 0)
		return -1;
	return package_list_decode(buf_slice(&all), ret, err);
}

void
package_list_free(struct package_list *list)
{
	if (!list)
		return;
	free(list->items);
	free(list->text);
	free(list);
}
