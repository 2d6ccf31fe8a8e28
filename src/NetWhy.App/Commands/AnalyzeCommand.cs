using System.CommandLine;
using System.Diagnostics;
using NetWhy.Analysis.Dissection;
using NetWhy.Analysis.Flows;
using NetWhy.App.Render;
using NetWhy.Diagnose.Captures;
using NetWhy.Linux;

namespace NetWhy.App.Commands;

/// <summary><c>netwhy analyze FILE…</c> and <c>netwhy analyze -i NAME</c>: says what is wrong in a capture, or in what passes.</summary>
internal sealed class AnalyzeCommand : Command, IExplained
{
    private const string KeyLogVariable = "SSLKEYLOGFILE";
    private const int LongestKeyLog = 256 << 20;

    private readonly Argument<string[]> _files = new("FILE")
    {
        Description = "A capture, pcap or pcapng, plain, gzip or zstd; - for standard input. Several are read as one, by the\ntimes of their packets.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string[]> _read = new("--read", "-r")
    {
        Description = "The same as FILE, for those who are used to tcpdump and tshark.",
        HelpName = "FILE",
        CompletionSources = { _ => [CommonOptions.File] },
    };

    private readonly LiveOptions _live = new();
    private readonly AnalyzeViewOptions _views = new();
    private readonly Option<string?> _keyLog = new("--keylog")
    {
        Description = $"Secrets of TLS, as programs write them where {KeyLogVariable} says; that file, if it is set, by\ndefault. HTTP that they encrypted is judged, too.",
        HelpName = "FILE",
        CompletionSources = { _ => [CommonOptions.File] },
    };

    private readonly Option<bool> _json = CommonOptions.Json();
    private readonly Option<bool> _verbose = new("--verbose", "-v") { Description = "Show every finding with all that proves it, however long.", Arity = ArgumentArity.Zero };
    private readonly Option<bool> _noColour = CommonOptions.NoColour();

    /// <summary>Makes the command.</summary>
    public AnalyzeCommand()
        : base("analyze", "Say what is wrong in a capture, or in what passes an interface: the verdict, the packets that prove it, and what to do.")
    {
        _files.CompletionSources.Add(_ => [CommonOptions.File]);
        Add(_files);
        Add(_read);
        _live.AddTo(this);
        _views.AddTo(this);
        Add(_keyLog);
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
        ("netwhy analyze capture.pcap --keylog keys.log", "with what TLS hides"),
        .. AnalyzeViewOptions.Examples,
        .. LiveOptions.Examples,
    ];

    /// <summary>Whether it is asked to listen: then an interrupt is how it is meant to end.</summary>
    /// <param name="parsed">The command line.</param>
    public bool Listens(ParseResult parsed) => _live.Listens(parsed);

    private int Run(ParseResult parsed, CancellationToken cancellationToken)
    {
        string[] words = parsed.GetValue(_files) ?? [];
        var style = new CaptureStyle(parsed.GetValue(_json), parsed.GetValue(_verbose), parsed.GetValue(_noColour));
        string[] read = parsed.GetValue(_read) ?? [];
        if (_live.Listens(parsed))
        {
            if (read.Length > 0)
                throw new CommandException(ExitCode.WrongUsage, $"{_read.Name} reads a file, -i listens: one of them");
            _views.RefuseLive(parsed);
            if (parsed.GetResult(_keyLog) is not null)
                throw new CommandException(ExitCode.WrongUsage, $"{_keyLog.Name} needs a file: secrets are written while packets pass already");
            return _live.Run(parsed, words, style, cancellationToken);
        }

        _live.Refuse(parsed);
        words = [.. words, .. read];
        if (words.Length == 0)
            throw new CommandException(ExitCode.WrongUsage, "name a capture, as in netwhy analyze capture.pcap, or an interface, as in netwhy analyze -i eth0");
        byte[] keyLog = KeyLog(parsed);
        if (_views.Run(parsed, words, style, new DissectionPreferences { KeyLog = keyLog, LooksIntoTunnels = true }, cancellationToken) is { } exitCode)
            return exitCode;
        long start = Stopwatch.GetTimestamp();
        CaptureAnalysis analysis = Captures.Analyze(words, new CaptureAnalyzerOptions { KeyLog = keyLog }, cancellationToken);
        CaptureDiagnosis diagnosis = Captures.Judge(analysis);
        return CaptureReport.Write(new ShownCapture(diagnosis, words, Stopwatch.GetElapsedTime(start)), style);
    }

    // What the variable says may be meant for programs that have not written anything yet.
    private byte[] KeyLog(ParseResult parsed)
    {
        string? named = parsed.GetValue(_keyLog);
        string? path = named ?? Environment.GetEnvironmentVariable(KeyLogVariable);
        if (string.IsNullOrEmpty(path) || (named is null && !File.Exists(path)))
            return [];
        try
        {
            return RegularFile.TryRead(path, LongestKeyLog, out byte[] octets)
                ? octets
                : throw new CommandException(ExitCode.CouldNotWork, $"{path}: a key log of more than 256 MB is too large");
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.CouldNotWork, FileRefusal.InWords(named is null ? $"{KeyLogVariable}={path}" : $"{_keyLog.Name} {path}", refusal));
        }
    }
}
