import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLocalCloud, type LocalCloud } from '@tablestream/local-cloud'
import t from 'tap'
import { onlyLong } from '../long-tests.ts'
import { skipped } from '../skipped.ts'
import { missingTool, runTool } from './tools.ts'

/** The variables of scripts/local-env.sh, with the ports of a test. */
const gcloudEnv = ({ bigqueryPort, storagePort }: LocalCloud, folder: string) => ({
  CLOUDSDK_CONFIG: join(folder, 'config'),
  CLOUDSDK_CORE_PROJECT: 'p',
  CLOUDSDK_AUTH_ACCESS_TOKEN: 'local',
  CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
  CLOUDSDK_API_ENDPOINT_OVERRIDES_BIGQUERY: `http://127.0.0.1:${bigqueryPort}/`,
  CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `http://127.0.0.1:${storagePort}/storage/v1/`,
})

const skip = skipped(onlyLong || missingTool('gcloud'))

t.test('gcloud storage works as it is', { skip, timeout: 480_000 }, async (t) => {
  const cloud = await startLocalCloud()
  const folder = mkdtempSync(join(tmpdir(), 'gcloud-storage-'))
  t.teardown(async () => {
    await cloud.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const env = gcloudEnv(cloud, folder)
  const gcloud = (...args: string[]) => runTool('gcloud', ['storage', ...args], env)
  const small = join(folder, 'small.txt')
  const large = join(folder, 'large.bin')
  writeFileSync(small, 'text of a file\n')
  // larger than what goes in one request
  writeFileSync(large, Buffer.alloc(9 << 20, 'abc'))

  await t.test('buckets create, list, describe, update', async (t) => {
    await gcloud(
      'buckets',
      'create',
      'gs://archive',
      '--location=us-central1',
      '--uniform-bucket-level-access',
    )
    t.match(await gcloud('buckets', 'list', '--format=value(name)'), /^archive$/m)
    const lifecycle = { rule: [{ action: { type: 'Delete' }, condition: { age: 90 } }] }
    writeFileSync(join(folder, 'lifecycle.json'), JSON.stringify(lifecycle))
    await gcloud('buckets', 'update', 'gs://archive', `--lifecycle-file=${join(folder, 'lifecycle.json')}`)
    const shown = await gcloud('buckets', 'describe', 'gs://archive', '--format=json')
    t.match(JSON.parse(shown), { name: 'archive', location: 'US-CENTRAL1', lifecycle_config: lifecycle })
  })
  await t.test('cp up and down, cat, a part of it', async (t) => {
    await gcloud('cp', small, 'gs://archive/output/order/2026/small.txt')
    await gcloud('cp', large, 'gs://archive/output/large.bin')
    t.equal(await gcloud('cat', 'gs://archive/output/order/2026/small.txt'), 'text of a file\n')
    t.equal(await gcloud('cat', '--range=5-6', 'gs://archive/output/order/2026/small.txt'), 'of')
    await gcloud('cp', 'gs://archive/output/large.bin', join(folder, 'back.bin'))
    t.same(readFileSync(join(folder, 'back.bin')), readFileSync(large))
  })
  await t.test('cp that compresses what it sends', async (t) => {
    await gcloud('cp', '--gzip-in-flight-all', large, 'gs://archive/in-flight')
    await gcloud('cp', 'gs://archive/in-flight', join(folder, 'back.bin'))
    t.ok(readFileSync(join(folder, 'back.bin')).equals(readFileSync(large)))
    await gcloud('rm', 'gs://archive/in-flight')
  })
  await t.test('ls, with folders and with everything below', async (t) => {
    t.equal(await gcloud('ls'), 'gs://archive/\n')
    t.equal(
      await gcloud('ls', 'gs://archive/output/'),
      'gs://archive/output/large.bin\n\ngs://archive/output/order/\n'.replace('\n\n', '\n'),
    )
    t.match(await gcloud('ls', '-l', 'gs://archive/output/**'), /15 .*small\.txt[\s\S]*TOTAL: 2 objects/)
    t.match(await gcloud('du', '-s', 'gs://archive'), /^9437199 /)
  })
  await t.test('objects describe and update', async (t) => {
    const url = 'gs://archive/output/order/2026/small.txt'
    await gcloud('objects', 'update', url, '--custom-metadata=team=data', '--cache-control=no-cache')
    const shown: unknown = JSON.parse(await gcloud('objects', 'describe', url, '--format=json'))
    t.match(shown, { cache_control: 'no-cache', custom_fields: { team: 'data' }, size: 15 })
  })
  await t.test('copies between buckets, moves, composed objects, whole folders', async (t) => {
    await gcloud('buckets', 'create', 'gs://second')
    await gcloud('cp', '-r', 'gs://archive/output', 'gs://second')
    await gcloud('mv', 'gs://second/output/order/2026/small.txt', 'gs://second/moved.txt')
    await gcloud(
      'objects',
      'compose',
      'gs://second/moved.txt',
      'gs://second/moved.txt',
      'gs://second/twice.txt',
    )
    t.equal(await gcloud('cat', 'gs://second/twice.txt'), 'text of a file\ntext of a file\n')
    await gcloud('rsync', '-r', folder, 'gs://second/synced', '--exclude=config.*')
    t.equal(await gcloud('cat', 'gs://second/synced/small.txt'), 'text of a file\n')
    await gcloud('rm', '-r', 'gs://second')
    t.equal(await gcloud('ls'), 'gs://archive/\n')
  })
  await t.test('names that shells, URLs and wildcards read in ways of their own', async (t) => {
    const names = ['a b.txt', 'h#sh.txt', 'p%20.txt', 'q?.txt', 'st[a]r.txt', 'sub dir/x.txt', 'ü 日本.txt']
    const local = join(folder, 'hard')
    mkdirSync(join(local, 'sub dir'), { recursive: true })
    for (const name of names) writeFileSync(join(local, name), name)
    await gcloud('buckets', 'create', 'gs://hard')
    const listed = async (url: string) => (await gcloud('ls', url)).trimEnd().split('\n')
    const urls = (from: readonly string[]) => from.map((name) => `gs://hard/in/${name}`)
    await gcloud('cp', '-r', local, 'gs://hard/in')
    t.same(await listed('gs://hard/in/**'), urls(names))
    t.same(await listed('gs://hard/in/[ah]*'), urls(['a b.txt', 'h#sh.txt']))
    t.same(await listed('gs://hard/*/sub*/?.txt'), urls(['sub dir/x.txt']))
    t.equal(await gcloud('cat', '--range=-3', 'gs://hard/in/p%20.txt'), 'txt')
    const shown = JSON.parse(await gcloud('ls', '--json', 'gs://hard/in/h#sh.txt')) as unknown
    t.match(shown, [{ type: 'cloud_object', metadata: { name: 'in/h#sh.txt', size: '8' } }])
    await gcloud('mv', 'gs://hard/in/a b.txt', 'gs://hard/in/moved %.txt')
    t.equal(await gcloud('cat', 'gs://hard/in/moved %.txt'), 'a b.txt')
    await gcloud('rsync', '-r', '--delete-unmatched-destination-objects', local, 'gs://hard/in')
    t.same(await listed('gs://hard/in/**'), urls(names))
    await gcloud('rsync', '-r', 'gs://hard/in', 'gs://hard/again')
    t.match(await gcloud('du', '-c', 'gs://hard/again'), /^65 +total$/m)
    await gcloud('rm', 'gs://hard/in/*.txt')
    t.same(await listed('gs://hard/in/**'), urls(['sub dir/x.txt']))
    await gcloud('rm', '-r', 'gs://hard')
  })
  await t.test('a hold, a class, and a file of 50 MB', async (t) => {
    const url = 'gs://archive/output/huge.bin'
    const huge = join(folder, 'huge.bin')
    writeFileSync(huge, randomBytes(50 << 20))
    await gcloud('cp', '--custom-metadata=k=v', huge, url)
    await gcloud('objects', 'update', url, '--storage-class=coldline', '--temporary-hold')
    await t.rejects(gcloud('rm', url), /403[\s\S]*hold/)
    await gcloud('objects', 'update', url, '--no-temporary-hold')
    const shown: unknown = JSON.parse(await gcloud('objects', 'describe', url, '--format=json'))
    t.match(shown, { storage_class: 'COLDLINE', size: 50 << 20, custom_fields: { k: 'v' } })
    await gcloud('cp', url, join(folder, 'huge-back.bin'))
    t.ok(readFileSync(join(folder, 'huge-back.bin')).equals(readFileSync(huge)))
    t.equal(await gcloud('buckets', 'notifications', 'list', 'gs://archive'), '')
    await gcloud('rm', url)
  })
  await t.test('preconditions, and what is not there', async (t) => {
    const url = 'gs://archive/output/order/2026/small.txt'
    await t.rejects(gcloud('cp', '--if-generation-match=0', small, url), /412|pre-?condition/i)
    await t.rejects(gcloud('cat', 'gs://archive/nope'), /matched no objects|404/)
    await t.rejects(gcloud('ls', 'gs://not-there-at-all'), /404/)
  })
})

const skipBq = skipped(onlyLong || missingTool('gcloud') || missingTool('bq', ['version']))

t.test('bq extract and load work as they are', { skip: skipBq, timeout: 480_000 }, async (t) => {
  const cloud = await startLocalCloud()
  const folder = mkdtempSync(join(tmpdir(), 'bq-files-'))
  t.teardown(async () => {
    await cloud.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const env = gcloudEnv(cloud, folder)
  const bq = (...args: string[]) => runTool('bq', args, env)
  const gcloud = (...args: string[]) => runTool('gcloud', ['storage', ...args], env)
  await gcloud('buckets', 'create', 'gs://files')
  const numbers = join(folder, 'numbers.csv')
  writeFileSync(numbers, 'name,n\none,1\ntwo,2\n')
  await gcloud('cp', numbers, 'gs://files/numbers.csv')
  await bq('mk', '--dataset', 'p:d')
  await bq('load', '--autodetect', '--source_format=CSV', 'd.numbers', 'gs://files/numbers.csv')
  await bq('extract', '--destination_format=AVRO', '--compression=SNAPPY', 'd.numbers', 'gs://files/n-*.avro')
  t.equal(await gcloud('ls', 'gs://files/**.avro'), 'gs://files/n-000000000000.avro\n')
  await bq('load', '--source_format=AVRO', 'd.again', 'gs://files/n-000000000000.avro')
  const sql = 'SELECT SUM(n) AS sum FROM d.again'
  t.same(JSON.parse(await bq('query', '--use_legacy_sql=false', '--format=json', sql)), [{ sum: '3' }])
})
