/* Goal: SSH logins by shape. The sizes are those of OpenSSH 9.2 (Debian 12) with ssh, sshpass, hydra (libssh 0.10),
 * paramiko and plink, read from packets; what they mean is what sshd's own log said. */
#include "conversation.h"
#include "tap.h"

static struct conversation v;
static struct told t;

static void sized(int side, uint32_t len)
{
	static uint8_t random_bytes[4096];

	for (size_t i = 0; i < sizeof(random_bytes); i++)
		random_bytes[i] = (uint8_t)(i * 167 + len * 31 + 0x53);
	say_bytes(&v, side, random_bytes, len);
}

static void packet(int side, uint8_t type, uint32_t len)
{
	uint8_t p[2048] = { 0, 0, (uint8_t)((len - 4) >> 8), (uint8_t)(len - 4), 10, type };

	say_bytes(&v, side, p, len);
}

/* Banners, KEXINIT, exchange, NEWKEYS on both sides; then the service request. accept: size of SERVICE_ACCEPT. */
static void open_ssh(const char *software, uint32_t accept)
{
	memset(&v, 0, sizeof(v));
	v.server_port = 22;
	v.now_us = 1000000000;
	client(&v, software);
	server(&v, "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10\r\n");
	packet(FLOW_CLIENT, 20, 1560);
	packet(FLOW_SERVER, 20, 1136);
	packet(FLOW_CLIENT, 30, 1208);
	packet(FLOW_SERVER, 31, 1200);
	packet(FLOW_SERVER, 21, 16);
	sized(FLOW_SERVER, 348); /* EXT_INFO */
	packet(FLOW_CLIENT, 21, 16);
	sized(FLOW_CLIENT, accept);
	sized(FLOW_SERVER, accept);
}

static void turns(const uint32_t *sizes)
{
	for (int side = FLOW_CLIENT; *sizes != 0; side = 1 - side)
		sized(side, *sizes++);
}

#define TURNS(...) turns((const uint32_t[]){ __VA_ARGS__, 0 })
#define OPENSSH    "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10\r\n"
#define LIBSSH     "SSH-2.0-libssh_0.10.6\r\n"
#define PARAMIKO   "SSH-2.0-paramiko_2.12.0\r\n"

static void test_hydra(void)
{
	open_ssh(LIBSSH, 44);
	TURNS(60, 52, 52);
	ok(tells(&v, "R", &t) && t.state.service == SERVICE_SSH, "`none`, then farewell: no login");
	open_ssh(LIBSSH, 44);
	TURNS(60, 52, 76, 52, 76, 52, 76, 52, 76, 52, 76, 52, 76, 76);
	ok(tells(&v, "RFFFFFF", &t), "six failures, the sixth told by the farewell of MaxAuthTries");
	open_ssh(LIBSSH, 44);
	TURNS(60, 52, 76, 52, 84, 28);
	sized(FLOW_SERVER, 628);
	ok(tells(&v, "RFA", &t), "a failure and a success, at the end of which the client left");
	open_ssh(LIBSSH, 52);
	TURNS(84, 52, 84, 52, 84, 52, 84, 36);
	ok(tells(&v, "RFFA", &t), "aes-gcm: where failure is as long as SERVICE_ACCEPT, and `none` as a password");
	open_ssh(LIBSSH, 44);
	TURNS(60, 184, 76, 52, 76, 52, 84, 28);
	ok(tells(&v, "RFFA", &t), "a banner before the first answer: the second teaches");
}

static void test_ssh(void)
{
	open_ssh(OPENSSH, 44);
	TURNS(60, 52, 84, 52, 84, 52, 84, 52);
	ok(tells(&v, "RFFF", &t), "ssh: three wrong passwords");
	open_ssh(OPENSSH, 44);
	TURNS(60, 52, 84, 52, 84, 52, 84, 28, 112, 628, 128, 52, 52, 52, 44, 52);
	ok(tells(&v, "RFFA", &t), "two wrong, one right; what the session says after that is no login");
	ok(strcmp(t.times + strlen("1000001/1000002 "), "1000015/1000016 1000017/1000018 1000019/1000020 ") == 0,
	   "a login's time is the answer's, known when the client goes on");
	open_ssh(OPENSSH, 44);
	TURNS(60, 76, 84, 60, 84, 76, 84, 60, 84, 44, 84, 28, 112);
	ok(tells(&v, "RFA", &t), "keyboard-interactive: the questions are no answers");
	open_ssh(OPENSSH, 68);
	TURNS(84, 68, 100, 68, 100, 52, 112);
	ok(tells(&v, "RFA", &t), "aes-ctr with hmac-sha2-256-etm");
	open_ssh(OPENSSH, 40);
	TURNS(56, 56, 72, 56, 72, 24, 112);
	ok(tells(&v, "RFA", &t), "aes-ctr with umac-64, length encrypted");
}

