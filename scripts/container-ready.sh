#!/bin/bash
# The health check inside a container: says what the URL answers, and succeeds when that is 200.
#
#   ready http://127.0.0.1:7880/colocal/v1/ready
#
# bash, because the base image has neither curl nor wget, and starting Node for every look costs more than the look.
url=${1#http://}
authority=${url%%/*}
exec 3<>"/dev/tcp/${authority%:*}/${authority##*:}" || exit 1
printf 'GET /%s HTTP/1.0\r\nHost: %s\r\n\r\n' "${url#*/}" "$authority" >&3
answer=$(timeout 2 cat <&3)
printf '%s\n' "$answer"
[[ $answer =~ ^HTTP/1\.[01]\ 200\  ]]
