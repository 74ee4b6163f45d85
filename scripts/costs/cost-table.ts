import { BESIDE, FLOOR, RECONCILE, costs, type CostOptions } from './monthly-costs.ts'

/** The costs at each rate as a table in Markdown. */
export function costTable(rates: readonly number[], options: CostOptions = {}): string {
  const columns = rates.map((rate) => costs(rate, options))
  const dollars = (value: number) =>
    value < 10 ? value.toFixed(2) : Math.round(value).toLocaleString('en-US')
  const row = (name: string, show: (column: Readonly<Record<string, number>>) => string) =>
    `| ${name} | ${columns.map(show).join(' | ')} |`
  const rows = (names: readonly string[]) =>
    names.map((name) => row(name, (column) => dollars(column[name]!)))
  const names = Object.keys(columns[0]!)
  const isBeside = (name: string) => (BESIDE as readonly string[]).includes(name)
  const isFloor = (name: string) => (FLOOR as readonly string[]).includes(name)
  return [
    `| US dollars a month | ${rates.map((rate) => `${rate.toLocaleString('en-US')} events/s`).join(' | ')} |`,
    `|---|${rates.map(() => '---:|').join('')}`,
    ...rows(FLOOR),
    row('**the floor: the five above**', (column) => dollars(sumOf(column, isFloor))),
    ...rows(names.filter((name) => !isFloor(name) && !isBeside(name))),
    row('**together**', (column) => dollars(together(column))),
    row('together ÷ the floor', (column) => (together(column) / sumOf(column, isFloor)).toFixed(2)),
    ...rows(BESIDE),
    row('together and reconcile ÷ the floor', (column) => withReconcile(column).toFixed(2)),
  ].join('\n')
}

/** What an environment costs, without what is there only where it is used. */
export function together(column: Readonly<Record<string, number>>): number {
  return sumOf(column, (name) => !(BESIDE as readonly string[]).includes(name))
}

/** What an environment costs that is reconciled once a day, in floors. */
export function withReconcile(column: Readonly<Record<string, number>>): number {
  const floor = sumOf(column, (name) => (FLOOR as readonly string[]).includes(name))
  return (together(column) + column[RECONCILE]!) / floor
}

function sumOf(column: Readonly<Record<string, number>>, counts: (name: string) => boolean): number {
  return Object.entries(column).reduce((sum, [name, value]) => sum + (counts(name) ? value : 0), 0)
}
