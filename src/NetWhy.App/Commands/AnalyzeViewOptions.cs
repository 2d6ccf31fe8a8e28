using System.CommandLine;
using System.Globalization;
using NetWhy.Analysis.Dissection;
using NetWhy.App.Render;

namespace NetWhy.App.Commands;

/// <summary>The options of <c>netwhy analyze</c> that show something else than its one screen.</summary>
internal sealed class AnalyzeViewOptions
{
    private readonly Option<string?> _stream = new("--stream")
    {
        Description = "One conversation, packet by packet, as a ladder; N is its number, tcp.stream.",
        HelpName = "N",
    };

    private readonly Option<string?> _report = new("--report")
    {
        Description = "Write one HTML file with graphs of the worst conversations; it needs no network.",
        HelpName = "FILE",
        CompletionSources = { _ => [CommonOptions.File] },
    };

    private readonly Option<string?> _parquet = new("--parquet")
    {
        Description = "Write tables of it, as Parquet, into a folder: flows, tcp_events, dns, http, tls. Needs DuckDB.",
        HelpName = "DIR",
        CompletionSources = { _ => [CommonOptions.File] },
    };

    private readonly Option<string?> _sql = new("--sql")
    {
        Description = "Ask these tables.",
        HelpName = "QUERY",
    };

    /// <summary>Command lines to copy, each with what it does.</summary>
    public static IReadOnlyList<(string Left, string Right)> Examples =>
    [
        ("netwhy analyze capture.pcap --stream 3", "one conversation as a ladder"),
        ("netwhy analyze capture.pcap --report out.html", "graphs, for a browser"),
        ("netwhy analyze capture.pcap --sql 'SELECT * FROM flows ORDER BY timeouts DESC LIMIT 10'", "any question, by DuckDB"),
    ];

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    public void AddTo(Command command)
    {
        command.Add(_stream);
        command.Add(_report);
        command.Add(_parquet);
        command.Add(_sql);
    }

    /// <summary>Shows what they ask for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="files">The captures.</param>
    /// <param name="style">How to show it.</param>
    /// <param name="preferences">How packets are analysed.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What to exit with; null if none of them is given.</returns>
    /// <exception cref="CommandException">They make no sense, or a capture cannot be read.</exception>
    public int? Run(ParseResult parsed, IReadOnlyList<string> files, CaptureStyle style, DissectionPreferences preferences, CancellationToken cancellationToken)
    {
        string? stream = parsed.GetValue(_stream), report = parsed.GetValue(_report), folder = parsed.GetValue(_parquet), sql = parsed.GetValue(_sql);
        Option[] given = Given(parsed);
        if (given.Length == 0)
            return null;
        if (files.Count != 1)
            throw new CommandException(ExitCode.WrongUsage, $"{given[0].Name} is for one capture: conversations have their numbers in it");
        if (given.Length > 1 && (stream ?? report) is not null)
            throw new CommandException(ExitCode.WrongUsage, $"{given[0].Name} and {given[1].Name} are two views: give one of them");
        if (report is not null)
            return ReportView.Write(files[0], report, preferences, cancellationToken);
        if (stream is null)
            return TableView.Run(files[0], folder, sql, style.AsJson, preferences, cancellationToken);
        if (!int.TryParse(stream, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            throw new CommandException(ExitCode.WrongUsage, $"--stream: '{stream}' is no number of a conversation; tcp.stream counts from 0");
        return StreamView.Show(files[0], number, style, preferences, cancellationToken);
    }

    /// <summary>Refuses them where there is no file.</summary>
    /// <param name="parsed">The command line.</param>
    /// <exception cref="CommandException">One is given.</exception>
    public void RefuseLive(ParseResult parsed)
    {
        if (Given(parsed) is [var first, ..])
            throw new CommandException(ExitCode.WrongUsage, $"{first.Name} needs a file: netwhy tcpdump -i NAME -w FILE writes one");
    }

    private Option[] Given(ParseResult parsed) => [.. new Option[] { _stream, _report, _parquet, _sql }.Where(option => parsed.GetResult(option) is not null)];
}
