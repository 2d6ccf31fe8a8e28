using System.Net.Sockets;
using NetWhy.Evidence;

namespace NetWhy.Collect.Probes;

/// <summary>Works out what clients lose at a name's dead addresses, from the attempts that were made at each by itself.</summary>
public sealed class ClientOrderProbe : IProbe
{
    /// <summary>Id of this probe.</summary>
    public const string Id = "client.order";

    // Connection Attempt Delay. Source: RFC 8305, section 8.
    private static readonly TimeSpan Stagger = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc/>
    public ProbeInfo Info { get; } = new(
        Id,
        Question: "Which of the addresses would clients end up with, and how long would that take?",
        Source: "RFC 8305, section 5; RFC 6724, section 2",
        Question.Connection)
    {
        After = [ExchangeProbe.Id],
    };

    /// <inheritdoc/>
    public bool Applies(Target target) => target is { Port: not null, IsTcp: true, Literal: null, Host: not null };

    /// <inheritdoc/>
    public Task RunAsync(ProbeContext context, CancellationToken cancellationToken)
    {
        NameResolution? resolution = context.Evidence.All<NameResolution>() is [.., var last] ? last : null;
        ConnectAttempt[] attempts =
        [
            .. context.Evidence.All<ConnectAttempt>()
                .Where(attempt => attempt.Purpose is "target")
                .DistinctBy(attempt => attempt.Address),
        ];
        ConnectAttempt[] ordered =
        [
            .. (resolution?.Addresses ?? []).Distinct()
                .Select(address => attempts.FirstOrDefault(attempt => attempt.Address.Equals(address)))
                .OfType<ConnectAttempt>(),
        ];
        if (ordered.Length > 1)
            context.Report(Work(ordered));
        return Task.CompletedTask;
    }

    /// <summary>Works out what clients lose.</summary>
    /// <param name="attempts">One attempt for each address, in the order of getaddrinfo(3); at least one.</param>
    internal static ClientOrder Work(IReadOnlyList<ConnectAttempt> attempts)
    {
        (ConnectAttempt? raced, TimeSpan racingLoss) = Race(Interleaved(attempts));
        ConnectAttempt? first = attempts.FirstOrDefault(IsConnected);
        ConnectAttempt[] before = [.. attempts.TakeWhile(attempt => !IsConnected(attempt))];
        return new ClientOrder(attempts[0].Port, [.. attempts.Select(attempt => attempt.Address)])
        {
            RacingAddress = raced?.Address,
            RacingLoss = raced is null ? null : racingLoss,
            SequentialAddress = first?.Address,
            SequentialLoss = first is null ? null : before.Aggregate(TimeSpan.Zero, (sum, attempt) => sum + attempt.Elapsed),
            SequentialLosesMore = before.Any(attempt => attempt.Outcome is ConnectOutcome.TimedOut && attempt.Errno is null),
        };
    }

    private static (ConnectAttempt? Winner, TimeSpan Start) Race(IEnumerable<ConnectAttempt> attempts)
    {
        ConnectAttempt? winner = null;
        TimeSpan start = TimeSpan.Zero;
        TimeSpan winnersStart = TimeSpan.Zero;
        foreach (ConnectAttempt attempt in attempts)
        {
            if (winner is not null && start >= winnersStart + winner.Elapsed)
                break; // another one has connected before this one would be tried
            if (IsConnected(attempt) && (winner is null || start + attempt.Elapsed < winnersStart + winner.Elapsed))
                (winner, winnersStart) = (attempt, start);
            start += attempt.Outcome is ConnectOutcome.Failed && attempt.Elapsed < Stagger ? attempt.Elapsed : Stagger;
        }

        return (winner, winnersStart);
    }

    private static IEnumerable<ConnectAttempt> Interleaved(IReadOnlyList<ConnectAttempt> attempts)
    {
        AddressFamily family = attempts[0].Address.AddressFamily;
        ConnectAttempt[] same = [.. attempts.Where(attempt => attempt.Address.AddressFamily == family)];
        ConnectAttempt[] other = [.. attempts.Where(attempt => attempt.Address.AddressFamily != family)];
        for (int i = 0; i < Math.Max(same.Length, other.Length); i++)
        {
            if (i < same.Length)
                yield return same[i];
            if (i < other.Length)
                yield return other[i];
        }
    }

    private static bool IsConnected(ConnectAttempt attempt) => attempt.Outcome is ConnectOutcome.Connected;
}
