/* Goal: credentials become x, byte for byte, and nothing else does. Dialogues are those of RFC 959, 1939, 4954, 9051 and
 * 9110 with other passwords. */
#include <string.h>

#include "record/mask.h"
#include "tap.h"

/* Whether payload to a port becomes want. */
static bool becomes(struct mask *mask, uint16_t port, const char *payload, const char *want)
{
	char text[512];
	size_t n = strlen(payload);

	strcpy(text, payload);
	bool masked = mask_credentials(mask, port, (uint8_t *)text, n);
	if (strcmp(text, want) != 0)
		printf("# %s", text);
	return strcmp(text, want) == 0 && masked == (strcmp(payload, want) != 0);
}

static bool alone(uint16_t port, const char *payload, const char *want)
{
	struct mask mask = { 0 };

	return becomes(&mask, port, payload, want);
}

static void test_lines(void)
{
	ok(alone(21, "USER anna\r\nPASS s3cret!\r\n", "USER anna\r\nPASS xxxxxxx\r\n"), "FTP");
	ok(alone(21, "pass two words\n", "pass xxxxxxxxx\n"), "in any case, with blanks, without CR");
	ok(alone(21, "PASSIVE\r\nPASV\r\n", "PASSIVE\r\nPASV\r\n"), "PASV is no password");
	ok(alone(21, "PASS \r\n", "PASS \r\n"), "an empty password has nothing to mask");
	ok(alone(25, "AUTH PLAIN AGFubmEAczNjcmV0\r\n", "AUTH PLAIN xxxxxxxxxxxxxxxx\r\n"),
	   "SMTP AUTH with its response");
	ok(alone(25, "AUTH LOGIN\r\n", "AUTH LOGIN\r\n"), "SMTP AUTH without one");
	ok(alone(587, "czNjcmV0\r\n", "xxxxxxxx\r\n"), "a base64 line on a mail port");
	ok(alone(587, "QUIT\r\nDATA\r\n", "QUIT\r\nDATA\r\n"), "commands are none");
	ok(alone(80, "czNjcmV0\r\n", "czNjcmV0\r\n"), "nor is it one on another port");
	ok(alone(143, "a1 LOGIN anna s3cret\r\n", "a1 LOGIN xxxxxxxxxxx\r\n"), "IMAP LOGIN");
	ok(alone(143, "a2 AUTHENTICATE PLAIN AGFu\r\n", "a2 AUTHENTICATE PLAIN xxxx\r\n"), "IMAP AUTHENTICATE");
	ok(alone(143, "a3 SELECT INBOX\r\n", "a3 SELECT INBOX\r\n"), "IMAP SELECT");
	ok(alone(110, "USER anna\r\nPASS s3cret\r\n", "USER anna\r\nPASS xxxxxx\r\n"), "POP3");
	ok(alone(80,
	         "GET / HTTP/1.1\r\nHost: a.example\r\nauthorization: Basic YTpi\r\nAccept: */*\r\n\r\n"
	         "Authorization is a word\r\n",
	         "GET / HTTP/1.1\r\nHost: a.example\r\nauthorization:xxxxxxxxxxx\r\nAccept: */*\r\n\r\n"
	         "Authorization is a word\r\n"),
	   "HTTP Authorization");
	ok(alone(3128, "Proxy-Authorization: Bearer abc\r\n", "Proxy-Authorization:xxxxxxxxxxx\r\n"),
	   "and for a proxy");
	ok(alone(80, "", ""), "no payload");
	ok(alone(80, "\r\n\n\r", "\r\n\n\r"), "only line ends");
}

static void test_across_packets(void)
{
	struct mask mask = { 0 };

	ok(becomes(&mask, 21, "PASS s3c", "PASS xxx") && becomes(&mask, 21, "ret\r\nLIST\r\n", "xxx\r\nLIST\r\n") &&
	           !mask.open,
	   "a password in two segments");
	ok(becomes(&mask, 21, "PASS s3c", "PASS xxx") && becomes(&mask, 21, "re", "xx") &&
	           becomes(&mask, 21, "t\r\nNOOP\r\n", "x\r\nNOOP\r\n"),
	   "in three");
	ok(becomes(&mask, 143, "a LOGIN {4}\r\n", "a LOGIN xxx\r\n") &&
	           becomes(&mask, 143, "anna {6}\r\n", "xxxxxxxx\r\n") &&
	           becomes(&mask, 143, "s3cret\r\n", "xxxxxx\r\n") && becomes(&mask, 143, "b NOOP\r\n", "b NOOP\r\n"),
	   "IMAP literals");
}

int main(void)
{
	test_lines();
	test_across_packets();
	return done();
}
