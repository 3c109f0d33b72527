/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "model/package.h"
#include "repo/origin.h"

/* What updates are worked out from; nothing here is owned. */
struct updates_input {
	const struct package_list *installed;
	const struct package_list
	    *candidates; /* every version of those names
			  * in all indexes, with origins */
	const struct origin *origins;
	size_t n_origins;
	struct slice native_arch;

	/* apt's APT::Install-Recommends, which is on by default: a version
	 * with a newly unmet Recommends is then kept back. */
	bool recommends;
};

enum update_security {
	UPDATE_SECURITY_NO,
	UPDATE_SECURITY_YES,
	UPDATE_SECURITY_UNKNOWN, /* no index of security updates was given */
};

/* What one installed package can be replaced by. */
struct update {
	uint32_t installed; /* in input->installed->items */
	uint32_t candidate; /* in input->candidates->items */
	uint64_t origins;   /* bit i: origins[i] has this very version too */
	enum update_security security;
	bool held;
	bool kept_back; /* cannot be installed without more; also when held */
	char *reason;   /* why it is kept back, in a line; else NULL */
	uint32_t stage; /* of the installation, from 1; 0 when kept back */
};

struct update_list {
	struct update *items; /* sorted by name, then arch */
	size_t n_items;
	uint32_t n_stages; /* the highest stage; 0 when nothing is installed */
};

/*
 * Works out what "apt list --upgradable" prints, without preferences, and
 * which of it "apt-get upgrade" would install, into a new *ret.
 *
 * For each installed package the candidate is the version of the highest
 * priority, then the highest version, that is not lower than the installed
 * one; it is an update when it is higher. It is a security update when any
 * version above the installed one and up to the candidate comes from a
 * security origin. Kept back are the held ones, and those that could not be
 * installed without adding, removing or breaking a package.
 *
 * The stages are for dpkg: all of one stage are given to one call of
 * dpkg --auto-deconfigure --install, which must end before the next, since
 * they have a Pre-Depends that only the new version of a package of an
 * earlier stage meets.
 *
 * The relations are untrusted. Free *ret with update_list_free().
 * ERROR_FORMAT: a relation cannot be read, or the origin of a candidate is
 *     not there. ERROR_LIMIT: more than ORIGINS_MAX origins. ERROR_NOMEM.
 */
MUST_CHECK int updates_compute(const struct updates_input *input,
    struct update_list **ret, struct error *err);

/* "all" and the native architecture are one for apt: a package may go from
 * the one to the other. */
bool updates_same_arch(
    const struct updates_input *input, struct slice a, struct slice b);

/*
 * Puts the suites that carry the update into out as apt prints them, each
 * once, with commas between: "stable,stable-security".
 */
void update_put_suites(const struct update *update,
    const struct updates_input *input, struct buf *out);

/* "no", "yes" or "?" */
const char *update_security_to_string(enum update_security security);

/* Puts the list into out as update_list_decode() reads it. */
void update_list_encode(const struct update_list *list, struct buf *out);

/*
 * Reads what update_list_encode() wrote, about input, into a new *ret. bytes
 * come from a worker and are untrusted; they are copied. ERROR_FORMAT: not
 * that form, or a row does not fit input: an index out of bounds, a candidate
 * of another name or architecture, or one that is not higher than what is
 * installed. ERROR_NOMEM.
 */
MUST_CHECK int update_list_decode(struct slice bytes,
    const struct updates_input *input, struct update_list **ret,
    struct error *err);

void update_list_free(struct update_list *list);
DEFINE_CLEANUP(struct update_list, update_list_free)
