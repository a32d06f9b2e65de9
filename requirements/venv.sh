# Make .venv with Python 3.11 or later, or say in one sentence what is missing.
# $PYTHON, if set, is asked first. Called by the Makefile, at the root of the repository.
set -u

python=
for each in "${PYTHON:-python3}" python3 python3.11 python3.12 python3.13 python3.14; do
    if "$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$each
        break
    fi
done
if [ -z "$python" ]; then
    echo "equipoise needs Python 3.11 or later; ${PYTHON:-python3} is $("${PYTHON:-python3}" --version 2>&1)." >&2
    echo "Where it stands somewhere else: make PYTHON=path/to/python3.11" >&2
    exit 1
fi

# Debian keeps the part of Python that fills a new environment with pip in a package of its own.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "installing Debian's python3-venv, which $python lacks"
        { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3-venv; } \
            </dev/null >/dev/null 2>&1
    fi
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "$python cannot make an environment; on Debian: apt-get install python3-venv, then the same command again." >&2
        exit 1
    fi
fi

echo "making .venv with $("$python" --version)"
"$python" -m venv --clear .venv && exit 0
rm -rf .venv
echo "$python could not make .venv: its own words are above." >&2
exit 1
