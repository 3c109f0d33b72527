/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/package.h"

/*
 * Parses text, the whole of a var/lib/rpmmanifest/container-manifest-2, into
 * a new *ret: the packages in the order of the file, as rpm's database would
 * have told them, but for licence and relations, which it lacks; without the
 * vendor's keys, which are no packages.
 *
 * text is untrusted; the caller has bounded its size. It is copied. Free *ret
 * with package_list_free(). ERROR_FORMAT, with the number of the line: not
 * ten fields, or one that rpm does not print; ERROR_LIMIT: more packages than
 * any distribution has.
 */
MUST_CHECK int rpmmanifest_parse(
    struct slice text, struct package_list **ret, struct error *err);
