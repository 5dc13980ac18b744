#!/usr/bin/env bash
# What the launchers are measured beside: the steps of such a suite in bash, a name per command.
conf=~/.octocmd.conf
[ -f "$conf" ] || conf=/etc/octocmd.conf
url=$(grep -o '"OctoPrint_URL": *"[^"]*"' "$conf" | cut -d'"' -f4)
key=$(grep -o '"OctoAPI_KEY": *"[^"]*"' "$conf" | cut -d'"' -f4)

get() {
  curl -s --connect-timeout 5 -m 3 -H "X-Api-Key: $key" "$url/api/$1"
}

post() {
  curl -s --connect-timeout 5 -m 3 -H "X-Api-Key: $key" -H 'Content-Type: application/json' \
    -d "$2" "$url/api/$1"
}

case ${0##*/} in
  8status)
    [ "$1" = -q ] || echo "Machine: $url"
    get connection | grep -o '"state": *"[^"]*"' | cut -d'"' -f4
    ;;
  8gettemp) get printer/tool | grep -o '"actual": *[0-9.]*' | cut -d' ' -f2 ;;
  8getbed) get printer/bed | grep -o '"actual": *[0-9.]*' | cut -d' ' -f2 ;;
  8settemp) post printer/tool '{"command": "target", "targets": {"tool0": '"$1"'}}' ;;
  8jog) post printer/printhead '{"command": "jog", "z": '"$1"'}' ;;
  8home) post printer/printhead '{"command": "home", "axes": ["x", "y", "z"]}' ;;
  8pause) post job '{"command": "pause", "action": "pause"}' ;;
esac
