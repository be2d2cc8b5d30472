import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { loadPack } from '../load-pack.ts';
import { lantern } from '../testing-guide.ts';
import { judgeExtension } from './extensions.ts';

const epiao = loadPack(fileURLToPath(new URL('../../../../policies/epiao', import.meta.url)));
const NOW = new Date('2026-03-02T04:00:00Z');
const judge = (over: object = {}, pack = epiao) =>
  judgeExtension(pack, { ground: 'user-agreed-longer', evidence: ['consent'], until: '2031-03-02', ...over }, NOW);

test('only on a ground the pack lists, shown as it must be, to a day that is not over', () => {
  expect(judge()).toBeUndefined();
  expect(judge({ ground: 'law', evidence: ['citation'] })).toBeUndefined();
  expect(judge({ ground: 'law' })).toMatchObject({ code: 'extension-evidence-missing', clause: 'EP-RET-02' });
  expect(judge({ ground: 'convenience' })).toMatchObject({ code: 'extension-not-listed', clause: 'EP-RET-02' });
  expect(judge({ until: '2026-03-02' })).toBeUndefined();
  expect(judge({ until: '2026-03-01' })).toMatchObject({ code: 'extension-over', clause: 'EP-RET-06' });
});

test('a pack that lists none allows none', () => {
  expect(judge({}, lantern)).toMatchObject({ code: 'extension-not-listed', field: 'ground' });
});

test('nothing that is not on the list gets through, whatever it is called', () => {
  fc.assert(
    fc.property(fc.string(), (ground) => {
      fc.pre(!Object.hasOwn(epiao.retention?.extensions ?? {}, ground));
      expect(judge({ ground })?.code).toBe('extension-not-listed');
    }),
  );
});
