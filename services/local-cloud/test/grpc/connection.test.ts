import assert from 'node:assert/strict'
import net from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import {
  CODE,
  FLAG,
  FRAME,
  FRAME_HEAD,
  frame,
  numbers,
  PREFACE,
  SETTING,
  settings,
} from '../../src/grpc/frames.ts'
import { GrpcServer } from '../../src/grpc/grpc-server.ts'
import { headerBlock } from '../../src/grpc/hpack.ts'
import { echoServer, framed, type Echo } from './echo-server.ts'

interface Frame {
  readonly type: number
  readonly flags: number
  readonly id: number
  readonly payload: Buffer
}

const NO_SETTINGS = frame(FRAME.SETTINGS, 0, 0, Buffer.alloc(0))
const headers = headerBlock([
  [':method', 'POST'],
  [':path', '/echo/Unary'],
  ['content-type', 'application/grpc'],
])
const opening = Buffer.concat([PREFACE, NO_SETTINGS])
const END = FLAG.END_STREAM
const request = (id: number, message: Buffer): Buffer =>
  Buffer.concat([
    frame(FRAME.HEADERS, FLAG.END_HEADERS, id, headers),
    frame(FRAME.DATA, END, id, framed(message)),
  ])

/** Frames of the server, until it is done with them or closes. */
function talk(echo: Echo, parts: readonly Buffer[], until: (frames: readonly Frame[]) => boolean) {
  return new Promise<readonly Frame[]>((resolve, reject) => {
    const frames: Frame[] = []
    let rest: Buffer = Buffer.alloc(0)
    const socket = net.connect(echo.port, '127.0.0.1')
    const done = () => {
      socket.destroy()
      resolve(frames)
    }
    socket.setNoDelay(true)
    socket.on('error', reject)
    socket.on('close', done)
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk])
      while (rest.length >= FRAME_HEAD && rest.length >= FRAME_HEAD + rest.readUIntBE(0, 3)) {
        const end = FRAME_HEAD + rest.readUIntBE(0, 3)
        const payload = rest.subarray(FRAME_HEAD, end)
        frames.push({ type: rest[3]!, flags: rest[4]!, id: rest.readUInt32BE(5), payload })
        rest = rest.subarray(end)
      }
      if (until(frames)) done()
    })
    for (const part of parts) socket.write(part)
  })
}

const never = () => false
const dataOf = (frames: readonly Frame[], id: number): Buffer =>
  Buffer.concat(
    frames.filter((each) => each.type === FRAME.DATA && each.id === id).map(({ payload }) => payload),
  )
const endsOf = (frames: readonly Frame[]): number =>
  frames.filter(({ type, flags }) => type === FRAME.HEADERS && (flags & END) !== 0).length
const goAwayOf = (frames: readonly Frame[]) => {
  const last = frames.findLast(({ type }) => type === FRAME.GOAWAY)
  return last && { code: last.payload.readUInt32BE(4), why: last.payload.toString('utf8', 8) }
}

t.test('requests are the same however the network cuts their bytes', async (t) => {
  const echo = await echoServer(t)
  const padded = Buffer.concat([Buffer.of(3), framed(Buffer.from('padded')), Buffer.alloc(3)])
  const [head, tail] = [headers.subarray(0, 20), headers.subarray(20)]
  const all = Buffer.concat([
    opening,
    request(1, Buffer.from('one')),
    frame(FRAME.HEADERS, FLAG.END_HEADERS | FLAG.PRIORITY, 3, Buffer.concat([Buffer.alloc(5), headers])),
    frame(FRAME.DATA, END | FLAG.PADDED, 3, padded),
    // a kind of frame that nobody knows, and priorities, which say nothing here
    frame(99, 255, 0, Buffer.from('?')),
    frame(FRAME.PRIORITY, 0, 3, Buffer.alloc(5)),
    frame(FRAME.HEADERS, 0, 5, head),
    frame(FRAME.CONTINUATION, FLAG.END_HEADERS, 5, tail),
    frame(FRAME.DATA, 0, 5, framed(Buffer.from('two')).subarray(0, 3)),
    frame(FRAME.DATA, 0, 5, framed(Buffer.from('two')).subarray(3)),
    frame(FRAME.DATA, END, 5, Buffer.alloc(0)),
    request(7, Buffer.alloc(0)),
  ])
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(all.length), { maxLength: 12 }), async (cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), all.length]
      const parts = places.slice(1).map((end, at) => all.subarray(places[at], end))
      const frames = await talk(echo, parts, (seen) => endsOf(seen) === 4)
      const answers = [1, 3, 5, 7].map((id) => dataOf(frames, id).toString('utf8', 5))
      assert.deepEqual(answers, ['one', 'padded', 'two', ''])
    }),
    { numRuns: 25 },
  )
  const each = Array.from(all, (byte) => Buffer.of(byte))
  t.equal(endsOf(await talk(echo, each, (seen) => endsOf(seen) === 4)), 4, 'byte by byte')
})

