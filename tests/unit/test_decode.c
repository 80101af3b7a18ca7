/* Goal: each protocol is read as its standard draws it, and a header that is cut, lies or nests too deep sets exactly the
 * oddity that packet_odd.def describes. All bytes are written by hand here; frames are given in buffers of exact size. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "decode/decode.h"
#include "tap.h"

struct bytes {
	uint8_t data[4096];
	uint32_t len;
};

static struct bytes b;
static uint8_t *exact; /* the frame of the last decode */

static void reset(void)
{
	b.len = 0;
}

static void put8(unsigned v)
{
	b.data[b.len++] = (uint8_t)v;
}

static void put16(unsigned v)
{
	put_be16(b.data + b.len, (uint16_t)v);
	b.len += 2;
}

static void put32(uint32_t v)
{
	put_be32(b.data + b.len, v);
	b.len += 4;
}

static void put_fill(unsigned v, uint32_t n)
{
	memset(b.data + b.len, (int)v, n);
	b.len += n;
}

/* Lengths are filled in from what follows: end_*() is called when the content is there. */
static uint32_t ipv4(unsigned proto)
{
	uint32_t at = b.len;
	put16(0x4500);
	put16(0);
	put32(0x12344000); /* id, don't fragment */
	put8(64);
	put8(proto);
	put16(0);
	put32(0xc0000201); /* 192.0.2.1 */
	put32(0xc6336402); /* 198.51.100.2 */
	return at;
}

static void end_ipv4(uint32_t at)
{
	put_be16(b.data + at + 2, (uint16_t)(b.len - at));
}

static uint32_t ipv6(unsigned next)
{
	uint32_t at = b.len;
	put32(0x60000000);
	put16(0);
	put8(next);
	put8(60);
	put32(0x20010db8);
	put_fill(0, 11);
	put8(1);
	put32(0x20010db8);
	put_fill(0, 11);
	put8(2);
	return at;
}

static void end_ipv6(uint32_t at)
{
	put_be16(b.data + at + 4, (uint16_t)(b.len - at - 40));
}

static void ethernet(unsigned type)
{
	put_fill(0x02, 12);
	put16(type);
}

static void tcp(unsigned flags, unsigned words)
{
	put16(4321);
	put16(443);
	put32(0x01020304);
	put32(0x05060708);
	put8(words << 4);
	put8(flags);
	put16(0x7210);
	put32(0);
}

static void udp(unsigned src, unsigned dst, unsigned len)
{
	put16(src);
	put16(dst);
	put16(len);
	put16(0);
}

static struct packet decode_wire(uint16_t link, uint32_t wire_len)
{
	free(exact);
	exact = malloc(b.len > 0 ? b.len : 1);
	memcpy(exact, b.data, b.len);
	struct frame f = { exact, b.len, wire_len, 77, link };
	struct packet p;
	decode_packet(&f, &p);
	return p;
}

static struct packet decode(uint16_t link)
{
	return decode_wire(link, b.len);
}

static uint64_t odd(enum packet_odd odd)
{
	return UINT64_C(1) << odd;
}

static bool is_address(const struct address *a, const char *text)
{
	struct address want;
	return address_parse(text, &want) == 0 && address_equal(a, &want);
}

/* A whole SYN, as every link type must show it. */
static bool is_syn(const struct packet *p, uint64_t odds)
{
	return p->ip && !p->v6 && p->proto == PROTO_TCP && p->src_port == 4321 && p->dst_port == 443 &&
	       p->tcp_flags == TCP_SYN && p->payload_len == 0 && p->payload_wire_len == 0 &&
	       is_address(&p->src, "192.0.2.1") && is_address(&p->dst, "198.51.100.2") && p->odd == odds &&
	       p->l3_len == 40 && p->ip_payload_off == 20;
}

static void syn4(void)
{
	uint32_t at = ipv4(PROTO_TCP);
	tcp(TCP_SYN, 5);
	end_ipv4(at);
}

static void syn6(void)
{
	uint32_t at = ipv6(PROTO_TCP);
	tcp(TCP_SYN, 5);
	end_ipv6(at);
}

static bool is_syn6(const struct packet *p)
{
	return p->ip && p->v6 && p->proto == PROTO_TCP && p->dst_port == 443 && p->odd == 0 &&
	       is_address(&p->src, "2001:db8::1") && is_address(&p->dst, "2001:db8::2");
}

static void test_links(void)
{
	static const struct {
		uint16_t link;
		uint8_t len;
		const char *head, *name;
	} links[] = {
		{ LINK_ETHERNET, 14, "\1\2\3\4\5\6\7\10\11\12\13\14\x08\0", "Ethernet" },
		{ LINK_RAW, 0, "", "raw" },
		{ LINK_RAW_BSD, 0, "", "raw, BSD's number" },
		{ LINK_RAW_OPENBSD, 0, "", "raw, OpenBSD's number" },
		{ LINK_IPV4, 0, "", "IPv4" },
		{ LINK_NULL, 4, "\2\0\0\0", "null, little endian" },
		{ LINK_NULL, 4, "\0\0\0\2", "null, big endian" },
		{ LINK_LOOP, 4, "\0\0\0\2", "loop" },
		{ LINK_PPP, 2, "\0\x21", "PPP" },
		{ LINK_PPP, 4, "\xff\3\0\x21", "PPP with address and control" },
		{ LINK_PPP, 3, "\xff\3\x21", "PPP with a short protocol" },
		{ LINK_PPP_HDLC, 4, "\xff\3\0\x21", "PPP in HDLC" },
		{ LINK_PPP_HDLC, 4, "\x0f\0\x08\0", "Cisco HDLC on PPP's link type" },
		{ LINK_CHDLC, 4, "\x8f\0\x08\0", "Cisco HDLC" },
		{ LINK_LINUX_SLL, 16, "\0\0\0\1\0\6\1\2\3\4\5\6\0\0\x08\0", "Linux cooked" },
		{ LINK_LINUX_SLL2, 20, "\x08\0\0\0\0\0\0\2\0\1\0\6\1\2\3\4\5\6\0\0", "Linux cooked v2" },
		{ LINK_ETHERNET, 22, "\1\2\3\4\5\6\7\10\11\12\13\14\0\x30\xaa\xaa\3\0\0\0\x08\0", "802.3 with SNAP" },
		{ LINK_ETHERNET, 17, "\1\2\3\4\5\6\7\10\11\12\13\14\0\x30\6\6\3", "802.3 with LLC" },
	};
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		reset();
		memcpy(b.data, links[i].head, links[i].len);
		b.len = links[i].len;
		syn4();
		struct packet p = decode(links[i].link);
		ok(is_syn(&p, 0) && p.l3 == exact + links[i].len && p.frame.time_us == 77 && p.vlan == 0, "%s",
		   links[i].name);
		b.len = links[i].len - (links[i].len > 0);
		p = decode(links[i].link);
		ok(!p.ip && p.odd != 0, "%s, cut in its header", links[i].name);
	}
}

