"""What a client is told beforehand and never asks the service for."""

from dataclasses import dataclass

from messaging.e2ee import suite
from messaging.e2ee.encoding import ID_BYTES, exactly
from messaging.e2ee.verified_log import PlatformKey


@dataclass(frozen=True, slots=True)
class Trust:
    """Pinned by the application's configuration.

    service_id: 16 bytes, the deployment. stamp_key: Ed25519 public key (32 bytes) that stamps its logs.
    platform_key: Ed25519 public key that signs attestations and resets; None: none of them is believed.
    moderation_root: Ed25519 public key, kept offline, that vouches for the moderators' key; None: nothing is reported.
    audit_key: Ed25519 public key that signs the moderators' audit log, for moderators.
    """

    service_id: bytes
    stamp_key: bytes
    platform_key: bytes | None = None
    attestation_audience: str = "pli-attest"
    moderation_root: bytes | None = None
    audit_key: bytes | None = None

    @property
    def platform(self) -> PlatformKey | None:
        """For what the platform attests in the logs themselves."""
        return None if self.platform_key is None else PlatformKey(self.platform_key, self.attestation_audience)

    def __post_init__(self) -> None:
        exactly(self.service_id, ID_BYTES, "the service id")
        suite.check_sign_public(self.stamp_key)
        for key in (self.platform_key, self.moderation_root, self.audit_key):
            if key is not None:
                suite.check_sign_public(key)