t.test('an answer comes whole and in its order through windows of any size', async (t) => {
  const echo = await echoServer(t)
  const sizes = { window: fc.integer({ min: 1, max: 70_000 }), bytes: fc.integer({ min: 0, max: 90_000 }) }
  await fc.assert(
    fc.asyncProperty(fc.record(sizes), async ({ window, bytes }) => {
      const message = Buffer.from(Array.from({ length: bytes }, (_, at) => at % 251))
      const small = frame(FRAME.SETTINGS, 0, 0, settings([[SETTING.INITIAL_WINDOW, window]]))
      const body = framed(message)
      const data: Buffer[] = []
      for (let at = 0; at < body.length; at += 16_384)
        data.push(frame(FRAME.DATA, at + 16_384 >= body.length ? END : 0, 1, body.subarray(at, at + 16_384)))
      const first = [PREFACE, small, frame(FRAME.HEADERS, FLAG.END_HEADERS, 1, headers), ...data]
      const filled = (frames: readonly Frame[]) =>
        dataOf(frames, 1).length >= Math.min(window, 65_535, body.length)
      const before = await talk(echo, first, filled)
      assert.ok(dataOf(before, 1).length <= Math.min(window, 65_535), 'no more than the windows take')
      const wider = [0, 1].map((id) => frame(FRAME.WINDOW_UPDATE, 0, id, numbers(100_000)))
      const frames = await talk(echo, [...first, ...wider], (seen) => endsOf(seen) === 1)
      assert.ok(dataOf(frames, 1).equals(body), `${bytes} bytes by ${window}`)
    }),
    { numRuns: 15 },
  )
})

