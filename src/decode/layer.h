/* layer.h - how the decoders of one layer hand over to the next. Private to decode/.
 * Each takes the bytes at the cursor, moves it behind its header and says what comes next. The cursor only ever moves
 * forward and layers are counted, so that the walk ends. */
#pragma once

#include "base/bytes.h"
#include "base/check.h"
#include "decode/decode.h"

enum layer {
	LAYER_END = 0, /* nothing more to decode, or nothing that could be */
	LAYER_ETHERNET,
	LAYER_TYPE, /* by an EtherType, in cursor.type */
	LAYER_VLAN,
	LAYER_MPLS,
	LAYER_PPPOE,
	LAYER_PPP,
	LAYER_CHDLC,
	LAYER_LLC,
	LAYER_IP, /* either, by its first four bits */
	LAYER_IPV4,
	LAYER_IPV6,
};

/** What is left to decode. */
struct cursor {
	const uint8_t *at;
	uint32_t len;          /* bytes captured */
	uint32_t wire_len;     /* bytes there were; at least len */
	uint16_t type;         /* EtherType for LAYER_TYPE */
	uint8_t vlans, labels; /* passed in this tunnel */
	uint8_t tunnels;       /* passed; the packet's own list only follows when an IP header is found inside */
	uint8_t tunnel[PACKET_TUNNELS_MAX]; /* enum tunnel_kind */
};

/** Move behind n bytes that are there. */
static inline void cursor_take(struct cursor *c, uint32_t n)
{
	check_hot(n <= c->len && c->len <= c->wire_len);
	c->at += n;
	c->len -= n;
	c->wire_len -= n;
}

/** Forget all behind the first n bytes of the wire. */
static inline void cursor_trim(struct cursor *c, uint32_t n)
{
	if (n < c->wire_len)
		c->wire_len = n;
	if (n < c->len)
		c->len = n;
}

/** Set a bit and stop. */
static inline enum layer layer_odd(struct packet *p, enum packet_odd odd)
{
	packet_set_odd(p, odd);
	return LAYER_END;
}

/** The link layer is cut or strange: inside a tunnel that is the tunnel's fault, and the outer packet stays as it is. */
static inline enum layer layer_link_odd(struct packet *p, enum packet_odd odd)
{
	return layer_odd(p, p->ip ? ODD_TUNNEL_BAD : odd);
}

/** Nothing we decode: an oddity of the frame, but an ordinary thing inside a tunnel. */
static inline enum layer layer_unknown(struct packet *p)
{
	if (!p->ip)
		packet_set_odd(p, ODD_ETHERTYPE_UNKNOWN);
	return LAYER_END;
}

/* link.c */
enum layer link_start(struct packet *p, struct cursor *c);
enum layer link_layer(struct packet *p, struct cursor *c, enum layer layer);

/* ip.c */
enum layer ip_layer(struct packet *p, struct cursor *c, enum layer layer);

/* transport.c: what is behind an IP header, p->proto says which. */
enum layer transport_layer(struct packet *p, struct cursor *c);
/** Ports of the first fragment. */
void transport_ports(struct packet *p, const struct cursor *c);
/** Least bytes of a transport header; 0 where we know of none. */
uint32_t transport_header(const struct packet *p);

/* icmp.c */
enum layer icmp_v4(struct packet *p, struct cursor *c);
enum layer icmp_v6(struct packet *p, struct cursor *c);

/* tunnel.c */
enum layer tunnel_ip(struct packet *p, struct cursor *c, enum layer inner);
enum layer tunnel_gre(struct packet *p, struct cursor *c);
enum layer tunnel_udp(struct packet *p, struct cursor *c);
/** True when UDP between these ports may be a tunnel. */
static inline bool tunnel_is_port(uint16_t src, uint16_t dst)
{
	return dst == 4789 || dst == 6081 || dst == 3544 || src == 3544;
}
