#include "flow/flow_key.h"

#include <string.h>

bool flow_key_from(const struct address *src, uint16_t src_port, const struct address *dst, uint16_t dst_port,
                   uint8_t proto, struct flow_key *ret_key)
{
	int c = address_compare(src, dst);
	bool src_low = c < 0 || (c == 0 && src_port <= dst_port);

	*ret_key = (struct flow_key){
		.low = src_low ? *src : *dst,
		.high = src_low ? *dst : *src,
		.low_port = src_low ? src_port : dst_port,
		.high_port = src_low ? dst_port : src_port,
		.proto = proto,
	};
	return src_low;
}

bool flow_key_of(const struct packet *p, struct flow_key *ret_key)
{
	if (!p->ip)
		return false;
	if (p->quote.present) {
		const struct packet_quote *q = &p->quote;
		(void)flow_key_from(&q->src, q->src_port, &q->dst, q->dst_port, q->proto, ret_key);
	} else if (p->fragment) {
		(void)flow_key_from(&p->src, 0, &p->dst, 0, p->proto, ret_key);
	} else {
		(void)flow_key_from(&p->src, p->src_port, &p->dst, p->dst_port, p->proto, ret_key);
	}
	return true;
}

uint64_t flow_key_hash(const struct siphash_key *key, const struct flow_key *k)
{
	uint64_t words[5];

	_Static_assert(sizeof(words) == sizeof(*k), "a flow key has no padding");
	memcpy(words, k, sizeof(words));
	return siphash_words(key, words, 5);
}
