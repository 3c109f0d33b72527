/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "report/licence.h"

/*
 * licence_read() of what a Debian copyright file calls licences, "GPL-2+ AND
 * (Expat or LGPL-2.1)": its short names are put as SPDX's identifiers. Where
 * not all of them have one, the whole is a name, as it was.
 */
enum licence_kind licence_read_debian(struct slice text, struct buf *out);
