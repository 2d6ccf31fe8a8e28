using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>How long the answer is that refers to a zone.</summary>
internal static class ReferralSize
{
    private const int RecordHead = 10; // octets of type, class, time to live and length
    private const int QuestionTail = 4;

    /// <summary>The length that a referral has at least if the name asked for is as long as a name can be.</summary>
    /// <remarks>All NS records, and one address of each family that the delegation has; names are compressed. Source: RFC 9471, section 2; RFC 1035, section 4.1.4.</remarks>
    /// <param name="zone">The zone.</param>
    /// <param name="servers">The names of its servers.</param>
    /// <param name="glue">Addresses that the delegation has.</param>
    internal static int Of(DomainName zone, IReadOnlyList<DomainName> servers, IReadOnlyList<NamedServer> glue)
    {
        HashSet<DomainName> written = [];
        _ = Write(zone, written);
        int size = DnsHeader.Size + DnsName.MaxLength + QuestionTail;
        foreach (DomainName server in servers)
            size += Write(zone, written) + RecordHead + Write(server, written);
        foreach (NamedServer server in glue.DistinctBy(server => server.Address.AddressFamily))
            size += Write(server.Name, written) + RecordHead + server.Address.GetAddressBytes().Length;
        return size;
    }

    // Its octets behind what was written before: the rest is a pointer.
    private static int Write(DomainName name, HashSet<DomainName> written)
    {
        int size = 0;
        DomainName rest = name;
        while (!rest.IsRoot)
        {
            if (!written.Add(rest))
                return size + sizeof(ushort);
            DomainName parent = rest.Parent;
            size += rest.Octets.Length - parent.Octets.Length;
            rest = parent;
        }

        return size + 1;
    }
}
