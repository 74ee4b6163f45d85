import t from 'tap'
import { parseApiKeys } from '../../src/access/api-keys.ts'
import { build, hashOf, HEADERS, recording } from '../build.ts'

t.test(
  'beside a caller that has all that one may have under way, two others have as much as alone',
  async (t) => {
    let release: () => void = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    let underWay = 0
    const publish = async (all: readonly unknown[]) => {
      underWay += all.length
      await held
      return all.map(String)
    }
    const names = ['greedy', 'modest', 'another']
    const keys = parseApiKeys(
      JSON.stringify(Object.fromEntries(names.map((n) => [n, { sha256: hashOf(n) }]))),
    )
    const app = await build(recording({ publish }), { keys, maxRequests: 200, requestsPerMinute: 60_000 })
    t.teardown(() => app.close())
    await app.ready()
    const refused = new Map<string, number>()
    let answered = 0
    const all: Promise<void>[] = []
    const send = async (key: string, count: number): Promise<void> => {
      for (let n = 0; n < count; n++)
        all.push(
          app
            .inject({
              method: 'POST',
              url: '/events',
              headers: { ...HEADERS, 'x-api-key': key },
              payload: '{"event_type":"x"}',
            })
            .then(({ statusCode }) => {
              answered++
              if (statusCode !== 200) refused.set(key, (refused.get(key) ?? 0) + 1)
            }),
        )
      // Pub/Sub answers nobody: who has an answer had no place
      while (underWay + answered < all.length) await new Promise(setImmediate)
    }
    await send('greedy', 60)
    t.equal(underWay, 50, 'a quarter')
    await send('modest', 50)
    await send('another', 50)
    release()
    await Promise.all(all)
    t.same(refused, new Map([['greedy', 10]]))
  },
)
