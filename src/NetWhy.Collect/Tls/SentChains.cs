using System.Collections.Immutable;
using NetWhy.Linux;

namespace NetWhy.Collect.Tls;

/// <summary>The chains of certificates that one server sent on many connections, each distinct one kept once.</summary>
/// <param name="mostOctets">How many octets of them are kept: a server may make up another chain for each connection.</param>
internal sealed class SentChains(long mostOctets = SentChains.MostOctets)
{
    private const long MostOctets = 4 * 1024 * 1024; // sixteen as long as the longest answer that is read

    private readonly Lock _gate = new();
    private readonly Dictionary<string, ImmutableArray<byte[]>> _chains = [];
    private long _kept;

    /// <summary>How many were left out, since enough was kept.</summary>
    internal int LeftOut { get; private set; }

    /// <summary>Takes a chain in.</summary>
    /// <param name="sent">The certificates in the order in which they were sent.</param>
    /// <returns>The same chain as it is kept; null if it is left out.</returns>
    internal ImmutableArray<byte[]>? Keep(ImmutableArray<byte[]> sent)
    {
        string key = string.Concat(sent.Select(certificate => TrustStore.Fingerprint(certificate)));
        lock (_gate)
        {
            if (_chains.TryGetValue(key, out ImmutableArray<byte[]> known))
                return known;
            long length = sent.Sum(certificate => (long)certificate.Length);
            if (_kept + length > mostOctets)
            {
                LeftOut++;
                return null;
            }

            _kept += length;
            return _chains[key] = sent;
        }
    }
}
