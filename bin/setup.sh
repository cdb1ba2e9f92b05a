# Shell functions that bin/demo and bin/test share: find a Python, make .venv, install what is missing.
# POSIX sh, sourced with the checkout as the working directory.

say() { printf '%s\n' "$*"; }
complain() { printf '%s\n' "$*" >&2; }

# A foreign PYTHONPATH or --user default must not reach into .venv.
unset PYTHONHOME PYTHONPATH
PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 PIP_DISABLE_PIP_VERSION_CHECK=1
export PIP_USER PIP_REQUIRE_VIRTUALENV PIP_DISABLE_PIP_VERSION_CHECK

use_homebrew_libraries() {
    # Only Homebrew's own Python looks into Homebrew's folder; WeasyPrint's libraries live there.
    if [ "$(uname -s)" = Darwin ] && command -v brew >/dev/null 2>&1; then
        DYLD_FALLBACK_LIBRARY_PATH="$(brew --prefix)/lib:${DYLD_FALLBACK_LIBRARY_PATH:-/usr/local/lib:/usr/lib}"
        export DYLD_FALLBACK_LIBRARY_PATH
    fi
}

# A command of that name may be a shim that does not run, or Apple's 3.9: only running it tells.
is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' </dev/null >/dev/null 2>&1
}

can_make_environments() {
    "$1" -c 'import ensurepip, venv' </dev/null >/dev/null 2>&1
}

# Print the first Python that is new enough, one that can make environments before one that cannot.
find_python() {
    incomplete=
    for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python3.14 python \
        /usr/bin/python3 /opt/homebrew/bin/python3 /usr/local/bin/python3; do
        if [ -n "$candidate" ] && is_new_enough "$candidate"; then
            if can_make_environments "$candidate"; then
                say "$candidate"
                return 0
            fi
            incomplete=${incomplete:-$candidate}
        fi
    done
    [ -n "$incomplete" ] && say "$incomplete"
}

prepare_python() {
    python=$(find_python)
    if [ -z "$python" ]; then
        if [ "$(uname -s)" = Darwin ]; then
            complain "Seatbill needs Python 3.11 or newer, and none was found. Install one, then start again:"
            complain "    brew install python pango"
            exit 1
        fi
        bin/system-packages python3 python3-venv || exit 1
        python=$(find_python)
    fi
    if [ -n "$python" ] && ! can_make_environments "$python"; then
        bin/system-packages python3-venv || exit 1
        python=$(find_python)
    fi
    if [ -z "$python" ] || ! can_make_environments "$python"; then
        complain "Seatbill needs Python 3.11 or newer with its venv module; ${python:-python3} is not enough."
        complain "Name one that is: PYTHON=/path/to/python3.13 $0"
        exit 1
    fi
}

make_environment() {
    if [ -x .venv/bin/python ] && is_new_enough .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1
    then
        return 0
    fi
    prepare_python
    say "Making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv || exit 1
}

# Install a requirements file into .venv, unless this very file is what was installed last.
install_requirements() {
    installed=.venv/installed-$1
    if [ -x .venv/bin/python ] && cmp -s "$1" "$installed" && is_new_enough .venv/bin/python; then
        return 0
    fi
    make_environment
    rm -f "$installed"
    say "Installing Python packages from $1 (about a minute the first time)"
    if ! { PYTHONUNBUFFERED=1 .venv/bin/python -m pip install -r "$1" 2>&1 || say "pip failed"; } |
        follow_pip "$(grep -c '==' "$1")"
    then
        complain "The packages could not be installed. pip's last words (all of them: .venv/pip.log):"
        grep -v '^pip failed$' .venv/pip.log | tail -n 15 >&2
        exit 1
    fi
    cp "$1" "$installed"
}

# Copy pip's output to .venv/pip.log and, on a terminal, show how far it is; fail when pip did.
follow_pip() {
    : >.venv/pip.log
    count=0
    while IFS= read -r line; do
        say "$line" >>.venv/pip.log
        case $line in
        "pip failed") return 1 ;;
        Collecting*) count=$((count + 1)) ;;
        Installing*) count=$1 ;;
        *) continue ;;
        esac
        [ "$count" -gt "$1" ] && count=$1
        if [ -t 1 ]; then
            printf '\r    [%-40s] %s of %s' "$(printf '%*s' $((count * 40 / $1)) '' | tr ' ' '#')" "$count" "$1"
        fi
    done
    if [ -t 1 ]; then printf '\n'; fi
}

# Loading the libraries is the only test that holds on every system.
can_render_pdf() {
    .venv/bin/python - 2>/dev/null <<'PYTHON'
import ctypes, sys


def loads(*names):
    for name in names:
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False


pango = loads("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib", "libpangoft2-1.0-0.dll")
subset = loads("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib", "libharfbuzz-subset-0.dll")
sys.exit(not (pango and subset))
PYTHON
}

# The letters of most languages come with Seatbill; Japanese ones are too many, and so are those of all others, of which
# Thai stands for the rest. macOS has them.
can_write_every_language() {
    command -v fc-list >/dev/null 2>&1 || return 0
    [ -n "$(fc-list :lang=ja file 2>/dev/null | head -n 1)" ] && [ -n "$(fc-list :lang=th file 2>/dev/null | head -n 1)" ]
}

# PDF needs Pango and fonts; without them everything else works.
prepare_pdf() {
    can_render_pdf && can_write_every_language && return 0
    if [ "$(uname -s)" = Darwin ]; then
        complain "Invoices as PDF need Pango; everything else works without it. To have them, run this and start again:"
        complain "    brew install pango"
        return 0
    fi
    bin/system-packages libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk fonts-noto-core && return 0
    if can_render_pdf; then
        complain "Until then the PDF of an invoice in Japanese or Thai has boxes for letters; everything else works."
    else
        complain "Until then invoices have no PDF; everything else works."
    fi
}
