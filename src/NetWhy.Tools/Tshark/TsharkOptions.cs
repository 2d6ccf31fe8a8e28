using System.Globalization;
using NetWhy.Analysis.Dissection;

namespace NetWhy.Tools.Tshark;

/// <summary>How packets are printed.</summary>
internal enum TsharkFormat
{
    /// <summary>A line for each.</summary>
    Text,

    /// <summary>Fields that were asked for.</summary>
    Fields,

    /// <summary>An array of objects.</summary>
    Json,

    /// <summary>Objects for the bulk interface of Elasticsearch, each on a line.</summary>
    Elastic,
}

/// <summary>How the time of a packet is shown.</summary>
internal enum TsharkTime
{
    /// <summary>Since the first packet.</summary>
    Relative,

    /// <summary>The time of day, local.</summary>
    Absolute,

    /// <summary>With the date, local.</summary>
    AbsoluteWithDate,

    /// <summary>With the year and its day, local.</summary>
    AbsoluteWithDay,

    /// <summary>Since the packet before.</summary>
    Delta,

    /// <summary>Since the packet that was shown before.</summary>
    DeltaDisplayed,

    /// <summary>Since 1970.</summary>
    Epoch,

    /// <summary>The time of day, UTC.</summary>
    Utc,

    /// <summary>With the date, UTC.</summary>
    UtcWithDate,

    /// <summary>With the year and its day, UTC.</summary>
    UtcWithDay,
}

/// <summary>A command line of <c>netwhy tshark</c>, read. Source: tshark(1), version 4.0.</summary>
internal sealed class TsharkOptions
{
    private static readonly GetoptOption[] Known =
    [
        new('2', null), new('a', "autostop", true), new('b', "ring-buffer", true), new('B', "buffer-size", true), new('c', null, true), new('C', null, true),
        new('d', null, true), new('D', "list-interfaces"), new('e', null, true), new('E', null, true), new('f', null, true), new('F', null, true),
        new('h', "help"), new('H', null, true), new('i', "interface", true), new('I', "monitor-mode"), new('j', null, true), new('J', null, true),
        new('K', null, true), new('l', null), new('L', "list-data-link-types"), new('n', null), new('N', null, true), new('o', null, true),
        new('O', null, true), new('p', "no-promiscuous-mode"), new('P', "print"), new('q', null), new('Q', null), new('r', "read-file", true), new('R', "read-filter", true),
        new('s', "snapshot-length", true), new('S', null, true), new('t', null, true), new('T', null, true), new('u', null, true), new('U', null, true),
        new('v', "version"), new('V', null), new('w', null, true), new('W', null, true), new('x', null), new('X', null, true), new('y', "linktype", true),
        new('Y', "display-filter", true), new('z', null, true), new('\0', "color"), new('\0', "no-duplicate-keys"), new('\0', "net", true), new('\0', "pid", true),
    ];

    private bool _hasFormat;
    private bool _isQuiet;

    private TsharkOptions()
    {
    }

    /// <summary>Whether help was asked for.</summary>
    internal bool ShowsHelp { get; private set; }

    /// <summary>Whether the version is told.</summary>
    internal bool ShowsVersion { get; private set; }

    /// <summary>The capture to read; null to listen.</summary>
    internal string? File { get; private set; }

    /// <summary>What goes on to the capture from the wire, as <c>netwhy tcpdump</c> takes it.</summary>
    internal List<string> Listening { get; } = [];

    /// <summary>The display filter; empty for every packet.</summary>
    internal string Display { get; private set; } = "";

    /// <summary>The filter of the first of two passes: what it holds back is as if it had not been captured; null for none.</summary>
    internal string? ReadFilter { get; private set; }

    /// <summary>Whether packets are read twice, the second time with what later packets told.</summary>
    internal bool ReadsTwice { get; private set; }

    /// <summary>The capture filter.</summary>
    internal string CaptureFilter { get; private set; } = "";

