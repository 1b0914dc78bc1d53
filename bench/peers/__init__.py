"""Servers that a team would install instead, in the same rounds under the same load. One that is missing is left out.

ejabberd     an XMPP server with its message archive on PostgreSQL
socketio     a relay on socket.io that stores nothing
"""


class PeerMissing(Exception):
    """A peer is not installed on this machine; the message says so, and what installs it, in one line."""
