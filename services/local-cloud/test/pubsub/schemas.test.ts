import protobuf from 'protobufjs'
import avro, { type Schema } from 'avsc'
import { Encodings, SchemaTypes, SchemaViews } from '@google-cloud/pubsub'
import t from 'tap'
import { asAfterKill, message, openPubSub, temporaryFolder, TOPIC, type Opened } from '../open-pubsub.ts'

const PROVINCE = {
  type: 'record',
  name: 'Province',
  namespace: 'utilities',
  fields: [
    { name: 'name', type: 'string' },
    { name: 'people', type: ['null', 'long'] },
    { name: 'since', type: 'int', default: 0 },
  ],
}
const AVRO = JSON.stringify(PROVINCE)
const PROTO = `syntax = "proto3"; package utilities;
message Province { string name = 1; int64 people = 2; repeated double xy = 3; Kind kind = 4; map<string, Province> parts = 5;
  oneof one { string a = 6; bytes b = 7; } enum Kind { NONE = 0; ISLAND = 1; } }`

const base64 = (data: string | Uint8Array): string => Buffer.from(data).toString('base64')

function validator({ call }: Pick<Opened, 'call'>, type: string, definition: string) {
  return async (data: string | Uint8Array, encoding = 'JSON'): Promise<string> => {
    const body = { schema: { type, definition }, message: base64(data), encoding }
    const answer = await call('POST', 'schemas:validateMessage', body)
    return answer.status === 200 ? 'fits' : answer.body.error.message
  }
}

t.test('a definition that is none is refused, and said why', async (t) => {
  const { pubsub, call } = await openPubSub(t)
  const bad: [type: string, definition: string, why: RegExp][] = [
    ['AVRO', '{"not_actually":"avro"}', /unknown type/],
    ['AVRO', 'no JSON', /JSON/],
    ['AVRO', '', /empty/],
    ['PROTOCOL_BUFFER', 'message', /Invalid schema definition/],
    ['PROTOCOL_BUFFER', 'syntax = "proto3"; message A {} message B {}', /2 top-level message types/],
    ['PROTOCOL_BUFFER', 'syntax = "proto3"; message A { Nowhere x = 1; }', /Nowhere/],
    ['PROTOCOL_BUFFER', 'syntax = "proto3"; import "other.proto"; message A {}', /imports .* "other.proto"/],
    ['TYPE_UNSPECIFIED', AVRO, /Invalid type/],
  ]
  for (const [type, definition, why] of bad) {
    const { status, body } = await call('POST', 'schemas:validate', { schema: { type, definition } })
    t.equal(status, 400, definition)
    t.match(body.error.message, why)
  }
  await t.rejects(pubsub.createSchema('bad', SchemaTypes.Avro, '{}'), { code: 3 })
  await t.rejects(pubsub.createSchema('1', SchemaTypes.Avro, AVRO), {
    code: 3,
    message: /Invalid \[schemas\] name/,
  })
  await pubsub.validateSchema({ type: SchemaTypes.ProtocolBuffer, definition: PROTO })
})

t.test('JSON and bytes of Avro', async (t) => {
  const check = validator(await openPubSub(t), 'AVRO', AVRO)
  t.equal(await check('{"name":"Ontario","people":{"long":14000000},"since":1867}'), 'fits')
  t.equal(await check('{"name":"Ontario","people":null,"since":1867}'), 'fits')
  t.match(await check('{"name":"Ontario","people":14,"since":1867}'), /failed schema validation.*14/)
  t.match(await check('{"name":"Ontario","people":null}'), /field since is missing/)
  t.match(await check('{"name":"Ontario","people":null,"since":1,"more":2}'), /no field more/)
  t.match(await check('{"name":5,"people":null,"since":1}'), /"string": 5/)
  t.match(await check('woohoo'), /failed schema validation/)
  const bytes = avro.Type.forSchema(PROVINCE as Schema).toBuffer({ name: 'Ontario', people: 14, since: 1867 })
  t.equal(await check(bytes, 'BINARY'), 'fits')
  t.match(await check(bytes.subarray(0, 5), 'BINARY'), /truncated/)
  t.match(await check(Buffer.concat([bytes, bytes]), 'BINARY'), /trailing/)
})

