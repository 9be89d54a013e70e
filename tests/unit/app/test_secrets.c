/* SPDX-License-Identifier: BSD-3-Clause */
/* Where a passphrase is, and where it must not be. The program under test runs as a process of its
 * own (probe), because only a real one has a command line that others can read. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app_suites.h"
#include "args.h"
#include "protect.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0 /* else the shadow memory is terabytes, and copies are kept on purpose */
#endif

/* The passphrase of these tests, each byte with another mask, so that the binary does not hold it
 * and every copy found in memory was made by the code under test. */
static const char masked[] = "\x2b\x2c\x2f\x2e\x29\x28\x3b\x2d\x38\x3c\x27\x26\x2e\x24\x3d\x3e"
			     "\x21\x20\x33\x32";
#define SECRET_LEN (sizeof(masked) - 1)

static char unmask(size_t i)
{
	static volatile char mask = 0x4a;

	return (char)(masked[i] ^ mask);
}

static const char *secret(void)
{
	static char text[SECRET_LEN + 1];

	for (size_t i = 0; i < SECRET_LEN; i++)
		text[i] = unmask(i);
	return text;
}

/* --- in the probe --- */

static unsigned copies_in(const char *at, size_t n)
{
	unsigned found = 0;

	for (size_t i = 0; i + SECRET_LEN <= n; i++) {
		size_t k = 0;

		while (k < SECRET_LEN && at[i + k] == unmask(k))
			k++;
		found += k == SECRET_LEN;
	}
	return found;
}

/* Copies of the passphrase in all memory the process can write. */
static unsigned count_copies(int mem)
{
	static char part[1 << 16];
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned found = 0;
	char line[512];

	while (maps && fgets(line, sizeof(line), maps)) {
		unsigned long from, to;
		char perms[8];

		if (sscanf(line, "%lx-%lx %7s", &from, &to, perms) != 3 || perms[1] != 'w' ||
			strstr(line, "[vvar]"))
			continue;
		for (; from < to; from += sizeof(part) - SECRET_LEN + 1) {
			size_t want = to - from < sizeof(part) ? to - from : sizeof(part);
			ssize_t n = pread(mem, part, want, (off_t)from);

			found += n > 0 ? copies_in(part, (size_t)n) : 0;
			explicit_bzero(part, sizeof(part));
		}
	}
	if (maps)
		fclose(maps);
	return found;
}

static void show_cmdline(void)
{
	char line[4096];
	int fd = open("/proc/self/cmdline", O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, line, sizeof(line) - 1);

	for (ssize_t i = 0; i < n; i++)
		putchar(line[i] ? line[i] : ' ');
	printf("\n");
	if (fd >= 0)
		close(fd);
}

int secrets_probe(int argc, char **argv)
{
	int mem = open("/proc/self/mem", O_RDONLY);
	struct gw_args *a = malloc(sizeof(*a));
	const struct gw_secret *s;
	struct gw_error err;
	int e;

	if (!a)
		return EXIT_FAILURE;
	e = gw_args_parse(a, argc, argv, &err);
	show_cmdline();
	if (e) {
		printf("error: %s: %s\n", err.where, err.why.text);
		free(a);
		return EXIT_FAILURE;
	}
	s = gw_secrets_get(&a->config.secrets, 1);
	printf("dumpable %d\n", prctl(PR_GET_DUMPABLE));
	printf("secret %s\n", s && copies_in(s->text.text, s->text.len) == 1 ? "whole" : "lost");
	if (!SANITIZED)
		printf("copies %u\n", count_copies(mem));
	gw_config_fini(&a->config);
	if (!SANITIZED)
		printf("left %u\n", count_copies(mem));
	free(a);
	close(mem);
	return EXIT_SUCCESS;
}

/* --- in the tests --- */

