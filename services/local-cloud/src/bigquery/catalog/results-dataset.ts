/** The dataset of the tables that results of queries are in, at Google one for each user whose name nobody knows before. */
export const RESULTS_DATASET = '_results'
