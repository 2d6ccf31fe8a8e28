using System.Globalization;
using NetWhy.Linux;
using NetWhy.Paths;
using NetWhy.Wire;

namespace NetWhy.Tools.Traceroute;

/// <summary>What a command line of traceroute asks for.</summary>
internal sealed record TracerouteOptions
{
    private const int MostHops = 255;
    private const int MostQueries = 10;
    private const int MostOctets = 65_000; // traceroute refuses more
    private const int MostTargets = 100_000;
    private const int DnsPort = 53;
    private const int LargestPacket = 65_000; // of --mtu, unless a length is given

    private static readonly Getopt Getopt = new("traceroute",
    [
        new('4', null), new('6', null), new('d', "debug"), new('F', "dont-fragment"), new('f', "first", TakesValue: true),
        new('I', "icmp"), new('T', "tcp"), new('U', "udp"), new('M', "module", TakesValue: true),
        new('i', "interface", TakesValue: true), new('m', "max-hops", TakesValue: true), new('N', "sim-queries", TakesValue: true),
        new('n', null), new('p', "port", TakesValue: true), new('t', "tos", TakesValue: true), new('l', "flowlabel", TakesValue: true),
        new('w', "wait", TakesValue: true), new('q', "queries", TakesValue: true), new('s', "source", TakesValue: true),
        new('z', "sendwait", TakesValue: true), new('e', "extensions"), new('A', "as-path-lookups"), new('\0', "back"),
        new('L', "udplite"), new('D', "dccp"), new('P', "protocol", TakesValue: true), new('O', "options", TakesValue: true),
        new('g', "gateway", TakesValue: true), new('r', null), new('\0', "mtu"), new('\0', "sport", TakesValue: true), new('\0', "fwmark", TakesValue: true), new('V', "version"), new('h', "help"),
        new('\0', "json"), new('\0', "targets", TakesValue: true), new('\0', "unprivileged"),
        new('\0', "multipath"), new('\0', "dublin"), new('\0', "net", TakesValue: true), new('\0', "pid", TakesValue: true),
    ]);

    private readonly List<string> _moduleOptions = [];

    private int? _usualPort; // of the protocol; null for that of ProbeOptions

    /// <summary><c>AF_INET</c>, <c>AF_INET6</c> or 0 for both.</summary>
    public int Family { get; private set; }

    /// <summary>What the probes are made of.</summary>
    public ProbeProtocol Protocol { get; private set; } = ProbeProtocol.Udp;

    /// <summary>Destination port; null for that of the protocol.</summary>
    public int? Port { get; private set; }

    /// <summary>Source port; null for the kernel's choice.</summary>
    public int? SourcePort { get; private set; }

    /// <summary>Interface; null for that of the route.</summary>
    public string? Interface { get; private set; }

    /// <summary>Source address as typed; null for the kernel's choice.</summary>
    public string? Source { get; private set; }

    /// <summary>Type of service.</summary>
    public int Tos { get; private set; }

    /// <summary>Flow label.</summary>
    public int FlowLabel { get; private set; }

    /// <summary>Firewall mark.</summary>
    public int? Mark { get; private set; }

    /// <summary>Whether routers may not fragment.</summary>
    public bool DontFragment { get; private set; }

    /// <summary>Whether only neighbours are reached, without routers.</summary>
    public bool IsDirect { get; private set; }

    /// <summary>Whether the probes are as large as the path takes up to each hop.</summary>
    public bool FindsMtu { get; private set; }

    /// <summary>Protocol of <see cref="ProbeProtocol.Other"/>.</summary>
    public IPProtocol OtherProtocol { get; private set; } = (IPProtocol)253; // for experiments: RFC 3692

    /// <summary>What probes of TCP look like.</summary>
    public TcpProbe Tcp { get; private set; } = TcpProbe.Usual;

    /// <summary>Whether what TCP answers with is shown.</summary>
    public bool HasTcpFlags { get; private set; }

    /// <summary>Whether raw sockets are insisted on.</summary>
    public bool IsRaw { get; private set; }

    /// <summary>The list of the options that the module has; null if it is not asked for.</summary>
    public string? ModuleHelp { get; private set; }

    /// <summary>Whether raw sockets are done without.</summary>
    public bool IsUnprivileged { get; private set; }

    /// <summary>Whether addresses stay numbers.</summary>
    public bool IsNumeric { get; private set; }

    /// <summary>Whether ICMP extensions are shown.</summary>
    public bool HasExtensions { get; private set; }

    /// <summary>Whether the length of the way back is shown where it seems another.</summary>
    public bool HasBack { get; private set; }

