/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "bench.h"
#include "dpdk_priv.h"
#include "generate.h"
#include "micro.h"

static int list_cases(void)
{
	for (unsigned i = 0; i < bench_n_cases; i++)
		printf("%s\n", bench_cases[i].name);
	return 0;
}

/* No huge pages, no devices, no files: what runs anywhere. Memory is taken as it is touched. */
static int start_eal(struct rg_dp_eal *eal, const struct bench_conf *c, struct rg_conf_error *err)
{
	static const char *const anywhere[] = {"ristgate-bench", "--no-huge", "-m", "4096",
		"--no-pci", "--no-shconf", "--no-telemetry", "--iova-mode=va"};
	char *argv[RG_ARRAY_LEN(anywhere)];

	if (c->eal_argc > 1)
		return rg_dp_eal_start(eal, c->eal_argv, c->eal_argc, err);
	for (unsigned i = 0; i < RG_ARRAY_LEN(anywhere); i++)
		argv[i] = (char *)(uintptr_t)anywhere[i];
	return rg_dp_eal_start(eal, argv, (int)RG_ARRAY_LEN(anywhere), err);
}

static int run_cases(const struct bench_conf *c, struct rg_conf_error *err)
{
	bool all = strcmp(c->cases, "all") == 0;
	int rc = 0;

	if (c->generate)
		return generate_run(c, err);
	if (c->micro)
		return micro_run(c, err);
	bench_head(c);
	for (unsigned i = 0; i < bench_n_cases && rc == 0; i++)
		if (all || strcmp(c->cases, bench_cases[i].name) == 0)
			rc = bench_case_run(c, &bench_cases[i], err);
	return rc;
}

int main(int argc, char **argv)
{
	struct rg_conf_error err = {.text = "out of memory"};
	struct rg_dp_eal eal;
	struct bench_conf c;
	int rc = bench_parse(argc, argv, &c);

	if (rc)
		return rc;
	if (c.list)
		return list_cases();
	rc = start_eal(&eal, &c, &err);
	if (rc == 0)
		rc = run_cases(&c, &err);
	rg_dp_eal_stop(&eal);
	if (rc == 0)
		return 0;
	(void)fprintf(stderr, "ristgate-bench: %s\n", err.text);
	return 1;
}
