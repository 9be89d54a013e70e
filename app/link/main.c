/* SPDX-License-Identifier: BSD-3-Clause */
#include "link.h"

volatile sig_atomic_t link_stop;
sigset_t link_wait_mask;

static void on_signal(int sig)
{
	(void)sig;
	link_stop = 1;
}

/* Signals arrive only while waiting, so that none slips in between the test and the wait. */
static void catch_signals(void)
{
	struct sigaction sa = {.sa_handler = on_signal};
	sigset_t ours;

	(void)sigemptyset(&ours);
	(void)sigaddset(&ours, SIGINT);
	(void)sigaddset(&ours, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &ours, &link_wait_mask);
	(void)sigdelset(&link_wait_mask, SIGINT);
	(void)sigdelset(&link_wait_mask, SIGTERM);
	(void)sigaction(SIGINT, &sa, NULL);
	(void)sigaction(SIGTERM, &sa, NULL);
}

int main(int argc, char **argv)
{
	struct link_conf conf;
	int rc = link_parse(argc, argv, &conf);

	if (rc)
		return rc;
	catch_signals();
	return link_end_is_udp(conf.paths[0].end[LINK_A]) ? link_udp_run(&conf)
							  : link_dpdk_run(&conf);
}
