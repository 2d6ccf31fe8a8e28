using System.CommandLine;
using System.Diagnostics;
using NetWhy.Analysis.Flows;
using NetWhy.App.Render;
using NetWhy.Diagnose.Captures;

namespace NetWhy.App.Commands;

/// <summary><c>netwhy analyze FILE…</c>: says what is wrong in a capture.</summary>
internal sealed class AnalyzeCommand : Command, IExplained
{
    private readonly Argument<string[]> _files = new("FILE")
    {
        Description = "A capture, pcap or pcapng, plain, gzip or zstd; - for standard input. Several are read as one, by the\ntimes of their packets.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly AnalyzeViewOptions _views = new();
    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly Option<bool> _verbose = new("--verbose", "-v") { Description = "Show every finding with all that proves it, however long.", Arity = ArgumentArity.Zero };
    private readonly Option<bool> _noColour = CommonOptions.NoColour();

    /// <summary>Makes the command.</summary>
    public AnalyzeCommand()
        : base("analyze", "Say what is wrong in a capture: the verdict, the packets that prove it, and what to do.")
    {
        _files.CompletionSources.Add(_ => [CommonOptions.File]);
        Add(_files);
        _views.AddTo(this);
        Add(_json);
        Add(_verbose);
        Add(_noColour);
        SetAction((parsed, cancellationToken) => Task.FromResult(Run(parsed, cancellationToken)));
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Examples =>
    [
        ("netwhy analyze capture.pcap", "what is wrong in it, worst first"),
        ("ssh web1 tcpdump -w - | netwhy analyze -", "of another machine's packets"),
        ("netwhy analyze eth0.pcap eth1.pcap", "two captures as one"),
        ("netwhy analyze capture.pcap --json", "the same for a program"),
        .. AnalyzeViewOptions.Examples,
    ];

    private int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        string[] files = parsed.GetRequiredValue(_files);
        bool asJson = parsed.GetValue(_json), refusesColour = parsed.GetValue(_noColour);
        if (_views.Run(parsed, files, asJson, refusesColour, cancellationToken) is { } exitCode)
            return exitCode;
        long start = Stopwatch.GetTimestamp();
        CaptureAnalysis analysis = Captures.Analyze(files, cancellationToken);
        CaptureDiagnosis diagnosis = Captures.Judge(analysis);
        return CaptureReport.Write(new ShownCapture(diagnosis, files, Stopwatch.GetElapsedTime(start)), asJson, parsed.GetValue(_verbose), refusesColour);
    }
}
