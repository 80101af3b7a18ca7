/* ledger - fill a ledger with random attacks of one day: usage: ledger DIR COUNT BATCH. Each batch is a run, durable when it is
 * committed. Prints what the writing alone took; making up the attacks is not counted. */
#include <stdio.h>
#include <time.h>

#include "base/utc.h"
#include "tests/unit/ledger_random.h"

enum { DAY = 20800 };

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int write_batch(struct ledger *ledger, unsigned n, struct record *records, size_t count, double *seconds)
{
	char run[16], capture[16];

	(void)snprintf(run, sizeof(run), "R%u", n);
	(void)snprintf(capture, sizeof(capture), "c%u", n);
	struct run_inputs inputs = random_run(run, capture);
	for (size_t i = 0; i < count; i++) {
		records[i] = random_record(DAY);
		(void)snprintf(records[i].run, sizeof(records[i].run), "%s", run);
	}
	double start = now();
	int err = ledger_begin(ledger, &inputs);
	for (size_t i = 0; i < count && err == 0; i++)
		err = ledger_add_attack(ledger, &records[i]);
	if (err == 0)
		err = ledger_commit(ledger);
	*seconds += now() - start;
	for (size_t i = 0; i < count; i++)
		free(records[i].attack.sources);
	free(inputs.sources);
	return err;
}

int main(int argc, char **argv)
{
	size_t count = argc == 4 ? strtoull(argv[2], NULL, 10) : 0, batch = argc == 4 ? strtoull(argv[3], NULL, 10) : 0;
	struct record *records = calloc(batch + 1, sizeof(*records));
	struct ledger *ledger = NULL;
	double seconds = 0;
	int err = count == 0 || batch == 0 || records == NULL
	                  ? -1
	                  : ledger_open(&ledger_sqlite, argv[1], LEDGER_WRITE, &ledger);

	for (size_t done = 0; done < count && err == 0; done += batch)
		err = write_batch(ledger, (unsigned)(done / batch), records, batch, &seconds);
	ledger_close(ledger);
	free(records);
	if (err < 0) {
		(void)fprintf(stderr, "usage: ledger DIR COUNT BATCH (%d)\n", err);
		return 1;
	}
	(void)printf("%zu attacks in batches of %zu: %.2f s, %.0f a second\n", count, batch, seconds,
	             (double)count / seconds);
	return 0;
}
