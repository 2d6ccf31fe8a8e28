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
                FetchedMessage fetched = await RecordQuery.FetchSecureAsync(
                    network, server, name, type, DnsFlags.RecursionDesired | DnsFlags.CheckingDisabled, patience, cancellationToken);
                if (fetched.Failure is null || cancellationToken.IsCancellationRequested)
                    return fetched;

                last = fetched;
            }
        }

        return last ?? new FetchedMessage(default, "") { Failure = "there is no resolver to ask" };
    }
}
