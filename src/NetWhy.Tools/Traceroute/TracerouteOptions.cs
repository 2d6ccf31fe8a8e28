using System.Globalization;
using NetWhy.Paths;

namespace NetWhy.Tools.Traceroute;

/// <summary>What a command line of traceroute asks for.</summary>
internal sealed record TracerouteOptions
{
    private const int MostHops = 255;
    private const int MostQueries = 10;
    private const int MostOctets = 65_000; // traceroute refuses more
    private const int MostTargets = 100_000;

    private static readonly Getopt Getopt = new("traceroute",
    [
        new('4', null), new('6', null), new('d', "debug"), new('F', "dont-fragment"), new('f', "first", TakesValue: true),
        new('I', "icmp"), new('T', "tcp"), new('U', "udp"), new('M', "module", TakesValue: true),
        new('i', "interface", TakesValue: true), new('m', "max-hops", TakesValue: true), new('N', "sim-queries", TakesValue: true),
        new('n', null), new('p', "port", TakesValue: true), new('t', "tos", TakesValue: true), new('l', "flowlabel", TakesValue: true),
        new('w', "wait", TakesValue: true), new('q', "queries", TakesValue: true), new('s', "source", TakesValue: true),
        new('z', "sendwait", TakesValue: true), new('e', "extensions"), new('A', "as-path-lookups"), new('\0', "back"),
        new('\0', "sport", TakesValue: true), new('\0', "fwmark", TakesValue: true), new('V', "version"), new('h', "help"),
        new('\0', "json"), new('\0', "targets", TakesValue: true), new('\0', "unprivileged"),
        new('\0', "multipath"), new('\0', "dublin"),
    ]);

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

    /// <summary>Reads a command line.</summary>
    /// <exception cref="ToolException">It makes no sense.</exception>
    public static TracerouteOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new TracerouteOptions();
        IReadOnlyList<string> operands = Getopt.Parse(arguments, (option, value) => options.Take(option, value ?? ""));
        if (options.ShowsHelp || options.ShowsVersion)
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
            case ('U', _): (Protocol, Port) = (ProbeProtocol.Udp, Port ?? 53); break;
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

    private void TakeModule(string name) => Protocol = name switch
    {
        "default" or "udp" => ProbeProtocol.Udp,
        "icmp" => ProbeProtocol.Icmp,
        "tcp" or "tcpconn" => ProbeProtocol.Tcp,
        _ => throw Misuse($"unknown traceroute module {name}: icmp, udp and tcp are there"),
    };

    // Above 10 it is milliseconds. Source: traceroute(8).
    private static TimeSpan Interval(GetoptOption option, string value)
    {
        double number = Real(option, value, value);
        return number > 10 ? TimeSpan.FromMilliseconds(number) : TimeSpan.FromSeconds(number);
    }

    private static int Number(GetoptOption option, string value, int least, int most)
    {
        bool isHex = value.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        return (isHex ? int.TryParse(value.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int number)
            : int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out number)) && number >= least && number <= most
                ? number
                : throw Wrong(option, value);
    }

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
