using System.Diagnostics;
using NetWhy.Evidence;

namespace NetWhy.Names;

/// <summary>Carries queries through the kernel's sockets, each from a socket of its own.</summary>
public sealed class DnsNetwork : IDnsNetwork
{
    /// <summary>The one there is: it remembers nothing.</summary>
    public static DnsNetwork Instance { get; } = new();

    private DnsNetwork()
    {
    }

    /// <inheritdoc/>
    public async Task<DnsArrival> AskAsync(DnsServer server, ReadOnlyMemory<byte> query, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (server.Transport is DnsTransport.Udp)
            return await DatagramExchange.AskAsync(server, query, patience, cancellationToken);

        long begin = Stopwatch.GetTimestamp();
        (DnsConnection? connection, DnsArrival? failure) = await DnsConnection.OpenAsync(server, patience, cancellationToken);
        if (connection is null)
            return failure!;
        using (connection)
        {
            TimeSpan left = patience - Stopwatch.GetElapsedTime(begin);
            DnsArrival arrival = await connection.AskAsync(query, left > TimeSpan.Zero ? left : TimeSpan.Zero, cancellationToken);
            return arrival with { Elapsed = Stopwatch.GetElapsedTime(begin) };
        }
    }
}
