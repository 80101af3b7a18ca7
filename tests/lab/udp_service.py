"""udp_service.py ADDRESS... - answers DNS-like questions on UDP port 53 and is silent about everything else."""
import asyncio
import sys


class Service(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        # A question: at least a header, QR clear, one question. Anything else gets no answer.
        if len(data) >= 17 and not data[2] & 0x80 and data[4:6] == b"\0\1":
            answer = data[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + data[12:] + b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\x0a"
            self.transport.sendto(answer, addr)


async def main():
    loop = asyncio.get_running_loop()
    for address in sys.argv[1:]:
        await loop.create_datagram_endpoint(Service, local_addr=(address, 53))
    await asyncio.Event().wait()


asyncio.run(main())
