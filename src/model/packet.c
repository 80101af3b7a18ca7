#include "model/packet.h"

#include "base/check.h"

static const struct {
	const char *name, *meaning;
} odds[] = {
#define ODD(id, name, meaning) { name, meaning },
#include "model/packet_odd.def"
#undef ODD
};

const char *packet_odd_name(enum packet_odd odd)
{
	check((unsigned)odd < ODD_COUNT);
	return odds[odd].name;
}

const char *packet_odd_meaning(enum packet_odd odd)
{
	check((unsigned)odd < ODD_COUNT);
	return odds[odd].meaning;
}

const char *tunnel_kind_name(enum tunnel_kind kind)
{
	static const char *const names[] = { "-", "gre", "ipip", "6in4", "vxlan", "geneve", "erspan", "teredo" };

	check((unsigned)kind < TUNNEL_KIND_COUNT);
	return names[kind];
}
