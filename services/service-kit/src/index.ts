export { createLogger, type Logger } from './create-logger.ts'
export { health, type ReadinessCheck } from './health.ts'
export { commonVariables, loadConfig, portVariable } from './load-config.ts'
export { main, runService } from './run-service.ts'
