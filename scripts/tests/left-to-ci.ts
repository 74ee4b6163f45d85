/**
 * What `npm test` leaves to CI, which runs all (LONG_TESTS=1): files with Google's own tools and clients, each call of which takes a
 * second, and second stories, each of which takes a road once more, under other circumstances. Who goes that road for everybody stands
 * before them. What a package tests of itself is left by nobody.
 */
const GOOGLES = 'test/google/'

const SECOND_STORIES: Readonly<Record<string, readonly string[]>> = {
  'test/end-to-end/any-events.test.ts': ['test/end-to-end/labelled-trouble.test.ts'],
  'test/end-to-end/archive.test.ts': [
    'test/end-to-end/archive-of-late-messages.test.ts',
    'test/end-to-end/archive-with-gaps.test.ts',
    'test/end-to-end/archiver-bad-days.test.ts',
  ],
  'test/end-to-end/dead-letters.test.ts': [
    'test/end-to-end/dead-letters-in-parts.test.ts',
    'test/end-to-end/dead-letters-one-by-one.test.ts',
  ],
  'test/end-to-end/events-become-tables.test.ts': [
    'test/end-to-end/fair-turns.test.ts',
    'test/end-to-end/lost-requests.test.ts',
    'test/end-to-end/slow-write-path.test.ts',
  ],
  // its services are bundles
  'test/end-to-end/every-event-is-accounted-for.test.ts': ['test/end-to-end/bundles.test.ts'],
  'test/end-to-end/loads.test.ts': [
    'test/end-to-end/interrupted-loads.test.ts',
    'test/end-to-end/large-loads.test.ts',
    'test/end-to-end/loads-from-a-bucket.test.ts',
    'test/end-to-end/loads-of-the-record.test.ts',
    'test/end-to-end/loads-side-by-side.test.ts',
    'test/end-to-end/rows-ahead.test.ts',
    'test/end-to-end/small-files.test.ts',
    'test/end-to-end/units-of-files.test.ts',
  ],
  'test/laws/type-field.test.ts': ['test/end-to-end/type-field.test.ts'],
  // the local cloud as it is here, with Google's clients
  'test/commands/first-hour.test.ts': ['test/end-to-end/local-cloud-package.test.ts'],
  'test/reconcile/tells-the-truth.test.ts': [
    'test/reconcile/hostile-messages.test.ts',
    'test/reconcile/keys.test.ts',
    'test/reconcile/many-hard-messages.test.ts',
    'test/reconcile/tables-that-differ.test.ts',
  ],
  'test/chaos/chaos.test.ts': ['test/soak/soak.test.ts'],
  // a new project, from bootstrap.sh to the first events in their table
  'test/operations/first-push.test.ts': [
    'test/operations/apply.test.ts',
    'test/operations/cleanup-buckets.test.ts',
    'test/operations/cleanup-environment.test.ts',
    'test/operations/dockerfile.test.ts',
    'test/operations/release.test.ts',
    'test/operations/terraform-errors.test.ts',
    'test/operations/terraform.test.ts',
    'test/operations/test-table-creation.test.ts',
    'test/operations/verify.test.ts',
  ],
}

/** By the file that is left to CI: the one that goes the same road for everybody. */
export const GONE_BEFORE: ReadonlyMap<string, string> = new Map(
  Object.entries(SECOND_STORIES).flatMap(([first, others]) => others.map((other) => [other, first])),
)

export const isLeftToCi = (file: string): boolean => file.startsWith(GOOGLES) || GONE_BEFORE.has(file)
