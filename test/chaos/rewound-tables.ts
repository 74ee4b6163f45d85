import { isDeepStrictEqual } from 'node:util'
import { makeLoadBucket, rewindHere, usePipeline } from '../end-to-end/loader.ts'
import type { Pipeline } from '../end-to-end/pipeline.ts'
import { hashOf } from '../end-to-end/table-hash.ts'

/**
 * Builds tables anew of what was published, and says where one is otherwise than what users read of the live one: its view, which has each
 * event once, however often it came.
 */
export async function rewoundProblems(
  pipeline: Pipeline,
  tables: readonly string[],
  log: (line: string) => void,
): Promise<string[]> {
  const { clients } = pipeline
  const problems: string[] = []
  await makeLoadBucket(pipeline)
  const leave = usePipeline(pipeline)
  try {
    for (const table of tables) {
      const { code, output } = await rewindHere([table, '--since', '24h'])
      if (code !== 0) {
        problems.push(`the rewind of ${table} ended with ${code}: ${output}`)
        continue
      }
      const [live, rewound] = [
        await hashOf(clients, `${table}_deduplicated`),
        await hashOf(clients, `${table}_rewound`),
      ]
      log(`rewound ${table} ${JSON.stringify(rewound)}`)
      if (isDeepStrictEqual(live, rewound)) continue
      problems.push(
        `rewound ${table} is ${JSON.stringify(rewound)}, and not ${JSON.stringify(live)}: ${output}`,
      )
    }
  } finally {
    leave()
  }
  return problems
}
