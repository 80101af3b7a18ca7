/* transport.c - TCP, UDP and SCTP, and which IP protocols are tunnels. */
#include "decode/layer.h"

enum { TCP_HEADER = 20, UDP_HEADER = 8, ICMP_HEADER = 8, SCTP_HEADER = 12 };

enum { PROTO_IPIP = 4, PROTO_IPV6 = 41, PROTO_GRE = 47 };

enum { TCP_OPTION_END = 0, TCP_OPTION_NOP = 1, TCP_OPTION_WINDOW_SCALE = 3 };

static void set_payload(struct packet *p, const struct cursor *c)
{
	p->payload = c->at;
	p->payload_len = c->len;
	p->payload_wire_len = c->wire_len;
}

uint32_t transport_header(const struct packet *p)
{
	switch (p->proto) {
	case PROTO_TCP:
		return TCP_HEADER;
	case PROTO_UDP:
		return UDP_HEADER;
	case PROTO_SCTP:
		return SCTP_HEADER;
	case PROTO_ICMP:
	case PROTO_ICMPV6:
		return ICMP_HEADER;
	}
	return 0;
}

void transport_ports(struct packet *p, const struct cursor *c)
{
	if (c->len < 4 || (p->proto != PROTO_TCP && p->proto != PROTO_UDP && p->proto != PROTO_SCTP))
		return;
	p->src_port = get_be16(c->at);
	p->dst_port = get_be16(c->at + 2);
}

static void tcp_options(struct packet *p, const uint8_t *option, const uint8_t *end)
{
	static const uint8_t timestamps[4] = { 1, 1, 8, 10 };

	/* What nearly every segment carries: two NOPs and the timestamps. */
	if (end - option == 12 && memcmp(option, timestamps, sizeof(timestamps)) == 0)
		return;
	while (option < end && *option != TCP_OPTION_END) {
		if (*option == TCP_OPTION_NOP) {
			option++;
			continue;
		}
		if (end - option < 2 || option[1] < 2 || option[1] > end - option) {
			packet_set_odd(p, ODD_TCP_OPTION_BAD);
			return;
		}
		if (*option == TCP_OPTION_WINDOW_SCALE && option[1] == 3)
			p->window_scale = option[2];
		option += option[1];
	}
}

/* Every segment of a real stack has SYN, ACK or RST; none has SYN with FIN or RST. */
static bool tcp_flags_odd(uint8_t flags)
{
	if (flags & TCP_SYN && flags & (TCP_FIN | TCP_RST))
		return true;
	return (flags & (TCP_SYN | TCP_ACK | TCP_RST)) == 0;
}

static void tcp_fields(struct packet *p, const uint8_t *h)
{
	p->src_port = get_be16(h);
	p->dst_port = get_be16(h + 2);
	p->seq = get_be32(h + 4);
	p->ack = get_be32(h + 8);
	p->tcp_flags = h[13];
	p->window = get_be16(h + 14);
}

/* What is there is told, what is not is zero. */
static enum layer tcp_short(struct packet *p, struct cursor *c)
{
	uint8_t h[TCP_HEADER] = { 0 };

	if (c->len > 0)
		memcpy(h, c->at, c->len);
	tcp_fields(p, h);
	cursor_take(c, c->len);
	p->payload = c->at;
	return layer_odd(p, ODD_TCP_SHORT);
}

static enum layer tcp(struct packet *p, struct cursor *c)
{
	const uint8_t *h = c->at;

	if (c->len < TCP_HEADER)
		return tcp_short(p, c);
	tcp_fields(p, h);
	if (p->src_port == 0 || p->dst_port == 0)
		packet_set_odd(p, ODD_TCP_PORT_ZERO);
	if (tcp_flags_odd(p->tcp_flags))
		packet_set_odd(p, ODD_TCP_FLAGS);
	uint32_t header = (h[12] >> 4) * 4u;
	bool bad = header < TCP_HEADER || header > c->wire_len;
	uint32_t there = bad ? TCP_HEADER : header < c->len ? header : c->len;
	if (bad)
		packet_set_odd(p, ODD_TCP_OFFSET);
	else if (there == header && header > TCP_HEADER)
		tcp_options(p, h + TCP_HEADER, h + header);
	uint32_t wire_len = bad ? 0 : c->wire_len - header;
	cursor_take(c, there);
	p->payload = c->at;
	p->payload_len = bad ? 0 : c->len;
	p->payload_wire_len = wire_len;
	return LAYER_END;
}

static enum layer udp(struct packet *p, struct cursor *c)
{
	transport_ports(p, c);
	if (c->len < UDP_HEADER) {
		cursor_take(c, c->len);
		p->payload = c->at;
		return layer_odd(p, ODD_UDP_SHORT);
	}
	uint32_t len = get_be16(c->at + 4);
	if (p->src_port == 0 || p->dst_port == 0)
		packet_set_odd(p, ODD_UDP_PORT_ZERO);
	/* What the field cannot hold is 0: offload frames, jumbograms (RFC 2675). */
	if (len != c->wire_len && (len != 0 || c->wire_len <= UINT16_MAX))
		packet_set_odd(p, ODD_UDP_LENGTH);
	if (len >= UDP_HEADER)
		cursor_trim(c, len);
	cursor_take(c, UDP_HEADER);
	set_payload(p, c);
	return tunnel_is_port(p->src_port, p->dst_port) ? tunnel_udp(p, c) : LAYER_END;
}

static enum layer sctp(struct packet *p, struct cursor *c)
{
	transport_ports(p, c);
	bool whole = c->len >= SCTP_HEADER;
	cursor_take(c, whole ? SCTP_HEADER : c->len);
	if (!whole) {
		p->payload = c->at;
		return layer_odd(p, ODD_SCTP_SHORT);
	}
	set_payload(p, c);
	return LAYER_END;
}

enum layer transport_layer(struct packet *p, struct cursor *c)
{
	switch (p->proto) {
	case PROTO_TCP:
		return tcp(p, c);
	case PROTO_UDP:
		return udp(p, c);
	case PROTO_SCTP:
		return sctp(p, c);
	}
	set_payload(p, c);
	switch (p->proto) {
	case PROTO_ICMP:
		return p->v6 ? LAYER_END : icmp_v4(p, c);
	case PROTO_ICMPV6:
		return p->v6 ? icmp_v6(p, c) : LAYER_END;
	case PROTO_IPIP:
		return tunnel_ip(p, c, LAYER_IPV4);
	case PROTO_IPV6:
		return tunnel_ip(p, c, LAYER_IPV6);
	case PROTO_GRE:
		return tunnel_gre(p, c);
	}
	return LAYER_END;
}
