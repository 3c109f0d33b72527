/* SPDX-License-Identifier: Apache-2.0 */
#include "version/version.h"

#include "version/apk.h"
#include "version/dpkg.h"
#include "version/rpm.h"

version_compare_fn *
version_compare_of(enum package_type type)
{
	switch (type) {
	case PACKAGE_DEB: return version_dpkg_compare;
	case PACKAGE_APK: return version_apk_compare;
	case PACKAGE_RPM: return version_rpm_compare;
	case PACKAGE_ALPM: break;
	}
	return NULL;
}
