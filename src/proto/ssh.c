/* ssh.c - logins of SSH (RFC 4252, 4253) by the shape of the answers.
 *
 * In plaintext: both banners and the key exchange, packet by packet up to NEWKEYS. Encrypted, only the bytes of each turn
 * are known, but they suffice, because the sizes of the messages are fixed by the protocol and by the chosen cipher:
 *   SERVICE_ACCEPT, the first answer, has 17 bytes of payload; call its size on the wire A;
 *   USERAUTH_SUCCESS has 1: with every cipher and MAC of OpenSSH its packet is A - 16 (17 + 5 bytes rounded up to blocks of
 *   8 or 16 against 1 + 5);
 *   DISCONNECT "Too many authentication failures" has 45: A + 32. It takes the place of the last failure;
 *   USERAUTH_FAILURE carries the list of methods, the same each time: its size is learned from the answer to the client's
 *   first request, which is `none` and no login. An answer of that size is a failed login.
 * An answer more than 64 bytes beyond A is no bare failure (a banner comes before it): then the next answer teaches.
 *
 * Refused public keys are no failed logins: an agent offers all it has. Against the size of the `none` request a request
 * with a key of ECDSA or RSA is longer by 112 and more, one with an Ed25519 key by 64 to 80, a password by 9 and its own
 * length. OpenSSH and PuTTY pad passwords, so that one can look like a key: but what the server took half a second to
 * refuse is a password, because PAM holds wrong passwords back and refused keys are answered at once. */
#include <string.h>

#include "proto/reader.h"

enum { PHASE_BANNER = 0, PHASE_PLAIN, PHASE_ENCRYPTED, PHASE_OVER }; /* OVER: judged, or beyond us */

enum { MSG_NEWKEYS = 21, PACKET_MAX = 256 * 1024, PACKET_HEAD = 6 };

/* Sizes of answers against A. */
enum {
	ACCEPT_MIN = 36, /* of A itself */
	ACCEPT_MAX = 160,
	SUCCESS_BELOW = 16,
	QUESTION_ABOVE = 16,
	DISCONNECT_ABOVE = 32,
	FAILURE_ABOVE_MAX = 64,
};

/* Sizes of requests: `none` against A, a key against `none`. */
enum {
	NONE_ABOVE = 16,
	NONE_ABOVE_MAX = 48,
	KEY_MIN = 64,
	KEY_MAYBE_MAX = 80,
	KEY_SURE = 112,
};

/* A success that came in one packet with what follows it is not seen; then a session's answers must not be taken for
 * those to logins. Questions of several factors are fewer than this. */
enum { STRANGE_MAX = 4 };

#define SLOW_US (INT64_C(500) * 1000)

static const uint8_t paramiko[] = "SSH-2.0-paramiko"; /* asks a password at once */

/* ---- plaintext ---- */

static void give_up(struct ssh_room *s)
{
	s->side[FLOW_CLIENT].phase = s->side[FLOW_SERVER].phase = PHASE_OVER;
}

/* A server may send lines before its version (RFC 4253 4.2). type counts how much of "SSH-" this line began with, left
 * how much of paramiko's banner. */
static void banner_byte(struct ssh_room *s, uint8_t side, uint8_t b)
{
	struct ssh_side *k = &s->side[side];

	if (k->have < UINT8_MAX)
		k->have++;
	if (k->have <= 4 && b == "SSH-"[k->have - 1])
		k->type++;
	if (k->have < sizeof(paramiko) && b == paramiko[k->have - 1])
		k->left++;
	if (b != '\n')
		return;
	if (side == FLOW_CLIENT)
		s->direct = k->left == sizeof(paramiko) - 1;
	*k = (struct ssh_side){ .phase = k->type == 4 ? PHASE_PLAIN : PHASE_BANNER };
}

/* uint32 length, byte padding length, byte message number; length counts from the padding length on. */
static void packet_byte(struct ssh_room *s, uint8_t side, uint8_t b)
{
	struct ssh_side *k = &s->side[side];

	if (k->have < 4)
		k->left = k->left << 8 | b;
	else if (k->have == 5)
		k->type = b;
	if (++k->have < PACKET_HEAD)
		return;
	if (k->left < 2 || k->left > PACKET_MAX) {
		give_up(s);
		return;
	}
	k->left -= 2;
}

static void packet_is_over(struct ssh_side *k)
{
	if (k->have < PACKET_HEAD || k->left > 0)
		return;
	*k = (struct ssh_side){ .phase = k->type == MSG_NEWKEYS ? PHASE_ENCRYPTED : PHASE_PLAIN };
}

static uint32_t plain_bytes(struct ssh_room *s, uint8_t side, const uint8_t *p, uint32_t n)
{
	struct ssh_side *k = &s->side[side];

	if (k->phase == PHASE_BANNER) {
		banner_byte(s, side, *p);
		return 1;
	}
	uint32_t used = 1;
	if (k->have < PACKET_HEAD) {
		packet_byte(s, side, *p);
	} else {
		used = k->left < n ? k->left : n;
		k->left -= used;
	}
	if (k->phase == PHASE_PLAIN)
		packet_is_over(k);
	return used;
}

/* ---- the shape of what is encrypted ---- */

static uint16_t add(uint16_t sum, uint32_t n)
{
	return n < (uint32_t)(UINT16_MAX - sum) ? (uint16_t)(sum + n) : UINT16_MAX;
}

