#include <stdio.h>
#include <string.h>

#include "cmd/command.h"

const struct command commands[] = {
#define COMMAND(function, name, arguments, summary) { name, arguments, summary, cmd_##function },
#include "cmd/commands.def"
#undef COMMAND
	{ 0 }
};

static void print_help(FILE *to)
{
	(void)fputs("usage: redoubt COMMAND [OPTION...]\n\n"
	            "Detects attacks in captures, counts them by a published rule, and states what can be stated.\n\n",
	            to);
	for (const struct command *c = commands; c->name != NULL; c++)
		(void)fprintf(to, "  %-10s %s\n", c->name, c->summary);
	(void)fputs("\nredoubt COMMAND --help tells the options of a command; redoubt(1) tells more.\n", to);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (strcmp(name, "help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "--help") == 0) {
		print_help(stdout);
		return 0;
	}
	if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
		(void)puts("redoubt " REDOUBT_VERSION);
		return 0;
	}
	for (const struct command *c = commands; c->name != NULL; c++)
		if (strcmp(name, c->name) == 0)
			return c->run(argc - 1, argv + 1);
	if (argc < 2)
		complain("a command is missing; 'redoubt help' lists them");
	else
		complain("no command '%s'; 'redoubt help' lists them", name);
	return EXIT_USAGE;
}