    /// <summary>Packets to read; null for all.</summary>
    internal long? Count { get; private set; }

    /// <summary>How long to listen; null for no end.</summary>
    internal TimeSpan? Duration { get; private set; }

    /// <summary>The file that packets are written to; null to print them.</summary>
    internal string? Output { get; private set; }

    /// <summary>The kind of that file: <c>pcapng</c> or <c>pcap</c>.</summary>
    internal string FileFormat { get; private set; } = "pcapng";

    /// <summary>Whether packets are printed although they are written.</summary>
    internal bool PrintsToo { get; private set; }

    /// <summary>Whether packets are printed: with <c>-q</c> or <c>-w</c> only if something says how.</summary>
    internal bool PrintsPackets => PrintsToo || ShowsTree || ShowsOctets || (_isQuiet ? Output is null && _hasFormat : Output is null || _hasFormat);

    /// <summary>Whether each packet is printed at once.</summary>
    internal bool IsLineBuffered { get; private set; }

    /// <summary>Whether octets are printed.</summary>
    internal bool ShowsOctets { get; private set; }

    /// <summary>Whether all fields are printed, as a tree.</summary>
    internal bool ShowsTree { get; private set; }

    /// <summary>How packets are printed.</summary>
    internal TsharkFormat Format { get; private set; }

    /// <summary>How their time is shown.</summary>
    internal TsharkTime Time { get; private set; }

    /// <summary>The fields asked for, by name.</summary>
    internal List<string> Fields { get; } = [];

    /// <summary>How fields are written.</summary>
    internal FieldStyle FieldStyle { get; private set; } = new();

    /// <summary>Protocols of which only the details are shown; empty for all.</summary>
    internal List<string> Protocols { get; } = [];

    /// <summary>What JSON shows of all fields.</summary>
    internal JsonSelection Selection { get; private set; } = new();

    /// <summary>The statistics asked for.</summary>
    internal List<string> Statistics { get; } = [];

    /// <summary>How packets are analysed.</summary>
    internal DissectionPreferences Preferences { get; private set; } = new();

    /// <summary>What the user should know of options that change nothing here.</summary>
    internal List<string> Remarks { get; } = [];

    /// <summary>Network namespace to listen in; null for this one.</summary>
    internal string? Namespace { get; private set; }

    /// <summary>Whether the wire is listened on only to say what there is.</summary>
    internal bool Lists { get; private set; }

