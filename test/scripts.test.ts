import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('..', import.meta.url))

function run(script: string, ...args: string[]) {
  // a port where nothing listens: what is tested here comes before the first call
  const env = { ...process.env, PROJECT_ID: '', GOOGLE_CLOUD_PROJECT: '' }
  const { status, stdout, stderr } = spawnSync('bash', [`scripts/${script}`, ...args], { cwd: root, env })
  return { status, stdout: stdout.toString(), stderr: stderr.toString() }
}

t.test('every script tells how it is used', (t) => {
  for (const script of ['reconcile.sh', 'replay-dead-letters.sh']) {
    for (const option of ['-h', '--help'])
      t.match(run(script, option), { status: 0, stdout: /^usage: /, stderr: '' })
  }
  t.end()
})

t.test('a bad argument is answered with its name and value, and exit code 2', (t) => {
  const cases: [string, string[], RegExp][] = [
    ['reconcile.sh', ['yesterday'], /SINCE is a time or a span like 24h, but is "yesterday"/],
    ['reconcile.sh', ['24h'], /PROJECT_ID is not set/],
    ['reconcile.sh', ['--lcoal'], /--lcoal/],
    ['reconcile.sh', ['--wait', 'x'], /--wait is a number of seconds, but is "x"/],
    ['replay-dead-letters.sh', ['--since', 'soon'], /--since is a time in RFC 3339, but is "soon"/],
    ['replay-dead-letters.sh', ['--limit', '-1', '--local'], /limit/],
    ['replay-dead-letters.sh', ['--reason'], /--reason/],
  ]
  for (const [script, args, message] of cases)
    t.match(run(script, ...args), { status: 2, stderr: message }, args.join(' '))
  t.end()
})
