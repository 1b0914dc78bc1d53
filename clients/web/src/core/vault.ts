/**
 * The account's vault as one device keeps it: opened, added to, and written back by compare-and-swap (SPEC.md section 3).
 *
 * The service holds it sealed; this device opens it with a key of its own that cannot leave the browser, a new device
 * with the recovery code. What two devices write at once is merged: a pin is never replaced, the furthest checkpoint
 * stays. Without the service, this device opens the copy that it kept.
 *
 * An older version than this device saw is refused, unless the service says that it was restored from a backup (another
 * stream epoch): then the vault is made whole again from this device's own copy.
 */

import { branded, type Bytes, type Id as IdBytes, same, SECRET, type Secret } from "../e2ee/bytes.ts";
import { draw } from "../e2ee/entropy.ts";
import { BadVault, RolledBack } from "../e2ee/errors.ts";
import { newCode } from "../e2ee/recovery.ts";
import {
  type Checkpoint,
  decode,
  encode,
  merge,
  openVault,
  sealVault,
  type Subject,
  subject,
  type Vault,
} from "../e2ee/vault.ts";
import type { Id, VaultBody, VaultWrap } from "../wire/types.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import { encodePin, type KnownDevice, readDevice } from "./devices.ts";
import { ProblemError, RecoveryCodeNeeded, Unreachable } from "./errors.ts";
import { type Device, shelves } from "./local.ts";
import { Turn } from "./tasks.ts";
import { deviceKind, keysKind, type KeeperParts, type Opened, type Recovery, threadKind } from "./vault-parts.ts";
import { keyByCode, keyByDevice, withRoom, wrapForDevice, wrapForRecovery, wrapOf } from "./wraps.ts";

/** Lost compare-and-swaps in a row before a write gives up. */
const writesMax = 8;
/** So that the service takes it; further threads have this device's own memory only. */
const threadCheckpointsMax = 2_000;

export class VaultKeeper {
  readonly device: Device;
  readonly #parts: KeeperParts;
  readonly #saving = new Turn();
  #opened: Opened | null = null;
  /** The stream epoch for which this device made the vault whole in this run. */
  #restoredTo: number | null = null;
  #dirty = false;

  constructor(device: Device, parts: KeeperParts) {
    this.device = device;
    this.#parts = parts;
  }

  get accountSeed(): Secret {
    return this.#vault.vault.accountSeed;
  }

  /** Those that open the vault, as of the last time it was read or written. */
  get devices(): readonly KnownDevice[] {
    const wraps = this.#vault.wraps.filter((wrap) => wrap.method === "device");
    return wraps.map((wrap) => readDevice(wrap.id, this.pin(deviceKind, wrap.id), wrap.id === this.device.wrap));
  }

  /**
   * Opens the vault, or makes the account's first one. Without the service, opens what this device kept of it.
   * @throws RecoveryCodeNeeded, WrongRecoveryCode, RolledBack, BadVault, ProblemError, Unreachable
   */
  async open(recovery: Recovery): Promise<void> {
    await this.#takeCopy();
    let body: VaultBody | null;
    try {
      body = await this.#parts.api.vault();
    } catch (error) {
      if (error instanceof Unreachable && this.#opened !== null) {
        return;
      }
      throw error;
    }
    if (body === null && this.#opened === null) {
      await this.#create(recovery);
    } else {
      await this.#agree(body, recovery);
    }
  }

  /** Reads the vault again: another device may have changed it. @throws as `save` */
  async reload(): Promise<void> {
    await this.#saving.take(() => this.#readAgain());
  }

  pin(kind: string, about: Id): Bytes | null {
    return this.#vault.vault.pins.get(subject(kind, fromBase64<IdBytes>(about))) ?? null;
  }

  /** @throws BadVault when another value is pinned: a pin is never replaced. */
  setPin(kind: string, about: Id, value: Bytes): void {
    this.#add({ pins: new Map([[subject(kind, fromBase64<IdBytes>(about)), value]]) });
  }

  checkpoint(kind: string, about: Id): Checkpoint | null {
    return this.#vault.vault.checkpoints.get(subject(kind, fromBase64<IdBytes>(about))) ?? null;
  }

  /** Moves a checkpoint forward; one that is further already stays. @throws BadVault for another history. */
  setCheckpoint(kind: string, about: Id, point: Checkpoint): void {
    const { checkpoints } = this.#vault.vault;
    const key = subject(kind, fromBase64<IdBytes>(about));
    if (kind === threadKind && !checkpoints.has(key) && checkpoints.size >= threadCheckpointsMax) {
      return;
    }
    this.#add({ checkpoints: new Map([[key, point]]) });
  }

