/* SPDX-License-Identifier: BSD-3-Clause */
#include "secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "protect.h"

static int check_file(int fd, const char *path, struct rg_conf_error *err)
{
	struct stat st;

	if (fstat(fd, &st))
		return gw_fail(err, "secret-file: %.128s: %m", path);
	if (!S_ISREG(st.st_mode))
		return gw_fail(err, "secret-file: %.128s is no regular file", path);
	if (st.st_mode & (S_IROTH | S_IWOTH))
		return gw_fail(err, "secret-file: everyone may %s %.80s (chmod o-rw %.80s)",
			st.st_mode & S_IROTH ? "read" : "write", path, path);
	return 0;
}

/* The first line. The room ends where a line is too long by one byte. */
static int read_line(
	int fd, const char *path, struct rg_conf_secret *out, struct rg_conf_error *err)
{
	size_t n = 0, len;
	const char *end;

	while (n < sizeof(out->text)) {
		ssize_t got = read(fd, out->text + n, sizeof(out->text) - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return gw_fail(err, "secret-file: %.128s: %m", path);
		if (got == 0)
			break;
		n += (size_t)got;
	}
	end = memchr(out->text, '\n', n);
	len = end ? (size_t)(end - out->text) : n;
	if (len == 0)
		return gw_fail(err, "secret-file: the first line of %.128s is empty", path);
	if (len > RG_SECRET_MAX)
		return gw_fail(err, "secret-file: the first line of %.128s is too long (%d bytes)",
			path, RG_SECRET_MAX);
	if (memchr(out->text, '\0', len))
		return gw_fail(err, "secret-file: %.128s holds a zero byte", path);
	memset(out->text + len, 0, sizeof(out->text) - len);
	out->len = (uint8_t)len;
	return 0;
}

static int read_file(const char *path, struct rg_conf_secret *out, struct rg_conf_error *err)
{
	/* Not to wait for somebody at the other end of a pipe. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int e;

	if (fd < 0)
		return gw_fail(err, "secret-file: %.128s: %m", path);
	e = check_file(fd, path, err);
	if (!e)
		e = read_line(fd, path, out, err);
	close(fd);
	return e;
}

static int grow(struct gw_secrets *s)
{
	struct gw_secrets more = {.n = s->n, .cap = s->cap ? 2 * s->cap : 8};

	if (s->n < s->cap)
		return 0;
	more.slots = gw_protect_map(more.cap * sizeof(*more.slots));
	if (!more.slots)
		return -RG_E_NOMEM;
	if (s->n > 0)
		memcpy(more.slots, s->slots, s->n * sizeof(*s->slots));
	gw_protect_unmap(s->slots, s->cap * sizeof(*s->slots));
	*s = more;
	return 0;
}

static int add(struct gw_secrets *s, struct rg_url *u, struct rg_conf_error *err)
{
	struct gw_secret *slot;

	gw_protect_process();
	if (grow(s))
		return gw_fail(err, "secret: no memory");
	slot = &s->slots[s->n];
	memset(slot, 0, sizeof(*slot));
	if (u->secret.len > 0)
		slot->text = u->secret;
	else if (read_file(u->secret_file, &slot->text, err))
		return -RG_E_INVAL;
	memcpy(slot->file, u->secret_file, sizeof(slot->file));
	u->secret_id = ++s->n;
	return 0;
}

int gw_secrets_take(struct gw_secrets *s, struct rg_url *u, struct rg_conf_error *err)
{
	int e = 0;

	if (u->secret.len > 0 || u->secret_file[0])
		e = add(s, u, err);
	explicit_bzero(&u->secret, sizeof(u->secret));
	return e;
}

const struct gw_secret *gw_secrets_get(const struct gw_secrets *s, uint32_t id)
{
	return id > 0 && id <= s->n ? &s->slots[id - 1] : NULL;
}

static int read_again(
	const struct gw_secrets *s, struct rg_conf_secret *fresh, struct rg_conf_error *err)
{
	for (uint32_t i = 0; i < s->n; i++) {
		if (s->slots[i].file[0] && read_file(s->slots[i].file, &fresh[i], err))
			return -RG_E_INVAL;
	}
	return 0;
}

int gw_secrets_reload(struct gw_secrets *s, uint32_t *n_changed, struct rg_conf_error *err)
{
	size_t n_bytes = s->n * sizeof(struct rg_conf_secret);
	struct rg_conf_secret *fresh;
	int e;

	*n_changed = 0;
	if (s->n == 0)
		return 0;
	fresh = gw_protect_map(n_bytes);
	if (!fresh)
		return gw_fail(err, "secret-file: no memory");
	e = read_again(s, fresh, err);
	for (uint32_t i = 0; !e && i < s->n; i++) {
		struct gw_secret *slot = &s->slots[i];

		if (!slot->file[0] || memcmp(&slot->text, &fresh[i], sizeof(fresh[i])) == 0)
			continue;
		slot->text = fresh[i];
		slot->generation++;
		(*n_changed)++;
	}
	gw_protect_unmap(fresh, n_bytes);
	return e;
}

void gw_secrets_fini(struct gw_secrets *s)
{
	gw_protect_unmap(s->slots, s->cap * sizeof(*s->slots));
	memset(s, 0, sizeof(*s));
}
