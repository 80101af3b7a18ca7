/* check.h - invariants. They are about our own code, never about a byte from outside. */
#pragma once

/** Print what broke and where, then abort(). Never returns. */
_Noreturn void check_failed(const char *file, int line, const char *func, const char *expr);

/** Always compiled in: one process dies, its parent records the panic and restarts it. No side effects inside. */
#define check(expr) ((expr) ? (void)0 : check_failed(__FILE__, __LINE__, __func__, #expr))

/** For the packet path: evaluated in debug and CI builds (-Dcheck_hot=true), only type-checked otherwise. */
#ifdef CHECK_HOT
#define check_hot(expr) check(expr)
#else
#define check_hot(expr) ((void)sizeof(expr))
#endif
