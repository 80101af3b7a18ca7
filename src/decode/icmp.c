/* icmp.c - ICMP and ICMPv6: type, echo identifier, and the packet an error quotes. */
#include "decode/layer.h"

enum { ICMP_HEADER = 8, IPV4_HEADER = 20, IPV6_HEADER = 40, QUOTE_EXTENSIONS_MAX = 4 };

/* What is known of the quoted transport header decides whether its flow can be found. */
static bool quote_ports(struct packet_quote *q, const uint8_t *b, uint32_t len)
{
	switch (q->proto) {
	case PROTO_TCP:
	case PROTO_UDP:
	case PROTO_SCTP:
		if (len < 4)
			return false;
		q->src_port = get_be16(b);
		q->dst_port = get_be16(b + 2);
		return true;
	case PROTO_ICMP:
	case PROTO_ICMPV6:
		if (len < 6)
			return false;
		if (b[0] == (q->proto == PROTO_ICMP ? 8 : 128) || b[0] == (q->proto == PROTO_ICMP ? 0 : 129))
			q->src_port = q->dst_port = get_be16(b + 4);
		return true;
	}
	return true;
}

static bool quote_v4(struct packet_quote *q, const uint8_t *b, uint32_t len)
{
	if (len < IPV4_HEADER || b[0] >> 4 != 4)
		return false;
	uint32_t header = (b[0] & 0x0fu) * 4;
	if (header < IPV4_HEADER || header > len)
		return false;
	q->proto = b[9];
	q->src = address_from_v4(b + 12);
	q->dst = address_from_v4(b + 16);
	bool later = (get_be16(b + 6) & 0x1fff) != 0; /* a fragment without the ports */
	return later || quote_ports(q, b + header, len - header);
}

/* Hop-by-hop, routing, destination options: (n + 1) * 8 bytes; fragment: 8, and nothing behind it unless the first. */
static bool quote_v6(struct packet_quote *q, const uint8_t *b, uint32_t len)
{
	if (len < IPV6_HEADER || b[0] >> 4 != 6)
		return false;
	q->proto = b[6];
	memcpy(q->src.bytes, b + 8, 16);
	memcpy(q->dst.bytes, b + 24, 16);
	b += IPV6_HEADER;
	len -= IPV6_HEADER;
	for (int i = 0; i < QUOTE_EXTENSIONS_MAX; i++) {
		if (q->proto != 0 && q->proto != 43 && q->proto != 44 && q->proto != 60)
			break;
		if (len < 8)
			return false;
		bool fragment = q->proto == 44, later = fragment && (get_be16(b + 2) & 0xfff8) != 0;
		uint32_t size = fragment ? 8 : (b[1] + 1u) * 8;
		q->proto = b[0];
		if (later)
			return true;
		if (size > len)
			return false;
		b += size;
		len -= size;
	}
	return quote_ports(q, b, len);
}

static void quote(struct packet *p, const struct cursor *c)
{
	struct packet_quote q = { .present = true };

	if (p->v6 ? quote_v6(&q, c->at, c->len) : quote_v4(&q, c->at, c->len))
		p->quote = q;
	else
		packet_set_odd(p, ODD_ICMP_QUOTE);
}

static bool header(struct packet *p, struct cursor *c, bool *ret_identified, bool *ret_error)
{
	if (c->len >= 2) {
		p->icmp_type = c->at[0];
		p->icmp_code = c->at[1];
	}
	if (c->len < ICMP_HEADER) {
		cursor_take(c, c->len);
		p->payload = c->at;
		p->payload_len = p->payload_wire_len = 0;
		packet_set_odd(p, ODD_ICMP_SHORT);
		return false;
	}
	uint8_t type = p->icmp_type;
	if (p->v6) {
		*ret_identified = type == 128 || type == 129;
		*ret_error = type >= 1 && type <= 4;
	} else {
		/* Echo, timestamp, information and mask: all have the identifier in one place (RFC 792, 950). */
		*ret_identified = type == 8 || type == 0 || (type >= 13 && type <= 18);
		*ret_error = type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
	}
	return true;
}

static enum layer icmp(struct packet *p, struct cursor *c)
{
	bool identified = false, error = false;

	if (!header(p, c, &identified, &error))
		return LAYER_END;
	if (identified)
		p->src_port = p->dst_port = get_be16(c->at + 4);
	cursor_take(c, ICMP_HEADER);
	p->payload = c->at;
	p->payload_len = c->len;
	p->payload_wire_len = c->wire_len;
	if (error)
		quote(p, c);
	return LAYER_END;
}

enum layer icmp_v4(struct packet *p, struct cursor *c)
{
	return icmp(p, c);
}

enum layer icmp_v6(struct packet *p, struct cursor *c)
{
	return icmp(p, c);
}
