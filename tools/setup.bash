# What ./netwhy and ./test do seldom: build the binary, install missing packages. Sourced, never run.
# Everything it says goes to standard error, because standard output belongs to netwhy.

say() { printf 'netwhy: %s\n' "$*" >&2; }

# ---- Build ---------------------------------------------------------------------------------------------------------

# Builds netwhy from ${sources[@]} unless a build of the same contents is found. Sets cache to the folder that has it.
build_netwhy() {
    local candidate contents began
    printf -v began '%(%s)T' -1
    contents=$(fingerprint)

    # A checkout that was copied or chown'ed has new times but old contents.
    for candidate in "${caches[@]}"; do
        if is_built_from "$contents" "$candidate"; then
            cache=$candidate
            [[ ! -w $cache/stamp ]] || touch -d "@$began" -- "$cache/stamp"
            return 0
        fi
    done

    cache=
    for candidate in "${caches[@]}"; do
        if mkdir -p -- "$candidate" 2>/dev/null && [[ -w $candidate ]]; then
            cache=$candidate
            break
        fi
    done
    if [[ ! $cache ]]; then
        say "cannot build: ${caches[0]} and ${caches[1]} cannot be written; set XDG_CACHE_HOME to a folder that can"
        return 3
    fi

    # One build at a time. Descriptor 9 is closed in the compiler, which could otherwise hold the lock for too long.
    local status=0
    exec 9> "$cache/lock"
    flock -n 9 || { say "waiting for another build of the same sources"; flock 9; }
    is_fresh "$cache" || publish || status=3
    exec 9>&-
    give_to_owner
    return $status
}

