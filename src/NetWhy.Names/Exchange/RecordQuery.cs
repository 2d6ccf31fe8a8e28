using System.Buffers;
using System.Globalization;
using NetWhy.Evidence;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>A query for records, by UDP, and by TCP if the answer is cut.</summary>
internal static class RecordQuery
{
    private const int LongestQuery = 512; // octets
    private const ushort PayloadSize = 1232; // fits the smallest MTU of IPv6; DNS flag day 2020

    /// <summary>Asks a server.</summary>
    /// <param name="network">What carries the query.</param>
    /// <param name="server">The server.</param>
    /// <param name="name">The name.</param>
    /// <param name="type">The type.</param>
    /// <param name="flags">The one-bit fields of the header.</param>
    /// <param name="form">What EDNS says.</param>
    /// <param name="patience">How long to wait, for each transport.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What came; its time is that of both transports if both were needed.</returns>
    internal static async Task<DnsArrival> AskAsync(
        IDnsNetwork network,
        DnsServer server,
        DomainName name,
        DnsRecordType type,
        DnsFlags flags,
        QueryForm form,
        TimeSpan patience,
        CancellationToken cancellationToken)
    {
        byte[] query = Write(name, type, flags, form);
        DnsArrival arrival = await network.AskAsync(server, query, patience, cancellationToken);
        if (!IsTruncated(arrival) || server.Transport is not DnsTransport.Udp)
            return arrival;

        DnsArrival whole = await network.AskAsync(server.Over(DnsTransport.Tcp), query, patience, cancellationToken);
        return whole with { Elapsed = arrival.Elapsed + whole.Elapsed, WasTruncated = true };
    }

    /// <summary>Asks for DNSSEC records.</summary>
    /// <param name="network">What carries the query.</param>
    /// <param name="server">The server.</param>
    /// <param name="name">The name.</param>
    /// <param name="type">The type.</param>
    /// <param name="flags">The one-bit fields of the header.</param>
    /// <param name="patience">How long to wait, for each transport.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal static async Task<FetchedMessage> FetchSecureAsync(
        IDnsNetwork network, DnsServer server, DomainName name, DnsRecordType type, DnsFlags flags, TimeSpan patience, CancellationToken cancellationToken)
    {
        DnsArrival arrival = await AskAsync(network, server, name, type, flags, QueryForm.Secure, patience, cancellationToken);
        return new FetchedMessage(arrival.Message, string.Create(CultureInfo.InvariantCulture, $"{server.Address}#{server.Port}"))
        {
            Elapsed = arrival.Elapsed,
            Failure = arrival.Outcome is DnsOutcome.Answered ? null : Describe(arrival),
        };
    }

    /// <summary>Why there is no answer, in words.</summary>
    /// <param name="arrival">What came instead.</param>
    internal static string Describe(DnsArrival arrival) =>
        arrival.Outcome is DnsOutcome.TimedOut ? "no answer came in time"
        : arrival.Reason ?? ErrnoWords.Of($"{arrival.Errno}");

    private static byte[] Write(DomainName name, DnsRecordType type, DnsFlags flags, QueryForm form)
    {
        byte[] buffer = new byte[LongestQuery];
        _ = DnsMessageWriter.Create(buffer, Unforeseeable.Id(), flags, DnsResponseCode.NoError, out DnsMessageWriter writer);
        _ = writer.WriteQuestion(name.Octets, type);
        if (form is not QueryForm.Plain)
            _ = writer.WriteEdns(PayloadSize, dnssecOk: form is QueryForm.Secure);
        return writer.Written.ToArray();
    }

    private static bool IsTruncated(DnsArrival arrival) =>
        arrival.Outcome is DnsOutcome.Answered && DnsMessage.Read(arrival.Message.Span, out DnsMessage message) is OperationStatus.Done
        && (message.Header.Flags & DnsFlags.Truncated) != 0;
}

/// <summary>What a query says by EDNS.</summary>
internal enum QueryForm
{
    /// <summary>Nothing: it has no OPT record, as before RFC 2671.</summary>
    Plain,

    /// <summary>That long answers can be taken.</summary>
    Edns,

    /// <summary>That DNSSEC records are wanted, too.</summary>
    Secure,
}
