"""The operations of the vectors on encoding, suite, accounts, vaults, mailboxes and rosters."""

from messaging.e2ee import account, encoding, generations, kit, mailbox, pseudonym, recovery, roster, suite, vault
from messaging.e2ee.suite import KemKey, SigningKey
from tests.e2ee.case import Input, Output, operation


@operation
def frame(given: Input) -> Output:
    return {"frame": encoding.frame(given.text("label"), *given.raws("fields"))}


@operation
def unframe(given: Input) -> Output:
    return {"fields": encoding.unframe(given.raw("data"), given.text("label"), given.value("widths"))}


@operation
def unframe_list(given: Input) -> Output:
    return {"fields": encoding.unframe_list(given.raw("data"), given.text("label"))}


@operation
def read_text(given: Input) -> Output:
    return {"text": encoding.read_utf8(given.raw("data"))}


@operation
def read_word(given: Input) -> Output:
    return {"word": encoding.read_ascii_word(given.raw("data"))}


@operation
def padme(given: Input) -> Output:
    return {"padded": encoding.padme(given.number("length"))}


@operation
def unpad_value(given: Input) -> Output:
    return {"value": encoding.unpad_value(given.raw("padded"), given.number("size"))}


@operation
def kdf(given: Input) -> Output:
    return {"key": suite.kdf(given.raw("key"), given.text("label"), *given.raws("fields"))}


@operation
def open_once(given: Input) -> Output:
    return {"plaintext": suite.open_once(given.raw("key"), given.raw("sealed"), given.raw("aad"))}


@operation
def open_sealed(given: Input) -> Output:
    return {"plaintext": suite.open_sealed(given.raw("key"), given.raw("sealed"), given.raw("aad"))}


@operation
def sign(given: Input) -> Output:
    key = SigningKey(given.raw("seed"))
    return {"public": key.public, "signature": key.sign(given.raw("message"))}


@operation
def verify(given: Input) -> Output:
    suite.verify(given.raw("public"), given.raw("signature"), given.raw("message"))
    return {}


@operation
def kem_public(given: Input) -> Output:
    return {"public": KemKey(given.raw("seed")).public}


@operation
def kem_check(given: Input) -> Output:
    suite.check_kem_public(given.raw("public"))
    return {}


@operation
def hpke_open(given: Input) -> Output:
    return {"plaintext": KemKey(given.raw("seed")).open(given.raw("sealed"), given.raw("info"))}


@operation
def seat_keys(given: Input) -> Output:
    keys = account.seat_keys(given.raw("account_seed"), given.raw("mailbox"))
    return {"sign_public": keys.sign.public, "kem_public": keys.kem.public}


@operation
def format_code(given: Input) -> Output:
    return {"code": recovery.format_code(given.raw("code"))}


@operation
def parse_code(given: Input) -> Output:
    return {"code": recovery.parse_code(given.text("typed"))}


@operation
def unwrap_vault_key(given: Input) -> Output:
    """`typed` is a recovery code, else `wrapping_key` a device's key."""
    who = given.raw("account")
    if given.has("typed"):
        key = recovery.recovery_key(recovery.parse_code(given.text("typed")), who)
    else:
        key = given.raw("wrapping_key")
    return {"vk": vault.unwrap_key(given.raw("blob"), key, who, given.text("method"), given.raw("id"))}


@operation
def open_vault(given: Input) -> Output:
    opened = vault.open_vault(
        given.raw("blob"),
        given.raw("vk"),
        given.raw("account"),
        given.number("version"),
        seen_version=given.number("seen_version"),
    )
    return {"content": vault.encode(opened)}


@operation
def merge_vaults(given: Input) -> Output:
    merged = vault.merge(vault.decode(given.raw("a")), vault.decode(given.raw("b")))
    return {"content": vault.encode(merged)}


