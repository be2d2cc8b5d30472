import { checkCharacter, demoPeople } from './people.ts';

test('the check character is that of the standard’s example', () => {
  expect(checkCharacter('11010519491231002')).toBe('X');
});

test('the same seed makes the same people, another seed others', () => {
  const today = new Date('2023-01-01T00:00:00Z');
  expect(demoPeople(20, 7, today)).toEqual(demoPeople(20, 7, today));
  expect(demoPeople(20, 8, today)).not.toEqual(demoPeople(20, 7, today));
});

test('every identity number carries its own check character and birthday', () => {
  for (const person of demoPeople(200, 1, new Date('2023-01-01T00:00:00Z'))) {
    expect(person.idNumber).toHaveLength(18);
    expect(person.idNumber.at(-1)).toBe(checkCharacter(person.idNumber));
    expect(person.idNumber.slice(6, 14)).toBe(person.birthday.replaceAll('-', ''));
  }
});
