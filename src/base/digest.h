/* digest.h - SHA-256, HMAC and printing of hashes. Cryptography is libcrypto's; small inputs use its one-shot calls. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { SHA256_SIZE = 32, SHA256_TEXT_MAX = 65, CROCKFORD_128_TEXT_MAX = 27 };

struct digest {
	uint8_t bytes[SHA256_SIZE];
};

void digest_sha256(const void *data, size_t n, struct digest *ret_digest);

/** HMAC-SHA-256 (RFC 2104). */
void digest_hmac(const uint8_t key[static 32], const void *data, size_t n, struct digest *ret_digest);

/** SHA-256 of a whole file, read in pieces. Returns 0 or -errno. */
int digest_file(const char *path, struct digest *ret_digest);

/** 64 lower-case hex digits. Returns buf. */
char *digest_format(const struct digest *d, char buf[static SHA256_TEXT_MAX]);

/** Parse 64 hex digits. Returns 0 or -EINVAL. */
int digest_parse(const char *text, struct digest *ret_digest);

/** 16 bytes as 26 characters of Crockford's base32, upper case: 128 bits, big-endian, two zero bits in front. Returns buf. */
char *crockford_format(const uint8_t bytes[static 16], char buf[static CROCKFORD_128_TEXT_MAX]);

/** A digest that grows: for files written in pieces. Opaque; NULL on lack of memory. */
struct digest_stream;
struct digest_stream *digest_stream_new(void);
void digest_stream_add(struct digest_stream *s, const void *data, size_t n);
/** Finish and free. */
void digest_stream_end(struct digest_stream *s, struct digest *ret_digest);
void digest_stream_freep(struct digest_stream **s);
