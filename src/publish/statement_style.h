/* statement_style.h - the style sheet of the HTML statement. */
#pragma once

/** The text between <style> and </style>; its hash stands in the page's Content-Security-Policy. */
extern const char statement_style[];
