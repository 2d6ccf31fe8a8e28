using System.Net;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Tools.Nc;

/// <summary>The causes behind ports that fail. Many fail alike: each way to fail is judged once, at its first port.</summary>
/// <param name="options">How.</param>
/// <param name="host">Who judges, and where to say it.</param>
internal sealed class NcWhy(NcOptions options, IToolHost host)
{
    private const int MostInvestigations = 4; // of a range of ports: each takes seconds

    private readonly Dictionary<(IPAddress Address, Errno Errno, int? Type, int? Code, IPAddress? Offender), Statement?> _known = [];

    /// <summary>What was found so far, in order.</summary>
    internal IEnumerable<Statement> Statements => _known.Values.OfType<Statement>();

    /// <summary>The cause of a failure, where it was asked for; null if none was found.</summary>
    /// <param name="port">The port.</param>
    /// <param name="trial">What came of it.</param>
    /// <param name="isNew">Whether no port failed like this before.</param>
    internal Statement? Of(int port, PortTrial trial, out bool isNew)
    {
        isNew = false;
        if (!options.WantsWhy || trial.IsLocal || (trial.Outcome is Errno.OK && !trial.IsTimeout))
            return null;
        var key = (trial.Address, trial.IsTimeout ? Errno.ETIMEDOUT : trial.Outcome, trial.Icmp?.Type, trial.Icmp?.Code, trial.Icmp?.Offender);
        if (!_known.TryGetValue(key, out Statement? statement) && _known.Count < MostInvestigations)
        {
            isNew = true;
            _known[key] = statement = host.Investigate(trial.Address, port, options.Has('u'));
        }

        return statement;
    }

    /// <summary>Says on standard error why a port failed, where that was asked for and is not said yet.</summary>
    /// <param name="port">The port.</param>
    /// <param name="trial">What came of it.</param>
    internal void Say(int port, PortTrial trial)
    {
        if (!options.WantsWhy)
            return;
        Statement? statement = Of(port, trial, out bool isNew);
        if (statement is not null && isNew)
            Note($"{statement.Text}{(statement.Cause is { } cause ? $" (netwhy explain {cause})" : "")}");
        else if (isNew)
            Note($"No cause is found: netwhy {new IPEndPoint(trial.Address, port)} tells what was seen");
    }

    private void Note(string text)
    {
        foreach (string line in WrappedText.Lines("  ", "  ", text, host.ErrorColumns ?? int.MaxValue))
            host.Note(line);
    }
}
