import { shown } from '@tablestream/service-kit'
import { showAccounts } from '../show-report.ts'
import type { Differences } from './differences.ts'
import type { Rewound } from './rewind.ts'

const MOST_LINES = 40
const LONGEST = 60

/** What a rewind would change, in lines. */
export function showRewind({
  table,
  rewound,
  since,
  until,
  oldest,
  carried,
  accounts,
  differences,
  notGranted,
  problems,
}: Rewound): string {
  return [
    showAccounts(`${rewound}: what was published from ${since} until ${until}`, accounts),
    oldest === undefined
      ? 'the record has no message of this time: it never had one, or its hours are over'
      : `the first message of this time that the record has is of ${oldest}`,
    `${count(carried)} rows that are not of this time are as they were`,
    '',
    ...[
      ...differenceLines(table, rewound, differences),
      ...(notGranted.length > 0 ? ['', ...notGranted] : []),
      ...(problems.length > 0
        ? ['', 'the sums do not come out:', ...problems.map((each) => `  ${each}`)]
        : []),
    ].map((line) => shown(line)),
  ].join('\n')
}

function differenceLines(
  table: string,
  rewound: string,
  { columns, rows, values }: Differences,
): readonly string[] {
  const { before, after, gone, added, copies } = rows
  const isSame = columns.length === 0 && gone === 0 && added === 0 && after === before && values.length === 0
  if (isSame && copies === 0)
    return [`${rewound} is ${table}: ${count(after)} rows, with the same columns and values`]
  const columnLines = columns.map((column) => {
    if (column.before === undefined) return `  + ${column.path} ${column.after}`
    if (column.after === undefined) return `  - ${column.path} ${column.before}`
    return `  ~ ${column.path} ${column.before} becomes ${column.after}`
  })
  const valueLines = values.flatMap(({ column, events, some }) => [
    `  ${column}: ${count(events)} events have another value`,
    ...some.map((each) => `    ${each.eventId}: ${cut(each.before)} becomes ${cut(each.after)}`),
  ])
  return [
    `columns: ${columns.length === 0 ? 'the same' : ''}`.trimEnd(),
    ...cutLines(columnLines),
    `rows: ${count(before)} in ${table}, ${count(after)} in ${rewound}`,
    `  ${count(gone)} events have no row any more, ${count(added)} have one now; ${count(copies)} rows were there a second time`,
    `values: ${values.length === 0 ? 'the same' : ''}`.trimEnd(),
    ...cutLines(valueLines),
  ]
}

function cutLines(lines: readonly string[]): readonly string[] {
  const rest = lines.length - MOST_LINES
  return rest > 0 ? [...lines.slice(0, MOST_LINES), `  and ${rest} more lines`] : lines
}

const count = (number: number) => number.toLocaleString('en')
const cut = (text: string) => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text)