@operation
def mailbox_identity(given: Input) -> Output:
    seed, box, g = given.raw("seed"), given.raw("mailbox"), given.number("g")
    found = mailbox.identity(seed, box, g)
    return {
        "sign_public": found.sign.public,
        "kem_public": found.kem.public,
        "sc": mailbox.seed_check(seed, box, g),
    }


@operation
def open_seed(given: Input) -> Output:
    opened = mailbox.open_seed(
        KemKey(given.raw("kem_seed")),
        given.raw("wrap"),
        given.raw("mailbox"),
        given.number("g"),
        given.raw("seat"),
        given.raw("record_hash"),
        given.raw("sc"),
    )
    return {"seed": opened}


@operation
def open_prev(given: Input) -> Output:
    opened = mailbox.open_prev(
        given.raw("seed"), given.raw("prev"), given.raw("mailbox"), given.number("g"), given.raw("previous_sc")
    )
    return {"seed": opened}


@operation
def open_desk_entry(given: Input) -> Output:
    opened = mailbox.open_entry(
        given.raw("seed"), given.raw("mailbox"), given.number("g"), given.raw("entry"), given.raw("blob")
    )
    return {"content": opened}


@operation
def open_generations(given: Input) -> Output:
    state = roster.replay(given.raws("records"), given.raw("mailbox"))
    prevs = {g: prev for g, prev in enumerate(given.raws("prevs"), start=1) if prev}
    wrapped = {item.number("g"): item.raw("seed") for item in given.inputs("wrapped")} if given.has("wrapped") else {}
    opened = generations.open_generations(state, given.raw("seed"), prevs, wrapped)
    return {"seeds": [opened[g] for g in sorted(opened)]}


@operation
def kit_seat(given: Input) -> Output:
    seed = kit.account_seed(given.raw("code"), given.raw("mailbox"), given.raw("root"))
    pair = account.seat_keys(seed, given.raw("mailbox"))
    return {"sign_public": pair.sign.public, "kem_public": pair.kem.public}


@operation
def replay_roster(given: Input) -> Output:
    """Where `pin_index` and `pin_head` are given, the roster must still contain them."""
    state = roster.replay(given.raws("records"), given.raw("mailbox"))
    if given.has("pin_index"):
        roster.check_pin(state, given.number("pin_index"), given.raw("pin_head"))
    seats = [
        {"seat": seat, "role": keys.role, "admin": keys.admin, "sign_pk": keys.sign_pk}
        for seat, keys in sorted(state.seats.items())
    ]
    return {"index": state.index, "head": state.head, "root": state.root, "g": state.g, "seats": seats}


@operation
def accept_admission(given: Input) -> Output:
    state = roster.replay(given.raws("records"), given.raw("mailbox"))
    entry = roster.check_admission(
        state, given.raw("seat"), given.raw("sign_pk"), given.raw("kem_pk"), given.raw("shown_head")
    )
    return {"record_hash": entry.record_hash}


@operation
def admission_words(given: Input) -> Output:
    shown = roster.words(given.raw("mailbox"), given.raw("head"), given.raw("sign_pk"), given.raw("kem_pk"))
    return {"words": shown}


@operation
def record_words(given: Input) -> Output:
    return {"words": roster.record_words(given.raw("record_hash"))}


@operation
def derive_pseudonym(given: Input) -> Output:
    """`target` and `index` name a prekey's slot, else `thread` and `n` a thread's."""
    if given.has("target"):
        slot = pseudonym.prekey_slot(given.raw("target"), given.number("index"))
    else:
        slot = pseudonym.thread_slot(given.raw("thread"), given.number("n"))
    found = pseudonym.derive(given.raw("seed"), slot)
    return {"slot": slot, "sign_public": found.sign.public, "kem_public": found.kem.public}


@operation
def verify_own(given: Input) -> Output:
    pseudonym.verify_own(
        given.raw("identity"),
        given.raw("mailbox"),
        given.raw("pk_sign"),
        given.raw("pk_kem"),
        given.raw("signature"),
    )
    return {}
