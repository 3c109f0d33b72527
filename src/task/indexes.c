/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a source to its packages, each link checked here: the InRelease is
 * taken apart by a worker and its signature verified; what was signed is read
 * by a fresh worker; the index is fetched by the hash that stands there, and
 * its bytes are hashed again while they go to the worker that reads them.
 */
#include "task/indexes.h"

#include <stdlib.h>

#include "base/fd.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/names.h"
#include "task/ask.h"
#include "task/keys.h"
#include "trust/clearsign.h"

#define INRELEASE_MAX_BYTES ((uint64_t)CLEARSIGN_TEXT_MAX_BYTES)
/* Part of a key of the cache: changes with what is kept of an index. */
#define INDEX_FORM "1"

static void
suite_clear(struct suite *suite)
{
	free(suite->uri);
	free(suite->name);
	release_free(suite->release);
}
DEFINE_CLEANUP_IN_PLACE(struct suite, suite_clear)

void
indexes_free(struct indexes *indexes)
{
	if (!indexes)
		return;
	for (size_t i = 0; i < indexes->n_suites; i++)
		suite_clear(&indexes->suites[i]);
	for (size_t i = 0; i < indexes->n_lists; i++)
		package_list_free(indexes->lists[i]);
	free(indexes->suites);
	free(indexes->origins);
	free(indexes->all.items);
	free(indexes->lists);
	free(indexes->faults);
	free(indexes);
}

int64_t
indexes_date(const struct indexes *indexes)
{
	int64_t newest = 0;

	for (size_t i = 0; i < indexes->n_suites; i++)
		if (indexes->suites[i].release->date > newest)
			newest = indexes->suites[i].release->date;
	return newest;
}

/* What the loading of all suites of one image has in common. */
struct loading {
	struct app *app;
	const struct fetch *fetch;
	const struct inventory *inventory;
	struct buf names; /* of the installed packages, a line each */
	struct sha256 names_sum;
	struct indexes *indexes;
};

static void
loading_clear(struct loading *loading)
{
	buf_clear(&loading->names);
	indexes_free(loading->indexes);
}
DEFINE_CLEANUP_IN_PLACE(struct loading, loading_clear)

static int
fault_add(struct indexes *indexes, const struct error *what, struct error *err)
{
	if (!ARRAY_GROW(indexes->faults, indexes->n_faults))
		return error_nomem(err);
	indexes->faults[indexes->n_faults++] = *what;
	return 0;
}

/* Fetches the InRelease of source and verifies it. */
static int
signed_text_load(const struct loading *loading, const struct source *source,
    struct clearsign **ret, struct trust_verdict *verdict, struct error *err)
{
	CLEANUP(string_free)
	char *url = string_format(SLICE_FMT "/dists/" SLICE_FMT "/InRelease",
	    SLICE_ARG(source->uri), SLICE_ARG(source->suite));
	CLEANUP(buf_clear) struct buf text = { 0 };
	CLEANUP(answer_clear) struct answer answer = { 0 };
	CLEANUP(keyring_free) struct keyring *ring = NULL;
	CLEANUP(clearsign_free) struct clearsign *msg = NULL;

	if (!url)
		return error_nomem(err);
	if (keys_for_source(loading->app, source, &ring, err) < 0 ||
	    fetch_named(loading->fetch, url, INRELEASE_MAX_BYTES, &text, err) <
		0 ||
	    ask_bytes(loading->app, "clearsign", NULL, buf_slice(&text),
		&answer, err) < 0 ||
	    clearsign_decode(buf_slice(&answer.parts[ANSWER_MAIN]), &msg, err) <
		0 ||
	    trust_verify(ring, msg, loading->app->now, verdict, err) < 0)
		return error_wrap(err, "InRelease");
	*ret = TAKE(msg);
	return 0;
}

static int
release_load(const struct loading *loading, const struct source *source,
    struct suite *suite, struct error *err)
{
	CLEANUP(clearsign_free) struct clearsign *msg = NULL;
	CLEANUP(answer_clear) struct answer answer = { 0 };
	CLEANUP(string_free) char *components = slice_copy(source->components);
	CLEANUP(string_free)
	char *arch = slice_copy(loading->inventory->native_arch);
	const char *const args[] = { components, arch, NULL };

