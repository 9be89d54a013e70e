/* SPDX-License-Identifier: BSD-3-Clause */
/* What a loop of 1 ms sleeps costs this machine: `nap SECONDS` sleeps and prints the CPU time it
 * took in ms. No blind port can be watched for less. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>

static double clock_ms(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
	const struct timespec ms = {.tv_nsec = 1000000};
	double end = clock_ms(CLOCK_MONOTONIC) + (argc > 1 ? strtod(argv[1], NULL) : 1) * 1e3;
	int fd = epoll_create1(0);
	struct epoll_event ev;

	prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
	while (clock_ms(CLOCK_MONOTONIC) < end)
		if (epoll_pwait2(fd, &ev, 1, &ms, NULL) < 0)
			return EXIT_FAILURE;
	printf("%.0f\n", clock_ms(CLOCK_PROCESS_CPUTIME_ID));
	return EXIT_SUCCESS;
}
