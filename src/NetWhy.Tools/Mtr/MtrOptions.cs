using System.Globalization;
using NetWhy.Paths;

namespace NetWhy.Tools.Mtr;

/// <summary>How mtr shows what it finds.</summary>
internal enum MtrOutput
{
    /// <summary>Drawn again and again, on a terminal.</summary>
    Live,

    /// <summary>A table at the end.</summary>
    Report,

    /// <summary>JSON at the end.</summary>
    Json,

    /// <summary>Lines with commas, at the end.</summary>
    Csv,

    /// <summary>XML at the end.</summary>
    Xml,

    /// <summary>A line for each probe and answer.</summary>
    Raw,

    /// <summary>A line for each hop whose figures have changed.</summary>
    Split,
}

/// <summary>The command line of mtr.</summary>
/// <remarks>Source: mtr(8) of version 0.95.</remarks>
internal sealed class MtrOptions
{
    /// <summary>What mtr exits with when it cannot go on.</summary>
    internal const int Failure = 1;

    private const int UsualCycles = 10;
    private const int MostFlows = 64;
    private const int MostTtl = 255;
    private const int LeastLocalPort = 1024;
    private const int MostPort = 65535;
    private const int MostSize = 65535;
    private const int MostMode = 2;
    private const int SmallestRandomSize = 28;

    private static readonly Getopt Command = new("mtr",
    [
        new('h', "help"), new('v', "version"), new('4', "inet"), new('6', "inet6"), new('F', "filename", true),
        new('r', "report"), new('w', "report-wide"), new('l', "raw"), new('C', "csv"), new('j', "json"), new('t', "curses"),
        new('x', "xml"), new('p', "split"), new('g', "gtk"), new('\0', "displaymode", true),
        new('n', "no-dns"), new('b', "show-ips"), new('o', "order", true), new('y', "ipinfo", true), new('z', "aslookup"),
        new('i', "interval", true), new('c', "report-cycles", true), new('s', "psize", true), new('B', "bitpattern", true),
        new('G', "gracetime", true), new('Q', "tos", true), new('e', "mpls"), new('I', "interface", true),
        new('a', "address", true), new('f', "first-ttl", true), new('m', "max-ttl", true), new('U', "max-unknown", true),
        new('u', "udp"), new('T', "tcp"), new('S', "sctp"), new('P', "port", true), new('L', "localport", true),
        new('Z', "timeout", true), new('M', "mark", true),
        new('\0', "explain"), new('\0', "until-change"), new('\0', "log", true), new('\0', "flows", true), new('\0', "net", true), new('\0', "pid", true), new('\0', "mtr-compat-jint"),
        new('\0', "unprivileged"),
    ]);

    private readonly List<string> _hosts = [];

    /// <summary>Hosts to trace to.</summary>
    internal IReadOnlyList<string> Hosts => _hosts;

    internal bool ShowsHelp { get; private set; }

    internal bool ShowsVersion { get; private set; }

    /// <summary>Address family: 0 for any, 2 for IPv4, 10 for IPv6.</summary>
    internal int Family { get; private set; }

    internal MtrOutput Output { get; private set; }

    internal bool IsWide { get; private set; }

    internal bool IsNumeric { get; private set; }

    internal bool ShowsAddresses { get; private set; }

    /// <summary>What is shown of the origin of each address, see <see cref="MtrOrigins"/>; null for nothing.</summary>
    internal int? Origin { get; private set; }

    /// <summary>What the screen shows first, 0 to 2; null for what suits its size.</summary>
    internal int? Mode { get; private set; }

    internal bool ShowsLabels { get; private set; }

    /// <summary>Whether conclusions stand under a report also where no terminal is.</summary>
    internal bool Explains { get; private set; }

    /// <summary>Whether to wait for a change, and end with it.</summary>
    internal bool EndsWithChange { get; private set; }

    /// <summary>File that changes are added to, a line of JSON each; null for none.</summary>
    internal string? Log { get; private set; }

