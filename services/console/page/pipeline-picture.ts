import { html } from './lib.ts'
import type { Flow } from './api-types.ts'
import { count, rate } from './format.ts'

interface Box {
  readonly x: number
  readonly y: number
  readonly title: string
  readonly sub: string
  readonly figure: string
  readonly kind?: 'out' | 'dead' | 'calm'
  /** Services that stand for it: one that does not answer makes it red. */
  readonly isDown?: boolean
}

interface Wire {
  readonly path: string
  readonly isMoving: boolean
  readonly isDead?: boolean
}

const [WIDTH, HEIGHT] = [176, 82]

/** The pipeline with its live figures: once from left to right, once from top to bottom; the style sheet shows one. */
export function PipelinePicture({ flow }: { flow: Flow }) {
  return html`<${Drawing} flow=${flow} isWide=${true} /><${Drawing} flow=${flow} isWide=${false} />`
}

function Drawing({ flow, isWide }: { flow: Flow; isWide: boolean }) {
  const {
    now,
    curves: { duplicates },
  } = flow
  const spots = isWide ? WIDE : NARROW
  const boxes = boxesOf(flow).map((box, index) => ({ ...box, ...spots.boxes[index]! }))
  const moves = [
    now.received_rate,
    now.received_rate,
    now.landed_rate,
    now.dead_letters_rate,
    duplicates.at(-1),
    now.waiting,
    now.waiting,
  ]
  const wires: Wire[] = spots.wires.map((path, index) => ({
    path,
    isMoving: (moves[index] ?? 0) > 0,
    isDead: index === 3,
  }))
  const told = boxes.map(({ title, figure, sub }) => `${title}: ${figure}, ${sub}`).join('. ')
  return html`<svg
    class=${`picture ${isWide ? 'only-wide' : 'only-narrow'}`}
    viewBox=${spots.view}
    role="img"
    aria-label=${`The pipeline. ${told}`}
  >
    ${wires.map(
      ({ path, isMoving, isDead }) =>
        html`<g key=${path}>
          <path class="wire" d=${path} />
          ${isMoving && html`<path class=${isDead ? 'pulse dead' : 'pulse'} d=${path} />`}
        </g>`,
    )}
    ${boxes.map(
      ({ x, y, title, sub, figure, kind = '', isDown }) =>
        html`<g key=${title} transform=${`translate(${x} ${y})`}>
          <rect class=${`box ${kind} ${isDown ? 'down' : ''}`} width=${WIDTH} height=${HEIGHT} rx="11" />
          <text x="14" y="24">${title}</text>
          <text class="figure" x="14" y="48">${figure}</text>
          <text class="sub" x="14" y="67">${isDown ? 'does not answer' : sub}</text>
        </g>`,
    )}
  </svg>`
}

function boxesOf({ now, services }: Flow): Omit<Box, 'x' | 'y'>[] {
  const isDown = (name: string) => services.some((service) => service.name === name && !service.ok)
  const dead = now.dead_letters_total > 0
  return [
    {
      title: 'Publishers',
      figure: rate(now.received_rate),
      sub: 'by gateway, by Pub/Sub',
      isDown: isDown('event-gateway'),
    },
    { title: 'Topic', figure: count(now.received_total), sub: 'taken from Pub/Sub' },
    { title: 'stream-writer', figure: count(now.held), sub: 'in its hands', isDown: isDown('stream-writer') },
    {
      title: 'Tables',
      figure: count(now.landed_total),
      sub: `rows landed, ${rate(now.landed_rate)}`,
      kind: 'out',
    },
    {
      title: 'Dead letters',
      figure: count(now.dead_letters_total),
      sub: 'with reason and bytes',
      kind: dead ? 'dead' : 'calm',
    },
    { title: 'Duplicates', figure: count(now.duplicates_total), sub: 'not written again', kind: 'calm' },
    {
      title: 'table-manager',
      figure: count(now.waiting),
      sub: 'wait for a column',
      isDown: isDown('table-manager'),
    },
  ]
}

/** Places of the boxes and wires, in the order of `boxesOf` and of `moves`. */
const WIDE = {
  view: '0 0 964 214',
  boxes: [
    { x: 2, y: 2 },
    { x: 263, y: 2 },
    { x: 524, y: 2 },
    { x: 785, y: 2 },
    { x: 524, y: 130 },
    { x: 263, y: 130 },
    { x: 785, y: 130 },
  ],
  wires: [
    'M178 43H263',
    'M439 43H524',
    'M700 43H785',
    'M612 84V130',
    'M556 84C556 118 480 171 439 171',
    'M668 84C668 118 740 171 785 171',
    'M873 130V84',
  ],
}

const NARROW = {
  view: '0 0 364 598',
  boxes: [
    { x: 94, y: 2 },
    { x: 94, y: 130 },
    { x: 2, y: 258 },
    { x: 2, y: 386 },
    { x: 186, y: 386 },
    { x: 94, y: 514 },
    { x: 186, y: 258 },
  ],
  wires: [
    'M182 84V130',
    'M182 212C182 238 90 232 90 258',
    'M90 340V386',
    'M118 340C118 368 274 360 274 386',
    'M132 340C132 366 182 362 182 392V514',
    'M178 299H186',
    'M246 340C246 366 140 362 140 386',
  ],
}
