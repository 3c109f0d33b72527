/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "model/package.h"

/*
 * Parses status, the whole of a var/lib/dpkg/status, into a new *ret: the
 * packages that are there, in the order of the file. Those are the ones whose
 * state is installed, triggers-pending, triggers-awaited, half-configured,
 * unpacked or half-installed: what apt counts as having a current version.
 * Those in config-files and not-installed are left out, as their files are
 * gone; dpkg-query -W lists the config-files too.
 *
 * status is untrusted; the caller has bounded its size. It is copied. Free
 * *ret with package_list_free(). On failure *ret is left alone, and the
 * message begins with the number of the line. No package is dropped because
 * it is broken: the whole fails.
 *
 * ERROR_FORMAT: a line is not deb822, a package lacks Package, Status, or
 *     (when it is there) Version or Architecture, one of those is not what
 *     dpkg writes, or the same package and architecture is there twice.
 * ERROR_LIMIT: there are more packages than any distribution has.
 */
MUST_CHECK int dpkgdb_parse(
    struct slice status, struct package_list **ret, struct error *err);

/*
 * The same for control, the whole of a file of a var/lib/dpkg/status.d: there
 * a package without Status is installed. Whether one is in two files is for
 * dpkgdb_check_unique() to say.
 */
MUST_CHECK int dpkgdb_parse_control(
    struct slice control, struct package_list **ret, struct error *err);

/* ERROR_FORMAT when one package of one architecture is in list twice;
 * ERROR_NOMEM. */
MUST_CHECK int dpkgdb_check_unique(
    const struct package_list *list, struct error *err);

/*
 * The architecture that dpkg itself was built for, which is the native one;
 * empty when the list has no dpkg.
 */
struct slice dpkgdb_native_arch(const struct package_list *list);

/*
 * True when arch_file, the text of a var/lib/dpkg/arch (empty when there is
 * none), names an architecture other than native.
 */
bool dpkgdb_has_foreign_arch(struct slice arch_file, struct slice native);
