#include "model/attack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"

void attack_fini(struct attack *attack)
{
	free(attack->sources);
	*attack = (struct attack){ 0 };
}

int attack_copy(const struct attack *from, struct attack *ret_attack)
{
	struct attack_source *sources = NULL;

	if (from->sources_kept > 0) {
		sources = calloc(from->sources_kept, sizeof(*sources));
		if (sources == NULL)
			return -ENOMEM;
		memcpy(sources, from->sources, from->sources_kept * sizeof(*sources));
	}
	*ret_attack = *from;
	ret_attack->sources = sources;
	return 0;
}

static size_t put_text(uint8_t *buf, size_t at, const char *text)
{
	size_t n = strlen(text);

	memcpy(buf + at, text, n);
	return at + n;
}

size_t attack_key_canonical(const struct attack_key *key, const struct estate *estate, uint8_t buf[static 256])
{
	static const char separator[] = "\x1f";
	char asset[ASSET_TEXT_MAX] = "-";
	const char *vector = "-";
	size_t n = 0;

	if (key->family == FAMILY_AVAILABILITY)
		vector = vector_group_name(key->vector_group);
	else if (key->scan_vector != VECTOR_NONE)
		vector = vector_name(key->scan_vector);
	if (key->has_asset)
		asset_format(estate, &key->asset, asset);
	n = put_text(buf, n, attack_family_name(key->family));
	n = put_text(buf, n, separator);
	n = put_text(buf, n, vector);
	n = put_text(buf, n, separator);
	n = put_text(buf, n, asset);
	n = put_text(buf, n, separator);
	if (key->group_kind == GROUP_ADDRESS) {
		memcpy(buf + n, key->group.address.bytes, 16);
		n += 16;
		buf[n++] = key->group.len;
	} else {
		n = put_text(buf, n, group_kind_name(key->group_kind));
	}
	n = put_text(buf, n, separator);
	n = put_text(buf, n, service_name(key->service));
	check(n <= 256);
	return n;
}

void attack_id_format(const uint8_t k_id[static 32], const struct digest *rule, const uint8_t *key, size_t key_len,
                      int64_t first_us, char ret_id[static ATTACK_ID_MAX])
{
	static const char label[] = "redoubt/attack/1"; /* its final NUL is part of the message */
	uint8_t message[sizeof(label) + SHA256_SIZE + 256 + 8];
	struct digest mac;
	size_t n = sizeof(label);

	check(key_len <= 256);
	memcpy(message, label, n);
	memcpy(message + n, rule->bytes, SHA256_SIZE);
	n += SHA256_SIZE;
	memcpy(message + n, key, key_len);
	n += key_len;
	put_be64(message + n, (uint64_t)first_us);
	n += 8;
	digest_hmac(k_id, message, n, &mac);
	crockford_format(mac.bytes, ret_id);
}
