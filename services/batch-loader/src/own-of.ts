/** The value of an object's own key: an event type may be called `constructor`, as what every object has. */
export function ownOf<T>(values: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(values, key) ? values[key] : undefined
}
