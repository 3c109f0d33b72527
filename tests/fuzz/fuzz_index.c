/* SPDX-License-Identifier: Apache-2.0 */
#include "repo/index.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Shows its bytes in chunks of the given size, each in memory of its own. */
struct chunks {
	struct stream stream;
	struct slice rest;
	size_t n;
	char *chunk;
};

static int
chunks_next(struct stream *self, struct slice *ret, struct error *err)
{
	struct chunks *in = (struct chunks *)(void *)self;
	struct slice now = slice_first(in->rest, in->n);

	(void)err;
	free(in->chunk);
	in->chunk = malloc(now.len + 1);
	if (!in->chunk)
		abort();
	if (now.len > 0)
		memcpy(in->chunk, now.ptr, now.len);
	in->rest = slice_after(in->rest, now.len);
	*ret = slice_of(in->chunk, now.len);
	return 0;
}

static struct package_list *
read_in(struct slice text, size_t n)
{
	CLEANUP(names_clear) struct names names = { 0 };
	struct chunks in = { { chunks_next }, text, n, NULL };
	struct package_list *list = NULL;
	struct error err;

	if (!names_at(&names, SLICE("a")) || !names_at(&names, SLICE("b")))
		abort();
	if (index_read(&in.stream, &names, 3, &list, &err) < 0)
		list = NULL;
	free(in.chunk);
	return list;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of((const char *)data, size);
	CLEANUP(package_list_free)
	struct package_list *list = read_in(text, 65536);
	CLEANUP(package_list_free) struct package_list *same = read_in(text, 7);

	/* How the text was cut up makes no difference. */
	if (!list != !same || (list && list->n_items != same->n_items))
		abort();
	for (size_t i = 0; list && i < list->n_items; i++)
		if (list->items[i].name.len != 1 ||
		    list->items[i].origin != 3 ||
		    *list->items[i].filename.ptr == 0x2f)
			abort();
	return 0;
}
