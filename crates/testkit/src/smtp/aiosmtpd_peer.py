"""An SMTP server by aiosmtpd that speaks the rig's protocol: a line with its port, a line per mail."""

import asyncio
import pathlib
import sys

from aiosmtpd.smtp import SMTP


class Keeper:
    """Stores each mail before it is acknowledged."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.count = 0

    async def handle_DATA(self, server, session, envelope):
        path = self.directory / f"{self.count:06}.eml"
        self.count += 1
        path.write_bytes(envelope.content)
        print("mail", path, envelope.mail_from, " ".join(envelope.rcpt_tos), sep="\t", flush=True)
        return "250 Kept"


async def main():
    loop = asyncio.get_running_loop()
    keeper = Keeper(sys.argv[1])
    server = await loop.create_server(lambda: SMTP(keeper, enable_SMTPUTF8=True), "127.0.0.1", 0)
    print("listening", server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
