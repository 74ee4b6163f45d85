import { parseArgs } from 'node:util'

const SNAPSHOT_USAGE = `usage: local-cloud snapshot list | save NAME | restore NAME | branch NAME [BRANCH] | delete NAME | end BRANCH
Asks the local-cloud that runs on --port (8085), with --data, on --host (127.0.0.1).
  save NAME             keep what there is now under a name; one of that name is replaced
  restore NAME          make it what there is
  branch NAME [BRANCH]  a local-cloud beside this one, on other ports, with what the snapshot holds; it ends with this one
  end BRANCH            end a branch, and drop what it has
Example: npx local-cloud snapshot save before-the-test`

const OPTIONS = {
  host: { type: 'string', default: '127.0.0.1' },
  port: { type: 'string', default: '8085' },
  help: { type: 'boolean', short: 'h', default: false },
} as const

interface Call {
  readonly method: string
  readonly path: string
}

/** What each word asks for. */
const CALLS: Readonly<Record<string, (name: string, other: string | undefined) => Call>> = {
  list: () => ({ method: 'GET', path: 'snapshots' }),
  save: (name) => ({ method: 'PUT', path: `snapshots/${name}` }),
  restore: (name) => ({ method: 'POST', path: `snapshots/${name}:restore` }),
  branch: (name, other = name) => ({ method: 'POST', path: `snapshots/${name}:branch?name=${other}` }),
  delete: (name) => ({ method: 'DELETE', path: `snapshots/${name}` }),
  end: (name) => ({ method: 'DELETE', path: `branches/${name}` }),
}

/**
 * The answer of the local-cloud that runs, as JSON; `-h`: the usage.
 *
 * @throws Error that says what was typed wrong, or why there is no answer
 */
export async function askSnapshots(args: readonly string[]): Promise<string> {
  const { values, positionals } = parseArgs({ options: OPTIONS, args: [...args], allowPositionals: true })
  if (values.help) return SNAPSHOT_USAGE
  const [verb = '', name, other] = positionals
  const call = Object.hasOwn(CALLS, verb) ? CALLS[verb] : undefined
  if (!call || (name === undefined && verb !== 'list'))
    throw new Error(
      `snapshot takes ${Object.keys(CALLS).join(', ')} and a name, but is "${positionals.join(' ')}"`,
    )
  const { method, path } = call(encodeURIComponent(name ?? ''), other && encodeURIComponent(other))
  const url = `http://${values.host}:${values.port}/local-cloud/${path}`
  let response: Response
  try {
    response = await fetch(url, { method })
  } catch (error) {
    throw new Error(`nobody answers on ${values.host}:${values.port}: is local-cloud running?`, {
      cause: error,
    })
  }
  const text = await response.text()
  if (response.ok) return text
  throw new Error((JSON.parse(text) as { error: { message: string } }).error.message)
}
