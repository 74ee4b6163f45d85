import { spawnSync } from 'node:child_process'
import t from 'tap'
import { fakeTools, INDEX, type FakeTools } from './fake-tools.ts'
import { root } from './workflows.ts'

const REPOSITORY = 'us-central1-docker.pkg.dev/a-project/tablestream/stream-writer'
const IMAGE = `stream-writer=${REPOSITORY}@${INDEX.manifests[1]!.digest}`

function push(tools: FakeTools) {
  const env = { ...process.env, PATH: `${tools.bin}:${process.env['PATH']}`, REGION: '', RETRY_SECONDS: '0' }
  const args = ['scripts/deploy-service.sh', '--push-only', 'stream-writer', 'a-project', 'dev']
  return spawnSync('bash', args, { cwd: root, env, encoding: 'utf8' })
}

const called = (tools: FakeTools, pattern: RegExp) => tools.calls().filter((call) => pattern.test(call))

t.test(
  'the digest is asked of the registry alone: who may push needs no right on what scanners found',
  (t) => {
    const tools = fakeTools([])
    tools.failOn('gcloud artifacts', {
      message:
        'ERROR: (gcloud.artifacts.docker.images.describe) PERMISSION_DENIED: containeranalysis.occurrences.list',
    })
    const { status, stdout, stderr } = push(tools)
    t.equal(status, 0, stderr)
    t.equal(
      stdout,
      `${IMAGE}\n`,
      'the image for linux/amd64, and neither the index nor what is beside the image',
    )
    t.match(called(tools, /buildx build /), [
      new RegExp(
        `--platform linux/amd64 .*--sbom=true --provenance=mode=max --tag ${REPOSITORY}:[0-9a-f]{40}\\S* --push `,
      ),
    ])
    t.end()
  },
)

t.test('what a commit was built to is not built again', (t) => {
  const tools = fakeTools([])
  tools.put('manifest', JSON.stringify(INDEX))
  t.match(push(tools), { status: 0, stdout: `${IMAGE}\n` })
  t.same(called(tools, /buildx build /), [])

  const single = fakeTools([])
  single.put('manifest', JSON.stringify({ digest: INDEX.manifests[1]!.digest }))
  t.match(push(single), { status: 0, stdout: `${IMAGE}\n` }, 'an image without an index is itself')
  t.end()
})

t.test('what cannot be fetched or pushed at a bad moment is tried three times', (t) => {
  for (const [part, message] of [
    [
      'buildx build ',
      'ERROR: failed to solve: node:24: failed to do request: Head "https://registry-1.docker.io/": EOF',
    ],
    [
      'imagetools inspect',
      'ERROR: unexpected status from HEAD request to https://us-central1-docker.pkg.dev/: 503 Service Unavailable',
    ],
  ] as const) {
    const tools = fakeTools([])
    tools.failOn(part, { times: 2, message })
    const { status, stdout, stderr } = push(tools)
    t.equal(status, 0, `${part}: ${stderr}`)
    t.equal(stdout, `${IMAGE}\n`, part)
    t.match(stderr, message.slice(0, 30), 'what went wrong is told')
    t.match(stderr, /again in 0 s/)
  }
  t.end()
})

t.test('an image that cannot be built, or is not there after all, ends it with what is wrong', (t) => {
  const broken = fakeTools([])
  broken.failOn('buildx build ', { message: 'ERROR: failed to solve' })
  t.match(push(broken), {
    status: 1,
    stdout: '',
    stderr: /failed to solve.*stream-writer:\S+ could not be built and pushed/s,
  })
  t.equal(called(broken, /buildx build /).length, 3)

  const gone = fakeTools([])
  gone.put('built', '')
  t.match(push(gone), { status: 1, stdout: '', stderr: /was pushed, and is not in the registry/ })
  t.end()
})

t.test('a registry that does not answer is no registry without the image: nothing is built', (t) => {
  const tools = fakeTools([])
  tools.failOn('imagetools inspect', {
    message: 'ERROR: failed to authorize: failed to fetch oauth token: 403 Forbidden',
  })
  t.match(push(tools), {
    status: 1,
    stdout: '',
    stderr: /403 Forbidden.*cannot be asked for in the registry/s,
  })
  t.equal(called(tools, /imagetools inspect/).length, 3)
  t.same(called(tools, /buildx build /), [])
  t.end()
})
