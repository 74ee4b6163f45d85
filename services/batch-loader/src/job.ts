import { parseArgs } from 'node:util'
import { main } from '@tablestream/service-kit'
import { readEnvironment } from './config.ts'
import { LOAD_OPTIONS } from './load-arguments.ts'
import { loadCommand } from './load-command.ts'

// The Cloud Run job: its arguments are those of the command.
void main(async () => {
  const { values, positionals } = parseArgs({ options: LOAD_OPTIONS, allowPositionals: true })
  const write = (text: string) => void process.stdout.write(text)
  const output = { print: (text: string) => write(`${text}\n`), write, isTerminal: process.stdout.isTTY }
  process.exitCode = await loadCommand({ sources: positionals, ...values }, output, readEnvironment())
})
