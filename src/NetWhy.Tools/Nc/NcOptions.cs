using System.Globalization;
using System.Net.Sockets;
using NetWhy.Linux;

namespace NetWhy.Tools.Nc;

/// <summary>The command line of nc, read as OpenBSD's reads it.</summary>
internal sealed class NcOptions
{
    private const int Failure = 1; // exit code of the original for everything

    // Names of nc, of RFC 1349, and of RFC 2474, 2597 and 3246.
    private static readonly (string Name, int Value)[] TypesOfService =
    [
        ("lowdelay", 0x10), ("throughput", 0x08), ("reliability", 0x04), ("lowcost", 0x02),
        ("critical", 0xa0), ("inetcontrol", 0xc0), ("netcontrol", 0xe0), ("ef", 0xb8),
        ("af11", 0x28), ("af12", 0x30), ("af13", 0x38), ("af21", 0x48), ("af22", 0x50), ("af23", 0x58),
        ("af31", 0x68), ("af32", 0x70), ("af33", 0x78), ("af41", 0x88), ("af42", 0x90), ("af43", 0x98),
        ("cs0", 0x00), ("cs1", 0x20), ("cs2", 0x40), ("cs3", 0x60), ("cs4", 0x80), ("cs5", 0xa0), ("cs6", 0xc0), ("cs7", 0xe0),
    ];

    private static readonly Getopt Getopt = new("nc",
    [
        new('h', "help"), new('\0', "json"), new('\0', "why"), new('\0', "net", TakesValue: true), new('\0', "pid", TakesValue: true),
        new('4', null), new('6', null), new('b', null), new('C', null), new('D', null), new('d', null), new('k', null), new('l', null),
        new('N', null), new('n', null), new('r', null), new('U', null), new('u', null), new('v', null), new('z', null),
        new('F', null), new('S', null), new('t', null), new('Z', null),
        new('I', null, TakesValue: true), new('i', null, TakesValue: true), new('M', null, TakesValue: true), new('m', null, TakesValue: true),
        new('O', null, TakesValue: true), new('P', null, TakesValue: true), new('p', null, TakesValue: true), new('q', null, TakesValue: true),
        new('s', null, TakesValue: true), new('T', null, TakesValue: true), new('V', null, TakesValue: true), new('W', null, TakesValue: true),
        new('w', null, TakesValue: true), new('X', null, TakesValue: true), new('x', null, TakesValue: true),
    ]);

    private readonly HashSet<char> _switches = [];
    private ProxyProtocol _proxyProtocol = ProxyProtocol.Socks5;
    private string? _proxy;

    /// <summary>Help is asked for.</summary>
    public bool ShowsHelp { get; private set; }

    /// <summary>As JSON.</summary>
    public bool IsJson { get; private set; }

    /// <summary>Whether causes are said on standard error.</summary>
    public bool WantsWhy { get; private set; }

    /// <summary>Network namespace: a name or a path; null for this one.</summary>
    public string? Namespace { get; private set; }

    /// <summary>Only IPv4 or only IPv6; null for either.</summary>
    public AddressFamily? Family { get; private set; }

    /// <summary>Octets of the receive buffer.</summary>
    public int? ReceiveBuffer { get; private set; }

    /// <summary>Octets of the send buffer.</summary>
    public int? SendBuffer { get; private set; }

    /// <summary>Pause between two lines, or two ports.</summary>
    public TimeSpan Interval { get; private set; }

    /// <summary>TTL of what is sent.</summary>
    public int? Ttl { get; private set; }

    /// <summary>Least TTL of what is taken.</summary>
    public int? LeastTtl { get; private set; }

    /// <summary>Type of service.</summary>
    public int? TypeOfService { get; private set; }

    /// <summary>How long to go on after the end of standard input; null until the peer ends.</summary>
    public TimeSpan? QuitAfter { get; private set; }

    /// <summary>Local port.</summary>
    public int? SourcePort { get; private set; }

    /// <summary>Local address.</summary>
    public string? Source { get; private set; }

    /// <summary>Packets to take before the end.</summary>
    public int? ReceiveLimit { get; private set; }

