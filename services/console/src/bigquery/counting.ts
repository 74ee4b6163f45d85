import type { Warehouse } from './warehouse.ts'

/** The same warehouse, what it read since, and whether rows were too large to come. */
export function counting(warehouse: Warehouse): {
  readonly warehouse: Warehouse
  readonly bytesRead: () => number
  readonly isCut: () => boolean
} {
  let bytes = 0
  let isCut = false
  return {
    warehouse: {
      async query(query, mostRows) {
        const answer = await warehouse.query(query, mostRows)
        bytes += answer.bytesRead
        isCut ||= answer.isCut === true
        return answer
      },
      async *pages(query, pageRows) {
        let isFirst = true
        for await (const answer of warehouse.pages(query, pageRows)) {
          if (isFirst) bytes += answer.bytesRead
          isFirst = false
          yield answer
        }
      },
      statementType: (sql) => warehouse.statementType(sql),
      table: (dataset, name) => warehouse.table(dataset, name),
    },
    bytesRead: () => bytes,
    isCut: () => isCut,
  }
}
