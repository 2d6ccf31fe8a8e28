using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Tools;

/// <summary>A tool of the trade that netwhy is as well: <c>netwhy NAME …</c> takes the command lines of <c>NAME</c>.</summary>
public interface ITool
{
    /// <summary>Its name.</summary>
    string Name { get; }

    /// <summary>What it does, in one line.</summary>
    string Summary { get; }

    /// <summary>What it takes, a row each.</summary>
    IReadOnlyList<(string Left, string Right)> Usage { get; }

    /// <summary>Command lines to copy, each with what it does.</summary>
    IReadOnlyList<(string Left, string Right)> Examples { get; }

    /// <summary>Whether an interrupt is how it is meant to end, so that it says itself how that went.</summary>
    bool EndsByInterrupt => false;

    /// <summary>Whether, when it is interrupted, it still writes what it saw by then.</summary>
    bool ReportsWhenInterrupted => false;

    /// <summary>Runs it on the calling thread, which must be the first one of the process.</summary>
    /// <param name="arguments">The arguments after its name, as typed.</param>
    /// <param name="host">What it may touch.</param>
    /// <returns>What to exit with.</returns>
    /// <exception cref="ToolException">The command line makes no sense, or the work cannot be done.</exception>
    int Run(IReadOnlyList<string> arguments, IToolHost host);
}

/// <summary>What surrounds a tool.</summary>
public interface IToolHost
{
    /// <summary>Standard output. Writing fails with <see cref="ToolException"/>.</summary>
    Stream Output { get; }

    /// <summary>Columns of the terminal on standard output; null if it is none.</summary>
    int? Columns { get; }

    /// <summary>Rows of that terminal; null if it is none.</summary>
    int? Rows { get; }

    /// <summary>Columns of the terminal on standard error; null if it is none.</summary>
    int? ErrorColumns { get; }

    /// <summary>Whether standard output may have colour.</summary>
    bool HasColour { get; }

    /// <summary>Whether the terminal can show more than ASCII.</summary>
    bool HasUtf8 { get; }

    /// <summary>Cancelled when the user interrupts.</summary>
    CancellationToken Cancellation { get; }

    /// <summary>Has what the tool observed judged, by the rules that judge all evidence: a tool does not judge itself.</summary>
    /// <param name="observations">What was observed; those without an <see cref="Observation.Id"/> are numbered.</param>
    /// <returns>What is to be said of it, the most serious first; empty if there is nothing.</returns>
    IReadOnlyList<Statement> Judge(IReadOnlyList<Observation> observations);

    /// <summary>Finds out why a port does not take what is sent to it, as <c>netwhy HOST:PORT</c> does; takes seconds.</summary>
    /// <param name="address">Address of the host.</param>
    /// <param name="port">The port.</param>
    /// <param name="isDatagram">Whether it is UDP's.</param>
    /// <returns>The most serious cause; null if none was found, and what works works now.</returns>
    Statement? Investigate(IPAddress address, int port, bool isDatagram);

    /// <summary>Finds out why a URL fails, as <c>netwhy URL</c> does, and judges what that shows together with what the tool saw; takes seconds.</summary>
    /// <param name="inquiry">What is asked, and how.</param>
    /// <param name="observations">What the tool saw.</param>
    /// <returns>The causes, the verdict first; empty if none was found, null if the user ended it.</returns>
    IReadOnlyList<Statement>? Investigate(UrlInquiry inquiry, IReadOnlyList<Observation> observations);

    /// <summary>Writes one line to standard error, after the names of program and tool.</summary>
    /// <param name="message">The line, with strings from outside as they came.</param>
    void Warn(string message);

    /// <summary>Writes one line to standard error, as the original tool writes it.</summary>
    /// <param name="line">The line, with strings from outside as they came.</param>
    void Note(string line);

    /// <summary>Writes text to standard error over the line that is there, without ending it.</summary>
    /// <param name="text">The text.</param>
    void Progress(string text);

    /// <summary>Writes the help of a tool to standard output.</summary>
    /// <param name="tool">The tool.</param>
    void ShowHelp(ITool tool);

    /// <summary>Asks the user to agree; null where nobody can be asked.</summary>
    /// <param name="question">The question.</param>
    bool? Confirm(string question);
}

/// <summary>A URL that is asked about, and how the tool asks for it.</summary>
/// <param name="Url">The URL.</param>
public sealed record UrlInquiry(Uri Url)
{
    /// <summary><c>GET</c> or <c>HEAD</c>.</summary>
    public string Method { get; init; } = "GET";

    /// <summary>Fields of its request, in place of the usual ones of their names; one without a value takes that away.</summary>
    public IReadOnlyList<(string Name, string Value)> Fields { get; init; } = [];

    /// <summary>The addresses to ask; empty for all of the name.</summary>
    public IReadOnlyList<IPAddress> Addresses { get; init; } = [];

    /// <summary>Further authorities that certificates may come from; null for none.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>Whether certificates count for nothing, so that they are no cause.</summary>
    public bool IsInsecure { get; init; }

    /// <summary>Whether HTTP/2 was agreed on, so that it is no fault if HTTP/1.1 cannot be.</summary>
    public bool SpeaksHttp2 { get; init; }

    /// <summary>How often it failed, in words that stand beside the first cause unless that says it; null for nothing.</summary>
    public string? Share { get; init; }

    /// <summary>Whether redirects are followed, so that what is behind them may be a cause.</summary>
    public bool FollowsRedirects { get; init; }
}

/// <summary>Ends a tool with one line on standard error.</summary>
/// <param name="exitCode">What to exit with.</param>
/// <param name="message">What is wrong, where, and what to do.</param>
public sealed class ToolException(int exitCode, string message) : Exception(message)
{
    /// <summary>The command line makes no sense.</summary>
    public const int WrongUsage = 2;

    /// <summary>The work cannot be done.</summary>
    public const int CouldNotWork = 3;

    /// <summary>What to exit with.</summary>
    public int ExitCode { get; } = exitCode;
}
