import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  mkdirSync,
  openSync,
  closeSync,
  ftruncateSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { basename, join } from 'node:path'
import t from 'tap'
import type { SourceObject } from '../../src/formats/index.ts'
import { localFiles } from '../../src/sources/local-files.ts'
import { readingOf } from '../formats/reading.ts'
import { folderOf } from './folder.ts'

const urisOf = async (source: string) =>
  (await Array.fromAsync(localFiles(source))).map(({ uri }) => uri).toSorted()
const one = async (source: string): Promise<SourceObject> => (await Array.fromAsync(localFiles(source)))[0]!

t.test('a file is itself, whatever characters are in its name', async (t) => {
  const folder = folderOf(t)
  for (const name of ['a b.json', '[2026] 100%.json', '*.json', '{x,y}?#ä.json', '"quoted".json']) {
    const path = join(folder, name)
    writeFileSync(path, '{"a":1}\n')
    t.same(await urisOf(path), [`file:${path}`])
    t.same((await readingOf(await one(path))).values, ['{"a":1}'])
  }
})

t.test(
  'a folder is all files in it and below it, but for hidden ones and links to folders; a glob is what it finds',
  async (t) => {
    const folder = folderOf(t)
    mkdirSync(join(folder, 'a/b'), { recursive: true })
    for (const name of ['1.json', 'a/2.json', 'a/b/3.csv', 'a/.hidden', '.git'])
      writeFileSync(join(folder, name), '{}')
    symlinkSync(folder, join(folder, 'a/loop'))
    symlinkSync(join(folder, '1.json'), join(folder, 'a/link'))
    const names = (...each: string[]) => each.map((name) => `file:${join(folder, name)}`)
    t.same(await urisOf(folder), names('1.json', 'a/2.json', 'a/b/3.csv', 'a/link'))
    t.same(await urisOf(join(folder, 'a/*.json')), names('a/2.json'))
    t.same(await urisOf(join(folder, '{1.json,a/b/*}')), names('1.json', 'a/b/3.csv'))
    mkdirSync(join(folder, 'empty'))
    t.same(await urisOf(join(folder, 'empty')), [])
  },
)

t.test('what cannot be looked at is told by name, and the files beside it are found', async (t) => {
  const folder = folderOf(t)
  writeFileSync(join(folder, 'good.json'), '{}')
  symlinkSync('nowhere', join(folder, 'dangling'))
  symlinkSync('loop', join(folder, 'loop'))
  const told: Record<string, string> = {
    dangling: 'it is a link to nowhere, which is not there',
    loop: 'it is a link that leads to itself',
  }
  // some disks take no such names
  if (process.platform === 'linux') {
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9])]), '{}')
    told['caf\uFFFD'] = 'its name is no UTF-8: give it another one'
  }
  for (const source of [folder, join(folder, '*')]) {
    const found = new Map<string, SourceObject>()
    for await (const each of localFiles(source)) found.set(basename(each.uri), each)
    t.same(new Set(found.keys()), new Set(['good.json', ...Object.keys(told)]))
    t.same((await readingOf(found.get('good.json')!)).values, ['{}'])
    for (const [name, what] of Object.entries(told)) {
      const object = found.get(name)!
      await t.rejects(readingOf(object), { rule: 'missing', what } as object as Error)
      await t.rejects(object.check(), { message: `${object.uri}: ${what}` })
    }
  }
  await t.rejects(urisOf(join(folder, 'loop')), { message: /: it is a link that leads to itself$/ })
})

t.test('what is no file is passed over where it is found, and told where it was named', async (t) => {
  const folder = folderOf(t)
  writeFileSync(join(folder, 'good.json'), '{}')
  execFileSync('mkfifo', [join(folder, 'pipe.json')])
  symlinkSync('pipe.json', join(folder, 'link.json'))
  const socket = createServer().listen(join(folder, 'socket.json'))
  await once(socket, 'listening')
  t.teardown(() => socket.close())
  for (const source of [folder, join(folder, '*'), join(folder, '**')])
    t.same(await urisOf(source), [`file:${join(folder, 'good.json')}`], source)
  for (const [path, kind] of [
    [join(folder, 'socket.json'), 'socket'],
    ['/dev/zero', 'device'],
  ])
    await t.rejects(urisOf(path!), {
      rule: 'unknown',
      message: `file:${path}: it is a ${kind}: a source is a file, a folder or a pipe`,
    } as object as Error)
})

