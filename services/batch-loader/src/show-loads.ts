import { shown } from '@tablestream/service-kit'
import type { Account } from './ledger.ts'
import { LoadError } from './load-error.ts'
import type { SourceReport } from './load-object.ts'
import { NO_LETTERS, type SourceLetters } from './told-letters.ts'
import { accountLines, isComplete, showAccounts } from './show-report.ts'

/** So many sources have a table of their own, and so many that are not well are named. */
const FIRST = 10

/** What became of sources, however many there are: the first ones each, the others together, with those that are worst. */
export interface ShownLoads {
  /** @param letters its dead letters @returns what is to be printed of it at once; empty: nothing */
  add(report: SourceReport, letters?: SourceLetters): string
  /** @returns what is left to be said in the end; empty: nothing */
  end(): string
  /** Whether each record of all of them has its end. */
  readonly isFine: boolean
}

export function showLoads(): ShownLoads {
  const counts = { loaded: 0, 'loaded before': 0, 'not loaded': 0, 'left to others': 0 }
  const sums = new Map<string, Account>()
  const reasons = new Map<string, { count: number; readonly first: string }>()
  let worst: (readonly [source: string, deadLetters: number])[] = []
  let isFine = true
  let left = 0
  return {
    get isFine() {
      return isFine
    },
    add(report, letters = NO_LETTERS) {
      if (report.outcome === 'surveyed') return ''
      const count = ++counts[report.outcome]
      const { source } = report
      if (report.outcome === 'not loaded') {
        isFine = false
        const { error } = report
        // what could not land says itself what of it has
        const landed = error instanceof LoadError ? '' : '. Nothing of it has landed'
        const told = `${shown(error.message)}${landed}`
        const reason = reasons.get(error.rule)
        if (reason) reason.count++
        else reasons.set(error.rule, { count: 1, first: told })
        if (count <= FIRST) return `not loaded (${error.rule}): ${told}`
        left++
        return ''
      }
      const sum = Object.values(counts).reduce((all, each) => all + each, 0)
      if (report.outcome !== 'left to others') {
        for (const account of report.accounts) addTo(sums, account)
        isFine &&= report.accounts.every(isComplete)
        const deadLetters = report.accounts.reduce((all, each) => all + each.deadLetters, 0)
        if (deadLetters > 0)
          worst = [...worst, [source, deadLetters] as const].toSorted((a, b) => b[1] - a[1]).slice(0, FIRST)
      }
      if (sum > FIRST) {
        left++
        return ''
      }
      if (report.outcome === 'left to others') return `${shown(source)}: another task loads it`
      const { accounts, bad = [], outcome } = report
      return showAccounts(source, accounts, { isOld: outcome === 'loaded before', bad, letters })
    },
    end() {
      if (left === 0) return ''
      const told = Object.entries(counts).filter(([, count]) => count > 0)
      const head = told.map(([outcome, count]) => `${count.toLocaleString('en')} ${outcome}`).join(', ')
      const accounts = [...sums.values()].toSorted((a, b) => (a.eventType < b.eventType ? -1 : 1))
      const lines = accounts.length > 0 ? accountLines(accounts) : []
      const most = worst.map(([source, count]) => `${numberOf(count)}${shown(source)}`)
      const why = [...reasons]
        .toSorted(([, a], [, b]) => b.count - a.count)
        .map(([rule, { count, first }]) => `${numberOf(count)}${rule}, as ${first}`)
      return [
        `all sources: ${head}`,
        ...lines,
        ...(counts['not loaded'] > FIRST ? ['not loaded, and why:', ...why] : []),
        ...(most.length > 0 ? ['most dead letters:', ...most] : []),
      ].join('\n')
    },
  }
}

const numberOf = (count: number) => `  ${count.toLocaleString('en').padStart(10)}  `

function addTo(
  sums: Map<string, Account>,
  { eventType, table, records, landed, duplicates, deadLetters }: Account,
): void {
  const key = `${eventType} ${table}`
  const before = sums.get(key) ?? { records: 0, landed: 0, duplicates: 0, deadLetters: 0 }
  sums.set(key, {
    eventType,
    table,
    records: before.records + records,
    landed: before.landed + landed,
    duplicates: before.duplicates + duplicates,
    deadLetters: before.deadLetters + deadLetters,
  })
}