    /// <summary>Reads a command line.</summary>
    /// <param name="arguments">The words.</param>
    /// <exception cref="ToolException">It makes no sense.</exception>
    internal static TsharkOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new TsharkOptions();
        IReadOnlyList<string> operands = new Getopt("tshark", Known).Parse(arguments, options.Take);
        string rest = string.Join(' ', operands);
        if (options.File is null)
            options.CaptureFilter = Only(options.CaptureFilter, rest, "-f");
        else
            options.Display = Only(options.Display, rest, "-Y");
        options.Check();
        return options;
    }

    // tcp.port==8888,http; a range is 8888-8890, or 8888:3 for three of them.
    private void TakePorts(string rule)
    {
        const string Layer = "tcp.port==";
        string[] parts = rule.Split(',');
        if (parts.Length != 2 || !parts[0].StartsWith(Layer, StringComparison.Ordinal))
            throw Misuse($"-d {rule}: only tcp.port==PORT,PROTOCOL is done here");
        string[] ends = parts[0][Layer.Length..].Split('-', ':');
        if (ends.Length > 2 || !ushort.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out ushort first) || !ushort.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out ushort last))
            throw Misuse($"-d {rule}: '{parts[0][Layer.Length..]}' is no port and no range of ports");
        Preferences = Preferences.WithPorts(first, parts[0].Contains(':', StringComparison.Ordinal) ? first + last - 1 : last, parts[1])
            ?? throw Misuse($"-d {rule}: '{parts[1]}' is not read here; http, http2, tls and dns are");
    }

    private static string Only(string given, string rest, string option) =>
        given.Length > 0 && rest.Length > 0 ? throw Misuse($"a filter stands both behind {option} and at the end: '{rest}'") : given + rest;

    private void Check()
    {
        if (ReadFilter is not null && !ReadsTwice)
            throw Misuse("-R without -2 is deprecated. For single-pass filtering use -Y.");
        if (File is not null && Duration is not null)
            throw Misuse("A maximum capture time was specified, but a capture isn't being done.");
        if (File is not null && CaptureFilter.Length > 0)
            throw Misuse("-f filters what is captured: for a file use -Y, a display filter");
        if (Format == TsharkFormat.Fields && Fields.Count == 0)
            throw Misuse("\"-Tfields\" was specified, but no fields were specified with \"-e\".");
        if (Fields.Count > 0 && Format == TsharkFormat.Text)
            throw Misuse("Output fields were specified with \"-e\", but \"-Tek, -Tfields, -Tjson or -Tpdml\" was not specified.");
        if (File is not null and not "-" && Output is not null && Path.GetFullPath(File) == Path.GetFullPath(Output))
            throw Misuse($"-w {Output} would overwrite the capture that is read");
        if (Selection.Names is not null && Format is TsharkFormat.Text or TsharkFormat.Fields)
            Remarks.Add("Protocols was specified with \"-j\" or \"-J\", but neither \"-Tek, -Tjson\" were specified: all are shown");
        if (Selection.JoinsKeys && Format != TsharkFormat.Json)
            throw Misuse("--no-duplicate-keys can only be used with \"-T json\"");
        if (ShowsTree && Format != TsharkFormat.Text)
            ShowsTree = false; // the other formats show every field already
        if (Output is "-" && PrintsPackets)
            throw Misuse("You can't write both raw packet data and dissected packets to the standard output.");
        if (File is not null && Listening.Contains("-L"))
            throw Misuse("You can't specify -L and a capture file to be read.");
        if (ReadsTwice && File is null)
            throw Misuse("Live captures do not support two-pass analysis.");
        if (ShowsOctets && Format != TsharkFormat.Text)
            throw Misuse("-x goes with -T text only");
    }

    private void Take(GetoptOption option, string? value)
    {
        if (!TakeLong(option, value) && !TakePrinting(option.Letter, value) && !TakeCapture(option.Letter, value))
            throw Misuse($"-{option.Letter} of tshark is not done here");
    }

    private bool TakeLong(GetoptOption option, string? value)
    {
        if (option.Letter != '\0')
            return false;
        switch (option.Long)
        {
            case "net" or "pid" when Namespace is not null:
                throw Misuse("--net and --pid say both where to listen: give one of them");
            case "net":
                Namespace = value;
                break;
            case "pid":
                Namespace = $"/proc/{Number(value, "--pid", 1, int.MaxValue)}/ns/net";
                break;
            case "no-duplicate-keys":
                Selection = Selection with { JoinsKeys = true };
                break;
            case "color":
                break; // nothing here is coloured
            default:
                return false;
        }

        return true;
    }

    private bool TakePrinting(char letter, string? value)
    {
        switch (letter)
        {
            case 'e':
                Fields.Add(value!);
                break;
            case 'E':
                FieldStyle = FieldStyle.With(value!);
                break;
            case 'h':
                ShowsHelp = true;
                break;
            case 'l':
                IsLineBuffered = true;
                break;
            case 'n':
                break; // names are not looked up anyway
            case 'N':
                Remarks.Add("-N: names are not looked up here");
                break;
            case '2':
                ReadsTwice = true;
                break;
            case 'o':
                TakePreference(value!);
                break;
            case 'd':
                TakePorts(value!);
                break;
            case 'O':
                Protocols.AddRange(value!.Split(',', StringSplitOptions.RemoveEmptyEntries));
                ShowsTree = true;
                break;
            case 'j' or 'J':
                if (Selection.Names is not null)
                    Remarks.Add("-j or -J was already specified. Overwriting previous protocol filter.");
                Selection = Selection with { Names = value!.Split(' '), HasParts = letter == 'J' };
                break;
            case 'P':
                PrintsToo = true;
                break;
            case 'q' or 'Q': // nothing is said anyway but what went wrong
                _isQuiet = true;
                break;
            case 't':
                TakeTime(value!);
                break;
            case 'T':
                _hasFormat = true;
                Format = value switch
                {
                    "text" => TsharkFormat.Text,
                    "fields" => TsharkFormat.Fields,
                    "json" => TsharkFormat.Json,
                    "ek" => TsharkFormat.Elastic,
                    _ => throw Misuse($"-T takes text, fields, json or ek, not '{value}'"),
                };
                break;
            case 'v':
                ShowsVersion = true;
                break;
            case 'V':
                ShowsTree = true;
                break;
            case 'x':
                ShowsOctets = true;
                break;
            case 'Y':
                Display = value!; // the last one
                break;
            case 'R':
                ReadFilter = value;
                break;
            case 'z':
                Statistics.Add(value!);
                break;
            default:
                return false;
        }

        return true;
    }

    private bool TakeCapture(char letter, string? value)
    {
        switch (letter)
        {
            case 'a':
                TakeStop(value!);
                break;
            case 'B':
                Listening.AddRange(["-B", (Number(value, "-B", 1, 4096) * 1024).ToString(CultureInfo.InvariantCulture)]);
                break;
            case 'c':
                Count = Number(value, "-c", 1, long.MaxValue);
                break;
            case 'D':
                Listening.Add("-D");
                Lists = true;
                break;
            case 'f':
                CaptureFilter = value!;
                break;
            case 'F':
                FileFormat = value is "pcap" or "pcapng" ? value : throw Misuse($"-F takes pcapng or pcap, not '{value}'");
                break;
            case 'i':
                Listening.AddRange(["-i", value!]);
                break;
            case 'L':
                Listening.Add("-L");
                Lists = true;
                break;
            case 'p':
                Listening.Add("-p");
                break;
            case 'r':
                File = value;
                break;
            case 's':
                Listening.AddRange(["-s", value!]);
                break;
            case 'w':
                Output = value;
                break;
            case 'y':
                Listening.AddRange(["-y", value!]);
                break;
            default:
                return false;
        }

        return true;
    }

    private void TakePreference(string setting)
    {
        int colon = setting.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
            throw Misuse($"Invalid -o flag \"{setting}\": it takes NAME:VALUE");
        if (setting[..colon] is "tls.keylog_file" or "ssl.keylog_file")
            Preferences = Preferences with { KeyLog = LogAt(setting[(colon + 1)..].Trim()) };
        else if (Preferences.With(setting[..colon], setting[(colon + 1)..].Trim()) is { } changed)
            Preferences = changed;
        else if (!TsharkPreferences.IsKnown(setting[..colon]))
            throw Misuse($"-o flag \"{setting}\" specifies unknown preference");
        else
            Remarks.Add($"-o {setting}: this preference is not changed here: packets are analysed as by default");
    }

    private static byte[] LogAt(string path)
    {
        const long LongestLog = 256 << 20;
        if (path.Length == 0) // none, as by default
            return [];
        try
        {
            return new FileInfo(path) is { Length: <= LongestLog } ? System.IO.File.ReadAllBytes(path) : throw Misuse($"-o tls.keylog_file: {path} is longer than 256 MB");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Misuse($"-o tls.keylog_file: {failure.Message}");
        }
    }

    private void TakeStop(string condition)
    {
        if (condition.Split(':') is ["duration", var seconds] && double.TryParse(seconds, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double time) && time is > 0 and < 1e9)
            Duration = TimeSpan.FromSeconds(time);
        else if (condition.Split(':') is ["packets", var packets])
            Count = Number(packets, "-a packets:", 1, long.MaxValue);
        else
            throw Misuse($"-a takes duration:SECONDS or packets:COUNT, not '{condition}'");
    }

    private void TakeTime(string value)
    {
        Time = value switch
        {
            "r" => TsharkTime.Relative,
            "a" => TsharkTime.Absolute,
            "ad" => TsharkTime.AbsoluteWithDate,
            "adoy" => TsharkTime.AbsoluteWithDay,
            "d" => TsharkTime.Delta,
            "dd" => TsharkTime.DeltaDisplayed,
            "e" => TsharkTime.Epoch,
            "u" => TsharkTime.Utc,
            "ud" => TsharkTime.UtcWithDate,
            "udoy" => TsharkTime.UtcWithDay,
            _ => throw Misuse($"Invalid time stamp type \"{value}\": it takes r, a, ad, adoy, d, dd, e, u, ud or udoy"),
        };
    }

    private static long Number(string? text, string option, long least, long most) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most
            ? number
            : throw Misuse($"{option} takes a number from {least} to {most}, not '{text}'");

    /// <summary>A command line that makes no sense.</summary>
    /// <param name="what">Why.</param>
    internal static ToolException Misuse(string what) => new(ToolException.WrongUsage, what);
}

