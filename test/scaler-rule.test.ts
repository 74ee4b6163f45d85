import t from 'tap'
import { ScalerRule, wanted, type Behavior } from '../scripts/simulate-scale/scaler-rule.ts'

const BEHAVIOR: Behavior = {
  minReplicaCount: 1,
  maxReplicaCount: 50,
  scaleUp: { stabilizationWindowSeconds: 0, policies: [{ type: 'Percent', value: 100, periodSeconds: 60 }] },
  scaleDown: {
    stabilizationWindowSeconds: 300,
    policies: [{ type: 'Percent', value: 50, periodSeconds: 60 }],
  },
}
/** A rule that is asked once a minute; gives the numbers that it decides, each with the one before it. */
function decided(behavior: Behavior, from: number, wants: readonly number[]): readonly number[] {
  const rule = new ScalerRule(behavior)
  let current = from
  return wants.map((want, minute) => {
    current = rule.decide(minute * 60, current, [{ value: want, target: 1 }])
    return current
  })
}

t.test('the most that a trigger wants is wanted, rounded up', (t) => {
  t.equal(
    wanted(
      [
        { value: 101, target: 10 },
        { value: 3, target: 1 },
      ],
      5,
    ),
    11,
  )
  t.equal(
    wanted([{ value: 90, target: 60, isOfOne: true }], 4),
    6,
    'an age is of one: what there are, times it',
  )
  t.equal(wanted([{ value: 90, target: 60, isOfOne: true }], 0), 2)
  t.equal(wanted([{ value: 90, target: 0 }], 4), undefined, 'a target of nothing is none')
  t.end()
})

t.test('it goes up at once, by steps, and no further than it may', (t) => {
  t.same(decided(BEHAVIOR, 1, [40, 40, 40, 40, 40, 40, 90]), [2, 4, 8, 16, 32, 40, 50])
  const four: Behavior = {
    ...BEHAVIOR,
    scaleUp: {
      stabilizationWindowSeconds: 0,
      policies: [...BEHAVIOR.scaleUp.policies, { type: 'Pods', value: 4, periodSeconds: 60 }],
    },
  }
  t.same(decided(four, 1, [40, 40, 40]), [5, 10, 20], 'the larger step of two')
  t.end()
})

t.test('it goes down to what nobody wanted for the whole window, by halves', (t) => {
  t.same(decided(BEHAVIOR, 20, [20, 1, 1, 1, 1, 1, 1, 1, 1]), [20, 20, 20, 20, 20, 10, 5, 2, 1])
  t.same(decided(BEHAVIOR, 20, [20, 1, 1, 15, 1, 1, 1]), [20, 20, 20, 20, 20, 15, 15])
  t.end()
})

t.test('one that has just started takes what there is for what was wanted', (t) => {
  t.same(decided(BEHAVIOR, 20, [1, 1, 1, 1, 1, 1]), [20, 20, 20, 20, 20, 10])
  t.end()
})

t.test('from none it goes to one, and to none where none is wanted', (t) => {
  const none = { ...BEHAVIOR, minReplicaCount: 0 }
  t.same(decided(none, 0, [0, 30, 30]), [0, 1, 2])
  t.same(decided(none, 1, [0, 0, 0, 0, 0, 0]).at(-1), 0)
  t.end()
})

t.test('without a trigger that has a target nothing changes', (t) => {
  t.equal(new ScalerRule(BEHAVIOR).decide(0, 7, []), 7)
  t.end()
})