const BAD: Readonly<Record<string, readonly [code: number, why: RegExp, ...bytes: Buffer[]]>> = {
  'no HTTP/2': [CODE.PROTOCOL_ERROR, /preface/, Buffer.from('PRI / HTTP/1.1\r\n\r\nxxxxxxxxx')],
  'a frame that is too long': [
    CODE.FRAME_SIZE_ERROR,
    /16385 bytes/,
    opening,
    frame(FRAME.DATA, 0, 1, Buffer.alloc(16_385)),
  ],
  'DATA of no stream': [CODE.PROTOCOL_ERROR, /DATA/, opening, frame(FRAME.DATA, 0, 1, Buffer.alloc(1))],
  'a stream of the server’s': [CODE.PROTOCOL_ERROR, /stream 2/, opening, frame(FRAME.HEADERS, 4, 2, headers)],
  'a promise': [CODE.PROTOCOL_ERROR, /promises/, opening, frame(FRAME.PUSH_PROMISE, 4, 1, headers)],
  'padded DATA that has no padding': [
    CODE.FRAME_SIZE_ERROR,
    /padding/,
    opening,
    frame(FRAME.HEADERS, FLAG.END_HEADERS, 1, headers),
    frame(FRAME.DATA, FLAG.PADDED, 1, Buffer.alloc(0)),
  ],
  'padded headers that have no padding': [
    CODE.FRAME_SIZE_ERROR,
    /padding/,
    opening,
    frame(FRAME.HEADERS, FLAG.END_HEADERS | FLAG.PADDED, 1, Buffer.alloc(0)),
  ],
  'headers that go on for ever': [
    CODE.ENHANCE_YOUR_CALM,
    /headers/,
    opening,
    frame(FRAME.HEADERS, 0, 1, headers),
    ...Array.from({ length: 1001 }, () => frame(FRAME.CONTINUATION, 0, 1, Buffer.alloc(0))),
  ],
  'half a setting': [CODE.FRAME_SIZE_ERROR, /setting/, opening, frame(FRAME.SETTINGS, 0, 0, Buffer.alloc(5))],
  'a ping of four bytes': [
    CODE.FRAME_SIZE_ERROR,
    /4 bytes/,
    opening,
    frame(FRAME.PING, 0, 0, Buffer.alloc(4)),
  ],
  'a window beyond all bounds': [
    CODE.FLOW_CONTROL_ERROR,
    /window/,
    opening,
    frame(FRAME.WINDOW_UPDATE, 0, 0, numbers(2 ** 31 - 1)),
  ],
  'a window that does not grow': [
    CODE.PROTOCOL_ERROR,
    /stays/,
    opening,
    frame(FRAME.WINDOW_UPDATE, 0, 0, numbers(0)),
  ],
  'a window of a stream that nobody opened': [
    CODE.PROTOCOL_ERROR,
    /no stream/,
    opening,
    frame(FRAME.WINDOW_UPDATE, 0, 1, numbers(1)),
  ],
  'settings that give a stream a window beyond all bounds': [
    CODE.FLOW_CONTROL_ERROR,
    /window/,
    opening,
    frame(FRAME.HEADERS, FLAG.END_HEADERS, 1, headers),
    frame(FRAME.WINDOW_UPDATE, 0, 1, numbers(2 ** 31 - 1 - 65_535)),
    frame(FRAME.SETTINGS, 0, 0, settings([[SETTING.INITIAL_WINDOW, 65_536]])),
  ],
  'headers that are none': [
    CODE.COMPRESSION_ERROR,
    /entry/,
    opening,
    frame(FRAME.HEADERS, FLAG.END_HEADERS, 1, Buffer.of(0xfe)),
  ],
  'a frame amid headers': [
    CODE.PROTOCOL_ERROR,
    /amid/,
    opening,
    frame(FRAME.HEADERS, 0, 1, headers),
    frame(FRAME.PING, 0, 0, Buffer.alloc(8)),
  ],
  'headers without an end': [
    CODE.ENHANCE_YOUR_CALM,
    /headers/,
    opening,
    frame(FRAME.HEADERS, 0, 1, headers),
    ...Array.from({ length: 66 }, () => frame(FRAME.CONTINUATION, 0, 1, Buffer.alloc(16_000))),
  ],
  'more padding than bytes': [
    CODE.PROTOCOL_ERROR,
    /padding/,
    opening,
    frame(FRAME.HEADERS, FLAG.END_HEADERS, 1, headers),
    frame(FRAME.DATA, FLAG.PADDED, 1, Buffer.of(9, 1)),
  ],
}

t.test('who breaks the rules of HTTP/2 is told which one, and the others are served on', async (t) => {
  const echo = await echoServer(t)
  for (const [what, [code, why, ...bytes]] of Object.entries(BAD))
    t.match(goAwayOf(await talk(echo, bytes, never)), { code, why }, what)
  const frames = await talk(echo, [opening, request(1, Buffer.from('x'))], (seen) => endsOf(seen) === 1)
  t.equal(dataOf(frames, 1).toString('utf8', 5), 'x')
})

t.test('a stream whose window breaks the rules ends, and the others of its connection go on', async (t) => {
  const echo = await echoServer(t)
  for (const [bytes, code] of [
    [2 ** 31 - 65_535, CODE.FLOW_CONTROL_ERROR],
    [0, CODE.PROTOCOL_ERROR],
  ] as const) {
    const begun = frame(FRAME.HEADERS, FLAG.END_HEADERS, 1, headers)
    const wider = frame(FRAME.WINDOW_UPDATE, 0, 1, numbers(bytes))
    const parts = [opening, begun, wider, request(3, Buffer.from('x'))]
    const frames = await talk(echo, parts, (seen) => endsOf(seen) === 1)
    t.match(
      frames.find(({ type }) => type === FRAME.RST_STREAM),
      { id: 1, payload: numbers(code) },
    )
    t.equal(dataOf(frames, 3).toString('utf8', 5), 'x')
  }
  const widest = frame(FRAME.WINDOW_UPDATE, 0, 1, numbers(2 ** 31 - 1 - 65_535))
  const [head, data] = [frame(FRAME.HEADERS, FLAG.END_HEADERS, 1, headers), framed(Buffer.from('x'))]
  const frames = await talk(
    echo,
    [opening, head, widest, frame(FRAME.DATA, END, 1, data)],
    (seen) => endsOf(seen) === 1,
  )
  t.equal(dataOf(frames, 1).toString('utf8', 5), 'x', 'the widest that there may be')
})

