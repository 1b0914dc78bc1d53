"""Enrolling for alerts over connections that end while the mail is awaited."""

from messaging.demo.post import Mail, Post, enrol
from tests.support.one_each import one_each


async def test_no_connection_lies_idle_while_the_mail_is_awaited() -> None:
    post = Post()
    async with one_each(b"{}") as service:
        post.mails.append(Mail("a@b.example", "", "", f"{service.url}/alerts/confirm/T0ken"))
        await enrol(service.url, "token", "a@b.example", post)
    assert service.lines == ["PUT /v1/account/alerts", "POST /alerts/confirm/T0ken"]
