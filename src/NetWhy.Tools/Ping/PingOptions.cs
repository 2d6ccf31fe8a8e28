using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetWhy.Linux;

namespace NetWhy.Tools.Ping;

/// <summary>Time stamps that IPv4 options ask routers for. Source: RFC 791, section 3.1.</summary>
internal enum TimestampOption
{
    /// <summary>None.</summary>
    None = -1,

    /// <summary>Only times.</summary>
    TimesOnly = 0,

    /// <summary>Times and addresses.</summary>
    WithAddresses = 1,

    /// <summary>Times of hosts that are named before.</summary>
    OfHosts = 3,
}

/// <summary>The command line of ping, read as iputils reads it.</summary>
internal sealed class PingOptions
{
    private const int WrongNumber = 1; // exit codes of the original
    private const int WrongUsage = 2;

    private static readonly Getopt Getopt = new("ping",
    [
        new('h', "help"), new('V', "version"), new('\0', "json"), new('\0', "net", TakesValue: true), new('\0', "pid", TakesValue: true),
        new('4', null), new('6', null), new('a', null), new('A', null), new('b', null), new('B', null), new('C', null), new('d', null),
        new('D', null), new('f', null), new('L', null), new('n', null), new('O', null), new('q', null), new('r', null), new('R', null),
        new('U', null), new('v', null),
        new('F', null, TakesValue: true), new('N', null, TakesValue: true),
        new('c', null, TakesValue: true), new('e', null, TakesValue: true), new('i', null, TakesValue: true), new('I', null, TakesValue: true),
        new('l', null, TakesValue: true), new('m', null, TakesValue: true), new('M', null, TakesValue: true), new('p', null, TakesValue: true),
        new('Q', null, TakesValue: true), new('s', null, TakesValue: true), new('S', null, TakesValue: true), new('t', null, TakesValue: true),
        new('T', null, TakesValue: true), new('w', null, TakesValue: true), new('W', null, TakesValue: true),
    ]);

    /// <summary>Help is asked for.</summary>
    public bool ShowsHelp { get; private set; }

    /// <summary>The version is asked for.</summary>
    public bool ShowsVersion { get; private set; }

    /// <summary>As JSON.</summary>
    public bool IsJson { get; private set; }

    /// <summary>Network namespace to send in: a name or a path; null for this one.</summary>
    public string? Namespace { get; private set; }

    /// <summary>Only IPv4 or only IPv6; null for either.</summary>
    public AddressFamily? Family { get; private set; }

    /// <summary>A bell for each reply.</summary>
    public bool IsAudible { get; private set; }

    /// <summary>The interval follows the round trip.</summary>
    public bool IsAdaptive { get; private set; }

    /// <summary>Broadcast addresses are allowed.</summary>
    public bool AllowsBroadcast { get; private set; }

    /// <summary>The source address stays what it is.</summary>
    public bool KeepsSource { get; private set; }

    /// <summary>connect(2) is called.</summary>
    public bool Connects { get; private set; }

    /// <summary>SO_DEBUG.</summary>
    public bool Debugs { get; private set; }

    /// <summary>The time before each line.</summary>
    public bool ShowsTime { get; private set; }

    /// <summary>Dots instead of lines.</summary>
    public bool IsFlood { get; private set; }

    /// <summary>Multicast packets do not come back to this machine.</summary>
    public bool SuppressesLoop { get; private set; }

    /// <summary>No names of addresses.</summary>
    public bool IsNumeric { get; private set; }

    /// <summary>Says which requests have no answer yet.</summary>
    public bool ReportsOutstanding { get; private set; }

    /// <summary>Only the first line and the summary.</summary>
    public bool IsQuiet { get; private set; }

    /// <summary>SO_DONTROUTE.</summary>
    public bool BypassesRoutes { get; private set; }

    /// <summary>The route is recorded.</summary>
    public bool RecordsRoute { get; private set; }

    /// <summary>Round trips end in this program.</summary>
    public bool EndsWhenRead { get; private set; }

    /// <summary>Says more.</summary>
    public bool IsVerbose { get; private set; }

    /// <summary>How many.</summary>
    public long? Count { get; private set; }

    /// <summary>Identifier of the requests.</summary>
    public ushort? Identifier { get; private set; }

    /// <summary>Time between two; null where it was not given.</summary>
    public TimeSpan? GivenInterval { get; private set; }

    /// <summary>Time between two.</summary>
    public TimeSpan Interval => GivenInterval ?? (IsFlood ? TimeSpan.Zero : TimeSpan.FromSeconds(1));

    /// <summary>Interface to send by.</summary>
    public string? Device { get; private set; }

    /// <summary>Source address of IPv4 packets.</summary>
    public IPAddress Source4 { get; private set; } = IPAddress.Any;

    /// <summary>Source address of IPv6 packets.</summary>
    public IPAddress Source6 { get; private set; } = IPAddress.IPv6Any;

    /// <summary>How many to send before the first answer.</summary>
    public int Preload { get; private set; } = 1;

    /// <summary>Flow label of IPv6 packets, not 0; null to leave it to the kernel.</summary>
    public uint? FlowLabel { get; private set; }

