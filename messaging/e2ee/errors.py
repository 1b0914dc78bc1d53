"""What end-to-end encryption can refuse, as a tree. Verification raises one of these; it never returns a bool.

E2EEError
 |- BadEncoding          bytes that are not what the specification says: label, width, trailing bytes, UTF-8
 |- BadKey               a key of the wrong width, or one that no honest party publishes
 |- BadSignature         an Ed25519 signature or public key that strict verification refuses
 |- BadSeal              a ciphertext that does not open: another key, other associated data, or altered bytes
 |- BadVault             a vault that does not open, or two that contradict each other
 |   |- RolledBack       an older version than one already seen
 |   `- WrongRecoveryCode  mistyped (the check characters tell), or the code of another account
 |- BadRoster            a record that does not continue its roster, or whose signer has no right to it
 |- BadSeed              a mailbox seed that the roster does not vouch for
 |- BadRecord            an epoch record that breaks a rule of section 5
 |- BadMessage           a message that breaks a rule of section 6
 |   |- BadPadding       non-zero padding, or a padded length other than the one prescribed
 |   |- BadCommitment    the ciphertext opens, but not to what its sender committed to
 |   `- WrongHeader      a message of another thread, epoch, party or suite
 |- BadChain             a log that breaks a rule of section 7
 |   |- Gap              an event is missing
 |   |- TimeWentBack     an event older than the one before it
 |   |- Fork             two histories: keep both as evidence
 |   |- Rollback         the log ends before a point already seen
 |   |- Repeated         a message id that its party already used
 |   `- FutureSeen       a message that claims to have seen itself or what comes after it
 |- BadStamp             a proof that does not lead to the service's signature
 |- BadCard              an identity card that does not open under its share
 |   |- SwappedPrekey    the peer saw other keys than this side did: someone stands between
 |   `- BadAttestation   an attestation that does not vouch for this card's key
 |- BadConsent           a consent or withdrawal that does not hold for what it is shown with
 |- BadInvitation        a third party whom not both sides invited, who is in already, or who is not in
 |- BadModerationKey     a key to report to that is out of its time, or not the newest one that was seen
 |- BadReport            a report, an answer or an excerpt that does not hold together: cut, or not of this thread
 `- BadAudit             an audit log whose proofs or checkpoints do not hold: something in it was changed

Messages say why, in English, and never hold a secret.
"""


class E2EEError(Exception):
    """Base of all refusals of this package."""


class BadEncoding(E2EEError): ...


class BadKey(E2EEError): ...


class BadSignature(E2EEError): ...


class BadSeal(E2EEError): ...


class BadVault(E2EEError): ...


class RolledBack(BadVault): ...


class WrongRecoveryCode(BadVault): ...


class BadRoster(E2EEError): ...


class BadSeed(E2EEError): ...


class BadRecord(E2EEError): ...


class BadMessage(E2EEError): ...


class BadPadding(BadMessage): ...


class BadCommitment(BadMessage): ...


class WrongHeader(BadMessage): ...


class BadChain(E2EEError): ...


class Gap(BadChain): ...


class TimeWentBack(BadChain): ...


class Fork(BadChain): ...


class Rollback(BadChain): ...


class Repeated(BadChain): ...


class FutureSeen(BadChain): ...


class BadStamp(E2EEError): ...


class BadCard(E2EEError): ...


class SwappedPrekey(BadCard): ...


class BadAttestation(BadCard): ...


class BadConsent(E2EEError): ...


class BadInvitation(E2EEError): ...


class BadModerationKey(E2EEError): ...


class BadReport(E2EEError): ...


class BadAudit(E2EEError): ...
