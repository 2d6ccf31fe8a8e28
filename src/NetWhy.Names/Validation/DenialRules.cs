using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>What the list of types in an NSEC or NSEC3 record means.</summary>
internal static class DenialRules
{
    /// <summary>What the record of a name proves of a type.</summary>
    internal static DenialKind NoDataByTypes(ReadOnlySpan<byte> types, DomainName name, DnsRecordType type)
    {
        bool isDelegation = DnsTypeBitmap.Contains(types, DnsRecordType.NS);
        bool isApex = DnsTypeBitmap.Contains(types, DnsRecordType.SOA);

        // The zone above knows of DS only, the zone below of everything but DS. Source: RFC 6840, section 4.4.
        if (type is DnsRecordType.DS ? isApex && !name.IsRoot : isDelegation && !isApex)
            return DenialKind.Nothing;
        if (DnsTypeBitmap.Contains(types, type) || DnsTypeBitmap.Contains(types, DnsRecordType.CNAME))
            return DenialKind.Contradiction;

        return isDelegation && !isApex ? DenialKind.NoDataAtDelegation : DenialKind.NoData;
    }

    /// <summary>Whether names below the record's name are not the zone's to deny. Source: RFC 6840, section 4.1; RFC 6672, section 5.3.4.1.</summary>
    internal static bool HidesBelow(ReadOnlySpan<byte> types, bool isApex) =>
        DnsTypeBitmap.Contains(types, DnsRecordType.DNAME)
        || (!isApex && DnsTypeBitmap.Contains(types, DnsRecordType.NS) && !DnsTypeBitmap.Contains(types, DnsRecordType.SOA));
}
