/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_host.h"
#include <time.h>

/* RFC 5905 section 6: seconds from 1900 to 1970. */
#define NTP_UNIX_S INT64_C(2208988800)

static int64_t read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * RG_NS_PER_S + ts.tv_nsec;
}

rg_time rg_host_now(void)
{
	return (rg_time){read_clock(CLOCK_MONOTONIC)};
}

int64_t rg_host_wall_ntp_ns(void)
{
	return read_clock(CLOCK_REALTIME) + NTP_UNIX_S * RG_NS_PER_S;
}
