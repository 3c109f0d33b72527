/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>

/*
 * CLEANUP(thing_free) struct thing *t = NULL; frees t when it goes out of
 * scope. To give it away instead, use TAKE(t), which leaves NULL behind.
 */
#define CLEANUP(free_fn) __attribute__((cleanup(free_fn##_at)))

/* After the declaration of void free_fn(type *), which must accept NULL. */
#define DEFINE_CLEANUP(type, free_fn) \
	static inline void free_fn##_at(type **p) \
	{ \
		free_fn(*p); \
	}

/* The same for a value that is cleared where it stands: void f(type *). */
#define DEFINE_CLEANUP_IN_PLACE(type, clear_fn) \
	static inline void clear_fn##_at(type *p) \
	{ \
		clear_fn(p); \
	}

#define TAKE(ptr) \
	({ \
		__auto_type _taken = (ptr); \
		(ptr) = NULL; \
		_taken; \
	})
