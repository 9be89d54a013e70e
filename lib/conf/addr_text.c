/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_addr_text.h"

/* 1..max_digits decimal digits up to max; returns how many, 0: no number. */
static size_t read_decimal(const char *s, size_t len, size_t max_digits, uint32_t max, uint32_t *v)
{
	size_t n = 0;

	*v = 0;
	while (n < len && n < max_digits && s[n] >= '0' && s[n] <= '9')
		*v = *v * 10 + (uint32_t)(s[n++] - '0');
	return *v <= max ? n : 0;
}

static bool parse_ip4(const char *s, size_t len, uint8_t ip[4])
{
	size_t at = 0;

	for (unsigned i = 0; i < 4; i++) {
		uint32_t v;
		size_t n;

		if (i > 0 && (at >= len || s[at++] != '.'))
			return false;
		n = read_decimal(s + at, len - at, 3, 255, &v);
		if (n == 0 || (n > 1 && s[at] == '0'))
			return false;
		ip[i] = (uint8_t)v;
		at += n;
	}
	return at == len;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static size_t read_hex16(const char *s, size_t len, uint16_t *v)
{
	size_t n = 0;

	*v = 0;
	while (n < len && n < 4 && hex_value(s[n]) >= 0)
		*v = (uint16_t)(*v << 4 | hex_value(s[n++]));
	return n;
}

/* RFC 4291 section 2.2: groups, one "::", and an IPv4 address as the last four bytes. */
static bool parse_ip6(const char *s, size_t len, uint8_t ip[16])
{
	uint8_t bytes[16] = {0};
	size_t at = 0, n_bytes = 0, gap = SIZE_MAX;

	if (len >= 2 && s[0] == ':' && s[1] == ':') {
		gap = 0;
		at = 2;
	}
	while (at < len) {
		uint16_t v;
		size_t n = read_hex16(s + at, len - at, &v);

		if (n_bytes <= 12 && at + n < len && s[at + n] == '.') {
			if (!parse_ip4(s + at, len - at, bytes + n_bytes))
				return false;
			n_bytes += 4;
			break;
		}
		if (n == 0 || n_bytes > 14)
			return false;
		bytes[n_bytes++] = (uint8_t)(v >> 8);
		bytes[n_bytes++] = (uint8_t)v;
		at += n;
		if (at == len)
			break;
		if (s[at++] != ':' || at == len)
			return false;
		if (s[at] == ':') {
			if (gap != SIZE_MAX)
				return false;
			gap = n_bytes;
			at++;
		}
	}
	if (gap == SIZE_MAX ? n_bytes != 16 : n_bytes > 14)
		return false;
	if (gap == SIZE_MAX)
		gap = n_bytes;
	memset(ip, 0, 16);
	memcpy(ip, bytes, gap);
	memcpy(ip + 16 - (n_bytes - gap), bytes + gap, n_bytes - gap);
	return true;
}

bool rg_addr_parse(const char *text, size_t len, struct rg_addr *out)
{
	struct rg_addr a = {0};

	if (parse_ip4(text, len, a.ip))
		a.af = RG_AF_IP4;
	else if (memset(a.ip, 0, sizeof(a.ip)), parse_ip6(text, len, a.ip))
		a.af = RG_AF_IP6;
	else
		return false;
	*out = a;
	return true;
}

static size_t put_decimal(char *out, uint32_t v)
{
	char digits[10];
	size_t n = 0;

	do {
		digits[n++] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	for (size_t i = 0; i < n; i++)
		out[i] = digits[n - 1 - i];
	return n;
}

static size_t put_hex16(char *out, unsigned v)
{
	size_t n = 0;

	for (int shift = 12; shift >= 0; shift -= 4) {
		unsigned digit = v >> shift & 0xf;

		if (digit > 0 || n > 0 || shift == 0)
			out[n++] = "0123456789abcdef"[digit];
	}
	return n;
}

static size_t format_ip4(const uint8_t *ip, char *out)
{
	size_t at = 0;

	for (unsigned i = 0; i < 4; i++) {
		if (i > 0)
			out[at++] = '.';
		at += put_decimal(out + at, ip[i]);
	}
	return at;
}

/* RFC 5952 section 4: lower case, no leading zeros, the longest run of two or more zero groups
 * (the first of equals) as "::". */
static size_t format_ip6(const uint8_t *ip, char *out)
{
	unsigned run_at = 8, run_len = 1;
	size_t at = 0;

	for (unsigned i = 0; i < 8; i++) {
		unsigned n = 0;

		while (i + n < 8 && ip[2 * (i + n)] == 0 && ip[2 * (i + n) + 1] == 0)
			n++;
		if (n > run_len) {
			run_at = i;
			run_len = n;
		}
	}
	for (unsigned i = 0; i < 8; i++) {
		if (i == run_at) {
			out[at++] = ':';
			if (i + run_len == 8)
				out[at++] = ':';
			i += run_len - 1;
			continue;
		}
		if (i > 0)
			out[at++] = ':';
		at += put_hex16(out + at, (unsigned)ip[2 * i] << 8 | ip[2 * i + 1]);
	}
	return at;
}

size_t rg_addr_format_ip(const struct rg_addr *a, char out[RG_ADDR_TEXT_MAX])
{
	size_t n = 3;

	if (a->af == RG_AF_IP4)
		n = format_ip4(a->ip, out);
	else if (a->af == RG_AF_IP6)
		n = format_ip6(a->ip, out);
	else
		memcpy(out, "any", n);
	out[n] = '\0';
	return n;
}

size_t rg_addr_format(const struct rg_addr *a, char out[RG_ADDR_TEXT_MAX])
{
	char ip[RG_ADDR_TEXT_MAX];
	size_t len = rg_addr_format_ip(a, ip), at = 0;

	if (a->af == RG_AF_IP6)
		out[at++] = '[';
	memcpy(out + at, ip, len);
	at += len;
	if (a->af == RG_AF_IP6)
		out[at++] = ']';
	out[at++] = ':';
	at += put_decimal(out + at, a->port);
	out[at] = '\0';
	return at;
}
