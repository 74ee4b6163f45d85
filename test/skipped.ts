import { relative } from 'node:path'

/**
 * The reason to skip tests, said in a line of its own: the reporter counts what was skipped, and tells no reason.
 *
 * @param reason false: nothing is skipped
 */
export function skipped(reason: string | false): string | false {
  if (reason !== false)
    process.stderr.write(`skipped in ${relative(process.cwd(), process.argv[1]!)}: ${reason}\n`)
  return reason
}