    /// <summary>How long to wait for a connection, and for data.</summary>
    public TimeSpan? Timeout { get; private set; }

    /// <summary>The host; null for every address of this machine.</summary>
    public string? Host { get; private set; }

    /// <summary>The ports.</summary>
    public IReadOnlyList<int> Ports { get; private set; } = [];

    /// <summary>Path of a Unix socket; null for TCP or UDP.</summary>
    public string? Path { get; private set; }

    /// <summary>The proxy to connect by; null for none.</summary>
    public NcProxy? Proxy { get; private set; }

    /// <summary>Whether a switch is given.</summary>
    /// <param name="letter">Its letter.</param>
    public bool Has(char letter) => _switches.Contains(letter);

    /// <summary>Whether the direction to the peer ends with standard input.</summary>
    public bool EndsSending => Has('N') || QuitAfter is not null;

    /// <summary>Reads a command line.</summary>
    /// <param name="arguments">The words.</param>
    /// <exception cref="OriginalRefusal">It makes no sense.</exception>
    public static NcOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new NcOptions();
        IReadOnlyList<string> operands;
        try
        {
            operands = Getopt.Parse(arguments, options.Take);
        }
        catch (ToolException misuse)
        {
            throw new OriginalRefusal(Failure, misuse.Message);
        }

