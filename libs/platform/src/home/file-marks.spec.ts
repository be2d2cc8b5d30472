import { afterAll, expect, test } from '@jest/globals';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mark } from '@lethe/messaging';
import { canHaveVolumes, SmallVolume } from '@lethe/testing';
import { FileMarks } from './file-marks.ts';

const folder = mkdtempSync(join(tmpdir(), 'lethe-marks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const told = (number: number, slot = 0): Mark => ({
  kind: 'told',
  under: 'one',
  topic: 'lethe.consent',
  slot,
  incarnation: 'one',
  number,
});

test('marks are found again by the next process, the highest of each, and never fall', () => {
  const marks = FileMarks.open(folder, 'a');
  marks.raise(told(2));
  marks.raise(told(1));
  marks.raise(told(7, 3));
  // Not closed: a process that was killed closes nothing.
  expect(FileMarks.open(folder, 'a').all()).toEqual([told(2), told(7, 3)]);
});

test('a line torn by a crash is passed over and does not spoil the next', () => {
  const marks = FileMarks.open(folder, 'b');
  marks.raise(told(2));
  appendFileSync(join(folder, 'b.marks'), '["told","one","leth');
  FileMarks.open(folder, 'b').raise(told(3));
  expect(FileMarks.open(folder, 'b').all()).toEqual([told(3)]);
});

test('a long file is written anew, with nothing lost', () => {
  const marks = FileMarks.open(folder, 'c');
  for (let number = 1; number <= 90_000; number += 1) marks.raise(told(number, number % 2));
  expect(readFileSync(join(folder, 'c.marks')).length).toBeLessThan(4_000_100);
  expect(FileMarks.open(folder, 'c').all()).toEqual([told(89_999, 1), told(90_000)]);
});

// Not run where this machine mounts no file system for the test.
(canHaveVolumes() ? test : test.skip)(
  'a mark that the disk took only half of is not kept, and does not spoil the next',
  () => {
    const volume = new SmallVolume(join(folder, 'small'), 65_536);
    const small = volume.folder;
    try {
      const marks = FileMarks.open(small, 'd');
      // The next mark crosses the end of the page.
      for (let number = 1; readFileSync(join(small, 'd.marks')).length < 4_080 - 60; number += 1)
        marks.raise(told(number));
      volume.fill();
      let tried = 10_000;
      const refused = () => {
        for (;;) marks.raise(told((tried += 1)));
      };
      expect(refused).toThrow(/ENOSPC|whole/);
      expect(marks.all()).toEqual([told(tried - 1)]);
      expect(FileMarks.open(small, 'd').all()).toEqual([told(tried - 1)]);
      volume.empty();
      // The same is tried again, and kept.
      marks.raise(told(tried));
      expect(FileMarks.open(small, 'd').all()).toEqual([told(tried)]);
      marks.close();
    } finally {
      volume.release();
    }
  },
);
