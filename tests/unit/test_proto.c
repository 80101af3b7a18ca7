/* Goal: the answered requests and the logins of HTTP, TLS, line protocols, RDP and unknown protocols, by the RFCs' own
 * rules, whatever way the streams are cut. SSH is in test_proto_ssh.c. */
#include "conversation.h"
#include "tap.h"

#define OK200 "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

static struct conversation v;
static struct told t;

static struct conversation *fresh(uint16_t port)
{
	memset(&v, 0, sizeof(v));
	v.server_port = port;
	v.now_us = 1000000000;
	return &v;
}

static void test_other(void)
{
	fresh(4000);
	client(&v, "\x01\x02\x03");
	server(&v, "\x04");
	ok(tells(&v, "R", &t) && t.state.requests == 1, "unknown protocol: client, then server, is a request");
	ok(strcmp(t.times, "1000001/1000002 ") == 0,
	   "it is told at the server's first byte, at the time the turn began");
	fresh(4000);
	server(&v, "hello");
	ok(tells(&v, "", &t) && !t.state.asked, "a greeting answers nobody");
	fresh(4000);
	client(&v, "a");
	ok(tells(&v, "", &t) && t.state.asked, "no answer, no request; but the client has asked");
	fresh(4000);
	for (int i = 0; i < 12; i++) {
		v.now_us += 998000;
		client(&v, "xyz");
		server(&v, "ok");
	}
	/* Answers at 1, 2, ... 12 s: the one at 11 s is the first 10 s after the first. */
	ok(tells(&v, "RR", &t) && t.state.requests == 12,
	   "a session's turns are all counted and told once in ten seconds");
	fresh(4000);
	client(&v, "q");
	v.now_us += 11998000;
	server(&v, "a");
	ok(tells(&v, "R", &t) && strcmp(t.times, "1000001/1012000 ") == 0, "an answer after 11.999 s keeps its time");
	fresh(4000);
	client(&v, "q");
	v.now_us += 12000000;
	server(&v, "a");
	ok(tells(&v, "R", &t) && strcmp(t.times, "1000002/1012002 ") == 0, "one after 12.001 s is told at the limit");
	fresh(80);
	v.unconfirmed = true;
	client(&v, "GET / HTTP/1.1\r\n\r\n");
	server(&v, OK200);
	ok(tells(&v, "", &t) && t.state.requests == 1, "an unconfirmed flow tells nothing");
	fresh(53);
	v.udp = true;
	client(&v, "GET / HTTP/1.1\r\n\r\n");
	server(&v, "abc");
	ok(tells(&v, "R", &t) && t.state.service == SERVICE_NONE, "UDP is never more than turns");
}