/* Runs the probe with these arguments and returns all it says. */
static const char *probe(char *const *args)
{
	static char said[8192];
	char *argv[16] = {"probe"};
	int out[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	for (int i = 0; args[i]; i++)
		argv[i + 1] = args[i];
	ck_assert_int_eq(pipe(out), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		dup2(out[1], STDOUT_FILENO);
		dup2(out[1], STDERR_FILENO);
		close(out[0]);
		close(out[1]);
		execv("/proc/self/exe", argv);
		_exit(EXIT_FAILURE);
	}
	close(out[1]);
	while ((n = read(out[0], said + len, sizeof(said) - 1 - len)) > 0)
		len += (size_t)n;
	close(out[0]);
	said[len] = '\0';
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status), "%s", said);
	return said;
}

#define PROBE(...) probe((char *const[]){__VA_ARGS__, NULL})

/* A text with another in the place of every "%s". */
static void put(char *to, size_t cap, const char *format, const char *text)
{
	const char *at;

	to[0] = '\0';
	for (; (at = strstr(format, "%s")); format = at + 2) {
		size_t len = strlen(to);

		snprintf(to + len, cap - len, "%.*s%s", (int)(at - format), format, text);
	}
	snprintf(to + strlen(to), cap - strlen(to), "%s", format);
}

/* A text with the passphrase in it; four at a time. */
static char *with(const char *format)
{
	static char text[4][512];
	static unsigned next;
	char *to = text[next++ % 4];

	put(to, sizeof(text[0]), format, secret());
	ck_assert_ptr_nonnull(strstr(to, secret()));
	return to;
}

static void ck_says(const char *said, const char *what)
{
	ck_assert_msg(strstr(said, what) != NULL, "no \"%s\" in: %s", what, said);
}

static void ck_hidden(const char *said)
{
	ck_assert_msg(strstr(said, secret()) == NULL, "the secret is in: %s", said);
	ck_assert_msg(strstr(said, secret() + 12) == NULL, "a piece of it is in: %s", said);
}

static const char *make_file(const char *text, size_t len, mode_t mode)
{
	static char path[4][32];
	static unsigned next;
	char *to = path[next++ % 4];
	int fd;

	snprintf(to, sizeof(path[0]), "/tmp/ristgate-key-XXXXXX");
	fd = mkstemp(to);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, len), (ssize_t)len);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	close(fd);
	return to;
}

static const char *key_file(const char *text)
{
	return make_file(text, strlen(text), 0600);
}

START_TEST(a_secret_on_the_command_line_is_overwritten_and_kept_once)
{
	const char *said = PROBE(
		"--stream", with("- -> rist://h:1?aes-type=256&secret=%s&npd=1"), "--stats", "1");

	ck_hidden(said);
	ck_says(said, "--stream - -> rist://h:1?aes-type=256&secret=***  ");
	ck_says(said, "--stats 1");
	ck_says(said, "dumpable 0\n");
	ck_says(said, "secret whole\n");
	ck_says(said, SANITIZED ? "" : "copies 1\nleft 0\n");
}

END_TEST

START_TEST(without_a_secret_the_process_stays_as_it_was)
{
	const char *said = PROBE("--stream", "- -> rist://h:1?cname=me");

	ck_says(said, "rist://h:1?cname=me");
	ck_says(said, "dumpable 1\n");
}

END_TEST

