using System.Net;
using System.Net.Sockets;

namespace NetWhy.Names;

/// <summary>Puts addresses in the order in which an application tries them, as getaddrinfo does.</summary>
/// <remarks>
/// Source: RFC 6724, section 6, with the tables that glibc uses unless gai.conf(5) changes them (those of RFC 3484 for
/// precedence).
/// </remarks>
public static class AddressOrder
{
    // Prefix, its length in bits, precedence, label. The longest match counts.
    private static readonly (Prefix Prefix, int Precedence)[] Precedences =
    [
        (new("::1", 128), 50),
        (new("2002::", 16), 30),
        (new("::", 96), 20),
        (new("::ffff:0:0", 96), 10),
        (new("::", 0), 40),
    ];

    private static readonly (Prefix Prefix, int Label)[] Labels =
    [
        (new("::1", 128), 0),
        (new("2002::", 16), 2),
        (new("::", 96), 3),
        (new("::ffff:0:0", 96), 4),
        (new("fec0::", 10), 5),
        (new("fc00::", 7), 6),
        (new("2001::", 32), 7),
        (new("::", 0), 1),
    ];

    /// <summary>Sorts addresses; each stands once in the result.</summary>
    /// <param name="addresses">The addresses as they were answered.</param>
    /// <param name="findSource">The address that the kernel would send from; null if it would not send.</param>
    public static IReadOnlyList<IPAddress> Sort(
        IEnumerable<IPAddress> addresses, Func<IPAddress, IPAddress?> findSource)
    {
        Candidate[] candidates =
            [.. addresses.Distinct().Select(address => new Candidate(address, findSource(address)))];
        return [.. candidates.Order(Comparer<Candidate>.Create(Compare)).Select(candidate => candidate.Address)];
    }

    // Enumerable.Order is stable, which is rule 10.
    private static int Compare(Candidate left, Candidate right)
    {
        int usable = (right.Source is not null).CompareTo(left.Source is not null); // rule 1
        if (usable != 0 || left.Source is null || right.Source is null)
            return usable;

        int scope = MatchesScope(right).CompareTo(MatchesScope(left)); // rule 2
        if (scope != 0)
            return scope;

        int label = MatchesLabel(right).CompareTo(MatchesLabel(left)); // rule 5
        if (label != 0)
            return label;

        int precedence = PrecedenceOf(right.Address).CompareTo(PrecedenceOf(left.Address)); // rule 6
        if (precedence != 0)
            return precedence;

        int smallerScope = ScopeOf(left.Address).CompareTo(ScopeOf(right.Address)); // rule 8
        if (smallerScope != 0)
            return smallerScope;

        return left.Address.AddressFamily is AddressFamily.InterNetworkV6
            && right.Address.AddressFamily is AddressFamily.InterNetworkV6
                ? CommonBits(right).CompareTo(CommonBits(left)) // rule 9
                : 0;
    }

    private static bool MatchesScope(Candidate candidate) =>
        ScopeOf(candidate.Address) == ScopeOf(candidate.Source!);

    private static bool MatchesLabel(Candidate candidate) =>
        Find(Labels, candidate.Address) == Find(Labels, candidate.Source!);

    private static int PrecedenceOf(IPAddress address) => Find(Precedences, address);

    private static int Find((Prefix Prefix, int Value)[] table, IPAddress address)
    {
        byte[] octets = address.MapToIPv6().GetAddressBytes();
        return table.Where(row => row.Prefix.Contains(octets)).MaxBy(row => row.Prefix.Bits).Value;
    }

    // Source: RFC 6724, section 3.1 and 3.2: 2 link, 5 site, 14 global.
    private static int ScopeOf(IPAddress address)
    {
        const int Link = 2;
        const int Site = 5;
        const int Global = 14;

        byte[] octets = address.GetAddressBytes();
        if (address.AddressFamily is AddressFamily.InterNetwork)
            return octets is [127, ..] or [169, 254, ..] ? Link : Global;
        if (address.IsIPv6Multicast)
            return octets[1] & 0xf;

        return address.IsIPv6LinkLocal || address.Equals(IPAddress.IPv6Loopback) ? Link
            : address.IsIPv6SiteLocal ? Site
            : Global;
    }

    private static int CommonBits(Candidate candidate) =>
        CommonBits(candidate.Address.GetAddressBytes(), candidate.Source!.GetAddressBytes());

    private static int CommonBits(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        int common = left.CommonPrefixLength(right);
        return common == left.Length
            ? common * 8
            : common * 8 + System.Numerics.BitOperations.LeadingZeroCount((uint)(left[common] ^ right[common]) << 24);
    }

    // Not IPNetwork: that one takes a prefix of mapped IPv4 addresses for an IPv4 network.
    private sealed class Prefix(string address, int bits)
    {
        private readonly byte[] _octets = IPAddress.Parse(address).GetAddressBytes();

        public int Bits { get; } = bits;

        public bool Contains(ReadOnlySpan<byte> octets) => CommonBits(_octets, octets) >= Bits;
    }

    private readonly record struct Candidate(IPAddress Address, IPAddress? Source);
}
