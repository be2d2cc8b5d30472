# One image for every service and for the one-shot steps: `lethe/lethe:local`, the command `lethe` with the policy packs.
# Which service a container is, is said by its command (`serve --service collection`); everything else by its environment.

FROM node:24-bookworm-slim AS manifests
# The manifests alone, so that what npm installs is kept while only sources change.
WORKDIR /app
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json -delete && find . -type d -empty -delete

# What serves: no compiler, no test tools, and not the PostgreSQL and the Node that `npm start` brings.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY --from=manifests /app .
# No install script is run, here and below: nothing that is built or served needs one.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund && rm -rf tools package-lock.json

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY --from=manifests /app .
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
# No source goes into the image, so that nothing is built at run time.
RUN node node_modules/@typescript/native/bin/tsc -b apps/lethe \
  && find apps libs -type f ! -path '*/dist/*.js' -delete && find apps libs -type d -empty -delete
# The folders that volumes are mounted on: a new volume takes over owner and mode.
RUN mkdir -p -m 700 /state/lethe/keys /state/lethe/ledger /state/lethe/backups /state/lethe/isolation \
    /state/services/collection /state/services/consent /state/services/retention /state/services/erasure \
  && mkdir -p /state/services/data /state/services/keys /state/services/kafka && chmod 700 /state/lethe

FROM node:24-bookworm-slim
WORKDIR /app
COPY --from=dependencies /app .
COPY --from=build /app/apps apps
COPY --from=build /app/libs libs
COPY --from=build /app/policies policies
COPY --from=build --chown=node:node /state/lethe /var/lib/lethe
COPY --from=build --chown=node:node /state/services /var/lib/lethe-services
ENV NODE_ENV=production LETHE_HOME=/var/lib/lethe LETHE_HOST=0.0.0.0 LETHE_PORT=7420
USER node
EXPOSE 7420
# Asked every 5 s for as long as it runs, by a shell: a Node that starts for it would cost more than all else that an idle service does.
HEALTHCHECK --interval=5s --timeout=5s --retries=3 --start-period=60s \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/$LETHE_PORT && printf 'GET /health/ready HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r _ status _ <&3 && [ \"$status\" = 200 ]"]
ENTRYPOINT ["node", "--disable-warning=ExperimentalWarning", "--disable-warning=TimeoutNegativeWarning", "apps/lethe/dist/cli.js"]
CMD ["--help"]
