// Node loads it before all else where test/at.ts starts a process: what the clock says is so much later or earlier. Timers, and what is
// not asked of Date, go on as they are.
const OFFSET_MS = Number(process.env['CLOCK_OFFSET_MS'] ?? 0)

const TrueDate = Date
const now = () => TrueDate.now() + OFFSET_MS

globalThis.Date = new Proxy(TrueDate, {
  construct: (target, args, made) => Reflect.construct(target, args.length === 0 ? [now()] : args, made),
  apply: () => new TrueDate(now()).toString(),
  get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
})
