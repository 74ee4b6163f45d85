/** How a command that a page shows is known to work. */
export type Run =
  /** As it stands, in its place in the story of first-hour.test.ts. */
  | { readonly by: 'first hour' }
  /** By `npm run commands`, with numbers that take seconds. */
  | { readonly by: 'npm run commands'; readonly as: string }
  /** By a test or a workflow, which names the same script with the same options. */
  | { readonly by: 'file'; readonly file: string }
  /** It asks a project of Google Cloud, or an account; none of our scripts may be excused so. */
  | { readonly by: 'nobody'; readonly needs: string }

const firstHour: Run = { by: 'first hour' }
const small = (as: string): Run => ({ by: 'npm run commands', as })
const file = (path: string): Run => ({ by: 'file', file: path })
const operations = (name: string): Run => file(`test/operations/${name}.test.ts`)
const PACKED = file('test/end-to-end/local-cloud-package.test.ts')
const PROJECT: Run = { by: 'nobody', needs: 'a project' }
const ACCOUNT: Run = { by: 'nobody', needs: 'an account' }
const DOCKER: Run = {
  by: 'nobody',
  needs: 'Docker, which CI has not; what it runs is read by test/adopting.test.ts',
}
const CLUSTER: Run = { by: 'nobody', needs: 'a cluster; what it makes is read by test/adopting.test.ts' }
const BLOCK: Run = { by: 'nobody', needs: 'the lines around it' }

const ORDERS =
  "npm run query -- 'SELECT order_id, status, total_amount FROM `tablestream-local.dev_events_dataset.orders`'"
const POST = "-H 'X-API-Key: local' -H 'content-type: application/json' -d"
const PAGE_VIEW = '{"event_type":"page_view","url":"/home","ms":12.5,"user":{"id":7,"tags":["a","b"]}}'
const WRONG =
  '{"order_id":"1","customer_id":"2","order_date":"yesterday","status":"maybe","items":[],"total_amount":1}'
const REASONS = 'SELECT reason, path, value, event_type FROM dev_events_dataset.dead_letter_reasons'
const VIEWED = 'SELECT * FROM `tablestream-local.dev_events_dataset.page_view` LIMIT 5'