static void test_links6(void)
{
	static const char *const families[] = { "\x0a\0\0\0", "\x18\0\0\0", "\x1c\0\0\0", "\0\0\0\x1e", "\x1e\0\0\0" };

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		reset();
		memcpy(b.data, families[i], 4);
		b.len = 4;
		syn6();
		struct packet p = decode(LINK_NULL);
		ok(is_syn6(&p), "loopback family of IPv6, %zu", i);
	}
	reset();
	syn6();
	struct packet raw = decode(LINK_RAW), six = decode(LINK_IPV6), four = decode(LINK_IPV4);
	ok(is_syn6(&raw) && is_syn6(&six), "raw IPv6");
	ok(!four.ip && four.odd == odd(ODD_IP_VERSION), "IPv6 where IPv4 was promised");
	reset();
	ethernet(0x86dd);
	syn4();
	struct packet p = decode(LINK_ETHERNET);
	ok(!p.ip && p.odd == odd(ODD_IP_VERSION), "IPv4 where IPv6 was promised");
	p = decode(147);
	ok(!p.ip && p.odd == odd(ODD_LINK_UNKNOWN), "a link type without decoder");
	reset();
	ethernet(0x0806);
	put_fill(0, 28);
	p = decode(LINK_ETHERNET);
	ok(!p.ip && p.odd == odd(ODD_ETHERTYPE_UNKNOWN), "ARP");
	reset();
	p = decode(LINK_ETHERNET);
	ok(!p.ip && p.odd == odd(ODD_LINK_SHORT), "an empty frame");
	p = decode(LINK_RAW);
	ok(!p.ip && p.odd == odd(ODD_IP_SHORT), "an empty raw packet");
}

static void test_vlan(void)
{
	for (int tags = 1; tags <= DECODE_VLAN_MAX + 1; tags++) {
		reset();
		put_fill(2, 12);
		for (int i = 0; i < tags; i++) {
			put16(i == 0 ? 0x88a8 : 0x8100);
			put16(0xe064 + (unsigned)i); /* priority 7, VLAN 100 and up */
		}
		put16(0x0800);
		syn4();
		struct packet p = decode(LINK_ETHERNET);
		if (tags <= DECODE_VLAN_MAX)
			ok(is_syn(&p, 0) && p.vlan == 100, "%d tags, the outermost is told", tags);
		else
			ok(!p.ip && p.odd == odd(ODD_VLAN_DEPTH), "one tag too many");
	}
}

static void test_mpls(void)
{
	for (int labels = 1; labels <= DECODE_MPLS_MAX + 1; labels++) {
		reset();
		ethernet(0x8847);
		for (int i = 1; i < labels; i++)
			put32(0x00064040);
		put32(0x00064140); /* bottom of stack */
		syn4();
		struct packet p = decode(LINK_ETHERNET);
		if (labels <= DECODE_MPLS_MAX)
			ok(is_syn(&p, 0), "%d labels", labels);
		else
			ok(!p.ip && p.odd == odd(ODD_MPLS_DEPTH), "one label too many");
	}
	reset();
	ethernet(0x8848);
	put32(0x00064140);
	put32(0); /* control word */
	ethernet(0x0800);
	syn4();
	struct packet p = decode(LINK_ETHERNET);
	ok(is_syn(&p, 0) && p.tunnels == 0, "Ethernet pseudowire");
}

static void test_pppoe(void)
{
	for (int delta = -1; delta <= 1; delta++) {
		reset();
		ethernet(0x8864);
		put16(0x1100);
		put16(7);
		put16((unsigned)(42 + delta));
		put16(0x0021);
		syn4();
		struct packet p = decode(LINK_ETHERNET);
		if (delta == 0)
			ok(is_syn(&p, 0), "PPPoE");
		else if (delta > 0)
			ok(is_syn(&p, odd(ODD_PPPOE_BAD)), "a length one larger than the frame");
		else
			ok(p.ip && p.odd == (odd(ODD_IP_LENGTH) | odd(ODD_TCP_SHORT)), "a length that cuts the packet");
	}
	b.data[14] = 0x21;
	struct packet p = decode(LINK_ETHERNET);
	ok(!p.ip && p.odd == odd(ODD_PPPOE_BAD), "PPPoE version 2");
}

static void test_ipv4_length(void)
{
	reset();
	ethernet(0x0800);
	syn4();
	put_fill(0, 6); /* to the 60 bytes an Ethernet frame must have */
	struct packet p = decode(LINK_ETHERNET);
	ok(is_syn(&p, 0), "padding is no payload");
	reset();
	syn4();
	put_be16(b.data + 2, 0);
	put_fill(9, 1000);
	p = decode(LINK_RAW);
	ok(p.odd == 0 && p.payload_len == 1000 && p.l3_len == 1040,
	   "length 0 of an offload frame: all that was captured");
	put_be16(b.data + 2, 19);
	p = decode(LINK_RAW);
	ok(!p.ip && p.odd == odd(ODD_IP_LENGTH), "length below the header");
	put_be16(b.data + 2, 20);
	p = decode(LINK_RAW);
	ok(p.ip && p.odd == odd(ODD_TCP_SHORT) && p.l3_len == 20 && p.payload_len == 0, "length of the header");
	put_be16(b.data + 2, 1040);
	p = decode(LINK_RAW);
	ok(p.odd == 0 && p.payload_len == 1000, "length of the frame");
	put_be16(b.data + 2, 1041);
	p = decode(LINK_RAW);
	ok(p.odd == odd(ODD_IP_LENGTH) && p.payload_len == 1000 && p.payload_wire_len == 1000,
	   "one more than the frame has");
	p = decode_wire(LINK_RAW, 1041);
	ok(p.odd == odd(ODD_SNAPPED) && p.payload_len == 1000 && p.payload_wire_len == 1001, "snapped by one");
	b.len = 19;
	p = decode_wire(LINK_RAW, 1041);
	ok(!p.ip && p.odd == (odd(ODD_SNAPPED) | odd(ODD_IP_SHORT)), "snapped inside the header");
	b.data[0] = 0x44;
	b.len = 40;
	p = decode(LINK_RAW);
	ok(!p.ip && p.odd == odd(ODD_IP_LENGTH), "header of 16 bytes");
}

