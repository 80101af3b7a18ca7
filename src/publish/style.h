/* style.h - how people's text is laid out on a terminal. */
#pragma once

#include <stdbool.h>

enum { STYLE_COLUMNS_MIN = 60, STYLE_COLUMNS = 96, STYLE_COLUMNS_MAX = 240 };

struct style {
	unsigned columns; /* width to use; 0: STYLE_COLUMNS. Held between the least and the most above */
	bool colour;      /* SGR colours; everything is readable without */
	bool ascii;       /* bars and rules of ASCII characters */
};