  /**
   * Writes what changed; merges with what another device wrote meanwhile.
   * @throws BadVault, RolledBack, RecoveryCodeNeeded, ProblemError, Unreachable
   */
  async save(): Promise<void> {
    await this.#saving.take(async () => {
      for (let tries = 0; tries < writesMax && this.#dirty; tries += 1) {
        if (!(await this.#written(this.#vault))) {
          await this.#readAgain();
        }
      }
    });
  }

  /** A new recovery code in place of the old one; the key stays, and so do all devices. @throws as `save` */
  async replaceCode(show: Recovery["show"]): Promise<void> {
    const code = await this.#newCode(show);
    await this.#rewrap("recovery", (vk) => wrapForRecovery(vk, code, this.#account, this.#parts.entropy));
  }

  /** Takes this device out of the account: what it keeps opens nothing from then on. @throws as `save` */
  async leave(): Promise<void> {
    await this.#rewrap(this.device.wrap);
  }

  /**
   * Draws a new vault key, for this device and the recovery code alone: other devices need the code once more.
   * `code`: the account's code, which then stays; null: a new one is shown before anything is stored.
   * @throws WrongRecoveryCode and as `save`
   */
  async rekey(show: Recovery["show"], code: string | null): Promise<void> {
    await this.reload();
    if (code !== null) {
      await keyByCode(code, this.#account, this.#vault.wraps);
    }
    const chosen = code ?? (await this.#newCode(show));
    const vk = draw(this.#parts.entropy, SECRET);
    await this.#change(async () => {
      const position = (this.checkpoint(keysKind, this.device.account)?.position ?? 0) + 1;
      this.setCheckpoint(keysKind, this.device.account, { position, head: branded(new Uint8Array(32)) });
      return { ...this.#vault, vk, wraps: await this.#newWraps(vk, chosen) };
    });
  }

  get #vault(): Opened {
    if (this.#opened === null) {
      throw new Error("the vault is not open");
    }
    return this.#opened;
  }

  get #account(): IdBytes {
    return fromBase64<IdBytes>(this.device.account);
  }

  async #change(make: (opened: Opened) => Promise<Opened>): Promise<void> {
    await this.#saving.take(async () => {
      for (let tries = 0; tries < writesMax; tries += 1) {
        await this.#readAgain();
        if (await this.#written(await make(this.#vault))) {
          return;
        }
      }
      throw new BadVault("the vault kept changing; try again");
    });
  }

  /** Replaces the wraps of this method or id. */
  async #rewrap(old: string, by?: (vk: Secret) => Promise<VaultWrap>): Promise<void> {
    await this.#change(async (opened) => {
      const kept = opened.wraps.filter((wrap) => wrap.method !== old && wrap.id !== old);
      return { ...opened, wraps: by === undefined ? kept : [...kept, await by(opened.vk)] };
    });
  }

  async #readAgain(): Promise<void> {
    await this.#agree(await this.#parts.api.vault(), null);
  }

  /** Takes what the service has, or gives it back what it lost. */
  async #agree(body: VaultBody | null, recovery: Recovery | null): Promise<void> {
    const seen = this.#opened?.version ?? 0;
    if (body === null || body.version < seen) {
      await this.#makeWhole(body);
    } else if (wrapOf(this.device, body.wraps) !== null) {
      await this.#adopt(body);
    } else if (recovery?.code !== null && recovery?.code !== undefined) {
      await this.#enrol(body, recovery.code);
    } else {
      throw new RecoveryCodeNeeded("this device does not open the account's vault: its recovery code does");
    }
  }

  async #takeCopy(): Promise<void> {
    const copy = await shelves.vault.load(this.#parts.storage);
    if (copy !== undefined) {
      const vault = decode(fromBase64(copy.content));
      this.#opened = { version: copy.version, vault, vk: fromBase64<Secret>(copy.vk), wraps: copy.wraps };
    }
  }

  /** The first vault of an account. The code is shown before anything is stored: no vault without a way back. */
  async #create(recovery: Recovery): Promise<void> {
    if (recovery.code !== null) {
      throw new RolledBack("a recovery code was given, and the service has no vault that it could open");
    }
    const code = await this.#newCode(recovery.show);
    const vk = draw(this.#parts.entropy, SECRET);
    const accountSeed = draw(this.#parts.entropy, SECRET);
    const vault: Vault = { accountSeed, pins: new Map([this.#namePin()]), checkpoints: new Map() };
    const first: Opened = { version: 0, vault, vk, wraps: await this.#newWraps(vk, code) };
    if (!(await this.#written(first))) {
      throw new BadVault("another device made this account's vault at the same moment; enter its recovery code");
    }
  }

  /** Opens the vault with the recovery code, and gives this device a wrap of its own. */
  async #enrol(first: VaultBody, code: string): Promise<void> {
    let body: VaultBody | null = first;
    for (let tries = 0; tries < writesMax && body !== null; tries += 1) {
      const vk = await keyByCode(code, this.#account, body.wraps);
      const vault = this.#agreed(await this.#openedVault(body, vk));
      const pins = new Map([...vault.pins, this.#namePin()]);
      const wraps = [...withRoom(body.wraps), await wrapForDevice(vk, this.device, this.#parts)];
      if (await this.#written({ version: body.version, vault: { ...vault, pins }, vk, wraps })) {
        return;
      }
      body = await this.#parts.api.vault();
    }
    throw new BadVault("the vault kept changing while this device was added; try again");
  }

  /** Opens a version of the vault and merges what this device has and the version lacks. */
  async #adopt(body: VaultBody): Promise<void> {
    const wrap = wrapOf(this.device, body.wraps);
    if (wrap === null) {
      throw new RecoveryCodeNeeded("this device was taken out of the account: its recovery code opens it again");
    }
    const vk = await keyByDevice(wrap, this.device, this.#parts.storage);
    const theirs = await this.#openedVault(body, vk);
    const vault = this.#agreed(theirs);
    this.#dirty ||= !same(encode(vault), encode(theirs));
    this.#opened = { version: body.version, vault, vk, wraps: body.wraps };
    await this.#remember();
  }

  /**
   * The service has an older vault than this device saw, or none. If it was restored from a backup it gets back what
   * this device has, merged with what it still had. @throws RolledBack, BadVault, ProblemError, Unreachable
   */
  async #makeWhole(older: VaultBody | null): Promise<void> {
    const now = await this.#restoredNow();
    let body = older;
    for (let tries = 0; tries < writesMax; tries += 1) {
      const vault = body === null ? this.#vault.vault : this.#agreed(await this.#openedVault(body, this.#vault.vk, 0));
      if (await this.#written({ ...this.#vault, vault, version: body?.version ?? 0 })) {
        this.#restoredTo = now;
        return;
      }
      body = await this.#parts.api.vault();
    }
    throw new BadVault("the vault kept changing while it was made whole; try again");
  }

  /** The stream epoch, where it is another one than that under which this device knew the vault. @throws RolledBack */
  async #restoredNow(): Promise<number> {
    const now = (await this.#parts.api.service()).stream_epoch;
    const before = this.#restoredTo ?? (await shelves.sync.load(this.#parts.storage))?.streamEpoch ?? now;
    if (before === now) {
      throw new RolledBack("the service has an older vault than this device saw");
    }
    return now;
  }

  #agreed(theirs: Vault): Vault {
    return this.#opened === null ? theirs : merge(theirs, this.#opened.vault);
  }

  #add(added: Partial<Pick<Vault, "pins" | "checkpoints">>): void {
    const opened = this.#vault;
    const { accountSeed } = opened.vault;
    const more: Vault = { accountSeed, pins: added.pins ?? new Map(), checkpoints: added.checkpoints ?? new Map() };
    const vault = merge(opened.vault, more);
    this.#dirty ||= !same(encode(vault), encode(opened.vault));
    this.#opened = { ...opened, vault };
  }

  /** Writes this as the version after its own; false when another device was faster. */
  async #written(opened: Opened): Promise<boolean> {
    const version = opened.version + 1;
    const blob = await sealVault(opened.vault, opened.vk, this.#account, version, this.#parts.entropy);
    const wasDirty = this.#dirty;
    this.#dirty = false;
    try {
      await this.#parts.api.putVault({ version, blob: toBase64(blob), wraps: opened.wraps });
    } catch (error) {
      this.#dirty = wasDirty;
      if (error instanceof ProblemError && error.code === "stale_head") {
        return false;
      }
      throw error;
    }
    const vault = this.#opened === null ? opened.vault : merge(opened.vault, this.#opened.vault);
    this.#opened = { ...opened, vault, version };
    await this.#remember();
    return true;
  }

  async #openedVault(body: VaultBody, vk: Secret, seen = this.#opened?.version ?? 0): Promise<Vault> {
    return openVault(fromBase64(body.blob), vk, this.#account, body.version, seen);
  }

  /** For this device and the recovery code alone. */
  async #newWraps(vk: Secret, code: string): Promise<VaultWrap[]> {
    const { entropy } = this.#parts;
    return [await wrapForDevice(vk, this.device, this.#parts), await wrapForRecovery(vk, code, this.#account, entropy)];
  }

  async #newCode(show: Recovery["show"]): Promise<string> {
    const code = newCode(this.#parts.entropy);
    return show(code).then(() => code);
  }

  #namePin(): [Subject, Bytes] {
    return [
      subject(deviceKind, fromBase64<IdBytes>(this.device.wrap)),
      encodePin(this.#parts.deviceName, this.#parts.clock()),
    ];
  }

  async #remember(): Promise<void> {
    const { version, vault, vk, wraps } = this.#vault;
    const copy = { version, content: toBase64(encode(vault)), vk: toBase64<32>(vk), wraps };
    await shelves.vault.save(this.#parts.storage, copy);
  }
}
