// The rule by which CREMA sets a number of instances: the most of what the triggers want, held back by windows and steps, between the
// limits. As its source had it in August 2026 (Scaler.java and ScalingStabilizer.java of
// github.com/GoogleCloudPlatform/cloud-run-external-metrics-autoscaling).

export interface Trigger {
  readonly value: number
  readonly target: number
  /** True: the value is what one instance has, and not what all of them have together (KEDA's metricType "Value"). */
  readonly isOfOne?: boolean
}

export interface Policy {
  readonly type: 'Percent' | 'Pods'
  readonly value: number
  readonly periodSeconds: number
}

export interface Direction {
  readonly stabilizationWindowSeconds: number
  readonly policies: readonly Policy[]
}

export interface Behavior {
  readonly minReplicaCount: number
  readonly maxReplicaCount: number
  readonly scaleUp: Direction
  readonly scaleDown: Direction
}

interface Point {
  readonly second: number
  readonly value: number
}

/** What the triggers want, without limits: the most of them; undefined where none has a target. */
export function wanted(triggers: readonly Trigger[], current: number): number | undefined {
  const usable = triggers.filter(({ target }) => target > 0)
  if (usable.length === 0) return undefined
  return Math.max(
    ...usable.map(({ value, target, isOfOne }) =>
      Math.ceil(((isOfOne === true ? Math.max(current, 1) : 1) * value) / target),
    ),
  )
}

export class ScalerRule {
  readonly #behavior: Behavior
  readonly #wanted: Point[] = []
  readonly #added: Point[] = []
  readonly #removed: Point[] = []

  constructor(behavior: Behavior) {
    this.#behavior = behavior
  }

  /** The number of instances from now on. `second` never goes back. */
  decide(second: number, current: number, triggers: readonly Trigger[]): number {
    const { minReplicaCount, maxReplicaCount } = this.#behavior
    const want = wanted(triggers, current)
    if (want === undefined) return current
    // one that has just started takes what there is for what was wanted
    if (this.#wanted.length === 0) this.#wanted.push({ second, value: current })
    const held = this.#held(second, current, want)
    this.#wanted.push({ second, value: want })
    const next = Math.min(Math.max(held, minReplicaCount), maxReplicaCount)
    if (next > current) this.#added.push({ second, value: next - current })
    if (next < current) this.#removed.push({ second, value: current - next })
    return next
  }

  #held(second: number, current: number, want: number): number {
    const { scaleUp, scaleDown } = this.#behavior
    // from none it goes to one, whatever is wanted
    if (current === 0 && want > 0) return 1
    if (want > current) {
      const lowest = Math.min(want, ...since(this.#wanted, second - scaleUp.stabilizationWindowSeconds))
      return Math.min(want, Math.max(current, lowest), this.#most(second, current, scaleUp))
    }
    if (want < current) {
      const highest = Math.max(want, ...since(this.#wanted, second - scaleDown.stabilizationWindowSeconds))
      return Math.max(want, Math.min(current, highest), this.#fewest(second, current, scaleDown))
    }
    return want
  }

  #most(second: number, current: number, { policies }: Direction): number {
    const bounds = policies.map(({ type, value, periodSeconds }) => {
      const before = this.#before(second, current, periodSeconds)
      return type === 'Pods' ? before + value : Math.ceil(before * (1 + value / 100))
    })
    return Math.max(...bounds)
  }

  #fewest(second: number, current: number, { policies }: Direction): number {
    const bounds = policies.map(({ type, value, periodSeconds }) => {
      const before = this.#before(second, current, periodSeconds)
      return type === 'Pods' ? before - value : Math.floor(before * (1 - value / 100))
    })
    return Math.min(...bounds)
  }

  /** How many there were when the period began. */
  #before(second: number, current: number, period: number): number {
    const sum = (points: readonly Point[]) =>
      since(points, second - period).reduce((all, one) => all + one, 0)
    return current - sum(this.#added) + sum(this.#removed)
  }
}

const since = (points: readonly Point[], second: number): readonly number[] =>
  points.filter((point) => point.second > second).map(({ value }) => value)
