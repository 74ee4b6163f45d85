import uPlot from 'uplot'
import { html, useEffect, useLayoutEffect, useRef, useState } from './lib.ts'
import { clock } from './format.ts'

export interface Line {
  readonly name: string
  readonly values: readonly (number | null)[]
  /** A colour of the page, by the name of its variable. */
  readonly colour: string
  readonly isFilled?: boolean
}

export interface Mark {
  readonly at: number
  readonly text: string
}

interface ChartProps {
  readonly title: string
  readonly times: readonly number[]
  readonly lines: readonly Line[]
  readonly marks?: readonly Mark[]
  readonly format: (value: number | null | undefined) => string
  readonly height?: number
}

/** Curves over time. Their newest values, or those under the pointer, stand below as text. */
export function Chart({ title, times, lines, marks = [], format, height = 170 }: ChartProps) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | undefined>(undefined)
  const shown = useRef(marks)
  const [at, setAt] = useState<number | null>(null)
  const [theme, setTheme] = useState(0)
  shown.current = marks

  useEffect(() => {
    const repaint = () => setTheme((last) => last + 1)
    const dark = matchMedia('(prefers-color-scheme: dark)')
    dark.addEventListener('change', repaint)
    addEventListener('theme', repaint)
    return () => {
      dark.removeEventListener('change', repaint)
      removeEventListener('theme', repaint)
    }
  }, [])

  useLayoutEffect(() => {
    const box = place.current!
    const made = new uPlot(
      options({ box, lines, marks: () => shown.current, format, height, setAt }),
      dataOf(times, lines),
      box,
    )
    plot.current = made
    const resized = new ResizeObserver(() => made.setSize({ width: box.clientWidth, height }))
    resized.observe(box)
    return () => {
      resized.disconnect()
      made.destroy()
    }
  }, [theme, lines.map(({ name }) => name).join('\n')])

  useEffect(() => plot.current?.setData(dataOf(times, lines)), [times, lines, marks])

  const index = at ?? times.length - 1
  const newest = lines.map(({ name, values }) => `${name} ${format(values.at(-1))}`).join(', ')
  return html`<figure>
    <div class="chart" ref=${place} role="img" aria-label=${`${title}, the last hour. Now: ${newest}`}></div>
    <figcaption class="legend" aria-hidden="true">
      ${lines.map(
        ({ name, values }, order) =>
          html`<span key=${name}
            ><i class=${`swatch s${order}`}></i>${name} <b>${format(values[index])}</b></span
          >`,
      )}
      ${at !== null && times[at] !== undefined && html`<span>${clock(isoOf(times[at]))}</span>`}
    </figcaption>
  </figure>`
}

const isoOf = (time: number) => new Date(time * 1000).toISOString()

/** Seconds belong to it where the steps are shorter than a minute. */
const timeOf = (time: number, step: number) => {
  const [, text = ''] = /(\d\d:\d\d:\d\d)/.exec(new Date(time * 1000).toTimeString()) ?? []
  return step < 60 ? text : text.slice(0, 5)
}

const dataOf = (times: readonly number[], lines: readonly Line[]): uPlot.AlignedData =>
  [[...times], ...lines.map(({ values }) => [...values])] as uPlot.AlignedData

/** What a variable of the page is as a colour now, in the theme that is on. */
function colourOf(name: string): string {
  const probe = document.createElement('i')
  probe.style.color = `var(--${name})`
  document.body.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

const faded = (colour: string, share: number) =>
  colour.replace(/^rgb\((.*)\)$/, (_, parts: string) => `rgba(${parts}, ${share})`)

interface Making {
  readonly box: HTMLElement
  readonly lines: readonly Line[]
  readonly marks: () => readonly Mark[]
  readonly format: ChartProps['format']
  readonly height: number
  readonly setAt: (index: number | null) => void
}

const FONT = '11px Inter, system-ui, sans-serif'

function options({ box, lines, marks, format, height, setAt }: Making): uPlot.Options {
  const [muted, grid] = [colourOf('muted'), colourOf('line')]
  const axis = { stroke: muted, font: FONT, grid: { stroke: grid, width: 1 }, ticks: { show: false } }
  return {
    width: box.clientWidth,
    height,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: { y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.12 : 1] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 26,
        space: 70,
        values: (_plot, at, _axis, _space, step) => at.map((time) => timeOf(time, step)),
      },
      {
        ...axis,
        size: 48,
        space: 34,
        values: (_plot, values) => values.map((value) => format(value).replace('/s', '')),
      },
    ],
    series: [
      {},
      ...lines.map(({ colour, isFilled }): uPlot.Series => {
        const stroke = colourOf(colour)
        return { stroke, width: 1.6, points: { show: false }, ...(isFilled && { fill: faded(stroke, 0.12) }) }
      }),
    ],
    hooks: {
      setCursor: [({ cursor }) => setAt(cursor.idx ?? null)],
      draw: [(plot) => drawMarks(plot, marks(), muted)],
    },
  }
}

/** A dashed line and a small flag for each mark. */
function drawMarks(plot: uPlot, marks: readonly Mark[], colour: string): void {
  const { ctx, bbox } = plot
  const unit = devicePixelRatio
  ctx.save()
  ctx.strokeStyle = ctx.fillStyle = colour
  ctx.setLineDash([3 * unit, 3 * unit])
  for (const { at } of marks) {
    const x = Math.round(plot.valToPos(at, 'x', true))
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    ctx.beginPath()
    ctx.moveTo(x, bbox.top)
    ctx.lineTo(x, bbox.top + bbox.height)
    ctx.stroke()
    ctx.beginPath()
    ctx.moveTo(x - 4 * unit, bbox.top)
    ctx.lineTo(x + 4 * unit, bbox.top)
    ctx.lineTo(x, bbox.top + 6 * unit)
    ctx.fill()
  }
  ctx.restore()
}

/** A curve as small as a word. */
export function Spark({ values }: { values: readonly (number | null)[] | undefined }) {
  const known = values?.filter((value) => value !== null) ?? []
  if (values === undefined || known.length < 2) return html`<span class="muted">–</span>`
  const high = Math.max(...known, 1e-9)
  const points = values.map(
    (value, index) =>
      `${((index / (values.length - 1)) * 92).toFixed(1)} ${(20 - ((value ?? 0) / high) * 18).toFixed(1)}`,
  )
  return html`<svg class="spark" viewBox="0 0 92 22" preserveAspectRatio="none" aria-hidden="true">
    <path d=${`M${points.join('L')}`} />
  </svg>`
}
