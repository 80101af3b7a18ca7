#include "publish/show.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/utc.h"
#include "publish/grid.h"
#include "publish/print.h"
#include "publish/record_json.h"
#include "publish/statement.h"
#include "publish/statement_words.h"
#include "publish/territory.h"

enum { LABEL = 18, SOURCES_SHOWN = 20 };

struct page {
	const struct show_input *in;
	const struct attack *a;
	const struct sentences *s;
	const struct style *style;
	struct text *out;
};

static void line(const struct page *p, const char *label, const char *value)
{
	char first[2 * LABEL];

	(void)snprintf(first, sizeof(first), "  %-*.24s", LABEL, label);
	grid_paragraph(p->style, first, value, p->out);
}

static void heading(const struct page *p, const char *title)
{
	text_add(p->out, "\n");
	grid_strong(p->style, title, p->out);
	text_add(p->out, "\n");
}

static void count_line(const struct page *p, const char *label, uint64_t n)
{
	char buf[PRINT_MAX];

	line(p, label, print_count(n, buf));
}

static void head(const struct page *p)
{
	const struct record *r = p->in->record;
	struct text t = { 0 };

	text_addf(&t, "%s  %s on %s", p->a->id, attack_class_name(p->a->class), p->a->asset);
	grid_strong(p->style, text_get(&t), p->out);
	text_add(p->out, "\n");
	grid_rule(p->style, grid_width(p->style), true, p->out);
	text_reset(&t);
	text_addf(&t, "%s, direction %s%s%s%s", attack_status_name(p->a->status), direction_name(p->a->key.direction),
	          statement_counts(r) ? ", in the headline" : ", not in the headline",
	          statement_incident(r) ? ", an incident" : "", r->confirmed ? ", confirmed by a person" : "");
	line(p, "status", text_get(&t));
	if (p->a->status != STATUS_COUNTED)
		line(p, "left out", statement_words_left(p->s, p->a->status));
	text_fini(&t);
}

static void key(const struct page *p)
{
	const struct attack_key *k = &p->a->key;
	char group[PREFIX_TEXT_MAX];
	struct text t = { 0 };

	text_addf(&t, "%s", attack_family_name(k->family));
	if (k->vector_group != VECTOR_GROUP_NONE)
		text_addf(&t, ", vector group %s", vector_group_name(k->vector_group));
	if (k->scan_vector != VECTOR_NONE)
		text_addf(&t, ", scan vector %s", vector_name(k->scan_vector));
	if (k->service != SERVICE_NONE)
		text_addf(&t, ", service %s", service_name(k->service));
	text_addf(&t, ", %s, source group %s", k->has_asset ? "asset" : "no asset", record_json_group(k, group));
	line(p, "key", text_get(&t));
	text_reset(&t);
	for (unsigned i = VECTOR_NONE + 1; i < VECTOR_COUNT; i++)
		if (p->a->vectors & 1u << i)
			text_addf(&t, "%s%s", t.len > 0 ? ", " : "", vector_name((enum vector)i));
	line(p, "vectors", t.len > 0 ? text_get(&t) : "-");
	text_fini(&t);
}

static void when(const struct page *p)
{
	char first[UTC_TEXT_MAX], last[UTC_TEXT_MAX], duration[PRINT_MAX];
	struct text t = { 0 };

	text_addf(&t, "%s to %s (%s)%s", utc_format(p->a->first_us, first), utc_format(p->a->last_us, last),
	          print_duration(p->a->last_us - p->a->first_us, duration),
	          p->a->open ? ", still open when the data ended" : "");
	line(p, "seen", text_get(&t));
	if (p->a->continues[0] != '\0')
		line(p, "continues", p->a->continues);
	text_fini(&t);
}

static void target(const struct page *p)
{
	struct text t = { 0 };

	text_addf(&t, "%s (%s)", p->a->asset, target_class_name(p->a->target_class));
	line(p, "target", text_get(&t));
	text_reset(&t);
	for (size_t i = 0; i < p->a->targets_named_count; i++)
		text_addf(&t, "%s%s", i > 0 ? ", " : "", p->a->targets_named[i]);
	if (t.len > 0)
		line(p, "touched", text_get(&t));
	count_line(p, "targets seen", p->a->targets);
	text_fini(&t);
}

/* Which database said so; its date stands beside its name. */
static void databases(const struct page *p)
{
	const struct run_inputs *run = p->in->run;
	char date[UTC_DAY_TEXT_MAX];

	for (size_t i = 0; run != NULL && i < run->source_count; i++) {
		const struct origin_source *source = &run->sources[i];
		struct text t = { 0 };
		text_addf(&t, "%s, %s, sha256 %s", source->name,
		          source->date_us != 0 ? utc_day_format(utc_day(source->date_us), date) : "no date",
		          source->digest);
		line(p, strcmp(source->kind, "list") == 0 ? "label list" : "database", text_get(&t));
		text_fini(&t);
	}
}

