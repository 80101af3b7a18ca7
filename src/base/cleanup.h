/* cleanup.h - release by scope, for set-up and control code. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(fn) __attribute__((cleanup(fn)))

/** Move a pointer out of a CLEANUP variable: the caller becomes the owner. */
#define TAKE_PTR(p)                                                                                                    \
	__extension__({                                                                                                \
		__typeof__(p) taken_ = (p);                                                                            \
		(p) = NULL;                                                                                            \
		taken_;                                                                                                \
	})

/** Move a descriptor out of a CLEANUP(closep) variable. */
#define TAKE_FD(fd)                                                                                                    \
	__extension__({                                                                                                \
		int taken_ = (fd);                                                                                     \
		(fd) = -1;                                                                                             \
		taken_;                                                                                                \
	})

/** CLEANUP(closep) int fd = -1; */
static inline void closep(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/** CLEANUP(freep) char *text = NULL; works for any pointer from malloc. */
static inline void freep(void *p)
{
	free(*(void **)p);
}

/** CLEANUP(fclosep) FILE *f = NULL; */
static inline void fclosep(FILE **f)
{
	if (*f != NULL)
		(void)fclose(*f);
}
