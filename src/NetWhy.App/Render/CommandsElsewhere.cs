using NetWhy.Diagnose;

namespace NetWhy.App.Render;

/// <summary>Makes the commands of a diagnosis ones for another network namespace, so that they act where it looked.</summary>
internal static class CommandsElsewhere
{
    /// <summary>The diagnosis with other commands.</summary>
    /// <param name="diagnosis">The diagnosis.</param>
    /// <param name="way">What runs a command there, such as <c>ip netns exec blue</c>.</param>
    public static Diagnosis In(Diagnosis diagnosis, string way)
    {
        return diagnosis with
        {
            Causes = [.. diagnosis.Causes.Select(cause => cause with { Finding = InFinding(cause.Finding) })],
            Notes = [.. diagnosis.Notes.Select(InFinding)],
            Doubtful = [.. diagnosis.Doubtful.Select(InFinding)],
            Signals = [.. diagnosis.Signals.Select(signal => signal with { Remedies = [.. signal.Remedies.Select(InRemedy)] })],
        };

        Finding InFinding(Finding finding) => finding with { Remedies = [.. finding.Remedies.Select(InRemedy)] };

        Remedy InRemedy(Remedy remedy) => remedy is { Command: { } command, On: null }
            ? remedy with { Command = string.Join('\n', command.Split('\n').Select(line => $"{way} {(IsPlain(line) ? line : $"sh -c {ShellCommand.Word(line)}")}")) }
            : remedy;
    }

    // One command, with nothing that only a shell understands.
    private static bool IsPlain(string line) =>
        line.All(letter => char.IsAsciiLetterOrDigit(letter) || " @%+=:,./-_".Contains(letter, StringComparison.Ordinal));
}
