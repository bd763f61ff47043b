# One image for every part: `up` (the edge), `agent run` (a connector), `origin` (a sample origin).
# The bundle needs Node, and for `up --state` the one library that is not in it: LMDB's, which is native.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY . .
# The declarations, the library and the source maps are for programs that import colocal.
RUN npm run build:bundle && rm -f dist/index.* dist/*.map
# What is left is lmdb and what it needs, with the one binary for this machine and Node: no sources, maps or types.
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/lmdb/dependencies node_modules/lmdb/src node_modules/node-addon-api \
  && find node_modules -name '*.node' ! -name node.napi.glibc.node -delete \
  && find node_modules \( -name '*.map' -o -name '*.ts' -o -name '*.cts' -o -name '*.min.js' -o -name '*.md' \) -delete

FROM node:24-bookworm-slim
WORKDIR /app
COPY scripts/container-ready.sh /usr/local/bin/ready
COPY scripts/container-machine.pl /usr/local/bin/machine
RUN ln -s /app/dist/main.cjs /usr/local/bin/colocal
COPY LICENSE package.json ./
COPY emulator/geo/NOTICE.md emulator/geo/
COPY examples/demo examples/demo
COPY examples/story examples/story
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
# Where a volume for `up --state /var/lib/colocal/state` goes: a new one takes over whose folder it is.
RUN mkdir /var/lib/colocal && chown node:node /var/lib/colocal
USER node
# http, https, connectors, API: where examples/compose/colocal.yaml puts them.
EXPOSE 8080 8443 7843 7880
# Of the edge; connectors and origins answer elsewhere, and compose.yaml says where.
HEALTHCHECK --interval=3s --timeout=3s --start-period=30s CMD ["ready", "http://127.0.0.1:7880/colocal/v1/ready"]
ENTRYPOINT ["node", "/app/dist/main.cjs"]
CMD ["up", "--config", "/etc/colocal/colocal.yaml", "--log-format", "pretty"]
