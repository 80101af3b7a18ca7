/* libpcap_loop - read a capture with libpcap and do nothing: the least any reader of it costs. usage: libpcap_loop FILE */
#include <pcap/pcap.h>
#include <stdint.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	char error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *head;
	const unsigned char *data;
	uint64_t packets = 0, bytes = 0;

	pcap_t *p = argc == 2 ? pcap_open_offline(argv[1], error) : NULL;
	if (p == NULL)
		return 1;
	while (pcap_next_ex(p, &head, &data) == 1) {
		packets++;
		bytes += head->caplen;
	}
	pcap_close(p);
	(void)printf("%llu packets, %llu bytes\n", (unsigned long long)packets, (unsigned long long)bytes);
	return 0;
}