    /// <summary>Firewall mark.</summary>
    public uint? Mark { get; private set; }

    /// <summary>What the kernel does about the MTU of the path.</summary>
    public MtuDiscovery? MtuDiscovery { get; private set; }

    /// <summary>Octets that the data repeats; null if it counts up.</summary>
    public byte[]? Pattern { get; private set; }

    /// <summary>Type of service or traffic class.</summary>
    public int TypeOfService { get; private set; }

    /// <summary>Octets of data.</summary>
    public int Size { get; private set; } = 56;

    /// <summary>Size of the send buffer.</summary>
    public int? SendBuffer { get; private set; }

    /// <summary>TTL or hop limit.</summary>
    public int? Ttl { get; private set; }

    /// <summary>Time stamps that are asked for.</summary>
    public TimestampOption Timestamp { get; private set; } = TimestampOption.None;

    /// <summary>When to end, in any case.</summary>
    public TimeSpan? Deadline { get; private set; }

    /// <summary>How long to wait where nothing answers; zero for ever.</summary>
    public TimeSpan Linger { get; private set; } = TimeSpan.FromSeconds(10);

    /// <summary>The target, after hosts that a time stamp is asked of.</summary>
    public IReadOnlyList<string> Hosts { get; private set; } = [];

    /// <summary>Reads a command line.</summary>
    /// <param name="arguments">The words.</param>
    /// <exception cref="OriginalRefusal">It makes no sense.</exception>
    public static PingOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new PingOptions();
        try
        {
            options.Hosts = Getopt.Parse(arguments, options.Take);
        }
        catch (ToolException misuse)
        {
            throw new OriginalRefusal(WrongUsage, misuse.Message);
        }

