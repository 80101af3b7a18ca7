#include "capture/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/check.h"
#include "base/cleanup.h"
#include "capture/container.h"

enum format { FORMAT_NONE = 0, FORMAT_PCAP, FORMAT_PCAPNG };

/* Windows share this much; a few inputs get STREAM_WINDOW each, many get less. */
#define WINDOWS_TOTAL ((size_t)64 << 20)

struct input {
	struct stream stream;
	enum format format;
	union {
		struct pcap pcap;
		struct pcapng pcapng;
	};
	struct frame frame; /* its next packet */
	int own_fd;         /* -1: not opened here */
	uint64_t raw_total;
	bool raw_known; /* raw_total is */
	bool over;
	uint64_t dropped; /* kept when the container is gone */
	struct digest digest;
};

struct capture {
	struct input *inputs; /* owned */
	size_t count;
	size_t *heap; /* owned; indices of inputs that have a frame, earliest first */
	size_t heap_count;
	struct capture_damage *damages; /* owned, room for one an input */
	size_t damage_count;
	size_t current;
	struct capture_progress progress; /* what is counted per packet */
	int error;
	bool started, no_digest;
};

static const char *const reasons[] = {
#define CAPTURE_REASON(id, text) text,
#include "capture/reason.def"
#undef CAPTURE_REASON
};

const char *capture_reason_text(enum capture_reason reason)
{
	check((unsigned)reason < CAPTURE_REASON_COUNT);
	return reasons[reason];
}

/* Opening */

static bool is_stdin(const struct capture_input *source)
{
	return source->path != NULL && strcmp(source->path, "-") == 0;
}

static bool source_valid(const struct capture_input *source)
{
	return (source->path != NULL) + (source->fd >= 0) + (source->data != NULL) == 1;
}

/* Bytes that can be read from here on, where somebody knows. */
static int input_measure(struct input *in, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	off_t at = S_ISREG(st.st_mode) ? lseek(fd, 0, SEEK_CUR) : -1;
	in->raw_known = at >= 0;
	in->raw_total = at >= 0 && at < st.st_size ? (uint64_t)(st.st_size - at) : 0;
	return 0;
}

static int input_open(struct input *in, const struct capture_input *source, size_t window, bool digest)
{
	int fd = source->fd;

	if (!source_valid(source))
		return -EINVAL;
	if (is_stdin(source))
		fd = STDIN_FILENO;
	else if (source->path != NULL)
		fd = in->own_fd = open(source->path, O_RDONLY | O_CLOEXEC);
	if (source->data == NULL && fd < 0)
		return -errno;
	in->raw_total = source->size;
	in->raw_known = true;
	int r = source->data == NULL ? input_measure(in, fd) : 0;
	if (r < 0)
		return r;
	return stream_init(&in->stream, source->data != NULL ? -1 : fd, source->data, source->size, window, digest);
}

/* Standard input can be read once only. */
static bool stdin_again(const struct capture_config *config, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (is_stdin(&config->inputs[i]) && is_stdin(&config->inputs[index]))
			return true;
	return false;
}

static size_t window_size(size_t inputs)
{
	size_t share = WINDOWS_TOTAL / inputs;

	if (share < STREAM_WINDOW_MIN)
		return STREAM_WINDOW_MIN;
	return share < STREAM_WINDOW ? share : STREAM_WINDOW;
}

static struct capture *capture_new(size_t count)
{
	CLEANUP(capture_freep) struct capture *c = calloc(1, sizeof(*c));
	if (c == NULL)
		return NULL;
	c->inputs = calloc(count, sizeof(*c->inputs));
	c->heap = calloc(count, sizeof(*c->heap));
	c->damages = calloc(count, sizeof(*c->damages));
	if (c->inputs == NULL || c->heap == NULL || c->damages == NULL)
		return NULL;
	c->count = count;
	for (size_t i = 0; i < count; i++)
		c->inputs[i].own_fd = c->inputs[i].stream.fd = -1;
	return TAKE_PTR(c);
}

int capture_open(const struct capture_config *config, struct capture **ret_capture, size_t *reterr_input)
{
	size_t count = config->input_count, none;

	check(ret_capture != NULL);
	if (reterr_input == NULL)
		reterr_input = &none;
	*reterr_input = count;
	if (count == 0 || count > CAPTURE_INPUTS_MAX)
		return -EINVAL;
	CLEANUP(capture_freep) struct capture *c = capture_new(count);
	if (c == NULL)
		return -ENOMEM;
	c->no_digest = config->no_digest;
	for (size_t i = 0; i < count; i++) {
		int r = stdin_again(config, i)
		                ? -EINVAL
		                : input_open(&c->inputs[i], &config->inputs[i], window_size(count), !config->no_digest);
		if (r < 0) {
			*reterr_input = i;
			return r;
		}
	}
	*ret_capture = TAKE_PTR(c);
	return 0;
}

static void input_fini(struct input *in)
{
	if (in->format == FORMAT_PCAPNG)
		pcapng_fini(&in->pcapng);
	in->format = FORMAT_NONE;
	stream_fini(&in->stream);
	closep(&in->own_fd);
	in->own_fd = -1;
}

void capture_free(struct capture *capture)
{
	if (capture == NULL)
		return;
	for (size_t i = 0; i < capture->count; i++)
		input_fini(&capture->inputs[i]);
	free(capture->inputs);
	free(capture->heap);
	free(capture->damages);
	free(capture);
}