static bool asks_with_a_key(const struct ssh_room *s)
{
	int none = s->probe != 0 ? s->probe : s->accept + NONE_ABOVE, longer = s->ask - none;

	if (longer < KEY_MIN || s->answer_us - s->asked_us >= SLOW_US)
		return false;
	return longer <= KEY_MAYBE_MAX || longer >= KEY_SURE;
}

/* A refusal. Not of a password: the client asked with a key, or the server answered A before, which is the mechanism
 * GSSAPI may use (RFC 4462 3.3). */
static void failed(struct call *c, struct ssh_room *s)
{
	if (!asks_with_a_key(s) && s->odd != s->accept)
		turn_login(c, s->answer_us, false);
}

static bool may_be_failure(const struct ssh_room *s, uint16_t size)
{
	return size + SUCCESS_BELOW > s->accept && size <= s->accept + FAILURE_ABOVE_MAX;
}

/* Success may be followed at once by what the server has to say to a guest: the bytes of its own packet decide. */
static bool is_success(const struct ssh_room *s)
{
	uint16_t success = (uint16_t)(s->accept - SUCCESS_BELOW);

	return s->answer == success || (s->answer_first == success && s->answer > s->accept + FAILURE_ABOVE_MAX);
}

static void judge_service(struct ssh_room *s)
{
	s->accept = s->answer;
	if (s->accept < ACCEPT_MIN || s->accept > ACCEPT_MAX)
		give_up(s);
}

/* The client's first request: `none`, unless the client is known not to ask it, or asks at such length. */
static void judge_first(struct call *c, struct ssh_room *s)
{
	bool login = s->direct || s->ask > s->accept + NONE_ABOVE_MAX;

	if (may_be_failure(s, s->answer))
		s->failure = s->answer;
	if (!login)
		s->probe = s->ask;
	else if (s->failure > 0)
		failed(c, s);
}

/* An answer of another size than the one learned: a question of keyboard-interactive (A + 16, or A where it asks nothing),
 * a key that would do, a farewell, or what was learned had a banner before it. Twice the same in a row is a failure. */
static bool is_other_failure(struct ssh_room *s, bool closing)
{
	uint16_t last = s->odd;
	bool question = s->answer == s->accept + QUESTION_ABOVE;

	s->odd = s->answer;
	if (closing && s->answer == s->accept + DISCONNECT_ABOVE)
		return true;
	if (s->failure != 0)
		question = question || s->answer == s->accept || s->answer > s->failure;
	if (!may_be_failure(s, s->answer) || (question && s->answer != last))
		return false;
	s->failure = s->answer;
	s->odd = 0;
	return true;
}

/* The server's turn is over: the client speaks again, or the connection ends. */
static void judge(struct call *c, struct ssh_room *s, bool closing)
{
	bool again = s->accept != 0 && s->ask == s->accept && s->answer == s->accept; /* the service, before each try */

	if (again || s->answer == 0 || s->ask == 0 || s->side[FLOW_SERVER].phase != PHASE_ENCRYPTED)
		return;
	if (s->answers < 2)
		s->answers++;
	if (s->accept == 0) {
		judge_service(s);
	} else if (is_success(s)) {
		turn_login(c, s->answer_us, true);
		give_up(s);
	} else if (s->answers == 2 && s->probe == 0 && s->failure == 0) {
		judge_first(c, s);
	} else if (s->answer == s->failure || is_other_failure(s, closing)) {
		failed(c, s);
		s->odd = 0;
		s->strange = 0;
	} else if (++s->strange == STRANGE_MAX) {
		give_up(s);
	}
}

static void client_bytes(struct call *c, struct ssh_room *s, uint32_t n)
{
	if (s->answer > 0) {
		judge(c, s, false);
		s->ask = s->answer = s->answer_first = 0;
	}
	if (s->side[FLOW_CLIENT].phase == PHASE_OVER)
		return;
	s->ask = add(s->ask, n);
	s->asked_us = c->time_us;
}

static void server_bytes(struct call *c, struct ssh_room *s, uint32_t n)
{
	if (s->ask == 0)
		return; /* EXT_INFO, before the client has said anything */
	if (s->answer == 0)
		s->answer_us = c->time_us;
	if (c->time_us == s->answer_us)
		s->answer_first = add(s->answer_first, n);
	s->answer = add(s->answer, n);
}

static void ssh_turn(struct call *c)
{
	if (c->side == FLOW_CLIENT)
		turn_asks(c);
	else
		turn_answers(c, ANSWER_DATA);
}

static uint32_t ssh_data(struct call *c, const uint8_t *p, uint32_t n)
{
	struct ssh_room *s = &c->room->ssh;
	const struct ssh_side *k = &s->side[c->side];
	uint32_t used = 0;

	c->state->service = SERVICE_SSH;
	ssh_turn(c);
	while (used < n && k->phase < PHASE_ENCRYPTED)
		used += plain_bytes(s, c->side, p + used, n - used);
	if (used == n || k->phase == PHASE_OVER)
		return n;
	if (c->side == FLOW_CLIENT)
		client_bytes(c, s, n - used);
	else
		server_bytes(c, s, n - used);
	return n;
}

static void ssh_gap(struct call *c)
{
	give_up(&c->room->ssh);
}

static void ssh_close(struct call *c)
{
	judge(c, &c->room->ssh, true);
}

const struct reader reader_ssh = { .data = ssh_data, .gap = ssh_gap, .close = ssh_close, .session = true };
