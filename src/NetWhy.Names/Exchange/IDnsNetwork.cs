using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Names;

/// <summary>What carries a query to a server, once: the kernel's sockets, or a recording.</summary>
public interface IDnsNetwork
{
    /// <summary>Sends a message and waits for what answers it.</summary>
    /// <param name="server">Whom.</param>
    /// <param name="query">The message, with a question; the answer must have its id, its question and its client cookie.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="cancellationToken">Ends the wait; the arrival then is <see cref="DnsOutcome.TimedOut"/>.</param>
    Task<DnsArrival> AskAsync(DnsServer server, ReadOnlyMemory<byte> query, TimeSpan patience, CancellationToken cancellationToken);
}

/// <summary>What came of one message to one server.</summary>
/// <param name="Outcome">What came.</param>
/// <param name="Message">The answer; empty unless <see cref="DnsOutcome.Answered"/>.</param>
/// <param name="Elapsed">From sending to the answer or the end of the wait; connecting and TLS are in it.</param>
public sealed record DnsArrival(DnsOutcome Outcome, ReadOnlyMemory<byte> Message, TimeSpan Elapsed)
{
    /// <summary>The step that failed: <c>socket</c>, <c>bind</c>, <c>send</c>, <c>connect</c>, <c>tls</c>, <c>receive</c>, <c>http</c>; null if none did.</summary>
    public string? FailedStep { get; init; }

    /// <summary>What the kernel said; <see cref="Errno.OK"/> unless it failed.</summary>
    public Errno Errno { get; init; }

    /// <summary>The ICMP error that answered; null if none.</summary>
    public IcmpError? Icmp { get; init; }

    /// <summary>Why TLS or HTTP failed; null if they did not.</summary>
    public string? Reason { get; init; }

    /// <summary>How much of <see cref="Elapsed"/> went by until the connection stood; null without one.</summary>
    public TimeSpan? ConnectTime { get; init; }

    /// <summary>How much of <see cref="Elapsed"/> went by until TLS stood; null without it.</summary>
    public TimeSpan? TlsTime { get; init; }

    /// <summary>Whether a first answer by UDP said that it is cut (TC), so that this is what came of TCP.</summary>
    public bool WasTruncated { get; init; }

    /// <summary>Messages that came and were not used, at most <see cref="MostRejected"/>.</summary>
    public IReadOnlyList<RejectedAnswer> Rejected { get; init; } = [];

    /// <summary>How many messages are kept; a flood of forged answers has as many as its sender likes.</summary>
    public const int MostRejected = 16;
}

/// <summary>A message that came and does not answer the query: late, of a broken server, or forged.</summary>
/// <param name="Fault">What is wrong.</param>
/// <param name="Source">Who sent it, as the packet says.</param>
/// <param name="SourcePort">From which port.</param>
/// <param name="Id">Its id; 0 if it has none.</param>
public sealed record RejectedAnswer(AnswerFault Fault, IPAddress Source, int SourcePort, ushort Id);

/// <summary>Why a message does not answer a query. Source: RFC 5452, section 9.1; RFC 7873, section 5.3.</summary>
public enum AnswerFault
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>It has no header, or is a query itself.</summary>
    NoResponse,

    /// <summary>Another id.</summary>
    WrongId,

    /// <summary>Another question, or another case of its letters where that was random.</summary>
    WrongQuestion,

    /// <summary>From an address or port that was not asked.</summary>
    WrongSource,

    /// <summary>Another client cookie than the query's.</summary>
    WrongCookie,
}
