#include "model/observation.h"

#define FIRST_DIFFERENCE(field)                                                                                        \
	if (a->field != b->field)                                                                                      \
	return a->field < b->field ? -1 : 1

int observation_compare(const struct observation *a, const struct observation *b)
{
	int c;

	FIRST_DIFFERENCE(time_us);
	FIRST_DIFFERENCE(detector);
	FIRST_DIFFERENCE(vector);
	FIRST_DIFFERENCE(asset.index);
	if ((c = address_compare(&a->asset.host, &b->asset.host)) != 0)
		return c;
	/* The second's figure (source ::) sorts before the shares of its sources. */
	if ((c = address_compare(&a->source, &b->source)) != 0)
		return c;
	if ((c = address_compare(&a->host, &b->host)) != 0)
		return c;
	FIRST_DIFFERENCE(port);
	FIRST_DIFFERENCE(path);
	FIRST_DIFFERENCE(direction);
	FIRST_DIFFERENCE(service);
	FIRST_DIFFERENCE(rollup);
	FIRST_DIFFERENCE(accepted);
	FIRST_DIFFERENCE(count);
	FIRST_DIFFERENCE(load);
	FIRST_DIFFERENCE(packets);
	FIRST_DIFFERENCE(bytes);
	FIRST_DIFFERENCE(sources);
	FIRST_DIFFERENCE(refused);
	FIRST_DIFFERENCE(served);
	return 0;
}
