/* decode.h - from a captured frame to the innermost IP packet in it. Any bytes are accepted: what is strange sets a bit
 * of packet_odd.def and the packet goes on as far as it can be understood. doc/decode.md lists link types, tunnels and limits.
 *
 * - The innermost IP packet fills src, dst, ports and payload; tunnel[] lists the way to it, outermost first. Where the inside of a
 *   tunnel is no IP, or cannot be read, the packet is the outer one and that tunnel is not listed.
 * - IP lengths rule: link padding is never payload. A length of 0 (segmentation offload) means all that was captured.
 * - Checksums are not verified: captured before the network card made them they are wrong in every packet.
 * - A fragment stops the decoder: `fragment` is set, payload is the fragment's data; ports are filled where the first
 *   fragment shows them. decode/defrag.h goes on from there.
 * - Nothing is allocated, nothing is kept; any thread. */
#pragma once

#include "model/packet.h"

enum {
	DECODE_VLAN_MAX = 4,          /* tags of one frame, of one tunnelled frame */
	DECODE_MPLS_MAX = 8,          /* labels, likewise */
	DECODE_IP6_EXTENSION_MAX = 8, /* extension headers of one packet */
};

/** Decode a frame. *ret_packet is filled completely; it borrows frame->data. */
void decode_packet(const struct frame *frame, struct packet *ret_packet);

/** Go on with a reassembled datagram: its IP header starts at l3 and tells no fragment. Frame, vlan, odd and
 * tunnels so far stay; everything from the IP header on is filled anew and borrows l3. len are the bytes present. */
void decode_datagram(struct packet *packet, const uint8_t *l3, uint32_t len);
