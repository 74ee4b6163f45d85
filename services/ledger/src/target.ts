/** Which environment is looked at: Google's, or the one of this machine, by the clients that are given with it. */
export interface Target {
  readonly projectId: string
  /** `<environment>_events_dataset` */
  readonly dataset: string
  readonly topic: string
}
