import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip, createZstdCompress } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import avro, { type Schema } from 'avsc'

/** The same orders as a file of another kind. */
export interface OtherFormat {
  readonly what: string
  readonly path: string
  /** What DuckDB reads it by; absent: it cannot. */
  readonly reader?: string
}

/** Writes a file of lines of JSON in other formats. CSV has no lists and no structs: these are left out. */
export async function otherFormats(folder: string, plain: string): Promise<readonly OtherFormat[]> {
  const pathOf = (name: string) => join(folder, name)
  const csv = pathOf('plain.csv')
  const parquet = pathOf('plain.parquet')
  const avroFile = pathOf('plain.avro')
  const gzip = pathOf('plain.gz')
  const zstd = pathOf('plain.zst')
  await writeCsv(plain, csv)
  await writeParquet(plain, parquet)
  await writeAvro(plain, avroFile)
  await pipeline(createReadStream(plain), createGzip(), createWriteStream(gzip))
  await pipeline(createReadStream(plain), createZstdCompress(), createWriteStream(zstd))
  return [
    { what: 'CSV', path: csv, reader: `read_csv('${csv}')` },
    { what: 'Parquet', path: parquet, reader: `read_parquet('${parquet}')` },
    { what: 'Avro', path: avroFile },
    {
      what: 'lines in gzip',
      path: gzip,
      reader: `read_json('${gzip}', format = 'newline_delimited', compression = 'gzip')`,
    },
    {
      what: 'lines in zstd',
      path: zstd,
      reader: `read_json('${zstd}', format = 'newline_delimited', compression = 'zstd')`,
    },
  ]
}

/** Of a type without a contract, which would ask for the lists. */
const CSV_TYPE = 'csv_order'

async function writeCsv(plain: string, path: string): Promise<void> {
  const file = createWriteStream(path)
  let names: readonly string[] | undefined
  for await (const line of createInterface({ input: createReadStream(plain) })) {
    const order = { ...(JSON.parse(line) as Record<string, unknown>), event_type: CSV_TYPE }
    if (!names) {
      names = Object.entries(order).flatMap(([name, value]) => (typeof value === 'object' ? [] : [name]))
      file.write(`${names.join(',')}\n`)
    }
    const cells = names.map((name) => cellOf(order[name as keyof typeof order]))
    if (!file.write(`${cells.join(',')}\n`)) await once(file, 'drain')
  }
  file.end()
  await once(file, 'close')
}

function cellOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? `"${value.replaceAll('"', '""')}"` : JSON.stringify(value)
}

async function writeParquet(plain: string, path: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(
    `COPY (SELECT * FROM read_json('${plain}', format = 'newline_delimited')) TO '${path}' (FORMAT parquet)`,
  )
  connection.closeSync()
  instance.closeSync()
}

/** As many of the first orders have all fields that there are. */
const SAMPLE = 2000

async function writeAvro(plain: string, path: string): Promise<void> {
  const sample: unknown[] = []
  for await (const order of ordersOf(plain)) if (sample.push(order) === SAMPLE) break
  const encoder = new avro.streams.BlockEncoder(avro.Type.forSchema(schemaOf(sample)), { codec: 'deflate' })
  await pipeline(Readable.from(ordersOf(plain)), encoder, createWriteStream(path))
}

/** Numbers are as wide as those of JSON, and a field that not all orders have may be left out. */
function schemaOf(sample: unknown[]): Schema {
  const list = JSON.parse(JSON.stringify(avro.Type.forValue(sample))) as { readonly items: unknown }
  const text = JSON.stringify(list.items).replaceAll('"float"', '"double"').replaceAll('"int"', '"long"')
  let records = 0
  // the library leaves the names out, which Avro wants
  const named = text.replaceAll('"type":"record"', (type) => `${type},"name":"r${records++}"`)
  return JSON.parse(named) as Schema
}

async function* ordersOf(plain: string): AsyncGenerator {
  for await (const line of createInterface({ input: createReadStream(plain) })) yield JSON.parse(line)
}
