using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Tools.Nc;

/// <summary><c>netwhy nc</c>: connections by hand: is a port open, what does it say, and who calls?</summary>
internal sealed class NcTool : ITool
{
    private const int Failure = 1; // exit code of the original for everything

    /// <inheritdoc/>
    public string Name => "nc";

    /// <inheritdoc/>
    public string Summary => "Connect, listen and try ports, as nc does.";

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Usage =>
    [
        ("HOST PORT[-PORT]…", "connect, and carry standard input and output; ports by number or name of the service"),
        ("-l [ADDRESS] PORT", "wait for a connection; -k for one after the other"),
        ("-z  -v", "only try the ports; say what came of it. 2048 ports at once, 10,000 a second at most: 1024 that are dropped take one timeout"),
        ("-u  -U", "UDP; a Unix socket: its path, or @NAME"),
        ("-w SECONDS  -q SECONDS  -N", "give up a connection that does not stand, or is idle; end that long after the input; end the sending with the input"),
        ("-4  -6  -n", "only IPv4, IPv6; no names"),
        ("-p PORT  -s ADDRESS  -r", "from that port; from that address; ports in random order"),
        ("-i SECONDS  -C  -d  -W COUNT", "pause between lines, and between ports; lines end in CR LF; no input; end after so many packets"),
        ("-T TOS  -M TTL  -m TTL  -I OCTETS  -O OCTETS  -b  -D", "type of service; TTL; least TTL taken; buffers to receive, to send; broadcast; SO_DEBUG"),
        ("-x PROXY[:PORT]  -X 4|5|connect", "by a proxy, of SOCKS 5 if not said; its port is 1080, or 3128 with connect"),
        ("-t", "answer TELNET: DON'T and WON'T"),
        ("--why", "on standard error, below what nc says: who refuses, and why"),
        ("--json", "with -z: one object, with address, outcome, time and cause of each port"),
        ("--net NAME  --pid PID", "in another network namespace, or where a process lives (root)"),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Examples =>
    [
        ("netwhy nc -zv db.example.com 5432", "is the port open?"),
        ("netwhy nc -zv --why db.example.com 5432", "and if not, who refuses it?"),
        ("netwhy nc -zv -w 1 192.0.2.1 1-1024", "which of them are?"),
        ("netwhy nc -l 4444 > file", "take what somebody sends; there: netwhy nc -N HOST 4444 < file"),
        ("printf 'GET / HTTP/1.0\\r\\n\\r\\n' | netwhy nc 192.0.2.1 80", "speak by hand"),
    ];

    /// <inheritdoc/>
    public int Run(IReadOnlyList<string> arguments, IToolHost host)
    {
        bool wantsJson = arguments.TakeWhile(word => word is not "--").Contains("--json");
        return OriginalRefusal.Guard(Name, host, wantsJson, () => Run(NcOptions.Parse(arguments), host));
    }

    private int Run(NcOptions options, IToolHost host)
    {
        if (options.ShowsHelp)
        {
            host.ShowHelp(this);
            return 0;
        }

        if (options.Namespace is { } name)
            ToolNamespace.Enter(name);
        if (options.Has('z') && options is { Proxy: null, Path: null })
            return Scan(options, host);
        using var wait = new DescriptorWait();
        using CancellationTokenRegistration wake = host.Cancellation.Register(wait.Wake);
        return options.Has('l') ? NcListener.Run(options, host, wait)
            : options.Path is { } path ? ConnectUnix(path, options, host, wait)
            : options.Proxy is { } proxy ? ConnectByProxy(proxy, options, host, wait)
            : Connect(options, host, wait);
    }

    private static int Scan(NcOptions options, IToolHost host)
    {
        var words = new NcWords(options, host);
        IReadOnlyList<IPAddress> addresses = Resolve(options.Host!, options.Ports[0], options);
        IEnumerable<PortOutcome> outcomes = PortScan.RunAsync(addresses, options.Ports, SettingsOf(options), host.Cancellation).ToBlockingEnumerable(host.Cancellation);
        if (options.IsJson)
            return WriteJson(options, [.. outcomes], words, host); // all of them first: an interrupt leaves no half of an object
        bool isAnyOpen = false;
        foreach (PortOutcome outcome in outcomes)
        {
            words.Say(outcome);
            isAnyOpen |= outcome.IsOpen;
        }

        return isAnyOpen ? 0 : Failure;
    }

    private static PortScanSettings SettingsOf(NcOptions options)
    {
        IPAddress? source = options.Source is { } text ? NcSocket.AddressOf(text) : null;
        return new PortScanSettings
        {
            IsUdp = options.Has('u'),
            Timeout = options.Timeout,
            Interval = options.Interval,
            Prepare = socket => NcSocket.Prepare(socket, options, source),
        };
    }

    private static int WriteJson(NcOptions options, IEnumerable<PortOutcome> outcomes, NcWords words, IToolHost host)
    {
        int open = 0, total = 0;
        var why = new NcWhy(options, host);
        using (var json = new Utf8JsonWriter(host.Output))
        {
            json.WriteStartObject();
            json.WriteString("schema", "netwhy.nc/1");
            json.WriteString("host", options.Host);
            json.WriteString("protocol", options.Has('u') ? "udp" : "tcp");
            json.WriteStartArray("ports");
            foreach (PortOutcome outcome in outcomes)
            {
                total++;
                open += outcome.IsOpen ? 1 : 0;
                WritePort(json, outcome, words, why);
            }

            json.WriteEndArray();
            json.WriteNumber("tried", total);
            json.WriteNumber("open", open);
            StatementOutput.WriteJson(json, "statements", why.Statements);
            json.WriteEndObject();
        }

        host.Output.Write("\n"u8);
        return open > 0 ? 0 : Failure;
    }

    private static void WritePort(Utf8JsonWriter json, PortOutcome outcome, NcWords words, NcWhy why)
    {
        json.WriteStartObject();
        json.WriteNumber("port", outcome.Port);
        if (words.ServiceOf(outcome.Port) is { } service)
            json.WriteString("service", service);
        json.WriteBoolean("open", outcome.IsOpen);
        json.WriteStartArray("trials");
        foreach (PortTrial trial in outcome.Trials)
        {
            json.WriteStartObject();
            json.WriteString("address", trial.Address.ToString());
            json.WriteString("outcome", NcWords.OutcomeOf(trial));
            if (trial.Outcome is not Errno.OK && !trial.IsTimeout)
                json.WriteString("errno", trial.Outcome.ToString());
            if (why.Of(outcome.Port, trial, out _)?.Cause is { } cause)
                json.WriteString("cause", cause);
            if (trial.Icmp is { } icmp)
            {
                json.WriteStartObject("icmp");
                json.WriteNumber("type", icmp.Type);
                json.WriteNumber("code", icmp.Code);
                json.WriteString("words", icmp.InWords());
                json.WriteString("node", icmp.Offender.ToString());
                json.WriteEndObject();
            }

            json.WriteNumber("ms", Math.Round(trial.Took.TotalMilliseconds, 3));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static int Connect(NcOptions options, IToolHost host, DescriptorWait wait)
    {
        var words = new NcWords(options, host);
        IReadOnlyList<IPAddress> addresses = Resolve(options.Host!, options.Ports[0], options);
        bool isAny = false;
        foreach (int port in options.Ports)
        {
            if (NcSocket.Connect(options.Host!, addresses, port, options, words, wait, host.Cancellation) is not var (socket, address))
                continue;
            isAny = true;
            words.SayConnected(address, port);
            using (socket)
                new NcRelay(options, host, wait).Run(socket);
        }

        return isAny ? 0 : Failure;
    }

    // What lies behind a proxy is tried port by port, each over a connection of its own.
    private static int ConnectByProxy(NcProxy proxy, NcOptions options, IToolHost host, DescriptorWait wait)
    {
        var words = new NcWords(options, host);
        int proxyPort = PortOf(proxy);
        IReadOnlyList<IPAddress> addresses = Resolve(proxy.Host, proxyPort, options);
        bool isAny = false;
        foreach (int port in options.Ports)
        {
            if (NcSocket.Connect(proxy.Host, addresses, proxyPort, options, words, wait, host.Cancellation) is not var (socket, _))
                continue;
            using (socket)
            {
                new NcProxyHandshake(socket, options.Timeout, wait, host.Cancellation).Run(proxy.Protocol, options.Host!, port);
                isAny = true;
                words.SayConnected(address: null, port);
                if (!options.Has('z'))
                    new NcRelay(options, host, wait).Run(socket);
            }
        }

        return isAny ? 0 : Failure;
    }

    private static int PortOf(NcProxy proxy) =>
        ushort.TryParse(proxy.Port, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) ? port
        : ServiceNames.Read().PortsOf(proxy.Port, "tcp").ToArray() is [var named, ..] ? named
        : throw new OriginalRefusal(Failure, $"getaddrinfo for host \"{proxy.Host}\" port {proxy.Port}: Servname not supported for ai_socktype");

    private static int ConnectUnix(string path, NcOptions options, IToolHost host, DescriptorWait wait)
    {
        Errno errno = LinuxSocket.OpenUnix(out LinuxSocket? socket);
        using (socket)
        {
            if (socket is not null)
                errno = socket.ConnectUnix(path);
            if (errno is not Errno.OK)
                throw new OriginalRefusal(Failure, $"{path}: {LinuxException.Describe(errno)}");
            if (options.Has('v'))
                host.Note($"Connection to {path} succeeded!");
            if (!options.Has('z'))
                new NcRelay(options, host, wait).Run(socket!);
        }

        return 0;
    }

    private static IReadOnlyList<IPAddress> Resolve(string name, int port, NcOptions options)
    {
        ResolvedName resolved = IPAddress.TryParse(name, out IPAddress? literal) && !name.Contains('%', StringComparison.Ordinal)
            ? options.Family is { } family && literal.AddressFamily != family
                ? new ResolvedName([], null, SystemNames.NoAddressOfFamily)
                : new ResolvedName([literal], name, null)
            : options.Has('n') && !name.Contains('%', StringComparison.Ordinal)
                ? new ResolvedName([], null, SystemNames.NotKnown)
                : SystemNames.Resolve(name, options.Family switch { AddressFamily.InterNetwork => 2, AddressFamily.InterNetworkV6 => 10, _ => 0 });
        return resolved.Failure is null
            ? resolved.Addresses
            : throw new OriginalRefusal(Failure, string.Create(CultureInfo.InvariantCulture, $"getaddrinfo for host \"{name}\" port {port}: {resolved.Failure}"));
    }
}
