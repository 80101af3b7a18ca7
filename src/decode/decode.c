#include "decode/decode.h"

#include "decode/layer.h"

static void decode_layers(struct packet *p, struct cursor *c, enum layer layer)
{
	while (layer != LAYER_END)
		layer = layer >= LAYER_IP ? ip_layer(p, c, layer) : link_layer(p, c, layer);
}

void decode_packet(const struct frame *frame, struct packet *ret_packet)
{
	struct cursor c = { .at = frame->data, .len = frame->len, .wire_len = frame->wire_len };

	*ret_packet = (struct packet){ .frame = *frame, .window_scale = 0xff };
	if (c.wire_len > c.len)
		packet_set_odd(ret_packet, ODD_SNAPPED);
	else
		c.wire_len = c.len;
	decode_layers(ret_packet, &c, link_start(ret_packet, &c));
}

/* The length the datagram claims, which is more than len where a fragment was snapped. */
static uint32_t datagram_length(const uint8_t *l3, uint32_t len)
{
	uint32_t claimed = len;

	if (len >= 6 && l3[0] >> 4 == 4)
		claimed = get_be16(l3 + 2);
	else if (len >= 6)
		claimed = 40u + get_be16(l3 + 4);
	return claimed > len ? claimed : len;
}

void decode_datagram(struct packet *packet, const uint8_t *l3, uint32_t len)
{
	struct packet old = *packet;
	struct cursor c = { .at = l3, .len = len, .wire_len = datagram_length(l3, len), .tunnels = old.tunnels };

	memcpy(c.tunnel, old.tunnel, sizeof(c.tunnel));
	*packet = (struct packet){ .frame = old.frame, .odd = old.odd, .vlan = old.vlan, .window_scale = 0xff };
	decode_layers(packet, &c, LAYER_IP);
}
