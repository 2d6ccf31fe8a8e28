using System.Globalization;
using NetWhy.Tools.Tcpdump.Printing;

namespace NetWhy.Tools.Tcpdump;

/// <summary>A command line of <c>netwhy tcpdump</c>, read. Source: tcpdump(1).</summary>
internal sealed class TcpdumpOptions
{
    private static readonly GetoptOption[] Known =
    [
        new('4', null), new('6', null), new('A', null), new('b', null), new('B', "buffer-size", true), new('c', null, true), new('\0', "count"),
        new('C', null, true), new('d', null), new('D', "list-interfaces"), new('e', null), new('E', null, true), new('f', null), new('F', null, true),
        new('G', null, true), new('h', "help"), new('H', null), new('i', "interface", true), new('I', "monitor-mode"), new('\0', "immediate-mode"),
        new('j', "time-stamp-type", true), new('J', "list-time-stamp-types"), new('\0', "time-stamp-precision", true), new('\0', "micro"),
        new('\0', "nano"), new('K', "dont-verify-checksums"), new('l', null), new('L', "list-data-link-types"), new('\0', "lengths"),
        new('m', null, true), new('M', null, true), new('n', null), new('N', null), new('#', "number"), new('O', "no-optimize"),
        new('p', "no-promiscuous-mode"), new('\0', "print"), new('Q', "direction", true), new('q', null), new('r', null, true),
        new('S', "absolute-tcp-sequence-numbers"), new('s', "snapshot-length", true), new('T', null, true), new('t', null), new('u', null),
        new('U', "packet-buffered"), new('v', null), new('V', null, true), new('\0', "version"), new('w', null, true), new('W', null, true),
        new('x', null), new('X', null), new('y', "linktype", true), new('z', null, true), new('Z', "relinquish-privileges", true),
        new('\0', "net", true), new('\0', "pid", true), new('\0', "pod", true), new('\0', "container", true), new('\0', "aligned"), new('\0', "json"), new('\0', "process"), new('\0', "color", true), new('\0', "colour", true),
        new('\0', "on", true), new('\0', "before", true), new('\0', "after", true), new('\0', "memory", true), new('\0', "times", true), new('\0', "compress", true), new('\0', "format", true),
        new('\0', "display", true), new('\0', "follow"), new('\0', "stream", true),
    ];

    private const int LongestPacket = 262_144;
    private const int LongestTime = 86_400; // seconds around an event

    // Source: tcpdump(1), -T.
    private static readonly string[] PacketTypes =
    [
        "aodv", "carp", "cnfp", "domain", "lmp", "pgm", "pgm_zmtp1", "ptp", "quic", "radius", "resp", "rpc", "rtcp", "rtp", "snmp", "someip",
        "tftp", "vat", "vxlan", "wb", "zmtp1",
    ];

    // Source: pcap-tstamp(7).
    private static readonly string[] TimeStampTypes = ["host", "host_lowprec", "host_hiprec", "host_hiprec_unsynced", "adapter", "adapter_unsynced"];

    private int _hexadecimal;
    private int _ascii;
    private int _both;
    private int _verbosity;
    private int _quietness;
    private int _time;
    private string? _format;
    private readonly List<string> _waiting = []; // options that need another one

    private TcpdumpOptions()
    {
    }

    /// <summary>Files to read, in the order given; empty for a live capture.</summary>
    internal List<string> Files { get; } = [];

    /// <summary>A file of files to read; null for none.</summary>
    internal string? ListFile { get; private set; }

    /// <summary>Events that packets are written for; empty to write all.</summary>
    internal List<string> Events { get; } = [];

    /// <summary>Seconds before an event that are written.</summary>
    internal int SecondsBefore { get; private set; } = 10;

    /// <summary>Seconds after an event that are written.</summary>
    internal int SecondsAfter { get; private set; } = 5;

    /// <summary>Octets of memory for the packets before an event.</summary>
    internal int MemorySize { get; private set; } = 64_000_000;

