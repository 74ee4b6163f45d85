import { cpSync, globSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { root } from './workflows.ts'

/** What Terraform reads, by path from the root of the repository: its own folder, and what locals.tf reads beside it. */
const READ = ['terraform', 'services/*/package.json']

/**
 * Gives `work` a copy of what Terraform reads, in a folder of its own outside of any checkout, and removes it afterwards. A check that
 * packs what it finds fails when a file changes meanwhile, and in the checkout the runner of the tests writes at all times.
 */
export function withTerraformCopy<T>(work: (folder: string) => T): T {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tablestream-terraform-')))
  try {
    const filter = (from: string) => basename(from) !== '.terraform'
    for (const path of globSync(READ, { cwd: root }))
      cpSync(join(root, path), join(folder, path), { recursive: true, filter })
    return work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
