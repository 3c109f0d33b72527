/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/slice.h"
#include "base/stream.h"

/*
 * A container engine: Docker's, over its API. Others will stand behind these
 * same functions.
 *
 * What an engine answers is untrusted, checked to be JSON and at most 64 MiB.
 * Names and IDs are given as the person or the engine wrote them; any byte is
 * fine, none of them gets out of its place in the URL.
 *
 * All of these can fail so: ERROR_NOT_FOUND: no such container, image or
 * network. ERROR_UNREACHABLE: no engine there, or it went away in the middle,
 * so that nobody knows what was done. ERROR_SYSTEM: the engine could not; its
 * own words are in the message. ERROR_DENIED: the socket, or the engine,
 * refuses us. ERROR_TIMEOUT, ERROR_LIMIT, ERROR_CANCELED, ERROR_NOMEM.
 * ERROR_FORMAT: it answers what no engine does, or says our request is bad.
 */
struct engine;

#define ENGINE_URL_DEFAULT "unix:///var/run/docker.sock"

/*
 * Connects to url, unix:///PATH or tcp://HOST:PORT (plain), and agrees on the
 * highest version of the API that both know. canceled may be NULL; see
 * http_new(). Free *ret with engine_free(). ERROR_UNSUPPORTED: another kind
 * of URL, or an engine too old or too new for us.
 */
MUST_CHECK int engine_open(const char *url, bool (*canceled)(void *ctx),
    void *ctx, struct engine **ret, struct error *err);
void engine_free(struct engine *engine);
DEFINE_CLEANUP(struct engine, engine_free)

/* All strings are printable; empty when the engine does not say. */
struct engine_info {
	char *version;         /* "20.10.24" */
	char *id;              /* of this engine, among all */
	char *host_name;       /* of the machine it runs on */
	char *os;              /* "linux" */
	char *arch;            /* "x86_64" */
	char *driver;          /* "overlay2" */
	char *root_dir;        /* "/var/lib/docker" */
	unsigned int api;      /* 41 stands for 1.41: what is spoken */
	bool containerd_store; /* image IDs are of manifests, not configs */
	bool swarm;
};

/* Free *ret with engine_info_free(). */
MUST_CHECK int engine_get_info(
    struct engine *engine, struct engine_info **ret, struct error *err);
void engine_info_free(struct engine_info *info);
DEFINE_CLEANUP(struct engine_info, engine_info_free)

/* 41 stands for 1.41: the version that is spoken. */
unsigned int engine_api(const struct engine *engine);

/*
 * The following put the engine's JSON, as it came, into ret, an empty buf.
 * containers: an array, also of those that do not run. changes: an array of
 * {Path, Kind}, or null. ref is a name or an ID (or, of an image, a
 * reference).
 */
MUST_CHECK int engine_list_containers(
    struct engine *engine, struct buf *ret, struct error *err);
MUST_CHECK int engine_inspect_container(
    struct engine *engine, const char *ref, struct buf *ret, struct error *err);
MUST_CHECK int engine_list_changes(
    struct engine *engine, const char *ref, struct buf *ret, struct error *err);
MUST_CHECK int engine_list_images(
    struct engine *engine, struct buf *ret, struct error *err);
MUST_CHECK int engine_inspect_image(
    struct engine *engine, const char *ref, struct buf *ret, struct error *err);

/* A container made: its ID, and the engine's warnings, a line each. */
struct engine_created {
	char *id;
	char *warnings;
};

/*
 * Makes a container of body, a JSON object (see container_spec.h), and does
 * not start it. Free what is in *ret with engine_created_clear().
 * ERROR_EXISTS: the name is taken. ERROR_FORMAT: the engine rejects body.
 */
MUST_CHECK int engine_create_container(struct engine *engine, const char *name,
    struct slice body, struct engine_created *ret, struct error *err);
void engine_created_clear(struct engine_created *created);
DEFINE_CLEANUP_IN_PLACE(struct engine_created, engine_created_clear)

/* Fine when it runs already. */
MUST_CHECK int engine_start_container(
    struct engine *engine, const char *ref, struct error *err);

/*
 * Stops it with its own stop signal, and kills it after timeout_sec; a
 * negative timeout_sec is the container's own. Returns when it has ended;
 * fine when it had already.
 */
MUST_CHECK int engine_stop_container(
    struct engine *engine, const char *ref, int timeout_sec, struct error *err);

/* signal is "KILL", "HUP"...; ERROR_CONFLICT when it does not run. */
MUST_CHECK int engine_kill_container(struct engine *engine, const char *ref,
    const char *signal, struct error *err);

/* ERROR_EXISTS: the name is taken by another. */
MUST_CHECK int engine_rename_container(struct engine *engine, const char *ref,
    const char *name, struct error *err);

/* body is a JSON object as {"RestartPolicy":{"Name":"no"}}. */
MUST_CHECK int engine_update_container(struct engine *engine, const char *ref,
    struct slice body, struct error *err);

/* Removes one that does not run; its volumes stay, also those without a
 * name. ERROR_CONFLICT: it runs, or is being removed. */
MUST_CHECK int engine_remove_container(
    struct engine *engine, const char *ref, struct error *err);

/*
 * Puts the last n_lines, at the most, of what it wrote to stdout and stderr
 * into ret, as it was written (untrusted bytes); of more than ret's limit (0:
 * 256 KiB) only the end. ERROR_SYSTEM: its log driver cannot be read.
 */
MUST_CHECK int engine_read_logs(struct engine *engine, const char *ref,
    unsigned int n_lines, struct buf *ret, struct error *err);

/* Connects a container to a network; body is a JSON object: an
 * EndpointConfig, or empty for none. ERROR_EXISTS: it is connected. */
MUST_CHECK int engine_connect_network(struct engine *engine,
    const char *network, const char *container, struct slice body,
    struct error *err);

/*
 * Gives the archive of the image (docker save; see oci/) to on_data as it
 * comes; -1 and *err from it ends it. The archive is untrusted, and complete
 * only when this returned 0.
 */
MUST_CHECK int engine_save_image(struct engine *engine, const char *ref,
    int (*on_data)(void *ctx, struct slice bytes, struct error *err), void *ctx,
    struct error *err);

/*
 * Has the engine load an archive (docker load). 0 says that it reported no
 * error, not that an image is there: inspect the ID that it must have.
 * ERROR_SYSTEM: it reported one, with a full disk for example.
 */
MUST_CHECK int engine_load_image(
    struct engine *engine, struct stream *archive, struct error *err);

/* Names an image; a name that another image had moves to this. repository
 * is "example.org/app", tag "1.2". */
MUST_CHECK int engine_tag_image(struct engine *engine, const char *ref,
    const char *repository, const char *tag, struct error *err);

/* Takes this name away, and the image when it was the last, but no parent
 * images. ERROR_CONFLICT: a container needs it. */
MUST_CHECK int engine_untag_image(
    struct engine *engine, const char *ref, struct error *err);
