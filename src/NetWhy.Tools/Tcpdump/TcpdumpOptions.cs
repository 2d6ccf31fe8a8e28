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
    ];

    private int _hexadecimal;
    private int _ascii;
    private int _both;
    private int _verbosity;
    private int _quietness;
    private int _time;

    private TcpdumpOptions()
    {
    }

    /// <summary>Files to read, in the order given; empty for a live capture.</summary>
    internal List<string> Files { get; } = [];

    /// <summary>Packets to stop after; null for no limit.</summary>
    internal long? Count { get; private set; }

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

    /// <summary>Reads a command line.</summary>
    /// <param name="arguments">The words.</param>
    /// <exception cref="ToolException">It makes no sense.</exception>
    internal static TcpdumpOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new TcpdumpOptions();
        IReadOnlyList<string> operands = new Getopt("tcpdump", Known).Parse(arguments, options.Take);
        options.Filter = string.Join(' ', operands);
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

    private void Take(GetoptOption option, string? value)
    {
        switch (option.Letter)
        {
            case 'A':
                _ascii++;
                break;
            case 'b':
                Print = Print with { IsAsDot = true };
                break;
            case 'c':
                Count = Number(value, "-c", 1, long.MaxValue);
                break;
            case 'd':
                ProgramStyle++;
                break;
            case 'e':
                Print = Print with { ShowsLink = true };
                break;
            case 'h':
                ShowsHelp = true;
                break;
            case 'H':
                Print = Print with { IsMesh = true };
                break;
            case 'K':
                Print = Print with { SkipsChecksums = true };
                break;
            case 'l':
                IsLineBuffered = true;
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
            case 'O':
                IsOptimized = false;
                break;
            case 'q':
                _quietness++;
                break;
            case 'r':
                Files.Add(value!);
                break;
            case 'S':
                Print = Print with { IsAbsolute = true };
                break;
            case 's':
                SnapLength = (int)Number(value, "-s", 0, 262_144) is 0 ? 262_144 : (int)Number(value, "-s", 0, 262_144);
                break;
            case 'T':
                Print = Print with { PacketType = value };
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
            case '\0':
                TakeLong(option.Long!, value);
                break;
            default:
                throw new ToolException(ToolException.WrongUsage, $"-{option.Letter} is not supported yet");
        }
    }

    private void TakeLong(string name, string? value)
    {
        switch (name)
        {
            case "count":
                OnlyCounts = true;
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
            default:
                throw new ToolException(ToolException.WrongUsage, $"--{name} is not supported yet");
        }
    }

    private static long Number(string? text, string option, long least, long most) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most
            ? number
            : throw new ToolException(ToolException.WrongUsage, $"{option} takes a number from {least} to {most}, not '{text}'");
}
