import t from 'tap'
import { checkRequests, MOST_REQUESTS } from './requests.ts'

t.test(
  'more requests to table-manager than a thousand fail the bench, and so does a figure that is none',
  (t) => {
    checkRequests(MOST_REQUESTS, MOST_REQUESTS)
    t.throws(
      () => checkRequests(MOST_REQUESTS + 1, 1),
      /got 1001 requests for 20 types and 200 shapes, and may get 1000/,
    )
    t.throws(() => checkRequests(1, MOST_REQUESTS + 1), /got 1001 requests/)
    t.throws(() => checkRequests(Number.NaN, 1), /got NaN requests/)
    t.end()
  },
)
