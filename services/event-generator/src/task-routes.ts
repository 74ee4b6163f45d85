import createError from '@fastify/error'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { Publisher } from '@tablestream/service-kit'
import Type from 'typebox'
import { knownType, TaskStatusSchema, UnknownScenario, UnknownTask } from './answers.ts'
import { EventStream } from './event-stream.ts'
import { SCENARIOS, type Scenario } from './scenarios.ts'
import { Schedule } from './schedule.ts'
import { SHOP_EVENT_TYPES } from './shop/shop.ts'
import { shopOf, STORY, type Story } from './story.ts'
import type { Task } from './task.ts'
import type { Tasks } from './tasks.ts'
import { TROUBLES } from './trouble.ts'

export interface TaskRouteOptions {
  readonly tasks: Tasks
  readonly publisher: Publisher
  readonly now: () => Date
  readonly published: (type: string, count: number) => void
}

const OneRate = createError(
  'RATE',
  'body must have either events_per_second or events_per_minute, and not both',
  400,
)
const TooMuchTrouble = createError<[number]>(
  'TROUBLE',
  'the rates of trouble add up to %d, 0.5 is the limit',
  400,
)
const MOST_TROUBLE = 0.5

const Rate = Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 100_000 }))
const share = (description: string) =>
  Type.Optional(Type.Number({ minimum: 0, maximum: MOST_TROUBLE, description }))
const Trouble = Type.Object(
  Object.fromEntries(Object.entries(TROUBLES).map(([name, description]) => [name, share(description)])),
  { additionalProperties: false, description: 'Share of the events that have each trouble, 0 to 0.5' },
)
/** What a page that shows the API sends when somebody clicks. */
const START = { events_per_second: 10, duration_minutes: 1, event_types: ['order', 'user_activity'] }
const StartBody = Type.Object(
  {
    events_per_second: Rate,
    events_per_minute: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 6_000_000 })),
    duration_minutes: Type.Number({ default: 1, exclusiveMinimum: 0, maximum: 1440 }),
    event_types: Type.Array(Type.String(), {
      minItems: 1,
      default: [...SHOP_EVENT_TYPES],
      description: SHOP_EVENT_TYPES.join(', '),
    }),
    ...STORY,
    trouble: Type.Optional(Trouble),
  },
  { additionalProperties: false, examples: [START] },
)
const TaskParameter = Type.Object({ task: Type.String({ description: 'A task_id' }) })
const NameParameter = Type.Object({
  name: Type.String({ description: `Scenario: ${Object.keys(SCENARIOS).join(', ')}` }),
})
const ScenarioSchema = Type.Object({
  name: Type.String(),
  description: Type.String(),
  duration_seconds: Type.Number(),
  events: Type.Integer(),
  phases: Type.Array(Type.Object({ seconds: Type.Number(), events_per_second: Type.Number() })),
  event_types: Type.Array(Type.String()),
  trouble: Type.Record(Type.String(), Type.Number()),
})

/** Loads that go on by themselves: started by their rate or as a scenario, looked at, stopped. */
export const taskRoutes: FastifyPluginCallbackTypebox<TaskRouteOptions> = (app, options, done) => {
  const { tasks } = options
  const started = { response: { 202: TaskStatusSchema } }
  app.post(
    '/generate/start',
    { schema: { summary: 'Starts to publish events at a rate', body: StartBody, ...started } },
    ({ body }, reply) => {
      const { events_per_second: second, events_per_minute: minute, duration_minutes: minutes } = body
      if ((second === undefined) === (minute === undefined)) throw new OneRate()
      const trouble = (body.trouble ?? {}) as NonNullable<Scenario['trouble']>
      const sum = Object.values(trouble).reduce((total, one) => total + one, 0)
      if (sum > MOST_TROUBLE) throw new TooMuchTrouble(sum)
      const eventsPerSecond = second ?? minute! / 60
      const types = body.event_types.map(knownType)
      const phases = [{ seconds: minutes * 60, eventsPerSecond }]
      void reply.code(202)
      return start({ description: '', phases, types, trouble }, body).status()
    },
  )
  app.get(
    '/generate/status',
    {
      schema: {
        summary: 'Every task, the newest first',
        response: { 200: Type.Object({ tasks: Type.Array(TaskStatusSchema) }) },
      },
    },
    () => ({ tasks: [...tasks.all()] }),
  )
  app.get(
    '/generate/status/:task',
    {
      schema: { summary: 'How a task is doing', params: TaskParameter, response: { 200: TaskStatusSchema } },
    },
    ({ params }) => taskOf(params.task).status(),
  )
  app.delete(
    '/generate/stop',
    {
      schema: {
        summary: 'Stops every task',
        response: { 200: Type.Object({ stopped: Type.Array(TaskStatusSchema) }) },
      },
    },
    () => ({ stopped: tasks.stopAll().map((task) => task.status()) }),
  )
  app.delete(
    '/generate/stop/:task',
    { schema: { summary: 'Stops a task', params: TaskParameter, response: { 200: TaskStatusSchema } } },
    ({ params }) => {
      const task = taskOf(params.task)
      task.stop()
      return task.status()
    },
  )
  app.get(
    '/scenarios',
    {
      schema: {
        summary: 'Every scenario',
        response: { 200: Type.Object({ scenarios: Type.Array(ScenarioSchema) }) },
      },
    },
    () => ({ scenarios: Object.keys(SCENARIOS).map(shown) }),
  )
  app.get(
    '/kinds',
    {
      schema: {
        summary: 'Which event types and which troubles there are',
        response: {
          200: Type.Object({
            event_types: Type.Array(Type.String()),
            troubles: Type.Record(Type.String(), Type.String()),
          }),
        },
      },
    },
    () => ({ event_types: [...SHOP_EVENT_TYPES], troubles: { ...TROUBLES } }),
  )
  app.get(
    '/scenarios/:name',
    { schema: { summary: 'What a scenario does', params: NameParameter, response: { 200: ScenarioSchema } } },
    ({ params }) => shown(params.name),
  )
  app.post(
    '/scenarios/:name/start',
    {
      schema: {
        summary: 'Starts a scenario',
        params: NameParameter,
        querystring: Type.Object(STORY),
        ...started,
      },
    },
    ({ params, query }, reply) => {
      void reply.code(202)
      return start(scenarioOf(params.name), query, params.name).status()
    },
  )
  done()

  function start(scenario: Scenario, story: Story, name?: string): Task {
    const { now, publisher, published } = options
    const { phases, types, trouble = {} } = scenario
    return tasks.start({
      scenario: name,
      stream: new EventStream({
        shop: shopOf(story, now),
        types,
        trouble,
      }),
      schedule: new Schedule(phases),
      publisher,
      published,
      now: () => now().getTime(),
    })
  }

  function taskOf(id: string): Task {
    const task = tasks.get(id)
    if (task) return task
    const known = tasks.all().map(({ task_id }) => task_id)
    throw new UnknownTask(id, known.length === 0 ? 'none' : known.slice(0, 20).join(', '))
  }
}

function scenarioOf(name: string): Scenario {
  if (!Object.hasOwn(SCENARIOS, name)) throw new UnknownScenario(name)
  return SCENARIOS[name]!
}

function shown(name: string) {
  const { description, phases, types, trouble = {} } = scenarioOf(name)
  const schedule = new Schedule(phases)
  return {
    name,
    description,
    duration_seconds: schedule.seconds,
    events: schedule.total,
    phases: phases.map(({ seconds, eventsPerSecond }) => ({ seconds, events_per_second: eventsPerSecond })),
    event_types: [...types],
    trouble,
  }
}