    /// <summary>Whether only changes are told.</summary>
    internal bool Watches => EndsWithChange || Log is not null;

    internal bool HasCompatibleJitter { get; private set; }

    internal bool IsUnprivileged { get; private set; }

    internal string Fields { get; private set; } = MtrField.Usual;

    /// <summary>Rounds; null for no end.</summary>
    internal int? Cycles { get; private set; }

    internal TimeSpan Grace { get; private set; } = TimeSpan.FromSeconds(5);

    /// <summary>Octet that fills the probes; below 0 for one by chance.</summary>
    internal int Fill { get; private set; }

    /// <summary><see cref="Fill"/> as mtr shows it.</summary>
    internal string FillText => Fill < 0 ? "rand(0x00-FF)" : string.Create(CultureInfo.InvariantCulture, $"0x{Fill:X2}");

    /// <summary>The size of the packets as mtr shows it.</summary>
    internal string SizeText => Rounds.PacketSize < 0
        ? string.Create(CultureInfo.InvariantCulture, $"rand({SmallestRandomSize}-{-Rounds.PacketSize})")
        : Rounds.PacketSize.ToString(CultureInfo.InvariantCulture);

    internal int Tos { get; private set; }

    internal string? Interface { get; private set; }

    internal string? Source { get; private set; }

    internal uint? Mark { get; private set; }

    internal ProbeProtocol Protocol { get; private set; }

    internal int? Port { get; private set; }

    internal int? LocalPort { get; private set; }

    internal string? Namespace { get; private set; }

    internal int? Flows { get; private set; }

    internal RoundsOptions Rounds { get; private set; } = new();

