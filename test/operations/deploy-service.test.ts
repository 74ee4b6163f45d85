import { spawnSync } from 'node:child_process'
import t from 'tap'
import { fakeTools, INDEX, type FakeTools } from './fake-tools.ts'
import { root } from './workflows.ts'

const REPOSITORY = 'us-central1-docker.pkg.dev/a-project/tablestream/stream-writer'
const IMAGE = `stream-writer=${REPOSITORY}@${INDEX.manifests[1]!.digest}`

function push(tools: FakeTools) {
  const env = { ...process.env, PATH: `${tools.bin}:${process.env['PATH']}`, REGION: '' }
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

t.test('an image that cannot be built, or is not there after all, ends it with what is wrong', (t) => {
  const broken = fakeTools([])
  broken.failOn('buildx build ', { message: 'ERROR: failed to solve' })
  t.match(push(broken), { status: 1, stdout: '', stderr: /failed to solve/ })

  const gone = fakeTools([])
  gone.failOn('imagetools inspect')
  t.match(push(gone), { status: 1, stdout: '', stderr: /was pushed, and is not in the registry/ })
  t.end()
})