    /// <summary>Events to end after.</summary>
    internal int Times { get; private set; } = int.MaxValue;

    /// <summary>Whether trouble is coloured: <c>auto</c> for a terminal, <c>always</c> or <c>never</c>.</summary>
    internal string Colour { get; private set; } = "auto";

    /// <summary>Whether packets come from files.</summary>
    internal bool ReadsFiles => Files.Count > 0 || ListFile is not null;

    /// <summary>Files with modules of MIBs, which name objects of SNMP.</summary>
    internal List<string> MibModules { get; } = [];

    /// <summary>Interfaces to listen on; empty for the first one that is up.</summary>
    internal List<string> Interfaces { get; } = [];

    /// <summary>Whether the interfaces are listed.</summary>
    internal bool ListsInterfaces { get; private set; }

    /// <summary>Whether the types of the link's header are listed.</summary>
    internal bool ListsLinkTypes { get; private set; }

    /// <summary>Whether the process is told that sends or receives each packet.</summary>
    internal bool ShowsProcess { get; private set; }

    /// <summary>Whether packets are printed as JSON.</summary>
    internal bool PrintsJson { get; private set; }

    /// <summary>Whether the version is told.</summary>
    internal bool ShowsVersion { get; private set; }

    /// <summary>The network namespace to listen in; null for this one.</summary>
    internal string? Namespace { get; private set; }

    /// <summary>Octets of the ring of packets; null for the default.</summary>
    internal long? BufferSize { get; private set; }

    /// <summary>Whether packets are shown as soon as they come.</summary>
    internal bool IsImmediate { get; private set; }

    /// <summary>Whether the interface takes only packets for this machine.</summary>
    internal bool IsUnpromiscuous { get; private set; }

    /// <summary>Which way packets must go: <c>in</c>, <c>out</c> or <c>inout</c>.</summary>
    internal string Direction { get; private set; } = "inout";

    /// <summary>The file to write to; null to print.</summary>
    internal string? Output { get; private set; }

    /// <summary>Whether packets are printed although they are written.</summary>
    internal bool PrintsToo { get; private set; }

    /// <summary>Whether each packet is written at once.</summary>
    internal bool IsPacketBuffered { get; private set; }

    /// <summary>Octets after which a new file is begun; null for no limit.</summary>
    internal long? FileSize { get; private set; }

    /// <summary>Seconds after which a new file is begun; null for no limit.</summary>
    internal int? FileSeconds { get; private set; }

    /// <summary>Whether a new file is begun when the clock says so: at whole multiples of that time.</summary>
    internal bool IsAligned { get; private set; }

    /// <summary>How many files there may be; null for no limit.</summary>
    internal int? FileCount { get; private set; }

    /// <summary>A command that is run for each file that is finished; null for none.</summary>
    internal string? FileCommand { get; private set; }

    /// <summary>How files are compressed: <c>gzip</c>, <c>zstd</c> or null.</summary>
    internal string? Compression { get; private set; }

    /// <summary>Whether files are written as pcapng, not as pcap.</summary>
    internal bool WritesPcapng { get; private set; }

    /// <summary>The type of time stamps asked for; null for that of the kernel's clock. Source: pcap-tstamp(7).</summary>
    internal string? TimeStampType { get; private set; }

    /// <summary>Whether the types of time stamps are listed.</summary>
    internal bool ListsTimeStampTypes { get; private set; }

    /// <summary>Whether the interface is to hear all of its radio channel.</summary>
    internal bool WantsMonitorMode { get; private set; }

    /// <summary>The user whose privileges are enough once the interface is open; null to stay who we are.</summary>
    internal string? User { get; private set; }

    /// <summary>A file with the filter; null for none.</summary>
    internal string? FilterFile { get; private set; }

    /// <summary>The type of link that a filter's program is printed for; null for Ethernet, or what the file has.</summary>
    internal string? LinkType { get; private set; }

