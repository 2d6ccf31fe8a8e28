using System.Globalization;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Paths;

namespace NetWhy.Tools.Nc;

/// <summary>The causes behind ports that fail. Many fail alike: each way to fail is judged once, at its first port.</summary>
/// <param name="options">How.</param>
/// <param name="host">Who judges, and where to say it.</param>
internal sealed class NcWhy(NcOptions options, IToolHost host)
{
    private readonly Dictionary<(IPAddress Address, Errno Errno, int? Type, int? Code, IPAddress? Offender), Statement?> _known = [];

    /// <summary>What was found so far, in order.</summary>
    internal IEnumerable<Statement> Statements => _known.Values.OfType<Statement>();

    /// <summary>The cause of a failure; null if nothing came back, or what came shows none.</summary>
    /// <param name="port">The port.</param>
    /// <param name="trial">What came of it.</param>
    /// <param name="isNew">Whether no port failed like this before.</param>
    internal Statement? Of(int port, PortTrial trial, out bool isNew)
    {
        isNew = false;
        if (trial is { IsTimeout: true } or { IsLocal: true } or { Outcome: Errno.OK or Errno.ETIMEDOUT })
            return null;
        var key = (trial.Address, trial.Outcome, trial.Icmp?.Type, trial.Icmp?.Code, trial.Icmp?.Offender);
        if (!_known.TryGetValue(key, out Statement? statement))
        {
            isNew = true;
            _known[key] = statement = FailedConnection.Judge(Evidence(port, trial), options.Host!, port, host);
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
            host.Note($"  {statement.Text}{(statement.Cause is { } cause ? $" (netwhy explain {cause})" : "")}");
        else if (trial.IsTimeout || trial.Outcome is Errno.ETIMEDOUT)
            host.Note(string.Create(CultureInfo.InvariantCulture, $"  Nothing came back: {NameOf(trial.Address)} is away, or something drops what goes to port {port} or comes from it: netwhy {Endpoint(trial.Address, port)} tells which"));
    }

    private string NameOf(IPAddress address) => options.Host == address.ToString() ? options.Host : $"{options.Host} ({address})";

    private static string Endpoint(IPAddress address, int port) => new IPEndPoint(address, port).ToString();

    private Observation Evidence(int port, PortTrial trial) => options.Has('u')
        ? new DatagramExchange(trial.Address, port, Answered: false, trial.Took) { Errno = trial.Outcome.ToString(), Icmp = trial.Icmp }
        : new ConnectAttempt(trial.Address, port, "target", ConnectOutcome.Failed, trial.Took)
        {
            Errno = trial.Outcome.ToString(),
            FailedCall = "connect",
            Icmp = trial.Icmp,
        };
}
