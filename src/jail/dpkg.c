/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first process of the jail that dpkg runs in. It has the rights of what
 * it starts, and no more: who takes it over has won nothing.
 *
 * What dpkg is told: keep changed configuration files, as there is nobody to
 * ask; no fsync, as the file system is memory; no triggers while unpacking,
 * since what waits for them is configured next.
 */
#include "jail/dpkg.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/memory.h"
#include "jail/child.h"
#include "jail/noise.h"
#include "jail/records.h"
#include "jail/rights.h"
#include "jail/root.h"

#define DPKG            "/usr/bin/dpkg"
#define POLICY          "/usr/sbin/policy-rc.d"
#define DEBS            "/run/fother"
#define AUDIT_MAX_BYTES ((size_t)64 * 1024)

struct deb {
	char *path;
	char *package; /* as dpkg calls it */
	uint32_t stage;
};

struct debs {
	struct deb *items;
	size_t n_items;
};

static void
debs_clear(struct debs *debs)
{
	for (size_t i = 0; i < debs->n_items; i++) {
		free(debs->items[i].path);
		free(debs->items[i].package);
	}
	free(debs->items);
	*debs = (struct debs){ 0 };
}
DEFINE_CLEANUP_IN_PLACE(struct debs, debs_clear)

char *
dpkg_package_of(const char *file_name)
{
	struct slice rest = slice_of_string(file_name);
	struct slice name;
	struct slice version;

	if (!slice_ends_with(rest, SLICE(".deb")))
		return NULL;
	rest.len -= SLICE(".deb").len;
	if (!slice_split(&rest, '_', &name) || name.len == 0 ||
	    !slice_split(&rest, '_', &version) || rest.len == 0 ||
	    memchr(rest.ptr, '_', rest.len))
		return NULL;
	if (slice_eq(rest, SLICE("all")))
		return slice_copy(name);
	return string_format(
	    SLICE_FMT ":" SLICE_FMT, SLICE_ARG(name), SLICE_ARG(rest));
}

/* What comes goes into a new file at path. */
static int
write_file(const char *path, struct stream *data, struct error *err)
{
	struct slice chunk;
	CLEANUP(fd_close)
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0)
		return error_errno(err, "%s", path);
	do {
		if (stream_next(data, &chunk, err) < 0)
			return -1;
		errno = 0;
		if (fd_write_all(fd, chunk, err) < 0) {
			if (errno == ENOSPC)
				err->kind = ERROR_LIMIT;
			return error_wrap(err, "%s", path);
		}
	} while (chunk.len > 0);
	return 0;
}

static int
take_deb(struct debs *debs, const struct record *record, struct stream *data,
    struct error *err)
{
	size_t n = debs->n_items;

	if (n == JAIL_DEBS_MAX)
		return error_set(err, ERROR_LIMIT, "too many packages");
	if (n > 0 && debs->items[n - 1].stage > record->stage)
		return error_set(
		    err, ERROR_FORMAT, "packages not in the order of stages");
	if (!ARRAY_GROW(debs->items, n))
		return error_nomem(err);

	struct deb *deb = &debs->items[debs->n_items++];
	*deb = (struct deb){
		.path = string_format(DEBS "/%s", record->name),
		.package = dpkg_package_of(record->name),
		.stage = record->stage,
	};
	if (!deb->path)
		return error_nomem(err);
	if (!deb->package)
		return error_set(err, ERROR_FORMAT,
		    "\"%s\" is not NAME_VERSION_ARCH.deb", record->name);
	return write_file(deb->path, data, err);
}

static int
take_debs(struct debs *debs, int input_fd, struct error *err)
{
	CLEANUP(record_reader_clear) struct record_reader in = { .fd = -1 };
	struct record record;

	if (mkdir(DEBS, 0755) < 0)
		return error_errno(err, "%s", DEBS);
	if (record_reader_init(&in, input_fd, err) < 0)
		return -1;
	for (;;) {
		if (record_next(&in, &record, err) < 0)
			return -1;
		if (record.kind == RECORD_END)
			return 0;
		if (record.kind != RECORD_DEB)
			return error_set(err, ERROR_FORMAT, "not a package");
		if (take_deb(debs, &record, &in.data, err) < 0)
			return -1;
	}
}

