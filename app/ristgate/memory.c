/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define MIB         (UINT64_C(1) << 20)
#define EAL_NO_HUGE (64 * MIB) /* what EAL takes with --no-huge and no -m */

static void at_most(struct gw_memory *m, uint64_t bytes, const char *limit)
{
	if (bytes < m->bytes)
		*m = (struct gw_memory){bytes, limit};
}

/* The number after a key at the start of a line; "" for the first number of the file. */
static bool read_number(const char *path, const char *key, uint64_t *out)
{
	FILE *f = fopen(path, "r");
	bool ok = false;
	char line[128];

	if (!f)
		return false;
	while (!ok && fgets(line, sizeof(line), f)) {
		const char *digits = line + strlen(key);
		char *end;

		if (strncmp(line, key, strlen(key)) != 0)
			continue;
		*out = strtoull(digits, &end, 10);
		ok = end != digits;
	}
	fclose(f);
	return ok;
}

static uint64_t mem_available(void)
{
	uint64_t kib;

	return read_number("/proc/meminfo", "MemAvailable:", &kib) ? kib * 1024 : UINT64_MAX;
}

static void limit_of_group(struct gw_memory *m, const char *dir)
{
	char path[512];
	uint64_t max, used;

	snprintf(path, sizeof(path), "/sys/fs/cgroup%.400s/memory.max", dir);
	if (!read_number(path, "", &max))
		return;
	snprintf(path, sizeof(path), "/sys/fs/cgroup%.400s/memory.current", dir);
	if (!read_number(path, "", &used))
		used = 0;
	at_most(m, max > used ? max - used : 0, "the control group's memory.max");
}

/* Control groups version 2: the own group's limit and every parent's hold. */
static void limit_of_groups(struct gw_memory *m)
{
	FILE *f = fopen("/proc/self/cgroup", "r");
	char line[512];

	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		char *dir = line + 3, *slash;

		if (strncmp(line, "0::/", 4) != 0)
			continue;
		dir[strcspn(dir, "\n")] = '\0';
		limit_of_group(m, dir);
		while ((slash = strrchr(dir, '/'))) {
			*slash = '\0';
			limit_of_group(m, dir);
		}
		break;
	}
	fclose(f);
}

struct gw_memory gw_memory_of_process(void)
{
	struct gw_memory m = {UINT64_MAX, "nothing"};
	struct rlimit r;

	at_most(&m, mem_available(), "the machine's available memory");
	limit_of_groups(&m);
	if (getrlimit(RLIMIT_AS, &r) == 0 && r.rlim_cur != RLIM_INFINITY)
		at_most(&m, r.rlim_cur, "the limit of the address space (ulimit -v)");
	if (getrlimit(RLIMIT_DATA, &r) == 0 && r.rlim_cur != RLIM_INFINITY)
		at_most(&m, r.rlim_cur, "the limit of the data segment (ulimit -d)");
	return m;
}

static uint64_t free_huge_pages(void)
{
	DIR *d = opendir("/sys/kernel/mm/hugepages");
	uint64_t bytes = 0, n, kib;
	const struct dirent *e;
	char path[512];

	if (!d)
		return 0;
	while ((e = readdir(d))) {
		if (strncmp(e->d_name, "hugepages-", 10) != 0)
			continue;
		kib = strtoull(e->d_name + 10, NULL, 10);
		snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/%.255s/free_hugepages",
			e->d_name);
		if (read_number(path, "", &n))
			bytes += n * kib * 1024;
	}
	closedir(d);
	return bytes;
}

/* "512" or "512,512", a number a socket. */
static uint64_t sum_of_mib(const char *text)
{
	uint64_t sum = 0;

	while (text) {
		sum += strtoul(text, NULL, 10);
		text = strchr(text, ',');
		if (text)
			text++;
	}
	return sum * MIB;
}

struct gw_memory gw_memory_of_eal(char *const *eal, uint32_t n_eal)
{
	struct gw_memory m;
	uint64_t asked = 0;
	bool huge = true;

	for (uint32_t i = 0; i < n_eal; i++) {
		const char *next = i + 1 < n_eal ? eal[i + 1] : "";

		if (strcmp(eal[i], "--no-huge") == 0)
			huge = false;
		else if (strcmp(eal[i], "-m") == 0 || strcmp(eal[i], "--socket-mem") == 0)
			asked = sum_of_mib(next);
		else if (strncmp(eal[i], "--socket-mem=", 13) == 0)
			asked = sum_of_mib(eal[i] + 13);
		else if (strncmp(eal[i], "-m", 2) == 0)
			asked = sum_of_mib(eal[i] + 2);
	}
	/* With huge pages -m is a start, and EAL takes more pages as it needs them. */
	if (huge)
		return (struct gw_memory){free_huge_pages(), "DPDK's free huge pages"};
	m = gw_memory_of_process();
	at_most(&m, asked ? asked : EAL_NO_HUGE, "DPDK's memory (EAL's -m)");
	return m;
}
