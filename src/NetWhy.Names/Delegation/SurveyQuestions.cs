using System.Collections.Concurrent;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>Asks servers for a survey: each question once, a bounded number at the same time, again where nothing comes, and without EDNS where that fails.</summary>
internal sealed class SurveyQuestions : IDisposable
{
    private readonly IDnsNetwork _network;
    private readonly DelegationSurveyOptions _options;
    private readonly CancellationToken _cancellationToken;
    private readonly SemaphoreSlim _room;
    private readonly ConcurrentDictionary<(IPAddress, DomainName, DnsRecordType, DnsTransport), Lazy<Task<SurveyReply>>> _replies = new();
    private int _sent;

    /// <summary>Begins.</summary>
    /// <param name="network">What carries queries.</param>
    /// <param name="options">How to ask.</param>
    /// <param name="cancellationToken">Ends all waits.</param>
    internal SurveyQuestions(IDnsNetwork network, DelegationSurveyOptions options, CancellationToken cancellationToken)
    {
        _network = network;
        _options = options;
        _cancellationToken = cancellationToken;
        _room = new SemaphoreSlim(options.MostAtOnce);
    }

    /// <summary>How many queries were sent.</summary>
    internal int Sent => _sent;

    private static SurveyReply TimeOver =>
        new(new DnsArrival(DnsOutcome.Failed, default, TimeSpan.Zero) { FailedStep = "send", Reason = DelegationFlaw.TimeOver });

    /// <inheritdoc/>
    public void Dispose() => _room.Dispose();

    /// <summary>Asks, or waits for the answer to the same question.</summary>
    /// <param name="address">The server.</param>
    /// <param name="name">The name.</param>
    /// <param name="type">The type.</param>
    /// <param name="transport">UDP, with TCP for what is cut; or TCP.</param>
    internal Task<SurveyReply> AskAsync(IPAddress address, DomainName name, DnsRecordType type, DnsTransport transport = DnsTransport.Udp) =>
        _replies.GetOrAdd((address, name, type, transport), _ => new(() => AskFirstAsync(new DnsServer(address, _options.Port, transport), name, type))).Value;

    private async Task<SurveyReply> AskFirstAsync(DnsServer server, DomainName name, DnsRecordType type)
    {
        SurveyReply first = await AskOnceAsync(server, name, type, QueryForm.Edns);
        switch (first)
        {
            case { Sets.ResponseCode: DnsResponseCode.FormatError or DnsResponseCode.NotImplemented or DnsResponseCode.BadVersion or DnsResponseCode.ServerFailure }:
                // The failure may have passed meanwhile: it is EDNS's only if it comes again with it, and not without.
                SurveyReply again = first.Sets.ResponseCode is DnsResponseCode.ServerFailure ? await AskOnceAsync(server, name, type, QueryForm.Edns) : first;
                if (again.Sets is not { } repeated || repeated.ResponseCode != first.Sets.ResponseCode)
                    return again.Sets is null ? first : again;
                SurveyReply plain = await AskOnceAsync(server, name, type, QueryForm.Plain);
                return plain.Sets is { } sets && sets.ResponseCode != first.Sets.ResponseCode ? plain with { Edns = EdnsSupport.Refused } : first;
            case { Arrival.Outcome: DnsOutcome.TimedOut or DnsOutcome.Malformed }:
                // One may have been lost; or what has EDNS is dropped each time.
                SurveyReply[] second = await Task.WhenAll(AskOnceAsync(server, name, type, QueryForm.Edns), AskOnceAsync(server, name, type, QueryForm.Plain));
                return second[0].Arrival.Outcome is DnsOutcome.Answered ? second[0]
                    : second[1].Arrival.Outcome is DnsOutcome.Answered ? second[0].IsUnsent ? second[1] : second[1] with { Edns = EdnsSupport.Dropped }
                    : first.Arrival.Outcome is DnsOutcome.TimedOut && Array.Find(second, reply => reply.IsUnsent) is { } unsent ? unsent
                    : first;
            default:
                return first;
        }
    }

    private async Task<SurveyReply> AskOnceAsync(DnsServer server, DomainName name, DnsRecordType type, QueryForm form)
    {
        if (Interlocked.Increment(ref _sent) > _options.MostQueries)
        {
            Interlocked.Decrement(ref _sent);
            return new SurveyReply(new DnsArrival(DnsOutcome.Failed, default, TimeSpan.Zero)
            {
                FailedStep = "send",
                Reason = $"more than {_options.MostQueries} queries were needed",
            });
        }

        try
        {
            await _room.WaitAsync(_cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Interlocked.Decrement(ref _sent);
            return TimeOver;
        }

        try
        {
            DnsArrival arrival = await RecordQuery.AskAsync(_network, server, name, type, DnsFlags.None, form, _options.Patience, _cancellationToken);
            if (arrival.Outcome is DnsOutcome.TimedOut && _cancellationToken.IsCancellationRequested)
                return TimeOver; // which says nothing of the server
            ResponseSets? sets = arrival.Outcome is DnsOutcome.Answered ? ResponseSets.Read(arrival.Message.Span) : null;
            return new SurveyReply(sets is { IsComplete: false } ? arrival with { Outcome = DnsOutcome.Malformed } : arrival)
            {
                Sets = sets,
                Edns = form is QueryForm.Plain || sets is null ? EdnsSupport.Unknown : sets.HasEdns ? EdnsSupport.Works : EdnsSupport.Ignored,
            };
        }
        finally
        {
            _room.Release();
        }
    }
}

/// <summary>What came of a question of a survey.</summary>
/// <param name="Arrival">What came.</param>
internal sealed record SurveyReply(DnsArrival Arrival)
{
    /// <summary>The records of the answer; null if there is none that has a header.</summary>
    internal ResponseSets? Sets { get; init; }

    /// <summary>What the server makes of EDNS.</summary>
    internal EdnsSupport Edns { get; init; }

    /// <summary>Whether it comes with authority.</summary>
    internal bool IsAuthoritative => Arrival.Outcome is DnsOutcome.Answered && Sets is { } sets && (sets.Flags & DnsFlags.AuthoritativeAnswer) != 0;

    /// <summary>Whether it says with authority that there are such records, or that there are none.</summary>
    internal bool IsConclusive => IsAuthoritative && Sets!.ResponseCode is DnsResponseCode.NoError or DnsResponseCode.NameNotFound;

    /// <summary>Whether the query was never sent, or not waited for, so that nothing is known.</summary>
    internal bool IsUnsent => Arrival is { Outcome: DnsOutcome.Failed, Icmp: null, FailedStep: "socket" or "bind" or "send" };
}
