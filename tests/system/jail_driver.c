/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs jail_dpkg() for test_jail.py:
 *
 *	jail_driver OUTPUT EPOCH SECONDS MEGABYTES LAYER... -- [STAGE:]DEB...
 *
 * A LAYER that ends with '/' is a directory that holds one, as an engine's
 * storage does. Prints the diff ID and the size, or "KIND: message" and exits
 *1; what dpkg said goes to standard error. It is its own worker too: as such it
 *is started with the kind of worker as its first argument.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"
#include "jail/jail.h"
#include "sandbox/role.h"

#define INPUTS_MAX ((size_t)64)

static const struct role roles[] = {
	{ "jail", WORKER_JAIL, NULL, jail_role_run },
	{ 0 },
};

struct inputs {
	struct fd_stream streams[INPUTS_MAX];
	struct jail_layer layers[INPUTS_MAX];
	struct jail_deb debs[INPUTS_MAX];
	size_t n_streams;
	size_t n_layers;
	size_t n_debs;
	int directory_fds[INPUTS_MAX];
	size_t n_directories;
};

static void __attribute__((noreturn)) die(const struct error *err)
{
	(void)printf("%s: %s\n", error_kind_to_string(err->kind), err->msg);
	exit(EXIT_FAILURE);
}

static struct fd_stream *
input_open(struct inputs *in, const char *path, uint64_t *ret_bytes)
{
	struct error err;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (in->n_streams == INPUTS_MAX || fd < 0 || fstat(fd, &st) < 0) {
		perror(path);
		exit(2);
	}
	struct fd_stream *stream = &in->streams[in->n_streams++];
	if (fd_stream_init(stream, fd, &err) < 0)
		die(&err);
	*ret_bytes = (uint64_t)st.st_size;
	return stream;
}

static void
add_layer(struct inputs *in, const char *path)
{
	uint64_t ignored;

	if (path[strlen(path) - 1] == '/') {
		int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0 || in->n_directories == INPUTS_MAX) {
			perror(path);
			exit(2);
		}
		in->directory_fds[in->n_directories++] = fd;
		return;
	}
	in->layers[in->n_layers++].stream =
	    &input_open(in, path, &ignored)->stream;
}

static void
add_deb(struct inputs *in, const char *argument)
{
	char *path;
	unsigned long stage = strtoul(argument, &path, 10);

	path = *path == ':' ? path + 1 : (char *)argument;
	const char *slash = strrchr(path, '/');
	struct jail_deb *deb = &in->debs[in->n_debs++];

	deb->file_name = slash ? slash + 1 : path;
	deb->stage = path == argument ? 0 : (unsigned int)stage;
	deb->stream = &input_open(in, path, &deb->size_bytes)->stream;
}

static void
run(const struct jail_spec *spec, const char *output)
{
	CLEANUP(buf_clear) struct buf log = { 0 };
	char hex[SHA256_HEX_SIZE];
	struct sha256 diff_id;
	uint64_t n_bytes;
	struct error err;
	CLEANUP(fd_close)
	int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	int r = jail_dpkg(spec, fd, &diff_id, &n_bytes, &log, &err);
	(void)fprintf(stderr, SLICE_FMT, SLICE_ARG(buf_slice(&log)));
	if (r < 0)
		die(&err);
	sha256_to_string(&diff_id, hex);
	(void)printf("%s %llu\n", hex, (unsigned long long)n_bytes);
}

int
main(int argc, char **argv)
{
	static struct inputs in;
	char self[4096];
	bool debs = false;

	if (argc > 1 && !strcmp(argv[1], "jail"))
		role_main(argc, argv, roles);
	if (argc < 6)
		return 2;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[n > 0 ? n : 0] = '\0';
	for (int i = 5; i < argc; i++) {
		if (!strcmp(argv[i], "--"))
			debs = true;
		else if (debs)
			add_deb(&in, argv[i]);
		else
			add_layer(&in, argv[i]);
	}

	const struct jail_spec spec = {
		.worker_path = self,
		.layers = in.layers,
		.n_layers = in.n_layers,
		.directory_fds = in.directory_fds,
		.n_directories = in.n_directories,
		.debs = in.debs,
		.n_debs = in.n_debs,
		.epoch = strtoll(argv[2], NULL, 10),
		.time_limit_sec = (unsigned int)strtoul(argv[3], NULL, 10),
		.memory_bytes = strtoull(argv[4], NULL, 10) << 20,
	};
	run(&spec, argv[1]);
	for (size_t i = 0; i < in.n_streams; i++) {
		fd_close(in.streams[i].fd);
		fd_stream_clear(&in.streams[i]);
	}
	return EXIT_SUCCESS;
}
