import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/** A folder that is gone when the test is over. */
export function folderOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'sources-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
