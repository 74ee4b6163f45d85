import type { Problem } from '@tablestream/contract'

/** What may be an event, before anybody has judged it. */
export interface Candidate {
  readonly bytes: Buffer
  /** The type that the door or the CloudEvent names. */
  readonly type?: string | undefined
  readonly id?: string | undefined
  /** RFC 3339: when it happened, where the CloudEvent tells. */
  readonly time?: string | undefined
  readonly source?: string | undefined
  /** More of the message's attributes: what else the CloudEvent says. */
  readonly attributes?: Readonly<Record<string, string>> | undefined
}

/** Something that is no event, and why. */
export interface NoCandidate {
  readonly problems: readonly Problem[]
}

export function problem(path: string, rule: string, message: string, value?: unknown): Problem {
  return { path, rule, message, value }
}
