/** What the local pipeline is called, and where its data are. */
export interface LocalSettings {
  readonly PROJECT_ID: string
  readonly ENVIRONMENT: string
  readonly REGION: string
}

interface Rule {
  readonly usual: string
  readonly pattern: RegExp
  readonly words: string
}

/** As Google (cloud.google.com/resource-manager/docs/creating-managing-projects) and terraform/variables.tf take them. */
const RULES: Readonly<Record<keyof LocalSettings, Rule>> = {
  PROJECT_ID: {
    usual: 'tablestream-local',
    pattern: /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
    words:
      'has 6 to 30 lower-case letters, digits and hyphens, begins with a letter and does not end with a hyphen',
  },
  ENVIRONMENT: {
    usual: 'dev',
    pattern: /^[a-z][a-z0-9]{1,15}$/,
    words: 'has 2 to 16 lower-case letters and digits, and begins with a letter',
  },
  REGION: {
    usual: 'us-central1',
    pattern: /^[a-z]+-[a-z]+\d{1,2}$/,
    words: 'is a region of Google Cloud, like us-central1',
  },
}

/** @throws Error that names every variable that can never work, with the rule and the value */
export function readLocalSettings(env: NodeJS.ProcessEnv = process.env): LocalSettings {
  const names = Object.keys(RULES) as (keyof LocalSettings)[]
  const settings = Object.fromEntries(names.map((name) => [name, env[name] || RULES[name].usual]))
  const problems = names
    .filter((name) => !RULES[name].pattern.test(settings[name]!))
    .map((name) => `${name} ${RULES[name].words}, but is "${settings[name]}"`)
  if (problems.length > 0) throw new Error(problems.join('; '))
  return settings as unknown as LocalSettings
}
