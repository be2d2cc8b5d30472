import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '@lethe/kernel';
import { takeLock } from './home-lock.ts';
import { Secrets } from './secrets.ts';
import { writeOnce } from './write-once.ts';

export type Mode = 'development' | 'production';

/** Folders of a home. `data` and `keys` are apart, and no backup target may hold both. */
export type HomeFolder = 'data' | 'keys' | 'ledger' | 'backups' | 'isolation' | 'marks';

/**
 * Where an installation keeps what it is: `data` (cluster of the services), `keys` (cluster and epoch keys of the keyring),
 * `secrets`, `ledger`, `backups`, `isolation`, `marks` (how far each database once told others), and the files `mode` and `slots`, written at first start and never changed.
 */
export class Home {
  readonly secrets: Secrets;

  private constructor(
    readonly path: string,
    readonly mode: Mode,
    private readonly unlock: () => void,
  ) {
    this.secrets = new Secrets(join(path, 'secrets'));
  }

  /**
   * Opens a home, making it on first use.
   * @param options.alone false where several processes share it (containers with a common volume of secrets)
   * @throws Fault `conflict` when it is of another mode or in use, `invalid` when others may enter it
   */
  static open(path: string, mode: Mode, options: { readonly alone?: boolean } = {}): Home {
    // As root the servers run as `nobody`, who must be able to pass through, and no more.
    const passable = process.getuid?.() === 0 ? 0o711 : 0o700;
    mkdirSync(path, { recursive: true, mode: passable });
    own(path, passable);
    const written = once(join(path, 'mode'), mode);
    if (written !== mode) {
      throw new Fault(
        'conflict',
        'platform/mode-differs',
        `this home is of mode ${written === 'development' ? 'development' : 'production'}, for ever; it cannot be started in mode ${mode}`,
      );
    }
    if (mode === 'production' && existsSync(join(path, 'secrets', 'development'))) {
      throw new Fault(
        'invalid',
        'platform/made-up-secret',
        'the secrets of this home were made in development; production takes its own',
      );
    }
    return new Home(path, mode, options.alone === false ? () => undefined : takeLock(join(path, 'lock')));
  }

  folder(name: HomeFolder): string {
    const path = join(this.path, name);
    const passable = process.getuid?.() === 0 && (name === 'data' || name === 'keys') ? 0o711 : 0o700;
    mkdirSync(path, { recursive: true, mode: passable });
    own(path, passable);
    return path;
  }

  /** The number of slots, fixed at installation. @throws Fault `conflict` when another was fixed */
  fixSlots(slots: number): number {
    const written = once(join(this.path, 'slots'), String(slots));
    if (written !== String(slots))
      throw new Fault('conflict', 'platform/slots-differ', `this installation has ${written} slots, for ever`);
    return slots;
  }

  release(): void {
    this.unlock();
  }
}

/** Writes a file unless it is there; what it holds then. */
function once(file: string, text: string): string {
  writeOnce(file, text, 0o444);
  return readFileSync(file, 'utf8').trim();
}

function own(path: string, mode: number): void {
  const found = statSync(path);
  const uid = process.getuid?.();
  if (uid !== undefined && found.uid !== uid) {
    if (uid !== 0) throw new Fault('invalid', 'platform/home-not-ours', 'a folder of the home belongs to another user');
    return;
  }
  if ((found.mode & 0o777) !== mode) chmodSync(path, mode);
}