	if (!components || !arch)
		return error_nomem(err);
	if (signed_text_load(loading, source, &msg, &suite->verdict, err) < 0)
		return -1;
	if (ask_bytes(loading->app, "release", args, msg->signed_text, &answer,
		err) < 0 ||
	    release_decode(buf_slice(&answer.parts[ANSWER_MAIN]),
		&suite->release, err) < 0 ||
	    release_check_suite(suite->release, source->suite, err) < 0 ||
	    release_check_fresh(suite->release, loading->app->now, err) < 0)
		return error_wrap(err, "Release");
	return 0;
}

static int
list_add(struct indexes *indexes, struct package_list *list, struct error *err)
{
	CLEANUP(package_list_free) struct package_list *taken = list;

	if (!ARRAY_GROW(indexes->lists, indexes->n_lists))
		return error_nomem(err);
	for (size_t i = 0; i < taken->n_items; i++) {
		struct package_list *all = &indexes->all;

		if (!ARRAY_GROW(all->items, all->n_items))
			return error_nomem(err);
		all->items[all->n_items] = taken->items[i];
		all->items[all->n_items++].origin = (uint32_t)indexes->n_suites;
	}
	indexes->lists[indexes->n_lists++] = TAKE(taken);
	return 0;
}

/* Has a worker pick the packages of those names out of the index in fd. */
static int
index_ask(const struct loading *loading, int fd,
    const struct release_file *file, struct answer *answer, struct error *err)
{
	CLEANUP(fd_stream_clear) struct fd_stream in = { 0 };
	CLEANUP(hash_stream_clear) struct hash_stream tap = { 0 };
	struct slice_stream names = slice_stream_of(buf_slice(&loading->names));
	struct stream *inputs[] = { &tap.stream, &names.stream };
	struct worker_job job = {
		.role = "index",
		.inputs = inputs,
		.n_inputs = N_ITEMS(inputs),
		.drain_inputs = true,
	};

	if (fd_stream_init(&in, fd, err) < 0 ||
	    hash_stream_init(&tap, &in.stream, err) < 0 ||
	    ask(loading->app, &job, answer, err) < 0)
		return -1;

	struct sha256 is = hash_stream_end(&tap);
	if (!sha256_eq(&is, &file->sha256))
		return error_set(err, ERROR_UNTRUSTED,
		    "the cached index changed while it was read");
	return 0;
}

static char *
index_url(const struct suite *suite, const struct release_file *file)
{
	CLEANUP(buf_clear) struct buf url = { 0 };

	buf_put_format(&url, "%s/dists/%s/", suite->uri, suite->name);
	if (suite->release->by_hash)
		release_put_by_hash(file, &url);
	else
		buf_put(&url, file->path);
	return buf_take_string(&url);
}

static char *
index_key(const struct loading *loading, const struct release_file *file)
{
	char index[SHA256_HEX_SIZE], names[SHA256_HEX_SIZE];

	sha256_to_string(&file->sha256, index);
	sha256_to_string(&loading->names_sum, names);
	return string_format("index " INDEX_FORM " %s %s", index, names);
}

/* Decompressing an index costs half a second, what is kept of it is small. */
static int
index_load(const struct loading *loading, const struct suite *suite,
    const struct release_file *file, struct buf *ret, struct error *err)
{
	CLEANUP(string_free) char *key = index_key(loading, file);
	CLEANUP(string_free) char *url = index_url(suite, file);
	CLEANUP(answer_clear) struct answer answer = { 0 };
	CLEANUP(fd_close) int fd = -1;
	struct error ignored;

	if (!key || !url)
		return error_nomem(err);
	if (cache_load(loading->fetch, key, ret, err) == 0)
		return 0;
	buf_clear(ret);
	if (fetch_blob(loading->fetch, url, &file->sha256, file->size_bytes,
		&fd, err) < 0 ||
	    index_ask(loading, fd, file, &answer, err) < 0)
		return -1;

	struct slice main = buf_slice(&answer.parts[ANSWER_MAIN]);
	ERROR_IGNORE(cache_save(loading->fetch, key, main, &ignored));
	buf_put(ret, main);
	return buf_check(ret, err);
}

static int
component_load(struct loading *loading, const struct suite *suite,
    struct slice component, struct error *err)
{
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct release_index index;
	struct package_list *list;

	if (release_find_index(suite->release, component,
		loading->inventory->native_arch, &index, err) < 0 ||
	    index_load(loading, suite, index.file, &bytes, err) < 0 ||
	    package_list_decode(buf_slice(&bytes), &list, err) < 0)
		return error_wrap(err, SLICE_FMT, SLICE_ARG(component));
	return list_add(loading->indexes, list, err);
}