    /// <summary>Packets to stop after; null for no limit.</summary>
    internal long? Count { get; private set; }

    /// <summary>Packets to take before a display filter looks at them: with one, those that it lets through are counted.</summary>
    internal long? CaptureCount => Display is null ? Count : null;

    /// <summary>The display filter, in words; null for none.</summary>
    internal string? Display { get; private set; }

    /// <summary>Whether what is said over TCP is printed instead of packets.</summary>
    internal bool Follows { get; private set; }

    /// <summary>The TCP stream that is followed; null for all.</summary>
    internal int? FollowedStream { get; private set; }

    /// <summary>Whether packets are only counted.</summary>
    internal bool OnlyCounts { get; private set; }

    /// <summary>The filter, in words.</summary>
    internal string Filter { get; private set; } = "";

    /// <summary>Whether libpcap optimizes the filter.</summary>
    internal bool IsOptimized { get; private set; } = true;

    /// <summary>How the filter's program is printed: the number of <c>-d</c>; 0 for not at all.</summary>
    internal int ProgramStyle { get; private set; }

    /// <summary>Octets of each packet at most.</summary>
    internal int SnapLength { get; private set; } = 262_144;

    /// <summary>Whether each line is written at once.</summary>
    internal bool IsLineBuffered { get; private set; }

    /// <summary>Whether help was asked for.</summary>
    internal bool ShowsHelp { get; private set; }

    /// <summary>How packets are printed.</summary>
    internal PrintOptions Print { get; private set; } = new();

    /// <summary>Takes the text of a filter file as the filter.</summary>
    /// <param name="text">The text; from # on, lines are comments.</param>
    internal void ReadFilter(string text) => Filter = string.Join(' ', text.Split('\n').Select(line => line.Split('#', 2)[0]));