/// <summary>How <c>-T fields</c> writes. Source: tshark(1), -E.</summary>
internal sealed record FieldStyle
{
    private const string Mark = "\uFEFF";

    /// <summary>Whether a byte order mark comes first.</summary>
    internal bool HasMark { get; init; }

    /// <summary>Whether the names of the fields come first.</summary>
    internal bool HasHeader { get; init; }

    /// <summary>What parts fields.</summary>
    internal string Separator { get; init; } = "\t";

    /// <summary>What parts values of one field.</summary>
    internal string Aggregator { get; init; } = ",";

    /// <summary>Which values of a field: <c>f</c> the first, <c>l</c> the last, <c>a</c> all.</summary>
    internal char Occurrence { get; init; } = 'a';

    /// <summary>What stands around each field; empty for nothing.</summary>
    internal string Quote { get; init; } = "";

    /// <summary>The byte order mark, or nothing.</summary>
    internal string Beginning => HasMark ? Mark : "";

    /// <summary>This, with one more setting.</summary>
    /// <param name="setting">The setting: <c>name=value</c>.</param>
    /// <exception cref="ToolException">There is no such setting.</exception>
    internal FieldStyle With(string setting)
    {
        int equals = setting.IndexOf('=', StringComparison.Ordinal);
        (string name, string value) = equals < 0 ? (setting, "") : (setting[..equals], setting[(equals + 1)..]);
        return (name, value) switch
        {
            ("bom", "y" or "n") => this with { HasMark = value is "y" },
            ("header", "y" or "n") => this with { HasHeader = value is "y" },
            ("separator", { Length: > 0 }) => this with { Separator = CharacterOf(value, knowsTab: true) },
            ("aggregator", { Length: > 0 }) => this with { Aggregator = CharacterOf(value, knowsTab: false) },
            ("occurrence", "f" or "l" or "a") => this with { Occurrence = value[0] },
            ("quote", "d") => this with { Quote = "\"" },
            ("quote", "s") => this with { Quote = "'" },
            ("quote", "n") => this with { Quote = "" },
            _ => throw TsharkOptions.Misuse($"\"{setting}\" is not a valid field output option: -E takes bom=y|n, header=y|n, separator=/t|/s|CHARACTER, occurrence=f|l|a, aggregator=/s|CHARACTER and quote=d|s|n"),
        };
    }

    // The first one: what follows it is not read. A slash says a tab or a blank; with anything else behind it tshark takes a backslash.
    private static string CharacterOf(string value, bool knowsTab) => value switch
    {
        ['/', 't', ..] when knowsTab => "\t",
        ['/', 's', ..] => " ",
        ['/', ..] => "\\",
        _ => value[..(char.IsHighSurrogate(value[0]) && value.Length > 1 ? 2 : 1)],
    };
}
