using System.Globalization;
using System.Text;
using NetWhy.Lab.Impairments;

namespace NetWhy.Lab;

/// <summary>A scenario that stands: its namespaces, its servers and its fault.</summary>
public sealed class LabInstance : IAsyncDisposable
{
    private readonly Scenario _scenario;
    private readonly LabState _state;
    private readonly string _netwhy;
    private readonly string _certificates;
    private readonly string _prefix;
    private readonly ServiceScript _services;

    private LabInstance(Scenario scenario, LabState state, string prefix, string netwhy, string certificates)
    {
        _scenario = scenario;
        _state = state;
        _prefix = prefix;
        _netwhy = netwhy;
        _certificates = certificates;
        _services = new ServiceScript(state.Directory, certificates, netwhy);
    }

    /// <summary>The instance's own directory; gone after it is taken down.</summary>
    public string Directory => _state.Directory;

    /// <summary>Variables that netwhy needs on the client: the lab's root certificate and what the scenario sets.</summary>
    public IReadOnlyDictionary<string, string> ClientVariables
    {
        get
        {
            var variables = new Dictionary<string, string> { ["SSL_CERT_FILE"] = Path.Combine(_certificates, "ca.pem") };
            foreach ((string name, string value) in _scenario.Environment)
                variables[name] = _services.Fill(value);
            return variables;
        }
    }

