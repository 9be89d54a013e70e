/* SPDX-License-Identifier: BSD-3-Clause */
#include "protect.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define TEXT_STEP 65536
#define TEXT_MAX  (UINT32_C(16) << 20)

void *gw_protect_map(size_t n_bytes)
{
	void *p = mmap(NULL, n_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	/* An ordinary user may lock little; then the pages may be swapped, which is no reason not
	 * to run. */
	(void)mlock(p, n_bytes);
	(void)madvise(p, n_bytes, MADV_DONTDUMP);
	return p;
}

void gw_protect_unmap(void *p, size_t n_bytes)
{
	if (!p)
		return;
	explicit_bzero(p, n_bytes);
	munmap(p, n_bytes);
}

void gw_protect_process(void)
{
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

char *gw_secret_in(const char *text)
{
	static const char *const keys[] = {"secret=", "password="};
	char *first = NULL;

	for (size_t i = 0; i < RG_ARRAY_LEN(keys); i++) {
		char *at = strcasestr(text, keys[i]);

		if (at && (!first || at + strlen(keys[i]) < first))
			first = at + strlen(keys[i]);
	}
	return first;
}

void gw_hush(struct rg_conf_error *err)
{
	char *first = strchr(err->text, '"'), *last = strrchr(err->text, '"');

	if (!first)
		return;
	/* A sentence that was cut may have lost its second quote. */
	if (first == last)
		last = first + strlen(first);
	explicit_bzero(first, (size_t)(last - first));
	memmove(first + 1, last, strlen(last) + 1);
	*first = '"';
}

/* All that follows, too: a secret with a bare '&' in it ends later than it seems. */
static void overwrite(char *secret)
{
	size_t len = strlen(secret);

	explicit_bzero(secret, len);
	memset(secret, '*', len < 3 ? len : 3);
}

static size_t copy_bytes(int argc, char **argv)
{
	size_t n = (size_t)(argc + 1) * sizeof(*argv);

	for (int i = 0; i < argc; i++)
		n += strlen(argv[i]) + 1;
	return n;
}

static void copy_words(struct gw_words *w, int argc, char **argv)
{
	char *at = (char *)w->pages + (size_t)(argc + 1) * sizeof(*argv);

	w->words = w->pages;
	for (int i = 0; i < argc; i++) {
		size_t n = strlen(argv[i]) + 1;

		w->words[i] = memcpy(at, argv[i], n);
		at += n;
	}
	w->words[argc] = NULL;
}

int gw_words_take(struct gw_words *w, int argc, char **argv)
{
	bool found = false;

	*w = (struct gw_words){.words = argv};
	for (int i = 0; i < argc; i++)
		found |= gw_secret_in(argv[i]) != NULL;
	if (!found)
		return 0;
	gw_protect_process();
	w->n_bytes = copy_bytes(argc, argv);
	w->pages = gw_protect_map(w->n_bytes);
	if (w->pages)
		copy_words(w, argc, argv);
	for (int i = 0; i < argc; i++) {
		char *secret = gw_secret_in(argv[i]);

		if (secret)
			overwrite(secret);
	}
	return w->pages ? 0 : -RG_E_NOMEM;
}

void gw_words_fini(struct gw_words *w)
{
	gw_protect_unmap(w->pages, w->n_bytes);
	memset(w, 0, sizeof(*w));
}

static int grow(struct gw_text *t)
{
	struct gw_text more = {.len = t->len, .cap_bytes = 2 * t->cap_bytes + TEXT_STEP};

	errno = EFBIG;
	if (more.cap_bytes > TEXT_MAX)
		return -RG_E_NOENT;
	more.text = gw_protect_map(more.cap_bytes);
	if (!more.text)
		return -RG_E_NOENT;
	if (t->len > 0)
		memcpy(more.text, t->text, t->len);
	gw_protect_unmap(t->text, t->cap_bytes);
	*t = more;
	return 0;
}

int gw_text_read(struct gw_text *t, int fd)
{
	memset(t, 0, sizeof(*t));
	for (;;) {
		ssize_t n;

		if (t->len == t->cap_bytes && grow(t))
			return -RG_E_NOENT;
		n = read(fd, t->text + t->len, t->cap_bytes - t->len);
		if (n == 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -RG_E_NOENT;
		if (n > 0)
			t->len += (size_t)n;
	}
}

void gw_text_fini(struct gw_text *t)
{
	gw_protect_unmap(t->text, t->cap_bytes);
	memset(t, 0, sizeof(*t));
}
