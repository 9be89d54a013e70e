/* SPDX-License-Identifier: BSD-3-Clause */
#include "console.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#define BLANKS " \t"

struct command {
	const char *name, *help;
	void (*run)(struct gw_console *c);
	const char *args; /* with arguments: take instead of run */
	int (*take)(struct gw_console *c, char *args, struct rg_conf_error *err);
};

static void run_help(struct gw_console *c);

static int take_oob(struct gw_console *c, char *args, struct rg_conf_error *err)
{
	struct rg_oob m = {0};
	int e = gw_console_read_oob(c->plan, args, &m, err);

	if (e)
		return e;
	e = c->act.oob(c->act.ctx, &m);
	if (e) {
		gw_fail(err, "oob: too much waits for stream %s, try again",
			c->plan->streams[m.stream].name);
		return e;
	}
	fprintf(stderr, "ristgate: oob: type=0x%04x len=%u goes to the peers of stream %s\n",
		m.type, m.len, c->plan->streams[m.stream].name);
	return 0;
}

static void run_quit(struct gw_console *c)
{
	c->act.quit(c->act.ctx);
}

static void run_reload(struct gw_console *c)
{
	c->act.reload(c->act.ctx);
}

static void run_stats(struct gw_console *c)
{
	c->act.stats(c->act.ctx);
}

static const struct command commands[] = {
	{"help", "this list", .run = run_help},
	{"oob", "out-of-band data to the peers of a stream's END of the Main profile",
		.args = "STREAM [END] [type=0xNNNN] TEXT | hex:DIGITS", .take = take_oob},
	{"quit", "ends the gateway in order", .run = run_quit},
	{"reload", "reads the secret-files again", .run = run_reload},
	{"stats", "a line of statistics a stream, now", .run = run_stats},
};

static void run_help(struct gw_console *c)
{
	(void)c;
	for (size_t i = 0; i < RG_ARRAY_LEN(commands); i++) {
		const struct command *m = &commands[i];

		fprintf(stderr, "ristgate: %s%s%s: %s\n", m->name, m->args ? " " : "",
			m->args ? m->args : "", m->help);
	}
}

void gw_console_init(struct gw_console *c, int fd, const struct gw_plan *plan,
	const struct gw_console_actions *act)
{
	*c = (struct gw_console){.plan = plan, .act = *act, .fd = fd};
}

char *gw_console_word(char **rest)
{
	char *word = *rest + strspn(*rest, BLANKS), *end = word + strcspn(word, BLANKS);

	if (*end)
		*end++ = '\0';
	*rest = end + strspn(end, BLANKS);
	return word;
}

int gw_console_run(struct gw_console *c, char *line, struct rg_conf_error *err)
{
	const char *name = gw_console_word(&line);

	if (!*name)
		return 0;
	for (size_t i = 0; i < RG_ARRAY_LEN(commands); i++) {
		const struct command *m = &commands[i];

		if (strcmp(m->name, name) != 0)
			continue;
		if (m->take)
			return m->take(c, line, err);
		if (*line)
			return gw_fail(err, "%s: \"%.64s\" is a word too many (it takes none)",
				name, line);
		m->run(c);
		return 0;
	}
	return gw_fail(err, "\"%.64s\": no such command (help lists them)", name);
}

static void run_line(struct gw_console *c, char *line, size_t len)
{
	struct rg_conf_error err;

	if (len > 0 && line[len - 1] == '\r')
		len--;
	line[len] = '\0';
	if (strlen(line) < len)
		fprintf(stderr, "ristgate: line: a zero byte is no text\n");
	else if (gw_console_run(c, line, &err))
		fprintf(stderr, "ristgate: %s\n", err.text);
}

/* Cuts what was read into lines. */
static void run_lines(struct gw_console *c)
{
	char *line = c->line, *end = c->line + c->len, *newline;

	while ((newline = memchr(line, '\n', (size_t)(end - line)))) {
		if (!c->skips)
			run_line(c, line, (size_t)(newline - line));
		c->skips = false;
		line = newline + 1;
	}
	c->len = (size_t)(end - line);
	memmove(c->line, line, c->len);
	if (c->len < GW_CONSOLE_LINE)
		return;
	if (!c->skips)
		fprintf(stderr, "ristgate: line: too long (%d bytes at most)\n",
			GW_CONSOLE_LINE - 1);
	c->skips = true;
	c->len = 0;
}

static void end_input(struct gw_console *c)
{
	if (!c->skips)
		run_line(c, c->line, c->len);
	c->fd = -1;
	fprintf(stderr, "ristgate: the console's input has ended\n");
}

void gw_console_poll(struct gw_console *c)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};
	ssize_t n;

	/* one read that cannot block: stdin's blocking mode belongs to whoever shares it */
	if (c->fd < 0 || poll(&p, 1, 0) <= 0)
		return;
	n = read(c->fd, c->line + c->len, GW_CONSOLE_LINE - c->len);
	if (n > 0) {
		c->len += (size_t)n;
		run_lines(c);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		end_input(c);
	}
}
