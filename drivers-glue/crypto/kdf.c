/* SPDX-License-Identifier: BSD-3-Clause */
#include "rg_bytes.h"
#include "rg_crypto_glue.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

/* TR-06-2:2022 section 7.3: the salt is the nonce as it stands in the GRE header. */
int rg_kdf(const struct rg_secret *s, uint32_t nonce, uint8_t *key, size_t key_bytes)
{
	uint8_t salt[4];

	rg_put32(salt, nonce);
	if (s->len < 1 || s->len > RG_SECRET_BYTES_MAX || key_bytes > 32)
		return -RG_E_INVAL;
	if (PKCS5_PBKDF2_HMAC((const char *)s->bytes, s->len, salt, sizeof(salt), RG_KDF_ITERATIONS,
		    EVP_sha256(), (int)key_bytes, key) != 1)
		return -RG_E_INVAL;
	return 0;
}

int rg_random(void *out, size_t n_bytes)
{
	if (RAND_bytes(out, (int)n_bytes) == 1)
		return 0;
	OPENSSL_cleanse(out, n_bytes);
	return -RG_E_AGAIN;
}

int rg_nonce_fresh(uint32_t last, uint32_t *nonce)
{
	uint32_t v = 0;

	/* one round in 2^30 is not the last */
	while (v == 0 || v == last) {
		if (rg_random(&v, sizeof(v)) != 0)
			return -RG_E_AGAIN;
		v &= INT32_MAX;
	}
	*nonce = v;
	return 0;
}
