/* redoubt show - everything about one attack. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/utc.h"
#include "cmd/command.h"
#include "cmd/report.h"
#include "publish/show.h"

struct options {
	struct common_options common;
	const char *id;
};

/* What belongs to one record. */
struct found {
	const struct record *record;
	struct amendment *amendments; /* owned */
	size_t amendment_count;
	struct run_inputs run;
	bool run_found;
	char observations[COMMAND_PATH_MAX], evidence[COMMAND_PATH_MAX];
	const char *folder;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->common;
		state->child_inputs[1] = &o->common;
		return 0;
	case ARGP_KEY_ARG:
		if (o->id != NULL)
			argp_error(state, "one ID at a time");
		o->id = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "an ID is missing; 'redoubt attacks' lists them");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int take_amendment(void *context, const struct amendment *amendment)
{
	struct found *f = context;
	struct amendment *grown = realloc(f->amendments, (f->amendment_count + 1) * sizeof(*grown));

	if (grown == NULL)
		return -ENOMEM;
	f->amendments = grown;
	f->amendments[f->amendment_count++] = *amendment;
	return 0;
}

static int take_run(void *context, const struct run_inputs *run)
{
	struct found *f = context;

	if (strcmp(run->run, f->record->run) != 0)
		return 0;
	f->run = *run;
	f->run.sources = calloc(run->source_count + 1, sizeof(*run->sources));
	if (f->run.sources == NULL)
		return -ENOMEM;
	if (run->source_count > 0)
		memcpy(f->run.sources, run->sources, run->source_count * sizeof(*run->sources));
	f->run_found = true;
	return 0;
}

static int take_sealed(void *context, const struct sealed_file *file)
{
	struct found *f = context;

	if (strcmp(file->attack, f->record->attack.id) == 0)
		(void)snprintf(f->observations, sizeof(f->observations), "%.3800s/%s", f->folder, file->name);
	return 0;
}

static int find_rest(struct ledger *ledger, struct found *f)
{
	const struct attack *a = &f->record->attack;

	if (f->record->evidence[0] != '\0')
		(void)snprintf(f->evidence, sizeof(f->evidence), "%.3800s/evidence/%s.pcapng", f->folder,
		               f->record->evidence);
	int err = ledger_each_amendment(ledger, a->id, take_amendment, f);
	if (err == 0)
		err = ledger_each_run(ledger, utc_day(a->first_us), utc_day(a->first_us), take_run, f);
	if (err == 0)
		err = ledger_each_sealed(ledger, f->record->run, INT64_MIN, INT64_MAX, take_sealed, f);
	return err;
}

static int render(const struct options *o, const struct found *f)
{
	CLEANUP(text_fini) struct text out = { 0 };
	CLEANUP(sentences_freep) struct sentences *sentences = NULL;
	struct style style = style_of_output();
	struct show_input input = { .record = f->record,
		                    .amendments = f->amendments,
		                    .amendment_count = f->amendment_count,
		                    .run = f->run_found ? &f->run : NULL,
		                    .evidence_path = f->evidence[0] != '\0' ? f->evidence : NULL,
		                    .tunnel = f->record->tunnel[0] != '\0' ? f->record->tunnel : NULL,
		                    .observations_path = f->observations[0] != '\0' ? f->observations : NULL };

	if (load_sentences(&sentences) < 0)
		return 1;
	if (o->common.json)
		(void)show_json(&input, isatty(STDOUT_FILENO) == 1, &out);
	else
		show_text(&input, sentences, &style, &out);
	return print_text(&out);
}

int cmd_show(int argc, char **argv)
{
	static const struct argp_child children[] = { { &place_argp, 0, NULL, 0 },
		                                      { &format_argp, 0, NULL, 0 },
		                                      { 0 } };
	static const struct argp argp = {
		.parser = parse,
		.args_doc = "ID",
		.children = children,
		.doc = "Everything about one attack: what was seen, why it counts, how far its source can be "
		       "believed, and where the evidence lies. The beginning of an ID is enough."
	};
	CLEANUP(place_close) struct place place = { 0 };
	CLEANUP(record_fini) struct record record = { 0 };
	struct options o = { 0 };

	if (command_parse(&argp, argc, argv, 0, &o) < 0)
		return EXIT_USAGE;
	if (place_open_here(&o.common, LEDGER_READ, &place) < 0)
		return 1;
	int err = ledger_get(place.ledger, o.id, false, &record);
	struct found found = { .record = &record, .folder = place.path };
	if (err == -ENOENT)
		complain("no attack '%s'", o.id);
	else if (err == 0)
		err = find_rest(place.ledger, &found);
	if (err < 0 && err != -ENOENT)
		complain("cannot read the ledger: %s", err <= -1000 ? ledger_error(err) : strerror(-err));
	int status = err < 0 ? 1 : render(&o, &found);
	free(found.amendments);
	free(found.run.sources);
	return status;
}
