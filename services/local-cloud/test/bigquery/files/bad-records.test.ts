import { Storage } from '@google-cloud/storage'
import t from 'tap'
import { openClient } from '../../open-bigquery.ts'

const fields = [
  { name: 'n', type: 'INTEGER', mode: 'REQUIRED' },
  { name: 's', type: 'STRING' },
]

interface Job {
  readonly jobReference: { readonly jobId: string }
  readonly status: { readonly errorResult?: Told; readonly errors?: readonly Told[] }
  readonly statistics: { readonly load?: { readonly badRecords: string; readonly outputRows: string } }
}
interface Told {
  readonly message: string
}

/** By REST: Google's client for Node takes errors that did not end a job for those of its call. */
async function open(t: Parameters<typeof openClient>[0]) {
  const { bigquery, cloud, root } = await openClient(t)
  const storage = new Storage({ projectId: 'p', apiEndpoint: cloud.environment['STORAGE_EMULATOR_HOST']! })
  const [bucket] = await storage.createBucket('files')
  const load = async (text: string, options: object) => {
    await bucket.file('x').save(text, { resumable: false })
    const body = {
      configuration: {
        load: {
          sourceUris: ['gs://files/x'],
          destinationTable: { projectId: 'p', datasetId: 'd', tableId: 't' },
          writeDisposition: 'WRITE_TRUNCATE',
          schema: { fields },
          ...options,
        },
      },
    }
    const response = await fetch(`${root}/bigquery/v2/projects/p/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return (await response.json()) as Job
  }
  const rows = async () =>
    (await bigquery.query('SELECT n FROM d.t ORDER BY n'))[0].map(({ n }: { n: number }) => n)
  return { load, rows }
}

const LINES = [
  '{"n":1,"s":"a"}',
  'no JSON',
  '{"n":"two"}',
  '{"n":2}',
  '{"s":"without n"}',
  '{"n":3,"more":4}',
  '[1]',
  '{"n":5}',
]

t.test('a load job leaves out as many bad records of JSON as it may, and tells of them', async (t) => {
  const { load, rows } = await open(t)
  const json = { sourceFormat: 'NEWLINE_DELIMITED_JSON' }
  const { status, statistics } = await load(LINES.join('\n'), { ...json, maxBadRecords: 5 })
  t.equal(status.errorResult, undefined)
  t.equal(statistics.load?.badRecords, '5')
  t.equal(statistics.load?.outputRows, '3')
  t.same(await rows(), [1, 2, 5])
  const messages = (status.errors ?? []).map(({ message }) => message)
  t.equal(messages.length, 5)
  t.match(messages.join('\n'), /line 2.*row 3: .*two.*row 5: .*n.*row 6: .*more.*line 7/s)
  const failed = await load('{"n":7}\n'.concat(LINES.join('\n')), { ...json, maxBadRecords: 4 })
  t.match(failed.status.errorResult?.message, /too many errors, giving up\. Errors: 5; max bad: 4/)
  t.same(await rows(), [1, 2, 5], 'a job that gives up changes nothing')
  const ignoring = await load(LINES.join('\n'), { ...json, maxBadRecords: 4, ignoreUnknownValues: true })
  t.equal(ignoring.statistics.load?.badRecords, '4')
  t.same(await rows(), [1, 2, 3, 5])
})

t.test('half of a character is no STRING', async (t) => {
  const { load, rows } = await open(t)
  const lines = '{"n":1,"s":"a\\ud800b"}\n{"n":2,"s":"\\ud83d\\ude00"}\n{"n":3,"s":"\\ude00"}'
  const json = { sourceFormat: 'NEWLINE_DELIMITED_JSON' }
  const { status, statistics } = await load(lines, { ...json, maxBadRecords: 2 })
  t.equal(status.errorResult, undefined)
  t.equal(statistics.load?.badRecords, '2')
  t.same(await rows(), [2])
  const failed = await load(lines, json)
  t.match(
    failed.status.errorResult?.message,
    /bad value\): "a\\ud800b" has a surrogate without its other half/,
  )
})

t.test('a load job leaves out bad records of CSV', async (t) => {
  const { load, rows } = await open(t)
  const csv = 'n,s\n1,a\n2,b,c\nthree,d\n4,e\n5\n'
  const { statistics, status } = await load(csv, { skipLeadingRows: 1, maxBadRecords: 3 })
  t.equal(status.errorResult, undefined)
  t.equal(statistics.load?.badRecords, '3')
  t.same(await rows(), [1, 4])
  const failed = await load(csv, { skipLeadingRows: 1 })
  t.match(failed.status.errorResult?.message, /line 3|row|column/)
})

t.test('what is no number of records, and a format that has no bad ones, are refused', async (t) => {
  const { load } = await open(t)
  t.match((await load('1,a', { maxBadRecords: -1 })).status.errorResult?.message, /maxBadRecords: -1/)
  const { status } = await load('x', { sourceFormat: 'AVRO', maxBadRecords: 1 })
  t.match(status.errorResult?.message, /does not support maxBadRecords of AVRO/)
})
