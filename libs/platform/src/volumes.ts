import { statfs } from 'node:fs/promises';

/** A volume with less room than this is full, in bytes: PostgreSQL makes its log in files of 16 MiB, and needs the next one. */
export const FULL_BELOW = 32 * 1_048_576;

/** Folders of this machine by the name of their volume. */
export type Volumes = Readonly<Record<string, string>>;

/** Which of these volumes are full, by name. One that cannot be looked at is left to whoever uses it. */
export async function fullVolumes(volumes: Volumes): Promise<string[]> {
  const looked = await Promise.all(
    Object.entries(volumes).map(async ([name, folder]) => {
      try {
        const { bavail, bsize } = await statfs(folder);
        return bavail * bsize < FULL_BELOW ? [name] : [];
      } catch {
        return [];
      }
    }),
  );
  return looked.flat();
}
