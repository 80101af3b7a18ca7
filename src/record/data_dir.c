#include "record/data_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/check.h"
#include "base/cleanup.h"

enum { K_ID_SIZE = 32, NAME_MAX_BYTES = 256 };

/* A file of the memory kind. */
struct memory_file {
	char name[NAME_MAX_BYTES];
	char *data;
	size_t size;
};

struct data_dir {
	char *path; /* NULL: memory */
	int fd;     /* the directory */
	int lock;
	bool writable;
	uint8_t k_id[K_ID_SIZE];
	uint64_t temporaries; /* names used below tmp/ */
	struct memory_file *files;
	size_t file_count;
};

struct data_writer {
	struct data_dir *dir;
	int fd; /* -1: memory, or closed */
	char temporary[64];
	struct text buffer; /* everything for memory, else what is not yet written */
	struct digest_stream *stream;
	struct digest digest;
	uint64_t bytes;
	int failed; /* first failure */
	bool closed, named;
};

struct data_reader {
	int fd;
	const struct memory_file *file;
	size_t at;
};

void data_dir_free(struct data_dir *dir)
{
	if (dir == NULL)
		return;
	if (dir->fd >= 0)
		(void)close(dir->fd);
	if (dir->lock >= 0)
		(void)close(dir->lock);
	for (size_t i = 0; i < dir->file_count; i++)
		free(dir->files[i].data);
	free(dir->files);
	free(dir->path);
	free(dir);
}

void data_dir_freep(struct data_dir **dir)
{
	data_dir_free(*dir);
}

static struct data_dir *new_dir(void)
{
	struct data_dir *dir = calloc(1, sizeof(*dir));

	if (dir != NULL)
		dir->fd = dir->lock = -1;
	return dir;
}

