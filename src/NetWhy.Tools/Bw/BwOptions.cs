using System.Globalization;
using NetWhy.Tools.Calc;

namespace NetWhy.Tools.Bw;

/// <summary>What a command line of <c>netwhy bw</c> asks for.</summary>
internal sealed class BwOptions
{
    /// <summary>Port where nothing else is said.</summary>
    internal const int DefaultPort = 5217;

    /// <summary>Connections at once, at most.</summary>
    internal const int MostStreams = 16;

    private const int Longest = 60; // seconds, as servers allow
    private const int LongestOmitted = 10; // seconds, likewise
    private const int LeastRate = 1000; // bits a second: less is a unit that was forgotten

    private TimeSpan? _omitted;

    private static readonly GetoptOption[] Letters =
    [
        new('s', "serve"), new('p', "port", true), new('t', "time", true), new('n', "bytes", true), new('P', "streams", true),
        new('R', "reverse"), new('U', "upload"), new('b', "rate", true), new('w', "window", true), new('1', "once"), new('O', "omit", true),
        new('4', null), new('6', null), new('N', "net", true), new('\0', "pid", true), new('\0', "json"),
    ];

    /// <summary>Whether to serve.</summary>
    internal bool Serves { get; private set; }

    /// <summary>Whether to serve one client only.</summary>
    internal bool IsOnce { get; private set; }

    /// <summary>Whether to measure only from there to here.</summary>
    internal bool IsReverse { get; private set; }

    /// <summary>Whether to measure only from here to there.</summary>
    internal bool IsUpload { get; private set; }

    /// <summary>Whether to write JSON.</summary>
    internal bool IsJson { get; private set; }

    /// <summary>The port.</summary>
    internal int Port { get; private set; } = DefaultPort;

    /// <summary>Connections at once.</summary>
    internal int Streams { get; private set; } = 1;

    /// <summary><c>AF_INET</c> (2), <c>AF_INET6</c> (10) or 0 for both.</summary>
    internal int Family { get; private set; }

    /// <summary>How long in each direction.</summary>
    internal TimeSpan Time { get; private set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long to send before measuring: where only so many octets are sent, all are measured unless asked otherwise.</summary>
    internal TimeSpan Omitted => _omitted ?? (Octets < long.MaxValue ? TimeSpan.Zero : TimeSpan.FromSeconds(1));

    /// <summary>How much at most, of each connection, in octets.</summary>
    internal long Octets { get; private set; } = long.MaxValue;

    /// <summary>Octets a second of each connection, to send or, where it serves, to take; 0 for no bound.</summary>
    internal long Rate { get; private set; }

    /// <summary>Receive buffer of this side, in octets; 0 for the kernel's.</summary>
    internal int Window { get; private set; }

    /// <summary>What is no option: the host, without its port.</summary>
    internal IReadOnlyList<string> Operands { get; private set; } = [];

    /// <summary>Reads a command line.</summary>
    /// <param name="arguments">Its words.</param>
    /// <exception cref="ToolException">It makes no sense.</exception>
    internal static BwOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new BwOptions();
        options.Operands = new Getopt("bw", Letters).Parse(arguments, options.Take);
        if (options is { IsReverse: true, IsUpload: true })
            throw Misuse("--reverse and --upload exclude each other");
        if (options.Octets < long.MaxValue && options.Omitted > TimeSpan.Zero)
            throw Misuse("--bytes and --omit exclude each other: all octets can have come before measuring begins");
        if (options.Serves && options.Operands.Count > 0)
            throw Misuse("--serve takes no host");
        if (!options.Serves && options.Operands.Count != 1)
            throw Misuse(options.Operands.Count == 0 ? "say to whom: netwhy bw HOST, or netwhy bw --serve" : "one host at a time");
        if (!options.Serves)
            options.TakeHost(options.Operands[0]);
        return options;
    }

    private static ToolException Misuse(string what) => new(ToolException.WrongUsage, $"{what}; see netwhy bw --help");

    private static int Number(string text, string what, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1 && number <= most
            ? number
            : throw Misuse(string.Create(CultureInfo.InvariantCulture, $"'{text}' is no {what} from 1 to {most}"));

    private static string OfTime(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds} s");

    private static double Measured(string text, Dimension dimension, string what, double least, double most, Func<double, string> inWords) =>
        Quantity.Parse(text) is { } quantity && (quantity.Dimension == dimension || quantity.Dimension is Dimension.Number) && quantity.Value >= least && quantity.Value <= most
            ? quantity.Value
            : throw Misuse($"'{text}' is no {what} from {inWords(least)} to {inWords(most)}");

    // As iperf3 reads it: bits a second, with K, M or G for powers of ten, and 0 for as fast as it goes.
    private static long ReadRate(string text)
    {
        double bits = Measured(text is [.., 'm' or 'g'] ? text.ToUpperInvariant() : text, Dimension.Rate, "rate such as 10M or 10Mbps", 0, 1e12, bits => Quantity.OfRate(bits).Split(" (")[0]);
        return bits is 0 or >= LeastRate
            ? (long)(bits / 8)
            : throw Misuse(string.Create(CultureInfo.InvariantCulture, $"'{text}' is {bits:0.##} bits a second, and the least is {LeastRate}: for Mbit/s, write {text}M"));
    }

    // HOST, ADDRESS, HOST:PORT, IPv4:PORT, [IPv6] or [IPv6]:PORT.
    private void TakeHost(string text)
    {
        int colon = text is ['[', ..] ? text.IndexOf("]:", StringComparison.Ordinal) + 1
            : text.AsSpan().Count(':') == 1 ? text.IndexOf(':', StringComparison.Ordinal)
            : 0;
        string host = colon > 0 ? text[..colon] : text;
        if (colon > 0)
            Port = Number(text[(colon + 1)..], "port", 65_535);
        if (host is ['[', .. var inner, ']'])
            host = inner;
        Operands = [host.Length > 0 ? host : throw Misuse($"'{text}' names no host")];
    }

    private void Take(GetoptOption option, string? value)
    {
        switch (option.Long ?? $"{option.Letter}")
        {
            case "serve":
                Serves = true;
                break;
            case "once":
                IsOnce = true;
                break;
            case "reverse":
                IsReverse = true;
                break;
            case "upload":
                IsUpload = true;
                break;
            case "json":
                IsJson = true;
                break;
            case "4":
                Family = 2; // AF_INET
                break;
            case "6":
                Family = 10; // AF_INET6
                break;
            case "net":
                ToolNamespace.Enter(value!);
                break;
            case "pid":
                ToolNamespace.Enter(ToolNamespace.Of(value!));
                break;
            case "port":
                Port = Number(value!, "port", 65_535);
                break;
            case "streams":
                Streams = Number(value!, "number of connections", MostStreams);
                break;
            case "time":
                Time = TimeSpan.FromSeconds(Measured(value!, Dimension.Time, "time such as 10s", 0.1, Longest, OfTime));
                break;
            case "omit":
                _omitted = TimeSpan.FromSeconds(Measured(value!, Dimension.Time, "time such as 2s", 0, LongestOmitted, OfTime));
                break;
            case "bytes":
                Octets = (long)Measured(value!, Dimension.Size, "size such as 100MB", 1, 1L << 40, Quantity.OfSize);
                break;
            case "rate":
                Rate = ReadRate(value!);
                break;
            default:
                Window = (int)Measured(value!, Dimension.Size, "size such as 64KiB", 1, 1 << 30, Quantity.OfSize);
                break;
        }
    }
}
