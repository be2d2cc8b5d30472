import { addressed, speaker } from './participant.ts';

const shop = { participant: 'shop', classes: ['orders', 'invoices'] };
const archive = { participant: 'archive', classes: [] };

describe('an order is addressed', () => {
  test('to every store that named its class, also where the original lies with Lethe', () => {
    expect(addressed({ class: 'orders', custody: ['lethe'] }, [archive, shop])).toEqual(['shop']);
    expect(addressed({ class: 'face', custody: ['lethe'] }, [archive, shop])).toEqual([]);
  });
  test('also for what came in under an earlier schedule of the class, and for no class of a longer name', () => {
    expect(addressed({ class: 'orders.2026-04-01', custody: ['lethe'] }, [shop])).toEqual(['shop']);
    expect(addressed({ class: 'orders-abroad', custody: ['lethe'] }, [shop])).toEqual([]);
  });
  test('to a store that named none wherever the platform holds parts', () => {
    expect(addressed({ class: 'orders', custody: ['lethe', 'platform'] }, [archive, shop])).toEqual([
      'archive',
      'shop',
    ]);
    expect(addressed({ class: 'face', custody: ['platform'] }, [archive, shop])).toEqual(['archive']);
  });
  test('to the platform itself for what nobody has registered for', () => {
    expect(addressed({ class: 'face', custody: ['platform'] }, [shop])).toEqual(['platform']);
    expect(addressed({ class: 'face', custody: ['platform'] }, [])).toEqual(['platform']);
  });
});

test('who speaks is named where an order is addressed to several', () => {
  expect(speaker([{ participant: 'shop' }], undefined)).toEqual({ participant: 'shop' });
  expect(speaker([{ participant: 'shop' }, { participant: 'crm' }], undefined)).toBe('which');
  expect(speaker([{ participant: 'shop' }, { participant: 'crm' }], 'crm')).toEqual({ participant: 'crm' });
  expect(speaker([{ participant: 'shop' }], 'crm')).toBeUndefined();
  expect(speaker([], undefined)).toBeUndefined();
});
