import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Shop } from '@tablestream/event-generator'
import { LineFile } from './line-file.ts'
import { dirtyOf, FILES, type FileOfShop } from './sample-dirt.ts'
import {
  customerRecord,
  productRecord,
  transactionRecord,
  userEventRecord,
  type Cell,
  type RawRecord,
} from './sample-records.ts'

export interface SampleOptions {
  /** Gets raw/ and labels.ndjson. */
  readonly folder: string
  readonly seed: number
  readonly start: Date
  readonly days: number
  readonly customers: number
  /** Share of the records that are dirty, 0 to 1. */
  readonly dirt: number
  readonly transactions: 'csv' | 'ndjson'
}

export interface SampleFile {
  readonly path: string
  /** Good records: what must be rows. */
  rows: number
  /** Of its lines, those that labels.ndjson names, by what is wrong with them. */
  readonly dirty: Record<string, number>
}

const DAY_MS = 24 * 3600 * 1000
const json = (record: RawRecord) => JSON.stringify(record)
const csv = (record: RawRecord) => Object.values(record).map(csvCell).join(',')

/** RFC 4180. */
function csvCell(cell: Cell): string {
  const text = cell === null ? '' : String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/**
 * Writes the files of a shop: who came, what it sells, what was paid, what people did, as far as its events from `start` on go. It holds
 * the customers in memory, and of everything else a piece.
 */
export async function writeSample(options: SampleOptions): Promise<readonly SampleFile[]> {
  const { folder, seed, start, days, customers } = options
  mkdirSync(join(folder, 'raw'), { recursive: true })
  const shop = new Shop({ seed, now: () => start, start, customers })
  const labels = new LineFile(join(folder, 'labels.ndjson'))
  const files: Sheet[] = []
  const open = (of: FileOfShop, extension: string) => {
    const sheet = new Sheet(of, `raw/${of.name}.${extension}`, options, shop, labels)
    files.push(sheet)
    return sheet
  }

  const transactions = open(FILES.transactions, `${options.transactions}.gz`)
  const userEvents = open(FILES.user_events, 'ndjson')
  const came = new Map<string, string>()
  const end = start.getTime() + days * DAY_MS
  for (;;) {
    const event = shop.next('order', 'user_activity')
    // every event has its id in turn, asked for or not
    const id = shop.eventId()
    if (shop.now().getTime() >= end) break
    if (event.event_type === 'user_activity') {
      if (!came.has(event.user_id)) came.set(event.user_id, event.timestamp)
      await userEvents.add(userEventRecord(event, id))
    } else if (event.status === 'pending') await transactions.add(transactionRecord(event))
  }

  const products = open(FILES.products, 'json')
  for (const product of shop.products()) await products.add(productRecord(product, start.toISOString()))
  const customersFile = open(FILES.customers, 'csv')
  for (const customer of shop.customers()) {
    const since = came.get(customer.id)
    // who was drawn for a visit after the last event did not come yet
    if (since !== undefined) await customersFile.add(customerRecord(customer, since))
  }
  for (const file of [...files, labels]) await file.close()
  return files
}

/** One of the files: a good record is a line, and some are dirty. */
class Sheet implements SampleFile {
  readonly path: string
  readonly dirty: Record<string, number> = {}
  rows = 0
  readonly #of: FileOfShop
  readonly #file: LineFile
  readonly #labels: LineFile
  readonly #shop: Shop
  readonly #dirt: number
  readonly #isArray: boolean
  readonly #isCsv: boolean
  /** Of an array, the element that waits to know whether a comma follows. */
  #waiting: string | undefined

  constructor(of: FileOfShop, path: string, options: SampleOptions, shop: Shop, labels: LineFile) {
    this.path = path
    this.#of = of
    this.#file = new LineFile(join(options.folder, path))
    this.#labels = labels
    this.#shop = shop
    this.#dirt = options.dirt
    this.#isArray = path.endsWith('.json')
    this.#isCsv = path.includes('.csv')
  }

  async add(record: RawRecord): Promise<void> {
    if (this.#file.lines === 0 && this.#waiting === undefined) await this.#begin(record)
    this.rows++
    const { faker } = this.#shop
    const write = this.#isCsv ? csv : json
    const dirty = faker.number.float() < this.#dirt ? dirtyOf(this.#of, record, write, faker) : undefined
    if (dirty === undefined || dirty.isExtra) await this.#line(write(record))
    if (dirty === undefined) return
    const line = await this.#line(dirty.line)
    this.dirty[dirty.dirt] = (this.dirty[dirty.dirt] ?? 0) + 1
    await this.#labels.write(
      JSON.stringify({ file: this.path, line, dirt: dirty.dirt, becomes: dirty.becomes }),
    )
  }

  async close(): Promise<void> {
    if (this.#isArray) {
      if (this.#waiting !== undefined) await this.#file.write(this.#waiting)
      await this.#file.write(this.rows === 0 ? '[]' : ']')
    }
    await this.#file.close()
  }

  async #begin(record: RawRecord): Promise<void> {
    if (this.#isArray) await this.#file.write('[')
    else if (this.#isCsv) await this.#file.write(Object.keys(record).join(','))
  }

  /** @returns the number of the line */
  async #line(text: string): Promise<number> {
    if (!this.#isArray) return this.#file.write(text)
    if (this.#waiting !== undefined) await this.#file.write(`${this.#waiting},`)
    this.#waiting = text
    return this.#file.lines + 1
  }
}
