import { expect, test } from '@jest/globals';
import { FOUNDATION_DECLARATIONS, migrations, plainTable, undeclared } from '@lethe/platform';
import { startDatabase } from '@lethe/testing';
import { embeddedLogDeclarations, embeddedLogTables, messagingDeclarations } from './index.ts';

test('every column of the tables messaging makes is declared', async () => {
  const steps = [
    {
      number: 1_763_769_600_000,
      name: 'log',
      statements: [embeddedLogTables, ...plainTable('event_log'), ...plainTable('event_log_end')],
    },
  ];
  const database = await startDatabase({ migrations: migrations('consent', steps) });
  try {
    const missing = await database.admin.transaction((sql) =>
      undeclared(sql, [...FOUNDATION_DECLARATIONS, ...messagingDeclarations, ...embeddedLogDeclarations]),
    );
    expect(missing).toEqual([]);
  } finally {
    await database.stop();
  }
});
