# Grafana for demo/run: which one, its settings, its plugin. Sourced, not run.
# Everything it writes is under target/demo; what it shows is in grafana/.

readonly GRAFANA_IMAGE=docker.io/grafana/grafana:12.4.10
readonly PLUGIN=simpod-json-datasource
readonly PLUGIN_VERSION=0.6.7
readonly PLUGIN_SECONDS=60 # without a network the installer may hang
readonly PULL_SECONDS=600

grafana=""        # binary, docker or none
grafana_program="" # what `binary` runs
engine=""         # docker or podman
grafana_data=$logs/grafana

find_binary() { grafana_program=$(command -v grafana || command -v grafana-server); }

find_engine() {
    for engine in docker podman; do
        command -v "$engine" >/dev/null && timeout 20 "$engine" info >/dev/null 2>&1 && return
    done
    engine=""
    return 1
}

choose_grafana() {
    grafana=${ORIEL_GRAFANA:-}
    case $grafana in
    binary) find_binary || fail 1 "ORIEL_GRAFANA=binary, but there is no grafana or grafana-server in PATH" ;;
    docker) find_engine || fail 1 "ORIEL_GRAFANA=docker, but neither docker info nor podman info succeeds" ;;
    none) return ;;
    "")
        if find_binary; then grafana=binary; elif find_engine; then grafana=docker; else grafana=none; fi
        ;;
    *) fail 64 "ORIEL_GRAFANA is binary, docker or none, not '$grafana'" ;;
    esac
    [ "$grafana" = none ] || ! listening "$grafana_port" || grafana_port_in_use
}

grafana_port_in_use() {
    [ -z "${ORIEL_GRAFANA:-}" ] ||
        fail 1 "port $grafana_port is in use, Grafana needs it; set ORIEL_GRAFANA_PORT to another port"
    say "port $grafana_port is in use, so Grafana is not started; set ORIEL_GRAFANA_PORT to another port for it"
    grafana=busy
}

# Where an installation keeps conf/ and public/: beside bin/, in share/ (Homebrew), or where packages put it.
home_path() {
    local bin home
    bin=$(dirname "$(readlink -f "$grafana_program")")
    for home in "${GF_PATHS_HOME:-}" "$bin/.." "$bin/../share/grafana" /usr/share/grafana; do
        [ -f "$home/conf/defaults.ini" ] && (cd "$home" && pwd) && return
    done
}

# Grafana's settings as its environment variables: the folder of grafana/ and the data folder, as it sees them.
grafana_settings() { # grafana/, data
    cat <<SETTINGS
GF_PATHS_DATA=$2
GF_PATHS_LOGS=$2/log
GF_PATHS_PLUGINS=$2/plugins
GF_PATHS_PROVISIONING=$1/provisioning
GF_SERVER_HTTP_ADDR=127.0.0.1
GF_SERVER_HTTP_PORT=$grafana_port
GF_AUTH_ANONYMOUS_ENABLED=true
GF_AUTH_ANONYMOUS_ORG_ROLE=Viewer
GF_AUTH_DISABLE_LOGIN_FORM=true
GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION=true
GF_DASHBOARDS_MIN_REFRESH_INTERVAL=1s
GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH=$1/dashboards/tweets.json
GF_ANALYTICS_REPORTING_ENABLED=false
GF_ANALYTICS_CHECK_FOR_UPDATES=false
GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES=false
GF_NEWS_NEWS_FEED_ENABLED=false
GF_PLUGINS_PREINSTALL_DISABLED=true
GF_LOG_MODE=console
ORIEL_URL=http://127.0.0.1:$adapter_port
ORIEL_DASHBOARDS=$1/dashboards
SETTINGS
}

# ---------------------------------------------------------------- a binary

# Runs `grafana server ...` or `grafana cli ...` with our settings and none of the system's.
grafana_binary() { # server | cli, arguments...
    local command=("$grafana_program" "$1") home options
    # Before Grafana 9.4 the two commands were two programs.
    [ "${grafana_program##*/}" = grafana ] || command=("${grafana_program%-server}-$1")
    shift
    home=$(home_path)
    options=(--config="$grafana_data/grafana.ini")
    [ -z "$home" ] || options+=(--homepath="$home")
    mapfile -t settings < <(grafana_settings "$root/grafana" "$grafana_data")
    exec env "${settings[@]}" "${command[@]}" "${options[@]}" "$@"
}

binary_plugin() {
    grafana_binary cli --pluginsDir="$grafana_data/plugins" plugins install "$PLUGIN" "$PLUGIN_VERSION" \
        >>"$logs/grafana-plugin.log" 2>&1
}
binary_server() { start grafana grafana_binary server; }

# ---------------------------------------------------------------- a container

# Runs a command in the pinned image: the host's network, our own user, nothing of the host but two folders.
grafana_container() { # engine options... -- arguments of the image
    local options=(--rm --network host --security-opt label=disable
        --volume "$root/grafana:/oriel/grafana:ro" --volume "$grafana_data:/var/lib/grafana")
    # Podman maps our user to root unless told otherwise.
    if [ "$engine" = podman ]; then options+=(--userns keep-id); else options+=(--user "$(id -u):$(id -g)"); fi
    grafana_settings /oriel/grafana /var/lib/grafana >"$grafana_data/env"
    options+=(--env-file "$grafana_data/env")
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    exec "$engine" run "${options[@]}" "$GRAFANA_IMAGE" "$@"
}

docker_plugin() {
    grafana_container --entrypoint grafana -- cli --pluginsDir=/var/lib/grafana/plugins \
        plugins install "$PLUGIN" "$PLUGIN_VERSION" >>"$logs/grafana-plugin.log" 2>&1
}
docker_server() { start grafana grafana_container --name "oriel-demo-grafana-$$" --; }
docker_pull() { "$engine" pull "$GRAFANA_IMAGE" >>"$logs/grafana-plugin.log" 2>&1; }

# ---------------------------------------------------------------- both

has_plugin() { [ -f "$grafana_data/plugins/$PLUGIN/plugin.json" ]; }

# By Grafana's own installer.
fetch_plugin() {
    has_plugin && return
    say "fetching Grafana's datasource plugin $PLUGIN $PLUGIN_VERSION"
    run_step "$PLUGIN_SECONDS" "${grafana}_plugin"
    has_plugin
}

start_grafana() {
    case $grafana in
    none) explain_grafana && return ;;
    busy) return ;;
    esac
    mkdir -p "$grafana_data/plugins" "$grafana_data/log"
    : >"$grafana_data/grafana.ini"
    : >"$logs/grafana-plugin.log"
    [ "$grafana" != docker ] || run_step "$PULL_SECONDS" docker_pull ||
        say "the image $GRAFANA_IMAGE could not be fetched; trying with what is here"
    fetch_plugin || {
        say "the plugin $PLUGIN $PLUGIN_VERSION could not be had, so Grafana's panels will stay empty"
        say "(see ${logs#"$root"/}/grafana-plugin.log); the live page above needs no plugin"
    }
    "${grafana}_server"
    say "grafana: http://127.0.0.1:$grafana_port/d/oriel-tweets   (takes some seconds; log ${logs#"$root"/}/grafana.log)"
}

explain_grafana() {
    [ "${ORIEL_GRAFANA:-}" != none ] || return 0
    say "No Grafana was found; the page above is the demo. To see the same in Grafana, install it"
    say "(https://grafana.com/grafana/download, version 12) or start Docker or Podman, and run ./just demo again."
}