/* The one file of ours in the tree, which no layer gets: see noise.h. */
static int
forbid_services(struct error *err)
{
	struct slice_stream text =
	    slice_stream_of(slice_of_string(NOISE_POLICY_TEXT));

	if (access("/usr/sbin", F_OK) < 0)
		return 0;
	if (unlink(POLICY) < 0 && errno != ENOENT)
		return error_errno(err, "%s", POLICY);
	if (write_file(POLICY, &text.stream, err) < 0)
		return -1;
	return chmod(POLICY, 0755) < 0 ? error_errno(err, "%s", POLICY) : 0;
}

static const char path_variable[] =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/* What all commands of a run have in common. */
struct run {
	char epoch[48]; /* SOURCE_DATE_EPOCH=... */
	uint64_t memory_bytes;
};

struct command {
	const struct run *run;
	const char **args; /* up to NULL */
	int stdout_fd;     /* or -1: the child's output */
};

static void __attribute__((noreturn))
command_exec(const struct command *command, int failed_fd)
{
	const char *const environment[] = {
		path_variable,
		"DEBIAN_FRONTEND=noninteractive",
		"DEBCONF_NONINTERACTIVE_SEEN=true",
		"DEBCONF_NOWARNINGS=yes",
		"LC_ALL=C",
		"HOME=/root",
		"TZ=UTC",
		"TERM=dumb",
		/* The order of hashes ends up in files, compiled ones too. */
		"PERL_HASH_SEED=0",
		"PYTHONHASHSEED=0",
		command->run->epoch,
		NULL,
	};

	/* Each process's own data; the kernel ends the jail first when all of
	 * it together is too much. Not earlier: we may be a build that
	 * reserves more. */
	const struct rlimit data = { command->run->memory_bytes,
		command->run->memory_bytes };

	(void)umask(022);
	(void)setrlimit(RLIMIT_DATA, &data);
	if (command->stdout_fd < 0 || dup2(command->stdout_fd, 1) == 1)
		(void)execve(DPKG, (char *const *)command->args,
		    (char *const *)environment);

	char failed = (char)errno;
	(void)!write(failed_fd, &failed, 1);
	_exit(127);
}

/* Ends what it left behind too: nothing may go on in the background while
 * the next one runs. Returns what waitpid() says of it. */
static int
reap_all(pid_t pid)
{
	int status = 0;
	int any;
	pid_t dead;

	do {
		dead = waitpid(-1, &any, 0);
		if (dead == pid)
			status = any;
	} while (dead != pid && (dead > 0 || errno == EINTR));
	(void)kill(-1, SIGKILL);
	do {
		dead = waitpid(-1, &any, 0);
	} while (dead > 0 || errno == EINTR);
	return status;
}

static int
exec_failed(char number, struct error *err)
{
	errno = (unsigned char)number;
	if (errno == ENOENT)
		return error_set(err, ERROR_UNSUPPORTED,
		    "the image has no " DPKG ", or cannot run it");
	if (errno == ENOEXEC)
		return error_set(err, ERROR_UNSUPPORTED,
		    "the image is for another kind of processor");
	return error_errno(err, "cannot run " DPKG);
}

