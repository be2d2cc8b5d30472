/** The shape in which platform's declaration gate takes a table: what each column is, and what becomes of it. */
interface Declaration {
  readonly table: string;
  readonly columns: Readonly<
    Record<
      string,
      {
        readonly class: 'ref' | 'sealed' | 'value' | 'fact';
        readonly purpose: string;
        readonly disposal: string;
        readonly onErasure: 'deleted' | 'shredded' | 'restricted' | 'kept';
      }
    >
  >;
}

const fact = { class: 'fact', purpose: 'operation', disposal: 'with the row', onErasure: 'kept' } as const;
const facts = (...columns: string[]) => Object.fromEntries(columns.map((column) => [column, fact]));
/** Events name people by ref, and are kept as long as a consumer may have missed them. */
const told = { class: 'ref', purpose: 'messaging', disposal: 'P7D', onErasure: 'kept' } as const;
/** A parked message goes when it is applied or given up; what erases its person waits behind it. */
const waits = { class: 'ref', purpose: 'messaging', disposal: 'with the row', onErasure: 'kept' } as const;

/** Every column of `messagingTables`. */
export const messagingDeclarations: readonly Declaration[] = [
  { table: 'incarnation', columns: facts('one', 'incarnation', 'since') },
  {
    table: 'outbox',
    columns: {
      ...facts('id', 'event_id', 'tenant', 'topic', 'slot', 'announced_at', 'incarnation', 'number', 'numbered_at'),
      value: told,
    },
  },
  { table: 'slot_head', columns: facts('topic', 'slot', 'incarnation', 'number', 'appended') },
  {
    table: 'position',
    columns: facts(
      ...[
        'consumer',
        'topic',
        'slot',
        'incarnation',
        'number',
        'last_id',
        'next_offset',
        'former',
        'restated_through',
        'stopped',
        'stopped_at',
      ],
      ...['produced', 'applied', 'duplicate', 'refused', 'dropped', 'parked', 'passed_over'],
    ),
  },
  { table: 'heard', columns: facts('consumer', 'topic', 'slot', 'incarnation', 'first', 'last', 'ids', 'at') },
  {
    table: 'parked',
    columns: {
      ...facts(
        'consumer',
        'topic',
        'slot',
        'incarnation',
        'number',
        'tenant',
        'type',
        'code',
        'attempts',
        'parked_at',
        'retry_at',
        ...['discard', 'discard_reason', 'discard_by', 'discard_at'],
      ),
      subject: waits,
      value: waits,
    },
  },
  {
    table: 'refused_message',
    columns: facts(
      'id',
      'consumer',
      'topic',
      'slot',
      'incarnation',
      'number',
      'offset',
      'code',
      'sha256',
      'bytes',
      'decided_by',
      ...['tenant', 'type'],
      'at',
    ),
  },
];

/** Every column of `embeddedLogTables`. */
export const embeddedLogDeclarations: readonly Declaration[] = [
  {
    table: 'event_log',
    columns: { ...facts('topic', 'slot', 'offset', 'number', 'incarnation', 'id', 'appended_at'), value: told },
  },
  { table: 'event_log_end', columns: facts('topic', 'slot', 'next') },
];
