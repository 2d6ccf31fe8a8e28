using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>What a validator gets its messages from: a resolver, the authorities themselves, or a recording.</summary>
public interface IRecordSource
{
    /// <summary>Fetches the answer to a question, with signatures and without anybody's judgement of them (DO and CD).</summary>
    /// <param name="name">The name.</param>
    /// <param name="type">The type; DS is asked of the zone above.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What came; a failure is a value too.</returns>
    Task<FetchedMessage> FetchAsync(DomainName name, DnsRecordType type, CancellationToken cancellationToken);
}

/// <summary>A message that was fetched, or why there is none.</summary>
/// <param name="Octets">The message; empty if none came.</param>
/// <param name="Server">Who answered, or who was asked, such as <c>192.0.2.1#53</c>.</param>
public sealed record FetchedMessage(ReadOnlyMemory<byte> Octets, string Server)
{
    /// <summary>Why there is no message, in words; null if there is one.</summary>
    public string? Failure { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Elapsed { get; init; }
}
