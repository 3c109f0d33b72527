/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rpm's database in sqlite, rpmdb.sqlite:
 *
 *	CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT,
 *	    blob BLOB NOT NULL)
 *
 * whose root is found by name in the schema, a table that begins in the first
 * page. A table is a b-tree ("Database File Format" of sqlite's documentation,
 * sections 1.6 and 2): inner pages (5) lead to leaves (13), whose cells are
 * rows; what of a row does not fit there goes on in a chain of pages.
 *
 * sqlite itself would open files. What it calls a virtual table or a view is
 * not read, nor one WITHOUT ROWID: rpm makes none.
 */
#include "base/buf.h"
#include "base/bytes.h"
#include "catalog/rpmdb_source.h"
#include "catalog/sqlite_pages.h"

/* sqlite's own bound: a tree this high has more pages than can be numbered. */
#define DEPTH_MAX 20

#define SCHEMA_PAGE        1
#define SCHEMA_PAGE_OFFSET 100

/* type, name, tbl_name, rootpage: of those of the schema that we read. */
#define COLUMNS_MAX 4

enum page_type {
	PAGE_INNER = 5,
	PAGE_LEAF = 13,
};

struct node {
	uint32_t number;
	struct slice page;
	struct slice pointers; /* to the cells, two bytes each */
	uint32_t right;        /* of an inner page: its last child */
	size_t n_cells;
	size_t next; /* child of an inner page to go to */
	bool is_leaf;
};

struct tree {
	const struct sqlite_pages *pages;
	struct page_set *seen;
	struct buf *payload; /* of a row that is in several pages */
	struct node stack[DEPTH_MAX];
	size_t depth;
};

/* What is called for each row of a table. */
struct sink {
	int (*row)(
	    void *ctx, uint64_t id, struct slice payload, struct error *err);
	void *ctx;
};

struct column {
	uint64_t type;
	struct slice value;
};

/* Up to nine bytes of seven bits each, the highest first; all eight of the
 * ninth. */
static bool
varint(struct bytes_reader *in, uint64_t *ret)
{
	uint64_t value = 0;
	uint8_t byte;

	for (int i = 0; i < 8; i++) {
		if (!bytes_u8(in, &byte))
			return false;
		value = value << 7 | (byte & 0x7f);
		if (!(byte & 0x80)) {
			*ret = value;
			return true;
		}
	}
	if (!bytes_u8(in, &byte))
		return false;
	*ret = value << 8 | byte;
	return true;
}

static bool
node_parse(struct node *node)
{
	size_t head = node->number == SCHEMA_PAGE ? SCHEMA_PAGE_OFFSET : 0;
	struct bytes_reader in = bytes_reader_of(slice_after(node->page, head));
	struct slice skipped;
	uint8_t type;
	uint16_t n_cells;

	if (!bytes_u8(&in, &type) || !bytes_take(&in, 2, &skipped) ||
	    !bytes_u16be(&in, &n_cells) || !bytes_take(&in, 3, &skipped) ||
	    (type != PAGE_LEAF && type != PAGE_INNER))
		return false;
	if (type == PAGE_INNER && !bytes_u32be(&in, &node->right))
		return false;
	node->is_leaf = type == PAGE_LEAF;
	node->n_cells = n_cells;
	return bytes_take(&in, (size_t)n_cells * 2, &node->pointers);
}

static int
tree_enter(struct tree *tree, uint32_t page, struct error *err)
{
	struct node node = { .number = page };

	if (tree->depth == DEPTH_MAX)
		return error_set(
		    err, ERROR_FORMAT, "page %u: the table is too deep", page);
	if (page_set_take(tree->seen, page, err) < 0 ||
	    sqlite_pages_get(tree->pages, page, &node.page, err) < 0)
		return -1;
	if (!node_parse(&node))
		return error_set(
		    err, ERROR_FORMAT, "page %u: not of a table", page);
	tree->stack[tree->depth++] = node;
	return 0;
}

/* Where cell i of a page is. */
static bool
node_cell(const struct node *node, size_t i, struct bytes_reader *ret)
{
	struct bytes_reader in =
	    bytes_reader_of(slice_after(node->pointers, i * 2));
	uint16_t offset;

	if (!bytes_u16be(&in, &offset))
		return false;
	*ret = bytes_reader_of(slice_after(node->page, offset));
	return ret->rest.len > 0;
}

/* Goes to the next child of the inner page that is the last of the stack; 0
 * when there is none left. */