t.test('JSON and bytes of Protocol Buffers', async (t) => {
  const check = validator(await openPubSub(t), 'PROTOCOL_BUFFER', PROTO)
  const good = {
    name: 'Prince Edward Island',
    people: '9007199254740993',
    xy: [1.5, '2', 'NaN'],
    kind: 'ISLAND',
  }
  t.equal(await check(JSON.stringify({ ...good, parts: { east: { name: 'Kings' } } })), 'fits')
  t.equal(await check('{}'), 'fits')
  t.equal(await check('{"name":null,"kind":7}'), 'fits')
  const bad: [string, RegExp][] = [
    ['{"nome":"x"}', /no field nome/],
    ['{"name":5}', /name is no string: 5/],
    ['{"people":1.5}', /people is no int64/],
    ['{"people":"9223372036854775808"}', /people is no int64/],
    ['{"xy":1}', /xy is no array/],
    ['{"kind":"LAKE"}', /kind is none of Kind: "LAKE"/],
    ['{"parts":{"east":{"xy":["a"]}}}', /parts\.east\.xy\[0\] is no double/],
    ['{"a":"x","b":"eA=="}', /only one of a and b/],
    ['{"b":"!"}', /b is no bytes/],
    ['[]', /no object/],
  ]
  for (const [data, why] of bad) t.match(await check(data), why)
  const type = protobuf.parse(PROTO).root.lookupType('utilities.Province')
  const bytes = type
    .encode(type.fromObject({ name: 'PEI', people: 5, xy: [1], parts: { a: { name: 'b' } } }))
    .finish()
  t.equal(await check(bytes, 'BINARY'), 'fits')
  t.match(await check(bytes.subarray(0, 3), 'BINARY'), /index out of range/)
  t.match(await check(Buffer.from([0x08, 1]), 'BINARY'), /name has wire type 0, not 2/)
  t.match(await check(Buffer.from([0x0a, 1, 0xff]), 'BINARY'), /name is not UTF-8/)
})

t.test('revisions: commit, list, roll back, delete', async (t) => {
  const { pubsub, call } = await openPubSub(t)
  const proto = (fields: string) => `syntax = "proto3"; message M { ${fields} }`
  const type = 'PROTOCOL_BUFFER'
  await pubsub.createSchema('schema', SchemaTypes.ProtocolBuffer, proto('string a = 1;'))
  const first = (await call('GET', 'schemas/schema')).body
  t.match(first, { type, definition: /string a/, revisionId: /^[0-9a-f]{8}$/, revisionCreateTime: /Z$/ })
  const commit = (definition: string, of = type) =>
    call('POST', 'schemas/schema:commit', { schema: { type: of, definition } })
  const second = (await commit(proto('string a = 1; int32 b = 2;'))).body
  t.match(await commit(proto('int32 a = 1;')), {
    status: 400,
    body: { error: { message: /string a = 1.*int32 a = 1/ } },
  })
  t.match(await commit(AVRO, 'AVRO'), {
    status: 400,
    body: { error: { message: /type is PROTOCOL_BUFFER/ } },
  })
  const third = (await call('POST', 'schemas/schema:rollback', { revisionId: first.revisionId })).body
  t.match(third, { definition: first.definition })
  t.notOk([first.revisionId, second.revisionId].includes(third.revisionId))
  const ids = async () =>
    (await call('GET', 'schemas/schema:listRevisions')).body.schemas.map(
      (one: typeof first) => one.revisionId,
    )
  t.same(await ids(), [third.revisionId, second.revisionId, first.revisionId])
  t.match((await call('GET', `schemas/schema@${second.revisionId}?view=BASIC`)).body, {
    revisionId: second.revisionId,
  })
  t.equal((await pubsub.schema('schema').get(SchemaViews.Basic)).definition, '')
  await call('DELETE', `schemas/schema@${third.revisionId}:deleteRevision`)
  t.same(await ids(), [second.revisionId, first.revisionId])
  await call('DELETE', `schemas/schema@${first.revisionId}:deleteRevision`)
  t.match(await call('DELETE', `schemas/schema@${second.revisionId}:deleteRevision`), { status: 400 })
  for (let made = 1; made < 20; made++)
    await call('POST', 'schemas/schema:rollback', { revisionId: second.revisionId })
  t.match(await commit(proto('string a = 1;')), { status: 400, body: { error: { message: /20 revisions/ } } })
})

