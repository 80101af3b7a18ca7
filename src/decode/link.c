/* link.c - from the frame to the IP header: Ethernet and what may be between, and the link types without Ethernet. */
#include "decode/layer.h"

enum {
	ETHERNET_HEADER = 14,
	VLAN_TAG = 4,
	MPLS_LABEL = 4,
	PPPOE_HEADER = 6,
	CHDLC_HEADER = 4,
	FAMILY_HEADER = 4,
	SLL_HEADER = 16,
	SLL2_HEADER = 20,
	LLC_HEADER = 3,
	SNAP_HEADER = 8,
};

enum {
	TYPE_LLC = 0x0004, /* Linux cooked: frames that start with LLC */
	TYPE_LENGTH_MAX = 0x05dc,
	TYPE_IPV4 = 0x0800,
	TYPE_VLAN = 0x8100,
	TYPE_BRIDGED = 0x6558, /* Ethernet inside GRE and Geneve */
	TYPE_IPV6 = 0x86dd,
	TYPE_PPP = 0x880b,
	TYPE_MPLS = 0x8847,
	TYPE_MPLS_MULTICAST = 0x8848,
	TYPE_PPPOE_SESSION = 0x8864,
	TYPE_QINQ = 0x88a8,
	TYPE_QINQ_OLD = 0x9100,
};

enum { PPP_IPV4 = 0x0021, PPP_IPV6 = 0x0057, PPP_MPLS = 0x0281, PPP_MPLS_MULTICAST = 0x0283 };

static enum layer by_type(struct packet *p, const struct cursor *c)
{
	switch (c->type) {
	case TYPE_IPV4:
		return LAYER_IPV4;
	case TYPE_IPV6:
		return LAYER_IPV6;
	case TYPE_VLAN:
	case TYPE_QINQ:
	case TYPE_QINQ_OLD:
		return LAYER_VLAN;
	case TYPE_MPLS:
	case TYPE_MPLS_MULTICAST:
		return LAYER_MPLS;
	case TYPE_PPPOE_SESSION:
		return LAYER_PPPOE;
	case TYPE_PPP:
		return LAYER_PPP;
	case TYPE_BRIDGED:
		return p->ip ? LAYER_ETHERNET : layer_unknown(p);
	}
	return c->type <= TYPE_LENGTH_MAX ? LAYER_LLC : layer_unknown(p);
}

static enum layer ethernet(struct packet *p, struct cursor *c)
{
	if (c->len < ETHERNET_HEADER)
		return layer_link_odd(p, ODD_LINK_SHORT);
	c->type = get_be16(c->at + 12);
	cursor_take(c, ETHERNET_HEADER);
	return by_type(p, c);
}

static enum layer vlan(struct packet *p, struct cursor *c)
{
	if (c->vlans == DECODE_VLAN_MAX)
		return layer_odd(p, ODD_VLAN_DEPTH);
	if (c->len < VLAN_TAG)
		return layer_link_odd(p, ODD_LINK_SHORT);
	if (c->vlans++ == 0 && !p->ip)
		p->vlan = get_be16(c->at) & 0x0fff;
	c->type = get_be16(c->at + 2);
	cursor_take(c, VLAN_TAG);
	return by_type(p, c);
}

/* Behind the last label nothing says what follows: IP tells itself, a pseudowire's control word starts with four zero bits. */
static enum layer mpls_payload(struct packet *p, struct cursor *c)
{
	if (c->len < 4)
		return layer_link_odd(p, ODD_LINK_SHORT);
	switch (c->at[0] >> 4) {
	case 4:
		return LAYER_IPV4;
	case 6:
		return LAYER_IPV6;
	case 0:
		cursor_take(c, 4);
		return LAYER_ETHERNET;
	}
	return layer_unknown(p);
}

static enum layer mpls(struct packet *p, struct cursor *c)
{
	for (bool last = false; !last;) {
		if (c->labels++ == DECODE_MPLS_MAX)
			return layer_odd(p, ODD_MPLS_DEPTH);
		if (c->len < MPLS_LABEL)
			return layer_link_odd(p, ODD_LINK_SHORT);
		last = c->at[2] & 1;
		cursor_take(c, MPLS_LABEL);
	}
	return mpls_payload(p, c);
}

/* RFC 2516. The length covers what follows the header; the rest is padding. */
static enum layer pppoe(struct packet *p, struct cursor *c)
{
	if (c->len < PPPOE_HEADER)
		return layer_link_odd(p, ODD_LINK_SHORT);
	if (c->at[0] != 0x11)
		return layer_odd(p, ODD_PPPOE_BAD);
	if (c->at[1] != 0)
		return layer_unknown(p);
	uint32_t len = get_be16(c->at + 4);
	cursor_take(c, PPPOE_HEADER);
	if (len > c->wire_len)
		packet_set_odd(p, ODD_PPPOE_BAD);
	cursor_trim(c, len);
	return LAYER_PPP;
}

