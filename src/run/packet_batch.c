#include "run/packet_batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int packet_batch_init(struct packet_batch *batch, size_t size, size_t room)
{
	*batch = (struct packet_batch){ .size = size, .room = room };
	batch->packets = calloc(size, sizeof(*batch->packets));
	batch->lane = calloc(size, sizeof(*batch->lane));
	batch->bytes = malloc(room);
	if (batch->packets == NULL || batch->lane == NULL || batch->bytes == NULL) {
		packet_batch_fini(batch);
		return -ENOMEM;
	}
	return 0;
}

void packet_batch_fini(struct packet_batch *batch)
{
	free(batch->packets);
	free(batch->lane);
	free(batch->bytes);
	*batch = (struct packet_batch){ 0 };
}

/* From l3 to the end of the payload: all that flow/ reads. Either may be missing. */
static size_t borrowed(const struct packet *p)
{
	size_t n = p->l3 != NULL ? p->l3_len : 0;

	if (p->l3 != NULL && p->payload != NULL && p->payload >= p->l3) {
		size_t to_end = (size_t)(p->payload - p->l3) + p->payload_len;
		n = to_end > n ? to_end : n;
	}
	return n;
}

bool packet_batch_add(struct packet_batch *batch, const struct packet *packet, unsigned lane)
{
	size_t n = borrowed(packet);

	if (batch->count == batch->size || (n > batch->room - batch->used && batch->count > 0))
		return false;
	struct packet *p = &batch->packets[batch->count];
	*p = *packet;
	batch->lane[batch->count++] = lane;
	if (n > batch->room - batch->used)
		n = 0;
	uint8_t *copy = batch->bytes + batch->used;
	if (n > 0)
		memcpy(copy, packet->l3, n);
	batch->used += n;
	if (packet->l3 != NULL && packet->payload != NULL)
		p->payload = copy + (packet->payload - packet->l3);
	p->l3 = n > 0 ? copy : NULL;
	p->frame.data = NULL; /* the capture's buffer is not ours any more */
	if (n == 0) {
		p->payload = NULL;
		p->payload_len = p->l3_len = 0;
	}
	return true;
}

void packet_batch_reset(struct packet_batch *batch)
{
	batch->count = 0;
	batch->used = 0;
}
