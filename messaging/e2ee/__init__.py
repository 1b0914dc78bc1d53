"""End-to-end encryption, pure: values in, values or a typed error out. SPEC.md beside this file is the contract.

No I/O, no clock, no randomness of its own; the standard library and `cryptography` only. The service, the SDK and the
tests import the same modules, so that all of them refuse the same bytes.
"""
