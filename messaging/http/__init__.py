"""The HTTP interface of PROTOCOL.md section 6: tickets, vault, rosters, prekeys, the platform's registrations; and the
second carrier (section 2.1).
"""
