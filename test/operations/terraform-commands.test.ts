import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import t from 'tap'
import { missingTool } from '../google/tools.ts'
import { skipped } from '../skipped.ts'
import { root, runBlocks } from './workflows.ts'

const skip = skipped(missingTool('terraform'))

interface Call {
  readonly where: string
  readonly verb: string
  readonly flags: readonly string[]
}

/** What Terraform is told, by itself or by the functions of scripts/common.sh and bootstrap.sh that name its folder. */
const CALL =
  /(?:\w+_terraform|terraform(?: -chdir=\S+)) ((?:state |providers )?[a-z][a-z-]*)((?:[^|;&\n<>]|<(?=\()|>&)*)/g

function calls(): readonly Call[] {
  const scripts = globSync('scripts/*.sh', { cwd: root }).map((where) => ({
    where,
    script: readFileSync(`${root}/${where}`, 'utf8'),
  }))
  return [...scripts, ...runBlocks()].flatMap(({ where, script }) =>
    script
      .replaceAll(/\\\n\s*/g, '')
      .split('\n')
      .filter((line) => !/^\s*(#|say |need )/.test(line))
      .flatMap((line) =>
        [...line.matchAll(CALL)].map(([text, verb, rest]) => ({
          where: `${where}: ${text}`,
          verb: verb!,
          flags: [...rest!.matchAll(/(?<=\s)-[a-z-]+/g)].map(([flag]) => flag),
        })),
      ),
  )
}

function help(verb: string): string {
  const { stdout, stderr } = spawnSync('terraform', [...verb.split(' '), '-help'], { encoding: 'utf8' })
  return stdout + stderr
}

/** The flags of a plan are those of what makes one. */
const known = (verb: string) =>
  new Set(
    [verb, ...(verb === 'apply' || verb === 'destroy' ? ['apply', 'plan'] : [])].flatMap((name) =>
      [...help(name).matchAll(/-[a-z][a-z-]+/g)].map(([flag]) => flag),
    ),
  )

t.test('every call of terraform is one that terraform knows', { skip }, (t) => {
  const found = calls()
  const verbs = [...new Set(found.map(({ verb }) => verb))].toSorted()
  for (const verb of [
    'apply',
    'destroy',
    'import',
    'init',
    'output',
    'plan',
    'providers lock',
    'show',
    'state rm',
  ])
    t.ok(verbs.includes(verb), `${verb} is seen among ${verbs.join(', ')}`)
  for (const verb of verbs) {
    const flags = known(verb)
    t.match(help(verb), `Usage: terraform [global options] ${verb} `, verb)
    for (const call of found.filter((one) => one.verb === verb))
      for (const flag of call.flags) t.ok(flags.has(flag), `${call.where}: ${flag}`)
  }
  t.notOk(known('state rm').has('-auto-approve'), 'a flag of another command is none')
  t.end()
})
