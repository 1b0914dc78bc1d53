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
    """

    service_id: bytes
    stamp_key: bytes
    platform_key: bytes | None = None
    attestation_audience: str = "pli-attest"

    @property
    def platform(self) -> PlatformKey | None:
        """For what the platform attests in the logs themselves."""
        return None if self.platform_key is None else PlatformKey(self.platform_key, self.attestation_audience)

    def __post_init__(self) -> None:
        exactly(self.service_id, ID_BYTES, "the service id")
        suite.check_sign_public(self.stamp_key)
        if self.platform_key is not None:
            suite.check_sign_public(self.platform_key)