static uint64_t odds_with_options(const char *options, uint32_t len)
{
	reset();
	uint32_t at = ipv4(PROTO_TCP);
	b.data[0] = (uint8_t)(0x45 + len / 4);
	memcpy(b.data + b.len, options, len);
	b.len += len;
	tcp(TCP_SYN, 5);
	end_ipv4(at);
	struct packet p = decode(LINK_RAW);
	return p.dst_port == 443 && p.ip_payload_off == 20 + len ? p.odd : UINT64_MAX;
}

static void test_ipv4_options(void)
{
	ok(odds_with_options("\1\1\1\0", 4) == 0, "no operation and end");
	ok(odds_with_options("\x94\4\0\0", 4) == 0, "router alert");
	ok(odds_with_options("\x83\3\4\0", 4) == odd(ODD_IP_SOURCE_ROUTE), "loose source route");
	ok(odds_with_options("\1\x89\3\4", 4) == odd(ODD_IP_SOURCE_ROUTE), "strict source route");
	ok(odds_with_options("\7\4\0\0", 4) == 0 && odds_with_options("\7\5\0\0", 4) == odd(ODD_IP_OPTION_BAD),
	   "option to the end of the header, and one byte over");
	ok(odds_with_options("\7\1\0\0", 4) == odd(ODD_IP_OPTION_BAD), "length 1");
	ok(odds_with_options("\1\1\1\7", 4) == odd(ODD_IP_OPTION_BAD), "no room for a length");
	ok(odds_with_options("\0\7\1\1", 4) == 0, "nothing is read behind the end");
}

static uint64_t odds_with_ends(uint32_t src, uint32_t dst, unsigned ttl)
{
	reset();
	syn4();
	put_be32(b.data + 12, src);
	put_be32(b.data + 16, dst);
	b.data[8] = (uint8_t)ttl;
	return decode(LINK_RAW).odd;
}

static void test_ipv4_ends(void)
{
	ok(odds_with_ends(0xc0000201, 0xc6336402, 0) == odd(ODD_IP_TTL_ZERO), "TTL 0");
	ok(odds_with_ends(0xc0000201, 0xc6336402, 1) == 0, "TTL 1");
	ok(odds_with_ends(0xc0000201, 0xc0000201, 9) == odd(ODD_IP_SAME_ENDS), "LAND");
	ok(odds_with_ends(0x7f000001, 0x7f000001, 9) == 0, "loopback may talk to itself");
	ok(odds_with_ends(0, 0xc0000201, 9) == odd(ODD_IP_SOURCE_BAD), "from nowhere");
	ok(odds_with_ends(0xffffffff, 0xc0000201, 9) == odd(ODD_IP_SOURCE_BAD), "from everywhere");
	ok(odds_with_ends(0xe0000001, 0xc0000201, 9) == odd(ODD_IP_SOURCE_BAD), "from a multicast group");
	ok(odds_with_ends(0xefffffff, 0xc0000201, 9) == odd(ODD_IP_SOURCE_BAD), "from the last multicast group");
	ok(odds_with_ends(0xdfffffff, 0xc0000201, 9) == 0 && odds_with_ends(0xf0000000, 0xc0000201, 9) == 0,
	   "beside multicast");
}

static void test_ipv4_fragment(void)
{
	reset();
	uint32_t at = ipv4(PROTO_UDP);
	put_be16(b.data + 6, 0x2000);
	udp(53, 5353, 3000);
	put_fill(7, 16);
	end_ipv4(at);
	struct packet p = decode(LINK_RAW);
	ok(p.fragment && p.fragment_more && p.fragment_offset == 0 && p.fragment_id == 0x1234 && p.src_port == 53 &&
	           p.dst_port == 5353 && p.payload == exact + 20 && p.payload_len == 24 && p.odd == 0,
	   "first fragment shows ports, its data are the payload");
	put_be16(b.data + 6, 185);
	p = decode(LINK_RAW);
	ok(p.fragment && !p.fragment_more && p.fragment_offset == 1480 && p.src_port == 0, "last fragment");
	put_be16(b.data + 6, 0x2000);
	b.len = 27;
	put_be16(b.data + 2, 27);
	p = decode(LINK_RAW);
	ok(p.odd == (odd(ODD_FRAGMENT_TINY) | odd(ODD_FRAGMENT_LENGTH)),
	   "7 bytes are tiny for UDP and no multiple of 8");
	b.len = 28;
	put_be16(b.data + 2, 28);
	p = decode(LINK_RAW);
	ok(p.odd == 0, "8 bytes are neither");
	put_be16(b.data + 6, 8189); /* 65,512 + 20 of header */
	b.len = 23;
	put_be16(b.data + 2, 23);
	p = decode(LINK_RAW);
	ok(p.odd == 0, "to 65,535");
	b.len = 24;
	put_be16(b.data + 2, 24);
	p = decode(LINK_RAW);
	ok(p.odd == odd(ODD_FRAGMENT_LARGE), "ping of death, by one byte");
}

