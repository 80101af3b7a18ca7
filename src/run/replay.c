#include "run/replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "record/observation_spool.h"
#include "run/counting.h"
#include "run/shipped.h"

enum { SPOOL_BYTES = 32 << 20, PROGRESS_PACKETS = 16384 };

/* SQLite's cache of 64 MiB, code, stacks, the capture's buffers, what malloc keeps for itself. */
enum { PROGRAM_BYTES = 96 << 20 };

/* Where a sealed observation file went: for the attack's record. */
struct sealed_list {
	struct sealed_file *files; /* owned */
	size_t count, room;
};

struct replay {
	const struct replay_options *options;
	struct replay_result *result;
	struct text *problems;
	struct capture *capture;
	struct pipeline *pipeline;
	struct evidence *evidence;
	struct observation_spool *spool;
	struct counting counting;
	struct coverage_log coverage;
	struct sealed_list sealed;
	char capture_digest[65];
	int failed; /* -errno of the spool */
};

void replay_result_fini(struct replay_result *result)
{
	text_fini(&result->damage);
	text_fini(&result->remarks);
}

static int say(struct replay *r, int err, const char *what)
{
	text_addf(r->problems, "%s: %s\n", what, err <= -1000 ? ledger_error(err) : strerror(-err));
	return err;
}

/* ---- what the stages tell ---- */

static void on_packet(void *context, const struct packet *packet)
{
	struct replay *r = context;
	evidence_note(r->evidence, packet);
}

static void on_observation(void *context, const struct observation *observation)
{
	struct replay *r = context;
	counting_observe(&r->counting, observation);
}

static void on_advance(void *context, int64_t now_us)
{
	struct replay *r = context;
	counting_advance(&r->counting, now_us);
}

static void on_placed(void *context, const struct observation *observation, const char *attack_id)
{
	struct replay *r = context;

	if (r->failed == 0 && r->spool != NULL)
		r->failed = observation_spool_add(r->spool, observation, attack_id);
}

static void on_shown(void *context, const char *attack_id, const struct observation *observation)
{
	struct replay *r = context;

	if (r->evidence != NULL)
		(void)evidence_collect(r->evidence, attack_id, observation);
}

static void on_absorbed(void *context, const char *child, const char *into)
{
	struct replay *r = context;

	if (r->failed == 0 && r->spool != NULL)
		r->failed = observation_spool_absorb(r->spool, child, into);
	if (r->evidence != NULL)
		evidence_absorb(r->evidence, child, into);
}

/* ---- the capture's identity ---- */

