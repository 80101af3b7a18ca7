/* data_dir.h - the data directory: the secret of attack ids, the writer's lock, and files that appear whole or not at all.
 * The memory kind has the same calls and keeps everything in the process. One thread owns it. Layout: doc/record.md. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/digest.h"
#include "base/text.h"

struct data_dir;

enum data_dir_mode { DATA_DIR_READ, DATA_DIR_WRITE };

/** Open. DATA_DIR_WRITE makes what is missing (directory 0700, files 0600), takes the writer's lock until free and clears
 * away what a killed writer left unfinished. Returns 0, -EBUSY (another writer is at work), -ENOENT (reading: no such
 * directory, or nothing was written to it yet), -ENOKEY (a ledger.db without its k_id: a new secret would give every attack
 * another id, so none is made), -EBADMSG (k_id is not 32 bytes) or another -errno. */
int data_dir_open(const char *path, enum data_dir_mode mode, struct data_dir **ret_dir);

/** One in memory: K_id is 32 zero bytes. Returns 0 or -ENOMEM. */
int data_dir_memory(struct data_dir **ret_dir);

/** Free; unlocks. NULL is a no-op. */
void data_dir_free(struct data_dir *dir);
void data_dir_freep(struct data_dir **dir);

/** The secret of attack ids. */
const uint8_t *data_dir_k_id(const struct data_dir *dir);

/** The path as opened, NULL for memory. */
const char *data_dir_path(const struct data_dir *dir);

/** An empty file without a name for spilling: on the directory's disk, or in memory. Returns the descriptor, which the
 * caller closes, or -errno. */
int data_dir_spill(struct data_dir *dir);

/* Files are written beside their place and named when they are complete: data, fsync, rename, fsync of the directory. */
struct data_writer;

/** Begin a file. Returns 0, -EROFS, -ENOSPC, -ENOMEM or another -errno. */
int data_writer_new(struct data_dir *dir, struct data_writer **ret_writer);

/** Append. A failure is remembered and told at the end. */
void data_writer_add(struct data_writer *writer, const void *data, size_t n);

/** SHA-256 and size of everything added; no more may be added. Returns 0 or the first failure. */
int data_writer_close(struct data_writer *writer, struct digest *ret_digest, uint64_t *ret_bytes);

/** Give the closed file its name below the data directory ("evidence/….pcapng"); folders are made. A file that is already
 * there with the same bytes is kept. Returns 0, -EEXIST (there with other bytes: the writer may try another name) or -errno. */
int data_writer_name(struct data_writer *writer, const char *name);

/** Free; what was not named is gone. NULL is a no-op. */
void data_writer_free(struct data_writer *writer);
void data_writer_freep(struct data_writer **writer);

struct data_reader;

/** Open a file by its name. Returns 0, -ENOENT, -EINVAL (the name leaves the directory), -ENOMEM or another -errno. */
int data_reader_new(const struct data_dir *dir, const char *name, struct data_reader **ret_reader);

/** Read up to n bytes. Returns how many, 0 at the end, or -errno. */
int data_reader_read(struct data_reader *reader, void *buf, size_t n);
void data_reader_free(struct data_reader *reader);
void data_reader_freep(struct data_reader **reader);

/** The names below the data directory of all files of a folder and of the folders in it, in no order, hidden ones left out.
 * What each() returns other than 0 ends it. No such folder: no files. Returns 0, what each() returned, -ENOMEM or -errno. */
int data_dir_each_file(const struct data_dir *dir, const char *folder, int (*each)(void *context, const char *name),
                       void *context);

/** Keep an input of decide/ for recount as inputs/<sha256>: rule, grade, estate's canonical text, baseline. Keeping the same
 * bytes again is cheap. Returns 0 or -errno. */
int data_dir_keep_input(struct data_dir *dir, const void *data, size_t n, struct digest *ret_digest);

/** Append the input of a hex digest to out, checked against it. Returns 0, -ENOENT, -EBADMSG (the bytes do not have this
 * digest), -ENOMEM or another -errno. */
int data_dir_read_input(const struct data_dir *dir, const char *digest, struct text *out);
