/* Goal: the secret is made once, one writer at a time, files appear whole and never change, and nothing leaves the
 * directory, on disk and in memory. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "record/data_dir.h"
#include "tap.h"

static char root[] = "/tmp/redoubt-data-XXXXXX";

static char *path_of(const char *name)
{
	static char path[512];

	(void)snprintf(path, sizeof(path), "%s/data%s%s", root, name[0] != '\0' ? "/" : "", name);
	return path;
}

static int mode_of(const char *name)
{
	struct stat st;

	return stat(path_of(name), &st) == 0 ? (int)(st.st_mode & 07777) : -1;
}

/* Write text under a name: what data_writer_name() returns. */
static int write_file(struct data_dir *dir, const char *text, const char *name)
{
	CLEANUP(data_writer_freep) struct data_writer *w = NULL;
	struct digest digest;
	uint64_t bytes;

	if (data_writer_new(dir, &w) < 0)
		return -1;
	data_writer_add(w, text, strlen(text));
	if (data_writer_close(w, &digest, &bytes) < 0 || bytes != strlen(text))
		return -2;
	return data_writer_name(w, name);
}

static int read_back(struct data_dir *dir, const char *name, char *buf, size_t size)
{
	CLEANUP(data_reader_freep) struct data_reader *r = NULL;
	size_t n = 0;
	int got = data_reader_new(dir, name, &r);

	if (got < 0)
		return got;
	while ((got = data_reader_read(r, buf + n, size - 1 - n)) > 0)
		n += (size_t)got;
	buf[n] = '\0';
	return got < 0 ? got : (int)n;
}

