/* Goal: canonical key and id to the byte. The expectation was made with printf, xxd, openssl dgst and a page of Python:
 * HMAC-SHA-256(32 zero bytes, "redoubt/attack/1\0" || 32 bytes 0x11 || key || int64be(1795366200000000)). */
#include <string.h>

#include "base/cleanup.h"
#include "model/attack.h"
#include "tap.h"

int main(void)
{
	struct estate e = { 0 };
	struct attack_key key = { .family = FAMILY_BRUTE_FORCE,
		                  .service = SERVICE_SSH,
		                  .has_asset = true,
		                  .asset = { .index = ASSET_NONE },
		                  .group_kind = GROUP_ADDRESS };
	const uint8_t v4[4] = { 203, 0, 113, 7 };
	uint8_t canonical[256], k_id[32] = { 0 };
	struct digest rule;
	char id[ATTACK_ID_MAX];

	memset(rule.bytes, 0x11, sizeof(rule.bytes));
	key.group.address = address_from_v4(v4);
	key.group.len = 128;
	size_t n = attack_key_canonical(&key, &e, canonical);
	static const char want[] = "brute-force\x1f-\x1f"
	                           "external\x1f\0\0\0\0\0\0\0\0\0\0\xff\xff\xcb\0q\x07\x80\x1fssh";
	ok(n == sizeof(want) - 1 && memcmp(canonical, want, n) == 0, "canonical key of a brute force");
	attack_id_format(k_id, &rule, canonical, n, INT64_C(1795366200000000), id);
	ok(strcmp(id, "3W7ECSWVDE9KCS506HJ8NSEP3V") == 0, "its id");
	key = (struct attack_key){ .family = FAMILY_AVAILABILITY,
		                   .vector_group = VECTOR_GROUP_NETWORK,
		                   .has_asset = true,
		                   .asset = { .index = ASSET_NONE },
		                   .group_kind = GROUP_ANY };
	n = attack_key_canonical(&key, &e, canonical);
	ok(n == 33 && memcmp(canonical,
	                     "availability\x1fnetwork\x1f"
	                     "external\x1f*\x1f-",
	                     n) == 0,
	   "canonical key of a flood");
	return done();
}
