import { Classes, riskOf } from '@lethe/policy';
import Papa from 'papaparse';
import { BadCsv, readCsv } from '../csv.ts';

/** How easily the people of a file of records are found by these columns. Exit 0 counted, 2 the file could not be read. */
export async function risk(file: string, options: { readonly quasi: string }): Promise<void> {
  const columns = Papa.parse<string[]>(options.quasi, { delimiter: ',' }).data[0] ?? [];
  if (columns.length === 0 || columns.some((column) => column === '') || new Set(columns).size < columns.length)
    throw new BadCsv('--quasi names columns, each once, with a comma between them');
  const classes = new Classes();
  await readCsv(file, columns, (values) => classes.add(values));
  process.stdout.write(`${JSON.stringify(riskOf(classes.sizes()))}\n`);
}
