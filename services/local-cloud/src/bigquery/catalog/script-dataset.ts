import { randomUUID } from 'node:crypto'

/** Datasets of scripts are called so: nobody is shown them. */
const PREFIX = '_script'

export const newScriptDataset = (): string => `${PREFIX}${randomUUID().replaceAll('-', '')}`

export const isOfScript = (datasetId: string): boolean => datasetId.startsWith(PREFIX)
