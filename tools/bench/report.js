/**
 * @typedef {object} Result
 * @property {string} name
 * @property {number} size records, parts or subjects
 * @property {number} milliseconds median of ours
 * @property {number} floorMilliseconds median of the floor
 * @property {number} ratio ours ÷ floor; lower is better
 * @property {number} [cpuMilliseconds] median of the user and system CPU of all processes while ours ran, its aftermath included (Linux only)
 * @property {number} [floorCpuMilliseconds] the same of the floor
 * @property {number} operations in one repeat
 * @property {number} perSecond operations of ours
 * @property {number} repeats
 * @property {string} note what was done, for people
 */

const number = (value) =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value.toLocaleString('en', { maximumFractionDigits: 2 });

/** @param {readonly Result[]} results */
export function table(results) {
  const head = ['what', 'size', 'ours ms', 'floor ms', 'ratio', 'cpu ms', 'floor cpu ms', 'a second', 'repeats'];
  const rows = results.map((one) => [
    one.name,
    number(one.size),
    number(one.milliseconds),
    number(one.floorMilliseconds),
    number(one.ratio),
    one.cpuMilliseconds === undefined ? '' : number(one.cpuMilliseconds),
    one.floorCpuMilliseconds === undefined ? '' : number(one.floorCpuMilliseconds),
    number(one.perSecond),
    String(one.repeats),
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const line = (cells) =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  ');
  const notes = [...new Map(results.map(({ name, note }) => [name, note]))].map(([name, note]) => `${name}: ${note}`);
  return `${[line(head), ...rows.map(line), '', ...notes].join('\n')}\n`;
}