static void test_ipv6(void)
{
	reset();
	ethernet(0x86dd);
	syn6();
	put_fill(0, 9);
	struct packet p = decode(LINK_ETHERNET);
	ok(is_syn6(&p) && p.ttl == 60 && p.l3_len == 60 && p.ip_payload_off == 40 && p.payload_len == 0,
	   "IPv6, padded");
	reset();
	syn6();
	b.len = 39;
	p = decode(LINK_RAW);
	ok(!p.ip && p.odd == odd(ODD_IP_SHORT), "39 bytes");
	b.len = 60;
	put_be16(b.data + 4, 21);
	p = decode(LINK_RAW);
	ok(p.odd == odd(ODD_IP_LENGTH) && p.dst_port == 443, "length one too large");
	put_be16(b.data + 4, 0);
	p = decode(LINK_RAW);
	ok(is_syn6(&p), "length 0 of an offload frame");
	b.data[6] = 59;
	p = decode(LINK_RAW);
	ok(p.ip && p.proto == 59 && p.payload_len == 0 && p.odd == 0, "no next header: the rest is padding");
	reset();
	syn6();
	memset(b.data + 8, 0, 16);
	p = decode(LINK_RAW);
	ok(p.odd == odd(ODD_IP_SOURCE_BAD), "from ::");
	b.data[8] = 0xff;
	p = decode(LINK_RAW);
	ok(p.odd == odd(ODD_IP_SOURCE_BAD), "from a multicast group");
	memcpy(b.data + 8, b.data + 24, 16);
	p = decode(LINK_RAW);
	ok(p.odd == odd(ODD_IP_SAME_ENDS), "LAND");
}

/* An extension header of 8 * (extra + 1) bytes with valid padding. */
static void extension(unsigned next, unsigned extra)
{
	put8(next);
	put8(extra);
	put8(1);
	put8(4 + extra * 8);
	put_fill(0, 4 + extra * 8);
}

static void test_ipv6_extensions(void)
{
	reset();
	uint32_t at = ipv6(0);
	extension(60, 0);
	extension(43, 2);
	put8(51); /* routing header type 2, one address */
	put8(2);
	put8(2);
	put_fill(0, 21);
	put8(60); /* authentication header of 12 bytes */
	put8(1);
	put_fill(0, 10);
	extension(PROTO_TCP, 0);
	tcp(TCP_SYN, 5);
	end_ipv6(at);
	struct packet p = decode(LINK_RAW);
	ok(is_syn6(&p) && p.ip_payload_off == 40 + 8 + 24 + 24 + 12 + 8,
	   "five extension headers, destination options twice");
	b.data[40 + 8 + 24 + 2] = 0;
	p = decode(LINK_RAW);
	ok(p.odd == odd(ODD_IP_SOURCE_ROUTE) && p.dst_port == 443, "routing header type 0");
	for (int count = DECODE_IP6_EXTENSION_MAX; count <= DECODE_IP6_EXTENSION_MAX + 1; count++) {
		reset();
		at = ipv6(60);
		for (int i = 1; i < count; i++)
			extension(60, 0);
		extension(PROTO_TCP, 0);
		tcp(TCP_SYN, 5);
		end_ipv6(at);
		p = decode(LINK_RAW);
		if (count == DECODE_IP6_EXTENSION_MAX)
			ok(p.proto == PROTO_TCP && p.odd == odd(ODD_IP6_EXTENSION_BAD),
			   "eight, and more than two of a kind");
		else
			ok(p.ip && p.proto == 60 &&
			           p.odd == (odd(ODD_IP6_EXTENSION_BAD) | odd(ODD_IP6_EXTENSION_DEPTH)),
			   "nine");
	}
	reset();
	at = ipv6(60);
	extension(0, 0);
	extension(PROTO_TCP, 0);
	tcp(TCP_SYN, 5);
	end_ipv6(at);
	p = decode(LINK_RAW);
	ok(p.proto == PROTO_TCP && p.odd == odd(ODD_IP6_EXTENSION_BAD), "hop-by-hop options not in front");
}

static void test_ipv6_extension_cut(void)
{
	for (uint32_t have = 0; have <= 16; have++) {
		reset();
		uint32_t at = ipv6(60);
		extension(59, 1);
		b.len = 40 + have;
		end_ipv6(at);
		if (have == 0) /* a length of 0 is the frame's */
			put_be16(b.data + 4, 0);
		struct packet p = decode(LINK_RAW);
		bool whole = have == 16;
		ok(p.ip && p.proto == (whole ? 59 : 60) && p.odd == (whole ? 0 : odd(ODD_IP6_EXTENSION_BAD)),
		   "%u of 16 bytes", have);
	}
	reset();
	uint32_t at = ipv6(60);
	extension(59, 1);
	end_ipv6(at);
	b.len = 55;
	struct packet p = decode_wire(LINK_RAW, 56);
	ok(p.ip && p.odd == (odd(ODD_SNAPPED) | odd(ODD_IP_SHORT)), "snapped inside");
	b.len = 56;
	b.data[43] = 11; /* one byte over the header */
	p = decode(LINK_RAW);
	ok(p.proto == 59 && p.odd == 0, "an option may end where its header ends");
	b.data[43] = 13;
	p = decode(LINK_RAW);
	ok(p.proto == 59 && p.odd == odd(ODD_IP6_EXTENSION_BAD), "but not behind it");
}

static void fragment6(unsigned next, unsigned position)
{
	put8(next);
	put8(0);
	put16(position);
	put32(0xdeadbeef);
}

static void test_ipv6_fragment(void)
{
	reset();
	uint32_t at = ipv6(0);
	extension(44, 0);
	fragment6(PROTO_TCP, 1);
	tcp(TCP_SYN, 5);
	put32(0);
	end_ipv6(at);
	struct packet p = decode(LINK_RAW);
	ok(p.fragment && p.fragment_more && p.fragment_offset == 0 && p.fragment_id == 0xdeadbeef &&
	           p.proto == PROTO_TCP && p.dst_port == 443 && p.ip_payload_off == 56 && p.payload_len == 24 &&
	           p.odd == 0,
	   "first fragment");
	put_be16(b.data + 50, 0xfff8);
	p = decode(LINK_RAW);
	ok(p.fragment && !p.fragment_more && p.fragment_offset == 65528 && p.odd == odd(ODD_FRAGMENT_LARGE), "too far");
	put_be16(b.data + 50, 0x0006); /* reserved bits */
	p = decode(LINK_RAW);
	ok(!p.fragment && p.proto == PROTO_TCP && p.tcp_flags == TCP_SYN && p.fragments == 0,
	   "atomic fragment (RFC 6946)");
}

static struct packet tcp_packet(unsigned flags, unsigned words, const char *options, uint32_t len)
{
	reset();
	uint32_t at = ipv4(PROTO_TCP);
	tcp(flags, words);
	memcpy(b.data + b.len, options, len);
	b.len += len;
	end_ipv4(at);
	return decode(LINK_RAW);
}

