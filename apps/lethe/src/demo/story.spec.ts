import { storyOf } from './story.ts';

test('the same seed tells the same story, another seed another', () => {
  expect(storyOf(50, 7)).toEqual(storyOf(50, 7));
  expect(storyOf(50, 8)).not.toEqual(storyOf(50, 7));
});

test('nobody withdraws, buys or leaves before they joined', () => {
  const { months } = storyOf(300, 3);
  const joined = new Map<number, number>();
  months.forEach(({ scenes }, month) => {
    for (const scene of scenes) if (scene.kind === 'join') joined.set(scene.person, month);
    for (const scene of scenes)
      if (scene.kind !== 'guardian') expect(joined.get(scene.person)).toBeLessThanOrEqual(month);
  });
  expect(joined.size).toBe(300);
});

test('an order is completed after it was made', () => {
  const { months } = storyOf(300, 3);
  const made = new Map<number, number>();
  months.forEach(({ scenes }, month) => {
    for (const scene of scenes) if (scene.kind === 'order') made.set(scene.order, month);
    for (const scene of scenes) if (scene.kind === 'complete') expect(made.get(scene.order)).toBeLessThan(month);
  });
});