/* Make every missing folder of a path, 0700. */
static int make_path(const char *path)
{
	CLEANUP(freep) char *copy = strdup(path);

	if (copy == NULL)
		return -ENOMEM;
	for (char *slash = copy + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
		*slash = '\0';
		if (mkdir(copy, 0700) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return mkdir(copy, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

static int write_all(int fd, const void *data, size_t n)
{
	const char *p = data;

	while (n > 0) {
		ssize_t done = write(fd, p, n);
		if (done < 0 && errno != EINTR)
			return -errno;
		if (done > 0) {
			p += done;
			n -= (size_t)done;
		}
	}
	return 0;
}

static int sync_dir(int dir_fd, const char *name)
{
	CLEANUP(closep) int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

/* Under the lock: the secret is made beside its place and appears whole. */
static int make_k_id(struct data_dir *dir)
{
	static const char beside[] = "tmp/k_id";
	uint8_t k_id[K_ID_SIZE];

	if (getrandom(k_id, sizeof(k_id), 0) != (ssize_t)sizeof(k_id))
		return -EIO;
	CLEANUP(closep) int fd = openat(dir->fd, beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int err = fd < 0 ? -errno : write_all(fd, k_id, sizeof(k_id));
	if (err == 0 && (fsync(fd) < 0 || renameat(dir->fd, beside, dir->fd, "k_id") < 0))
		err = -errno;
	return err < 0 ? err : sync_dir(dir->fd, ".");
}

static int read_k_id(struct data_dir *dir)
{
	CLEANUP(closep) int fd = openat(dir->fd, "k_id", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	uint8_t k_id[K_ID_SIZE + 1];

	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, k_id, sizeof(k_id));
	if (n != K_ID_SIZE)
		return n < 0 ? -errno : -EBADMSG;
	memcpy(dir->k_id, k_id, K_ID_SIZE);
	return 0;
}

/* What a writer that was killed left behind, and nothing names. */
static int clear_temporaries(struct data_dir *dir)
{
	if (mkdirat(dir->fd, "tmp", 0700) < 0 && errno != EEXIST)
		return -errno;
	int fd = openat(dir->fd, "tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	if (d == NULL)
		return -errno;
	while ((entry = readdir(d)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			(void)unlinkat(fd, entry->d_name, 0);
	(void)closedir(d);
	return 0;
}

static int take_lock(struct data_dir *dir)
{
	dir->lock = openat(dir->fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (dir->lock < 0)
		return -errno;
	if (flock(dir->lock, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	return 0;
}

static bool has_file(const struct data_dir *dir, const char *name)
{
	return faccessat(dir->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT;
}

static int set_up_for_writing(struct data_dir *dir)
{
	int err = take_lock(dir);

	if (err == 0)
		err = clear_temporaries(dir);
	if (err == 0 && !has_file(dir, "k_id"))
		err = has_file(dir, "ledger.db") ? -ENOKEY : make_k_id(dir);
	return err;
}

int data_dir_open(const char *path, enum data_dir_mode mode, struct data_dir **ret_dir)
{
	CLEANUP(data_dir_freep) struct data_dir *dir = new_dir();
	int err;

	if (dir == NULL || (dir->path = strdup(path)) == NULL)
		return -ENOMEM;
	dir->writable = mode == DATA_DIR_WRITE;
	if (dir->writable && (err = make_path(path)) < 0)
		return err;
	dir->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir->fd < 0)
		return -errno;
	if (dir->writable && (err = set_up_for_writing(dir)) < 0)
		return err;
	if ((err = read_k_id(dir)) < 0)
		return err == -ENOENT && has_file(dir, "ledger.db") ? -ENOKEY : err;
	*ret_dir = TAKE_PTR(dir);
	return 0;
}

int data_dir_memory(struct data_dir **ret_dir)
{
	struct data_dir *dir = new_dir();

	if (dir == NULL)
		return -ENOMEM;
	dir->writable = true;
	*ret_dir = dir;
	return 0;
}

const uint8_t *data_dir_k_id(const struct data_dir *dir)
{
	return dir->k_id;
}

const char *data_dir_path(const struct data_dir *dir)
{
	return dir->path;
}

int data_dir_spill(struct data_dir *dir)
{
	char name[64];

	if (dir->path == NULL) {
		int memory = memfd_create("redoubt-spill", MFD_CLOEXEC);
		return memory < 0 ? -errno : memory;
	}
	if (!dir->writable) {
		/* A reader has no business in the directory: TMPDIR is for this. */
		const char *tmp = getenv("TMPDIR");
		int elsewhere = open(tmp != NULL ? tmp : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		return elsewhere < 0 ? -errno : elsewhere;
	}
	(void)snprintf(name, sizeof(name), "tmp/spill-%llu", (unsigned long long)dir->temporaries++);
	int fd = openat(dir->fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	(void)unlinkat(dir->fd, name, 0);
	return fd;
}

/* A name below the directory: no leading slash, no "." or ".." part, nothing empty, not too long. */
static bool name_stays_inside(const char *name)
{
	if (strlen(name) >= NAME_MAX_BYTES)
		return false;
	for (const char *part = name;; part++) {
		size_t n = strcspn(part, "/");
		if (n == 0 || part[0] == '.')
			return false;
		part += n;
		if (*part == '\0')
			return true;
	}
}

static const struct memory_file *find_memory_file(const struct data_dir *dir, const char *name)
{
	for (size_t i = 0; i < dir->file_count; i++)
		if (strcmp(dir->files[i].name, name) == 0)
			return &dir->files[i];
	return NULL;
}

int data_writer_new(struct data_dir *dir, struct data_writer **ret_writer)
{
	if (!dir->writable)
		return -EROFS;
	CLEANUP(data_writer_freep) struct data_writer *w = calloc(1, sizeof(*w));
	if (w == NULL)
		return -ENOMEM;
	w->dir = dir;
	w->fd = -1;
	if ((w->stream = digest_stream_new()) == NULL)
		return -ENOMEM;
	if (dir->path != NULL) {
		(void)snprintf(w->temporary, sizeof(w->temporary), "tmp/file-%llu",
		               (unsigned long long)dir->temporaries++);
		w->fd = openat(dir->fd, w->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (w->fd < 0) {
			int err = -errno;
			w->temporary[0] = '\0';
			return err;
		}
	}
	*ret_writer = TAKE_PTR(w);
	return 0;
}

static void fail(struct data_writer *w, int err)
{
	if (w->failed == 0)
		w->failed = err;
}

static void write_buffer(struct data_writer *w)
{
	int err = write_all(w->fd, text_get(&w->buffer), w->buffer.len);

	if (err < 0)
		fail(w, err);
	text_reset(&w->buffer);
}

void data_writer_add(struct data_writer *w, const void *data, size_t n)
{
	enum { BLOCK = 65536 };

	check(!w->closed);
	if (w->failed < 0)
		return;
	digest_stream_add(w->stream, data, n);
	w->bytes += n;
	text_add_bytes(&w->buffer, data, n);
	if (w->buffer.failed)
		fail(w, -ENOMEM);
	else if (w->fd >= 0 && w->buffer.len >= BLOCK)
		write_buffer(w);
}

int data_writer_close(struct data_writer *w, struct digest *ret_digest, uint64_t *ret_bytes)
{
	check(!w->closed);
	digest_stream_end(w->stream, &w->digest);
	w->stream = NULL;
	w->closed = true;
	if (w->fd >= 0) {
		if (w->failed == 0)
			write_buffer(w);
		if (w->failed == 0 && fsync(w->fd) < 0)
			fail(w, -errno);
		if (close(w->fd) < 0)
			fail(w, -errno);
		w->fd = -1;
	}
	if (w->failed == 0) {
		*ret_digest = w->digest;
		*ret_bytes = w->bytes;
	}
	return w->failed;
}

static int name_in_memory(struct data_writer *w, const char *name)
{
	const struct memory_file *have = find_memory_file(w->dir, name);

	if (have != NULL)
		return have->size == w->buffer.len &&
		                       (have->size == 0 || memcmp(have->data, w->buffer.data, have->size) == 0)
		               ? 0
		               : -EEXIST;
	struct memory_file *files = reallocarray(w->dir->files, w->dir->file_count + 1, sizeof(*files));
	if (files == NULL)
		return -ENOMEM;
	w->dir->files = files;
	struct memory_file *f = &files[w->dir->file_count];
	*f = (struct memory_file){ .size = w->buffer.len };
	if ((f->data = text_take(&w->buffer)) == NULL)
		return -ENOMEM;
	strcpy(f->name, name);
	w->dir->file_count++;
	return 0;
}

/* Whether the file of this name has the writer's bytes: 1, 0, or -ENOENT and other -errno. */
static int same_on_disk(const struct data_writer *w, const char *name)
{
	CLEANUP(freep) char *path = NULL;
	struct digest digest;

	if (asprintf(&path, "%s/%s", w->dir->path, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	int err = digest_file(path, &digest);
	return err < 0 ? err : memcmp(&digest, &w->digest, sizeof(digest)) == 0;
}

/* Make the folders a name needs, and make them durable. Leaves the last one's name in folder. */
static int make_folders(const struct data_dir *dir, const char *name, char folder[static NAME_MAX_BYTES])
{
	char parent[NAME_MAX_BYTES] = ".";

	strcpy(folder, ".");
	for (const char *slash = name; (slash = strchr(slash, '/')) != NULL; slash++) {
		strcpy(parent, folder);
		memcpy(folder, name, (size_t)(slash - name));
		folder[slash - name] = '\0';
		if (mkdirat(dir->fd, folder, 0700) == 0) {
			int err = sync_dir(dir->fd, parent);
			if (err < 0)
				return err;
		} else if (errno != EEXIST) {
			return -errno;
		}
	}
	return 0;
}

static int name_on_disk(struct data_writer *w, const char *name)
{
	char folder[NAME_MAX_BYTES];
	int same = same_on_disk(w, name);

	if (same >= 0)
		return same == 1 ? 0 : -EEXIST;
	if (same != -ENOENT)
		return same;
	int err = make_folders(w->dir, name, folder);
	if (err < 0)
		return err;
	if (renameat(w->dir->fd, w->temporary, w->dir->fd, name) < 0)
		return -errno;
	w->named = true;
	return sync_dir(w->dir->fd, folder);
}

int data_writer_name(struct data_writer *w, const char *name)
{
	check(w->closed && !w->named);
	if (w->failed < 0)
		return w->failed;
	if (!name_stays_inside(name))
		return -EINVAL;
	return w->dir->path == NULL ? name_in_memory(w, name) : name_on_disk(w, name);
}

void data_writer_free(struct data_writer *w)
{
	if (w == NULL)
		return;
	if (w->fd >= 0)
		(void)close(w->fd);
	if (w->temporary[0] != '\0' && !w->named)
		(void)unlinkat(w->dir->fd, w->temporary, 0);
	digest_stream_freep(&w->stream);
	text_fini(&w->buffer);
	free(w);
}

void data_writer_freep(struct data_writer **writer)
{
	data_writer_free(*writer);
}

int data_reader_new(const struct data_dir *dir, const char *name, struct data_reader **ret_reader)
{
	if (!name_stays_inside(name))
		return -EINVAL;
	CLEANUP(data_reader_freep) struct data_reader *r = calloc(1, sizeof(*r));
	if (r == NULL)
		return -ENOMEM;
	r->fd = -1;
	if (dir->path == NULL)
		r->file = find_memory_file(dir, name);
	else if ((r->fd = openat(dir->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) < 0)
		return -errno;
	if (dir->path == NULL && r->file == NULL)
		return -ENOENT;
	*ret_reader = TAKE_PTR(r);
	return 0;
}

int data_reader_read(struct data_reader *r, void *buf, size_t n)
{
	ssize_t got;

	n = n > INT32_MAX ? INT32_MAX : n;
	if (r->fd < 0) {
		n = n > r->file->size - r->at ? r->file->size - r->at : n;
		memcpy(buf, r->file->data + r->at, n);
		r->at += n;
		return (int)n;
	}
	while ((got = read(r->fd, buf, n)) < 0 && errno == EINTR)
		;
	return got < 0 ? -errno : (int)got;
}

void data_reader_free(struct data_reader *r)
{
	if (r == NULL)
		return;
	if (r->fd >= 0)
		(void)close(r->fd);
	free(r);
}

void data_reader_freep(struct data_reader **reader)
{
	data_reader_free(*reader);
}

static int each_in_memory(const struct data_dir *dir, const char *folder, int (*each)(void *, const char *),
                          void *context)
{
	size_t n = strlen(folder);
	int ret = 0;

	for (size_t i = 0; i < dir->file_count && ret == 0; i++)
		if (strncmp(dir->files[i].name, folder, n) == 0 && dir->files[i].name[n] == '/')
			ret = each(context, dir->files[i].name);
	return ret;
}

/* One entry of a folder. */
static int visit(const struct data_dir *dir, const char *name, int (*each)(void *, const char *), void *context)
{
	struct stat st;

	if (fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	return S_ISDIR(st.st_mode) ? data_dir_each_file(dir, name, each, context) : each(context, name);
}

int data_dir_each_file(const struct data_dir *dir, const char *folder, int (*each)(void *context, const char *name),
                       void *context)
{
	char name[NAME_MAX_BYTES];
	const struct dirent *entry;
	int ret = 0;

	if (dir->path == NULL)
		return each_in_memory(dir, folder, each, context);
	int fd = openat(dir->fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	DIR *d = fdopendir(fd);
	if (d == NULL) {
		(void)close(fd);
		return -ENOMEM;
	}
	while (ret == 0 && (entry = readdir(d)) != NULL) {
		/* A name too long was not made by us, and ends the recursion. */
		int n = snprintf(name, sizeof(name), "%s/%s", folder, entry->d_name);
		if (entry->d_name[0] != '.' && n < (int)sizeof(name))
			ret = visit(dir, name, each, context);
	}
	(void)closedir(d);
	return ret;
}

static void input_name(const char *digest, char name[static NAME_MAX_BYTES])
{
	(void)snprintf(name, NAME_MAX_BYTES, "inputs/%.64s", digest);
}

int data_dir_keep_input(struct data_dir *dir, const void *data, size_t n, struct digest *ret_digest)
{
	CLEANUP(data_writer_freep) struct data_writer *w = NULL;
	char hex[SHA256_TEXT_MAX], name[NAME_MAX_BYTES];
	struct digest digest;
	uint64_t bytes;
	int err = data_writer_new(dir, &w);

	if (err < 0)
		return err;
	data_writer_add(w, data, n);
	if ((err = data_writer_close(w, &digest, &bytes)) < 0)
		return err;
	input_name(digest_format(&digest, hex), name);
	if ((err = data_writer_name(w, name)) == 0)
		*ret_digest = digest;
	return err;
}

int data_dir_read_input(const struct data_dir *dir, const char *digest, struct text *out)
{
	CLEANUP(data_reader_freep) struct data_reader *r = NULL;
	char name[NAME_MAX_BYTES], block[16384];
	struct digest want, got;
	size_t start = out->len;
	int n;

	if (digest_parse(digest, &want) < 0)
		return -ENOENT;
	input_name(digest, name);
	int err = data_reader_new(dir, name, &r);
	if (err < 0)
		return err;
	while ((n = data_reader_read(r, block, sizeof(block))) > 0)
		text_add_bytes(out, block, (size_t)n);
	if (n < 0 || out->failed)
		return n < 0 ? n : -ENOMEM;
	digest_sha256(text_get(out) + start, out->len - start, &got);
	return memcmp(&got, &want, sizeof(got)) == 0 ? 0 : -EBADMSG;
}