t.test('Avro revisions must read one another', async (t) => {
  const { call } = await openPubSub(t)
  const avroOf = (fields: object[]) => JSON.stringify({ type: 'record', name: 'R', fields })
  const a = { name: 'a', type: 'string' }
  await call('POST', 'schemas?schemaId=schema', { type: 'AVRO', definition: avroOf([a]) })
  const commit = (fields: object[]) =>
    call('POST', 'schemas/schema:commit', { schema: { type: 'AVRO', definition: avroOf(fields) } })
  t.match(await commit([a, { name: 'b', type: 'int' }]), { status: 400 })
  t.match(await commit([a, { name: 'b', type: 'int', default: 0 }]), { status: 200 })
  t.match(await commit([{ name: 'a', type: 'int' }]), { status: 400 })
})

t.test('a topic takes what fits its schema, says which revision, and outlives kill -9', async (t) => {
  const dataFolder = temporaryFolder(t)
  const { pubsub, call } = await openPubSub(t, { dataFolder })
  await pubsub.createSchema('schema', SchemaTypes.Avro, AVRO)
  const first = (await call('GET', 'schemas/schema')).body.revisionId
  const wider = { ...PROVINCE, fields: [...PROVINCE.fields, { name: 'more', type: 'int', default: 0 }] }
  const committed = await call('POST', 'schemas/schema:commit', {
    schema: { type: 'AVRO', definition: JSON.stringify(wider) },
  })
  const schema = 'projects/p/schemas/schema'
  await pubsub.createTopic({ name: 'topic', schemaSettings: { schema, encoding: Encodings.Json } })
  await call('PUT', 'subscriptions/sub', { topic: TOPIC })
  const old = '{"name":"x","people":null,"since":1}'
  const wide = '{"name":"x","people":null,"since":1,"more":2}'
  const publish = (from: Pick<Opened, 'call'>, text: string) =>
    from.call('POST', 'topics/topic:publish', { messages: [message(text)] })
  t.match(await publish({ call }, '{}'), {
    status: 400,
    body: { error: { message: /failed schema validation/ } },
  })
  await publish({ call }, old)
  await publish({ call }, wide)
  const pulled = await call('POST', 'subscriptions/sub:pull', { maxMessages: 2 })
  const attributes = pulled.body.receivedMessages.map(
    (one: { message: { attributes: object } }) => one.message.attributes,
  )
  const stamp = { googclient_schemaname: schema, googclient_schemaencoding: 'JSON' }
  t.same(attributes, [
    { ...stamp, googclient_schemarevisionid: first },
    { ...stamp, googclient_schemarevisionid: committed.body.revisionId },
  ])
  const change = {
    topic: { schemaSettings: { lastRevisionId: first } },
    updateMask: 'schemaSettings.lastRevisionId',
  }
  t.match(await call('PATCH', 'topics/topic', change), {
    body: { schemaSettings: { lastRevisionId: first, schema } },
  })
  const killed = await openPubSub(t, { dataFolder: asAfterKill(t, dataFolder) })
  t.match(await publish(killed, wide), { status: 400 })
  t.match(await publish(killed, old), { status: 200 })
  await killed.pubsub.schema('schema').delete()
  t.match((await killed.call('GET', 'topics/topic')).body, { schemaSettings: { schema: '_deleted-schema_' } })
  t.match(await publish(killed, old), { status: 400 })
  t.match(
    await killed.call('PATCH', 'topics/topic', { topic: { labels: { a: 'b' } }, updateMask: 'labels' }),
    { status: 200 },
  )
  const nowhere = { schemaSettings: { schema: 'projects/p/schemas/nowhere', encoding: 'JSON' } }
  t.match(await killed.call('PUT', 'topics/bad', nowhere), { status: 404 })
})
