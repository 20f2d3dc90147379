"""An SMTP server by aiosmtpd that speaks the rig's protocol: a line with its port, a line per mail.

Arguments: DIRECTORY MODE [CERTIFICATE KEY], where MODE is plain, starttls or tls.
"""

import asyncio
import logging
import pathlib
import ssl
import sys

from aiosmtpd.smtp import SMTP

# A refused handshake is what a test may want; it is no news.
logging.disable(logging.CRITICAL)


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


def tls_context(files):
    if not files:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    return context


async def main():
    directory, mode, *files = sys.argv[1:]
    loop = asyncio.get_running_loop()
    keeper = Keeper(directory)
    context = tls_context(files)
    starttls = {"tls_context": context, "require_starttls": True} if mode == "starttls" else {}
    server = await loop.create_server(
        lambda: SMTP(keeper, enable_SMTPUTF8=True, **starttls),
        "127.0.0.1",
        0,
        ssl=context if mode == "tls" else None,
    )
    print("listening", server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
