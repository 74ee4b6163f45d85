# One service as an image: docker build --build-arg SERVICE=stream-writer --build-arg COMMIT=$(git rev-parse HEAD) .
# The bases are named by digest; Dependabot brings new ones.

FROM node:24-slim@sha256:a9f5f7c91a432850b2a8a7797adf5eadb6c733ceed61167806cee7ea7fbc29df AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY services/ services/
# no script of a dependency runs: nothing that the bundle needs is made by one
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund
COPY scripts/bundle.ts scripts/shrink.ts scripts/arguments.ts scripts/
ARG SERVICE
RUN node scripts/bundle.ts "$SERVICE"

# no shell, no package manager, not root
FROM gcr.io/distroless/nodejs24-debian12:nonroot@sha256:14d42e2511532589a7c7e01a753667a74fcc96266e137e8125006b87b0c32d0a
ARG SERVICE
ARG COMMIT=unknown
LABEL org.opencontainers.image.title="tablestream $SERVICE" \
      org.opencontainers.image.revision="$COMMIT" \
      org.opencontainers.image.licenses="MIT"
WORKDIR /app
COPY --from=build /app/dist/${SERVICE}/ ./
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080
USER 65532:65532
EXPOSE 8080
# Node is the entrypoint; Terraform gives a service's own flags for it
CMD ["server.cjs"]