    /// <summary>Reads a command line; the words of MTR_OPTIONS stand before it.</summary>
    /// <param name="arguments">The words.</param>
    /// <exception cref="OriginalRefusal">A value makes no sense.</exception>
    /// <exception cref="ToolException">An option is unknown, or lacks its value.</exception>
    internal static MtrOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new MtrOptions();
        string[] before = Environment.GetEnvironmentVariable("MTR_OPTIONS")?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        options._hosts.AddRange(Command.Parse([.. before, .. arguments], options.Read));
        if (options.Rounds.FirstTtl > options.Rounds.MaxTtl)
            options.Rounds = options.Rounds with { FirstTtl = options.Rounds.MaxTtl };
        if (options._hosts.Count == 0)
            options._hosts.Add("localhost");
        if (options.Output is not (MtrOutput.Live or MtrOutput.Split) && !options.Watches)
            options.Cycles ??= UsualCycles;
        return options;
    }

    private void Read(GetoptOption option, string? value)
    {
        string text = value ?? "";
        switch (option.Letter == '\0' ? option.Long : option.Letter.ToString())
        {
            case "h": ShowsHelp = true; break;
            case "v": ShowsVersion = true; break;
            case "4": Family = 2; break;
            case "6": Family = 10; break;
            case "F": ReadHosts(text); break;
            case "r": Output = MtrOutput.Report; break;
            case "w": (Output, IsWide) = (MtrOutput.Report, true); break;
            case "l": Output = MtrOutput.Raw; break;
            case "C": Output = MtrOutput.Csv; break;
            case "j": Output = MtrOutput.Json; break;
            case "x": Output = MtrOutput.Xml; break;
            case "p": Output = MtrOutput.Split; break;
            case "t": Output = MtrOutput.Live; break;
            case "displaymode": Mode = Within(text, 0, MostMode, mode => $"value out of range (0 - {MostMode}): {mode}"); break;
            case "Z": _ = Number(text); break; // how long mtr keeps its sockets: there are none to keep
            case "n": IsNumeric = true; break;
            case "b": ShowsAddresses = true; break;
            case "o": Fields = ReadFields(text); break;
            case "y": Origin = Within(text, 0, MtrOrigins.Most, field => $"value {field} out of range (0 - {MtrOrigins.Most})"); break;
            case "z": Origin = 0; break;
            case "i": Rounds = Rounds with { Interval = Seconds(text) }; break;
            case "c": Cycles = Number(text); break;
            case "s": Rounds = Rounds with { PacketSize = Within(text, -MostSize, MostSize, size => $"packets have at most {MostSize} octets, not {size}") }; break;
            case "B": Fill = Number(text, int.MinValue) is var fill and <= byte.MaxValue ? Math.Max(-1, fill) : -1; break;
            case "G": Grace = Seconds(text); break;
            case "Q": Tos = Number(text) is var tos and <= byte.MaxValue ? tos : 0; break;
            case "e": ShowsLabels = true; break;
            case "I": Interface = text; break;
            case "a": Source = text; break;
            case "f": Rounds = Rounds with { FirstTtl = Math.Clamp(Number(text), 1, MostTtl) }; break;
            case "m": Rounds = Rounds with { MaxTtl = Math.Clamp(Number(text), 1, MostTtl) }; break;
            case "U": Rounds = Rounds with { MaxUnknown = Math.Clamp(Number(text), 1, MostTtl) }; break;
            case "u": Choose(ProbeProtocol.Udp); break;
            case "T": Choose(ProbeProtocol.Tcp); break;
            case "P": Port = ReadPort(text, 1); break;
            case "L": LocalPort = ReadPort(text, LeastLocalPort); break;
            case "M": Mark = ReadMark(text); break;
            case "explain": Explains = true; break;
            case "until-change": EndsWithChange = true; break;
            case "log": Log = text; break;
            case "flows": Flows = Within(text, 1, MostFlows, flows => $"value {flows} out of range (1 - {MostFlows})"); break;
            case "net": Namespace = text; break;
            case "pid": Namespace = ToolNamespace.Of(text); break;
            case "mtr-compat-jint": HasCompatibleJitter = true; break;
            case "unprivileged": IsUnprivileged = true; break;
            case "S": throw new ToolException(ToolException.WrongUsage, "probes of SCTP (-S) are not there: -T sends SYNs, and netwhy traceroute -P 132 packets with SCTP's number");
            default: throw new ToolException(ToolException.WrongUsage, $"a window (-{option.Letter}) is not there: -t shows the same in the terminal"); // --gtk
        }
    }

    private void Choose(ProbeProtocol protocol)
    {
        if (Protocol is not ProbeProtocol.Icmp && Protocol != protocol)
            throw Refusal("-u , -T and -S are mutually exclusive");
        Protocol = protocol;
    }

    private void ReadHosts(string path)
    {
        try
        {
            IEnumerable<string> lines = path is "-" ? Console.In.ReadToEnd().Split('\n') : File.ReadLines(path);
            _hosts.AddRange(lines.Select(line => line.Trim()).Where(line => line.Length > 0));
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            throw Refusal($"open {path}: {FileProblem.Of(path, refusal)}");
        }
    }

    private static string ReadFields(string letters)
    {
        if (letters.Length > MtrField.Most)
            throw Refusal($"Too many fields: {letters}");
        foreach (char letter in letters)
        {
            if (MtrField.Find(letter) is null)
                throw Refusal($"Unknown field identifier: {letter}");
        }

        return letters;
    }

    private static int Within(string text, int least, int most, Func<int, string> refusal)
    {
        int number = Number(text, Math.Min(0, least));
        return number >= least && number <= most ? number : throw Refusal(refusal(number));
    }

    private static int ReadPort(string text, int least) => Within(text, least, MostPort, port => $"Illegal port number: {port}");

    private static uint ReadMark(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint mark) ? mark : throw Invalid(text);

    private static TimeSpan Seconds(string text)
    {
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) || seconds is double.NaN or > 86_400)
            throw Invalid(text);
        return seconds > 0 ? TimeSpan.FromSeconds(seconds) : throw Refusal("wait time must be positive");
    }

    private static int Number(string text, int least = 0) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= least
            ? number
            : throw Invalid(text);

    private static OriginalRefusal Invalid(string text) => Refusal($"invalid argument: '{text}'");

    private static OriginalRefusal Refusal(string words) => new(Failure, words);
}
