using System.Globalization;
using System.Net;
using NetWhy.App.Commands;
using NetWhy.Capture.Live;
using NetWhy.Collect;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Tools;

namespace NetWhy.App;

/// <summary>Runs a tool, and lends it the standard streams.</summary>
internal sealed class ToolHost : IToolHost
{
    private static readonly TimeSpan ReportGrace = TimeSpan.FromSeconds(5); // for a machine with other work; a second interrupt ends it at once

    private const int NoApplicationProtocol = 120; // RFC 7301, section 3.2

    private readonly string _tool;

    private ToolHost(string tool, CancellationTokenSource end)
    {
        _tool = tool;
        Cancellation = end.Token;
        Output = new ReadOutput(end);
    }

    /// <inheritdoc/>
    public Stream Output { get; }

    /// <inheritdoc/>
    public int? Columns => Window?.Columns;

    /// <inheritdoc/>
    public int? Rows => Window?.Rows;

    /// <inheritdoc/>
    public int? ErrorColumns => StandardStream.Error.IsTerminal ? StandardStream.Error.WindowSize?.Columns : null;

    // Asked each time: it may have another size by now.
    private static (int Columns, int Rows)? Window => Terminal.HasOutput ? StandardStream.Output.WindowSize : null;

    /// <inheritdoc/>
    public bool HasColour => Terminal.HasColour(refused: false);

    /// <inheritdoc/>
    public bool HasUtf8 => Terminal.HasUtf8;

    /// <inheritdoc/>
    public CancellationToken Cancellation { get; }

    /// <summary>The option before a tool's name for a network namespace with a name.</summary>
    public const string ByName = "--net";

    /// <summary>The one for the network namespace of a process.</summary>
    public const string ByProcess = "--pid";

    /// <summary>Starts the program again in another network namespace, to run a tool there.</summary>
    /// <param name="option">Which of the two options says where.</param>
    /// <param name="where">A name or a number.</param>
    /// <param name="tool">The tool.</param>
    /// <param name="command">Its name and its arguments.</param>
    /// <returns>What to exit with, if there is no way there.</returns>
    public static int RunIn(string option, string where, ITool tool, IReadOnlyList<string> command)
    {
        if (option is ByProcess)
        {
            if (!int.TryParse(where, NumberStyles.None, CultureInfo.InvariantCulture, out int pid) || pid == 0)
                return ErrorReport.Write(ExitCode.WrongUsage, $"--pid: '{Printable.Of(where, isUtf8: false)}' is no number of a process", tool.Name);
            where = NetworkNamespace.PathOf(pid);
        }

        try
        {
            NetworkNamespace.RestartIn(where, command);
            return ExitCode.CouldNotWork;
        }
        catch (LinuxException refusal)
        {
            return ErrorReport.Write(ExitCode.CouldNotWork, NetworkNamespace.InWords(where, refusal), tool.Name);
        }
    }

