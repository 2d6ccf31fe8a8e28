using System.CommandLine;
using System.Globalization;

namespace NetWhy.App.Commands;

/// <summary>The options of <c>netwhy analyze</c> that show something else than its one screen.</summary>
internal sealed class AnalyzeViewOptions
{
    private readonly Option<string?> _stream = new("--stream")
    {
        Description = "One conversation, packet by packet, as a ladder; N is its number, tcp.stream.",
        HelpName = "N",
    };

    /// <summary>Command lines to copy, each with what it does.</summary>
    public static IReadOnlyList<(string Left, string Right)> Examples =>
    [
        ("netwhy analyze capture.pcap --stream 3", "one conversation as a ladder"),
    ];

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    public void AddTo(Command command) => command.Add(_stream);

    /// <summary>Shows what they ask for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="files">The captures.</param>
    /// <param name="asJson">Whether for a program.</param>
    /// <param name="refusesColour">Whether the user refused colour.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What to exit with; null if none of them is given.</returns>
    /// <exception cref="CommandException">They make no sense, or a capture cannot be read.</exception>
    public int? Run(ParseResult parsed, IReadOnlyList<string> files, bool asJson, bool refusesColour, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(_stream) is not { } stream)
            return null;
        if (files.Count != 1)
            throw new CommandException(ExitCode.WrongUsage, "--stream is for one capture: conversations have their numbers in it");
        if (!int.TryParse(stream, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            throw new CommandException(ExitCode.WrongUsage, $"--stream: '{stream}' is no number of a conversation; tcp.stream counts from 0");
        return StreamView.Show(files[0], number, asJson, refusesColour, cancellationToken);
    }
}