static bool is_regular(const char *path)
{
	struct stat st;
	return strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static int given_twice(struct replay *r, size_t a, size_t b)
{
	text_addf(r->problems, "'%s' and '%s' are the same capture: its packets would count twice\n",
	          r->options->paths[a], r->options->paths[b]);
	return -EINVAL;
}

/* The same file under one name or two. */
static int refuse_same_files(struct replay *r)
{
	const struct replay_options *o = r->options;
	CLEANUP(freep) struct stat *files = calloc(o->path_count, sizeof(*files));

	if (files == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < o->path_count; i++) {
		if (!is_regular(o->paths[i]) || stat(o->paths[i], &files[i]) < 0)
			continue;
		for (size_t j = 0; j < i; j++)
			if (files[j].st_ino == files[i].st_ino && files[j].st_dev == files[i].st_dev &&
			    files[j].st_ino != 0)
				return given_twice(r, j, i);
	}
	return 0;
}

/* Two files with the same bytes. */
static int refuse_same_bytes(struct replay *r, const struct digest *digests)
{
	for (size_t i = 0; i < r->options->path_count; i++)
		for (size_t j = 0; j < i; j++)
			if (memcmp(&digests[i], &digests[j], sizeof(digests[i])) == 0)
				return given_twice(r, j, i);
	return 0;
}

/* One digest for all inputs: SHA-256 over theirs, in the order given. */
static void join_digests(const struct digest *digests, size_t count, char ret_text[static 65])
{
	struct digest all;

	digest_sha256(digests, count * sizeof(*digests), &all);
	digest_format(&all, ret_text);
}

/* Files are hashed before the work, so that a duplicate is refused at once. Returns 1 when known, 0 when the end must be awaited. */
static int digest_before(struct replay *r)
{
	const struct replay_options *o = r->options;
	CLEANUP(freep) struct digest *digests = calloc(o->path_count, sizeof(*digests));

	if (digests == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < o->path_count; i++) {
		if (!is_regular(o->paths[i]))
			return 0;
		int err = digest_file(o->paths[i], &digests[i]);
		if (err < 0) {
			text_addf(r->problems, "cannot read '%s': %s\n", o->paths[i], strerror(-err));
			return err;
		}
	}
	join_digests(digests, o->path_count, r->capture_digest);
	int err = refuse_same_bytes(r, digests);
	return err < 0 ? err : 1;
}

static int digest_after(struct replay *r)
{
	CLEANUP(freep) struct digest *digests = calloc(r->options->path_count, sizeof(*digests));

	if (digests == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < r->options->path_count; i++) {
		int err = capture_digest(r->capture, i, &digests[i]);
		if (err < 0)
			return err;
	}
	join_digests(digests, r->options->path_count, r->capture_digest);
	return refuse_same_bytes(r, digests);
}

static int refuse_duplicate(struct replay *r)
{
	if (r->options->again)
		return 0;
	int found = ledger_find_capture(r->options->ledger, r->capture_digest, r->result->duplicate_run);
	if (found < 0)
		return say(r, found, "cannot read the ledger");
	r->result->duplicate = found == 1;
	return found == 1 ? -EEXIST : 0;
}

/* ---- set-up ---- */

static int open_capture(struct replay *r, bool no_digest)
{
	const struct replay_options *o = r->options;
	CLEANUP(freep) struct capture_input *inputs = calloc(o->path_count, sizeof(*inputs));
	size_t failed = o->path_count;

	if (inputs == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < o->path_count; i++)
		inputs[i] = (struct capture_input){ .path = o->paths[i], .fd = -1 };
	struct capture_config config = { .inputs = inputs, .input_count = o->path_count, .no_digest = no_digest };
	int err = capture_open(&config, &r->capture, &failed);
	if (err < 0)
		text_addf(r->problems, "cannot open '%s': %s\n",
		          failed < o->path_count ? o->paths[failed] : "the captures", strerror(-err));
	return err;
}

static struct pipeline_config pipeline_config_of(const struct config *config, unsigned workers)
{
	return (struct pipeline_config){ .estate = &config->estate,
		                         .workers = workers,
		                         .flows = config->flows,
		                         .reassembly_bytes = config->reassembly_mib << 20,
		                         .fragment_bytes = config->fragments_mib << 20,
		                         .rate_limits = RATE_LIMITS_DEFAULT };
}

static struct evidence_config evidence_config_of(const struct config *config)
{
	struct evidence_config e = EVIDENCE_DEFAULTS;

	e.ring_bytes = config->evidence_mib << 20;
	e.slice_packets = (uint32_t)config->evidence_packets;
	return e;
}

static int set_up(struct replay *r)
{
	const struct replay_options *o = r->options;
	const uint8_t *k_id = data_dir_k_id(o->dir);
	struct siphash_key key = counting_table_key(k_id);
	struct counting_sink sink = { .placed = on_placed, .shown = on_shown, .absorbed = on_absorbed, .context = r };
	struct pipeline_config pipeline = pipeline_config_of(o->config, o->workers);

	coverage_log_init(&r->coverage, &o->config->estate);
	pipeline.rule = &o->inputs->rule;
	pipeline.key = key;
	pipeline.coverage = &r->coverage;
	pipeline.observe = on_observation;
	pipeline.advance = on_advance;
	pipeline.context = r;
	int err = counting_init(&r->counting, o->inputs, &o->config->estate, k_id, &key, &sink);
	if (err == 0 && o->remember && o->config->evidence_mib > 0) {
		struct evidence_config evidence = evidence_config_of(o->config);
		evidence.key = key;
		pipeline.packet = on_packet;
		err = evidence_new(&evidence, &r->evidence);
	}
	if (err == 0)
		err = pipeline_new(&pipeline, &r->pipeline);
	return err < 0 ? say(r, err, "cannot set up") : 0;
}

/* A run is named by what it is made of and by the run it replaces. What standard input holds is not known yet: there the clock
 * tells two runs apart. A run that is not remembered has nothing to be told from, and no clock gets into its output. */
static int name_run(struct replay *r, bool known)
{
	const struct replay_options *o = r->options;
	CLEANUP(text_fini) struct text what = { 0 };
	char former[sizeof(r->result->run)] = "";
	long long at_us = o->remember && !known ? o->at_us : 0;
	struct digest d;

	int err = known ? ledger_find_capture(o->ledger, r->capture_digest, former) : 0;
	if (err < 0)
		return say(r, err, "cannot read the ledger");
	text_addf(&what, "redoubt/run/1\n%s\n%s\n%s\n%s\n%s\n%lld\n%s\n", r->capture_digest, o->inputs->rule.text,
	          o->inputs->grade.text, o->config->estate.digest, o->inputs->baseline_digest, at_us, former);
	for (size_t i = 0; i < o->inputs->source_count; i++)
		text_addf(&what, "%s\n", o->inputs->sources[i].digest);
	digest_hmac(data_dir_k_id(o->dir), text_get(&what), what.len, &d);
	crockford_format(d.bytes, r->result->run);
	return 0;
}

static int new_spool(struct replay *r)
{
	struct observation_spool_config config = { .memory = SPOOL_BYTES, .estate = &r->options->config->estate };

	memcpy(config.run, r->result->run, sizeof(config.run));
	int err = observation_spool_new(r->options->dir, &config, &r->spool);
	return err < 0 ? say(r, err, "cannot keep observations") : 0;
}

/* ---- the work ---- */

static int work(struct replay *r)
{
	struct frame frame;
	uint64_t n = 0;
	int got, err = 0;

	while (err == 0 && (got = capture_next(r->capture, &frame)) != 0) {
		if (got < 0)
			return say(r, got, "cannot read on");
		err = pipeline_frame(r->pipeline, &frame);
		if (++n % PROGRESS_PACKETS == 0 && r->options->progress != NULL) {
			struct capture_progress progress;
			capture_get_progress(r->capture, &progress);
			r->options->progress(r->options->context, &progress);
		}
	}
	if (err == 0)
		err = pipeline_finish(r->pipeline);
	if (err == 0)
		err = counting_finish(&r->counting, pipeline_now(r->pipeline));
	if (err == -E2BIG) {
		text_addf(r->problems, "more attacks in one replay than %d MiB hold: split the captures\n",
		          COUNTING_BYTES_MAX >> 20);
		return err;
	}
	if (err == 0)
		err = r->failed;
	return err < 0 ? say(r, err, "cannot go on") : 0;
}

/* What is known of the whole run only belongs to its last hour; a run without packets has none. */
static struct coverage *last_hour(struct replay *r)
{
	return r->coverage.count > 0 ? &r->coverage.hours[r->coverage.count - 1] : NULL;
}

static void note_one_damage(struct replay *r, const struct capture_damage *d)
{
	text_addf(&r->result->damage, "%s: %s at offset %llu", r->options->paths[d->input],
	          capture_reason_text(d->reason), (unsigned long long)d->offset);
	if (d->lost_bytes > 0)
		text_addf(&r->result->damage, "; %llu bytes behind it were not read",
		          (unsigned long long)d->lost_bytes);
	text_add(&r->result->damage, "\n");
}

static void note_damage(struct replay *r)
{
	size_t count;
	const struct capture_damage *damages = capture_damages(r->capture, &count);
	struct capture_progress progress;

	capture_get_progress(r->capture, &progress);
	struct coverage *hour = last_hour(r);
	for (size_t i = 0; i < count; i++) {
		note_one_damage(r, &damages[i]);
		if (hour != NULL) {
			hour->lost_packets++; /* at least one: how many more cannot be known */
			hour->lost_bytes += damages[i].lost_bytes;
		}
	}
	if (hour != NULL)
		hour->lost_packets += progress.dropped;
	r->result->lost = progress.dropped + count;
	r->result->progress = progress;
}

/* ---- writing it down ---- */

static int keep_sealed(void *context, const struct sealed_file *file)
{
	struct sealed_list *l = context;

	if (l->count == l->room) {
		size_t room = l->room == 0 ? 64 : l->room * 2;
		struct sealed_file *files = realloc(l->files, room * sizeof(*files));
		if (files == NULL)
			return -ENOMEM;
		l->files = files;
		l->room = room;
	}
	l->files[l->count++] = *file;
	return 0;
}

static int compare_sealed(const void *a, const void *b)
{
	return strcmp(((const struct sealed_file *)a)->attack, ((const struct sealed_file *)b)->attack);
}

/* The list is sorted by attack. */
static const char *sealed_digest(const struct sealed_list *l, const char *attack)
{
	struct sealed_file key;

	memcpy(key.attack, attack, sizeof(key.attack));
	const struct sealed_file *found =
	        l->count > 0 ? bsearch(&key, l->files, l->count, sizeof(key), compare_sealed) : NULL;
	return found != NULL ? found->digest : "";
}

/* Databases and lists, too: whoever recounts needs the same ones, and their makers do not keep old ones. */
static int keep_file(struct replay *r, const char *path)
{
	CLEANUP(text_fini) struct text data = { 0 };
	struct digest d;
	int err = file_read(path, &data);

	return err < 0 ? err : data_dir_keep_input(r->options->dir, text_get(&data), data.len, &d);
}

static int keep_inputs(struct replay *r)
{
	const struct inputs *in = r->options->inputs;
	CLEANUP(text_fini) struct text estate = { 0 };
	struct digest d;

	estate_write_canonical(&r->options->config->estate, &estate);
	if (estate.failed)
		return -ENOMEM;
	int err = data_dir_keep_input(r->options->dir, text_get(&in->rule_text), in->rule_text.len, &d);
	if (err == 0)
		err = data_dir_keep_input(r->options->dir, text_get(&in->grade_text), in->grade_text.len, &d);
	if (err == 0)
		err = data_dir_keep_input(r->options->dir, text_get(&estate), estate.len, &d);
	for (size_t i = 0; i < in->source_count && err == 0; i++)
		err = keep_file(r, in->source_paths[i]);
	if (err == 0 && in->baseline_digest[0] != '\0')
		err = data_dir_keep_input(r->options->dir, text_get(&in->baseline_text), in->baseline_text.len, &d);
	return err;
}

static struct run_inputs run_inputs_of(const struct replay *r)
{
	const struct replay_options *o = r->options;
	struct run_inputs in = { .at_us = o->at_us,
		                 .ended_us = pipeline_now(r->pipeline),
		                 .sources = o->inputs->sources,
		                 .source_count = o->inputs->source_count };

	memcpy(in.run, r->result->run, sizeof(in.run));
	(void)snprintf(in.program, sizeof(in.program), "redoubt %s", REDOUBT_VERSION);
	memcpy(in.rule, o->inputs->rule.text, sizeof(in.rule));
	memcpy(in.grade, o->inputs->grade.text, sizeof(in.grade));
	memcpy(in.estate, o->config->estate.digest, sizeof(in.estate));
	memcpy(in.baseline, o->inputs->baseline_digest, sizeof(in.baseline));
	memcpy(in.capture, r->capture_digest, sizeof(in.capture));
	return in;
}

/* The id holds the key and the first observation: another run that has it saw the same packets. */
static int refuse_overlap(struct replay *r, const struct attack *attack)
{
	CLEANUP(record_fini) struct record other = { 0 };
	int err = ledger_get(r->options->ledger, attack->id, true, &other);

	if (err == -ENOENT)
		return 0;
	if (err < 0)
		return err;
	r->result->overlap = true;
	text_addf(r->problems,
	          "attack %s was counted already, by run %s: these captures overlap; nothing was written\n", attack->id,
	          other.run);
	return -EEXIST;
}

static int add_attack(struct replay *r, const struct attack *attack)
{
	struct record record = { .attack = *attack };
	int err = refuse_overlap(r, attack);

	if (err < 0)
		return err;
	if (r->evidence != NULL) {
		int packets = evidence_seal(r->evidence, r->options->dir, attack->id, record.evidence, record.tunnel);
		if (packets < 0)
			return packets;
		record.evidence_count = packets > 0;
	}
	(void)snprintf(record.observations_digest, sizeof(record.observations_digest), "%s",
	               sealed_digest(&r->sealed, attack->id));
	memcpy(record.run, r->result->run, sizeof(record.run));
	return ledger_add_attack(r->options->ledger, &record);
}

static int add_all(struct replay *r)
{
	struct run_inputs in = run_inputs_of(r);
	int err = ledger_begin(r->options->ledger, &in);

	for (size_t i = 0; i < r->counting.count && err == 0; i++)
		err = add_attack(r, &r->counting.attacks[i]);
	for (size_t i = 0; i < r->coverage.count && err == 0; i++) {
		struct coverage *c = &r->coverage.hours[i];
		memcpy(c->run, r->result->run, sizeof(c->run));
		(void)snprintf(c->sensor, sizeof(c->sensor), "%.63s", r->options->config->sensor);
		err = ledger_add_coverage(r->options->ledger, c);
	}
	for (size_t i = 0; i < r->sealed.count && err == 0; i++)
		err = ledger_add_sealed(r->options->ledger, &r->sealed.files[i]);
	return err == 0 ? ledger_commit(r->options->ledger) : err;
}

static int write_down(struct replay *r)
{
	int err = keep_inputs(r);

	if (err == 0)
		err = observation_spool_seal(r->spool, keep_sealed, &r->sealed);
	if (err == 0 && r->sealed.count > 0)
		qsort(r->sealed.files, r->sealed.count, sizeof(*r->sealed.files), compare_sealed);
	if (err == 0)
		err = add_all(r);
	if (err < 0) {
		ledger_rollback(r->options->ledger);
		return r->result->overlap ? err : say(r, err, "cannot write the ledger");
	}
	return 0;
}

static void note_counters(struct replay *r)
{
	struct pipeline_counters *c = &r->result->counters;

	pipeline_count(r->pipeline, c);
	r->result->decider = *decider_counters(r->counting.decider);
	evidence_stats(r->evidence, &r->result->evidence);
	struct coverage *hour = last_hour(r);
	if (hour != NULL) {
		hour->flows = c->flow.flows;
		hour->evicted = c->flow.evicted_unanswered + c->flow.evicted_answered;
		hour->observations = c->observations;
		hour->attacks_apart = c->apart;
	}
	r->result->attacks = r->counting.count;
	if (c->time_backwards > 0)
		text_addf(&r->result->remarks,
		          "%llu packets were older than the one before them: they were taken at the newer time\n",
		          (unsigned long long)c->time_backwards);
	r->result->dropped_late = r->counting.late;
}

static int run(struct replay *r)
{
	int err = refuse_same_files(r);
	int known = err == 0 && r->options->remember ? digest_before(r) : err;

	if (known < 0)
		return known;
	err = known == 1 ? refuse_duplicate(r) : 0;
	if (err == 0)
		err = open_capture(r, known == 1 || !r->options->remember);
	if (err == 0)
		err = set_up(r);
	if (err == 0)
		err = name_run(r, known == 1);
	if (err == 0)
		err = new_spool(r);
	if (err == 0)
		err = work(r);
	if (err < 0)
		return err;
	note_counters(r);
	note_damage(r);
	if (known == 0 && r->options->remember) {
		err = digest_after(r);
		if (err == 0)
			err = refuse_duplicate(r);
	}
	if (err == 0)
		err = write_down(r);
	return err < 0 ? err : r->result->damage.len > 0 ? 1 : 0;
}

int replay_run(const struct replay_options *options, struct replay_result *ret_result, struct text *problems)
{
	struct replay r = { .options = options, .result = ret_result, .problems = problems };

	*ret_result = (struct replay_result){ 0 };
	int err = run(&r);
	pipeline_free(r.pipeline);
	counting_fini(&r.counting);
	observation_spool_free(r.spool);
	evidence_free(r.evidence);
	coverage_log_fini(&r.coverage);
	capture_free(r.capture);
	free(r.sealed.files);
	return err;
}

uint64_t replay_memory(const struct config *config, unsigned workers)
{
	struct pipeline_config pipeline = pipeline_config_of(config, workers);
	struct evidence_config evidence = evidence_config_of(config);
	/* Each attack has at least one sealed file to remember while the ledger is written. */
	uint64_t sealed = COUNTING_BYTES_MAX / sizeof(struct attack) * 2 * sizeof(struct sealed_file);

	return pipeline_memory(&pipeline) + decider_memory(&DECIDER_LIMITS_DEFAULT, &config->estate) +
	       (config->evidence_mib > 0 ? evidence_memory(&evidence) : 0) + SPOOL_BYTES + COUNTING_BYTES_MAX + sealed +
	       PROGRAM_BYTES;
}