    /// <summary>Runs a tool on the calling thread.</summary>
    /// <param name="tool">The tool.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>What to exit with.</returns>
    public static int Run(ITool tool, IReadOnlyList<string> arguments)
    {
        if (arguments is ["-h", ..] || arguments.TakeWhile(word => word is not "--").Contains("--help"))
        {
            Terminal.WriteOutput(HelpText.Of(tool));
            return ExitCode.Healthy;
        }

        if (arguments.TakeWhile(word => word is not "--").Contains("--json"))
            ErrorReport.WantObject();
        if (tool.EndsByInterrupt)
            InheritedSignals.HearInterrupt();
        using var interruption = new Interruption();
        if (tool.EndsByInterrupt)
            interruption.Grace = Timeout.InfiniteTimeSpan; // what it has taken is to be written, however long that takes
        else if (tool.ReportsWhenInterrupted)
            interruption.Grace = ReportGrace;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(interruption.Token);
        var host = new ToolHost(tool.Name, end);
        try
        {
            int exitCode = tool.Run(arguments, host);
            return tool.EndsByInterrupt ? exitCode : Interruption.ExitCode ?? exitCode;
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            return Interruption.ExitCode ?? ExitCode.Healthy; // who read the output has seen enough
        }
        catch (ToolException refusal)
        {
            return ErrorReport.Write(refusal.ExitCode, refusal.Message, tool.Name);
        }
        catch (Exception refusal) when (refusal is LinuxException or InterfaceException)
        {
            return ErrorReport.Write(ExitCode.CouldNotWork, refusal.Message, tool.Name);
        }
        catch (Exception defect)
        {
            CommandLine.ReportDefect(defect);
            return ExitCode.CouldNotWork;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<Statement> Judge(IReadOnlyList<Observation> observations) => ToolVerdict.Of(observations);

    /// <inheritdoc/>
    public Statement? Investigate(IPAddress address, int port, bool isDatagram)
    {
        string text = $"{(isDatagram ? "udp" : "tcp")}://{new IPEndPoint(address, port)}";
        if (!TargetParser.TryParse(text, out Target? target, out string? error))
            throw new ToolException(ToolException.WrongUsage, error);
        CollectedEvidence collected = EvidenceCollection.RunAsync(
            target, new InvestigationOptions(), save: null, showsProgress: true, Cancellation).GetAwaiter().GetResult();
        return collected.WasInterrupted ? null : ToolVerdict.Worst(collected.Evidence);
    }

    /// <inheritdoc/>
    public IReadOnlyList<Statement>? Investigate(UrlInquiry inquiry, IReadOnlyList<Observation> observations)
    {
        if (!TargetParser.TryParse(inquiry.Url.AbsoluteUri, out Target? target, out string? error))
        {
            Warn($"the cause is not looked for as netwhy does: {error}");
            return null;
        }

        var options = new InvestigationOptions
        {
            Method = inquiry.Method,
            Fields = inquiry.Fields,
            GivesFieldsToAnyone = inquiry.IsInsecure,
            Resolved = inquiry.Addresses,
            CertificateAuthorityFile = inquiry.AuthorityFile,
            Environment = name => name.EndsWith("_proxy", StringComparison.OrdinalIgnoreCase) ? null : Environment.GetEnvironmentVariable(name), // tools ask the target itself
        };
        CollectedEvidence collected = EvidenceCollection.RunAsync(target, options, save: null, showsProgress: true, Cancellation).GetAwaiter().GetResult();
        return collected.WasInterrupted ? null
            : ToolVerdict.OfBoth(observations, collected.Evidence.Observations.Where(seen => IsMeant(inquiry, seen)), inquiry.Share);
    }

    // What is no answer to the request as the tool made it is no cause.
    private static bool IsMeant(UrlInquiry inquiry, Observation seen) => seen switch
    {
        CertificateChain => !inquiry.IsInsecure,
        TlsHandshake { AlertCode: NoApplicationProtocol, AlertIsOurs: false } => !inquiry.SpeaksHttp2, // it was asked for HTTP/1.1
        HttpExchange { RedirectDepth: > 0 } => inquiry.FollowsRedirects,
        _ => true,
    };

    /// <inheritdoc/>
    public void Warn(string message) => Terminal.WriteError(message, _tool);

    /// <inheritdoc/>
    public void Note(string line) => Terminal.WriteNote(line);

    /// <inheritdoc/>
    public void Progress(string text) => Terminal.WriteProgress(text);

    /// <inheritdoc/>
    public void ShowHelp(ITool tool) => Terminal.WriteOutput(HelpText.Of(tool));

    /// <inheritdoc/>
    public bool? Confirm(string question)
    {
        if (Console.IsInputRedirected)
            return null;
        Terminal.Ask($"netwhy {_tool}: {question} [y/N] ");
        using Stream input = Console.OpenStandardInput(); // Console.In would change the terminal's modes
        using var reader = new StreamReader(input);
        return reader.ReadLine()?.Trim() is "y" or "Y" or "yes";
    }

    // Ends the tool when nobody reads what it writes.
    private sealed class ReadOutput(CancellationTokenSource end) : WriteOnlyStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            try
            {
                Terminal.WriteOutput(buffer);
            }
            catch (CommandException refusal)
            {
                throw new ToolException(refusal.ExitCode, refusal.Message);
            }

            if (StandardStream.Output.IsClosed)
                end.Cancel();
        }
    }
}
