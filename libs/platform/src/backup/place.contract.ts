import { randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { tenantId } from '@lethe/kernel';
import type { BackupPart, BackupPlace } from './place.ts';

/** What every place of backups promises. `isolated` tells what lies in the isolated place alone. */
export function describePlace(
  name: string,
  open: () => Promise<{
    readonly place: BackupPlace;
    /** Keys (`<tenant>/<backup>/<service>.sealed`) that lie where what is available lies, and where what is isolated does. */
    readonly lying: () => Promise<{ readonly available: readonly string[]; readonly isolated: readonly string[] }>;
  }>,
): void {
  describe(name, () => {
    const tenant = tenantId('a-tenant');
    let opened: Awaited<ReturnType<typeof open>>;
    beforeAll(async () => {
      opened = await open();
    });

    const partOf = (backup: string, service: string): BackupPart => ({ tenant, backup, service });
    const keyOf = ({ backup, service }: BackupPart): string => `${tenant}/${backup}/${service}.sealed`;
    const write = (part: BackupPart, bytes: Buffer): Promise<void> => opened.place.write(part, Readable.from([bytes]));
    const read = async (part: BackupPart): Promise<Buffer> => buffer(await opened.place.read(part));
    const ours = async (backup: string) => {
      const { available, isolated } = await opened.lying();
      const of = (keys: readonly string[]) => keys.filter((key) => key.includes(backup)).sort();
      return { available: of(available), isolated: of(isolated) };
    };

    test('a part is read as it was written, of several megabytes too, and no other takes its name', async () => {
      const part = partOf(randomUUID(), 'collection');
      const bytes = randomBytes(12_000_000);
      await write(part, bytes);
      await expect(write(part, Buffer.from('second'))).rejects.toMatchObject({
        ...{ kind: 'conflict', code: 'platform/backup-lies-there' },
      });
      expect((await read(part)).equals(bytes)).toBe(true);
      expect(await ours(part.backup)).toEqual({ available: [keyOf(part)], isolated: [] });
    });

    test('what is said of a part lies beside it, may be said again, and goes where the part goes', async () => {
      const part = partOf(randomUUID(), 'collection');
      for (const said of ['first', 'second']) await write({ ...part, of: 'taken' }, Buffer.from(said));
      await write(part, Buffer.from('sealed'));
      await opened.place.isolate(tenant, part.backup);
      expect((await read({ ...part, of: 'taken' })).toString()).toBe('second');
      expect(await opened.place.remove(tenant, part.backup)).toBe(true);
      await expect(read({ ...part, of: 'taken' })).rejects.toMatchObject({ kind: 'missing' });
    });

    test('a part whose writing breaks off is not there', async () => {
      const part = partOf(randomUUID(), 'collection');
      const breaks = Readable.from(
        (async function* () {
          yield await Promise.resolve(randomBytes(6_000_000));
          throw new Error('the source broke');
        })(),
      );
      await expect(opened.place.write(part, breaks)).rejects.toThrow('the source broke');
      await expect(opened.place.read(part)).rejects.toMatchObject({ kind: 'missing', code: 'platform/no-backup-file' });
      expect(await ours(part.backup)).toEqual({ available: [], isolated: [] });
    });

    test('isolated is moved, all of it, and read as before; isolating again finishes what a crash left', async () => {
      const [backup, other] = [randomUUID(), randomUUID()];
      const parts = ['collection', 'consent'].map((service) => partOf(backup, service));
      for (const part of parts) await write(part, Buffer.from(part.service));
      const stays = partOf(other, 'collection');
      await write(stays, Buffer.from('stays'));
      await opened.place.isolate(tenant, backup);
      // As if the first try had ended after one file: it lies in both places.
      await write(parts[0]!, Buffer.from(parts[0]!.service));
      await opened.place.isolate(tenant, backup);
      await opened.place.isolate(tenant, backup);
      expect(await ours(backup)).toEqual({ available: [], isolated: parts.map(keyOf) });
      for (const part of parts) expect((await read(part)).toString()).toBe(part.service);
      expect(await ours(other)).toEqual({ available: [keyOf(stays)], isolated: [] });
    });

    test('removed is gone from both places, and nothing else is', async () => {
      const [backup, other] = [randomUUID(), randomUUID()];
      for (const id of [backup, other]) await write(partOf(id, 'collection'), Buffer.from('sealed'));
      await opened.place.isolate(tenant, backup);
      await write(partOf(backup, 'consent'), Buffer.from('late'));
      expect(await opened.place.remove(tenant, backup)).toBe(true);
      expect(await ours(backup)).toEqual({ available: [], isolated: [] });
      expect((await ours(other)).available).toHaveLength(1);
      expect(await opened.place.remove(tenant, backup)).toBe(true);
    });
  });
}
