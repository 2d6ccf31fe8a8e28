using System.CommandLine;
using System.Globalization;
using NetWhy.App.Render;
using NetWhy.Capture.Live;
using NetWhy.Linux;

namespace NetWhy.App.Commands;

/// <summary>The options of <c>netwhy analyze</c> that listen instead of reading a file.</summary>
internal sealed class LiveOptions
{
    private const int LongestDuration = 7 * 24 * 3600; // seconds

    private readonly Option<string[]> _interfaces = new("--interface", "-i")
    {
        Description = "Listen on an interface, any for all; the words that follow are a filter, as pcap-filter(7) has\nthem. The screen shows the verdict so far, until Ctrl-C, --count or --duration ends it.",
        HelpName = "NAME",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> _count = new("--count", "-c") { Description = "With -i: end after so many packets.", HelpName = "N" };
    private readonly Option<string?> _duration = new("--duration") { Description = "With -i: end after so many seconds.", HelpName = "SECONDS" };
    private readonly NamespaceOptions _namespace = new();

    /// <summary>Command lines to copy, each with what it does.</summary>
    public static IReadOnlyList<(string Left, string Right)> Examples =>
    [
        ("netwhy analyze -i eth0", "what is wrong now, again every second"),
        ("netwhy analyze -i any --duration 30 --json tcp port 5432", "of half a minute with the database"),
    ];

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    public void AddTo(Command command)
    {
        command.Add(_interfaces);
        command.Add(_count);
        command.Add(_duration);
        _namespace.AddTo(command);
    }

    /// <summary>Whether it is asked to listen.</summary>
    /// <param name="parsed">The command line.</param>
    public bool Listens(ParseResult parsed) => parsed.GetResult(_interfaces) is not null;

    /// <summary>Says what is only for listening; nothing if all is well.</summary>
    /// <param name="parsed">The command line, which names no interface.</param>
    /// <exception cref="CommandException">It has an option that is only for listening.</exception>
    public void Refuse(ParseResult parsed)
    {
        foreach (Option option in (Option[])[_count, _duration])
        {
            if (parsed.GetResult(option) is not null)
                throw new CommandException(ExitCode.WrongUsage, $"{option.Name} is for listening: name an interface, as in netwhy analyze -i eth0 {option.Name} 30");
        }

        _namespace.Refuse(parsed, "a file is the same everywhere: they are for -i");
    }

    /// <summary>Listens, and shows what is wrong.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="filter">Words of the filter.</param>
    /// <param name="style">How to show it.</param>
    /// <param name="cancellationToken">Ends it; the verdict is given nevertheless.</param>
    /// <returns>What to exit with.</returns>
    /// <exception cref="CommandException">The command line makes no sense, or an interface cannot be listened on.</exception>
    public int Run(ParseResult parsed, IReadOnlyList<string> filter, CaptureStyle style, CancellationToken cancellationToken)
    {
        string[] names = [.. parsed.GetRequiredValue(_interfaces).SelectMany(name => name.Split(',', StringSplitOptions.RemoveEmptyEntries))];
        long count = Number(parsed, _count, long.MaxValue) ?? long.MaxValue;
        TimeSpan? duration = Number(parsed, _duration, LongestDuration) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        _namespace.GoThere(parsed);
        string text = string.Join(' ', filter);
        var options = new ListenOptions(linkType => Compile(text, linkType)) { AsksForVlans = text.Contains("vlan", StringComparison.Ordinal) };
        try
        {
            using var analysis = new LiveAnalysis(InterfaceListener.Open(names, options), style);
            return analysis.Run(count, duration, cancellationToken);
        }
        catch (InterfaceException refusal)
        {
            throw new CommandException(ExitCode.CouldNotWork, refusal.Message);
        }
    }

    private static FilterInstruction[] Compile(string text, int linkType) =>
        FilterCompiler.Compile(text, linkType, Capture.Files.CaptureReader.LongestPacket, isOptimized: true, out FilterInstruction[] program) is { } problem
            ? throw new CommandException(ExitCode.WrongUsage, problem)
            : program;

    private static long? Number(ParseResult parsed, Option<string?> option, long most)
    {
        if (parsed.GetValue(option) is not { } text)
            return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number > 0 && number <= most
            ? number
            : throw new CommandException(ExitCode.WrongUsage, string.Create(CultureInfo.InvariantCulture, $"{option.Name}: '{text}' is no number from 1{(most == long.MaxValue ? "" : $" to {most}")}"));
    }
}
