/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor: the least work that any program must do to know what a layer
 * holds. Reads a gzip blob once, hashes it (its digest), inflates it with the
 * fastest library there is, and nothing else: no tar is walked, nothing is
 * checked beyond the CRC. It links the libraries and none of our own code, so
 * that it cannot gain or lose with it.
 *
 *	floor [--diff-id] BLOB
 *
 * --diff-id also hashes what comes out: the least work for who checks that a
 * layer is the one that the image's config lists, as fother does.
 *
 * Prints the digests, the bytes in and out, and the processor time that the
 * process took, user and system, in milliseconds.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <isa-l/igzip_lib.h>
#include <openssl/evp.h>

#define CHUNK_BYTES ((size_t)256 * 1024)

struct side {
	EVP_MD_CTX *hash; /* NULL: only counted */
	uint64_t n_bytes;
	uint8_t bytes[CHUNK_BYTES];
};

static struct side blob;
static struct side layer;
static struct inflate_state inflater;

static void
fail(const char *what)
{
	(void)fprintf(stderr, "floor: %s\n", what);
	exit(EXIT_FAILURE);
}

static void
side_begin(struct side *side)
{
	side->hash = EVP_MD_CTX_new();
	if (!side->hash || !EVP_DigestInit_ex(side->hash, EVP_sha256(), NULL))
		fail("no SHA-256");
}

static void
side_put(struct side *side, size_t n)
{
	if (side->hash && !EVP_DigestUpdate(side->hash, side->bytes, n))
		fail("SHA-256 failed");
	side->n_bytes += n;
}

static void
side_end(struct side *side, const char *name)
{
	uint8_t sum[EVP_MAX_MD_SIZE];
	unsigned int n = 0;

	if (side->hash && !EVP_DigestFinal_ex(side->hash, sum, &n))
		fail("SHA-256 failed");
	(void)printf("%s %s", name, side->hash ? "sha256:" : "not hashed,");
	for (unsigned int i = 0; i < n; i++)
		(void)printf("%02x", sum[i]);
	(void)printf(" %ju bytes\n", (uintmax_t)side->n_bytes);
	EVP_MD_CTX_free(side->hash);
}

static void
member_begin(void)
{
	isal_inflate_reset(&inflater);
	inflater.crc_flag = ISAL_GZIP;
}

/* Inflates (and hashes) until it wants more input. */
static void
inflate_chunk(size_t n)
{
	inflater.next_in = blob.bytes;
	inflater.avail_in = (uint32_t)n;
	do {
		if (inflater.block_state == ISAL_BLOCK_FINISH) {
			if (inflater.avail_in == 0)
				break;
			member_begin();
		}
		inflater.next_out = layer.bytes;
		inflater.avail_out = CHUNK_BYTES;
		int code = isal_inflate(&inflater);
		if (code < 0)
			fail("not gzip, or damaged");
		side_put(&layer, CHUNK_BYTES - inflater.avail_out);
	} while (inflater.avail_in > 0 || inflater.avail_out == 0);
}

static void
run(int fd, bool with_diff_id)
{
	ssize_t n;

	side_begin(&blob);
	if (with_diff_id)
		side_begin(&layer);
	isal_inflate_init(&inflater);
	member_begin();
	while ((n = read(fd, blob.bytes, CHUNK_BYTES)) > 0) {
		side_put(&blob, (size_t)n);
		inflate_chunk((size_t)n);
	}
	if (n < 0)
		fail("cannot read");
	if (inflater.block_state != ISAL_BLOCK_FINISH)
		fail("cut off");
	side_end(&blob, "blob");
	side_end(&layer, "layer");
}

static double
ms_of(struct timeval time)
{
	return (double)time.tv_sec * 1e3 + (double)time.tv_usec / 1e3;
}

int
main(int argc, char **argv)
{
	struct rusage used;

	bool with_diff_id = argc == 3 && !strcmp(argv[1], "--diff-id");

	if (argc != 2 && !with_diff_id)
		fail("usage: floor [--diff-id] BLOB");
	int fd = open(argv[argc - 1], O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail("cannot open the blob");
	run(fd, with_diff_id);
	(void)close(fd);
	if (getrusage(RUSAGE_SELF, &used) < 0)
		fail("no times");
	(void)printf("user %.1f ms, system %.1f ms, both %.1f ms\n",
	    ms_of(used.ru_utime), ms_of(used.ru_stime),
	    ms_of(used.ru_utime) + ms_of(used.ru_stime));
	return EXIT_SUCCESS;
}
