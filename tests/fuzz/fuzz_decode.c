/* Two bytes of link type, then a frame: whatever it is, what the packet points to lies inside the frame. */
#include "base/bytes.h"
#include "base/check.h"
#include "decode/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(const uint8_t *part, uint32_t len, const struct frame *f)
{
	check(part >= f->data && len <= f->len && part + len <= f->data + f->len);
}

static void check_packet(const struct packet *p)
{
	check(p->odd >> ODD_COUNT == 0);
	check(p->tunnels <= PACKET_TUNNELS_MAX);
	for (int i = 0; i < p->tunnels; i++)
		check(p->tunnel[i] > TUNNEL_NONE && p->tunnel[i] < TUNNEL_KIND_COUNT);
	check(p->payload_len <= p->payload_wire_len);
	check(p->vlan < 4096);
	if (!p->ip) {
		check(p->l3 == NULL && p->payload == NULL && p->tunnels == 0 && !p->fragment && p->odd != 0);
		return;
	}
	check_inside(p->l3, p->l3_len, &p->frame);
	check_inside(p->payload, p->payload_len, &p->frame);
	check(p->payload >= p->l3 + p->ip_payload_off || p->payload_len == 0);
	check(p->ip_payload_off <= p->l3_len);
	check(address_is_v4(&p->src) || p->v6);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	struct frame f = { data + 2, (uint32_t)size - 2, (uint32_t)size - 2, 0, get_be16(data) & 0x7fff };
	struct packet p;
	if (data[0] & 0x80) /* captured shorter than it was */
		f.wire_len += 40;
	decode_packet(&f, &p);
	check_packet(&p);
	return 0;
}