static int
tree_descend(struct tree *tree, struct error *err)
{
	struct node *node = &tree->stack[tree->depth - 1];
	uint32_t child = node->right;
	struct bytes_reader cell;

	if (node->next > node->n_cells)
		return 0;
	if (node->next < node->n_cells &&
	    (!node_cell(node, node->next, &cell) ||
		!bytes_u32be(&cell, &child)))
		return error_set(err, ERROR_FORMAT,
		    "page %u: cell %zu is outside of it", node->number,
		    node->next);
	node->next++;
	return tree_enter(tree, child, err) < 0 ? -1 : 1;
}

/* How many of a payload's n bytes are in its cell. */
static uint64_t
local_bytes(uint64_t n, uint32_t usable)
{
	uint64_t max = usable - 35;
	uint64_t min = (usable - 12) * 32 / 255 - 23;
	uint64_t some = min + (n - min) % (usable - 4);

	if (n <= max)
		return n;
	return some <= max ? some : min;
}

/* Puts n bytes, from a chain of pages, into the tree's payload. */
static int
chain_read(struct tree *tree, uint32_t page, uint64_t n, struct error *err)
{
	struct bytes_reader in;
	struct slice content;

	while (n > 0) {
		if (page_set_take(tree->seen, page, err) < 0 ||
		    sqlite_pages_get(tree->pages, page, &content, err) < 0)
			return -1;
		in = bytes_reader_of(content);
		if (!bytes_u32be(&in, &page))
			return error_set(
			    err, ERROR_FORMAT, "page %u: it is cut off", page);
		content = slice_first(in.rest, n);
		buf_put(tree->payload, content);
		n -= content.len;
	}
	return buf_check(tree->payload, err);
}

static int
row_read(struct tree *tree, struct bytes_reader *cell, uint64_t *ret_id,
    struct slice *ret, struct error *err)
{
	uint32_t usable = tree->pages->usable_bytes;
	uint32_t page;
	uint64_t n;

	if (!varint(cell, &n) || !varint(cell, ret_id) ||
	    n / usable > tree->pages->n_pages)
		return error_set(err, ERROR_FORMAT, "its size is broken");

	uint64_t n_local = local_bytes(n, usable);
	if (!bytes_take(cell, n_local, ret))
		return error_set(err, ERROR_FORMAT, "it is cut off");
	if (n_local == n)
		return 0;
	if (!bytes_u32be(cell, &page))
		return error_set(err, ERROR_FORMAT, "it is cut off");
	tree->payload->len = 0;
	buf_put(tree->payload, *ret);
	if (chain_read(tree, page, n - n_local, err) < 0)
		return -1;
	*ret = buf_slice(tree->payload);
	return 0;
}

static int
leaf_walk(struct tree *tree, const struct node *leaf, const struct sink *to,
    struct error *err)
{
	for (size_t i = 0; i < leaf->n_cells; i++) {
		struct bytes_reader cell;
		struct slice payload;
		uint64_t id;

		if (!node_cell(leaf, i, &cell))
			return error_set(err, ERROR_FORMAT,
			    "page %u: cell %zu is outside of it", leaf->number,
			    i);
		if (row_read(tree, &cell, &id, &payload, err) < 0)
			return error_wrap(
			    err, "page %u: cell %zu", leaf->number, i);
		if (to->row(to->ctx, id, payload, err) < 0)
			return -1;
	}
	return 0;
}

static int
tree_walk(
    struct tree *tree, uint32_t root, const struct sink *to, struct error *err)
{
	int r = tree_enter(tree, root, err);

	while (r >= 0 && tree->depth > 0) {
		struct node *node = &tree->stack[tree->depth - 1];

		r = node->is_leaf ? leaf_walk(tree, node, to, err)
				  : tree_descend(tree, err);
		if (r == 0)
			tree->depth--;
	}
	return r;
}

/* How many bytes a value of that type takes; false for no such type. */
static bool
type_bytes(uint64_t type, uint64_t *ret)
{
	static const uint8_t numbers[] = { 0, 1, 2, 3, 4, 6, 8, 8, 0, 0 };

	if (type >= 12)
		*ret = (type - 12) / 2;
	else if (type < sizeof(numbers))
		*ret = numbers[type];
	else
		return false;
	return true;
}

static bool
type_is_blob(uint64_t type)
{
	return type >= 12 && type % 2 == 0;
}

static bool
type_is_text(uint64_t type)
{
	return type >= 13 && type % 2 == 1;
}