void capture_freep(struct capture **capture)
{
	capture_free(*capture);
}

/* One input */

static enum step input_start(struct capture *c, struct input *in)
{
	struct stream *s = &in->stream;

	if (!stream_need(s, 4)) {
		if (stream_is_end(s))
			return container_damage(s, CAPTURE_EMPTY);
		return container_cut(s);
	}
	if (pcap_is(stream_look(s))) {
		in->format = FORMAT_PCAP;
		return pcap_start(&in->pcap, s);
	}
	if (!pcapng_is(stream_look(s)))
		return container_damage(s, CAPTURE_UNKNOWN_FORMAT);
	if (pcapng_init(&in->pcapng) < 0) {
		c->error = -ENOMEM;
		return STEP_END;
	}
	in->format = FORMAT_PCAPNG;
	return STEP_FRAME;
}

static uint64_t input_dropped(const struct input *in)
{
	return in->format == FORMAT_PCAPNG ? in->pcapng.dropped + in->pcapng.section_dropped : in->dropped;
}

/* Read the rest for the digest, note what was damaged, and give back what it held. */
static void input_finish(struct capture *c, size_t index, bool damaged)
{
	struct input *in = &c->inputs[index];
	struct stream *s = &in->stream;
	struct capture_damage damage = { index, s->reason, s->mark, s->raw_bytes, 0 };

	damage.lost_bytes = stream_drain(s);
	if (damaged)
		c->damages[c->damage_count++] = damage;
	if (s->digest != NULL) {
		digest_stream_end(s->digest, &in->digest);
		s->digest = NULL;
	}
	in->over = true;
	in->dropped = input_dropped(in);
	input_fini(in);
}

/* Read the input's next frame. False when it has none. */
static bool input_next(struct capture *c, size_t index)
{
	struct input *in = &c->inputs[index];
	enum step step = in->format == FORMAT_NONE ? input_start(c, in) : STEP_FRAME;

	if (step == STEP_FRAME)
		step = in->format == FORMAT_PCAP ? pcap_next(&in->pcap, &in->stream, &in->frame)
		                                 : pcapng_next(&in->pcapng, &in->stream, &in->frame);
	if (step == STEP_FRAME)
		return true;
	if (in->stream.out_of_memory)
		c->error = -ENOMEM;
	else
		input_finish(c, index, step == STEP_DAMAGE);
	return false;
}

/* Merging: a binary heap by (time of the next packet, index of the input). */

static bool heap_before(const struct capture *c, size_t a, size_t b)
{
	int64_t ta = c->inputs[a].frame.time_us, tb = c->inputs[b].frame.time_us;

	return ta != tb ? ta < tb : a < b;
}

static void heap_sink(struct capture *c, size_t at)
{
	size_t *h = c->heap;

	for (size_t child; (child = 2 * at + 1) < c->heap_count; at = child) {
		if (child + 1 < c->heap_count && heap_before(c, h[child + 1], h[child]))
			child++;
		if (heap_before(c, h[at], h[child]))
			return;
		size_t moved = h[at];
		h[at] = h[child];
		h[child] = moved;
	}
}

static void capture_start(struct capture *c)
{
	c->started = true;
	for (size_t i = 0; i < c->count; i++)
		if (input_next(c, i))
			c->heap[c->heap_count++] = i;
	for (size_t i = c->heap_count / 2; i-- > 0;)
		heap_sink(c, i);
}

/* The frame on top was delivered: its input reads on. */
static void capture_advance(struct capture *c)
{
	if (!input_next(c, c->heap[0]))
		c->heap[0] = c->heap[--c->heap_count];
	heap_sink(c, 0);
}

int capture_next(struct capture *capture, struct frame *ret_frame)
{
	if (!capture->started)
		capture_start(capture);
	else if (capture->heap_count > 0)
		capture_advance(capture);
	if (capture->error < 0) {
		capture->heap_count = 0;
		return capture->error;
	}
	if (capture->heap_count == 0)
		return 0;
	capture->current = capture->heap[0];
	*ret_frame = capture->inputs[capture->current].frame;
	capture->progress.packets++;
	capture->progress.bytes += ret_frame->len;
	capture->progress.cut_packets += ret_frame->len == CAPTURE_PACKET_MAX && ret_frame->wire_len > ret_frame->len;
	return 1;
}

/* What was found */

size_t capture_current(const struct capture *capture)
{
	return capture->current;
}

void capture_get_progress(const struct capture *capture, struct capture_progress *ret_progress)
{
	struct capture_progress p = capture->progress;
	bool known = true;

	for (size_t i = 0; i < capture->count; i++) {
		const struct input *in = &capture->inputs[i];
		p.raw_bytes += in->stream.raw_bytes;
		p.raw_total += in->raw_total;
		known = known && in->raw_known;
		p.dropped += input_dropped(in);
	}
	if (!known)
		p.raw_total = 0;
	*ret_progress = p;
}

const struct capture_damage *capture_damages(const struct capture *capture, size_t *ret_count)
{
	*ret_count = capture->damage_count;
	return capture->damages;
}

int capture_digest(const struct capture *capture, size_t input, struct digest *ret_digest)
{
	check(input < capture->count);
	if (capture->no_digest)
		return -ENODATA;
	if (!capture->inputs[input].over)
		return -EAGAIN;
	*ret_digest = capture->inputs[input].digest;
	return 0;
}
