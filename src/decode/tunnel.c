/* tunnel.c - headers behind which another packet begins. A tunnel is entered on the cursor only: the packet stays the outer
 * one until ip.c finds an IP header inside. */
#include "decode/layer.h"

enum {
	GRE_HEADER = 4,
	VXLAN_HEADER = 8,
	GENEVE_HEADER = 8,
	ERSPAN2_HEADER = 8,
	ERSPAN3_HEADER = 12,
	ERSPAN3_SUBHEADER = 8
};

enum { GRE_CHECKSUM = 0x8000, GRE_ROUTING = 0x4000, GRE_KEY = 0x2000, GRE_SEQUENCE = 0x1000, GRE_ACK = 0x0080 };

enum { TYPE_ERSPAN = 0x88be, TYPE_ERSPAN3 = 0x22eb };

enum { PORT_VXLAN = 4789, PORT_GENEVE = 6081 };

/* Go into a tunnel if there may be one more. */
static enum layer enter(struct packet *p, struct cursor *c, enum tunnel_kind kind, enum layer inner)
{
	if (c->tunnels == PACKET_TUNNELS_MAX)
		return layer_odd(p, ODD_TUNNEL_DEPTH);
	c->tunnel[c->tunnels++] = (uint8_t)kind;
	c->vlans = c->labels = 0;
	return inner;
}

enum layer tunnel_ip(struct packet *p, struct cursor *c, enum layer inner)
{
	bool sixinfour = !p->v6 && inner == LAYER_IPV6;

	return enter(p, c, sixinfour ? TUNNEL_6IN4 : TUNNEL_IPIP, inner);
}

/* draft-foschiano-erspan: type II is version 1, type III is version 2; type I has no header of its own. */
static enum layer erspan(struct packet *p, struct cursor *c, uint32_t header, uint8_t version)
{
	if (c->len < header || (header > 0 && c->at[0] >> 4 != version))
		return layer_odd(p, ODD_TUNNEL_BAD);
	bool ip = false;
	if (header ==
	    ERSPAN3_HEADER) { /* its last two bytes: P, frame type (5 bits), hardware (6), D, granularity (2), O */
		ip = (c->at[10] >> 2 & 0x1f) == 2;
		header += c->at[11] & 1 ? ERSPAN3_SUBHEADER : 0;
	}
	if (c->len < header)
		return layer_odd(p, ODD_TUNNEL_BAD);
	cursor_take(c, header);
	return enter(p, c, TUNNEL_ERSPAN, ip ? LAYER_IP : LAYER_ETHERNET);
}

/* Bytes of a GRE header with these flags. */
static uint32_t gre_size(uint16_t flags, bool pptp)
{
	uint32_t size = GRE_HEADER;

	if (flags & GRE_CHECKSUM)
		size += 4;
	if (flags & GRE_KEY)
		size += 4;
	if (flags & GRE_SEQUENCE)
		size += 4;
	if (pptp && flags & GRE_ACK)
		size += 4;
	return size;
}

/* RFC 2784, 2890; version 1 is PPTP's (RFC 2637) and carries PPP. Source routing (RFC 1701) is not followed. */
enum layer tunnel_gre(struct packet *p, struct cursor *c)
{
	if (c->len < GRE_HEADER)
		return layer_odd(p, ODD_TUNNEL_BAD);
	uint16_t flags = get_be16(c->at);
	c->type = get_be16(c->at + 2);
	uint32_t size = gre_size(flags, (flags & 7) == 1);
	if ((flags & 7) > 1 || flags & GRE_ROUTING || c->len < size)
		return layer_odd(p, ODD_TUNNEL_BAD);
	cursor_take(c, size);
	if (c->type == TYPE_ERSPAN)
		return erspan(p, c, flags & GRE_SEQUENCE ? ERSPAN2_HEADER : 0, 1);
	if (c->type == TYPE_ERSPAN3)
		return erspan(p, c, ERSPAN3_HEADER, 2);
	return enter(p, c, TUNNEL_GRE, LAYER_TYPE);
}

/* RFC 7348: the I bit must be set; the reserved bits are ignored on receipt. */
static enum layer vxlan(struct packet *p, struct cursor *c)
{
	if (c->len < VXLAN_HEADER || (c->at[0] & 0x08) == 0)
		return layer_odd(p, ODD_TUNNEL_BAD);
	cursor_take(c, VXLAN_HEADER);
	return enter(p, c, TUNNEL_VXLAN, LAYER_ETHERNET);
}

/* RFC 8926. */
static enum layer geneve(struct packet *p, struct cursor *c)
{
	if (c->len < GENEVE_HEADER || c->at[0] >> 6 != 0)
		return layer_odd(p, ODD_TUNNEL_BAD);
	uint32_t size = GENEVE_HEADER + (c->at[0] & 0x3fu) * 4;
	c->type = get_be16(c->at + 2);
	if (c->len < size)
		return layer_odd(p, ODD_TUNNEL_BAD);
	cursor_take(c, size);
	return enter(p, c, TUNNEL_GENEVE, LAYER_TYPE);
}

/* RFC 4380 5.1.1: authentication, then origin, both optional. False: cut. */
static bool teredo_indications(struct cursor *c)
{
	if (c->len >= 4 && get_be16(c->at) == 1) {
		uint32_t size = 13u + c->at[2] + c->at[3];
		if (c->len < size)
			return false;
		cursor_take(c, size);
	}
	if (c->len >= 8 && get_be16(c->at) == 0)
		cursor_take(c, 8);
	return true;
}

static bool teredo_address(const uint8_t a[static 16])
{
	return get_be32(a) == UINT32_C(0x20010000) || (get_be16(a) & 0xffc0) == 0xfe80;
}

/* Anything can be sent to port 3544: only an IPv6 packet of exactly the datagram's length, between addresses of which one
 * is Teredo's or link-local, is taken for a tunnel. */
static enum layer teredo(struct packet *p, struct cursor *c)
{
	if (!teredo_indications(c) || c->len < 40 || c->at[0] >> 4 != 6)
		return LAYER_END;
	if (40u + get_be16(c->at + 4) != c->wire_len)
		return LAYER_END;
	if (!teredo_address(c->at + 8) && !teredo_address(c->at + 24))
		return LAYER_END;
	return enter(p, c, TUNNEL_TEREDO, LAYER_IPV6);
}

enum layer tunnel_udp(struct packet *p, struct cursor *c)
{
	switch (p->dst_port) {
	case PORT_VXLAN:
		return vxlan(p, c);
	case PORT_GENEVE:
		return geneve(p, c);
	}
	return teredo(p, c);
}
