/* ip.c - IPv4 with options, IPv6 with extension headers, up to the transport header or a fragment's data. */
#include "decode/layer.h"

enum {
	IPV4_HEADER = 20,
	IPV6_HEADER = 40,
	FRAGMENT_HEADER = 8,
	IP_LENGTH_MAX = 65535,
};

enum { OPTION_END = 0, OPTION_NOP = 1, OPTION_LSRR = 131, OPTION_SSRR = 137 };

enum {
	NEXT_HOP_BY_HOP = 0,
	NEXT_ROUTING = 43,
	NEXT_FRAGMENT = 44,
	NEXT_AH = 51,
	NEXT_NONE = 59,
	NEXT_DESTINATION = 60,
	NEXT_MOBILITY = 135,
	NEXT_HIP = 139,
	NEXT_SHIM6 = 140,
};

/* An IP header was found: the packet is what it says. What an outer packet left behind is forgotten, but not its oddities. */
static void begin(struct packet *p, const struct cursor *c, bool v6, uint32_t total)
{
	if (p->ip) {
		struct packet outer = *p;
		*p = (struct packet){
			.frame = outer.frame, .odd = outer.odd, .vlan = outer.vlan, .window_scale = 0xff
		};
	}
	p->ip = true;
	p->v6 = v6;
	p->l3 = c->at;
	p->l3_len = c->len < total ? c->len : total;
	p->tunnels = c->tunnels;
	memcpy(p->tunnel, c->tunnel, sizeof(p->tunnel));
}

static bool source_bad(const struct packet *p)
{
	static const uint8_t none[16], broadcast[4] = { 255, 255, 255, 255 };
	const uint8_t *src = p->src.bytes;

	if (p->v6)
		return src[0] == 0xff || memcmp(src, none, sizeof(none)) == 0;
	return src[12] >> 4 == 14 || memcmp(src + 12, none, 4) == 0 || memcmp(src + 12, broadcast, 4) == 0;
}

/* Talking to oneself is ordinary on a loopback interface only. */
static bool is_loopback(const struct packet *p)
{
	static const uint8_t loopback6[16] = { [15] = 1 };

	return p->v6 ? memcmp(p->src.bytes, loopback6, sizeof(loopback6)) == 0 : p->src.bytes[12] == 127;
}

static void judge_ends(struct packet *p)
{
	if (p->ttl == 0)
		packet_set_odd(p, ODD_IP_TTL_ZERO);
	if (address_equal(&p->src, &p->dst) && !is_loopback(p))
		packet_set_odd(p, ODD_IP_SAME_ENDS);
	if (source_bad(p))
		packet_set_odd(p, ODD_IP_SOURCE_BAD);
}

/* before: bytes of the whole datagram in front of the fragmentable part, as far as they count against 65,535. */
static enum layer fragment(struct packet *p, const struct cursor *c, uint32_t before)
{
	uint32_t header = transport_header(p);

	p->fragment = true;
	p->payload = c->at;
	p->payload_len = c->len;
	p->payload_wire_len = c->wire_len;
	if (before + p->fragment_offset + c->wire_len > IP_LENGTH_MAX)
		packet_set_odd(p, ODD_FRAGMENT_LARGE);
	if (p->fragment_more && c->wire_len % 8 != 0)
		packet_set_odd(p, ODD_FRAGMENT_LENGTH);
	if (p->fragment_offset != 0)
		return LAYER_END;
	if (c->wire_len < header)
		packet_set_odd(p, ODD_FRAGMENT_TINY);
	transport_ports(p, c);
	return LAYER_END;
}

static void v4_options(struct packet *p, const uint8_t *option, const uint8_t *end)
{
	while (option < end && *option != OPTION_END) {
		if (*option == OPTION_NOP) {
			option++;
			continue;
		}
		if (end - option < 2 || option[1] < 2 || option[1] > end - option) {
			packet_set_odd(p, ODD_IP_OPTION_BAD);
			return;
		}
		if (*option == OPTION_LSRR || *option == OPTION_SSRR)
			packet_set_odd(p, ODD_IP_SOURCE_ROUTE);
		option += option[1];
	}
}

/* Bytes of the packet by its header, within what the frame had. Segmentation offload leaves 0: then the frame tells. */
static uint32_t claimed_length(struct packet *p, const struct cursor *c, uint32_t claimed, bool unknown)
{
	if (unknown)
		return c->wire_len;
	if (claimed <= c->wire_len)
		return claimed;
	packet_set_odd(p, ODD_IP_LENGTH);
	return c->wire_len;
}

static enum layer v4(struct packet *p, struct cursor *c)
{
	const uint8_t *h = c->at;

	if (c->len < IPV4_HEADER)
		return layer_odd(p, ODD_IP_SHORT);
	if (h[0] >> 4 != 4)
		return layer_odd(p, ODD_IP_VERSION);
	uint32_t header = (h[0] & 0x0fu) * 4, total = get_be16(h + 2);
	if (header < IPV4_HEADER || (total != 0 && total < header))
		return layer_odd(p, ODD_IP_LENGTH);
	if (c->len < header)
		return layer_odd(p, ODD_IP_SHORT);
	total = claimed_length(p, c, total, total == 0);
	begin(p, c, false, total);
	p->proto = h[9];
	p->ttl = h[8];
	p->src = address_from_v4(h + 12);
	p->dst = address_from_v4(h + 16);
	p->ip_payload_off = header;
	judge_ends(p);
	if (header > IPV4_HEADER)
		v4_options(p, h + IPV4_HEADER, h + header);
	cursor_trim(c, total);
	cursor_take(c, header);
	uint16_t position = get_be16(h + 6);
	if ((position & 0x3fff) == 0)
		return transport_layer(p, c);
	p->fragment_more = position & 0x2000;
	p->fragment_offset = (uint16_t)((position & 0x1fff) * 8);
	p->fragment_id = get_be16(h + 4);
	return fragment(p, c, header);
}