        if (options.ShowsHelp || options.ShowsVersion)
            return options;
        if (options.Hosts.Count == 0)
            throw new OriginalRefusal(WrongNumber, "usage error: Destination address required");
        if (options.Hosts.Count > (options.Timestamp is TimestampOption.OfHosts ? 5 : 1))
            throw new OriginalRefusal(WrongUsage, "one destination at a time: packets with a source route are dropped nearly everywhere, and not sent");
        return options;
    }

    private void Take(GetoptOption option, string? value)
    {
        switch (option.Long)
        {
            case "help": ShowsHelp = true; return;
            case "version": ShowsVersion = true; return;
            case "json": IsJson = true; return;
            case "net": Namespace = value; return;
            case "pid": Namespace = NetworkNamespace.PathOf((int)Number(value!, 1, int.MaxValue)); return;
        }

        if (value is null)
            TakeSwitch(option.Letter);
        else
            TakeValue(option.Letter, value);
    }

    private void TakeSwitch(char letter)
    {
        switch (letter)
        {
            case '4': TakeFamily(AddressFamily.InterNetwork); break;
            case '6': TakeFamily(AddressFamily.InterNetworkV6); break;
            case 'a': IsAudible = true; break;
            case 'A': IsAdaptive = true; break;
            case 'b': AllowsBroadcast = true; break;
            case 'B': KeepsSource = true; break;
            case 'C': Connects = true; break;
            case 'd': Debugs = true; break;
            case 'D': ShowsTime = true; break;
            case 'f': IsFlood = IsNumeric = true; break;
            case 'L': SuppressesLoop = true; break;
            case 'n': IsNumeric = true; break;
            case 'O': ReportsOutstanding = true; break;
            case 'q': IsQuiet = true; break;
            case 'r': BypassesRoutes = true; break;
            case 'R': RefuseBoth(Timestamp is not TimestampOption.None); RecordsRoute = true; break;
            case 'U': EndsWhenRead = true; break;
            case 'v': IsVerbose = true; break;
        }
    }

    private void TakeValue(char letter, string value)
    {
        switch (letter)
        {
            case 'c': Count = Number(value, 1, long.MaxValue); break;
            case 'e': Identifier = (ushort)Number(value, 0, ushort.MaxValue); break;
            case 'F': FlowLabel = FlowLabelOf(value); break;
            case 'N': throw new OriginalRefusal(WrongUsage, "-N is not supported: hosts do not answer node information queries (RFC 4620), Linux among them");
            case 'i': GivenInterval = Seconds(value, "bad timing interval"); break;
            case 'I': TakeSource(value); break;
            case 'l': TakePreload(value); break;
            case 'm': Mark = (uint)Number(value, 0, uint.MaxValue); break;
            case 'M':
                MtuDiscovery = value switch
                {
                    "do" => Linux.MtuDiscovery.Do,
                    "dont" => Linux.MtuDiscovery.Dont,
                    "want" => Linux.MtuDiscovery.Want,
                    "probe" => Linux.MtuDiscovery.Probe,
                    _ => throw new OriginalRefusal(WrongUsage, $"invalid -M argument: {value}"),
                };
                break;
            case 'p': Pattern = PatternOf(value); break;
            case 'Q': TypeOfService = TypeOf(value); break;
            case 's': Size = (int)Number(value, 0, int.MaxValue); break;
            case 'S': SendBuffer = (int)Number(value, 1, int.MaxValue); break;
            case 't': Ttl = (int)Number(value, 0, 255); break;
            case 'T':
                RefuseBoth(RecordsRoute);
                Timestamp = value switch
                {
                    "tsonly" => TimestampOption.TimesOnly,
                    "tsandaddr" => TimestampOption.WithAddresses,
                    "tsprespec" => TimestampOption.OfHosts,
                    _ => throw new OriginalRefusal(WrongUsage, $"invalid timestamp type: {value}"),
                };
                break;
            case 'w': Deadline = Number(value, 0, int.MaxValue) is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : null; break;
            case 'W': Linger = Seconds(value, "bad linger time"); break;
        }
    }

    private void TakeFamily(AddressFamily family)
    {
        if (Family is { } other && other != family)
            throw new OriginalRefusal(WrongUsage, "only one -4 or -6 option may be specified");
        Family = family;
    }

    private static void RefuseBoth(bool hasOther)
    {
        if (hasOther)
            throw new OriginalRefusal(WrongUsage, "only one of -T or -R may be used");
    }

    private void TakePreload(string value)
    {
        Preload = (int)Number(value, 1, 1 << 16);
        if (Privileges.User != 0 && Preload > 3)
            throw new OriginalRefusal(WrongUsage, $"cannot set preload to value greater than 3: {value}");
    }

    private void TakeSource(string value)
    {
        if (value.Contains(':', StringComparison.Ordinal))
        {
            string[] parts = value.Split('%', 2);
            if (!IPAddress.TryParse(parts[0], out IPAddress? source) || source.AddressFamily is not AddressFamily.InterNetworkV6)
                throw new OriginalRefusal(WrongUsage, $"invalid source address: {value}");
            (Source6, KeepsSource) = (source, true);
            if (parts.Length > 1)
                Device = parts[1];
        }
        else if (value.Count(letter => letter == '.') == 3 && IPAddress.TryParse(value, out IPAddress? source))
        {
            (Source4, KeepsSource) = (source, true);
        }
        else
        {
            Device = value;
        }
    }

    private static byte[] PatternOf(string value)
    {
        const int MostOctets = 16;
        string wrong = string.Concat(value.SkipWhile(char.IsAsciiHexDigit));
        if (wrong.Length > 0)
            throw new OriginalRefusal(WrongUsage, $"patterns must be specified as hex digits: {wrong}");
        return [.. value.Chunk(2).Take(MostOctets).Select(digits => byte.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))];
    }

    private static uint FlowLabelOf(string value)
    {
        const int Labels = 1 << 20;
        if (!IsNumber(value, out long label))
            throw new OriginalRefusal(WrongUsage, $"bad value for flowinfo: {value}");
        return label switch
        {
            0 => (uint)Random.Shared.Next(1, Labels), // any, which the original leaves to the kernel
            > 0 and < Labels => (uint)label,
            _ => throw new OriginalRefusal(WrongUsage, $"flow value is greater than 20 bits: {value}"),
        };
    }

    private static bool IsNumber(string value, out long number) => value.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? long.TryParse(value.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
        : long.TryParse(value, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out number);

    private static int TypeOf(string value)
    {
        if (!IsNumber(value, out long type))
            throw new OriginalRefusal(WrongUsage, $"bad TOS value: {value}");
        return type is >= 0 and <= 255
            ? (int)type
            : throw new OriginalRefusal(WrongUsage, string.Create(CultureInfo.InvariantCulture, $"the decimal value of TOS bits must be in range 0-255: {type}"));
    }

    // What is no number, and what is none of those allowed, is told apart as strtol(3) does.
    private static long Number(string text, long least, long most)
    {
        string digits = text.TrimStart(' ', '\t', '\n', '\v', '\f', '\r');
        ReadOnlySpan<char> unsigned = digits is ['+' or '-', ..] ? digits.AsSpan(1) : digits;
        if (unsigned.IsEmpty || unsigned.ContainsAnyExceptInRange('0', '9'))
            throw new OriginalRefusal(WrongNumber, $"invalid argument: '{text}'");
        if (!long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
            throw new OriginalRefusal(WrongNumber, $"invalid argument: '{text}': Numerical result out of range");
        return number >= least && number <= most
            ? number
            : throw new OriginalRefusal(WrongNumber, string.Create(CultureInfo.InvariantCulture, $"invalid argument: '{text}': out of range: {least} <= value <= {most}"));
    }

    // Garbage is refused, where the original warns and takes 0, which floods.
    private static TimeSpan Seconds(string text, string refusal)
    {
        const double Longest = int.MaxValue / 1000.0;
        const NumberStyles Style = NumberStyles.AllowLeadingWhite | NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (!double.TryParse(text, Style, CultureInfo.InvariantCulture, out double seconds) || double.IsNaN(seconds))
            throw new OriginalRefusal(WrongUsage, $"option argument contains garbage: {text}");
        return seconds is >= 0 and <= Longest
            ? TimeSpan.FromSeconds(seconds)
            : throw new OriginalRefusal(WrongUsage, $"{refusal}: {text}");
    }
}