/* RFC 1661, 1662: address and control may be left out, and so may the first byte of a protocol below 256. */
static enum layer ppp(struct packet *p, struct cursor *c)
{
	if (c->len >= 2 && c->at[0] == 0xff && c->at[1] == 0x03)
		cursor_take(c, 2);
	uint32_t size = c->len >= 1 && c->at[0] & 1 ? 1 : 2;
	if (c->len < size)
		return layer_link_odd(p, ODD_LINK_SHORT);
	uint16_t protocol = size == 1 ? c->at[0] : get_be16(c->at);
	cursor_take(c, size);
	switch (protocol) {
	case PPP_IPV4:
		return LAYER_IPV4;
	case PPP_IPV6:
		return LAYER_IPV6;
	case PPP_MPLS:
	case PPP_MPLS_MULTICAST:
		return LAYER_MPLS;
	}
	return layer_unknown(p);
}

static enum layer chdlc(struct packet *p, struct cursor *c)
{
	if (c->len < CHDLC_HEADER)
		return layer_link_odd(p, ODD_LINK_SHORT);
	c->type = get_be16(c->at + 2);
	cursor_take(c, CHDLC_HEADER);
	return c->type <= TYPE_LENGTH_MAX ? layer_unknown(p) : by_type(p, c);
}

/* 802.2: SNAP carries an EtherType, service access point 6 is IPv4 (RFC 1042, IEEE). */
static enum layer llc(struct packet *p, struct cursor *c)
{
	static const uint8_t snap[6] = { 0xaa, 0xaa, 0x03 }, ip[LLC_HEADER] = { 0x06, 0x06, 0x03 };

	if (c->len < LLC_HEADER)
		return layer_link_odd(p, ODD_LINK_SHORT);
	if (memcmp(c->at, ip, sizeof(ip)) == 0) {
		cursor_take(c, LLC_HEADER);
		return LAYER_IPV4;
	}
	if (c->len < SNAP_HEADER || memcmp(c->at, snap, sizeof(snap)) != 0)
		return layer_unknown(p);
	c->type = get_be16(c->at + 6);
	cursor_take(c, SNAP_HEADER);
	return c->type <= TYPE_LENGTH_MAX ? layer_unknown(p) : by_type(p, c);
}

/* Four bytes of address family in the byte order of the capturing machine, which nobody wrote down. */
static enum layer loopback(struct packet *p, struct cursor *c)
{
	if (c->len < FAMILY_HEADER)
		return layer_odd(p, ODD_LINK_SHORT);
	uint32_t family = get_be32(c->at);
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	cursor_take(c, FAMILY_HEADER);
	switch (family) {
	case 2:
		return LAYER_IPV4;
	case 10: /* Linux */
	case 24: /* NetBSD, OpenBSD */
	case 28: /* FreeBSD */
	case 30: /* Darwin */
		return LAYER_IPV6;
	}
	return layer_unknown(p);
}

static enum layer cooked(struct packet *p, struct cursor *c, uint32_t header, uint32_t type_at)
{
	if (c->len < header)
		return layer_odd(p, ODD_LINK_SHORT);
	c->type = get_be16(c->at + type_at);
	cursor_take(c, header);
	return c->type <= TYPE_LENGTH_MAX && c->type != TYPE_LLC ? layer_unknown(p) : by_type(p, c);
}

/* PPP in HDLC framing, or Cisco's on the same link type. */
static enum layer ppp_hdlc(const struct cursor *c)
{
	return c->len >= 1 && (c->at[0] == 0x0f || c->at[0] == 0x8f) ? LAYER_CHDLC : LAYER_PPP;
}

enum layer link_start(struct packet *p, struct cursor *c)
{
	switch (p->frame.link) {
	case LINK_ETHERNET:
		return LAYER_ETHERNET;
	case LINK_RAW:
	case LINK_RAW_BSD:
	case LINK_RAW_OPENBSD:
		return LAYER_IP;
	case LINK_IPV4:
		return LAYER_IPV4;
	case LINK_IPV6:
		return LAYER_IPV6;
	case LINK_LINUX_SLL:
		return cooked(p, c, SLL_HEADER, 14);
	case LINK_LINUX_SLL2:
		return cooked(p, c, SLL2_HEADER, 0);
	case LINK_NULL:
	case LINK_LOOP:
		return loopback(p, c);
	case LINK_PPP:
		return LAYER_PPP;
	case LINK_PPP_HDLC:
		return ppp_hdlc(c);
	case LINK_CHDLC:
		return LAYER_CHDLC;
	}
	return layer_odd(p, ODD_LINK_UNKNOWN);
}

enum layer link_layer(struct packet *p, struct cursor *c, enum layer layer)
{
	switch (layer) {
	case LAYER_ETHERNET:
		return ethernet(p, c);
	case LAYER_TYPE: /* inside a tunnel; a small one is a keepalive of GRE */
		return c->type <= TYPE_LENGTH_MAX ? layer_unknown(p) : by_type(p, c);
	case LAYER_VLAN:
		return vlan(p, c);
	case LAYER_MPLS:
		return mpls(p, c);
	case LAYER_PPPOE:
		return pppoe(p, c);
	case LAYER_PPP:
		return ppp(p, c);
	case LAYER_CHDLC:
		return chdlc(p, c);
	case LAYER_LLC:
		return llc(p, c);
	default:
		return LAYER_END;
	}
}
