/** Text that becomes something else where a page is careless: markup, code, an address, a node of the library. */
export const HOSTILE = [
  '<script>globalThis.hacked=1</script>',
  '<img src=x onerror="globalThis.hacked=1">',
  '"><svg onload=globalThis.hacked=1>',
  "';globalThis.hacked=1;//",
  'javascript:globalThis.hacked=1',
  '</textarea><iframe srcdoc="<script>parent.hacked=1</script>">',
  '${globalThis.hacked=1}',
  '{{constructor.constructor("globalThis.hacked=1")()}}',
  '<style>*{display:none}</style>',
  '<math><mi//xlink:href="data:x,<script>globalThis.hacked=1</script>">',
  '\u202egnp.exe\u0000\u0007<b>',
  '__proto__',
  '<a href="javascript:globalThis.hacked=1">click</a>',
] as const

/** What an answer says in words of ours, and no event can change: the page knows each of them. */
const OURS = new Set(
  `token kind state end door origin outcome mode type action change found_by code format replay_id dead_letter_id data at since
  publish_time changed_at created_at last_change starts_at started_at processed_timestamp last_at freshest ledger_at looked_from
  looked_until`.split(/\s+/),
)

/** The answer with hostile text in place of each text of it, and as names of an object's fields. */
export function hostile(answer: unknown): unknown {
  let count = 0
  const next = () => `${HOSTILE[count++ % HOSTILE.length]!} ${count}`
  const walk = (value: unknown, name: string): unknown => {
    if (typeof value === 'string') return OURS.has(name) ? value : next()
    if (Array.isArray(value)) return value.map((each) => walk(each, name))
    if (typeof value !== 'object' || value === null) return value
    const fields = Object.entries(value).map(([key, each]) => [key, walk(each, key)] as const)
    // a node of the library looks like this
    const more =
      name === 'row' || name === 'rows'
        ? [
            [next(), next()] as const,
            ['node', { type: 'img', props: { src: 'x', onerror: 'hacked=1' }, constructor: null }] as const,
          ]
        : []
    return Object.fromEntries([...fields, ...more])
  }
  return walk(answer, '')
}
