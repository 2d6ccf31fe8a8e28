# What the benchmarks share: milliseconds of a command, and a table. Sourced, never run.

milliseconds() { # COMMAND… -> prints how long it took, whatever it exits with
    local begin=$EPOCHREALTIME end
    "$@" > /dev/null 2>&1
    end=$EPOCHREALTIME
    echo "$(((${end/[.,]/} - ${begin/[.,]/}) / 1000))"
}

heading() { printf '%-44s %8s %8s %8s %8s\n' "$1" median min max "${2:-goal}"; }

row() { # NAME GOAL MILLISECONDS… -> one line of the table
    local name=$1 goal=$2 sorted
    shift 2
    mapfile -t sorted < <(printf '%s\n' "$@" | sort -n)
    printf '%-44s %5s ms %5s ms %5s ms %8s\n' \
        "$name" "${sorted[$((${#sorted[@]} / 2))]}" "${sorted[0]}" "${sorted[-1]}" "$goal"
}