t.test('a call with too many headers is refused, and the others of its connection go on', async (t) => {
  const echo = await echoServer(t)
  const long = Buffer.concat([headers, headerBlock([['x-long', 'x'.repeat(70_000)]])])
  // RFC 7541, section 6.2.1: it is in the table from then on, and the next call means it
  const known = Buffer.concat([Buffer.of(0x40, 1), Buffer.from('a'), Buffer.of(1), Buffer.from('b')])
  const block = Buffer.concat([long, known])
  const parts = Array.from({ length: Math.ceil(block.length / 16_000) }, (_, at) =>
    frame(
      at === 0 ? FRAME.HEADERS : FRAME.CONTINUATION,
      (at + 1) * 16_000 >= block.length ? FLAG.END_HEADERS : 0,
      1,
      block.subarray(at * 16_000, (at + 1) * 16_000),
    ),
  )
  const next = frame(FRAME.HEADERS, FLAG.END_HEADERS, 3, Buffer.concat([headers, Buffer.of(0x80 | 62)]))
  const data = frame(FRAME.DATA, END, 3, framed(Buffer.from('x')))
  const frames = await talk(echo, [opening, ...parts, next, data], (seen) => endsOf(seen) === 2)
  const refused = frames.find(({ type, id }) => type === FRAME.HEADERS && id === 1)
  t.match(refused?.payload.toString('latin1'), /grpc-status.8.*more than 65536 bytes/s)
  t.equal(dataOf(frames, 3).toString('utf8', 5), 'x')
})

t.test('random frames end no server', async (t) => {
  const echo = await echoServer(t)
  const any = fc
    .tuple(fc.nat(12), fc.nat(255), fc.nat(9), fc.uint8Array({ maxLength: 40 }))
    .map(([type, flags, id, payload]) => frame(type, flags, id, payload))
  await fc.assert(
    fc.asyncProperty(fc.array(any, { maxLength: 30 }), async (frames) => {
      const last = frame(FRAME.PING, 0, 0, Buffer.from('the last'))
      const seen = (all: readonly Frame[]) => all.some(({ payload }) => payload.toString() === 'the last')
      await talk(echo, [opening, ...frames, last, Buffer.alloc(20_000, 0xff)], seen)
    }),
    { numRuns: 60 },
  )
  const frames = await talk(echo, [opening, request(1, Buffer.from('x'))], (seen) => endsOf(seen) === 1)
  t.equal(endsOf(frames), 1)
})

t.test('a request beyond a hundred is refused, and may be sent again', async (t) => {
  const echo = await echoServer(t)
  const open = Array.from({ length: 101 }, (_, at) =>
    frame(FRAME.HEADERS, FLAG.END_HEADERS, at * 2 + 1, headers),
  )
  const isReset = ({ type }: Frame) => type === FRAME.RST_STREAM
  const frames = await talk(echo, [opening, ...open], (seen) => seen.some(isReset))
  t.match(frames.find(isReset), { id: 201, payload: numbers(CODE.REFUSED_STREAM) })
})

t.test('an old connection takes what is on its way, finishes it, and closes', async (t) => {
  const echo = await echoServer(t, new GrpcServer({ connectionAgeMs: 50, connectionGraceMs: 60_000 }))
  const begun = frame(FRAME.HEADERS, FLAG.END_HEADERS, 1, headers)
  const socket = net.connect(echo.port, '127.0.0.1')
  const came: Buffer[] = []
  const closed = new Promise((resolve) => socket.on('close', resolve))
  socket.write(Buffer.concat([opening, begun]))
  await new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      came.push(chunk)
      const ping = Buffer.concat(came).indexOf('lastping')
      if (ping >= 0) resolve()
    })
  })
  socket.write(
    Buffer.concat([request(3, Buffer.from('late')), frame(FRAME.PING, FLAG.ACK, 0, Buffer.from('lastping'))]),
  )
  socket.write(frame(FRAME.DATA, END, 1, framed(Buffer.from('first'))))
  await closed
  const all = Buffer.concat(came).toString('latin1')
  t.match(all, /max_age/)
  t.match(all, /late/)
  t.match(all, /first/)
})
