/* Field names are those of Suricata 7's eve.json; what Suricata has no word for stands in "redoubt". */
#include "publish/eve.h"

#include <stdio.h>
#include <string.h>

#include "base/utc.h"
#include "publish/json_maker.h"
#include "publish/record_json.h"

enum { EVE_GENERATOR = 7001, EVE_REVISION = 1, ADDRESS_BITS = 128 };

struct kind {
	const char *category; /* descriptions of Suricata's stock classification.config */
	const char *reached;  /* the same once it had effect; NULL: no other */
};

static const struct kind kinds[CLASS_COUNT] = {
	[CLASS_SCANNER] = { "Attempted Information Leak", NULL },
	[CLASS_BRUTE_FORCE] = { "An attempted login using a suspicious username was detected",
	                        "Successful User Privilege Gain" },
	[CLASS_DOS] = { "Attempted Denial of Service", "Denial of Service" },
	[CLASS_DDOS] = { "Attempted Denial of Service", "Denial of Service" },
	[CLASS_IDS_ALERT] = { "Misc Attack", NULL },
	[CLASS_EXPLOIT] = { "Targeted Malicious Activity was Detected", NULL },
	[CLASS_OTHER] = { "Misc activity", NULL },
};

/* "2026-11-22T16:50:00.000000+0000" */
static void put_time(struct json_maker *m, json_t *o, const char *key, int64_t time_us)
{
	char utc[UTC_TEXT_MAX], eve[UTC_TEXT_MAX + 8];

	utc_format(time_us, utc);
	utc[strcspn(utc, "Z")] = '\0';
	(void)snprintf(eve, sizeof(eve), "%s+0000", utc);
	json_maker_string(m, o, key, eve);
}

/* Only what one confirmed address did has a source: never a claimed one, never one of many. */
static void put_addresses(struct json_maker *m, json_t *o, const struct attack *a)
{
	char buf[ADDRESS_TEXT_MAX];

	if (a->key.group_kind == GROUP_ADDRESS && a->key.group.len == ADDRESS_BITS)
		json_maker_string(m, o, "src_ip", address_format(&a->key.group.address, buf));
	if (a->key.has_asset && !address_is_none(&a->key.asset.host))
		json_maker_string(m, o, "dest_ip", address_format(&a->key.asset.host, buf));
}

static const char *protocol(const struct attack *a)
{
	unsigned tcp = 1u << VECTOR_TCP_SYN | 1u << VECTOR_TCP_SYNACK | 1u << VECTOR_TCP_ACK | 1u << VECTOR_TCP_RST |
	               1u << VECTOR_TCP_ODD | 1u << VECTOR_TCP_CONNECTION | 1u << VECTOR_TLS_HANDSHAKE |
	               1u << VECTOR_HTTP_FLOOD | 1u << VECTOR_HTTP_SLOW | 1u << VECTOR_LOGIN;
	unsigned udp = 1u << VECTOR_UDP | 1u << VECTOR_UDP_AMPLIFIED;

	if (a->vectors == 0)
		return NULL;
	if ((a->vectors & ~tcp) == 0)
		return "TCP";
	return (a->vectors & ~udp) == 0 ? "UDP" : a->vectors == 1u << VECTOR_ICMP ? "ICMP" : NULL;
}

static const char *app_protocol(const struct attack *a)
{
	return a->key.service != SERVICE_NONE                                    ? service_name(a->key.service)
	       : a->vectors & (1u << VECTOR_HTTP_FLOOD | 1u << VECTOR_HTTP_SLOW) ? "http"
	                                                                         : NULL;
}

/* EVE severity is a priority: 1 is high. */
static unsigned priority(const struct attack *a)
{
	return a->severity >= 3 ? 1 : a->severity == 2 ? 2 : 3;
}

static void put_signature(struct json_maker *m, json_t *alert, const struct attack *a)
{
	struct text t = { 0 };

	text_addf(&t, "redoubt %s", attack_class_name(a->class));
	if (a->key.service != SERVICE_NONE)
		text_addf(&t, " %s", service_name(a->key.service));
	if (a->key.vector_group != VECTOR_GROUP_NONE)
		text_addf(&t, " %s", vector_group_name(a->key.vector_group));
	text_addf(&t, " on %s", a->asset);
	m->failed |= t.failed;
	json_maker_string(m, alert, "signature", text_get(&t));
	text_fini(&t);
}

static json_t *alert_of(struct json_maker *m, const struct attack *a)
{
	const struct kind *kind = &kinds[a->class];
	json_t *alert = json_maker_object(m);

	json_maker_string(m, alert, "action", a->outcome == OUTCOME_REPELLED ? "blocked" : "allowed");
	json_maker_count(m, alert, "gid", EVE_GENERATOR);
	json_maker_count(m, alert, "signature_id", a->class + 1u);
	json_maker_count(m, alert, "rev", EVE_REVISION);
	put_signature(m, alert, a);
	json_maker_string(m, alert, "category",
	                  a->outcome == OUTCOME_REACHED && kind->reached != NULL ? kind->reached : kind->category);
	json_maker_count(m, alert, "severity", priority(a));
	return alert;
}

static json_t *flow_of(struct json_maker *m, const struct attack *a)
{
	json_t *flow = json_maker_object(m);

	put_time(m, flow, "start", a->first_us);
	put_time(m, flow, "end", a->last_us);
	json_maker_count(m, flow, "age", (uint64_t)((a->last_us - a->first_us) / SECOND_US));
	if (a->packets > 0) {
		json_maker_count(m, flow, "pkts_toserver", a->packets);
		json_maker_count(m, flow, "bytes_toserver", a->bytes);
	}
	return flow;
}

static json_t *verdict_of(struct json_maker *m, const struct attack *a)
{
	json_t *verdict = json_maker_object(m);

	json_maker_string(m, verdict, "action", a->outcome == OUTCOME_REPELLED ? "drop" : "alert");
	return verdict;
}

int eve_alert(const struct record *record, struct text *out)
{
	const struct attack *a = &record->attack;
	struct json_maker m = { 0 };
	json_t *o = json_maker_object(&m);
	const char *proto = protocol(a), *app = app_protocol(a);

	put_time(&m, o, "timestamp", a->first_us);
	json_maker_string(&m, o, "event_type", "alert");
	put_addresses(&m, o, a);
	if (proto != NULL)
		json_maker_string(&m, o, "proto", proto);
	if (app != NULL)
		json_maker_string(&m, o, "app_proto", app);
	json_maker_put(&m, o, "alert", alert_of(&m, a));
	json_maker_put(&m, o, "flow", flow_of(&m, a));
	json_maker_put(&m, o, "verdict", verdict_of(&m, a));
	json_maker_put(&m, o, "redoubt", record_json(&m, record));
	return json_maker_end(&m, o, false, out);
}
