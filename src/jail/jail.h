/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/stream.h"

/*
 * Runs a package manager of an image on packages, in a jail that is made for
 * that and gone afterwards, and gives back what it changed, as a layer.
 * Images and packages are hostile: their programs and scripts run here, and
 * nowhere else in this program. doc/PROCESSES.md says what they can reach.
 */

/* Of one image; docker allows 127, containerd as many. */
#define JAIL_LAYERS_MAX ((size_t)256)

/* More than one run could ever upgrade. */
#define JAIL_DEBS_MAX ((size_t)20000)

/* How much of what dpkg says is kept, of its end. */
#define JAIL_LOG_MAX_BYTES ((size_t)64 * 1024)

struct jail_layer {
	struct stream *stream; /* a tar, compressed or not */
};

struct jail_deb {
	/* NAME_VERSION_ARCH.deb: printable, no slash, no leading dot or
	 * dash. dpkg is told NAME and ARCH, so they must be the package's. */
	const char *file_name;

	/*
	 * All of a stage are unpacked, then all of them are configured, then
	 * the next stage begins. So what a package of a stage depends on must
	 * be installed, or be in its own stage or an earlier one; what it
	 * pre-depends on, in an earlier one. In the last stage all that waits
	 * is configured, whatever its stage was.
	 */
	unsigned int stage;

	struct stream *stream;
	uint64_t size_bytes; /* of the stream, exactly */
};

struct jail_spec {
	const char *worker_path;         /* of fother-worker */
	const struct jail_layer *layers; /* the lowest first */
	size_t n_layers;

	/*
	 * Or, instead of layers, the directories in which an engine keeps
	 * them for overlayfs, the lowest first. They are used where they lie
	 * and not written to. On a file system that cannot show their files
	 * with other owners this is ERROR_UNSUPPORTED.
	 */
	const int *directory_fds;
	size_t n_directories;
	const struct jail_deb *debs; /* ordered by stage */
	size_t n_debs;
	int64_t epoch;               /* no file of the layer is younger */
	unsigned int time_limit_sec; /* for all of it; not 0 */
	uint64_t memory_bytes;       /* for all files: the image, the packages,
				      * what dpkg writes; not 0 */
};

/*
 * Unpacks the layers (or takes the directories), runs the dpkg that they
 * contain on the debs, and writes what changed to layer_fd, as a tar with the
 * same bytes for the same input. ret_diff_id is its SHA-256, ret_bytes its
 * length; both are set only on success. ret_log gets the last of what dpkg
 * said, printable ASCII and newlines, also on failure. What was written to
 * layer_fd is worth nothing unless this succeeds.
 *
 * It needs root (ERROR_DENIED), and a kernel with user namespaces and
 * overlayfs (ERROR_UNSUPPORTED). When this process dies, however it does, no
 * process, mount or file stays behind.
 *
 * ERROR_FORMAT: a layer is no tar, or dpkg failed: the message has its words.
 * ERROR_LIMIT: it needs more than memory_bytes. ERROR_TIMEOUT.
 * ERROR_UNSUPPORTED: no dpkg in it, of another architecture, ids higher than
 * the jail has. ERROR_NOT_FOUND: no worker. What a stream returns; what
 * writing layer_fd returns. ERROR_SYSTEM, ERROR_NOMEM, ERROR_BUG.
 */
MUST_CHECK int jail_dpkg(const struct jail_spec *spec, int layer_fd,
    struct sha256 *ret_diff_id, uint64_t *ret_bytes, struct buf *ret_log,
    struct error *err);

/* What fother-worker jail runs: the other side of jail_dpkg(). */
MUST_CHECK int jail_role_run(int argc, char **argv, struct error *err);
