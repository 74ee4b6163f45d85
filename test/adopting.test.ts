import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runInNewContext } from 'node:vm'
import t, { type Test } from 'tap'
import { parse, parseAllDocuments } from 'yaml'
import { SERVICES } from '../scripts/bundle.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8')
const version = (JSON.parse(read('package.json')) as { version: string }).version

/** Google's own, which no service of ours declares. */
const OTHERS = ['GOOGLE_APPLICATION_CREDENTIALS']

interface Container {
  readonly name: string
  readonly image: string
  readonly args: readonly string[]
  readonly variables: readonly string[]
  readonly port: number
}

async function check(t: Test, { name, image, args, variables, port }: Container) {
  t.ok(
    (SERVICES as readonly string[]).includes(name),
    `${name} is a service that the Dockerfile makes an image of`,
  )
  t.equal(image, `tablestream/${name}:${version}`)
  const { config } = JSON.parse(read(`services/${name}/package.json`)) as { config: { nodeFlags: string[] } }
  t.same(args, [...config.nodeFlags, 'server.cjs'], 'Node gets the flags that it gets everywhere')
  const { variables: known } = (await import(`../services/${name}/src/config.ts`)) as {
    variables: { properties: Record<string, { default?: number }> }
  }
  for (const variable of variables)
    t.ok(variable in known.properties || OTHERS.includes(variable), `${name} reads ${variable}`)
  t.equal(port, known.properties['PORT']!.default)
}

t.test('compose.yaml runs services that there are, with variables that they read', async (t) => {
  const { services } = parse(read('docs/adopting/compose.yaml'), { merge: true }) as {
    services: Record<
      string,
      {
        image: string
        build: { args: { SERVICE: string } }
        command: string[]
        environment: Record<string, string>
      }
    >
  }
  for (const [name, { image, build, command, environment }] of Object.entries(services)) {
    t.equal(build.args.SERVICE, name)
    const variables = Object.keys(environment)
    await check(t, { name, image, args: command, variables, port: Number(environment['PORT']) })
  }
  t.same(Object.keys(services), ['stream-writer', 'event-gateway'])
})

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly selector: { readonly matchLabels?: { readonly app: string }; readonly app?: string }
    readonly template: {
      readonly metadata: { readonly labels: { readonly app: string } }
      readonly spec: {
        readonly terminationGracePeriodSeconds: number
        readonly containers: readonly {
          readonly name: string
          readonly image: string
          readonly args: string[]
          readonly env: readonly { readonly name: string; readonly value?: string }[]
          readonly readinessProbe: { readonly httpGet: { readonly path: string; readonly port: number } }
          readonly livenessProbe: { readonly httpGet: { readonly path: string; readonly port: number } }
          readonly securityContext: { readonly runAsNonRoot: boolean }
        }[]
      }
    }
  }
}

t.test('kubernetes.yaml too, with probes that the services answer', async (t) => {
  const manifests = parseAllDocuments(read('docs/adopting/kubernetes.yaml')).map((document) => {
    t.same(document.errors, [])
    return document.toJS() as Manifest
  })
  const deployments = manifests.filter(({ kind }) => kind === 'Deployment')
  t.equal(deployments.length, 2)
  for (const { metadata, spec } of deployments) {
    t.equal(spec.selector.matchLabels?.app, metadata.name)
    t.equal(spec.template.metadata.labels.app, metadata.name)
    t.ok(spec.template.spec.terminationGracePeriodSeconds > 9, 'a service has 8 s to stop')
    for (const { name, image, args, env, ...container } of spec.template.spec.containers) {
      const port = Number(env.find((variable) => variable.name === 'PORT')!.value)
      await check(t, { name, image, args, variables: env.map((variable) => variable.name), port })
      t.same(container.readinessProbe.httpGet, { path: '/readiness', port })
      t.same(container.livenessProbe.httpGet, { path: '/liveness', port })
      t.equal(container.securityContext.runAsNonRoot, true)
    }
  }
  const service = manifests.find(({ kind }) => kind === 'Service')!
  t.ok(deployments.some(({ metadata }) => metadata.name === service.spec.selector.app))
})

t.test('the changelog has an entry for the version of package.json', (t) => {
  t.match(read('CHANGELOG.md'), new RegExp(`^## ${version.replaceAll('.', String.raw`\.`)}\\b`, 'm'))
  t.end()
})

t.test(
  'the transform of the page puts the type of an attribute into an event, and changes nothing else',
  (t) => {
    const [, code] = /```js\n(function typeFromAttribute.*?)```/s.exec(read('docs/adopting/own-events.md'))!
    type Sent = { readonly data: string; readonly attributes: Readonly<Record<string, string>> }
    const transform = runInNewContext(`(${code})`) as (message: Sent) => Sent
    const attributes = { 'ce-type': 'a "view"', 'ce-id': '1' }
    const dataOf = (data: string, given: Sent['attributes'] = attributes) =>
      transform({ data, attributes: given }).data
    t.equal(
      dataOf('{"n":12345678901234567890.10}'),
      String.raw`{"event_type":"a \"view\"","n":12345678901234567890.10}`,
    )
    t.equal(dataOf(' {  } '), String.raw`{"event_type":"a \"view\""}`)
    t.same(transform({ data: '{"a":{}}', attributes }).attributes, attributes)
    for (const data of ['{"event_type":"x"}', '{"event_type":null}', '{"a":', '', '[1]', 'null', '7', '"x"'])
      t.equal(dataOf(data), data)
    for (const none of [{}, { 'ce-type': '' }] as Sent['attributes'][])
      t.equal(dataOf('{"a":1}', none), '{"a":1}')
    t.end()
  },
)