    /// <summary>Reads a command line.</summary>
    /// <param name="arguments">The words.</param>
    /// <exception cref="ToolException">It makes no sense.</exception>
    internal static TcpdumpOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new TcpdumpOptions();
        IReadOnlyList<string> operands = new Getopt("tcpdump", Known).Parse(arguments, options.Take);
        options.Filter = string.Join(' ', operands);
        options.RefuseWhatHasNoEffect();
        if (options.Events.Count > 0 && (options.Output is null or "-" || options.FileSize is not null || options.FileSeconds is not null))
            throw Misuse("--on writes a file for each event: it takes -w with its name, and neither -C nor -G");
        if (options.Follows && (options.Output is not null || options.OnlyCounts || options.PrintsJson || options.ShowsProcess))
            throw Misuse("--follow goes with neither -w nor --count nor --json nor --process: it prints what connections say, not packets");
        if (options.ShowsProcess && options.ReadsFiles)
            throw Misuse("--process asks this machine whose a packet is while it passes: who sent those of a file is not known any more");
        options.Compression = options.Compression switch
        {
            "none" => null,
            null when options.Output?.EndsWith(".gz", StringComparison.Ordinal) is true => "gzip",
            null when options.Output?.EndsWith(".zst", StringComparison.Ordinal) is true => "zstd",
            var asked => asked,
        };
        options.WritesPcapng = options._format is { } format ? format is "pcapng" : options.Output is { } name && WithoutCompression(name).EndsWith(".pcapng", StringComparison.Ordinal);
        options.Print = options.Print with
        {
            Verbosity = options._verbosity,
            Quietness = options._quietness,
            Time = (TimeStyle)Math.Min(options._time, 5),
            Dump = options._both > 0 ? DumpStyle.HexadecimalAndAscii : options._hexadecimal > 0 ? DumpStyle.Hexadecimal : options._ascii > 0 ? DumpStyle.Ascii : DumpStyle.None,
            DumpsLink = (options._both > 0 ? options._both : options._hexadecimal > 0 ? options._hexadecimal : options._ascii) > 1,
        };
        return options;
    }

    // An option of netwhy's own that would change nothing is a mistake; those of tcpdump are passed over as it does.
    private void RefuseWhatHasNoEffect()
    {
        foreach (string option in _waiting)
        {
            (string needed, bool isThere) = option switch
            {
                "compress" or "format" => ("-w", Output is not null),
                "aligned" => ("-G", FileSeconds is not null),
                _ => ("--on", Events.Count > 0),
            };
            if (!isThere)
                throw Misuse($"--{option} goes with {needed}, and there is none");
        }
    }

    private void ListenIn(string @namespace) =>
        Namespace = Namespace is null ? @namespace : throw Misuse("--net, --pid, --pod and --container each say where to listen: give one of them");

    private static string WithoutCompression(string name) =>
        name.EndsWith(".gz", StringComparison.Ordinal) ? name[..^3] : name.EndsWith(".zst", StringComparison.Ordinal) ? name[..^4] : name;

    private void Take(GetoptOption option, string? value)
    {
        if (option.Letter is '\0')
            TakeLong(option.Long!, value);
        else if (!TakePrinting(option.Letter, value))
            TakeCapture(option.Letter, value);
    }

    private bool TakePrinting(char letter, string? value)
    {
        switch (letter)
        {
            case 'A':
                _ascii++;
                break;
            case 'b':
                Print = Print with { IsAsDot = true };
                break;
            case 'e':
                Print = Print with { ShowsLink = true };
                break;
            case 'H':
                Print = Print with { IsMesh = true };
                break;
            case 'K':
                Print = Print with { SkipsChecksums = true };
                break;
            case 'n':
                Print = Print with { IsNumeric = true };
                break;
            case 'N':
                Print = Print with { IsShortName = true };
                break;
            case '#':
                Print = Print with { ShowsNumber = true };
                break;
            case 'q':
                _quietness++;
                break;
            case 'S':
                Print = Print with { IsAbsolute = true };
                break;
            case 'T':
                Print = Print with { PacketType = PacketTypes.Contains(value) ? value : throw Misuse($"unknown packet type '{value}': -T takes {string.Join(", ", PacketTypes)}") };
                break;
            case 't':
                _time++;
                break;
            case 'u':
                Print = Print with { ShowsRawHandles = true };
                break;
            case 'v':
                _verbosity++;
                break;
            case 'x':
                _hexadecimal++;
                break;
            case 'X':
                _both++;
                break;
            default:
                return false;
        }

        return true;
    }

    private void TakeCapture(char letter, string? value)
    {
        switch (letter)
        {
            case 'B':
                BufferSize = Number(value, "-B", 1, 4 << 20) * 1024;
                break;
            case 'c':
                Count = Number(value, "-c", 1, long.MaxValue);
                break;
            case 'C':
                FileSize = Number(value, "-C", 1, 1 << 30) * 1_000_000;
                break;
            case 'd':
                ProgramStyle++;
                break;
            case 'D':
                ListsInterfaces = true;
                break;
            case 'F':
                FilterFile = value;
                break;
            case 'G':
                FileSeconds = Number(value, "-G", 0, int.MaxValue) is > 0 and var seconds ? (int)seconds : null;
                break;
            case 'h':
                ShowsHelp = true;
                break;
            case 'i':
                Interfaces.AddRange(value!.Split(',', StringSplitOptions.RemoveEmptyEntries));
                break;
            case 'I':
                WantsMonitorMode = true;
                break;
            case 'j':
                TimeStampType = TimeStampTypes.Contains(value) ? value : throw Misuse($"invalid time stamp type {value}");
                break;
            case 'J':
                ListsTimeStampTypes = true;
                break;
            case 'L':
                ListsLinkTypes = true;
                break;
            case 'm':
                MibModules.Add(value!);
                break;
            case 'l':
                IsLineBuffered = true;
                break;
            case 'O':
                IsOptimized = false;
                break;
            case 'p':
                IsUnpromiscuous = true;
                break;
            case 'Q':
                Direction = value is "in" or "out" or "inout" ? value : throw Misuse($"unknown capture direction '{value}': -Q takes in, out or inout");
                break;
            case 'r':
                Files.Add(value!);
                break;
            case 's':
                SnapLength = Number(value, "-s", 0, LongestPacket) is > 0 and var length ? (int)length : LongestPacket;
                break;
            case 'U':
                IsPacketBuffered = true;
                break;
            case 'V':
                ListFile = value;
                break;
            case 'w':
                Output = value;
                break;
            case 'W':
                FileCount = (int)Number(value, "-W", 1, 1_000_000);
                break;
            case 'y':
                LinkType = value;
                break;
            case 'z':
                FileCommand = value;
                break;
            case 'Z':
                User = value;
                break;
            case '4' or '6' or 'f':
                break; // these change nothing here: names are not asked for by family
            default:
                throw Misuse($"-{letter} is not supported");
        }
    }

    private void TakeLong(string name, string? value)
    {
        if (name is "compress" or "format" or "aligned" or "before" or "after" or "memory" or "times")
            _waiting.Add(name);
        switch (name)
        {
            case "count":
                OnlyCounts = true;
                break;
            case "display":
                Display = value;
                break;
            case "follow":
                Follows = true;
                break;
            case "stream":
                FollowedStream = (int)Number(value, "--stream", 0, int.MaxValue);
                Follows = true;
                break;
            case "process":
                ShowsProcess = true;
                break;
            case "json":
                PrintsJson = true;
                break;
            case "version":
                ShowsVersion = true;
                break;
            case "immediate-mode":
                IsImmediate = true;
                break;
            case "print":
                PrintsToo = true;
                break;
            case "net":
                ListenIn(value!);
                break;
            case "pid":
                ListenIn(string.Create(CultureInfo.InvariantCulture, $"/proc/{Number(value, "--pid", 1, int.MaxValue)}/ns/net"));
                break;
            case "color" or "colour":
                Colour = value is "auto" or "always" or "never" ? value : throw Misuse($"--{name} takes auto, always or never, not '{value}'");
                break;
            case "on":
                Events.Add(value!);
                break;
            case "before":
                SecondsBefore = (int)Number(value, "--before", 0, LongestTime);
                break;
            case "after":
                SecondsAfter = (int)Number(value, "--after", 0, LongestTime);
                break;
            case "memory":
                MemorySize = (int)Number(value, "--memory", 1, 2000) * 1_000_000;
                break;
            case "times":
                Times = (int)Number(value, "--times", 1, int.MaxValue);
                break;
            case "pod":
                ListenIn(ContainerProcess.OfPod(value!));
                break;
            case "container":
                ListenIn(ContainerProcess.OfContainer(value!));
                break;
            case "aligned":
                IsAligned = true;
                break;
            case "compress":
                Compression = value is "gzip" or "zstd" or "none" ? value : throw Misuse($"--compress takes gzip, zstd or none, not '{value}'");
                break;
            case "format":
                _format = value is "pcap" or "pcapng" ? value : throw Misuse($"--format takes pcap or pcapng, not '{value}'");
                break;
            case "lengths":
                Print = Print with { ShowsLengths = true };
                break;
            case "nano":
            case "time-stamp-precision" when value is "nano":
                Print = Print with { IsNanosecond = true };
                break;
            case "micro":
            case "time-stamp-precision" when value is "micro":
                Print = Print with { IsNanosecond = false };
                break;
            case "time-stamp-precision":
                throw Misuse("unsupported time stamp precision");
            default:
                throw Misuse(value is null ? $"--{name} is not supported" : $"--{name} does not take '{value}'");
        }
    }

    private static ToolException Misuse(string what) => new(ToolException.WrongUsage, $"{what}: see netwhy tcpdump --help");

    private static long Number(string? text, string option, long least, long most) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most
            ? number
            : throw Misuse($"{option} takes a number from {least} to {most}, not '{text}'");
}
