"""Which struct answers which command where it is not refused (PROTOCOL.md section 4)."""

from types import MappingProxyType
from typing import Final

from messaging.wire import commands, events

ANSWERS: Final = MappingProxyType[type[commands.Command], type[events.Down]](
    {
        commands.Hello: events.Welcome,
        commands.Refresh: events.Ok,
        commands.Open: events.Ack,
        commands.Send: events.Ack,
        commands.Notice: events.Ack,
        commands.Rate: events.Ok,
        commands.Rotate: events.Ack,
        commands.Invite: events.Ack,
        commands.Accept: events.Ack,
        commands.Share: events.Ok,
        commands.Pull: events.Events,
        commands.Wraps: events.WrapsList,
        commands.Threads: events.ThreadsPage,
        commands.Read: events.Ok,
        commands.RestoreClaim: events.RestoreExplained,
        commands.DeskPut: events.DeskAck,
        commands.DeskPull: events.DeskEntries,
        commands.ConsentGive: events.Ok,
        commands.ConsentWithdraw: events.Ok,
        commands.Consents: events.CardsList,
    }
)
"""Every command; `err` answers any of them."""
