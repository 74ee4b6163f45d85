import { readFileSync } from 'node:fs'

const text = (file: string) => readFileSync(new URL(`../terraform/${file}`, import.meta.url), 'utf8')

/**
 * A number that terraform/variables.tf takes unless it is told another.
 *
 * @throws Error where the variable is not there, or its default is no number
 */
export function defaultOf(variable: string): number {
  const block = new RegExp(`^variable "${variable}" \\{\n(?:  .*\n|\n)*?  default += (\\d+)$`, 'm')
  const [, value] = block.exec(text('variables.tf')) ?? []
  if (value === undefined) throw new Error(`terraform/variables.tf has no number in ${variable}`)
  return Number(value)
}
