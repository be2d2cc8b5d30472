import type { KeyringBench } from './keyring.contract.ts';
import { shredFunctions } from './shred-functions.ts';
import { keyringFunctions } from './keyring-functions.ts';

/** Faults in the place of what is right, until `undo`. A harness is trusted only after it has caught them. */
export function planting(): {
  plant: <Owner extends object>(owner: Owner, method: string, bug: (...given: never[]) => unknown) => void;
  undo: () => void;
} {
  const planted: (() => void)[] = [];
  return {
    plant: (owner, method, bug) => {
      const before = Object.getOwnPropertyDescriptor(owner, method)!;
      planted.push(() => Object.defineProperty(owner, method, before));
      Object.defineProperty(owner, method, { ...before, value: bug });
    },
    undo: () => {
      for (const back of planted.splice(0)) back();
    },
  };
}

/** Puts another body in the place of one of the keyring's functions. */
export async function plantSqlIn(
  bench: KeyringBench,
  name: string,
  change: (definition: string) => string,
): Promise<void> {
  const all = shredFunctions + keyringFunctions;
  const start = all.indexOf(`create function keyring.${name}(`);
  const definition = all.slice(start, all.indexOf('end $$;', start) + 7);
  const changed = change(definition);
  expect(changed).not.toBe(definition);
  await bench.cluster.owner.transaction((sql) =>
    sql.query(changed.replace('create function', 'create or replace function')),
  );
}
