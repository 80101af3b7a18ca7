/* packet.h - what a decoded frame is to every later stage. No stage is named here. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"

#define ODD(id, name, meaning) id,
enum packet_odd {
#include "model/packet_odd.def"
	ODD_COUNT
};
#undef ODD

/** Printed name of an oddity, and what it means. Static strings. */
const char *packet_odd_name(enum packet_odd odd);
const char *packet_odd_meaning(enum packet_odd odd);

/** Link types that capture hands to decode, as the numbers of the LINKTYPE registry (tcpdump.org). */
enum link_type {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_PPP = 9,
	LINK_RAW_BSD = 12, /* DLT_RAW as some systems number it */
	LINK_RAW_OPENBSD = 14,
	LINK_PPP_HDLC = 50,
	LINK_CHDLC = 104,
	LINK_RAW = 101,
	LINK_LOOP = 108,
	LINK_LINUX_SLL = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_LINUX_SLL2 = 276,
};

/** One captured frame, borrowed from the capture buffer until the next call that refills it. */
struct frame {
	const uint8_t *data;
	uint32_t len;      /* bytes captured */
	uint32_t wire_len; /* bytes on the wire, at least len */
	int64_t time_us;   /* since the epoch */
	uint16_t link;     /* enum link_type */
};

enum tunnel_kind {
	TUNNEL_NONE = 0,
	TUNNEL_GRE,
	TUNNEL_IPIP,
	TUNNEL_6IN4,
	TUNNEL_VXLAN,
	TUNNEL_GENEVE,
	TUNNEL_ERSPAN,
	TUNNEL_TEREDO,
	TUNNEL_KIND_COUNT
};
enum { PACKET_TUNNELS_MAX = 4 };

const char *tunnel_kind_name(enum tunnel_kind kind);

enum {
	TCP_FIN = 0x01,
	TCP_SYN = 0x02,
	TCP_RST = 0x04,
	TCP_PSH = 0x08,
	TCP_ACK = 0x10,
	TCP_URG = 0x20,
	TCP_ECE = 0x40,
	TCP_CWR = 0x80
};

enum { PROTO_ICMP = 1, PROTO_TCP = 6, PROTO_UDP = 17, PROTO_ICMPV6 = 58, PROTO_SCTP = 132 };

/** Which way a frame belongs into a flow although its own headers do not say: the packet an ICMP error quotes. */
struct packet_quote {
	bool present;
	uint8_t proto;
	struct address src, dst;
	uint16_t src_port, dst_port;
};

struct packet {
	struct frame frame;
	uint64_t odd;  /* bit (1 << enum packet_odd) */
	bool ip;       /* src, dst and proto are valid */
	bool v6;       /* the innermost network header is IPv6 */
	bool fragment; /* a fragment not yet reassembled: only defragmentation looks at it */
	bool fragment_more;
	uint8_t proto; /* IP protocol of the innermost header */
	uint8_t ttl;
	uint8_t tunnels;                    /* how many */
	uint8_t tunnel[PACKET_TUNNELS_MAX]; /* enum tunnel_kind, outermost first */
	uint16_t vlan;                      /* outermost tag's VLAN id, 0 without */
	uint16_t fragments;                 /* how many fragments made this datagram; 0 for a whole one */
	uint16_t fragment_offset;           /* bytes */
	uint32_t fragment_id;
	struct address src, dst;
	uint16_t src_port, dst_port; /* host order; 0 where the protocol has none; ICMP echo: identifier in both */
	uint8_t tcp_flags;
	uint8_t icmp_type, icmp_code;
	uint16_t window;         /* TCP, as sent, before scaling */
	uint8_t window_scale;    /* 0xff: no such option in this packet */
	uint32_t seq, ack;       /* TCP, host order */
	const uint8_t *l3;       /* start of the innermost IP header; borrowed from the frame or from defragmentation */
	uint32_t l3_len;         /* bytes from there, never more than captured */
	uint32_t ip_payload_off; /* bytes from l3 to the transport header, or to a fragment's data */
	const uint8_t *payload;  /* transport payload */
	uint32_t payload_len;    /* bytes present */
	uint32_t payload_wire_len; /* bytes claimed by the headers: larger when snapped */
	struct packet_quote quote;
};

static inline void packet_set_odd(struct packet *p, enum packet_odd odd)
{
	p->odd |= UINT64_C(1) << odd;
}