static int
components_load(struct loading *loading, const struct suite *suite,
    struct slice components, struct error *err)
{
	struct slice component;

	while (slice_split(&components, ' ', &component))
		if (component.len > 0 &&
		    component_load(loading, suite, component, err) < 0)
			return -1;
	return 0;
}

/* What was added of a suite that failed half way is taken away again. */
static void
lists_cut(struct indexes *indexes, size_t n_lists, size_t n_items)
{
	while (indexes->n_lists > n_lists)
		package_list_free(indexes->lists[--indexes->n_lists]);
	indexes->all.n_items = n_items;
}

static int
suite_load(
    struct loading *loading, const struct source *source, struct error *err)
{
	CLEANUP(suite_clear)
	struct suite suite = {
		.uri = slice_copy(source->uri),
		.name = slice_copy(source->suite),
	};
	struct indexes *indexes = loading->indexes;
	size_t n_lists = indexes->n_lists, n_items = indexes->all.n_items;

	if (!suite.uri || !suite.name ||
	    !ARRAY_GROW(indexes->suites, indexes->n_suites) ||
	    !ARRAY_GROW(indexes->origins, indexes->n_suites))
		return error_nomem(err);
	if (release_load(loading, source, &suite, err) < 0)
		return -1;
	if (components_load(loading, &suite, source->components, err) < 0) {
		lists_cut(indexes, n_lists, n_items);
		return -1;
	}
	indexes->origins[indexes->n_suites] =
	    origin_of(suite.release, slice_of_string(suite.uri));
	indexes->suites[indexes->n_suites++] = suite;
	suite = (struct suite){ 0 };
	return 0;
}

static int
source_load(
    struct loading *loading, const struct source *source, struct error *err)
{
	struct error why;

	if (suite_load(loading, source, &why) == 0)
		return 0;
	*err = why;
	return error_wrap(err, SLICE_FMT " " SLICE_FMT,
	    SLICE_ARG(slice_first(source->uri, 128)),
	    SLICE_ARG(slice_first(source->suite, 64)));
}

static int
names_put(struct loading *loading, struct error *err)
{
	const struct package_list *list = loading->inventory->packages;

	for (size_t i = 0; i < list->n_items; i++) {
		buf_put(&loading->names, list->items[i].name);
		buf_put_string(&loading->names, "\n");
	}
	if (buf_check(&loading->names, err) < 0)
		return -1;
	loading->names_sum = sha256_of(buf_slice(&loading->names));
	return 0;
}

/* What could not be taken from the sources is a fault too. */
static int
problems_add(struct loading *loading, struct error *err)
{
	const struct source_list *sources = &loading->inventory->sources;

	for (size_t i = 0; i < sources->n_problems; i++) {
		const struct source_problem *problem = &sources->problems[i];
		struct error fault;

		(void)error_set(&fault, problem->kind,
		    SLICE_FMT ":%u: " SLICE_FMT,
		    SLICE_ARG(slice_first(problem->file, 128)), problem->line,
		    SLICE_ARG(slice_first(problem->msg, 256)));
		if (problem->kind == ERROR_UNTRUSTED)
			app_say(loading->app, "%s (ignored)", fault.msg);
		else if (fault_add(loading->indexes, &fault, err) < 0)
			return -1;
	}
	if (sources->n_items == 0 && sources->n_problems == 0) {
		struct error none;

		(void)error_set(
		    &none, ERROR_NOT_FOUND, "it names no sources of packages");
		return fault_add(loading->indexes, &none, err);
	}
	return 0;
}

int
indexes_load(struct app *app, const struct inventory *inventory,
    struct indexes **ret, struct error *err)
{
	CLEANUP(loading_clear)
	struct loading loading = {
		.app = app,
		.inventory = inventory,
		.indexes = calloc(1, sizeof(*loading.indexes)),
	};

	if (!loading.indexes)
		return error_nomem(err);
	if (app_fetch(app, &loading.fetch, err) < 0 ||
	    names_put(&loading, err) < 0 || problems_add(&loading, err) < 0)
		return -1;
	for (size_t i = 0; i < inventory->sources.n_items; i++) {
		struct error why;

		if (source_load(&loading, &inventory->sources.items[i], &why) ==
		    0)
			continue;
		if (why.kind == ERROR_NOMEM || why.kind == ERROR_CANCELED) {
			*err = why;
			return -1;
		}
		if (fault_add(loading.indexes, &why, err) < 0)
			return -1;
	}
	*ret = TAKE(loading.indexes);
	return 0;
}