static void test_tcp(void)
{
	struct packet p = tcp_packet(TCP_PSH | TCP_ACK | TCP_CWR, 5, "hello", 5);
	ok(p.odd == 0 && p.seq == 0x01020304 && p.ack == 0x05060708 && p.window == 0x7210 && p.window_scale == 0xff &&
	           p.tcp_flags == (TCP_PSH | TCP_ACK | TCP_CWR) && p.payload_len == 5 &&
	           memcmp(p.payload, "hello", 5) == 0,
	   "a data segment");
	p = tcp_packet(TCP_SYN, 8, "\1\3\3\7\1\1\x04\2\0\xff\xff\xff", 12);
	ok(p.odd == 0 && p.window_scale == 7, "window scale");
	p = tcp_packet(TCP_ACK, 8, "\1\1\x08\x0a\1\2\3\4\5\6\7\x08x", 13);
	ok(p.odd == 0 && p.window_scale == 0xff && p.payload_len == 1, "timestamps");
	p = tcp_packet(TCP_SYN, 6, "\1\3\3\7", 4);
	ok(p.odd == 0 && p.window_scale == 7, "an option to the end of the header");
	p = tcp_packet(TCP_SYN, 6, "\1\1\3\3", 4);
	ok(p.odd == odd(ODD_TCP_OPTION_BAD) && p.window_scale == 0xff, "and one byte over");
	p = tcp_packet(TCP_SYN, 6, "\3\1\1\1", 4);
	ok(p.odd == odd(ODD_TCP_OPTION_BAD), "an option of length 1");
	p = tcp_packet(TCP_ACK, 4, "data", 4);
	ok(p.odd == odd(ODD_TCP_OFFSET) && p.dst_port == 443 && p.payload_len == 0, "offset 4");
	p = tcp_packet(TCP_ACK, 6, "\1\1\1\1", 4);
	ok(p.odd == 0 && p.payload_len == 0, "offset to the end");
	p = tcp_packet(TCP_ACK, 7, "\1\1\1\1", 4);
	ok(p.odd == odd(ODD_TCP_OFFSET) && p.payload_len == 0, "offset behind the end");
	b.data[22] = b.data[23] = 0;
	b.data[32] = 0x60;
	ok(decode(LINK_RAW).odd == odd(ODD_TCP_PORT_ZERO), "port 0");
	b.len = 42;
	put_be16(b.data + 22, 443);
	p = decode_wire(LINK_RAW, 44);
	ok(p.odd == odd(ODD_SNAPPED) && p.payload_len == 0 && p.payload_wire_len == 0, "snapped inside the options");
	for (uint32_t len = 20; len < 40; len++) {
		b.len = len;
		put_be16(b.data + 2, (uint16_t)len);
		p = decode(LINK_RAW);
		if (p.odd != odd(ODD_TCP_SHORT) ||
		    p.src_port != (len >= 22   ? 4321
		                   : len == 21 ? 0x1000
		                               : 0) ||
		    p.payload_len != 0)
			break;
	}
	ok(b.len == 39, "cut at each byte of the header");
}

