#!/usr/bin/env bash
# Gives this machine a working `docker compose` for the compose tests, where it has none.
#
#   eval "$(scripts/docker-engine.sh up)"   # sets DOCKER_ENGINE to `ready`, or to `none` after saying why
#   scripts/docker-engine.sh down           # ends the daemon that `up` started, and no other
#
# An engine that answers is used as it is, by anybody. Only what is missing is added, which takes root and Debian's
# packages:
#   1. the engine (docker.io) and the Compose v2 plugin; Debian 12 has only v1 of it, so it is taken from Debian 13
#   2. a daemon in the background
#   3. the base image of the Dockerfile: pulled, or else a stand-in of the same name made of Debian, the npm package
#      `node` and the npm of this machine, with the certificate authorities that this machine trusts
# Everything but the assignment goes to standard error.
set -euo pipefail

state=${DOCKER_ENGINE_STATE:-/var/lib/colocal-docker-engine}
dockerfile="$(dirname "${BASH_SOURCE[0]}")/../Dockerfile"
base=$(awk 'toupper($1) == "FROM" { print $2; exit }' "$dockerfile")
outcome=none

log() { printf 'docker-engine: %s\n' "$*" >&2; }

give_up() {
  log "$*"
  exit 0
}

report() {
  local status=$?
  if [ "$status" -ne 0 ]; then log 'the step above failed'; fi
  printf 'export DOCKER_ENGINE=%s\n' "$outcome"
  exit 0
}

answers() { docker info >/dev/null 2>&1; }
has_compose() { docker compose version >/dev/null 2>&1; }

# need_root WHAT: for whatever changes the machine.
need_root() {
  local fix='install Docker with Compose v2 and start it'
  [ "$(id -u)" -eq 0 ] || give_up "$1 is missing, and only root can add it: $fix, or run this as root"
  command -v apt-get >/dev/null || give_up "$1 is missing, and it cannot be added here, for want of apt-get: $fix"
  mkdir -p "$state"
}

packages() {
  log "installing $*"
  apt-get update -qq >&2
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

install_engine() {
  if answers || { command -v dockerd && command -v iptables; } >/dev/null; then return; fi
  need_root 'the Docker engine'
  packages docker.io iptables
}

install_compose() {
  if has_compose; then return; fi
  need_root 'Docker Compose v2'
  log 'installing the Compose v2 plugin'
  local apt="$state/apt" mirror plugin
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep '/debian/\?$' | head -n 1)
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/deb"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$apt/sources.list"
  # Lists of its own: the machine's must not learn of another release.
  local options=(-qq -o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::Lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root)
  apt-get "${options[@]}" update >&2
  (cd "$apt/deb" && apt-get "${options[@]}" download docker-compose >&2 && dpkg -x docker-compose_*.deb .)
  plugin=$(find "$apt/deb/usr/libexec" -name docker-compose -type f | head -n 1)
  install -D -m 755 "$plugin" "${DOCKER_CONFIG:-$HOME/.docker}/cli-plugins/docker-compose"
}

start_engine() {
  if answers; then return; fi
  need_root 'a running Docker engine'
  log 'starting dockerd'
  # A session of its own: an interrupt in the terminal is for the tests, which still have to clean up.
  setsid dockerd >"$state/dockerd.log" 2>&1 </dev/null &
  echo $! >"$state/dockerd.pid"
  for _ in $(seq 120); do
    if answers; then return; fi
    sleep 0.5
  done
  tail -n 5 "$state/dockerd.log" >&2
  stop_engine
  return 1
}

make_base() {
  if docker image inspect "$base" >/dev/null 2>&1; then return; fi
  log "pulling $base"
  if timeout 120 docker pull -q "$base" >&2; then return; fi
  need_root "the image $base"
  log "it cannot be pulled: making a stand-in"
  command -v debootstrap >/dev/null || packages debootstrap
  local root="$state/rootfs" release=${base#*-} version=${base#*:}
  rm -rf "$root"
  if ! debootstrap --variant=minbase --include=ca-certificates "${release%-slim}" "$root" >"$state/debootstrap.log" 2>&1; then
    tail -n 5 "$state/debootstrap.log" >&2
    return 1
  fi
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
  rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale}/*
  mkdir -p "$state/node" "$root/usr/local/lib/node_modules"
  echo '{"private":true}' >"$state/node/package.json"
  (cd "$state/node" && npm install --silent "node@${version%%[.-]*}" >&2)
  install -m 755 "$state/node/node_modules/node/bin/node" "$root/usr/local/bin/node"
  cp -r "$(npm root -g)/npm" "$root/usr/local/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
  chroot "$root" sh -c 'groupadd -g 1000 node && useradd -u 1000 -g node -s /bin/bash -m node'
  tar -C "$root" -c . | docker import \
    --message "a stand-in for $base" \
    --change 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' \
    --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
    --change 'CMD ["node"]' - "$base" >/dev/null
  rm -rf "$root"
}

up() {
  trap report EXIT
  install_engine
  install_compose
  start_engine
  make_base
  log "engine $(docker info -f '{{.ServerVersion}}'), compose $(docker compose version --short), base $base"
  outcome=ready
}

# Not every process with the number that was written down is the daemon that got it.
is_dockerd() { [ -d "/proc/$1" ] && [ "$(cat "/proc/$1/comm")" = dockerd ]; }

stop_engine() {
  [ -s "$state/dockerd.pid" ] || return 0
  local pid
  pid=$(cat "$state/dockerd.pid")
  rm -f "$state/dockerd.pid"
  if ! is_dockerd "$pid"; then return 0; fi
  log 'stopping dockerd'
  kill "$pid"
  for _ in $(seq 120); do
    if ! is_dockerd "$pid"; then return 0; fi
    sleep 0.5
  done
  log "dockerd ($pid) does not stop"
  return 1
}

case ${1:-} in
  up) up ;;
  down) stop_engine ;;
  *)
    log "usage: $0 up|down"
    exit 2
    ;;
esac
