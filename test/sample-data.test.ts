import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { Shop } from '@tablestream/event-generator'
import t from 'tap'
import { writeSample, type SampleOptions } from '../scripts/sample-data/sample-files.ts'

const OPTIONS = {
  seed: 7,
  start: new Date('2026-03-02T00:00:00Z'),
  days: 2,
  customers: 300,
  dirt: 0.1,
  transactions: 'csv',
} as const satisfies Omit<SampleOptions, 'folder'>

const DAY_MS = 24 * 3600 * 1000

function textOf(folder: string, path: string): string {
  const bytes = readFileSync(join(folder, path))
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
}

interface Label {
  readonly file: string
  readonly line: number
  readonly dirt: string
  readonly becomes: { readonly end: string; readonly path?: string }
}

const labelsOf = (folder: string) =>
  textOf(folder, 'labels.ndjson')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Label)

t.test('the same options give the same files, byte for byte, and another seed gives others', async (t) => {
  const [one, two, other] = [t.testdir({ a: {}, b: {}, c: {} })].flatMap((dir) =>
    ['a', 'b', 'c'].map((name) => join(dir, name)),
  )
  const files = await writeSample({ ...OPTIONS, folder: one! })
  await writeSample({ ...OPTIONS, folder: two! })
  await writeSample({ ...OPTIONS, folder: other!, seed: 8 })
  for (const path of [...files.map((file) => file.path), 'labels.ndjson']) {
    t.equal(textOf(one!, path), textOf(two!, path), path)
    t.not(textOf(one!, path), textOf(other!, path), path)
  }
})

t.test('customers, orders, products and steps are those that the events of the same shop name', async (t) => {
  const folder = t.testdir({})
  await writeSample({ ...OPTIONS, folder, dirt: 0, transactions: 'ndjson' })
  const lines = (path: string) => textOf(folder, path).trimEnd().split('\n')
  const customers = new Set(
    lines('raw/customers.csv')
      .slice(1)
      .map((line) => line.split(',')[0]),
  )
  const products = new Set(
    (JSON.parse(textOf(folder, 'raw/products.json')) as { sku: string }[]).map((p) => p.sku),
  )
  const paid = lines('raw/transactions.ndjson.gz').map(
    (line) => JSON.parse(line) as Record<'order_no' | 'customer_no', string> & { amount: number },
  )
  const steps = new Set(
    lines('raw/user_events.ndjson').map((line) => (JSON.parse(line) as { event_id: string }).event_id),
  )

  const { seed, start } = OPTIONS
  const shop = new Shop({ seed, start, customers: OPTIONS.customers, now: () => start })
  const orders = new Map<string, number>()
  let seen = 0
  for (;;) {
    const event = shop.next('order', 'user_activity')
    const id = shop.eventId()
    if (shop.now().getTime() >= start.getTime() + OPTIONS.days * DAY_MS) break
    const who = event.event_type === 'order' ? event.customer_id : event.user_id
    if (!customers.has(who)) t.fail(`${who} is no customer`)
    if (event.event_type === 'order') {
      orders.set(event.order_id, event.total_amount)
      for (const { product_id: product } of event.items)
        if (!products.has(product)) t.fail(`${product} is not sold`)
    } else {
      seen++
      if (!steps.has(id)) t.fail(`the step ${id} is not in the file`)
    }
  }
  t.equal(seen, steps.size)
  t.ok(paid.length > 20)
  t.same(new Map(paid.map(({ order_no: order, amount }) => [order, amount])), orders)
})

t.test(
  'each dirty line is labelled with what must become of it; without it, the file is the clean one',
  async (t) => {
    const folder = t.testdir({})
    const files = await writeSample({ ...OPTIONS, folder })
    const labels = labelsOf(folder)
    t.same(
      new Set(labels.map(({ dirt }) => dirt)),
      new Set(['duplicate', 'empty_field', 'wrong_type', 'broken_line']),
    )
    for (const { path, rows, dirty } of files) {
      const lines = textOf(folder, path).trimEnd().split('\n')
      const own = labels.filter(({ file }) => file === path)
      t.equal(
        own.length,
        Object.values(dirty).reduce((sum, count) => sum + count, 0),
        path,
      )
      // what becomes no row is beside its good record
      const around = path.endsWith('.json') ? 2 : path.includes('.csv') ? 1 : 0
      t.equal(lines.length, around + rows + own.filter(({ becomes }) => becomes.end !== 'row').length, path)
      for (const { line, dirt } of own) {
        const [before, text] = [lines[line - 2]!, lines[line - 1]!].map((each) => each.replace(/,$/, ''))
        if (dirt === 'duplicate') t.equal(text, before, `${path}:${line}`)
        else t.not(text, before, `${path}:${line}`)
        if (dirt === 'broken_line') t.ok(before!.startsWith(text!), `${path}:${line}`)
      }
    }
  },
)

t.test('a folder that cannot be written is told, and nothing hangs', async (t) => {
  const folder = t.testdir({ raw: { 'products.json': {} } })
  await t.rejects(writeSample({ ...OPTIONS, folder }), { code: 'EISDIR' })
})
