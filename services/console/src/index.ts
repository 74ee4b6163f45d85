export { buildApp, type AppOptions, type ConsoleSettings } from './app.ts'