START_TEST(no_mistake_shows_the_secret)
{
	char *const ok = "- -> rist://h:1";
	const char *said;

	said = PROBE("--bogus", "--stream", with("- -> rist://h:1?secret=%s"));
	ck_hidden(said);
	ck_says(said, "--bogus: unknown option");
	ck_hidden(PROBE(with("--stream=- -> rist://h:1?secret=%s"), "-f", "/nonexistent"));
	said = PROBE(with("--streem=- -> rist://h:1?secret=%s"));
	ck_hidden(said);
	ck_says(said, "--streem: unknown option");
	said = PROBE("--stream", ok, with("rist://h:1?secret=%s"));
	ck_hidden(said);
	ck_says(said, "unexpected argument");
	said = PROBE("--stream", with("- -> rist://h:2?profile=simple&secret=%s"));
	ck_hidden(said);
	ck_says(said, "secret: the Simple profile cannot encrypt (profile=main)");
	ck_hidden(PROBE("--stream", with("- -> rist://h:2&secret=%s")));
	ck_hidden(PROBE("--stream", with("secret=%s: - -> rist://h:2")));
	ck_hidden(PROBE("--stream", with("- -> rist://h:2?secret=a: %s -> -")));
	ck_hidden(PROBE("--stream", with("- -> rist://h:2?secret=a, %s")));
	ck_hidden(PROBE("--stream", with("- -> rist://h:2?secret=a + %s")));
	ck_hidden(PROBE("--stream", with("- -> rist://h:2?secret=a&%s")));
	ck_hidden(PROBE("--stream", with("- -> rist://h:2?password=%s")));
	ck_hidden(PROBE("--stream", with("- -> rist://h:2?Secret=%s")));
	ck_hidden(PROBE("--port", with("secret=%s,x")));
	ck_hidden(PROBE("--stream", ok, "--stats", with("secret=%s")));
}

END_TEST

START_TEST(a_secret_file_gives_its_first_line)
{
	const char *path = key_file(with("%s\nsecond line\n"));
	char stream[128];
	const char *said;

	snprintf(stream, sizeof(stream), "- -> rist://h:1?secret-file=%s", path);
	said = PROBE("--stream", stream);
	unlink(path);
	ck_hidden(said);
	ck_says(said, path);
	ck_says(said, "dumpable 0\n");
	ck_says(said, "secret whole\n");
	ck_says(said, SANITIZED ? "" : "copies 1\nleft 0\n");
}

END_TEST

START_TEST(a_secret_in_the_file_of_the_configuration_is_taken_from_a_private_one_only)
{
	const char *text = with("streams:\n- inputs: [{url: '-'}]\n  outputs:\n"
				"  - url: rist://h:1\n    secret: %s\n");
	const char *path = make_file(text, strlen(text), 0640), *said;
	char *p = strdup(path);

	said = PROBE("-f", p);
	ck_hidden(said);
	ck_says(said, "dumpable 0\n");
	ck_says(said, "secret whole\n");
	ck_assert_int_eq(chmod(p, 0644), 0);
	said = PROBE("-f", p);
	ck_hidden(said);
	ck_says(said, "secret: everyone may read this file (chmod o-r, or secret-file=PATH)");
	unlink(p);
	free(p);
}

END_TEST

static void take(struct gw_secrets *s, const char *url, struct rg_url *u)
{
	struct rg_conf_error err;

	ck_assert_msg(rg_url_parse(url, RG_ROLE_OUTPUT, u, &err) == 0, "%s", err.text);
	ck_assert_msg(gw_secrets_take(s, u, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(u->secret.len, 0);
	for (size_t i = 0; i < sizeof(u->secret.text); i++)
		ck_assert_int_eq(u->secret.text[i], 0);
}

START_TEST(secrets_are_kept_by_number)
{
	struct gw_secrets s = {.n = 0};
	struct rg_url u;

	take(&s, "rist://h:1", &u);
	ck_assert_uint_eq(u.secret_id, 0);
	ck_assert_ptr_null(gw_secrets_get(&s, 0));
	for (unsigned i = 1; i <= 40; i++) {
		char url[64];

		snprintf(url, sizeof(url), "rist://h:1?secret=s%u", i);
		take(&s, url, &u);
		ck_assert_uint_eq(u.secret_id, i);
	}
	ck_assert_str_eq(gw_secrets_get(&s, 1)->text.text, "s1");
	ck_assert_str_eq(gw_secrets_get(&s, 40)->text.text, "s40");
	ck_assert_uint_eq(gw_secrets_get(&s, 40)->text.len, 3);
	ck_assert_ptr_null(gw_secrets_get(&s, 41));
	gw_secrets_fini(&s);
	ck_assert_ptr_null(gw_secrets_get(&s, 1));
}

END_TEST

/* VmFlags of the mapping that holds an address, empty where the kernel does not tell. */
static void vm_flags(const void *at, char *out, size_t cap)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	unsigned long from, to, want = (unsigned long)at;
	bool here = false;
	char line[512];

	out[0] = '\0';
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			here = want >= from && want < to;
		else if (here && strncmp(line, "VmFlags:", 8) == 0)
			snprintf(out, cap, "%s", line);
	}
	if (f)
		fclose(f);
}

