/* SPDX-License-Identifier: BSD-3-Clause */
#include "quiet.h"

#include <sys/resource.h>

bool quiet_since(struct quiet *q)
{
	struct rusage u;
	long before = q->switches;

	if (getrusage(RUSAGE_THREAD, &u) != 0)
		return true;
	q->switches = u.ru_nvcsw + u.ru_nivcsw;
	return q->switches == before;
}