static void test_keys(void)
{
	open_ssh(OPENSSH, 44);
	TURNS(60, 52, 140, 52, 500, 52, 204, 52, 140, 100, 308, 28, 112, 784);
	ok(tells(&v, "RA", &t), "false alarm: three refused keys, then one that will do");
	open_ssh(OPENSSH, 48);
	TURNS(64, 80, 96, 48, 96, 80, 528, 480, 576, 32, 64);
	ok(tells(&v, "RA", &t), "false alarm: GSSAPI tried without a ticket, then a key");
	open_ssh(OPENSSH, 44);
	TURNS(60, 52, 140, 52, 500, 52);
	ok(tells(&v, "R", &t), "stated miss: refused keys alone are no failed logins");
	open_ssh(OPENSSH, 52);
	TURNS(68, 52, 148, 52, 148);
	v.now_us += 499999 - 1000;
	sized(FLOW_SERVER, 52);
	ok(tells(&v, "R", &t), "a padded password looks like a key if refused within half a second");
	v.says--;
	v.now_us += 1 - 1000;
	sized(FLOW_SERVER, 52);
	ok(tells(&v, "RF", &t), "refused after half a second it is a password");
	open_ssh(OPENSSH, 44);
	TURNS(60, 52, 140, 100, 308, 28, 112, 784, 200, 112, 72, 44, 356, 68, 76, 60, 76, 68, 52, 652, 68, 52, 52, 52,
	      52);
	ok(tells(&v, "RA", &t), "false alarm: scp");
	open_ssh(OPENSSH, 44);
	TURNS(60, 52, 140, 100, 308, 28, 112, 784, 600, 52, 60, 52, 2000, 52, 60, 52, 60, 52);
	ok(tells(&v, "RA", &t), "false alarm: git over ssh");
}

static void test_odd(void)
{
	open_ssh(PARAMIKO, 64);
	TURNS(96, 80, 64, 64, 96, 80, 64, 64, 96, 80);
	ok(tells(&v, "RFFF", &t), "paramiko asks a password at once, and the service again each time");
	open_ssh(PARAMIKO, 52);
	TURNS(84, 52, 52, 52, 84, 52);
	ok(tells(&v, "RFF", &t), "also where SERVICE_ACCEPT is as long as a failure");
	open_ssh(OPENSSH, 44);
	TURNS(60, 52, 84, 28 + 628, 112, 44, 128, 72, 36, 124, 60, 52, 60, 52, 60, 52);
	ok(tells(&v, "R", &t),
	   "stated miss: a success in one packet with more; but the session is not taken for logins");
	open_ssh(OPENSSH, 44);
	v.say[v.says - 1].gap = true;
	TURNS(60, 52, 84, 52, 84, 28);
	ok(tells(&v, "R", &t), "after lost bytes nothing is guessed");
	memset(&v, 0, sizeof(v));
	client(&v, "SSH-2.0-Go\r\n");
	server(&v, "Not allowed at this time\r\n");
	ok(tells(&v, "R", &t), "a server that turns away in words");
	open_ssh(OPENSSH, 44);
	TURNS(60, 52, 84, 52);
	memcpy(v.bytes + v.say[1].at, "SSX-2.0\r\nSSH-2.0-x with words before it\r\n", 41);
	ok(tells(&v, "RF", &t), "lines before the version are skipped");
	memset(&v, 0, sizeof(v));
	server(&v, "SSH-2.0-dropbear\r\n");
	client(&v, "SSH-2.0-x\r\n");
	client(&v, "\xff\xff\xff\xff\xff\xff");
	TURNS(60, 52, 84, 28);
	ok(tells(&v, "R", &t), "no packets: no logins");
}

int main(void)
{
	test_hydra();
	test_ssh();
	test_keys();
	test_odd();
	return done();
}
