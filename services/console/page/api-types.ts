// The answers of the API as types: the schemas are the server's own, and nothing of them reaches the browser.
import type Type from 'typebox'
import type * as events from '../src/api/event.ts'
import type * as flows from '../src/api/flow.ts'
import type * as judging from '../src/api/judge.ts'
import type * as letters from '../src/api/letters.ts'
import type * as ledger from '../src/api/reconcile.ts'
import type * as replays from '../src/api/replay.ts'
import type * as results from '../src/api/result.ts'
import type * as sending from '../src/api/send.ts'
import type * as sessions from '../src/api/session.ts'
import type * as tables from '../src/api/tables.ts'

export type Session = Type.Static<typeof sessions.Session>
export type Flow = Type.Static<typeof flows.Flow>
export type EventAnswer = Type.Static<typeof events.EventAnswer>
export type FoundEvent = EventAnswer['events'][number]
export type ValueEnd = Type.Static<typeof events.ValueEnd>
export type Field = Type.Static<typeof results.Field>
export type Result = Type.Static<typeof results.Result>
export type Tables = Type.Static<typeof tables.TableList>
export type Table = Type.Static<typeof tables.TableDetail>
export type History = Type.Static<typeof tables.History>
export type ColumnFigures = Type.Static<typeof tables.ColumnFigures>
export type Rows = Type.Static<typeof tables.SampleRows>
export type DeadLetter = Type.Static<typeof letters.DeadLetter>
export type DeadLetters = Type.Static<typeof letters.DeadLetters>
export type DeadLetterDetail = Type.Static<typeof letters.DeadLetterDetail>
export type Place = Type.Static<typeof letters.Place>
export type Filters = Type.Static<typeof letters.LetterFilters>
export type Judged = Type.Static<typeof judging.Judged>
export type ReplayPreview = Type.Static<typeof replays.ReplayPreview>
export type Replay = Type.Static<typeof replays.Replay>
export type Reconcile = Type.Static<typeof ledger.Reconcile>
export type Types = Type.Static<typeof sending.Types>
export type Sent = Type.Static<typeof sending.Sent>
export type Task = Type.Static<typeof sending.Task>
export type Generator = Type.Static<typeof sending.Generator>
export type Faults = Type.Static<typeof sending.Faults>
