/* packet_batch.h - decoded packets kept until their lanes have worked on them. Only used with more than one worker: with one
 * there are no copies. A batch owns copies of what its packets borrow. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "model/packet.h"

struct packet_batch {
	struct packet *packets; /* owned; room for size */
	unsigned *lane;         /* of each packet, owned */
	size_t count, size;
	uint8_t *bytes; /* owned */
	size_t used, room;
};

/** Room for size packets and room bytes of their content. Returns 0 or -ENOMEM. */
int packet_batch_init(struct packet_batch *batch, size_t size, size_t room);
void packet_batch_fini(struct packet_batch *batch);

/** Copy a packet with everything it borrows. False when there is no room: empty the batch first. A packet that does not fit an empty
 * batch is cut. */
bool packet_batch_add(struct packet_batch *batch, const struct packet *packet, unsigned lane);
void packet_batch_reset(struct packet_batch *batch);
