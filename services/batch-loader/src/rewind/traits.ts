import type { JobResult, TableTraits, Warehouse } from '../google/bigquery.ts'
import { LoadError } from '../load-error.ts'

/** What the rewound table is made with, by the rules of the contract: another choice of somebody's would be lost. */
const MADE_BY_RULES = ['partition', 'clustering'] as const

/**
 * Gives a rewound table what its table has beside columns and rows: labels, description, friendly name, resource tags, the end of the table
 * and of its partitions, an own key, and the policy tags of the columns that both have.
 *
 * @throws LoadError `traits_differ` where it is partitioned or clustered in another way, which no change makes the same
 */
export async function inheritTraits(
  warehouse: Pick<Warehouse, 'traits' | 'setTraits'>,
  table: string,
  rewound: string,
): Promise<void> {
  const [own, made] = await Promise.all([warehouse.traits(table), warehouse.traits(rewound)])
  const other = MADE_BY_RULES.find((name) => JSON.stringify(own[name]) !== JSON.stringify(made[name]))
  if (other !== undefined) {
    const [is, would] = [own[other], made[other]].map((each) => JSON.stringify(each) ?? 'none')
    const why = `${table} has the ${other} ${is}, and ${rewound}, made by the rules of the event type, ${would}`
    throw new LoadError('traits_differ', `${why}: swapped, it would lose its own`)
  }
  const { partition: _, clustering: __, policyTags, labels, ...rest } = own
  const kept = new Map([...policyTags].filter(([path]) => made.paths.has(path)))
  const all: Partial<TableTraits> = { ...rest, policyTags: kept, labels: { ...labels, ...made.labels } }
  await warehouse.setTraits(rewound, all)
}

/**
 * Refuses what was read through a row access policy, or with masked values: what is hidden from this account would be lost, and what is
 * masked be written as it is masked. Who may see a row cannot be read (docs: RowAccessPolicy, "grantees": input only), so that it cannot
 * be copied either.
 *
 * @throws LoadError
 */
export function refuseHidden(table: string, { statistics }: JobResult): void {
  if (statistics?.rowLevelSecurityStatistics?.rowLevelSecurityApplied === true)
    throw new LoadError(
      'rows_are_hidden',
      `${table} has row access policies: the rewound table would have none, and not the rows that they hide from this account. ` +
        `Nothing was swapped. Drop them before, and make them anew behind the swap`,
    )
  if (statistics?.dataMaskingStatistics?.dataMaskingApplied === true)
    throw new LoadError(
      'values_are_masked',
      `values of ${table} are masked for this account, and would be written so. Nothing was swapped. ` +
        `Let an account rewind it that has the role Fine-Grained Reader of their policy tags`,
    )
}