static void test_http(void)
{
	fresh(80);
	client(&v, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
	server(&v, OK200);
	client(&v, "GET /b HTTP/1.1\r\nHost: x\r\n\r\n");
	server(&v, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
	client(&v, "GET /c HTTP/1.0\r\n\r\n");
	server(&v, "HTTP/1.0 301 Moved\r\n\r\nbody to the end\nHTTP/1.1 200 no status\r\n");
	ok(tells(&v, "REE", &t) && t.state.service == SERVICE_HTTP && !t.state.refused, "keep-alive: three requests");

	fresh(80);
	client(&v, "GET /a HTTP/1.1\r\n\r\nHEAD /b HTTP/1.1\r\n\r\nGET /c HTTP/1.1\r\n\r\nGET /d HTTP/1.1\r\n\r\n");
	server(&v,
	       OK200 "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nHTTP/1.1 500 no\r\nTransfer-Encoding: chunked"
	             "\r\n\r\n5;x=y\r\nHTTP/\r\nA\r\n0123456789\r\n0\r\nT: r\r\n\r\nHTTP/1.1 304 x\r\nContent-Length: "
	             "7\r\n\r\n");
	ok(tells(&v, "RREE", &t), "pipelined: each status at a response's start is one");

	fresh(80);
	client(&v, "PUT /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n");
	server(&v, "HTTP/1.1 204 x\r\nContent-Length: 999\r\n\r\n" OK200);
	ok(tells(&v, "RR", &t), "204 has no body");

	fresh(80);
	client(&v, "POST / HTTP/1.1\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n");
	server(&v, "HTTP/1.1 100 Continue\r\n\r\n");
	client(&v, "0123456789");
	server(&v, OK200);
	ok(tells(&v, "R", &t) && strcmp(t.times, "1000001/1000004 ") == 0, "100 Continue answers nothing");

	fresh(80);
	client(&v, "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
	server(&v, "HTTP/1.1 200 OK\r\n\r\n");
	ok(tells(&v, "R", &t), "a chunked request is complete after its trailer");
}

static void test_http_refused(void)
{
	fresh(80);
	client(&v, "GET / HTTP/1.1\r\nHost: x\r\n");
	server(&v, "HTTP/1.1 408 Request Timeout\r\n\r\n");
	ok(tells(&v, "", &t) && t.state.refused && t.state.requests == 0,
	   "408 to unfinished headers: refused, no request");
	fresh(80);
	server(&v, "HTTP/1.1 408 Request Timeout\r\n\r\n");
	ok(tells(&v, "", &t) && t.state.refused, "408 to silence: refused");
	fresh(80);
	client(&v, "G");
	server(&v, "HTTP/1.1 400 Bad\r\n\r\n");
	ok(tells(&v, "", &t) && t.state.refused, "400 to one byte: refused");
	fresh(80);
	client(&v, "POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nslow");
	server(&v, "HTTP/1.1 408 x\r\nContent-Length: 0\r\n\r\n");
	ok(tells(&v, "", &t) && t.state.refused, "408 to an unfinished body: refused");
	fresh(80);
	client(&v, "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nslow");
	server(&v, "HTTP/1.1 408 x\r\nContent-Length: 0\r\n\r\n");
	ok(tells(&v, "E", &t) && !t.state.refused, "the same to a body of exactly its length: an answered request");
	fresh(80);
	client(&v, "POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nslow");
	server(&v, "HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n");
	client(&v, "the rest of the body, 96 bytes of it, which the server does not care about any more at all, end");
	client(&v, "!GET / HTTP/1.1\r\n\r\n");
	server(&v, OK200);
	server(&v, "HTTP/1.1 408 x\r\nContent-Length: 0\r\n\r\n");
	ok(tells(&v, "ER", &t) && t.state.refused, "403 to an unfinished body answers it, once; a late 408 nothing");
}

static void test_http_odd(void)
{
	fresh(80);
	client(&v, "GET / HTTP/1.1\r\nHo");
	client(&v, "x\r\n\r\n");
	v.say[1].gap = true;
	server(&v, OK200);
	client(&v, "GET / HTTP/1.1\r\n\r\n");
	server(&v, OK200);
	ok(tells(&v, "RR", &t), "bytes of the client lost: its turn is one request, the next is read again");
	fresh(80);
	client(&v, "GET / HTTP/1.1\r\n\r\n");
	server(&v, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
	server(&v, "lost in the middle");
	v.say[2].gap = true;
	client(&v, "GET / HTTP/1.1\r\n\r\n");
	server(&v, OK200);
	ok(tells(&v, "RR", &t), "bytes of the server lost: the next turn is read again");
	fresh(80);
	client(&v, "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n");
	server(&v, "HTTP/1.1 101 Switching\r\n\r\n");
	for (int i = 0; i < 5; i++) {
		client(&v, "\x81\x01x");
		server(&v, "\x81\x01y");
	}
	ok(tells(&v, "R", &t) && t.state.requests == 6, "after 101 it is a session");
	fresh(3128);
	client(&v, "CONNECT x:443 HTTP/1.1\r\n\r\n");
	server(&v, "HTTP/1.1 200 Go\r\n\r\n");
	client(&v, "GET / HTTP/1.1\r\n\r\n");
	server(&v, OK200);
	ok(tells(&v, "R", &t), "after CONNECT it is a session");
	fresh(80);
	v.midstream = true;
	client(&v, "the end of some upload");
	server(&v, OK200);
	client(&v, "GET / HTTP/1.1\r\n\r\n");
	server(&v, OK200);
	client(&v, "GET / HTTP/1.1\r\n\r\n");
	server(&v, OK200);
	ok(tells(&v, "RRR", &t) && t.state.service == SERVICE_HTTP,
	   "picked up mid-stream, HTTP shows at the next turn");
}

static void basic(const char *status)
{
	client(&v, "GET / HTTP/1.1\r\nauthorization:  Basic dTpw\r\n\r\n");
	server(&v, status);
}

static void test_http_basic(void)
{
	fresh(80);
	client(&v, "GET / HTTP/1.1\r\nAccept: x\r\n\r\n");
	server(&v, "HTTP/1.1 401 x\r\nContent-Length: 0\r\n\r\n");
	basic("HTTP/1.1 401 x\r\nContent-Length: 0\r\n\r\n");
	basic("HTTP/1.1 401 x\r\nContent-Length: 0\r\n\r\n");
	basic("HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n");
	basic("HTTP/1.1 503 x\r\nContent-Length: 0\r\n\r\n");
	basic(OK200);
	basic(OK200);
	basic("HTTP/1.1 401 x\r\nContent-Length: 0\r\n\r\n");
	ok(tells(&v, "EEFEFEERAREF", &t), "Basic: each 401 fails, the first success is told");
	fresh(80);
	client(&v, "GET / HTTP/1.1\r\nAuthorization: Basic eA==\r\n\r\nGET / HTTP/1.1\r\n\r\n");
	server(&v, OK200 "HTTP/1.1 401 x\r\nContent-Length: 0\r\n\r\n");
	ok(tells(&v, "RAE", &t), "pipelined: each answer belongs to its own request's credentials");
	fresh(80);
	client(&v, "GET / HTTP/1.1\r\nAuthorization: Bearer basic\r\n\r\n");
	server(&v, "HTTP/1.1 401 x\r\nContent-Length: 0\r\n\r\n");
	ok(tells(&v, "E", &t), "stated miss: other schemes and forms are no login");
}

/* ---- TLS ---- */

static void record(int side, uint8_t type, uint16_t len, const uint8_t *body)
{
	static uint8_t r[20000];

	memset(r, 0xaa, sizeof(r));
	memcpy(r, (uint8_t[5]){ type, 3, 3, (uint8_t)(len >> 8), (uint8_t)len }, 5);
	if (body != NULL)
		memcpy(r + 5, body, len);
	say_bytes(&v, side, r, 5u + len);
}

static void hellos(uint16_t cipher)
{
	uint8_t hello[4 + 2 + 32 + 1 + 32 + 2 + 1] = { 2, 0, 0, sizeof(hello) - 4, 3, 3 };

	hello[38] = 32;
	hello[71] = (uint8_t)(cipher >> 8);
	hello[72] = (uint8_t)cipher;
	record(FLOW_CLIENT, 22, 250, NULL);
	record(FLOW_SERVER, 22, sizeof(hello), hello);
}

static void open_13(void)
{
	hellos(0x1301);
	record(FLOW_SERVER, 23, 1200, NULL);
	record(FLOW_CLIENT, 20, 1, (const uint8_t *)"\x01");
	record(FLOW_CLIENT, 23, 53, NULL); /* Finished: 4 + 32, inner type, tag */
}

static void test_tls(void)
{
	fresh(443);
	open_13();
	ok(tells(&v, "", &t) && t.state.tls && !t.state.asked,
	   "TLS 1.3: the handshake alone is no request, nor begins one");
	record(FLOW_CLIENT, 23, 120, NULL);
	record(FLOW_SERVER, 23, 255, NULL); /* two tickets, then the answer */
	record(FLOW_SERVER, 23, 255, NULL);
	record(FLOW_SERVER, 23, 900, NULL);
	ok(tells(&v, "R", &t) && t.state.asked, "one GET is one request");
	for (int i = 0; i < 4; i++) {
		record(FLOW_CLIENT, 23, 120, NULL);
		record(FLOW_SERVER, 23, 900, NULL);
	}
	record(FLOW_CLIENT, 23, 19, NULL); /* close_notify */
	record(FLOW_SERVER, 23, 19, NULL);
	ok(tells(&v, "RRRRR", &t), "five keep-alive requests are five, farewells none");

	fresh(443);
	open_13();
	record(FLOW_CLIENT, 23, 200, NULL);
	record(FLOW_SERVER, 23, 60, NULL);
	record(FLOW_CLIENT, 23, 26, NULL); /* SETTINGS acknowledgement */
	record(FLOW_SERVER, 23, 500, NULL);
	ok(tells(&v, "R", &t), "HTTP/2: the acknowledgement of settings is no request");

	fresh(443);
	open_13();
	record(FLOW_CLIENT, 23, 200, NULL);
	for (int i = 0; i < 3; i++) {
		record(FLOW_CLIENT, 23, 8192, NULL);
		record(FLOW_SERVER, 23, 13 + 17, NULL);
	}
	record(FLOW_SERVER, 23, 300, NULL);
	ok(tells(&v, "R", &t), "HTTP/2: an upload with window updates is one request");

	fresh(443);
	hellos(0x1302);
	record(FLOW_SERVER, 23, 1200, NULL);
	record(FLOW_CLIENT, 23, 900, NULL); /* certificate, its proof, Finished with SHA-384 */
	record(FLOW_CLIENT, 23, 300, NULL);
	record(FLOW_CLIENT, 23, 69, NULL);
	record(FLOW_SERVER, 23, 255, NULL);
	ok(tells(&v, "", &t), "a client certificate is handshake");
	record(FLOW_CLIENT, 23, 120, NULL);
	record(FLOW_SERVER, 23, 900, NULL);
	ok(tells(&v, "R", &t), "the request after it is one");
}

static void test_tls_rare(void)
{
	fresh(443);
	hellos(0x1301);
	record(FLOW_SERVER, 23, 1200, NULL);
	record(FLOW_CLIENT, 23, 1000, NULL); /* certificate and Finished in one record */
	record(FLOW_CLIENT, 23, 120, NULL);
	record(FLOW_SERVER, 23, 900, NULL);
	ok(tells(&v, "R", &t), "a joined certificate flight: the last of two records is the request");
	fresh(443);
	hellos(0x1301);
	record(FLOW_SERVER, 23, 1200, NULL);
	record(FLOW_CLIENT, 23, 1000, NULL);
	record(FLOW_SERVER, 23, 255, NULL);
	ok(tells(&v, "", &t), "one record alone is the handshake's end");
	fresh(443);
	open_13();
	record(FLOW_CLIENT, 23, 200, NULL);
	record(FLOW_SERVER, 23, 25 + 17, NULL);
	record(FLOW_CLIENT, 23, 5000, NULL);
	record(FLOW_SERVER, 23, 300, NULL);
	ok(tells(&v, "R", &t), "100 Continue answers nothing under TLS either");
	fresh(443);
	record(FLOW_CLIENT, 22, 250, NULL);
	record(FLOW_CLIENT, 23, 200, NULL); /* 0-RTT */
	record(FLOW_SERVER, 22, 250, (uint8_t[250]){ 2, 0, 0, 246, 3, 3, [39] = 0x13, [40] = 1 });
	record(FLOW_SERVER, 23, 1200, NULL);
	record(FLOW_CLIENT, 23, 21, NULL); /* EndOfEarlyData */
	record(FLOW_CLIENT, 23, 53, NULL);
	record(FLOW_SERVER, 23, 900, NULL);
	ok(tells(&v, "R", &t), "early data is one request");
}

static void test_tls_old(void)
{
	fresh(443);
	hellos(0xc02f);
	record(FLOW_CLIENT, 22, 60, NULL);
	record(FLOW_CLIENT, 20, 1, (const uint8_t *)"\x01");
	record(FLOW_CLIENT, 22, 40, NULL);
	record(FLOW_SERVER, 20, 1, (const uint8_t *)"\x01");
	record(FLOW_SERVER, 22, 40, NULL);
	ok(tells(&v, "", &t) && !t.state.asked, "TLS 1.2: the handshake is no request");
	record(FLOW_CLIENT, 23, 150, NULL);
	record(FLOW_SERVER, 23, 150, NULL);
	record(FLOW_CLIENT, 23, 150, NULL);
	record(FLOW_SERVER, 23, 150, NULL);
	record(FLOW_CLIENT, 21, 26, NULL);
	record(FLOW_SERVER, 21, 26, NULL);
	ok(tells(&v, "RR", &t) && !t.state.refused, "two requests; encrypted alerts refuse nothing");
	fresh(443);
	record(FLOW_CLIENT, 22, 250, NULL);
	record(FLOW_SERVER, 21, 2, (const uint8_t *)"\x02\x28");
	ok(tells(&v, "", &t) && t.state.refused && t.state.tls, "a fatal alert refuses");
	fresh(443);
	record(FLOW_CLIENT, 22, 250, NULL);
	record(FLOW_SERVER, 21, 2, (const uint8_t *)"\x01\x00");
	ok(tells(&v, "", &t) && !t.state.refused, "a farewell does not");
	fresh(443);
	client(&v, "\x16\x03\x01\x02");
	client(&v, "lost");
	v.say[1].gap = true;
	server(&v, "anything");
	ok(tells(&v, "R", &t), "with records lost every byte counts");
	fresh(443);
	v.midstream = true;
	record(FLOW_SERVER, 23, 1000, NULL);
	record(FLOW_CLIENT, 23, 100, NULL);
	record(FLOW_SERVER, 23, 1000, NULL);
	ok(tells(&v, "R", &t) && t.state.tls, "picked up mid-stream");
}

/* ---- line protocols ---- */

static void test_lines(void)
{
	fresh(21);
	server(&v, "220 ready\r\n");
	client(&v, "USER bob\r\n");
	server(&v, "331 Please specify the password.\r\n");
	client(&v, "PASS x\r\n");
	server(&v, "530-Login\r\n530 incorrect.\r\n");
	client(&v, "SYST\r\n");
	server(&v, "530 Please login with USER and PASS.\r\n");
	client(&v, "USER bob\r\n");
	server(&v, "331 x\r\n");
	client(&v, "pass y\r\n");
	server(&v, "230-Welcome\r\n 230 to all\r\n230 Login successful.\r\n");
	ok(tells(&v, "RFA", &t) && t.state.service == SERVICE_FTP, "FTP: a failure and a success");
	ok(t.state.requests == 5, "all turns are counted");

	fresh(21);
	server(&v, "220 ready\r\n");
	client(&v, "USER bob\r\nPASS x\r\n");
	server(&v, "530-Login\r\n");
	server(&v, "530 incorrect.\r\n");
	ok(tells(&v, "RF", &t) && strcmp(t.times, "1000002/1000003 1000004/1000004 ") == 0,
	   "the last line of a reply is it");

	fresh(2525);
	server(&v, "220-mail\r\n220 ESMTP\r\n");
	client(&v, "EHLO x\r\n");
	server(&v, "250-x\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n");
	client(&v, "AUTH LOGIN\r\n");
	server(&v, "334 VXNlcm5hbWU6\r\n");
	client(&v, "dQ==\r\n");
	server(&v, "334 UGFzc3dvcmQ6\r\n");
	client(&v, "cA==\r\n");
	server(&v, "535 5.7.8 no\r\n");
	client(&v, "AUTH PLAIN AHUAcA==\r\n");
	server(&v, "454 4.7.0 Temporary authentication failure\r\n");
	client(&v, "AUTH PLAIN AHUAcA==\r\n");
	server(&v, "235 2.7.0 yes\r\n");
	ok(tells(&v, "RFA", &t) && t.state.service == SERVICE_SMTP,
	   "SMTP AUTH: 535 fails, 454 is neither, 235 succeeds");

	fresh(143);
	server(&v, "* OK ready\r\n");
	client(&v, "a1 LOGIN bob x\r\n");
	server(&v, "* CAPABILITY x\r\na1 NO failed\r\n");
	client(&v, "a2 LOGIN {3}\r\n");
	server(&v, "+ go\r\n");
	client(&v, "bob {1}\r\nx LOGIN y\r\n");
	server(&v, "a2 NO [AUTHENTICATIONFAILED]\r\n");
	client(&v, "a3 NOOP\r\n");
	server(&v, "a3 NO x\r\n");
	client(&v, "a4 authenticate PLAIN AHUAcA==\r\n");
	server(&v, "a4 OK in\r\n");
	ok(tells(&v, "RFFA", &t) && t.state.service == SERVICE_IMAP, "IMAP: LOGIN by words and literals, AUTHENTICATE");

	fresh(110);
	server(&v, "+OK\r\n");
	client(&v, "USER a\r\n");
	server(&v, "-ERR no such user\r\n");
	client(&v, "USER b\r\n");
	server(&v, "+OK\r\n");
	client(&v, "PASS b\r\n");
	server(&v, "-ERR [AUTH] no\r\n");
	client(&v, "AUTH PLAIN\r\n");
	server(&v, "+ \r\n");
	client(&v, "AHUAcA==\r\n");
	server(&v, "+OK in\r\n");
	ok(tells(&v, "RFA", &t) && t.state.service == SERVICE_POP3, "POP3: PASS and AUTH");
}

static void test_lines_odd(void)
{
	fresh(25);
	server(&v, "220 x\r\n");
	client(&v, "EHLO x\r\n");
	server(&v, "250 STARTTLS\r\n");
	client(&v, "STARTTLS\r\n");
	server(&v, "220 go\r\n");
	hellos(0x1301);
	record(FLOW_SERVER, 23, 1200, NULL);
	record(FLOW_CLIENT, 23, 53, NULL);
	record(FLOW_CLIENT, 23, 60, NULL);
	record(FLOW_SERVER, 23, 70, NULL);
	ok(tells(&v, "RR", &t) && t.state.tls && t.state.service == SERVICE_SMTP,
	   "stated miss: no logins after STARTTLS");
	fresh(21);
	v.midstream = true;
	client(&v, "PASS x\r\n");
	server(&v, "530 no\r\n");
	ok(tells(&v, "RF", &t) && t.state.service == SERVICE_FTP, "mid-stream, the port says what is spoken");
	fresh(21);
	server(&v, "220 x\r\n");
	client(&v, "USER a\r\nPASS b\r\n");
	server(&v, "331 x\r\n");
	server(&v, "530 n");
	v.say[3].gap = true;
	ok(tells(&v, "R", &t), "after lost bytes nothing is guessed");
}

/* ---- RDP ---- */

static void rdp_to_challenge(uint8_t selected)
{
	uint8_t ask[] = { 3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0, 1, 0, 8, 0, 11, 0, 0, 0 };
	uint8_t answer[] = { 3, 0, 0, 19, 14, 0xd0, 0, 0, 0x12, 0x34, 0, 2, 0, 8, 0, selected, 0, 0, 0 };

	fresh(3389);
	say_bytes(&v, FLOW_CLIENT, ask, sizeof(ask));
	say_bytes(&v, FLOW_SERVER, answer, sizeof(answer));
	record(FLOW_CLIENT, 22, 200, NULL);
	record(FLOW_SERVER, 22, 1000, NULL);
	record(FLOW_CLIENT, 22, 300, NULL);
	record(FLOW_SERVER, 22, 40, NULL);
	record(FLOW_CLIENT, 23, 90, NULL);  /* NTLM negotiate */
	record(FLOW_SERVER, 23, 350, NULL); /* challenge */
}

static void test_rdp(void)
{
	rdp_to_challenge(2);
	record(FLOW_CLIENT, 23, 199, NULL);
	ok(tells(&v, "R", &t) && t.state.service == SERVICE_RDP, "RDP: who stops at the challenge tried no login");
	v.says--;
	record(FLOW_CLIENT, 23, 200, NULL);
	ok(tells(&v, "RF", &t), "who answers it did");
	v.says--;
	record(FLOW_CLIENT, 23, 700, NULL);
	record(FLOW_SERVER, 23, 60, NULL);
	ok(tells(&v, "RF", &t), "one that ends after the authentication failed");
	record(FLOW_CLIENT, 23, 500, NULL);
	record(FLOW_SERVER, 23, 8192 - 350 - 60 - 1, NULL);
	ok(tells(&v, "RF", &t), "8191 bytes of the server: still failed");
	record(FLOW_SERVER, 23, 1, NULL);
	ok(tells(&v, "RA", &t), "8192: accepted");
	rdp_to_challenge(1);
	record(FLOW_CLIENT, 23, 700, NULL);
	record(FLOW_SERVER, 23, 60, NULL);
	ok(tells(&v, "R", &t), "stated miss: without CredSSP nothing is judged");
}

int main(void)
{
	test_other();
	test_http();
	test_http_refused();
	test_http_odd();
	test_http_basic();
	test_tls();
	test_tls_rare();
	test_tls_old();
	test_lines();
	test_lines_odd();
	test_rdp();
	return done();
}