START_TEST(secrets_lie_in_pages_that_are_not_dumped)
{
	struct gw_secrets s = {.n = 0};
	struct rg_url u;
	char flags[512];

	take(&s, "rist://h:1?secret=x", &u);
	vm_flags(gw_secrets_get(&s, 1), flags, sizeof(flags));
	if (flags[0])
		ck_assert_msg(strstr(flags, " dd") != NULL, "%s", flags);
	gw_secrets_fini(&s);
}

END_TEST

static void refuse_file(const char *path, const char *format)
{
	struct gw_secrets s = {.n = 0};
	struct rg_conf_error err;
	char url[128], why[256];
	struct rg_url u;

	snprintf(url, sizeof(url), "rist://h:1?secret-file=%s", path);
	ck_assert_int_eq(rg_url_parse(url, RG_ROLE_OUTPUT, &u, &err), 0);
	ck_assert_int_ne(gw_secrets_take(&s, &u, &err), 0);
	put(why, sizeof(why), format, path);
	ck_assert_str_eq(err.text, why);
	ck_assert_uint_eq(s.n, 0);
	gw_secrets_fini(&s);
}

START_TEST(a_secret_file_that_will_not_do_is_refused_with_the_remedy)
{
	static const char nul[] = "a\0b\n";
	char longer[129];
	const char *path;

	refuse_file("/nonexistent", "secret-file: %s: No such file or directory");
	refuse_file("/tmp", "secret-file: %s is no regular file");
	refuse_file("/dev/null", "secret-file: %s is no regular file");
	path = make_file("x", 1, 0604);
	refuse_file(path, "secret-file: everyone may read %s (chmod o-rw %s)");
	unlink(path);
	path = make_file("x", 1, 0602);
	refuse_file(path, "secret-file: everyone may write %s (chmod o-rw %s)");
	unlink(path);
	path = key_file("");
	refuse_file(path, "secret-file: the first line of %s is empty");
	unlink(path);
	path = key_file("\nsecret\n");
	refuse_file(path, "secret-file: the first line of %s is empty");
	unlink(path);
	path = make_file(nul, sizeof(nul) - 1, 0600);
	refuse_file(path, "secret-file: %s holds a zero byte");
	unlink(path);
	memset(longer, 's', 128);
	longer[128] = '\0';
	path = key_file(longer);
	refuse_file(path, "secret-file: the first line of %s is too long (127 bytes)");
	unlink(path);
}

END_TEST

START_TEST(a_line_of_127_bytes_is_whole_with_and_without_its_end)
{
	struct gw_secrets s = {.n = 0};
	char line[129], url[128];
	struct rg_url u;

	memset(line, 's', 127);
	for (unsigned i = 0; i < 2; i++) {
		const char *path;

		memcpy(line + 127, i ? "\n" : "", 2 - !i);
		path = key_file(line);
		snprintf(url, sizeof(url), "rist://h:1?secret-file=%s", path);
		take(&s, url, &u);
		unlink(path);
		ck_assert_uint_eq(gw_secrets_get(&s, u.secret_id)->text.len, 127);
		ck_assert_uint_eq(strlen(gw_secrets_get(&s, u.secret_id)->text.text), 127);
	}
	gw_secrets_fini(&s);
}

