"""Mails to a real mail server: never in the clear over a network, and errors that say what to do."""

import datetime
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from messaging.ports import MailServerError
from messaging.sinks.smtp import SmtpSink
from tests.support.outside import mail_server
from tests.support.ports import free_port

SENDER = "avis@messages.example.org"
LETTER = b"Subject: x\r\n\r\nx\r\n"


def tls_of(folder: Path) -> ssl.SSLContext:
    """A server's, with a certificate that nobody trusts."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    certificate = builder.add_extension(names, critical=True).sign(key, hashes.SHA256())
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "tls.pem").write_bytes(private + certificate.public_bytes(encoding))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.pem")
    return context


async def test_on_this_machine_it_may_go_in_the_clear() -> None:
    async with mail_server() as server:
        sink = SmtpSink(server.url, SENDER)
        await sink.check()
        await sink.send("a@b.example", LETTER)
    assert server.mails == [("a@b.example", LETTER)]


async def test_over_a_network_it_does_not() -> None:
    async with mail_server("127.0.0.2") as server:
        with pytest.raises(MailServerError, match="STARTTLS"):
            await SmtpSink(f"smtp://127.0.0.2:{server.port}", SENDER).send("a@b.example", LETTER)
    assert server.mails == []


async def test_a_certificate_that_nobody_trusts(tmp_path: Path) -> None:
    async with mail_server(tls=tls_of(tmp_path)) as server:
        with pytest.raises(MailServerError, match="certificate"):
            await SmtpSink(f"smtps://user:secret@localhost:{server.port}", SENDER).send("a@b.example", LETTER)
    assert server.mails == []


async def test_a_server_that_is_not_there() -> None:
    with pytest.raises(MailServerError, match="PLI_SMTP_URL") as raised:
        await SmtpSink(f"smtp://user:secret@127.0.0.1:{free_port()}", SENDER).check()
    assert "secret" not in str(raised.value)


async def test_a_server_that_knows_no_password() -> None:
    async with mail_server() as server:
        with pytest.raises(MailServerError) as raised:
            await SmtpSink(f"smtp://user:secret@127.0.0.1:{server.port}", SENDER).check()
    assert "secret" not in str(raised.value)
