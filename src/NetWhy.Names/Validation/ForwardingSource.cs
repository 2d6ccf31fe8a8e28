using System.Buffers;
using System.Globalization;
using NetWhy.Evidence;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>Fetches from resolvers, the first that answers, by UDP and by TCP where an answer is cut.</summary>
/// <param name="network">What carries the queries.</param>
/// <param name="servers">The resolvers, in the order in which they are asked.</param>
/// <param name="patience">How long to wait for each.</param>
public sealed class ForwardingSource(IDnsNetwork network, IReadOnlyList<DnsServer> servers, TimeSpan patience) : IRecordSource
{
    private const int Tries = 2; // of each resolver, as a datagram may be lost

    /// <inheritdoc/>
    public async Task<FetchedMessage> FetchAsync(DomainName name, DnsRecordType type, CancellationToken cancellationToken)
    {
        FetchedMessage? last = null;
        for (int i = 0; i < Tries; i++)
        {
            foreach (DnsServer server in servers)
            {
                FetchedMessage fetched = await SecureQuery.AskAsync(
                    network, server, name, type, DnsFlags.RecursionDesired | DnsFlags.CheckingDisabled, patience, cancellationToken);
                if (fetched.Failure is null || cancellationToken.IsCancellationRequested)
                    return fetched;

                last = fetched;
            }
        }

        return last ?? new FetchedMessage(default, "") { Failure = "there is no resolver to ask" };
    }
}

/// <summary>A query that wants DNSSEC records.</summary>
internal static class SecureQuery
{
    private const int LongestQuery = 512; // octets
    private const ushort PayloadSize = 1232; // fits the smallest MTU of IPv6; DNS flag day 2020

    /// <summary>Asks a server by UDP, and by TCP if the answer is cut.</summary>
    internal static async Task<FetchedMessage> AskAsync(
        IDnsNetwork network, DnsServer server, DomainName name, DnsRecordType type, DnsFlags flags, TimeSpan patience, CancellationToken cancellationToken)
    {
        byte[] query = Write(name, type, flags);
        DnsArrival arrival = await network.AskAsync(server, query, patience, cancellationToken);
        TimeSpan elapsed = arrival.Elapsed;
        if (IsTruncated(arrival) && server.Transport is DnsTransport.Udp)
        {
            arrival = await network.AskAsync(server.Over(DnsTransport.Tcp), query, patience, cancellationToken);
            elapsed += arrival.Elapsed;
        }

        return new FetchedMessage(arrival.Message, string.Create(CultureInfo.InvariantCulture, $"{server.Address}#{server.Port}"))
        {
            Elapsed = elapsed,
            Failure = arrival.Outcome is DnsOutcome.Answered ? null : Describe(arrival),
        };
    }

    private static byte[] Write(DomainName name, DnsRecordType type, DnsFlags flags)
    {
        byte[] buffer = new byte[LongestQuery];
        _ = DnsMessageWriter.Create(buffer, Unforeseeable.Id(), flags, DnsResponseCode.NoError, out DnsMessageWriter writer);
        _ = writer.WriteQuestion(name.Octets, type);
        _ = writer.WriteEdns(PayloadSize, dnssecOk: true);
        return writer.Written.ToArray();
    }

    private static bool IsTruncated(DnsArrival arrival) =>
        arrival.Outcome is DnsOutcome.Answered && DnsMessage.Read(arrival.Message.Span, out DnsMessage message) is OperationStatus.Done
        && (message.Header.Flags & DnsFlags.Truncated) != 0;

    private static string Describe(DnsArrival arrival) =>
        arrival.Outcome is DnsOutcome.TimedOut ? "no answer came in time"
        : arrival.Reason ?? $"{arrival.FailedStep}: {arrival.Errno}";
}
