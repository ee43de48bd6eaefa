#!/bin/sh
# Make the virtual environment with the newest suitable Python there is; name what is missing.
set -eu
target=$1

suitable() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

found=
for name in ${ONEDOOR_PYTHON:-} python3.11 python3.12 python3.13 python3.14 python3 python; do
    if command -v "$name" >/dev/null 2>&1 && suitable "$name"; then
        found=$name
        break
    fi
done

if [ -z "$found" ]; then
    echo "缺少 Python 3.11 或更新的版本。" >&2
    echo "请先安装：Debian/Ubuntu 执行 apt install python3 python3-venv；其他系统请从 python.org 下载。" >&2
    echo "装在别处时，可用环境变量 ONEDOOR_PYTHON 指明它的位置。" >&2
    exit 1
fi
if ! "$found" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "$found 缺少 venv 组件。请先安装：apt install python3-venv（或与 $found 版本对应的 venv 包）。" >&2
    exit 1
fi
echo "建立运行环境（$("$found" --version)）……"
"$found" -m venv --clear "$target"
