/* SPDX-License-Identifier: Apache-2.0 */
#include "catalog/rpm_header.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice blob = slice_of((const char *)data, size);
	struct rpm_header header;
	struct error err;

	if (rpm_header_parse(blob, &header, &err) < 0)
		return 0;
	for (size_t i = 0; i < N_RPM_TAGS; i++) {
		struct rpm_value strings = header.values[i];
		struct rpm_value numbers = header.values[i];
		struct slice string;
		uint32_t number;
		uint32_t n_strings = 0;
		uint32_t n_numbers = 0;

		while (rpm_value_string(&strings, &string))
			n_strings++;
		while (rpm_value_number(&numbers, &number))
			n_numbers++;
		/* There are as many as it says. */
		if (n_strings != header.values[i].count &&
		    n_numbers != header.values[i].count)
			abort();
	}
	return 0;
}
