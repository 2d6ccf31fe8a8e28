using System.Diagnostics;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Exchanges.Requests;

/// <summary>Keeps how each request went, with its time, its connection and what the answer says of its maker: as evidence.</summary>
/// <param name="plan">The request.</param>
/// <param name="addresses">The addresses asked.</param>
/// <param name="begin">When all began, by the monotonic clock.</param>
public sealed class RequestHistory(RequestPlan plan, IReadOnlyList<IPAddress> addresses, long begin)
{
    /// <summary>Requests that the evidence holds at most.</summary>
    public const int MostRequests = 2000;

    private const int MostMarks = 64;
    private const int LongestUrl = 2000; // characters
    private const int LongestMark = 80; // characters of each field

    private readonly List<RequestSample> _samples = [];
    private readonly List<(int? Mark, int? Connection)> _besides = [];
    private readonly List<string> _marks = [];
    private readonly Dictionary<(RequestChannel Channel, int Number), int> _connections = [];

    /// <summary>The requests, in the order in which they ended.</summary>
    public IReadOnlyList<RequestSample> Samples => _samples;

    /// <summary>Takes a request that ended.</summary>
    /// <param name="channel">The channel, while it still has the answer.</param>
    public void Take(RequestChannel channel)
    {
        RequestSample sample = channel.Sample;
        _samples.Add(sample);
        _besides.Add((sample.Status == 0 ? null : PlaceOf(channel.Head), sample.Stage is ExchangeStage.NotConnected ? null : NumberOf(channel)));
    }

    /// <summary>The evidence.</summary>
    /// <param name="symptom">What was looked for; null for nothing.</param>
    /// <param name="at">The time of day when all began.</param>
    /// <param name="elapsed">Until the last request ended.</param>
    public RequestTimeline Of(string? symptom, DateTimeOffset at, TimeSpan elapsed) =>
        new(symptom, PrintableText.Of(plan.Url.AbsoluteUri, LongestUrl), plan.Url.Port, at, elapsed, plan.Timeout)
        {
            IsHttp = !plan.OnlyConnects,
            Asked = elapsed,
            Requests = [.. _samples.Select((sample, i) => Tried(sample) with { Mark = _besides[i].Mark, Connection = _besides[i].Connection }).OrderBy(request => request.At)],
            Marks = _marks,
        };

    /// <summary>One request as evidence, without its connection and its maker.</summary>
    /// <param name="sample">How it went.</param>
    public TriedRequest Tried(RequestSample sample) => new(
        Stopwatch.GetElapsedTime(begin, sample.Began), addresses[sample.Address], sample.Outcome, sample.Stage, sample.Total)
    {
        Status = sample.Status == 0 ? null : sample.Status,
        Idle = sample.IsKept ? sample.Idle : null,
        Errno = sample.Errno is Errno.OK ? null : sample.Errno.ToString(),
        Connect = sample.Connect,
        Tls = sample.Tls,
        Wait = sample.Wait,
        Receive = sample.Receive,
        RoundTrip = sample.RoundTrip,
        OutOfOrder = sample.OutOfOrder,
        LongestGap = sample.LongestGap > TimeSpan.Zero ? sample.LongestGap : null,
        Retransmits = sample.Retransmits,
        NeedlessRetransmits = sample.NeedlessRetransmits,
        IsUnacknowledged = sample is { Outcome: HttpOutcome.NoAnswer, IsAcknowledged: false },
    };

    private static string? MarkOf(AnswerHead head)
    {
        string[] said = [.. head.Fields.Where(field => field.Name is "server" or "x-powered-by" or "etag" or "last-modified" or "x-version" or "x-app-version" or "x-build" or "x-release" or "x-commit" or "x-git-sha" or "x-revision")
            .Select(field => $"{field.Name}: {PrintableText.Of(field.Value, LongestMark)}").Take(8)];
        return said.Length == 0 ? null : string.Join("; ", said);
    }

    private int NumberOf(RequestChannel channel)
    {
        int number = _connections.GetValueOrDefault((channel, channel.Connections), _connections.Count);
        _connections[(channel, channel.Connections)] = number;
        return number;
    }

    private int? PlaceOf(AnswerHead head)
    {
        if (MarkOf(head) is not { } said)
            return null;
        int place = _marks.IndexOf(said);
        if (place >= 0)
            return place;
        if (_marks.Count == MostMarks)
            return null;
        _marks.Add(said);
        return _marks.Count - 1;
    }
}
