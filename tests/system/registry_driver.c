/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registry client for tests/system/test_registry.py, without the worker,
 * and with limits that a test can wait for:
 *
 *	registry_driver CACHE [SETTING=VALUE...] manifest NAME
 *	registry_driver CACHE [SETTING=VALUE...] pull NAME
 *	registry_driver CACHE [SETTING=VALUE...] blobs NAME DIGEST SIZE...
 *
 * prints "manifest DIGEST SIZE" and "blob DIGEST SIZE", the size being that
 * of what was read from the descriptor; or, to standard error, "KIND:
 * message". What the client says goes there too, after "say: ".
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/memory.h"
#include "net/http.h"
#include "oci/digest.h"
#include "oci/manifest.h"
#include "registry/registry.h"

#define BLOBS_MAX 16

struct job {
	struct fetch fetch;
	struct registry_options options;
	const char *certs_dirs[2];
	struct registry *registry;
	struct reference *ref;
};

static void
say(void *ctx, const char *line)
{
	(void)ctx;
	(void)fprintf(stderr, "say: %s\n", line);
}

static bool
set(struct job *job, const char *word)
{
	const char *value = strchr(word, '=');
	struct slice name;
	uint64_t number = 0;

	if (!value)
		return false;
	name = slice_of(word, (size_t)(value++ - word));
	(void)slice_to_u64(slice_of_string(value), UINT32_MAX, &number);
	if (slice_eq(name, SLICE("offline")))
		job->fetch.offline = number != 0;
	else if (slice_eq(name, SLICE("verify")))
		job->options.verify = number != 0 ? REGISTRY_VERIFY_ALWAYS
						  : REGISTRY_VERIFY_NEVER;
	else if (slice_eq(name, SLICE("auth")))
		job->options.auth_file = value;
	else if (slice_eq(name, SLICE("certs")))
		job->certs_dirs[0] = value;
	else if (slice_eq(name, SLICE("stall_sec")))
		job->options.stall_sec = (uint32_t)number;
	else if (slice_eq(name, SLICE("pause_ms")))
		job->options.pause_ms = (uint32_t)number;
	else if (slice_eq(name, SLICE("helper_ms")))
		job->options.helper_ms = (uint32_t)number;
	else
		return false;
	return true;
}

static int
show_blobs(struct registry_blob *blobs, size_t n, struct error *err)
{
	for (size_t i = 0; i < n; i++) {
		CLEANUP(fd_close) int fd = blobs[i].fd;
		CLEANUP(buf_clear) struct buf bytes = { 0 };
		char is[DIGEST_SIZE];

		if (fd_read_all(fd, &bytes, err) < 0)
			return -1;
		struct sha256 sum = sha256_of(buf_slice(&bytes));
		digest_to_string(&sum, is);
		(void)printf("blob %s %zu\n", is, bytes.len);
	}
	return 0;
}

static int
fetch_blobs(
    struct job *job, struct registry_blob *blobs, size_t n, struct error *err)
{
	if (registry_blobs(job->registry, job->ref->name, blobs, n, err) < 0)
		return -1;
	return show_blobs(blobs, n, err);
}

static int
manifest(struct job *job, bool and_blobs, struct error *err)
{
	CLEANUP(manifest_free) struct manifest *manifest = NULL;
	CLEANUP(buf_clear) struct buf bytes = { 0 };
	struct registry_blob blobs[BLOBS_MAX];
	char digest[DIGEST_SIZE];
	struct sha256 sum;
	size_t n = 0;

	if (registry_manifest(job->registry, job->ref, &bytes, &sum, err) < 0)
		return -1;
	digest_to_string(&sum, digest);
	(void)printf("manifest %s %zu\n", digest, bytes.len);
	if (!and_blobs)
		return 0;
	if (manifest_parse(buf_slice(&bytes), &manifest, err) < 0)
		return -1;
	blobs[n++] = (struct registry_blob){
		.digest = manifest->config.digest,
		.size_bytes = manifest->config.size_bytes,
	};
	for (size_t i = 0; i < manifest->n_layers && n < BLOBS_MAX; i++)
		blobs[n++] = (struct registry_blob){
			.digest = manifest->layers[i].blob.digest,
			.size_bytes = manifest->layers[i].blob.size_bytes,
		};
	return fetch_blobs(job, blobs, n, err);
}

static int
blobs(struct job *job, char **words, struct error *err)
{
	struct registry_blob blobs[BLOBS_MAX];
	size_t n = 0;

	for (; words[0] && words[1] && n < BLOBS_MAX; words += 2) {
		struct registry_blob *blob = &blobs[n++];

		if (digest_parse(
			slice_of_string(words[0]), &blob->digest, err) < 0)
			return -1;
		if (!slice_to_u64(slice_of_string(words[1]), UINT64_MAX,
			&blob->size_bytes))
			return error_set(err, ERROR_FORMAT, "no size");
	}
	return fetch_blobs(job, blobs, n, err);
}

static int
run(struct job *job, char **words, struct error *err)
{
	if (!words[0] || !words[1])
		return error_set(err, ERROR_FORMAT, "usage");
	if (http_new(NULL, NULL, &job->fetch.http, err) < 0 ||
	    registry_open(&job->fetch, &job->options, &job->registry, err) <
		0 ||
	    reference_parse(slice_of_string(words[1]), &job->ref, err) < 0)
		return -1;
	if (!strcmp(words[0], "manifest"))
		return manifest(job, false, err);
	if (!strcmp(words[0], "pull"))
		return manifest(job, true, err);
	return blobs(job, words + 2, err);
}

int
main(int argc, char **argv)
{
	struct job job = { .options = { .say = say } };
	struct error err;
	char **word = argv + 2;

	if (argc < 2)
		return EXIT_FAILURE;
	job.fetch.dir = argv[1];
	while (*word && set(&job, *word))
		word++;
	if (job.certs_dirs[0])
		job.options.certs_dirs = job.certs_dirs;

	int r = run(&job, word, &err);
	registry_free(job.registry);
	reference_free(job.ref);
	http_free(job.fetch.http);
	if (r < 0)
		(void)fprintf(stderr, "%s: %s\n",
		    error_kind_to_string(err.kind), err.msg);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
