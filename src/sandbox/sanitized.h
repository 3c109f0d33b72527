/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The one place that tells builds with a sanitizer, in which confinement is
 * wider, from all others. Whoever looks for what is wider there greps for
 * SANDBOX_SANITIZED:
 *   confine.c        no limit of address space: AddressSanitizer reserves 20 TB
 *   confine_calls.c  the calls that its run time makes
 *   spawn.c          descriptor 2 stays, for its reports
 */
#if defined(__SANITIZE_ADDRESS__)
#define SANDBOX_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define SANDBOX_SANITIZED 1
#endif
#endif
