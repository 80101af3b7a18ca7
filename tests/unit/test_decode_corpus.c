/* Goal: every capture of the reference data is read, decoded and put together without a crash, and what comes out is
 * consistent. Meant for the sanitizer builds; skips where the data are not there. */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "capture/capture.h"
#include "decode/decode.h"
#include "decode/defrag.h"
#include "tap.h"

struct totals {
	uint64_t files, damaged, refused, packets, ip, whole, odd, bad, lost;
};

static void on_lost(void *context, const struct flow_event *event)
{
	struct totals *t = context;
	t->lost += event->packets;
}

static bool inside(const struct packet *p)
{
	return p->l3 != NULL && p->ip_payload_off <= p->l3_len && p->payload >= p->l3 &&
	       p->payload + p->payload_len <= p->l3 + p->l3_len && p->payload_len <= p->payload_wire_len;
}

static void count_packet(struct totals *t, struct defrag *d, const struct frame *f)
{
	struct packet p;

	decode_packet(f, &p);
	enum defrag_verdict v = defrag_feed(d, &p);
	t->packets++;
	t->ip += p.ip;
	t->odd += p.odd != 0;
	t->whole += v == DEFRAG_WHOLE;
	t->bad += p.ip && !inside(&p);
	t->bad += v == DEFRAG_HELD && !p.fragment;
}

static void read_capture(struct totals *t, const char *path)
{
	struct capture_input input = { .path = path, .fd = -1 };
	struct capture_config config = { .inputs = &input, .input_count = 1 };
	struct defrag_config fragments = { 256, 1024, { 5, 6 }, { on_lost, t } };
	CLEANUP(capture_freep) struct capture *c = NULL;
	CLEANUP(defrag_freep) struct defrag *d = NULL;
	struct frame f;
	size_t damages;

	t->files++;
	if (capture_open(&config, &c, NULL) != 0 || defrag_new(&fragments, &d) != 0) {
		t->refused++;
		return;
	}
	while (capture_next(c, &f) == 1)
		count_packet(t, d, &f);
	defrag_finish(d);
	(void)capture_damages(c, &damages);
	t->damaged += damages > 0;
}

static bool is_capture(const char *name)
{
	const char *end = strrchr(name, '.');
	return end != NULL && (strcmp(end, ".pcap") == 0 || strcmp(end, ".pcapng") == 0);
}

static void walk(struct totals *t, const char *folder)
{
	struct dirent **names;
	int n = scandir(folder, &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		char path[1024];
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
		if (names[i]->d_type == DT_DIR && names[i]->d_name[0] != '.')
			walk(t, path);
		else if (is_capture(names[i]->d_name))
			read_capture(t, path);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

int main(void)
{
	static const char *const folders[] = { "data/pcap", "data/suricata-verify" };
	const char *shared = getenv("REDOUBT_SHARED");

	for (size_t i = 0; i < 2; i++) {
		struct totals t = { 0 };
		char path[1024];
		snprintf(path, sizeof(path), "%s/%s", shared != NULL ? shared : "", folders[i]);
		walk(&t, path);
		if (t.files == 0) {
			ok(1, "%s # SKIP no reference data", folders[i]);
			continue;
		}
		printf("# %s: %llu files, %llu damaged; %llu packets, %llu IP, %llu strange, %llu put together, %llu fragments lost\n",
		       folders[i], (unsigned long long)t.files, (unsigned long long)t.damaged,
		       (unsigned long long)t.packets, (unsigned long long)t.ip, (unsigned long long)t.odd,
		       (unsigned long long)t.whole, (unsigned long long)t.lost);
		ok(t.refused == 0 && t.bad == 0, "%s: all open, all consistent", folders[i]);
		ok(t.ip * 10 > t.packets * 9, "nearly all is IP");
	}
	return done();
}