t.test('a pipe that is named is read to its end, and says that it is waited for', async (t) => {
  const path = join(folderOf(t), 'pipe')
  execFileSync('mkfifo', [path])
  const said: string[] = []
  const written = writeFile(path, '{"a":1}\n{"a":2}\n')
  const [object] = await Array.fromAsync(localFiles(path, (text) => said.push(text)))
  await written
  t.teardown(() => object!.close?.())
  t.equal(object!.uri, `file:${path}`)
  t.same((await readingOf(object!)).values, ['{"a":1}', '{"a":2}'])
  t.same(said, [`waiting: file:${path} is a pipe, which is read until it is closed`])
})

t.test('a source that means nothing says so', async (t) => {
  const folder = folderOf(t)
  for (const name of ['none.json', 'none*.json'])
    await t.rejects(urisOf(join(folder, name)), {
      rule: 'missing',
      message: `file:${join(folder, name)}: there is no such file`,
    } as object as Error)
})

t.test('a folder of 100,000 files is gone through without holding them', async (t) => {
  const folder = folderOf(t)
  const count = Number(process.env['FILES'] ?? 5000)
  for (let at = 0; at < count; at++) {
    if (at % 1000 === 0) mkdirSync(join(folder, String(at / 1000)))
    writeFileSync(join(folder, String(Math.floor(at / 1000)), `${at}.json`), '')
  }
  global.gc?.()
  const before = process.memoryUsage().heapUsed
  let found = 0
  for await (const { bytes } of localFiles(folder)) found += bytes === 0 ? 1 : 0
  t.equal(found, count)
  t.ok(process.memoryUsage().heapUsed - before < 64 << 20)
})

t.test('a file that changes while it is read says so, behind what could be read', async (t) => {
  const path = join(folderOf(t), 'changing.json')
  const changes: Record<string, () => void> = {
    grows: () => appendFileSync(path, '{"a":3}\n'),
    shrinks: () => truncateSync(path, 8),
    'is written anew': () => writeFileSync(path, '{"a":9}\n{"a":8}\n'),
  }
  for (const [name, change] of Object.entries(changes)) {
    writeFileSync(path, '{"a":1}\n{"a":2}\n')
    const object = await one(path)
    change()
    const { error } = await readingOf(object)
    t.match(error, { rule: 'changed', what: /^it changed while it was read: from 16 bytes of / }, name)
  }
})

t.test('a hole in a file is one record that is too long, and memory stays flat', async (t) => {
  const path = join(folderOf(t), 'sparse')
  const size = Number(process.env['HOLE_BYTES'] ?? 3e8)
  writeFileSync(path, '{"a":1}\n')
  const file = openSync(path, 'r+')
  ftruncateSync(file, size)
  closeSync(file)
  appendFileSync(path, '\n{"a":2}\n')
  const before = process.memoryUsage().rss
  // in one portion, and in some of which most have no beginning of a line
  for (const bytes of [Infinity, 100_000_000]) {
    const { values, broken } = await readingOf(await one(path), { bytes })
    t.same(values, ['{"a":1}', '{"a":2}'])
    t.match(broken, [{ rule: 'too_long', length: size - 8, place: { line: 2, byte: 8 } }])
  }
  t.ok(process.memoryUsage().rss - before < 150 << 20)
})

t.test('a folder below a file, and a folder where a file is due, are told', async (t) => {
  const folder = folderOf(t)
  writeFileSync(join(folder, 'file'), '{}')
  await t.rejects(urisOf(join(folder, 'file/below')), { rule: 'missing' } as object as Error)
})