    /// <summary>Sets a scenario up, its fault included.</summary>
    /// <param name="scenario">What to set up.</param>
    /// <param name="name">The name of the instance; no other may have it.</param>
    /// <param name="netwhy">The program, for the servers and links of our own.</param>
    /// <param name="certificates">A directory with certificates; null to make them.</param>
    /// <param name="outlivesUs">Whether it stays when this process ends; otherwise the next run of the lab takes it down.</param>
    /// <param name="clock">The time, for certificates.</param>
    /// <param name="cancel">Ends the set-up early; what stands by then is taken down.</param>
    /// <exception cref="LabException">Something of it cannot be set up.</exception>
    public static async Task<LabInstance> UpAsync(
        Scenario scenario, string name, string netwhy, string? certificates, bool outlivesUs, TimeProvider clock, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        ArgumentNullException.ThrowIfNull(clock);
        RequireRoot();
        string prefix = $"netwhy-{name}-";
        LabState state = LabState.Create(name, [.. scenario.Hosts.Keys.Select(host => prefix + host)], outlivesUs);
        var instance = new LabInstance(
            scenario, state, prefix, netwhy, certificates ?? Path.Combine(state.Directory, "certificates"));
        try
        {
            if (certificates is null)
            {
                System.IO.Directory.CreateDirectory(instance._certificates);
                await CertificateMaker.MakeAsync(instance._certificates, clock.GetUtcNow(), cancel).ConfigureAwait(false);
            }

            await instance.BuildAsync(cancel).ConfigureAwait(false);
            await File.WriteAllLinesAsync(
                Path.Combine(state.Directory, VariablesFile(scenario.Client)),
                instance.ClientVariables.Select(variable => $"{variable.Key}={variable.Value}"),
                cancel).ConfigureAwait(false);
            return instance;
        }
        catch
        {
            await instance.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes an instance of an earlier process down.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="LabException">There is none, or something of it stays.</exception>
    public static Task DownAsync(string name)
    {
        LabState state = LabState.Find(name) ?? throw new LabException($"'{name}' is not up", isUsage: true);
        RequireRoot();
        return state.TearDownAsync();
    }

    /// <summary>Takes down what killed processes left behind.</summary>
    /// <exception cref="LabException">We are not root, or something stays.</exception>
    public static async Task SweepAsync()
    {
        RequireRoot();
        foreach (LabState orphan in LabState.Orphans())
            await orphan.TearDownAsync().ConfigureAwait(false);
    }

    /// <summary>Runs something on a host of an instance that stands.</summary>
    /// <param name="name">The instance.</param>
    /// <param name="host">The host.</param>
    /// <param name="command">What to run.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <returns>Its exit code; 127 if there is no such command, 126 if it cannot be run, as a shell has it.</returns>
    /// <exception cref="LabException">There is no such instance or host, or we are not root.</exception>
    public static async Task<int> ExecAsync(string name, string host, string[] command, CancellationToken cancel)
    {
        LabState state = LabState.Find(name) ?? throw new LabException($"'{name}' is not up; 'netwhy lab up {name}' sets it up", isUsage: true);
        string networkNamespace = $"netwhy-{name}-{host}";
        if (!state.Namespaces.Contains(networkNamespace))
        {
            string prefix = $"netwhy-{name}-";
            throw new LabException(
                $"'{name}' has no host '{host}', only {string.Join(", ", state.Namespaces.Select(known => known[prefix.Length..]))}", isUsage: true);
        }

        RequireRoot();
        string root = Path.Combine(state.Directory, "certificates", "ca.pem");
        var variables = new Dictionary<string, string> { ["SSL_CERT_FILE"] = root, ["CURL_CA_BUNDLE"] = root };
        string file = Path.Combine(state.Directory, VariablesFile(host));
        foreach (string[] pair in File.Exists(file) ? File.ReadLines(file).Select(line => line.Split('=', 2)) : [])
            variables[pair[0]] = pair[1];
        return await Shell.RunHereAsync(["ip", "netns", "exec", networkNamespace, "sh", "-c", "exec \"$@\"", "sh", .. command], variables, cancel).ConfigureAwait(false);
    }

    /// <summary>Refuses who may not make or enter network namespaces.</summary>
    /// <exception cref="LabException">We are not root.</exception>
    internal static void RequireRoot()
    {
        if (!Environment.IsPrivilegedProcess)
            throw new LabException("the lab works with network namespaces and needs root: run it with sudo");
    }

    /// <summary>Instances that stand, by name.</summary>
    public static IEnumerable<string> Standing() => System.IO.Directory.Exists(LabState.Root)
        ? System.IO.Directory.EnumerateDirectories(LabState.Root).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)
        : [];

    /// <summary>Hosts of an instance that stands; none if it does not.</summary>
    /// <param name="name">The instance.</param>
    public static IEnumerable<string> HostsOf(string name) =>
        LabState.Find(name)?.Namespaces.Select(known => known[$"netwhy-{name}-".Length..]) ?? [];

    /// <summary>The command that runs netwhy on the scenario's client.</summary>
    /// <param name="arguments">Further arguments after those of the scenario.</param>
    public string[] ClientCommand(params ReadOnlySpan<string> arguments)
    {
        string[] netwhy = [_netwhy, .. _scenario.Arguments, .. arguments];
        string[] enter = ["ip", "netns", "exec", _prefix + _scenario.Client];
        return _scenario.Setup is { } setup
            ? [.. enter, "sh", "-c", _services.Fill(setup), "sh", .. netwhy]
            : [.. enter, .. netwhy];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _state.TearDownAsync().ConfigureAwait(false);

    private static string VariablesFile(string host) => $"{host}.environment";

    private async Task BuildAsync(CancellationToken cancel)
    {
        string www = Path.Combine(_state.Directory, "www");
        System.IO.Directory.CreateDirectory(www);
        using (FileStream big = File.Create(Path.Combine(www, "big")))
            big.SetLength(4 << 20);
        foreach ((string host, Host settings) in _scenario.Hosts)
            WriteFiles(host, settings);

        await Shell.RunAsync([], NamespacesAndCables(), Variables, cancel).ConfigureAwait(false);
        await Task.WhenAll(_scenario.Hosts.Select(host => SetUpHostAsync(host.Key, host.Value, cancel))).ConfigureAwait(false);
        foreach (FaultStep fault in _scenario.Faults)
        {
            if (fault.Undo is { } undo)
                _state.AddUndo(undo);
            await RunOnAsync(fault.Host, Prelude + _services.Fill(fault.Script), cancel).ConfigureAwait(false);
        }
    }

    private Dictionary<string, string> Variables => new()
    {
        ["NETWHY"] = _netwhy,
        ["LAB"] = _state.Directory,
        ["CERTS"] = _certificates,
    };

    /// <summary>Short words for the shell lines of scenarios.</summary>
    private static string Prelude => """
        # fw HOOK RULE: adds a rule to a chain of our own at an nftables hook of family inet
        fw() {
            hook=$1; shift
            printf 'table inet lab_%s { chain x { type filter hook %s priority 0;\n%s\n}\n}\n' "$hook" "$hook" "$*" | nft -f -
        }
        # background COMMAND…: leaves it running until the instance is taken down
        background() { "$@" >/dev/null 2>&1 </dev/null & }
        # serve MODE OPTIONS…: starts one of netwhy's misbehaving programs and waits until it is ready
        serve() {
            ready=$(mktemp -u "$LAB/ready.XXXXXX"); mkfifo "$ready"
            "$NETWHY" lab serve "$@" >"$ready" 2>"$ready.log" </dev/null &
            read -r line <"$ready" || { tail -n1 "$ready.log" >&2; exit 1; }
        }

        """;

    private void WriteFiles(string host, Host settings)
    {
        if (settings.Files.IsEmpty)
            return;

        string directory = $"/etc/netns/{_prefix}{host}";
        foreach ((string path, string text) in settings.Files)
        {
            string file = Path.Combine(directory, path);
            System.IO.Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
        }
    }

    private string NamespacesAndCables()
    {
        var script = new StringBuilder("ip -batch - <<'END'\n");
        foreach (string host in _scenario.Hosts.Keys)
            script.Append(CultureInfo.InvariantCulture, $"netns add {_prefix}{host}\n");
        foreach (Link link in _scenario.Links.Where(link => !link.IsImpaired))
        {
            string mtu = link.Mtu > 0 ? string.Create(CultureInfo.InvariantCulture, $"mtu {link.Mtu} ") : "";
            script.Append(CultureInfo.InvariantCulture, $"link add {link.Left.Interface} {mtu}netns {_prefix}{link.Left.Host} type veth peer name {link.Right.Interface} {mtu}netns {_prefix}{link.Right.Host}\n");
        }

        script.Append("END\n");
        int number = 0;
        foreach (Link link in _scenario.Links.Where(link => link.IsImpaired))
        {
            string fifo = string.Create(CultureInfo.InvariantCulture, $"\"$LAB/link.{number++}\"");
            script.Append(CultureInfo.InvariantCulture, $"""
                mkfifo {fifo}
                ip netns exec {_prefix}{link.Left.Host} "$NETWHY" lab link --left {_prefix}{link.Left.Host}:{link.Left.Interface} --right {_prefix}{link.Right.Host}:{link.Right.Interface} --left-to-right {ImpairmentText.Format(link.LeftToRight ?? new Impairment())} --right-to-left {ImpairmentText.Format(link.RightToLeft ?? new Impairment())} >{fifo} 2>{fifo}.log </dev/null &
                read -r line <{fifo} || cat {fifo}.log >&2
                [ "$line" = ready ]

                """);
        }

        return script.ToString();
    }

    private async Task SetUpHostAsync(string host, Host settings, CancellationToken cancel)
    {
        var script = new StringBuilder(Prelude);
        void Set(string name, string value) => script.Append(CultureInfo.InvariantCulture, $"echo {Shell.Quote(value)} >/proc/sys/{name.Replace('.', '/')}\n");

        Set("net.ipv4.tcp_congestion_control", "reno"); // as on most machines; bbr would hide loss
        Set("net.ipv6.conf.all.accept_dad", "0"); // addresses are usable at once
        Set("net.ipv6.conf.default.accept_dad", "0");
        foreach (LinkEnd end in _scenario.Links.SelectMany(link => new[] { link.Left, link.Right }).Where(end => end.Host == host))
            Set($"net.ipv6.conf.{end.Interface}.accept_dad", "0");

        script.Append("ip -batch - <<'END'\nlink set lo up\n");
        foreach (string bridge in settings.Bridges.Keys)
            script.Append(CultureInfo.InvariantCulture, $"link add {bridge} type bridge forward_delay 0 mcast_snooping 0\n");
        foreach (Link link in _scenario.Links)
        {
            foreach (LinkEnd end in new[] { link.Left, link.Right }.Where(end => end.Host == host))
            {
                // The wire of an impaired link is a process: what comes while it does not run must wait, not be lost.
                if (link.IsImpaired)
                    script.Append(CultureInfo.InvariantCulture, $"link set {end.Interface} txqueuelen 20000{(link.Mtu > 0 ? $" mtu {link.Mtu}" : "")}\n");
                script.Append(CultureInfo.InvariantCulture, $"link set {end.Interface} up\n");
            }
        }

        foreach ((string bridge, var members) in settings.Bridges)
        {
            foreach (string member in members)
                script.Append(CultureInfo.InvariantCulture, $"link set {member} master {bridge}\n");
            script.Append(CultureInfo.InvariantCulture, $"link set {bridge} up\n");
        }

        foreach ((string device, var addresses) in settings.Addresses)
        {
            foreach (string address in addresses)
                script.Append(CultureInfo.InvariantCulture, $"addr add {address} dev {device}{(address.Contains(':') ? " nodad" : "")}\n");
        }

        foreach (string route in settings.Routes)
            script.Append(CultureInfo.InvariantCulture, $"route add {route}\n");
        script.Append("END\n");
        foreach ((string name, string value) in settings.Sysctls)
            Set(name, value);

        ServiceStart[] starts = [.. settings.Services.Select((service, number) => _services.Write(host, number, service))];
        foreach (ServiceStart start in starts)
            script.Append(CultureInfo.InvariantCulture, $"{start.Line}\n");

        await RunOnAsync(host, script.ToString(), cancel).ConfigureAwait(false);
        foreach (ServiceStart start in starts)
            await WaitUntilReadyAsync(host, start, cancel).ConfigureAwait(false);
    }

    /// <summary>Waits in the namespace until the ports are bound: no connection is made, so no counter moves.</summary>
    private async Task WaitUntilReadyAsync(string host, ServiceStart start, CancellationToken cancel)
    {
        var wanted = new List<string>();
        string address = start.Address is { } bound ? $" {Convert.ToHexString([.. bound.GetAddressBytes().Chunk(4).SelectMany(word => word.Reverse())])}" : ""; // as /proc/net/tcp writes it
        foreach (int port in start.TcpPorts)
            wanted.Add(string.Create(CultureInfo.InvariantCulture, $"grep -qi '{address}:{port:x4} [0-9a-f:]* 0a ' /proc/net/tcp /proc/net/tcp6"));
        foreach (int port in start.UdpPorts)
            wanted.Add(string.Create(CultureInfo.InvariantCulture, $"grep -qi '{address}:{port:x4} [0-9a-f:]* 07 ' /proc/net/udp /proc/net/udp6"));
        if (wanted.Count == 0)
            return;

        string script = $"""
            i=0
            until {string.Join(" && ", wanted)}; do
                i=$((i+1)); [ $i -lt 500 ] || exit 1
                sleep 0.01
            done
            """;
        try
        {
            await RunOnAsync(host, script, cancel).ConfigureAwait(false);
        }
        catch (LabException)
        {
            string log = _services.LogOf(start.Id);
            string said = File.Exists(log) ? Shell.OneLine(await File.ReadAllTextAsync(log, cancel).ConfigureAwait(false)) : "nothing";
            throw new LabException($"{_scenario.Name}: service {start.Id} did not get ready in 5 s; it said: {said}");
        }
    }

    private async Task RunOnAsync(string host, string script, CancellationToken cancel)
    {
        try
        {
            string[] enter = host == FaultStep.Machine ? [] : ["ip", "netns", "exec", _prefix + host];
            await Shell.RunAsync(enter, script, Variables, cancel).ConfigureAwait(false);
        }
        catch (LabException exception)
        {
            throw new LabException($"{_scenario.Name}: host {host}: {exception.Message}");
        }
    }
}