    /// <summary>Whether the autonomous systems of addresses are looked up.</summary>
    public bool HasSystems { get; private set; }

    /// <summary>Whether all paths that load is balanced over are to be found.</summary>
    public bool IsMultipath { get; private set; }

    /// <summary>Whether the answer is JSON.</summary>
    public bool IsJson { get; private set; }

    /// <summary>Whether help is asked for.</summary>
    public bool ShowsHelp { get; private set; }

    /// <summary>Whether the version is asked for.</summary>
    public bool ShowsVersion { get; private set; }

    /// <summary>Targets as typed.</summary>
    public IReadOnlyList<string> Targets { get; private set; } = [];

    /// <summary>How far and how patiently.</summary>
    public TraceOptions Trace { get; private set; } = new();

    /// <summary>Network namespace to look from, as a name or a path; null for the own one.</summary>
    public string? Namespace { get; private set; }

    /// <summary>Reads a command line.</summary>
    /// <exception cref="ToolException">It makes no sense.</exception>
    public static TracerouteOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new TracerouteOptions();
        IReadOnlyList<string> operands = Getopt.Parse(arguments, (option, value) => options.Take(option, value ?? ""));
        if (options.ShowsHelp || options.ShowsVersion || options.TakeModuleOptions())
            return options;
        // One host may be followed by the length of the probes; more words are more hosts.
        if (operands is [var host, var length] && length.All(char.IsAsciiDigit))
        {
            if (!int.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out int octets) || octets > MostOctets)
                throw Misuse($"too big packetlen {length} specified");
            options.Trace = options.Trace with { PacketSize = octets };
            operands = [host];
        }

        options.Targets = [.. options.Targets, .. operands];
        if (options.Targets.Count == 0)
            throw Misuse("specify a host: netwhy traceroute HOST [LENGTH]");
        options.Check();
        if (options.FindsMtu && options.Trace.PacketSize == 0)
            options.Trace = options.Trace with { PacketSize = LargestPacket };
        return options;
    }

    private void Check()
    {
        if (Trace.FirstTtl < 1 || Trace.FirstTtl > Trace.MaxTtl)
            throw Misuse("first hop out of range");
        if (Trace.MaxTtl > MostHops)
            throw Misuse("max hops cannot be more than 255");
        if (Trace.Queries is < 1 or > MostQueries)
            throw Misuse("no more than 10 probes per hop");
        if (FindsMtu && IsMultipath)
            throw Misuse("--mtu follows one path: leave out --multipath");
    }

    private void Take(GetoptOption option, string value)
    {
        switch (option.Letter, option.Long)
        {
            case ('4', _): Family = 2; break;
            case ('6', _): Family = 10; break;
            case ('d', _): break; // SO_DEBUG shows nothing
            case ('F', _): DontFragment = true; break;
            case ('I', _): Protocol = ProbeProtocol.Icmp; break;
            case ('T', _): Protocol = ProbeProtocol.Tcp; break;
            case ('U', _): (Protocol, _usualPort) = (ProbeProtocol.Udp, DnsPort); break;
            case ('L', _): (Protocol, _usualPort) = (ProbeProtocol.UdpLite, DnsPort); break;
            case ('P', _): (Protocol, OtherProtocol) = (ProbeProtocol.Other, ModuleOptions.Protocol(value)); break;
            case ('O', _): _moduleOptions.AddRange(value.Split(',')); break;
            case ('D', _): throw Misuse("DCCP (-D) is not there: Linux has removed it");
            case ('g', _): throw Misuse("source routing (-g) is not there: hosts and routers drop such packets");
            case ('r', _): IsDirect = true; break;
            case (_, "mtu"): (FindsMtu, DontFragment) = (true, true); break;
            case ('M', _): TakeModule(value); break;
            case ('i', _): Interface = value; break;
            case ('n', _): IsNumeric = true; break;
            case ('p', _): Port = Number(option, value, 0, ushort.MaxValue); break;
            case ('s', _): Source = value; break;
            case ('t', _): Tos = Number(option, value, 0, 255); break;
            case ('l', _): FlowLabel = Number(option, value, 0, 0xfffff); break;
            case ('e', _): HasExtensions = true; break;
            case ('A', _): HasSystems = true; break;
            case ('V', _): ShowsVersion = true; break;
            case ('h', _): ShowsHelp = true; break;
            case (_, "back"): HasBack = true; break;
            case (_, "json"): IsJson = true; break;
            case (_, "net"): Namespace = value; break;
            case (_, "pid"): Namespace = ToolNamespace.Of(value); break;
            case (_, "multipath" or "dublin"): IsMultipath = true; break;
            case (_, "unprivileged"): IsUnprivileged = true; break;
            case (_, "fwmark"): Mark = Number(option, value, 0, int.MaxValue); break;
            case (_, "sport"): SourcePort = Number(option, value, 1, ushort.MaxValue); break;
            case (_, "targets"): Targets = ReadTargets(value); break;
            default: Trace = TakeTrace(option, value); break;
        }
    }

    private TraceOptions TakeTrace(GetoptOption option, string value) => option.Letter switch
    {
        'f' => Trace with { FirstTtl = Number(option, value, 0, int.MaxValue) },
        'm' => Trace with { MaxTtl = Number(option, value, 0, int.MaxValue) },
        'N' => Trace with { Window = Math.Max(1, Number(option, value, 0, int.MaxValue)) },
        'q' => Trace with { Queries = Number(option, value, 0, int.MaxValue) },
        'z' => Trace with { SendInterval = Interval(option, value) },
        _ => TakeWait(option, value),
    };

    private TraceOptions TakeWait(GetoptOption option, string value)
    {
        string[] parts = value.Split(',', '/');
        if (parts.Length > 3)
            throw Wrong(option, value);
        TraceOptions trace = Trace with { MaxWait = TimeSpan.FromSeconds(Real(option, value, parts[0])) };
        if (parts.Length > 1)
            trace = trace with { HereFactor = Real(option, value, parts[1]) };
        return parts.Length > 2 ? trace with { NearFactor = Real(option, value, parts[2]) } : trace;
    }

    private void TakeModule(string name) => (Protocol, _usualPort, IsUnprivileged) = name switch
    {
        "default" => (ProbeProtocol.Udp, null, IsUnprivileged),
        "udp" => (ProbeProtocol.Udp, DnsPort, IsUnprivileged),
        "udplite" => (ProbeProtocol.UdpLite, DnsPort, IsUnprivileged),
        "icmp" => (ProbeProtocol.Icmp, null, IsUnprivileged),
        "tcp" => (ProbeProtocol.Tcp, null, IsUnprivileged),
        "tcpconn" => (ProbeProtocol.Tcp, null, true),
        "raw" => (ProbeProtocol.Other, (int?)null, IsUnprivileged),
        _ => throw Misuse($"unknown traceroute module {Printable.Of(name, isUtf8: false)}: icmp, tcp, tcpconn, udp, udplite and raw are there"),
    };

    /// <returns>Whether only help on them is asked for.</returns>
    private bool TakeModuleOptions()
    {
        var module = new ModuleOptions(Protocol, Tcp, OtherProtocol);
        foreach (string option in _moduleOptions)
            module.Take(option);
        (Tcp, OtherProtocol, HasTcpFlags, IsRaw, IsUnprivileged) = (module.Tcp, module.OtherProtocol, module.HasTcpFlags, module.IsRaw, IsUnprivileged || module.IsUnprivileged);
        ModuleHelp = module.IsHelp ? module.Help : null;
        Port ??= _usualPort;
        return module.IsHelp;
    }

    // Above 10 it is milliseconds. Source: traceroute(8).
    private static TimeSpan Interval(GetoptOption option, string value)
    {
        double number = Real(option, value, value);
        return number > 10 ? TimeSpan.FromMilliseconds(number) : TimeSpan.FromSeconds(number);
    }

    private static int Number(GetoptOption option, string value, int least, int most) =>
        TryReadNumber(value, out int number) && number >= least && number <= most ? number : throw Wrong(option, value);

    /// <summary>Reads a number, decimal or with <c>0x</c>.</summary>
    internal static bool TryReadNumber(string text, out int number) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? int.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static double Real(GetoptOption option, string value, string part) =>
        double.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number is >= 0 and <= 86_400
            ? number
            : throw Wrong(option, value);

    private static string[] ReadTargets(string path)
    {
        try
        {
            using Stream stream = path is "-" ? Console.OpenStandardInput() : File.OpenRead(path);
            using var reader = new StreamReader(stream);
            List<string> targets = [];
            while (reader.ReadLine() is { } line && targets.Count < MostTargets)
            {
                string target = line.Split('#')[0].Trim();
                if (target.Length > 0)
                    targets.Add(target);
            }

            return targets.Count > 0 ? [.. targets] : throw Misuse($"{path} names no targets");
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            throw Misuse($"{path}: {FileProblem.Of(path, refusal)}");
        }
    }

    private static ToolException Wrong(GetoptOption option, string value) =>
        Misuse($"cannot handle '{(option.Letter != '\0' ? $"-{option.Letter}" : $"--{option.Long}")}' option with arg '{value}'");

    private static ToolException Misuse(string what) => new(ToolException.WrongUsage, what);
}
