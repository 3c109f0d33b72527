/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Package notes: section .note.package of an ELF file, a note of owner "FDO"
 * and type 0xcafe1a7e whose text is JSON, padded with NUL bytes (UAPI group,
 * "Package Metadata for Executable Files"). Fedora, Azure Linux, Debian from
 * 13 and Ubuntu from 24.10 write them.
 *
 *	{"type":"deb","os":"debian","name":"coreutils","version":"9.7-3",
 *	 "architecture":"amd64","debugInfoUrl":"https://..."}
 *
 * The name is that of the source package, and all binary packages made of it
 * say the same. A file can say what it likes, so a note counts only where
 * there is no database to ask.
 */
#include "catalog/elfnote.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/memory.h"

/* They have 100 to 300 bytes. */
#define NOTE_BYTES_MAX ((size_t)16 * 1024)

static const struct {
	struct slice name;
	enum package_type type;
} types[] = {
	{ SLICE("deb"), PACKAGE_DEB },
	{ SLICE("apk"), PACKAGE_APK },
	{ SLICE("rpm"), PACKAGE_RPM },
	{ SLICE("alpm"), PACKAGE_ALPM },
};

static bool
type_find(struct slice json, enum package_type *ret)
{
	struct slice value;

	if (!json_find(json, "type", &value))
		return false;
	for (size_t i = 0; i < N_ITEMS(types); i++)
		if (json_string_eq(value, types[i].name)) {
			*ret = types[i].type;
			return true;
		}
	return false;
}

/* Where the text of a member is in a buf that still grows. */
struct span {
	size_t start;
	size_t len;
};

/* True when there is none (then it is empty), or it is one word. */
static bool
word_put(struct slice json, const char *key, struct buf *text, struct span *ret)
{
	struct slice value;
	struct error ignored;

	ret->start = text->len;
	ret->len = 0;
	if (!json_find(json, key, &value) || json_type(value) == JSON_NULL)
		return true;
	if (json_string(value, text, &ignored) < 0)
		return false;
	ret->len = text->len - ret->start;
	return ret->len == 0 ||
	    slice_is_graph(slice_after(buf_slice(text), ret->start));
}

static struct slice
span_slice(const struct package_list *list, struct span span)
{
	return slice_of(list->text + span.start, span.len);
}

static int
package_read(struct slice json, enum package_type type,
    struct package_list *list, struct error *err)
{
	CLEANUP(buf_clear) struct buf text = { 0 };
	struct span name;
	struct span version;
	struct span arch;

	if (!word_put(json, "name", &text, &name) ||
	    !word_put(json, "version", &text, &version) ||
	    !word_put(json, "architecture", &text, &arch) || name.len == 0 ||
	    version.len == 0)
		return error_set(
		    err, ERROR_FORMAT, "a note without name or version");
	if (!(list->text = buf_take_string(&text)) ||
	    !ARRAY_GROW(list->items, list->n_items))
		return error_nomem(err);
	list->items[list->n_items++] = (struct package){
		.type = type,
		.name = span_slice(list, name),
		.version = span_slice(list, version),
		.arch = span_slice(list, arch),
		.source = span_slice(list, name),
		.source_version = span_slice(list, version),
	};
	return 0;
}

int
elfnote_parse(struct slice json, struct package_list **ret, struct error *err)
{
	CLEANUP(package_list_free)
	struct package_list *list = calloc(1, sizeof(*list));
	enum package_type type;

	if (!list)
		return error_nomem(err);
	while (json.len > 0 && json.ptr[json.len - 1] == '\0')
		json.len--;
	if (json.len > NOTE_BYTES_MAX)
		return error_set(err, ERROR_LIMIT, "longer than any note");
	if (json_validate(json, err) < 0)
		return -1;
	if (!type_find(json, &type))
		return 0;
	if (package_read(json, type, list, err) < 0)
		return -1;
	*ret = TAKE(list);
	return 1;
}