        if (!options.ShowsHelp)
            options.TakeOperands(operands);
        return options;
    }

    private void Take(GetoptOption option, string? value)
    {
        switch (option.Long)
        {
            case "help": ShowsHelp = true; return;
            case "json": IsJson = true; return;
            case "why": WantsWhy = true; return;
            case "net": Namespace = value; return;
            case "pid": Namespace = NetworkNamespace.PathOf(Number(value!, "process", 1, int.MaxValue)); return;
        }

        if (option.Letter is 'F' or 'P' or 'S' or 'V' or 'Z')
            throw new OriginalRefusal(Failure, $"-{option.Letter} is not supported: passwords of proxies, DCCP, MD5 signatures, routing tables and passing of descriptors are nc's own");
        if (value is null)
            TakeSwitch(option.Letter);
        else
            TakeValue(option.Letter, value);
    }

    private void TakeSwitch(char letter)
    {
        if (letter is '4' or '6')
            Family = letter is '4' ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        else
            _switches.Add(letter);
    }

    private void TakeValue(char letter, string value)
    {
        const int LargestBuffer = 1 << 30;
        switch (letter)
        {
            case 'I': ReceiveBuffer = Number(value, "TCP receive window", 1, LargestBuffer); break;
            case 'O': SendBuffer = Number(value, "TCP send window", 1, LargestBuffer); break;
            case 'i': Interval = TimeSpan.FromSeconds(Number(value, "interval", 0, int.MaxValue)); break;
            case 'M': Ttl = TimeToLive(value, "ttl"); break;
            case 'm': LeastTtl = TimeToLive(value, "minttl"); break;
            case 'p': SourcePort = PortOf(value, 0); break;
            case 'q': QuitAfter = Number(value, "quit timer", int.MinValue, int.MaxValue) is >= 0 and var seconds ? TimeSpan.FromSeconds(seconds) : null; break;
            case 's': Source = value; break;
            case 'T': TypeOfService = TypeOf(value); break;
            case 'W': ReceiveLimit = Number(value, "receive limit", 1, int.MaxValue); break;
            case 'X': _proxyProtocol = NcProxy.ProtocolOf(value); break;
            case 'x': _proxy = value; break;
            case 'w': Timeout = TimeSpan.FromSeconds(Number(value, "timeout", 0, int.MaxValue / 1000)); break;
        }
    }

    private void TakeOperands(IReadOnlyList<string> operands)
    {
        if (Has('l') && Has('z'))
            throw new OriginalRefusal(Failure, "cannot use -z and -l");
        if (Has('k') && !Has('l'))
            throw new OriginalRefusal(Failure, "must use -l with -k");
        if (_proxy is not null)
            TakeProxy(_proxy);
        if (Has('U'))
        {
            if (Has('u') || operands.Count != 1)
                throw new OriginalRefusal(Failure, operands.Count == 1 ? "-U with -u is not supported: datagrams of Unix sockets are nc's own" : "-U takes one path");
            Path = operands[0];
            return;
        }

        bool takesPortOnly = Has('l') && operands.Count == 1 && SourcePort is null;
        Host = takesPortOnly ? Source : operands.Count > 0 ? operands[0] : Has('l') ? Source : null;
        string[] ports = [.. operands.Skip(takesPortOnly ? 0 : 1)];
        if (operands.Count == 0 && !Has('l'))
            throw new OriginalRefusal(Failure, "a host and a port are missing: see netwhy nc --help");
        if (ports.Length == 0 && Has('l') && SourcePort is { } local)
            Ports = [local];
        else if (ports.Length == 0)
            throw new OriginalRefusal(Failure, "missing port number");
        else if (Has('l') && ports.Length > 1)
            throw new OriginalRefusal(Failure, "one port to listen on: see netwhy nc --help");
        else
            Ports = PortsOf(ports);
        if (IsJson && !Has('z'))
            throw new OriginalRefusal(Failure, "--json goes with -z: everything else on standard output is what the peer sent");
    }

    private void TakeProxy(string proxy)
    {
        string? wrong = Has('U') ? "unix sockets" : Has('u') ? "UDP mode" : Has('l') ? "listen" : Source is not null ? "local source address" : null;
        if (wrong is not null)
            throw new OriginalRefusal(Failure, $"no proxy support for {wrong}");
        if (IsJson)
            throw new OriginalRefusal(Failure, "--json does not go with -x: what lies behind a proxy is not seen from here");
        Proxy = NcProxy.Parse(proxy, _proxyProtocol);
    }

    private List<int> PortsOf(string[] words)
    {
        var ports = new List<int>();
        foreach (string word in words)
        {
            int dash = word.IndexOf('-', StringComparison.Ordinal);
            // Names of services have dashes, too.
            if (dash < 0 || ServiceOf(word) is not null)
            {
                ports.Add(PortOf(word, 1));
                continue;
            }

            int first = PortOf(word[..dash], 1), last = PortOf(word[(dash + 1)..], 1);
            (first, last) = first <= last ? (first, last) : (last, first);
            ports.AddRange(Enumerable.Range(first, last - first + 1));
        }

        if (Has('r'))
            Random.Shared.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(ports));
        return ports;
    }

    private int PortOf(string word, int least) => ServiceOf(word) ?? Number(word, "port number", least, ushort.MaxValue);

    private int? ServiceOf(string word) => word is [not (>= '0' and <= '9'), ..]
        && ServiceNames.Read().PortsOf(word, Has('u') ? "udp" : "tcp").ToArray() is [var port, ..] ? port : null;

    private static int TimeToLive(string value, string what)
    {
        int ttl = Number(value, what, long.MinValue, long.MaxValue);
        return ttl is >= 0 and <= 255 ? ttl : throw new OriginalRefusal(Failure, $"{what} is too {(ttl < 0 ? "small" : "large")}");
    }

    private static int TypeOf(string value)
    {
        foreach ((string name, int named) in TypesOfService)
        {
            if (name.Equals(value, StringComparison.OrdinalIgnoreCase))
                return named;
        }

        bool isNumber = value.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? int.TryParse(value.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int type)
            : int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out type);
        return isNumber && type is >= 0 and <= 255 ? type : throw new OriginalRefusal(Failure, $"illegal tos value {value}");
    }

    // In the words of strtonum(3).
    private static int Number(string text, string what, long least, long most)
    {
        bool isNumber = long.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out long number);
        bool isDigits = text.AsSpan().TrimStart().TrimStart("+-") is { IsEmpty: false } digits && !digits.ContainsAnyExceptInRange('0', '9');
        string? wrong = !isDigits ? "invalid"
            : !isNumber ? (text.Contains('-', StringComparison.Ordinal) ? "too small" : "too large")
            : number < least ? "too small"
            : number > most ? "too large"
            : null;
        return wrong is null ? (int)Math.Clamp(number, int.MinValue, int.MaxValue) : throw new OriginalRefusal(Failure, $"{what} {wrong}: {text}");
    }
}