END_TEST

static void rewrite(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

START_TEST(files_are_read_again_all_or_none)
{
	const char *a = key_file("old a\n"), *b = key_file("old b\n");
	struct gw_secrets s = {.n = 0};
	struct rg_conf_error err;
	char url[128];
	struct rg_url u;
	uint32_t n;

	ck_assert_int_eq(gw_secrets_reload(&s, &n, &err), 0);
	ck_assert_uint_eq(n, 0);
	snprintf(url, sizeof(url), "rist://h:1?secret-file=%s", a);
	take(&s, url, &u);
	take(&s, "rist://h:1?secret=plain", &u);
	snprintf(url, sizeof(url), "rist://h:1?secret-file=%s", b);
	take(&s, url, &u);

	ck_assert_int_eq(gw_secrets_reload(&s, &n, &err), 0);
	ck_assert_uint_eq(n, 0);
	rewrite(a, "a longer one");
	rewrite(b, "");
	ck_assert_int_ne(gw_secrets_reload(&s, &n, &err), 0);
	ck_assert_uint_eq(n, 0);
	ck_assert_str_eq(gw_secrets_get(&s, 1)->text.text, "old a");
	ck_assert_uint_eq(gw_secrets_get(&s, 1)->generation, 0);
	rewrite(b, "b");
	ck_assert_int_eq(gw_secrets_reload(&s, &n, &err), 0);
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(gw_secrets_get(&s, 1)->text.text, "a longer one");
	ck_assert_uint_eq(gw_secrets_get(&s, 1)->generation, 1);
	ck_assert_str_eq(gw_secrets_get(&s, 2)->text.text, "plain");
	ck_assert_uint_eq(gw_secrets_get(&s, 2)->generation, 0);
	ck_assert_str_eq(gw_secrets_get(&s, 3)->text.text, "b");
	ck_assert_uint_eq(gw_secrets_get(&s, 3)->text.len, 1);
	unlink(a);
	unlink(b);
	gw_secrets_fini(&s);
}

END_TEST

START_TEST(what_stands_in_quotes_is_taken_out_of_a_sentence)
{
	static const char *const row[][2] = {
		{"host: \"a\" is none", "host: \"\" is none"},
		{"x: \"a\"b\" is none", "x: \"\" is none"},
		{"x: \"cut off", "x: \""},
		{"x: none", "x: none"},
		{"", ""},
	};
	struct rg_conf_error err;

	for (size_t i = 0; i < RG_ARRAY_LEN(row); i++) {
		snprintf(err.text, sizeof(err.text), "%s", row[i][0]);
		gw_hush(&err);
		ck_assert_str_eq(err.text, row[i][1]);
	}
}

END_TEST

TCase *secrets_cases(void)
{
	TCase *c = tcase_create("secrets");

	tcase_add_test(c, a_secret_on_the_command_line_is_overwritten_and_kept_once);
	tcase_add_test(c, without_a_secret_the_process_stays_as_it_was);
	tcase_add_test(c, no_mistake_shows_the_secret);
	tcase_add_test(c, a_secret_file_gives_its_first_line);
	tcase_add_test(
		c, a_secret_in_the_file_of_the_configuration_is_taken_from_a_private_one_only);
	tcase_add_test(c, secrets_are_kept_by_number);
	tcase_add_test(c, secrets_lie_in_pages_that_are_not_dumped);
	tcase_add_test(c, a_secret_file_that_will_not_do_is_refused_with_the_remedy);
	tcase_add_test(c, a_line_of_127_bytes_is_whole_with_and_without_its_end);
	tcase_add_test(c, files_are_read_again_all_or_none);
	tcase_add_test(c, what_stands_in_quotes_is_taken_out_of_a_sentence);
	return c;
}