static void test_tcp_flags(void)
{
	static const struct {
		uint8_t flags;
		bool odd;
		const char *name;
	} cases[] = {
		{ 0, true, "NULL" },
		{ TCP_FIN, true, "FIN alone" },
		{ TCP_FIN | TCP_PSH | TCP_URG, true, "Xmas" },
		{ TCP_SYN | TCP_FIN, true, "SYN+FIN" },
		{ TCP_SYN | TCP_RST, true, "SYN+RST" },
		{ TCP_SYN | TCP_FIN | TCP_ACK, true, "SYN+FIN+ACK" },
		{ TCP_ECE | TCP_CWR, true, "only ECN bits" },
		{ TCP_SYN | TCP_ECE | TCP_CWR, false, "SYN that asks for ECN" },
		{ TCP_SYN | TCP_ACK, false, "SYN-ACK" },
		{ TCP_RST, false, "RST" },
		{ TCP_RST | TCP_ACK, false, "RST+ACK" },
		{ TCP_FIN | TCP_ACK, false, "FIN+ACK" },
		{ TCP_FIN | TCP_PSH | TCP_ACK | TCP_URG, false, "a last urgent segment" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct packet p = tcp_packet(cases[i].flags, 5, "", 0);
		ok(p.odd == (cases[i].odd ? odd(ODD_TCP_FLAGS) : 0), "%s", cases[i].name);
	}
}

static struct packet udp_packet(unsigned src, unsigned dst, unsigned claimed, uint32_t data)
{
	reset();
	uint32_t at = ipv4(PROTO_UDP);
	udp(src, dst, claimed);
	put_fill(0x55, data);
	end_ipv4(at);
	return decode(LINK_RAW);
}

static void test_udp(void)
{
	struct packet p = udp_packet(53, 40000, 18, 10);
	ok(p.odd == 0 && p.src_port == 53 && p.dst_port == 40000 && p.payload_len == 10 && p.payload[9] == 0x55, "UDP");
	p = udp_packet(53, 40000, 17, 10);
	ok(p.odd == odd(ODD_UDP_LENGTH) && p.payload_len == 9, "shorter than the packet");
	p = udp_packet(53, 40000, 19, 10);
	ok(p.odd == odd(ODD_UDP_LENGTH) && p.payload_len == 10, "longer than the packet");
	p = udp_packet(53, 40000, 7, 10);
	ok(p.odd == odd(ODD_UDP_LENGTH) && p.payload_len == 10, "shorter than its header");
	p = udp_packet(53, 40000, 0, 10);
	ok(p.odd == odd(ODD_UDP_LENGTH) && p.payload_len == 10, "length 0 of a small datagram");
	p = udp_packet(0, 40000, 8, 0);
	ok(p.odd == odd(ODD_UDP_PORT_ZERO) && p.payload_len == 0, "port 0");
	p = udp_packet(53, 40000, 8, 0);
	b.len = 27;
	put_be16(b.data + 2, 27);
	p = decode(LINK_RAW);
	ok(p.odd == odd(ODD_UDP_SHORT) && p.src_port == 53 && p.dst_port == 40000, "7 bytes");
}

static void test_icmp(void)
{
	reset();
	uint32_t at = ipv4(PROTO_ICMP);
	put16(0x0800);
	put16(0);
	put32(0xabcd0001);
	put_fill(1, 56);
	end_ipv4(at);
	struct packet p = decode(LINK_RAW);
	ok(p.odd == 0 && p.icmp_type == 8 && p.icmp_code == 0 && p.src_port == 0xabcd && p.dst_port == 0xabcd &&
	           p.payload_len == 56,
	   "echo request");
	b.data[20] = 10;
	p = decode(LINK_RAW);
	ok(p.icmp_type == 10 && p.src_port == 0 && !p.quote.present, "router solicitation has no identifier");
	b.len = 27;
	put_be16(b.data + 2, 27);
	p = decode(LINK_RAW);
	ok(p.odd == odd(ODD_ICMP_SHORT) && p.icmp_type == 10 && p.payload_len == 0, "7 bytes");
	reset();
	at = ipv6(PROTO_ICMPV6);
	put16(0x8100);
	put16(0);
	put32(0x77770001);
	end_ipv6(at);
	p = decode(LINK_RAW);
	ok(p.odd == 0 && p.icmp_type == 129 && p.src_port == 0x7777 && p.dst_port == 0x7777, "ICMPv6 echo reply");
	reset();
	at = ipv6(PROTO_ICMP);
	put16(0x0800);
	put_fill(0, 6);
	end_ipv6(at);
	p = decode(LINK_RAW);
	ok(p.proto == PROTO_ICMP && p.icmp_type == 0 && p.payload_len == 8,
	   "ICMP of the other family is just a protocol");
}

/* An error about a packet of 198.51.100.2 to 192.0.2.1. */
static void icmp_error(unsigned proto)
{
	reset();
	(void)ipv4(PROTO_ICMP);
	put16(0x0303);
	put16(0);
	put32(0);
	(void)ipv4(proto);
	uint8_t swap[4];
	memcpy(swap, b.data + 40, 4);
	memcpy(b.data + 40, b.data + 44, 4);
	memcpy(b.data + 44, swap, 4);
	put_be16(b.data + 30, 1500); /* the quoted packet was longer */
}

static void test_icmp_quote(void)
{
	size_t bad = 0;

	icmp_error(PROTO_UDP);
	udp(161, 50000, 1480);
	for (uint32_t len = b.len; len >= 28; len--) {
		bool usable = len >= 28 + 20 + 4; /* the ports, and all before */
		b.len = len;
		end_ipv4(0);
		struct packet p = decode(LINK_RAW);
		bad += p.quote.present != usable || p.odd != (usable ? 0 : odd(ODD_ICMP_QUOTE)) || p.src_port != 0;
		bad += usable && (p.quote.proto != PROTO_UDP || p.quote.src_port != 161 || p.quote.dst_port != 50000 ||
		                  !is_address(&p.quote.src, "198.51.100.2") || !is_address(&p.quote.dst, "192.0.2.1"));
	}
	ok(bad == 0, "a quote is usable from the ports on: %zu wrong", bad);
	icmp_error(PROTO_ICMP);
	put16(0x0800);
	put16(0);
	put32(0x12340001);
	end_ipv4(0);
	struct packet p = decode(LINK_RAW);
	ok(p.quote.present && p.quote.src_port == 0x1234 && p.quote.dst_port == 0x1234,
	   "a quoted echo has its identifier");
	b.data[28] = 0x65;
	ok(decode(LINK_RAW).odd == odd(ODD_ICMP_QUOTE), "a quote of another version");
	b.data[28] = 0x4f;
	ok(decode(LINK_RAW).odd == odd(ODD_ICMP_QUOTE), "a quote whose header is longer than all");
	reset();
	uint32_t at = ipv6(PROTO_ICMPV6);
	put16(0x0104);
	put16(0);
	put32(0);
	(void)ipv6(60);
	extension(PROTO_TCP, 0);
	put16(4321);
	put16(22);
	end_ipv6(at);
	p = decode(LINK_RAW);
	ok(p.odd == 0 && p.quote.present && p.quote.proto == PROTO_TCP && p.quote.src_port == 4321 &&
	           p.quote.dst_port == 22 && is_address(&p.quote.src, "2001:db8::1"),
	   "ICMPv6 unreachable quotes behind an extension header");
	ok(p.icmp_type == 1 && p.icmp_code == 4, "its type and code");
}

static void test_sctp(void)
{
	reset();
	uint32_t at = ipv4(PROTO_SCTP);
	put16(2905);
	put16(2906);
	put32(1);
	put32(0);
	put32(0x01000004);
	end_ipv4(at);
	struct packet p = decode(LINK_RAW);
	ok(p.odd == 0 && p.src_port == 2905 && p.dst_port == 2906 && p.payload_len == 4, "SCTP");
	b.len = 31;
	put_be16(b.data + 2, 31);
	p = decode(LINK_RAW);
	ok(p.odd == odd(ODD_SCTP_SHORT) && p.dst_port == 2906, "11 bytes");
	reset();
	at = ipv4(50);
	put_fill(3, 30);
	end_ipv4(at);
	p = decode(LINK_RAW);
	ok(p.odd == 0 && p.proto == 50 && p.payload_len == 30 && p.src_port == 0, "another protocol");
}

/* Tunnels: outer() writes up to where the inner packet begins. */

static bool is_inner(const struct packet *p, enum tunnel_kind kind)
{
	return is_syn(p, 0) && p->tunnels == 1 && p->tunnel[0] == kind;
}

static void gre(unsigned flags, unsigned type)
{
	(void)ipv4(47);
	put16(flags);
	put16(type);
	for (unsigned bit = 0x8000; bit >= 0x1000; bit >>= 1)
		if (flags & bit && bit != 0x4000)
			put32(0x11111111);
}

static void test_gre(void)
{
	static const unsigned flags[] = { 0, 0x8000, 0x2000, 0x1000, 0xb000 };

	for (size_t i = 0; i < 5; i++) {
		reset();
		gre(flags[i], 0x0800);
		uint32_t head = b.len;
		syn4();
		end_ipv4(0);
		struct packet p = decode(LINK_RAW);
		ok(is_inner(&p, TUNNEL_GRE) && p.l3 == exact + head, "GRE with flags %04x", flags[i]);
		b.len = head - 1;
		end_ipv4(0);
		p = decode(LINK_RAW);
		ok(p.ip && p.proto == 47 && p.tunnels == 0 && p.odd == odd(ODD_TUNNEL_BAD), "cut in its header");
	}
	reset();
	gre(0, 0x6558);
	ethernet(0x0800);
	syn4();
	end_ipv4(0);
	struct packet p = decode(LINK_RAW);
	ok(is_inner(&p, TUNNEL_GRE), "Ethernet in GRE");
	reset();
	gre(0x3001, 0x880b); /* PPTP: key and sequence, and an acknowledgment */
	b.data[21] |= 0x80;
	put32(0x22222222);
	put32(0xff030021);
	syn4();
	end_ipv4(0);
	p = decode(LINK_RAW);
	ok(is_inner(&p, TUNNEL_GRE), "PPP in GRE version 1");
	reset();
	gre(0, 0);
	end_ipv4(0);
	p = decode(LINK_RAW);
	ok(p.ip && p.proto == 47 && p.tunnels == 0 && p.odd == 0, "a keepalive stays the outer packet");
	b.data[20] = 0x40;
	ok(decode(LINK_RAW).odd == odd(ODD_TUNNEL_BAD), "source routing is not followed");
	b.data[20] = 0;
	b.data[21] = 2;
	ok(decode(LINK_RAW).odd == odd(ODD_TUNNEL_BAD), "GRE version 2");
}

static void test_erspan(void)
{
	reset();
	gre(0, 0x88be);
	ethernet(0x0800);
	syn4();
	end_ipv4(0);
	struct packet p = decode(LINK_RAW);
	ok(is_inner(&p, TUNNEL_ERSPAN), "ERSPAN type I");
	reset();
	gre(0x1000, 0x88be);
	put32(0x10640001);
	put32(0);
	ethernet(0x0800);
	syn4();
	end_ipv4(0);
	p = decode(LINK_RAW);
	ok(is_inner(&p, TUNNEL_ERSPAN), "ERSPAN type II");
	b.data[28] = 0x20;
	ok(decode(LINK_RAW).odd == odd(ODD_TUNNEL_BAD), "with another version");
	for (unsigned last = 0; last <= 1; last++) {
		reset();
		gre(0x1000, 0x22eb);
		put32(0x20640001);
		put32(0x12345678);
		put32(last);
		if (last)
			put_fill(0xcc, 8);
		ethernet(0x0800);
		syn4();
		end_ipv4(0);
		p = decode(LINK_RAW);
		ok(is_inner(&p, TUNNEL_ERSPAN), "ERSPAN type III, platform header %u", last);
	}
	reset();
	gre(0x1000, 0x22eb);
	put32(0x20640001);
	put32(0x12345678);
	put32(2u << 10); /* frame type 2: IP */
	syn4();
	end_ipv4(0);
	p = decode(LINK_RAW);
	ok(is_inner(&p, TUNNEL_ERSPAN), "ERSPAN type III with an IP frame");
}

static void test_ip_in_ip(void)
{
	reset();
	(void)ipv4(4);
	syn4();
	end_ipv4(0);
	struct packet p = decode(LINK_RAW);
	ok(is_inner(&p, TUNNEL_IPIP), "IPv4 in IPv4");
	reset();
	(void)ipv6(4);
	syn4();
	end_ipv6(0);
	p = decode(LINK_RAW);
	ok(is_inner(&p, TUNNEL_IPIP), "IPv4 in IPv6");
	reset();
	(void)ipv4(41);
	syn6();
	end_ipv4(0);
	p = decode(LINK_RAW);
	ok(is_syn6(&p) && p.tunnels == 1 && p.tunnel[0] == TUNNEL_6IN4, "IPv6 in IPv4");
	b.data[20] = 0x40;
	p = decode(LINK_RAW);
	ok(p.ip && !p.v6 && p.proto == 41 && p.tunnels == 0 && p.payload_len == 60 && p.odd == odd(ODD_IP_VERSION),
	   "where the inside is no IPv6 the outer packet stays");
	b.data[20] = 0x60;
	b.len = 20 + 39;
	end_ipv4(0);
	p = decode(LINK_RAW);
	ok(p.ip && p.proto == 41 && p.tunnels == 0 && p.odd == odd(ODD_IP_SHORT), "or is cut");
}

static void test_depth(void)
{
	for (int depth = PACKET_TUNNELS_MAX; depth <= PACKET_TUNNELS_MAX + 1; depth++) {
		reset();
		for (int i = 0; i < depth; i++)
			(void)ipv4(4);
		syn4();
		for (int i = 0; i < depth; i++)
			end_ipv4(20u * (uint32_t)i);
		struct packet p = decode(LINK_RAW);
		ok(p.ip && p.tunnels == PACKET_TUNNELS_MAX, "%d tunnels", depth);
		if (depth == PACKET_TUNNELS_MAX)
			ok(p.proto == PROTO_TCP && p.odd == 0, "the deepest is read");
		else
			ok(p.proto == 4 && p.odd == odd(ODD_TUNNEL_DEPTH), "one deeper is not");
	}
}

static void udp_end(uint32_t at)
{
	put_be16(b.data + at + 4, (uint16_t)(b.len - at));
	end_ipv4(at - 20);
}

static void test_vxlan(void)
{
	reset();
	(void)ipv4(PROTO_UDP);
	udp(55555, 4789, 0);
	put32(0x08000000);
	put32(0x00006400);
	put_fill(2, 12);
	put16(0x8100);
	put16(5);
	put16(0x0800);
	syn4();
	udp_end(20);
	struct packet p = decode(LINK_RAW);
	ok(is_inner(&p, TUNNEL_VXLAN) && p.vlan == 0, "VXLAN; a VLAN inside is not the frame's");
	b.data[28] = 0;
	p = decode(LINK_RAW);
	ok(p.proto == PROTO_UDP && p.dst_port == 4789 && p.tunnels == 0 && p.odd == odd(ODD_TUNNEL_BAD),
	   "without its I bit");
	b.data[28] = 8;
	put_be16(b.data + 36 + 16, 0x0806);
	p = decode(LINK_RAW);
	ok(p.proto == PROTO_UDP && p.dst_port == 4789 && p.tunnels == 0 && p.odd == 0 && p.payload_len == 8 + 18 + 40,
	   "ARP inside leaves the outer datagram");
	b.len = 35;
	udp_end(20);
	ok(decode(LINK_RAW).odd == odd(ODD_TUNNEL_BAD), "7 bytes of header");
	b.len = 36 + 13;
	udp_end(20);
	ok(decode(LINK_RAW).odd == odd(ODD_TUNNEL_BAD), "13 bytes of Ethernet inside");
}

/* Tags and labels are counted anew inside a tunnel. */
static void test_tunnel_links(void)
{
	reset();
	put_fill(2, 12);
	for (int level = 0; level < 2; level++) {
		for (int i = 0; i < DECODE_VLAN_MAX; i++)
			put32(0x81000000 + 7);
		put16(0x8847);
		for (int i = 1; i < DECODE_MPLS_MAX; i++)
			put32(0x00064040);
		put32(0x00064140);
		if (level == 0) {
			(void)ipv4(47);
			put32(0x00006558);
			put_fill(2, 12);
		}
	}
	syn4();
	end_ipv4(14 + 4 * DECODE_VLAN_MAX + 4 * DECODE_MPLS_MAX);
	struct packet p = decode(LINK_ETHERNET);
	ok(is_inner(&p, TUNNEL_GRE) && p.vlan == 7, "as many tags and labels inside a tunnel as outside");
}

static void test_geneve(void)
{
	reset();
	(void)ipv4(PROTO_UDP);
	udp(55555, 6081, 0);
	put16(0x0200); /* two words of options */
	put16(0x6558);
	put32(0x00006400);
	put_fill(0, 8);
	ethernet(0x0800);
	syn4();
	udp_end(20);
	struct packet p = decode(LINK_RAW);
	ok(is_inner(&p, TUNNEL_GENEVE), "Geneve with options");
	b.data[28] = 0x42;
	ok(decode(LINK_RAW).odd == odd(ODD_TUNNEL_BAD), "version 1");
	b.data[28] = 0x3f;
	p = decode(LINK_RAW);
	ok(p.odd == odd(ODD_TUNNEL_BAD) && p.dst_port == 6081, "options behind the end");
}

static void test_teredo(void)
{
	for (unsigned indications = 0; indications < 4; indications++) {
		reset();
		(void)ipv4(PROTO_UDP);
		udp(3544, 40000, 0);
		if (indications & 1) {
			put32(0x00010000); /* authentication without identifiers: nonce and confirmation */
			put_fill(7, 9);
		}
		if (indications & 2) {
			put32(0x00001234); /* origin */
			put32(0x3fff1234);
		}
		uint32_t at = b.len;
		syn6();
		put_be32(b.data + at + 8, 0x20010000);
		udp_end(20);
		struct packet p = decode(LINK_RAW);
		ok(p.v6 && p.proto == PROTO_TCP && p.dst_port == 443 && p.tunnels == 1 &&
		           p.tunnel[0] == TUNNEL_TEREDO && p.odd == 0,
		   "Teredo, indications %u", indications);
		put_be32(b.data + at + 8, 0x20010db8);
		p = decode(LINK_RAW);
		ok(!p.v6 && p.tunnels == 0 && p.src_port == 3544 && p.odd == 0,
		   "no Teredo address: a datagram like any other");
		put_be32(b.data + at + 24, 0xfe800000);
		ok(decode(LINK_RAW).tunnels == 1, "link-local");
		put_be16(b.data + at + 4, 21);
		ok(decode(LINK_RAW).tunnels == 0 && decode(LINK_RAW).odd == 0, "a length larger than the datagram");
		put_be16(b.data + at + 4, 19);
		ok(decode(LINK_RAW).tunnels == 0 && decode(LINK_RAW).odd == 0, "or smaller");
	}
}

static void test_inner_forgets_outer(void)
{
	reset();
	(void)ipv4(PROTO_UDP);
	udp(55555, 4789, 0);
	put32(0x08000000);
	put32(0);
	ethernet(0x0800);
	uint32_t at = ipv4(50);
	end_ipv4(at);
	udp_end(20);
	struct packet p = decode(LINK_RAW);
	ok(p.proto == 50 && p.src_port == 0 && p.dst_port == 0 && p.payload_len == 0,
	   "ports of the tunnel are not the inner packet's");
}

/* Whatever is cut off anywhere: nothing is read behind the end (the buffers are of exact size) and sizes agree. */
static void test_every_cut(void)
{
	size_t bad = 0;

	reset();
	ethernet(0x8100);
	put16(7);
	put16(0x86dd);
	(void)ipv6(60);
	extension(PROTO_UDP, 0);
	uint32_t at = b.len;
	udp(55555, 6081, 0);
	put16(0);
	put16(0x6558);
	put32(0);
	ethernet(0x0800);
	gre(0x2000, 0x86dd);
	syn6();
	put_be16(b.data + at + 4, (uint16_t)(b.len - at));
	end_ipv6(18);
	for (uint32_t len = b.len; len-- > 0;) {
		b.len = len;
		struct packet p = decode_wire(LINK_ETHERNET, len + len % 3);
		const uint8_t *end = exact + len;
		bad += p.ip != (len >= 58);
		bad += p.ip && (p.l3 < exact || p.l3 + p.l3_len > end || p.ip_payload_off > p.l3_len);
		bad += p.payload != NULL && (p.payload < exact || p.payload + p.payload_len > end);
		bad += p.payload_len > p.payload_wire_len;
	}
	ok(bad == 0, "cut at every byte: %zu wrong", bad);
}

int main(void)
{
	test_links();
	test_links6();
	test_vlan();
	test_mpls();
	test_pppoe();
	test_ipv4_length();
	test_ipv4_options();
	test_ipv4_ends();
	test_ipv4_fragment();
	test_ipv6();
	test_ipv6_extensions();
	test_ipv6_extension_cut();
	test_ipv6_fragment();
	test_tcp();
	test_tcp_flags();
	test_udp();
	test_icmp();
	test_icmp_quote();
	test_sctp();
	test_gre();
	test_erspan();
	test_ip_in_ip();
	test_depth();
	test_vxlan();
	test_tunnel_links();
	test_geneve();
	test_teredo();
	test_inner_forgets_outer();
	test_every_cut();
	free(exact);
	return done();
}
