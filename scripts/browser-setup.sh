#!/bin/sh
# Have a Chromium and a Chinese font for the browser tests: Debian's, where we may install them.
# Under CI=true the browser tests must run, so a browser that cannot be had is an error.
set -eu

missing=
for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then browser=$name; break; fi
done
[ -n "${browser:-}" ] || missing="chromium"
if ! { command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=zh-cn file 2>/dev/null | head -n 1)" ]; }; then
    missing="$missing fonts-noto-cjk fontconfig"
fi
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "安装浏览器测试所需：$missing……"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086
    if apt-get install -y --no-install-recommends $missing >/dev/null 2>&1 ||
        { apt-get update >/dev/null && apt-get install -y --no-install-recommends $missing >/dev/null; }; then
        exit 0
    fi
fi

echo "==============================================================" >&2
echo "缺少浏览器测试所需：$missing" >&2
echo "请安装：apt install chromium fonts-noto-cjk" >&2
if [ "${CI:-}" = true ]; then
    echo "CI=true 时浏览器测试必须运行，到此为止。" >&2
    exit 1
fi
echo "浏览器测试将被跳过！" >&2
echo "==============================================================" >&2
