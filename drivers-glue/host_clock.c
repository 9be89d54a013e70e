/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_host.h"
#include <poll.h>
#include <sys/eventfd.h>
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

void rg_host_sleep(int fd, rg_time until)
{
	int64_t left = rg_max_i64(rg_time_diff(until, rg_host_now()), 0);
	struct timespec ts = {.tv_sec = left / RG_NS_PER_S, .tv_nsec = left % RG_NS_PER_S};
	struct pollfd p = {.fd = fd, .events = POLLIN};
	eventfd_t n;

	if (ppoll(&p, 1, &ts, NULL) > 0)
		eventfd_read(fd, &n);
}

/* A full line, an empty pool: the worker has counted those itself. */
void rg_host_oob(struct rg_worker *w, rg_time now, const struct rg_oob *m)
{
	int rc = rg_worker_oob(w, now, m);

	if (rc == -RG_E_NOENT || rc == -RG_E_INVAL)
		rg_worker_count(w, m->stream, RG_V_OOB_FULL, 1);
}

static bool encrypts(const struct rg_side_plan *sides, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (sides[i].kind == RG_END_RIST && sides[i].rist.aes_bits)
			return true;
	return false;
}

bool rg_plan_encrypts(const struct rg_stream_plan *s, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (encrypts(s[i].inputs, s[i].n_inputs) || encrypts(s[i].outputs, s[i].n_outputs))
			return true;
	return false;
}
