// What Terraform gives a service, for benches that measure what a user deploys.
import { readFileSync } from 'node:fs'

const TERRAFORM = new URL('../../terraform/services.tf', import.meta.url)

export interface Deployed {
  readonly cores: number
  /** Variables that stand there with a number as their value. */
  readonly env: Readonly<Record<string, string>>
}

/** @throws Error where the file has no such service */
export function deployed(service: string, text = readFileSync(TERRAFORM, 'utf8')): Deployed {
  const [, block] = new RegExp(`\\n    "${service}" = \\{\\n(.*?)\\n    \\}\\n`, 's').exec(text) ?? []
  const [, cores] = /\bcpu += "(\d+)"/.exec(block ?? '') ?? []
  if (block === undefined || cores === undefined)
    throw new Error(`terraform/services.tf says nothing of the cores of ${service}`)
  const env = Object.fromEntries(
    [...block.matchAll(/^ +([A-Z_]+) += "(\d+)"$/gm)].map(([, name, value]) => [name!, value!]),
  )
  return { cores: Number(cores), env }
}
