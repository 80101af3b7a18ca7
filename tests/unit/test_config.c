/* Goal: a good configuration is read whole; every mistake of a bad one is reported at once, each at its own place. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "run/config/config.h"
#include "tap.h"

static struct config config;

static const char *read_problems(const char *yaml, struct text *problems)
{
	config_fini(&config);
	config_init(&config);
	text_reset(problems);
	if (config_add_text(&config, "etc/x.yaml", yaml, strlen(yaml), problems) < 0)
		return "out of memory";
	return text_get(problems);
}

static const char good[] =
        "sensor: bank-1\n"
        "capture: {workers: 4}\n"
        "estate:\n"
        "  assets:\n"
        "    - {name: net, networks: [192.0.2.0/24], each-host: true}\n"
        "    - {name: bank, class: bank, hosts: [192.0.2.10], ports: [80, 443], ceilings: {tcp-syn: 9000}}\n"
        "  groups:\n"
        "    - {name: all, assets: [net, bank]}\n"
        "  tests:\n"
        "    - {name: t, networks: [198.51.100.9/32], until: 2026-11-23}\n"
        "geo:\n"
        "  country: [geo.mmdb, /var/b.mmdb]\n"
        "  lists: [{label: vpn, name: v, file: v.txt, date: 2026-11-01}]\n";

int main(void)
{
	CLEANUP(text_fini) struct text p = { 0 };

	ok(strcmp(read_problems(good, &p), "") == 0 && config.problems == 0, "a good file has no problems");
	ok(strcmp(config.sensor, "bank-1") == 0 && config.workers == 4 && config.flows == 1000000,
	   "settings and defaults");
	ok(config.estate.asset_count == 2 && config.estate.assets[1].target_class == TARGET_BANK &&
	           config.estate.assets[1].port_count == 2 && config.estate.assets[1].ceiling[VECTOR_TCP_SYN] == 9000 &&
	           config.estate.assets[0].each_host,
	   "assets");
	ok(strcmp(config.country.items[0].path, "etc/geo.mmdb") == 0 &&
	           strcmp(config.country.items[1].path, "/var/b.mmdb") == 0,
	   "paths are taken from the file's folder");
	ok(estate_seal(&config.estate) == 0 && config.estate.assets[1].parent == 0, "the estate can be sealed");
	config_explain_overlaps(&config, &p);
	ok(strstr(text_get(&p), "192.0.2.10/32 of 'bank' lies inside 192.0.2.0/24 of 'net'") != NULL,
	   "overlaps are told");

	const char *said = read_problems("captur: {}\ncapture: {workers: 0, flows: x}\nestate:\n  assets:\n"
	                                 "    - {name: a b, networks: [192.0.2.1/24], class: banc}\n",
	                                 &p);
	ok(strstr(said, "etc/x.yaml:1:1: unknown key 'captur' in the configuration; did you mean 'capture'?\n") != NULL,
	   "an unknown key, with a guess");
	ok(strstr(said, "etc/x.yaml:2:20: capture.workers must be a whole number from 1 to 64, not '0'\n") != NULL,
	   "a range");
	ok(strstr(said, "etc/x.yaml:2:30: capture.flows must be") != NULL, "a number");
	ok(strstr(said, "etc/x.yaml:5:14: an asset's name may hold") != NULL, "a name");
	ok(strstr(said, "etc/x.yaml:5:30: '192.0.2.1/24' has bits set behind its length") != NULL, "host bits");
	ok(strstr(said, "etc/x.yaml:5:52: no such class 'banc'; one of unclassed, bank,") != NULL, "a class");
	ok(config.problems == 6, "all in one run, one mistake one problem");
	(void)read_problems("geo:\n  country: [a.mmdb, b.mmdb]\n  lists:\n    - {label: vpn, name: v, file: v.txt}\n",
	                    &p);
	const struct config_place *b = &config.country.items[1].at, *v = &config.lists[0].at;
	ok(strcmp(b->file, "etc/x.yaml") == 0 && b->line == 2 && b->column == 21 && v->line == 4 && v->column == 35,
	   "a path knows its place");
	(void)read_problems(
	        "estate:\n  assets:\n    - {name: a, networks: []}\n    - {network: [192.0.2.0/24]}\n"
	        "  tests: [{name: t, networks: [x], until: soon}]\ngeo: {lists: [{label: y, name: n, file: f}]}\n",
	        &p);
	ok(strstr(text_get(&p), "3:7: asset 'a' has neither networks nor hosts") != NULL &&
	           strstr(text_get(&p), "4:7: an asset needs a name") != NULL && config.problems == 6,
	   "what is missing is told, what was bad is not told again");

	ok(strstr(read_problems("a: [1\nb: 2\n", &p), "etc/x.yaml:2:") != NULL, "a syntax error has a place");
	ok(strstr(read_problems("sensor: &a x\n", &p), "1:9: anchors are not allowed") != NULL, "anchors are refused");
	ok(strstr(read_problems("sensor: a\nsensor: b\n", &p), "2:1: 'sensor' is given twice") != NULL,
	   "twice is a mistake");
	ok(strstr(read_problems("estate: {tests: [{name: t, networks: [192.0.2.1]}]}", &p), "needs 'until'") != NULL,
	   "an own test needs an end");
	ok(strcmp(read_problems("", &p), "") == 0, "an empty file is no mistake");

	config_fini(&config);
	config_init(&config);
	ok(config_home(&config, "192.0.2.0/24, 2001:db8::/32", &p) == 0, "home networks");
	struct address host = address_from_v4((const uint8_t[4]){ 192, 0, 2, 7 });
	struct asset_ref ref = estate_find(&config.estate, &host);
	char buf[ASSET_TEXT_MAX];
	ok(strcmp(asset_format(&config.estate, &ref, buf), "home/192.0.2.7") == 0, "each home address is an asset");

	text_reset(&p);
	config_fini(&config);
	config_init(&config);
	ok(config_home(&config, "10.0.0.1/8,x", &p) == -EINVAL &&
	           strcmp(text_get(&p),
	                  "--home: '10.0.0.1/8' has bits set behind its length; an address inside is a host, "
	                  "not a network\n--home: 'x' is not an address or a network as 192.0.2.0/24 or "
	                  "2001:db8::/48\n") == 0,
	   "bad home networks, each with its reason");
	config_fini(&config);
	return done();
}