static int
command_run(const struct command *command, struct error *err)
{
	int failed[2];
	char number;

	if (pipe2(failed, O_CLOEXEC) < 0)
		return error_errno(err, "pipe");
	pid_t pid = fork();
	if (pid == 0)
		command_exec(command, failed[1]);

	int saved = errno;
	fd_close(failed[1]);
	CLEANUP(fd_close) int failed_fd = failed[0];
	errno = saved;
	if (pid < 0)
		return error_errno(err, "fork");

	bool is_number = read(failed_fd, &number, 1) == 1;
	int status = reap_all(pid);
	if (is_number)
		return exec_failed(number, err);
	if (WIFSIGNALED(status))
		return error_set(err, ERROR_FORMAT, "dpkg %s died of signal %d",
		    command->args[1], WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return error_set(err, ERROR_FORMAT, "dpkg %s returned %d",
		    command->args[1], WEXITSTATUS(status));
	return 0;
}

/* The debs of one stage, as arguments after some options. */
static int
run_on(const struct debs *stage, const char *const *options, bool by_path,
    const struct run *run, struct error *err)
{
	const char **args = NULL;
	size_t n = 0;
	int r = 0;

	for (; options[n]; n++)
		continue;
	args = calloc(n + stage->n_items + 1, sizeof(*args));
	if (!args)
		return error_nomem(err);
	memcpy(args, options, n * sizeof(*args));
	for (size_t i = 0; i < stage->n_items; i++)
		args[n + i] =
		    by_path ? stage->items[i].path : stage->items[i].package;

	const struct command command = { run, args, -1 };
	r = command_run(&command, err);
	free(args);
	return r;
}

static int
run_stage(const struct debs *stage, bool is_last, const struct run *run,
    struct error *err)
{
	static const char *const unpack[] = { "dpkg", "--unpack",
		"--force-confold", "--force-unsafe-io", "--auto-deconfigure",
		"--no-triggers", NULL };
	static const char *const configure[] = { "dpkg", "--configure",
		"--force-confold", "--force-unsafe-io", NULL };
	static const char *const configure_all[] = { "dpkg", "--configure",
		"--force-confold", "--force-unsafe-io", "-a", NULL };
	const struct debs none = { 0 };

	if (stage->n_items > 0 && run_on(stage, unpack, true, run, err) < 0)
		return -1;
	if (is_last)
		return run_on(&none, configure_all, false, run, err);
	return run_on(stage, configure, false, run, err);
}

static int
run_stages(const struct debs *debs, const struct run *run, struct error *err)
{
	size_t at = 0;

	do {
		struct debs stage = { .items = debs->items + at };

		while (at < debs->n_items &&
		    debs->items[at].stage == stage.items[0].stage) {
			stage.n_items++;
			at++;
		}
		if (run_stage(&stage, at == debs->n_items, run, err) < 0)
			return -1;
	} while (at < debs->n_items);
	return 0;
}

/* dpkg --audit says what is half done, and nothing otherwise; some versions
 * return 0 all the same. */
static int
audit(const struct run *run, struct error *err)
{
	const char *args[] = { "dpkg", "--audit", NULL };
	CLEANUP(fd_close) int said_fd = memfd_create("audit", MFD_CLOEXEC);
	const struct command command = { run, args, said_fd };
	CLEANUP(buf_clear) struct buf said = buf_limited(AUDIT_MAX_BYTES);

	if (said_fd < 0)
		return error_errno(err, "memfd_create");
	if (command_run(&command, err) < 0)
		return -1;
	if (lseek(said_fd, 0, SEEK_SET) < 0)
		return error_errno(err, "lseek");
	if (fd_read_all(said_fd, &said, err) < 0)
		return error_wrap(err, "dpkg --audit");
	if (said.len == 0)
		return 0;
	if (fd_write_all(1, buf_slice(&said), err) < 0)
		return -1;
	return error_set(
	    err, ERROR_FORMAT, "dpkg --audit finds packages half done");
}

int
dpkg_run(void *ctx, struct error *err)
{
	const struct dpkg_job *job = ctx;
	CLEANUP(debs_clear) struct debs debs = { 0 };
	struct run run = { .memory_bytes = job->memory_bytes };

	(void)snprintf(run.epoch, sizeof(run.epoch), "SOURCE_DATE_EPOCH=%lld",
	    (long long)job->epoch);
	if (root_enter(err) < 0 || take_debs(&debs, job->input_fd, err) < 0)
		return -1;
	fd_close(job->input_fd);
	if (forbid_services(err) < 0 ||
	    rights_drop(job->memory_bytes, err) < 0 ||
	    run_stages(&debs, &run, err) < 0)
		return -1;
	return audit(&run, err);
}