/* Hop-by-hop and destination options are a row of (type, length, value), RFC 8200 4.2. */
static bool v6_options_valid(const uint8_t *option, const uint8_t *end)
{
	while (option < end) {
		if (*option == 0) {
			option++;
			continue;
		}
		if (end - option < 2 || option[1] > end - option - 2)
			return false;
		option += option[1] + 2;
	}
	return true;
}

/* Bytes of the extension header at h, of which at least two are there; 0: it is none. */
static uint32_t v6_extension(uint8_t type, const uint8_t *h)
{
	switch (type) {
	case NEXT_HOP_BY_HOP:
	case NEXT_ROUTING:
	case NEXT_DESTINATION:
	case NEXT_MOBILITY:
	case NEXT_HIP:
	case NEXT_SHIM6:
		return (h[1] + 1u) * 8;
	case NEXT_FRAGMENT:
		return FRAGMENT_HEADER;
	case NEXT_AH:
		return (h[1] + 2u) * 4;
	}
	return 0;
}

static bool is_extension(uint8_t type)
{
	static const uint8_t any[2];
	return v6_extension(type, any) != 0;
}

/* What is strange about one whole extension header. seen counts each type. */
static void judge_extension(struct packet *p, uint8_t type, const uint8_t *h, uint32_t size, int index, uint8_t *seen)
{
	bool options = type == NEXT_HOP_BY_HOP || type == NEXT_DESTINATION;

	if (++*seen > (type == NEXT_DESTINATION ? 2 : 1) || (type == NEXT_HOP_BY_HOP && index > 0))
		packet_set_odd(p, ODD_IP6_EXTENSION_BAD);
	if (options && !v6_options_valid(h + 2, h + size))
		packet_set_odd(p, ODD_IP6_EXTENSION_BAD);
	if (type == NEXT_ROUTING && h[2] == 0)
		packet_set_odd(p, ODD_IP_SOURCE_ROUTE);
}

/* RFC 6946: a fragment that is first and last is a whole packet. */
static bool v6_fragment(struct packet *p, const uint8_t *h)
{
	uint16_t position = get_be16(h + 2);

	if ((position & 0xfff9) == 0)
		return false;
	p->fragment_more = position & 1;
	p->fragment_offset = position & 0xfff8;
	p->fragment_id = get_be32(h + 4);
	return true;
}

/* A header that cannot be passed: it stays the packet's protocol, the rest is its payload. */
static enum layer v6_stop(struct packet *p, const struct cursor *c, enum packet_odd odd)
{
	p->payload = c->at;
	p->payload_len = c->len;
	p->payload_wire_len = c->wire_len;
	return layer_odd(p, odd);
}

static enum layer v6_extensions(struct packet *p, struct cursor *c)
{
	uint8_t seen[256] = { 0 };

	for (int i = 0; is_extension(p->proto); i++) {
		uint8_t type = p->proto;
		const uint8_t *h = c->at;
		if (i == DECODE_IP6_EXTENSION_MAX)
			return v6_stop(p, c, ODD_IP6_EXTENSION_DEPTH);
		uint32_t size = c->len < 2 ? FRAGMENT_HEADER : v6_extension(type, h);
		if (size > c->len)
			return v6_stop(p, c, size > c->wire_len ? ODD_IP6_EXTENSION_BAD : ODD_IP_SHORT);
		judge_extension(p, type, h, size, i, &seen[type]);
		bool split = type == NEXT_FRAGMENT && v6_fragment(p, h);
		p->proto = h[0];
		p->ip_payload_off += size;
		cursor_take(c, size);
		if (split)
			return fragment(p, c, p->ip_payload_off - IPV6_HEADER - FRAGMENT_HEADER);
	}
	return transport_layer(p, c);
}

static enum layer v6(struct packet *p, struct cursor *c)
{
	const uint8_t *h = c->at;

	if (c->len < IPV6_HEADER)
		return layer_odd(p, ODD_IP_SHORT);
	if (h[0] >> 4 != 6)
		return layer_odd(p, ODD_IP_VERSION);
	uint32_t payload = get_be16(h + 4);
	uint32_t total = claimed_length(p, c, IPV6_HEADER + payload, payload == 0 && h[6] != NEXT_NONE);
	begin(p, c, true, total);
	p->proto = h[6];
	p->ttl = h[7];
	memcpy(p->src.bytes, h + 8, 16);
	memcpy(p->dst.bytes, h + 24, 16);
	p->ip_payload_off = IPV6_HEADER;
	judge_ends(p);
	cursor_trim(c, total);
	cursor_take(c, IPV6_HEADER);
	return is_extension(p->proto) ? v6_extensions(p, c) : transport_layer(p, c);
}

enum layer ip_layer(struct packet *p, struct cursor *c, enum layer layer)
{
	if (layer == LAYER_IP) {
		if (c->len == 0)
			return layer_odd(p, ODD_IP_SHORT);
		layer = c->at[0] >> 4 == 6 ? LAYER_IPV6 : LAYER_IPV4;
	}
	return layer == LAYER_IPV6 ? v6(p, c) : v4(p, c);
}
