# SPDX-License-Identifier: Apache-2.0
#
# Completion for bash: names for a2enmod and its kin, options and verbs for httpd, apachectl and
# apus-serve.
#
#   source Scripts/completion/apus.bash
#
# or copy it to /etc/bash_completion.d/apus. It looks for the configuration where the commands do
# (docs/commands.md).

# Prints the folder of a set and a kind: _apus_folder available mods
_apus_folder() {
    local set=$1 kind=$2 suffix=$3 root program
    local variable=APACHE_${kind^^}_${set^^}
    if [ -n "${!variable:-}" ]; then
        printf '%s\n' "${!variable}"
        return
    fi
    root=${APACHE_CONFDIR:-}
    if [ -z "$root" ] && [ -z "$suffix" ]; then
        if program=$(type -P "${COMP_WORDS[0]}"); then
            program=$(readlink -f "$program")
            root=${program%/*/*}/conf
            [ -d "$root/available/mods" ] || root=
        fi
        if [ -z "$root" ]; then
            root=$PWD
            while [ -n "$root" ] \
                && ! { [ -d "$root/available/mods" ] && [ -f "$root/httpd.conf" ]; }; do
                root=${root%/*}
            done
        fi
    fi
    root=${root:-/etc/apache2$suffix}
    if [ -d "$root/$set/$kind" ]; then
        printf '%s\n' "$root/$set/$kind"
    else
        printf '%s\n' "$root/$kind-$set"
    fi
}

# Completes the names in a folder: _apus_names available mods .load SUFFIX WORD
_apus_names() {
    local folder file names=
    folder=$(_apus_folder "$1" "$2" "$4")
    for file in "$folder"/*"$3"; do
        [ -e "$file" ] || [ -L "$file" ] || continue
        file=${file##*/}
        names+="${file%"$3"}"$'\n'
    done
    mapfile -t COMPREPLY < <(IFS=$'\n' && compgen -W "$names" -- "$5")
}

_apus_options() {
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
}

_apus_switch() {
    local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[0]##*/} suffix= set=available
    COMPREPLY=()
    if [[ $command == *-* ]]; then
        suffix=-${command#*-}
        command=${command%%-*}
    fi
    if [[ $word == -* ]]; then
        _apus_options '-q --quiet -f --force -m --maintmode -p --purge' "$word"
        return
    fi
    [[ $command == a2dis* ]] && set=enabled
    case $command in
        a2*mod) _apus_names "$set" mods .load "$suffix" "$word" ;;
        a2*site) _apus_names "$set" sites .conf "$suffix" "$word" ;;
        a2*conf) _apus_names "$set" conf .conf "$suffix" "$word" ;;
    esac
}

_apus_query() {
    local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[0]##*/} suffix=
    COMPREPLY=()
    [[ $command == *-* ]] && suffix=-${command#*-}
    case ${COMP_WORDS[COMP_CWORD - 1]} in
        -m) _apus_names available mods .load "$suffix" "$word" ;;
        -s) _apus_names available sites .conf "$suffix" "$word" ;;
        -c) _apus_names available conf .conf "$suffix" "$word" ;;
        *) _apus_options '-q -m -s -c -a -v -M -d -h' "$word" ;;
    esac
}

_apus_reload() {
    local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[0]##*/} suffix=
    COMPREPLY=()
    [[ $command == *-* ]] && suffix=-${command#*-}
    case ${COMP_WORDS[COMP_CWORD - 1]} in
        -s) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
        -t) ;;
        *)
            if [[ $word == -* ]]; then
                _apus_options '-q --quiet -t -s -h --help' "$word"
            else
                _apus_names enabled sites .conf "$suffix" "$word"
            fi
            ;;
    esac
}

_apus_httpd() {
    local word=${COMP_WORDS[COMP_CWORD]}
    COMPREPLY=()
    case ${COMP_WORDS[COMP_CWORD - 1]} in
        -k) _apus_options 'start restart graceful graceful-stop stop' "$word" ;;
        -e) _apus_options 'emerg alert crit error warn notice info debug' "$word" ;;
        -d) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
        -f | -E) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
        -D)
            _apus_options 'FOREGROUND DUMP_VHOSTS DUMP_RUN_CFG DUMP_MODULES DUMP_INCLUDES
                DUMP_CONFIG' "$word"
            ;;
        -C | -c) ;;
        *) _apus_options '-D -d -f -C -c -e -E -k -v -V -h -l -L -t -T -S -M -X' "$word" ;;
    esac
}

_apus_control() {
    local word=${COMP_WORDS[COMP_CWORD]}
    if [ "$COMP_CWORD" = 1 ] && [[ $word != -* ]]; then
        _apus_options 'start stop restart graceful graceful-stop configtest status fullstatus
            help' "$word"
    else
        _apus_httpd
    fi
}

# Completes an application: a file of Python, or a module by the path of its file.
_apus_application() {
    local word=$1 file modules=
    if [[ $word != */* ]]; then
        for file in "${word//.//}"*; do
            if [ -f "$file" ] && [[ $file == *.py && $file != *__init__.py ]]; then
                file=${file%.py}
                modules+="${file//\//.}"$'\n'
            elif [ -f "$file/__init__.py" ]; then
                modules+="${file//\//.}."$'\n'
            fi
        done
    fi
    mapfile -t COMPREPLY < <(
        IFS=$'\n'
        compgen -W "$modules" -- "$word"
        compgen -f -X '!*.py' -- "$word"
        [[ $word != */* ]] || compgen -d -- "$word"
    )
}

_apus_serve() {
    local word=${COMP_WORDS[COMP_CWORD]}
    COMPREPLY=()
    case ${COMP_WORDS[COMP_CWORD - 1]} in
        --interface) _apus_options 'auto wsgi asgi' "$word" ;;
        --log-level) _apus_options 'emerg alert crit error warn notice info debug' "$word" ;;
        --user) mapfile -t COMPREPLY < <(compgen -u -- "$word") ;;
        --group) mapfile -t COMPREPLY < <(compgen -g -- "$word") ;;
        --host) _apus_options '127.0.0.1 0.0.0.0 ::1 ::' "$word" ;;
        --python) mapfile -t COMPREPLY < <(compgen -c -- "${word:-python3}") ;;
        --python-home | --python-path | --chdir | --reload-dir)
            mapfile -t COMPREPLY < <(compgen -d -- "$word")
            ;;
        --access-log | --error-log) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
        --port | --processes | --threads | --mount | --static | --daemon-option | -c) ;;
        *)
            if [[ $word == -* ]]; then
                _apus_options '--host --port --mount --static --processes --threads --interface
                    --user --group --daemon-option --python-home --python --python-path --chdir
                    --reload --reload-dir --log-level --access-log --error-log -c --print-config
                    --help' "$word"
            else
                _apus_application "$word"
            fi
            ;;
    esac
}

complete -F _apus_switch a2enmod a2dismod a2ensite a2dissite a2enconf a2disconf
complete -F _apus_query a2query
complete -F _apus_reload a2reload
complete -F _apus_serve apus-serve
complete -o filenames -F _apus_httpd httpd
complete -o filenames -F _apus_control apachectl apache2ctl
