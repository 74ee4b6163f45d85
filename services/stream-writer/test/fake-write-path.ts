import { column, SYSTEM_COLUMNS, type Column, rowDescriptor } from '@tablestream/table-schema'
import type { AppendResult } from '../src/append/append-answer.ts'
import type { Appender } from '../src/append/connection-pool.ts'
import { compileEncoder } from '../src/row/compile-encoder.ts'
import type { WriteSchema } from '../src/row/write-schema.ts'

/** A table `x` with these columns beside those that every table has. */
export const schemaOf = (...columns: Column[]): WriteSchema => {
  const all = [...SYSTEM_COLUMNS, column('event_type', 'STRING'), ...columns]
  return {
    columns: all,
    encode: compileEncoder(all),
    descriptor: rowDescriptor(all),
    bytePath: () => undefined,
    lacks: [],
    takesRest: true,
    incarnation: 'x 1',
    fingerprint: JSON.stringify(all),
  }
}

export type Answer = AppendResult | Error | Promise<AppendResult | Error>
/** What the write path says of the table: an error where that cannot be told. */
export type Read = WriteSchema | Error | 'hidden' | undefined

/** A write path that records what is asked of it and answers as it is told. */
export function fakeWritePath(schemas: Read[], answers: Answer[] = []) {
  const asked: string[] = []
  let current: Read
  return {
    asked,
    path: {
      readSchema: () => {
        asked.push('readSchema')
        if (schemas.length > 0) current = schemas.shift()
        return current instanceof Error ? Promise.reject(current) : Promise.resolve(current)
      },
      connect: (_table: string, _descriptor: object, alone: boolean) => {
        let open = true
        asked.push(alone ? 'connect alone' : 'connect')
        const connection = {
          get isOpen() {
            return open
          },
          async append(rows: readonly Buffer[]) {
            asked.push(`append ${rows.length}`)
            const answer = (await answers.shift()) ?? { outcome: 'landed' as const }
            if (!(answer instanceof Error)) return answer
            open = false
            throw answer
          },
          close() {
            open = false
          },
        }
        return connection as unknown as Appender
      },
      close: () => Promise.resolve(),
    },
  }
}
