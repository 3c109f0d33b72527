/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/slice.h"

/* What a caller may want to act on. Anything finer belongs in the message. */
enum error_kind {
	ERROR_NONE,
	ERROR_NOMEM,       /* an allocation failed */
	ERROR_SYSTEM,      /* the operating system refused: the message says */
	ERROR_FORMAT,      /* the input is not what it claims to be */
	ERROR_LIMIT,       /* the input asks for more than we are willing to */
	ERROR_NOT_FOUND,   /* what was named is not there */
	ERROR_EXISTS,      /* what was to be made is there already */
	ERROR_DENIED,      /* we may not */
	ERROR_UNTRUSTED,   /* not signed, or not by whom it must be */
	ERROR_UNREACHABLE, /* the other side did not answer; try again */
	ERROR_TIMEOUT,     /* took longer than it may */
	ERROR_CONFLICT,    /* the things wanted cannot be had together */
	ERROR_UNSUPPORTED, /* well-formed, and not handled by this program */
	ERROR_CANCELED,    /* the person, or a signal, said stop */
	ERROR_BUG,         /* our own mistake */
};
#define ERROR_KIND_MAX ERROR_BUG

#define ERROR_MSG_SIZE 512

/*
 * An error is a plain value: it owns nothing, needs no freeing, and can be
 * sent out of a sandboxed worker as it is.
 *
 * A function that can fail takes a struct error * as its last argument, sets
 * it exactly when it returns -1 (or NULL), and logs nothing. Whoever knows
 * more adds it on the way up: "layer sha256:1f0...: line 7: not "K:value"".
 */
struct error {
	enum error_kind kind;
	char msg[ERROR_MSG_SIZE];
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* For a call whose failure changes nothing; say why beside it. */
#define ERROR_IGNORE(call) \
	do { \
		if ((call) < 0) { \
		} \
	} while (0)

/* Sets *err and returns -1, so that a caller can: return error_set(...). */
int error_set(struct error *err, enum error_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4), nonnull));

/* Puts "context: " before the message, keeps the kind, and returns -1. */
int error_wrap(struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), nonnull));

/* Sets ERROR_NOMEM, without allocating, and returns -1. */
int error_nomem(struct error *err) __attribute__((nonnull));

/*
 * Sets the kind that errno stands for (ENOMEM, ENOENT, EEXIST, EACCES...;
 * else ERROR_SYSTEM) and "context: what strerror says", and returns -1.
 * Call it before anything that may change errno.
 */
int error_errno(struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), nonnull));

/*
 * So that compilers and analyzers, which do not look into error.c, know of
 * the -1: what a caller does after a failure is then clear to them.
 */
#define error_set(err, ...)   (error_set((err), __VA_ARGS__), -1)
#define error_wrap(err, ...)  (error_wrap((err), __VA_ARGS__), -1)
#define error_nomem(err)      (error_nomem(err), -1)
#define error_errno(err, ...) (error_errno((err), __VA_ARGS__), -1)

/* The kind's name in lower case, "untrusted"; "unknown" for no kind. */
const char *error_kind_to_string(enum error_kind kind);
