#!/bin/sh
# install.sh PYTHON STAMP FILE...: install hashed requirements, unless the same files were installed before.
# Works offline when nothing changed; what pip fetched once stays in its cache.
set -eu
python=$1 stamp=$2
shift 2

now=$(cat "$@" | "$python" -c 'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())')
mkdir -p "$(dirname "$stamp")"
if [ "$(cat "$stamp" 2>/dev/null || true)" = "$now" ]; then
    touch "$stamp"
    exit 0
fi
for file in "$@"; do
    echo "安装 $file……"
    "$python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --no-deps -r "$file" || {
        echo "安装依赖失败。请检查网络（或 pip 的镜像设置）后重试：已下载的部分不会重复下载。" >&2
        exit 1
    }
done
echo "$now" >"$stamp"
