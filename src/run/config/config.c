#include "run/config/config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "run/config/problem.h"

void config_init(struct config *config)
{
	*config = (struct config){ 0 };
#define TEXT(field, key, value, help)                      (void)snprintf(config->field, sizeof(config->field), "%s", value);
#define NUMBER(field, key, value, least, most, unit, help) config->field = value;
#include "run/config/settings.def"
#undef TEXT
#undef NUMBER
}

void config_fini(struct config *config)
{
	estate_fini(&config->estate);
	free(config->country.items);
	free(config->asn.items);
	for (size_t i = 0; i < config->file_count; i++)
		free(config->files[i]);
	free(config->files);
	free(config->lists);
	*config = (struct config){ 0 };
}

/* One function per setting, so that a table of keys can point at it. */
#define TEXT(field, key, value, help)                                                                                  \
	static int set_##field(struct reader *r, const struct yaml_node *node, void *into)                             \
	{                                                                                                              \
		struct config *c = into;                                                                               \
		if (reader_copy(r, node, key, c->field, sizeof(c->field)))                                             \
			c->field##_at = reader_place(r, node);                                                         \
		return 0;                                                                                              \
	}
#define NUMBER(field, key, value, least, most, unit, help)                                                             \
	static int set_##field(struct reader *r, const struct yaml_node *node, void *into)                             \
	{                                                                                                              \
		struct config *c = into;                                                                               \
		(void)reader_number(r, node, key, least, most, &c->field);                                             \
		return 0;                                                                                              \
	}
#include "run/config/settings.def"
#undef TEXT
#undef NUMBER

static const struct reader_key setting_keys[] = {
#define TEXT(field, key, value, help)                      { key, set_##field },
#define NUMBER(field, key, value, least, most, unit, help) { key, set_##field },
#include "run/config/settings.def"
#undef TEXT
#undef NUMBER
	{ "estate", read_estate },
	{ "geo.country", read_geo_country },
	{ "geo.asn", read_geo_asn },
	{ "geo.lists", read_geo_lists },
};
enum { SETTING_COUNT = sizeof(setting_keys) / sizeof(setting_keys[0]), SECTION_KEYS_MAX = 16 };

/* The keys of one level: those of "section." without it, or the ones without a dot. */
static size_t keys_of(const char *section, struct reader_key keys[static SECTION_KEYS_MAX])
{
	size_t n = 0, len = strlen(section);

	for (size_t i = 0; i < SETTING_COUNT && n < SECTION_KEYS_MAX; i++) {
		const char *name = setting_keys[i].name;
		if (len == 0 ? strchr(name, '.') == NULL : strncmp(name, section, len) == 0 && name[len] == '.')
			keys[n++] = (struct reader_key){ len == 0 ? name : name + len + 1, setting_keys[i].read };
	}
	return n;
}

#define SECTION(section)                                                                                               \
	static int read_##section(struct reader *r, const struct yaml_node *node, void *into)                          \
	{                                                                                                              \
		struct reader_key keys[SECTION_KEYS_MAX];                                                              \
		size_t n = keys_of(#section, keys);                                                                    \
		return reader_map(r, node, "'" #section "'", keys, n, into);                                           \
	}
SECTION(capture)
SECTION(evidence)
SECTION(geo)

static int read_root(struct reader *r, const struct yaml_node *root)
{
	struct reader_key keys[SECTION_KEYS_MAX];
	size_t n = keys_of("", keys);

	keys[n++] = (struct reader_key){ "capture", read_capture };
	keys[n++] = (struct reader_key){ "evidence", read_evidence };
	keys[n++] = (struct reader_key){ "geo", read_geo };
	return reader_map(r, root, "the configuration", keys, n, r->config);
}

int config_add_text(struct config *config, const char *path, const char *data, size_t n, struct text *problems)
{
	char **name = reader_grow((void **)&config->files, &config->file_count, sizeof(*name));
	if (name == NULL || (*name = strdup(path)) == NULL)
		return -ENOMEM;
	struct reader r = { .config = config, .path = *name, .problems = problems };
	CLEANUP(yaml_tree_freep) struct yaml_node *root = NULL;
	struct yaml_place place = { 0 };

	int err = yaml_tree_parse(data, n, &root, &place);
	if (err == -EINVAL) {
		struct yaml_node at = { .line = place.line, .column = place.column };
		problem_at(&r, &at, "%s", place.message);
		return 0;
	}
	if (err < 0 || root == NULL)
		return err;
	return read_root(&r, root);
}

static int read_file(const char *path, char **ret_data, size_t *ret_size)
{
	CLEANUP(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	if (st.st_size > YAML_BYTES_MAX)
		return -EFBIG;
	CLEANUP(freep) char *data = malloc((size_t)st.st_size + 1);
	if (data == NULL)
		return -ENOMEM;
	size_t done = 0;
	while (done < (size_t)st.st_size) {
		ssize_t got = read(fd, data + done, (size_t)st.st_size - done);
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	*ret_data = TAKE_PTR(data);
	*ret_size = done;
	return 0;
}

static int add_file(struct config *config, const char *path, struct text *problems)
{
	CLEANUP(freep) char *data = NULL;
	size_t n = 0;
	int err = read_file(path, &data, &n);

	return err < 0 ? err : config_add_text(config, path, data, n, problems);
}

static int is_yaml(const struct dirent *d)
{
	size_t n = strlen(d->d_name);
	return d->d_name[0] != '.' && n > 5 && strcmp(d->d_name + n - 5, ".yaml") == 0;
}

static void names_free(struct dirent **names, int count)
{
	for (int i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

/* conf.d/ beside path; none is no mistake. */
static int add_folder(struct config *config, const char *path, struct text *problems)
{
	const char *slash = strrchr(path, '/');
	char folder[CONFIG_PATH_MAX], file[2 * CONFIG_PATH_MAX];
	struct dirent **names;
	int err = 0;

	if (snprintf(folder, sizeof(folder), "%.*sconf.d", slash != NULL ? (int)(slash + 1 - path) : 0, path) >=
	    (int)sizeof(folder))
		return -ENAMETOOLONG;
	int n = scandir(folder, &names, is_yaml, alphasort);
	if (n < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	for (int i = 0; i < n && err == 0; i++) {
		(void)snprintf(file, sizeof(file), "%s/%s", folder, names[i]->d_name);
		err = add_file(config, file, problems);
		if (err < 0 && err != -ENOMEM) {
			config->problems++;
			text_addf(problems, "cannot read '%s': %s\n", file, strerror(-err));
			err = 0;
		}
	}
	names_free(names, n);
	return err;
}

int config_load(struct config *config, const char *path, struct text *problems)
{
	int err = add_file(config, path, problems);

	if (err == 0)
		err = add_folder(config, path, problems);
	if (err < 0)
		return err;
	if (config->problems > 0) {
		if (problems != NULL && config->problems > CONFIG_PROBLEMS_MAX)
			text_addf(problems, "%s: %zu more problems\n", path, config->problems - CONFIG_PROBLEMS_MAX);
		return -EINVAL;
	}
	return estate_seal(&config->estate);
}
