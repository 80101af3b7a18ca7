#include "capture/container.h"

#include "base/utc.h"

int64_t container_time(int64_t seconds, int64_t us)
{
	static const int64_t last_s = INT64_C(253402300799); /* 9999-12-31T23:59:59Z */
	int64_t whole_s;

	if (__builtin_add_overflow(seconds, us / SECOND_US, &whole_s) || whole_s > last_s)
		return last_s * SECOND_US + SECOND_US - 1;
	return whole_s < 0 ? 0 : whole_s * SECOND_US + us % SECOND_US;
}

enum step container_damage(struct stream *s, enum capture_reason reason)
{
	s->failed = true;
	s->reason = reason;
	return STEP_DAMAGE;
}

enum step container_cut(struct stream *s)
{
	return s->failed ? STEP_DAMAGE : container_damage(s, CAPTURE_TRUNCATED);
}

enum step container_end(struct stream *s)
{
	return stream_is_end(s) ? STEP_END : container_cut(s);
}
