import { column, SYSTEM_COLUMNS, type Column } from '@tablestream/table-schema'
import type { AppendConnection, AppendResult } from '../src/append/append-connection.ts'
import { compileEncoder } from '../src/encoder/compile-encoder.ts'
import { rowDescriptor } from '../src/encoder/descriptor.ts'
import type { WriteSchema } from '../src/write-schema.ts'

/** A table `x` with these columns beside those that every table has. */
export const schemaOf = (...columns: Column[]): WriteSchema => {
  const all = [...SYSTEM_COLUMNS, column('event_type', 'STRING'), ...columns]
  return {
    columns: all,
    encode: compileEncoder(all),
    descriptor: rowDescriptor(all),
    bytePath: () => undefined,
    incarnation: 'x 1',
    fingerprint: JSON.stringify(all),
  }
}

export type Answer = AppendResult | Error | Promise<Error>

/** A write path that records what is asked of it and answers as it is told. */
export function fakeWritePath(schemas: (WriteSchema | undefined)[], answers: Answer[] = []) {
  const asked: string[] = []
  let current: WriteSchema | undefined
  return {
    asked,
    path: {
      readSchema: () => {
        asked.push('readSchema')
        if (schemas.length > 0) current = schemas.shift()
        return Promise.resolve(current)
      },
      connect: () => {
        let open = true
        asked.push('connect')
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
        return connection as unknown as AppendConnection
      },
      close: () => Promise.resolve(),
    },
  }
}
