/* SPDX-License-Identifier: BSD-3-Clause */
/* eal.c - starts and ends DPDK's environment, with the defaults that this program wants. */
#include "dpdk_priv.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_log.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* Arguments of ours behind the caller's. */
#define EXTRA_ARGS 1

/* 512 frames, the driver's default, lose 2.7 % of 40,000 packets a second; 4,096 none. */
static char *with_framecnt(const char *arg)
{
	char *text = NULL;
	const char *device = strncmp(arg, "--vdev=", 7) == 0 ? arg + 7 : arg;

	if (strncmp(device, "net_af_packet", 13) != 0 || strstr(device, "framecnt=") != NULL)
		return strdup(arg);
	if (asprintf(&text, "%s,framecnt=4096", arg) < 0)
		return NULL;
	return text;
}

static bool has_option(char **argv, int argc, const char *name)
{
	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], name, strlen(name)) == 0)
			return true;
	return false;
}

/* A copy, because EAL keeps pointers into its arguments until its end. */
static int copy_args(struct rg_dp_eal *e, char **argv, int argc)
{
	e->args = calloc((size_t)argc + EXTRA_ARGS, sizeof(*e->args));
	if (e->args == NULL)
		return -RG_E_NOMEM;
	for (int i = 0; i < argc; i++)
		e->args[e->n++] = with_framecnt(argv[i]);
	if (!has_option(argv, argc, "--log-level"))
		e->args[e->n++] = strdup("--log-level=*:error");
	for (int i = 0; i < e->n; i++)
		if (e->args[i] == NULL)
			return -RG_E_NOMEM;
	return 0;
}

static void free_args(struct rg_dp_eal *e)
{
	for (int i = 0; i < e->n; i++)
		free(e->args[i]);
	free(e->args);
	*e = (struct rg_dp_eal){0};
}

/* tap learns of frames by a real-time signal. EAL's interrupt thread shall take it: in control,
 * and in threads that control starts, it would only cut sleeps short. */
static void leave_signals_to_eal(void)
{
	sigset_t set;

	sigemptyset(&set);
	for (int s = SIGRTMIN; s <= SIGRTMAX; s++)
		sigaddset(&set, s);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int rg_dp_eal_start(struct rg_dp_eal *e, char **argv, int argc, struct rg_conf_error *err)
{
	char **permuted = NULL;
	int used = -1;

	*e = (struct rg_dp_eal){0};
	if (copy_args(e, argv, argc) == 0)
		permuted = malloc((size_t)e->n * sizeof(*permuted));
	if (permuted != NULL) {
		memcpy(permuted, e->args, (size_t)e->n * sizeof(*permuted));
		used = rte_eal_init(e->n, permuted);
	}
	free(permuted);
	if (used >= 0) {
		/* memif calls it an error when its peer is not there yet; link.c tries again. */
		if (!has_option(argv, argc, "--log-level"))
			rte_log_set_level_pattern("pmd.net.memif", RTE_LOG_CRIT);
		leave_signals_to_eal();
		return 0;
	}
	snprintf(err->text, sizeof(err->text), "eal: rte_eal_init failed: %s (see its own words)",
		rte_strerror(rte_errno));
	free_args(e);
	return -RG_E_INVAL;
}

/* memif as a server leaves its listener with the interrupt thread, in memory that rte_eal_cleanup
 * takes away, and that thread goes on through all it has to listen to. */
static bool outlived_by_listener(const struct rg_dp_eal *e)
{
	for (int i = 0; i < e->n; i++)
		if (strstr(e->args[i], "net_memif") != NULL)
			return true;
	return false;
}

void rg_dp_eal_stop(struct rg_dp_eal *e)
{
	if (e->args == NULL)
		return;
	if (!outlived_by_listener(e))
		rte_eal_cleanup();
	free_args(e);
}

struct thread_start {
	void *(*run)(void *arg);
	void *arg;
};

static void *registered(void *p)
{
	struct thread_start s = *(struct thread_start *)p;
	void *result;

	free(p);
	/* Without a number the thread works too, only without a buffer cache of its own. */
	bool numbered = rte_thread_register() == 0;
	result = s.run(s.arg);
	if (numbered)
		rte_thread_unregister();
	return result;
}

int rg_dp_thread(pthread_t *t, void *(*run)(void *arg), void *arg)
{
	struct thread_start *s = malloc(sizeof(*s));

	if (s == NULL)
		return -RG_E_NOMEM;
	*s = (struct thread_start){run, arg};
	if (pthread_create(t, NULL, registered, s) == 0)
		return 0;
	free(s);
	return -RG_E_NOMEM;
}