/** Every command that a page shows. */
export const RUNS: Readonly<Record<string, Run>> = {
  'npm start': firstHour,
  'npm start -- --fresh': firstHour,
  'ENV_FILE=second.env npm start': firstHour,
  'npm run status': firstHour,
  "npm run query -- 'ALTER TABLE dev_events_dataset.page_view RENAME COLUMN url TO page_url'":
    file('test/query/query.test.ts'),
  "npm run query -- 'ALTER TABLE dev_events_dataset.page_view DROP COLUMN ms'":
    file('test/query/query.test.ts'),
  'docker build --build-arg SERVICE=stream-writer --tag tablestream/stream-writer:0.1.0 .': DOCKER,
  'docker build --build-arg SERVICE=event-gateway --tag tablestream/event-gateway:0.1.0 .': DOCKER,
  'PROJECT_ID=my-project docker compose --file docs/adopting/compose.yaml up --build': DOCKER,
  'kubectl apply --filename docs/adopting/kubernetes.yaml': CLUSTER,
  'TYPE_FIELD=kind npm run load -- visits.ndjson': file('test/end-to-end/type-field.test.ts'),
  "npm run query -- 'SELECT kind, visitor FROM dev_events_dataset.visit'": file(
    'test/end-to-end/type-field.test.ts',
  ),
  'TYPE_FIELD=kind npm run reconcile': file('test/end-to-end/type-field.test.ts'),
  'npm stop': file('test/running.test.ts'),
  "curl -X POST 'http://localhost:8080/generate/order'": firstHour,
  [ORDERS]: firstHour,
  [`curl http://localhost:8083/events ${POST} '${PAGE_VIEW}'`]: firstHour,
  "npm run query -- 'SELECT url, ms, user FROM dev_events_dataset.page_view'": firstHour,
  [`curl http://localhost:8083/events/order ${POST} '${WRONG}'`]: firstHour,
  '. scripts/local-env.sh': firstHour,
  [`gcloud pubsub topics publish backend-events-topic --message='{"event_type":"page_view","url":"/about","ms":3}'`]:
    firstHour,
  'bq ls dev_events_dataset': firstHour,
  [`bq query --use_legacy_sql=false '${VIEWED}'`]: firstHour,
  'npm run reconcile': firstHour,
  'npm run archive': firstHour,
  [`npm run query -- '${REASONS}'`]: firstHour,
  'npm run replay-dead-letters': firstHour,
  'key=$(openssl rand -hex 32)': firstHour,
  [String.raw`printf '{"shop":{"sha256":"%s","requests_per_minute":6000}}\n' "$(printf %s "$key" | sha256sum | cut -d' ' -f1)"`]:
    firstHour,
  'npm test': file('.github/workflows/ci.yml'),
  'LONG_TESTS=1 npm test': operations('ci-run'),
  'npm run commands': file('.github/workflows/ci.yml'),
  'npm run check -- table-schema': small('npm run check -- table-schema'),
  'npm run check -- PACKAGE': small('npm run check -- contract'),
  'npm test -w services/contract': small('npm test -w services/contract'),
  'npm run format': small('npm run format:check'),
  'npm run screenshots': file('test/end-to-end/screenshots.test.ts'),
  'npm run tests-of -- FILE': small('npm run tests-of -- services/stream-writer/src/lane/sender.ts'),
  'npm run at -- TIME FILE': small('npm run at -- 2028-02-29T23:59:50Z test/sample-data.test.ts'),
  'npx tap test/laws/plan.test.ts': small('npx tap test/laws/plan.test.ts'),
  'npm ci': file('.github/workflows/nightly.yml'),
  'terraform -chdir=terraform force-unlock ID': PROJECT,
  'terraform -chdir=terraform import -var=project_id=PROJECT -var=environment=ENV -var=region=REGION -var-file=environments/ENV.tfvars ADDRESS ID':
    PROJECT,
  'terraform test': file('.github/workflows/ci.yml'),

  'npm run bench': small('npm run bench -- --small'),
  'npm run bench -- --against COMMIT': small('npm run bench -- --against HEAD --turns 1 --generator 2000'),
  'npm run bench -- --against COMMIT --gateway': small(
    'npm run bench -- --against HEAD --turns 1 --gateway --small',
  ),
  'npm run bench -- --pipeline': small('npm run bench -- --pipeline --small'),
  'npm run bench -- --official': small('npm run bench -- --official --small'),
  'npm run bench -- --gateway': small('npm run bench -- --gateway --small'),
  'npm run bench -- --isolation': small('npm run bench -- --isolation --small'),
  "npm run bench -- --isolation --attack 'deep JSON'": small(
    "npm run bench -- --isolation --attack 'deep JSON' --small",
  ),
  'npm run bench -- --schema': small('npm run bench -- --schema --small'),
  'npm run bench -- --large': small('npm run bench -- --large --small'),
  'npm run bench -- --load': small('npm run bench -- --load --small'),
  'EVENTS=10000 npx tap --timeout=5400 test/end-to-end/console.test.ts': small(
    'EVENTS=200 npx tap --timeout=5400 test/end-to-end/console.test.ts',
  ),
  'npm run bench -- --console': small('npm run bench -- --console --small'),
  'npm run bench -- --start': small('npm run bench -- --start --small'),
  'npm run bench -- --generator 10000000': small('npm run bench -- --generator 20000'),
  'npm run bench -- --backlog 1000000': small('npm run bench -- --backlog 20000'),
  'npm run bench -- --backlog 400000': small('npm run bench -- --backlog 20000'),
  'npm run bench -- --requests 1000000': small('npm run bench -- --requests 2000'),
  'npm run chaos -- --seed 1 --events 200000': small('npm run chaos -- --seed 1 --events 2000'),
  'SEED=7 npx tap test/chaos/chaos.test.ts': small('SEED=7 npx tap test/chaos/chaos.test.ts'),
  'npm run chaos -- --seed 7 --events 3000': small('npm run chaos -- --seed 7 --events 3000'),
  'npm run chaos -- --seed 7 --events 3000 --no-kills': small(
    'npm run chaos -- --seed 7 --events 1000 --no-kills',
  ),
  'npm run chaos -- --seed 7 --events 3000 --only storage.append': small(
    'npm run chaos -- --seed 7 --events 1000 --only storage.append',
  ),
  'npm run chaos -- --only FAULT': small('npm run chaos -- --seed 7 --events 1000 --only storage.append'),
  'npm run chaos -- -h': small('npm run chaos -- -h'),
  'npm run soak -- --events 20000': small('npm run soak -- --events 2000'),
  'npm run bench -- --table-manager': small('npm run bench -- --table-manager --small'),
  'TABLE_MANAGERS=4 SHAPES=1000 SEEDS=20 npx tap test/end-to-end/racing-table-managers.test.ts': small(
    'TABLE_MANAGERS=2 SHAPES=50 SEEDS=1 npx tap test/end-to-end/racing-table-managers.test.ts',
  ),
  'KEYS=9900 npx tap test/end-to-end/wide-events.test.ts': small(
    'KEYS=100 npx tap test/end-to-end/wide-events.test.ts',
  ),
  'WIDE_COLUMNS=9000 npx tap services/local-cloud/test/bigquery/store/wide-rows.test.ts': small(
    'WIDE_COLUMNS=1000 npx tap services/local-cloud/test/bigquery/store/wide-rows.test.ts',
  ),
  'TABLES=2000 EACH=10 npx tap test/end-to-end/many-tables.test.ts': small(
    'TABLES=20 EACH=2 npx tap test/end-to-end/many-tables.test.ts',
  ),
  'LATE_SECONDS=60 npx tap test/end-to-end/slow-write-path.test.ts': small(
    'LATE_SECONDS=60 npx tap test/end-to-end/slow-write-path.test.ts',
  ),
  'TYPES=1000 npx tap test/end-to-end/fair-turns.test.ts': small(
    'TYPES=1000 npx tap test/end-to-end/fair-turns.test.ts',
  ),
  'npm run costs': small('npm run costs'),
  'npm run costs -- --before': small('npm run costs -- --before'),
  'npm run sample-data -- .sample --customers 200 --days 2 --dirt 0.02': small(
    'npm run sample-data -- node_modules/.sample --customers 100 --days 1 --dirt 0.02',
  ),
  'npm run batch': file('test/end-to-end/batch.test.ts'),
  'npm run batch -- .sample': file('test/end-to-end/batch.test.ts'),
  'npm run sample-data -- FOLDER': small(
    'npm run sample-data -- node_modules/.sample --customers 100 --days 1 --dirt 0.02',
  ),
  'npm run simulate-scale': small('npm run simulate-scale'),
  'npm run bench -- --writers': small('npm run bench -- --writers --small'),
  'npm run bench -- --paced-writers': small('npm run bench -- --paced-writers --small'),
  'npm run bundle': small('npm run bundle'),
  'npm run local-cloud -- --data .local': firstHour,
  'npm run bench -- --local-cloud': small('npm run bench -- --local-cloud --small'),
  'npm run pack:local-cloud': small('npm run pack:local-cloud'),
  'npm install ./local-cloud-0.1.0.tgz': PACKED,
  'npx ./local-cloud-0.1.0.tgz': PACKED,
  'npx local-cloud --port 8085 --data .local --seed seed.yaml': PACKED,
  'npx local-cloud -h': PACKED,
  [String.raw`curl -s localhost:8085/bigquery/v2/projects/demo/queries -H 'content-type: application/json' -d '{"useLegacySql":false,"query":"SELECT name FROM shop.customers"}'`]:
    PACKED,
  'curl -s localhost:8085/journal': PACKED,
  'npx local-cloud credentials --port 8085 > key.json': PACKED,
  'export GOOGLE_APPLICATION_CREDENTIALS=$PWD/key.json': PACKED,
  'npx local-cloud snapshot save before': PACKED,
  'npx local-cloud snapshot restore before': PACKED,
  'npx local-cloud snapshot branch before worker-1': PACKED,
  'gcloud pubsub topics list --project=demo': PACKED,
  "bq --project_id=demo query --use_legacy_sql=false 'SELECT COUNT(*) AS customers FROM shop.customers'":
    PACKED,

  'npm run load -- published:24h --type page_view': file('test/end-to-end/loads-of-the-record.test.ts'),
  'npm run load -- dead-letters:24h/5m --type sensor': file('test/end-to-end/loads-of-the-record.test.ts'),
  'npm run rewind -- orders --since 24h': file('test/end-to-end/rewind.test.ts'),
  'npm run rewind -- reading --since 24h --new-columns': file('test/end-to-end/rewind.test.ts'),
  'npm run rewind -- orders --since 24h --apply': file('test/end-to-end/rewind.test.ts'),
  'LINE_MB=100 HOLE_MB=10240 npx tap test/end-to-end/large-loads.test.ts': small(
    'LINE_MB=12 HOLE_MB=20 npx tap test/end-to-end/large-loads.test.ts',
  ),
  'ROWS=1000000 npx tap test/end-to-end/rows-ahead.test.ts': small(
    'ROWS=5000 npx tap test/end-to-end/rows-ahead.test.ts',
  ),
  'EACH=1 npx tap test/end-to-end/interrupted-loads.test.ts': small(
    'EACH=20 npx tap test/end-to-end/interrupted-loads.test.ts',
  ),
  'PROJECT_ID=… ENVIRONMENT=… scripts/load.sh gs://BUCKET/raw/ --type order': file('test/scripts.test.ts'),
  'PROJECT_ID=… ENVIRONMENT=… scripts/load.sh --tasks 4 gs://BUCKET/raw/ --type order':
    file('test/load-job.test.ts'),
  "npm run query -- 'SELECT source, event_type, records, landed, duplicates, dead_letters FROM dev_events_dataset.loads'":
    file('test/end-to-end/loads.test.ts'),
  'npm run load -- orders.ndjson --dry-run': file('test/end-to-end/loads.test.ts'),
  'npm run load -- orders.ndjson --type order --max-bad 0.01': file('test/end-to-end/loads.test.ts'),

  'scripts/reconcile.sh': file('test/scripts.test.ts'),
  'PROJECT_ID=… ENVIRONMENT=… scripts/reconcile.sh 24h': file('test/scripts.test.ts'),
  'scripts/reconcile.sh 30d --archive gs://BUCKET': file('test/scripts.test.ts'),
  'PROJECT_ID=… ENVIRONMENT=… scripts/archive.sh': file('test/scripts.test.ts'),
  'scripts/archive.sh --recheck 72': file('test/scripts.test.ts'),
  'scripts/logs.sh PROJECT ENV archiver': operations('logs'),
  'scripts/logs.sh PROJECT ENV batch-loader': operations('logs'),
  'scripts/archive.sh --republish 2026-11-29T05:00:00Z --apply': file('test/scripts.test.ts'),
  'scripts/replay-dead-letters.sh': file('test/scripts.test.ts'),
  'PROJECT_ID=… ENVIRONMENT=… scripts/replay-dead-letters.sh --reason invalid_event --type order': firstHour,
  'scripts/bootstrap.sh': operations('bootstrap'),
  'scripts/bootstrap.sh --plan': operations('bootstrap'),
  'scripts/bootstrap.sh "$PROJECT" dev "$REPO"': operations('bootstrap'),
  'scripts/bootstrap.sh --reviewer LOGIN my-production-project production "$REPO"': operations('bootstrap'),
  'scripts/bootstrap.sh PROJECT ENVIRONMENT OWNER/REPOSITORY': operations('bootstrap'),
  'scripts/api-key.sh add "$PROJECT" shop': operations('api-key'),
  'scripts/api-key.sh': operations('api-key'),
  'scripts/api-key.sh retire PROJECT shop': operations('api-key'),
  'scripts/api-key.sh add PROJECT shop': operations('api-key'),
  'scripts/channel.sh': operations('channel'),
  'scripts/channel.sh put': operations('channel'),
  'scripts/channel.sh remove': operations('channel'),
  'scripts/channel.sh put PROJECT on-call pagerduty': operations('channel'),
  'scripts/apply.sh': operations('apply'),
  'scripts/apply.sh --plan': operations('apply'),
  'scripts/apply.sh PROJECT ENV': operations('apply'),
  'scripts/apply.sh "$PROJECT" dev': operations('apply'),
  'scripts/apply.sh --plan PROJECT ENV': operations('apply'),
  'scripts/release.sh': operations('release'),
  'scripts/release.sh "$PROJECT" dev "${images[@]}"': operations('release'),
  'scripts/roll-back.sh PROJECT ENV stream-writer=REGISTRY/stream-writer@sha256:…': operations('release'),
  'scripts/verify.sh': operations('verify'),
  'scripts/cleanup-environment.sh': operations('cleanup-environment'),
  'scripts/cleanup-environment.sh --dry-run PROJECT ENV': operations('cleanup-environment'),
  'scripts/test-table-creation.sh "$PROJECT" dev': file('test/google/gcloud-and-bq.test.ts'),
  'scripts/images.sh PROJECT ENV': operations('release'),
  'scripts/logs.sh PROJECT ENV table-manager': operations('logs'),
  'scripts/logs.sh PROJECT ENV writer-scaler': operations('logs'),
  'scripts/logs.sh --severity ERROR PROJECT ENV': operations('logs'),
  'scripts/logs.sh --severity ERROR PROJECT ENV stream-writer': operations('logs'),
  'scripts/logs.sh --severity WARNING PROJECT ENV stream-writer': operations('logs'),
  'images=()': BLOCK,
  'for service in event-generator event-gateway table-manager stream-writer console; do': BLOCK,
  'images+=("$(scripts/deploy-service.sh --push-only "$service" "$PROJECT" dev)")': file(
    '.github/workflows/deploy.yml',
  ),
  done: BLOCK,

  'gcloud auth login && gcloud auth application-default login && gh auth login': ACCOUNT,
  'gcloud auth application-default login': ACCOUNT,
  'gh api users/OWNER --jq .id': ACCOUNT,
  'gh api repos/OWNER/NAME --jq .id': ACCOUNT,
  'git push origin main': ACCOUNT,
  'git remote -v': ACCOUNT,
  'gh repo create "$REPO" --private': ACCOUNT,
  [`gateway=$(gcloud run services describe event-gateway --project="$PROJECT" --region="$REGION" --format='value(status.url)')`]:
    PROJECT,
  [`curl "$gateway/events" -H "X-Serverless-Authorization: Bearer $(gcloud auth print-identity-token)" -H "X-API-Key: $KEY" -H 'content-type: application/json' -d '{"event_type":"page_view","url":"/home"}'`]:
    PROJECT,
  [`bq query --project_id="$PROJECT" --use_legacy_sql=false 'SELECT url FROM dev_events_dataset.page_view'`]:
    PROJECT,
  'gcloud pubsub subscriptions create my-sub --topic=backend-events-topic --project=my-project': PROJECT,
  'gcloud pubsub subscriptions delete my-sub --project=my-project': PROJECT,
  // that it starts, and asks for PROJECT_ID, is in test/scripts.test.ts
  'gcloud pubsub topics create my-dead-letters --project=my-project': PROJECT,
  'gcloud pubsub topics delete my-dead-letters --project=my-project': PROJECT,
  'PROJECT_ID=my-project ENVIRONMENT=dev SUBSCRIPTION=my-sub DEAD_LETTER_TOPIC=my-dead-letters npm start -w services/stream-writer':
    PROJECT,
  'gcloud run … update --image': PROJECT,
  'gcloud storage': file('test/google/gcloud-storage.test.ts'),
  "gcloud pubsub subscriptions list --project=PROJECT --format='table(name.basename(),state)'": PROJECT,
  'gcloud pubsub subscriptions describe backend-events-topic-sub': file('test/google/gcloud-and-bq.test.ts'),
  'gcloud pubsub subscriptions seek backend-events-topic-sub --time=…': PROJECT,
  'gcloud eventarc triggers describe table-manager --location=REGION --project=PROJECT': PROJECT,
  'gcloud run services proxy console --port=8090 --region="$REGION" --project="$PROJECT"': PROJECT,
  'gcloud run services proxy': PROJECT,
  'gcloud beta services identity create --service=iap.googleapis.com --project="$PROJECT"': PROJECT,
  'gcloud projects add-iam-policy-binding "$PROJECT" --member=group:data@example.com --role=roles/iap.httpsResourceAccessor':
    PROJECT,
  'gcloud scheduler jobs describe writer-scaler --location=REGION --project=PROJECT': PROJECT,
  'gcloud run services describe writer-scaler --region=REGION --project=PROJECT': PROJECT,
  'gcloud beta run worker-pools update stream-writer --scaling=N --region=REGION --project=PROJECT': PROJECT,
  'gcloud eventarc triggers describe table-manager --location=REGION': PROJECT,
  'gcloud scheduler jobs describe archiver --location=REGION --project=PROJECT': PROJECT,
  'gcloud billing projects link "$PROJECT" --billing-account=…': ACCOUNT,
  'gcloud billing accounts add-iam-policy-binding ACCOUNT --member="serviceAccount:tablestream-deployer@$PROJECT.iam.gserviceaccount.com" --role=roles/billing.costsManager':
    ACCOUNT,
  'gcloud billing accounts add-iam-policy-binding ACCOUNT --member="serviceAccount:tablestream-planner@$PROJECT.iam.gserviceaccount.com" --role=roles/billing.viewer':
    ACCOUNT,
  'gcloud iam service-accounts add-iam-policy-binding "tablestream-smoke@$PROJECT.iam.gserviceaccount.com" --project="$PROJECT" --member="user:$(gcloud config get account)" --role=roles/iam.serviceAccountTokenCreator':
    PROJECT,
  'gcloud secrets versions list event-gateway-api-keys --project=PROJECT': PROJECT,
  'gcloud storage ls --all-versions gs://BUCKET/output/order/2026/11/29/05/**': PROJECT,
  'gcloud storage ls --all-versions gs://PROJECT-tablestream-state/**': PROJECT,
  'gcloud storage cp gs://BUCKET/FILE#GENERATION gs://BUCKET/FILE': PROJECT,
  'gcloud secrets versions disable VERSION --secret=event-gateway-api-keys --project=PROJECT': PROJECT,
  'token=$(gcloud auth print-identity-token --audiences="$GATEWAY_URL")': PROJECT,
  [`curl "$GATEWAY_URL/events" -H "X-Serverless-Authorization: Bearer $token" -H "Authorization: Bearer $token" -H 'content-type: application/json' -d '{"event_type":"page_view","url":"/"}'`]:
    PROJECT,
}
