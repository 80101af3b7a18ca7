/* flow_key.h - which flow a packet belongs to, and the hash that spreads flows over lanes and buckets. Pure; any thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/siphash.h"
#include "model/flow.h"
#include "model/packet.h"

/** Put two ends in canonical order. Ports in host order; true when src became the lower end. */
bool flow_key_from(const struct address *src, uint16_t src_port, const struct address *dst, uint16_t dst_port,
                   uint8_t proto, struct flow_key *ret_key);

/** Key of a packet, the same for both directions. An ICMP error that quotes a packet belongs to the flow it quotes.
 * False, and *ret_key untouched, when the packet is not IP: it belongs to no flow and may go to any lane. */
bool flow_key_of(const struct packet *p, struct flow_key *ret_key);

/** Keyed hash. Symmetric because the key is. Lane of a packet: hash % lanes (the table uses other bits of it). */
uint64_t flow_key_hash(const struct siphash_key *key, const struct flow_key *k);
