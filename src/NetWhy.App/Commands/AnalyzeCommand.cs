using System.CommandLine;

namespace NetWhy.App.Commands;

/// <summary><c>netwhy analyze FILE</c>: says what is wrong in a capture.</summary>
internal sealed class AnalyzeCommand : Command, IExplained
{
    private readonly Argument<string> _file = new("FILE") { Description = "A capture, pcap or pcapng, plain, gzip or zstd; - for standard input." };
    private readonly AnalyzeViewOptions _views = new();
    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly Option<bool> _noColour = CommonOptions.NoColour();

    /// <summary>Makes the command.</summary>
    public AnalyzeCommand()
        : base("analyze", "Say what is wrong in a capture.")
    {
        _file.CompletionSources.Add(_ => [CommonOptions.File]);
        Add(_file);
        _views.AddTo(this);
        Add(_json);
        Add(_noColour);
        SetAction((parsed, cancellationToken) => Task.FromResult(Run(parsed, cancellationToken)));
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Examples => AnalyzeViewOptions.Examples;

    private int Run(ParseResult parsed, CancellationToken cancellationToken) =>
        _views.Run(parsed, [parsed.GetRequiredValue(_file)], parsed.GetValue(_json), parsed.GetValue(_noColour), cancellationToken)
        ?? throw new CommandException(ExitCode.WrongUsage, "--stream is missing");
}