# What root builds in a user's checkout is the user's, or that user's own build could not write there.
give_to_owner() {
    (( EUID != 0 )) || [[ $cache != "$root"/* ]] || chown -Rh --reference="$root" -- "$root/artifacts"
}

# One number for the names and the contents of all sources.
fingerprint() (
    cd -- "$root/" && find "${sources[@]/#"$root"/.}" -type f -print0 2>/dev/null \
        | LC_ALL=C sort -z | xargs -0 sha256sum -- | sha256sum
)

is_built_from() { # CONTENTS CACHE
    [[ -x $2/netwhy && -f $2/stamp && $1 == "$(< "$2/stamp")" ]]
}

publish() {
    local architecture
    case $HOSTTYPE in
        x86_64) architecture=x64 ;;
        aarch64) architecture=arm64 ;;
        *) say "cannot build: this script knows no .NET runtime for $HOSTTYPE"; return 3 ;;
    esac
    find_dotnet || return

    # The stamp is as old as the beginning of the build: a source saved while it runs is newer.
    : > "$cache/stamp.new"
    fingerprint > "$cache/contents.new"
    touch -r "$cache/stamp.new" -- "$cache/contents.new"
    rm -rf -- "$cache/stamp.new" "$cache/new"

    # It has its own object folder, so that a build by hand in the same checkout does not collide with this one. It
    # needs no network when the packages are there (an audit would). Analyzers, most of a build's time, are for those who
    # change the sources: ./test builds with them. One compiler serves all projects, which takes half as long as one for
    # each; it has a name of its own, and ends with the build.
    say "building from these sources, once; this takes some three minutes"
    local home=${HOME:-}
    [[ -n $home && -w $home ]] || home=$cache/objects
    local watcher
    say_if_restoring 9>&- &
    watcher=$!
    local compiler=netwhy-$$-$began
    trap 'kill $watcher 2> /dev/null; end_compiler "$compiler"; exit 130' INT
    if ! HOME=$home DOTNET_CLI_HOME=$home DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 \
        DOTNET_CLI_USE_MSBUILD_SERVER=0 DOTNET_GENERATE_ASPNET_CERTIFICATE=false \
        "$dotnet" publish "$root/src/NetWhy.App" --configuration Release --runtime "linux-$architecture" \
        --output "$cache/new" -verbosity:minimal -nodeReuse:false -p:SharedCompilationId="$compiler" \
        -p:NuGetAudit=false -p:RunAnalyzers=false -p:EnforceCodeStyleInBuild=false -p:ArtifactsPath="$cache/objects" \
        < /dev/null > "$cache/build.log" 2>&1 9>&-
    then
        kill $watcher 2> /dev/null
        end_compiler "$compiler"
        tail -n 20 -- "$cache/build.log" >&2
        say "the build failed; all it said is in $cache/build.log"
        return 3
    fi
    kill $watcher 2> /dev/null
    end_compiler "$compiler"
    trap - INT

    # Renamed into place: who runs the old binary keeps it, who starts now gets the one or the other whole.
    mv -f -- "$cache/new/netwhy" "$cache/netwhy"
    mv -f -- "$cache/contents.new" "$cache/stamp"
    rm -rf -- "$cache/new" "$cache/objects"
}

end_compiler() { # NAME
    local folder
    for folder in /proc/[0-9]*; do
        { tr '\0' ' ' < "$folder/cmdline"; } 2> /dev/null | grep -qF -- "-pipename:$1 " && kill "${folder#/proc/}"
    done 2> /dev/null
    return 0
}

# Without a way to the package source, restoring takes minutes to give up and says nothing until then.
say_if_restoring() {
    sleep 15 < /dev/null > /dev/null 2>&1
    [[ -s $cache/objects/obj/NetWhy.App/project.assets.json ]] \
        || say "still fetching packages; without a way to the package source (dotnet nuget list source) this takes minutes and fails: see $cache/build.log"
}

# Sets dotnet to the command of the .NET SDK.
find_dotnet() {
    for dotnet in "$(type -P dotnet)" "${DOTNET_ROOT:-}/dotnet" "${HOME:-}/.dotnet/dotnet" \
        /usr/share/dotnet/dotnet /usr/lib/dotnet/dotnet; do
        [[ ! -x $dotnet ]] || return 0
    done
    say "cannot build: the .NET SDK 10 is not installed (https://dot.net; on Ubuntu: apt-get install dotnet-sdk-10.0)"
    return 3
}

# ---- Packages ------------------------------------------------------------------------------------------------------

# package | command or files that show it is there (any of them will do) | what netwhy wants it for
run_time_packages=(
    "openssl|/usr/lib/*/libssl.so.3 /lib/*/libssl.so.3 /usr/lib64/libssl.so.3 /usr/lib/libssl.so.3|to speak TLS"
    "ca-certificates|/etc/ssl/certs/ca-certificates.crt|to know which certificates this machine trusts"
    "libpcap0.8|/usr/lib/*/libpcap.so.0.8 /lib/*/libpcap.so.0.8 /usr/lib64/libpcap.so.0.8 /usr/lib/libpcap.so.0.8|to compile filters of packets"
    "libzstd1|/usr/lib/*/libzstd.so.1 /lib/*/libzstd.so.1 /usr/lib64/libzstd.so.1 /usr/lib/libzstd.so.1|to read captures compressed with zstd"
    "nftables|nft|to name the firewall rule that drops a packet"
    "iptables|iptables|to name the firewall rule that drops a packet"
)
lab_packages=(
    "iproute2|ip|to build the networks of the lab"
    "iputils-ping|ping|to try the networks of the lab by hand"
    "procps|sysctl|to set kernel parameters in the lab"
    "ethtool|ethtool|to set offloads of links in the lab"
    "conntrack|conntrack|to look into connection tracking in the lab"
    "openssl|openssl|to make certificates and to serve TLS in the lab"
    "nginx|nginx|to serve HTTP in the lab"
    "haproxy|haproxy|to balance load in the lab"
    "stunnel4|stunnel|to serve TLS before plain services in tests"
    "unbound|unbound|to resolve names in the lab"
    "mtr-tiny|mtr|to compare the tables of paths with its own"
    "traceroute|traceroute.db|to compare the hops of paths with its own"
    "nsd|nsd|to serve signed zones in the lab"
    "bind9|named|to serve zones in the lab"
    "bind9-utils|dnssec-signzone|to sign zones in the lab"
    "bind9-dnsutils|delv|to compare queries and validation of names with dig and delv"
    "python3|python3|to make the signed zones of the lab"
    "curl|curl|to compare transfers with its own"
)

is_there() { # COMMAND or FILES, as patterns
    local PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin name
    for name in $1; do
        if [[ $name == /* ]]; then
            [[ ! -s $name ]] || return 0
        else
            type -P "$name" > /dev/null && return 0
        fi
    done
    return 1
}

# Installs what is missing for `run-time` or for the `lab`, says what and why, and asks first on a terminal. What cannot
# be installed is said once a day and netwhy goes on without: each probe names what it could not see.
install_packages() { # run-time | lab
    local wanted=("${run_time_packages[@]}") missing=() entry package proof why
    [[ $1 != lab ]] || wanted+=("${lab_packages[@]}")
    for entry in "${wanted[@]}"; do
        IFS='|' read -r package proof why <<< "$entry"
        is_there "$proof" || missing+=("$package|$why")
    done
    (( ${#missing[@]} )) || return 0

    local names=("${missing[@]%%|*}") now said_at=0 said_names= note=${cache:-/nonexistent}/missing-packages
    printf -v now '%(%s)T' -1
    [[ ! -f $note ]] || read -r said_at said_names < "$note"
    [[ ${names[*]} != "$said_names" ]] || (( now - said_at > 86400 )) || return 0

    for entry in "${missing[@]}"; do
        say "missing: ${entry%%|*}, ${entry#*|}"
    done

    local command="apt-get install ${names[*]}"
    if ! type -P apt-get > /dev/null; then
        say "going on without; install them by the means of this system"
    elif (( EUID != 0 )); then
        say "going on without; to install: sudo $command"
    elif [[ -t 0 && -t 2 ]] && ! confirmed; then
        say "going on without; to install: $command"
    elif ! apt_install "${names[@]}"; then
        say "going on without, apt-get failed; to try again: $command"
    fi
    { printf '%s %s\n' "$now" "${names[*]}" > "$note"; } 2> /dev/null
    return 0
}

# Exports NETWHY_DUCKDB, the path of libduckdb.so, for the tests of what is asked with SQL. Kept in artifacts/duckdb; without
# npm or its registry these tests are skipped.
find_duckdb() {
    local folder=$root/artifacts/duckdb package=@duckdb/node-bindings-linux-x64
    [[ $HOSTTYPE != aarch64 ]] || package=@duckdb/node-bindings-linux-arm64
    [[ ! ${NETWHY_DUCKDB-} ]] || return 0
    if [[ ! -s $folder/package/libduckdb.so ]]; then
        type -P npm > /dev/null || { say "no npm to fetch $package: tests of SQL are skipped"; return 0; }
        mkdir -p -- "$folder"
        (cd -- "$folder" && timeout 180 npm pack --silent "$package" > /dev/null && tar -xzf duckdb-*.tgz && rm -f duckdb-*.tgz) \
            || { say "npm pack $package failed: tests of SQL are skipped"; return 0; }
    fi
    export NETWHY_DUCKDB=$folder/package/libduckdb.so
}

confirmed() {
    local answer
    read -r -p "netwhy: install now? [Y/n] " answer || return
    [[ ${answer,,} =~ ^(y(es)?)?$ ]]
}

# Installs packages and starts none of their services, now or at the next boot: the lab runs servers of its own.
apt_install() ( # PACKAGES
    exec 9> /run/netwhy-install.lock && flock 9
    policy=/usr/sbin/policy-rc.d # invoke-rc.d(8) asks it before it starts a service; its exit code 101 means no
    if [[ ! -e $policy ]]; then
        trap 'rm -f -- "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' > "$policy" && chmod 755 "$policy"
    fi

    say "apt-get install $*"
    apt_quietly install --no-install-recommends "$@" \
        || { apt_quietly update && apt_quietly install --no-install-recommends "$@"; } \
        || return
    type -P systemctl > /dev/null || return 0
    for package; do
        case $package in
            nginx | haproxy | stunnel4 | unbound | nsd | bind9)
                service=${package/bind9/named}
                systemctl --quiet disable "$service" 2> /dev/null \
                    || say "could not disable the service $service: it may start at the next boot" ;;
        esac
    done
)

apt_quietly() {
    local said
    said=$(DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 \
        -o DPkg::Lock::Timeout=120 "$@" 2>&1 < /dev/null 9>&-) || { tail -n 5 <<< "$said" >&2; return 1; }
}
