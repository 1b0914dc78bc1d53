"""The body of a request, read within its bounds of size and time."""

import asyncio

from starlette.requests import ClientDisconnect, Request

from messaging.domain.errors import Malformed, TooLarge


async def read_body(request: Request, bytes_max: int, within_s: float) -> bytes:
    """Raises: TooLarge, Malformed."""
    try:
        async with asyncio.timeout(within_s):
            return await _read(request, bytes_max)
    except TimeoutError as error:
        raise Malformed("the body took too long") from error
    except ClientDisconnect as error:
        raise Malformed("the body ended early") from error


async def _read(request: Request, bytes_max: int) -> bytes:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > bytes_max:
            raise TooLarge(f"a body holds at most {bytes_max} bytes here")
    return bytes(content)