static void origin(const struct page *p)
{
	const struct record *r = p->in->record;
	enum zz_reason zz = statement_zz(r);
	struct text t = { 0 };

	text_addf(&t, "%s: %s", path_status_name(p->a->path), statement_words_path(p->s, p->a->path));
	line(p, "path", text_get(&t));
	text_reset(&t);
	if (zz == ZZ_STATED)
		territory_say(statement_territory(r), &t);
	else
		text_addf(&t, "ZZ: %s (%s)", statement_words_zz(p->s, zz), zz_reason_name(zz));
	line(p, "territory", text_get(&t));
	text_reset(&t);
	if (p->a->origin.as_number != 0) {
		text_addf(&t, "AS%u %s", (unsigned)p->a->origin.as_number, p->a->origin.network);
		line(p, "network", text_get(&t));
	}
	if (p->in->tunnel != NULL)
		line(p, "tunnel", p->in->tunnel);
	databases(p);
	text_fini(&t);
}

static void outcome(const struct page *p)
{
	char buf[PRINT_MAX];
	struct text t = { 0 };

	line(p, "outcome", outcome_name(p->a->outcome));
	count_line(p, "observations", p->a->observations);
	count_line(p, "units", p->a->units);
	text_addf(&t, "%s of ", print_count(p->a->peak_load, buf));
	text_addf(&t, "%s needed", print_count(p->a->threshold, buf));
	line(p, "peak", text_get(&t));
	line(p, "packets", p->a->packets > 0 ? print_count(p->a->packets, buf) : "not measured");
	line(p, "bytes", p->a->packets > 0 ? print_count(p->a->bytes, buf) : "not measured");
	count_line(p, "refused", p->a->refused);
	count_line(p, "accepted", p->a->accepted);
	if (p->a->reached_us > 0)
		line(p, "below half for", print_duration(p->a->reached_us, buf));
	text_fini(&t);
}

static void grade(const struct page *p)
{
	const struct aggressiveness *g = &p->a->aggressiveness;
	struct text t = { 0 };

	text_addf(&t, "%u of 5", p->a->severity);
	line(p, "severity", text_get(&t));
	text_reset(&t);
	text_addf(&t, "%u of 100: rate %.4f, duration %.4f, breadth %.4f, focus %.4f, change %.4f, method %.4f",
	          g->value, g->rate, g->duration, g->breadth, g->focus, g->change, g->method);
	line(p, "aggressiveness", text_get(&t));
	text_fini(&t);
}

static void labels(const struct origin *o, struct text *t)
{
	for (unsigned i = 0; i < LABEL_COUNT; i++)
		if (o->labels & 1u << i)
			text_addf(t, "%s%s", t->len > 0 ? " " : "", label_name((enum label)i));
}

static void source_row(struct grid *t, const struct attack_source *s)
{
	char group[PREFIX_TEXT_MAX];
	struct text network = { 0 }, marks = { 0 };

	if (s->origin.as_number != 0)
		text_addf(&network, "AS%u %s", (unsigned)s->origin.as_number, s->origin.network);
	labels(&s->origin, &marks);
	grid_cell(t, prefix_format(&s->group, group));
	grid_count(t, s->observations);
	grid_count(t, s->units);
	grid_cell(t, path_status_name(s->path));
	grid_cell(t, s->origin.territory);
	grid_cell(t, text_get(&marks));
	grid_cell(t, text_get(&network));
	t->failed |= network.failed || marks.failed;
	text_fini(&network);
	text_fini(&marks);
}

static void sources(const struct page *p)
{
	static const char *const heads[] = { "group", "observations", "units", "path", "at", "labels", "network" };
	size_t shown = p->a->sources_kept < SOURCES_SHOWN ? p->a->sources_kept : SOURCES_SHOWN;
	struct text t = { 0 };
	struct grid table;
	char buf[PRINT_MAX];

	text_addf(&t, "Sources: %s%s groups with a confirmed path", p->a->sources_exact ? "" : "at least ",
	          print_count(p->a->source_count, buf));
	if (p->a->claimed_sources > 0)
		text_addf(&t, ", about %s claimed addresses", print_count(p->a->claimed_sources, buf));
	if (shown < p->a->source_count)
		text_addf(&t, "; the heaviest %zu", shown);
	heading(p, text_get(&t));
	text_fini(&t);
	if (shown == 0)
		return;
	grid_init(&table, 7, 1u << 1 | 1u << 2);
	for (size_t i = 0; i < 7; i++)
		grid_cell(&table, heads[i]);
	for (size_t i = 0; i < shown; i++)
		source_row(&table, &p->a->sources[i]);
	grid_print(&table, p->style, 2, p->out);
	grid_fini(&table);
}