/* The first n columns of a record; false when it has fewer, or is broken. */
static bool
record_parse(struct slice record, size_t n, struct column *ret)
{
	struct bytes_reader in = bytes_reader_of(record);
	struct slice head;
	uint64_t n_head;

	if (!varint(&in, &n_head) || n_head < record.len - in.rest.len ||
	    n_head > record.len)
		return false;
	head = slice_first(in.rest, n_head - (record.len - in.rest.len));

	struct bytes_reader types = bytes_reader_of(head);
	struct bytes_reader values =
	    bytes_reader_of(slice_after(record, n_head));
	for (size_t i = 0; i < n; i++) {
		uint64_t len;

		if (!varint(&types, &ret[i].type) ||
		    !type_bytes(ret[i].type, &len) ||
		    !bytes_take(&values, len, &ret[i].value))
			return false;
	}
	return true;
}

/* True for word, of small letters, in the database's encoding and any case. */
static bool
text_is(const struct sqlite_pages *pages, const struct column *column,
    const char *word)
{
	size_t width = pages->encoding == SQLITE_UTF8 ? 1 : 2;
	size_t low = pages->encoding == SQLITE_UTF16BE ? 1 : 0;
	struct slice text = column->value;

	if (!type_is_text(column->type) || text.len != width * strlen(word))
		return false;
	for (size_t i = 0; word[i]; i++) {
		char c = text.ptr[i * width + low];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (c != word[i] ||
		    (width == 2 && text.ptr[i * width + 1 - low] != '\0'))
			return false;
	}
	return true;
}

/* The page that a whole number of up to four bytes is; 0 for no page. */
static uint32_t
column_page(const struct column *column)
{
	uint32_t page = 0;

	if (column->type == 9)
		return 1;
	if (column->type < 1 || column->type > 4)
		return 0;
	for (size_t i = 0; i < column->value.len; i++)
		page = page << 8 | (uint8_t)column->value.ptr[i];
	return page;
}

struct search {
	const struct sqlite_pages *pages;
	uint32_t root; /* of Packages; 0: not found yet */
};

static int
schema_row(void *ctx, uint64_t id, struct slice payload, struct error *err)
{
	struct search *search = ctx;
	struct column columns[COLUMNS_MAX];

	if (!record_parse(payload, COLUMNS_MAX, columns))
		return error_set(err, ERROR_FORMAT,
		    "entry %llu of the schema is broken",
		    (unsigned long long)id);
	if (!text_is(search->pages, &columns[0], "table") ||
	    !text_is(search->pages, &columns[1], "packages"))
		return 0;
	if (search->root != 0)
		return error_set(
		    err, ERROR_FORMAT, "the table Packages is there twice");
	search->root = column_page(&columns[3]);
	if (search->root == 0)
		return error_set(
		    err, ERROR_FORMAT, "the table Packages is no table");
	return 0;
}

static int
package_row(void *ctx, uint64_t id, struct slice payload, struct error *err)
{
	const struct rpmdb_visitor *to = ctx;
	struct column columns[2];

	/* The first is the row's id: nothing of it is stored. */
	if (!record_parse(payload, 2, columns) || columns[0].type != 0 ||
	    !type_is_blob(columns[1].type))
		return error_set(err, ERROR_FORMAT,
		    "header %llu: its row is broken", (unsigned long long)id);
	return to->header(to->ctx, id, columns[1].value, err);
}

static int
packages_walk(
    struct tree *tree, const struct rpmdb_visitor *to, struct error *err)
{
	struct search search = { .pages = tree->pages };
	struct rpmdb_visitor visitor = *to;
	struct sink schema = { schema_row, &search };
	struct sink packages = { package_row, &visitor };

	if (tree_walk(tree, SCHEMA_PAGE, &schema, err) < 0)
		return -1;
	if (search.root == 0)
		return error_set(
		    err, ERROR_FORMAT, "there is no table Packages");
	return tree_walk(tree, search.root, &packages, err);
}

bool
rpmdb_sqlite_is(struct slice main)
{
	return sqlite_pages_is(main);
}

int
rpmdb_sqlite_walk(const struct rpmdb_files *files,
    const struct rpmdb_visitor *to, struct error *err)
{
	CLEANUP(sqlite_pages_clear) struct sqlite_pages pages = { 0 };
	CLEANUP(page_set_clear) struct page_set seen = { 0 };
	CLEANUP(buf_clear) struct buf payload = { 0 };

	if (sqlite_pages_init(files->main, files->wal, &pages, err) < 0)
		return -1;
	/* They are numbered from 1. */
	if (pages.n_pages == UINT32_MAX)
		return error_set(err, ERROR_LIMIT, "it has too many pages");
	if (page_set_init(&seen, pages.n_pages + 1, err) < 0)
		return -1;
	struct tree tree = {
		.pages = &pages, .seen = &seen, .payload = &payload
	};
	return packages_walk(&tree, to, err);
}
