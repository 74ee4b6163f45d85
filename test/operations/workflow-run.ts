import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FakeTools } from './fake-tools.ts'
import { root, workflows, type Job, type Step } from './workflows.ts'

/** What expressions of a workflow are told: by their path, as in `vars.PROJECT_ID`. */
type Known = Readonly<Record<string, string>>

export interface JobRun {
  readonly failed: boolean
  /** By step, its outcome and what it put into GITHUB_OUTPUT: `test.outcome`, `before.outputs.images`. */
  readonly outputs: Known
  readonly summary: string
  readonly said: string
}

/**
 * Plays a job as GitHub does: its `run:` steps one after the other in bash, each with its environment, until one fails. Actions of others
 * (`uses:`) are left out: the tools that they would install are `tools`.
 */
export function runJob(tools: FakeTools, job: Job, known: Known, workflowEnv: Known = {}): JobRun {
  const folder = mkdtempSync(join(tmpdir(), 'tablestream-job-'))
  const output = join(folder, 'output')
  const summary = join(folder, 'summary')
  const checkout = join(folder, 'checkout')
  // what a step writes beside itself is not written into this checkout
  mkdirSync(checkout)
  for (const name of readdirSync(root)) symlinkSync(join(root, name), join(checkout, name))
  const outputs: Record<string, string> = {}
  let said = ''
  let failed = false
  writeFileSync(summary, '')
  for (const step of job.steps ?? []) {
    const told = { ...known, ...prefixed('steps', outputs) }
    if (step.run === undefined || !applies(step, told, failed)) continue
    writeFileSync(output, '')
    const env = {
      ...process.env,
      ...evaluated({ ...workflowEnv, ...job.env, ...step.env }, told),
      PATH: `${tools.bin}:${process.env['PATH']}`,
      BASH_ENV: tools.clock,
      // by a clock that goes on at once
      POLL_SECONDS: '60',
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
    }
    const script = join(folder, 'step.sh')
    writeFileSync(script, step.run)
    const ran = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
      cwd: checkout,
      env,
      encoding: 'utf8',
    })
    said += ran.stdout + ran.stderr
    failed ||= ran.status !== 0
    if (step.id !== undefined) outputs[`${step.id}.outcome`] = ran.status === 0 ? 'success' : 'failure'
    for (const [, name, value] of readFileSync(output, 'utf8').matchAll(/^(\w+)=(.*)$/gm))
      outputs[`${step.id}.outputs.${name}`] = value!
  }
  const told = readFileSync(summary, 'utf8')
  rmSync(folder, { recursive: true })
  return { failed, outputs, summary: told, said }
}

/** A job of a workflow, by the end of its file's name. */
export function jobOf(file: string, name: string): { readonly job: Job; readonly env: Known } {
  const { content } = workflows().find((each) => each.file.endsWith(`/${file}`))!
  return { job: content.jobs[name]!, env: content.env ?? {} }
}

const prefixed = (prefix: string, values: Known) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]))

function applies({ if: condition }: Step, told: Known, failed: boolean): boolean {
  if (condition === undefined) return !failed
  if (condition.includes('always()')) return true
  if (condition.includes('failure()') !== failed) return false
  return condition
    .split('&&')
    .filter((part) => !part.includes('failure()'))
    .every((part) => {
      const [, path, operator, value] = /^\s*([\w.-]+) (==|!=) '(.*)'\s*$/.exec(part) ?? []
      if (path === undefined) throw new Error(`"${part}" is a condition that nobody knows`)
      return ((told[path] ?? '') === value) === (operator === '==')
    })
}

function evaluated(env: Known, told: Known): Record<string, string> {
  const value = (text: string) =>
    text.replaceAll(/\$\{\{ (.+?) \}\}/g, (_, expression: string) => {
      const found = told[expression]
      if (found === undefined) throw new Error(`"${expression}" is an expression that nobody knows`)
      return found
    })
  return Object.fromEntries(Object.entries(env).map(([name, text]) => [name, value(text)]))
}
