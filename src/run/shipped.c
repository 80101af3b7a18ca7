#include "run/shipped.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

static int try_place(const char *folder, const char *below, const char *name, char path[static SHIPPED_PATH_MAX])
{
	int n = snprintf(path, SHIPPED_PATH_MAX, "%s%s/%s", folder, below, name);

	return n > 0 && n < SHIPPED_PATH_MAX && access(path, R_OK) == 0 ? 0 : -ENOENT;
}

int shipped_path(const char *name, char ret_path[static SHIPPED_PATH_MAX])
{
	const char *given = getenv("REDOUBT_SHARE");
	char program[SHIPPED_PATH_MAX / 2];

	if (given != NULL)
		return try_place(given, "", name, ret_path);
	ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
	program[n > 0 ? n : 0] = '\0';
	char *slash = strrchr(program, '/');
	if (slash != NULL)
		*slash = '\0';
	if (try_place(program, "/../share/redoubt", name, ret_path) == 0 ||
	    try_place(program, "/../etc", name, ret_path) == 0)
		return 0;
	return try_place(REDOUBT_SHARE_DIR, "", name, ret_path);
}

int file_read(const char *path, struct text *out)
{
	CLEANUP(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	char block[16384];
	ssize_t got;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	size_t limit = out->len + FILE_BYTES_MAX;
	while ((got = read(fd, block, sizeof(block))) > 0) {
		if (out->len + (size_t)got > limit)
			return -EFBIG;
		text_add_bytes(out, block, (size_t)got);
	}
	if (got < 0)
		return -errno;
	return out->failed ? -ENOMEM : 0;
}

static int write_all(int fd, const char *data, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, data, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		data += done;
		n -= (size_t)done;
	}
	return fsync(fd) < 0 && errno != EINVAL && errno != EROFS ? -errno : 0;
}

/* A device or pipe is written to; only a regular file is replaced. */
static int write_special(const char *path, const void *data, size_t n)
{
	CLEANUP(closep) int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	return fd < 0 ? -errno : write_all(fd, data, n);
}

int file_write(const char *path, const void *data, size_t n)
{
	char beside[SHIPPED_PATH_MAX];
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : write_special(path, data, n);
	int len = snprintf(beside, sizeof(beside), "%s.XXXXXX", path);
	if (len < 0 || (size_t)len >= sizeof(beside))
		return -ENAMETOOLONG;
	CLEANUP(closep) int fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	mode_t mask = umask(0);
	(void)umask(mask);
	int err = fchmod(fd, 0666 & ~mask) < 0 ? -errno : write_all(fd, data, n);
	if (err == 0 && rename(beside, path) < 0)
		err = -errno;
	if (err < 0)
		(void)unlink(beside);
	return err;
}