static void test_files(struct data_dir *dir, const char *kind)
{
	char buf[64];
	struct digest d;
	char hex[SHA256_TEXT_MAX];
	CLEANUP(text_fini) struct text out = { 0 };

	ok(write_file(dir, "one", "evidence/a/one.txt") == 0 && read_back(dir, "evidence/a/one.txt", buf, 64) == 3 &&
	           strcmp(buf, "one") == 0,
	   "%s: a file is there", kind);
	ok(write_file(dir, "one", "evidence/a/one.txt") == 0, "%s: the same bytes again are welcome", kind);
	ok(write_file(dir, "two", "evidence/a/one.txt") == -EEXIST &&
	           read_back(dir, "evidence/a/one.txt", buf, 64) == 3 && strcmp(buf, "one") == 0,
	   "%s: other bytes never replace it", kind);
	ok(write_file(dir, "", "empty") == 0 && read_back(dir, "empty", buf, 64) == 0, "%s: an empty file", kind);
	ok(read_back(dir, "none", buf, 64) == -ENOENT, "%s: what is not there", kind);
	static const char *const outside[] = { "../x", "/x", "a/../../x", "a//b", "", "a/", ".x", "a/." };
	int bad = 0;
	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
		bad += write_file(dir, "x", outside[i]) != -EINVAL || read_back(dir, outside[i], buf, 64) != -EINVAL;
	ok(bad == 0, "%s: no name leaves the directory", kind);
	/* SHA-256 of "abc": FIPS 180-4 */
	ok(data_dir_keep_input(dir, "abc", 3, &d) == 0 && data_dir_keep_input(dir, "abc", 3, &d) == 0 &&
	           strcmp(digest_format(&d, hex), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") ==
	                   0,
	   "%s: an input is kept by its hash", kind);
	ok(data_dir_read_input(dir, hex, &out) == 0 && strcmp(text_get(&out), "abc") == 0, "%s: and read back", kind);
	hex[0] = '0';
	ok(data_dir_read_input(dir, hex, &out) == -ENOENT &&
	           data_dir_read_input(dir, "../../etc/passwd", &out) == -ENOENT,
	   "%s: an input nobody kept", kind);
	CLEANUP(closep) int fd = data_dir_spill(dir);
	ok(fd >= 0 && write(fd, "x", 1) == 1, "%s: room to spill", kind);
}

static void test_damage(struct data_dir *dir)
{
	CLEANUP(text_fini) struct text out = { 0 };
	static const char hex[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
	char name[128];

	(void)snprintf(name, sizeof(name), "inputs/%s", hex);
	CLEANUP(closep) int fd = open(path_of(name), O_WRONLY);
	ok(pwrite(fd, "X", 1, 1) == 1 && data_dir_read_input(dir, hex, &out) == -EBADMSG,
	   "an input that was changed is not believed");
}

static void test_directory(void)
{
	struct data_dir *dir = NULL, *other = NULL;
	uint8_t k_id[32];

	ok(data_dir_open(path_of(""), DATA_DIR_READ, &dir) == -ENOENT, "reading does not make a directory");
	ok(data_dir_open(path_of(""), DATA_DIR_WRITE, &dir) == 0, "writing does");
	ok(mode_of("") == 0700 && mode_of("k_id") == 0600 && mode_of("lock") == 0600 && mode_of("tmp") == 0700,
	   "nobody else may look");
	memcpy(k_id, data_dir_k_id(dir), 32);
	ok(memcmp(k_id, (uint8_t[32]){ 0 }, 32) != 0, "the secret is not zero");
	ok(data_dir_open(path_of(""), DATA_DIR_WRITE, &other) == -EBUSY && other == NULL, "a second writer is told");
	ok(data_dir_open(path_of(""), DATA_DIR_READ, &other) == 0 && memcmp(k_id, data_dir_k_id(other), 32) == 0,
	   "a reader is let in and has the same secret");
	struct data_writer *w = NULL;
	ok(data_writer_new(other, &w) == -EROFS, "but it cannot write");
	data_dir_free(other);
	test_files(dir, "disk");
	ok(mode_of("evidence") == 0700 && mode_of("evidence/a/one.txt") == 0600, "folders 0700, files 0600");
	test_damage(dir);
	data_dir_free(dir);
	(void)close(open(path_of("tmp/file-99"), O_CREAT | O_WRONLY, 0600));
	ok(data_dir_open(path_of(""), DATA_DIR_WRITE, &dir) == 0 && memcmp(k_id, data_dir_k_id(dir), 32) == 0,
	   "opened again, the secret is the same");
	ok(access(path_of("tmp/file-99"), F_OK) < 0, "and what a killed writer left is gone");
	data_dir_free(dir);
	(void)close(open(path_of("ledger.db"), O_CREAT | O_WRONLY, 0600));
	ok(unlink(path_of("k_id")) == 0 && data_dir_open(path_of(""), DATA_DIR_WRITE, &other) == -ENOKEY &&
	           access(path_of("k_id"), F_OK) < 0 && data_dir_open(path_of(""), DATA_DIR_READ, &other) == -ENOKEY,
	   "a ledger without its secret gets no new one");
	ok(unlink(path_of("ledger.db")) == 0 && data_dir_open(path_of(""), DATA_DIR_READ, &other) == -ENOENT &&
	           data_dir_open(path_of(""), DATA_DIR_WRITE, &dir) == 0,
	   "a directory without either begins anew");
	ok(truncate(path_of("k_id"), 31) == 0 && data_dir_open(path_of(""), DATA_DIR_READ, &other) == -EBADMSG,
	   "a secret of 31 bytes is none");
	data_dir_free(dir);
}

int main(void)
{
	struct data_dir *memory = NULL;
	char command[64];

	ok(mkdtemp(root) != NULL, "a place");
	test_directory();
	ok(data_dir_memory(&memory) == 0 && memcmp(data_dir_k_id(memory), (uint8_t[32]){ 0 }, 32) == 0 &&
	           data_dir_path(memory) == NULL,
	   "in memory the secret is 32 zero bytes");
	test_files(memory, "memory");
	data_dir_free(memory);
	data_dir_free(NULL);
	(void)snprintf(command, sizeof(command), "rm -r %s", root);
	ok(system(command) == 0, "clean");
	return done();
}
