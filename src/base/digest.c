#include "base/digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/cleanup.h"

void digest_sha256(const void *data, size_t n, struct digest *ret_digest)
{
	SHA256(data, n, ret_digest->bytes);
}

void digest_hmac(const uint8_t key[static 32], const void *data, size_t n, struct digest *ret_digest)
{
	unsigned len = SHA256_SIZE;
	check(HMAC(EVP_sha256(), key, 32, data, n, ret_digest->bytes, &len) != NULL && len == SHA256_SIZE);
}

struct digest_stream *digest_stream_new(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1) {
		EVP_MD_CTX_free(ctx);
		return NULL;
	}
	return (struct digest_stream *)ctx;
}

void digest_stream_add(struct digest_stream *s, const void *data, size_t n)
{
	check(EVP_DigestUpdate((EVP_MD_CTX *)s, data, n) == 1);
}

void digest_stream_end(struct digest_stream *s, struct digest *ret_digest)
{
	unsigned len = 0;

	check(EVP_DigestFinal_ex((EVP_MD_CTX *)s, ret_digest->bytes, &len) == 1 && len == SHA256_SIZE);
	EVP_MD_CTX_free((EVP_MD_CTX *)s);
}

void digest_stream_freep(struct digest_stream **s)
{
	EVP_MD_CTX_free((EVP_MD_CTX *)*s);
}

int digest_file(const char *path, struct digest *ret_digest)
{
	CLEANUP(fclosep) FILE *f = fopen(path, "rbe");
	uint8_t block[65536];
	size_t n;

	if (f == NULL)
		return -errno;
	struct digest_stream *s = digest_stream_new();
	if (s == NULL)
		return -ENOMEM;
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		digest_stream_add(s, block, n);
	int failed = ferror(f) ? -EIO : 0;
	struct digest d;
	digest_stream_end(s, &d);
	if (failed == 0)
		*ret_digest = d;
	return failed;
}

char *digest_format(const struct digest *d, char buf[static SHA256_TEXT_MAX])
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < SHA256_SIZE; i++) {
		buf[2 * i] = hex[d->bytes[i] >> 4];
		buf[2 * i + 1] = hex[d->bytes[i] & 15];
	}
	buf[2 * SHA256_SIZE] = '\0';
	return buf;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int digest_parse(const char *text, struct digest *ret_digest)
{
	struct digest d;

	if (strlen(text) != 2 * SHA256_SIZE)
		return -EINVAL;
	for (size_t i = 0; i < SHA256_SIZE; i++) {
		int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
		if (high < 0 || low < 0)
			return -EINVAL;
		d.bytes[i] = (uint8_t)(high << 4 | low);
	}
	*ret_digest = d;
	return 0;
}

char *crockford_format(const uint8_t bytes[static 16], char buf[static CROCKFORD_128_TEXT_MAX])
{
	static const char symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

	for (int i = 0; i < 26; i++) {
		unsigned v = 0;
		for (int b = 0; b < 5; b++) {
			int bit = i * 5 + b - 2; /* 130 bits, the first two of them zero */
			v = v << 1 | (bit >= 0 ? bytes[bit / 8] >> (7 - bit % 8) & 1u : 0);
		}
		buf[i] = symbols[v];
	}
	buf[26] = '\0';
	return buf;
}