static void evidence(const struct page *p)
{
	const struct record *r = p->in->record;

	heading(p, "Evidence");
	count_line(p, "packet slices", r->evidence_count);
	line(p, "sha256", r->evidence[0] != '\0' ? r->evidence : "none kept");
	if (p->in->evidence_path != NULL)
		line(p, "file", p->in->evidence_path);
	line(p, "observations", r->observations_digest[0] != '\0' ? r->observations_digest : "not sealed yet");
	if (p->in->observations_path != NULL)
		line(p, "file", p->in->observations_path);
	line(p, "run", r->run);
	if (p->in->run != NULL) {
		line(p, "rule", p->in->run->rule);
		line(p, "grade", p->in->run->grade);
	}
}

static void amendments(const struct page *p)
{
	char time[UTC_TEXT_MAX];

	if (p->in->amendment_count == 0)
		return;
	heading(p, "Amendments, oldest first");
	for (size_t i = 0; i < p->in->amendment_count; i++) {
		const struct amendment *m = &p->in->amendments[i];
		struct text t = { 0 };
		text_addf(&t, "%s by %s: ", m->action, m->by);
		if (m->field[0] != '\0')
			text_addf(&t, "%s = %s; ", m->field, m->value);
		text_add(&t, m->reason);
		utc_format_people(m->at_us, time);
		time[16] = '\0';
		line(p, time, text_get(&t));
		p->out->failed |= t.failed;
		text_fini(&t);
	}
}

void show_text(const struct show_input *input, const struct sentences *sentences, const struct style *style,
               struct text *out)
{
	const struct page p = { input, &input->record->attack, sentences, style, out };

	head(&p);
	key(&p);
	when(&p);
	target(&p);
	origin(&p);
	outcome(&p);
	grade(&p);
	sources(&p);
	evidence(&p);
	amendments(&p);
}

static json_t *sources_json(struct json_maker *m, const struct attack *a)
{
	json_t *rows = json_maker_array(m);
	char group[PREFIX_TEXT_MAX];

	for (size_t i = 0; i < a->sources_kept; i++) {
		const struct attack_source *s = &a->sources[i];
		json_t *row = json_maker_object(m);
		json_maker_string(m, row, "group", prefix_format(&s->group, group));
		json_maker_count(m, row, "observations", s->observations);
		json_maker_count(m, row, "units", s->units);
		json_maker_string(m, row, "path", path_status_name(s->path));
		json_maker_string(m, row, "territory", s->origin.territory);
		json_maker_put(m, row, "origin", record_json_origin(m, &s->origin));
		json_maker_append(m, rows, row);
	}
	return rows;
}

static json_t *amendments_json(struct json_maker *m, const struct show_input *in)
{
	json_t *rows = json_maker_array(m);

	for (size_t i = 0; i < in->amendment_count; i++) {
		const struct amendment *a = &in->amendments[i];
		json_t *row = json_maker_object(m);
		json_maker_time(m, row, "at", a->at_us);
		json_maker_string(m, row, "by", a->by);
		json_maker_string(m, row, "action", a->action);
		json_maker_string(m, row, "field", a->field);
		json_maker_string(m, row, "value", a->value);
		json_maker_string(m, row, "reason", a->reason);
		json_maker_append(m, rows, row);
	}
	return rows;
}

static json_t *run_json(struct json_maker *m, const struct run_inputs *run)
{
	json_t *o = json_maker_object(m), *rows = json_maker_array(m);

	json_maker_string(m, o, "rule", run->rule);
	json_maker_string(m, o, "grade", run->grade);
	json_maker_string(m, o, "estate", run->estate);
	json_maker_string_or_null(m, o, "baseline", run->baseline);
	json_maker_string(m, o, "capture", run->capture);
	json_maker_string(m, o, "program", run->program);
	for (size_t i = 0; i < run->source_count; i++) {
		json_t *row = json_maker_object(m);
		json_maker_string(m, row, "kind", run->sources[i].kind);
		json_maker_string(m, row, "name", run->sources[i].name);
		json_maker_string(m, row, "label", run->sources[i].label);
		json_maker_string(m, row, "digest", run->sources[i].digest);
		json_maker_time(m, row, "date", run->sources[i].date_us);
		json_maker_append(m, rows, row);
	}
	json_maker_put(m, o, "sources", rows);
	return o;
}

int show_json(const struct show_input *input, bool indent, struct text *out)
{
	struct json_maker m = { 0 };
	json_t *o = record_json(&m, input->record);

	json_maker_put(&m, o, "sources_named", sources_json(&m, &input->record->attack));
	json_maker_put(&m, o, "amendments", amendments_json(&m, input));
	json_maker_string_or_null(&m, o, "evidence_path", input->evidence_path != NULL ? input->evidence_path : "");
	json_maker_string_or_null(&m, o, "observations_path",
	                          input->observations_path != NULL ? input->observations_path : "");
	json_maker_string_or_null(&m, o, "tunnel", input->tunnel != NULL ? input->tunnel : "");
	if (input->run != NULL)
		json_maker_put(&m, o, "inputs", run_json(&m, input->run));
	return json_maker_end(&m, o, indent, out);
}
