import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Step {
  readonly id?: string
  readonly name?: string
  readonly if?: string
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
}

export interface Job {
  readonly uses?: string
  readonly if?: string
  readonly env?: Readonly<Record<string, string>>
  readonly environment?: string
  readonly needs?: string | readonly string[]
  readonly permissions?: Readonly<Record<string, string>>
  readonly 'timeout-minutes'?: number
  readonly steps?: readonly Step[]
  readonly strategy?: { readonly matrix: Readonly<Record<string, unknown>> }
}

interface WorkflowFile {
  readonly on: Readonly<Record<string, { readonly paths?: readonly string[] } | null>>
  readonly env?: Readonly<Record<string, string>>
  readonly permissions?: unknown
  readonly defaults?: { readonly run: { readonly shell: string } }
  readonly concurrency?: {
    readonly group: string
    readonly 'cancel-in-progress': boolean
    readonly queue?: string
  }
  readonly jobs: Readonly<Record<string, Job>>
}

export interface Workflow {
  readonly file: string
  readonly text: string
  readonly content: WorkflowFile
}

/** Every workflow of GitHub Actions. */
export function workflows(): readonly Workflow[] {
  return globSync('.github/workflows/*.yml', { cwd: root })
    .toSorted()
    .map((file) => {
      const text = readFileSync(`${root}/${file}`, 'utf8')
      return { file, text, content: parse(text) as WorkflowFile }
    })
}

/** Every `run:` block, with where it stands. */
export function runBlocks(): readonly { readonly where: string; readonly script: string }[] {
  return workflows().flatMap(({ file, content }) =>
    Object.entries(content.jobs).flatMap(([job, { steps = [] }]) =>
      steps.flatMap(({ name = '', run }, index) =>
        run === undefined ? [] : [{ where: `${file}: ${job}, step ${index + 1} ${name}`, script: run }],
      ),
    ),
  )
}
