/* SPDX-License-Identifier: BSD-3-Clause */
/* probe_spin.c - how late a loop that does nothing else sees instants go by: what the machine itself
 * takes away, beside which a delivery time is to be read. */
#include <stdio.h>

#include "probe.h"

int probe_spin(double rate_mbps, double seconds)
{
	double interval_ns = PROBE_PAYLOAD_DEF * 8e3 / rate_mbps;
	int64_t start = probe_now(), now = start, due = start;
	int64_t end = start + (int64_t)(seconds * 1e9);
	struct probe_track t;
	int64_t n = 0;
	int result = PROBE_INCOMPLETE;

	if (probe_track_init(&t, 0, -1, false) < 0)
		return result;
	for (; now < end; now = probe_now()) {
		while (due <= now) {
			if (probe_track_late(&t, now - due) < 0)
				goto done;
			due = start + (int64_t)((double)++n * interval_ns);
		}
	}
	printf("{\"instants\":%lld,", (long long)n);
	probe_track_print(&t);
	puts("}");
	result = fflush(stdout) == 0 ? PROBE_OK : PROBE_INCOMPLETE;
done:
	probe_track_fini(&t);
	return result;
}
