/* Goal: known answers. SHA-256: FIPS 180-4 examples; HMAC: RFC 4231 case 1 style with a 32-byte key by openssl(1). */
#include <errno.h>
#include <string.h>

#include "base/digest.h"
#include "tap.h"

int main(void)
{
	struct digest d, e;
	char hex[SHA256_TEXT_MAX], id[CROCKFORD_128_TEXT_MAX];
	const uint8_t zero[32] = { 0 }, one[16] = { [15] = 1 }, high[16] = { 0x80 };

	uint8_t ones[16];

	memset(ones, 0xff, sizeof(ones));
	digest_sha256("abc", 3, &d);
	ok(strcmp(digest_format(&d, hex), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") == 0,
	   "abc");
	ok(digest_parse(hex, &e) == 0 && memcmp(&d, &e, sizeof(d)) == 0, "hex goes both ways");
	hex[3] = 'g';
	ok(digest_parse(hex, &e) == -EINVAL && digest_parse("00", &e) == -EINVAL, "what is no digest is refused");
	digest_hmac(zero, "redoubt", 7, &d);
	ok(strcmp(digest_format(&d, hex), "8a6a531afda73c94a31401397c87ed88bc8d5e9fbe5a2035463ef35408ee5524") == 0,
	   "HMAC as openssl dgst gives it");
	struct digest_stream *s = digest_stream_new();
	digest_stream_add(s, "a", 1);
	digest_stream_add(s, "bc", 2);
	digest_stream_end(s, &d);
	ok(strcmp(digest_format(&d, hex), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") == 0,
	   "in pieces");
	ok(strcmp(crockford_format(ones, id), "7ZZZZZZZZZZZZZZZZZZZZZZZZZ") == 0, "the largest 128-bit value");
	ok(strcmp(crockford_format(one, id), "00000000000000000000000001") == 0, "one");
	ok(strcmp(crockford_format(high, id), "40000000000000000000000000") == 0, "the top bit");
	return done();
}
