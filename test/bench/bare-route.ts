// What the gateway is compared with: a Fastify route that parses the body and answers.
import Fastify from 'fastify'

const app = Fastify()
app.post('/events', (request) => ({ taken: request.body === undefined ? 0 : 1 }))
console.log(await app.listen({ host: '127.0.0.1', port: 0 }))
